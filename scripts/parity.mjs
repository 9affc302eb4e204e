// The same bits everywhere: builds the parity checker for every target, runs it there and compares the digests.
//
//     npm run parity                   a table
//     npm run -s parity -- --json      one JSON object on standard output
//     npm run parity -- --kernels      without the model and the records
//     npm run parity -- cortex-m4      only these targets; `records`: the electrocardiograms
//     npm run parity -- --update       accept the digests: writes tests/parity/digests.json, for review
//
// Digests of the same inputs must be equal on all targets and to tests/parity/digests.json. Boards see the first 16 pictures, the
// others all of them (scripts/parity-inputs.mjs), and their digest after 16 too. Then whole electrocardiograms are played through the
// monitor and the arrhythmia model (scripts/parity-ecg.mjs).
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build, buildDir, parityModule } from './build.mjs';
import { writePack } from './parity-inputs.mjs';
import { inPage, scripts } from './parity-page.mjs';
import { run } from './process.mjs';
import { findNode22, isEntry, main, root, SetupError, UsageError } from './setup.mjs';

/**
 * What a target computed. Without a model only `kernels` is there.
 * @typedef {{ kernels?: string, windows?: string, deep?: string, pneumonia?: string, pneumonia16?: string, explained?: string, images?: number, error?: string }} Digests
 */

const modelPath = join(root, 'models/pneumonia/pneumonia.bds');
const packPath = join(root, 'build/parity/images.bin');
const expectedPath = join(root, 'tests/parity/digests.json');

/**
 * Reads the checker's lines.
 * @param {string} text
 * @param {number} code its exit code
 * @returns {Digests}
 */
function parse(text, code) {
  const kernels = /^kernels ([0-9a-f]{64})$/m.exec(text)?.[1];
  if (code !== 0 || !kernels) return { kernels, error: text.trim().split('\n').slice(-15).join('\n') || `exit code ${code}` };
  const windows = /^windows ([0-9a-f]{64})$/m.exec(text)?.[1];
  const deep = /^deep ([0-9a-f]{64})$/m.exec(text)?.[1];
  const [, pneumonia, images] = /^model ([0-9a-f]{64}) (\d+)$/m.exec(text) ?? [];
  if (!pneumonia) return { kernels, windows, deep };
  return { kernels, windows, deep, pneumonia, pneumonia16: /^model16 ([0-9a-f]{64})$/m.exec(text)?.[1], explained: /^explained ([0-9a-f]{64})$/m.exec(text)?.[1], images: Number(images) };
}

/**
 * A program for hosts, under an emulator or not.
 * @param {string} preset
 * @param {string[]} emulator
 * @param {string[]} args
 * @param {boolean} withModel
 * @param {string} [granted] the mask of features that the processor must have and use; by default the one that is asked for
 * @returns {Promise<Digests>}
 */
async function host(preset, emulator, args, withModel, granted = args[0] === '--cpu' ? args[1] : undefined) {
  await build([preset], { targets: ['parity_native'], quiet: true });
  const [command, ...rest] = [...emulator, join(buildDir(preset), 'tests/parity/parity_native'), ...args];
  const { code, output } = await run(command, [...rest, ...(withModel ? [modelPath, packPath] : [])]);
  const digests = parse(output, code);
  // A mask of features is a wish; the program says what it could grant.
  const refused = granted !== undefined && /^cpu (\d+)$/m.exec(output)?.[1] !== granted;
  return refused && !digests.error ? { error: 'this processor has other features than were asked for' } : digests;
}

/**
 * 64-bit ARM, emulated unless this is one. A processor without the dot product stops at its first instruction of that kind: so the
 * choice of kernels is checked, too.
 * @param {string} cpu
 * @param {string[]} args
 * @param {boolean} withModel
 * @param {string} granted
 */
const aarch64 = (cpu, args, withModel, granted) => host('aarch64', process.arch === 'arm64' ? [] : ['qemu-aarch64', '-cpu', cpu], args, withModel, granted);

/** A board under its emulator; CTest knows how to start it. @param {string} preset */
async function board(preset) {
  await build([preset], { targets: ['parity'], quiet: true });
  const { code, output } = await run('ctest', ['--test-dir', buildDir(preset), '-R', '^parity$', '-V', '--no-tests=error']);
  const lines = Array.from(output.matchAll(/^\d+: (.*)$/gm), ([, line]) => line);
  return parse(lines.join('\n'), code);
}

/** The bit of bds_features that a module of a kind must have. */
const FEATURES = { scalar: 0, simd: 2, explain: 2, threads: 2, relaxed: 4 };

/** Threads share the model's work; the kernels are those of simd128, whose checker stands in for them. */
const THREADS = 2;
/** @param {string} kind */
const threadsOf = (kind) => (kind === 'threads' ? THREADS : 1);

/** Builds a kind's engine and the checker of its kernels; returns the checker. @param {'simd' | 'explain' | 'relaxed' | 'scalar' | 'threads'} kind */
async function checkerOf(kind) {
  const checker = kind === 'threads' || kind === 'explain' ? 'wasm-simd' : `wasm-${kind}`;
  await build([checker], { targets: ['parity', 'bedside_wasm'], quiet: true });
  if (kind === 'threads') await build(['wasm-threads'], { targets: ['bedside_wasm'], quiet: true });
  return parityModule(checker);
}

/**
 * WebAssembly in Node.
 * @param {'simd' | 'explain' | 'scalar' | 'threads'} kind
 * @param {boolean} withModel
 * @returns {Promise<Digests>}
 */
async function node(kind, withModel) {
  const checker = await checkerOf(kind);
  const wasm = await import('../tests/parity/wasm.mjs');
  const { code, text } = await wasm.checkKernels(readFileSync(checker));
  const kernels = parse(text, code);
  if (kernels.error || !withModel) return kernels;
  const bedside = await import(pathToFileURL(join(root, 'web/bedside.js')).href);
  const engine = { wasm: readFileSync(join(root, `web/dist/bedside-${kind}.wasm`)), feature: FEATURES[kind], threads: threadsOf(kind) };
  return { ...kernels, ...(await wasm.checkModel(bedside, engine, readFileSync(modelPath), readFileSync(packPath))) };
}

/**
 * WebAssembly with relaxed SIMD in Node 22, a process of its own: older ones compute it wrong.
 * @param {boolean} withModel
 * @returns {Promise<Digests>}
 */
async function node22(withModel) {
  const command = findNode22();
  if (!command) throw new SetupError('There is no Node 22 here: npm ci brings one.');
  await build(['wasm-relaxed'], { targets: ['parity', 'bedside_wasm'], quiet: true });
  const args = [join(root, 'tests/parity/relaxed.mjs'), await parityModule('wasm-relaxed'), join(root, 'web/dist/bedside-relaxed.wasm')];
  const { code, output } = await run(command, [...args, ...(withModel ? [modelPath, packPath] : [])]);
  if (code !== 0) return { error: output };
  const { kernels, model } = JSON.parse(output);
  return { ...parse(kernels.text, kernels.code), ...model };
}

/** The files that a page needs, at the addresses that it knows. @param {'simd' | 'explain' | 'relaxed' | 'threads'} kind @param {string} parity @returns {import('./parity-page.mjs').Served} */
const served = (kind, parity) => ({
  ...scripts(),
  '/engine.wasm': ['application/wasm', join(root, `web/dist/bedside-${kind}.wasm`)],
  '/web/dist/bedside-decode.wasm': ['application/wasm', join(root, 'web/dist/bedside-decode.wasm')],
  '/parity.wasm': ['application/wasm', parity],
  '/model.bds': ['application/octet-stream', modelPath],
  '/images.bin': ['application/octet-stream', packPath],
});

/**
 * WebAssembly with SIMD in a browser's page.
 * @param {'chrome' | 'firefox'} kind
 * @param {'simd' | 'explain' | 'relaxed' | 'threads'} simd
 * @param {boolean} withModel
 * @returns {Promise<Digests>}
 */
async function browser(kind, simd, withModel) {
  return inPage(kind, served(simd, await checkerOf(simd)), async (page) => {
    const { code, text, model } = await page.evaluate(async (alsoModel, known, threads) => {
      const load = async (/** @type {string} */ path) => new Uint8Array(await (await fetch(path)).arrayBuffer());
      const modules = ['/tests/parity/wasm.mjs', '/web/bedside.js']; // in variables: these are addresses, not files to be checked
      const wasm = await import(modules[0]);
      const checked = await wasm.checkKernels(await load('/parity.wasm'));
      if (!alsoModel) return checked;
      const engine = { wasm: await load('/engine.wasm'), feature: known, threads };
      return { ...checked, model: await wasm.checkModel(await import(modules[1]), engine, await load('/model.bds'), await load('/images.bin')) };
    }, withModel, FEATURES[simd], threadsOf(simd));
    return { ...parse(text, code), ...model };
  });
}

/** @type {Record<string, (withModel: boolean) => Promise<Digests>>} */
const targets = {
  'native-scalar': (withModel) => host('native', [], ['--scalar'], withModel),
  'native-avx2': (withModel) => host('native', [], ['--cpu', '1'], withModel),
  'wasm-scalar-node': (withModel) => node('scalar', withModel),
  'wasm-simd128-node': (withModel) => node('simd', withModel),
  'wasm-simd128-chromium': (withModel) => browser('chrome', 'simd', withModel),
  'wasm-simd128-firefox': (withModel) => browser('firefox', 'simd', withModel),
  'wasm-explain-node': (withModel) => node('explain', withModel),
  'wasm-explain-chromium': (withModel) => browser('chrome', 'explain', withModel),
  'wasm-explain-firefox': (withModel) => browser('firefox', 'explain', withModel),
  'wasm-threads-node': (withModel) => node('threads', withModel),
  'wasm-threads-chromium': (withModel) => browser('chrome', 'threads', withModel),
  'wasm-threads-firefox': (withModel) => browser('firefox', 'threads', withModel),
  'wasm-relaxed-node22': node22,
  'wasm-relaxed-chromium': (withModel) => browser('chrome', 'relaxed', withModel),
  'wasm-relaxed-firefox': (withModel) => browser('firefox', 'relaxed', withModel),
  'aarch64-scalar': (withModel) => aarch64('max', ['--scalar'], withModel, '0'),
  'aarch64-neon': (withModel) => aarch64('cortex-a53', process.arch === 'arm64' ? ['--cpu', '32'] : [], withModel, '32'),
  'aarch64-dotprod': (withModel) => aarch64('max', [], withModel, '96'),
  'cortex-m0plus': () => board('cortex-m0plus'),
  'cortex-m3': () => board('cortex-m3'),
  'cortex-m4': () => board('cortex-m4'),
  'cortex-m7': () => board('cortex-m7'),
  'cortex-m33': () => board('cortex-m33'),
  'cortex-m55': () => board('cortex-m55'),
  riscv32: () => board('riscv32'),
};
if (process.arch !== 'x64') delete targets['native-avx2'];
/** Emulated instruction by instruction, so they see the first pictures only. */
const boards = new Set(['cortex-m0plus', 'cortex-m3', 'cortex-m4', 'cortex-m7', 'cortex-m33', 'cortex-m55', 'riscv32']);

/** The module without explanations, in whichever engine. @param {string} name */
const explainsNothing = (name) => name.startsWith('wasm-simd128-');

/** @param {string} path */
const fileHash = (path) => createHash('sha256').update(readFileSync(path)).digest('hex');

/** Pictures that a target must have seen: emulated boards the first 16, all others also as many as the official test set has. */
const BOARD_IMAGES = 16;
const IMAGES = 624;

/**
 * What is wrong, in sentences; nothing when the same inputs gave the same digests everywhere.
 * @param {Record<string, Digests>} results
 * @param {{ kernels: string, windows: string, deep: string, model?: string, pneumonia16?: string, explained?: string }} expected digests.json
 * @param {string | null} model SHA-256 of the model file, null without the model's half
 */
export function compare(results, expected, model) {
  const wrong = Object.entries(results).flatMap(([name, { error }]) => (error ? [`${name}: ${error}`] : []));
  const must = (/** @type {string} */ name, /** @type {string} */ what, /** @type {string | undefined} */ is, /** @type {string | undefined} */ should, /** @type {string} */ source) => {
    if (!is || is !== should) wrong.push(`${name}: ${what} is ${is}, but ${should} ${source}`);
  };
  const most = Math.max(...Object.values(results).map(({ images }) => images ?? 0));
  const whole = Object.entries(results).find(([, { images }]) => images === most);
  for (const [name, digests] of Object.entries(results)) {
    if (digests.error) continue;
    must(name, 'kernels', digests.kernels, expected.kernels, 'in digests.json');
    must(name, 'windows', digests.windows, expected.windows, 'in digests.json');
    must(name, 'deep', digests.deep, expected.deep, 'in digests.json');
    if (model === null) continue;
    if (model === expected.model) must(name, 'pneumonia16', digests.pneumonia16, expected.pneumonia16, 'in digests.json');
    must(name, 'pneumonia16', digests.pneumonia16, whole?.[1].pneumonia16, `on ${whole?.[0]}`);
    if (!explainsNothing(name)) must(name, 'explained', digests.explained, expected.explained, 'in digests.json');
    const board = boards.has(name);
    if (board ? digests.images !== BOARD_IMAGES : digests.images !== most || most < IMAGES) {
      wrong.push(`${name}: ${digests.images} pictures instead of ${board ? BOARD_IMAGES : Math.max(most, IMAGES)}`);
    }
    if (board) must(name, 'pneumonia', digests.pneumonia, digests.pneumonia16, 'after 16');
    else must(name, 'pneumonia', digests.pneumonia, whole?.[1].pneumonia, `on ${whole?.[0]}`);
  }
  if (model !== null && model !== expected.model) {
    wrong.push(`digests.json belongs to another model (${expected.model ?? 'none'}; now ${model}): look at it, then npm run parity -- --update`);
  }
  return wrong;
}

/** @param {Record<string, Digests>} results */
function table(results) {
  const short = (/** @type {string} */ digest) => digest.slice(0, 16).padEnd(18);
  const row = (/** @type {string} */ name, /** @type {string[]} */ cells) => `${name.padEnd(24)}${cells.map(short).join('')}`;
  return [
    `${row('target', ['kernels', 'windows', 'deep', 'pneumonia, 16', 'explained', 'pneumonia, all'])}pictures`,
    ...Object.entries(results).map(([name, digests]) =>
      digests.error ? `${name.padEnd(24)}failed` : `${row(name, [digests.kernels, digests.windows, digests.deep, digests.pneumonia16, digests.explained, digests.pneumonia].map((digest) => digest ?? '-'))}${digests.images ?? '-'}`,
    ),
  ].join('\n');
}

async function parity() {
  const given = process.argv.slice(2);
  const wantsRecords = given.includes('records');
  const chosen = given.filter((option) => option in targets || option === 'records');
  const options = new Set(given.filter((option) => !chosen.includes(option)));
  const known = ['--json', '--kernels', '--update'];
  for (const option of options) if (!known.includes(option)) throw new UsageError(`usage: npm run parity -- [${known.join('] [')}] [target ...]`);
  if (chosen.length > 0 && options.has('--update')) throw new SetupError('--update wants all targets.');
  const withModel = !options.has('--kernels');
  if (withModel && !existsSync(modelPath)) throw new SetupError('models/pneumonia/pneumonia.bds is not there.');
  if (withModel) writePack(packPath);

  /** @type {Record<string, Digests>} */
  const results = {};
  for (const [name, check] of Object.entries(targets)) {
    if (chosen.length > 0 && !chosen.includes(name)) continue;
    const begin = performance.now();
    process.stderr.write(`  ${name.padEnd(22)}`);
    try {
      results[name] = await check(withModel);
    } catch (e) {
      results[name] = { error: e instanceof Error ? e.message : String(e) };
    }
    const { kernels, pneumonia, images, error } = results[name];
    const text = error ? 'FAILED' : `kernels ${kernels?.slice(0, 12)}${pneumonia ? `  pneumonia ${pneumonia.slice(0, 12)} (${images} pictures)` : ''}`;
    process.stderr.write(`${text}  ${((performance.now() - begin) / 1000).toFixed(1)} s\n`);
  }

  const expected = JSON.parse(readFileSync(expectedPath, 'utf8'));
  if (options.has('--update')) {
    const { kernels, windows, deep, pneumonia16, explained } = results['native-scalar'];
    Object.assign(expected, { kernels, windows, deep }, withModel ? { model: fileHash(modelPath), pneumonia16, explained } : {});
  }
  const wrong = compare(results, expected, withModel ? fileHash(modelPath) : null);
  if (options.has('--update') && wrong.length === 0) writeFileSync(expectedPath, `${JSON.stringify(expected, null, 2)}\n`);

  const ecg = withModel && (chosen.length === 0 || wantsRecords) ? await import('./parity-ecg.mjs') : null;
  const records = await ecg?.parityRecords();
  if (records) wrong.push(...records.wrong);

  const all = { targets: results, ...(records && { records: records.records, absent: records.absent }) };
  console.log(options.has('--json') ? JSON.stringify(all) : [...(Object.keys(results).length > 0 ? [table(results)] : []), ...(ecg && records ? [ecg.recordsTable(records)] : [])].join('\n\n'));
  for (const line of wrong) console.error(line);
  const compared = [Object.keys(results).length > 0 ? `on ${Object.keys(results).length} targets` : '', records ? `of ${Object.keys(records.records).length} electrocardiograms` : ''];
  console.error(wrong.length > 0 ? `${wrong.length} differences` : `the same bits ${compared.filter(Boolean).join(', and ')}`);
  process.exitCode = wrong.length > 0 ? 1 : 0;
}

if (isEntry(import.meta.url)) await main(parity);
