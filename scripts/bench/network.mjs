// A .tflite network as this project's importer reads it, for the peers that read other formats.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildDir } from '../build.mjs';
import { run } from '../process.mjs';
import { SetupError } from '../setup.mjs';

/** @typedef {{ name: string, dims: number[], type: number, at?: number, bytes?: number }} Tensor type as ONNX numbers it; at: of a constant */
/**
 * @typedef {object} Op the attributes are those of src/compiler/net.h
 * @property {string} op
 * @property {string} name
 * @property {number[]} inputs
 * @property {number[]} outputs
 * @property {number[]} [kernel]
 * @property {number[]} [stride]
 * @property {number[]} [dilation]
 * @property {number[]} [pad_begin]
 * @property {number[]} [pad_end]
 * @property {number} axis
 * @property {number} mode
 * @property {number} channels_last
 * @property {number} group
 * @property {number} transpose
 * @property {number} alpha
 * @property {number} beta
 */
/** @typedef {{ tensors: Tensor[], ops: Op[], inputs: number[], outputs: number[], constants: Buffer }} Network */

export const FLOAT = 1;
export const UINT8 = 2;
export const INT8 = 3;
export const INT32 = 6;
export const INT64 = 7;
/** @type {Record<number, any>} */
const arrays = { [FLOAT]: Float32Array, [UINT8]: Uint8Array, [INT8]: Int8Array, [INT32]: Int32Array, [INT64]: BigInt64Array };

/**
 * @param {string} path a .tflite file
 * @param {string} work folder for files
 * @param {string} name
 * @returns {Promise<Network>}
 */
export async function readNetwork(path, work, name) {
  const [json, constants] = [join(work, `${name}.network.json`), join(work, `${name}.constants`)];
  const tool = join(process.env.BEDSIDE_TOOLS ?? join(buildDir('native'), 'tests/tools'), 'dump_network');
  const { code, output } = await run(tool, [path, json, constants]);
  if (code !== 0) throw new SetupError(`${path} could not be read: ${output}`);
  return { ...JSON.parse(readFileSync(json, 'utf8')), constants: readFileSync(constants) };
}

/** The bytes of a constant. @param {Network} network @param {number} index */
export function bytesOf({ tensors, constants }, index) {
  const { at, bytes = 0, name } = tensors[index];
  if (at === undefined) throw new Error(`${name} is no constant`);
  return constants.subarray(at, at + bytes);
}

/** The numbers of a constant. @param {Network} network @param {number} index @returns {any} */
export function numbersOf(network, index) {
  return new arrays[network.tensors[index].type](Uint8Array.from(bytesOf(network, index)).buffer);
}
