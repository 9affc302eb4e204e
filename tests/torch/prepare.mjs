// Writes what the tests and baseline.py work on into build/torch/: networks with their weights, samples for calibration and for
// comparison.
//
//     node tests/torch/prepare.mjs [NAME...]
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { inputs, network, npy } from './fill.mjs';

export const folder = fileURLToPath(new URL('../../build/torch/', import.meta.url));
export const calibrationSamples = 16;
export const testSamples = 8; // 64 of the small networks

/** Input dimensions by network. @type {Record<string, number[]>} */
const shapes = { tiny: [3, 32, 32], attention: [3, 32, 32], recurrent: [2, 16], segment: [1, 32, 32], pneumonia: [1, 28, 28], pretrainedResnet: [3, 32, 32] };

/** Every network that there is: "resnet50.script", ... */
export const names = readdirSync(new URL('networks/', import.meta.url)).map((file) => file.replace('.onnx.gz', ''));

/** @param {string} name of a network, without its exporter @returns {number[]} */
export const shapeOf = (name) => shapes[name] ?? [3, 96, 96];

/** What takes pixels from 0 to 255 gets such. @param {string} base @param {Float32Array} values */
const pixels = (base, values) => (base === 'pretrainedResnet' ? values.map((v) => Math.min(255, Math.max(0, Math.round(128 + 64 * v)))) : values);

/** Writes the samples of a network, unless they are there. @param {string} base its name without the exporter */
export function samples(base) {
  const files = { calibration: join(folder, `${base}.calibration.npy`), x: join(folder, `${base}.x.npy`) };
  mkdirSync(folder, { recursive: true });
  for (const [path, count, seed] of /** @type {[string, number, string][]} */ ([[files.calibration, calibrationSamples, 'calibration'], [files.x, shapes[base]?.[1] <= 32 ? 64 : testSamples, 'x']])) {
    const shape = [count, ...shapeOf(base)];
    if (!existsSync(path)) writeFileSync(path, npy(shape, pixels(base, inputs(`${seed}/${base}`, shape))));
  }
  return files;
}

/** Writes one network's files, unless they are there. @param {string} name such as "resnet50.script" */
export function prepare(name) {
  const files = { network: join(folder, `${name}.onnx`), ...samples(name.split('.')[0]) };
  if (!existsSync(files.network)) writeFileSync(files.network, network(name));
  return files;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  for (const name of process.argv.length > 2 ? process.argv.slice(2) : names) prepare(name);
  for (const name of ['pneumonia', 'pretrainedResnet']) samples(name); // networks of another origin, for baseline.py
}
