// Examines files one after the other: here, or as one of several threads. Not a medical device.
// SPDX-License-Identifier: MIT
import { readFile } from 'node:fs/promises';
import { basename, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { isMainThread, parentPort, workerData } from 'node:worker_threads';
import { BedsideError } from '../web/bedside.js';
import { createExaminer } from '../web/exam/exam.js';

/**
 * @typedef {Pick<import('./options.mjs').Wish, 'model' | 'catalogue' | 'examine'>} Task
 * @typedef {{record: import('../web/exam/exam.js').Examined} | {failure: {code: string, message: string}}} Outcome
 */

/** @param {unknown} error @returns {Outcome} */
export function failureOf(error) {
  const { code = '', message = String(error) } = /** @type {{code?: string, message?: string}} */ (error ?? {});
  return { failure: { code: error instanceof BedsideError ? code : '', message } };
}

/** @param {string} path */
async function read(path) {
  try {
    return new File([await readFile(path)], basename(path));
  } catch (cause) {
    const { code } = /** @type {NodeJS.ErrnoException} */ (cause);
    const why = { ENOENT: 'there is no such file', EISDIR: 'it is a folder', EACCES: 'it may not be read' }[code ?? ''] ?? `it could not be read (${code})`;
    throw new Error(`This file was not examined: ${why}.`, { cause });
  }
}

/** @param {Task} task @returns {Promise<{one: (path: string) => Promise<Outcome>, end: () => void}>} @throws {BedsideError} no such model, ... */
export async function begin({ model, catalogue, examine }) {
  const examiner = await createExaminer({ model, catalogue: catalogue === undefined ? undefined : pathToFileURL(resolve(catalogue)), worker: 'here' });
  return {
    one: async (path) => {
      try {
        return { record: await examiner.examine(await read(path), examine) };
      } catch (error) {
        return failureOf(error);
      }
    },
    end: () => examiner.dispose(),
  };
}

if (!isMainThread && parentPort && workerData?.bedside === 'examine') {
  const port = parentPort;
  begin(workerData.task).then(({ one }) => {
    port.on('message', async (/** @type {string} */ path) => port.postMessage(await one(path)));
    port.postMessage('ready');
  }, (error) => port.postMessage(failureOf(error)));
}
