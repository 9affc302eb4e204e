// Large enhanced objects: thousands of frames, hundreds of attributes for each. Each frame is made grey by what its own functional group says, and what
// is not asked for costs next to nothing.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { readDicom } from '../../web/dicom/dicom.js';
import { enhancedCt, groupOf } from '../support/dicom-enhanced.mjs';
import { dicomFile, imagePixel, syntaxes, withElements } from '../support/dicom-objects.mjs';
import { fails } from './common.mjs';

/** @typedef {import('../support/dicom-writer.mjs').Element} Element */

setFlagsFromString('--expose-gc');
/** @type {() => void} */
const collectGarbage = runInNewContext('gc');

/** @param {import('../../web/dicom/dicom.js').DicomObject} object @param {number} frame */
async function check(object, frame) {
  const { slope, intercept, centre, width } = groupOf(frame);
  const value = 7 * slope + intercept;
  assert.deepEqual([...(await object.values(frame))], [value], `values of frame ${frame}`);
  const { pixels, window } = await object.picture(frame);
  assert.deepEqual(window, { centre, width, from: 'file' }, `window of frame ${frame}`);
  const y = value <= centre - 0.5 - (width - 1) / 2 ? 0 : ((value - (centre - 0.5)) / (width - 1) + 0.5) * 255;
  assert.deepEqual([.../** @type {Uint8Array} */ (pixels.pixels)], [Math.min(255, Math.floor(y + 0.5))], `grey of frame ${frame}`);
}

describe('enhanced objects', () => {
  for (const undefinedLengths of [true, false]) {
    test(`5,000 frames of 200 attributes, lengths ${undefinedLengths ? 'undefined' : 'stated'}: at once, and each frame's own window and rescale`, async () => {
      const file = enhancedCt(5000, 200, { undefinedLengths });
      collectGarbage();
      const before = process.memoryUsage();
      const begin = performance.now();
      const object = await readDicom(file);
      for (const frame of [0, 4999, 2500, 1]) await check(object, frame);
      const took = performance.now() - begin;
      collectGarbage();
      const { heapUsed, arrayBuffers } = process.memoryUsage();
      const grown = heapUsed + arrayBuffers - before.heapUsed - before.arrayBuffers;
      console.log(`${(file.length / 1e6).toFixed(1)} MB: ${took.toFixed(0)} ms, ${(grown / 1e6).toFixed(1)} MB of memory`);
      assert.ok(took < 3000, `${took} ms: less than a tenth of a second, if nothing else is at work`);
      assert.ok(grown < 4e6, `${grown} bytes: two places of 8 bytes for each frame`);
      for (let frame = 0; frame < 5000; frame++) assert.equal((await object.picture(frame)).window?.centre, groupOf(frame).centre);
      assert.ok(performance.now() - begin < 10000, 'all frames, one after the other, walk over the groups once');
    });
  }

  for (const [name, syntax] of Object.entries({ implicit: syntaxes.implicit, big: syntaxes.big, deflated: syntaxes.deflated })) {
    test(`the same in ${name}`, async () => {
      for (const undefinedLengths of [true, false]) {
        const object = await readDicom(enhancedCt(40, 60, { syntax, undefinedLengths }));
        for (const frame of [39, 0, 20]) await check(object, frame);
      }
    });
  }

  test('groups for fewer or more frames than there are: stored values are given, grey is refused', async () => {
    const group = (/** @type {string} */ slope) => /** @type {Element[]} */ ([[0x00289145, 'SQ', [[[0x00281052, 'DS', '0'], [0x00281053, 'DS', slope]]]]]);
    const frames = (/** @type {string[]} */ slopes) => [...imagePixel({ width: 1, height: 1, photometric: 'MONOCHROME2', allocated: 8, frames: 2 }, [3, 4]), /** @type {Element} */ ([0x52009230, 'SQ', slopes.map(group)])];
    assert.deepEqual([...(await (await readDicom(dicomFile(frames(['5', '6'])))).values(1))], [24]);
    for (const slopes of [['5'], ['5', '6', '7']]) {
      const object = await readDicom(dicomFile(frames(slopes)));
      assert.deepEqual([...(await object.stored(1))], [4]);
      await fails(object.values(0), 'BDS_E_DICOM_CORRUPT', new RegExp(`2 frames and has functional groups for ${slopes.length}`));
      await fails(object.picture(0), 'BDS_E_DICOM_CORRUPT', /2 frames/);
    }
  });

  test('damage in a group is found when the frame is asked for, or before', async () => {
    const file = enhancedCt(30, 40, { undefinedLengths: false });
    const at = Buffer.from(file).lastIndexOf(Buffer.from([0x28, 0, 0x50, 0x10, 0x44, 0x53]));
    file[at + 6] = 200; // the last frame's window centre goes beyond its item
    const object = await readDicom(file);
    await check(object, 28);
    await fails(object.picture(29), 'BDS_E_DICOM_CORRUPT', /\(0028,1050\) is damaged/);
    const open = enhancedCt(30, 40, { undefinedLengths: true });
    open[Buffer.from(open).lastIndexOf(Buffer.from([0x28, 0, 0x50, 0x10, 0x44, 0x53])) + 6] = 200;
    await fails(readDicom(open), 'BDS_E_DICOM_CORRUPT');
  });

  test('a group nested too deep is refused, with the reason', async () => {
    let deep = /** @type {Element[]} */ ([[0x00281050, 'DS', '1']]);
    for (let i = 0; i < 70; i++) deep = [[0x00209222, 'SQ', [deep]]];
    const elements = withElements(imagePixel({ width: 1, height: 1, photometric: 'MONOCHROME2', allocated: 8, frames: 1 }, [3]), [[0x52009230, 'SQ', [deep]]]);
    await fails(readDicom(dicomFile(elements, { undefinedLengths: true })), 'BDS_E_DICOM_CORRUPT', /deeper than 64/);
  });
});
