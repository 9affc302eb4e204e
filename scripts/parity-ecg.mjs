// Electrocardiograms from end to end, the same bits everywhere: a made-up one and, where the data are, whole records of MIT-BIH are
// played sample by sample through the monitor and the arrhythmia model, natively, in WebAssembly under Node and in browsers, and as
// firmware. Compared is a digest of every beat: where it is, the signal's quality, what the network saw, its outputs, class and logits.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from './build.mjs';
import { boards, emulator } from './mcu/boards.mjs';
import { played, prepareRecords } from './mcu/ecg.mjs';
import { buildFor, programOf } from './mcu/measure.mjs';
import { folder } from './mcu/networks.mjs';
import { inPage, scripts } from './parity-page.mjs';
import { parallel, run } from './process.mjs';
import { root } from './setup.mjs';
import { playRecord } from '../tests/parity/ecg.mjs';
import * as bedside from '../web/bedside.js';
import * as ecg from '../web/ecg.js';

/** @typedef {Pick<import('./mcu/ecg.mjs').Played, 'beats' | 'judged' | 'digest'>} Played */
/** @typedef {{ records: Record<string, Record<string, Played | { error: string }>>, absent: string | null, wrong: string[] }} Records by record and target */

const BOARDS = ['cortex-m0plus', 'cortex-m3', 'cortex-m4', 'cortex-m7', 'cortex-m33', 'cortex-m55', 'riscv32'];
const [enginePath, signalPath] = ['simd', 'signal'].map((name) => join(root, `web/dist/bedside-${name}.wasm`));
const modelPath = join(root, 'models/arrhythmia/arrhythmia.bds');
const packPath = (/** @type {string} */ name) => join(folder, `${name}.ecg`);

/** @param {string[]} names @param {(name: string) => Promise<Played>} play @returns {Promise<Record<string, Played | { error: string }>>} */
async function each(names, play) {
  const results = await parallel(names, async (name) => {
    try {
      return await play(name);
    } catch (e) {
      return { error: e instanceof Error ? e.message : String(e) };
    }
  });
  return Object.fromEntries(names.map((name, i) => [name, results[i]]));
}

/** @param {{ code: number, output: string }} ran @returns {Played} */
function brief(ran) {
  const { beats, judged, digest } = played(ran);
  return { beats, judged, digest };
}

/** @param {string[]} names */
async function native(names) {
  await build(['native'], { targets: names.map((name) => `ecg_${name}`), quiet: true });
  return each(names, async (name) => brief(await run(programOf('native', `ecg_${name}`), [])));
}

/** @param {import('./mcu/boards.mjs').Board} board @param {string[]} names */
async function onBoard(board, names) {
  const command = await emulator(board);
  for (const name of names) await buildFor(board, `ecg_${name}`);
  return each(names, async (name) => brief(await run(command[0], [...command.slice(1), `${programOf(board.name, `ecg_${name}`)}.elf`], { limit: 600 })));
}

/** @param {string[]} names */
async function node(names) {
  const [engine, signal, model] = [enginePath, signalPath, modelPath].map((path) => readFileSync(path));
  /** @type {Record<string, Played>} */
  const results = {};
  for (const name of names) results[name] = await playRecord({ bedside, ecg }, { engine, signal, model, pack: readFileSync(packPath(name)) });
  return results;
}

/** @param {'chrome' | 'firefox'} kind @param {string[]} names @returns {Promise<Record<string, Played>>} */
function browser(kind, names) {
  const wasm = (/** @type {string} */ path) => /** @type {[string, string]} */ (['application/wasm', path]);
  const bytes = (/** @type {string} */ path) => /** @type {[string, string]} */ (['application/octet-stream', path]);
  const files = { ...scripts(), '/engine.wasm': wasm(enginePath), '/signal.wasm': wasm(signalPath), '/model.bds': bytes(modelPath), ...Object.fromEntries(names.map((name) => [`/${name}.ecg`, bytes(packPath(name))])) };
  return inPage(kind, files, (page) =>
    page.evaluate(async (list) => {
      const load = async (/** @type {string} */ path) => new Uint8Array(await (await fetch(path)).arrayBuffer());
      const modules = ['/tests/parity/ecg.mjs', '/web/bedside.js', '/web/ecg.js']; // in variables: these are addresses, not files to be checked
      const [player, library, chain] = await Promise.all(modules.map((path) => import(path)));
      const [engine, signal, model] = await Promise.all(['/engine.wasm', '/signal.wasm', '/model.bds'].map(load));
      /** @type {Record<string, any>} */
      const results = {};
      for (const name of list) results[name] = await player.playRecord({ bedside: library, ecg: chain }, { engine, signal, model, pack: await load(`/${name}.ecg`) });
      return results;
    }, names));
}

/**
 * What differs, in sentences.
 * @param {Records['records']} records
 */
export function differences(records) {
  return Object.entries(records).flatMap(([name, targets]) => {
    const [[first, expected]] = Object.entries(targets);
    const same = (/** @type {Played | { error: string }} */ told) => 'digest' in told && 'digest' in expected && told.digest === expected.digest && told.judged > 0;
    return Object.entries(targets)
      .filter(([, told]) => !same(told))
      .map(([target, told]) => `record ${name} on ${target}: ${'error' in told ? told.error : `${told.beats} beats, ${told.judged} judged, digest ${told.digest}`}, but ${JSON.stringify(expected)} on ${first}`);
  });
}

/**
 * Plays all records on all targets.
 * @param {{ say?: (text: string) => void }} [options]
 * @returns {Promise<Records>}
 */
export async function parityRecords({ say = (text) => process.stderr.write(text) } = {}) {
  await build(['native', 'wasm-simd'], { quiet: true });
  const { signals, absent } = await prepareRecords({ whole: true });
  const names = signals.map(({ name }) => name);
  if (absent) say(`  whole records are skipped: ${absent}\n`);
  const emulated = boards().filter(({ name }) => BOARDS.includes(name));
  /** @type {Record<string, (names: string[]) => Promise<Record<string, Played | { error: string }>>>} */
  const targets = {
    native,
    'wasm-simd128-node': node,
    'wasm-simd128-chromium': (list) => browser('chrome', list),
    'wasm-simd128-firefox': (list) => browser('firefox', list),
    ...Object.fromEntries(emulated.map((board) => [board.name, (/** @type {string[]} */ list) => onBoard(board, list)])),
  };
  /** @type {Records['records']} */
  const records = Object.fromEntries(names.map((name) => [name, {}]));
  for (const [target, play] of Object.entries(targets)) {
    const begin = performance.now();
    say(`  ${target.padEnd(22)}`);
    /** @type {Record<string, Played | { error: string }>} */
    let results;
    try {
      results = await play(names);
    } catch (e) {
      const error = e instanceof Error ? e.message : String(e);
      results = Object.fromEntries(names.map((name) => [name, { error }]));
    }
    for (const name of names) records[name][target] = results[name];
    const beats = Object.values(results).reduce((sum, told) => sum + ('beats' in told ? told.beats : 0), 0);
    const failed = Object.values(results).some((told) => 'error' in told);
    say(`${failed ? 'FAILED' : `${names.length} electrocardiograms, ${beats} beats`}  ${((performance.now() - begin) / 1000).toFixed(1)} s\n`);
  }
  return { records, absent, wrong: differences(records) };
}

/** @param {Records} records */
export const recordsTable = ({ records, absent }) =>
  [
    `${'electrocardiogram'.padEnd(24)}${'target'.padEnd(24)}${'beats'.padStart(6)}${'judged'.padStart(8)}  digest`,
    ...Object.entries(records).flatMap(([name, targets]) =>
      Object.entries(targets).map(([target, told]) => `${name.padEnd(24)}${target.padEnd(24)}${'error' in told ? 'failed' : `${String(told.beats).padStart(6)}${String(told.judged).padStart(8)}  ${told.digest.slice(0, 16)}`}`)),
    ...(absent ? [`whole records are skipped: ${absent}`] : []),
  ].join('\n');
