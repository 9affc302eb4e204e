// The compiled models of models/.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './setup.mjs';

/** @typedef {{ name: string, bds: string, onnx: string, what: string }} Variant a further file: pneumonia-small.bds is the variant "small" of pneumonia */
/** @typedef {{ name: string, folder: string, bds: string, onnx: string, recipe: any, variants: Variant[] }} Model */

/** @returns {Model[]} */
export function models() {
  return readdirSync(join(root, 'models'), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => ({ name, folder: join(root, 'models', name) }))
    .filter(({ name, folder }) => existsSync(join(folder, 'recipe.json')) && existsSync(join(folder, `${name}.bds`)))
    .map(({ name, folder }) => {
      const recipe = JSON.parse(readFileSync(join(folder, 'recipe.json'), 'utf8'));
      return { name, folder, bds: join(folder, `${name}.bds`), onnx: join(folder, `${name}.onnx`), recipe, variants: variantsOf(name, folder, recipe) };
    });
}

/** @param {string} name @param {string} folder @param {any} recipe @returns {Variant[]} */
function variantsOf(name, folder, recipe) {
  const stems = readdirSync(folder).filter((file) => file.startsWith(`${name}-`) && file.endsWith('.bds')).map((file) => file.slice(0, -4)).sort();
  return stems.map((stem) => {
    const what = recipe.variants?.find((/** @type {{ file: string }} */ { file }) => file === `${stem}.bds`)?.what ?? '';
    return { name: stem.slice(name.length + 1), bds: join(folder, `${stem}.bds`), onnx: join(folder, `${stem}.onnx`), what };
  });
}
