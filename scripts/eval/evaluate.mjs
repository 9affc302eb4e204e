// One model file, judged: natively and in WebAssembly, by the test split of its data.
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { dataOf } from './archives.mjs';
import { beats } from './beats.mjs';
import { columns, judge } from './classify.mjs';
import { auc } from './figures.mjs';
import { difference, lookUp, subgroups } from './groups.mjs';
import { affordable, milliseconds } from './measure.mjs';
import { outside } from './outside.mjs';
import { progress } from './progress.mjs';
import { answer, answers, compare, native, openModel } from './records.mjs';
import { classified, masked, spread } from './samples.mjs';
import { segment } from './segment.mjs';
import { shrunk, SHIFTS } from './shift.mjs';
import { complete } from './techniques.mjs';
import { nearest, TWIN } from './twins.mjs';
import { SetupError } from '../setup.mjs';

/** @typedef {import('../models.mjs').Model} Model */
/** @typedef {import('./classify.mjs').Meaning} Meaning */
/** quick: without harmed pictures and those of something else. write: time the techniques' files, too. @typedef {{ quick: boolean, write: boolean }} Options */
/**
 * figures: flat, as printed. curves: for the plots. more: tables of the pages.
 * @typedef {{ figures: Record<string, any>, curves: any, more: Record<string, any> }} Result
 */

/** How the figure falls when pictures are harmed. @param {string} name @param {import('../../web/bedside.js').Model} model @param {import('./samples.mjs').Sample[]} samples @param {Meaning} meaning */
async function shifts(name, model, samples, meaning) {
  const steps = SHIFTS.reduce((sum, { strengths }) => sum + strengths.length, 1);
  const chosen = spread(samples, affordable(model.info.macs, steps, 100, 150));
  const pictures = await Promise.all(chosen.map(async ({ pixels }) => shrunk(await pixels(), 2 * model.info.width, 2 * model.info.height)));
  const show = progress(`${name}: harmed pictures`, steps);
  let done = 0;
  const measure = async (/** @type {(i: number) => any} */ changed) => {
    const list = [];
    for (let i = 0; i < chosen.length; i++) {
      const one = await answer(model, changed(i));
      if (one) list.push({ id: chosen[i].id, truth: chosen[i].truth, ...one });
    }
    show(++done);
    const refused = chosen.length - list.length;
    if (list.length === 0) return { refused, auc: NaN, acc: NaN, flagged_any: NaN };
    const { figures } = judge(list, meaning, { intervals: false });
    return { refused, auc: figures.auc, acc: figures.acc, flagged_any: figures.flagged_any };
  };
  const none = await measure((i) => pictures[i]);
  const rows = [];
  for (const { name: kind, unit, strengths, change } of SHIFTS) {
    /** @type {any[]} */
    const list = [{ strength: null, ...none }];
    for (const strength of strengths) list.push({ strength, ...(await measure((i) => change(pictures[i], strength, i))) });
    rows.push({ name: kind, unit, steps: list });
  }
  return { pictures: chosen.length, metric: 'auc', rows };
}

/** The figures without the pictures that have a twin in training. @param {string} data @param {import('./records.mjs').Answer[]} list @param {Meaning} meaning */
async function withoutTwins(data, list, meaning) {
  const likeness = await nearest(data);
  const kept = list.filter((_, i) => likeness[i] < TWIN);
  const { figures } = judge(kept, meaning);
  return {
    twin_correlation: TWIN,
    pictures_without_twins: kept.length,
    auc_without_twins: figures.auc,
    acc_without_twins: figures.acc,
    f1_without_twins: figures.f1,
    ci: { auc_without_twins: figures.ci.auc, acc_without_twins: figures.ci.acc, f1_without_twins: figures.ci.f1 },
  };
}

/**
 * @param {Model} model @param {{ label: string, bds: string, onnx: string, main: boolean }} file main: the default file, which gets everything
 * @param {Options} options @returns {Promise<Result>}
 */
export async function classify({ name, recipe }, { label, bds, onnx, main }, { quick }, place = { data: '', archive: /** @type {string | null} */ (null) }) {
  const model = await openModel(bds);
  const labels = (model.text('classes') || model.info.labels.join('\n')).split('\n');
  const { scale, zeroPoint } = model.outputForm(0);
  const positive = labels.length === 2 ? Number(model.text('positive') ?? 1) : 1;
  const meaning = { labels, positive, scale, zeroPoint };
  const samples = classified(place.data, 'test', labels);

  const there = await native(bds, place.data, { float: existsSync(onnx) ? onnx : undefined });
  const here = await answers(model, samples, progress(`${label}: WebAssembly`, samples.length));
  compare(label, there, here);

  const known = lookUp(recipe.data.archive, place.archive, samples.map(({ id }) => id));
  const { figures, curves } = judge(here.answers, meaning, { groups: known?.groups ?? null });
  /** @type {Record<string, any>} */
  const all = { ...there.figures, sha256: createHash('sha256').update(readFileSync(bds)).digest('hex'), file_bytes: statSync(bds).size, macs: model.info.macs, ...figures, digest: here.digest };
  for (const key of ['auc', 'acc']) [all[`${key}_low`], all[`${key}_high`]] = figures.ci[key];
  all.wasm_ms = await milliseconds(model, samples[0].input());
  /** @type {Record<string, any>} */
  const more = { labels };
  if (known) more.subgroups = subgroups(columns(here.answers, meaning), known.attributes, known.groups);
  if (name === 'breast-ultrasound') {
    const { ci, ...rest } = await withoutTwins(place.data, here.answers, meaning);
    Object.assign(all, rest);
    Object.assign(all.ci, ci);
  }
  if (main && !quick) {
    if (here.answers.some(({ distance }) => distance > 0)) {
      const inside = { distances: here.answers.map(({ distance }) => distance), groups: known?.groups ?? null };
      const far = await outside(label, model, inside, recipe.data.file ?? recipe.data.archive, affordable(model.info.macs, 9, 60, 200));
      more.outside = far.rows;
      Object.assign(all, far.figures);
      Object.assign(all.ci, far.ci);
    }
    more.shifts = await shifts(label, model, samples, meaning);
  }
  // Does the distance also know the samples that the model gets wrong?
  const wrong = Uint8Array.from(columns(here.answers, meaning).right, (right) => 1 - right);
  all.distance_auroc_wrong = auc(here.answers.map(({ distance }) => distance), wrong);
  model.dispose();
  return { figures: all, curves, more };
}

/**
 * How a technique's file does for the two groups between which the default file has its gap, by the first attribute that has one; null without.
 * @param {Model} model @param {{ archive: string | null }} place @param {import('./samples.mjs').Sample[]} samples @param {any[] | undefined} known what subgroups() said
 */
function gapBy({ recipe }, place, samples, known) {
  const one = known?.find(({ gap }) => gap);
  const table = one && lookUp(recipe.data.archive, place.archive, samples.map(({ id }) => id));
  if (!table) return null;
  return async (/** @type {import('../../web/bedside.js').Model} */ file) => {
    const { scale, zeroPoint } = file.outputForm(0);
    const meaning = { labels: recipe.labels, positive: 1, scale, zeroPoint };
    const list = (await answers(file, samples)).answers;
    return difference(columns(list, meaning), table.attributes[one.attribute], table.groups, one.gap.balanced_acc);
  };
}

/** @type {Record<string, typeof classify>} */
const tasks = { beats, classify, segment };

/** Judges the default file of a model and its variants. @param {Model} model @param {Options} options */
export async function evaluate(model, options) {
  const place = await dataOf(model);
  const judgeFile = tasks[model.recipe.task];
  if (!judgeFile) throw new SetupError(`The recipe of ${model.name} has the task '${model.recipe.task}', which nobody can judge.`);
  const result = await judgeFile(model, { label: model.name, bds: model.bds, onnx: model.onnx, main: true }, options, place);
  if (options.write && model.recipe.task !== 'beats') {
    const samples = model.recipe.task === 'segment' ? masked(place.data, 'test') : classified(place.data, 'test', model.recipe.labels);
    result.figures.wasm_ms = await complete(model, (one) => milliseconds(one, samples[0].input()), gapBy(model, place, samples, result.more.subgroups));
  }
  /** @type {Record<string, Result>} */
  const variants = {};
  for (const { name, bds, onnx } of model.variants) {
    variants[name] = await judgeFile(model, { label: `${model.name}/${name}`, bds, onnx, main: false }, options, place);
  }
  return { ...result, variants };
}
