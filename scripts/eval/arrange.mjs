// How the data sets that come in another order become train/, val/ and test/: recipe.json's data.arrange names one of these rules.
// models/training/data.py has the same ones.
import { createHash } from 'node:crypto';
import { readFileSync, readdirSync } from 'node:fs';
import { join, parse } from 'node:path';

/** @typedef {Record<string, string>} Links where to: where from, both relative */

/** <part>/<split>/<label>/NAME as <split>/<label>/<part>-NAME (PAD-UFES-20: whole photographs and lesions). @param {string} folder @returns {Links} */
function merge(folder) {
  /** @type {Links} */
  const links = {};
  const pictures = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((path) => /\.(jpe?g|png)$/i.test(path));
  for (const path of pictures.sort()) {
    const [part, split, label, name] = path.split('/');
    links[`${split}/${label}/${part}-${name}`] = path;
  }
  return links;
}

/** Part of a group of near duplicates, 0 to parts - 1: from a hash, so that it depends on nothing else. @param {string} group @param {number} parts */
const partOf = (group, parts) => Number(BigInt(`0x${createHash('sha256').update(`busi ${group}`).digest('hex')}`) % BigInt(parts));

/**
 * BUSI by dup_group, in folds that are four parts each: fold k is the test part of fold<k>/, the first part of fold k + 1 is val, the rest train; the
 * top level is fold 0's.
 * @param {string} folder @param {number} folds
 */
function busi(folder, folds = 5) {
  /** @type {Links} */
  const links = {};
  const [head, ...rows] = readFileSync(join(folder, 'labels.csv'), 'utf8').trim().split(/\r?\n/).map((line) => line.split(','));
  const file = head.indexOf('file'), group = head.indexOf('dup_group');
  for (const row of rows) {
    const part = partOf(row[group], 4 * folds);
    for (let fold = 0; fold < folds; fold++) {
      const split = part % folds === fold ? 'test' : part === (fold + 1) % folds ? 'val' : 'train';
      for (const top of fold === 0 ? ['', 'fold0/'] : [`fold${fold}/`]) {
        links[`${top}${split}/images/${row[file]}.jpg`] = `images/${row[file]}.jpg`;
        links[`${top}${split}/masks/${row[file]}.png`] = `masks/${row[file]}.png`;
      }
    }
  }
  return links;
}

/** CHASE_DB1: 18 of 28 pictures train, 2 (one child) val, the last 8 test; the first expert's masks. @param {string} folder */
function chase(folder) {
  /** @type {Links} */
  const links = {};
  const images = readdirSync(folder).filter((name) => name.startsWith('Image_') && name.endsWith('.jpg')).sort();
  images.forEach((name, i) => {
    const split = i >= 20 ? 'test' : i >= 18 ? 'val' : 'train';
    links[`${split}/images/${name}`] = name;
    links[`${split}/masks/${parse(name).name}.png`] = `${parse(name).name}_1stHO.png`;
  });
  return links;
}

/** @type {Record<string, (folder: string) => Links>} */
export const rules = { merge, busi, chase };
