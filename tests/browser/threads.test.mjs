// Several threads in real browsers: the same bits as one; one where the page is not cross-origin isolated, or a worker fails; typed
// errors, and a model that goes on after them, when a worker is lost in the middle of its work.
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { extname } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { sha256, tinyModel } from '../node/tiny-model.mjs';
import { HELPED, watchTeams } from '../node/watch-teams.mjs';
import { launch, missing, model, open, until } from './common.mjs';

const root = new URL('../../', import.meta.url);
const noThreads = existsSync(new URL('web/dist/bedside-threads.wasm', root)) ? false : 'this compiler builds no module with threads';
const types = { '.js': 'text/javascript', '.wasm': 'application/wasm', '.bds': 'application/octet-stream', '.png': 'image/png' };
const policy = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; connect-src 'self'; worker-src 'self'; img-src data:";
const isolation = { 'Cross-Origin-Opener-Policy': 'same-origin', 'Cross-Origin-Embedder-Policy': 'require-corp' };
const WORKER = '/web/bedside.threads.worker.js';

/** Takes a part of the first operator and never computes it. @param {string} then what it does afterwards */
const thief = (then) => `
  onmessage = ({ data: { memory, team, fault } }) => {
    const words = new Int32Array(memory.buffer), at = team >> 2;
    for (;;) {
      const work = Atomics.load(words, at);
      if ((work & 255) < work >> 8 && Atomics.compareExchange(words, at, work, work + 1) === work) break;
    }
    ${then};
  };
  postMessage('ready');`;

/**
 * The project's files under a strict policy.
 * @param {{isolated?: boolean, worker?: string | null}} how worker: the text of another script in the worker's place; null: none is there
 */
async function serve({ isolated = true, worker }) {
  const server = createServer((request, response) => {
    const path = String(request.url);
    const headers = { ...(isolated && isolation), 'Content-Security-Policy': policy };
    const file = new URL(path.slice(1), root);
    if (path === '/') response.writeHead(200, { ...headers, 'Content-Type': 'text/html' }).end('<!doctype html><title>Threads</title><link rel=icon href=data:,>');
    else if (path === WORKER && worker) response.writeHead(200, { ...headers, 'Content-Type': 'text/javascript' }).end(worker);
    else if ((path === WORKER && worker === null) || !existsSync(file)) response.writeHead(404).end();
    else response.writeHead(200, { ...headers, 'Content-Type': types[/** @type {keyof typeof types} */ (extname(path))] }).end(readFileSync(file));
  });
  await new Promise((done) => server.listen(0, '127.0.0.1', () => done(undefined)));
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
  return {
    url: `http://127.0.0.1:${port}/`,
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}

/**
 * In the page: opens a model and answers random inputs, of which each follows from the seed.
 * @param {{threads: number | string, hash: string, seed: number, bytes?: number[]}} what
 */
async function openIn({ threads, hash, seed, bytes }) {
  const all = /** @type {any} */ (globalThis);
  const { loadEngine } = await import(/** @type {any} */ ('/web/bedside.js'));
  const engine = await loadEngine({ threads });
  const model = await engine.openModel(bytes ? { bytes: Uint8Array.from(bytes), sha256: hash } : { url: '/models/pneumonia/pneumonia.bds', sha256: hash });
  let state = seed;
  all.model = model;
  all.random = () => {
    const { dims } = model.inputForm();
    return Int8Array.from({ length: dims.reduce((/** @type {number} */ a, /** @type {number} */ b) => a * b) }, () => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0) >>> 24);
  };
  /** @param {number} n */
  all.answers = (n) => Array.from({ length: n }, () => [...model.infer(all.random())[0]]);
  return { engine: engine.threads, why: engine.why, simd: engine.simd, threads: model.threads };
}

for (const name of /** @type {const} */ (['chrome', 'firefox'])) {
  describe(`threads in ${name}`, { skip: missing(name) || noThreads }, () => {
    /** @type {import('puppeteer-core').Browser} */
    let browser;
    const hash = missing(name) ? '' : sha256(readFileSync(model));
    const seed = 20260000 + process.pid;
    before(async () => {
      console.log(`seed ${seed}`);
      browser = await launch(name);
    });
    after(() => browser?.close());

    /** A page of a server of its own. @param {Parameters<typeof serve>[0]} how @param {(page: import('puppeteer-core').Page, requests: string[], complaints: string[]) => Promise<void>} use */
    async function withPage(how, use) {
      const server = await serve(how);
      try {
        const { page, requests, complaints } = await open(browser);
        await page.goto(server.url);
        await use(page, requests, complaints);
        await page.close();
      } finally {
        server.close();
      }
    }

    /** What one thread answers. @param {import('puppeteer-core').Page} page @param {number} n @returns {Promise<number[][]>} */
    async function single(page, n) {
      assert.equal((await page.evaluate(openIn, { threads: 1, hash, seed })).threads, 1);
      return page.evaluate((count) => /** @type {any} */ (globalThis).answers(count), n);
    }

    test('two and three threads give the same bits as one, and dispose() ends them', async () => {
      await withPage({}, async (page, requests, complaints) => {
        const expected = await single(page, 200);
        assert.ok(!requests.some((url) => url.includes('threads')), 'one thread fetches nothing of them');
        await page.evaluate(watchTeams);
        for (const threads of [2, 3]) {
          const seen = await page.evaluate(openIn, { threads, hash, seed });
          assert.deepEqual(seen, { engine: threads, threads, simd: 'simd128', why: `SIMD with ${threads} threads is there and passed the self-test` });
          const { answers, helped } = await page.evaluate(async (word) => {
            const all = /** @type {any} */ (globalThis);
            const before = all.sumOverTeams(word);
            const found = [];
            for (let i = 0; i < 8; i++) {
              found.push(...all.answers(25));
              await new Promise((resolve) => setTimeout(resolve, i)); // workers come, fall asleep and wake up
            }
            for (let i = 0; all.sumOverTeams(word) === before && i < 1000; i++) { // the machine has not given them a processor yet
              all.answers(10);
              await new Promise((resolve) => setTimeout(resolve));
            }
            return { answers: found, helped: all.sumOverTeams(word) - before };
          }, HELPED);
          assert.deepEqual(answers, expected, `${threads} threads, seed ${seed}`);
          assert.ok(helped > 0, 'workers compute parts');
          if (name === 'chrome') assert.equal(page.workers().length, threads - 1);
          assert.equal(await page.evaluate(() => (/** @type {any} */ (globalThis).model.dispose(), 0)), 0);
          if (name === 'chrome') for (let i = 0; i < 100 && page.workers().length > 0; i++) await new Promise((resolve) => setTimeout(resolve, 20));
          if (name === 'chrome') assert.equal(page.workers().length, 0);
        }
        assert.deepEqual(complaints, []);
        assert.deepEqual(await page.evaluate(() => /** @type {any} */ (globalThis).violations), []);
      });
    });

    test('a picture, step by step and at once', async () => {
      await withPage({}, async (page) => {
        const results = [];
        for (const threads of [1, 2]) {
          await page.evaluate(openIn, { threads, hash, seed });
          results.push(
            await page.evaluate(async () => {
              const { model: opened } = /** @type {any} */ (globalThis);
              const bytes = new Uint8Array(await (await fetch('/demo/samples/opacity-1.png')).arrayBuffer());
              let steps = 0;
              const slow = await opened.diagnose(bytes, { onProgress: () => steps++ });
              const fast = await opened.diagnose(bytes);
              return { slow: slow.findings, fast: fast.findings, doubts: fast.doubts, steps };
            }),
          );
        }
        assert.deepEqual(results[1], results[0]);
        assert.deepEqual(results[1].slow, results[1].fast);
      });
    });

    test('a page that is not isolated has one thread and says so', async () => {
      await withPage({ isolated: false }, async (page, requests) => {
        const expected = await single(page, 3);
        const seen = await page.evaluate(openIn, { threads: 2, hash, seed });
        assert.deepEqual(seen, { engine: 1, threads: 1, simd: 'simd128', why: 'one thread: the page is not cross-origin isolated; SIMD is there and passed the self-test' });
        assert.deepEqual(await page.evaluate(() => /** @type {any} */ (globalThis).answers(3)), expected);
        assert.ok(!requests.some((url) => /threads\.(wasm|worker)/.test(url)));
      });
    });

    test('a worker whose script is not there: one thread', async () => {
      await withPage({ worker: null }, async (page) => {
        const expected = await single(page, 3);
        const seen = await page.evaluate(openIn, { threads: 2, hash, seed });
        assert.equal(seen.threads, 1);
        assert.match(seen.why, /^one thread: a worker did not start \(.+\); SIMD is there/);
        assert.deepEqual(await page.evaluate(() => /** @type {any} */ (globalThis).answers(3)), expected);
      });
    });

    test('a model too small to gain has one thread', async () => {
      await withPage({}, async (page) => {
        const bytes = tinyModel();
        const seen = await page.evaluate(openIn, { threads: 2, hash: sha256(bytes), seed, bytes: [...bytes] });
        assert.deepEqual([seen.engine, seen.threads], [2, 1]);
      });
    });

    test('workers that were killed between two runs are not missed', async () => {
      await withPage({}, async (page) => {
        const expected = await single(page, 6);
        await page.evaluate(() => {
          const all = /** @type {any} */ (globalThis);
          all.made = [];
          all.Worker = class extends Worker {
            /** @param {URL} url @param {WorkerOptions} options */
            constructor(url, options) {
              super(url, options);
              all.made.push(this);
            }
          };
        });
        assert.equal((await page.evaluate(openIn, { threads: 2, hash, seed })).threads, 2);
        const answers = await page.evaluate(async () => {
          const all = /** @type {any} */ (globalThis);
          const first = all.answers(3);
          await new Promise((resolve) => setTimeout(resolve, 50)); // asleep
          for (const worker of all.made) worker.terminate();
          return [...first, ...all.answers(3), all.made.length];
        });
        assert.deepEqual(answers, [...expected, 1]);
      });
    });

    for (const [what, then] of /** @type {const} */ ([['is lost with a part in hand', 'close()'], ['traps', 'Atomics.store(words, fault >> 2, 1)']])) {
      test(`a worker that ${what}: a typed error, then one thread`, async () => {
        await withPage({ worker: thief(then) }, async (page) => {
          const [expected] = await single(page, 1);
          assert.equal((await page.evaluate(openIn, { threads: 2, hash, seed })).threads, 2);
          const seen = await page.evaluate(async () => {
            const { model: opened, random } = /** @type {any} */ (globalThis);
            const tensor = random();
            const code = (/** @type {() => unknown} */ work) => {
              try {
                return String(work());
              } catch (error) {
                return /** @type {any} */ (error);
              }
            };
            /** @type {any} */
            let error = null;
            for (let i = 0; i < 10_000 && !error?.code; i++) {
              error = code(() => opened.infer(tensor)); // until the thief has its part
              await new Promise((resolve) => setTimeout(resolve));
            }
            const again = code(() => opened.infer(tensor)).code;
            const result = code(() => opened.output()).code;
            await opened.prepare({ tensor });
            opened.run();
            return { code: error.code, message: error.message, again, result, answer: [...opened.output().data], threads: opened.threads };
          });
          assert.match(seen.message, /a thread did not finish its part/);
          assert.deepEqual({ ...seen, message: '' }, { code: 'BDS_E_TRAP', message: '', again: 'BDS_E_TRAP', result: 'BDS_E_STATE', answer: expected, threads: 1 });
        });
      });
    }

    test('an engine in a worker has workers of its own', async () => {
      await withPage({}, async (page) => {
        await page.evaluate(
          async (pin) => {
            const all = /** @type {any} */ (globalThis);
            const { connect } = await import(/** @type {any} */ ('/web/worker-client.js'));
            const bedside = connect(new Worker('/web/bedside.worker.js', { type: 'module' }), { threads: 2 });
            all.engine = await bedside.engine;
            const opened = await bedside.openModel({ url: '/models/pneumonia/pneumonia.bds', sha256: pin });
            all.remote = await opened.diagnose(new Uint8Array(await (await fetch('/demo/samples/opacity-1.png')).arrayBuffer()));
            bedside.close();
          },
          hash,
        );
        await until(page, () => /** @type {any} */ (globalThis).remote);
        const seen = await page.evaluate(() => ({ why: /** @type {any} */ (globalThis).engine.why, findings: /** @type {any} */ (globalThis).remote.findings.length }));
        assert.deepEqual(seen, { why: 'SIMD with 2 threads is there and passed the self-test', findings: 2 });
      });
    });
  });
}
