// Any recording that Bedside reads, told apart by content. Types: records.d.ts. Not a medical device.
// SPDX-License-Identifier: MIT
import { readCsv } from './csv.js';
import { readEdf } from './edf.js';
import { quoted, refuse } from './record.js';
import { readRecord } from './wfdb.js';

/** @typedef {import('./record.js').Record} Record */
/** @typedef {import('./records.js').RecordFile} RecordFile */

/** @param {RecordFile[]} files @param {string} end */
const ending = (files, end) => files.filter(({ name }) => name.toLowerCase().endsWith(end));

/** @param {RecordFile[]} files @param {import('./csv.js').CsvOptions} [options] @returns {Record} */
export function openRecord(files, options) {
  if (files.length === 0) refuse('BDS_E_ARGUMENT', 'No file was given.');
  const heads = ending(files, '.hea');
  if (heads.length > 1) refuse('BDS_E_ARGUMENT', 'These are the files of several records: choose those of one.');
  if (heads.length === 1) {
    const base = heads[0].name.slice(0, -4).toLowerCase();
    const [dat, atr] = ['.dat', '.atr'].map((end) => ending(files, end).find(({ name }) => name.toLowerCase() === base + end));
    const samples = dat ?? (ending(files, '.dat').length === 1 ? ending(files, '.dat')[0] : undefined);
    if (!samples) return refuse('BDS_E_ARGUMENT', `The samples of record ${quoted(heads[0].name)} are missing: choose its .hea and its .dat together.`);
    return readRecord({ hea: heads[0].bytes, dat: samples.bytes, atr: atr?.bytes });
  }
  if (ending(files, '.dat').length + ending(files, '.atr').length > 0) refuse('BDS_E_ARGUMENT', 'The header (.hea) of the record is missing: choose its files together.');
  if (files.length > 1) refuse('BDS_E_ARGUMENT', `These ${files.length} files are not one record: choose a .hea with its .dat, or one other file.`);
  const [{ name, bytes }] = files;
  const isEdf = name.toLowerCase().endsWith('.edf') || /^0 {7}/.test(String.fromCharCode(...bytes.subarray(0, 8)));
  return isEdf ? readEdf(bytes) : readCsv(bytes, { name: name.replace(/\.\w+$/, ''), ...options });
}
