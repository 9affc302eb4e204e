// <bedside-exam> in pages with rules of their own: trusted types, files on another host, a base address, policies that forbid what it needs.
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { after, before, describe, test } from 'node:test';
import { launch, missing, open, until } from './common.mjs';
import { examine, settled, shown, startElement } from './element-page.mjs';

const bundled = existsSync(new URL('../../web/dist/bedside-exam.js', import.meta.url));
const opacity = readFileSync(new URL('../../demo/samples/opacity-1.png', import.meta.url));

/** Whether the report comes as far as the browser's own dialog. @param {import('puppeteer-core').Page} page */
const printed = (page) => page.evaluate(() => new Promise((resolve) => {
  const root = /** @type {any} */ (globalThis).element.shadowRoot;
  new MutationObserver(() => {
    const frame = root.querySelector('iframe');
    if (frame?.contentWindow) frame.contentWindow.print = () => resolve('printed');
  }).observe(root, { childList: true });
  /** @type {any} */ (globalThis).element.addEventListener('bedside-error', (/** @type {any} */ { detail }) => resolve(detail.code), { once: true });
  root.querySelector('[data-save=print]').click();
}));

describe('trusted types', { skip: missing('chrome') }, () => {
  /** @type {import('puppeteer-core').Browser} */
  let browser;
  before(async () => {
    browser = await launch('chrome');
  });
  after(() => browser?.close());

  for (const way of bundled ? ['', 'bundle'] : ['']) {
    for (const allowed of ['', '; trusted-types bedside']) {
      test(`examines and prints with one policy, and asks for no other (${way || 'source'}${allowed})`, async () => {
        const server = await startElement({ policy: (policy) => `${policy}; require-trusted-types-for 'script'${allowed}` });
        try {
          for (const worker of ['', '&worker=/web/dist/exam.worker.js', '&worker=here']) {
            if (worker.includes('dist') && !bundled) continue;
            const { page } = await open(browser);
            await page.goto(`${server.url}tests/element.html?${way}${worker}`);
            await until(page, () => /idle|failed/.test(/** @type {any} */ (globalThis).element?.shadowRoot.querySelector('.root').dataset.phase));
            const seen = await examine(page, opacity);
            assert.equal(seen.state, 'finding', `${worker} ${seen.text}`);
            assert.equal(page.workers().length, worker.includes('here') ? 0 : 1);
            assert.equal(await printed(page), 'printed');
            assert.deepEqual(await page.evaluate(() => /** @type {any} */ (globalThis).violations), []);
            await page.close();
          }
        } finally {
          await server.close();
        }
      });
    }
  }

  test('where the policy is not allowed: an error with a code, which says what to allow; without a worker it examines', async () => {
    const server = await startElement({ policy: (policy) => `${policy}; require-trusted-types-for 'script'; trusted-types 'none'` });
    try {
      const { page } = await open(browser);
      await page.goto(`${server.url}tests/element.html?`);
      await until(page, () => /idle|failed/.test(/** @type {any} */ (globalThis).element?.shadowRoot.querySelector('.root').dataset.phase));
      const seen = await shown(page);
      assert.deepEqual([seen.state, seen.code, seen.title], ['error', 'BDS_E_POLICY', 'Bedside cannot work here']);
      assert.match(seen.text, /trusted-types bedside.*worker="here"/);
      assert.doesNotMatch(seen.text, /this file/, 'there was none');
      await page.evaluate(() => /** @type {any} */ (globalThis).element.setAttribute('worker', 'here'));
      await until(page, () => /** @type {any} */ (globalThis).element.examiner);
      assert.equal((await examine(page, opacity)).state, 'finding');
      assert.equal(await printed(page), 'BDS_E_POLICY');
      assert.match(await page.evaluate(() => /** @type {any} */ (globalThis).element.shadowRoot.querySelector('#saved').innerText), /could not be made\. The policy of this page/);
      await page.close();
    } finally {
      await server.close();
    }
  });

  test('the policy passes no other address: an attribute cannot have any script run', async () => {
    const server = await startElement({ policy: (policy) => `${policy}; require-trusted-types-for 'script'` });
    try {
      const { page } = await open(browser);
      for (const worker of ['/tests/records.js', 'data:text/javascript,postMessage(1)']) {
        await page.goto(`${server.url}tests/element.html?worker=${encodeURIComponent(worker)}`);
        await until(page, () => /idle|failed/.test(/** @type {any} */ (globalThis).element?.shadowRoot.querySelector('.root').dataset.phase));
        assert.equal((await shown(page)).code, 'BDS_E_POLICY', worker);
      }
      await page.close();
    } finally {
      await server.close();
    }
  });
});

/**
 * A server that answers some paths itself and takes all else from another, open to pages of any origin, for as long as it is used.
 * @param {string} from @param {(path: string) => string | undefined} own @param {(url: string) => Promise<void>} use
 */
async function inFrontOf(from, own, use) {
  const server = createServer(async (request, response) => {
    const text = own(String(request.url));
    if (text !== undefined) return void response.setHeader('Content-Type', 'text/html').end(text);
    const answer = await fetch(new URL(String(request.url), from));
    response.writeHead(answer.status, { 'Content-Type': answer.headers.get('content-type') ?? 'text/plain', 'Access-Control-Allow-Origin': '*', 'Cross-Origin-Resource-Policy': 'cross-origin' });
    return void response.end(Buffer.from(await answer.arrayBuffer()));
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(null)));
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
  try {
    await use(`http://127.0.0.1:${port}/`);
  } finally {
    server.close();
    server.closeAllConnections();
  }
}

/** An embedding page; `element` is where the other tests look for it. @param {string} head @param {string} attributes */
const embedding = (head, attributes) => `<!doctype html><html lang="en"><head>${head}</head><body><bedside-exam id="element" ${attributes}></bedside-exam></body></html>`;

for (const name of /** @type {const} */ (['chrome', 'firefox'])) {
  describe(`other hosts and bases, in ${name}`, { skip: missing(name) }, () => {
    /** @type {import('puppeteer-core').Browser} */
    let browser;
    /** @type {{url: string, close: () => Promise<void>}} */
    let server;
    before(async () => {
      [browser, server] = await Promise.all([launch(name), startElement()]);
    });
    after(async () => {
      await browser?.close();
      await server?.close();
    });

    test('files on another host: the worker cannot start, and the error says what can; without one it examines', async () => {
      const { page } = await open(browser);
      await inFrontOf(server.url, () => undefined, (files) => inFrontOf(server.url, (path) => (path === '/portal' ? embedding(`<script type="module" src="${files}web/exam/element/bedside-exam.js"></script>`, '') : undefined), async (portal) => {
        await page.goto(`${portal}portal`);
        await until(page, () => /idle|failed/.test(/** @type {any} */ (globalThis).element.shadowRoot?.querySelector('.root')?.dataset.phase));
        const seen = await shown(page);
        assert.deepEqual([seen.state, seen.code], ['error', 'BDS_E_FETCH']);
        assert.match(seen.text, /another host.*worker="here"/);
        assert.doesNotMatch(seen.text, /this file/);
        assert.equal(await page.evaluate(() => /** @type {any} */ (globalThis).element.examine(new Blob(['x'])).catch((/** @type {any} */ error) => `${error.name} ${error.code}`)), 'BedsideError BDS_E_FETCH');
        await page.evaluate(() => /** @type {any} */ (globalThis).element.setAttribute('worker', 'here'));
        await until(page, () => /** @type {any} */ (globalThis).element.examiner);
        assert.equal((await examine(page, opacity)).state, 'finding');
      }));
      await page.close();
    });

    test('a page with <base href>: catalogue, worker and modules are all relative to it', { skip: bundled ? false : 'the bundles were not built' }, async () => {
      const attributes = 'catalogue="models/catalogue.json" engine-base="web/dist/"';
      const own = (/** @type {string} */ path) => {
        if (path === '/patients/7') return embedding('<base href="/"><script type="module" src="web/dist/bedside-exam.js"></script>', `${attributes} worker="web/dist/exam.worker.js"`);
        return path === '/patients/here' ? embedding('<base href="/"><script type="module" src="web/dist/bedside-exam.js"></script>', `${attributes} worker="here"`) : undefined;
      };
      const { page } = await open(browser);
      await inFrontOf(server.url, own, async (portal) => {
        for (const path of ['patients/7', 'patients/here']) {
          await page.goto(`${portal}${path}`);
          await until(page, () => /idle|failed/.test(/** @type {any} */ (globalThis).element.shadowRoot?.querySelector('.root')?.dataset.phase));
          assert.equal((await settled(page)).state, 'idle', (await shown(page)).text);
          assert.equal((await examine(page, opacity)).state, 'finding', path);
        }
      });
      await page.close();
    });
  });
}
