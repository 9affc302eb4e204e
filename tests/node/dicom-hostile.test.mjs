// DICOM in, from somebody who means harm, or a disk that does: every file is read to exactly the same values, or refused with a code and a sentence, in
// bounded time and memory; never anything else. All mutations are deterministic.
import assert from 'node:assert/strict';
import { deflateRawSync } from 'node:zlib';
import { before, describe, test } from 'node:test';
import { BedsideError } from '../../web/bedside.js';
import { PIXEL_DATA } from '../../web/dicom/data-set.js';
import { readDicom } from '../../web/dicom/dicom.js';
import { readFile } from '../../web/dicom/file.js';
import { codedFiles } from '../support/dicom-coded.mjs';
import { chestDx, colourCapture, dicomFile, encapsulated, imagePixel, multiFrame, paletteColour, rleFrame, signedCt, syntaxes, withElements } from '../support/dicom-objects.mjs';
import { dataSet } from '../support/dicom-writer.mjs';
import { fails } from './common.mjs';
import { sha256 } from './tiny-model.mjs';

/** @typedef {import('../support/dicom-writer.mjs').Element} Element */

const CODES = ['BDS_E_DICOM_FORMAT', 'BDS_E_DICOM_CORRUPT', 'BDS_E_DICOM_UNSUPPORTED', 'BDS_E_IMAGE_SIZE'];
const LIMITS = { maxPixels: 1 << 22, maxBytes: 1 << 24 };
let slowest = 0;
let tried = 0;

/** What a file is read to: a hash of all its frames' values; or the error's code. @param {Uint8Array} bytes @param {string} name */
async function outcome(bytes, name) {
  const begin = performance.now();
  tried++;
  try {
    const object = await readDicom(bytes, LIMITS);
    const hashes = [];
    for (let frame = 0; frame < Math.min(object.frames, 8); frame++) {
      const values = await object.stored(frame);
      assert.equal(values.length, object.rows * object.columns * object.samplesPerPixel, name);
      hashes.push(sha256(new Uint8Array(values.buffer, values.byteOffset, values.byteLength)));
      const { pixels } = await object.picture(frame);
      assert.equal(/** @type {Uint8Array} */ (pixels.pixels).length, pixels.width * pixels.height * pixels.channels, name);
    }
    return `${object.frames}: ${hashes.join()}`;
  } catch (error) {
    assert.ok(error instanceof BedsideError && CODES.includes(error.code), `${name}: ${error instanceof Error ? error.stack : error}`);
    assert.match(error.message, /^[A-Z].*\.$/s, name);
    assert.doesNotMatch(error.message, /not foreseen/, `${name}: ${/** @type {Error} */ (error.cause)?.stack}`);
    return error.code;
  } finally {
    slowest = Math.max(slowest, performance.now() - begin);
  }
}

/** A generator of numbers that everybody gets the same from. @param {number} seed */
function random(seed) {
  let state = seed;
  return (/** @type {number} */ n) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * n);
  };
}

/** @type {{ name: string, file: Uint8Array, same: string }[]} */
const files = [];
before(async () => {
  const plain = { chest: dicomFile(chestDx()), ct: dicomFile(signedCt(), { syntax: syntaxes.implicit, undefinedLengths: true }), frames: dicomFile(multiFrame()), palette: dicomFile(paletteColour(), { syntax: syntaxes.big }), colour: dicomFile(colourCapture(), { undefinedLengths: true }) };
  const all = [...Object.entries(plain).map(([name, file]) => ({ name, file })), ...(await codedFiles())];
  for (const { name, file } of all) {
    const same = await outcome(file, name);
    assert.match(same, /^\d: /, `${name} is good: ${same}`);
    files.push({ name, file, same });
  }
});

describe('hostile DICOM', () => {
  test('cut off anywhere', async () => {
    for (const { name, file, same } of files) {
      const { meta, set } = await readFile(file, 1);
      const places = new Set([0, 1, 64, 127, 128, 131, 132, 136, 140]);
      for (const part of [meta, set]) {
        for (const { start, length, tag } of part?.elements.values() ?? []) {
          for (const at of [start - 8, start - 4, start, start + 1, start + Math.floor(length / 2), start + length - 1]) places.add(at);
          if (tag === PIXEL_DATA) for (let k = 0; k < 40; k++) places.add(start + Math.floor((k * length) / 40));
        }
      }
      for (let k = 1; k <= 12; k++) places.add(file.length - k);
      for (const at of places) {
        const result = await outcome(file.slice(0, at), `${name} cut at ${at}`);
        assert.ok(result === same || CODES.includes(result), `${name} cut at ${at}: other values`);
      }
    }
  });

  test('every length is another', async () => {
    for (const { name, file, same } of files) {
      const { set } = await readFile(file, 1);
      const view = (/** @type {Uint8Array} */ bytes) => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
      for (const { start, tag, vr, length } of set.elements.values()) {
        const wide = vr === '' || /^(O.|SQ|U[NTCRV]|SV)$/.test(vr);
        for (const other of [0, 1, length + 1, length + 2, length + 8, Math.max(0, length - 2), 0x7ffe, 0x7ffffffe, 0xfffffffe, 0xffffffff]) {
          const copy = file.slice();
          if (wide) view(copy).setUint32(start - 4, other, set.encoding.little);
          else view(copy).setUint16(start - 2, other & 0xffff, set.encoding.little);
          const result = await outcome(copy, `${name} ${tag.toString(16)} has length ${other}`);
          // An attribute that is cut short says something else, and says it; a run of pixels never does.
          const says = new Set([0x00280010, 0x00280011, 0x00280008, 0x00280100, 0x00280101, 0x00280102, 0x00280103]);
          assert.ok(result === same || CODES.includes(result) || says.has(tag), `${name} ${tag.toString(16)} has length ${other}: other values`);
        }
      }
    }
  });

  test('attributes that are missing, too large, or contradict each other', async () => {
    const chest = chestDx();
    /** @type {[Element, string][]} */
    const changes = [
      ...[0x00280002, 0x00280004, 0x00280010, 0x00280011, 0x00280100, 0x00280101, 0x00280103].flatMap((tag) => /** @type {[Element, string][]} */ ([
        [[tag, 'US', undefined], 'BDS_E_DICOM_CORRUPT'], [[tag, tag === 0x00280004 ? 'CS' : 'US', null], 'BDS_E_DICOM_CORRUPT'],
      ])),
      [[0x00280010, 'US', 0], 'BDS_E_DICOM_CORRUPT'], [[0x00280011, 'US', 0], 'BDS_E_DICOM_CORRUPT'], [[0x00280010, 'US', 65535], 'BDS_E_DICOM_CORRUPT'],
      [[0x00280011, 'US', 65535], 'BDS_E_IMAGE_SIZE'], [[0x00280010, 'US', 81], 'BDS_E_DICOM_CORRUPT'], [[0x00280010, 'US', 40], 'BDS_E_DICOM_CORRUPT'],
      [[0x00280008, 'IS', '2147483647'], 'BDS_E_DICOM_CORRUPT'], [[0x00280008, 'IS', '2147483648'], 'BDS_E_DICOM_CORRUPT'], [[0x00280008, 'IS', '99999999999999999999'], 'BDS_E_DICOM_CORRUPT'],
      [[0x00280008, 'IS', '-1'], 'BDS_E_DICOM_CORRUPT'], [[0x00280008, 'IS', '0'], 'BDS_E_DICOM_CORRUPT'], [[0x00280008, 'IS', '1.5'], 'BDS_E_DICOM_CORRUPT'], [[0x00280008, 'IS', 'one'], 'BDS_E_DICOM_CORRUPT'],
      [[0x00280002, 'US', 0], 'BDS_E_DICOM_CORRUPT'], [[0x00280002, 'US', 3], 'BDS_E_DICOM_CORRUPT'], [[0x00280002, 'US', 65535], 'BDS_E_DICOM_CORRUPT'],
      [[0x00280100, 'US', 0], 'BDS_E_DICOM_CORRUPT'], [[0x00280100, 'US', 8], 'BDS_E_DICOM_CORRUPT'], [[0x00280100, 'US', 32], 'BDS_E_DICOM_CORRUPT'], [[0x00280100, 'US', 64], 'BDS_E_DICOM_UNSUPPORTED'],
      [[0x00280101, 'US', 0], 'BDS_E_DICOM_CORRUPT'], [[0x00280101, 'US', 17], 'BDS_E_DICOM_CORRUPT'], [[0x00280102, 'US', 16], 'BDS_E_DICOM_CORRUPT'], [[0x00280102, 'US', 3], 'BDS_E_DICOM_CORRUPT'],
      [[0x00280103, 'US', 2], 'BDS_E_DICOM_CORRUPT'], [[0x00280006, 'US', 2], 'BDS_E_DICOM_CORRUPT'], [[0x00280004, 'CS', 'RGB'], 'BDS_E_DICOM_CORRUPT'], [[0x00280004, 'CS', '__proto__'], 'BDS_E_DICOM_UNSUPPORTED'],
      [[0x00280004, 'CS', 'x'.repeat(60000)], 'BDS_E_DICOM_UNSUPPORTED'], [[0x00281050, 'DS', '\\\\\\'], 'BDS_E_DICOM_CORRUPT'], [[0x00281053, 'DS', '0x10'], 'BDS_E_DICOM_CORRUPT'],
    ];
    for (const [change, code] of changes) {
      const name = `${change[0].toString(16)} = ${String(change[2]).slice(0, 20)}`;
      assert.equal(await outcome(dicomFile(withElements(chest, [change])), name), code, name);
    }
    for (const other of [syntaxes.rle, syntaxes.jpeg, syntaxes.jpegLs, syntaxes.jpeg2000, syntaxes.deflated]) {
      const bytes = dicomFile(chest);
      const at = Buffer.from(bytes).indexOf('1.2.840.10008.1.2.1\0', 132, 'latin1');
      const wrong = Buffer.from(bytes);
      wrong.write(other.padEnd(20, '\0').slice(0, 20), at, 'latin1');
      assert.ok(CODES.includes(await outcome(new Uint8Array(wrong), `plain pixels said to be ${other}`)), other);
    }
  });

  test('sequences nested 10,000 deep, of undefined and of defined length', async () => {
    const [open, item] = [Uint8Array.of(0x40, 0, 0x55, 5, 0x53, 0x51, 0, 0, 255, 255, 255, 255), Uint8Array.of(0xfe, 0xff, 0, 0xe0, 255, 255, 255, 255)];
    const body = dataSet(chestDx().filter(([tag]) => tag < 0x00280000), { explicit: true, little: true });
    const rest = dataSet(chestDx().filter(([tag]) => tag >= 0x00280000 && tag !== 0x00400555), { explicit: true, little: true });
    const deep = (/** @type {number} */ n) => new Uint8Array(Buffer.concat([body, ...Array(n).fill(Buffer.concat([open, item])), rest]));
    await fails(readDicom(deep(10000)), 'BDS_E_DICOM_CORRUPT', /deeper than 64/);
    await fails(readDicom(deep(100000)), 'BDS_E_DICOM_CORRUPT', /deeper than 64/);
    await fails(readDicom(deep(3)), 'BDS_E_DICOM_CORRUPT');
    // Of defined length: nobody asks what is in them.
    let inner = /** @type {Element[]} */ ([[0x00080050, 'SH', 'x']]);
    for (let i = 0; i < 500; i++) inner = [[0x00400555, 'SQ', [inner]]];
    const same = await outcome(dicomFile(chestDx()), 'chest');
    assert.equal(await outcome(dicomFile(withElements(chestDx(), inner)), '500 deep, defined'), same);
    // 64 are borne and 65 are not, in every engine, whatever its stack bears.
    for (const syntax of [syntaxes.explicit, syntaxes.implicit]) {
      const nested = (/** @type {number} */ n) => {
        let list = /** @type {Element[]} */ ([[0x00080050, 'SH', 'x']]);
        for (let i = 0; i < n; i++) list = [[0x00400555, 'SQ', [list]]];
        return dicomFile(withElements(chestDx(), list), { syntax, undefinedLengths: true });
      };
      assert.equal(await outcome(nested(64), '64 deep'), same);
      await fails(readDicom(nested(65)), 'BDS_E_DICOM_CORRUPT', /deeper than 64/);
    }
    // In functional groups, which are looked into.
    let groups = /** @type {Element[]} */ ([[0x00281050, 'DS', '1']]);
    for (let i = 0; i < 200; i++) groups = [[0x52009229, 'SQ', [groups]]];
    assert.ok(CODES.includes(await outcome(dicomFile([...chestDx(), ...groups], { undefinedLengths: true }), 'functional groups')));
  });

  test('deflate: bombs and damage', async () => {
    const head = dicomFile([], { syntax: syntaxes.deflated }).slice(0, -2);
    const bomb = (/** @type {Uint8Array} */ body) => new Uint8Array(Buffer.concat([head, body]));
    const zeros = deflateRawSync(Buffer.alloc(1 << 28)); // 268 MB in 260 KB
    const before = process.memoryUsage().rss;
    assert.equal(await outcome(bomb(zeros), 'bomb'), 'BDS_E_IMAGE_SIZE');
    assert.ok(process.memoryUsage().rss - before < 2 ** 28, 'it was not unpacked');
    assert.equal(await outcome(bomb(new Uint8Array(1 << 22)), 'zeros'), 'BDS_E_DICOM_CORRUPT');
    const good = dicomFile(chestDx(), { syntax: syntaxes.deflated });
    const packed = deflateRawSync(dataSet(chestDx(), { explicit: true, little: true }));
    for (const pad of [[], [0]]) assert.match(await outcome(bomb(Uint8Array.from([...packed, ...pad])), 'padding'), /^1: /);
    const same = await outcome(good, 'deflated');
    const next = random(7);
    for (let i = 0; i < 60; i++) {
      const copy = good.slice();
      copy[head.length + next(copy.length - head.length)] ^= 1 << next(8);
      await outcome(copy, `deflated, damage ${i}`);
      const cut = await outcome(good.slice(0, head.length + 1 + next(good.length - head.length - 3)), `deflated, cut ${i}`);
      assert.ok(cut === same || CODES.includes(cut));
    }
  });

  test('millions of elements, items and fragments take time and memory by the bytes they have', async () => {
    const head = dicomFile([], { syntax: syntaxes.deflated }).slice(0, -2);
    const sequence = [8, 0, 0x40, 0x11, 0x53, 0x51, 0, 0, 255, 255, 255, 255];
    const [item, end] = [[0xfe, 0xff, 0, 0xe0], [0xfe, 0xff, 0xdd, 0xe0, 0, 0, 0, 0]];
    const empty = [9, 0, 0, 0, 0x4c, 0x4f, 0, 0];
    const [rest, front, back] = [() => true, (/** @type {number} */ tag) => tag < 0x30000000, (/** @type {number} */ tag) => tag > 0x30000000].map((part) => dataSet(chestDx().filter(([tag]) => part(tag)), { explicit: true, little: true }));
    const deflated = (/** @type {Uint8Array[]} */ parts) => new Uint8Array(Buffer.concat([head, deflateRawSync(Buffer.concat(parts), { level: 1 })]));
    const times = (/** @type {number[]} */ bytes, /** @type {number} */ n) => Buffer.alloc(bytes.length * n, Uint8Array.from(bytes));
    const repeated = (/** @type {number[]} */ first, /** @type {Uint8Array} */ again, /** @type {number[]} */ tail) => deflated([Uint8Array.from(first), again, Uint8Array.from(tail), rest]);
    const rising = times(empty, 3e6);
    for (let i = 0; i < 3e6; i++) {
      rising.writeUInt16LE(0x3001 + (i >> 16), 8 * i);
      rising.writeUInt16LE(i & 0xffff, 8 * i + 2);
    }
    const fragments = dicomFile([...chestDx().filter(([tag]) => tag < 0x7fe00000), [0x7fe00010, 'OB', { items: [], delimited: true }]], { syntax: syntaxes.jpeg });
    /** @type {[string, Uint8Array, RegExp | null][]} */
    const kinds = [
      ['elements', deflated([front, rising, back]), null],
      ['one element again and again', repeated([], times(empty, 3e6), []), /more than 65536 elements that are not in the order/],
      ['items', repeated(sequence, times([...item, 0, 0, 0, 0], 5e6), end), null],
      ['items with elements', repeated(sequence, times([...item, 8, 0, 0, 0, ...empty], 3e6), end), null],
      ['items of undefined length', repeated(sequence, times([...item, 255, 255, 255, 255, ...empty, 0xfe, 0xff, 0x0d, 0xe0, 0, 0, 0, 0], 2e6), end), null],
      ['elements in an item', repeated([...sequence, ...item, 255, 255, 255, 255], times(empty, 5e6), [0xfe, 0xff, 0x0d, 0xe0, 0, 0, 0, 0, ...end]), null],
      ['fragments', new Uint8Array(Buffer.concat([fragments.subarray(0, -8), times([...item, 0, 0, 0, 0], 5e6)])), /do not begin like a JPEG/],
    ];
    for (const [name, bytes, reason] of kinds) {
      const before = process.memoryUsage().rss;
      const begin = performance.now();
      const reading = readDicom(bytes).then((object) => object.picture(0));
      if (reason) await fails(reading, 'BDS_E_DICOM_CORRUPT', reason);
      else assert.equal((await reading).pixels.height, 80, name);
      assert.ok(performance.now() - begin < 5000, `${name}: some tenths of a second, if nothing else is at work`);
      assert.ok(process.memoryUsage().rss - before < 2 ** 28, `${name}: a few times the 50 MB that it unpacks to`);
    }
  });

  test('fragments: without end, overlapping, with wrong tables', async () => {
    const coded = await codedFiles();
    for (const { name, elements, syntax } of coded) {
      const good = files.find((file) => file.name === name)?.same;
      const frames = elements.filter(([tag]) => tag >= 0x7fe00000);
      const [basic, ...list] = /** @type {{ items: Uint8Array[] }} */ (frames[0][2]).items;
      /** @type {[string, Element[]][]} */
      const forms = [
        ['no delimiter', [[0x7fe00010, 'OB', { items: [basic, ...list], delimited: false }]]],
        ['nothing', [[0x7fe00010, 'OB', { items: [], delimited: true }]]],
        ['nothing at all', [[0x7fe00010, 'OB', { items: [], delimited: false }]]],
        ['only a table', [[0x7fe00010, 'OB', { items: [basic], delimited: true }]]],
        ['one frame', [[0x7fe00010, 'OB', { items: [new Uint8Array(0), list[0]], delimited: true }]]],
        ['empty frames', [[0x7fe00010, 'OB', { items: [new Uint8Array(0), new Uint8Array(0), new Uint8Array(0)], delimited: true }]]],
        ['a table of nonsense', [[0x7fe00010, 'OB', { items: [Uint8Array.of(0, 0, 0, 0, 3, 0, 0, 0), ...list], delimited: true }]]],
        ['a table backwards', [[0x7fe00010, 'OB', { items: [Uint8Array.of(255, 0, 0, 0, 0, 0, 0, 0), ...list], delimited: true }]]],
        ['a table of odd length', [[0x7fe00010, 'OB', { items: [Uint8Array.of(0, 0), ...list], delimited: true }]]],
        ['huge extended offsets', [[0x7fe00001, 'OV', Uint8Array.from({ length: 16 }, () => 255)], [0x7fe00010, 'OB', { items: [new Uint8Array(0), ...list], delimited: true }]]],
        ['wrong extended lengths', [[0x7fe00001, 'OV', [0, 8 + list[0].length]], [0x7fe00002, 'OV', [2 ** 40, 5]], [0x7fe00010, 'OB', { items: [new Uint8Array(0), ...list], delimited: true }]]],
      ];
      for (const [what, pixels] of forms) {
        const result = await outcome(dicomFile([...elements.filter(([tag]) => tag < 0x7fe00000), ...pixels], { syntax }), `${name}: ${what}`);
        if (what === 'no delimiter') assert.equal(result, good, `${name}: ${what}`);
        else assert.ok(CODES.includes(result), `${name}: ${what}: ${result}`);
      }
      // One frame is stated, and there are two.
      const fewer = withElements(elements, [[0x00280008, 'IS', '1'], [0x7fe00001, 'OV', undefined], [0x7fe00002, 'OV', undefined]]);
      assert.ok(CODES.includes(await outcome(dicomFile(fewer, { syntax }), `${name}: one frame of two`)), name);
    }
  });

  test('a fragment, an item or an element in it that is longer than what it lies in', async () => {
    // The pixels are all there, and no decoder would miss the rest.
    const pixel = imagePixel({ width: 4, height: 1, photometric: 'MONOCHROME2', allocated: 8 }, null);
    const items = { items: [new Uint8Array(0), rleFrame([1, 2, 3, 4], 1, 1)], delimited: false };
    const file = dicomFile([...pixel, [0x7fe00010, 'OB', items]], { syntax: syntaxes.rle });
    assert.match(await outcome(file, 'good'), /^1: /);
    const at = file.length - items.items[1].length - 4;
    file[at] += 2;
    await fails(readDicom(file), 'BDS_E_DICOM_CORRUPT', /too long or cut off/);

    const rescale = /** @type {Element[]} */ ([[0x00281052, 'DS', '0'], [0x00281053, 'DS', '2']]);
    const groups = dicomFile([...pixel, [0x52009229, 'SQ', [[[0x00289145, 'SQ', [rescale]]]]], [0x7fe00010, 'OB', Uint8Array.of(1, 2, 3, 4)]]);
    assert.match(await outcome(groups, 'good'), /^1: /);
    const value = Buffer.from(groups).indexOf(Buffer.from([0x53, 0x10, 0x44, 0x53, 2, 0])) + 4; // the length of the slope, the last element of all
    for (const place of [value, value - 20]) { // and the length of its item
      const copy = groups.slice();
      copy[place] += 2;
      await fails(readDicom(copy).then((object) => object.picture(0)), 'BDS_E_DICOM_CORRUPT', /is damaged/);
    }
  });

  test('an item whose end has a length swallows nothing', async () => {
    const groups = /** @type {Element} */ ([0x52009229, 'SQ', [[[0x00289132, 'SQ', [[[0x00281050, 'DS', '40']]]], [0x00289145, 'SQ', [[[0x00281053, 'DS', '2']]]]]]]);
    for (const syntax of [syntaxes.explicit, syntaxes.implicit, syntaxes.big]) {
      const file = dicomFile([...multiFrame(), groups], { syntax, undefinedLengths: true });
      const end = syntax === syntaxes.big ? [0xff, 0xfe, 0xe0, 0x0d] : [0xfe, 0xff, 0x0d, 0xe0];
      for (let at = Buffer.from(file).indexOf(Buffer.from(end)); at > 0; at = Buffer.from(file).indexOf(Buffer.from(end), at + 1)) {
        for (const place of [4, 5, 6, 7]) {
          const copy = file.slice();
          copy[at + place] = 0x10;
          await fails(readDicom(copy), 'BDS_E_DICOM_CORRUPT');
        }
      }
    }
  });

  test('delimiters and lengths that do not belong together', async () => {
    const [item, itemEnd, end] = [[0xfe, 0xff, 0, 0xe0], [0xfe, 0xff, 0x0d, 0xe0, 0, 0, 0, 0], [0xfe, 0xff, 0xdd, 0xe0, 0, 0, 0, 0]];
    const [open, empty] = [[255, 255, 255, 255], [0x40, 0, 0x50, 0, 0x4c, 0x4f, 0, 0]];
    const pixel = dataSet(imagePixel({ width: 4, height: 1, photometric: 'MONOCHROME2', allocated: 8 }, [1, 2, 3, 4]), { explicit: true, little: true });
    /** A bare data set: a sequence of these bytes, and pixels. @param {number[]} length @param {...number[]} parts */
    const file = (length, ...parts) => Uint8Array.from([8, 0, 0x40, 0x11, 0x53, 0x51, 0, 0, ...length, ...parts.flat(), ...pixel]);
    const set = async (/** @type {Uint8Array} */ bytes) => (await readFile(bytes, 1)).set;
    assert.equal((await set(file(open, item, open, empty, itemEnd, item, [8, 0, 0, 0], empty, end))).itemCount(0x00081140), 2);
    for (const bytes of [file(open, end), file([0, 0, 0, 0])]) {
      const { elements } = await set(bytes);
      assert.deepEqual([elements.get(0x00081140)?.length, (await set(bytes)).has(0x00081140), (await set(bytes)).firstItem(0x00081140)], [0, false, null]);
    }
    assert.equal((await readDicom(file(open, item, open, empty, itemEnd, [...end.slice(0, 4), 9, 0, 0, 0]))).columns, 4);
    await fails(readDicom(file(open, item, open, empty, end)), 'BDS_E_DICOM_CORRUPT', /ends in the middle of an item/);
    await fails(readDicom(file(open, item, open, empty, itemEnd)), 'BDS_E_DICOM_CORRUPT', /where an item should be/);
    await fails(readDicom(file(open, item, [8, 0, 0, 0], empty, empty, end)), 'BDS_E_DICOM_CORRUPT', /\(0040,0050\) in the DICOM file where an item should be/);
    await fails(readDicom(file([0, 0, 0, 0], item, [8, 0, 0, 0], empty)), 'BDS_E_DICOM_CORRUPT', /\(FFFE,E000\) in the DICOM file where an element should be/);
    // An end where the length ends is borne, at any level; elsewhere it is not.
    assert.equal((await set(file([24, 0, 0, 0], item, [8, 0, 0, 0], empty, end))).itemCount(0x00081140), 1);
    assert.equal((await set(file([16, 0, 0, 0], item, [8, 0, 0, 0], empty, end))).itemCount(0x00081140), 1);
    const early = await set(file([40, 0, 0, 0], item, [8, 0, 0, 0], empty, end, item, [8, 0, 0, 0], empty));
    assert.throws(() => early.firstItem(0x00081140), /ends before its length does/);
    const fragment = dicomFile([...imagePixel({ width: 4, height: 1, photometric: 'MONOCHROME2', allocated: 8 }, null), ...encapsulated([rleFrame([1, 2, 3, 4], 1, 1)])], { syntax: syntaxes.rle });
    assert.match(await outcome(fragment, 'good'), /^1: /);
    fragment.set(open, Buffer.from(fragment).lastIndexOf(Buffer.from(item)) + 4);
    await fails(readDicom(fragment), 'BDS_E_DICOM_CORRUPT', /fragment of the pixel data is too long/);
  });

  test('decoders fed garbage and damaged pictures', async () => {
    const next = random(20240229);
    for (const { name, elements, syntax } of await codedFiles()) {
      const list = /** @type {{ items: Uint8Array[] }} */ (/** @type {Element} */ (elements.find(([tag]) => tag === PIXEL_DATA))[2]).items.slice(1);
      const read = (/** @type {Uint8Array[]} */ frames, /** @type {string} */ what) => outcome(dicomFile([...elements.filter(([tag]) => tag < 0x7fe00000), ...encapsulated(frames)], { syntax }), `${name}: ${what}`);
      for (const first of [[], [0xff, 0xd8], [0xff, 0xd8, 0xff, 0xd9], [0xff, 0x4f, 0xff, 0x51], [2, 0, 0, 0, 64, 0, 0, 0]]) {
        const garbage = Uint8Array.from({ length: 600 }, (_, i) => first[i] ?? next(256));
        assert.ok(CODES.includes(await read([garbage, garbage], `garbage ${first}`)), name);
      }
      for (let i = 0; i < 40; i++) {
        const damaged = list.map((frame) => frame.slice());
        for (let k = 0; k <= i % 4; k++) damaged[0][next(i < 20 ? Math.min(90, damaged[0].length) : damaged[0].length)] = next(256);
        await read(damaged, `damage ${i}`);
      }
    }
  });

  test('a compressed frame that is cut off but has an end is not filled up with black or grey', async () => {
    for (const { name, elements, syntax } of await codedFiles()) {
      const list = /** @type {{ items: Uint8Array[] }} */ (/** @type {Element} */ (elements.find(([tag]) => tag === PIXEL_DATA))[2]).items.slice(1);
      for (const part of [0.5, 0.8, 0.97]) {
        const half = list[0].subarray(0, Math.floor((list[0].length * part) / 2) * 2 - 2);
        const ended = Uint8Array.from([...half, ...(syntax === syntaxes.rle ? [] : [0xff, 0xd9])]);
        const file = dicomFile([...elements.filter(([tag]) => tag < 0x7fe00000), ...encapsulated([ended, list[1]])], { syntax });
        await fails(readDicom(file).then((object) => object.stored(0)), 'BDS_E_DICOM_CORRUPT');
        assert.match(await outcome(file, name), /^BDS_E_DICOM_CORRUPT$/, `${name}, ${part} of it`);
      }
    }
    // RLE has no end of its own: runs for three pixels of four, then for five.
    const four = [...imagePixel({ width: 4, height: 1, photometric: 'MONOCHROME2', allocated: 8 }, null)];
    for (const [runs, wanted] of /** @type {const} */ ([[[254, 7], 'BDS_E_DICOM_CORRUPT'], [[252, 7], 'BDS_E_DICOM_CORRUPT'], [[128, 254, 7, 0, 9], '1']])) {
      const coded = rleFrame([0, 0, 0, 0], 1, 1);
      const frame = Uint8Array.from([...coded.subarray(0, 64), ...runs]);
      const file = dicomFile([...four, ...encapsulated([frame])], { syntax: syntaxes.rle });
      assert.equal((await outcome(file, `RLE ${runs}`)).split(':')[0], wanted, `RLE ${runs}`);
    }
  });

  test('noise behind the magic number, and any byte changed', async () => {
    const next = random(99);
    for (let i = 0; i < 100; i++) {
      const bytes = Uint8Array.from({ length: 400 + next(400) }, () => next(256));
      if (i % 2) bytes.set([0x44, 0x49, 0x43, 0x4d, 2, 0, 0, 0, 0x55, 0x4c, 4, 0], 128);
      else bytes.set([0x44, 0x49, 0x43, 0x4d, 8, 0, 5, 0, 0x43, 0x53, 4, 0], 128);
      assert.ok(CODES.includes(await outcome(bytes, `noise ${i}`)));
    }
    for (const { name, file } of files) {
      for (let i = 0; i < 60; i++) {
        const copy = file.slice();
        copy[132 + next(Math.min(1500, copy.length - 132))] = next(256);
        await outcome(copy, `${name}, byte ${i}`);
      }
    }
  });

  test('none took long', () => {
    console.log(`${tried} hostile files, the slowest took ${slowest.toFixed(0)} ms`);
    assert.ok(tried > 3000 && slowest < 5000, `${tried} in at most ${slowest} ms`);
  });
});
