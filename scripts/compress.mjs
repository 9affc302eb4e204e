// What each technique does to the size and the figure of merit of the shipped models, without retraining.
//
//     npm run -s compress -- [MODEL...] [--json] [--write]
//
// Each variant is compiled from the model's float network: ranges, reconstruction and the search's signal to noise ratio
// from the training split; only "searched by val" looks at the validation split. The figure is AUC on the test split, from the
// compiled file in the native runtime: once per file.
// Files hold the network, its labels and its card, but neither gate nor intervals: what a float network file holds, too.
//     --json     nothing but one JSON object on stdout
//     --write    also docs/compression.svg and the table of docs/compression.md
import { readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build, buildDir } from './build.mjs';
import { dataOf } from './eval/archives.mjs';
import { models } from './models.mjs';
import { sizePlot } from './plots.mjs';
import { run } from './process.mjs';
import { main, root, SetupError } from './setup.mjs';

/** @typedef {import('./models.mjs').Model} Model */
/** @typedef {{ name: string, bytes: number, metric: string, value: number }} Variant */

/** Arguments of `bedside compile`; DATA stands for the model's data, FLOAT for the bytes of its float network. */
const techniques = [
  { name: 'int8', args: [] },
  { name: 'pruned', args: ['--prune', '0.5', '--reconstruct'] },
  { name: 'n:m', args: ['--prune', '2:4', '--reconstruct'] },
  { name: '4-bit', args: ['--weights', '4-bit', '--reconstruct'] },
  { name: 'ternary', args: ['--weights', 'ternary', '--reconstruct'] },
  { name: 'power-of-two', args: ['--weights', 'power-of-two', '--reconstruct'] },
  { name: 'searched 8x', args: ['--reconstruct', '--max-bytes', 'FLOAT/8'] },
  { name: 'searched 12x', args: ['--reconstruct', '--max-bytes', 'FLOAT/12'] },
  { name: 'searched by val', args: ['--reconstruct', '--max-drop', '0.25', '--metric', 'auc', '--val', 'DATA'] },
];

/** Runs the program; what it prints. @param {string[]} args */
async function bedside(args) {
  const { code, output } = await run(join(buildDir('native'), 'bedside'), args);
  if (code !== 0) throw new SetupError(`bedside ${args.join(' ')}: ${output.trim().split('\n').at(-1)}`);
  return output;
}

/** @param {string} bds @param {string} data @param {string[]} extra @returns {Promise<any>} */
const judge = async (bds, data, extra) => JSON.parse(await bedside(['eval', bds, '--data', data, '--json', ...extra]));

/** @param {Model} model @param {string} folder @param {(text: string) => void} say */
async function measure(model, folder, say) {
  const { data } = await dataOf(model);
  const floatBytes = statSync(model.onnx).size;
  /** @type {Variant[]} */
  const variants = [];
  for (const { name, args } of techniques) {
    const begin = performance.now();
    const file = join(folder, `${model.name}-${name.replace(/[: ]/g, '-')}.bds`);
    const given = args.map((arg) => (arg === 'DATA' ? data : arg.startsWith('FLOAT/') ? String(Math.floor(floatBytes / Number(arg.slice(6)))) : arg));
    await bedside(['compile', model.onnx, '--recipe', join(model.folder, 'recipe.json'), '--data', data, '--no-fit', '-o', file, ...given]);
    const figures = await judge(file, data, name === 'int8' ? ['--float', model.onnx] : []);
    if (name === 'int8') variants.push({ name: 'float', bytes: floatBytes, metric: 'auc', value: figures.float_auc });
    const bytes = statSync(file).size;
    variants.push({ name, bytes, metric: 'auc', value: figures.auc });
    const factor = (floatBytes / bytes).toFixed(1);
    say(`  ${model.name.padEnd(14)} ${name.padEnd(15)} ${String(bytes).padStart(8)} bytes ${factor.padStart(5)}x  AUC ${figures.auc.toFixed(4)}  ${((performance.now() - begin) / 1000).toFixed(0)} s\n`);
  }
  return { float_bytes: floatBytes, variants };
}

/** @param {Record<string, { float_bytes: number, variants: Variant[] }>} results */
function table(results) {
  const lines = ['| model | variant | bytes | smaller than float | AUC, test | lost |', '|---|---|---|---|---|---|'];
  for (const [model, { float_bytes: bytes, variants }] of Object.entries(results)) {
    for (const v of variants) {
      const lost = (100 * (variants[0].value - v.value)).toFixed(2);
      lines.push(`| ${model} | ${v.name} | ${v.bytes.toLocaleString('en')} | ${(bytes / v.bytes).toFixed(1)} x | ${v.value.toFixed(4)} | ${lost} points |`);
    }
  }
  return lines.join('\n');
}

/** @param {Record<string, { float_bytes: number, variants: Variant[] }>} results */
function write(results) {
  const page = join(root, 'docs/compression.md');
  const [before, rest] = readFileSync(page, 'utf8').split('<!-- table -->\n');
  const after = rest.split('<!-- end of table -->')[1];
  writeFileSync(page, `${before}<!-- table -->\n${table(results)}\n<!-- end of table -->${after}`);
  writeFileSync(join(root, 'docs/compression.svg'), sizePlot(results));
}

await main(async () => {
  const flags = process.argv.slice(2).filter((arg) => arg.startsWith('--'));
  const names = process.argv.slice(2).filter((arg) => !arg.startsWith('--'));
  const unknown = flags.find((flag) => flag !== '--json' && flag !== '--write');
  if (unknown) throw new SetupError(`There is no option ${unknown}; there are --json and --write.`);
  const chosen = models().filter(({ name }) => names.length === 0 || names.includes(name));
  if (chosen.length === 0) throw new SetupError('There is no such compiled model in models/.');
  for (const model of chosen) await dataOf(model); // before a build of a minute
  await build(['native'], { targets: ['bedside_cli'], quiet: true });

  const folder = mkdtempSync(join(tmpdir(), 'bedside-compress-'));
  /** @type {Record<string, { float_bytes: number, variants: Variant[] }>} */
  const results = {};
  try {
    for (const model of chosen) results[model.name] = await measure(model, folder, (text) => process.stderr.write(text));
  } finally {
    rmSync(folder, { recursive: true });
  }
  if (flags.includes('--write')) write(results);
  console.log(flags.includes('--json') ? JSON.stringify(results) : table(results));
});
