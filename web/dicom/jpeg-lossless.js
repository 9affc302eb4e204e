// JPEG Lossless (ITU-T T.81 annex H: process 14, all predictors, 2 to 16 bits, 1 to 4 components, in one scan or several, restarts, point transform).
// jpeg-lossless-decoder-js is not used for it: it fills a picture that is cut off with zeros without a word, and gives wrong colours of 12 bits.
// SPDX-License-Identifier: MIT
import { corrupt } from './errors.js';

/** @typedef {{ id: number, table: number, out: number }} Part a component in a scan: its index among the samples */

const damaged = (/** @type {string} */ what) => corrupt(`The losslessly coded JPEG in the DICOM file is damaged: ${what}.`);

/** A table for 16 bits ahead: length of the code * 32 + category; 0 where no code is. @param {Uint8Array} counts codes of 1 to 16 bits @param {Uint8Array} symbols */
function huffmanTable(counts, symbols) {
  const table = new Uint16Array(65536);
  let [code, k] = [0, 0];
  for (let length = 1; length <= 16; length++) {
    for (let i = 0; i < counts[length - 1]; i++, k++, code++) {
      if (code >= 2 ** length || symbols[k] > 16) throw damaged('its code table is none');
      table.fill(length * 32 + symbols[k], code << (16 - length), (code + 1) << (16 - length));
    }
    code <<= 1;
  }
  return table;
}

/** The bits of a scan, up to the next marker. */
class Bits {
  /** @param {Uint8Array} bytes @param {number} at */
  constructor(bytes, at) {
    this.bytes = bytes;
    this.at = at;
    this.buffer = 0;
    this.count = 0;
    this.missing = 0; // bits that were made up behind the end
  }

  /** At least 16 bits (24 at most are kept, so that one more byte fits 32). */
  fill() {
    const { bytes } = this;
    while (this.count <= 16) {
      let next = 0;
      if (this.at >= bytes.length || (bytes[this.at] === 0xff && bytes[this.at + 1] !== 0)) this.missing += 8;
      else {
        next = bytes[this.at];
        this.at += next === 0xff ? 2 : 1;
      }
      this.buffer = ((this.buffer << 8) | next) & 0xffffff;
      this.count += 8;
    }
  }

  /** @param {Uint16Array} table the difference to what was predicted */
  difference(table) {
    if (this.count < 16) this.fill();
    const entry = table[(this.buffer >> (this.count - 16)) & 0xffff];
    if (entry === 0) throw damaged('it has a code that its table lacks');
    this.count -= entry >> 5;
    const category = entry & 31;
    if (category === 0) return 0;
    if (category === 16) return 32768;
    if (this.count < category) this.fill();
    this.count -= category;
    const value = (this.buffer >> this.count) & ((1 << category) - 1);
    return value < 1 << (category - 1) ? value - (1 << category) + 1 : value;
  }

  /** Bits that were asked for and are not there. */
  overdrawn() {
    return this.missing > this.count;
  }

  /** Behind the restart marker of that number. @param {number} number */
  restart(number) {
    if (this.overdrawn()) throw damaged('it is cut off');
    [this.buffer, this.count, this.missing] = [0, 0, 0];
    while (this.bytes[this.at] === 0xff && this.bytes[this.at + 1] === 0xff) this.at++;
    if (this.bytes[this.at] !== 0xff || this.bytes[this.at + 1] !== 0xd0 + number) throw damaged('a restart marker is missing');
    this.at += 2;
  }
}

/** Table H.1. @param {number} predictor 1 to 7 @param {number} a left @param {number} b above @param {number} c left of that */
function predict(predictor, a, b, c) {
  switch (predictor) {
    case 1: return a;
    case 2: return b;
    case 3: return c;
    case 4: return a + b - c;
    case 5: return a + ((b - c) >> 1);
    case 6: return b + ((a - c) >> 1);
    default: return (a + b) >> 1;
  }
}

/**
 * One scan, its components interleaved.
 * @param {Bits} bits @param {{ parts: Part[], tables: Uint16Array[], predictor: number, shift: number, restart: number }} scan
 * @param {{ width: number, height: number, components: number, precision: number }} frame
 * @param {Uint8Array | Uint16Array} out
 */
function readScan(bits, { parts, tables, predictor, shift, restart }, { width, height, components, precision }, out) {
  const up = width * components;
  const initial = 2 ** (precision - shift - 1);
  const rows = restart > 0 ? restart / width : height; // in an interval
  for (let y = 0; y < height; y++) {
    const first = y % rows === 0; // nothing above is known
    if (first && y > 0) bits.restart((y / rows - 1) % 8);
    for (let x = 0; x < width; x++) {
      for (const { table, out: sample } of parts) {
        const at = (y * width + x) * components + sample;
        let expected;
        if (first) expected = x === 0 ? initial : out[at - components];
        else if (x === 0) expected = out[at - up];
        else expected = predict(predictor, out[at - components], out[at - up], out[at - up - components]);
        out[at] = (expected + bits.difference(tables[table])) & 0xffff;
      }
    }
    if (bits.missing > 0 && bits.overdrawn()) throw damaged('it is cut off');
  }
}

/**
 * @param {import('./codestream.js').Codestream} stream of process 0xc3
 * @param {Uint8Array | Uint16Array} out height * width * components cells
 */
export function decodeJpegLossless(stream, out) {
  const { bytes, width, components, precision } = stream;
  if (precision < 2 || precision > 16 || precision > out.BYTES_PER_ELEMENT * 8) throw damaged(`it has ${precision} bits`);
  /** @type {Uint16Array[]} */
  const tables = [];
  /** @type {number[]} */
  let ids = [];
  const done = new Set();
  let [at, restart, shift] = [2, 0, 0];
  while (done.size < components) {
    while (at < bytes.length && (bytes[at] !== 0xff || bytes[at + 1] === 0 || bytes[at + 1] === 0xff)) at++;
    const marker = bytes[at + 1];
    if (marker === undefined || marker === 0xd9) throw damaged('a component is missing');
    const end = at + 2 + bytes[at + 2] * 256 + bytes[at + 3];
    if (!(end <= bytes.length)) throw damaged('it is cut off');
    const part = bytes.subarray(at + 4, end);
    if (marker === 0xc4) {
      for (let i = 0; i + 17 <= part.length;) {
        const counts = part.subarray(i + 1, i + 17);
        const n = counts.reduce((sum, c) => sum + c, 0);
        if (i + 17 + n > part.length || part[i] > 3) throw damaged('its code table is none');
        tables[part[i]] = huffmanTable(counts, part.subarray(i + 17, i + 17 + n));
        i += 17 + n;
      }
    } else if (marker === 0xdd) restart = part[0] * 256 + part[1];
    else if (marker === 0xc3) {
      if (part.length < 6 + 3 * components) throw damaged('its header is cut off');
      ids = Array.from({ length: components }, (_, i) => part[6 + 3 * i]);
      if (new Set(ids).size < components || ids.some((_, i) => components > 1 && part[7 + 3 * i] !== 0x11)) throw damaged('its components are of different sizes');
    } else if (marker === 0xda) {
      const n = part[0];
      if (!(n >= 1 && n <= 4) || part.length < 4 + 2 * n) throw damaged('a scan\'s header is cut off');
      const parts = Array.from({ length: n }, (_, i) => ({ id: part[1 + 2 * i], table: part[2 + 2 * i] >> 4, out: ids.indexOf(part[1 + 2 * i]) }));
      for (const { id, table, out: index } of parts) {
        if (index < 0 || done.has(id) || !tables[table]) throw damaged('a scan names what is not there');
        done.add(id);
      }
      const [predictor, transform] = [part[1 + 2 * n], part[3 + 2 * n] & 15];
      if (predictor < 1 || predictor > 7 || transform >= precision || (done.size > n && transform !== shift)) throw damaged('a scan\'s header is none');
      if (restart % width !== 0) throw damaged('its restarts are not at the beginning of rows');
      shift = transform;
      const bits = new Bits(bytes, end);
      readScan(bits, { parts, tables, predictor, shift, restart }, stream, out);
      at = bits.at;
      continue;
    } else if (marker >= 0xd0 && marker <= 0xd8) {
      at += 2;
      continue;
    }
    at = end;
  }
  const mask = 2 ** precision - 1;
  for (let i = 0; i < out.length; i++) out[i] = (out[i] << shift) & mask;
}
