// What `npm run eval -- --write` writes: models/*/evaluation.json and CARD.md, docs/evidence/ with its plots, and the log of who touched a test set.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { models } from '../models.mjs';
import { root } from '../setup.mjs';
import { bars, checks } from './bars.mjs';
import { card, keyFigures } from './card.mjs';
import { rounded } from './measure.mjs';
import { fairnessTable, gapTable } from './fairness.mjs';
import { jsonIfThere } from './json.mjs';
import { interval, number, percent, table } from './markdown.mjs';
import { confusionPlot, reliabilityPlot, riskPlot, rocPlot, shiftPlot, sizePlot } from './plots.mjs';
import { seedOverview, seedSection } from './seeds.mjs';
import { caseStudies } from './studies.mjs';
import { metricOf, teacherTable, techniquesOf, techniqueTable, withShipped } from './techniques.mjs';

/** @typedef {import('../models.mjs').Model} Model */
/** @typedef {import('./evaluate.mjs').Result & { variants: Record<string, import('./evaluate.mjs').Result> }} Whole */

const evidence = join(root, 'docs/evidence');
const NOT_A_DEVICE = '**Not a medical device.** Figures of research models on public data sets; nothing here says that they are fit for care.';

/** What evaluation.json holds. @param {Whole} result */
function evaluationOf({ figures, more, variants }) {
  const others = Object.entries(variants).map(([name, variant]) => [name, { ...variant.figures, more: variant.more }]);
  return rounded({ ...figures, more, ...(others.length > 0 ? { variants: Object.fromEntries(others) } : {}) });
}

/** @param {Model} model */
const kept = ({ folder }) => jsonIfThere(join(folder, 'evaluation.json'));

/** Plots by file, in the order in which a page shows them. */
const PLOTS = { roc: 'ROC', reliability: 'Reliability', confusion: 'Confusion', risk: 'Risk and coverage', shift: 'Harmed samples', techniques: 'Size and figure' };

/** @param {Model} model @param {Whole} result */
function plots({ name, recipe, folder }, { figures, curves, more }) {
  mkdirSync(join(evidence, name), { recursive: true });
  const save = (/** @type {keyof typeof PLOTS} */ plot, /** @type {string} */ svg) => writeFileSync(join(evidence, name, `${plot}.svg`), svg);
  if (curves.roc) save('roc', rocPlot(name, curves.roc));
  if (curves.reliability) save('reliability', reliabilityPlot(name, curves.reliability));
  if (figures.confusion && more.labels) save('confusion', confusionPlot(name, figures.confusion, more.labels));
  if (curves.risk) save('risk', riskPlot(name, curves.risk));
  if (more.shifts) {
    const { metric, rows } = more.shifts;
    save('shift', shiftPlot(name, metric, rows.map((/** @type {any} */ { name: kind, unit, steps }) => ({ name: kind, unit, steps: steps.map((/** @type {any} */ step) => ({ strength: step.strength, value: step[metric] })) }))));
  }
  const rows = techniquesOf(/** @type {Model} */ ({ folder }));
  if (rows.length > 1) {
    const metric = metricOf(rows, recipe.task);
    save('techniques', sizePlot(name, metric, rows.map((row) => ({ name: row.technique, bytes: row.bytes, value: row[metric], low: row.ci?.[metric]?.[0], high: row.ci?.[metric]?.[1] }))));
  }
}

/** @param {any[]} rows */
const outsideTable = (rows) =>
  table(
    ['pictures', 'number', 'AUROC of the distance', 'flagged as unlike or colourful, or refused', 'any doubt'],
    rows.map(({ name, pictures, auroc, ci, flagged, doubted }) => [name, pictures, interval(auroc, ci), percent(flagged), percent(doubted)]),
  );

/** @param {{ metric: string, rows: any[] }} shifts */
const shiftTable = ({ metric, rows }) =>
  table(
    ['harm', 'strength', metric, 'any doubt'],
    rows.flatMap(({ name, unit, steps }, k) => steps.filter((/** @type {any} */ _, /** @type {number} */ i) => i > 0 || k === 0).map((/** @type {any} */ step) => [step.strength === null ? 'none' : name, step.strength === null ? '' : `${step.strength} ${unit}`, number(step[metric]), percent(step.flagged_any)])),
  );

/** @param {any} f @param {readonly string[]} labels */
const labelTable = (f, labels) =>
  table(['label', 'recall', 'precision', 'F1', ...(f.set_by_label ? ['in its conformal set'] : [])], labels.map((label, i) => [label, number(f.recall[i]), number(f.precision[i]), number(f.f1_by_label[i]), ...(f.set_by_label ? [percent(f.set_by_label[i])] : [])]));

/** Rows of the figures that are numbers of the file's own, with their float companions. @param {any} f */
function figureTable(f) {
  const skip = /^(float_|.*_low$|.*_high$|name$|split$|sha256$|digest$|monitor_digest$|content_sha256$|val_threshold|ci|more|variants|confusion|recall|precision|f1_by_label|set_by_label|dice_folds)/;
  const rows = Object.entries(f).filter(([key, value]) => typeof value === 'number' && !skip.test(key)).map(([key, value]) => {
    const counts = /^(pictures|beats|records|withheld|file_bytes|macs|ci_groups)/.test(key);
    const shown = counts ? value.toLocaleString('en') : key === 'wasm_ms' ? value.toFixed(3) : interval(value, f.ci?.[key]);
    return [`\`${key}\``, shown, typeof f[`float_${key}`] === 'number' ? number(f[`float_${key}`]) : ''];
  });
  return table(['figure', 'shipped file (95 % interval)', 'float network'], rows);
}

/** Folds of the default file and of its variants. @param {string} name @param {any} e */
function foldTable(name, e) {
  const files = [[`${name}.bds`, e], ...Object.entries(e.variants ?? {}).map(([variant, f]) => [`${name}-${variant}.bds`, f])].filter(([, f]) => f.dice_folds);
  const mean = ['mean (least to largest)', '', ...files.map(([, f]) => `${number(f.dice_folds_mean)} (${number(f.dice_folds_low)} to ${number(f.dice_folds_high)})`)];
  return table(['fold', 'pictures', ...files.map(([file]) => file)], [...e.dice_folds.map((/** @type {any} */ { fold, pictures }) => [fold, pictures, ...files.map(([, f]) => number(f.dice_folds.find((/** @type {any} */ row) => row.fold === fold)?.dice))]), mean]);
}

/** @param {Model} model @param {any} e evaluation.json */
function page(model, e) {
  const { name, recipe } = model;
  const pictures = Object.entries(PLOTS).filter(([file]) => existsSync(join(evidence, name, `${file}.svg`))).map(([file, title]) => [title, `${name}/${file}.svg`]);
  const { more = {} } = e;
  const rows = withShipped(model, e);
  const about = jsonIfThere(join(model.folder, 'train.json'))?.what;
  const variants = Object.entries(e.variants ?? {});
  const parts = [
    `# Evidence: ${name}`,
    `<!-- Written by \`npm run eval -- --write\`. -->`,
    NOT_A_DEVICE,
    `${recipe.title}. Data: ${recipe.data.name}, test split, ${e.pictures?.toLocaleString('en')} samples${e.ci_groups ? ` of ${e.ci_groups.toLocaleString('en')} patients or groups, over which the intervals are bootstrapped` : ''}. [Model card](../../models/${name}/CARD.md). File: ${e.file_bytes.toLocaleString('en')} bytes, SHA-256 \`${e.sha256}\`. All outputs, natively and in WebAssembly: SHA-256 \`${e.digest}\`.`,
    pictures.map(([title, path]) => `![${title}](${path})`).join(' '),
    `## Figures\n\n${figureTable(e)}`,
    more.labels && e.recall && e.f1_by_label ? `## By label\n\n${labelTable(e, more.labels)}` : '',
    e.dice_folds ? `## Cross-validation\n\nEach fold's file, trained without it, by its pictures; mean Dice of those with something to mark.\n\n${foldTable(name, e)}` : '',
    more.subgroups ? `## Subgroups\n\nGroups under 20 samples are shown, but no gap is taken from them.\n\n${more.subgroups.map((/** @type {any} */ one) => gapTable(one)).join('\n\n')}` : '',
    more.records ? `## By record\n\n${more.records}` : '',
    e.detector ? `## As a wearable hears it\n\nThe same records whole, the QRS detector's own beats (\`bedside monitor\`; matched one to one within 150 ms): of ${e.detector.beats.toLocaleString('en')} annotated beats ${percent(e.detector.se)} are found (${e.detector.missed} are not), and ${percent(e.detector.ppv)} of what is found is a beat (${e.detector.invented} are not). ${e.withheld} beats are withheld, as the signal is disturbed or new.\n\n${table(['class', 'sensitivity', 'PPV'], Object.entries(e.end_to_end).map(([label, one]) => [label, interval(/** @type {any} */ (one).se, e.ci?.[`end_to_end_${label.toLowerCase()}_se`]), interval(/** @type {any} */ (one).ppv, e.ci?.[`end_to_end_${label.toLowerCase()}_ppv`])]))}\n\nWhat was missed or withheld counts against the sensitivity, what is no beat against the predictive value of what it was called.` : '',
    more.outside ? `## Pictures of something else\n\nThe distance to the training pictures, of the test set against each other kind; refused pictures count as farthest.\n\n${outsideTable(more.outside)}` : '',
    more.shifts ? `## Harmed pictures\n\n${more.shifts.pictures} pictures of the test set, changed before the runtime prepares them (\`scripts/eval/shift.mjs\`).\n\n${shiftTable(more.shifts)}` : '',
    variants.length > 0 ? `## Variants\n\n${table(['file', 'what', 'bytes', ...keyFigures(e).map(([key]) => key)], [[`${name}.bds`, 'default', e.file_bytes.toLocaleString('en'), ...keyFigures(e).map(([, value]) => value)], ...variants.map(([variant, f]) => [`${name}-${variant}.bds`, model.variants.find((one) => one.name === variant)?.what ?? '', /** @type {any} */ (f).file_bytes.toLocaleString('en'), ...keyFigures(f).map(([, value]) => value)])])}` : '',
    rows.length > 0 ? `## Techniques\n\nEach technique trained, compiled and judged by the recipe (\`models/recipe\`), and what is shipped.${rows.at(-1)?.technique.includes('--max-bytes') ? ' With `--max-bytes` the compiler\'s search chose classes of weights, pruning and coder.' : ''}${about ? ` The techniques are of another network than the shipped file: ${about}.` : ''} ms: one inference in WebAssembly (V8, one thread) on the machine of the evaluation, the least of five rounds over all files. Intervals of the techniques are by picture or record, the shipped file's by patient or group where there are any.\n\n${techniqueTable(rows, recipe.task)}` : '',
    seedSection(model, e),
    more.dice_by ? more.dice_by.map((/** @type {any} */ one) => `## By ${one.attribute}\n\n${table([one.attribute, 'pictures', 'mean Dice of those with something to mark', 'nothing was marked'], one.rows.map((/** @type {any} */ row) => [row.name, row.pictures, number(row.dice), percent(row.unmarked)]))}`).join('\n\n') : '',
  ];
  return `${parts.filter(Boolean).join('\n\n')}\n`;
}

/** @param {{ model: Model, e: any }[]} all */
function overview(all) {
  const main = table(
    ['model', 'file, bytes', 'figures of the shipped file, 95 % interval', 'float network', 'first bar', 'record to go for', 'first bar reached'],
    all.map(({ model: { name }, e }) => {
      const bar = bars[name];
      const reached = bar ? checks(name, e) : [];
      const float = Object.entries(e).filter(([key, value]) => /^float_(auc|acc|dice|f1|balanced_acc)$/.test(key) && typeof value === 'number').map(([key, value]) => `${key.slice(6)} ${number(/** @type {number} */ (value))}`).join(', ');
      return [
        `[${name}](${name}.md)`,
        e.file_bytes.toLocaleString('en'),
        (bar?.shown ?? ['auc', 'acc', 'dice', 'f1']).filter((key) => typeof e[key] === 'number').map((key) => `${key} ${interval(e[key], e.ci?.[key])}`).join('; '),
        float,
        bar?.first ?? '-',
        bar?.record ?? '-',
        reached.length === 0 ? '-' : reached.every(([, good]) => good) ? `yes${bar?.aside ? ` (${bar.aside})` : ''}` : `no: ${reached.filter(([, good]) => !good).map(([what]) => what).join(', ')}`,
      ];
    }),
  );
  const sum = all.reduce((bytes, { e }) => bytes + e.file_bytes, 0);
  const trust = table(
    ['model', 'ECE', 'Brier', 'conformal: truth inside', 'labels in a set', 'answered', 'right or Dice among them', 'area under risk-coverage', 'test samples flagged as unlike', 'other pictures, AUROC', 'other pictures flagged'],
    all.map(({ model: { name }, e }) => [name, interval(e.ece, e.ci?.ece), number(e.brier), percent(e.set_coverage), number(e.set_size), percent(e.coverage), percent(e.selective_acc ?? e.selective_dice), number(e.aurc), percent(e.flagged_unknown), interval(e.ood_auroc, e.ci?.ood_auroc), percent(e.ood_flagged)]),
  );
  const techniques = all.map(({ model, e }) => ({ model, rows: withShipped(model, e) })).filter(({ rows }) => rows.length > 0)
    .map(({ model, rows }) => `### ${model.name}\n\n${techniqueTable(rows, model.recipe.task)}`);
  const teachers = teacherTable(all);
  const skin = all.find(({ model }) => model.name === 'skin-lesion');
  const parts = [
    '# Evidence',
    '<!-- Written by `npm run eval -- --write`. -->',
    NOT_A_DEVICE,
    `The figures of the models come from the shipped files in the shipped runtime; those of techniques, seeds and folds from files that the recipes compiled and the native runtime judged, but for the float networks that are named so. All pages and plots regenerate with

\`\`\`sh
BEDSIDE_DATA=... npm run eval -- --write
\`\`\`

which unpacks the data sets once, judges each file natively and in WebAssembly (the SHA-256 of all outputs must be the same), and writes this folder, \`models/*/evaluation.json\` and \`models/*/CARD.md\`. Intervals are
95 %, from 1,000 seeded bootstrap resamples, drawn by patient, record or group of near duplicates where the data set knows them (pictures of something else one by one); those of the techniques come from the native program and are drawn by picture. The ECE of a resample is\nmostly larger than that of the whole, so its interval may lie above the value. When which file met a test set is logged in [touches.md](touches.md). The case studies of the survey: [case-studies.md](../case-studies.md).`,
    `## Models\n\n${main}\n\nThe default files together: ${sum.toLocaleString('en')} bytes.`,
    `## Trust\n\n${trust}\n\nThe last two columns are means over the other data sets and noise: the AUROC of the distance that each file carries, and the share that is flagged as unlike or colourful, or refused, at the limit in the file. A distance may tell kinds apart well and its limit still let them pass; single kinds are in the models' pages.`,
    `## Seeds\n\nWhat the figures owe to chance: the recipe once more from other random numbers. What exactly was trained anew, mostly the network before its technique, is said in each model's page.\n\n${seedOverview(all)}`,
    techniques.length > 0 ? `## Techniques\n\nms: one inference in WebAssembly (V8, one thread); each network on its test split.\n\n${techniques.join('\n\n')}` : '',
    teachers ? `## Teachers and students\n\nWhich teacher suits which student is a question that the survey leaves open. Each row: a student that learned from a teacher's answers (Hinton et al. 2015) beside the same student, trained alike, without. The choice of a teacher would go by validation.\n\n${teachers}` : '',
    skin ? `## Fairness\n\n${fairnessTable(skin.model, skin.e)}` : '',
  ];
  return `${parts.filter(Boolean).join('\n\n')}\n`;
}

const TOUCHES = `# When a test set was touched

Each line: a file that was judged by its test split for the first time. \`npm run eval -- --write\` adds lines for files whose SHA-256 is new; lines are never removed. What was chosen after a test figure had been seen is said in the model's card.

| date | model | SHA-256 | why |
|---|---|---|---|
`;

/** @param {Model} model @param {any} e */
function touch(model, e) {
  const path = join(evidence, 'touches.md');
  let text = existsSync(path) ? readFileSync(path, 'utf8') : TOUCHES;
  const today = new Date().toISOString().slice(0, 10);
  const add = (/** @type {string} */ name, /** @type {string} */ sha256, /** @type {string} */ why) => {
    if (sha256 && !text.includes(sha256)) text += `| ${today} | ${name} | \`${sha256}\` | ${why} |\n`;
  };
  add(model.name, e.sha256, 'shipped file, npm run eval');
  for (const [name, variant] of Object.entries(e.variants ?? {})) add(`${model.name}/${name}`, /** @type {any} */ (variant).sha256, 'variant, npm run eval');
  for (const { seed, sha256 } of e.more?.seeds ?? []) add(`${model.name}, seed ${seed}`, sha256, 'seed, npm run eval');
  for (const [name, f] of [[model.name, e], ...Object.entries(e.variants ?? {}).map(([variant, f]) => [`${model.name}/${variant}`, f])]) {
    for (const fold of f.dice_folds ?? []) add(`${name}, fold ${fold.fold}`, fold.sha256, 'cross-validation, npm run eval');
  }
  for (const row of techniquesOf(model)) add(model.name, row.sha256, `technique ${row.technique}, models/recipe`);
  for (const row of jsonIfThere(join(model.folder, 'seeds.json'))?.rows ?? []) add(`${model.name}, seed ${row.seed}`, row.sha256, 'seed, models/recipe');
  for (const one of jsonIfThere(join(model.folder, 'touches.json')) ?? []) add(`${model.name}, ${one.file}`, one.sha256, `${one.why} (${one.date}, models/${model.name}/train.py)`);
  writeFileSync(path, text);
}

/** @param {{ model: Model, result: Whole }[]} judged */
export function write(judged) {
  for (const { model, result } of judged) {
    const e = evaluationOf(result);
    writeFileSync(join(model.folder, 'evaluation.json'), `${JSON.stringify(e, null, 1)}\n`);
    plots(model, result);
  }
  pages();
}

/** Cards and pages, of what was measured last. */
export function pages() {
  mkdirSync(evidence, { recursive: true });
  const all = models().map((model) => ({ model, e: kept(model) })).filter(({ e }) => e?.sha256);
  for (const { model, e } of all) {
    writeFileSync(join(model.folder, 'CARD.md'), card(model, e));
    writeFileSync(join(evidence, `${model.name}.md`), page(model, e));
    touch(model, e);
  }
  writeFileSync(join(evidence, 'README.md'), overview(all));
  writeFileSync(join(root, 'docs/case-studies.md'), caseStudies(all));
}
