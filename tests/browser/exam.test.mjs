// Examinations in a worker: what is cancelled does not hold up what comes after it.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { createExaminer, recordToJson } from '../../web/exam/exam.js';
import { chestDx, dicomFile, samplePicture, withElements } from '../support/dicom-objects.mjs';
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

/** Records of Node and the files that they are of: a picture explained in another way, an object of which body part and window are a person's, another exam. */
async function records() {
  const silent = dicomFile(withElements(chestDx({ picture: samplePicture('opacity-1.png') }), [[0x00180015, 'CS', undefined], [0x00082218, 'SQ', undefined]]));
  const files = /** @type {const} */ ([
    [new Uint8Array(readFileSync(new URL('../../demo/samples/opacity-1.png', import.meta.url))), { explain: 'occlusion', label: 'normal' }],
    [silent, { stated: { bodyPart: 'CHEST' }, window: { centre: 600, width: 4000 } }],
    [silent, { stated: { bodyPart: 'HAND' } }],
  ]);
  const examiner = await createExaminer({ worker: 'here' });
  const made = [];
  for (const [file, options] of files) made.push({ file: Buffer.from(file).toString('base64'), json: recordToJson(await examiner.examine(file, options)) });
  examiner.dispose();
  return made;
}

for (const name of /** @type {const} */ (['chrome', 'firefox'])) {
  const skip = missing(name);
  test(`${name}: records of Node are made again from themselves, to the bit`, { skip }, async () => {
    const made = await records();
    const [browser, server] = await Promise.all([launch(name), start()]);
    try {
      const { page } = await open(browser);
      await page.goto(`${server.url}batch.html`); // any page of this origin
      const again = await page.evaluate(async (stored) => {
        const address = '/web/dist/exam.js';
        /** @type {typeof import('../../web/exam/exam.js')} */
        const { createExaminer: create, recordFromJson, recordOptions, recordToJson: text } = await import(address);
        const examiner = await create();
        const out = [];
        for (const { file, json } of stored) out.push(text(await examiner.examine(Uint8Array.from(atob(file), (c) => c.charCodeAt(0)), recordOptions(recordFromJson(json)))));
        examiner.dispose();
        return out;
      }, made);
      /** All but what is of the moment and of the machine. @param {any} record */
      const lasting = ({ id: _id, time: _time, times: _times, utcOffset: _utcOffset, software: { simd: _simd, ...software }, ...record }) => ({ ...record, software });
      assert.deepEqual(made.map(({ json }) => JSON.parse(json).outcome), ['finding', 'unsure', 'refused']);
      assert.deepEqual(again.map((json) => lasting(JSON.parse(json))), made.map(({ json }) => lasting(JSON.parse(json))));
    } finally {
      await browser.close();
      await server.close();
    }
  });
}
