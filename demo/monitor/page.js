// Small things that the monitor's page needs again and again.
// SPDX-License-Identifier: MIT
import { Trouble } from '../trouble.js';

/** @param {string} id @returns {any} */
export const byId = (id) => document.getElementById(id);

/** Calls to a worker that answers {id, ok} or {id, error}. */
export class Remote {
  #worker;
  /** @type {Map<number, { resolve: (value: any) => void, reject: (error: Error) => void }>} */
  #calls = new Map();
  #next = 1;
  /** @type {Error | null} */
  #lost = null;

  /** @param {Worker} worker @param {(error: Error) => void} broken it will never answer again */
  constructor(worker, broken) {
    this.#worker = worker;
    worker.addEventListener('message', ({ data: { id, ok, error } }) => {
      const call = this.#calls.get(id);
      this.#calls.delete(id);
      if (error) call?.reject(Object.assign(new Error(error.message), { code: error.code }));
      else call?.resolve(ok);
    });
    worker.addEventListener('error', (event) => {
      event.preventDefault();
      this.#lost = new Trouble('ecg.worker.lost');
      for (const { reject } of this.#calls.values()) reject(this.#lost);
      this.#calls.clear();
      broken(this.#lost);
    });
  }

  /** @param {string} op @param {any} [args] @returns {Promise<any>} */
  ask(op, args = {}) {
    return new Promise((resolve, reject) => {
      if (this.#lost) return reject(this.#lost);
      const id = this.#next++;
      this.#calls.set(id, { resolve, reject });
      this.#worker.postMessage({ id, op, args });
    });
  }
}
