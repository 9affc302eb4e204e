// Several threads in Node: the same bits as one, workers that keep no process alive, and what is said where there is one thread.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { loadEngine } from '../../web/bedside.js';
import { dist, fails, noModel, pneumonia } from './common.mjs';
import { sha256, tinyModel } from './tiny-model.mjs';

const bytes = noModel ? new Uint8Array(0) : readFileSync(pneumonia);
const noThreads = existsSync(new URL('bedside-threads.wasm', dist)) ? noModel : 'this compiler builds no module with threads';
const seed = 77000 + process.pid;

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
  const one = await (await loadEngine()).openModel({ bytes, sha256: sha256(bytes) });
  assert.equal(one.threads, 1);
  const expected = await answers(one, 200);
  for (const threads of [2, 4]) {
    const engine = await loadEngine({ threads });
    assert.deepEqual([engine.threads, engine.simd, engine.why], [threads, 'simd128', `SIMD with ${threads} threads is there and passed the self-test`]);
    for (let models = 0; models < 2; models++) { // the first has workers that were there before
      const model = await engine.openModel({ bytes, sha256: sha256(bytes) });
      assert.equal(model.threads, threads);
      assert.deepEqual(await answers(model, 200), expected);
      model.dispose();
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
