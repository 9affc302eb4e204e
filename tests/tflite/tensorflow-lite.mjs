// TensorFlow Lite as an oracle: the WebAssembly build of its runtime that npm's @tensorflow/tfjs-tflite carries, called directly, so
// that int8 and uint8 go in and come out as they are. And a way to see between its layers: a copy of a model file whose outputs are
// the results of all operators.
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const folder = fileURLToPath(new URL('../../node_modules/@tensorflow/tfjs-tflite/wasm/', import.meta.url));
const script = join(folder, 'tflite_web_api_cc_simd.js');

/** For `test(name, { skip: noTensorflowLite }, ...)`. */
export const noTensorflowLite = existsSync(script) ? false : 'the npm package @tensorflow/tfjs-tflite is not installed';

/** @typedef {Int8Array | Uint8Array | Int16Array | Int32Array | Float32Array} Numbers */
/** @typedef {{ name: string, shape: number[], type: string }} Port */

/** @type {Promise<any> | undefined} */
let module;

/** Loads the runtime once. */
function runtime() {
  module ??= createRequire(import.meta.url)(script)({
    wasmBinary: readFileSync(script.replace(/js$/, 'wasm')),
    locateFile: (/** @type {string} */ file) => join(dirname(script), file),
    printErr: () => {},
  });
  return /** @type {Promise<any>} */ (module);
}

/**
 * Opens a model; run takes the numbers of all inputs and returns those of all outputs, as copies.
 * @param {Uint8Array} bytes
 */
export async function openTensorflowLite(bytes) {
  const m = await runtime();
  const at = m._malloc(bytes.length);
  m.HEAPU8.set(bytes, at);
  const options = { numThreads: 1, enableWebNNDelegate: false, webNNDeviceType: 0, enableProfiling: false, maxProfilingBufferEntries: 0 };
  const status = m.TFLiteWebModelRunner.CreateFromBufferAndOptions(at, bytes.length, options);
  if (!status.ok()) throw new Error(`TensorFlow Lite refuses the model: ${status.errorMessage?.() ?? 'no reason given'}`);
  const model = status.value();
  const list = (/** @type {any} */ v) => Array.from({ length: v.size() }, (_, i) => v.get(i));
  const inputs = list(model.GetInputs());
  const outputs = list(model.GetOutputs());
  /** @returns {Port} */
  const port = (/** @type {any} */ t) => ({ name: t.name, shape: t.shape.split(',').map(Number), type: t.dataType });
  return {
    inputs: inputs.map(port),
    outputs: outputs.map(port),
    /** @param {Numbers[]} numbers of each input @returns {Numbers[]} */
    run(...numbers) {
      inputs.forEach((t, i) => t.data().set(numbers[i]));
      if (!model.Infer()) throw new Error('TensorFlow Lite failed to run the model');
      return list(model.GetOutputs()).map((t) => t.data().slice()); // asked for anew: tensors of computed shapes move
    },
    close() {
      model.delete();
      m._free(at);
    },
  };
}

/** Reads what is needed of a model file, a FlatBuffer of TensorFlow Lite's schema. @param {Uint8Array} bytes */
function reader(bytes) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const at = (/** @type {number} */ place) => place + view.getUint32(place, true);
  /** Where a field stands, or 0. */
  const field = (/** @type {number} */ table, /** @type {number} */ number) => {
    const vtable = table - view.getInt32(table, true);
    const slot = 4 + 2 * number;
    const offset = slot < view.getUint16(vtable, true) ? view.getUint16(vtable + slot, true) : 0;
    return offset ? table + offset : 0;
  };
  const vector = (/** @type {number} */ table, /** @type {number} */ number) => {
    const place = field(table, number);
    return place ? { first: at(place) + 4, count: view.getUint32(at(place), true) } : { first: 0, count: 0 };
  };
  const elements = (/** @type {{ first: number, count: number }} */ v) => Array.from({ length: v.count }, (_, i) => v.first + 4 * i);
  const integers = (/** @type {{ first: number, count: number }} */ v) => elements(v).map((place) => view.getInt32(place, true));
  return { at, field, vector, elements, integers };
}

/**
 * A copy of a model whose outputs are the first results of all its operators, in order, and how those tensors are called.
 * @param {Uint8Array} bytes
 */
export function withAllOutputs(bytes) {
  const r = reader(bytes);
  const subgraph = r.at(r.elements(r.vector(r.at(0), 2))[0]);
  const names = r.elements(r.vector(subgraph, 0)).map((place) => {
    const text = r.vector(r.at(place), 3);
    return Buffer.from(bytes.subarray(text.first, text.first + text.count)).toString();
  });
  const results = r.elements(r.vector(subgraph, 3)).map((place) => r.integers(r.vector(r.at(place), 2))[0]);
  // The new vector goes to the end of the file; the subgraph's field of outputs points to it.
  const begin = (bytes.length + 3) & ~3;
  const changed = new Uint8Array(begin + 4 + 4 * results.length);
  changed.set(bytes);
  const view = new DataView(changed.buffer);
  [results.length, ...results].forEach((value, i) => view.setInt32(begin + 4 * i, value, true));
  const place = r.field(subgraph, 2);
  view.setUint32(place, begin - place, true);
  return { bytes: changed, names: results.map((i) => names[i]) };
}
