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
export const testSamples = 8;

/** Input dimensions by network. @type {Record<string, number[]>} */
const shapes = { tiny: [3, 32, 32], attention: [3, 32, 32], recurrent: [2, 16], segment: [1, 32, 32] };

/** Every network that there is: "resnet50.script", ... */
export const names = readdirSync(new URL('networks/', import.meta.url)).map((file) => file.replace('.onnx.gz', ''));

/** @param {string} name of a network, without its exporter @returns {number[]} */
export const shapeOf = (name) => shapes[name] ?? [3, 96, 96];

/** Writes one network's files, unless they are there. @param {string} name such as "resnet50.script" */
export function prepare(name) {
  const base = name.split('.')[0];
  const files = { network: join(folder, `${name}.onnx`), calibration: join(folder, `${base}.calibration.npy`), x: join(folder, `${base}.x.npy`) };
  mkdirSync(folder, { recursive: true });
  if (!existsSync(files.network)) writeFileSync(files.network, network(name));
  for (const [path, count, seed] of /** @type {[string, number, string][]} */ ([[files.calibration, calibrationSamples, 'calibration'], [files.x, testSamples, 'x']])) {
    const shape = [count, ...shapeOf(base)];
    if (!existsSync(path)) writeFileSync(path, npy(shape, inputs(`${seed}/${base}`, shape)));
  }
  return files;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) for (const name of process.argv.length > 2 ? process.argv.slice(2) : names) prepare(name);
