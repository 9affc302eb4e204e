// Where a page has only trusted types taken (require-trusted-types-for 'script'), workers and parsed reports go through one policy, named
// "bedside". It lets pass what Bedside itself has put together and nothing else. Not a medical device.
// SPDX-License-Identifier: MIT

/** @typedef {{createScriptURL: (address: string) => any, createHTML: (html: string) => any}} Policy */

/** Addresses of Bedside's own workers. @type {Set<string>} */
const workers = new Set();

/** @type {Policy} */
const rules = {
  createScriptURL(address) {
    if (!workers.has(address)) throw new TypeError(`Not the address of a worker of Bedside: ${address}`);
    return address;
  },
  createHTML(html) {
    if (!/^<!doctype html>/i.test(html) || /<(script|iframe|object|embed|base)\b/i.test(html)) throw new TypeError('Not a report of Bedside.');
    return html;
  },
};

/** undefined: not asked for yet; null: the browser has none, or the page does not allow ours. @type {Policy | null | undefined} */
let policy;

function ours() {
  if (policy === undefined) {
    try {
      policy = /** @type {any} */ (globalThis).trustedTypes?.createPolicy('bedside', rules) ?? null;
    } catch {
      policy = null; // where it was needed the browser says so
    }
  }
  return policy;
}

/** The address of a worker of ours as the browser takes it. @param {string} address absolute @returns {any} */
export function trustedWorker(address) {
  workers.add(address);
  return ours()?.createScriptURL(address) ?? address;
}

/** A report that we have made as the browser's parser takes it. @param {string} html @returns {any} */
export const trustedReport = (html) => ours()?.createHTML(html) ?? html;

/** Whether an error says that a string was not trusted. @param {unknown} error */
export const isUntrusted = (error) => error instanceof TypeError && 'trustedTypes' in globalThis;
