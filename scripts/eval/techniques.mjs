// What each technique made of a model: models/*/techniques.json, written by the recipes, completed by the time of the files that are still at hand.
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { jsonIfThere } from './json.mjs';
import { interval, number, table } from './markdown.mjs';
import { openModel } from './records.mjs';

/** @typedef {import('../models.mjs').Model} Model */
/** One technique's row: its file, and the figures of the test split with their intervals. @typedef {{ technique: string, bytes: number, macs?: number, weights?: number, sparsity?: number, sha256: string, wasm_ms?: number, ci?: Record<string, [number, number]>, [figure: string]: any }} Row */

/** @param {Model} model @returns {Row[]} */
export function techniquesOf({ folder }) {
  const content = jsonIfThere(join(folder, 'techniques.json')) ?? [];
  return Array.isArray(content) ? content : (content.rows ?? []);
}

/** The figure by which a model's rows are compared. @param {Row[]} rows @param {string} task */
export function metricOf(rows, task) {
  const order = task === 'segment' ? ['dice'] : task === 'beats' ? ['f1', 'acc'] : ['balanced_acc', 'acc', 'auc'];
  return order.find((key) => rows.every((row) => typeof row[key] === 'number')) ?? order[0];
}

/** Times are the least of so many rounds over all files, so that what else the machine does meets all of them. */
const ROUNDS = 5;

/**
 * Measures the rows whose file lies in the recipe's build folder, and the shipped file among them, and writes it down: times and multiply-accumulates
 * anew; the gap between groups where it is missing, if the model has one to speak of.
 * @param {Model} model @param {(one: import('../../web/bedside.js').Model) => number | Promise<number>} time milliseconds of one inference
 * @param {((one: import('../../web/bedside.js').Model) => Promise<{ gap: number, ci: [number, number] }>) | null} gapOf
 * @returns {Promise<number>} milliseconds of the shipped file
 */
export async function complete(model, time, gapOf = null) {
  const rows = techniquesOf(model);
  const build = join(model.folder, 'build');
  const names = existsSync(build) ? readdirSync(build).filter((name) => name.endsWith('.bds')) : [];
  const files = new Map(names.map((name) => [createHash('sha256').update(readFileSync(join(build, name))).digest('hex'), join(build, name)]));
  const shipped = { least: Infinity, one: await openModel(model.bds), row: /** @type {Row | null} */ (null) };
  const open = [shipped];
  for (const row of rows) {
    const file = files.get(row.sha256);
    if (!file) continue;
    const one = await openModel(file);
    row.macs = one.info.macs;
    if (gapOf && row.gap === undefined) {
      const { gap, ci } = await gapOf(one);
      row.gap = Number(gap.toFixed(4));
      row.ci = { ...row.ci, gap: /** @type {[number, number]} */ (ci.map((value) => Number(value.toFixed(4)))) };
    }
    open.push({ least: Infinity, one, row });
  }
  for (let round = 0; round < ROUNDS; round++) {
    for (const entry of open) entry.least = Math.min(entry.least, await time(entry.one));
  }
  for (const { least, one, row } of open) {
    if (row) row.wasm_ms = Number(least.toFixed(4));
    one.dispose();
  }
  if (rows.length > 0) writeFileSync(join(model.folder, 'techniques.json'), `${JSON.stringify(rows, null, 1)}\n`);
  return shipped.least;
}

/** The techniques' rows, and below them the shipped file's, which may have been chosen by the compiler's search. @param {Model} model @param {any} e evaluation.json @returns {Row[]} */
export function withShipped(model, e) {
  const rows = techniquesOf(model);
  const how = jsonIfThere(join(model.folder, 'train.json')) ?? {};
  const shipped = Array.isArray(how.ship) ? how.ship.find((/** @type {{ file: string }} */ { file }) => file === model.name) : { technique: how.technique };
  const made = [shipped?.technique === 'float' ? 'as trained' : shipped?.technique, ...(shipped?.options ?? [])].filter(Boolean).join(' ');
  return rows.length === 0 ? [] : [...rows, { ...e, technique: `**the shipped file**${made ? `: ${made}` : ''}`, bytes: e.file_bytes }];
}

/** @param {Row[]} rows @param {string} task */
export function techniqueTable(rows, task) {
  const metric = metricOf(rows, task);
  const second = task === 'classify' ? 'auc' : '';
  return table(
    ['technique', 'file, bytes', 'weights not 0', 'multiply-accumulates', 'ms', metric, ...(second ? [second] : []), 'float network'],
    rows.map((row) => [
      row.technique === 'float' ? 'as trained, int8 afterwards' : row.technique,
      row.bytes.toLocaleString('en'),
      row.weights ? `${(row.weights * (1 - (row.sparsity ?? 0))).toLocaleString('en', { maximumFractionDigits: 0 })}` : '-',
      row.macs?.toLocaleString('en') ?? '-',
      row.wasm_ms?.toFixed(3) ?? '-',
      interval(row[metric], row.ci?.[metric]),
      ...(second ? [interval(row[second], row.ci?.[second])] : []),
      number(row[`float_${metric}`]),
    ]),
  );
}

/** Whom a larger network taught what: rows of all models that were distilled and nothing else, each beside the student that had no teacher. @param {{ model: Model }[]} all */
export function teacherTable(all) {
  const shown = (/** @type {any} */ figures, /** @type {string} */ key) => number(figures?.[key]);
  const rows = all.flatMap(({ model }) => {
    const own = techniquesOf(model);
    const alone = own.find(({ technique }) => technique === 'float');
    const key = model.recipe.task === 'segment' ? 'dice' : model.recipe.labels?.length === 2 ? 'auc' : 'balanced_acc';
    return own.filter((row) => /^distilled(:[\w-]+)?$/.test(row.technique) && row.teacher && alone).map((row) => [
      model.name, row.teacher.name, row.teacher.networks, row.teacher.weights.toLocaleString('en'), row.weights?.toLocaleString('en'), key,
      shown(row.teacher.val, key), `${shown(alone?.val, key)} to ${shown(row.val, key)}`, `${shown(alone, key)} to ${interval(row[key], row.ci?.[key])}`,
    ]);
  });
  return rows.length === 0 ? '' : table(['student', 'teacher', 'networks', 'weights of each', 'weights of the student', 'figure', 'teacher, validation', 'student alone to taught, validation', 'the same, test'], rows);
}
