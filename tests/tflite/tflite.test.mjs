// TensorFlow Lite's files, imported and compiled, against TensorFlow Lite's own runtime.
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { countOf, lead, picture, random } from './inputs.mjs';
import { noTensorflowLite, openTensorflowLite, withAllOutputs } from './tensorflow-lite.mjs';

/** @typedef {import('./tensorflow-lite.mjs').Numbers} Numbers */

const root = fileURLToPath(new URL('../..', import.meta.url));
const tools = process.env.BEDSIDE_TOOLS ?? join(root, 'build/native/tests/tools');
const bench = process.env.BEDSIDE_BENCH_MODELS ?? join(root, '../shared/bench-models');
const folder = mkdtempSync(join(tmpdir(), 'bedside-tflite-'));
after(() => rmSync(folder, { recursive: true }));

/** The bytes of numbers. @param {Numbers} numbers */
const bytesOf = (numbers) => Buffer.from(numbers.buffer, numbers.byteOffset, numbers.byteLength);

/** Runs a network as imported. @param {string} path @param {Numbers[]} inputs @param {Numbers[]} like arrays of the outputs' types */
function runImported(path, inputs, like) {
  const { status, stdout, stderr } = spawnSync(join(tools, 'run_model'), [path], { input: Buffer.concat(inputs.map(bytesOf)), maxBuffer: 1 << 28 });
  assert.equal(status, 0, `${path}: ${stderr}`);
  let at = 0;
  const outputs = like.map((numbers) => {
    const bytes = Uint8Array.from(stdout.subarray(at, (at += numbers.byteLength)));
    assert.equal(bytes.length, numbers.byteLength, `${path}: the results are too short`);
    return new /** @type {any} */ (numbers).constructor(bytes.buffer);
  });
  assert.equal(at, stdout.length, `${path}: the results are too long`);
  return outputs;
}

/** The largest difference; of floats relative to what is larger than 1. @param {Numbers} a @param {Numbers} b */
function apart(a, b) {
  let worst = 0;
  for (let i = 0; i < a.length; i++) {
    const d = Math.abs(a[i] - b[i]) / (a instanceof Float32Array ? Math.max(1, Math.abs(b[i])) : 1);
    if (!(d <= worst)) worst = d; // a NaN stays
  }
  return worst;
}

const noTools = existsSync(join(tools, 'run_model')) ? false : `${tools} has no run_model: build the native preset`;

/** Random numbers for a port. @param {import('./tensorflow-lite.mjs').Port} port @param {() => number} next @returns {Numbers} */
function noise({ shape, type }, next) {
  const n = { length: countOf(shape) };
  if (type === 'float32') return Float32Array.from(n, () => next() * 6 - 3);
  if (type === 'int32') return Int32Array.from(n, () => Math.floor(next() * 5));
  return type === 'int8' ? Int8Array.from(n, () => Math.floor(next() * 256) - 128) : Uint8Array.from(n, () => Math.floor(next() * 256));
}

/** Writes the small models once. */
function smallModels() {
  if (!existsSync(join(folder, 'conv_same_int8.tflite'))) assert.equal(spawnSync(join(tools, 'make_tflite_models'), [folder]).status, 0);
  const files = readdirSync(folder).filter((file) => file.endsWith('.tflite'));
  assert.ok(files.length > 200, `only ${files.length} models`);
  return files;
}

test('each operator gives what TensorFlow Lite gives', { skip: noTools || noTensorflowLite }, async (t) => {
  const next = random(1);
  const files = smallModels();
  let equal = 0;
  let total = 0;
  for (const file of files) {
    const path = join(folder, file);
    const oracle = await openTensorflowLite(readFileSync(path));
    const inputs = oracle.inputs.map((port) => noise(port, next));
    const wanted = oracle.run(...inputs);
    const got = runImported(path, inputs, wanted);
    wanted.forEach((numbers, i) => {
      // Integers that are no quantised results (indices, truths) are equal; quantised ones may be a step apart.
      const exact = oracle.outputs[i].type === 'int32' || oracle.outputs[i].type === 'bool';
      const limit = numbers instanceof Float32Array ? 1e-5 : exact ? 0 : 1;
      assert.ok(apart(got[i], numbers) <= limit, `${file}: output ${i} is ${apart(got[i], numbers)} apart`);
      if (numbers instanceof Int8Array || (numbers instanceof Uint8Array && !exact)) {
        equal += numbers.filter((value, k) => value === got[i][k]).length;
        total += numbers.length;
      }
    });
    oracle.close();
  }
  t.diagnostic(`${files.length} models; ${((100 * equal) / total).toFixed(2)} % of the quantised results are equal, the others one step apart`);
});

/** Names as the importer cuts them. @param {string} name */
const cut = (name) => Buffer.from(name.split(';')[0].slice(0, 60));

/** @param {number[]} values */
const uint32 = (...values) => Buffer.from(Uint32Array.from(values).buffer);

/**
 * What compare_layers reads: the layers, then inputs on which TensorFlow Lite is decided, with its results of all layers.
 * @param {Uint8Array} bytes
 * @param {{ inputs: number, margin: number }} how many, and by how much its first answer must lead
 */
async function* records(bytes, { inputs, margin }) {
  const all = withAllOutputs(bytes);
  const whole = await openTensorflowLite(bytes);
  const layers = await openTensorflowLite(all.bytes);
  yield uint32(all.names.length);
  for (const [i, name] of all.names.entries()) {
    yield Buffer.concat([uint32(cut(name).length), cut(name), uint32(countOf(layers.outputs[i].shape))]);
  }
  const next = random(20);
  for (let found = 0, tried = 0; found < inputs; tried++) {
    assert.ok(tried < 20 * inputs, 'TensorFlow Lite is hardly ever decided');
    const x = picture(whole.inputs[0], next);
    if (margin > 0 && lead(whole.run(x)[0]) < margin) continue;
    found++;
    yield Buffer.concat([x, ...layers.run(x)].map(bytesOf));
  }
  whole.close();
  layers.close();
}

/** @param {Buffer<any>} buffer */
async function* one(buffer) {
  yield buffer;
}

/** @param {string} path @param {AsyncIterable<Buffer<any>>} from */
async function compareLayers(path, from) {
  const child = spawn(join(tools, 'compare_layers'), [path]);
  let output = '';
  let errors = '';
  child.stdout.on('data', (data) => (output += data));
  child.stderr.on('data', (data) => (errors += data));
  const closed = new Promise((resolve) => child.on('close', resolve));
  await pipeline(Readable.from(from, { objectMode: true, highWaterMark: 1 }), child.stdin).catch((/** @type {any} */ e) => {
    if (e.code !== 'EPIPE') throw e; // the program's own sentence says more
  });
  assert.equal(await closed, 0, errors);
  return JSON.parse(output);
}

/**
 * Operators that become several layers, between which the file fixes no scale: they need calibration data. LOG_SOFTMAX is one whose
 * result is too coarse then.
 */
const needCalibration = /^(l2_normalization|squared_difference|reduce_min|log_softmax)_/;

test('each quantised operator compiles to layers within one step of TensorFlow Lite\'s', { skip: noTools || noTensorflowLite }, async (t) => {
  const next = random(2);
  let compared = 0;
  for (const file of smallModels()) {
    const path = join(folder, file);
    const all = withAllOutputs(readFileSync(path));
    const oracle = await openTensorflowLite(all.bytes);
    const quantised = [...oracle.inputs, ...oracle.outputs].every(({ type }) => /^u?int8$/.test(type));
    if (!quantised || needCalibration.test(file)) {
      oracle.close();
      continue;
    }
    /** @type {Buffer<any>[]} */
    const parts = [uint32(all.names.length)];
    all.names.forEach((name, i) => parts.push(uint32(cut(name).length), cut(name), uint32(countOf(oracle.outputs[i].shape))));
    for (let i = 0; i < 5; i++) {
      const inputs = oracle.inputs.map((port) => noise(port, next));
      parts.push(...[...inputs, ...oracle.run(...inputs)].map(bytesOf));
    }
    oracle.close();
    const found = await compareLayers(path, one(Buffer.concat(parts)));
    for (const { name, kind, worst } of found.layers) assert.ok(worst <= 1, `${file}: ${kind} '${name}' is ${worst} steps apart`);
    assert.ok(found.all_channels.worst <= 1, `${file}: the result is ${found.all_channels.worst} steps apart`);
    compared++;
  }
  assert.ok(compared > 120, `only ${compared} models`);
  t.diagnostic(`${compared} models`);
});

/**
 * Quantised networks, and by how many steps of 1/256 the first answer must lead for an input to count as decided. Steps of one in the
 * layers grow on their way: TensorFlow Lite's own kernels, its reference and its fast ones, give the last of these networks other
 * answers on one picture of ten and differ by up to 69 steps. The first rebuilds its input and decides nothing.
 */
const quantised = [
  { file: 'ad01_int8.tflite', margin: 0 },
  { file: 'kws_ref_model.tflite', margin: 64 },
  { file: 'vww_96_int8.tflite', margin: 64 },
  { file: 'mobilenet_v2_1.0_224_quant.tflite', margin: 64 },
  { file: 'pretrainedResnet_quant.tflite', margin: 128 },
];
const INPUTS = 100;

for (const { file, margin } of quantised) {
  const path = join(bench, file);
  const skip = noTools || noTensorflowLite || (existsSync(path) ? false : `${path} is not there`);
  test(`${file}: each layer within one step of TensorFlow Lite's, and the same answers`, { skip }, async (t) => {
    const found = await compareLayers(path, records(readFileSync(path), { inputs: INPUTS, margin }));
    const equal = found.layers.map((/** @type {any} */ layer) => layer.equal);
    const mean = equal.reduce((/** @type {number} */ sum, /** @type {number} */ share) => sum + share, 0) / equal.length;
    const percent = (/** @type {number} */ share) => `${(100 * share).toFixed(2)} %`;
    t.diagnostic(
      `${found.layers.length} layers, ${percent(mean)} of their results are equal (at least ${percent(Math.min(...equal))}); ` +
        `of the network's ${percent(found.living_channels.equal)}, at most ${found.living_channels.worst} apart`,
    );
    for (const { name, kind, worst } of found.layers) assert.ok(worst <= 1, `${kind} '${name}' is ${worst} steps apart`);
    assert.ok(found.layers.length >= found.steps - 1 && found.matched === found.layers.length, `${found.matched} of ${found.steps} steps were compared`);
    assert.ok(mean > 0.99, `only ${percent(mean)} are equal`);
    for (const run of [found.all_channels, found.living_channels]) {
      assert.equal(run.inputs, INPUTS);
      if (margin > 0) assert.equal(run.same_top, INPUTS, `${INPUTS - run.same_top} answers are others`);
    }
  });
}

const floating = join(bench, 'pretrainedResnet.tflite');
const noFloat = noTools || noTensorflowLite || (existsSync(floating) ? false : `${floating} is not there`);
test('pretrainedResnet.tflite: the float network as imported gives what TensorFlow Lite gives', { skip: noFloat }, async (t) => {
  const oracle = await openTensorflowLite(readFileSync(floating));
  const next = random(3);
  let worst = 0;
  for (let i = 0; i < INPUTS; i++) {
    const x = picture(oracle.inputs[0], next);
    const wanted = oracle.run(x);
    worst = Math.max(worst, apart(runImported(floating, [x], wanted)[0], wanted[0]));
  }
  t.diagnostic(`at most ${worst.toExponential(1)} apart`);
  assert.ok(worst <= 1e-4);
});
