// The ECG monitor with the arrhythmia network as firmware (tests/mcu/ecg.c): what it prints, and what a second of signal costs.
import { build } from '../build.mjs';
import { run } from '../process.mjs';
import { buildFor, programOf, runOn } from './measure.mjs';
import { exportNetwork, networks } from './networks.mjs';
import { writeRecords } from './records.mjs';

/**
 * What was told of a record.
 * @typedef {object} Played
 * @property {number} beats
 * @property {number} judged
 * @property {string} digest
 * @property {number} memory bytes
 * @property {number} stack bytes
 */

/** @param {{ code: number, output: string }} ran @returns {Played} */
export function played({ code, output }) {
  const find = (/** @type {string} */ pattern) => new RegExp(`^${pattern}$`, 'm').exec(output)?.slice(1) ?? [];
  const [[beats, judged], [memory], [stack], [digest]] = ['beats (\\d+) judged (\\d+)', 'memory (\\d+)', 'stack (\\d+)', 'digest ([0-9a-f]{64})'].map(find);
  if (code !== 0 || !digest) throw new Error(output.trim() || `exit code ${code}`);
  return { beats: Number(beats), judged: Number(judged), memory: Number(memory), stack: Number(stack), digest };
}

/** Writes the arrhythmia network as C, and the records. @param {{ whole: boolean }} which */
export async function prepareRecords(which) {
  const network = networks().find(({ name }) => name === 'arrhythmia');
  if (!network) throw new Error('models/arrhythmia/arrhythmia.bds is not there');
  await exportNetwork(network);
  return writeRecords(which);
}

/** On this machine. @param {string} record */
export async function playNative(record) {
  await build(['native'], { targets: [`ecg_${record}`], quiet: true });
  return played(await run(programOf('native', `ecg_${record}`), []));
}

/** The seconds that the program plays between its marks. */
const COUNTED = 60;

/**
 * @typedef {object} EcgRow
 * @property {string} digest
 * @property {string} native_digest
 * @property {boolean} equal
 * @property {number} instructions_per_second of the signal, two leads at 360 per second: monitor and network
 * @property {number} memory_bytes
 * @property {number} stack_bytes
 */

/**
 * Plays the made-up record on a board.
 * @param {import('./boards.mjs').Board} board
 * @param {import('./measure.mjs').Emulated} emulated
 * @param {string} expected this machine's digest
 * @returns {Promise<EcgRow>}
 */
export async function measureEcg(board, emulated, expected) {
  await buildFor(board, 'ecg_synthetic');
  const ran = await runOn(board, emulated, 'ecg_synthetic');
  const { digest, memory, stack } = played(ran);
  return { digest, native_digest: expected, equal: digest === expected, instructions_per_second: Math.round(ran.stretches[0] / COUNTED), memory_bytes: memory, stack_bytes: stack };
}
