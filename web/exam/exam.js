// Examinations: a file in, a record out; in a worker where there is one. Types and documentation: exam.d.ts. Not a medical device.
// SPDX-License-Identifier: MIT
import { BedsideError } from '../bedside.js';
import { Connection } from '../connection.js';
import { absoluteAddress } from './addresses.js';
import { createHere } from './examiner.js';
import { startWorker } from './start-worker.js';

export { recordFromJson, recordOf, recordOptions, recordToJson } from './record.js';

/** @typedef {import('./exam.js').ExamineOptions} ExamineOptions */

/** How long a cancelled examination may go on in the worker, which hears nothing while it computes, until that is given up: milliseconds. */
const GRACE = 1000;

const cancelled = () => new BedsideError('BDS_E_ABORTED', 'The examination was cancelled.');

/** @typedef {{input: any, options: object, onProgress?: (p: any) => void, id: number, on: Connection | null, ended: boolean, done: (record: any) => void, failed: (error: unknown) => void}} Call */
/** @typedef {{connection: Connection, created: Pick<import('./exam.js').Examiner, 'entry' | 'card' | 'engine'>}} Opened */

class RemoteExaminer {
  #open;
  /** @type {Promise<Opened>} */
  #opened;
  #disposed = false;
  /** A worker was given up, and no other came. */
  #lost = false;
  /** What nobody has answered yet. @type {Set<Call>} */
  #calls = new Set();

  /** @param {() => Promise<Opened>} open @param {Opened} opened */
  constructor(open, opened) {
    this.#open = open;
    this.#opened = Promise.resolve(opened);
    this.entry = opened.created.entry;
    this.card = opened.created.card;
    this.engine = opened.created.engine;
  }

  /** @param {any} input @param {ExamineOptions} [options] @returns {Promise<import('./exam.js').Examined>} */
  examine(input, { signal, onProgress, ...options } = {}) {
    if (signal?.aborted) return Promise.reject(cancelled());
    if (this.#lost && !this.#disposed) this.#reopen();
    return new Promise((resolve, reject) => {
      const stop = () => void this.#cancel(call);
      const end = (/** @type {() => void} */ tell) => {
        if (!this.#calls.delete(call)) return; // cancelled before
        signal?.removeEventListener('abort', stop);
        tell();
      };
      /** @type {Call} */
      const call = { input, options, onProgress, id: 0, on: null, ended: false, done: (record) => end(() => resolve(record)), failed: (error) => end(() => reject(error)) };
      this.#calls.add(call);
      signal?.addEventListener('abort', stop, { once: true });
      void this.#send(call);
    });
  }

  /** @param {Call} call */
  async #send(call) {
    const opened = this.#opened;
    try {
      const { connection } = await opened;
      if (!this.#calls.has(call)) return;
      const { id, answer } = connection.begin('examine', { input: call.input, options: call.options, progress: !!call.onProgress }, [], call.onProgress);
      [call.id, call.on] = [id, connection];
      call.done(await answer);
    } catch (error) {
      if (this.#opened === opened) call.failed(error); // else its worker was given up, and the call went to another
    } finally {
      if (this.#opened === opened) call.ended = true;
    }
  }

  /** The caller hears of it at once. @param {Call} call */
  async #cancel(call) {
    call.failed(cancelled());
    const opened = this.#opened;
    const connection = (await opened.catch(() => null))?.connection;
    if (!connection || call.on !== connection) return; // it has not been sent there
    connection.ask('abort', { id: call.id }).catch(() => {});
    await new Promise((resolve) => setTimeout(resolve, GRACE));
    if (call.ended || this.#disposed || this.#opened !== opened) return;
    // One that waits behind another costs nothing; it ends when its turn comes.
    if ([...this.#calls].some(({ on, id }) => on === connection && id < call.id)) return;
    this.#reopen();
    connection.close();
    for (const waiting of this.#calls) void this.#send(waiting);
  }

  /** Another worker. If none comes, whoever waits hears of it, and the next examination tries again. */
  #reopen() {
    this.#lost = false;
    const opened = this.#open();
    this.#opened = opened;
    opened.catch(() => (this.#lost = this.#opened === opened));
  }

  async requests() {
    return (await this.#opened).connection.ask('requests');
  }

  dispose() {
    this.#disposed = true;
    this.#opened.then(({ connection }) => connection.close(), () => {});
  }
}

/** Addresses as they are seen from the page: the worker's own folder is another. @param {URL | string | undefined} address */
const absolute = (address) => (address === undefined ? undefined : absoluteAddress(address));

/** Whether workers of real files can be had: not in Node, and not in a page that was opened as a file. */
const hasWorkers = () => typeof Worker === 'function' && /^https?:/.test(globalThis.location?.protocol ?? '');

/** @param {import('./exam.js').ExaminerOptions} [options] @returns {Promise<import('./exam.js').Examiner>} */
export async function createExaminer(options = {}) {
  const { worker = 'auto', engine, catalogue, base, ...rest } = options;
  if (worker === 'here' || (worker === 'auto' && !hasWorkers())) return createHere(options);
  const { base: folder, decoder, wasm, ...engineOptions } = engine ?? {};
  const isAddress = (/** @type {unknown} */ value) => typeof value === 'string' || value instanceof URL;
  const wishes = {
    ...rest,
    base: absolute(base),
    catalogue: isAddress(catalogue) ? absolute(/** @type {string} */ (catalogue)) : catalogue,
    engine: {
      ...engineOptions,
      base: absolute(folder),
      decoder: isAddress(decoder) ? absolute(/** @type {string} */ (decoder)) : decoder,
      wasm: isAddress(wasm) ? absolute(/** @type {string} */ (wasm)) : await wasm,
    },
  };
  /** @returns {Promise<Opened>} */
  const open = async () => {
    const connection = new Connection(startWorker(worker === 'auto' ? undefined : worker));
    try {
      return { connection, created: await connection.ask('create', wishes) };
    } catch (error) {
      connection.close();
      throw error;
    }
  };
  return new RemoteExaminer(open, await open());
}
