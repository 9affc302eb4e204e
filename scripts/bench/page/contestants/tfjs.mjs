// TensorFlow.js in float32, its WebAssembly backend, one thread: the same network, with the weights as the quantised file has them.
import { addScript, fetchBytes } from '../load.mjs';

/** @param {import('../race.mjs').Request} request */
export async function open({ files, port }) {
  const network = Promise.all([ // while the library comes
    fetch(files.plan).then((response) => response.json()),
    fetchBytes(files.constants).then((bytes) => new Float32Array(bytes.buffer)),
  ]);
  await addScript('/node_modules/@tensorflow/tfjs-core/dist/tf-core.min.js');
  await addScript('/node_modules/@tensorflow/tfjs-backend-wasm/dist/tf-backend-wasm.min.js');
  const { tf } = /** @type {any} */ (globalThis);
  tf.wasm.setWasmPaths('/node_modules/@tensorflow/tfjs-backend-wasm/dist/');
  tf.wasm.setThreadsCount?.(1);
  tf.env().set('WASM_HAS_MULTITHREAD_SUPPORT', false);
  await tf.setBackend('wasm');
  await tf.ready();
  const [plan, constants] = await network;
  /** @param {number[] | undefined} place */
  const constant = (place) => {
    if (!place) return undefined;
    const [at, ...dims] = place;
    return tf.tensor(constants.slice(at, at + dims.reduce((a, b) => a * b, 1)), dims);
  };
  const steps = plan.steps.map((/** @type {any} */ step) => ({ ...step, filter: constant(step.w), bias: constant(step.b) }));
  /** @param {any} step */
  const activation = ({ hi }) => (hi === undefined ? undefined : hi > 1e9 ? 'relu' : 'relu6');
  /** @type {Record<string, (step: any, x: any, y: any) => any>} */
  const act = {
    conv: (s, x) => tf.fused.conv2d({ x, filter: s.filter, strides: s.stride, pad: s.pad, bias: s.bias, activation: activation(s) }),
    depthwise: (s, x) => tf.fused.depthwiseConv2d({ x, filter: s.filter, strides: s.stride, pad: s.pad, bias: s.bias, activation: activation(s) }),
    dense: (s, x) => tf.fused.matMul({ a: x, b: s.filter, bias: s.bias, activation: activation(s) }),
    relu: (s, x) => tf.relu(x),
    clip: (s, x) => tf.clipByValue(x, s.lo, s.hi),
    add: (s, x, y) => tf.add(x, y),
    pool: (s, x) => tf.avgPool(x, s.kernel, s.stride, s.pad),
    reshape: (s, x) => tf.reshape(x, s.dims),
    softmax: (s, x) => tf.softmax(x),
  };
  const { scale, zeroPoint, dims } = plan;
  return {
    run: (/** @type {any} */ data) => {
      const real = port.type === 'float32' ? data : Float32Array.from(data);
      if (port.type !== 'float32') for (let i = 0; i < real.length; i++) real[i] = (real[i] - zeroPoint) * scale;
      const result = tf.tidy(() => {
        const values = new Map([[plan.input, tf.tensor(real, dims)]]);
        for (const step of steps) values.set(step.out, act[step.op](step, values.get(step.x), values.get(step.y)));
        return values.get(plan.output);
      });
      const output = result.dataSync();
      result.dispose();
      return output;
    },
    real: (/** @type {any} */ output) => Array.from(output),
    note: 'float32, wasm backend',
  };
}
