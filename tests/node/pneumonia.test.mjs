// The shipped model through the published interface.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { engineFor, fails, noModel, open, pneumonia, samples } from './common.mjs';
import { sha256 } from './tiny-model.mjs';

const skip = noModel;
const bytes = skip ? new Uint8Array(0) : new Uint8Array(readFileSync(pneumonia));
const pins = JSON.parse(readFileSync(new URL('../../demo/models.json', import.meta.url), 'utf8'));
/** @type {{file: string}[]} */
const list = JSON.parse(readFileSync(new URL('samples.json', samples), 'utf8'));

test("the demo's pinned hash is that of the committed model", { skip }, () => {
  assert.equal(pins.pneumonia.sha256, sha256(bytes));
  assert.equal(new URL(pins.pneumonia.url, 'http://localhost/').pathname, '/models/pneumonia/pneumonia.bds');
});

test('the model opens and says what it is for', { skip }, async () => {
  const model = await open(bytes);
  assert.deepEqual(model.info.labels, ['normal', 'pneumonia']);
  for (const key of ['name', 'title', 'licence', 'intended_use', 'limits', 'citation']) assert.ok(model.text(key), key);
  assert.match(String(model.text('intended_use')), /[Nn]ot a medical device/);
});

test('SIMD and scalar give the same bits on every sample', { skip }, async () => {
  const [fast, plain] = [await open(bytes, 'simd128'), await open(bytes, 'scalar')];
  for (const { file } of list) {
    const picture = readFileSync(new URL(file, samples));
    const [a, b] = [await fast.diagnose(picture, { keepInput: true }), await plain.diagnose(picture, { keepInput: true })];
    assert.deepEqual(a.input, b.input);
    assert.deepEqual([a.findings, a.doubts, a.distance], [b.findings, b.doubts, b.distance]);
    for (let i = 0; i < fast.info.outputs; i++) assert.deepEqual(fast.output(i), plain.output(i));
  }
});

test('10,000 runs take no memory', { skip }, async () => {
  const model = await open(bytes);
  const { input } = await model.diagnose(readFileSync(new URL(list[0].file, samples)), { keepInput: true });
  const tensor = /** @type {Int8Array} */ (input?.data);
  const first = await model.diagnose({ tensor });
  const held = model.memoryBytes;
  for (let i = 0; i < 10000; i++) {
    await model.prepare({ tensor });
    model.run();
  }
  assert.deepEqual(model.findings().findings, first.findings);
  assert.equal(model.memoryBytes, held);
});

test('cut off at any byte, or with any byte changed, it does not open', { skip }, async () => {
  const engine = await engineFor();
  /** The code of the error; fails() for each of some 150,000 files would take a minute. @param {Uint8Array} file */
  const codeOf = (file) => engine.check(file).then(() => 'opened', (error) => error.code);
  await engine.check(bytes);
  for (let n = 0; n < bytes.length; n++) {
    const code = await codeOf(bytes.subarray(0, n));
    assert.ok(code === 'BDS_E_TRUNCATED' || (n < 8 && /FORMAT|ARGUMENT/.test(code)), `${n} bytes: ${code}`);
  }
  const changed = bytes.slice();
  for (let i = 0; i < bytes.length; i++) {
    changed[i] ^= 1 << i % 8;
    const code = await codeOf(changed);
    assert.ok(['BDS_E_FORMAT', 'BDS_E_CORRUPT', 'BDS_E_TRUNCATED'].includes(code), `byte ${i}: ${code}`);
    changed[i] = bytes[i];
  }
  await engine.check(bytes);
  // The whole way, with the hash that the damaged file has.
  for (let i = 0; i < bytes.length; i += 499) {
    await fails(open(bytes.subarray(0, i)), ['BDS_E_FORMAT', 'BDS_E_TRUNCATED']);
    changed[i] ^= 0x40;
    await fails(open(changed), ['BDS_E_FORMAT', 'BDS_E_CORRUPT', 'BDS_E_TRUNCATED']);
    changed[i] = bytes[i];
  }
  await open(changed);
});
