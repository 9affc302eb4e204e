// An examiner in a worker; exam.js speaks to it. A message {id, op, args} is answered by {id, ok} or {id, error: {code, message}}, and
// before that by any number of {id, progress}. `create` comes first and once. Not a medical device.
// SPDX-License-Identifier: MIT
import { BedsideError } from '../bedside.js';
import { createHere } from './examiner.js';

// The browser's list of requests would end at 250 without a word.
performance.setResourceTimingBufferSize?.(5000);

/** @type {Promise<import('./exam.js').Examiner> | null} */
let examiner = null;
/** Cancelled before their turn came. @type {Map<number, AbortController>} */
const running = new Map();

/** The operations. @type {Record<string, (args: any, id: number) => Promise<unknown>>} */
const operations = {
  /** @param {import('./exam.js').ExaminerOptions} options */
  async create(options) {
    examiner = createHere(options);
    const { entry, card, engine } = await examiner;
    return { entry: { ...entry, bytes: undefined }, card, engine };
  },

  /** @param {{input: any, options: import('./exam.js').ExamineOptions, progress: boolean}} args @param {number} id */
  async examine({ input, options, progress }, id) {
    if (!examiner) throw new BedsideError('BDS_E_STATE', 'The worker has no examiner yet.');
    const abort = new AbortController();
    running.set(id, abort);
    try {
      const onProgress = progress ? (/** @type {unknown} */ p) => postMessage({ id, progress: p }) : undefined;
      return await (await examiner).examine(input, { ...options, onProgress, signal: abort.signal });
    } finally {
      running.delete(id);
    }
  },

  /** @param {{id: number}} args */
  async abort({ id }) {
    running.get(id)?.abort();
  },

  /** What this worker has asked for, and when. */
  requests: async () => performance.getEntriesByType('resource').map(({ name, startTime }) => ({ url: name, time: performance.timeOrigin + startTime })),
};

addEventListener('message', async ({ data: { id, op, args } }) => {
  try {
    if (!Object.hasOwn(operations, op)) throw new BedsideError('BDS_E_ARGUMENT', `The worker knows no operation "${op}".`);
    postMessage({ id, ok: await operations[op](args, id) });
  } catch (error) {
    const { code = 'BDS_E_TRAP', message = String(error) } = /** @type {Partial<BedsideError>} */ (error);
    postMessage({ id, error: { code, message } });
  }
});
