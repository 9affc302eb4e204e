// Judges the compiled models by their test data, with the native runtime.
//
//     npm run -s eval -- [MODEL...] [--json] [--write]
//
// A model is a folder of models/ with recipe.json and MODEL.bds; without a name: all of them. The data set that the recipe names is
// looked for in BEDSIDE_DATA (or ../shared/data) and must have the recipe's checksum.
//     --json     nothing but one JSON object on stdout, figures by model
//     --write    also models/MODEL/evaluation.json and the plots in models/MODEL/evaluation/
import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { build, buildDir } from './build.mjs';
import { dataOf, models } from './models.mjs';
import { reliabilityPlot, rocPlot } from './plots.mjs';
import { main, SetupError } from './setup.mjs';

/** @typedef {import('./models.mjs').Model} Model */

/** @param {Model} model @param {string[]} extra */
async function evaluate(model, extra) {
  const args = ['eval', model.bds, '--data', dataOf(model), '--json', ...extra];
  if (existsSync(model.onnx)) args.push('--float', model.onnx);
  try {
    const { stdout } = await promisify(execFile)(join(buildDir('native'), 'bedside'), args, { maxBuffer: 1 << 26 });
    return JSON.parse(stdout);
  } catch (e) {
    const { stderr } = /** @type {{ stderr?: string }} */ (e);
    throw stderr ? new SetupError(stderr.trim()) : e;
  }
}

/** @param {Model} model @param {any} figures */
function write(model, figures) {
  const { roc, reliability, ...rest } = figures;
  writeFileSync(join(model.folder, 'evaluation.json'), `${JSON.stringify(rest, null, 1)}\n`);
  if (!roc) return;
  const folder = join(model.folder, 'evaluation');
  mkdirSync(folder, { recursive: true });
  const label = model.recipe.labels[model.recipe.positive ?? 1];
  writeFileSync(join(folder, 'roc.svg'), rocPlot(roc, figures));
  writeFileSync(join(folder, 'reliability.svg'), reliabilityPlot(reliability, figures, label));
}

/** @param {any} f */
function table(f) {
  const percent = (/** @type {number} */ x) => `${(100 * x).toFixed(1)} %`;
  const rows = [
    ['file', `${f.file_bytes} bytes`],
    ['test pictures', f.pictures],
    ['AUC', `${f.auc.toFixed(4)}  (95 %: ${f.auc_low.toFixed(4)} to ${f.auc_high.toFixed(4)})`],
    ['accuracy at 0.5', `${percent(f.acc)}  (95 %: ${percent(f.acc_low)} to ${percent(f.acc_high)})`],
    f.acc_val_threshold !== undefined && ['accuracy, threshold from val', `${percent(f.acc_val_threshold)}  (Youden)`],
    f.sensitivity !== undefined && ['sensitivity, specificity', `${percent(f.sensitivity)}, ${percent(f.specificity)}`],
    ['calibration error (ECE)', f.ece.toFixed(4)],
    ['Brier score', f.brier.toFixed(4)],
    ['answered, and right', `${percent(f.coverage)}, ${percent(f.selective_acc)}`],
    ['flagged as unknown', percent(f.flagged_unknown)],
    f.float_auc !== undefined && ['float network', `AUC ${f.float_auc.toFixed(4)}, accuracy ${percent(f.float_acc)}`],
  ].filter(Boolean);
  return rows.map((row) => `  ${String(/** @type {any[]} */ (row)[0]).padEnd(30)}${/** @type {any[]} */ (row)[1]}`).join('\n');
}

await main(async () => {
  const flags = process.argv.slice(2).filter((arg) => arg.startsWith('--'));
  const names = process.argv.slice(2).filter((arg) => !arg.startsWith('--'));
  const unknownFlag = flags.find((flag) => flag !== '--json' && flag !== '--write');
  if (unknownFlag) throw new SetupError(`There is no option ${unknownFlag}; there are --json and --write.`);
  const all = models();
  const unknown = names.filter((name) => !all.some((model) => model.name === name));
  if (unknown.length > 0) throw new SetupError(`No compiled model ${unknown.join(', ')}. There are: ${all.map(({ name }) => name).join(', ') || 'none'}.`);
  const chosen = all.filter(({ name }) => names.length === 0 || names.includes(name));
  if (chosen.length === 0) throw new SetupError('There is no compiled model in models/.');
  chosen.forEach(dataOf); // before a build of a minute

  await build(['native'], { targets: ['bedside_cli'], quiet: true });
  /** @type {Record<string, any>} */
  const results = {};
  for (const model of chosen) {
    const figures = await evaluate(model, flags.includes('--write') ? ['--curves'] : []);
    if (flags.includes('--write')) write(model, figures);
    delete figures.roc;
    delete figures.reliability;
    results[model.name] = figures;
  }
  if (flags.includes('--json')) console.log(JSON.stringify(results));
  else for (const [name, figures] of Object.entries(results)) console.log(`${name}\n${table(figures)}`);
});
