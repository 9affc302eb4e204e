// What becomes of a model's figure when pictures are worse than those it learned from: blur, contrast, noise, JPEG, rotation, each in several
// strengths, done on the pixels of the data set before the runtime crops and resizes them. Deterministic: no library, constants written out,
// additions in one order.
import { Random } from './random.mjs';

/** @typedef {import('./pixels.mjs').Pixels} Pixels */

const clamp = (/** @type {number} */ v) => (v < 0 ? 0 : v > 255 ? 255 : Math.round(v));

/** @param {Pixels} picture @param {(x: number, y: number, channel: number) => number} value @returns {Pixels} */
function map({ width, height, channels }, value) {
  const pixels = new Uint8Array(width * height * channels);
  for (let y = 0, at = 0; y < height; y++) for (let x = 0; x < width; x++) for (let c = 0; c < channels; c++) pixels[at++] = clamp(value(x, y, c));
  return { pixels, width, height, channels };
}

/** Shrunk by a whole factor (means of squares) while it stays at least this large: photographs would take minutes. @param {Pixels} picture @param {number} width @param {number} height */
export function shrunk(picture, width, height) {
  const factor = Math.floor(Math.min(picture.width / width, picture.height / height));
  if (factor < 2) return picture;
  const { pixels, width: stride, channels } = picture;
  const small = { pixels, width: Math.floor(picture.width / factor), height: Math.floor(picture.height / factor), channels };
  return map(small, (x, y, c) => {
    let sum = 0;
    for (let j = 0; j < factor; j++) for (let i = 0; i < factor; i++) sum += pixels[((y * factor + j) * stride + x * factor + i) * channels + c];
    return sum / factor ** 2;
  });
}

/** A binomial filter of 3 x 3, `times` times over: a Gaussian of sigma sqrt(times / 2) pixels; the edge is repeated. @param {Pixels} picture @param {number} times @returns {Pixels} */
export function blur({ pixels, width, height, channels }, times) {
  const now = Uint8Array.from(pixels);
  const sums = new Uint16Array(now.length);
  const stride = width * channels;
  for (let k = 0; k < times; k++) {
    for (let y = 0; y < height; y++) {
      for (let x = 0, at = y * stride; x < stride; x++, at++) {
        sums[at] = now[x < channels ? at : at - channels] + 2 * now[at] + now[x + channels < stride ? at + channels : at];
      }
    }
    for (let y = 0, at = 0; y < height; y++) {
      const [above, below] = [y > 0 ? stride : 0, y + 1 < height ? stride : 0];
      for (let x = 0; x < stride; x++, at++) now[at] = (sums[at - above] + 2 * sums[at] + sums[at + below] + 8) >> 4;
    }
  }
  return { pixels: now, width, height, channels };
}

/** Distances from the picture's mean, times `percent` / 100. @param {Pixels} picture @param {number} percent */
export function contrast(picture, percent) {
  const { pixels, width, channels } = picture;
  const mean = Math.round(pixels.reduce((sum, v) => sum + v, 0) / pixels.length);
  return map(picture, (x, y, c) => mean + ((pixels[(y * width + x) * channels + c] - mean) * percent) / 100);
}

/** Noise of standard deviation `sigma`, nearly normal: the sum of the four bytes of a random word. @param {Pixels} picture @param {number} sigma @param {number} seed */
export function noisy(picture, sigma, seed) {
  const { pixels, width, channels } = picture;
  const random = new Random(seed);
  // Four numbers in [0, 256): mean 510, variance 4 * (65536 - 1) / 12.
  return map(picture, (x, y, c) => {
    const word = random.next();
    const sum = (word & 255) + ((word >>> 8) & 255) + ((word >>> 16) & 255) + (word >>> 24);
    return pixels[(y * width + x) * channels + c] + ((sum - 510) * sigma) / 147.8;
  });
}

/** Cosine and sine of whole degrees that the curves use. @type {Record<number, [number, number]>} */
const TURNS = { 5: [0.9961946981, 0.0871557427], 10: [0.984807753, 0.1736481777], 20: [0.9396926208, 0.3420201433], 30: [0.8660254038, 0.5], 45: [0.7071067812, 0.7071067812] };

/** Turned about its middle, the edge repeated, interpolated between pixels. @param {Pixels} picture @param {number} degrees */
export function rotate(picture, degrees) {
  const { pixels, width, height, channels } = picture;
  const [cos, sin] = TURNS[degrees];
  const [mx, my] = [(width - 1) / 2, (height - 1) / 2];
  return map(picture, (x, y, c) => {
    const u = Math.min(Math.max(mx + (x - mx) * cos + (y - my) * sin, 0), width - 1);
    const v = Math.min(Math.max(my - (x - mx) * sin + (y - my) * cos, 0), height - 1);
    const [i, j] = [Math.min(Math.floor(u), Math.max(width - 2, 0)), Math.min(Math.floor(v), Math.max(height - 2, 0))];
    const [a, b] = [u - i, v - j];
    const at = (/** @type {number} */ dx, /** @type {number} */ dy) => pixels[(Math.min(j + dy, height - 1) * width + Math.min(i + dx, width - 1)) * channels + c];
    return (at(0, 0) * (1 - a) + at(1, 0) * a) * (1 - b) + (at(0, 1) * (1 - a) + at(1, 1) * a) * b;
  });
}

// JPEG without its lossless half: what a picture loses is lost when the coefficients of 8 x 8 blocks are divided and rounded.
// Tables of ITU-T T.81, annex K.
const LUMA = [
  16, 11, 10, 16, 24, 40, 51, 61, 12, 12, 14, 19, 26, 58, 60, 55, 14, 13, 16, 24, 40, 57, 69, 56, 14, 17, 22, 29, 51, 87, 80, 62,
  18, 22, 37, 56, 68, 109, 103, 77, 24, 35, 55, 64, 81, 104, 113, 92, 49, 64, 78, 87, 103, 121, 120, 101, 72, 92, 95, 98, 112, 100, 103, 99,
];
const CHROMA = [
  17, 18, 24, 47, 99, 99, 99, 99, 18, 21, 26, 66, 99, 99, 99, 99, 24, 26, 56, 99, 99, 99, 99, 99, 47, 66, 99, 99, 99, 99, 99, 99,
  ...new Array(32).fill(99),
];
/** cos(k * pi / 16) / 2, and 1 / sqrt(8) for k = 0. */
const COS = [0.35355339059, 0.49039264020, 0.46193976626, 0.41573480615, 0.35355339059, 0.27778511651, 0.19134171618, 0.09754516101];
/** At u * 8 + x: of the orthonormal cosine transform of 8 values. */
const BASIS = Float64Array.from({ length: 64 }, (_, i) => {
  const [u, x] = [i >> 3, i & 7];
  if (u === 0) return COS[0];
  const k = ((2 * x + 1) * u) % 32;
  const [folded, sign] = k <= 8 ? [k, 1] : k <= 16 ? [16 - k, -1] : k <= 24 ? [k - 16, -1] : [32 - k, 1];
  return folded === 8 ? 0 : sign * (folded === 0 ? 0.5 : COS[folded]);
});

/** to = B * from * B', or with the transposed basis: there and back. @param {Float64Array} from @param {Float64Array} half @param {Float64Array} to @param {boolean} back */
function transform(from, half, to, back) {
  const [row, step] = back ? [1, 8] : [8, 1];
  for (let y = 0; y < 8; y++) {
    for (let u = 0; u < 8; u++) {
      let sum = 0;
      for (let x = 0; x < 8; x++) sum += from[y * 8 + x] * BASIS[u * row + x * step];
      half[y * 8 + u] = sum;
    }
  }
  for (let v = 0; v < 8; v++) {
    for (let u = 0; u < 8; u++) {
      let sum = 0;
      for (let y = 0; y < 8; y++) sum += half[y * 8 + u] * BASIS[v * row + y * step];
      to[v * 8 + u] = sum;
    }
  }
}

/** One plane of numbers, divided and rounded block by block, the edge repeated. @param {Float64Array} plane @param {number} width @param {number} height @param {number[]} table */
function quantisePlane(plane, width, height, table) {
  const out = new Float64Array(plane.length);
  const [block, half, coefficients] = [new Float64Array(64), new Float64Array(64), new Float64Array(64)];
  for (let top = 0; top < height; top += 8) {
    for (let left = 0; left < width; left += 8) {
      for (let y = 0; y < 8; y++) for (let x = 0; x < 8; x++) block[y * 8 + x] = plane[Math.min(top + y, height - 1) * width + Math.min(left + x, width - 1)] - 128;
      transform(block, half, coefficients, false);
      for (let i = 0; i < 64; i++) coefficients[i] = Math.round(coefficients[i] / table[i]) * table[i];
      transform(coefficients, half, block, true);
      for (let y = 0; y < Math.min(8, height - top); y++) for (let x = 0; x < Math.min(8, width - left); x++) out[(top + y) * width + left + x] = block[y * 8 + x] + 128;
    }
  }
  return out;
}

/** As a JPEG file of this quality (the scale of libjpeg, 4:4:4) would be decoded. @param {Pixels} picture @param {number} quality 1 to 100 */
export function jpeg(picture, quality) {
  const { pixels, width, height, channels } = picture;
  const scale = quality < 50 ? Math.floor(5000 / quality) : 200 - 2 * quality;
  const scaled = (/** @type {number[]} */ table) => table.map((v) => Math.min(255, Math.max(1, Math.floor((v * scale + 50) / 100))));
  const n = width * height;
  const plane = (/** @type {(at: number) => number} */ of) => Float64Array.from({ length: n }, (_, i) => of(i * channels));
  if (channels < 3) {
    const y = quantisePlane(plane((at) => pixels[at]), width, height, scaled(LUMA));
    return map(picture, (px, py, c) => (c === 0 ? y[py * width + px] : pixels[(py * width + px) * channels + c]));
  }
  const [r, g, b] = [0, 1, 2].map((c) => (/** @type {number} */ at) => pixels[at + c]);
  const luma = quantisePlane(plane((at) => 0.299 * r(at) + 0.587 * g(at) + 0.114 * b(at)), width, height, scaled(LUMA));
  const blue = quantisePlane(plane((at) => 128 - 0.168736 * r(at) - 0.331264 * g(at) + 0.5 * b(at)), width, height, scaled(CHROMA));
  const red = quantisePlane(plane((at) => 128 + 0.5 * r(at) - 0.418688 * g(at) - 0.081312 * b(at)), width, height, scaled(CHROMA));
  return map(picture, (px, py, c) => {
    const at = py * width + px;
    if (c === 0) return luma[at] + 1.402 * (red[at] - 128);
    if (c === 1) return luma[at] - 0.344136 * (blue[at] - 128) - 0.714136 * (red[at] - 128);
    return c === 2 ? luma[at] + 1.772 * (blue[at] - 128) : pixels[at * channels + 3];
  });
}

/**
 * The curves: a name, the strengths from nothing on, and what is done to picture number i.
 * @type {{ name: string, unit: string, strengths: number[], change: (picture: Pixels, strength: number, i: number) => Pixels }[]}
 */
export const SHIFTS = [
  { name: 'blur', unit: 'times 3x3', strengths: [1, 2, 4, 8], change: blur },
  { name: 'contrast', unit: '%', strengths: [150, 70, 50, 30], change: contrast },
  { name: 'noise', unit: 'sigma', strengths: [5, 10, 20, 40], change: noisy },
  { name: 'jpeg', unit: 'quality', strengths: [50, 25, 10, 5], change: jpeg },
  { name: 'rotation', unit: 'degrees', strengths: [5, 10, 20, 45], change: rotate },
];
