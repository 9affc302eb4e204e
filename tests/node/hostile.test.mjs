// Some hundred files that mean no good, or were meant well and broke on the way, each through a whole examination: none may end the
// process, none may take for ever, and none may give a finding unless it is the finding of the sound file. What is refused has a code and
// a sentence; what is doubted has its reasons; and the examiner goes on as if nothing had been.
import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { after, test } from 'node:test';
import { deflateRawSync, deflateSync, gzipSync } from 'node:zlib';
import { chunk } from '../../scripts/png.mjs';
import { createExaminer } from '../../web/exam/exam.js';
import { chestDx, dicomFile, encapsulated, rleFrame, samplePicture, syntaxes, withElements } from '../support/dicom-objects.mjs';
import * as drawn from '../support/drawn.mjs';
import { samples } from './common.mjs';
import { png, pngHeader } from './pictures.mjs';

/** @typedef {{ name: string, bytes: Uint8Array, mayBeSound?: boolean }} Hostile mayBeSound: the finding of the sound file is an answer, too */

const latin = (/** @type {string} */ text) => new Uint8Array(Buffer.from(text, 'latin1'));
/** @param {...(Uint8Array | string)} parts */
const join = (...parts) => new Uint8Array(Buffer.concat(parts.map((part) => (typeof part === 'string' ? Buffer.from(part, 'latin1') : part))));
/** @param {string} name */
const sample = (name) => new Uint8Array(readFileSync(new URL(name, samples)));
/** @param {Uint8Array} bytes @param {number} at @param {ArrayLike<number>} values */
function changed(bytes, at, values) {
  const copy = bytes.slice();
  copy.set(values, at);
  return copy;
}
/** Little-endian. @param {number} value @param {number} n */
const little = (value, n) => Uint8Array.from({ length: n }, (_, i) => Math.floor(value / 256 ** i) & 255);

const sound = { png: sample('opacity-1.png'), jpeg: sample('opacity-2.jpg'), dicom: dicomFile(chestDx({ picture: samplePicture('opacity-1.png') })) };

/** @param {number} width @param {number} height @param {number} depth @param {number} colour @param {Uint8Array} data @param {Uint8Array[]} [before] */
function pngOf(width, height, depth, colour, data, before = []) {
  const head = Buffer.alloc(13);
  head.writeUInt32BE(width, 0);
  head.writeUInt32BE(height, 4);
  head.set([depth, colour, 0, 0, 0], 8);
  return join('\x89PNG\r\n\x1a\n', chunk('IHDR', head), ...before, chunk('IDAT', data), chunk('IEND', new Uint8Array(0)));
}

/** Where the data elements of an explicit little-endian object begin. @param {Uint8Array} bytes */
function elementsOf(bytes) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const places = [];
  for (let at = 132; at + 8 <= bytes.length; ) {
    const vr = String.fromCharCode(bytes[at + 4], bytes[at + 5]);
    const long = ['OB', 'OW', 'OF', 'SQ', 'UT', 'UN', 'UC', 'UR'].includes(vr);
    const length = long ? view.getUint32(at + 8, true) : view.getUint16(at + 6, true);
    places.push({ at, length, long, body: at + (long ? 12 : 8) });
    if (length === 0xffffffff) break;
    at += (long ? 12 : 8) + length;
  }
  return places;
}

/** @returns {Hostile[]} */
function dicoms() {
  const { dicom } = sound;
  const elements = elementsOf(dicom);
  /** @type {Hostile[]} */
  const list = [];
  for (const { at, body, length } of elements) {
    list.push({ name: `DICOM cut at byte ${at}`, bytes: dicom.subarray(0, at) });
    if (length > 1) list.push({ name: `DICOM cut within the value at ${body}`, bytes: dicom.subarray(0, body + (length >> 1)) });
  }
  for (const { at, long } of elements.filter((_, i) => i % 3 === 0)) {
    for (const length of long ? [0, 3, 0x7fffffff, 0xffffffff] : [0, 7, 0xffff]) {
      list.push({ name: `DICOM whose element at ${at} says it is ${length} bytes long`, bytes: changed(dicom, at + (long ? 8 : 6), little(length, long ? 4 : 2)), mayBeSound: true });
    }
  }
  const chest = chestDx({ picture: samplePicture('opacity-1.png') });
  /** @type {[string, [number, string, any][]][]} */
  const attributes = [
    ['no rows', [[0x00280010, 'US', undefined]]], ['zero rows', [[0x00280010, 'US', 0]]], ['65535 rows', [[0x00280010, 'US', 65535]]],
    ['65535 x 65535', [[0x00280010, 'US', 65535], [0x00280011, 'US', 65535]]], ['zero columns', [[0x00280011, 'US', 0]]],
    ['3 samples of a grey picture', [[0x00280002, 'US', 3]]], ['7 samples', [[0x00280002, 'US', 7]]], ['no samples', [[0x00280002, 'US', 0]]],
    ['24 bits allocated', [[0x00280100, 'US', 24]]], ['0 bits allocated', [[0x00280100, 'US', 0]]], ['bits stored beyond those allocated', [[0x00280101, 'US', 40]]],
    ['a high bit of 60', [[0x00280102, 'US', 60]]], ['signedness 9', [[0x00280103, 'US', 9]]], ['2^31 frames', [[0x00280008, 'IS', '2147483648']]],
    ['-1 frames', [[0x00280008, 'IS', '-1']]], ['frames that are no number', [[0x00280008, 'IS', 'many']]], ['no photometric interpretation', [[0x00280004, 'CS', undefined]]],
    ['an unknown photometric interpretation', [[0x00280004, 'CS', 'INFRARED']]], ['a palette without its tables', [[0x00280004, 'CS', 'PALETTE COLOR']]],
    ['a window of no width', [[0x00281051, 'DS', '0']]], ['a window that is no number', [[0x00281050, 'DS', 'wide'], [0x00281051, 'DS', 'open']]],
    ['a slope of 0', [[0x00281053, 'DS', '0']]], ['a slope that is no number', [[0x00281053, 'DS', 'steep']]], ['a slope of 1e300', [[0x00281053, 'DS', '1e300']]],
    ['an intercept of 1e308', [[0x00281052, 'DS', '1e308']]], ['no pixel data', [[0x7fe00010, 'OW', undefined]]], ['no modality', [[0x00080060, 'CS', undefined]]],
    ['another modality', [[0x00080060, 'CS', 'US']]], ['another body part', [[0x00180015, 'CS', 'KNEE'], [0x00082218, 'SQ', undefined]]], ['a body part of no kind', [[0x00180015, 'CS', '???'], [0x00082218, 'SQ', undefined]]],
    ['an unknown character set', [[0x00080005, 'CS', 'ISO_IR 9999']]],
  ];
  for (const [name, changes] of attributes) {
    try {
      list.push({ name: `DICOM with ${name}`, bytes: dicomFile(withElements(chest, /** @type {any} */ (changes))), mayBeSound: /character set|no number|1e308|1e300|window of no width|slope of 0|high bit|signedness/.test(name) });
    } catch (error) {
      throw new Error(`${name} could not be written`, { cause: error });
    }
  }
  for (const [name, uid] of Object.entries({ MPEG2: '1.2.840.10008.1.2.4.100', 'JPIP': '1.2.840.10008.1.2.4.94', 'HTJ2K': '1.2.840.10008.1.2.4.201', 'no transfer syntax at all': '1.2.3.4' })) {
    const at = Buffer.from(dicom).indexOf(Buffer.from('1.2.840.10008.1.2.1\0', 'latin1'), 132);
    const field = latin(uid.padEnd(20, '\0').slice(0, 20));
    list.push({ name: `DICOM that says it is ${name}`, bytes: changed(dicom, at, field) });
  }
  // Compressed pixels that are none.
  for (const syntax of ['1.2.840.10008.1.2.4.50', '1.2.840.10008.1.2.4.70', '1.2.840.10008.1.2.4.80', '1.2.840.10008.1.2.4.90', '1.2.840.10008.1.2.5']) {
    for (const [what, frame] of /** @type {[string, Uint8Array][]} */ ([['nothing', new Uint8Array(0)], ['zeros', new Uint8Array(4096)], ['noise', drawn.static_(64).pixels], ['a PNG', sound.png], ['the start of a JPEG', sound.jpeg.subarray(0, 300)]])) {
      const pixels = [0x7fe00010, 'OB', encapsulated([frame])];
      list.push({ name: `DICOM of ${syntax} with ${what} inside`, bytes: dicomFile(withElements(chest, /** @type {any} */ ([pixels])), { syntax }) });
    }
  }
  const rle = rleFrame(new Uint16Array(64 * 64), 1, 2);
  for (let i = 0; i < 8; i++) list.push({ name: `RLE whose header says ${i}`, bytes: dicomFile(withElements(chest, /** @type {any} */ ([[0x7fe00010, 'OB', encapsulated([changed(rle, 4 * i, little(0xfffffff0 + i, 4))])]])), { syntax: syntaxes.rle }) });
  // A deflated object that becomes 4 GB, and one of nothing.
  const bomb = deflateRawSync(Buffer.alloc(64 * 2 ** 20));
  const meta = dicomFile(chest, { syntax: '1.2.840.10008.1.2.1.99' });
  const start = elementsOf(meta).find(({ at }) => meta[at] !== 2)?.at ?? 132;
  list.push({ name: 'a deflated DICOM that becomes 4 GB', bytes: join(meta.subarray(0, start), ...Array.from({ length: 64 }, () => bomb.subarray(0, -5))) });
  list.push({ name: 'a deflated DICOM of noise', bytes: join(meta.subarray(0, start), drawn.static_(40).pixels) });
  list.push({ name: 'a deflated DICOM of nothing', bytes: meta.subarray(0, start) });
  // Less than a megabyte, and millions of items and elements of which a reader makes objects.
  const many = (/** @type {number[]} */ first, /** @type {number[]} */ again, /** @type {number} */ times) => deflateRawSync(join(Uint8Array.from(first), Buffer.alloc(again.length * times, Uint8Array.from(again))), { level: 1 });
  list.push({ name: 'a deflated DICOM of 20 million items', bytes: join(meta.subarray(0, start), many([8, 0, 0x40, 0x11, 0x53, 0x51, 0, 0, 255, 255, 255, 255], [0xfe, 0xff, 0, 0xe0, 8, 0, 0, 0, 9, 0, 0, 0, 0x4c, 0x4f, 0, 0], 2e7)) });
  list.push({ name: 'a deflated DICOM of 14 million elements', bytes: join(meta.subarray(0, start), many([], [9, 0, 0, 0, 0x4c, 0x4f, 0, 0], 1.4e7)) });
  // Sequences within sequences, never closed.
  const item = join(little(0xfffe, 2), little(0xe000, 2), little(0xffffffff, 4), little(0x0008, 2), little(0x1140, 2), 'SQ\0\0', little(0xffffffff, 4));
  for (const depth of [10, 1000, 50000]) list.push({ name: `${depth} sequences within each other`, bytes: join(dicom.subarray(0, elementsOf(dicom)[8].at), little(0x0008, 2), little(0x1140, 2), 'SQ\0\0', little(0xffffffff, 4), ...Array(depth).fill(item)) });
  list.push({ name: 'only a preamble', bytes: join(new Uint8Array(128), 'DICM') });
  list.push({ name: 'a preamble and noise', bytes: join(new Uint8Array(128), 'DICM', drawn.static_(40).pixels) });
  return list;
}

/** Markers and lengths of a JPEG's segments, and all of its frame's and scan's heads. @param {Uint8Array} bytes */
function skeleton(bytes) {
  const places = [];
  for (let at = 2; at + 4 < bytes.length && bytes[at] === 0xff; ) {
    const [marker, length] = [bytes[at + 1], bytes[at + 2] * 256 + bytes[at + 3]];
    const inside = marker === 0xc0 || marker === 0xda ? length - 2 : 0;
    for (let i = 1; i < 4 + inside; i++) places.push(at + i);
    if (marker === 0xda) break;
    at += 2 + length;
  }
  return places;
}

/** @returns {Hostile[]} */
function pictures() {
  const { png: good, jpeg } = sound;
  /** @type {Hostile[]} */
  const list = [];
  for (let i = 0; i < 24; i++) list.push({ name: `PNG cut at ${i} of 24 parts`, bytes: good.subarray(0, Math.floor((good.length * i) / 24)) });
  for (let i = 0; i < 24; i++) list.push({ name: `JPEG cut at ${i} of 24 parts`, bytes: jpeg.subarray(0, Math.floor((jpeg.length * i) / 24)) });
  for (let i = 0; i < 20; i++) {
    const at = 8 + Math.floor(((good.length - 9) * i) / 20);
    list.push({ name: `PNG with byte ${at} turned over`, bytes: changed(good, at, [good[at] ^ 255]), mayBeSound: true });
  }
  // A JPEG has no checksum: other tables make another picture, and nobody can tell. What says how it is built can be told.
  for (const at of skeleton(jpeg)) list.push({ name: `JPEG with byte ${at} of its skeleton turned over`, bytes: changed(jpeg, at, [jpeg[at] ^ 255]), mayBeSound: true });
  for (const [w, h] of [[0, 0], [0, 9], [65535, 65535], [2 ** 31 - 1, 1], [2 ** 31 - 1, 2 ** 31 - 1], [100000, 2]]) list.push({ name: `PNG of ${w} x ${h}`, bytes: pngHeader(w, h) });
  list.push({ name: 'a PNG that inflates to 1 GB', bytes: pngOf(16, 16, 8, 0, join(...Array.from({ length: 1 }, () => deflateSync(Buffer.alloc(2 ** 30 / 4), { level: 9 })))) });
  list.push({ name: 'a PNG of 8192 x 8192 zeros', bytes: pngOf(8192, 8192, 8, 0, deflateSync(Buffer.alloc(8193 * 8192))) });
  list.push({ name: 'a PNG without rows', bytes: pngOf(64, 64, 8, 0, deflateSync(Buffer.alloc(0))) });
  list.push({ name: 'a PNG of an unknown colour', bytes: pngOf(64, 64, 8, 5, deflateSync(Buffer.alloc(65 * 64))) });
  list.push({ name: 'a PNG of 3 bits', bytes: pngOf(64, 64, 3, 0, deflateSync(Buffer.alloc(65 * 64))) });
  list.push({ name: 'a PNG with a palette of nothing', bytes: pngOf(64, 64, 8, 3, deflateSync(Buffer.alloc(65 * 64)), [chunk('PLTE', new Uint8Array(0))]) });
  list.push({ name: 'a PNG of 16 bits, black', bytes: pngOf(64, 64, 16, 0, deflateSync(Buffer.alloc(129 * 64))) });
  const { pixels, width, height } = samplePicture('opacity-1.png');
  const twelve = Buffer.alloc((2 * width + 1) * height);
  for (let y = 0; y < height; y++) for (let x = 0; x < width; x++) twelve.writeUInt16BE(pixels[y * width + x] * 16, y * (2 * width + 1) + 1 + 2 * x);
  list.push({ name: 'a PNG of 12 bits in 16, nearly black', bytes: pngOf(width, height, 16, 0, deflateSync(twelve)) });
  for (const [name, picture] of Object.entries({ cat: drawn.cat(), 'grey cat': drawn.cat(200, 1), hand: drawn.hand(), screenshot: drawn.screenshot(), page: drawn.page(), noise: drawn.static_(), 'coloured noise': drawn.static_(128, 3), black: drawn.blank(0), white: drawn.blank(255), grey: drawn.blank(128), 'nearly grey': drawn.blank(128, 4) })) {
    list.push({ name: `a PNG of ${name}`, bytes: png(picture.width, picture.height, picture.channels, (x, y, c) => picture.pixels[(y * picture.width + x) * picture.channels + c]) });
  }
  list.push({ name: 'a transparent PNG', bytes: png(64, 64, 4, (x, y, c) => (c === 3 ? 0 : (x * 7 + y) & 255)) });
  for (const [w, h] of [[1, 1], [2, 2], [1, 500], [500, 1], [7, 9]]) list.push({ name: `a PNG of ${w} x ${h} pixels`, bytes: png(w, h, 1, (x, y) => (x * 91 + y * 57) & 255) });
  const folder = new URL('../data/pictures/', import.meta.url);
  for (const name of readdirSync(folder)) list.push({ name: `tests/data/pictures/${name}`, bytes: new Uint8Array(readFileSync(new URL(name, folder))) });
  const frame = join(',\0\0\0\0\x04\0\x04\0\0\x02\x05\x84\x8f\xa9\xcb\x0b\0');
  list.push({ name: 'an animated GIF', bytes: join('GIF89a\x04\0\x04\0\x80\0\0\0\0\0\xff\xff\xff!\xff\x0bNETSCAPE2.0\x03\x01\0\0\0', ...Array(10).fill(join('!\xf9\x04\0\x0a\0\0\0', frame)), ';') });
  return list;
}

/** @returns {Hostile[]} */
function others() {
  /** @type {[string, Uint8Array][]} */
  const list = [
    ['nothing', new Uint8Array(0)], ['one zero', new Uint8Array(1)], ['a megabyte of zeros', new Uint8Array(2 ** 20)], ['a megabyte of 255', new Uint8Array(2 ** 20).fill(255)],
    ['an HTML page', latin('<!doctype html><html><title>404</title><body>Not found</body></html>')], ['an HTML page with a BOM', latin('\xef\xbb\xbf<html></html>')],
    ['an SVG', latin('<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>')], ['JSON', latin('{"resourceType":"Bundle"}')], ['a letter', latin('Dear colleague, please see the attached film.\n')],
    ['UTF-16', join('\xff\xfeh\0e\0l\0l\0o\0')], ['a PDF', latin('%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj')], ['a ZIP', latin('PK\x03\x04\x14\0\0\0\x08\0')], ['a gzip of the sound PNG', new Uint8Array(gzipSync(sound.png))],
    ['a WebP', latin('RIFF\x24\0\0\0WEBPVP8L\x17\0\0\0\x2f\0\0\0')], ['an AVIF', latin('\0\0\0\x1cftypavif\0\0\0\0avifmif1')], ['a HEIC', latin('\0\0\0\x18ftypheic\0\0\0\0mif1heic')],
    ['a TIFF', latin('II*\0\x08\0\0\0\x01\0')], ['a big-endian TIFF', latin('MM\0*\0\0\0\x08')], ['a BMP', latin('BM\x46\0\0\0\0\0\0\0\x36\0\0\0\x28\0\0\0')], ['an icon', latin('\0\0\x01\0\x01\0\x10\x10\0\0\x01\0 \0')],
    ['a JPEG 2000 file', latin('\0\0\0\x0cjP  \r\n\x87\n\0\0\0\x14ftypjp2 ')], ['a JPEG XL', latin('\xff\x0a\0\x10\xb0')], ['NIfTI', join(little(348, 4), new Uint8Array(344), 'n+1\0')], ['NRRD', latin('NRRD0004\ntype: short\n')],
    ['an MP4', latin('\0\0\0\x20ftypisom\0\0\x02\0isomiso2avc1mp41')], ['an MP3', latin('ID3\x03\0\0\0\0\0\x21')], ['WebAssembly', latin('\0asm\x01\0\0\0')], ['an ELF program', latin('\x7fELF\x02\x01\x01\0')], ['a Windows program', latin('MZ\x90\0\x03\0\0\0')],
    ['a model of ours', new Uint8Array(readFileSync(new URL('../../models/pneumonia/pneumonia.bds', import.meta.url)))], ['a Git LFS pointer', latin('version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 9\n')],
    ['a JPEG behind a PNG signature', join('\x89PNG\r\n\x1a\n', sound.jpeg)], ['a PNG behind a JPEG marker', join('\xff\xd8\xff\xe0', sound.png)], ['a DICOM preamble before a PNG', join(sound.png.subarray(0, 128), 'DICM', sound.png.subarray(132))],
    ['an EDF recording', latin(`0       ${' '.repeat(160)}`)], ['CSV', latin('time,I,II\n0,1,2\n')], ['an HL7 message', latin('MSH|^~\\&|LAB|HOSP|||20260101||ORU^R01|1|P|2.5\r')], ['a DICOMDIR of nothing', join(new Uint8Array(128), 'DICM\x02\0\0\0UL\x04\0\0\0\0\0')],
  ];
  for (let seed = 1; seed <= 20; seed++) {
    const next = drawn.random(seed);
    list.push([`noise ${seed}`, Uint8Array.from({ length: 1 + Math.floor(3000 * next()) }, () => 256 * next())]);
  }
  return list.map(([name, bytes]) => ({ name, bytes }));
}

const examiner = await createExaminer();
after(() => examiner.dispose());
const answers = new Set();
for (const bytes of Object.values(sound)) {
  const record = await examiner.examine(bytes);
  assert.notEqual(record.outcome, 'refused');
  answers.add(record.findings.map(({ logit }) => logit).join());
}

/** @param {Hostile} hostile @returns {Promise<string>} its outcome */
async function judge({ name, bytes, mayBeSound }) {
  const begin = performance.now();
  const record = await examiner.examine(bytes);
  assert.ok(performance.now() - begin < 20000, `${name}: took ${Math.round(performance.now() - begin)} ms`);
  if (record.outcome === 'refused') {
    assert.match(record.refusal?.code ?? '', /^BDS_E_[A-Z_]+$/, name);
    assert.match(record.refusal?.message ?? '', /^[A-Z].{10,}[.)]$/s, name);
    assert.deepEqual([record.findings, record.top, record.explanation], [[], null, null], name);
    return 'refused';
  }
  const logits = record.findings.map(({ logit }) => logit).join();
  if (mayBeSound && answers.has(logits)) return record.outcome;
  assert.equal(record.outcome, 'unsure', `${name}: a finding (${logits}), and no word of what is wrong`);
  assert.ok(record.doubts.length > 0, name);
  return 'unsure';
}

const groups = { DICOM: dicoms(), pictures: pictures(), others: others() };
for (const [what, list] of Object.entries(groups)) {
  test(`${what}: ${list.length} hostile files, each refused or doubted with its reason`, async (t) => {
    /** @type {Record<string, number>} */
    const count = {};
    for (const hostile of list) {
      const outcome = await judge(hostile);
      count[outcome] = (count[outcome] ?? 0) + 1;
    }
    t.diagnostic(Object.entries(count).map(([outcome, n]) => `${n} ${outcome}`).join(', '));
    assert.ok(answers.has((await examiner.examine(sound.png)).findings.map(({ logit }) => logit).join()), 'the examiner is still sound');
  });
}

test('there are three hundred of them at least, and all are different', () => {
  const all = Object.values(groups).flat();
  assert.ok(all.length >= 300, `${all.length}`);
  assert.equal(new Set(all.map(({ name }) => name)).size, all.length);
});
