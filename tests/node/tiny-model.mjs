// Writes a small .bds model, straight from docs/format.md: an implementation of the format apart from the compiler's, so that the
// tests of the runtime need no trained model. The network: 3x3 convolution, global mean, two logits; bright pictures are "bright",
// dark ones "dark".
import { createHash } from 'node:crypto';

const NONE = 0xffffffff;
const [INT8, INT16, INT32, UINT16] = [1, 2, 3, 4];
const [CONV, FULLY_CONNECTED, AVG_POOL] = [1, 3, 7];

/** CRC-32C, one bit at a time. @param {Uint8Array} bytes */
export function crc32c(bytes) {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let i = 0; i < 8; i++) crc = (crc >>> 1) ^ (crc & 1 ? 0x82f63b78 : 0);
  }
  return ~crc >>> 0;
}

/** @param {Uint8Array} bytes */
export const sha256 = (bytes) => createHash('sha256').update(bytes).digest('hex');

const align = (/** @type {number} */ n, /** @type {number} */ to) => Math.ceil(n / to) * to;

/** Brings CRC and SHA-256 of a changed file up to date. @param {Buffer} file */
export function seal(file) {
  createHash('sha256').update(file.subarray(64)).digest().copy(file, 32);
  file.writeUInt32LE(0, 20);
  file.writeUInt32LE(crc32c(file), 20);
  return file;
}

/** Records of 16-bit and 32-bit fields: [bits, value]. @param {[8 | 16 | 32, number][]} fields */
function record(fields) {
  const out = Buffer.alloc(fields.reduce((n, [bits]) => n + bits / 8, 0));
  let at = 0;
  for (const [bits, value] of fields) {
    if (bits === 8) out.writeUInt8(value, at);
    else if (bits === 16) out.writeUInt16LE(value & 0xffff, at);
    else out.writeUInt32LE(value >>> 0, at);
    at += bits / 8;
  }
  return out;
}

/** @param {number} value */
function floatBits(value) {
  return new Uint32Array(Float32Array.of(value).buffer)[0];
}

/**
 * @param {{size?: number, name?: string, channels?: 1 | 3, abstainBelow?: number, gateLimit?: number}} [options] size: a power of two;
 * abstainBelow: Q16; gateLimit: Q8, Infinity for no gate
 */
export function tinyModel({ size = 8, name = 'tiny', channels = 1, abstainBelow = 39322, gateLimit = Infinity } = {}) {
  /** @type {Buffer[]} */
  const blobs = [];
  const data = { bytes: 0, parts: /** @type {Buffer[]} */ ([]) };
  /** @param {number} type @param {Int8Array | Int16Array | Int32Array | Uint16Array} values */
  const blob = (type, values) => {
    const bytes = Buffer.from(values.buffer, values.byteOffset, values.byteLength);
    blobs.push(record([[32, data.bytes], [32, bytes.length], [32, values.length], [16, type], [16, 0], [32, 0], [32, 0], [32, 0], [32, 0]]));
    const padded = Buffer.alloc(align(bytes.length, 16));
    bytes.copy(padded);
    data.parts.push(padded);
    data.bytes += padded.length;
    return blobs.length - 1;
  };

  const pixels = size * size;
  const shift = 14 + Math.log2(pixels);
  const kernel = new Int8Array(4 * 9 * channels);
  kernel.fill(64 / channels, 4 * channels, 5 * channels); // the centre
  kernel.fill(-64 / channels, 13 * channels, 14 * channels); // the centre, negated
  kernel.fill(7 / channels, 18 * channels, 27 * channels); // the mean
  for (let c = 0; c < channels; c++) kernel.set([1], (27 + c) * channels); // a corner
  const table = blob(INT8, Int8Array.from({ length: 256 * channels }, (_, i) => (i % 256) - 128));
  const conv = { w: blob(INT8, kernel), b: blob(INT32, new Int32Array(4)), m: blob(INT16, new Int16Array(4).fill(16384)) };
  const mean = blob(INT16, Int16Array.from({ length: pixels }, (_, i) => Math.min(32767, Math.floor(2 ** shift / (i + 1)))));
  const fc = {
    w: blob(INT8, Int8Array.of(-40, 40, -20, 0, 40, -40, 20, 0)),
    b: blob(INT32, new Int32Array(2)),
    m: blob(INT16, new Int16Array(2).fill(32767)),
  };
  const curve = blob(UINT16, Uint16Array.from({ length: 257 }, (_, i) => Math.max(1, Math.round(65535 * Math.exp((-i * 64) / 1500)))));
  const near = (/** @type {number} */ p) => Math.round(65535 * Math.min(1, Math.max(0, p)));
  const interval = blob(UINT16, Uint16Array.from({ length: 2 * 33 * 2 }, (_, i) => near((Math.floor(i / 2) % 33) / 32 + (i % 2 ? 0.08 : -0.08))));
  const gated = gateLimit !== Infinity;
  const gate = gated ? [blob(INT8, new Int8Array(4)), blob(UINT16, new Uint16Array(4).fill(1))] : [NONE, NONE];

  /** @param {number} h @param {number} w @param {number} c @param {number} type @param {number} offset */
  const tensor = (h, w, c, type, offset) => record([[32, 1], [32, h], [32, w], [32, c], [16, type], [16, 0], [32, 0], [32, floatBits(1 / 128)], [32, offset]]);
  /** @param {number} code @param {number} first @param {number} output @param {number} side @param {number} pad @param {number} left @param {number} s @param {number} limit @param {{w: number, b: number, m: number}} x */
  const op = (code, first, output, side, pad, left, s, limit, x) =>
    record([
      [16, code], [16, 1], [32, first], [32, 1], [32, output], [16, side], [16, side], [16, 1], [16, 1], [16, 1], [16, 1],
      [16, pad], [16, pad], [16, pad], [16, pad], [8, left], [8, s], [16, -limit], [16, limit - 1], [16, 0],
      [32, x.w], [32, x.b], [32, x.m], [32, NONE], [32, 0], [32, 0],
    ]);

  const meta = Object.entries({ name, labels: 'dark\nbright', title: 'Brightness', licence: 'MIT', intended_use: 'Tests' });
  let at = meta.length * 16;
  const entries = meta.flatMap(([key, text]) => {
    const [k, t] = [Buffer.byteLength(key), Buffer.byteLength(text)];
    const entry = record([[32, at], [32, k], [32, at + k], [32, t]]);
    at += k + t;
    return [entry];
  });
  const texts = meta.map(([key, text]) => Buffer.from(key + text));

  const end = align(pixels * channels, 16);
  const after = end + align(pixels * 4, 16);
  /** @type {[number, number, Buffer][]} kind, count, bytes */
  const sections = [
    [1, meta.length, Buffer.concat([...entries, ...texts])],
    [2, 1, record([[32, 0], [16, 1], [16, 1], [32, table], [32, 10 * 256]])],
    [3, 4, Buffer.concat([tensor(size, size, channels, INT8, 0), tensor(size, size, 4, INT8, end), tensor(1, 1, 4, INT8, after), tensor(1, 1, 2, INT16, after + 16)])],
    [4, 3, Buffer.concat([
      op(CONV, 0, 1, 3, 1, 0, 20, 128, conv),
      op(AVG_POOL, 1, 2, size, 0, 0, shift, 128, { w: NONE, b: NONE, m: mean }),
      op(FULLY_CONNECTED, 2, 3, 1, 0, 0, 17, 32768, fc),
    ])],
    [5, 4, record([[32, 0], [32, 1], [32, 2], [32, 3]])],
    [6, blobs.length, Buffer.concat(blobs)],
    [7, 0, Buffer.concat(data.parts)],
    [8, 1, record([
      [32, 1], [32, 3], [32, 2], [32, curve], [32, 6], [32, interval], [32, abstainBelow],
      [32, gated ? 2 : NONE], [32, gated ? 1 : 0], [32, gate[0]], [32, gate[1]], [32, gated ? gateLimit : 0],
      [32, 0], [32, 0], [32, 0], [32, 0],
    ])],
  ];

  let size_ = align(64 + sections.length * 16, 64);
  const rows = sections.map(([kind, count, bytes]) => {
    const row = record([[32, kind], [32, size_], [32, bytes.length], [32, count]]);
    size_ = align(size_ + bytes.length, 64);
    return row;
  });
  const file = Buffer.alloc(size_);
  Buffer.from('\x89BDS\r\n\x1a\n', 'latin1').copy(file);
  file.writeUInt16LE(1, 8);
  file.writeUInt32LE(size_, 12);
  file.writeUInt32LE(sections.length, 16);
  Buffer.concat(rows).copy(file, 64);
  sections.forEach(([, , bytes], i) => bytes.copy(file, rows[i].readUInt32LE(4)));
  return new Uint8Array(seal(file));
}
