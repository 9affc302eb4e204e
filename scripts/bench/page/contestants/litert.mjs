// LiteRT.js on the CPU, one thread. Its public interface takes float and uint8 models. It refuses int8 ones, which therefore run
// through the bindings below it: that leaves its own checks out and is the faster way.
import { fetchBytes } from '../load.mjs';

const UINT8 = 3;
const INT8 = 9;

/** @param {import('../race.mjs').Request} request */
export async function open({ files, port, quantised }) {
  const fetched = fetchBytes(files.tflite); // while the library comes
  const core = await import('@litertjs/core');
  const [liteRt, bytes] = await Promise.all([core.loadLiteRt('/node_modules/@litertjs/core/wasm/'), fetched]);
  return port.type === 'int8' ? openBelow(liteRt, bytes, quantised) : openPublic(core, bytes, port, quantised);
}

/** @param {typeof import('@litertjs/core')} core @param {Uint8Array} bytes @param {any} port @param {any} quantised */
async function openPublic({ loadAndCompile, Tensor }, bytes, port, quantised) {
  const model = await loadAndCompile(bytes, { accelerator: 'wasm', cpuOptions: { numThreads: 1 } });
  return {
    run: async (/** @type {any} */ data) => {
      const input = new Tensor(data, port.dims);
      const [result] = await model.run(input);
      const output = result.toTypedArray();
      input.delete();
      result.delete();
      return output;
    },
    real: (/** @type {any} */ output) => Array.from(output, (/** @type {number} */ value) => (output instanceof Uint8Array ? (value - quantised.zeroPoint) * quantised.scale : value)),
    note: 'XNNPACK',
  };
}

/** @param {any} liteRt @param {Uint8Array} bytes @param {any} quantised */
async function openBelow(liteRt, bytes, quantised) {
  const { liteRtWasm: wasm } = liteRt;
  const environment = liteRt.getDefaultEnvironment().liteRtEnvironment;
  const place = wasm._malloc(bytes.length);
  wasm.HEAPU8.set(bytes, place);
  const loaded = wasm.loadModel(environment, place, bytes.length);
  const compiled = await wasm.compileModel(environment, loaded, {
    environment: liteRt.getDefaultEnvironment(), accelerator: 'wasm', cpuOptions: { numThreads: 1 }, gpuOptions: {}, webNNOptions: {},
  });
  const type = loaded.getInputTensorType(0, 0);
  if (![UINT8, INT8].includes(type.elementType().value)) throw new Error('the model takes no bytes');
  const input = wasm.LiteRtTensorBuffer.createManaged(environment, wasm.LiteRtTensorBufferType.HOST_MEMORY, type, type.bytes());
  const { READ, WRITE } = wasm.LiteRtTensorBufferLockMode;
  return {
    run: async (/** @type {Int8Array} */ data) => {
      wasm.HEAPU8.set(new Uint8Array(data.buffer, data.byteOffset, data.length), input.lock(WRITE));
      input.unlock();
      const results = await compiled.run(0, [input]);
      const at = results[0].lock(READ);
      const output = new Int8Array(wasm.HEAPU8.slice(at, at + results[0].packedSize()).buffer);
      results[0].unlock();
      results[0].delete();
      return output;
    },
    real: (/** @type {any} */ output) => Array.from(output, (/** @type {number} */ value) => (value - quantised.zeroPoint) * quantised.scale),
    note: 'XNNPACK, bindings below the public interface',
  };
}
