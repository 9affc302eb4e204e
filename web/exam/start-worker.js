// A worker for examinations; whatever keeps a browser from starting it is an error with a code and a sentence. Not a medical device.
// SPDX-License-Identifier: MIT
import { BedsideError } from '../bedside.js';
import { isUntrusted, trustedWorker } from '../trusted.js';
import { absoluteAddress } from './addresses.js';

/** Bundlers know a worker by this expression, and write the address anew that stands in it. */
const own = () => new Worker(new URL('./exam.worker.js', import.meta.url), { type: 'module' });

/**
 * What `own` would start. Only that expression knows the address, so it is evaluated with a Worker that keeps what it is given; nothing else
 * runs meanwhile. null: the page lets nobody take that name.
 * @returns {{address: string, options: WorkerOptions | undefined} | null}
 */
function described() {
  const { Worker: real } = globalThis;
  /** @type {{address: string, options: WorkerOptions | undefined} | null} */
  let found = null;
  /** Starts nothing. */
  class Noted {
    /** @param {string | URL} address @param {WorkerOptions} [options] */
    constructor(address, options) {
      found = { address: String(address), options };
    }
  }
  try {
    globalThis.Worker = /** @type {any} */ (Noted);
    own();
  } catch {
    return null;
  } finally {
    if (globalThis.Worker !== real) globalThis.Worker = real;
  }
  return found;
}

/** Firefox starts a worker of another host in vain and says nothing of why. @param {string} address @returns {string} */
function ofThisHost(address) {
  const { protocol, origin } = new URL(address);
  if (/^https?:$/.test(protocol) && origin !== globalThis.origin) throw new DOMException(`${address} is of another origin.`, 'SecurityError');
  return address;
}

/** @param {URL | string | undefined} given */
function start(given) {
  const { trustedTypes } = /** @type {any} */ (globalThis);
  if (given === undefined) {
    ofThisHost(import.meta.url); // beside it the worker lies
    const found = trustedTypes ? described() : null;
    return found ? new Worker(trustedWorker(found.address), found.options) : own();
  }
  if (trustedTypes?.isScriptURL(given)) return new Worker(given, { type: 'module' }); // the page itself answers for it
  const address = ofThisHost(absoluteAddress(given));
  // Whoever can only set an attribute must not have any script of this origin run.
  const isOurs = /^https?:/.test(address) && /\/[^/]*exam\.worker[^/]*\.js$/.test(new URL(address).pathname);
  return new Worker(isOurs ? trustedWorker(address) : address, { type: 'module' });
}

/**
 * @param {URL | string} [given] where `exam.worker.js` lies; default: beside this module
 * @returns {Worker}
 * @throws {BedsideError} BDS_E_POLICY: the page's policy forbids it; BDS_E_FETCH: anything else
 */
export function startWorker(given) {
  try {
    return start(given);
  } catch (cause) {
    const instead = 'or compute without one: worker="here".';
    if (isUntrusted(cause)) {
      throw new BedsideError('BDS_E_POLICY', `The policy of this page (Trusted Types) does not let the worker start: allow the policy "bedside" (trusted-types bedside), ${instead}`, { cause });
    }
    const { name, message } = /** @type {Error} */ (cause);
    const why = name === 'SecurityError' ? 'its script comes from another host than the page, and browsers start none from there' : String(message).replace(/\.$/, '');
    throw new BedsideError('BDS_E_FETCH', `The worker could not be started: ${why}. Serve Bedside's files with the page, ${instead}`, { cause });
  }
}
