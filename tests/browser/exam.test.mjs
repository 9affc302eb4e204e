// Examinations in a worker: what is cancelled does not hold up what comes after it.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { launch, missing, open, start } from './common.mjs';

for (const name of /** @type {const} */ (['chrome', 'firefox'])) {
  const skip = missing(name);
  test(`${name}: a cancelled examination that does not end is given up with its worker`, { skip }, async () => {
    const [browser, server] = await Promise.all([launch(name), start()]);
    try {
      const { page } = await open(browser);
      await page.goto(`${server.url}batch.html`); // any page of this origin
      const told = await page.evaluate(async () => {
        const Original = Worker;
        const seen = { made: 0, ended: 0 };
        /** Counts. */
        class Counted extends Original {
          /** @param {string | URL} url @param {WorkerOptions} [options] */
          constructor(url, options) {
            super(url, options);
            seen.made++;
          }

          /** @override */
          terminate() {
            seen.ended++;
            super.terminate();
          }
        }
        globalThis.Worker = Counted;
        const address = '/web/dist/exam.js';
        /** @type {typeof import('../../web/exam/exam.js')} */
        const { createExaminer } = await import(address);
        // Seconds, without SIMD.
        const examiner = await createExaminer({ model: 'retina-vessels', engine: { simd: 'scalar' } });
        const picture = { pixels: Uint8Array.from({ length: 960 * 960 * 3 }, (_, i) => (i * 37) % 251), width: 960, height: 960, channels: /** @type {3} */ (3) };
        const stop = new AbortController();
        const cancelled = examiner.examine(picture, { signal: stop.signal }).then(() => 'done', (error) => error.code);
        const waiting = examiner.examine(new Uint8Array(3));
        await new Promise((resolve) => setTimeout(resolve, 300));
        stop.abort();
        const code = await cancelled;
        const record = await waiting;
        const again = await examiner.examine(new Uint8Array(5));
        examiner.dispose();
        await new Promise((resolve) => setTimeout(resolve, 50));
        return { code, refusal: record.refusal?.code, bytes: [record.input?.bytes, again.input?.bytes], ...seen };
      });
      assert.deepEqual(told, { code: 'BDS_E_ABORTED', refusal: 'BDS_E_IMAGE_FORMAT', bytes: [3, 5], made: 2, ended: 2 });
    } finally {
      await browser.close();
      await server.close();
    }
  });
}
