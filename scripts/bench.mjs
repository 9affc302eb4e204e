// Times Bedside in Chromium and natively, one thread, beside its peers and the machine's own ceiling. docs/performance.md says what is
// measured, and how.
//
//     npm run bench                               Bedside alone
//     npm run bench -- --peers                    and LiteRT.js, tfjs-tflite, ONNX Runtime Web and for Node, TensorFlow.js
//     npm run bench -- --layers MODEL [--json]    where the time of one model goes; MODEL is a name (mobilenet_v2) or a .bds file
//
//     npm run bench -- --explain [--json]         how long the shipped models take to say why; fails over 100 ms
//
//     --json           the results as JSON on stdout; progress goes to stderr
//     --models A,B     names, or .bds files; default: all of BEDSIDE_BENCH_MODELS
//     --variants A,B   Bedside's other codes in the same race: relaxed, simd128, scalar; threads (two of them)
//     --rounds N       turns in the race (default 60)
//     --cold N         cold pages of each contestant (default 4; 0: none)
//     --slices N       turns in the native race (default 6; 0: none)
//     --seconds N      of --layers (default 3)
//     --update         writes the tables and the chart of docs/performance.md
//     --from FILE      results of --json instead of new ones
//     --no-build
import { copyFileSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import { basename, join } from 'node:path';
import { parseArgs } from 'node:util';
import { writeDocument } from './bench/document.mjs';
import { describeExplanations, timeExplanations } from './bench/explain.mjs';
import { describeLayers, timeLayers } from './bench/layers.mjs';
import { available, prepare } from './bench/models.mjs';
import { report } from './bench/report.mjs';
import { measureAll } from './bench/run.mjs';
import { build, wasmPresets } from './build.mjs';
import { main, SetupError, UsageError } from './setup.mjs';

const options = /** @type {const} */ ({
  peers: { type: 'boolean', default: false },
  json: { type: 'boolean', default: false },
  update: { type: 'boolean', default: false },
  from: { type: 'string' },
  layers: { type: 'string' },
  explain: { type: 'boolean', default: false },
  models: { type: 'string' },
  variants: { type: 'string', default: '' },
  rounds: { type: 'string', default: '60' },
  cold: { type: 'string', default: '4' },
  slices: { type: 'string', default: '6' },
  seconds: { type: 'string', default: '3' },
  'no-build': { type: 'boolean', default: false },
});

/** @param {string} name @param {string} text */
function whole(name, text) {
  if (!/^\d{1,6}$/.test(text)) throw new UsageError(`--${name} takes a whole number, not "${text}"`);
  return Number(text);
}

/** What the user asks for. */
function wishes() {
  try {
    const { values } = parseArgs({ options });
    return values;
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

/** Others on the machine disturb less where this may go first. */
function goFirst() {
  try {
    os.setPriority(-10);
  } catch {
    // only an administrator may
  }
}

/** @param {string} text */
const show = (text) => process.stdout.write(`${text}\n`);

/** @param {import('./bench/run.mjs').Results} results @param {{ update: boolean, json: boolean }} how */
function present(results, { update, json }) {
  if (update) writeDocument(results);
  show(json ? JSON.stringify(results, null, 1) : report(results));
}

await main(async () => {
  const wish = wishes();
  if (wish.from) {
    present(JSON.parse(readFileSync(wish.from, 'utf8')), wish);
    return;
  }
  if (wish.explain) {
    const work = mkdtempSync(join(os.tmpdir(), 'bedside-bench-'));
    try {
      if (!wish['no-build']) await build(wasmPresets);
      goFirst();
      const found = await timeExplanations({ work, rounds: whole('rounds', wish.rounds) });
      show(wish.json ? JSON.stringify(found, null, 1) : describeExplanations(found));
      if (found.explanations.some(({ cam, occlusion }) => (cam ?? 0) > found.bar || occlusion > found.bar)) process.exitCode = 1;
    } finally {
      rmSync(work, { recursive: true });
    }
    return;
  }
  const names = wish.layers ? [wish.layers] : (wish.models?.split(',') ?? available());
  if (names.length === 0) throw new SetupError('There is no model: BEDSIDE_BENCH_MODELS names the folder of the .tflite files, --models a .bds file.');
  const numbers = { rounds: whole('rounds', wish.rounds), cold: whole('cold', wish.cold), slices: whole('slices', wish.slices), seconds: whole('seconds', wish.seconds) };
  const work = mkdtempSync(join(os.tmpdir(), 'bedside-bench-'));
  try {
    if (!wish['no-build']) await build(['native', ...wasmPresets]);
    const models = [];
    for (const name of names) models.push(await prepare(name, work));
    for (const { bds } of models) if (!existsSync(join(work, basename(bds)))) copyFileSync(bds, join(work, basename(bds)));
    goFirst();
    if (wish.layers) {
      const found = await timeLayers(models[0], { work, seconds: numbers.seconds });
      show(wish.json ? JSON.stringify(found, null, 1) : describeLayers(models[0], found));
      return;
    }
    const results = await measureAll(models, { work, peers: wish.peers, variants: wish.variants.split(',').filter(Boolean), profile: wish.update, ...numbers });
    present(results, wish);
  } finally {
    rmSync(work, { recursive: true });
  }
});
