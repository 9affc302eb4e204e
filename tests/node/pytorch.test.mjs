// Networks that PyTorch exported, by both of its exporters (tests/torch/export.py): the float executor against onnxruntime, and the
// int8 file against the float network, which must be nearer than what onnxruntime's own static quantisation makes of the same
// weights and samples (tests/torch/baseline.json, made by baseline.py).
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import * as ort from 'onnxruntime-web';
import { benchModelsDir } from '../../scripts/data.mjs';
import { npy, values } from '../torch/fill.mjs';
import { folder, names, prepare, samples, shapeOf } from '../torch/prepare.mjs';
import { program } from './program.mjs';

const SAMPLES = 2; // compared in float; the noise of the int8 file is taken over all
ort.env.wasm.numThreads = 1;
ort.env.logLevel = 'error';

/** @type {Record<string, { sqnr_db: number }>} */
const baseline = JSON.parse(readFileSync(new URL('../torch/baseline.json', import.meta.url), 'utf8'));

/** What onnxruntime answers for the first samples. @param {string} path @param {Float32Array} x @param {number[]} shape */
async function onnxruntime(path, x, shape) {
  const session = await ort.InferenceSession.create(readFileSync(path));
  const count = shape.reduce((product, dim) => product * dim, 1);
  const out = [];
  for (let i = 0; i < SAMPLES; i++) {
    const tensor = new ort.Tensor('float32', x.slice(i * count, (i + 1) * count), [1, ...shape]);
    out.push((await session.run({ [session.inputNames[0]]: tensor }))[session.outputNames[0]].data);
  }
  await session.release();
  return out.flatMap((data) => Array.from(/** @type {Float32Array} */ (data)));
}

for (const name of names) {
  const base = name.split('.')[0];

  test(`${name}: the float executor equals onnxruntime`, async () => {
    const { network, x } = prepare(name);
    const out = join(folder, `${name}.y.npy`);
    program('run', network, '--tensors', x, '-o', out);
    const ours = values(readFileSync(out));
    const theirs = await onnxruntime(network, values(readFileSync(x)), shapeOf(base));
    const scale = Math.max(...theirs.map(Math.abs));
    const worst = Math.max(...theirs.map((y, i) => Math.abs(y - ours[i]))) / scale;
    assert.ok(theirs.length > 0 && ours.length >= theirs.length && scale > 0);
    assert.ok(worst <= 1e-4, `${worst} of the largest output`);
  });
}

/** From N C H W to N H W C. @param {string} path @param {number[]} shape C, H, W @returns {string} the new file */
function channelsLast(path, [channels, height, width]) {
  const from = values(readFileSync(path));
  const [pixels, count] = [height * width, from.length / (channels * height * width)];
  const to = new Float32Array(from.length);
  for (let i = 0; i < from.length; i++) {
    const [sample, channel, pixel] = [Math.floor(i / (channels * pixels)), Math.floor(i / pixels) % channels, i % pixels];
    to[(sample * pixels + pixel) * channels + channel] = from[i];
  }
  const out = path.replace('.npy', '.nhwc.npy');
  writeFileSync(out, npy([count, height, width, channels], to));
  return out;
}

const bench = benchModelsDir();
/** @type {{ base: string, skip: string | false, files: () => { network: string, calibration: string, x: string } }[]} */
const quantised = [
  ...names.filter((each) => each.endsWith('.script')).map((name) => ({ base: name.split('.')[0], skip: /** @type {false} */ (false), files: () => prepare(name) })),
  { base: 'pneumonia', skip: false, files: () => ({ network: fileURLToPath(new URL('../../models/pneumonia/pneumonia.onnx', import.meta.url)), ...samples('pneumonia') }) },
  {
    base: 'pretrainedResnet',
    skip: bench ? false : 'no bench models (BEDSIDE_BENCH_MODELS)',
    files: () => {
      const { calibration, x } = samples('pretrainedResnet');
      return { network: join(/** @type {string} */ (bench), 'pretrainedResnet.tflite'), calibration: channelsLast(calibration, [3, 32, 32]), x: channelsLast(x, [3, 32, 32]) };
    },
  },
];

for (const { base, skip, files } of quantised) {
  test(`${base}: the int8 file is as near to the float network as onnxruntime's, or nearer`, { skip }, (t) => {
    const { network, calibration, x } = files();
    const out = join(folder, `${base}.bds`);
    program('compile', network, '--calibrate', calibration, '-o', out);
    const { output } = JSON.parse(program('diff', network, out, '--data', x, '--json'));
    // onnxruntime leaves LSTM and GRU in float, so there is nothing to compare with: a floor of our own.
    const least = base === 'recurrent' ? 36 : baseline[base].sqnr_db;
    t.diagnostic(`${output.sqnr_db.toFixed(1)} dB, onnxruntime ${baseline[base].sqnr_db.toFixed(1)} dB`);
    assert.ok(output.sqnr_db >= least, `${output.sqnr_db} dB against ${least} dB`);
  });
}
