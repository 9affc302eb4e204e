// Bedside in a worker: `new Worker(new URL('./bedside.worker.js', ...), { type: 'module' })`. worker-client.js speaks to it.
// A message {id, op, args} is answered by {id, ok} or {id, error: {code, message}}, and before that by any number of
// {id, progress}. `load` comes first and once. The client fetches and compiles while the worker starts: what arrives here are a
// compiled module and a model's bytes. Not a medical device.
// SPDX-License-Identifier: MIT
import { BedsideError, loadEngine } from './bedside.js';

/** @typedef {import('./bedside.js').Model} Model */

/** @type {Promise<import('./bedside.js').Engine> | null} */
let engine = null;
/** @type {Map<number, Model>} */
const models = new Map();
let nextModel = 1;

/** @param {number} handle */
function modelOf(handle) {
  const model = models.get(handle);
  if (!model) throw new BedsideError('BDS_E_DISPOSED', 'This model was disposed of.');
  return model;
}

/** The operations. @type {Record<string, (args: any, id: number) => unknown>} */
const operations = {
  /** @param {import('./bedside.js').EngineOptions} options */
  async load(options) {
    engine = loadEngine(options);
    const { simd, why } = await engine;
    return { simd, why };
  },

  /** @param {import('./bedside.js').ModelSource & {texts?: string[]}} source */
  async open({ texts = [], ...source }) {
    engine ??= loadEngine();
    const ready = await engine;
    // Pictures are what a worker is for: the decoder comes beside the model. Whoever gives a picture hears of it if it did not.
    const decoder = ready.loadDecoder().catch(() => {});
    const model = await ready.openModel(source);
    await decoder;
    const handle = nextModel++;
    models.set(handle, model);
    return { handle, info: model.info, texts: Object.fromEntries(texts.map((key) => [key, model.text(key)])) };
  },

  /** @param {{handle: number, input: import('./bedside.js').PictureInput, progress: boolean, keepInput: boolean, call: 'diagnose' | 'segment'}} args @param {number} id */
  examine({ handle, input, progress, keepInput, call }, id) {
    const onProgress = progress ? (/** @type {unknown} */ p) => postMessage({ id, progress: p }) : undefined;
    return modelOf(handle)[call](input, { onProgress, keepInput });
  },

  /** @param {{handle: number, input: import('./bedside.js').RawInput, times: number}} args */
  run({ handle, input, times }) {
    const model = modelOf(handle);
    const ms = [];
    for (let i = 0; i < times; i++) {
      const begin = performance.now();
      model.infer(input.tensor);
      ms.push(performance.now() - begin);
    }
    return { outputs: Array.from({ length: model.info.outputs }, (_, k) => model.output(k)), ms };
  },

  /** @param {{handle: number}} args the form of the first input: it is filled, but not run */
  input({ handle }) {
    return modelOf(handle).inputForm();
  },

  /** @param {{handle: number}} args */
  dispose({ handle }) {
    models.get(handle)?.dispose();
    models.delete(handle);
  },

  /** What this worker has asked for, and when. */
  requests: () => performance.getEntriesByType('resource').map(({ name, startTime }) => ({ url: name, time: performance.timeOrigin + startTime })),
};

addEventListener('message', async ({ data: { id, op, args } }) => {
  try {
    if (!Object.hasOwn(operations, op)) throw new BedsideError('BDS_E_ARGUMENT', `The worker knows no operation "${op}".`);
    postMessage({ id, ok: await operations[op](args, id) });
  } catch (error) {
    const { code = 'BDS_E_TRAP', message = String(error) } = /** @type {Partial<BedsideError>} */ (error);
    postMessage({ id, error: { code, message } });
  }
});
