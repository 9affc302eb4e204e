// Networks as firmware: builds each for each board, runs it under the emulator, counts its instructions and compares its answers with
// this machine's. docs/microcontrollers-measured.md says what is measured, and how.
//
//     npm run mcu                          a table: MLPerf Tiny's four networks (BEDSIDE_BENCH_MODELS), the shipped models, the ECG monitor
//     npm run -s mcu -- --json             one JSON object on standard output
//     npm run mcu -- cortex-m4 --networks kws,ad
//     npm run mcu -- --help
//
// Exit code 1: a digest differs from this machine's, something was linked that firmware must not hold, or with --bars a bar is missed;
// 2: called wrongly.
import { existsSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { build } from './build.mjs';
import { boards, emulator, plugin } from './mcu/boards.mjs';
import { missed } from './mcu/bars.mjs';
import { measureEcg, playNative, prepareRecords } from './mcu/ecg.mjs';
import { allowedForeign, buildFor, DoesNotFit, measure, runNative } from './mcu/measure.mjs';
import { exportNetwork, networks } from './mcu/networks.mjs';
import { table, writeDocument } from './mcu/report.mjs';
import { wasmDigest } from './mcu/wasm.mjs';
import { parallel, run } from './process.mjs';
import { isEntry, main, UsageError } from './setup.mjs';

const note = (/** @type {string} */ text) => process.stderr.write(text);

/** @param {{ name: string }[]} all @param {string[]} wanted @param {string} what */
function choose(all, wanted, what) {
  const unknown = wanted.filter((name) => !all.some((one) => one.name === name));
  if (unknown.length > 0) throw new UsageError(`No ${what} ${unknown.join(', ')}. There are: ${all.map(({ name }) => name).join(', ')}.`);
  return (/** @type {{ name: string }} */ { name }) => wanted.length === 0 || wanted.includes(name);
}

/**
 * Exports a network and computes its digest here: as C, and by the runtime and the library for JavaScript from its file.
 * @param {import('./mcu/networks.mjs').Network} network
 */
async function prepare(network) {
  const { macs, bds } = await exportNetwork(network);
  const { digest } = await runNative(`network_${network.id}`);
  const others = { 'the runtime from its file': (await runNative(`network_bds_${network.id}`)).digest, WebAssembly: await wasmDigest(bds, 'simd128') };
  const wrong = Object.entries(others).filter(([, other]) => other !== digest).map(([who, other]) => `${network.name}: ${who} gives ${other}, its C ${digest}`);
  return { ...network, macs, digest, wrong };
}

/**
 * What is wrong with a firmware, in sentences.
 * @param {string} where @param {import('./mcu/bars.mjs').Row} row @param {{ forbidden: string[], foreign: string[] }} found
 */
const complaints = (where, row, { forbidden, foreign }) => [
  ...(row.equal ? [] : [`${where}: the digest is ${row.digest}, on this machine ${row.native_digest}`]),
  ...forbidden.map((symbol) => `${where}: firmware must not hold ${symbol}`),
  ...foreign.filter((file) => !allowedForeign.test(file)).map((file) => `${where}: the runtime must not need ${file}`),
];

/**
 * Measures.
 * @param {{ boards?: string[], networks?: string[], ecg?: boolean, say?: (text: string) => void }} [options] names, all by default; ecg: the monitor, too
 */
export async function measureAll({ boards: onBoards = [], networks: ofNetworks = [], ecg: withEcg = ofNetworks.length === 0, say = note } = {}) {
  const [allBoards, allNetworks] = [boards(), networks()];
  const [chosen, wanted] = [allBoards.filter(choose(allBoards, onBoards, 'board')), allNetworks.filter(choose(allNetworks, ofNetworks, 'network'))];
  /** @type {import('./mcu/report.mjs').Results} */
  const results = { boards: {}, ecg: {}, skipped: {}, absent: {}, tools: { compiler: '', emulator: '' } };
  /** @type {Record<string, Record<string, Record<string, number>>>} */
  const functions = {};
  /** @type {string[]} */
  const wrong = [];
  await build(['native', 'wasm-simd'], { quiet: true });
  const prepared = [];
  for (const network of wanted) {
    if (existsSync(network.file)) prepared.push(await prepare(network));
    else results.absent[network.name] = `${network.file} is not there: BEDSIDE_BENCH_MODELS names the folder`;
  }
  wrong.push(...prepared.flatMap((network) => network.wrong));
  /** @type {string | null} */
  let ecg = null; // this machine's digest of the made-up record
  if (withEcg) {
    await prepareRecords({ whole: false });
    ecg = (await playNative('synthetic')).digest;
  }
  for (const board of chosen) {
    const command = await emulator(board);
    const emulated = { command, plugin: await plugin(command[0]) };
    results.boards[board.name] = {};
    functions[board.name] = {};
    const built = [];
    for (const network of prepared) {
      try {
        await buildFor(board, `network_${network.id}`);
        built.push(network);
      } catch (e) {
        if (!(e instanceof DoesNotFit)) throw e;
        (results.skipped[board.name] ??= {})[network.name] = e.message;
        say(`  ${board.name.padEnd(14)}${network.name.padEnd(24)}skipped: ${e.message}\n`);
      }
    }
    const measured = await parallel(built, async ({ name, id, macs, digest }) => {
      const found = await measure(board, emulated, id);
      const instructions = Math.max(...found.stretches);
      const row = {
        digest: found.digest, native_digest: digest, equal: found.digest === digest, instructions, macs, per_mac: instructions / macs,
        arena_bytes: found.arena, flash_bytes: found.flash, text_bytes: found.text, stack_bytes: found.stack,
      };
      say(`  ${board.name.padEnd(14)}${name.padEnd(24)}${(instructions / 1e6).toFixed(3).padStart(9)} M instructions${row.per_mac.toFixed(3).padStart(9)} per MAC  ${row.equal ? 'the same bits' : 'OTHER BITS'}\n`);
      return { name, row, found };
    });
    for (const { name, row, found } of measured) {
      results.boards[board.name][name] = row;
      functions[board.name][name] = found.functions;
      wrong.push(...complaints(`${name} on ${board.name}`, row, found));
    }
    if (!ecg) continue;
    try {
      const row = (results.ecg[board.name] = await measureEcg(board, emulated, ecg));
      say(`  ${board.name.padEnd(14)}${'ECG monitor'.padEnd(24)}${(row.instructions_per_second / 1e6).toFixed(3).padStart(9)} M instructions a second of signal  ${row.equal ? 'the same bits' : 'OTHER BITS'}\n`);
      if (!row.equal) wrong.push(`the ECG monitor on ${board.name}: the digest is ${row.digest}, on this machine ${ecg}`);
    } catch (e) {
      if (!(e instanceof DoesNotFit)) throw e;
      const reason = `${e.message} (the record that is played lies there, too)`;
      (results.skipped[board.name] ??= {})['ECG monitor'] = reason;
      say(`  ${board.name.padEnd(14)}${'ECG monitor'.padEnd(24)}skipped: ${reason}\n`);
    }
  }
  if (chosen.length > 0) results.tools = await tools();
  return { results, functions, wrong, titles: { ...Object.fromEntries(wanted.map(({ name, title }) => [name, title])), 'ECG monitor': 'the ECG monitor' } };
}

/** Versions, in words. */
async function tools() {
  const first = async (/** @type {string} */ command) => (await run(command, ['--version'])).output.split('\n')[0];
  const [compiler, qemu] = [await first('arm-none-eabi-gcc'), await first('qemu-system-arm')];
  return { compiler: `gcc ${/\) (\S+)/.exec(compiler)?.[1]}`, emulator: `QEMU ${/version (\S+)/.exec(qemu)?.[1]}` };
}

/** The functions that execute most. @param {Record<string, number>} functions */
function top(functions) {
  const sum = Object.values(functions).reduce((total, n) => total + n, 0);
  return Object.entries(functions)
    .sort(([, a], [, b]) => b - a)
    .slice(0, 12)
    .map(([name, n]) => `    ${String(n).padStart(12)} ${((100 * n) / sum).toFixed(1).padStart(5)} %  ${name}`);
}

const usage = () => `usage: npm run mcu -- [BOARD ...] [--networks A,B] [--json] [--functions] [--bars] [--write]

  BOARD ...        only these: ${boards().map(({ name }) => name).join(', ')}
  --networks A,B   only these, and without the ECG monitor: ${networks().map(({ name }) => name).join(', ')}
  --json           one JSON object on standard output
  --functions      where the instructions of one inference go
  --bars           a bar that is missed is an error, too
  --write          writes the measured part of docs/microcontrollers-measured.md and its chart`;

/** What the user asks for. */
function wishes() {
  try {
    return parseArgs({
      allowPositionals: true,
      options: { json: { type: 'boolean' }, bars: { type: 'boolean' }, write: { type: 'boolean' }, functions: { type: 'boolean' }, networks: { type: 'string' }, help: { type: 'boolean' } },
    });
  } catch (error) {
    throw new UsageError(`${error instanceof Error ? error.message : error}\n${usage()}`);
  }
}

async function mcu() {
  const { values, positionals } = wishes();
  if (values.help) {
    console.log(usage());
    return;
  }
  const { results, functions, wrong, titles } = await measureAll({ boards: positionals, networks: values.networks?.split(',') });
  const low = Object.entries(results.boards).flatMap(([board, rows]) => Object.entries(rows).flatMap(([name, row]) => missed(board, name, row)));
  console.log(values.json ? JSON.stringify(results) : table(results));
  if (values.functions) {
    for (const [board, rows] of Object.entries(functions)) for (const [name, list] of Object.entries(rows)) note(`  ${name} on ${board}, the last input:\n${top(list).join('\n')}\n`);
  }
  if (values.write) writeDocument(results, titles);
  for (const line of wrong) console.error(line);
  for (const line of low) console.error(`bar missed: ${line}`);
  const rows = Object.values(results.boards).flatMap((list) => Object.values(list));
  console.error(`${rows.filter(({ equal }) => equal).length} of ${rows.length} digests equal this machine's; ${low.length} bars missed`);
  process.exitCode = wrong.length > 0 || rows.length === 0 || (values.bars && low.length > 0) ? 1 : 0;
}

if (isEntry(import.meta.url)) await main(mcu);
