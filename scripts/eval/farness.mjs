// How well a distance tells what is like the training data from what is not.
import { auc, mean, membersOf, middle, ranking, RESAMPLES } from './figures.mjs';
import { Random } from './random.mjs';

const SEED = 20240229;

/**
 * The AUROC of the distance for each kind of outsiders, and the mean over the kinds, with 95 % intervals by bootstrap (percentiles): patients or groups
 * of the test set and those of each kind are drawn anew, each among themselves.
 * @param {number[]} inside distances of the test set @param {ArrayLike<string | number> | null} groups of its samples; null: each its own
 * @param {{ distances: number[], groups?: ArrayLike<string | number> | null }[]} kinds Infinity: refused, which is farther than anything
 * @returns {{ each: { auroc: number, ci: [number, number] }[], mean: number, ci: [number, number] }}
 */
export function farness(inside, groups, kinds, { resamples = RESAMPLES, seed = SEED } = {}) {
  const random = new Random(seed);
  const own = membersOf(inside.length, groups);
  const prepared = kinds.map(({ distances, groups: others = null }) => {
    const score = [...inside, ...distances];
    return { score, truth: score.map((_, i) => Number(i >= inside.length)), order: ranking(score), weight: new Uint32Array(score.length), members: membersOf(distances.length, others) };
  });
  const draw = (/** @type {number[][]} */ members, /** @type {(i: number) => void} */ add) => {
    for (let k = 0; k < members.length; k++) members[random.below(members.length)].forEach(add);
  };
  const values = prepared.map(() => /** @type {number[]} */ ([]));
  /** @type {number[]} */
  const means = [];
  const times = new Uint32Array(inside.length);
  for (let r = 0; r < resamples; r++) {
    times.fill(0);
    draw(own, (i) => times[i]++);
    means.push(mean(prepared.map(({ score, truth, order, weight, members }, k) => {
      weight.fill(0);
      weight.set(times);
      draw(members, (i) => weight[inside.length + i]++);
      const value = auc(score, truth, weight, order);
      values[k].push(value);
      return value;
    })));
  }
  const each = prepared.map(({ score, truth, order }, k) => ({ auroc: auc(score, truth, undefined, order), ci: middle(values[k]) }));
  return { each, mean: mean(each.map(({ auroc }) => auroc)), ci: middle(means) };
}
