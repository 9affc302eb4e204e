// CARD.md of a model that `models/recipe train` made of somebody's own data, from its recipe.json and what `bedside eval --json` said.
//
//     node scripts/eval/own-card.mjs FOLDER
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { main, SetupError } from '../setup.mjs';
import { card } from './card.mjs';

await main(async () => {
  if (!process.argv[2]) throw new SetupError('Which folder? node scripts/eval/own-card.mjs FOLDER');
  const folder = resolve(process.argv[2]);
  const read = (/** @type {string} */ name) => JSON.parse(readFileSync(join(folder, name), 'utf8'));
  const recipe = read('recipe.json'), { name } = recipe;
  const bds = join(folder, `${name}.bds`);
  const sha256 = createHash('sha256').update(readFileSync(bds)).digest('hex');
  const model = { name, folder, bds, onnx: join(folder, `${name}.onnx`), recipe, variants: [] };
  writeFileSync(join(folder, 'CARD.md'), card(model, { ...read('evaluation.json'), sha256 }));
});
