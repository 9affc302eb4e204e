// Writes a network as ONNX, for ONNX Runtime: quantised ones as DequantizeLinear -> operator -> QuantizeLinear, channels first. The one
// transposition stands behind the input. Only what the benchmark's networks have in them.
import { bytesOf, INT64 } from './network.mjs';

/** @typedef {import('./network.mjs').Network} Network */

// ---- Protocol buffers ---------------------------------------------------------------------------------------------------------

/** @param {number} n @returns {number[]} */
const varint = (n) => (n < 128 ? [n] : [(n & 127) | 128, ...varint(Math.floor(n / 128))]);
/** @param {number} field @param {number} n */
const whole = (field, n) => Buffer.from([...varint(field * 8), ...varint(n)]);
/** @param {number} field @param {Uint8Array} bytes */
const bytes = (field, bytes) => Buffer.concat([Buffer.from([...varint(field * 8 + 2), ...varint(bytes.length)]), bytes]);
/** @param {number} field @param {string} value */
const text = (field, value) => bytes(field, Buffer.from(value));
/** @param {number} field @param {...Uint8Array} parts */
const message = (field, ...parts) => bytes(field, Buffer.concat(parts));
/** @param {number} field @param {number} value */
const real = (field, value) => Buffer.concat([Buffer.from(varint(field * 8 + 5)), Buffer.from(Float32Array.of(value).buffer)]);

// ---- ONNX's messages ----------------------------------------------------------------------------------------------------------

const attribute = {
  /** @param {string} name @param {number} n */
  int: (name, n) => message(5, text(1, name), whole(3, n), whole(20, 2)),
  /** @param {string} name @param {number} value */
  float: (name, value) => message(5, text(1, name), real(2, value), whole(20, 1)),
  /** @param {string} name @param {number[]} list */
  ints: (name, list) => message(5, text(1, name), ...list.map((n) => whole(8, n)), whole(20, 7)),
};

/** @param {string} type @param {string[]} inputs @param {string[]} outputs @param {Uint8Array[]} attributes */
const node = (type, inputs, outputs, attributes = []) =>
  message(1, ...inputs.map((name) => text(1, name)), ...outputs.map((name) => text(2, name)), text(3, outputs[0]), text(4, type), ...attributes);

/** @param {string} name @param {number} type @param {number[]} dims @param {Uint8Array} data */
const initializer = (name, type, dims, data) => message(5, ...dims.map((n) => whole(1, n)), whole(2, type), text(8, name), bytes(9, data));

/** @param {number} field @param {string} name @param {number} type @param {number[]} dims */
const value = (field, name, type, dims) =>
  message(field, text(1, name), message(2, message(1, whole(1, type), message(2, ...dims.map((n) => message(1, whole(1, n)))))));

// ---- The network --------------------------------------------------------------------------------------------------------------

/** @param {import('./network.mjs').Op} op */
function windowOf({ kernel = [], stride = [], dilation = [], pad_begin = [], pad_end = [] }, dilates = true) {
  const list = [attribute.ints('kernel_shape', kernel), attribute.ints('strides', stride), attribute.ints('pads', [...pad_begin, ...pad_end])];
  return dilates ? [...list, attribute.ints('dilations', dilation)] : list;
}

/** @type {Record<string, (op: import('./network.mjs').Op) => Uint8Array[]>} */
const attributes = {
  Conv: (op) => [...windowOf(op), attribute.int('group', op.group)],
  AveragePool: (op) => [...windowOf(op, false), attribute.int('count_include_pad', op.mode)],
  Gemm: ({ alpha, beta, transpose }) => [
    attribute.float('alpha', alpha), attribute.float('beta', beta), attribute.int('transA', transpose & 1), attribute.int('transB', transpose >> 1),
  ],
  Softmax: ({ axis }) => [attribute.int('axis', axis)],
  QuantizeLinear: ({ axis }) => [attribute.int('axis', axis)],
  DequantizeLinear: ({ axis }) => [attribute.int('axis', axis)],
  Relu: () => [],
  Clip: () => [],
  Add: () => [],
  Reshape: () => [],
};

/** @param {Network} network @returns {Uint8Array} the .onnx file; its input and output are named as their tensors' numbers */
export function toOnnx(network) {
  const { tensors, ops, inputs, outputs } = network;
  const name = (/** @type {number} */ tensor) => (tensor < 0 ? '' : `t${tensor}`);
  const parts = [];
  const constants = new Set();
  for (const op of ops) {
    if (!attributes[op.op]) throw new Error(`the benchmark does not write ${op.op} as ONNX`);
    const names = op.inputs.map(name);
    for (const index of op.inputs) {
      if (index >= 0 && tensors[index].at !== undefined) constants.add(index);
    }
    if (op.inputs[0] === inputs[0] && tensors[inputs[0]].dims.length === 4) names[0] = 'channels_first';
    if (op.op === 'Reshape') {
      const [before, after] = [tensors[op.inputs[0]].dims, tensors[op.outputs[0]].dims];
      if (before.length === 4 && before[1] * before[2] > 1) throw new Error('the benchmark does not flatten more than one pixel');
      names.push(`${name(op.outputs[0])}_shape`);
      parts.push(initializer(names[1], INT64, [after.length], new Uint8Array(BigInt64Array.from(after, BigInt).buffer)));
    }
    parts.push(node(op.op, names, op.outputs.map(name), attributes[op.op](op)));
  }
  for (const index of constants) parts.push(initializer(name(index), tensors[index].type, tensors[index].dims, bytesOf(network, index)));
  const [input, output] = [tensors[inputs[0]], tensors[outputs[0]]];
  if (input.dims.length === 4) parts.unshift(node('Transpose', [name(inputs[0])], ['channels_first'], [attribute.ints('perm', [0, 3, 1, 2])]));
  const graph = message(7, ...parts, text(2, 'network'), value(11, name(inputs[0]), input.type, input.dims), value(12, name(outputs[0]), output.type, output.dims));
  return Buffer.concat([whole(1, 8), graph, message(8, text(1, ''), whole(2, 15))]);
}
