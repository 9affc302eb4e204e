// DICOM in real browsers, under the server's policy: the same bits as in Node, decoders fetched only when they are needed, nothing from elsewhere.
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { readDicom } from '../../web/dicom/dicom.js';
import { createExaminer } from '../../web/exam/exam.js';
import { codedFiles, encode, encoders, reversible } from '../support/dicom-coded.mjs';
import { cellBytes } from '../support/dicom-writer.mjs';
import { chestDx, dicomFile, encapsulated, paletteColour, samplePicture, signedCt, syntaxes, withElements } from '../support/dicom-objects.mjs';
import { sha256 } from '../node/tiny-model.mjs';
import { launch, missing, open, ready, start } from './common.mjs';

const built = existsSync(new URL('../../web/dist/bedside-dicom.js', import.meta.url));

/** @type {{ name: string, file: Uint8Array }[]} */
let files = [];
/** Hashes of each frame's values and picture, in Node. @type {string[][]} */
let expected = [];
before(async () => {
  const sigmoid = withElements(signedCt(), [[0x00281056, 'CS', 'SIGMOID'], [0x00281053, 'DS', '0.01']]);
  files = [
    { name: 'chest', file: dicomFile(chestDx()) }, { name: 'ct', file: dicomFile(sigmoid, { syntax: syntaxes.deflated }) }, { name: 'palette', file: dicomFile(paletteColour(), { syntax: syntaxes.big }) },
    ...(await codedFiles()),
  ];
  expected = await Promise.all(files.map(async ({ file }) => {
    const object = await readDicom(file);
    const hashes = [];
    for (let frame = 0; frame < object.frames; frame++) {
      const values = await object.stored(frame);
      hashes.push(sha256(new Uint8Array(values.buffer)), sha256(/** @type {Uint8Array} */ ((await object.picture(frame)).pixels.pixels)));
    }
    return hashes;
  }));
});

for (const name of /** @type {const} */ (['chrome', 'firefox'])) {
  describe(`DICOM in ${name}`, { skip: missing(name) || (built ? false : 'web/dist/bedside-dicom.js is not built') }, () => {
    /** @type {import('puppeteer-core').Browser} */
    let browser;
    /** @type {{url: string, close: () => Promise<void>}} */
    let server;
    before(async () => {
      [browser, server] = await Promise.all([launch(name), start()]);
    });
    after(async () => {
      await browser?.close();
      await server?.close();
    });

    test('the same bits as in Node, each decoder when it is needed', async () => {
      const { page, requests, complaints } = await open(browser);
      await ready(page, server.url);
      const begin = requests.length;
      for (const [i, { name: what, file }] of files.entries()) {
        const there = await page.evaluate(async (base64) => {
          const { isDicom, readDicom: read } = await import(/** @type {any} */ ('/web/dist/bedside-dicom.js'));
          const bytes = Uint8Array.from(atob(base64), (c) => c.charCodeAt(0));
          const digest = async (/** @type {any} */ array) => Array.from(new Uint8Array(await crypto.subtle.digest('SHA-256', new Uint8Array(array.buffer))), (b) => b.toString(16).padStart(2, '0')).join('');
          if (!isDicom(bytes)) return ['not recognised'];
          const object = await read(bytes);
          const hashes = [];
          for (let frame = 0; frame < object.frames; frame++) hashes.push(await digest(await object.stored(frame)), await digest((await object.picture(frame)).pixels.pixels));
          return hashes;
        }, Buffer.from(file).toString('base64'));
        assert.deepEqual(there, expected[i], what);
        const modules = requests.slice(begin).filter((url) => /codecs\/.*\.wasm$/.test(url)).map((url) => String(url.match(/codecs\/([a-z]*)wasm/)?.[1]));
        const kinds = files.slice(0, i + 1).map((each) => each.name.replace(/-colour$/, ''));
        const wanted = Object.entries({ jpeg: 'libjpegturbo', 'jpeg-ls': 'charls', 'jpeg-2000': 'openjpeg' }).filter(([kind]) => kinds.includes(kind)).map(([, module]) => module);
        assert.deepEqual(modules.sort(), wanted.sort(), `fetched for ${what}`);
      }
      assert.deepEqual(requests.filter((url) => /^[a-z]*:\/\//.test(url) && !url.startsWith(server.url)), []);
      assert.deepEqual(complaints, []);
      assert.deepEqual(await page.evaluate(() => /** @type {any} */ (globalThis).violations), []);
    });

    test('in the worker of an examination: a chest in JPEG 2000 gives the finding that Node gives', async () => {
      const { pixels, width, height } = samplePicture('opacity-1.png');
      const { J2KEncoder } = await encoders('openjpeg');
      const values = cellBytes(Array.from(pixels, (p) => p * 16), 2);
      const coded = encode(new J2KEncoder(), values, { width, height, bitsPerSample: 12, componentCount: 1, isSigned: false }, reversible);
      const file = dicomFile([...withElements(chestDx({ picture: { pixels, width, height } }), [[0x7fe00010, 'OW', undefined]]), ...encapsulated([coded])], { syntax: syntaxes.jpeg2000 });
      const examiner = await createExaminer({ model: 'pneumonia' });
      const here = await examiner.examine(file);
      examiner.dispose();
      assert.equal(here.outcome, 'finding');
      const { page, complaints } = await open(browser);
      await ready(page, server.url);
      const there = await page.evaluate(async (base64) => {
        const { createExaminer: create } = await import(/** @type {any} */ ('/web/dist/exam.js'));
        const worker = await create({ model: 'pneumonia' });
        const record = await worker.examine(Uint8Array.from(atob(base64), (c) => c.charCodeAt(0)));
        const requests = await worker.requests();
        worker.dispose();
        return { findings: record.findings, window: record.input.window, refusal: record.refusal, map: record.explanation?.sha256, decoders: requests.filter((/** @type {{ url: string }} */ { url }) => /openjpeg.*wasm/.test(url)).length };
      }, Buffer.from(file).toString('base64'));
      assert.deepEqual(there, { findings: here.findings, window: here.input?.window, refusal: null, map: here.explanation?.sha256, decoders: 1 });
      assert.deepEqual(complaints, []);
    });

    test('damage and a decoder that cannot be fetched are errors with a name', async () => {
      const { page } = await open(browser);
      await ready(page, server.url);
      const cut = files.find((each) => each.name === 'jpeg-ls')?.file ?? new Uint8Array(0);
      const damaged = cut.slice(0, cut.length - 40);
      const codes = await page.evaluate(async (whole, half) => {
        const { readDicom: read } = await import(/** @type {any} */ ('/web/dist/bedside-dicom.js'));
        const bytes = (/** @type {string} */ base64) => Uint8Array.from(atob(base64), (c) => c.charCodeAt(0));
        const code = (/** @type {any} */ work) => work.then(() => 'none', (/** @type {any} */ error) => error.code);
        return [
          await code(read(bytes(half)).then((/** @type {any} */ object) => object.stored(1))),
          await code(read(bytes(whole), { base: '/nowhere' }).then((/** @type {any} */ object) => object.stored(0))),
          await code(read(bytes(whole)).then((/** @type {any} */ object) => object.stored(0))),
        ];
      }, Buffer.from(cut).toString('base64'), Buffer.from(damaged).toString('base64'));
      assert.deepEqual(codes, ['BDS_E_DICOM_CORRUPT', 'BDS_E_FETCH', 'none']);
    });
  });
}
