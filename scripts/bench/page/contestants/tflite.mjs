// tfjs-tflite, one thread: TensorFlow Lite with XNNPACK. The interpreter that its models wrap takes typed arrays of every type, without
// the detour over TensorFlow.js's tensors: the faster way. In an isolated page it would fetch its threaded module and start seven workers for
// a single thread; here it gets the module that an ordinary page gets, which is as fast and starts sooner.
import { addScript, fetchBytes } from '../load.mjs';

/** @param {import('../race.mjs').Request} request */
export async function open({ files, quantised }) {
  delete (/** @type {any} */ (globalThis)).SharedArrayBuffer;
  const bytes = fetchBytes(files.tflite); // while the library comes
  await addScript('/node_modules/@tensorflow/tfjs-core/dist/tf-core.min.js');
  await addScript('/node_modules/@tensorflow/tfjs-tflite/dist/tf-tflite.min.js');
  const { tflite } = /** @type {any} */ (globalThis);
  tflite.setWasmPath('/node_modules/@tensorflow/tfjs-tflite/wasm/');
  const { modelRunner } = await tflite.loadTFLiteModel((await bytes).buffer, { numThreads: 1 });
  const [input] = modelRunner.getInputs();
  const [output] = modelRunner.getOutputs();
  return {
    run: (/** @type {any} */ data) => {
      input.data().set(data);
      if (!modelRunner.infer()) throw new Error('TensorFlow Lite did not run the model');
      return output.data().slice();
    },
    real: (/** @type {any} */ values) => Array.from(values, (/** @type {number} */ value) => (values instanceof Float32Array ? value : (value - quantised.zeroPoint) * quantised.scale)),
    note: 'XNNPACK',
  };
}
