// The networks that are timed, compiled afresh, and one input for each.
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { buildDir } from '../build.mjs';
import { run } from '../process.mjs';
import { root, SetupError } from '../setup.mjs';

/** Folder of the .tflite files. */
export const folder = process.env.BEDSIDE_BENCH_MODELS ?? join(root, '../shared/bench-models');

/** @typedef {'int8' | 'float'} Kind how the .tflite file computes */
/**
 * By the names that the results use. MobileNetV2 is TensorFlow's, the others are MLPerf Tiny's. Loud input drives the key words'
 * network into saturation, where int8 and float part: it gets a quieter one.
 * @type {Record<string, { file: string, title: string, kind: Kind, amplitude?: number }>}
 */
export const known = {
  mobilenet_v2: { file: 'mobilenet_v2_1.0_224_quant.tflite', title: 'MobileNetV2 224', kind: 'int8' },
  resnet8: { file: 'pretrainedResnet_quant.tflite', title: 'ResNet8', kind: 'int8', amplitude: 45 },
  vww: { file: 'vww_96_int8.tflite', title: 'Visual wake words', kind: 'int8' },
  kws: { file: 'kws_ref_model.tflite', title: 'Keyword spotting', kind: 'int8', amplitude: 6 },
  ad: { file: 'ad01_int8.tflite', title: 'Anomaly detection', kind: 'int8' },
  resnet8_float: { file: 'pretrainedResnet.tflite', title: 'ResNet8, float file', kind: 'float', amplitude: 45 },
};

/**
 * A model ready to be timed.
 * @typedef {object} BenchModel
 * @property {string} name
 * @property {string} title
 * @property {Kind} kind
 * @property {string} source the .tflite file, or empty
 * @property {string} bds
 * @property {string} sha256 of the .bds file
 * @property {any} info what `bedside info --json` says
 * @property {string} input file with the stored integers of some inputs, int8, one after the other
 */

/** The program. */
export const program = () => join(buildDir('native'), process.platform === 'win32' ? 'bedside.exe' : 'bedside');

/** How many inputs there are; the first is the one that is timed, all are compared. */
const INPUTS = 8;
const AMPLITUDE = 20;

/** A seeded stream of numbers in [0, 1). @param {number} seed */
function random(seed) {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

/**
 * Stored integers that look like a picture: a few waves per channel and a little noise.
 * @param {number[]} shape height, width, channels
 * @param {number} seed
 * @param {number} [amplitude]
 */
export function waves([height, width, channels], seed, amplitude = AMPLITUDE) {
  const next = random(seed);
  const parts = Array.from({ length: channels }, () => Array.from({ length: 3 }, () => [next() * 6, next() * 6, next() * 6.28]));
  const values = new Int8Array(height * width * channels);
  for (let i = 0; i < values.length; i++) {
    const [y, x, c] = [Math.floor(i / (width * channels)) / height, (Math.floor(i / channels) % width) / width, i % channels];
    const wave = parts[c].reduce((sum, [u, v, at]) => sum + Math.sin(u * 4 * x + v * 4 * y + at), 0);
    values[i] = Math.max(-128, Math.min(127, Math.round((wave + (next() - 0.5) * 0.7) * amplitude)));
  }
  return values;
}

/** A NumPy file of float32. @param {number[]} shape @param {Float32Array} values */
function npy(shape, values) {
  const header = `{'descr': '<f4', 'fortran_order': False, 'shape': (${shape.join(', ')},), }`;
  const length = Math.ceil((10 + header.length + 1) / 64) * 64 - 10;
  const text = `\x93NUMPY\x01\x00${String.fromCharCode(length & 255, length >> 8)}${header.padEnd(length - 1)}\n`;
  return Buffer.concat([Buffer.from(text, 'latin1'), Buffer.from(values.buffer)]);
}

/** @param {string[]} args */
async function bedside(...args) {
  const { code, output } = await run(program(), args);
  if (code !== 0) throw new SetupError(`bedside ${args.join(' ')} failed:\n${output}`);
  return output;
}

/**
 * The same waves as numbers from 0 to 255, which is what the float network was trained on: it needs them to find its ranges.
 * @param {string} work
 */
function calibration(work) {
  const count = 32;
  const pictures = Array.from({ length: count }, (_, i) => waves([32, 32, 3], i + 1, 45));
  const path = join(work, 'calibration.npy');
  writeFileSync(path, npy([count, 32, 32, 3], Float32Array.from(pictures.flatMap((p) => Array.from(p, (value) => value + 128)))));
  return path;
}

/**
 * Prepares a model by its name, or a .bds file by its path.
 * @param {string} name
 * @param {string} work folder for files
 * @returns {Promise<BenchModel>}
 */
export async function prepare(name, work) {
  const { file, title, kind, amplitude } = known[name] ?? { file: '', title: basename(name, '.bds'), kind: 'int8' };
  const source = file && join(folder, file);
  let bds = name;
  if (source) {
    if (!existsSync(source)) throw new SetupError(`${source} is not there: BEDSIDE_BENCH_MODELS names the folder of the .tflite files`);
    bds = join(work, `${name}.bds`);
    // As for a page whose line is fast: there a coder's bytes cost more time than they save, those of a small model (2 to 4 ms for its
    // decoder's translation) and of a large one's last per cent.
    const coder = statSync(source).size < 2 ** 20 ? 'raw' : 'static';
    await bedside('compile', source, '-o', bds, '--coder', coder, ...(kind === 'float' ? ['--calibrate', calibration(work)] : []));
  } else if (!existsSync(bds)) {
    throw new SetupError(`There is no model ${name}: name a .bds file, or one of ${Object.keys(known).join(', ')}`);
  }
  const info = JSON.parse(await bedside('info', bds, '--json'));
  const input = join(work, `${title.replace(/\W+/g, '_')}.input`);
  const { width, height, channels } = info.input;
  writeFileSync(input, Buffer.concat(Array.from({ length: INPUTS }, (_, i) => Buffer.from(waves([height, width, channels], i + 1, amplitude).buffer))));
  return { name: file ? name : title, title, kind, source, bds, input, info, sha256: createHash('sha256').update(readFileSync(bds)).digest('hex') };
}

/** Names of the models whose files are there. */
export const available = () => Object.keys(known).filter((name) => existsSync(join(folder, known[name].file)));
