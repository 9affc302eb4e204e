// Writes a small float network as ONNX, and labelled pictures as .npz, for the tests of the program: no trained model and no data set
// are needed. The network: 3x3 convolution, ReLU, global mean, two logits; bright pictures are "bright", dark ones "dark".
import { zipSync } from 'fflate';

/** @param {number} value */
function varint(value) {
  const bytes = [];
  for (let rest = value; ; rest = Math.floor(rest / 128)) {
    if (rest < 128) return Buffer.from([...bytes, rest]);
    bytes.push((rest % 128) + 128);
  }
}

/** A protobuf field: a number as varint, everything else with its length. @param {number} id @param {number | string | Uint8Array} value */
function field(id, value) {
  if (typeof value === 'number') return Buffer.concat([varint(id * 8), varint(value)]);
  const bytes = Buffer.from(value);
  return Buffer.concat([varint(id * 8 + 2), varint(bytes.length), bytes]);
}
const message = (/** @type {Buffer[]} */ ...fields) => Buffer.concat(fields);

/** @param {string} name @param {number[]} dims @param {number[]} values */
const tensor = (name, dims, values) =>
  message(...dims.map((d) => field(1, d)), field(2, 1), field(8, name), field(9, new Uint8Array(Float32Array.from(values).buffer)));

/** @param {string} name @param {number[]} dims */
const valueInfo = (name, dims) =>
  message(field(1, name), field(2, field(1, message(field(1, 1), field(2, message(...dims.map((d) => field(1, field(1, d)))))))));

const ints = (/** @type {string} */ name, /** @type {number[]} */ values) => field(5, message(field(1, name), ...values.map((v) => field(8, v)), field(20, 7)));
const int = (/** @type {string} */ name, /** @type {number} */ value) => field(5, message(field(1, name), field(3, value), field(20, 2)));

/** @param {string} type @param {string[]} inputs @param {string} output @param {Buffer[]} attributes */
const node = (type, inputs, output, ...attributes) =>
  message(...inputs.map((i) => field(1, i)), field(2, output), field(3, output), field(4, type), ...attributes);

/** @param {{ size?: number, lastOp?: string }} [options] lastOp: instead of Gemm, for operators that nobody has */
export function tinyOnnx({ size = 12, lastOp = 'Gemm' } = {}) {
  const kernel = new Array(36).fill(0);
  kernel[4] = 1; // what is brighter than the middle
  kernel[13] = -1; // what is darker
  kernel.fill(1 / 9, 18, 27);
  kernel.fill(-1 / 9, 27, 36);
  const graph = message(
    field(1, node('Conv', ['image', 'k', 'b'], 'c', ints('kernel_shape', [3, 3]), ints('pads', [1, 1, 1, 1]))),
    field(1, node('Relu', ['c'], 'r')),
    field(1, node('GlobalAveragePool', ['r'], 'p')),
    field(1, node('Flatten', ['p'], 'f')),
    field(1, node(lastOp, ['f', 'w', 'v'], 'logits', int('transB', 1))),
    field(2, 'tiny'),
    field(5, tensor('k', [4, 1, 3, 3], kernel)),
    field(5, tensor('b', [4], [0, 0, 0.1, 0.1])),
    field(5, tensor('w', [2, 4], [-2, 2, -1, 1, 2, -2, 1, -1])),
    field(5, tensor('v', [2], [0.05, -0.05])),
    field(11, valueInfo('image', [1, 1, size, size])),
    field(12, valueInfo('logits', [1, 2])),
  );
  return message(field(1, 8), field(2, 'tests'), field(7, graph), field(8, message(field(1, ''), field(2, 13))));
}

/** A network that marks what is bright, shaped as a small U: a convolution with stride, DepthToSpace, a skip by Concat. @param {number} size even */
export function tinyMaskOnnx(size = 16) {
  const mean = new Array(36).fill(0); // of 9 pixels, and what is under 0 of it
  mean.fill(1 / 9, 0, 9);
  mean.fill(-1 / 9, 9, 18);
  mean[22] = 1; // the middle
  mean[31] = -1;
  const each = Array.from({ length: 144 }, (_, i) => (Math.floor(i / 36) === Math.floor(i / 9) % 4 ? 1 / 9 : 0)); // [4][4][3][3]
  const spread = Array.from({ length: 64 }, (_, i) => (Math.floor(i / 4) % 4 === i % 4 ? 1 : 0)); // [16][4]
  const graph = message(
    field(1, node('Conv', ['image', 'k', 'b'], 'c', ints('kernel_shape', [3, 3]), ints('pads', [1, 1, 1, 1]))),
    field(1, node('Relu', ['c'], 'skip')),
    field(1, node('Conv', ['skip', 'd'], 'e', ints('kernel_shape', [3, 3]), ints('pads', [1, 1, 1, 1]), ints('strides', [2, 2]))),
    field(1, node('Relu', ['e'], 'deep')),
    field(1, node('Conv', ['deep', 's'], 'f', ints('kernel_shape', [1, 1]))),
    field(1, node('DepthToSpace', ['f'], 'up', int('blocksize', 2))),
    field(1, node('Concat', ['up', 'skip'], 'both', int('axis', 1))),
    field(1, node('Conv', ['both', 'w', 'v'], 'logits', ints('kernel_shape', [1, 1]))),
    field(2, 'tiny mask'),
    field(5, tensor('k', [4, 1, 3, 3], mean)),
    field(5, tensor('b', [4], [0, 0, 0.1, 0.1])),
    field(5, tensor('d', [4, 4, 3, 3], each)),
    field(5, tensor('s', [16, 4, 1, 1], spread)),
    field(5, tensor('w', [1, 8, 1, 1], [1, -1, 0, 0, 2, -2, 0.2, -0.2])),
    field(5, tensor('v', [1], [-0.5])),
    field(11, valueInfo('image', [1, 1, size, size])),
    field(12, valueInfo('logits', [1, 1, size, size])),
  );
  return message(field(1, 8), field(2, 'tests'), field(7, graph), field(8, message(field(1, ''), field(2, 13))));
}

/**
 * A convolution, one with weights of the caller's and a batch norm behind it, and two logits.
 * @param {number[]} weights [8][4][3][3] @param {{gamma: number[], beta: number[], mean: number[], variance: number[]}} norm of 8 channels
 */
export function normedOnnx(weights, { gamma, beta, mean, variance }) {
  const wave = (/** @type {number} */ n, /** @type {number} */ f) => Array.from({ length: n }, (_, i) => Math.sin(i * f) / 2);
  const graph = message(
    field(1, node('Conv', ['image', 'k', 'b'], 'c', ints('kernel_shape', [3, 3]), ints('pads', [1, 1, 1, 1]))),
    field(1, node('Relu', ['c'], 'first')),
    field(1, node('Conv', ['first', 'w'], 'd', ints('kernel_shape', [3, 3]), ints('pads', [1, 1, 1, 1]))),
    field(1, node('BatchNormalization', ['d', 'gamma', 'beta', 'mean', 'variance'], 'n')),
    field(1, node('Relu', ['n'], 'second')),
    field(1, node('GlobalAveragePool', ['second'], 'p')),
    field(1, node('Flatten', ['p'], 'f')),
    field(1, node('Gemm', ['f', 'v', 'u'], 'logits', int('transB', 1))),
    field(2, 'normed'),
    field(5, tensor('k', [4, 1, 3, 3], wave(36, 1.7))),
    field(5, tensor('b', [4], wave(4, 0.9))),
    field(5, tensor('w', [8, 4, 3, 3], weights)),
    ...Object.entries({ gamma, beta, mean, variance }).map(([name, values]) => field(5, tensor(name, [8], values))),
    field(5, tensor('v', [2, 8], wave(16, 2.3))),
    field(5, tensor('u', [2], [0.05, -0.05])),
    field(11, valueInfo('image', [1, 1, 12, 12])),
    field(12, valueInfo('logits', [1, 2])),
  );
  return message(field(1, 8), field(2, 'tests'), field(7, graph), field(8, message(field(1, ''), field(2, 13))));
}

/** A network of two inputs of four values and two outputs: their sum and their difference. */
export function sumAndDifference() {
  const graph = message(
    field(1, node('Add', ['a', 'b'], 'sum')),
    field(1, node('Sub', ['a', 'b'], 'difference')),
    field(2, 'sums'),
    ...['a', 'b'].map((name) => field(11, valueInfo(name, [1, 4]))),
    ...['sum', 'difference'].map((name) => field(12, valueInfo(name, [1, 4]))),
  );
  return message(field(1, 8), field(2, 'tests'), field(7, graph), field(8, message(field(1, ''), field(2, 13))));
}

export const tinyRecipe = {
  name: 'tiny',
  title: 'Brightness',
  labels: ['dark', 'bright'],
  positive: 1,
  input: { width: 12, height: 12, channels: 1, crop: 'center-square', mean: [0.5], std: [0.25] },
  output: { activation: 'softmax' },
  licence: 'MIT',
  citation: ['Nobody, nowhere.', 'Nor here.'],
  intended_use: 'Tests.',
  limits: ['Sees brightness only.'],
};

/** .npy of bytes. @param {number[]} shape @param {Uint8Array} data */
function npy(shape, data) {
  const text = `{'descr': '|u1', 'fortran_order': False, 'shape': (${shape.join(', ')}${shape.length === 1 ? ',' : ''}), }`;
  const padded = text.padEnd(Math.ceil((text.length + 11) / 64) * 64 - 11) + '\n';
  const head = Buffer.from('\x93NUMPY\x01\0\0\0', 'latin1');
  head.writeUInt16LE(padded.length, 8);
  return Buffer.concat([head, Buffer.from(padded, 'latin1'), data]);
}

/** Pictures of a split: noisy, so that some lie on the wrong side. @param {number} count @param {number} seed @param {number} size */
export function tinyPictures(count, seed, size = 12) {
  let state = seed;
  const random = () => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0) / 2 ** 32;
  const pixels = new Uint8Array(count * size * size);
  const labels = new Uint8Array(count);
  for (let i = 0; i < count; i++) {
    labels[i] = random() < 0.6 ? 1 : 0;
    const level = 128 + (labels[i] ? 16 : -16) + (random() + random() + random() - 1.5) * 40;
    for (let k = 0; k < size * size; k++) pixels[i * size * size + k] = Math.max(0, Math.min(255, level + (random() - 0.5) * 80));
  }
  return { count, size, pixels, labels };
}

/** @param {Record<string, ReturnType<typeof tinyPictures>>} splits */
export function npz(splits) {
  /** @type {Record<string, Uint8Array>} */
  const files = {};
  for (const [name, { count, size, pixels, labels }] of Object.entries(splits)) {
    files[`${name}_images.npy`] = npy([count, size, size], pixels);
    files[`${name}_labels.npy`] = npy([count, 1], labels);
  }
  return zipSync(files, { mtime: '2000-01-01' });
}

/** An .npz of .npy files. @param {Record<string, Uint8Array>} arrays */
export const npzOf = (arrays) => zipSync(Object.fromEntries(Object.entries(arrays).map(([name, bytes]) => [`${name}.npy`, bytes])), { mtime: '2000-01-01' });
