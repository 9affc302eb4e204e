// What the figures owe to chance: the same recipe from other random numbers, or the folds of a cross-validation, as tables.
import { join } from 'node:path';
import { mean } from './figures.mjs';
import { jsonIfThere } from './json.mjs';
import { number, table } from './markdown.mjs';

/** @typedef {import('../models.mjs').Model} Model */
/** What was trained anew, and its figures by seed or fold. aside: what the overview must say. @typedef {{ what: string, each: string, aside?: string, rows: Record<string, number>[] }} Spread */

/** The figures of the overview, where a spread has them. */
const SHOWN = ['dice', 'auc', 'acc', 'accuracy', 'balanced_acc', 'f1', 'v_se', 'v_ppv', 's_se', 's_ppv'];

/** Only its numbers, without sizes. @param {Record<string, any>} row @returns {Record<string, number>} */
const numbers = ({ file_bytes: _, ...row }) => Object.fromEntries(Object.entries(row).filter(([, value]) => typeof value === 'number'));

/** All spreads of a model: of the evaluation, and of what its recipe wrote down. @param {Model} model @param {any} e evaluation.json @returns {Spread[]} */
export function spreads({ folder, name }, e) {
  /** @type {Spread[]} */
  const list = [];
  if (e.more?.seeds) list.push({ what: 'The same recipe from other random numbers; the shipped file is the one that was named before.', each: 'seed', rows: e.more.seeds.map(numbers) });
  const written = jsonIfThere(join(folder, 'seeds.json'));
  if (written) list.push({ what: written.what, each: 'seed', rows: written.rows.map(numbers) });
  const runs = jsonIfThere(join(folder, 'training.json'))?.runs?.filter((/** @type {any} */ { test }) => test);
  if (runs?.length > 0) list.push({ what: `The float network of ${name}.bds from other random numbers, on the test split; seed 0 was to be shipped whatever the others score.`, each: 'seed', aside: 'float', rows: runs.map((/** @type {any} */ { seed, test }) => ({ seed, ...test })) });
  return list;
}

/** Mean, least and largest. @param {number[]} values */
const range = (values) => `${number(mean(values))} (${number(Math.min(...values))} to ${number(Math.max(...values))})`;

/** @param {Spread} spread */
function rowsOf({ each, rows }) {
  const keys = Object.keys(rows[0]).filter((key) => key !== each && rows.every((row) => key in row));
  const last = ['mean (least to largest)', ...keys.map((key) => range(rows.map((row) => row[key])))];
  return table([each, ...keys], [...rows.map((row) => [row[each], ...keys.map((key) => number(row[key]))]), last]);
}

/** The section of a model's page; '' where nothing was trained twice. @param {Model} model @param {any} e */
export function seedSection(model, e) {
  const list = spreads(model, e).map((spread) => `${spread.what}\n\n${rowsOf(spread)}`);
  return list.length > 0 ? `## Seeds\n\n${list.join('\n\n')}` : '';
}

/** One line for each spread of all models. @param {{ model: Model, e: any }[]} all */
export function seedOverview(all) {
  const lines = all.flatMap(({ model, e }) => {
    /** @type {Spread[]} */
    const folds = e.dice_folds ? [{ what: 'folds', each: 'fold', aside: 'each on its own pictures', rows: e.dice_folds.map(numbers) }] : [];
    return [...folds, ...spreads(model, e)].map(({ each, aside, rows }) => {
      const figures = SHOWN.filter((key) => rows.every((/** @type {Record<string, number>} */ row) => key in row));
      return [`[${model.name}](${model.name}.md)`, `${rows.length} ${each}s${aside ? `, ${aside}` : ''}`, figures.map((key) => `${key} ${range(rows.map((/** @type {Record<string, number>} */ row) => row[key]))}`).join('; ')];
    });
  });
  return table(['model', 'trained', 'mean (least to largest)'], lines);
}
