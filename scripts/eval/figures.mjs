// The figures of merit, from what a model answered to each sample; where the program `bedside eval` has the same figure, it is the same
// number. `weight`, where a function takes it, says how often each sample counts: once each without it, as a bootstrap's resample has it
// otherwise. All functions give NaN where a figure does not exist.

import { Random } from './random.mjs';

/** @typedef {ArrayLike<number>} Numbers */

const weightOf = (/** @type {Numbers | undefined} */ weight, /** @type {number} */ i) => (weight ? weight[i] : 1);

/** Indices by rising score; equal scores in the order of the samples. @param {Numbers} score */
export function ranking(score) {
  const order = Uint32Array.from({ length: score.length }, (_, i) => i);
  return order.sort((a, b) => score[a] - score[b] || a - b);
}

/**
 * Area under the ROC curve: the chance that a positive sample scores higher than a negative one, ties counting half.
 * @param {Numbers} score @param {Numbers} truth 1: positive @param {Numbers} [weight] @param {Uint32Array} [order] ranking(score), if at hand
 */
export function auc(score, truth, weight, order = ranking(score)) {
  let [positives, negatives, wins] = [0, 0, 0];
  for (let i = 0; i < order.length; ) {
    const value = score[order[i]];
    let [p, q] = [0, 0];
    for (; i < order.length && score[order[i]] === value; i++) {
      const w = weightOf(weight, order[i]);
      if (truth[order[i]]) p += w;
      else q += w;
    }
    wins += p * (negatives + q / 2);
    positives += p;
    negatives += q;
  }
  return positives > 0 && negatives > 0 ? wins / (positives * negatives) : NaN;
}

/** Points [false positive rate, true positive rate] from the strictest threshold on. @param {Numbers} score @param {Numbers} truth @returns {[number, number][]} */
export function roc(score, truth) {
  const order = ranking(score).reverse();
  const positives = order.reduce((n, i) => n + (truth[i] ? 1 : 0), 0);
  const negatives = order.length - positives;
  let [hits, alarms] = [0, 0];
  /** @type {[number, number][]} */
  const points = [];
  for (let i = 0; i < order.length; i++) {
    if (truth[order[i]]) hits++;
    else alarms++;
    if (i + 1 === order.length || score[order[i + 1]] !== score[order[i]]) points.push([alarms / negatives, hits / positives]);
  }
  return points;
}

/** table[truth][decision]: how many. @param {Numbers} truth @param {Numbers} decision @param {number} labels @param {Numbers} [weight] */
export function confusion(truth, decision, labels, weight) {
  const table = Array.from({ length: labels }, () => new Array(labels).fill(0));
  for (let i = 0; i < truth.length; i++) table[truth[i]][decision[i]] += weightOf(weight, i);
  return table;
}

/** @param {Numbers} list @returns {number} */
function sum(list) {
  let total = 0;
  for (let i = 0; i < list.length; i++) total += list[i];
  return total;
}

/** The mean of those that exist. @param {number[]} list */
export function mean(list) {
  const known = list.filter(Number.isFinite);
  return known.length > 0 ? sum(known) / known.length : NaN;
}

/** The share that is right. @param {number[][]} table */
export const accuracy = (table) => sum(table.map((row, i) => row[i])) / sum(table.map(sum));
/** Recall (sensitivity) of each label. @param {number[][]} table */
export const recalls = (table) => table.map((row, i) => row[i] / sum(row));
/** Precision (positive predictive value) of each label. @param {number[][]} table */
export const precisions = (table) => table.map((row, i) => row[i] / sum(table.map((other) => other[i])));
/** F1 of each label; NaN for a label that no sample has. @param {number[][]} table */
export const f1s = (table) => table.map((row, i) => (sum(row) > 0 ? (2 * row[i]) / (sum(row) + sum(table.map((other) => other[i]))) : NaN));
/** @param {number[][]} table */
export const balancedAccuracy = (table) => mean(recalls(table));
/** @param {number[][]} table */
export const macroF1 = (table) => mean(f1s(table));

/** Of two areas or masks: twice what is common by the sum of both; 1 if both are empty. @param {number} tp @param {number} fp @param {number} fn */
export const dice = (tp, fp, fn) => (tp + fp + fn === 0 ? 1 : (2 * tp) / (2 * tp + fp + fn));

export const BINS = 15;

/**
 * What was predicted and what came true, in bins of equal width; and the mean distance between both (ECE).
 * @param {Numbers} probability @param {Numbers} right 1: it came true @param {Numbers} [weight]
 */
export function reliability(probability, right, weight) {
  const bins = Array.from({ length: BINS }, () => ({ count: 0, predicted: 0, observed: 0 }));
  let all = 0;
  for (let i = 0; i < probability.length; i++) {
    const w = weightOf(weight, i);
    const bin = bins[Math.min(BINS - 1, Math.max(0, Math.floor(probability[i] * BINS)))];
    bin.count += w;
    bin.predicted += w * probability[i];
    bin.observed += w * right[i];
    all += w;
  }
  const ece = sum(bins.map(({ predicted, observed }) => Math.abs(predicted - observed))) / all;
  const known = bins.filter(({ count }) => count > 0).map(({ count, predicted, observed }) => ({ count, predicted: predicted / count, observed: observed / count }));
  return { ece, bins: known };
}

/**
 * Errors among the answers that are left when the least certain are withheld. Samples of equal certainty are answered together.
 * @param {Numbers} certainty @param {Numbers} risk 0 to 1 for each sample: 1 for a wrong label, 1 - Dice for a mask
 * @returns {{ aurc: number, curve: [number, number][] }} aurc: mean risk over all coverages; curve: [coverage, risk]
 */
export function riskCoverage(certainty, risk) {
  const order = ranking(certainty).reverse();
  const n = order.length;
  let [lost, area] = [0, 0];
  /** @type {[number, number][]} */
  const curve = [];
  for (let i = 0; i < n; ) {
    const begin = i;
    let more = 0;
    for (; i < n && certainty[order[i]] === certainty[order[begin]]; i++) more += risk[order[i]];
    // Within a tie any order is as good: the mean risk comes bit by bit.
    for (let k = begin + 1; k <= i; k++) area += (lost + (more * (k - begin)) / (i - begin)) / k;
    lost += more;
    curve.push([i / n, lost / i]);
  }
  return { aurc: area / n, curve };
}

/**
 * Conformal sets: how often the truth is in the set, how many labels a set has.
 * @param {Numbers} truth @param {Numbers[]} sets 0 or 1 for each label @param {number} labels
 */
export function conformal(truth, sets, labels) {
  const inside = new Array(labels).fill(0);
  const count = new Array(labels).fill(0);
  let [size, empty] = [0, 0];
  sets.forEach((set, i) => {
    const n = sum(set);
    size += n;
    empty += n === 0 ? 1 : 0;
    count[truth[i]]++;
    inside[truth[i]] += set[truth[i]];
  });
  const n = sets.length;
  return { coverage: sum(inside) / n, size: size / n, empty: empty / n, by_label: inside.map((hits, i) => hits / count[i]) };
}

/** The value under which a share of sorted numbers lies, interpolated. @param {number[]} sorted @param {number} share */
export function percentile(sorted, share) {
  const at = share * (sorted.length - 1);
  const i = Math.floor(at);
  return i + 1 < sorted.length ? sorted[i] + (at - i) * (sorted[i + 1] - sorted[i]) : sorted[sorted.length - 1];
}

/** The 95 % in the middle of what the resamples gave. @param {number[]} list will be sorted @returns {[number, number]} */
export function middle(list) {
  list.sort((a, b) => a - b);
  return [percentile(list, 0.025), percentile(list, 0.975)];
}

export const RESAMPLES = 1000;
export const SEED = 28282828;

/**
 * The groups of samples in the order in which they appear; without groups each sample is its own.
 * @param {number} n @param {ArrayLike<string | number> | null} groups
 * @returns {number[][]} the samples of each
 */
export function membersOf(n, groups) {
  if (!groups) return Array.from({ length: n }, (_, i) => [i]);
  /** @type {Map<string | number, number[]>} */
  const members = new Map();
  for (let i = 0; i < n; i++) {
    const list = members.get(groups[i]);
    if (list) list.push(i);
    else members.set(groups[i], [i]);
  }
  return [...members.values()];
}

/**
 * 95 % intervals by bootstrap (percentiles): of `count` groups as many are drawn, with replacement.
 * @param {number} count
 * @param {(times: Uint32Array) => Record<string, number>} statistics of a resample: how often each group was drawn
 * @param {{ resamples?: number, seed?: number }} [options]
 * @returns {Record<string, [number, number]>} those that existed in nine of ten resamples
 */
export function bootstrapGroups(count, statistics, { resamples = RESAMPLES, seed = SEED } = {}) {
  const random = new Random(seed);
  /** @type {Record<string, number[]>} */
  const values = {};
  const times = new Uint32Array(count);
  for (let r = 0; r < resamples; r++) {
    times.fill(0);
    for (let k = 0; k < count; k++) times[random.below(count)]++;
    for (const [name, value] of Object.entries(statistics(times))) {
      values[name] ??= [];
      if (Number.isFinite(value)) values[name].push(value);
    }
  }
  /** @type {Record<string, [number, number]>} */
  const intervals = {};
  for (const [name, list] of Object.entries(values)) {
    if (list.length < 0.9 * resamples) continue;
    intervals[name] = middle(list);
  }
  return intervals;
}

/**
 * The same of samples: whole groups are drawn, and the statistics get how often each sample counts.
 * @param {number} n samples
 * @param {(weight: Uint32Array) => Record<string, number>} statistics
 * @param {{ groups?: ArrayLike<string | number> | null, resamples?: number, seed?: number }} [options] groups: of each sample; without: each its own
 */
export function bootstrap(n, statistics, { groups = null, ...options } = {}) {
  const members = membersOf(n, groups);
  const weight = new Uint32Array(n);
  return bootstrapGroups(members.length, (times) => {
    members.forEach((list, k) => list.forEach((i) => (weight[i] = times[k])));
    return statistics(weight);
  }, options);
}

/** Sum of tables, each as often as said. @param {number[][][]} tables @param {ArrayLike<number>} [times] */
export function sumTables(tables, times) {
  const total = tables[0].map((row) => row.map(() => 0));
  tables.forEach((one, k) => {
    const n = times ? times[k] : 1;
    if (n > 0) one.forEach((row, i) => row.forEach((count, j) => (total[i][j] += n * count)));
  });
  return total;
}
