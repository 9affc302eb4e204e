// The pictures of the parity check, as one pack (its form: tests/parity/model_check.h): 16 drawn ones that every target sees, then
// 624 X-rays (PneumoniaMNIST's test set, where the data is there, else drawn ones too), then the demo's encoded samples.
//
//     node scripts/parity-inputs.mjs [PACK]            all, into build/parity/images.bin
//     node scripts/parity-inputs.mjs --drawn PACK      the first 16 only, for boards
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { unzipSync } from 'fflate';
import { dataDir } from './data.mjs';
import { filesUnder } from './process.mjs';
import { isEntry, main, root } from './setup.mjs';

/** How many pictures every target sees, and how many only the fast ones. */
const DRAWN = 16;
const MORE = 624;

/** @typedef {{ kind: 0 | 1, width: number, height: number, channels: number, data: Uint8Array }} Picture kind 1: a file */

/** Numbers in [0, limit) that are the same everywhere: xorshift32. @param {number} seed */
function generator(seed) {
  let x = seed | 0;
  return (/** @type {number} */ limit) => {
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    return (x >>> 0) % limit;
  };
}

/**
 * Something like a picture: a slope of light, soft ellipses, noise. Integers only.
 * @param {number} index
 * @returns {Picture}
 */
function draw(index) {
  const below = generator(0x9e3779b9 ^ Math.imul(index + 1, 0x85ebca6b));
  for (let i = 0; i < 8; i++) below(1); // neighbouring seeds begin alike
  const width = 20 + below(77);
  const height = 20 + below(77);
  const channels = index % 2 === 0 ? 1 : 3;
  const [base, right, down] = [40 + below(100), below(121) - 60, below(121) - 60];
  const ellipses = Array.from({ length: 2 + below(4) }, () => ({
    x: below(width),
    y: below(height),
    rx: 4 + below(width >> 1),
    ry: 4 + below(height >> 1),
    light: below(161) - 80,
  }));
  const tint = [0, below(9) - 4, below(9) - 4];
  const noise = 2 + below(20);

  const data = new Uint8Array(width * height * channels);
  for (let y = 0, at = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      let value = base + Math.trunc((right * x) / width) + Math.trunc((down * y) / height);
      for (const e of ellipses) {
        // 256 at the centre, 0 at the rim.
        const inside = 256 - Math.trunc((256 * (x - e.x) ** 2) / e.rx ** 2) - Math.trunc((256 * (y - e.y) ** 2) / e.ry ** 2);
        if (inside > 0) value += (e.light * inside) >> 8;
      }
      value += below(noise) - (noise >> 1);
      for (let c = 0; c < channels; c++) data[at++] = Math.max(0, Math.min(255, value + tint[c]));
    }
  }
  return { kind: 0, width, height, channels, data };
}

/**
 * The pictures of a NumPy array, uint8 [n][height][width].
 * @param {Uint8Array} npy
 * @returns {Picture[]}
 */
function picturesOf(npy) {
  const view = new DataView(npy.buffer, npy.byteOffset, npy.byteLength);
  const wide = npy[6] >= 2; // version 1 has a 16-bit header length
  const start = (wide ? 12 : 10) + (wide ? view.getUint32(8, true) : view.getUint16(8, true));
  const header = new TextDecoder('latin1').decode(npy.subarray(10, start));
  const shape = /'descr': '\|u1', 'fortran_order': False, 'shape': \((\d+), (\d+), (\d+)\)/.exec(header);
  if (!shape) throw new Error(`an array of another form: ${header.trim()}`);
  const [n, height, width] = shape.slice(1).map(Number);
  if (npy.length !== start + n * height * width) throw new Error('an array that ends early');
  return Array.from({ length: n }, (_, i) => ({
    kind: 0,
    width,
    height,
    channels: 1,
    data: npy.subarray(start + i * height * width, start + (i + 1) * height * width),
  }));
}

/** @returns {Picture[]} */
function xrays() {
  const folder = dataDir();
  const path = folder && join(folder, 'medmnist/pneumoniamnist.npz');
  if (!path || !existsSync(path)) return Array.from({ length: MORE }, (_, i) => draw(DRAWN + i));
  const pictures = picturesOf(unzipSync(readFileSync(path), { filter: ({ name }) => name === 'test_images.npy' })['test_images.npy']);
  if (pictures.length !== MORE) throw new Error(`${path} has ${pictures.length} test pictures, not ${MORE}`);
  return pictures;
}

/** @returns {Picture[]} */
function samples() {
  return filesUnder(['demo/samples'], /\.(png|jpg)$/).map((path) => ({ kind: 1, width: 0, height: 0, channels: 0, data: readFileSync(join(root, path)) }));
}

/** @param {Picture[]} pictures */
function pack(pictures) {
  const word = (/** @type {number[]} */ ...values) => {
    const bytes = Buffer.alloc(4 * values.length);
    values.forEach((value, i) => bytes.writeUInt32LE(value, 4 * i));
    return bytes;
  };
  return Buffer.concat([
    Buffer.from('BDSPACK1'),
    word(pictures.length),
    ...pictures.flatMap(({ kind, width, height, channels, data }) => [
      word(kind, width, height, channels, data.length),
      data,
      Buffer.alloc(-data.length & 3),
    ]),
  ]);
}

/** Writes the pack. @param {string} path @param {boolean} [drawnOnly] @returns {number} how many pictures */
export function writePack(path, drawnOnly = false) {
  const drawn = Array.from({ length: DRAWN }, (_, i) => draw(i));
  const pictures = drawnOnly ? drawn : [...drawn, ...xrays(), ...samples()];
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, pack(pictures));
  return pictures.length;
}

if (isEntry(import.meta.url)) {
  await main(() => {
    const [first, second] = process.argv.slice(2);
    if (first === '--drawn') writePack(resolve(second), true);
    else console.log(`${writePack(resolve(first ?? join(root, 'build/parity/images.bin')))} pictures`);
  });
}
