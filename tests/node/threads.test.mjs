// Several threads in Node: the same bits as one, workers that do compute some of them and keep no process alive, one that traps, and what
// is said where there is one thread.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { copyFileSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { Worker } from 'node:worker_threads';
import { loadEngine } from '../../web/bedside.js';
import { dist, fails, noModel, pneumonia } from './common.mjs';
import { sha256, tinyModel } from './tiny-model.mjs';
import { FAULT, HELPED, watchTeams } from './watch-teams.mjs';

const bytes = noModel ? new Uint8Array(0) : readFileSync(pneumonia);
const noThreads = existsSync(new URL('bedside-threads.wasm', dist)) ? noModel : 'this compiler builds no module with threads';
const seed = 77000 + process.pid;
/** A worker computes nothing before the machine gives it a processor: so many runs are tried, and a few are enough. */
const PATIENCE = 20_000;

/** watchTeams for one test. @param {import('node:test').TestContext} t @returns {(word: number) => number} */
function watched(t) {
  const { Instance } = WebAssembly;
  t.after(() => void (WebAssembly.Instance = Instance));
  watchTeams();
  return /** @type {any} */ (globalThis).sumOverTeams;
}

/** @param {import('../../web/bedside.js').Model} model @param {number} n */
async function answers(model, n) {
  const all = [];
  const length = model.info.width * model.info.height * model.info.channels;
  for (let i = 0, state = seed; i < n; i++) {
    all.push(...model.infer(Int8Array.from({ length }, () => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0) >>> 24))[0]);
    if (i % 10 === 0) await new Promise((resolve) => setTimeout(resolve, i / 10)); // workers come, fall asleep and wake up
  }
  return all;
}

test('two and four threads give the same bits as one', { skip: noThreads }, async (t) => {
  t.diagnostic(`seed ${seed}`);
  const sum = watched(t);
  const one = await (await loadEngine()).openModel({ bytes, sha256: sha256(bytes) });
  assert.equal(one.threads, 1);
  const expected = await answers(one, 200);
  for (const threads of [2, 4]) {
    const engine = await loadEngine({ threads });
    assert.deepEqual([engine.threads, engine.simd, engine.why], [threads, 'simd128', `SIMD with ${threads} threads is there and passed the self-test`]);
    for (let models = 0; models < 2; models++) { // the first has workers that were there before
      const model = await engine.openModel({ bytes, sha256: sha256(bytes) });
      assert.equal(model.threads, threads);
      const before = sum(HELPED);
      assert.deepEqual(await answers(model, 200), expected);
      for (let i = 0; sum(HELPED) === before && i < PATIENCE; i += 10) await answers(model, 10);
      assert.ok(sum(HELPED) > before, `model ${models} of ${threads} threads: its workers compute parts`);
      model.dispose();
    }
  }
});

test('a worker that traps: noticed at once, then one thread', { skip: noThreads }, async (t) => {
  const sum = watched(t);
  const { postMessage } = Worker.prototype;
  // Its stack ends where the memory begins: it traps in the first part that it takes.
  t.mock.method(Worker.prototype, 'postMessage', function (/** @type {object} */ order) {
    // @ts-expect-error: this is the worker
    postMessage.call(this, { ...order, stack: 0 });
  });
  const tensor = new Int8Array(784).fill(7);
  const expected = (await (await loadEngine()).openModel({ bytes, sha256: sha256(bytes) })).infer(tensor);
  const model = await (await loadEngine({ threads: 2 })).openModel({ bytes, sha256: sha256(bytes) });
  assert.equal(model.threads, 2);

  // The time in which a run without progress is given up never passes: the worker's word alone ends it.
  let looks = 0;
  const clock = t.mock.method(performance, 'now', () => {
    if (++looks > PATIENCE) throw new Error('nobody noticed');
    return 0;
  });
  const run = async () => {
    for (let i = 0; i < PATIENCE; i++) {
      model.infer(tensor);
      await new Promise((resolve) => setTimeout(resolve)); // the worker comes
    }
  };
  await fails(run(), 'BDS_E_TRAP', /a thread did not finish its part/);
  clock.mock.restore();
  assert.equal(sum(FAULT), 1);
  assert.equal(sum(HELPED), 0);
  await fails(() => model.infer(tensor), 'BDS_E_TRAP');
  await model.prepare({ tensor });
  model.run();
  assert.deepEqual(model.infer(tensor), expected);
  assert.equal(model.threads, 1);
});

test('bedside.threads.js is missing or damaged: one thread', async () => {
  const tiny = tinyModel();
  for (const text of [null, 'throw new Error("It is broken.");', '<!doctype html>']) {
    const folder = mkdtempSync(join(tmpdir(), 'bedside-'));
    try {
      copyFileSync(new URL('../../web/bedside.js', import.meta.url), join(folder, 'bedside.js'));
      writeFileSync(join(folder, 'package.json'), '{"type": "module"}');
      if (text) writeFileSync(join(folder, 'bedside.threads.js'), text);
      const { loadEngine: load } = await import(pathToFileURL(join(folder, 'bedside.js')).href);
      for (const [simd, rest] of [['auto', 'SIMD is there and passed the self-test'], ['simd128', 'asked for']]) {
        const engine = await load({ threads: 2, base: dist, simd });
        assert.equal(engine.threads, 1);
        assert.match(engine.why, /^one thread: bedside\.threads\.js did not load \(.+\); /s);
        if (text?.includes('Error')) assert.match(engine.why, /\(It is broken\)/);
        assert.ok(engine.why.endsWith(`; ${rest}`), engine.why);
        const model = await engine.openModel({ bytes: tiny, sha256: sha256(tiny) });
        assert.equal(model.threads, 1);
      }
    } finally {
      rmSync(folder, { recursive: true });
    }
  }
});

test('a process ends though nobody has disposed of anything', { skip: noThreads }, async () => {
  const script = `
    import { readFileSync } from 'node:fs';
    import { loadEngine } from ${JSON.stringify(new URL('../../web/bedside.js', import.meta.url).href)};
    const model = await (await loadEngine({ threads: 3 })).openModel({ bytes: readFileSync(new URL(${JSON.stringify(pneumonia.href)})), sha256: ${JSON.stringify(sha256(bytes))} });
    for (let i = 0; i < 20; i++) model.infer(new Int8Array(784));
    await new Promise((resolve) => setTimeout(resolve, 50));
    model.infer(new Int8Array(784));
    const engine = await loadEngine({ threads: 2 }); // whose worker waits for a model
    console.log(model.threads, engine.threads);`;
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script], { timeout: 60_000 });
  assert.equal(stdout, '3 2\n');
});

test('one thread where more make no sense, and why', { skip: noThreads }, async () => {
  const tiny = tinyModel();
  const engine = await loadEngine({ threads: 2 });
  const small = await engine.openModel({ bytes: tiny, sha256: sha256(tiny) });
  assert.deepEqual([engine.threads, small.threads], [2, 1]);
  const plain = await loadEngine({ threads: 2, wasm: readFileSync(new URL('bedside-simd.wasm', dist)) });
  assert.deepEqual([plain.threads, plain.why], [1, "one thread: This WebAssembly module is not Bedside's: it is built without threads; SIMD is there and passed the self-test"]);
  const scalar = await loadEngine({ threads: 2, simd: 'scalar' });
  assert.deepEqual([scalar.threads, scalar.simd, scalar.why], [1, 'scalar', 'one thread: there are more only with simd128; asked for']);
  const one = await loadEngine({ threads: 1 });
  assert.deepEqual([one.threads, one.why], [1, 'SIMD is there and passed the self-test']);
  const auto = await loadEngine({ threads: 'auto' });
  assert.ok(auto.threads >= 1 && auto.threads <= 4);
});

test('a number of threads that is none is refused', async () => {
  for (const threads of [0, 17, 1.5, NaN, '2', 'all', null]) {
    const wrong = /** @type {any} */ (threads);
    if (threads === null) assert.equal((await loadEngine({ threads: wrong })).threads, 1);
    else await fails(loadEngine({ threads: wrong }), 'BDS_E_ARGUMENT', /whole number from 1 to 16/);
  }
});
