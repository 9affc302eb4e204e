// DICOM in: how a stored value becomes grey or a colour, every layout of pixels, what the object says of itself. Expectations are the standard's
// formulas, written out here once more.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { readDicom } from '../../web/dicom/dicom.js';
import { readFile } from '../../web/dicom/file.js';
import { encode, encoders, reversible, texture } from '../support/dicom-coded.mjs';
import { cellBytes, dataSet } from '../support/dicom-writer.mjs';
import {
  chestDx, code, colourCapture, dicomFile, drawnChest, encapsulated, handDx, imagePixel, multiFrame, paletteColour, rleFrame, samplePicture, signedCt, syntaxes, uid, withElements,
} from '../support/dicom-objects.mjs';
import { fails } from './common.mjs';
import { sha256 } from './tiny-model.mjs';

/** @typedef {import('../support/dicom-writer.mjs').Element} Element */

/** An object with nothing but pixels. @param {Parameters<typeof imagePixel>[0]} image @param {ArrayLike<number> | null} values @param {Element[]} [more] @returns {Element[]} */
const bare = (image, values, more = []) => [[0x00080016, 'UI', '1.2.840.10008.5.1.4.1.1.7'], [0x00080018, 'UI', uid('bare')], ...imagePixel(image, values), ...more];

/** Grey of a row of values. @param {number[]} values @param {Element[]} more @param {object} [form] @param {{ centre: number, width: number }} [given] */
async function greyOf(values, more, form = {}, given = undefined) {
  const image = { width: values.length, height: 1, photometric: 'MONOCHROME2', allocated: /** @type {const} */ (16), ...form };
  const { pixels, window } = await (await readDicom(dicomFile(bare(image, values, more)))).picture(0, given);
  assert.equal(pixels.channels, 1);
  return { grey: [.../** @type {Uint8Array} */ (pixels.pixels)], window };
}

/** PS3.3 C.11.2.1.2 and C.11.2.1.3, for 0 to 255. @param {string} shape @param {number} x @param {number} c @param {number} w */
function formula(shape, x, c, w) {
  if (shape === 'SIGMOID') return 255 / (1 + Math.exp((-4 * (x - c)) / w));
  if (shape === 'LINEAR_EXACT') {
    if (x <= c - w / 2) return 0;
    return x > c + w / 2 ? 255 : ((x - c) / w + 0.5) * 255;
  }
  if (x <= c - 0.5 - (w - 1) / 2) return 0;
  return x > c - 0.5 + (w - 1) / 2 ? 255 : ((x - (c - 0.5)) / (w - 1) + 0.5) * 255;
}

const ramp = (/** @type {number} */ from, /** @type {number} */ to, step = 1) => Array.from({ length: Math.floor((to - from) / step) + 1 }, (_, i) => from + i * step);

describe('window', () => {
  for (const shape of ['LINEAR', 'LINEAR_EXACT', 'SIGMOID']) {
    for (const [centre, width] of [[40, 400], [0, 1], [127.5, 255], [-600.25, 1500.5], [2048, 4096], [10, 2]]) {
      test(`${shape}, centre ${centre}, width ${width}`, async () => {
        const values = ramp(-3000, 3000, 7).concat(ramp(-5, 45));
        const { grey, window } = await greyOf(values, [[0x00281050, 'DS', String(centre)], [0x00281051, 'DS', String(width)], [0x00281056, 'CS', shape]], { signed: true });
        assert.deepEqual(window, { centre, width, from: 'file' });
        const wanted = values.map((x) => formula(shape, x, centre, width));
        grey.forEach((y, i) => {
          // To the nearest, halves up; Math.exp may differ in the last bit, where it does not matter.
          assert.ok(y === Math.floor(wanted[i] + 0.5) || (shape === 'SIGMOID' && Math.abs(wanted[i] - y) < 0.5 + 1e-7), `${values[i]}: ${y}, not ${wanted[i]}`);
        });
      });
    }
  }

  test('after slope and intercept: 0.01, negative, and what most viewers get wrong', async () => {
    const values = ramp(0, 4095, 13);
    for (const [slope, intercept] of [[0.01, 0], [0.01, -20.48], [-1, 1024], [-0.5, 0], [2.5, -1024], [1e-4, 0]]) {
      const [centre, width] = [2048 * slope + intercept, Math.abs(4096 * slope)];
      const shape = width >= 1 ? 'LINEAR' : 'LINEAR_EXACT';
      const { grey } = await greyOf(values, [
        [0x00281052, 'DS', String(intercept)], [0x00281053, 'DS', String(slope)], [0x00281050, 'DS', String(centre)], [0x00281051, 'DS', String(width)], [0x00281056, 'CS', shape],
      ]);
      assert.deepEqual(grey, values.map((v) => Math.floor(formula(shape, v * slope + intercept, centre, width) + 0.5)), `slope ${slope}`);
      assert.ok(new Set(grey).size > 100, 'it is a picture');
    }
  });

  test('MONOCHROME1 is turned over after the window, not before', async () => {
    const values = ramp(0, 255);
    const window = [[0x00281050, 'DS', '64'], [0x00281051, 'DS', '64']];
    const upright = await greyOf(values, /** @type {Element[]} */ (window), { allocated: 8 });
    const inverted = await greyOf(values, /** @type {Element[]} */ (window), { allocated: 8, photometric: 'MONOCHROME1' });
    assert.deepEqual(inverted.grey, upright.grey.map((y) => 255 - y));
    assert.deepEqual([inverted.grey[0], inverted.grey[255]], [255, 0]);
    // Both chests look the same, because each is written as its kind of object wants it.
    const [a, b] = await Promise.all([chestDx(), chestDx({ inverted: true })].map(async (elements) => (await readDicom(dicomFile(elements))).picture(0)));
    assert.deepEqual(a.pixels.pixels, b.pixels.pixels);
    assert.deepEqual([.../** @type {Uint8Array} */ (a.pixels.pixels)], [...drawnChest().pixels]);
  });

  test('the first of several windows; a given one instead; none: the range, without padding', async () => {
    const values = [-2000, -1000, 0, 40, 500, 3000];
    const more = /** @type {Element[]} */ ([[0x00281050, 'DS', '40\\-600'], [0x00281051, 'DS', '400\\1500']]);
    assert.deepEqual((await greyOf(values, more, { signed: true })).window, { centre: 40, width: 400, from: 'file' });
    const given = await greyOf(values, more, { signed: true }, { centre: 500, width: 1000 });
    assert.deepEqual(given.window, { centre: 500, width: 1000, from: 'given', own: [{ centre: 40, width: 400, from: 'file' }, { centre: -600, width: 1500, from: 'file' }] });
    assert.deepEqual(given.grey, values.map((x) => Math.floor(formula('LINEAR', x, 500, 1000) + 0.5)));

    assert.deepEqual((await greyOf(values, [], { signed: true }, { centre: 500, width: 1000 })).window, { centre: 500, width: 1000, from: 'given', own: [{ centre: 500, width: 5000, from: 'range' }] });

    const range = await greyOf(values, [], { signed: true });
    assert.deepEqual(range.window, { centre: 500, width: 5000, from: 'range' });
    assert.deepEqual(range.grey, values.map((x) => Math.floor(((x + 2000) / 5000) * 255 + 0.5)));
    const padded = await greyOf(values, [[0x00280120, 'SS', -2000]], { signed: true });
    assert.deepEqual(padded.window, { centre: 1000, width: 4000, from: 'range' });
    assert.equal(padded.grey[0], 0);
    // What is padded is black, whatever window there is and whichever way round the values are.
    for (const photometric of ['MONOCHROME1', 'MONOCHROME2']) {
      for (const more of /** @type {Element[][]} */ ([[], [[0x00281050, 'DS', '-1000'], [0x00281051, 'DS', '100']], [[0x00281052, 'DS', '5000'], [0x00281053, 'DS', '1'], [0x00281050, 'DS', '5000'], [0x00281051, 'DS', '8000']]])) {
        const without = await greyOf(values, [...more, [0x00280120, 'SS', 9]], { signed: true, photometric });
        for (const [tags, padding] of /** @type {[Element[], number[]][]} */ ([[[[0x00280120, 'SS', 3000]], [3000]], [[[0x00280120, 'SS', -1000], [0x00280121, 'SS', -3000]], [-2000, -1000]]])) {
          const { grey, window } = await greyOf(values, [...more, ...tags], { signed: true, photometric });
          assert.deepEqual(grey.filter((_, i) => padding.includes(values[i])), padding.map(() => 0), photometric);
          if (window?.from === 'file') assert.deepEqual(grey, without.grey.map((y, i) => (padding.includes(values[i]) ? 0 : y)), 'and nothing else changes');
        }
      }
    }
    const limits = await greyOf(values, [[0x00280120, 'SS', -1000], [0x00280121, 'SS', -3000]], { signed: true });
    assert.deepEqual(limits.window, { centre: 1500, width: 3000, from: 'range' });
    assert.deepEqual((await greyOf([7, 7, 7], [[0x00280120, 'US', 7]])).window, { centre: 0, width: 1, from: 'range' });
    assert.deepEqual((await greyOf([7, 7, 7], [])).window, { centre: 7, width: 1, from: 'range' });
    // An impossible window of the file is none, and the record says so.
    for (const width of ['0', '-5', '0.5']) assert.equal((await greyOf(values, [[0x00281050, 'DS', '40'], [0x00281051, 'DS', width]], { signed: true })).window?.from, 'range');
    assert.equal((await greyOf(values, [[0x00281050, 'DS', '40']], { signed: true })).window?.from, 'range');
  });

  test('a window or a slope that is no number is an error, and so is a given window that cannot be', async () => {
    await fails(greyOf([1, 2], [[0x00281050, 'DS', '4O'], [0x00281051, 'DS', '400']]), 'BDS_E_DICOM_CORRUPT', /\(0028,1050\) .*"4O"/);
    await fails(greyOf([1, 2], [[0x00281053, 'DS', 'NaN']]), 'BDS_E_DICOM_CORRUPT', /\(0028,1053\)/);
    await fails(greyOf([1, 2], [[0x00281053, 'DS', '0']]), 'BDS_E_DICOM_CORRUPT', /slope of 0/);
    await fails(greyOf([1, 2], [[0x00281053, 'DS', '1e999']]), 'BDS_E_DICOM_CORRUPT');
    await fails(greyOf([1, 2], [[0x00281053, 'DS', '1e300']]), 'BDS_E_DICOM_CORRUPT', /beyond all measure/);
    await fails(greyOf([1, 2], [[0x00281050, 'DS', '-1e300'], [0x00281051, 'DS', '1e300']]), 'BDS_E_DICOM_CORRUPT', /\(0028,1050\)/);
    await fails(greyOf([1, 2], [[0x00281056, 'CS', 'CUBIC']]), 'BDS_E_DICOM_UNSUPPORTED', /CUBIC/);
    for (const given of [{ centre: 0, width: 0 }, { centre: 0, width: 0.5 }, { centre: NaN, width: 5 }, { centre: 0, width: Infinity }]) await fails(greyOf([1, 2], [], {}, given), 'BDS_E_ARGUMENT');
  });
});

describe('look-up tables', () => {
  /** @param {number[]} descriptor @param {Element} data @returns {Element[][]} */
  const lut = (descriptor, data) => [[[0x00283002, 'US', descriptor], data]];

  test('modality LUT: values below and above take the first and last entry', async () => {
    const entries = [100, 300, 200, 900];
    const sequence = /** @type {Element} */ ([0x00283000, 'SQ', lut([4, 10, 16], [0x00283006, 'US', entries])]);
    const object = await readDicom(dicomFile(bare({ width: 6, height: 1, photometric: 'MONOCHROME2', allocated: 16 }, [0, 10, 11, 12, 13, 60000], [sequence])));
    assert.deepEqual([...(await object.values(0))], [100, 100, 300, 200, 900, 900]);
    const { window } = await object.picture(0);
    assert.deepEqual(window, { centre: 500, width: 800, from: 'range' });
  });

  test('VOI LUT: signed first value, 8-bit entries in words, 65536 entries, preferred to the window', async () => {
    const values = [-10, -3, -2, -1, 0, 5];
    const window = /** @type {Element[]} */ ([[0x00281050, 'DS', '0'], [0x00281051, 'DS', '4']]);
    const signed = await greyOf(values, [[0x00283010, 'SQ', [[[0x00283002, 'SS', [4, -3, 12]], [0x00283006, 'OW', cellBytes([0, 1000, 4095, 2000], 2)]]]], ...window], { signed: true });
    assert.deepEqual(signed.grey, [0, 0, 1000, 4095, 2000, 2000].map((y) => Math.floor((y * 255) / 4095 + 0.5)));
    assert.deepEqual(signed.window, { centre: -1, width: 4, from: 'function' });
    // Unsigned values whose intercept or slope makes them negative: so is the first value that is mapped, where no VR says what it is.
    const entry = [[0x00283002, 'US', [4, 65533, 12]], [0x00283006, 'OW', cellBytes([0, 1000, 4095, 2000], 2)]];
    for (const [slope, intercept, stored] of /** @type {[string, string, number[]][]} */ ([['1', '-10', [0, 7, 8, 9, 10, 15]], ['-1', '0', [10, 3, 2, 1, 0, 0]]])) {
      const elements = bare({ width: 6, height: 1, photometric: 'MONOCHROME2', allocated: 16 }, stored, [[0x00283010, 'SQ', /** @type {Element[][]} */ ([entry])], [0x00281052, 'DS', intercept], [0x00281053, 'DS', slope]]);
      const { pixels } = await (await readDicom(dicomFile(elements, { syntax: syntaxes.implicit }))).picture(0);
      assert.deepEqual([.../** @type {Uint8Array} */ (pixels.pixels)].slice(0, 5), signed.grey.slice(0, 5), `slope ${slope}, intercept ${intercept}`);
    }
    const bytes = await greyOf([0, 1, 2, 9], [[0x00283010, 'SQ', lut([3, 0, 8], [0x00283006, 'OW', Uint8Array.of(5, 250, 7, 0)])]]);
    assert.deepEqual(bytes.grey, [5, 250, 7, 7]);
    const all = await greyOf([0, 1, 65535], [[0x00283010, 'SQ', lut([0, 0, 16], [0x00283006, 'OW', cellBytes(ramp(0, 65535).map((i) => 65535 - i), 2)])]]);
    assert.deepEqual(all.grey, [255, 255, 0]);
    await fails(greyOf([1], [[0x00283010, 'SQ', lut([300, 0, 16], [0x00283006, 'OW', cellBytes([1, 2, 3], 2)])]]), 'BDS_E_DICOM_CORRUPT', /300 entries and has 3/);
    await fails(greyOf([1], [[0x00283010, 'SQ', lut([3, 0, 40], [0x00283006, 'OW', cellBytes([1, 2, 3], 2)])]]), 'BDS_E_DICOM_CORRUPT', /40 bits/);
  });

  test('enhanced objects: the frame\'s own functional group, then the shared one', async () => {
    const macros = (/** @type {string} */ slope, /** @type {string} */ centre) => /** @type {Element[]} */ ([
      [0x00289145, 'SQ', [[[0x00281052, 'DS', '0'], [0x00281053, 'DS', slope], [0x00281054, 'LO', 'US']]]], [0x00289132, 'SQ', [[[0x00281050, 'DS', centre], [0x00281051, 'DS', '100']]]],
    ]);
    const elements = bare({ width: 2, height: 1, photometric: 'MONOCHROME2', allocated: 16, frames: 2 }, [1, 2, 3, 4], [
      [0x52009229, 'SQ', [macros('10', '50')]], [0x52009230, 'SQ', [macros('3', '7'), [[0x00209157, 'UL', 1]]]],
    ]);
    const object = await readDicom(dicomFile(elements, { undefinedLengths: true }));
    assert.deepEqual([...(await object.values(0)), ...(await object.values(1))], [3, 6, 30, 40]);
    assert.deepEqual([(await object.picture(0)).window?.centre, (await object.picture(1)).window?.centre], [7, 50]);
  });
});

describe('layouts of pixels', () => {
  const all = { explicit: syntaxes.explicit, implicit: syntaxes.implicit, big: syntaxes.big, deflated: syntaxes.deflated };

  for (const [name, syntax] of Object.entries(all)) {
    test(`${name}: 8, 16 and 32 bits, signed and not, with and without preamble and meta information`, async () => {
      for (const allocated of /** @type {const} */ ([8, 16, 32])) {
        for (const signed of [false, true]) {
          const values = [0, 1, 2 ** (allocated - 1) - 1, signed ? -(2 ** (allocated - 1)) : 2 ** allocated - 1, signed ? -1 : 5, 100];
          const elements = bare({ width: 3, height: 2, photometric: 'MONOCHROME2', allocated, signed }, null);
          const little = syntax !== syntaxes.big;
          elements.push([0x7fe00010, allocated === 8 ? 'OB' : 'OW', cellBytes(values, /** @type {1 | 2 | 4} */ (allocated / 8), little)]);
          for (const form of [{}, { preamble: false }, ...(syntax === syntaxes.deflated ? [] : [{ meta: false }, { preamble: false, meta: false }])]) {
            const object = await readDicom(dicomFile(elements, { syntax, ...form }));
            const stored = await object.stored(0);
            assert.equal(stored.constructor.name, `${signed ? 'Int' : 'Uint'}${allocated}Array`);
            assert.deepEqual([...stored], values);
            assert.equal(object.identity.transferSyntaxUid, syntax);
            assert.deepEqual([object.columns, object.rows, object.frames, object.bitsAllocated, object.bitsStored, object.signed], [3, 2, 1, allocated, allocated, signed]);
          }
        }
      }
    });
  }

  test('bits stored and high bit: what else is in a cell is no part of the value', async () => {
    // 12 bits at the top of 16, and an overlay in the lowest four.
    const cells = [0x0015, 0x7ff3, 0x800f, 0xfff1];
    const read = async (/** @type {boolean} */ signed, /** @type {number} */ high) => [
      ...(await (await readDicom(dicomFile(bare({ width: 4, height: 1, photometric: 'MONOCHROME2', allocated: 16, stored: 12, high, signed }, cells)))).stored(0)),
    ];
    assert.deepEqual(await read(false, 15), [1, 0x7ff, 0x800, 0xfff]);
    assert.deepEqual(await read(true, 15), [1, 0x7ff, -0x800, -1]);
    assert.deepEqual(await read(false, 11), [0x015, 0xff3, 0x00f, 0xff1]);
    assert.deepEqual(await read(true, 11), [0x015, -13, 0x00f, -15]);
  });

  test('planes, odd sizes, padding, several frames, 16-bit colour', async () => {
    const values = ramp(0, 44); // 5 x 3 pixels of 3
    const planes = [0, 1, 2].flatMap((c) => values.filter((_, i) => i % 3 === c));
    const image = { width: 5, height: 3, samples: 3, photometric: 'RGB', allocated: /** @type {const} */ (8) };
    const interleaved = await readDicom(dicomFile(bare(image, values)));
    const planar = await readDicom(dicomFile(withElements(bare(image, planes), [[0x00280006, 'US', 1]])));
    assert.deepEqual(await planar.stored(0), await interleaved.stored(0));
    assert.deepEqual([...(await planar.stored(0))], values);
    const padded = await readDicom(dicomFile(withElements(bare(image, null), [[0x7fe00010, 'OB', Uint8Array.from([...values, 0, 9, 9, 9])]])));
    assert.deepEqual([...(await padded.stored(0))], values);

    const frames = await readDicom(dicomFile(multiFrame(5)));
    assert.equal(frames.frames, 5);
    for (const frame of [4, 0, 3]) assert.equal((await frames.stored(frame))[21], 16 * frame + 2);
    await fails(frames.stored(5), 'BDS_E_ARGUMENT', /no frame 5/);
    await fails(frames.picture(-1), 'BDS_E_ARGUMENT');
    await fails(frames.values(0.5), 'BDS_E_ARGUMENT');

    const deep = await readDicom(dicomFile(bare({ ...image, width: 1, height: 1, allocated: 16, stored: 12 }, [0, 2048, 4095])));
    assert.deepEqual([.../** @type {Uint8Array} */ ((await deep.picture(0)).pixels.pixels)], [0, 128, 255]);
  });

  test('bytes in words: big endian swaps them, also over the border of two frames', async () => {
    const elements = withElements(bare({ width: 3, height: 1, photometric: 'MONOCHROME2', allocated: 8, frames: 2 }, null), [[0x7fe00010, 'OW', Uint8Array.of(2, 1, 4, 3, 6, 5)]]);
    const object = await readDicom(dicomFile(elements, { syntax: syntaxes.big }));
    assert.deepEqual([...(await object.stored(0)), ...(await object.stored(1))], [1, 2, 3, 4, 5, 6]);
  });

  test('single bits, also in a frame that begins within a byte', async () => {
    const bits = [1, 0, 1, 1, 0, 0, 1, 0, 1, 1, 1, 1, 0, 0, 1]; // 3 frames of 5 pixels
    const bytes = [0, 8].map((from) => bits.slice(from, from + 8).reduce((sum, bit, i) => sum + bit * 2 ** i, 0));
    const elements = withElements(bare({ width: 5, height: 1, photometric: 'MONOCHROME2', allocated: 8, frames: 3 }, null), [
      [0x00280100, 'US', 1], [0x00280101, 'US', 1], [0x00280102, 'US', 0], [0x7fe00010, 'OB', Uint8Array.from(bytes)],
    ]);
    const object = await readDicom(dicomFile(elements));
    const read = [];
    for (let f = 0; f < 3; f++) read.push(...(await object.stored(f)));
    assert.deepEqual(read, bits);
  });

  test('chrominance shared by two pixels', async () => {
    const elements = withElements(bare({ width: 4, height: 1, samples: 3, photometric: 'YBR_FULL_422', allocated: 8 }, null), [[0x7fe00010, 'OB', Uint8Array.of(10, 20, 128, 128, 76, 76, 85, 255)]]);
    const object = await readDicom(dicomFile(elements));
    assert.deepEqual([...(await object.stored(0))], [10, 128, 128, 20, 128, 128, 76, 85, 255, 76, 85, 255]);
    assert.deepEqual([.../** @type {Uint8Array} */ ((await object.picture(0)).pixels.pixels)], [10, 10, 10, 20, 20, 20, 254, 0, 0, 254, 0, 0]);
  });

  test('palettes and colour', async () => {
    const palette = await readDicom(dicomFile(paletteColour()));
    const { pixels, window } = await palette.picture(0);
    assert.equal(window, null);
    assert.equal(pixels.channels, 3);
    assert.deepEqual([.../** @type {Uint8Array} */ (pixels.pixels)], ramp(0, 255).flatMap((i) => [i, 255 - i, i ^ 85]));
    const shifted = await readDicom(dicomFile(withElements(paletteColour(), [1, 2, 3].map((n) => /** @type {Element} */ ([0x00281100 + n, 'US', [256, 100, 16]])))));
    assert.deepEqual([.../** @type {Uint8Array} */ ((await shifted.picture(0)).pixels.pixels)].slice(99 * 3, 103 * 3), [0, 255, 85, 0, 255, 85, 1, 254, 84, 2, 253, 87]);
    await fails(readDicom(dicomFile(withElements(paletteColour(), [[0x00281201, 'OW', undefined]]))).then((o) => o.picture(0)), 'BDS_E_DICOM_CORRUPT', /256 entries and has 0/);
    const colour = await readDicom(dicomFile(colourCapture()));
    assert.deepEqual(await colour.stored(0), (await colour.picture(0)).pixels.pixels);
  });

  test('RLE, and fragments with every kind of offset table', async () => {
    const frames = Array.from({ length: 4 }, (_, f) => ramp(0, 79).map((i) => (i * (f + 3) * 257) % 65536));
    const coded = frames.map((values) => rleFrame(values, 1, 2));
    for (const table of /** @type {const} */ (['empty', 'basic', 'extended'])) {
      const elements = bare({ width: 10, height: 8, photometric: 'MONOCHROME2', allocated: 16, frames: 4 }, null, encapsulated(coded, { table }));
      const object = await readDicom(dicomFile(elements, { syntax: syntaxes.rle }));
      for (const frame of [2, 0, 3, 1]) assert.deepEqual([...(await object.stored(frame))], frames[frame], `${table} ${frame}`);
    }
    const rgb = ramp(0, 239).map((i) => (i * 7) % 256);
    const colour = await readDicom(dicomFile(bare({ width: 10, height: 8, samples: 3, photometric: 'RGB', allocated: 8 }, null, encapsulated([rleFrame(rgb, 3, 1)])), { syntax: syntaxes.rle }));
    assert.deepEqual([...(await colour.stored(0))], rgb);
  });
});

describe('elements that a parser can stumble over', () => {
  const picture = (/** @type {Element[]} */ more) => bare({ width: 2, height: 1, photometric: 'MONOCHROME2', allocated: 16 }, [0xfffe, 0xe000], more);
  const itemTag = Uint8Array.of(0xfe, 0xff, 0, 0xe0, 0, 0, 1, 0); // what looks like an item of 65,536 bytes

  test('numbers of 64 bits, at the top and in sequences of both kinds', async () => {
    const wide = ['OV', 'SV', 'UV'].map((vr, i) => /** @type {Element} */ ([0x00189801 + i, vr, Uint8Array.of(8, 0, 5, 0, 0x43, 0x53, 255, 255)]));
    const slope = /** @type {Element} */ ([0x00289145, 'SQ', [[...wide, [0x00281052, 'DS', '0'], [0x00281053, 'DS', '2']]]]);
    const elements = picture([...wide, [0x52009229, 'SQ', [[...wide, slope]]]]);
    for (const undefinedLengths of [false, true]) assert.deepEqual([...(await (await readDicom(dicomFile(elements, { undefinedLengths }))).values(0))], [2 * 0xfffe, 2 * 0xe000]);
  });

  test('values that look like items are none', async () => {
    for (const syntax of [syntaxes.implicit, syntaxes.explicit]) {
      for (const undefinedLengths of [false, true]) {
        const looks = /** @type {Element[]} */ ([[0x00102180, 'OB', itemTag], [0x00291010, 'OB', itemTag]]);
        const object = await readDicom(dicomFile(picture([...looks, [0x00400555, 'SQ', [looks, looks]]]), { syntax, undefinedLengths }));
        assert.deepEqual([...(await object.stored(0))], [0xfffe, 0xe000]);
      }
    }
  });

  test('unknown (UN) of undefined length is a sequence in implicit VR and little endian, whatever is around it', async () => {
    const inside = dataSet([[0x00080050, 'SH', 'inside'], [0x00102180, 'OB', itemTag], [0x00400555, 'SQ', [[[0x00080050, 'SH', 'deeper']]]]], { explicit: false, little: true, undefinedLengths: true });
    const item = [0xfe, 0xff, 0, 0xe0, 255, 255, 255, 255, ...inside, 0xfe, 0xff, 0x0d, 0xe0, 0, 0, 0, 0, 0xfe, 0xff, 0xdd, 0xe0, 0, 0, 0, 0];
    for (const little of [true, false]) {
      const encoding = { explicit: true, little };
      const tag = little ? [0x29, 0, 0x10, 0x10] : [0, 0x29, 0x10, 0x10];
      const [front, back] = [(/** @type {Element} */ [t]) => t < 0x00290000, (/** @type {Element} */ [t]) => t > 0x00290000].map((part) => dataSet(chestDx().filter(part), encoding));
      const { set } = await readFile(Uint8Array.from([...front, ...tag, 0x55, 0x4e, 0, 0, 255, 255, 255, 255, ...item, ...back]), 1);
      const first = set.firstItem(0x00291010);
      assert.deepEqual([first?.ascii(0x00080050), first?.firstItem(0x00400555)?.ascii(0x00080050), set.itemCount(0x00291010)], ['inside', 'deeper', 1]);
      assert.ok(set.has(0x7fe00010));
    }
  });

  test('an icon\'s compressed pixels are passed over; other bytes of undefined length are refused', async () => {
    const fragments = { items: [new Uint8Array(0), itemTag], delimited: true };
    const icon = picture([[0x00880200, 'SQ', [[[0x7fe00010, 'OB', fragments]]]]]);
    for (const undefinedLengths of [false, true]) assert.deepEqual([...(await (await readDicom(dicomFile(icon, { undefinedLengths }))).stored(0))], [0xfffe, 0xe000]);
    const { set } = await readFile(dicomFile(icon), 1);
    assert.equal(set.firstItem(0x00880200)?.has(0x7fe00010), true);
    await fails(readDicom(dicomFile(picture([[0x00420011, 'OB', fragments]]))), 'BDS_E_DICOM_CORRUPT', /\(0042,0011\) has an undefined length/);
  });
});

describe('compressed pixels, written by the decoders\' own encoders', () => {
  test('JPEG-LS and JPEG 2000: grey of 8, 12 and 16 bits, signed, colour in planes and interleaved, in many fragments', async () => {
    const [charls, openjpeg] = await Promise.all([encoders('charls'), encoders('openjpeg')]);
    for (const [bits, samples, signed] of /** @type {[number, number, boolean][]} */ ([[8, 1, false], [12, 1, false], [16, 1, false], [12, 1, true], [16, 1, true], [8, 3, false]])) {
      const [width, height] = [37, 21];
      const offset = signed ? 2 ** (bits - 1) : 0;
      const values = texture(width * height * samples, 2 ** bits - 1).map((v) => v - offset);
      const info = { width, height, bitsPerSample: bits, componentCount: samples, isSigned: signed };
      const allocated = /** @type {8 | 16} */ (bits > 8 ? 16 : 8);
      const masked = values.map((v) => v & (2 ** bits - 1)); // JPEG-LS knows no sign
      const forms = [['jpeg2000', encode(new openjpeg.J2KEncoder(), cellBytes(values, allocated === 8 ? 1 : 2), info, reversible)]];
      const planes = Array.from({ length: samples }, (_, c) => masked.filter((_, i) => i % samples === c)).flat();
      for (const mode of samples === 1 ? [0] : [0, 1, 2]) {
        const cells = cellBytes(mode === 0 ? planes : masked, allocated === 8 ? 1 : 2);
        forms.push([`jpegLs`, encode(new charls.JpegLSEncoder(), cells, info, (e) => e.setInterleaveMode(mode))]);
      }
      for (const [kind, coded] of /** @type {[keyof typeof syntaxes, Uint8Array][]} */ (forms)) {
        const elements = bare({ width, height, samples, photometric: samples === 3 ? 'RGB' : 'MONOCHROME2', allocated, stored: bits, signed }, null, encapsulated([coded], { table: 'empty', fragment: 100 }));
        const object = await readDicom(dicomFile(elements, { syntax: syntaxes[kind] }));
        assert.deepEqual([...(await object.stored(0))], values, `${kind} ${bits} ${samples} ${signed}`);
      }
    }
  });

  test('several frames in many fragments without a table', async () => {
    const charls = await encoders('charls');
    const frames = [1, 2, 3].map((k) => texture(30 * 20, 255).map((v) => (v * k) % 256));
    const coded = frames.map((values) => encode(new charls.JpegLSEncoder(), Uint8Array.from(values), { width: 30, height: 20, bitsPerSample: 8, componentCount: 1, isSigned: false }));
    for (const form of [{ fragment: 64, table: /** @type {const} */ ('empty') }, { fragment: 64 }, { fragment: 64, table: /** @type {const} */ ('extended') }, { delimited: false }]) {
      const elements = bare({ width: 30, height: 20, photometric: 'MONOCHROME2', allocated: 8, frames: 3 }, null, encapsulated(coded, form));
      const object = await readDicom(dicomFile(elements, { syntax: syntaxes.jpegLs }));
      for (let f = 0; f < 3; f++) assert.deepEqual([...(await object.stored(f))], frames[f]);
    }
  });

  test('JPEG: colours as the object calls them', async () => {
    const turbo = await encoders('libjpeg-turbo-8bit');
    const [width, height] = [16, 16];
    const rgb = Array.from({ length: width * height }, () => [200, 30, 60]).flat();
    const coded = encode(new turbo.JPEGEncoder(), Uint8Array.from(rgb), { width, height, bitsPerSample: 8, componentCount: 3, isSigned: false }, (e) => e.setQuality?.(100));
    const image = { width, height, samples: 3, photometric: 'YBR_FULL_422', allocated: /** @type {const} */ (8) };
    const ybr = await readDicom(dicomFile(bare(image, null, encapsulated([coded])), { syntax: syntaxes.jpeg }));
    const [y, cb, cr] = await ybr.stored(0);
    assert.ok(Math.abs(y - 84) < 3 && Math.abs(cb - 114) < 3 && Math.abs(cr - 210) < 3, `${y} ${cb} ${cr}`);
    const [r, g, b] = /** @type {Uint8Array} */ ((await ybr.picture(0)).pixels.pixels);
    assert.ok(Math.abs(r - 200) < 4 && Math.abs(g - 30) < 4 && Math.abs(b - 60) < 4, `${r} ${g} ${b}`);
  });
});

describe('what is refused, by name', () => {
  for (const [name, syntax, words] of /** @type {const} */ ([['HTJ2K', syntaxes.htj2k, /High-Throughput JPEG 2000/], ['MPEG', syntaxes.mpeg, /MPEG2/], ['a private syntax', '1.2.3.4.5', /1\.2\.3\.4\.5/]])) {
    test(name, () => fails(readDicom(dicomFile(bare({ width: 4, height: 4, photometric: 'MONOCHROME2', allocated: 8 }, null, encapsulated([new Uint8Array(40)])), { syntax })), 'BDS_E_DICOM_UNSUPPORTED', words));
  }

  test('no pixels, floating point, odd bits, other colour spaces, too large', async () => {
    const chest = chestDx();
    await fails(readDicom(dicomFile(withElements(chest, [[0x7fe00010, 'OW', undefined]]))), 'BDS_E_DICOM_CORRUPT', /cut off/);
    const report = /** @type {Element[]} */ ([[0x00080016, 'UI', '1.2.840.10008.5.1.4.1.1.88.11'], [0x00080018, 'UI', uid('sr')], [0x00080060, 'CS', 'SR']]);
    await fails(readDicom(dicomFile(report)), 'BDS_E_DICOM_UNSUPPORTED', /a report \(Basic Text SR\), not a picture/);
    await fails(readDicom(dicomFile([...report, [0x7fe00009, 'OD', new Uint8Array(64)]])), 'BDS_E_DICOM_UNSUPPORTED', /floating-point/);
    await fails(readDicom(dicomFile(withElements(chest, [[0x00280100, 'US', 12]]))), 'BDS_E_DICOM_UNSUPPORTED', /12 bits/);
    await fails(readDicom(dicomFile(withElements(chest, [[0x00280004, 'CS', 'HSV']]))), 'BDS_E_DICOM_UNSUPPORTED', /HSV/);
    await fails(readDicom(dicomFile(chest), { maxPixels: 5119 }), 'BDS_E_IMAGE_SIZE', /64 x 80 pixels; 5119/);
    await readDicom(dicomFile(chest), { maxPixels: 5120 });
    await fails(readDicom(dicomFile(chest, { syntax: syntaxes.deflated }), { maxBytes: 1000 }), 'BDS_E_IMAGE_SIZE', /1000 bytes/);
    await fails(readDicom(dicomFile(chest), { maxPixels: 0 }), 'BDS_E_ARGUMENT');
    await fails(readDicom(/** @type {any} */ ('x')), 'BDS_E_ARGUMENT');
    await fails(readDicom(new Uint8Array(0)), 'BDS_E_DICOM_FORMAT');
    await fails(readDicom(Uint8Array.from(Buffer.from('<!doctype html><title>404</title>'))), 'BDS_E_DICOM_FORMAT');
  });
});

describe('identity', () => {
  test('everything that reports need; absent is null', async () => {
    const { identity } = await readDicom(dicomFile(chestDx()));
    assert.deepEqual(identity, {
      patientName: 'Müller^Synthèse', patientId: 'SYN-1', issuerOfPatientId: 'Bedside tests', patientBirthDate: '20210101', patientSex: 'O', studyInstanceUid: uid('study'),
      studyDate: '20240229', studyTime: '101112', timezoneOffset: null, studyId: 'S1', studyDescription: 'Synthetic study', accessionNumber: 'A1', referringPhysicianName: 'Referrer^Synthia',
      seriesInstanceUid: uid('chest series'), seriesNumber: '1', seriesDescription: 'Synthetic series', sopInstanceUid: uid('chest instance'),
      sopClassUid: '1.2.840.10008.5.1.4.1.1.1.1', instanceNumber: '1', transferSyntaxUid: syntaxes.explicit, modality: 'DX', bodyPart: 'CHEST', region: { code: '51185008', scheme: 'SCT', meaning: 'Chest' }, viewPosition: 'AP', laterality: 'U',
      manufacturer: 'Bedside tests',
    });
    assert.equal((await readDicom(dicomFile(withElements(chestDx(), [[0x00080201, 'SH', '-0530']])))).identity.timezoneOffset, '-0530');
    const nobody = (await readDicom(dicomFile(bare({ width: 1, height: 1, photometric: 'MONOCHROME2', allocated: 8 }, [1])))).identity;
    assert.ok(Object.entries(nobody).every(([name, value]) => value === null || ['sopClassUid', 'sopInstanceUid', 'transferSyntaxUid'].includes(name)));
  });

  test('the body part: Body Part Examined, else the anatomic region; the laterality of the image, else of the series', async () => {
    const hand = await readDicom(dicomFile(withElements(handDx(), [[0x00180015, 'CS', undefined], [0x00200062, 'CS', undefined], [0x00200060, 'CS', 'R']])));
    assert.deepEqual([hand.identity.bodyPart, hand.identity.laterality], ['Hand', 'R']);
    const none = await readDicom(dicomFile(withElements(handDx(), [[0x00180015, 'CS', ''], [0x00082218, 'SQ', []]])));
    assert.deepEqual([none.identity.bodyPart, none.identity.region], [null, null]);
    const both = await readDicom(dicomFile(withElements(handDx(), [[0x00180015, 'CS', 'ARM'], [0x00200062, 'CS', 'L'], [0x00200060, 'CS', 'R']])));
    assert.deepEqual([both.identity.bodyPart, both.identity.region?.meaning, both.identity.laterality], ['ARM', 'Hand', 'L']);
    assert.equal(code('1', 'X', 'y').length, 3);
  });

  test('character sets; what cannot be decoded is U+FFFD, never an exception', async () => {
    const name = async (/** @type {string | undefined} */ charset, /** @type {number[] | string} */ bytes) => {
      const value = typeof bytes === 'string' ? Uint8Array.from(Buffer.from(bytes, 'utf8')) : Uint8Array.from(bytes);
      const elements = withElements(chestDx(), [[0x00080005, 'CS', charset], [0x00100010, 'PN', value]]);
      return (await readDicom(dicomFile(elements))).identity.patientName;
    };
    assert.equal(await name('ISO_IR 192', 'Łukasz^王=小東'), 'Łukasz^王=小東');
    assert.equal(await name('ISO_IR 144', [0xbf, 0xe0, 0xd8, 0x20]), 'При');
    assert.equal(await name('ISO_IR 101', [0xa3, 0x75]), 'Łu');
    assert.equal(await name('ISO_IR 13', [0xd4, 0xcf, 0xc0, 0xde]), 'ﾔﾏﾀﾞ');
    assert.equal(await name(undefined, [0x41, 0xe4]), 'A\ufffd');
    assert.equal(await name('ISO_IR 999', [0x41, 0xe4]), 'A\ufffd');
    assert.equal(await name('ISO_IR 192', [0x41, 0xff, 0xfe, 0x42]), 'A\ufffd\ufffdB');
    assert.equal(await name('\\ISO 2022 IR 87', [0x41, 0x3d, 0x1b, 0x24, 0x42, 0x3b, 0x33, 0x45, 0x44, 0x1b, 0x28, 0x42, 0x5e, 0x42]), 'A=山田^B');
    assert.equal(await name('\\ISO 2022 IR 87', [0x1b, 0x24, 0x42, 0x3b]), '\ufffd');
    assert.equal(await name('\\ISO 2022 IR 87', [0x1b, 0x51, 0x42, 0x20]), '\ufffdQB');
    assert.equal(await name('\\ISO 2022 IR 149', [0x41, 0x3d, 0x1b, 0x24, 0x29, 0x43, 0xb1, 0xe8, 0xc8, 0xf1]), 'A=김희');
  });
});

test('the same bits: pictures of the synthetic objects, pinned', async () => {
  /** @type {Record<string, Element[]>} */
  const objects = { chest: chestDx({ picture: samplePicture('opacity-1.png') }), ct: signedCt(), palette: paletteColour(), colour: colourCapture() };
  const hashes = [];
  for (const [name, elements] of Object.entries(objects)) hashes.push([name, sha256(/** @type {Uint8Array} */ ((await (await readDicom(dicomFile(elements))).picture(0)).pixels.pixels)).slice(0, 16)]);
  assert.deepEqual(Object.fromEntries(hashes), { chest: '86241afedd4e30c5', ct: '086a252b800443b6', palette: '26b9c244ea5abb85', colour: 'd593977ec749e874' });
  assert.equal(sha256(samplePicture('opacity-1.png').pixels).slice(0, 16), hashes[0][1], 'the window of the chest gives back the picture that it was made of');
});
