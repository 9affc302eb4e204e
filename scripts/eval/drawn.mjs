// Are a model's own pictures taken for drawn ones? How many of the training and validation pictures of each model web/exam/drawn.js would refuse, which, and
// how near the others come; and everyday photographs. The test splits are not read.
//
//     BEDSIDE_DATA=... node scripts/eval/drawn.mjs [MODEL...]
import { drawnShares, isDrawn, LIMITS } from '../../web/exam/drawn.js';
import { models } from '../models.mjs';
import { main } from '../setup.mjs';
import { dataOf, find, hasData, unpacked } from './archives.mjs';
import { table } from './markdown.mjs';
import { progress } from './progress.mjs';
import { anything, classified, masked } from './samples.mjs';

const measures = /** @type {(keyof typeof LIMITS)[]} */ (Object.keys(LIMITS));

/** @param {string} name @param {import('./samples.mjs').Sample[]} samples */
async function row(name, samples) {
  const show = progress(name, samples.length);
  /** @type {string[]} */
  const refused = [];
  const most = measures.map(() => -1);
  for (const [i, { id, pixels }] of samples.entries()) {
    const picture = await pixels();
    const shown = { ...picture, stride: picture.width * picture.channels };
    const shares = drawnShares(shown);
    if (isDrawn(shown)) refused.push(id);
    else measures.forEach((measure, k) => (most[k] = Math.max(most[k], shares[measure])));
    show(i + 1);
  }
  return { refused, cells: [name, String(samples.length), String(refused.length), ...most.map((share) => share.toFixed(3))] };
}

/** @param {string[]} names */
async function measure(names) {
  const rows = [];
  for (const model of models().filter(({ name, recipe }) => recipe.task !== 'beats' && (names.length === 0 || names.includes(name)))) {
    if (!hasData(model)) {
      console.log(`${model.name}: its data is not here`);
      continue;
    }
    const { data } = await dataOf(model);
    const of = (/** @type {string} */ split) => (model.recipe.task === 'segment' ? masked(data, split) : classified(data, split, model.recipe.labels));
    rows.push(await row(model.name, [...of('train'), ...of('val')]));
  }
  const everyday = names.length === 0 && find('ood_cifar10.tar.xz');
  if (everyday) rows.push(await row('everyday photographs (CIFAR-10)', anything(await unpacked(everyday))));
  console.log(table(['pictures', 'number', 'refused', ...measures.map((one) => `${one}, most of the others (limit ${LIMITS[one]})`)], rows.map(({ cells }) => cells)));
  for (const { cells, refused } of rows) if (refused.length > 0) console.log(`${cells[0]}: ${refused.join(' ')}`);
}

await main(() => measure(process.argv.slice(2)));
