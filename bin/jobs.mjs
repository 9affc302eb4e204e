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

/** @param {import('./examine.mjs').Task} task @returns {Promise<{one: (path: string) => Promise<Outcome>, end: () => void}>} */
async function thread(task) {
  const worker = new Worker(new URL('./examine.mjs', import.meta.url), { workerData: { bedside: 'examine', task } });
  const [first] = await once(worker, 'message');
  if (first !== 'ready') {
    await worker.terminate();
    throw new BedsideError(first.failure.code, first.failure.message);
  }
  return {
    one: async (path) => {
      worker.postMessage(path);
      try {
        return (await once(worker, 'message'))[0];
      } catch (error) {
        return failureOf(error); // the thread is gone, and says why
      }
    },
    end: () => void worker.terminate(),
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
  const workers = count > 1 ? await Promise.all(Array.from({ length: count }, () => thread(task))) : [await begin(task)];
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
