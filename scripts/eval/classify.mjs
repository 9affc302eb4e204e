// The figures of a model that names labels, from its answers.
import { accuracy, auc, balancedAccuracy, bootstrap, conformal, confusion, f1s, macroF1, mean, precisions, ranking, recalls, reliability, riskCoverage, roc } from './figures.mjs';

/** @typedef {import('./records.mjs').Answer} Answer */
/**
 * What the answers mean: labels, index of the positive one of two, and how a stored logit becomes a number.
 * @typedef {{ labels: readonly string[], positive: number, scale: number, zeroPoint: number }} Meaning
 */

const Q16 = 65536;

/** Log odds of one label against the rest, uncalibrated, as the program has them. @param {Answer} answer @param {number} label @param {Meaning} meaning */
function logOdds({ logits }, label, { scale, zeroPoint }) {
  const z = logits.map((stored) => scale * (stored - zeroPoint));
  if (z.length === 1) return label === 1 ? z[0] : -z[0];
  const others = z.filter((_, k) => k !== label);
  const most = Math.max(...others);
  let sum = 0;
  for (const other of others) sum += Math.exp(other - most);
  return z[label] - (most + Math.log(sum));
}

/** The label of the largest logit, the first of equal ones. @param {Answer} answer @param {Meaning} meaning */
export function decision({ logits }, { zeroPoint }) {
  if (logits.length === 1) return logits[0] >= zeroPoint ? 1 : 0;
  return logits.indexOf(Math.max(...logits));
}

/** @param {Answer} answer @param {number} label */
const probabilityOf = ({ probability: p }, label) => (p.length === 1 ? (label ? p[0] : Q16 - p[0]) : p[label]) / Q16;

/** What the figures are computed from, a column each. @param {Answer[]} answers @param {Meaning} meaning */
export function columns(answers, meaning) {
  const count = Math.max(2, meaning.labels.length);
  const truth = Uint8Array.from(answers, (answer) => answer.truth);
  const decided = Uint8Array.from(answers, (answer) => decision(answer, meaning));
  const ranked = count === 2 ? [meaning.positive] : Array.from({ length: count }, (_, i) => i);
  const rankings = ranked.map((label) => {
    const score = Float64Array.from(answers, (answer) => logOdds(answer, label, meaning));
    return { label, score, truth: truth.map((t) => (t === label ? 1 : 0)), order: ranking(score) };
  });
  const leading = Float64Array.from(answers, (answer, i) => probabilityOf(answer, decided[i]));
  const right = Uint8Array.from(truth, (t, i) => (t === decided[i] ? 1 : 0));
  return { count, truth, decided, rankings, leading, right };
}

/** The figures that have intervals. @param {ReturnType<typeof columns>} c @param {Meaning} meaning @param {Uint32Array} [weight] */
function main(c, { positive }, weight) {
  const table = confusion(c.truth, c.decided, c.count, weight);
  const recall = recalls(table);
  return {
    auc: mean(c.rankings.map(({ score, truth, order }) => auc(score, truth, weight, order))),
    acc: accuracy(table),
    balanced_acc: balancedAccuracy(table),
    f1: macroF1(table),
    ...(c.count === 2 ? { sensitivity: recall[positive], specificity: recall[1 - positive] } : {}),
    ece: reliability(c.leading, c.right, weight).ece,
  };
}

/**
 * All figures, flat, and the curves of the plots.
 * @param {Answer[]} answers @param {Meaning} meaning
 * @param {{ groups?: (string | number)[] | null, intervals?: boolean }} [options] groups: whose sample each is
 */
export function judge(answers, meaning, { groups = null, intervals = true } = {}) {
  const c = columns(answers, meaning);
  const n = answers.length;
  const table = confusion(c.truth, c.decided, c.count);
  const certain = Uint8Array.from(answers, ({ doubts }) => (doubts & 1 ? 0 : 1));
  const answered = certain.reduce((sum, v) => sum + v, 0);
  const risk = riskCoverage(c.leading, c.right.map((r) => 1 - r));
  const calibration = reliability(c.leading, c.right);
  const share = (/** @type {number} */ bits) => answers.filter(({ doubts }) => doubts & bits).length / n;
  /** @type {Record<string, any>} */
  const figures = {
    pictures: n,
    ...main(c, meaning),
    recall: recalls(table),
    precision: precisions(table),
    f1_by_label: f1s(table),
    confusion: table,
    aurc: risk.aurc,
    coverage: answered / n,
    selective_acc: c.right.filter((r, i) => r && certain[i]).length / answered,
    flagged_unknown: share(2),
    flagged_any: share(15),
  };
  if (c.count === 2) {
    const p = Float64Array.from(answers, (answer) => probabilityOf(answer, meaning.positive));
    const right = c.truth.map((t) => (t === meaning.positive ? 1 : 0));
    const { ece, bins } = reliability(p, right);
    figures.ece_positive = ece;
    figures.brier = p.reduce((sum, v, i) => sum + (v - right[i]) ** 2, 0) / n;
    calibration.bins = bins;
  } else {
    figures.brier = answers.reduce((sum, answer) => sum + answer.probability.reduce((s, _, k) => s + (probabilityOf(answer, k) - (answer.truth === k ? 1 : 0)) ** 2, 0), 0) / n;
  }
  const sets = answers.map(({ set }) => set);
  if (sets.every((set) => set !== undefined)) {
    const { coverage, size, empty, by_label: byLabel } = conformal(c.truth, /** @type {number[][]} */ (sets), c.count);
    Object.assign(figures, { set_coverage: coverage, set_size: size, set_empty: empty, set_by_label: byLabel });
  }
  if (intervals) figures.ci = bootstrap(n, (weight) => main(c, meaning, weight), { groups });
  if (intervals && groups) figures.ci_groups = new Set(groups).size;
  const curves = {
    roc: c.rankings.map(({ label, score, truth }) => ({ label: meaning.labels[label] ?? String(label), points: roc(score, truth), auc: auc(score, truth) })),
    reliability: { bins: calibration.bins, ece: c.count === 2 ? figures.ece_positive : calibration.ece, of: c.count === 2 ? meaning.labels[meaning.positive] : 'the leading label' },
    risk: { ...risk, measure: 'error among the answered', abstains: figures.coverage },
  };
  return { figures, curves };
}
