// A worker of bedside.threads.js. It says "ready" and is then given a model's memory, on which it computes parts of operators until it is
// ended. Not a medical device.
// SPDX-License-Identifier: MIT

/** What arrives once; addresses in the memory; stack: its upper end. @typedef {{module: WebAssembly.Module, memory: WebAssembly.Memory, team: number, fault: number, thread: number, stack: number}} Order */

/** @param {Order} order */
function join({ module, memory, team, fault, thread, stack }) {
  // Without an instance nobody waits for this thread either.
  const exports = /** @type {Record<string, any>} */ (new WebAssembly.Instance(module, { env: { memory } }).exports);
  exports.__stack_pointer.value = stack;
  try {
    exports.bds_team_join(team, thread);
  } catch (error) {
    Atomics.store(new Int32Array(memory.buffer), fault >> 2, 1); // the part it had in hand will never be done
    throw error;
  }
}

/** @param {any} owner the page, or in Node the thread that began this one */
function serve(owner) {
  owner.onmessage = (/** @type {{data: Order}} */ { data }) => join(data);
  owner.postMessage('ready');
}

const node = 'node:worker_threads'; // in a variable: bundlers for browsers then do not look for it
// No await outside a function: webpack takes this file along as it is, and minifies it as a classic script.
if (typeof postMessage === 'function') serve(globalThis);
else void import(/* @vite-ignore */ /* webpackIgnore: true */ node).then(({ parentPort }) => serve(parentPort));
