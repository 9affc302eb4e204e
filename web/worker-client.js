// The page's side of bedside.worker.js: the same calls as bedside.js, answered by the worker. Errors arrive as BedsideError.
// Types and documentation: worker-client.d.ts. Not a medical device.
// SPDX-License-Identifier: MIT
import { BedsideError, compileEngine, readModel } from './bedside.js';
import { Connection } from './connection.js';

/** @typedef {import('./bedside.js').PictureInput} PictureInput */
/** @typedef {import('./worker-client.js').RemoteSource} RemoteSource */
/** @typedef {import('./worker-client.js').RemoteOptions} RemoteOptions */

/**
 * Bytes as they are to be sent, and what is handed over with them: a copy, unless the caller gives the original away. Files are
 * sent as they are; the worker reads them.
 * @param {any} input @param {boolean} away
 * @returns {[any, ArrayBuffer[]]}
 */
function parcel(input, away) {
  if (ArrayBuffer.isView(input)) {
    // Always exactly the view: a buffer may hold more than its owner means to send.
    const whole = away && input.byteLength === input.buffer.byteLength && input.buffer instanceof ArrayBuffer;
    const bytes = whole ? input : Uint8Array.prototype.slice.call(input); // of the same type
    return [bytes, [/** @type {ArrayBuffer} */ (bytes.buffer)]];
  }
  if (input instanceof ArrayBuffer) {
    const buffer = away ? input : input.slice(0);
    return [buffer, [buffer]];
  }
  for (const name of ['pixels', 'tensor']) {
    if (ArrayBuffer.isView(input?.[name])) {
      const [bytes, list] = parcel(input[name], away);
      return [{ ...input, [name]: bytes }, list];
    }
  }
  return [input, []];
}

class RemoteModel {
  #connection;
  #handle;
  #disposed = false;

  /** @param {Connection} connection @param {{handle: number, info: import('./bedside.js').ModelInfo, texts: Record<string, string | null>}} opened */
  constructor(connection, { handle, info, texts }) {
    this.#connection = connection;
    this.#handle = handle;
    this.info = info;
    this.texts = texts;
  }

  /** @param {PictureInput} input @param {RemoteOptions} [options] @returns {Promise<import('./bedside.js').Diagnosis>} */
  diagnose(input, options) {
    return this.#examine('diagnose', input, options);
  }

  /** @param {PictureInput} input @param {RemoteOptions} [options] @returns {Promise<import('./bedside.js').Segmentation>} */
  segment(input, options) {
    return this.#examine('segment', input, options);
  }

  /** @param {'diagnose' | 'segment'} call @param {PictureInput} input @param {RemoteOptions} [options] */
  async #examine(call, input, options) {
    const { onProgress, keepInput = false, transfer = false } = options ?? {};
    if (this.#disposed) throw new BedsideError('BDS_E_DISPOSED', 'This model was disposed of.');
    let sent, list;
    try {
      [sent, list] = parcel(input, transfer);
    } catch (cause) {
      throw new BedsideError('BDS_E_ARGUMENT', 'This input cannot be sent to a worker: its buffer is gone, or is of another kind.', { cause });
    }
    return this.#connection.ask('examine', { handle: this.#handle, input: sent, progress: !!onProgress, keepInput, call }, list, onProgress);
  }

  /** @param {import('./bedside.js').RawInput} input @param {number} [times] */
  async run(input, times = 1) {
    if (this.#disposed) throw new BedsideError('BDS_E_DISPOSED', 'This model was disposed of.');
    const [sent, list] = parcel(input, false);
    return this.#connection.ask('run', { handle: this.#handle, input: sent, times }, list);
  }

  async inputForm() {
    if (this.#disposed) throw new BedsideError('BDS_E_DISPOSED', 'This model was disposed of.');
    return this.#connection.ask('input', { handle: this.#handle });
  }

  async dispose() {
    if (this.#disposed) return;
    this.#disposed = true;
    await this.#connection.ask('dispose', { handle: this.#handle });
  }
}

/** @param {Worker} worker @param {import('./bedside.js').EngineOptions} [options] */
export function connect(worker, options) {
  const { simd, base, decoder, threads } = options ?? {};
  const connection = new Connection(worker);
  // Fetched and compiled here, while the worker starts: that takes the way through the network off the worker's.
  // With threads the worker finds out itself which module that is.
  const compiled = (threads ?? 1) === 1 ? compileEngine(options) : Promise.resolve(options?.wasm);
  const engine = compiled.then((wasm) => connection.ask('load', { simd, wasm, decoder, threads, base: base && new URL(base, location.href).href }));
  engine.catch(() => {}); // whoever opens a model or awaits `engine` hears of it

  /** @param {RemoteSource} source */
  const openModel = async (source) => {
    const read = await readModel(source);
    const bytes = ArrayBuffer.isView(source.bytes) || source.bytes instanceof ArrayBuffer ? read.slice() : read; // what was fetched belongs to nobody else
    await compiled; // `load` is on its way then, and the worker itself waits for what it brings
    const opened = await connection.ask('open', { ...source, url: undefined, base64: undefined, bytes }, [bytes.buffer]);
    return new RemoteModel(connection, opened);
  };
  return { engine, openModel, requests: () => connection.ask('requests'), close: () => connection.close() };
}
