// What of the app is kept on the device is counted and said as it is: after files were deleted, where there is no room, where it is not allowed, after a cut,
// where data is to be saved. And what a page asks for comes before what is only kept.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { clean, kept, launch, missing, open, ready, start, until } from './common.mjs';
import { inFront } from './front.mjs';

/** In the page: what it says of being kept, and the button beside it. */
const note = () => {
  const [text, button] = ['#kept', '#keep'].map((id) => /** @type {HTMLElement} */ (document.querySelector(id)));
  return { text: text.textContent, button: button.hidden ? '' : button.textContent, kept: document.documentElement.dataset.kept };
};
/** In the page: how many files are there. */
const count = async () => (await Promise.all((await caches.keys()).map(async (name) => (await (await caches.open(name)).keys()).length))).reduce((sum, n) => sum + n, 0);

/** Waits until the page says something of this form. @param {import('puppeteer-core').Page} page @param {string} form */
const says = (page, form) => until(page, /** @type {any} */ (`() => new RegExp(${JSON.stringify(form)}).test(document.querySelector('#kept').textContent)`));

describe('what is kept', { skip: missing('chrome') }, () => {
  /** @type {import('puppeteer-core').Browser} */
  let browser;
  before(async () => {
    browser = await launch('chrome');
  });
  after(() => browser?.close());

  /** A fresh visitor. @param {(page: import('puppeteer-core').Page, complaints: string[]) => Promise<void>} visit */
  async function visitor(visit) {
    const context = await browser.createBrowserContext();
    const { page, complaints } = await open(context);
    await visit(page, complaints);
    await context.close();
  }

  test('what was deleted is fetched again before anything is called kept; what cannot be is not called kept', () => visitor(async (page, complaints) => {
    const server = await start();
    const url = `${server.url}?lang=en`;
    await kept(page, url);
    const whole = await page.evaluate(count);
    await page.evaluate(async () => {
      for (const name of await caches.keys()) await caches.delete(name);
    });
    await kept(page, url);
    assert.equal(await page.evaluate(count), whole, 'all are there again');
    await page.evaluate(async () => {
      const cache = await caches.open((await caches.keys())[0]);
      for (const { url: address } of await cache.keys()) if (/\.wasm$|pneumonia\.bds$/.test(address)) await cache.delete(address);
    });
    const left = await page.evaluate(count);
    await clean(page, complaints);
    await server.close();
    await (await page.createCDPSession()).send('Network.clearBrowserCache'); // else they are fetched again from there
    await page.goto(url);
    await says(page, 'not fully kept');
    const said = await page.evaluate(note);
    assert.match(String(said.text), new RegExp(`${left} of ${whole} files are here[^]*Do not rely on it without a network`));
    assert.deepEqual([said.button, said.kept], ['Try again', 'false']);
  }));

  test('a device without room, and a browser that allows nothing, are told so', async () => {
    const server = await start();
    await visitor(async (page, complaints) => {
      const devtools = await page.createCDPSession();
      await devtools.send('Storage.overrideQuotaForOrigin', { origin: new URL(server.url).origin, quotaSize: 1_000_000 });
      await ready(page, `${server.url}?lang=en`);
      await says(page, 'because there is no room: \\d+ of \\d+ files are here\\. Do not rely on it without a network');
      assert.deepEqual((({ button, kept: whole }) => [button, whole])(await page.evaluate(note)), ['Try again', 'false']);
      await page.select('#language', 'es');
      await says(page, 'por falta de espacio');
      await devtools.send('Storage.overrideQuotaForOrigin', { origin: new URL(server.url).origin });
      await page.$eval('#keep', (button) => /** @type {HTMLElement} */ (button).click());
      await until(page, () => document.documentElement.dataset.kept === 'true');
      await clean(page, complaints);
    });
    await visitor(async (page, complaints) => {
      await page.evaluateOnNewDocument(() => {
        navigator.serviceWorker.register = () => Promise.reject(new DOMException('The operation is insecure.', 'SecurityError'));
      });
      await ready(page, `${server.url}?lang=en`);
      await says(page, 'could not be kept on this device: the browser does not allow it');
      assert.deepEqual((({ button, kept: whole }) => [button, whole])(await page.evaluate(note)), ['Try again', 'false']);
      await clean(page, complaints);
    });
    await server.close();
  });

  test('after a cut it goes on where it was: no file that is here is fetched again', () => visitor(async (page) => {
    /** @type {string[]} */
    let asked = [];
    /** The large parts come last. */
    let bad = /compiler|dcmjs/;
    const server = await inFront((path, response) => {
      if (bad.test(path)) response.destroy();
      return !bad.test(path) && asked.push(path.replace(/\?.*/, '')) > 0;
    });
    try {
      await ready(page, server.url);
      await says(page, 'not fully kept');
      const held = new Set(await page.evaluate(async () => (await (await caches.open((await caches.keys())[0])).keys()).map((request) => new URL(request.url).pathname)));
      assert.ok(held.size > 100, `${held.size} files`);
      [asked, bad] = [[], /^$/];
      await kept(page, server.url);
      assert.deepEqual(asked.filter((path) => held.has(path)), [], 'what is here is not asked for');
      assert.ok(asked.length > 2 && asked.length < 20, `the rest, and whether there is a newer version: ${asked}`);
    } finally {
      await server.close();
    }
  }));

  test('where data is to be saved only what was used is kept, until the visitor says otherwise', () => visitor(async (page, complaints) => {
    /** @type {string[]} */
    const asked = [];
    const server = await inFront((path) => asked.push(path) > 0);
    try {
      await page.evaluateOnNewDocument(() => Object.defineProperty(navigator, 'connection', { value: { saveData: true } }));
      await ready(page, server.url);
      await says(page, 'set to save data, so only what this page has used is kept');
      const { text, button, kept: whole } = await page.evaluate(note);
      assert.match(String(button), /^Keep everything \(up to \d+(\.\d)? MB more\)$/);
      assert.equal(whole, 'false');
      assert.deepEqual(asked.filter((path) => /compiler|dcmjs|codecs|samples\/.*\.(png|jpg)|(blood|skin|brain)[\w-]*\.bds/.test(path)), [], String(text));
      assert.equal(await page.$$eval('#samples button', (all) => all.length), 6, 'the examples can be chosen all the same');
      await page.$eval('#keep', (node) => /** @type {HTMLElement} */ (node).click());
      await until(page, () => document.documentElement.dataset.kept === 'true');
      await clean(page, complaints);
    } finally {
      await server.close();
    }
  }));

  test('what a page asks for comes first, and nothing is fetched twice to be kept', () => visitor(async (page, complaints) => {
    /** @type {Map<string, number>} */
    const times = new Map();
    /** What has been asked for to be kept while the page waits. @type {string[]} */
    const beside = [];
    let waiting = false;
    let at = 0;
    let most = 0;
    /** @type {() => void} */
    let chosen = () => {};
    const choice = new Promise((resolve) => (chosen = () => resolve(null)));
    /** @type {() => void} */
    let begun = () => {};
    const beginning = new Promise((resolve) => (begun = () => resolve(null)));
    const server = await inFront(async (path) => {
      times.set(path, (times.get(path) ?? 0) + 1);
      if (waiting && /\.bds$|part-(es|ar)-|\.html$|\.svg$|monitor|codecs/.test(path)) beside.push(path);
      if (path.includes('/part-es-')) { // the first that is fetched only to be kept
        begun();
        await choice;
      } else if (path.includes('skin-lesion.bds')) {
        chosen();
        waiting = true;
        await new Promise((resolve) => setTimeout(resolve, 1500));
        waiting = false;
      } else if (/dcmjs|compiler|codecs|monitor/.test(path)) {
        most = Math.max(most, ++at);
        await new Promise((resolve) => setTimeout(resolve, 50));
        at--;
      }
      return true;
    });
    try {
      await ready(page, server.url);
      await beginning;
      await page.select('#model', 'skin-lesion');
      await until(page, () => /** @type {any} */ (document.querySelector('#exam')).examiner?.entry.id === 'skin-lesion');
      await until(page, () => document.documentElement.dataset.kept === 'true');
      assert.deepEqual(beside, [], 'nothing was begun while the page waited');
      assert.ok(most <= 2, `${most} files at a time`);
      const twice = [...times].filter(([path, n]) => n > 1 && /dcmjs|compiler|codecs|monitor|skin-lesion/.test(path));
      assert.deepEqual(twice, [], 'what the page has fetched is kept from there, and nothing is fetched twice');
      await clean(page, complaints);
    } finally {
      await server.close();
    }
  }));
});
