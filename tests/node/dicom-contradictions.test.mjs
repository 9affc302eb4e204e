// DICOM that contradicts itself, or says what readers take in different ways: refused with the reason, where a picture would be some reader's guess.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { readDicom } from '../../web/dicom/dicom.js';
import { codedFiles, texture } from '../support/dicom-coded.mjs';
import { chestDx, colourCapture, dicomFile, encapsulated, imagePixel, losslessJpeg, paletteColour, rleFrame, signedCt, syntaxes, withElements } from '../support/dicom-objects.mjs';
import { cellBytes } from '../support/dicom-writer.mjs';
import { fails } from './common.mjs';

/** @typedef {import('../support/dicom-writer.mjs').Element} Element */

const CORRUPT = 'BDS_E_DICOM_CORRUPT';
/** @param {Uint8Array} file */
const picture = async (file) => (await readDicom(file)).picture(0);
/** @param {Element[]} elements @param {Element[]} changes */
const changed = (elements, changes) => dicomFile(withElements(elements, changes));
/** A 16-bit row of 4. @param {Element[]} more */
const row = (more) => [...imagePixel({ width: 4, height: 1, photometric: 'MONOCHROME2', allocated: 16 }, [0, 1, 2, 3]), ...more];
/** @param {number} tag @param {number[]} descriptor @param {Uint8Array} data @returns {Element} */
const table = (tag, descriptor, data) => [tag, 'SQ', [[[0x00283002, 'US', descriptor], [0x00283006, 'OW', data]]]];

describe('what is bright', () => {
  test('a presentation LUT that says other than the photometric interpretation: stored values are given, grey is refused', async () => {
    for (const inverted of [false, true]) {
      const file = changed(chestDx({ inverted }), [[0x20500020, 'CS', inverted ? 'IDENTITY' : 'INVERSE']]);
      assert.equal((await (await readDicom(file)).stored(0)).length, 5120);
      await fails(picture(file), CORRUPT, inverted ? /MONOCHROME1, and the Presentation LUT Shape IDENTITY/ : /MONOCHROME2, and the Presentation LUT Shape INVERSE/);
    }
    assert.equal((await picture(changed(chestDx({ inverted: true }), [[0x20500020, 'CS', undefined]]))).pixels.width, 64);
  });

  test('a slope without an intercept, an intercept without a slope', async () => {
    for (const [tag, value] of /** @type {[number, string][]} */ ([[0x00281053, '2'], [0x00281052, '-1024']])) {
      const object = await readDicom(dicomFile(row([[tag, 'DS', value]])));
      for (const work of [object.values(0), object.picture(0)]) await fails(work, CORRUPT, /slope and no intercept|intercept and no slope/);
    }
    // Where nobody could read it in another way, it is borne.
    for (const [tag, value] of /** @type {[number, string][]} */ ([[0x00281053, '1'], [0x00281052, '0']])) assert.deepEqual([...(await (await readDicom(dicomFile(row([[tag, 'DS', value]])))).values(0))], [0, 1, 2, 3]);
    const ct = signedCt();
    await fails(picture(changed(ct, [[0x00281053, 'DS', undefined]])), CORRUPT, /intercept and no slope/);
  });

  test('entries of a look-up table that do not fit their bits', async () => {
    await fails(picture(dicomFile(row([table(0x00283010, [4, 0, 10], cellBytes([0, 500, 1023, 1024], 2))]))), CORRUPT, /entries of 10 bits and has 1024/);
    assert.deepEqual([.../** @type {Uint8Array} */ ((await picture(dicomFile(row([table(0x00283010, [4, 0, 10], cellBytes([0, 500, 1023, 1023], 2))])))).pixels.pixels)], [0, 125, 255, 255]);
    await fails(picture(dicomFile(row([table(0x00283010, [4, 0, 7], Uint8Array.of(1, 2, 3, 128))]))), CORRUPT, /entries of 7 bits and has 128/);
    await fails((await readDicom(dicomFile(row([table(0x00283000, [4, 0, 12], cellBytes([0, 1, 2, 5000], 2))])))).values(0), CORRUPT, /entries of 12 bits and has 5000/);
    const palette = [1, 2, 3].map((n) => /** @type {Element} */ ([0x00281100 + n, 'US', [256, 0, 8]]));
    await fails(picture(changed(paletteColour(), palette)), CORRUPT, /entries of 8 bits and has 257/);
  });
});

describe('colours', () => {
  const form = { width: 4, height: 2, samples: 3, photometric: 'YBR_FULL_422', allocated: /** @type {const} */ (8) };
  const values = Array.from({ length: 24 }, (_, i) => (i * 37) & 255);

  test('YBR_FULL_422 in planes, or with chrominance for each pixel', async () => {
    const pairs = [...imagePixel(form, values.slice(0, 16))];
    assert.equal((await picture(dicomFile(pairs))).pixels.channels, 3);
    await fails(readDicom(changed(pairs, [[0x00280006, 'US', 1]])), CORRUPT, /in pairs .* and in planes/);
    await fails(readDicom(dicomFile(imagePixel(form, values))), CORRUPT, /as many bytes as without/);
    assert.equal((await picture(dicomFile(imagePixel({ ...form, photometric: 'YBR_FULL' }, values)))).pixels.channels, 3);
  });

  test('YBR_PARTIAL_422 and YBR_PARTIAL_420', async () => {
    for (const photometric of ['YBR_PARTIAL_422', 'YBR_PARTIAL_420']) await fails(readDicom(dicomFile(imagePixel({ ...form, photometric }, values.slice(0, 16)))), 'BDS_E_DICOM_UNSUPPORTED', new RegExp(photometric));
  });

  test('the colours of JPEG 2000 in pixels that are not', async () => {
    for (const photometric of ['YBR_RCT', 'YBR_ICT']) {
      await fails(picture(dicomFile(imagePixel({ ...form, photometric }, values))), CORRUPT, new RegExp(`JPEG 2000 \\(${photometric}\\), and its pixels are in Explicit`));
      const rle = dicomFile([...imagePixel({ ...form, photometric }, null), ...encapsulated([rleFrame(values, 3, 1)])], { syntax: syntaxes.rle });
      await fails(picture(rle), CORRUPT, /and its pixels are in RLE/);
    }
  });

  test('JPEG 2000 whose code says other than the object of what its colours are', async () => {
    const good = (await codedFiles()).find(({ name }) => name === 'jpeg-2000-colour');
    assert.ok(good);
    const { elements, syntax, file } = good;
    assert.equal((await picture(file)).pixels.channels, 3);
    for (const photometric of ['YBR_FULL', 'YBR_FULL_422']) await fails(picture(dicomFile(withElements(elements, [[0x00280004, 'CS', photometric]]), { syntax })), CORRUPT, /YBR_FULL.* has transformed RGB/);
    const plain = file.slice();
    const header = Buffer.from(plain).indexOf(Buffer.from([0xff, 0x52]), Buffer.from(plain).indexOf(Buffer.from([0xff, 0x4f, 0xff, 0x51])));
    assert.equal(plain[header + 8], 1);
    plain[header + 8] = 0;
    await fails(picture(plain), CORRUPT, /YBR_RCT.* has not transformed them/);
  });

  test('compressed colours of fewer bits than are stated would be too dark', async () => {
    const [width, height] = [16, 12];
    const coded = losslessJpeg(texture(width * height * 3, 4095), { width, height, samples: 3, precision: 12 });
    const object = (/** @type {number} */ stored) => dicomFile([...imagePixel({ width, height, samples: 3, photometric: 'RGB', allocated: 16, stored }, null), ...encapsulated([coded])], { syntax: syntaxes.jpegLossless });
    assert.equal((await picture(object(12))).pixels.channels, 3);
    await fails(picture(object(16)), CORRUPT, /colours of 16 bits; its compressed pixels have 12/);
  });
});

describe('which pixels', () => {
  test('those of an icon or of a private element are not the picture', async () => {
    const icon = /** @type {Element} */ ([0x00880200, 'SQ', [imagePixel({ width: 2, height: 2, photometric: 'MONOCHROME2', allocated: 8 }, [9, 9, 9, 9])]]);
    const head = /** @type {Element[]} */ ([[0x00080016, 'UI', '1.2.840.10008.5.1.4.1.1.7'], icon]);
    for (const undefinedLengths of [false, true]) {
      await fails(readDicom(dicomFile(head, { undefinedLengths })), 'BDS_E_DICOM_UNSUPPORTED', /holds no picture/);
      const both = await readDicom(dicomFile([...head, ...row([])], { undefinedLengths }));
      assert.deepEqual([both.columns, both.rows, ...(await both.stored(0))], [4, 1, 0, 1, 2, 3]);
    }
    const [pixels] = row([]).filter(([tag]) => tag === 0x7fe00010);
    for (const [owner, tag] of [[0x7fe10010, 0x7fe11010], [0x7fdf0010, 0x7fdf1010], [0x00290010, 0x00291010]]) {
      const hidden = withElements(row([]), [[0x7fe00010, 'OW', undefined], [owner, 'LO', 'SOMEBODY'], [tag, 'OW', pixels[2]]]);
      await fails(readDicom(dicomFile(hidden)), CORRUPT, /there is no pixel data/);
      assert.deepEqual([...(await (await readDicom(dicomFile([...hidden, pixels]))).stored(0))], [0, 1, 2, 3]);
    }
  });

  test('floating-point pixels', async () => {
    for (const [tag, vr] of /** @type {[number, string][]} */ ([[0x7fe00008, 'OF'], [0x7fe00009, 'OD']])) {
      await fails(readDicom(changed(row([]), [[0x7fe00010, 'OW', undefined], [tag, vr, new Uint8Array(32)]])), 'BDS_E_DICOM_UNSUPPORTED', /floating-point/);
    }
  });

  test('more or fewer frames than are stated, of plain pixels', async () => {
    for (const [frames, pixels] of [['2', 4], ['1', 8], [undefined, 8], ['3', 8]]) {
      const file = changed(row([]), [[0x00280008, 'IS', frames], [0x7fe00010, 'OW', new Uint8Array(2 * Number(pixels))]]);
      await fails(readDicom(file), CORRUPT, /pixels, \d+ bytes, and has/);
    }
    const capture = await readDicom(changed(colourCapture(), [[0x00280008, 'IS', '1']]));
    assert.equal(capture.frames, 1);
  });
});
