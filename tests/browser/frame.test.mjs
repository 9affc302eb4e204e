// Bedside in a frame of another origin: a portal asks and is answered; whoever is not on the list is not heard.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { launch, missing, open, until } from './common.mjs';
import { screenshot, startElement } from './element-page.mjs';

const built = new URL('../../web/dist/bedside-frame.html', import.meta.url);
const opacity = readFileSync(new URL('../../demo/samples/opacity-1.png', import.meta.url));

for (const name of /** @type {const} */ (['chrome', 'firefox'])) {
  describe(`in a frame, in ${name}`, { skip: missing(name) }, () => {
    /** @type {import('puppeteer-core').Browser} */
    let browser;
    /** Bedside's server, a portal's and that of somebody else: three origins. @type {{url: string, close: () => Promise<void>}[]} */
    let servers = [];
    /** @type {string[]} */
    let origins = [];
    before(async () => {
      // The frame may be embedded by anybody here, so that the list of origins is all that stands between.
      const embeddable = (/** @type {string} */ policy) => policy.replace("frame-ancestors 'none'", 'frame-ancestors http://127.0.0.1:*');
      const bedside = await startElement({ policy: embeddable });
      // A portal may have other frames, of which it does not know what they do.
      const portal = { policy: (/** @type {string} */ policy) => `${embeddable(policy)}; frame-src http://127.0.0.1:*` };
      servers = [bedside, await startElement(portal), await startElement(portal)];
      origins = servers.map(({ url }) => new URL(url).origin);
      browser = await launch(name);
    });
    after(async () => {
      await browser?.close();
      for (const server of servers) await server.close();
    });

    /** Opens a portal's page. @param {number} portal @param {string} query of the frame @param {string} more of the portal @param {string} path of the frame's page */
    async function visit(portal, query, more = '', path = 'web/exam/frame.html') {
      const opened = await open(browser);
      const address = `${origins[0]}/${path}?${query}`;
      await opened.page.goto(`${servers[portal].url}tests/portal.html?frame=${encodeURIComponent(address)}${more}`);
      await until(opened.page, () => /** @type {any} */ (globalThis).frame);
      return opened;
    }
    /** Puppeteer's hold on the frame's own page. @param {import('puppeteer-core').Page} page */
    async function inside(page) {
      for (const end = Date.now() + 15_000; Date.now() < end; await new Promise((resolve) => setTimeout(resolve, 50))) {
        const found = page.frames().find((frame) => frame.url().includes('frame.html?'));
        if (found && (await found.evaluate(() => !!document.querySelector('bedside-exam')).catch(() => false))) return found;
      }
      throw new Error('the frame did not come');
    }
    const ignored = async (/** @type {import('puppeteer-core').Page} */ page) => Number(await (await inside(page)).evaluate(() => document.documentElement.dataset.ignored));

    test('hello, configure, examine, reset: each is answered, with progress, to the portal alone', async () => {
      const { page, complaints } = await visit(1, `allow=${origins[1]}&lang=es&model=pneumonia`);
      const hello = await page.evaluate(async () => {
        const { type, model, engine, card } = await /** @type {any} */ (globalThis).frame.ready;
        return { type, model, engine, sha256: card.sha256 };
      });
      assert.deepEqual([hello.type, hello.model], ['ready', 'pneumonia']);
      assert.match(hello.sha256, /^[0-9a-f]{64}$/);
      const run = await page.evaluate(async (base64) => {
        const { frame } = /** @type {any} */ (globalThis);
        const bytes = Uint8Array.from(atob(base64), (c) => c.charCodeAt(0));
        let progress = 0;
        const onProgress = () => progress++;
        const file = await frame.examine(new File([bytes], 'a.png'), { onProgress });
        const buffer = bytes.slice().buffer;
        const away = await frame.examine(buffer, { transfer: true, name: 'b.png' });
        const view = await frame.examine(bytes);
        return { progress, file, away, view, left: buffer.byteLength, kept: bytes.length, map: file.explanation.map.constructor.name };
      }, opacity.toString('base64'));
      assert.ok(run.progress > 2);
      assert.deepEqual([run.file.outcome, run.away.outcome, run.view.outcome], ['finding', 'finding', 'finding']);
      assert.deepEqual([run.file.input.name, run.away.input.name, run.view.input.name], ['a.png', 'b.png', null]);
      const sha256 = createHash('sha256').update(opacity).digest('hex');
      assert.deepEqual([run.file.input.sha256, run.away.input.sha256], [sha256, sha256]);
      assert.deepEqual([run.left, run.kept, run.map], [0, opacity.length, 'Uint8Array'], 'handed over, or copied');
      assert.ok(!('picture' in run.file));
      const refused = await page.evaluate(() => /** @type {any} */ (globalThis).frame.examine(new Blob(['text'])));
      assert.deepEqual([refused.outcome, refused.refusal.code], ['refused', 'BDS_E_IMAGE_FORMAT']);

      const child = await inside(page);
      assert.equal(await child.evaluate(() => document.querySelector('bedside-exam')?.shadowRoot?.querySelector('.verdict h4')?.textContent), 'No hay resultado');
      const other = await page.evaluate(() => /** @type {any} */ (globalThis).frame.configure({ model: 'skin-lesion', lang: 'ar', compact: true }).then((/** @type {any} */ { model }) => model));
      assert.equal(other, 'skin-lesion');
      await page.evaluate(() => /** @type {any} */ (globalThis).frame.reset());
      assert.deepEqual(await child.evaluate(() => {
        const element = /** @type {any} */ (document.querySelector('bedside-exam'));
        return [element.lang, element.hasAttribute('compact'), element.record];
      }), ['ar', true, null]);
      const height = () => page.evaluate(() => parseInt(/** @type {any} */ (globalThis).iframe.style.height));
      await until(page, () => parseInt(/** @type {any} */ (globalThis).iframe.style.height) < 900); // without picture and facts
      const low = await height();
      assert.ok(low > 200, String(low));
      await page.evaluate((base64) => /** @type {any} */ (globalThis).frame.configure({ model: 'pneumonia' }).then(() => /** @type {any} */ (globalThis).frame.examine(Uint8Array.from(atob(base64), (c) => c.charCodeAt(0)))).then(() => {}), opacity.toString('base64'));
      await until(page, () => parseInt(/** @type {any} */ (globalThis).iframe.style.height) > 1000);
      await page.evaluate(() => /** @type {any} */ (globalThis).frame.reset());
      await until(page, () => parseInt(/** @type {any} */ (globalThis).iframe.style.height) < 900);
      if (name === 'chrome') await screenshot(page, 'frame-portal');
      assert.deepEqual(complaints.filter((text) => !/postMessage/.test(text)), []);
      assert.deepEqual(await page.evaluate(() => /** @type {any} */ (globalThis).violations), []);
      await page.close();
    });

    test('the page as built for servers does the same', { skip: existsSync(built) ? false : 'the bundles were not built' }, async () => {
      const { page } = await visit(1, `allow=${origins[1]}&compact=`, '', 'web/dist/bedside-frame.html');
      const outcome = await page.evaluate(async (base64) => (await /** @type {any} */ (globalThis).frame.examine(Uint8Array.from(atob(base64), (c) => c.charCodeAt(0)))).outcome, opacity.toString('base64'));
      assert.equal(outcome, 'finding');
      await page.close();
    });

    test('what a person does in the frame is told; what was not understood is an error', async () => {
      const { page } = await visit(1, `allow=${origins[1]}`);
      await page.evaluate(() => /** @type {any} */ (globalThis).frame.ready);
      const child = await inside(page);
      await child.evaluate((base64) => /** @type {any} */ (document.querySelector('bedside-exam')).examine(new Blob([Uint8Array.from(atob(base64), (c) => c.charCodeAt(0))])).then(() => {}), opacity.toString('base64'));
      await until(page, () => /** @type {any} */ (globalThis).heard.some((/** @type {any} */ { type }) => type === 'result'));
      assert.equal(await page.evaluate(() => /** @type {any} */ (globalThis).heard.find((/** @type {any} */ { type }) => type === 'result').detail.outcome), 'finding');
      const codes = await page.evaluate(async () => {
        const { frame, iframe, raw, embed } = /** @type {any} */ (globalThis);
        const code = (/** @type {Promise<any>} */ promise) => promise.then(() => 'none', (error) => error.code);
        const sync = (/** @type {() => any} */ work) => {
          try {
            return work(), 'none';
          } catch (error) {
            return /** @type {any} */ (error).code;
          }
        };
        iframe.contentWindow.postMessage({ bedside: 1, id: 'x', type: 'shutdown' }, new URL(iframe.src).origin);
        while (!raw.some((/** @type {any} */ { data }) => data.id === 'x')) await new Promise((resolve) => setTimeout(resolve, 20));
        return [
          await code(frame.configure({ onclick: 'alert(1)' })), await code(frame.examine('no file')), await code(frame.configure({ model: 'there-is-none' })),
          raw.find((/** @type {any} */ { data }) => data.id === 'x').data.error.code,
          sync(() => embed(iframe, { origin: '*' })), sync(() => embed(iframe, { origin: 'https://a.example/path' })), sync(() => embed(document.body, { origin: 'https://a.example' })),
        ];
      });
      assert.deepEqual(codes, Array(7).fill('BDS_E_ARGUMENT'));
      const broken = await visit(1, `allow=${origins[1]}&model=there-is-none`);
      assert.equal(await broken.page.evaluate(() => /** @type {any} */ (globalThis).frame.ready.catch((/** @type {any} */ { code }) => code)), 'BDS_E_ARGUMENT', 'what is wrong, not only that nobody answers');
      await broken.page.evaluate(() => new Promise((resolve) => setTimeout(resolve, 600)));
      await broken.page.close();
      await page.evaluate(() => /** @type {any} */ (globalThis).frame.close());
      assert.equal(await page.evaluate(() => /** @type {any} */ (globalThis).frame.reset().catch((/** @type {any} */ { code }) => code)), 'BDS_E_DISPOSED');
      await page.close();
    });

    test('an origin that is not listed is ignored and counted, and hears nothing', async () => {
      const usual = [`allow=${origins[1]}`, '', 'allow=*', `allow=${origins[2]}/&allow=${origins[2]}`, 'allow=null'].map((allow) => ({ allow, path: 'web/exam/frame.html' }));
      for (const { allow, path } of [...usual, { allow: `allow=${origins[2]}`, path: 'tests/frame.html' }]) {
        const { page } = await visit(2, allow, '&timeout=3000', path);
        assert.equal(await page.evaluate(() => /** @type {any} */ (globalThis).frame.ready.catch((/** @type {any} */ { code }) => code)), 'BDS_E_FETCH', allow);
        assert.ok((await ignored(page)) > 0, allow);
        const child = await inside(page);
        await until(/** @type {any} */ (child), () => /** @type {any} */ (document.querySelector('bedside-exam'))?.examiner);
        await child.evaluate((base64) => /** @type {any} */ (document.querySelector('bedside-exam')).examine(new Blob([Uint8Array.from(atob(base64), (c) => c.charCodeAt(0))])).then(() => {}), opacity.toString('base64'));
        assert.deepEqual(await page.evaluate(() => /** @type {any} */ (globalThis).raw), [], 'not a word, not even of what a person does');
        await page.close();
      }
    });

    test('only the parent is heard, whatever its origin; other programs\' messages are left alone', async () => {
      const { page } = await visit(1, `allow=${origins[1]}&allow=${origins[0]}`);
      await page.evaluate(() => /** @type {any} */ (globalThis).frame.ready);
      const before = await ignored(page);
      const child = await inside(page);
      // From the frame itself: a listed origin, but not the parent.
      await child.evaluate(() => window.postMessage({ bedside: 1, id: 1, type: 'hello' }, location.origin));
      await page.evaluate(() => {
        const { iframe, raw } = /** @type {any} */ (globalThis);
        raw.length = 0;
        for (const message of [null, 'text', { type: 'hello' }, { bedside: 2, id: 1, type: 'hello' }]) iframe.contentWindow.postMessage(message, new URL(iframe.src).origin);
      });
      await new Promise((resolve) => setTimeout(resolve, 300));
      assert.equal(await ignored(page), before + 1);
      assert.deepEqual(await page.evaluate(() => /** @type {any} */ (globalThis).raw.filter((/** @type {any} */ { data }) => data.type !== 'resize')), []);
      await page.close();
    });

    /** Whether all that a hostile page says has arrived, so that it is known that nobody heeded it. @param {import('puppeteer-core').Page} page @param {string} origin */
    async function said(page, origin) {
      await page.evaluate((from) => void (/** @type {any} */ (globalThis).hostile = from), origin);
      await until(page, () => /** @type {any} */ (globalThis).raw.some((/** @type {any} */ one) => one.origin === /** @type {any} */ (globalThis).hostile && one.data.type === 'the-end'));
    }

    /** @param {import('puppeteer-core').Page} page */
    async function unheeded(page) {
      const { heard, height } = await page.evaluate(() => ({ heard: /** @type {any} */ (globalThis).heard, height: parseInt(/** @type {any} */ (globalThis).iframe.style.height) }));
      assert.deepEqual(heard, []);
      assert.ok(height < 4000, `the frame is as high as Bedside has made it: ${height}`);
    }

    test('a hostile frame beside it, of Bedside\'s own origin, is not heard by the client', async () => {
      const { page } = await visit(1, `allow=${origins[1]}`);
      await page.evaluate(() => /** @type {any} */ (globalThis).frame.ready);
      await page.evaluate((address) => {
        /** @type {any} */ (globalThis).heard.length = 0;
        const other = document.createElement('iframe');
        other.src = address;
        document.body.append(other);
      }, `${origins[0]}/tests/hostile.html`);
      await said(page, origins[0]);
      await unheeded(page);
      await page.close();
    });

    test('a page of another origin that has come in the frame\'s place is not heard', async () => {
      const { page } = await visit(1, `allow=${origins[1]}`);
      await page.evaluate(() => /** @type {any} */ (globalThis).frame.ready);
      await page.evaluate((address) => {
        const { iframe, heard } = /** @type {any} */ (globalThis);
        heard.length = 0;
        iframe.src = address;
      }, `${origins[2]}/tests/hostile.html`);
      await said(page, origins[2]);
      await unheeded(page);
      await page.close();
    });

    test('a frame makes itself no higher than the client lets it', async () => {
      const { page } = await visit(1, '', `&origin=${origins[0]}&timeout=3000`, 'tests/hostile.html');
      await said(page, origins[0]);
      assert.equal(await page.evaluate(() => /** @type {any} */ (globalThis).iframe.style.height), '20000px');
      assert.ok(await page.evaluate(() => /** @type {any} */ (globalThis).heard.some((/** @type {any} */ { detail }) => detail.forged)), 'this page is the one that the client was told to hear');
      await page.close();
    });

    test('where engine, catalogue and models come from is for the frame\'s own page to say, neither for its parent nor for its address', async () => {
      const places = ['catalogue', 'engine-base', 'base', 'worker', 'src', 'messages'];
      const { page, requests } = await visit(1, `allow=${origins[1]}${places.map((one) => `&${one}=${origins[2]}/evil/`).join('')}&onclick=1&id=x`);
      const { model } = await page.evaluate(() => /** @type {any} */ (globalThis).frame.ready);
      assert.equal(model, 'pneumonia');
      const set = async () => (await inside(page)).evaluate(() => /** @type {any} */ (document.querySelector('bedside-exam')).getAttributeNames());
      assert.deepEqual(await set(), []);
      const codes = await page.evaluate((names, evil) => Promise.all(names.map((name) => /** @type {any} */ (globalThis).frame.configure({ [name]: `${evil}/evil/` }).then(() => 'taken', (/** @type {any} */ { code }) => code))), places, origins[2]);
      assert.deepEqual(codes, places.map(() => 'BDS_E_ARGUMENT'));
      assert.deepEqual(await set(), []);
      assert.deepEqual(requests.filter((url) => url.startsWith(`${origins[2]}/evil`)), []);
      await page.close();
    });

    test('the client hears its own frame and its origin alone', async () => {
      const { page } = await visit(1, `allow=${origins[1]}`, `&timeout=3000&origin=${origins[2]}`);
      assert.equal(await page.evaluate(() => /** @type {any} */ (globalThis).frame.ready.catch((/** @type {any} */ { code }) => code)), 'BDS_E_FETCH');
      await page.close();
      const right = await visit(1, `allow=${origins[1]}`);
      await right.page.evaluate(() => /** @type {any} */ (globalThis).frame.ready);
      await right.page.evaluate(() => window.postMessage({ bedside: 1, id: null, type: 'result', record: { forged: true } }, location.origin));
      await new Promise((resolve) => setTimeout(resolve, 200));
      assert.deepEqual(await right.page.evaluate(() => /** @type {any} */ (globalThis).heard.filter((/** @type {any} */ { type }) => type === 'result')), []);
      await right.page.close();
    });
  });
}

test('no message is sent to whoever may listen', () => {
  for (const file of ['frame.js', 'frame-client.js']) {
    const code = readFileSync(new URL(`../../web/exam/${file}`, import.meta.url), 'utf8');
    assert.doesNotMatch(code, /postMessage\([^)]*['"]\*['"]/, file);
  }
});
