// Examinations: a file in, a record out; in a worker where there is one. Types and documentation: exam.d.ts. Not a medical device.
// SPDX-License-Identifier: MIT
import { BedsideError } from '../bedside.js';
import { Connection } from '../connection.js';
import { createHere } from './examiner.js';

export { recordFromJson, recordToJson } from './record.js';

/** @typedef {import('./exam.js').ExamineOptions} ExamineOptions */

class RemoteExaminer {
  #connection;

  /** @param {Connection} connection @param {Pick<import('./exam.js').Examiner, 'entry' | 'card' | 'engine'>} created */
  constructor(connection, { entry, card, engine }) {
    this.#connection = connection;
    this.entry = entry;
    this.card = card;
    this.engine = engine;
  }

  /** @param {any} input @param {ExamineOptions} [options] @returns {Promise<import('./exam.js').Examined>} */
  examine(input, { signal, onProgress, ...options } = {}) {
    const cancelled = () => new BedsideError('BDS_E_ABORTED', 'The examination was cancelled.');
    if (signal?.aborted) return Promise.reject(cancelled());
    const { id, answer } = this.#connection.begin('examine', { input, options, progress: !!onProgress }, [], onProgress);
    if (!signal) return answer;
    return new Promise((resolve, reject) => {
      const stop = () => {
        reject(cancelled()); // at once; the worker may be in the middle of something
        this.#connection.ask('abort', { id }).catch(() => {});
      };
      signal.addEventListener('abort', stop, { once: true });
      answer.then(resolve, reject).finally(() => signal.removeEventListener('abort', stop));
    });
  }

  requests() {
    return this.#connection.ask('requests');
  }

  dispose() {
    this.#connection.close();
  }
}

/** Addresses as they are seen from the page: the worker's own folder is another. @param {URL | string | undefined} address */
const absolute = (address) => (address === undefined ? undefined : new URL(address, globalThis.location?.href).href);

/** Whether workers of real files can be had: not in Node, and not in a page that was opened as a file. */
const hasWorkers = () => typeof Worker === 'function' && /^https?:/.test(globalThis.location?.protocol ?? '');

/** @param {import('./exam.js').ExaminerOptions} [options] @returns {Promise<import('./exam.js').Examiner>} */
export async function createExaminer(options = {}) {
  const { worker = 'auto', engine, catalogue, base, ...rest } = options;
  if (worker === 'here' || (worker === 'auto' && !hasWorkers())) return createHere(options);
  const script = worker === 'auto' ? new Worker(new URL('./exam.worker.js', import.meta.url), { type: 'module' }) : new Worker(worker, { type: 'module' });
  const connection = new Connection(script);
  const { base: folder, decoder, wasm, ...engineOptions } = engine ?? {};
  const isAddress = (/** @type {unknown} */ value) => typeof value === 'string' || value instanceof URL;
  try {
    const created = await connection.ask('create', {
      ...rest,
      base: absolute(base),
      catalogue: isAddress(catalogue) ? absolute(/** @type {string} */ (catalogue)) : catalogue,
      engine: {
        ...engineOptions,
        base: absolute(folder),
        decoder: isAddress(decoder) ? absolute(/** @type {string} */ (decoder)) : decoder,
        wasm: isAddress(wasm) ? absolute(/** @type {string} */ (wasm)) : await wasm,
      },
    });
    return new RemoteExaminer(connection, created);
  } catch (error) {
    connection.close();
    throw error;
  }
}
