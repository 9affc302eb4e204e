// Fills the weights into the networks that export.py wrote without them: seeded noise, the same everywhere, of a size that keeps
// signals at one level (He et al. 2015). An ONNX file is a protobuf: the few fields that are needed are read and written here.
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';

/** Numbers of splitmix64 (Steele, Lea and Flood 2014), as floats in [0, 1). */
export class Noise {
  #state;

  /** @param {string} seed */
  constructor(seed) {
    this.#state = 0xcbf29ce484222325n;
    for (const byte of Buffer.from(seed)) this.#state = BigInt.asUintN(64, (this.#state ^ BigInt(byte)) * 0x100000001b3n); // FNV-1a
    // Two 32-bit halves, mixed without BigInt from here on: a hundred megabytes of weights want speed.
    this.a = Number(this.#state & 0xffffffffn) | 0;
    this.b = Number(this.#state >> 32n) | 0;
  }

  /** xorshift64 in two halves (Marsaglia 2003, the triple 13, 7, 17 replaced by the 32-bit multiply below): uniform in [0, 1). */
  next() {
    this.a = (this.a + 0x9e3779b9) | 0;
    let t = this.a ^ this.b;
    t = Math.imul(t ^ (t >>> 16), 0x85ebca6b);
    t = Math.imul(t ^ (t >>> 13), 0xc2b2ae35);
    t ^= t >>> 16; // the finaliser of MurmurHash3 (Appleby)
    return (t >>> 0) / 4294967296;
  }

  /** About normal, mean 0, variance 1: the sum of four uniform numbers. */
  normal() {
    return (this.next() + this.next() + this.next() + this.next() - 2) * Math.sqrt(3);
  }
}

/** @param {Buffer} bytes @param {number} at @returns {[number, number]} value, next */
function varint(bytes, at) {
  let value = 0;
  for (let shift = 1; ; shift *= 128) {
    const byte = bytes[at++];
    value += (byte & 127) * shift;
    if (byte < 128) return [value, at];
  }
}

/** Fields of a message: number, the bytes of the whole field, and of its content. @param {Buffer} bytes */
function* fields(bytes) {
  for (let at = 0; at < bytes.length;) {
    const begin = at;
    let key, length;
    [key, at] = varint(bytes, at);
    let content = at;
    if ((key & 7) === 0) {
      [length, at] = varint(bytes, at);
      yield { number: key >>> 3, whole: bytes.subarray(begin, at), content: bytes.subarray(content, at), value: length };
    } else {
      if ((key & 7) === 2) [length, content] = varint(bytes, at);
      else length = (key & 7) === 5 ? 4 : 8;
      at = content + length;
      yield { number: key >>> 3, whole: bytes.subarray(begin, at), content: bytes.subarray(content, at), value: 0 };
    }
  }
}

/** @param {number} value */
function encode(value) {
  const out = [];
  for (; value > 127; value = Math.floor(value / 128)) out.push((value % 128) | 128);
  return Buffer.from([...out, value]);
}

/** A field of bytes. @param {number} number @param {Buffer[]} parts */
function field(number, parts) {
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  return [encode(number * 8 + 2), encode(length), ...parts];
}

/** Numbers one after the other. @param {Buffer} bytes */
function packed(bytes) {
  const out = [];
  for (let at = 0; at < bytes.length;) {
    const [value, next] = varint(bytes, at);
    out.push(value);
    at = next;
  }
  return out;
}

/** @param {Buffer} tensor a TensorProto */
function describe(tensor) {
  /** @type {number[]} */
  const dims = [];
  let type = 0, name = '', has = false;
  for (const f of fields(tensor)) {
    if (f.number === 1 && f.whole[0] === 8) dims.push(f.value);
    else if (f.number === 1) dims.push(...packed(f.content));
    else if (f.number === 2) type = f.value;
    else if (f.number === 8) name = f.content.toString();
    else if (f.number >= 4 && f.number <= 10) has = true;
  }
  return { dims, type, name, has, count: dims.reduce((product, dim) => product * dim, 1) };
}

/** The numbers of one initialiser. @param {string} seed @param {string} name @param {number[]} dims @param {number} count */
function numbers(seed, name, dims, count) {
  const noise = new Noise(`${seed}/${name}`);
  const values = new Float32Array(count);
  const fan = dims.length > 1 ? (dims.length === 2 ? Math.max(...dims) : count / dims[0]) : 0;
  const [mean, spread] = /running_var/.test(name) ? [1, 0.2] : /norm.*weight|bn.*weight/.test(name) && !fan ? [1, 0.1] : [0, fan ? Math.sqrt(2 / fan) : 0.05];
  for (let i = 0; i < count; i++) values[i] = mean + spread * noise.normal();
  return Buffer.from(values.buffer);
}

/**
 * @param {Buffer} skeleton an ONNX file whose large float initialisers have no data
 * @param {string} seed
 */
export function fill(skeleton, seed) {
  const out = [];
  for (const f of fields(skeleton)) {
    if (f.number !== 7) {
      out.push(f.whole);
      continue;
    }
    const graph = [];
    for (const g of fields(f.content)) {
      const { dims, type, name, has, count } = g.number === 5 ? describe(g.content) : { dims: [], type: 0, name: '', has: true, count: 0 };
      if (has || type !== 1 || count === 0) graph.push(g.whole);
      else graph.push(...field(5, [g.content, ...field(9, [numbers(seed, name, dims, count)])]));
    }
    out.push(...field(7, graph));
  }
  return Buffer.concat(out);
}

/** A network of networks/, filled. @param {string} name such as "resnet50.script" */
export const network = (name) => fill(gunzipSync(readFileSync(new URL(`networks/${name}.onnx.gz`, import.meta.url))), name.split('.')[0]);

/** A float32 array as .npy. @param {number[]} shape @param {Float32Array} values */
export function npy(shape, values) {
  const text = `{'descr': '<f4', 'fortran_order': False, 'shape': (${shape.join(', ')},), }`;
  const header = `${text.padEnd(Math.ceil((text.length + 11) / 64) * 64 - 11)}\n`;
  const length = Buffer.alloc(2);
  length.writeUInt16LE(header.length);
  return Buffer.concat([Buffer.from('\x93NUMPY\x01\0', 'latin1'), length, Buffer.from(header), Buffer.from(values.buffer, values.byteOffset, values.byteLength)]);
}

/** The float32 values of a .npy file. @param {Buffer} bytes */
export function values(bytes) {
  const at = 10 + bytes.readUInt16LE(8);
  return new Float32Array(bytes.buffer.slice(bytes.byteOffset + at, bytes.byteOffset + bytes.length));
}

/** Inputs that look a little like pictures: smooth waves and noise, about normalised. @param {string} seed @param {number[]} shape [samples, channels, ...] */
export function inputs(seed, shape) {
  const count = shape.reduce((product, dim) => product * dim, 1);
  const width = shape[shape.length - 1];
  const out = new Float32Array(count);
  const noise = new Noise(seed);
  const plane = count / (shape[0] * shape[1]);
  for (let i = 0; i < count;) {
    const [fx, fy, phase, level] = [noise.next() * 0.4, noise.next() * 0.4, noise.next() * 6, noise.next() - 0.5];
    for (let p = 0; p < plane; p++, i++) {
      const wave = ((fx * (p % width) + fy * Math.floor(p / width) + phase) % 4) - 2; // a saw tooth: no sines, which differ from machine to machine
      out[i] = level + 0.8 * (Math.abs(wave) - 1) + 0.3 * noise.normal();
    }
  }
  return out;
}
