// Examines many files, one after the other in each of a few workers. A file that stops a worker, or takes too long, costs that worker and
// becomes a row with the reason; the others go on. Nothing of a file is kept but its record. Not a medical device.
// SPDX-License-Identifier: MIT

import { VERSION } from '../../web/exam/record.js';

/** @typedef {import('../../web/exam/exam.js').Examiner} Examiner */
/** @typedef {import('../../web/exam/exam.js').ExamRecord} ExamRecord */
/** @typedef {import('./gather.js').Item} Item */
/** @typedef {{ code: string, message: string }} Refusal */
/** What became of a file. sameAs: index of an earlier row with the same bytes. @typedef {{ index: number, path: string, record: ExamRecord, sameAs: number | null }} Row */

/** After this time a file is given up, in milliseconds. */
const PATIENCE = 60_000;
/** Reasons that end the whole batch: the next file would fare no better. */
const HOPELESS = ['BDS_E_FETCH', 'BDS_E_WASM_FORMAT', 'BDS_E_ABI', 'BDS_E_SELF_TEST', 'BDS_E_HASH', 'BDS_E_NO_HASH'];

/** @param {unknown} error @returns {Refusal} */
const refusalOf = (error) => {
  const { code = 'BDS_E_TRAP', message = String(error) } = /** @type {{code?: string, message?: string}} */ (error ?? {});
  return { code, message };
};

/** What is known of a file that could not even be read. @param {Item} item @returns {NonNullable<ExamRecord['input']>} */
const unread = ({ path, file }) => ({
  name: path, kind: 'pixels', sha256: '', bytes: file?.size ?? 0, width: 0, height: 0, frame: 0, frames: 1, region: { x: 0, y: 0, width: 0, height: 0 }, dicom: null, window: null,
});

/** The record of a file of which the examiner could not make one. @param {Examiner} examiner @param {Item} item @param {Refusal} refusal @returns {ExamRecord} */
function refused({ card, engine }, item, refusal) {
  return {
    format: 'bedside-exam/1', id: crypto.randomUUID(), time: new Date().toISOString(), software: { name: 'bedside', version: VERSION, simd: engine.simd }, model: card,
    input: unread(item), checks: [], outcome: 'refused', refusal, findings: [], top: null, marking: null, doubts: [], distance: 0, distanceLimit: 0, explanation: null,
    times: { readMs: 0, prepareMs: 0, runMs: 0, explainMs: 0, totalMs: 0 },
  };
}

/** How many workers: one of two processors is left to the page. */
export const lanesHere = () => Math.max(1, Math.min(4, (navigator.hardwareConcurrency || 2) >> 1));

/**
 * @param {Item[]} items
 * @param {object} how
 * @param {() => Promise<Examiner>} how.create makes an examiner
 * @param {(row: Row) => void} how.onRow in the order in which they are done
 * @param {AbortSignal} how.signal
 * @param {import('../../web/exam/exam.js').ExamineOptions['stated']} [how.stated] of every file that does not say it
 * @param {number} [how.lanes]
 * @param {number} [how.patience] milliseconds
 */
export async function runBatch(items, { create, onRow, signal, stated, lanes = lanesHere(), patience = PATIENCE }) {
  let next = 0;
  /** Index of the first row with these bytes. @type {Map<string, number>} */
  const first = new Map();

  /** @param {Examiner} examiner @param {File} file */
  const examine = async (examiner, file) => {
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    let timer;
    const late = new Promise((_, reject) => {
      timer = setTimeout(() => reject(Object.assign(new Error(`The file was given up after ${patience / 1000} seconds.`), { code: 'BDS_E_TIME' })), patience);
    });
    try {
      return await Promise.race([examiner.examine(file, { explain: 'none', signal, stated }), late]);
    } finally {
      clearTimeout(timer);
    }
  };

  const lane = async () => {
    /** @type {Examiner | null} */
    let examiner = null;
    try {
      while (next < items.length && !signal.aborted) {
        const index = next++;
        const item = items[index];
        examiner ??= await create();
        const { card } = examiner;
        /** @type {ExamRecord} */
        let record;
        try {
          if (!item.file) throw Object.assign(new Error(`The file could not be read: ${item.problem}`), { code: 'BDS_E_FILE' });
          record = await examine(examiner, item.file);
        } catch (error) {
          if (signal.aborted) return;
          const refusal = refusalOf(error);
          if (HOPELESS.includes(refusal.code)) throw error;
          record = refused(examiner, item, refusal);
          if (item.file) {
            examiner.dispose(); // the worker may be stuck, or gone
            examiner = null;
          }
        }
        const hash = record.input?.sha256;
        const sameAs = hash ? (first.get(hash) ?? null) : null;
        if (hash && sameAs === null) first.set(hash, index);
        // The card is the same in each: kept once. The file's place in the folder is its name.
        onRow({ index, path: item.path, sameAs, record: { ...record, model: card, input: { ...(record.input ?? unread(item)), name: item.path } } });
      }
    } finally {
      examiner?.dispose();
    }
  };
  const running = Array.from({ length: Math.min(lanes, items.length) }, lane);
  const ends = await Promise.allSettled(running);
  const failed = ends.find(({ status }) => status === 'rejected');
  if (failed && !signal.aborted) throw /** @type {PromiseRejectedResult} */ (failed).reason;
}
