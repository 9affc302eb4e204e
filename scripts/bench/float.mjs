// Writes a network in floating point, for TensorFlow.js: weights [height, width, in, out], rounding left out.
import { numbersOf } from './network.mjs';

/**
 * One step. `x`, `y`: the values before; `w`, `b`: [place in the constants, ...dims].
 * @typedef {{ op: string, out: number, x: number, y?: number, w?: number[], b?: number[], stride?: number[], pad?: string | number[][], lo?: number, hi?: number, kernel?: number[], dims?: number[] }} Step
 */

/** @param {number[]} dims */
const count = (dims) => dims.reduce((a, b) => a * b, 1);

/**
 * @param {import('./network.mjs').Network} network
 * @returns {{ plan: { input: number, output: number, dims: number[], scale: number, zeroPoint: number, steps: Step[] }, constants: Buffer }}
 */
export function toFloat(network) {
  const { tensors, ops, inputs, outputs } = network;
  /** Real constants, by tensor. @type {Map<number, Float32Array>} */
  const reals = new Map();
  /** Tensors that hold the same values as another. @type {Map<number, number>} */
  const same = new Map();
  const source = (/** @type {number} */ tensor) => same.get(tensor) ?? tensor;
  /** @type {Buffer[]} */
  const parts = [];
  let place = 0;
  /** @param {Float32Array} values @param {number[]} dims */
  const keep = (values, dims) => {
    const at = place;
    parts.push(Buffer.from(values.buffer, values.byteOffset, values.byteLength));
    place += values.length;
    return [at, ...dims];
  };
  const real = (/** @type {number} */ tensor) => reals.get(tensor) ?? Float32Array.from(numbersOf(network, tensor));

  /** Of a constant with one scale, or one for each index of the first axis. @param {import('./network.mjs').Op} op */
  const dequantise = ({ inputs: [x, scale, zero = -1], outputs: [y] }) => {
    const [stored, scales] = [numbersOf(network, x), numbersOf(network, scale)];
    const zeros = zero < 0 ? [0] : numbersOf(network, zero);
    const run = stored.length / scales.length;
    reals.set(y, Float32Array.from(stored, (/** @type {number} */ value, /** @type {number} */ i) => {
      const channel = Math.floor(i / run);
      return (value - zeros[Math.min(channel, zeros.length - 1)]) * scales[channel];
    }));
  };

  /** ONNX's [out, in, height, width] as TensorFlow's. @param {Float32Array} w @param {number[]} dims @param {boolean} depthwise */
  const turned = (w, [m, c, h, width], depthwise) => {
    const to = new Float32Array(w.length);
    for (let i = 0; i < w.length; i++) {
      const [x, y, k, n] = [i % width, Math.floor(i / width) % h, Math.floor(i / (width * h)) % c, Math.floor(i / (width * h * c))];
      to[((y * width + x) * (depthwise ? 1 : c) + k) * m + n] = w[i];
    }
    return keep(to, depthwise ? [h, width, m, 1] : [h, width, c, m]);
  };

  /** @param {import('./network.mjs').Op} op @param {number[]} before height, width */
  const padding = ({ kernel = [], stride = [], pad_begin = [], pad_end = [] }, before) => {
    const all = [...pad_begin, ...pad_end];
    if (all.every((n) => n === 0)) return 'valid';
    const same_ = before.every((n, i) => {
      const total = Math.max(0, (Math.ceil(n / stride[i]) - 1) * stride[i] + kernel[i] - n);
      return pad_begin[i] === Math.floor(total / 2) && pad_end[i] === total - Math.floor(total / 2);
    });
    return same_ ? 'same' : [[0, 0], [pad_begin[0], pad_end[0]], [pad_begin[1], pad_end[1]], [0, 0]];
  };

  /** @type {Step[]} */
  const steps = [];
  let [scale, zeroPoint] = [1, 0];
  for (const op of ops) {
    const [x, w, b] = op.inputs;
    const [out] = op.outputs;
    const dims = tensors[x].dims;
    if (op.op === 'DequantizeLinear' && tensors[x].at !== undefined) dequantise(op);
    else if (op.op === 'DequantizeLinear' || op.op === 'QuantizeLinear') {
      same.set(out, source(x));
      if (x === inputs[0]) [scale, zeroPoint] = [numbersOf(network, w)[0], b === undefined ? 0 : numbersOf(network, b)[0]];
    } else if (op.op === 'Conv') {
      const depthwise = op.group > 1;
      const bias = b === undefined ? undefined : keep(real(b), [tensors[w].dims[0]]);
      steps.push({ op: depthwise ? 'depthwise' : 'conv', out, x: source(x), w: turned(real(w), tensors[w].dims, depthwise), b: bias, stride: op.stride, pad: padding(op, dims.slice(1, 3)) });
    } else if (op.op === 'Gemm') {
      const [m, k] = tensors[w].dims;
      if (op.transpose !== 2) throw new Error('the benchmark writes only dense layers with [out, in] weights');
      steps.push({ op: 'dense', out, x: source(x), w: turned(real(w), [m, k, 1, 1], false).slice(0, 1).concat(k, m), b: keep(real(b), [count(tensors[b].dims)]) });
    } else if (op.op === 'Relu' || op.op === 'Clip') {
      const [lo, hi] = op.op === 'Relu' ? [0, Infinity] : [real(w)[0], real(b)[0]];
      steps.push({ op: lo === 0 && hi === Infinity ? 'relu' : 'clip', out, x: source(x), lo, hi: Math.min(hi, 1e30) });
    } else if (op.op === 'AveragePool') {
      steps.push({ op: 'pool', out, x: source(x), kernel: op.kernel, stride: op.stride, pad: padding(op, dims.slice(1, 3)) });
    } else if (op.op === 'Add') steps.push({ op: 'add', out, x: source(x), y: source(w) });
    else if (op.op === 'Reshape') steps.push({ op: 'reshape', out, x: source(x), dims: tensors[out].dims });
    else if (op.op === 'Softmax') steps.push({ op: 'softmax', out, x: source(x) });
    else throw new Error(`the benchmark does not write ${op.op} in floating point`);
  }
  const plan = { input: inputs[0], output: source(outputs[0]), dims: tensors[inputs[0]].dims, scale, zeroPoint, steps: fuse(steps) };
  return { plan, constants: Buffer.concat(parts) };
}

/** An activation that follows its layer becomes part of it, as TensorFlow's own converter has it. @param {Step[]} steps */
function fuse(steps) {
  /** @type {Step[]} */
  const fused = [];
  for (const step of steps) {
    const before = fused.at(-1);
    const reads = steps.filter(({ x, y }) => x === before?.out || y === before?.out).length;
    const six = step.op === 'clip' && step.lo === 0 && Math.abs((step.hi ?? 0) - 6) < 0.1;
    const can = before && /^(conv|depthwise|dense)$/.test(before.op) && step.x === before.out && reads === 1 && before.hi === undefined;
    if (can && (step.op === 'relu' || six)) Object.assign(before, { out: step.out, lo: 0, hi: step.hi });
    else fused.push({ ...step });
  }
  return fused;
}
