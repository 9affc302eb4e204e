// The model compiler in a worker: `new Worker(new URL('./compile.worker.js', ...), { type: 'module' })`. A message {id, options} is
// answered by {id, ok} or {id, error: {code, message}}, and before that by any number of {id, progress}. To stop, terminate the
// worker. Not a medical device.
// SPDX-License-Identifier: MIT
import { loadCompiler } from './compile.js';

const loaded = loadCompiler();
loaded.catch(() => {}); // whoever compiles hears of it

addEventListener('message', async ({ data: { id, options } }) => {
  try {
    const compiler = await loaded;
    const ok = compiler.compile({ ...options, onProgress: (progress) => postMessage({ id, progress }) });
    postMessage({ id, ok }, { transfer: [ok.bytes.buffer] });
  } catch (error) {
    const { code = 'BDS_E_TRAP', message = String(error) } = /** @type {{code?: string, message?: string}} */ (error);
    postMessage({ id, error: { code, message } });
  }
});
