// A DICOM file (PS3.10): the file meta information, if there is any, says how the data set behind it is encoded; else its first element shows.
// SPDX-License-Identifier: MIT
import { readElements } from './data-set.js';
import { noDicom } from './errors.js';
import { inflate } from './inflate.js';
import { beginning, firstElement } from './sniff.js';
import { EXPLICIT_BIG, EXPLICIT_LITTLE, IMPLICIT_LITTLE, syntaxOf } from './syntaxes.js';

/**
 * @typedef {import('./data-set.js').DataSet} DataSet
 * @typedef {import('./syntaxes.js').Syntax} Syntax
 */

/**
 * @param {Uint8Array} bytes @param {number} mostBytes that deflated data may become
 * @returns {Promise<{ meta: DataSet | null, set: DataSet, syntax: Syntax }>}
 */
export async function readFile(bytes, mostBytes) {
  let at = beginning(bytes);
  let first = firstElement(bytes, at);
  if (!first && at === 0) throw noDicom('This is not a DICOM file.');
  /** @type {DataSet | null} */
  let meta = null;
  if (first?.group === 2) {
    meta = readElements(bytes, { explicit: true, little: true }, at, (tag) => tag >= 0x00030000);
    at = meta.end;
    first = firstElement(bytes, at);
  }
  let uid = meta?.ascii(0x00020010) ?? null;
  if (uid === null) {
    if (!first) throw noDicom('This DICOM file has no data set that could be read.');
    uid = !first.explicit ? IMPLICIT_LITTLE : first.little ? EXPLICIT_LITTLE : EXPLICIT_BIG;
  }
  const syntax = syntaxOf(uid);
  const [all, begin] = syntax.deflated ? [await inflate(bytes.subarray(at), mostBytes), 0] : [bytes, at];
  // Some write the other kind of VR than they state; the first element shows it, and there is nothing to be mistaken about.
  const explicit = firstElement(all, begin)?.explicit ?? syntax.explicit;
  const set = readElements(all, { explicit, little: syntax.little }, begin);
  return { meta, set, syntax };
}
