// Many files on several threads, in the order in which they were named. Not a medical device.
// SPDX-License-Identifier: MIT
import { once } from 'node:events';
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { BedsideError } from '../web/bedside.js';
import { begin, failureOf } from './examine.mjs';

/** @typedef {import('./examine.mjs').Outcome} Outcome */

/** A thread costs about what eight small pictures do. */
const WORTH = 8;

/** @param {number} files @param {number} wished 0: none */
const threadsFor = (files, wished) => Math.min(files, wished || Math.min(availableParallelism(), Math.ceil(files / WORTH)));

/**
 * What the thread says next. @param {Worker} worker @returns {Promise<any>}
 * @throws {Error} it has ended: of an error, for want of memory, or without a word
 */
async function answerOf(worker) {
  const stop = new AbortController();
  const ended = once(worker, 'exit', { signal: stop.signal }).then(([code]) => {
    throw new Error(`the thread ended with code ${code}`);
  });
  try {
    const [answer] = await Promise.race([once(worker, 'message', { signal: stop.signal }), ended]);
    return answer;
  } finally {
    ended.catch(() => {});
    stop.abort();
  }
}

/** A thread that is ready. @param {import('./examine.mjs').Task} task @throws {BedsideError} no such model, ... */
async function start(task) {
  const worker = new Worker(new URL('./examine.mjs', import.meta.url), { workerData: { bedside: 'examine', task } });
  const first = await answerOf(worker);
  if (first === 'ready') return worker;
  await worker.terminate();
  throw new BedsideError(first.failure.code, first.failure.message);
}

/**
 * A lane: a thread, and another one when a file has ended it. @param {import('./examine.mjs').Task} task
 * @returns {Promise<{one: (path: string) => Promise<Outcome>, end: () => void}>} @throws {BedsideError} no such model, ...
 */
async function lane(task) {
  /** @type {Worker | null} */
  let worker = await start(task);
  return {
    one: async (path) => {
      try {
        worker ??= await start(task);
        worker.postMessage(path);
        return await answerOf(worker);
      } catch (error) {
        void worker?.terminate();
        worker = null;
        const { message } = /** @type {Error} */ (error);
        return failureOf(new Error(`This file was not examined: what examined it came to an end (${message.replace(/\.$/, '')}).`, { cause: error }));
      }
    },
    end: () => void worker?.terminate(),
  };
}

/**
 * Examines all, and hands each outcome over in the order of the files as soon as those before it are there.
 * @param {string[]} files @param {import('./examine.mjs').Task} task @param {number} jobs 0: as many as seems good
 * @param {(path: string, outcome: Outcome) => Promise<void>} take @param {(done: number, path: string) => void} progress in any order
 * @throws {BedsideError} no such model, ...
 */
export async function examineAll(files, task, jobs, take, progress) {
  const count = threadsFor(files.length, jobs);
  const workers = count > 1 ? await Promise.all(Array.from({ length: count }, () => lane(task))) : [await begin(task)];
  /** @type {Map<number, Outcome>} */
  const waiting = new Map();
  let [next, done, taken] = [0, 0, 0];
  let turn = Promise.resolve();
  const drain = async () => {
    for (let outcome = waiting.get(taken); outcome; outcome = waiting.get(taken)) {
      waiting.delete(taken);
      await take(files[taken++], outcome);
    }
  };
  await Promise.all(workers.map(async ({ one, end }) => {
    while (next < files.length) {
      const i = next++;
      waiting.set(i, await one(files[i]));
      progress(++done, files[i]);
      turn = turn.then(drain);
      await turn;
    }
    end();
  }));
}
