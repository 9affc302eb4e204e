// What dicomweb-client takes for an XMLHttpRequest: the same object in a page and in Node, made of `exchange`, so that there is one
// place where things go wrong, and in plain sentences. Not a medical device.
// SPDX-License-Identifier: MIT
import { BedsideError } from '../../web/bedside.js';
import { exchange, jsonOf, shown } from './exchange.mjs';
import { incomplete } from './multipart.mjs';

/** @typedef {import('./portal.js').Server} Server */

export class Transport {
  #server;
  #signal;
  #method = 'GET';
  #url = '';
  /** @type {Record<string, string>} */
  #headers = {};
  /** @type {(error: unknown) => void} */
  #fail = () => {};
  /** Rejects with what went wrong; dicomweb-client's own promise does not settle when the answer cannot be taken apart. */
  failed = /** @type {Promise<never>} */ (new Promise((_, reject) => (this.#fail = reject)));
  /** The last answer, with its bytes. @type {import('./exchange.mjs').Answer | null} */
  answer = null;

  // The part of XMLHttpRequest's interface that the client uses.
  responseType = '';
  withCredentials = false;
  readyState = 0;
  status = 0;
  /** @type {unknown} */
  response = null;
  /** @type {null | (() => void)} */
  onreadystatechange = null;

  /** @param {Server} server @param {AbortSignal} [signal] */
  constructor(server, signal) {
    this.#server = server;
    this.#signal = signal;
    this.failed.catch(() => {}); // it is listened to by whoever asks
  }

  get url() {
    return this.#url;
  }

  /** @param {string} method @param {string} url */
  open(method, url) {
    this.#method = method.toUpperCase();
    this.#url = url;
  }

  /** @param {string} name @param {string} value */
  setRequestHeader(name, value) {
    this.#headers[name] = value;
  }

  /** @param {string} name */
  getResponseHeader(name) {
    return this.answer?.headers.get(name) ?? null;
  }

  getAllResponseHeaders() {
    return Array.from(this.answer?.headers ?? [], ([name, value]) => `${name}: ${value}\r\n`).join('');
  }

  /** @param {ArrayBuffer} [body] */
  send(body) {
    void this.#exchange(body).catch((error) => this.#fail(error));
  }

  /** @param {ArrayBuffer} [body] */
  async #exchange(body) {
    const answer = await exchange(this.#url, { server: this.#server, method: this.#method, headers: this.#headers, body, signal: this.#signal });
    this.answer = answer;
    this.status = answer.status;
    this.response = answer.status === 200 ? this.#content(answer) : null;
    this.readyState = 4;
    this.onreadystatechange?.();
  }

  /** @param {import('./exchange.mjs').Answer} answer */
  #content(answer) {
    const { bytes, type } = answer;
    if (this.responseType === 'json') return jsonOf(answer, this.#url, this.#server);
    if (this.responseType !== 'arraybuffer') return new TextDecoder().decode(bytes);
    const from = `${this.#server.name ?? 'The server'} at ${shown(this.#url)}`;
    if (type.startsWith('multipart/')) {
      const why = incomplete(bytes, this.getResponseHeader('content-type') ?? '');
      if (why) throw new BedsideError('BDS_E_ANSWER', `The answer of ${from} is not whole: ${why}. Nothing of it was used.`);
    } else if (!/^application\/(dicom|octet-stream)\b/.test(type)) {
      throw new BedsideError('BDS_E_ANSWER', `${from} answers with ${type.split(';')[0] || 'something without a type'} instead of a DICOM object. Is this a sign-in page?`);
    }
    return bytes.buffer;
  }
}
