// Model.infer: stored integers in, stored integers out, at once; the same bits and the same care as the asynchronous calls.
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { runInNewContext } from 'node:vm';
import { loadEngine } from '../../web/bedside.js';
import { fails, open, patched, UNREACHABLE } from './common.mjs';
import { grey, png } from './pictures.mjs';
import { program } from './program.mjs';
import { sumAndDifference } from './tiny-onnx.mjs';
import { sha256, tinyModel } from './tiny-model.mjs';

const bytes = tinyModel();
const bright = png(20, 20, 1, grey(220));
const seed = 20240229;

/** Values of -128 to 127 without a pattern. @param {number} count @param {number} from */
function noise(count, from) {
  let state = from;
  return Int8Array.from({ length: count }, () => (state = (Math.imul(state, 1664525) + 1013904223) | 0) >> 24);
}

test(`infer equals prepare, run and output (seed ${seed})`, async () => {
  for (const simd of /** @type {const} */ (['simd128', 'scalar'])) {
    const [fast, slow] = [await open(bytes, simd), await open(bytes, simd)];
    for (let i = 0; i < 50; i++) {
      const tensor = noise(64, seed + i);
      const [logits] = fast.infer(tensor);
      await slow.prepare({ tensor });
      slow.run();
      assert.deepEqual(logits, slow.output(0).data);
      assert.deepEqual(fast.output(0), slow.output(0));
      assert.deepEqual(fast.findings(), slow.findings());
    }
  }
});

test('results are copies, and the input stays as it is', async () => {
  const model = await open(bytes);
  const [dark, light] = [new Int8Array(64).fill(-100), new Int8Array(64).fill(100)];
  const [first] = model.infer([dark]);
  const kept = first.slice();
  assert.notDeepEqual(model.infer(light)[0], kept);
  assert.deepEqual(first, kept);
  assert.deepEqual(dark, new Int8Array(64).fill(-100));
});

test('an input of another kind is refused and leaves no result', async () => {
  const model = await open(bytes);
  const right = new Int8Array(64);
  const gone = new Int8Array(64);
  structuredClone(0, { transfer: [gone.buffer] });
  const wrong = [
    new Int16Array(64), new Uint8Array(64), new Float32Array(64), new ArrayBuffer(64), new DataView(new ArrayBuffer(64)), Array(64).fill(0), 7, null, undefined, {},
    new Int8Array(63), new Int8Array(65), new Int8Array(0), gone, [], [right, right], [null], [[right]],
  ];
  for (const each of wrong) {
    model.infer(right);
    // @ts-expect-error for the test
    await fails(() => model.infer(each), 'BDS_E_ARGUMENT', /Int8Array|64 bytes|inputs is 1/);
    for (const call of [() => model.findings(), () => model.output(), () => model.run()]) await fails(call, 'BDS_E_STATE');
  }
  // Of another frame, and a view into a larger buffer.
  const expected = model.infer(right);
  assert.deepEqual(model.infer(runInNewContext('new Int8Array(64)')), expected);
  assert.deepEqual(model.infer(new Int8Array(new ArrayBuffer(100), 7, 64)), expected);
});

test('beside asynchronous calls infer is refused, and disturbs none of them', async () => {
  const model = await open(bytes);
  const right = new Int8Array(64);
  const expected = await model.diagnose(bright);
  const calls = [model.diagnose(bright), model.diagnose(Buffer.from('text')), model.diagnose(bright)];
  await fails(() => model.infer(right), 'BDS_E_STATE', /under way/);
  await calls[0];
  await fails(() => model.infer(right), 'BDS_E_STATE', /under way/);
  const results = await Promise.allSettled(calls);
  assert.deepEqual(results.map(({ status }) => status), ['fulfilled', 'rejected', 'fulfilled']);
  for (const result of results) if (result.status === 'fulfilled') assert.deepEqual(result.value.findings, expected.findings);
  model.infer(right);
  await model.prepare(bright);
  model.run();
  assert.deepEqual(model.findings().findings, expected.findings);
  await fails(model.prepare(Buffer.from('text')), 'BDS_E_IMAGE_FORMAT');
  model.infer(right);
});

test('infer works on after memory has grown', async () => {
  const model = await open(bytes);
  const tensor = noise(64, seed);
  const expected = model.infer(tensor);
  const before = model.memoryBytes;
  await model.diagnose(png(500, 400, 3, (x, y, c) => (x * y + c) & 255));
  assert.ok(model.memoryBytes > before);
  assert.deepEqual(model.infer(tensor), expected);
});

test('a core that stops is not used again before it was replaced', async () => {
  const engine = await loadEngine({ wasm: patched('bds_run', UNREACHABLE) });
  const model = await engine.openModel({ bytes, sha256: sha256(bytes) });
  const tensor = new Int8Array(64);
  await fails(() => model.infer(tensor), 'BDS_E_TRAP', /bds_run/);
  await fails(() => model.infer(tensor), 'BDS_E_TRAP', /afresh/);
  await fails(() => model.findings(), 'BDS_E_STATE');
  await model.prepare({ tensor });
  await fails(() => model.infer(tensor), 'BDS_E_TRAP', /bds_run/);
  model.dispose();
  await fails(() => model.infer(tensor), 'BDS_E_DISPOSED');
});

test('forms of inputs and outputs are known before and after a run', async () => {
  const model = await open(bytes);
  const input = { dims: [1, 8, 8, 1], type: 'int8', scale: 1 / 128, zeroPoint: 0 };
  const output = { dims: [1, 1, 1, 2], type: 'int16', scale: 1 / 128, zeroPoint: 0 };
  for (let i = 0; i < 2; i++) {
    assert.deepEqual([model.inputForm(), model.outputForm(0)], [input, output]);
    for (const form of [() => model.inputForm(1), () => model.outputForm(1), () => model.outputForm(-1)]) await fails(form, 'BDS_E_ARGUMENT');
    if (i === 0) await fails(() => model.output(0), 'BDS_E_STATE');
    model.infer(new Int8Array(64));
  }
});

test('several inputs and outputs', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'bedside-'));
  try {
    writeFileSync(join(folder, 'sums.onnx'), sumAndDifference());
    program('compile', join(folder, 'sums.onnx'), '-o', join(folder, 'sums.bds'));
    const model = await open(readFileSync(join(folder, 'sums.bds')));
    assert.deepEqual([model.info.inputs, model.info.outputs], [2, 2]);
    const given = [noise(4, seed), noise(4, seed + 1)];
    const [a, b] = given.map((values, i) => {
      const { scale, zeroPoint } = model.inputForm(i);
      return Array.from(values, (v) => scale * (v - zeroPoint));
    });
    const outputs = model.infer(given);
    [a.map((v, i) => v + b[i]), a.map((v, i) => v - b[i])].forEach((expected, k) => {
      const { scale, zeroPoint } = model.outputForm(k);
      const [least, most] = [-128, 127].map((q) => scale * (q - zeroPoint));
      outputs[k].forEach((q, i) => {
        const real = scale * (q - zeroPoint);
        const wanted = Math.min(most, Math.max(least, expected[i]));
        assert.ok(Math.abs(real - wanted) <= scale, `output ${k}: ${real}, expected ${wanted}`);
      });
    });
    await fails(() => model.infer(given[0]), 'BDS_E_ARGUMENT', /inputs is 2, not 1/);
    await fails(() => model.infer([given[0], new Int8Array(5)]), 'BDS_E_ARGUMENT', /4 bytes, not 5/);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
