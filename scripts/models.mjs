// The compiled models of models/, and the data that their recipes name.
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { dataDir } from './data.mjs';
import { root, SetupError } from './setup.mjs';

/** @typedef {{ name: string, folder: string, bds: string, onnx: string, recipe: any }} Model */

/** @returns {Model[]} */
export function models() {
  return readdirSync(join(root, 'models'), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => ({ name, folder: join(root, 'models', name) }))
    .filter(({ name, folder }) => existsSync(join(folder, 'recipe.json')) && existsSync(join(folder, `${name}.bds`)))
    .map(({ name, folder }) => ({
      name,
      folder,
      bds: join(folder, `${name}.bds`),
      onnx: join(folder, `${name}.onnx`),
      recipe: JSON.parse(readFileSync(join(folder, 'recipe.json'), 'utf8')),
    }));
}

/** The data set of a recipe. @param {Model} model */
export function dataOf({ name, recipe }) {
  let folder = null;
  try {
    folder = dataDir();
  } catch (e) {
    throw new SetupError(`${/** @type {Error} */ (e).message}.`);
  }
  const file = recipe.data?.file;
  if (!file) throw new SetupError(`The recipe of ${name} names no data file.`);
  const where = folder ? [join(folder, file), join(folder, 'medmnist', file)] : [];
  const path = where.find((one) => existsSync(one));
  if (!path) {
    throw new SetupError(`The data of ${name} is not here: fetch ${file} from ${recipe.data.source} and set BEDSIDE_DATA to its folder.`);
  }
  if (recipe.data.md5 && createHash('md5').update(readFileSync(path)).digest('hex') !== recipe.data.md5) {
    throw new SetupError(`${path} is not the official file: its MD5 differs from the recipe's.`);
  }
  return path;
}
