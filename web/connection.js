// Calls to a worker that answers {id, op, args} by {id, ok} or {id, error: {code, message}}, and before that by any number of
// {id, progress}. Errors arrive as BedsideError; a lost worker rejects all that is open. Not a medical device.
// SPDX-License-Identifier: MIT
import { BedsideError } from './bedside.js';

/** @typedef {{resolve: (value: any) => void, reject: (error: Error) => void, onProgress?: (p: any) => void}} Call */

export class Connection {
  #worker;
  /** @type {Map<number, Call>} */
  #calls = new Map();
  #next = 1;
  /** @type {Error | null} */
  #lost = null;

  /** @param {Worker} worker */
  constructor(worker) {
    this.#worker = worker;
    worker.addEventListener('message', ({ data: { id, ok, error, progress } }) => {
      const call = this.#calls.get(id);
      if (!call) return;
      if (progress) return call.onProgress?.(progress);
      this.#calls.delete(id);
      if (error) call.reject(new BedsideError(error.code, error.message));
      else call.resolve(ok);
    });
    worker.addEventListener('error', (event) => {
      event.preventDefault();
      this.#lose(new BedsideError('BDS_E_FETCH', `The worker did not start or broke off${event.message ? `: ${event.message}` : ''}.`));
    });
    worker.addEventListener('messageerror', () => this.#lose(new BedsideError('BDS_E_TRAP', 'A message of the worker could not be read.')));
  }

  /** No answer will come any more. @param {Error} error */
  #lose(error) {
    this.#lost ??= error;
    for (const call of this.#calls.values()) call.reject(this.#lost);
    this.#calls.clear();
  }

  /** @param {string} op @param {any} [args] @param {Transferable[]} [transfer] @param {(p: any) => void} [onProgress] @returns {Promise<any>} */
  ask(op, args, transfer, onProgress) {
    return this.begin(op, args, transfer, onProgress).answer;
  }

  /**
   * The same, with the number under which the worker knows the call.
   * @param {string} op @param {any} [args] @param {Transferable[]} [transfer] @param {(p: any) => void} [onProgress] @returns {{id: number, answer: Promise<any>}}
   */
  begin(op, args = {}, transfer = [], onProgress) {
    const id = this.#next++;
    const answer = new Promise((resolve, reject) => {
      if (this.#lost) return reject(this.#lost);
      this.#calls.set(id, { resolve, reject, onProgress });
      try {
        this.#worker.postMessage({ id, op, args }, transfer);
      } catch (cause) {
        this.#calls.delete(id);
        reject(new BedsideError('BDS_E_ARGUMENT', 'This input cannot be sent to a worker.', { cause }));
      }
    });
    return { id, answer };
  }

  close() {
    this.#worker.terminate();
    this.#lose(new BedsideError('BDS_E_DISPOSED', 'The connection to the worker was closed.'));
  }
}
