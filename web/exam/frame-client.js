// A page's side of frame.js. Types and documentation: frame-client.d.ts. Imports nothing, so that a page loads this file alone.
// Not a medical device.
// SPDX-License-Identifier: MIT

/** @typedef {import('./frame-client.js').EmbedOptions} EmbedOptions */
/** @typedef {{resolve: (answer: any) => void, reject: (error: Error) => void, onProgress?: (progress: any) => void}} Call */

/** Between two greetings, in milliseconds: the frame's page may not be there yet. */
const AGAIN = 500;

/** As high as a frame may make itself, in CSS pixels: a page that has come in its place could else push the portal's own content out of sight. */
const HIGHEST = 20_000;

/** @param {string} code @param {string} message */
const problem = (code, message) => Object.assign(new Error(message), { name: 'BedsideError', code });

class Frame extends EventTarget {
  #iframe;
  #origin;
  #resize;
  /** @type {Map<string, Call>} */
  #calls = new Map();
  /** Two clients of one page do not take each other's answers. */
  #name = crypto.getRandomValues(new Uint32Array(2)).join('-');
  #next = 0;
  #closed = false;

  /** @param {HTMLIFrameElement} iframe @param {EmbedOptions} options */
  constructor(iframe, { origin, timeout = 30_000, resize = false }) {
    super();
    this.#iframe = iframe;
    this.#origin = origin;
    this.#resize = resize;
    addEventListener('message', this.#hear);
    this.ready = this.#greet(timeout);
    this.ready.catch(() => {}); // whoever asks is told
  }

  #hear = (/** @type {MessageEvent} */ { source, origin, data }) => {
    if (source !== this.#iframe.contentWindow || origin !== this.#origin || data?.bedside !== 1) return;
    if (data.type === 'resize') {
      if (this.#resize && data.height > 0) this.#iframe.style.height = `${Math.min(Number(data.height), HIGHEST)}px`;
      return;
    }
    const call = this.#calls.get(data.id);
    if (call && data.type === 'progress') return call.onProgress?.(data.progress);
    if (data.id === null) return void this.dispatchEvent(new CustomEvent(data.type, { detail: data.record ?? data.error ?? data.progress ?? data }));
    if (!call) return undefined;
    this.#calls.delete(data.id);
    if (data.type === 'error') call.reject(problem(data.error.code, data.error.message));
    else call.resolve(data);
    return undefined;
  };

  /** @param {string} id @param {Record<string, unknown>} message @param {Transferable[]} [transfer] */
  #send(id, message, transfer = []) {
    this.#iframe.contentWindow?.postMessage({ bedside: 1, id, ...message }, this.#origin, transfer);
  }

  /** @param {Record<string, unknown>} message @param {Transferable[]} [transfer] @param {(progress: any) => void} [onProgress] @returns {Promise<any>} */
  #ask(message, transfer, onProgress) {
    if (this.#closed) return Promise.reject(problem('BDS_E_DISPOSED', 'The connection to the frame was closed.'));
    return new Promise((resolve, reject) => {
      const id = `${this.#name}-${this.#next++}`;
      this.#calls.set(id, { resolve, reject, onProgress });
      this.#send(id, message, transfer);
    });
  }

  /** Says hello until the frame answers. @param {number} timeout @returns {Promise<any>} */
  #greet(timeout) {
    return new Promise((resolve, reject) => {
      const id = `${this.#name}-hello`;
      const hello = () => this.#send(id, { type: 'hello' });
      const again = setInterval(hello, AGAIN);
      this.#iframe.addEventListener('load', hello);
      const stop = () => {
        clearInterval(again);
        clearTimeout(late);
        this.#iframe.removeEventListener('load', hello);
      };
      const late = setTimeout(() => {
        stop();
        this.#calls.delete(id);
        reject(problem('BDS_E_FETCH', `The frame at ${this.#origin} did not answer: its address is wrong, or ${location.origin} is not on its list of origins.`));
      }, timeout);
      this.#calls.set(id, { resolve: (answer) => (stop(), resolve(answer)), reject: (error) => (stop(), reject(error)) });
    });
  }

  /** @param {Blob | ArrayBuffer | Uint8Array} file @param {import('./frame-client.js').FrameExamineOptions} [options] */
  async examine(file, { onProgress, transfer = false, ...options } = {}) {
    await this.ready;
    const buffer = file instanceof ArrayBuffer ? file : ArrayBuffer.isView(file) ? file.buffer : null;
    const { record } = await this.#ask({ type: 'examine', file, ...options }, transfer && buffer instanceof ArrayBuffer ? [buffer] : [], onProgress);
    return record;
  }

  /** @param {Record<string, string | boolean | null>} attributes */
  async configure(attributes) {
    await this.ready;
    return this.#ask({ type: 'configure', attributes });
  }

  async reset() {
    await this.ready;
    await this.#ask({ type: 'reset' });
  }

  close() {
    this.#closed = true;
    removeEventListener('message', this.#hear);
    for (const { reject } of this.#calls.values()) reject(problem('BDS_E_DISPOSED', 'The connection to the frame was closed.'));
    this.#calls.clear();
  }
}

/** @param {HTMLIFrameElement} iframe @param {EmbedOptions} options @returns {import('./frame-client.js').Embedded} */
export function embed(iframe, options) {
  if (iframe?.tagName !== 'IFRAME') throw problem('BDS_E_ARGUMENT', 'There is no iframe to speak to.');
  let origin = '';
  try {
    ({ origin } = new URL(options.origin));
  } catch {
    // said below
  }
  if (origin !== options?.origin || origin === 'null') throw problem('BDS_E_ARGUMENT', `"${options?.origin}" is not an origin: expected something like "https://bedside.example", without a path and without "*".`);
  return new Frame(iframe, options);
}
