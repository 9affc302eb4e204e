// PhysioNet's records (WFDB): header, samples in format 212 or 16, annotations. After the manual pages header(5), signal(5), annot(5) of
// the WFDB Applications Guide. Types: wfdb.d.ts. Not a medical device.
// SPDX-License-Identifier: MIT
import { checkSize, millivoltsPer, MOST_LEADS, NO_SAMPLE, quoted, railsOf, refuse, refuseOther, wholeRate } from './record.js';

/** @typedef {import('./record.js').Record} Record */
/** @typedef {{ file: string, format: 16 | 212, skip: number, name: string, gain: number, baseline: number, unit: string, low: number, high: number, checksum: number | null }} Line low, high: of the converter */

const DEFAULT_GAIN = 200; // where the header gives none, says header(5)
const LETTERS = 'NLRaVFJASEj/Q'; // codes 1 to 13
const MORE = /** @type {{ [code: number]: string }} */ ({ 25: 'B', 30: '?', 34: 'e', 35: 'n', 38: 'f', 41: 'r' });

/** The converter's least and greatest value; where the header gives no resolution, the format has one, says header(5). @param {16 | 212} format @param {string} bits @param {string} zero */
function rangeOf(format, bits, zero) {
  const width = /^\d+$/.test(bits) && Number(bits) > 0 ? Math.min(Number(bits), 31) : format === 16 ? 16 : 12;
  const middle = /^-?\d+$/.test(zero) ? Number(zero) : 0;
  return [middle - 2 ** (width - 1), middle + 2 ** (width - 1) - 1];
}

/** "FILE FORMAT[xN][:SKEW][+OFFSET] [GAIN[(BASELINE)][/UNIT]] [BITS] [ZERO] [FIRST] [CHECKSUM] [BLOCK] [NAME]". @param {string} row @returns {Line} */
function readLine(row) {
  const [file, code = '', size = '', bits = '', zero = '0', , checksum = '', , ...words] = row.trim().split(/\s+/);
  const name = words.join(' ');
  const format = /^(16|212)(?:x1)?(?::0)?(?:\+(\d+))?$/.exec(code);
  if (!format) refuse('BDS_E_UNSUPPORTED', `The samples are in a format other than 212 and 16: ${quoted(code)}.`);
  const parts = /^([^(/]*)(?:\((-?\d+)\))?(?:\/(\S+))?$/.exec(size);
  const gain = size === '' || parts?.[1] === '' ? DEFAULT_GAIN : Number(parts?.[1]);
  const baseline = Number(parts?.[2] ?? zero);
  if (!(gain > 0 && gain < 1e9)) refuse('BDS_E_INVALID', `The gain of lead ${quoted(name || file)} is ${quoted(size)}: how many units a millivolt has must be a number above 0.`);
  if (!(Math.abs(baseline) < 2 ** 31)) refuse('BDS_E_INVALID', `The baseline of lead ${quoted(name || file)} is no whole number.`);
  const [low, high] = rangeOf(format[1] === '16' ? 16 : 212, bits, zero);
  return { file, low, high, format: format[1] === '16' ? 16 : 212, skip: Number(format[2] ?? 0), name, gain, baseline, unit: parts?.[3] ?? 'mV', checksum: /^-?\d+$/.test(checksum) ? Number(checksum) : null };
}

/** @param {Uint8Array} bytes */
function readHeader(bytes) {
  refuseOther(bytes, 'header (.hea)');
  const lines = new TextDecoder().decode(bytes).split(/\r?\n/);
  const rows = lines.filter((line) => line.trim() && !line.startsWith('#'));
  const [name, leads, rate = '250', samples = '0'] = (rows[0] ?? '').trim().split(/\s+/);
  if (name?.includes('/')) refuse('BDS_E_UNSUPPORTED', 'The record has several segments, which are not read.');
  const count = Number(leads);
  if (!(count > 0 && count <= MOST_LEADS) || !/^\d+$/.test(samples) || rows.length <= count) refuse('BDS_E_INVALID', 'The header (.hea) is not complete.');
  const list = rows.slice(1, count + 1).map(readLine);
  if (list.some(({ file, format }) => file !== list[0].file || format !== list[0].format)) refuse('BDS_E_UNSUPPORTED', 'The leads lie in several files, which are not read.');
  const person = lines.map((line) => /^# (-?\d+) ([MF])\b/.exec(line)).find(Boolean);
  const age = person ? Number(person[1]) : -1;
  return { name, rate: wholeRate(Number.parseFloat(rate), 'in the header (.hea)'), samples: Number(samples), lines: list, age: age >= 0 && age < 130 ? age : null, sex: person ? person[2] : null };
}

/** The lowest value of both formats stands for a sample that is not there, says signal(5). @param {Uint8Array} b @param {16 | 212} format @param {number} count */
function readValues(b, format, count) {
  const values = new Int32Array(count);
  for (let i = 0; i < count; i++) {
    let value;
    if (format === 16) {
      value = ((b[2 * i] | (b[2 * i + 1] << 8)) << 16) >> 16;
    } else {
      const at = (i >> 1) * 3;
      const twelve = i & 1 ? b[at + 2] | ((b[at + 1] >> 4) << 8) : b[at] | ((b[at + 1] & 15) << 8);
      value = (twelve << 20) >> 20;
    }
    values[i] = value === (format === 16 ? -32768 : -2048) ? NO_SAMPLE : value;
  }
  return values;
}

/** The header's 16-bit sums tell samples of another record. A sum of 0 stands for none. @param {Int32Array} values @param {Line[]} lines */
function checkSums(values, lines) {
  lines.forEach(({ checksum, format, name }, lead) => {
    if (!checksum) return;
    let sum = 0;
    for (let i = lead; i < values.length; i += lines.length) sum = (sum + (values[i] === NO_SAMPLE ? (format === 16 ? -32768 : -2048) : values[i])) | 0;
    if ((sum - checksum) & 0xffff) refuse('BDS_E_CORRUPT', `The samples (.dat) are damaged or of another record: the sum of lead ${quoted(name)} is not the header's.`);
  });
}

/** @param {Uint8Array} b @param {number} samples */
function readBeats(b, samples) {
  refuseOther(b, 'annotation file (.atr)');
  const beats = [];
  let time = 0;
  for (let at = 0; at + 2 <= b.length;) {
    const word = b[at] | (b[at + 1] << 8);
    const [code, rest] = [word >> 10, word & 1023];
    at += 2;
    if (word === 0) return beats;
    if (code === 59) {
      if (at + 4 > b.length) break;
      time += ((b[at] | (b[at + 1] << 8)) << 16) | (b[at + 2] | (b[at + 3] << 8));
      at += 4;
    } else if (code === 63) {
      at += (rest + 1) & ~1;
    } else if (code < 60) {
      time += rest;
      const symbol = MORE[code] ?? (code > 0 ? LETTERS[code - 1] : undefined);
      if (time < 0 || time >= samples) refuse('BDS_E_INVALID', 'An annotation (.atr) lies outside of the record.');
      if (symbol && beats.length > 0 && time <= beats[beats.length - 1].at) refuse('BDS_E_INVALID', 'The annotations (.atr) are not in order.');
      if (symbol) beats.push({ at: time, symbol });
    }
  }
  return refuse('BDS_E_TRUNCATED', 'The annotations (.atr) end in the middle.');
}

/** @param {{ hea: Uint8Array, dat: Uint8Array, atr?: Uint8Array }} files @returns {Record} */
export function readRecord({ hea, dat, atr }) {
  const { lines, ...head } = readHeader(hea);
  const { format, skip } = lines[0];
  const n = lines.length;
  const held = Math.floor(format === 16 ? (dat.length - skip) / 2 : ((dat.length - skip) * 2) / 3);
  const samples = head.samples || Math.floor(held / n);
  if (samples < 1 || held < samples * n) refuse('BDS_E_TRUNCATED', `The samples (.dat) are fewer than the header says: ${Math.max(0, Math.floor(held / n))} of ${head.samples || 1}.`);
  checkSize(samples, n);
  const all = readValues(dat.subarray(skip), format, samples * n);
  checkSums(all, lines);
  const used = lines.map((line, i) => ({ ...line, i, millivolts: millivoltsPer(line.unit) })).filter(({ millivolts }) => millivolts > 0);
  if (used.length === 0) refuse('BDS_E_UNSUPPORTED', 'No signal of the record is a voltage.');
  const values = used.length === n ? all : Int32Array.from({ length: samples * used.length }, (_, k) => all[Math.floor(k / used.length) * n + used[k % used.length].i]);
  const leads = used.map(({ name, gain, baseline, millivolts }) => ({ name, gain: gain / millivolts, baseline }));
  return {
    name: head.name, rate: head.rate, samples, age: head.age, sex: head.sex, values,
    leads: leads.map((lead, i) => ({ ...lead, rails: railsOf({ values, leads }, i, used[i].low, used[i].high) })),
    beats: atr ? readBeats(atr, samples) : null,
    left: lines.filter(({ unit }) => !(millivoltsPer(unit) > 0)).map(({ name }) => name),
  };
}

/** The AAMI's class of an annotation: 0 N, 1 S, 2 V, 3 F, 4 Q. @param {string} symbol */
export function aami(symbol) {
  const kind = ['NLRBej', 'AaJSn', 'VEr', 'F'].findIndex((letters) => letters.includes(symbol));
  return kind < 0 ? 4 : kind;
}
