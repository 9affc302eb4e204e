// The benchmark: that it runs, and says what it says in the shape that it promises. No time is judged here.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { chart } from '../../scripts/bench/chart.mjs';
import { measured } from '../../scripts/bench/document.mjs';
import { folder as benchModels, known, waves } from '../../scripts/bench/models.mjs';
import { INT8, readNetwork } from '../../scripts/bench/network.mjs';
import { toOnnx } from '../../scripts/bench/onnx.mjs';
import { openCeiling } from '../../scripts/bench/page/ceiling.mjs';
import { findChromium } from '../../scripts/setup.mjs';
import { tinyModel } from './tiny-model.mjs';

const root = fileURLToPath(new URL('../..', import.meta.url));
const program = process.env.BEDSIDE_PROGRAM ?? join(root, 'build/native/bedside');
const folder = mkdtempSync(join(tmpdir(), 'bedside-bench-test-'));
after(() => rmSync(folder, { recursive: true }));
const tiny = join(folder, 'tiny.bds');
writeFileSync(tiny, tinyModel());

/** @param {string} command @param {string[]} args */
function run(command, ...args) {
  const { status, stdout, stderr, error } = spawnSync(command, args, { encoding: 'utf8', cwd: root });
  if (error) throw error;
  return { status, stdout, stderr };
}

/** @param {unknown} value @param {string} what */
const positive = (value, what) => assert.ok(typeof value === 'number' && value > 0 && Number.isFinite(value), `${what}: ${value}`);

test('bedside bench: times, and with --layers every operator', () => {
  const { status, stdout, stderr } = run(program, 'bench', tiny, '--json', '--layers', '--rounds', '50');
  assert.equal(status, 0, stderr);
  const found = JSON.parse(stdout);
  for (const key of ['min_ms', 'median_ms', 'p95_ms', 'gmacs', 'arena_bytes']) positive(found[key], key);
  assert.ok(found.min_ms <= found.median_ms && found.median_ms <= found.p95_ms);
  assert.equal(found.rounds, 50);
  assert.equal(found.threads, 1);
  assert.deepEqual(found.layers.map((/** @type {any} */ { op }) => op), ['conv', 'avg pool', 'dense']);
  assert.equal(found.layers.reduce((/** @type {number} */ sum, /** @type {any} */ { macs }) => sum + macs, 0), found.macs);
  const shares = found.layers.reduce((/** @type {number} */ sum, /** @type {any} */ { share }) => sum + share, 0);
  assert.ok(Math.abs(shares - 1) < 0.01, `the shares sum up to ${shares}`);
  const table = run(program, 'bench', tiny, '--layers', '--rounds', '5', '--cpu', 'scalar');
  assert.equal(table.status, 0, table.stderr);
  assert.match(table.stdout, /kernels {2}scalar, one thread\n/);
  assert.match(table.stdout, /\n {5}0 conv .*#\n/);
  assert.ok(table.stdout.split('\n').slice(1).every((line) => line.length <= 100), 'lines fit a terminal');
});

test('bedside bench: what is asked for wrongly is refused', () => {
  /** @param {RegExp} message @param {string[]} args */
  const bad = (message, ...args) => {
    const { status, stderr } = run(program, 'bench', ...args);
    assert.equal(status, 2);
    assert.match(stderr, message);
  };
  bad(/one \.bds file is needed/);
  bad(/--rounds must be from 1 to 1000000/, tiny, '--rounds', '0');
  bad(/--cpu is scalar, all, or names of features, not z80/, tiny, '--cpu', 'z80');
  bad(/--cpu takes names or a number, not 7x/, tiny, '--cpu', '7x');
});

test('the ceiling\'s loop runs in this engine', () => {
  const gmacs = openCeiling()();
  assert.ok(gmacs > 0.1 && gmacs < 1000, `${gmacs} GMAC/s`);
});

const noChromium = findChromium() ? false : 'no Chromium is installed';
test('npm run bench: the shape of the results, table, chart and document', { skip: noChromium }, () => {
  const { status, stdout, stderr } = run(process.execPath, 'scripts/bench.mjs', '--no-build', '--models', tiny, '--rounds', '2', '--cold', '1', '--slices', '1', '--json');
  assert.equal(status, 0, stderr);
  assert.match(stderr, /tiny: bedside [\d.]+ ms\n {2}cold: bedside \d+ ms\n {2}native: bedside [\d.]+ ms/);
  const results = JSON.parse(stdout);
  const { tiny: model } = results.models;
  for (const key of ['bedside_ms', 'gmacs', 'macs']) positive(model[key], key);
  assert.deepEqual(model.peers, {});
  assert.equal(model.ratio, null);
  assert.deepEqual(model.errors, {});
  positive(model.times.bedside.median, 'median');
  positive(results.cold_ms.tiny.bedside, 'cold');
  positive(results.memory_bytes.tiny.bedside, 'memory');
  positive(results.native.tiny.bedside_ms, 'native');
  positive(results.brotli_bytes, 'bytes over the wire');
  positive(results.ceiling.wasm_gmacs, 'ceiling');
  // With invented peers, so that their columns are there.
  Object.assign(model, { peers: { litert: 9 * model.bedside_ms, ort: 2 * model.bedside_ms }, ratio: 2 });
  assert.match(measured(results), /\| tiny \| \*\*[\d.]+\*\* \| [\d.]+ \| [\d.]+ \| \*\*2\.00 x\*\* \|/);
  const svg = chart(results);
  assert.match(svg, /^<svg [^]*<\/svg>\n$/);
  assert.match(svg, />Bedside<[^]*>LiteRT\.js<[^]*\(9\.00 x\)[^]*>ONNX Runtime Web<[^]*\(2\.00 x\)/);
  const json = join(folder, 'results.json');
  writeFileSync(json, JSON.stringify(results));
  const again = run(process.execPath, 'scripts/bench.mjs', '--from', json);
  assert.match(again.stdout, /\n {2}tiny +[\d.]+ +[\d.]+ +[\d.]+ +2\.00 /);
});

test('npm run bench: an unknown model is named', () => {
  const { status, stderr } = run(process.execPath, 'scripts/bench.mjs', '--no-build', '--models', 'nothing');
  assert.notEqual(status, 0);
  assert.match(stderr, /There is no model nothing: name a \.bds file, or one of mobilenet_v2, /);
});

const ort = (() => {
  try {
    return createRequire(import.meta.url)('onnxruntime-node');
  } catch {
    return null; // not for this machine
  }
})();
const tools = process.env.BEDSIDE_TOOLS ?? join(root, 'build/native/tests/tools');
for (const name of ['kws', 'vww', 'ad']) {
  const path = join(benchModels, known[name].file);
  const skip = !existsSync(path) ? `${path} is not there` : !ort ? 'onnxruntime-node does not load here' : false;
  test(`${name}: ONNX Runtime gives what the importer's network gives`, { skip }, async () => {
    const network = await readNetwork(path, folder, name);
    const input = network.tensors[network.inputs[0]];
    assert.equal(input.type, INT8);
    const session = await ort.InferenceSession.create(toOnnx(network), { intraOpNumThreads: 1 });
    for (let seed = 1; seed <= 3; seed++) {
      const shape = input.dims.length === 4 ? input.dims.slice(1) : [1, 1, input.dims[1]];
      const data = waves(shape, seed, known[name].amplitude);
      const { [session.outputNames[0]]: output } = await session.run({ [session.inputNames[0]]: new ort.Tensor('int8', data, input.dims) });
      const { status, stdout } = spawnSync(join(tools, 'run_model'), [path], { input: data });
      assert.equal(status, 0);
      const wanted = new Int8Array(Uint8Array.from(stdout).buffer);
      const apart = Math.max(...wanted.map((value, i) => Math.abs(value - output.data[i])));
      assert.ok(apart <= 4, `seed ${seed}: ${apart} steps apart`);
    }
  });
}

test('docs/performance.md has a place for what is measured', () => {
  const text = readFileSync(join(root, 'docs/performance.md'), 'utf8');
  assert.match(text, /<!-- measured: [^]*<!-- end of measured -->/);
  assert.match(text, /not a\s+medical device/);
});
