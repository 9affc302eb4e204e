// ONNX Runtime Web, WebAssembly, one thread, on the same network in ONNX's form.
import { fetchBytes } from '../load.mjs';

/** @param {import('../race.mjs').Request} request */
export async function open({ files, port, quantised }) {
  const bytes = fetchBytes(files.onnx); // while the library comes
  const ort = await import('onnxruntime-web/wasm');
  ort.env.wasm.numThreads = 1;
  ort.env.wasm.wasmPaths = '/node_modules/onnxruntime-web/dist/';
  const session = await ort.InferenceSession.create(await bytes, { executionProviders: ['wasm'], graphOptimizationLevel: 'all' });
  const [[input], [output]] = [session.inputNames, session.outputNames];
  return {
    run: async (/** @type {any} */ data) => (await session.run({ [input]: new ort.Tensor(/** @type {any} */ (port.type), data, port.dims) }))[output].data,
    real: (/** @type {any} */ values) => Array.from(values, (/** @type {number} */ value) => (values instanceof Float32Array ? value : (value - quantised.zeroPoint) * quantised.scale)),
    note: 'MLAS',
  };
}
