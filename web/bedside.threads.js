// Several threads for a model: bedside.js fetches this file when it is asked for them, and not before. Each model has workers of its own
// and shares its memory with them; the thread that calls run() computes its part and never waits for a worker that has not come.
// Not a medical device.
// SPDX-License-Identifier: MIT
import { BedsideError, compileEngine, loadEngine } from './bedside.js';

/** @typedef {import('./bedside.js').EngineOptions} EngineOptions */

/** A worker of a page or of Node. @typedef {any} Thread */
/** The module's exports, and what bedside.js asks for besides. @typedef {Record<string, any>} Exports */

const MAX_THREADS = 16; // BDS_MAX_THREADS
const AUTO_THREADS = 4;
/** Multiply-accumulates of an inference: a smaller model is done before the others have begun. */
const LEAST_MACS = 2e6;
const STACK_BYTES = 65536;
const [PAGES, MOST_PAGES] = [4, 16384]; // as cmake/wasm.cmake links the module
const PAGE = 65536;
/** Milliseconds: of a worker's start; without any progress of a run. */
const [START_MS, STALL_MS] = [5000, 4000];
const WAITING = 2; // bds_team_step
/** Words of the team in wasm/threads/exports.c. */
const [DONE, FAULT, STEPS] = [16, 34, 35];

const inNode = typeof Worker !== 'function' && typeof process === 'object';

/** A module of Node; in a variable, so that bundlers for browsers do not look for it. @param {string} name */
const nodes = (name) => import(/* @vite-ignore */ /* webpackIgnore: true */ `node:${name}`);

/** @param {unknown} wish */
async function numberOf(wish) {
  if (wish === 'auto') {
    const processors = inNode ? (await nodes('os')).availableParallelism() : navigator.hardwareConcurrency;
    return Math.min(processors, AUTO_THREADS, Math.max(2, processors >> 1)); // half of them are often no whole ones
  }
  if (Number.isInteger(wish) && Number(wish) >= 1 && Number(wish) <= MAX_THREADS) return Number(wish);
  throw new BedsideError('BDS_E_ARGUMENT', `The option threads is "auto" or a whole number from 1 to ${MAX_THREADS}.`);
}

/** @param {unknown} error */
const words = (error) => String(error instanceof Error ? error.message : error).replace(/\.+$/, '');

/** Ends with the page, or with Node's main thread, if nobody ends it before. @param {new (url: URL, options: object) => Thread} Kind */
const begin = (Kind) => new Kind(new URL('./bedside.threads.worker.js', import.meta.url), { type: 'module', name: 'bedside', execArgv: [] });

/** Whether a worker can run. @param {Thread} worker @returns {Promise<void>} */
async function ready(worker) {
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let late;
  try {
    await new Promise((resolve, reject) => {
      /** @param {string} type @param {(event: any) => void} listener */
      const on = (type, listener) => (worker.on ? worker.on(type, listener) : worker.addEventListener(type, listener));
      late = setTimeout(() => reject(new Error(`no answer within ${START_MS / 1000} s`)), START_MS);
      on('message', resolve);
      on('error', (error) => {
        error.preventDefault?.();
        reject(new Error(error.message || 'its script did not load'));
      });
    });
  } finally {
    clearTimeout(late);
    worker.unref?.(); // Node's process need not wait for it; not before, as listening takes that back
  }
}

/** @param {Thread[]} workers */
const end = (workers) => {
  for (const worker of workers.splice(0)) void worker.terminate();
};

/** Ends the workers of a model that was forgotten instead of disposed of. @type {FinalizationRegistry<Thread[]>} */
const forgotten = new FinalizationRegistry(end);

/** loadEngine for more than one thread; with one, and a word about it in `why`, where that cannot be. @param {EngineOptions} options */
export async function loadThreads(options) {
  const count = await numberOf(options.threads);
  const wasm = options.wasm && (await compileEngine(options)); // once, whoever takes it
  const given = { ...options, wasm, threads: 1 };
  const team = new Threads(count);
  await team.prepare(options.simd ?? 'auto');
  if (team.count > 1) {
    try {
      const engine = /** @type {{-readonly [K in keyof import('./bedside.js').Engine]: import('./bedside.js').Engine[K]}} */ (await loadEngine(/** @type {EngineOptions} */ ({ ...given, simd: 'simd128', team })));
      engine.threads = count;
      engine.why = `SIMD with ${count} threads is there and passed the self-test`;
      return engine;
    } catch (error) {
      team.only(words(error));
    }
  }
  const engine = /** @type {any} */ (await loadEngine(given));
  engine.why = `one thread: ${team.why}; ${engine.why}`;
  return engine;
}

class Threads {
  /** Why there is only one. */
  why = '';
  /** Workers that are ready for the first model. @type {Thread[]} */
  #spare = [];
  /** @type {any} */
  #Kind;

  /** @param {number} count */
  constructor(count) {
    this.count = count;
  }

  /** @param {string} simd */
  async prepare(simd) {
    if (this.count === 1) return this.only('no second processor');
    if (simd !== 'auto' && simd !== 'simd128') return this.only('there are more only with simd128');
    if (typeof SharedArrayBuffer !== 'function' || globalThis.crossOriginIsolated === false) return this.only('the page is not cross-origin isolated');
    try {
      this.#Kind = inNode ? (await nodes('worker_threads')).Worker : Worker;
      for (let i = 1; i < this.count; i++) this.#spare.push(begin(this.#Kind));
      await Promise.all(this.#spare.map(ready));
    } catch (error) {
      this.only(`a worker did not start (${words(error)})`);
    }
  }

  /** From now on there is one. @param {string} why */
  only(why) {
    this.count = 1;
    this.why = why;
    end(this.#spare);
  }

  /** An instance of the module with a memory of its own, and workers once it runs a model. @param {WebAssembly.Module} module @returns {Exports} */
  boot(module) {
    const memory = new WebAssembly.Memory({ initial: PAGES, maximum: MOST_PAGES, shared: true });
    const raw = /** @type {Exports} */ (new WebAssembly.Instance(module, { env: { memory } }).exports);
    if (!raw.bds_team_join) throw new TypeError('it is built without threads'); // a module of the caller's own

    // Behind the module's data lie the team and the workers' stacks. Who computes on a worker's also does on the first thread's, where
    // too deep a stack would trap.
    const team = (raw.__heap_base.value + 63) & -64;
    const stacks = team + raw.bds_team_bytes();
    const base = stacks + (this.count - 1) * STACK_BYTES;
    if (base > PAGES * PAGE) memory.grow(Math.ceil(base / PAGE) - PAGES);
    /** @param {number} word */
    const read = (word) => Atomics.load(new Int32Array(memory.buffer), (team >> 2) + word);

    /** @type {Thread[]} */
    const workers = [];
    let count = 1;
    /** How many threads are worth it. @param {number} session @param {number} out */
    const worth = (session, out) => {
      if (raw.bds_info(session, out) < 0) return 1;
      const [low, high] = new Uint32Array(memory.buffer, out + 44, 2);
      return low + high * 2 ** 32 < LEAST_MACS ? 1 : this.count;
    };
    const start = () => {
      while (workers.length < count - 1) {
        const worker = this.#spare.pop() ?? this.#start();
        const thread = workers.push(worker);
        const order = { module, memory, team, fault: team + 4 * FAULT, thread, stack: stacks + thread * STACK_BYTES };
        worker.postMessage(order);
      }
    };
    /** bds_run or bds_step on all threads. @param {string} name @param {number} session */
    const together = (name, session) => {
      start();
      raw.bds_team_call(team);
      try {
        let status;
        for (let last = '', since = 0; (status = raw[name](session, team)) === WAITING; ) {
          const progress = `${read(STEPS)} ${read(DONE)}`;
          if (progress !== last) [last, since] = [progress, performance.now()];
          if (read(FAULT) || performance.now() - since > STALL_MS) throw new Error('a thread did not finish its part');
        }
        raw.bds_team_rest(team);
        return status;
      } catch (error) {
        this.only('a thread failed'); // for what is started afresh
        end(workers);
        throw error;
      }
    };
    /** @type {Exports} */
    const exports = {
      ...raw,
      memory,
      __heap_base: { value: base },
      bds_plan_size: (/** @type {number} */ session, /** @type {number} */ cpu, /** @type {number} */ out) => raw.bds_team_plan_size(session, cpu, (count = worth(session, out)), out),
      bds_plan_create: (/** @type {number} */ session, /** @type {number} */ cpu, /** @type {number} */ arena, /** @type {number} */ n) => raw.bds_team_plan_create(session, cpu, count, arena, n),
      bds_run: (/** @type {number} */ session) => (count > 1 ? together('bds_team_run', session) : raw.bds_run(session)),
      bds_step: (/** @type {number} */ session) => (count > 1 ? together('bds_team_step', session) : raw.bds_step(session)),
      threads: () => count,
      end: () => end(workers),
    };
    forgotten.register(exports, workers);
    return exports;
  }

  /** A worker for a model after the first; it comes when it is ready. */
  #start() {
    const worker = begin(this.#Kind);
    ready(worker).catch(() => {}); // it will not be missed
    return worker;
  }
}
