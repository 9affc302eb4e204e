// How well the distance to the training pictures tells pictures of something else: the test set against every other data set at hand and noise.
import { basename } from 'node:path';
import { farness } from './farness.mjs';
import { mean } from './figures.mjs';
import { find, unpacked } from './archives.mjs';
import { progress } from './progress.mjs';
import { Random } from './random.mjs';
import { trust } from './records.mjs';
import { anything, spread } from './samples.mjs';

/** @typedef {import('./pixels.mjs').Pixels} Pixels */

/** Pictures of each kind at most. */
export const MOST = 300;

/** Data sets by the file they come in. */
const SETS = [
  { name: 'chest X-rays (PneumoniaMNIST)', file: 'pneumoniamnist.npz' },
  { name: 'breast ultrasound (BreastMNIST)', file: 'breastmnist.npz' },
  { name: 'breast ultrasound (BUSI)', file: 'busi_256.tar.xz' },
  { name: 'blood cells (PBC)', file: 'pbc_112.tar.xz' },
  { name: 'brain MRI (Cheng)', file: 'brain_cheng_figshare.tar.xz' },
  { name: 'skin (PAD-UFES-20)', file: 'pad_ufes_20.tar.xz' },
  { name: 'retina (CHASE_DB1)', file: 'chase_db1.tar.xz' },
  { name: 'everyday photographs (CIFAR-10)', file: 'ood_cifar10.tar.xz' },
];
/** Data of the same kind is no outsider. */
const KIN = [['breastmnist.npz', 'busi_256.tar.xz']];

/** Noise, every value as likely as any other. @param {number} width @param {number} height @param {1 | 3} channels @returns {Pixels[]} */
export function noise(width, height, channels, count = MOST, seed = 0) {
  const random = new Random(seed + width * 1000 + height);
  return Array.from({ length: count }, () => ({ pixels: Uint8Array.from({ length: width * height * channels }, () => random.below(256)), width, height, channels }));
}

/**
 * Pictures of all kinds that are at hand, but the model's own, spread over each data set.
 * @param {{ width: number, height: number, channels: number }} input @param {string} own the file with the model's own data
 * @param {number} most pictures of each kind
 * @param {{ pick?: typeof spread, seed?: number }} [options] pick: which of a data set's pictures; seed: of the noise
 * @returns {Promise<{ name: string, pictures: (() => Uint8Array | Pixels)[] }[]>}
 */
export async function others({ width, height, channels }, own, most, { pick = spread, seed = 0 } = {}) {
  own = basename(own);
  const kinds = [];
  for (const { name: kind, file } of SETS) {
    const path = find(file);
    if (!path || file === own || KIN.some((pair) => pair.includes(file) && pair.includes(own))) continue;
    const place = file.endsWith('.npz') ? path : await unpacked(path);
    kinds.push({ name: kind, pictures: pick(anything(place), most).map(({ input }) => input) });
  }
  kinds.push({ name: 'noise', pictures: noise(width, height, channels === 3 ? 3 : 1, most, seed).map((picture) => () => picture) });
  return kinds;
}

/**
 * @param {string} name what the bar says @param {import('../../web/bedside.js').Model} model
 * @param {{ distances: number[], groups: ArrayLike<string | number> | null }} inside the test set
 * @param {string} own the file with the model's own data @param {number} [most] pictures of each kind
 */
export async function outside(name, model, inside, own, most = MOST) {
  const kinds = await others(model.info, own, most);
  const show = progress(`${name}: other pictures`, kinds.reduce((sum, { pictures }) => sum + pictures.length, 0));
  let done = 0;
  const answered = [];
  for (const { name: kind, pictures } of kinds) {
    /** @type {Awaited<ReturnType<typeof trust>>[]} */
    const answers = [];
    for (const picture of pictures) {
      answers.push(await trust(model, picture()));
      show(++done);
    }
    answered.push({ name: kind, answers, groups: null });
  }
  return told(inside, answered);
}

/** Said to be something else: refused, unlike the training data, or colourful. @param {{ doubts: number } | null} one */
export const isFlagged = (one) => one === null || (one.doubts & 6) !== 0;

/**
 * The table of all kinds, and what is said of them together.
 * @param {{ distances: number[], groups: ArrayLike<string | number> | null }} inside the test set
 * @param {{ name: string, answers: ({ distance: number, doubts: number } | null)[], groups: ArrayLike<string | number> | null }[]} kinds null: refused
 */
export function told(inside, kinds) {
  const far = farness(inside.distances, inside.groups, kinds.map(({ answers, groups }) => ({ distances: answers.map((one) => one?.distance ?? Infinity), groups }))); // nothing is farther than what is refused
  const rows = kinds.map(({ name, answers }, k) => {
    const share = (/** @type {(one: typeof answers[number]) => boolean} */ test) => answers.filter(test).length / answers.length;
    return {
      name,
      pictures: answers.length,
      ...far.each[k],
      refused: share((one) => one === null),
      flagged: share(isFlagged),
      doubted: share((one) => one === null || one.doubts !== 0),
    };
  });
  return { rows, figures: { ood_auroc: far.mean, ood_flagged: mean(rows.map(({ flagged }) => flagged)) }, ci: { ood_auroc: far.ci } };
}
