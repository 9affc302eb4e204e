// What each technique made of a model: models/*/techniques.json, written by the recipes, completed by the time of the files that are still at hand.
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { milliseconds } from './measure.mjs';
import { interval, number, table } from './markdown.mjs';
import { openModel } from './records.mjs';

/** @typedef {import('../models.mjs').Model} Model */
/** One technique's row: its file, and the figures of the test split with their intervals. @typedef {{ technique: string, bytes: number, macs?: number, weights?: number, sparsity?: number, sha256: string, wasm_ms?: number, ci?: Record<string, [number, number]>, [figure: string]: any }} Row */

/** @param {Model} model @returns {Row[]} */
export function techniquesOf({ folder }) {
  const path = join(folder, 'techniques.json');
  if (!existsSync(path)) return [];
  const content = JSON.parse(readFileSync(path, 'utf8'));
  return Array.isArray(content) ? content : (content.rows ?? []);
}

/** The figure by which a model's rows are compared. @param {Row[]} rows @param {string} task */
export function metricOf(rows, task) {
  const order = task === 'segment' ? ['dice'] : task === 'beats' ? ['f1', 'acc'] : ['balanced_acc', 'acc', 'auc'];
  return order.find((key) => rows.every((row) => typeof row[key] === 'number')) ?? order[0];
}

/** Measures what has no time yet and whose file lies in the recipe's build folder; writes it down. @param {Model} model @param {any} picture that the network takes */
export async function timed(model, picture) {
  const rows = techniquesOf(model);
  const build = join(model.folder, 'build');
  if (rows.length === 0 || !existsSync(build) || rows.every(({ wasm_ms: ms }) => ms !== undefined)) return rows;
  const files = new Map(readdirSync(build).filter((name) => name.endsWith('.bds')).map((name) => [createHash('sha256').update(readFileSync(join(build, name))).digest('hex'), join(build, name)]));
  let changed = false;
  for (const row of rows) {
    const file = files.get(row.sha256);
    if (row.wasm_ms !== undefined || !file) continue;
    const one = await openModel(file);
    row.wasm_ms = Number((await milliseconds(one, picture)).toFixed(4));
    one.dispose();
    changed = true;
  }
  if (changed) writeFileSync(join(model.folder, 'techniques.json'), `${JSON.stringify(rows, null, 1)}\n`);
  return rows;
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
