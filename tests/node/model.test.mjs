// Models through the published interface: opening fails closed, errors leave nothing behind, results do not depend on the way.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { loadEngine } from '../../web/bedside.js';
import { engineFor, fails, open, patched, residentBytes, UNREACHABLE } from './common.mjs';
import { grey, isAlpha, png } from './pictures.mjs';
import { seal, sha256, tinyModel } from './tiny-model.mjs';

const bytes = tinyModel();
const hash = sha256(bytes);
const bright = png(40, 30, 1, grey(220));
const dark = png(30, 40, 1, grey(30));

/** What two runs on the same input must have in common. @param {import('../../web/bedside.js').Diagnosis} d */
const essence = ({ findings, top, doubts, distance }) => ({ findings, top, doubts, distance });

test('a model opens from path, URL, bytes and base64, with its hash in either case', async () => {
  const engine = await engineFor();
  const folder = mkdtempSync(join(tmpdir(), 'bedside-'));
  const path = join(folder, 'tiny.bds');
  writeFileSync(path, bytes);
  const base64 = Buffer.from(bytes).toString('base64');
  try {
    const padded = new Uint8Array(bytes.length + 3);
    padded.set(bytes, 3);
    const ways = [
      { url: path }, { url: pathToFileURL(path) }, { url: pathToFileURL(path).href }, { url: `data:application/octet-stream;base64,${base64}` },
      { bytes }, { bytes: bytes.buffer }, { bytes: padded.subarray(3) }, { base64 }, { base64: `data:;base64,${base64}` },
    ];
    for (const way of ways) {
      const model = await engine.openModel({ ...way, sha256: hash.toUpperCase() });
      const result = await model.diagnose(bright);
      assert.equal(result.findings[result.top].label, 'bright');
      assert.equal(result.modelSha256, hash);
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('a model tells what it is', async () => {
  const { info, text } = await open(bytes).then((model) => ({ info: model.info, text: (/** @type {string} */ key) => model.text(key) }));
  assert.deepEqual([info.name, info.labels, info.width, info.height, info.channels], ['tiny', ['dark', 'bright'], 8, 8, 1]);
  assert.deepEqual([info.inputs, info.outputs, info.operators, info.fileBytes, info.sha256], [1, 1, 3, bytes.length, hash]);
  assert.equal(info.contentSha256, sha256(bytes.subarray(64)));
  assert.equal(info.macs, 8 * 8 * 36 + 8);
  assert.equal(text('title'), 'Brightness');
  assert.equal(text('no such key'), null);
  assert.equal(text('x'.repeat(1000)), null);
});

test('the hash is checked first, with the help of the browser or without', async () => {
  const damaged = bytes.slice();
  damaged[damaged.length - 1] ^= 1;
  const engine = await engineFor();
  const own = Object.getOwnPropertyDescriptor(globalThis, 'crypto');
  for (const value of [own?.value ?? globalThis.crypto, undefined, {}, { subtle: { digest: () => Promise.reject(new Error('no')) } }]) {
    Object.defineProperty(globalThis, 'crypto', { value, configurable: true });
    try {
      await (await engine.openModel({ bytes, sha256: hash })).diagnose(bright);
      await fails(engine.openModel({ bytes: damaged, sha256: hash }), 'BDS_E_HASH');
      await fails(engine.openModel({ bytes: damaged, sha256: sha256(damaged) }), 'BDS_E_CORRUPT');
      const changed = bytes.slice();
      const opening = engine.openModel({ bytes: changed, sha256: hash });
      changed.fill(0);
      await fails(opening, 'BDS_E_HASH');
    } finally {
      if (own) Object.defineProperty(globalThis, 'crypto', own);
    }
  }
});

test('without its hash a model does not open', async () => {
  const engine = await engineFor();
  for (const sha256 of [undefined, null, '', 'unchecked', true, hash.slice(1), `${hash}0`, `sha256-${hash}`]) {
    // @ts-expect-error for the test
    await fails(engine.openModel({ bytes, sha256 }), 'BDS_E_NO_HASH');
    // @ts-expect-error nothing is fetched before the hash is known
    await fails(engine.openModel({ url: 'http://127.0.0.1:9/', sha256 }), 'BDS_E_NO_HASH');
  }
  // @ts-expect-error for the test
  await fails(engine.openModel(), 'BDS_E_NO_HASH');
  for (let i = 0; i < 64; i++) {
    const other = hash.slice(0, i) + (parseInt(hash[i], 16) ^ 1).toString(16) + hash.slice(i + 1);
    await fails(engine.openModel({ bytes, sha256: other }), 'BDS_E_HASH', /Expected .*received .*a Bedside model/);
  }
  await fails(engine.openModel({ bytes, sha256: '0'.repeat(64) }), 'BDS_E_HASH');
  await fails(engine.openModel({ sha256: hash }), 'BDS_E_ARGUMENT');
  await fails(engine.openModel({ url: './no/such.bds', sha256: hash }), 'BDS_E_FETCH');
});

test('something else in place of a model is named', async () => {
  /** @type {[string, RegExp][]} */
  const others = [
    ['<!doctype html><title>App</title>', /HTML page/],
    ['\n  <html lang="en">', /HTML page/],
    ['{"error":"not found"}', /JSON/],
    ['version https://git-lfs.github.com/spec/v1\noid sha256:00', /LFS pointer/],
    ['', /0 bytes/],
    ['just words', /not a Bedside model/],
    ['\x08\x07\x12\x07pytorch', /not a Bedside model/],
  ];
  for (const [text, message] of others) await fails(open(Buffer.from(text, 'latin1')), 'BDS_E_FORMAT', message);
});

const OPENING = ['BDS_E_FORMAT', 'BDS_E_VERSION', 'BDS_E_TRUNCATED', 'BDS_E_CORRUPT', 'BDS_E_INVALID', 'BDS_E_UNSUPPORTED', 'BDS_E_LIMIT'];

test('a file cut off anywhere does not open', async () => {
  for (let n = 0; n < bytes.length; n++) await fails(open(bytes.subarray(0, n)), n < 8 ? ['BDS_E_FORMAT', 'BDS_E_TRUNCATED'] : 'BDS_E_TRUNCATED');
  const longer = new Uint8Array(bytes.length + 1);
  longer.set(bytes);
  await fails(open(longer), 'BDS_E_CORRUPT');
});

test('a file with any byte changed does not open', async () => {
  const changed = bytes.slice();
  for (let i = 0; i < bytes.length; i++) {
    changed[i] ^= 1 << i % 8;
    // The CRC itself at 20 to 23 changes nothing where the SHA-256 of the content is right.
    if (i < 20 || i > 23) await fails(open(changed), i < 8 ? 'BDS_E_FORMAT' : ['BDS_E_CORRUPT', 'BDS_E_TRUNCATED']);
    await fails((await engineFor()).check(changed), i < 8 ? 'BDS_E_FORMAT' : ['BDS_E_CORRUPT', 'BDS_E_TRUNCATED']);
    changed[i] = bytes[i];
  }
  await open(bytes);
});

test('a file with any byte changed and its checksums made right does not open, or runs', async () => {
  let opened = 0;
  for (let i = 64; i < bytes.length; i++) {
    const changed = Buffer.from(bytes);
    changed[i] ^= 1 << ((i * 5) % 8);
    seal(changed);
    let model;
    try {
      model = await open(changed, 'simd128', { maxBytes: 2 ** 24 });
    } catch (error) {
      const { code } = /** @type {import('../../web/bedside.js').BedsideError} */ (error);
      assert.ok([...OPENING, 'BDS_E_MEMORY'].includes(code), `byte ${i}: ${error}`);
      continue;
    }
    opened++;
    try {
      const { findings } = await model.diagnose(bright);
      for (const { probability, low, high } of findings) assert.ok(0 <= low && low <= probability && probability <= high && high <= 1, `byte ${i}`);
    } catch (error) {
      const { code } = /** @type {import('../../web/bedside.js').BedsideError} */ (error);
      assert.ok(['BDS_E_IMAGE_BLANK', 'BDS_E_UNSUPPORTED', 'BDS_E_ARGUMENT'].includes(code), `byte ${i}: ${error}`);
    }
  }
  assert.ok(opened > 500, `weights, texts and padding: ${opened}`);
});

test('a model keeps to its memory budget', async () => {
  const page = 65536;
  const least = (await open(bytes)).memoryBytes;
  await fails(open(bytes, 'simd128', { maxBytes: 1000 }), 'BDS_E_MEMORY');
  const big = tinyModel({ size: 256 });
  for (let maxBytes = page; ; maxBytes += page) {
    assert.ok(maxBytes < 64 * page);
    try {
      const model = await open(big, 'simd128', { maxBytes });
      assert.ok(model.memoryBytes > least && model.memoryBytes <= maxBytes);
      break;
    } catch (error) {
      await fails(Promise.reject(error), 'BDS_E_MEMORY', /memory; the limit is/);
    }
  }
  const model = await open(bytes, 'simd128', { maxBytes: 2 ** 20 });
  const { findings } = await model.diagnose(bright);
  const photograph = png(2000, 1500, 3, (x) => x & 255);
  await fails(model.diagnose(photograph), 'BDS_E_MEMORY');
  await fails(() => model.findings(), 'BDS_E_STATE');
  assert.ok(model.peakBytes <= 2 ** 20);
  assert.deepEqual((await model.diagnose(bright)).findings, findings);
});

test('memory that the device refuses is an error, and only that', async () => {
  const { grow } = WebAssembly.Memory.prototype;
  WebAssembly.Memory.prototype.grow = () => {
    throw new RangeError('refused');
  };
  try {
    await fails(open(tinyModel({ size: 256 })), 'BDS_E_MEMORY', /refused/);
    const model = await open(bytes);
    await fails(model.diagnose(png(1000, 800, 3, (x) => x & 255)), 'BDS_E_MEMORY', /refused/);
    await fails(() => model.findings(), 'BDS_E_STATE');
    WebAssembly.Memory.prototype.grow = grow;
    await model.diagnose(bright);
  } finally {
    WebAssembly.Memory.prototype.grow = grow;
  }
});

test('calls in the wrong order', async () => {
  const model = await open(bytes);
  const nothing = async () => {
    await fails(() => model.findings(), 'BDS_E_STATE');
    await fails(() => model.output(), 'BDS_E_STATE');
    await fails(() => model.run(), 'BDS_E_STATE');
    await fails(() => model.step(), 'BDS_E_STATE');
    await fails(() => model.input(), 'BDS_E_STATE');
  };
  await nothing();
  await model.prepare(bright);
  await fails(() => model.findings(), 'BDS_E_STATE');
  assert.equal(model.step(), true);
  await fails(() => model.findings(), 'BDS_E_STATE');
  await fails(() => model.run(), 'BDS_E_STATE');
  await fails(model.prepare(Buffer.from('text')), 'BDS_E_IMAGE_FORMAT');
  await nothing();
  await model.diagnose(bright);
  model.findings();
  await fails(() => model.input(), 'BDS_E_STATE');
  await fails(model.diagnose(Buffer.from('text')), 'BDS_E_IMAGE_FORMAT');
  await nothing();
});

test('step by step is the same as in one go, and says how far it is', async () => {
  const model = await open(bytes);
  const whole = await model.diagnose(bright);
  await model.prepare(bright);
  let steps = 1;
  while (model.step()) steps++;
  assert.equal(steps, model.info.operators);
  assert.deepEqual(model.findings().findings, whole.findings);
  /** @type {unknown[]} */
  const seen = [];
  assert.deepEqual(essence(await model.diagnose(bright, { onProgress: (p) => seen.push(p) })), essence(whole));
  assert.deepEqual(seen, [1, 2, 3].map((step) => ({ step, steps: 3 })));
});

test('what goes in and out can be looked at', async () => {
  const model = await open(bytes);
  // Two by two pixels make one: 200 and 208 in the left half, 100 and 108 in the right one.
  const pixels = new Uint8Array(16 * 16).map((_, i) => (i % 16 < 8 ? 200 : 100) + (i & 1) * 8);
  await model.prepare({ pixels, width: 16, height: 16, channels: 1 });
  const input = model.input(0);
  assert.ok(input.data instanceof Int8Array);
  assert.deepEqual([input.dims, input.zeroPoint, input.scale], [[1, 8, 8, 1], 0, 1 / 128]);
  assert.deepEqual([...input.data], Array.from({ length: 64 }, (_, i) => (i % 8 < 4 ? 204 : 104) - 128));
  await fails(() => model.input(1), 'BDS_E_ARGUMENT');
  model.run();
  const output = model.output(0);
  assert.ok(output.data instanceof Int16Array);
  assert.deepEqual([...output.data], model.findings().findings.map((f) => f.logit));
  await fails(() => model.output(1), 'BDS_E_ARGUMENT');
});

test('raw integers go in as they are', async () => {
  const model = await open(bytes);
  const { input, ...result } = await model.diagnose(bright, { keepInput: true });
  assert.deepEqual((await model.diagnose({ tensor: /** @type {Int8Array} */ (input?.data) })).findings, result.findings);
  await fails(model.diagnose({ tensor: new Int8Array(63) }), 'BDS_E_ARGUMENT', /64 bytes, not 63/);
  await fails(model.diagnose({ tensor: new Int8Array(65) }), 'BDS_E_ARGUMENT', /64 bytes, not 65/);
  for (const tensor of [new Int16Array(64), new Int16Array(32), new Uint8Array(64), new Uint8ClampedArray(64), new Float32Array(16), new ArrayBuffer(64), new DataView(new ArrayBuffer(64)), Array(64).fill(0), null]) {
    // @ts-expect-error for the test
    await fails(model.diagnose({ tensor }), 'BDS_E_ARGUMENT', /Int8Array/);
    await fails(() => model.findings(), 'BDS_E_STATE');
  }
});

test('looking at the input does not make the doubts go away', async () => {
  const model = await open(bytes);
  const red = png(20, 20, 3, (x, y, c) => (c ? 60 : 150 + x));
  for (const keepInput of [false, true]) {
    assert.ok((await model.diagnose(red, { keepInput })).doubts.includes('colour'));
    assert.deepEqual((await model.diagnose(png(6, 6, 1, grey(220)), { keepInput })).doubts, ['small']);
  }
});

test('every doubt is reported, and nothing is certain with one', async () => {
  const certain = await (await open(bytes)).diagnose(bright);
  assert.deepEqual([certain.doubts, certain.certain], [[], true]);
  const unsure = await (await open(bytes)).diagnose(png(40, 40, 1, grey(128)));
  assert.deepEqual([unsure.doubts, unsure.certain], [['unsure'], false]);
  const unknown = await (await open(tinyModel({ gateLimit: 256 }))).diagnose(bright);
  assert.deepEqual([unknown.doubts, unknown.certain], [['unknown'], false]);
  assert.ok(unknown.distance > unknown.distanceLimit && unknown.distanceLimit === 1);
});

test('probabilities are numbers and exact integers', async () => {
  const { findings } = await (await open(bytes)).diagnose(bright);
  for (const f of findings) {
    assert.equal(f.probability, f.probabilityQ16 / 65536);
    assert.equal(f.low, f.lowQ16 / 65536);
    assert.equal(f.high, f.highQ16 / 65536);
  }
  assert.ok(Math.abs(findings.reduce((sum, f) => sum + f.probabilityQ16, 0) - 65536) <= findings.length);
});

test('SIMD and scalar give the same bits', async () => {
  const [fast, plain] = [await open(tinyModel({ size: 16 }), 'simd128'), await open(tinyModel({ size: 16 }), 'scalar')];
  for (let i = 0; i < 60; i++) {
    const channels = /** @type {1 | 2 | 3 | 4} */ (1 + (i % 4));
    const picture = png(16 + 3 * i, 90 - i, channels, (x, y, c) => ((x * (i + 3) + y * y + c * 41) & 255) | (isAlpha(c, channels) ? 128 : 0));
    const [a, b] = [await fast.diagnose(picture), await plain.diagnose(picture)];
    assert.deepEqual(essence(a), essence(b));
    assert.deepEqual(fast.output().data, plain.output().data);
  }
});

test('models side by side do not disturb each other', async () => {
  const models = [await open(bytes), await open(tinyModel({ size: 16, name: 'other' })), await open(tinyModel({ channels: 3 }))];
  const alone = [];
  for (const model of models) alone.push([essence(await model.diagnose(bright)), essence(await model.diagnose(dark))]);
  for (let i = 0; i < 20; i++) {
    const together = await Promise.all(models.flatMap((model) => [model.diagnose(bright), model.diagnose(dark)]));
    assert.deepEqual(together.map(essence), alone.flat());
  }
  models[0].dispose();
  assert.deepEqual(essence(await models[1].diagnose(dark)), alone[1][1]);
});

test('calls that overlap get the results of their own pictures', async () => {
  const model = await open(bytes);
  const pictures = Array.from({ length: 30 }, (_, i) => png(20 + i, 20, 1, grey(20 + 7 * i)));
  /** @type {unknown[]} */
  const apart = [];
  for (const picture of pictures) apart.push(essence(await model.diagnose(picture)));
  const inputs = pictures.map((picture, i) => (i % 3 ? picture : new Blob([picture])));
  inputs.splice(7, 0, Buffer.from('not a picture'));
  const results = await Promise.allSettled(inputs.map((input) => model.diagnose(input)));
  const [refused] = results.splice(7, 1);
  assert.equal(refused.status, 'rejected');
  results.forEach((result, i) => {
    assert.ok(result.status === 'fulfilled');
    assert.deepEqual(essence(result.value), apart[i]);
    assert.equal(result.value.inputSha256, sha256(pictures[i]));
  });
});

test('the former result is gone as soon as a call begins', async () => {
  const model = await open(bytes);
  await model.diagnose(bright);
  model.findings();
  for (const begin of [() => model.diagnose(dark), () => model.prepare(dark), () => model.diagnose(Buffer.from('text'))]) {
    await model.diagnose(bright);
    const begun = begin();
    // All in the same breath: nothing is awaited between the call and these.
    const refused = [() => model.findings(), () => model.output(), () => model.run(), () => model.step(), () => model.input()].map((call) => fails(call, 'BDS_E_STATE'));
    await Promise.all(refused);
    await begun.catch(() => {});
  }
  await model.prepare(bright);
  const begun = model.prepare(dark);
  const refused = fails(() => model.run(), 'BDS_E_STATE');
  await refused;
  await begun;
});

test('what becomes of the bytes after the call does not matter', async () => {
  const model = await open(bytes);
  const expected = await model.diagnose(bright);
  const pixels = () => new Uint8Array(400).map((_, i) => 200 + (i % 23));
  const square = { width: 20, height: 20, channels: /** @type {1} */ (1) };
  const fromPixels = await model.diagnose({ pixels: pixels(), ...square });
  const [overwritten, moved, buffer, values] = [bright.slice(), bright.slice(), bright.slice().buffer, pixels()];
  const calls = [model.diagnose(overwritten), model.diagnose(dark), model.diagnose(moved), model.diagnose(buffer), model.diagnose({ pixels: values, ...square })];
  overwritten.fill(0);
  values.fill(0);
  structuredClone(0, { transfer: [moved.buffer, buffer] });
  const results = await Promise.all(calls);
  for (const i of [0, 2, 3]) {
    assert.deepEqual(essence(results[i]), essence(expected));
    assert.equal(results[i].inputSha256, sha256(bright));
  }
  assert.deepEqual(essence(results[4]), essence(fromPixels));
  assert.equal(results[4].inputSha256, sha256(pixels()));
  // What is gone already is named.
  for (const gone of [moved, buffer, { pixels: moved, ...square }]) await fails(model.diagnose(gone), 'BDS_E_ARGUMENT', /empty/);
});

test('options may be absent, and must be what they are', async () => {
  const model = await open(bytes);
  // @ts-expect-error for the test
  assert.deepEqual(essence(await model.diagnose(bright, null)), essence(await model.diagnose(bright)));
  // @ts-expect-error for the test
  await Promise.all([model.diagnose(bright), fails(model.diagnose(bright, { onProgress: 7 }), 'BDS_E_ARGUMENT', /onProgress/)]);
  await fails(() => model.findings(), 'BDS_E_STATE');
});

test('limits are numbers', async () => {
  for (const name of ['maxBytes', 'maxPixels']) {
    for (const value of [NaN, Infinity, -Infinity, -1, 0, 0.5, '1000000', null, 10n, {}]) {
      await fails(open(bytes, 'simd128', { [name]: value }), 'BDS_E_ARGUMENT', new RegExp(name));
    }
  }
  for (const maxPixels of [2 ** 32, 2 ** 53]) await (await open(bytes, 'simd128', { maxPixels })).diagnose(bright);
});

test('the bytes of a model are bytes', async () => {
  const engine = await engineFor();
  await engine.check(bytes);
  await engine.check(/** @type {ArrayBuffer} */ (bytes.buffer));
  assert.equal(bytes.length % 4, 0);
  const others = [new Uint16Array(bytes.buffer), new Float32Array(bytes.buffer), new Int8Array(bytes.buffer), new DataView(bytes.buffer), [...bytes], {}, 7, null, undefined];
  for (const other of others) {
    // @ts-expect-error for the test
    await fails(engine.check(other), 'BDS_E_ARGUMENT', /Uint8Array/);
    // @ts-expect-error for the test
    await fails(engine.openModel({ bytes: other, sha256: hash }), 'BDS_E_ARGUMENT', /Uint8Array/);
  }
  // @ts-expect-error for the test
  await fails(engine.openModel({ url: 7, sha256: hash }), 'BDS_E_ARGUMENT', /address/);
  const gone = bytes.slice();
  structuredClone(0, { transfer: [gone.buffer] });
  await fails(engine.check(gone), 'BDS_E_ARGUMENT');
  await fails(engine.openModel({ bytes: gone, sha256: hash }), 'BDS_E_ARGUMENT');
});

test('between prepare and run nobody can slip in', async () => {
  const model = await open(bytes);
  const prepared = model.prepare(bright);
  const other = model.diagnose(dark);
  await prepared;
  // Either the bright picture is still there, or it is an error: never the dark one's result in its place.
  try {
    model.run();
    assert.equal(model.findings().top, 1);
  } catch (error) {
    await fails(Promise.reject(error), 'BDS_E_STATE');
  }
  assert.equal((await other).top, 0);
});

test('10,000 runs take no memory', async () => {
  const model = await open(bytes);
  const other = png(200, 160, 3, (x, y, c) => (x + y + c) & 255);
  for (const picture of [bright, dark, other]) await model.diagnose(picture);
  const held = model.memoryBytes;
  const most = model.peakBytes; // with the decoder beside it
  assert.ok(most > held && most < held + 2 ** 20, `${held} bytes held, ${most} at most`);
  const resident = [];
  for (let i = 0; i < 10000; i++) {
    await model.diagnose(i % 50 ? dark : other);
    if (i % 1000 === 999) resident.push(residentBytes());
  }
  assert.equal(model.memoryBytes, held);
  assert.equal(model.peakBytes, most);
  assert.ok(resident[9] - resident[1] < 16 * 2 ** 20, `resident set in MiB: ${resident.map((n) => Math.round(n / 2 ** 20))}`);
});

test('opening and disposing again and again keeps the process small', async () => {
  const resident = [];
  for (let i = 0; i < 300; i++) {
    const model = await open(bytes);
    await model.diagnose(bright);
    model.dispose();
    if (i % 100 === 99) resident.push(residentBytes());
  }
  assert.ok(resident[2] - resident[0] < 16 * 2 ** 20, `resident set in MiB: ${resident.map((n) => Math.round(n / 2 ** 20))}`);
});

test('a model that was disposed of does nothing', async () => {
  const model = await open(bytes);
  await model.diagnose(bright);
  const late = model.diagnose(new Blob([bright]));
  model.dispose();
  model.dispose();
  await fails(late, 'BDS_E_DISPOSED');
  for (const call of [() => model.run(), () => model.step(), () => model.findings(), () => model.input(), () => model.output(), () => model.text('name'), () => model.card, () => model.marking()]) {
    await fails(call, 'BDS_E_DISPOSED');
  }
  await fails(model.prepare(bright), 'BDS_E_DISPOSED');
  await fails(model.diagnose(bright), 'BDS_E_DISPOSED');
  assert.equal(model.memoryBytes, 0);
});

test('a core that stops is replaced, and leaves no result', async (t) => {
  const engine = await loadEngine({ wasm: patched('bds_run', UNREACHABLE) });
  const model = await engine.openModel({ bytes, sha256: hash });
  const expected = essence(await (await open(bytes)).diagnose(bright));
  const { Instance } = WebAssembly;
  let made = 0;
  t.after(() => void (WebAssembly.Instance = Instance));
  WebAssembly.Instance = class extends Instance {
    /** @param {WebAssembly.Module} module @param {WebAssembly.Imports} [imports] */
    constructor(module, imports) {
      super(module, imports);
      if (WebAssembly.Module.exports(module).some(({ name }) => name === 'bds_run')) made++; // not the decoder's
    }
  };
  for (let i = 0; i < 3; i++) {
    assert.equal(made, i);
    await fails(model.diagnose(bright), 'BDS_E_TRAP', /bds_run/);
    await fails(() => model.findings(), 'BDS_E_STATE');
    await fails(() => model.run(), 'BDS_E_STATE');
    // Only bds_run is broken in this module: step by step a fresh instance works.
    assert.deepEqual(essence(await model.diagnose(bright, { onProgress() {} })), expected);
    assert.equal(made, i + 1, 'a new instance for each that stopped, and no more');
    await model.diagnose(bright, { onProgress() {} });
  }
  const stopsAtOnce = await loadEngine({ wasm: patched('bds_plan_create', UNREACHABLE) });
  await fails(stopsAtOnce.openModel({ bytes, sha256: hash }), 'BDS_E_TRAP');
});
