// Bedside and its peers on one model, interleaved in one run in Chromium.
import { copyFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { toFloat } from './float.mjs';
import { FLOAT, INT8, numbersOf, readNetwork, UINT8 } from './network.mjs';
import { toOnnx } from './onnx.mjs';

/** The peers, by the names that the results use. */
export const peers = /** @type {const} */ ({
  litert: 'LiteRT.js',
  tflite: 'tfjs-tflite',
  ort: 'ONNX Runtime Web',
  tfjs: 'TensorFlow.js (float32)',
});

/** @param {string} path */
const served = (path) => `/files/${basename(path)}`;

/**
 * What the contestants are given; writes the peers' forms of the model.
 * @param {import('./models.mjs').BenchModel} model
 * @param {string} work
 * @returns {Promise<import('./page/race.mjs').Request>}
 */
export async function requestOf(model, work) {
  const { info } = model;
  const write = (/** @type {string} */ ending, /** @type {string | Uint8Array} */ content) => {
    const path = join(work, `${model.name}.${ending}`);
    writeFileSync(path, content);
    return served(path);
  };
  const { width, height, channels } = info.input;
  const tensor = info.tensors.find((/** @type {any} */ { first }) => first === -1);
  const files = { bds: served(model.bds), input: served(model.input), tflite: '', onnx: '', plan: '', constants: '' };
  if (!model.source) {
    const port = { type: /** @type {const} */ ('int8'), dims: [1, height, width, channels], count: height * width * channels, scale: tensor.scale, zeroPoint: tensor.zero_point };
    return { files, sha256: model.sha256, port, quantised: { scale: 1, zeroPoint: 0 } };
  }
  const network = await readNetwork(model.source, work, model.name);
  copyFileSync(model.source, join(work, `${model.name}.tflite`));
  files.tflite = served(`${model.name}.tflite`);
  files.onnx = write('onnx', toOnnx(network));
  const { plan, constants } = toFloat(network);
  files.plan = write('plan.json', JSON.stringify(plan));
  files.constants = write('float', constants);
  const { dims, type } = network.tensors[network.inputs[0]];
  const types = /** @type {Record<number, 'int8' | 'uint8' | 'float32'>} */ ({ [FLOAT]: 'float32', [UINT8]: 'uint8', [INT8]: 'int8' });
  const last = network.ops.at(-1);
  const quantised = last?.op === 'QuantizeLinear' ? { scale: numbersOf(network, last.inputs[1])[0], zeroPoint: numbersOf(network, last.inputs[2])[0] } : { scale: 1, zeroPoint: 0 };
  return {
    files,
    sha256: model.sha256,
    port: { type: types[type], dims, count: dims.reduce((a, b) => a * b, 1), scale: tensor.scale, zeroPoint: tensor.zero_point },
    quantised,
  };
}

/**
 * @param {import('puppeteer-core').Page} page on race.html
 * @param {{ request: import('./page/race.mjs').Request, names: string[], plan: import('./page/race.mjs').Plan }} what
 */
export function raceIn(page, what) {
  return page.evaluate(async (given) => {
    const { race } = await import(/** @type {any} */ ('/scripts/bench/page/race.mjs'));
    return /** @type {Promise<{ times: Record<string, import('./page/race.mjs').Time>, errors: Record<string, string>, ceiling: number }>} */ (race(given));
  }, what);
}
