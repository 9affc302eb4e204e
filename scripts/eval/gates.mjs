// Which layer should the gate look at? Compiles a model of models/ once for each layer, without the options of the shipped file, and says how well the
// distance tells validation samples from something else. What it shows is what a recipe's "gate" was chosen by; the test split is not read.
//
//     BEDSIDE_DATA=... node scripts/eval/gates.mjs MODEL [LAYER...]      layers as `bedside compile` names them; without: all
//
// Pictures: other data sets, but not the pictures of the evidence's tables, where a set has more of them. Beats: training records against their own beats
// reversed in time and negated, and noise; they need the scores that `train.py export` leaves in build/.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beatsOf, loadEcg } from '../../web/ecg.js';
import { models } from '../models.mjs';
import { main, SetupError } from '../setup.mjs';
import { dataOf } from './archives.mjs';
import { noiseFor, recording } from './beats.mjs';
import { number, percent, table } from './markdown.mjs';
import { isFlagged, others, told } from './outside.mjs';
import { affordable } from './measure.mjs';
import { progress } from './progress.mjs';
import { answerOf, bedside, openModel, trust } from './records.mjs';
import { classified, masked, spread } from './samples.mjs';

/** @typedef {import('../models.mjs').Model} Model */
/** @typedef {{ distance: number, doubts: number } | null} Answer */

/** Pictures of each other kind. */
const EACH = 60;
/** Of the beats of the training records every seventh. */
const STEP = 7;

/** So many that the evidence's tables do not show, or of all where there are no more. @param {number} shown @returns {typeof spread} */
const apart = (shown) => (all, most) => {
  const seen = new Set(spread([...all.keys()], shown));
  return spread(all.length > shown + most ? all.filter((_, i) => !seen.has(i)) : all, most);
};

/** @param {Model} model @param {import('../../web/bedside.js').Model} file @param {string} data */
async function ofPictures({ recipe }, file, data) {
  const val = recipe.task === 'segment' ? masked(data, 'val') : classified(data, 'val', file.info.labels);
  const kinds = await others(file.info, recipe.data.file ?? recipe.data.archive, EACH, { pick: apart(affordable(file.info.macs, 9, 60, 200)), seed: 1 });
  const answers = async (/** @type {(() => Uint8Array | import('./pixels.mjs').Pixels)[]} */ list) => {
    /** @type {Answer[]} */
    const all = [];
    for (const picture of list) all.push(await trust(file, picture()));
    return all;
  };
  const inside = await answers(val.map(({ input }) => input));
  const told = [];
  for (const { name, pictures } of kinds) told.push({ name, answers: await answers(pictures), groups: null });
  return { inside, kinds: told };
}

/** @param {Model} model @param {import('../../web/bedside.js').Model} file @param {string} data */
async function ofBeats({ recipe }, file, data) {
  const chain = (await loadEcg()).chain();
  const [length, leads] = file.inputForm(0).dims.slice(-2);
  const ask = (/** @type {ArrayLike<number>[]} */ inputs) => {
    file.infer(inputs.map((values) => Int8Array.from(values)));
    return answerOf(file);
  };
  /** @type {Answer[][]} */
  const [inside, reversed, negated] = [[], [], []];
  let count = 0;
  for (const name of recipe.data.splits.train) {
    for (const { inputs: [beat, scalars] } of beatsOf(chain, recording(data, name))) {
      if (count++ % STEP > 0) continue;
      inside.push(ask([beat, scalars]));
      reversed.push(ask([Array.from(beat, (_, i) => beat[(length - 1 - Math.floor(i / leads)) * leads + (i % leads)]), scalars]));
      negated.push(ask([Array.from(beat, (value) => Math.max(-127, -value)), scalars]));
    }
  }
  const noise = noiseFor(file, 11).map(ask);
  return { inside, kinds: Object.entries({ reversed, negated, noise }).map(([name, answers]) => ({ name, answers, groups: null })) };
}

/** The layers' names, as the compiler prints them. @param {string} text */
const layersOf = (text) => text.split('\n\n')[0].split('\n').slice(1).map((line) => line.trim().split(/\s+/).at(-1) ?? '');

/** @param {string[]} args */
async function gates([name, ...layers]) {
  const model = models().find((one) => one.name === name);
  if (!model) throw new SetupError(`gates.mjs wants a model: ${models().map((one) => one.name).join(', ')}.`);
  const { data } = await dataOf(model);
  const folder = mkdtempSync(join(tmpdir(), 'bedside-gates-'));
  try {
    const [recipe, out] = ['recipe.json', 'model.bds'].map((file) => join(folder, file));
    const compile = (/** @type {string | undefined} */ gate) => {
      writeFileSync(recipe, JSON.stringify({ ...model.recipe, gate: gate ?? true }));
      const scores = model.recipe.task === 'beats' ? ['--scores', join(model.folder, 'build/scores.npz')] : []; // beats have no validation split but this
      return bedside(['compile', model.onnx, '--recipe', recipe, '--data', data, ...scores, '-o', out]);
    };
    const all = [undefined, ...(layers.length > 0 ? layers : layersOf(await compile(undefined)))];
    const show = progress(`${name}: layers`, all.length);
    const rows = [];
    for (const [i, layer] of all.entries()) {
      try {
        await compile(layer);
      } catch (e) {
        if (layers.length > 0 || !(e instanceof SetupError && /\[BDC_E_ARGUMENT\]/.test(e.message))) throw e;
        continue; // the network's result, or the gate itself
      }
      const file = await openModel(out);
      const { inside, kinds } = await (model.recipe.task === 'beats' ? ofBeats : ofPictures)(model, file, data);
      const { rows: each, figures } = told({ distances: inside.map((one) => one?.distance ?? Infinity), groups: null }, kinds);
      const own = inside.filter(isFlagged).length / inside.length;
      rows.push([layer ?? 'where the compiler looks by itself', number(figures.ood_auroc), percent(figures.ood_flagged), percent(own), ...each.map(({ auroc, flagged }) => `${number(auroc)}, ${percent(flagged)}`), kinds.map((kind) => kind.name)]);
      file.dispose();
      show(i + 1);
    }
    const names = /** @type {string[]} */ (rows[0].at(-1));
    console.log(table(['layer', 'AUROC, mean', 'flagged, mean', 'own validation flagged', ...names], rows.map((row) => row.slice(0, -1))));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

await main(() => gates(process.argv.slice(2)));
