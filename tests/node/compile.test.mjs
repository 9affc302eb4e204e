// The compiler as WebAssembly: the same bytes as the program's, and errors that say what is wrong.
import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { benchModelsDir } from '../../scripts/data.mjs';
import { loadCompiler } from '../../web/compile.js';
import { values } from '../torch/fill.mjs';
import { calibrationSamples, names, prepare } from '../torch/prepare.mjs';
import { dist, fails, open } from './common.mjs';
import { program } from './program.mjs';

const folder = mkdtempSync(join(tmpdir(), 'bedside-compile-'));
after(() => rmSync(folder, { recursive: true }));

/** @type {Record<string, Promise<import('../../web/compile.js').Compiler>>} */
const compilers = {};
const compilerFor = (/** @type {'simd' | 'scalar'} */ kind) => (compilers[kind] ??= loadCompiler({ wasm: new URL(`bedside-compiler-${kind}.wasm`, dist) }));

/** What the program writes. @param {string} path @param {string[]} args */
function native(path, ...args) {
  const out = join(folder, 'native.bds');
  program('compile', path, '-o', out, ...args);
  return readFileSync(out);
}

/** @param {Uint8Array} wasm @param {Uint8Array} program */
const same = (wasm, program) => assert.ok(Buffer.from(wasm).equals(Buffer.from(program)), `${wasm.length} bytes in WebAssembly, ${program.length} natively, or others`);

for (const name of ['tiny.script', 'segment.dynamo', 'attention.script', 'recurrent.script', 'squeezenet1_1.script'].filter((each) => names.includes(each))) {
  test(`${name}: the browser's bytes are the program's`, async () => {
    const { network, calibration } = prepare(name);
    const all = values(readFileSync(calibration));
    const samples = Array.from({ length: calibrationSamples }, (_, i) => all.slice((i * all.length) / calibrationSamples, ((i + 1) * all.length) / calibrationSamples));
    const given = { network: readFileSync(network), name: `${name}.onnx` };
    const compiler = await compilerFor('simd');
    same(compiler.compile({ ...given, samples }).bytes, native(network, '--calibrate', calibration));
    same(compiler.compile(given).bytes, native(network));
  });
}

test('techniques give the program\'s bytes, without SIMD too', async () => {
  const { network, calibration } = prepare('tiny.script');
  const all = values(readFileSync(calibration));
  const samples = Array.from({ length: calibrationSamples }, (_, i) => all.slice((i * all.length) / calibrationSamples, ((i + 1) * all.length) / calibrationSamples));
  const wanted = native(network, '--calibrate', calibration, '--weights', '4-bit', '--prune', '0.3', '--adaptive-rounding', '--coder', 'static');
  for (const kind of /** @type {const} */ (['simd', 'scalar'])) {
    const compiler = await compilerFor(kind);
    same(compiler.compile({ network: readFileSync(network), name: 'tiny.script.onnx', samples, weights: '4-bit', sparsity: 0.3, adaptiveRounding: true, coder: 'static' }).bytes, wanted);
  }
});

const bench = benchModelsDir();
for (const name of ['kws_ref_model.tflite', 'vww_96_int8.tflite', 'mobilenet_v2_1.0_224_quant.tflite']) {
  test(`${name}: the browser's bytes are the program's`, { skip: bench ? false : 'no bench models (BEDSIDE_BENCH_MODELS)' }, async () => {
    const path = join(/** @type {string} */ (bench), name);
    assert.ok(existsSync(path));
    same((await compilerFor('simd')).compile({ network: readFileSync(path), name }).bytes, native(path));
  });
}

test('progress is told, and can stop the work', async () => {
  const { network } = prepare('tiny.script');
  const compiler = await compilerFor('simd');
  /** @type {string[]} */
  const stages = [];
  const given = { network: readFileSync(network), name: 'tiny.onnx' };
  const { layers, bytes, inputs, macs } = compiler.compile({ ...given, onProgress: ({ stage, done, total }) => { assert.ok(done <= total); stages.push(stage); } });
  assert.ok(stages.includes('calibrate') && stages.includes('encode'), stages.join());
  assert.deepEqual(inputs, [{ name: 'x', channels: 3, height: 32, width: 32 }]);
  assert.ok(layers.length > 5 && macs > 100000);
  assert.equal((await open(bytes)).info.operators, layers.length);
  await fails(() => compiler.compile({ ...given, onProgress: () => false }), 'BDC_E_CANCELLED');
  assert.ok(compiler.compile(given).bytes.length === bytes.length); // and it goes on
});

test('what is wrong with a network is said', async () => {
  const compiler = await compilerFor('simd');
  const { network } = prepare('tiny.script');
  const whole = readFileSync(network);
  await fails(() => compiler.compile({ network: new Uint8Array(0), name: 'x' }), 'BDC_E_LIMIT');
  await fails(() => compiler.compile({ network: whole.subarray(0, 1000), name: 'x' }), ['BDC_E_FORMAT', 'BDC_E_INVALID']);
  await fails(() => compiler.compile({ network: Buffer.from('<!doctype html>'), name: 'x' }), 'BDC_E_FORMAT');
  await fails(() => compiler.compile({ network: whole, name: 'x', samples: [new Float32Array(3)] }), 'BDC_E_ARGUMENT', /3072 numbers/);
  await fails(() => compiler.compile({ network: whole, name: 'x', sparsity: 1 }), 'BDC_E_ARGUMENT');
  await fails(() => compiler.compile({ network: whole, name: 'x', weights: /** @type {any} */ ('5-bit') }), 'BDC_E_ARGUMENT');
  await fails(() => compiler.compile({ network: /** @type {any} */ ('text'), name: 'x' }), 'BDC_E_ARGUMENT');
  const broken = join(folder, 'page.wasm');
  writeFileSync(broken, '<!doctype html>');
  await fails(loadCompiler({ wasm: broken }), 'BDS_E_WASM_FORMAT');
});
