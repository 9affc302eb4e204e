// What `npm run eval` does (scripts/eval.mjs says how it is called).
import { build } from '../build.mjs';
import { hasData } from './archives.mjs';
import { keyFigures } from './card.mjs';
import { evaluate } from './evaluate.mjs';
import { interval, number, percent } from './markdown.mjs';
import { rounded } from './measure.mjs';
import { dataDir } from '../data.mjs';
import { models } from '../models.mjs';
import { SetupError } from '../setup.mjs';

/** @typedef {import('../models.mjs').Model} Model */

/** What stdout gets of a model: everything flat, and its variants alike. @param {any} result */
function printed({ figures, variants }) {
  const others = Object.entries(variants).map(([name, variant]) => [name, /** @type {any} */ (variant).figures]);
  return rounded({ ...figures, ...(others.length > 0 ? { variants: Object.fromEntries(others) } : {}) });
}

/** @param {any} f */
function table(f) {
  const rows = [
    ['file', `${f.file_bytes} bytes`],
    ['test samples', f.pictures],
    ...keyFigures(f),
    f.acc_val_threshold !== undefined && ['accuracy, threshold from val', `${number(f.acc_val_threshold)}  (Youden)`],
    f.ece !== undefined && ['calibration error (ECE)', number(f.ece)],
    f.coverage !== undefined && ['answered, and right', `${percent(f.coverage)}, ${percent(f.selective_acc ?? f.selective_dice)}`],
    f.set_coverage !== undefined && ['conformal sets', `truth inside ${percent(f.set_coverage)}, ${number(f.set_size)} labels`],
    f.ood_auroc !== undefined && ['other pictures, AUROC', interval(f.ood_auroc, f.ci?.ood_auroc)],
    ...Object.entries(f).filter(([key, value]) => /^float_/.test(key) && typeof value === 'number').map(([key, value]) => [`float network, ${key.slice(6)}`, number(/** @type {number} */ (value))]),
    ['digest, native and WebAssembly', f.digest],
  ].filter(Boolean);
  return rows.map((row) => `  ${String(/** @type {any[]} */ (row)[0]).padEnd(34)}${/** @type {any[]} */ (row)[1]}`).join('\n');
}

/** The models that were asked for. @param {string[]} names */
function choose(names) {
  const all = models();
  const unknown = names.filter((name) => !all.some((model) => model.name === name));
  if (unknown.length > 0) throw new SetupError(`No compiled model ${unknown.join(', ')}. There are: ${all.map(({ name }) => name).join(', ') || 'none'}.`);
  if (all.length === 0) throw new SetupError('There is no compiled model in models/.');
  try {
    dataDir();
  } catch (e) {
    throw new SetupError(`${/** @type {Error} */ (e).message}.`);
  }
  const chosen = all.filter(({ name }) => names.length === 0 || names.includes(name));
  const without = chosen.filter((model) => !hasData(model));
  if (without.length > 0 && (names.length > 0 || without.length === chosen.length)) {
    const { name, recipe } = without[0];
    throw new SetupError(`The data of ${name} is not here: fetch ${recipe.data.file ?? recipe.data.archive} from ${recipe.data.source} and set BEDSIDE_DATA to its folder.`);
  }
  for (const { name } of without) process.stderr.write(`${name}: its data is not here, left out\n`);
  return chosen.filter((model) => !without.includes(model));
}

/** @param {string[]} args of the command line */
export async function run(args) {
  const flags = args.filter((arg) => arg.startsWith('--'));
  const names = args.filter((arg) => !arg.startsWith('--'));
  const unknownFlag = flags.find((flag) => !['--json', '--write', '--quick', '--pages'].includes(flag));
  if (unknownFlag) throw new SetupError(`There is no option ${unknownFlag}; there are --json, --write, --quick and --pages.`);
  if (flags.includes('--pages')) return (await import('./write.mjs')).pages();
  if (flags.includes('--write') && flags.includes('--quick')) throw new SetupError('--write needs everything that --quick leaves out.');
  const chosen = choose(names);

  await build(['native'], { targets: ['bedside_cli'], quiet: true });
  await build(['wasm-simd'], { quiet: true });
  /** @type {{ model: Model, result: any }[]} */
  const judged = [];
  for (const model of chosen) judged.push({ model, result: await evaluate(model, { quick: flags.includes('--quick'), write: flags.includes('--write') }) });
  if (flags.includes('--write')) (await import('./write.mjs')).write(judged);
  const results = Object.fromEntries(judged.map(({ model, result }) => [model.name, printed(result)]));
  if (flags.includes('--json')) console.log(JSON.stringify(results));
  else for (const [name, figures] of Object.entries(results)) console.log(`${name}\n${table(figures)}`);
}
