// The figures of a model that marks pixels. One mask is one sample: Dice and IoU are means over the pictures that have something to mark, the
// other figures are of all pixels together, and intervals draw whole pictures or whole groups of them.
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { join, parse } from 'node:path';
import { bootstrap, dice, mean, reliability, riskCoverage } from './figures.mjs';
import { affordable, milliseconds } from './measure.mjs';
import { lookUp } from './groups.mjs';
import { truthOf } from './masks.mjs';
import { outside } from './outside.mjs';
import { progress } from './progress.mjs';
import { compare, doubtBits, native, openModel, runs } from './records.mjs';
import { masked, spread } from './samples.mjs';
import { shrunk, SHIFTS } from './shift.mjs';

/** @typedef {import('../../web/bedside.js').Model} Model */
/** levels: of the stored logits, by truth: [negative, positive][logit + 128]. @typedef {{ id: string, tp: number, fp: number, fn: number, tn: number, certainty: number, doubts: number, distance: number, sha256: string, levels: [Uint32Array, Uint32Array] }} Marked */

/** Marks, and counts against the truth. @param {Model} model @param {Uint8Array} truth @param {Float64Array} [said] gets the probability of each level that was seen */
function count(model, truth, said) {
  const { mask, probability, certainty, doubts, distance } = model.marking();
  const logits = /** @type {Int8Array} */ (model.output(0).data);
  const levels = /** @type {[Uint32Array, Uint32Array]} */ ([new Uint32Array(256), new Uint32Array(256)]);
  const cells = [0, 0, 0, 0]; // tn, fp, fn, tp
  for (let i = 0; i < truth.length; i++) {
    cells[2 * truth[i] + mask[i]]++;
    levels[truth[i]][logits[i] + 128]++;
    if (said) said[logits[i] + 128] = probability[i] / 65535;
  }
  return { tp: cells[3], fp: cells[1], fn: cells[2], tn: cells[0], certainty: Math.round(certainty * 65536), doubts: doubtBits(doubts), distance: Math.round(distance * 256), levels };
}

/** @param {Model} model @param {import('./samples.mjs').Sample[]} samples @param {string} crop @param {(done: number) => void} show */
async function marks(model, samples, crop, show) {
  const [, height, width] = model.outputForm(0).dims;
  const whole = createHash('sha256');
  const said = new Float64Array(256);
  /** @type {Marked[]} */
  const answers = [];
  for (const { id, input, mask } of samples) {
    const truth = truthOf(await /** @type {NonNullable<typeof mask>} */ (mask)(), width, height, crop);
    await model.prepare(input());
    model.run();
    const one = createHash('sha256');
    for (let i = 0; i < model.info.outputs; i++) {
      const { data } = model.output(i);
      const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
      one.update(bytes);
      whole.update(bytes);
    }
    answers.push({ id, ...count(model, truth, said), sha256: one.digest('hex') });
    show(answers.length);
  }
  return { answers, said, digest: whole.digest('hex') };
}

/** Area under the ROC curve of pixels, from their counts by level. @param {Float64Array} negative @param {Float64Array} positive */
function levelAuc(negative, positive) {
  let [wins, negatives, positives] = [0, 0, 0];
  negative.forEach((n, i) => {
    wins += positive[i] * (negatives + n / 2);
    negatives += n;
    positives += positive[i];
  });
  return negatives > 0 && positives > 0 ? wins / (negatives * positives) : NaN;
}

/** The figures that have intervals. @param {Marked[]} list @param {Uint32Array} [weight] */
function main(list, weight) {
  const levels = [new Float64Array(256), new Float64Array(256)];
  let [tp, fp, fn, tn, full, dices, ious, empty, right] = [0, 0, 0, 0, 0, 0, 0, 0, 0];
  list.forEach((one, j) => {
    const w = weight ? weight[j] : 1;
    if (w === 0) return;
    for (const k of [0, 1]) for (let i = 0; i < 256; i++) levels[k][i] += w * one.levels[k][i];
    tp += w * one.tp;
    fp += w * one.fp;
    fn += w * one.fn;
    tn += w * one.tn;
    if (one.tp + one.fn > 0) {
      full += w;
      dices += w * dice(one.tp, one.fp, one.fn);
      ious += (w * one.tp) / (one.tp + one.fp + one.fn);
    } else {
      empty += w;
      right += one.fp * 1000 <= one.fp + one.tn ? w : 0; // at most one pixel of a thousand
    }
  });
  return {
    dice: dices / full,
    iou: ious / full,
    auc: levelAuc(levels[0], levels[1]),
    acc: (tp + tn) / (tp + fp + fn + tn),
    sensitivity: tp / (tp + fn),
    specificity: tn / (tn + fp),
    f1: (2 * tp) / (2 * tp + fp + fn),
    ...(empty > 0 ? { empty_right: right / empty } : {}),
  };
}

/** What was said of pixels and what they were. @param {Marked[]} list @param {Float64Array} said @param {Uint32Array} [weight] */
function levelReliability(list, said, weight) {
  const levels = [0, 1].map((k) => list.reduce((sum, one, j) => sum.map((v, i) => v + (weight ? weight[j] : 1) * one.levels[k][i]), new Float64Array(256)));
  const count = levels[0].map((v, i) => v + levels[1][i]);
  // Once for the share that was of the truth: as many samples as levels, weighted.
  return reliability(said, count.map((n, i) => (n > 0 ? levels[1][i] / n : 0)), count);
}

/** ROC of pixels from their levels. @param {Marked[]} list */
function levelRoc(list) {
  const levels = [0, 1].map((k) => list.reduce((sum, one) => sum.map((v, i) => v + one.levels[k][i]), new Float64Array(256)));
  const [negatives, positives] = levels.map((level) => level.reduce((a, b) => a + b, 0));
  /** @type {[number, number][]} */
  const points = [];
  let [hits, alarms] = [0, 0];
  for (let i = 255; i >= 0; i--) {
    if (levels[0][i] + levels[1][i] === 0) continue;
    alarms += levels[0][i];
    hits += levels[1][i];
    points.push([alarms / negatives, hits / positives]);
  }
  return { points, auc: levelAuc(levels[0], levels[1]) };
}

/** How Dice falls when pictures are harmed; a turned picture is compared with the turned mask. @param {string} name @param {Model} model @param {import('./samples.mjs').Sample[]} samples @param {string} crop */
async function shifts(name, model, samples, crop) {
  const [, height, width] = model.outputForm(0).dims;
  const steps = SHIFTS.reduce((sum, { strengths }) => sum + strengths.length, 1);
  const most = model.info.macs > 5e8 ? 4 : affordable(model.info.macs, steps, 100, 150);
  const marked = [];
  for (const sample of samples) {
    const mask = await /** @type {NonNullable<typeof sample.mask>} */ (sample.mask)();
    if (mask.pixels.some((v) => v >= 128)) marked.push({ mask, pixels: sample.pixels });
  }
  const chosen = await Promise.all(spread(marked, most).map(async ({ mask, pixels }) => ({ mask: shrunk(mask, 2 * width, 2 * height), picture: shrunk(await pixels(), 2 * width, 2 * height) })));
  const show = progress(`${name}: harmed pictures`, steps);
  let done = 0;
  const measure = async (/** @type {(picture: any, i: number) => any} */ change, turned = false) => {
    const list = [];
    for (let i = 0; i < chosen.length; i++) {
      if (!(await runs(model, change(chosen[i].picture, i)))) continue;
      list.push(count(model, truthOf(turned ? change(chosen[i].mask, i) : chosen[i].mask, width, height, crop)));
    }
    show(++done);
    return { refused: chosen.length - list.length, dice: mean(list.map(({ tp, fp, fn }) => dice(tp, fp, fn))), flagged_any: list.filter(({ doubts }) => doubts).length / list.length };
  };
  const none = await measure((picture) => picture);
  const rows = [];
  for (const { name: kind, unit, strengths, change } of SHIFTS) {
    /** @type {any[]} */
    const list = [{ strength: null, ...none }];
    for (const strength of strengths) list.push({ strength, ...(await measure((picture, i) => change(picture, strength, i), kind === 'rotation')) });
    rows.push({ name: kind, unit, steps: list });
  }
  return { pictures: chosen.length, metric: 'dice', rows };
}

/** Each fold's file by its own test part. @param {import('../models.mjs').Model} model @param {string} data @param {string} which '' of the default file, '-VARIANT' of another */
async function folds({ name, folder, recipe }, data, which) {
  const rows = [];
  for (let k = 0; k < (recipe.data.folds ?? 0); k++) {
    const bds = join(folder, 'folds', `${k}${which}.bds`);
    if (!existsSync(bds)) continue;
    const place = join(data, `fold${k}`);
    const there = await native(bds, place);
    const opened = await openModel(bds);
    const samples = masked(place, 'test');
    const here = await marks(opened, samples, recipe.input.crop, progress(`${name}${which}: fold ${k}`, samples.length));
    compare(`${name}${which}, fold ${k}`, { ...there, records: there.records.filter(({ id }) => id !== undefined) }, here);
    opened.dispose();
    const figures = main(here.answers);
    rows.push({ fold: k, pictures: here.answers.filter(({ tp, fn }) => tp + fn > 0).length, dice: figures.dice, auc: figures.auc, file_bytes: statSync(bds).size, sha256: createHash('sha256').update(readFileSync(bds)).digest('hex') });
  }
  return rows;
}

/** @type {typeof import('./evaluate.mjs').classify} */
export async function segment(model, { label, bds, onnx, main: isMain }, { quick }, place = { data: '', archive: null }) {
  const { recipe } = model;
  const opened = await openModel(bds);
  const samples = masked(place.data, 'test');
  const there = await native(bds, place.data, { float: existsSync(onnx) ? onnx : undefined });
  const here = await marks(opened, samples, recipe.input.crop, progress(`${label}: WebAssembly`, samples.length));
  compare(label, { ...there, records: there.records.filter(({ id }) => id !== undefined) }, here);
  const list = here.answers;
  const known = lookUp(recipe.data.archive, place.archive, samples.map(({ id }) => id));
  const figures = main(list);
  const risk = riskCoverage(list.map(({ certainty }) => certainty), list.map(({ tp, fp, fn }) => 1 - dice(tp, fp, fn)));
  /** @type {Record<string, any>} */
  const all = {
    ...there.figures,
    sha256: createHash('sha256').update(readFileSync(bds)).digest('hex'),
    file_bytes: statSync(bds).size,
    macs: opened.info.macs,
    ...figures,
    aurc: risk.aurc,
    ci: bootstrap(list.length, (weight) => ({ ...main(list, weight), ece: levelReliability(list, here.said, weight).ece }), { groups: known?.groups ?? null }),
    digest: here.digest,
  };
  if (known) all.ci_groups = new Set(known.groups).size;
  all.wasm_ms = await milliseconds(opened, samples[0].input());
  /** @type {Record<string, any>} */
  const more = {};
  if (known) {
    more.dice_by = Object.entries(known.attributes).map(([attribute, values]) => ({
      attribute,
      rows: [...new Set(values)].sort().map((value) => {
        const part = list.filter((_, i) => values[i] === value);
        const with_ = part.filter(({ tp, fn }) => tp + fn > 0);
        return { name: value || 'not known', pictures: part.length, dice: mean(with_.map(({ tp, fp, fn }) => dice(tp, fp, fn))), unmarked: part.filter(({ tp, fp }) => tp + fp === 0).length / part.length };
      }),
    }));
  }
  const rows = await folds(model, place.data, parse(bds).name.slice(model.name.length));
  if (rows.length > 0) {
    all.dice_folds = rows;
    all.dice_folds_mean = mean(rows.map((row) => row.dice));
    all.dice_folds_low = Math.min(...rows.map((row) => row.dice));
    all.dice_folds_high = Math.max(...rows.map((row) => row.dice));
  }
  if (isMain && !quick) {
    if (list.some(({ distance }) => distance > 0)) {
      const inside = { distances: list.map(({ distance }) => distance), groups: known?.groups ?? null };
      const far = await outside(label, opened, inside, recipe.data.archive, opened.info.macs > 5e8 ? 20 : affordable(opened.info.macs, 9, 60, 200));
      more.outside = far.rows;
      Object.assign(all, far.figures);
      Object.assign(all.ci, far.ci);
    }
    more.shifts = await shifts(label, opened, samples, recipe.input.crop);
  }
  opened.dispose();
  const curves = { roc: [{ label: recipe.labels[0], ...levelRoc(list) }], reliability: { ...levelReliability(list, here.said), of: `${recipe.labels[0]}, each pixel` }, risk: { ...risk, measure: '1 - Dice among the answered', abstains: all.coverage } };
  return { figures: all, curves, more };
}
