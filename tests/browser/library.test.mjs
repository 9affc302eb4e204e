// web/ by itself in real browsers: on the page's own thread, in a worker, and the same bits as in Node.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { loadEngine } from '../../web/bedside.js';
import { sha256 } from '../node/tiny-model.mjs';
import { launch, missing, model, open, ready, start } from './common.mjs';

const samples = new URL('../../demo/samples/', import.meta.url);
/** @type {string[]} */
const files = JSON.parse(readFileSync(new URL('samples.json', samples), 'utf8')).map((/** @type {{file: string}} */ sample) => sample.file);

for (const name of /** @type {const} */ (['chrome', 'firefox'])) {
  describe(`web/ in ${name}`, { skip: missing(name) }, () => {
    /** @type {import('puppeteer-core').Browser} */
    let browser;
    /** @type {{url: string, close: () => Promise<void>}} */
    let server;
    /** @type {import('puppeteer-core').Page} */
    let page;
    const hash = missing(name) ? '' : sha256(readFileSync(model));
    before(async () => {
      [browser, server] = await Promise.all([launch(name), start()]);
      ({ page } = await open(browser));
      await ready(page, server.url);
    });
    after(async () => {
      await browser?.close();
      await server?.close();
    });

    test('the same bits as in Node, with SIMD and without', async () => {
      const engine = await loadEngine();
      const here = await engine.openModel({ url: model, sha256: hash });
      const expected = [];
      for (const file of files) {
        const { findings, doubts, distance, input, inputSha256 } = await here.diagnose(readFileSync(new URL(file, samples)), { keepInput: true });
        expected.push({ findings, doubts, distance, input: [...(input?.data ?? [])], inputSha256 });
      }
      for (const simd of ['relaxed', 'simd128', 'scalar']) {
        const there = await page.evaluate(
          async (names, kind, pin) => {
            const { loadEngine: load } = await import(/** @type {any} */ ('/web/bedside.js'));
            const opened = await (await load({ simd: kind })).openModel({ url: '/models/pneumonia/pneumonia.bds', sha256: pin });
            const results = [];
            for (const file of names) {
              const blob = await (await fetch(`/samples/${file}`)).blob();
              const { findings, doubts, distance, input, inputSha256 } = await opened.diagnose(blob, { keepInput: true });
              results.push({ findings, doubts, distance, input: [...input.data], inputSha256 });
            }
            return results;
          },
          files, simd, hash,
        );
        assert.deepEqual(there, expected, simd);
      }
    });

    test('the worker answers as the library does: results, progress, errors, dispose, close', async () => {
      const seen = await page.evaluate(
        async (file, pin) => {
          const { connect } = await import(/** @type {any} */ ('/web/worker-client.js'));
          const { BedsideError } = await import(/** @type {any} */ ('/web/bedside.js'));
          const code = (/** @type {Promise<unknown>} */ work) => work.then(() => 'no error', (error) => (error instanceof BedsideError ? error.code : `not a BedsideError: ${error}`));
          const make = () => new Worker('/web/bedside.worker.js', { type: 'module' });
          const bedside = connect(make());
          const { simd } = await bedside.engine;
          const opened = await bedside.openModel({ url: 'models/pneumonia/pneumonia.bds', sha256: pin, texts: ['title', 'nothing'] });
          const bytes = new Uint8Array(await (await fetch(`/samples/${file}`)).arrayBuffer());
          /** @type {{step: number}[]} */
          const progress = [];
          const first = await opened.diagnose(bytes, { onProgress: (/** @type {{step: number}} */ p) => progress.push(p) });
          const kept = bytes.length;
          const given = await opened.diagnose(bytes, { transfer: true });
          const result = {
            simd, title: opened.texts.title, nothing: opened.texts.nothing, labels: opened.info.labels,
            same: JSON.stringify(first.findings) === JSON.stringify(given.findings), kept: kept > 0, away: bytes.length,
            steps: progress.length === opened.info.operators && progress.every((p, i) => p.step === i + 1),
            noHash: await code(bedside.openModel({ url: 'models/pneumonia/pneumonia.bds' })),
            wrongHash: await code(bedside.openModel({ url: 'models/pneumonia/pneumonia.bds', sha256: '0'.repeat(64) })),
            html: await code(bedside.openModel({ url: '/', sha256: pin })),
            absent: await code(bedside.openModel({ url: '/models/none.bds', sha256: pin })),
            text: await code(opened.diagnose(new TextEncoder().encode('text'))),
            unsendable: await code(opened.diagnose(() => 0)),
            gone: await code(opened.diagnose(bytes)),
            view: await code(opened.diagnose(new DataView(new ArrayBuffer(8)))),
            wide: await code(opened.diagnose({ pixels: new Uint16Array(784), width: 28, height: 28, channels: 1 })),
            rgba: await code(opened.diagnose({ pixels: new Uint8ClampedArray(3136), width: 28, height: 28, channels: 1 })),
            unsigned: await code(opened.diagnose({ tensor: new Uint8Array(784) })),
            none: await code(opened.diagnose(null, null)),
            limits: await code(bedside.openModel({ url: 'models/pneumonia/pneumonia.bds', sha256: pin, maxBytes: NaN })),
          };
          await opened.dispose();
          const disposed = await code(opened.diagnose(new Uint8Array(1)));
          const pending = code(bedside.openModel({ url: 'models/pneumonia/pneumonia.bds', sha256: pin }));
          bedside.close();
          const noWasm = connect(make(), { base: '/samples' });
          const noWorker = connect(new Worker('/web/no-such-worker.js', { type: 'module' }));
          return {
            ...result, disposed, closed: await pending, afterwards: await code(bedside.requests()),
            noWasm: await code(noWasm.engine), noWasmOpen: await code(noWasm.openModel({ url: '/models/pneumonia/pneumonia.bds', sha256: pin })),
            noWorker: await code(noWorker.engine),
          };
        },
        files[0], hash,
      );
      assert.deepEqual(seen, {
        simd: 'simd128', title: 'Pneumonia on 28x28 chest X-rays', nothing: null, labels: ['normal', 'pneumonia'],
        same: true, kept: true, away: 0, steps: true,
        noHash: 'BDS_E_NO_HASH', wrongHash: 'BDS_E_HASH', html: 'BDS_E_FORMAT', absent: 'BDS_E_FETCH', text: 'BDS_E_IMAGE_FORMAT', unsendable: 'BDS_E_ARGUMENT',
        gone: 'BDS_E_ARGUMENT', view: 'BDS_E_ARGUMENT', wide: 'BDS_E_ARGUMENT', rgba: 'BDS_E_ARGUMENT', unsigned: 'BDS_E_ARGUMENT', none: 'BDS_E_ARGUMENT', limits: 'BDS_E_ARGUMENT',
        disposed: 'BDS_E_DISPOSED', closed: 'BDS_E_DISPOSED', afterwards: 'BDS_E_DISPOSED',
        noWasm: 'BDS_E_FETCH', noWasmOpen: 'BDS_E_FETCH', noWorker: 'BDS_E_FETCH',
      });
    });

    test('a policy without wasm-unsafe-eval is named in the error', { skip: name === 'firefox' && 'one browser is enough' }, async () => {
      const { page: strict } = await open(browser);
      await strict.setRequestInterception(true);
      strict.on('request', (request) => {
        const headers = { 'content-type': 'text/html', 'content-security-policy': "default-src 'self'" };
        void (request.url().endsWith('/strict.html') ? request.respond({ status: 200, headers, body: '<!doctype html>' }) : request.continue());
      });
      await strict.goto(`${server.url}strict.html`);
      const error = await strict.evaluate(async () => {
        const { loadEngine: load } = await import(/** @type {any} */ ('/web/bedside.js'));
        return load().then(() => null, (/** @type {any} */ e) => ({ code: e.code, message: e.message }));
      });
      assert.equal(error?.code, 'BDS_E_WASM_FORMAT');
      assert.match(error.message, /wasm-unsafe-eval/);
      await strict.close();
    });
  });
}
