// Writes DICOM files for tests: data sets in every uncompressed transfer syntax, encapsulated pixels with all kinds of offset tables, RLE. Takes what it is
// given, also what is wrong: the tests need that.
import { createHash } from 'node:crypto';
import { deflateRawSync } from 'node:zlib';

/**
 * @typedef {[tag: number, vr: string, value: unknown]} Element value: string, number, number[], bytes, for SQ Element[][], Encapsulated for pixels; undefined and null: empty
 * @typedef {{ items: Uint8Array[], delimited: boolean }} Encapsulated
 * @typedef {{ explicit: boolean, little: boolean, undefinedLengths?: boolean }} Encoding
 */

export const syntaxes = {
  implicit: '1.2.840.10008.1.2', explicit: '1.2.840.10008.1.2.1', deflated: '1.2.840.10008.1.2.1.99', big: '1.2.840.10008.1.2.2', rle: '1.2.840.10008.1.2.5',
  jpeg: '1.2.840.10008.1.2.4.50', jpeg12: '1.2.840.10008.1.2.4.51', jpegLossless: '1.2.840.10008.1.2.4.70', jpegLs: '1.2.840.10008.1.2.4.80', jpeg2000: '1.2.840.10008.1.2.4.90',
  htj2k: '1.2.840.10008.1.2.4.201', mpeg: '1.2.840.10008.1.2.4.100',
};

const longForms = new Set(['OB', 'OD', 'OF', 'OL', 'OV', 'OW', 'SQ', 'SV', 'UC', 'UN', 'UR', 'UT', 'UV']);
const binary = { US: 2, SS: 2, UL: 4, SL: 4, FL: 4, FD: 8, AT: 4, OV: 8 };

/** The same name gives the same UID, always: one of those that are made of a UUID (PS3.5 B.2). @param {string} name */
export function uid(name) {
  const bytes = createHash('sha256').update(name).digest().subarray(0, 16);
  return `2.25.${BigInt(`0x${bytes.toString('hex')}`)}`;
}

/** @param {Uint8Array[]} parts */
const join = (parts) => new Uint8Array(Buffer.concat(parts));

/** @param {number} tag @param {Encoding} encoding */
function tagBytes(tag, { little }) {
  const bytes = new Uint8Array(4);
  const view = new DataView(bytes.buffer);
  view.setUint16(0, Math.floor(tag / 65536), little);
  view.setUint16(2, tag % 65536, little);
  return bytes;
}

/** @param {number} value @param {Encoding} encoding */
function uint32(value, { little }) {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, value, little);
  return bytes;
}

/** @param {string} vr @param {number[]} numbers @param {Encoding} encoding */
function numberBytes(vr, numbers, { little }) {
  const size = binary[/** @type {keyof typeof binary} */ (vr)];
  const bytes = new Uint8Array(size * numbers.length);
  const view = new DataView(bytes.buffer);
  numbers.forEach((n, i) => {
    const at = i * size;
    if (vr === 'FL') view.setFloat32(at, n, little);
    else if (vr === 'FD') view.setFloat64(at, n, little);
    else if (vr === 'OV') view.setBigUint64(at, BigInt(n), little);
    else if (vr === 'AT') {
      view.setUint16(at, Math.floor(n / 65536), little);
      view.setUint16(at + 2, n % 65536, little);
    } else if (size === 2) view.setUint16(at, n & 0xffff, little);
    else view.setUint32(at, n >>> 0, little);
  });
  return bytes;
}

/** @param {Uint8Array} bytes @param {number} [pad] */
const even = (bytes, pad = 0) => (bytes.length % 2 === 0 ? bytes : join([bytes, Uint8Array.of(pad)]));

/** @param {Element[][]} items @param {Encoding} encoding */
function sequenceBytes(items, encoding) {
  const parts = items.flatMap((item) => {
    const body = dataSet(item, encoding);
    const head = [tagBytes(0xfffee000, encoding), uint32(encoding.undefinedLengths ? 0xffffffff : body.length, encoding), body];
    return encoding.undefinedLengths ? [...head, tagBytes(0xfffee00d, encoding), uint32(0, encoding)] : head;
  });
  return join(encoding.undefinedLengths ? [...parts, tagBytes(0xfffee0dd, encoding), uint32(0, encoding)] : parts);
}

/** One element. @param {Element} element @param {Encoding} encoding @returns {Uint8Array} */
export function elementBytes([tag, vr, value], encoding) {
  let body;
  let undefinedLength = false;
  if (value === undefined || value === null) body = new Uint8Array(0);
  else if (vr === 'SQ') {
    body = sequenceBytes(/** @type {Element[][]} */ (value), encoding);
    undefinedLength = encoding.undefinedLengths === true;
  } else if (value instanceof Uint8Array) body = even(value);
  else if (vr in binary) body = numberBytes(vr, /** @type {number[]} */ ([value].flat()), encoding);
  else if (typeof value === 'object' && 'items' in value) {
    const { items, delimited } = /** @type {Encapsulated} */ (value);
    const parts = items.flatMap((item) => [tagBytes(0xfffee000, encoding), uint32(even(item).length, encoding), even(item)]);
    if (delimited) parts.push(tagBytes(0xfffee0dd, encoding), uint32(0, encoding));
    body = join(parts);
    undefinedLength = true;
  } else body = even(Buffer.from(String(value), 'latin1'), vr === 'UI' ? 0 : 32);
  const length = undefinedLength ? 0xffffffff : body.length;
  const head = [tagBytes(tag, encoding)];
  if (!encoding.explicit) head.push(uint32(length, encoding));
  else if (longForms.has(vr)) head.push(Buffer.from(vr), new Uint8Array(2), uint32(length, encoding));
  else head.push(Buffer.from(vr), numberBytes('US', [length], encoding));
  return join([...head, body]);
}

/** A data set, its elements in order. @param {Element[]} elements @param {Encoding} encoding @returns {Uint8Array} */
export function dataSet(elements, encoding) {
  return join([...elements].sort((a, b) => a[0] - b[0]).map((element) => elementBytes(element, encoding)));
}

/**
 * A file. The meta information has what the standard wants, and comes from the elements.
 * @param {Element[]} elements
 * @param {{ syntax?: string, preamble?: boolean, meta?: boolean, undefinedLengths?: boolean }} [options] preamble and meta false: a bare data set
 * @returns {Uint8Array}
 */
export function dicomFile(elements, { syntax = syntaxes.explicit, preamble = true, meta = true, undefinedLengths = false } = {}) {
  const encoding = { explicit: syntax !== syntaxes.implicit, little: syntax !== syntaxes.big, undefinedLengths };
  const little = { explicit: true, little: true };
  const get = (/** @type {number} */ tag) => elements.find((element) => element[0] === tag)?.[2];
  /** @type {Element[]} */
  const about = [
    [0x00020001, 'OB', Uint8Array.of(0, 1)], [0x00020002, 'UI', get(0x00080016)], [0x00020003, 'UI', get(0x00080018)], [0x00020010, 'UI', syntax],
    [0x00020012, 'UI', uid('bedside tests')], [0x00020013, 'SH', 'BEDSIDE-TESTS'],
  ];
  const group = dataSet(about, little);
  const head = meta ? [elementBytes([0x00020000, 'UL', group.length], little), group] : [];
  const body = dataSet(elements, encoding);
  return join([...(preamble ? [new Uint8Array(128), Buffer.from('DICM')] : []), ...head, syntax === syntaxes.deflated ? even(deflateRawSync(body)) : body]);
}

/** The same elements with some replaced, added or (value undefined) left out. @param {Element[]} elements @param {Element[]} changes @returns {Element[]} */
export function withElements(elements, changes) {
  const tags = new Set(changes.map(([tag]) => tag));
  return [...elements.filter(([tag]) => !tags.has(tag)), ...changes.filter(([, , value]) => value !== undefined)];
}

/**
 * Encapsulated pixels.
 * @param {Uint8Array[]} frames compressed
 * @param {{ table?: 'empty' | 'basic' | 'extended', fragment?: number, delimited?: boolean }} [options] fragment: the most bytes of one, even
 * @returns {Element[]} the pixel data, and the extended offset table if that is wanted
 */
export function encapsulated(frames, { table = 'basic', fragment = Infinity, delimited = true } = {}) {
  const items = [];
  const starts = [];
  let at = 0;
  for (const frame of frames) {
    starts.push(at);
    for (let from = 0; from < frame.length || from === 0; from += fragment) {
      const part = even(frame.subarray(from, Math.min(from + fragment, frame.length)));
      items.push(part);
      at += 8 + part.length;
    }
  }
  const offsets = table === 'basic' ? numberBytes('UL', starts, { explicit: true, little: true }) : new Uint8Array(0);
  /** @type {Element[]} */
  const list = [[0x7fe00010, 'OB', { items: [offsets, ...items], delimited }]];
  if (table === 'extended') list.push([0x7fe00001, 'OV', starts], [0x7fe00002, 'OV', frames.map((frame) => frame.length)]);
  return list;
}

/** PackBits of a run of bytes. @param {Uint8Array} bytes */
function packBits(bytes) {
  const out = [];
  for (let at = 0; at < bytes.length;) {
    let same = 1;
    while (same < 128 && bytes[at + same] === bytes[at]) same++;
    if (same > 2) {
      out.push(257 - same, bytes[at]);
      at += same;
      continue;
    }
    let end = at + 1;
    while (end < bytes.length && end - at < 128 && !(bytes[end] === bytes[end + 1] && bytes[end] === bytes[end + 2])) end++;
    out.push(end - at - 1, ...bytes.subarray(at, end));
    at = end;
  }
  return even(Uint8Array.from(out));
}

/** A frame in RLE Lossless. @param {ArrayLike<number>} values samples interleaved @param {number} samples @param {1 | 2 | 4} width bytes of a sample */
export function rleFrame(values, samples, width) {
  const segments = [];
  for (let s = 0; s < samples; s++) {
    for (let byte = width - 1; byte >= 0; byte--) {
      segments.push(packBits(Uint8Array.from({ length: values.length / samples }, (_, i) => Math.floor((values[i * samples + s] >>> 0) / 2 ** (8 * byte)) & 255)));
    }
  }
  const header = new Uint32Array(16);
  header[0] = segments.length;
  segments.reduce((at, segment, i) => {
    header[1 + i] = at;
    return at + segment.length;
  }, 64);
  return join([new Uint8Array(header.buffer), ...segments]);
}

/** Numbers as bytes of 1, 2 or 4. @param {ArrayLike<number>} values @param {1 | 2 | 4} width @param {boolean} [little] */
export function cellBytes(values, width, little = true) {
  const bytes = new Uint8Array(values.length * width);
  const view = new DataView(bytes.buffer);
  for (let i = 0; i < values.length; i++) {
    if (width === 1) bytes[i] = values[i];
    else if (width === 2) view.setUint16(2 * i, values[i] & 0xffff, little);
    else view.setUint32(4 * i, values[i] >>> 0, little);
  }
  return bytes;
}

/**
 * A frame in JPEG Lossless with the first predictor, by the plainest code there is: 5 bits for each of the 17 categories.
 * @param {ArrayLike<number>} values samples interleaved @param {{ width: number, height: number, samples: number, precision: number }} frame
 */
export function losslessJpeg(values, { width, height, samples, precision }) {
  /** @type {number[]} */
  const bytes = [];
  let [buffer, count] = [0, 0];
  const put = (/** @type {number} */ value, /** @type {number} */ length) => {
    for (let i = length - 1; i >= 0; i--) {
      buffer = buffer * 2 + ((value >> i) & 1);
      if (++count === 8) {
        bytes.push(buffer);
        if (buffer === 255) bytes.push(0);
        [buffer, count] = [0, 0];
      }
    }
  };
  for (let i = 0; i < values.length; i++) {
    const [x, y] = [Math.floor(i / samples) % width, Math.floor(i / samples / width)];
    const expected = x > 0 ? values[i - samples] : y > 0 ? values[i - samples * width] : 2 ** (precision - 1);
    const difference = values[i] - expected;
    const category = difference === 0 ? 0 : Math.floor(Math.log2(Math.abs(difference))) + 1;
    put(category, 5);
    if (category > 0 && category < 16) put(difference > 0 ? difference : difference + 2 ** category - 1, category);
  }
  if (count > 0) put(2 ** (8 - count) - 1, 8 - count);
  const two = (/** @type {number} */ n) => [n >> 8, n & 255];
  const components = Array.from({ length: samples }, (_, i) => i + 1);
  return Uint8Array.from([
    0xff, 0xd8, 0xff, 0xc4, ...two(19 + 17), 0, 0, 0, 0, 0, 17, ...Array(11).fill(0), ...Array.from({ length: 17 }, (_, i) => i),
    0xff, 0xc3, ...two(8 + 3 * samples), precision, ...two(height), ...two(width), samples, ...components.flatMap((id) => [id, 0x11, 0]),
    0xff, 0xda, ...two(6 + 2 * samples), samples, ...components.flatMap((id) => [id, 0]), 1, 0, 0, ...bytes, 0xff, 0xd9,
  ]);
}
