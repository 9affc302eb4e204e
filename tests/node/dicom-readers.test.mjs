// DICOM in, against other readers: what pydicom and DCMTK's dcm2pnm make of windows, tables, bits and names, object by object. pydicom's grey is exact and
// ours rounds it; dcm2pnm rounds in its own way, by 1 at most.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { readDicom } from '../../web/dicom/dicom.js';
import { enhancedCt } from '../support/dicom-enhanced.mjs';
import { dicomFile, imagePixel, syntaxes, uid, withElements } from '../support/dicom-objects.mjs';
import { cellBytes } from '../support/dicom-writer.mjs';
import { pydicomLines } from '../support/pydicom.mjs';

/** @typedef {import('../support/dicom-writer.mjs').Element} Element */

const head = /** @type {Element[]} */ ([
  [0x00080016, 'UI', '1.2.840.10008.5.1.4.1.1.7'], [0x00080018, 'UI', uid('readers')], [0x0020000d, 'UI', uid('readers study')], [0x0020000e, 'UI', uid('readers series')],
]);
const SIDE = 64;
const ramp = (/** @type {(i: number) => number} */ f) => Array.from({ length: SIDE * SIDE }, (_, i) => f(i));
const each = ramp((i) => i);

/** 64 x 64 pixels of 12 bits in 16, unless `form` says another. @param {object} form @param {number[]} values @param {Element[]} more */
const grey = (form, values, more) => dicomFile([...head, ...imagePixel({ width: SIDE, height: SIDE, photometric: 'MONOCHROME2', allocated: 16, stored: 12, ...form }, values), ...more]);
/** @param {number | string} centre @param {number | string} width @param {string} [shape] @returns {Element[]} */
const window = (centre, width, shape) => [[0x00281050, 'DS', String(centre)], [0x00281051, 'DS', String(width)], ...(shape ? /** @type {Element[]} */ ([[0x00281056, 'CS', shape]]) : [])];
/** @param {number} tag @param {number[]} descriptor @param {number[]} entries @returns {Element} */
const table = (tag, descriptor, entries) => [tag, 'SQ', [[[0x00283002, 'US', descriptor], [0x00283004, 'LO', 'US'], [0x00283006, 'OW', cellBytes(entries, 2)]]]];
const squares = ramp((i) => Math.round((i * i) / 4095));
const overlay = /** @type {Element[]} */ ([[0x60000010, 'US', SIDE], [0x60000011, 'US', SIDE], [0x60000040, 'CS', 'G'], [0x60000050, 'SS', [1, 1]], [0x60000100, 'US', 16], [0x60000102, 'US', 12]]);

/** `only`: the reader that reads it as the standard wants: pydicom's arrays have whole cells; dcm2pnm knows no LINEAR_EXACT and takes the slope before a table. @type {Record<string, { file: Uint8Array, only?: 'dcmtk' | 'pydicom', options?: string[] }>} */
const objects = {
  'a window': { file: grey({}, each, window(2000, 1500)) },
  'the first of several windows': { file: grey({}, each, window('1000\\2000', '500\\1500')) },
  'a window of width 1': { file: grey({}, each, window(2000, 1)) },
  SIGMOID: { file: grey({}, each, window(2000, 1500, 'SIGMOID')) },
  LINEAR_EXACT: { file: grey({}, each, window(2000.25, 1500, 'LINEAR_EXACT')), only: 'pydicom' },
  'LINEAR_EXACT, width 0.5': { file: grey({}, each, window(2000, 0.5, 'LINEAR_EXACT')), only: 'pydicom' },
  'MONOCHROME1': { file: grey({ photometric: 'MONOCHROME1' }, each, window(1000, 1500)) },
  'MONOCHROME1, presentation LUT INVERSE': { file: grey({ photometric: 'MONOCHROME1' }, each, [...window(1000, 1500), [0x20500020, 'CS', 'INVERSE']]) },
  'MONOCHROME2, presentation LUT IDENTITY': { file: grey({}, each, [...window(1000, 1500), [0x20500020, 'CS', 'IDENTITY']]) },
  'slope and intercept': { file: grey({}, each, [...window(40, 400), [0x00281052, 'DS', '-1024'], [0x00281053, 'DS', '0.5']]) },
  'a VOI LUT, preferred to the window': { file: grey({}, each, [...window(2000, 1500), table(0x00283010, [4096, 0, 12], squares)]), options: ['+Wl', '1'] },
  'a modality LUT, then the window': { file: grey({}, each, [...window(2000, 1500), table(0x00283000, [4000, 50, 16], each.slice(0, 4000).reverse())]) },
  'a modality LUT, not the slope': { file: grey({}, each, [...window(2000, 1500), [0x00281052, 'DS', '0'], [0x00281053, 'DS', '3'], table(0x00283000, [4096, 0, 16], squares)]), only: 'pydicom' },
  '32 bits': { file: grey({ allocated: 32, stored: 32 }, each.map((v) => v * 1000000), window(2e9, 1.5e9)) },
  '8 bits, signed': { file: grey({ allocated: 8, stored: 8, signed: true }, each.map((v) => (v & 255) - 128), window(0, 200)) },
  'signed, 12 bits of 16, nothing above them': { file: grey({ signed: true }, each.map((v) => (v - 2048) & 4095), window(0, 2000)), only: 'dcmtk' },
  'the high bit is 15': { file: grey({ high: 15 }, each.map((v) => v * 16 + (v & 15)), window(2000, 1500)), only: 'dcmtk' },
  'the high bit is 15, signed': { file: grey({ high: 15, signed: true }, each.map((v) => (v - 2048) * 16 + (v & 15)), window(0, 1500)), only: 'dcmtk' },
  'an overlay in bit 12': { file: grey({}, each.map((v) => v + (v & 1) * 4096), [...window(2000, 1500), ...overlay]), only: 'dcmtk' },
};

/** Specific Character Set, and the bytes of a name. @type {[string, string][]} */
const names = [
  ['ISO_IR 100', '4dfc6c6c6572'], ['ISO_IR 101', 'a375'], ['ISO_IR 109', 'a1b1'], ['ISO_IR 110', 'a2e0'], ['ISO_IR 144', 'bfe0d8'], ['ISO_IR 127', 'c7c85ed9'], ['ISO_IR 126', 'c4e95ee1'],
  ['ISO_IR 138', 'f9fa'], ['ISO_IR 148', 'c7fdf0de'], ['ISO_IR 166', 'a1a2d2'], ['ISO_IR 13', 'd4cfc0de5ec0dbb3'], ['ISO_IR 192', Buffer.from('Wang^XiaoDong=王^小东', 'utf8').toString('hex')],
  ['GB18030', '57616e675e5869616f446f6e673dcdf55ed0a1b6ab'], ['GB18030', '5e90318433'], ['GBK', '57616e673dcdf5'], ['ISO 2022 IR 100', '4dfc6c6c6572'], ['ISO 2022 IR 6', '4d'], ['', '4d'],
  ['\\ISO 2022 IR 87', '59616d6164615e5461726f753d1b24423b3345441b28425e1b244242404f3a1b2842'], ['\\ISO 2022 IR 159', '1b24284430211b2842'],
  ['ISO 2022 IR 13\\ISO 2022 IR 87', 'd4cfc0de5ec0dbb33d1b24423b3345441b284a5e1b244242404f3a1b284a'], ['ISO 2022 IR 6\\ISO 2022 IR 13', '1b2949d4cf'],
  ['\\ISO 2022 IR 149', '486f6e675e47696c646f6e673d1b242943fbf35e1b242943d1cedfd7'], ['ISO 2022 IR 100\\ISO 2022 IR 144', '4dfc6c6c1b2d4cbfe0d8'], ['ISO 2022 IR 6\\ISO 2022 IR 126', '411b2d46c4e95e41'],
  ['ISO 2022 IR 100\\ISO 2022 IR 87', '4dfc3d1b24423b331b28425efc'], ['ISO 2022 IR 144\\ISO 2022 IR 100', 'bfe01b2d41fc5ebfe0'], ['ISO-IR 100', '4dfc6c6c6572'], ['ISO_IR_100', '4dfc6c6c6572'],
];

/** Samples of a PGM or PPM of 8 bits. @param {Uint8Array} bytes */
function samplesOf(bytes) {
  const text = Buffer.from(bytes).toString('latin1');
  const start = /^P[56]\s+(#.*\n\s*)*\d+\s+\d+\s+255\s/.exec(text)?.[0].length;
  assert.ok(start, text.slice(0, 40));
  return bytes.subarray(start);
}

describe('DICOM against other readers', () => {
  let folder = '';
  /** @type {Map<string, any>} */
  const theirs = new Map();
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'bedside-readers-'));
    const named = names.map(([charset, hex], i) => /** @type {[string, Uint8Array]} */ ([`name ${i}`, grey({}, each, [[0x00080005, 'CS', charset], [0x00100010, 'PN', Uint8Array.from(Buffer.from(hex, 'hex'))]])]));
    const all = [...Object.entries(objects).map(([name, { file }]) => /** @type {[string, Uint8Array]} */ ([name, file])), ...named];
    for (const undefinedLengths of [true, false]) all.push([`enhanced ${undefinedLengths}`, enhancedCt(60, 50, { undefinedLengths })]);
    all.forEach(([, file], i) => writeFileSync(join(folder, `${i}.dcm`), file));
    const lines = pydicomLines('pydicom_grey.py', all.map((_, i) => join(folder, `${i}.dcm`)));
    all.forEach(([name, file], i) => theirs.set(name, { file, path: join(folder, `${i}.dcm`), pydicom: lines?.[i] ?? null }));
  });
  after(() => rmSync(folder, { recursive: true, force: true }));
  const noDcmtk = spawnSync('dcm2pnm', ['--version']).status === 0 ? false : 'dcm2pnm of DCMTK is not there';

  for (const [name] of Object.entries(objects).filter(([, { only }]) => only !== 'dcmtk')) {
    test(`pydicom: ${name}`, async (t) => {
      const { file, pydicom } = theirs.get(name);
      if (!pydicom) return t.skip('pydicom is not there');
      const object = await readDicom(file);
      assert.deepEqual([...(await object.stored(0))], pydicom.stored);
      assert.deepEqual([...(await object.values(0))], pydicom.values);
      const pixels = /** @type {Uint8Array} */ ((await object.picture(0)).pixels.pixels);
      assert.equal(pydicom.grey.length, pixels.length);
      pixels.forEach((y, i) => assert.ok(Math.abs(y - pydicom.grey[i]) <= 0.5 + 1e-9, `pixel ${i}: ${y}, pydicom ${pydicom.grey[i]}`));
      assert.ok(new Set(pixels).size > 1);
    });
  }

  for (const [name, { options = ['+Wi', '1'] }] of Object.entries(objects).filter(([, { only }]) => only !== 'pydicom')) {
    test(`dcm2pnm: ${name}`, { skip: noDcmtk }, async () => {
      const { file, path } = theirs.get(name);
      const { status, stderr } = spawnSync('dcm2pnm', ['-O', '+op', ...options, path, join(folder, 'out.pgm')], { encoding: 'utf8' });
      assert.deepEqual([status, stderr], [0, '']);
      const wanted = samplesOf(new Uint8Array(readFileSync(join(folder, 'out.pgm'))));
      const pixels = /** @type {Uint8Array} */ ((await (await readDicom(file)).picture(0)).pixels.pixels);
      assert.equal(wanted.length, pixels.length);
      pixels.forEach((y, i) => assert.ok(Math.abs(y - wanted[i]) <= 1, `pixel ${i}: ${y}, dcm2pnm ${wanted[i]}`));
    });
  }

  test('pydicom: names in every character set', async (t) => {
    for (const i of names.keys()) {
      const { file, pydicom } = theirs.get(`name ${i}`);
      if (!pydicom) return t.skip('pydicom is not there');
      assert.equal((await readDicom(file)).identity.patientName, pydicom.name, names[i].join());
    }
  });

  test('pydicom: the functional group of every frame', async (t) => {
    for (const undefinedLengths of [true, false]) {
      const { file, pydicom } = theirs.get(`enhanced ${undefinedLengths}`);
      if (!pydicom) return t.skip('pydicom is not there');
      const object = await readDicom(file);
      assert.equal(pydicom.groups.length, object.frames);
      for (const [frame, [slope, intercept, centre, width]] of pydicom.groups.entries()) {
        assert.deepEqual([...(await object.values(frame))], [(await object.stored(frame))[0] * slope + intercept]);
        assert.deepEqual((await object.picture(frame)).window, { centre, width, from: 'file' });
      }
    }
  });

  test('DCMTK: single bits, bytes and words in either byte order', { skip: noDcmtk }, async () => {
    const bits = withElements([...head, ...imagePixel({ width: 16, height: 2, photometric: 'MONOCHROME2', allocated: 8 }, null)], [[0x00280100, 'US', 1], [0x00280101, 'US', 1], [0x00280102, 'US', 0], [0x7fe00010, 'OW', Uint8Array.of(1, 2, 0xf0, 0x3c)]]);
    const bytes = [...head, ...imagePixel({ width: 3, height: 2, photometric: 'MONOCHROME2', allocated: 8 }, null), /** @type {Element} */ ([0x7fe00010, 'OW', Uint8Array.of(1, 2, 3, 4, 5, 6)])];
    const words = [...head, ...imagePixel({ width: 3, height: 1, photometric: 'MONOCHROME2', allocated: 16 }, [1, 256, 65535])];
    for (const elements of [bits, bytes, words]) {
      const [from, to] = [join(folder, 'little.dcm'), join(folder, 'big.dcm')];
      const file = dicomFile(elements);
      writeFileSync(from, file);
      assert.equal(spawnSync('dcmconv', ['+tb', from, to]).status, 0);
      const big = await readDicom(new Uint8Array(readFileSync(to)));
      assert.equal(big.identity.transferSyntaxUid, syntaxes.big);
      assert.deepEqual(await big.stored(0), await (await readDicom(file)).stored(0));
    }
  });
});
