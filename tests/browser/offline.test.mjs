// The app with the network cut: after the first visit the server is really stopped, and everything goes on. And how a new version comes.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { createServer } from 'node:http';
import { after, before, describe, test } from 'node:test';
import { choose, clean, kept, launch, missing, open, ready, save, start, until, upload, withFiles } from './common.mjs';
import { jpegChest, plainChest } from './dicom-samples.mjs';

/** In the page: what its caches hold, by name. */
async function cached() {
  /** @type {Record<string, string[]>} */
  const held = {};
  for (const name of await caches.keys()) held[name] = (await (await caches.open(name)).keys()).map(({ url }) => new URL(url).pathname).sort();
  return held;
}

/** The list that the service worker was given. @param {string} url @returns {Promise<{version: string, files: [string, string, number][]}>} */
const listed = async (url) => JSON.parse((await (await fetch(`${url}web/dist/shell.js`)).text()).replace(/^[^{]*/, '').replace(/;\s*$/, ''));

for (const name of /** @type {const} */ (['chrome', 'firefox'])) {
  describe(`the network cut, in ${name}`, { skip: missing(name) }, () => {
    /** @type {import('puppeteer-core').Browser} */
    let browser;
    before(async () => {
      browser = await launch(name);
    });
    after(() => browser?.close());

    test('after the first visit: pictures, DICOM with its decoders, reports, another language, the other pages', async () => {
      const server = await start();
      const { page, complaints } = await open(browser);
      await kept(page, server.url);
      const { version, files } = await listed(server.url);
      const paths = files.map(([path]) => `/${path}`).sort();
      assert.deepEqual(await page.evaluate(cached), { [`bedside-/:${version}`]: paths });
      await server.close();
      await assert.rejects(fetch(server.url), 'the server is gone');

      await page.goto(`${server.url}?lang=en`);
      await until(page, () => document.documentElement.dataset.ready === 'true');
      assert.equal((await choose(page, 'opacity-1.png')).title, 'The model sees signs of pneumonia');
      const fhir = JSON.parse(Buffer.from((await save(page, 'fhir')).bytes).toString());
      assert.equal(fhir.resourceType, 'Bundle');
      await withFiles({ 'plain.dcm': plainChest(), 'jpeg.dcm': jpegChest() }, async (path) => {
        assert.equal((await upload(page, path('plain.dcm'))).title, 'The model sees signs of pneumonia');
        const sr = Buffer.from((await save(page, 'sr')).bytes);
        assert.equal(sr.toString('latin1', 128, 132), 'DICM');
        assert.match(Buffer.from((await save(page, 'csv')).bytes).toString(), /pneumonia/);
        assert.equal((await upload(page, path('jpeg.dcm'))).title, 'The model sees no signs of pneumonia');
      });
      await page.select('#language', 'ar');
      await until(page, () => document.documentElement.dir === 'rtl');
      await page.select('#model', 'skin-lesion');
      await until(page, () => /** @type {any} */ (document.querySelector('#exam')).examiner?.entry.id === 'skin-lesion');
      for (const [path, heading] of [['batch.html?lang=es', 'Muchas imágenes a la vez'], ['monitor.html?lang=ar', 'تخطيط قلب مباشر، نبضة بنبضة'], ['compile.html?lang=es', 'Traiga su propio modelo']]) {
        await ready(page, server.url + path);
        assert.equal(await page.$eval('h1', (node) => node.textContent), heading, path);
      }
      // The very same files: nothing of a patient has come to them.
      assert.deepEqual(await page.evaluate(cached), { [`bedside-/:${version}`]: paths });
      await clean(page, complaints);
      await page.close();
    });
  });
}

describe('a new version', { skip: missing('chrome') }, () => {
  test('is offered, taken over when the visitor says so, whole or not at all; the old files go', async () => {
    const [browser, server] = await Promise.all([launch('chrome'), start()]);
    /** What the server in front changes: nothing, a style sheet with its line in the list, or the style sheet alone (a copy half done). @type {'first' | 'second' | 'torn'} */
    let state = 'first';
    const newer = '/* newer */';
    const front = createServer(async (request, response) => {
      const answer = await fetch(new URL(String(request.url), server.url));
      let bytes = Buffer.from(await answer.arrayBuffer());
      for (const [key, value] of answer.headers) if (!/^(content-length|content-encoding|transfer-encoding|connection|etag|keep-alive)$/.test(key)) response.setHeader(key, value);
      if (state !== 'first' && request.url === '/style.css') bytes = Buffer.concat([bytes, Buffer.from(newer + state)]);
      if (state !== 'first' && request.url === '/web/dist/shell.js') {
        const list = await listed(server.url);
        const style = Buffer.from(await (await fetch(`${server.url}style.css`)).arrayBuffer());
        const hash = createHash('sha256').update(style).update(newer + (state === 'torn' ? 'of another copy' : state)).digest('hex');
        bytes = Buffer.from(`self.bedsideShell = ${JSON.stringify({ version: state, files: list.files.map(([path, old, size]) => [path, path === 'style.css' ? hash : old, size]) })};`);
      }
      response.writeHead(answer.status).end(bytes);
    });
    await new Promise((resolve) => front.listen(0, '127.0.0.1', () => resolve(null)));
    const url = `http://127.0.0.1:${/** @type {import('node:net').AddressInfo} */ (front.address()).port}/`;
    try {
      const { page, complaints } = await open(browser);
      const other = await open(browser);
      await kept(page, url);
      const [before] = Object.keys(await page.evaluate(cached));

      state = 'torn';
      await ready(page, url);
      const torn = await page.evaluate(async () => {
        const registration = await navigator.serviceWorker.ready;
        await registration.update().catch(() => {});
        const coming = registration.installing;
        if (coming) await new Promise((resolve) => coming.addEventListener('statechange', () => resolve(null)));
        return coming?.state;
      });
      assert.equal(torn, 'redundant', 'a list that its files do not match is not taken');
      assert.deepEqual(Object.keys(await page.evaluate(cached)), [before]);

      state = 'second';
      await page.goto(url);
      await until(page, () => !(/** @type {HTMLElement} */ (document.querySelector('#update')).hidden));
      assert.match(await page.$eval('#update', (node) => String(node.textContent)), /newer version[^]*A result that is shown is gone then/);
      await ready(other.page, url);
      await until(other.page, () => !(/** @type {HTMLElement} */ (document.querySelector('#update')).hidden));
      await page.bringToFront();
      const style = () => page.evaluate(async () => (await fetch('style.css')).text());
      assert.ok(!(await style()).includes(newer), 'the page at hand keeps its own files');
      await Promise.all([page.waitForNavigation(), page.click('#update button')]);
      await until(page, () => document.documentElement.dataset.ready === 'true');
      assert.ok((await style()).endsWith(newer + state));
      await until(page, () => document.documentElement.dataset.kept === 'true');
      assert.deepEqual(Object.keys(await page.evaluate(cached)), [`bedside-/:${state}`]);
      // The other tab did not ask: it is told, stays as it is, and is loaded again when its visitor says so.
      await until(other.page, () => /Another tab/.test(document.querySelector('#update')?.textContent ?? ''));
      await other.page.bringToFront();
      await Promise.all([other.page.waitForNavigation(), other.page.click('#update button')]);
      await until(other.page, () => document.documentElement.dataset.ready === 'true');
      assert.equal(await other.page.$eval('#update', (node) => /** @type {HTMLElement} */ (node).hidden), true);
      await clean(page, complaints);
      await clean(other.page, other.complaints);
    } finally {
      await browser.close();
      front.closeAllConnections();
      await Promise.all([server.close(), new Promise((resolve) => front.close(() => resolve(null)))]);
    }
  });
});
