// A recording in a table of text: one row per sample, one column per lead, perhaps one of time. Types: csv.d.ts. Not a medical device.
// SPDX-License-Identifier: MIT
import { checkSize, millivoltsPer, MOST_LEADS, NO_SAMPLE, quoted, refuse, refuseOther, wholeRate } from './record.js';

/** @typedef {import('./record.js').Record} Record */
/** @typedef {import('./csv.js').CsvOptions} CsvOptions */
/** @typedef {{ cells: string[], line: number }} Row line: in the file, from 1 */

const MICROVOLTS = 1000; // units per millivolt of what is stored for columns that are no whole units
const MOST_MILLIVOLTS = 10000; // nothing on a skin has 10 volts: the unit is wrong, or the column is no voltage
const MISSING = /^(|-+|\?|nan|na|n\/a|null|none)$/i;
const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;
const TIME = /^['"]?(elapsed[ _]?)?(time|timestamp|seconds?|secs?|t|s|ms)\b|^time/i;
const INDEX = /^['"]?(samples?|index|row|number|no|n|#)[ _]?(#|no\.?|number|index|n)?$/i;
const LEAST_RATE = 50; // of a time column: less is one in another unit than it seems

/** @param {string} cell */
const bare = (cell) => cell.trim().replace(/^(['"])(.*)\1$/, '$2').trim();

/** A number, NaN where none is, undefined for anything else. @param {string} cell @param {boolean} comma whether it stands for the point */
function valueOf(cell, comma) {
  if (MISSING.test(cell)) return NaN;
  const text = comma ? cell.replace(',', '.') : cell;
  return NUMBER.test(text) ? Number(text) : undefined;
}

/** Seconds, minutes and hours too ("0:00.003"), or a date. @param {string} cell @param {boolean} comma */
function secondsOf(cell, comma) {
  const clock = /^(?:(\d+):)?(\d+):(\d+(?:[.,]\d+)?)$/.exec(cell);
  if (clock) return (Number(clock[1] ?? 0) * 60 + Number(clock[2])) * 60 + Number(clock[3].replace(',', '.'));
  if (/^\d{4}-\d\d-\d\d[T ]/.test(cell)) return Date.parse(cell) / 1000;
  return valueOf(cell, comma) ?? NaN;
}

/** @param {Uint8Array} bytes @returns {{ rows: Row[], comma: boolean }} */
function split(bytes) {
  refuseOther(bytes, 'table');
  if (bytes.subarray(0, 4096).includes(0)) refuse('BDS_E_FORMAT', 'This is not a table of text: it holds zero bytes.');
  const lines = new TextDecoder().decode(bytes).split(/\r\n|\n|\r/);
  const used = lines.map((text, i) => ({ text, line: i + 1 })).filter(({ text }) => text.trim() && !text.startsWith('#'));
  if (used.length === 0) refuse('BDS_E_FORMAT', 'The table is empty.');
  const sample = used[Math.min(used.length - 1, 5)].text;
  const separator = ['\t', ';', ','].find((mark) => sample.includes(mark)) ?? (/\S\s+\S/.test(sample) ? /\s+/ : '\n');
  const rows = used.map(({ text, line }) => ({ line, cells: (typeof separator === 'string' ? text : text.trim()).split(separator).map(bare) }));
  return { rows, comma: separator !== ',' && rows.slice(0, 50).some(({ cells }) => cells.some((cell) => /^[+-]?\d+,\d+$/.test(cell))) };
}

/** Takes the rows above the numbers away. @param {Row[]} rows @param {boolean} comma */
function takeHead(rows, comma) {
  const isText = (/** @type {Row} */ { cells }) => cells.some((cell) => valueOf(cell, comma) === undefined && !(secondsOf(cell, comma) >= 0));
  let n = 0;
  while (n < 3 && n < rows.length && isText(rows[n])) n++;
  const [names, units] = rows.splice(0, n);
  if (rows.length < 2) refuse('BDS_E_FORMAT', 'The table has a heading and no rows of numbers.');
  return { names: names?.cells, units: units?.cells ?? [] };
}

/** A column's name and its unit, which may stand in brackets or behind a slash. @param {string} title @param {string | undefined} unit */
function titled(title, unit) {
  const found = /^(.*?)\s*(?:[([]([^)\]]*)[)\]]|\/\s*(\S+)|_(m[vs]|u[vs]))$/i.exec(title);
  const inside = found?.[2] ?? found?.[3] ?? found?.[4];
  return { name: found ? found[1].trim() : title, unit: unit || inside || '' };
}

/** Whether a column without a name counts or tells the time: every step alike, which no heart does. @param {Row[]} rows @param {number} column @param {boolean} comma */
function isRegular(rows, column, comma) {
  const list = rows.slice(0, 200).map(({ cells }) => secondsOf(cells[column], comma));
  const step = (list[list.length - 1] - list[0]) / (list.length - 1);
  return list.length > 9 && step > 0 && list.every((value, i) => Math.abs(value - list[0] - i * step) <= Math.max(0.3 * step, 0.0006) && (i === 0 || value > list[i - 1]));
}

/** What each column is. @param {Row[]} rows @param {boolean} comma @param {{ names: string[] | undefined, units: string[] }} head */
function columnsOf(rows, comma, { names, units }) {
  const width = rows[0].cells.length - (rows[0].cells.length > 1 && rows.every(({ cells }) => cells[cells.length - 1] === '') ? 1 : 0);
  return Array.from({ length: width }, (_, i) => {
    const title = titled(names?.[i] ?? '', units[i]);
    let kind = 'lead';
    if (names?.[i] && INDEX.test(title.name)) kind = 'index';
    else if (names?.[i] && TIME.test(title.name)) kind = 'time';
    else if (i === 0 && width > 1 && !title.name && isRegular(rows, i, comma)) kind = Number(rows[1].cells[0]) - Number(rows[0].cells[0]) === 1 ? 'index' : 'time';
    return { ...title, kind, i };
  });
}

/** At which sample each row is, and how many there are in a second. @param {Row[]} rows @param {boolean} comma @param {{ i: number, unit: string, name: string } | undefined} column @param {number | undefined} given */
function timesOf(rows, comma, column, given) {
  if (!column) {
    if (given === undefined) return refuse('BDS_E_INVALID', 'The table has no column of time: how many samples are there per second? Give the rate.');
    return { rate: wholeRate(given, 'that was given'), at: null, samples: rows.length };
  }
  const scale = /^(ms|msec|millis.*)$/i.test(column.unit) || /^ms$/i.test(column.name) ? 1e-3 : /^(us|usec|micros.*|\u00b5s)$/i.test(column.unit) ? 1e-6 : 1;
  const times = Float64Array.from(rows, ({ cells }) => secondsOf(cells[column.i], comma) * scale);
  const wrong = times.findIndex((time, i) => !Number.isFinite(time) || (i > 0 && !(time > times[i - 1])));
  if (wrong >= 0) refuse('BDS_E_INVALID', `The time in line ${rows[wrong].line} is ${quoted(rows[wrong].cells[column.i])}: it must be a number, later than the one before.`);
  const steps = times.subarray(1).map((time, i) => time - times[i]);
  const usual = 1.6 * steps.slice().sort()[steps.length >> 1];
  const whole = steps.filter((step) => step <= usual); // the others are gaps
  const seconds = whole.reduce((sum, step) => sum + step, 0);
  const rate = Math.round(whole.length / seconds);
  if (rate < LEAST_RATE) refuse('BDS_E_INVALID', `By its column of time the table has ${(whole.length / seconds).toPrecision(3)} samples per second. If the time is in milliseconds, call the column "time (ms)".`);
  if (Math.abs(whole.length / seconds - rate) * seconds > 0.5) refuse('BDS_E_UNSUPPORTED', `By its column of time the table has ${(whole.length / seconds).toFixed(3)} samples per second; only whole numbers are read.`);
  if (given !== undefined && given !== rate) refuse('BDS_E_INVALID', `The column of time says ${rate} samples per second, not the ${given} that were given.`);
  const at = times.map((time) => Math.round((time - times[0]) * rate));
  const twice = at.findIndex((k, i) => i > 0 && k <= at[i - 1]);
  if (twice >= 0) refuse('BDS_E_INVALID', `The times are not regular: line ${rows[twice].line} comes too soon after the one before.`);
  return { rate: wholeRate(rate, 'of the column of time'), at, samples: at[at.length - 1] + 1 };
}

/** @param {string} unit @param {string} name @param {CsvOptions} options */
function scaleOf(unit, name, { unit: given, gain, baseline = 0 }) {
  const found = millivoltsPer(unit);
  if (found > 0) return { perMillivolt: 1 / found, baseline: 0 };
  if (gain !== undefined) {
    if (!(gain > 0 && gain < 1e9 && Math.abs(baseline) < 1e9)) refuse('BDS_E_INVALID', 'How many units a millivolt has must be a number above 0.');
    return { perMillivolt: gain, baseline };
  }
  const millivolts = millivoltsPer(given ?? '');
  if (millivolts > 0) return { perMillivolt: 1 / millivolts, baseline: 0 };
  return refuse('BDS_E_INVALID', `The table does not say in which unit lead ${quoted(name)} is: give it, or how many units a millivolt has.`);
}

/** @param {Uint8Array} bytes @param {CsvOptions} [options] @returns {Record} */
export function readCsv(bytes, options = {}) {
  const { rows, comma } = split(bytes);
  const columns = columnsOf(rows, comma, takeHead(rows, comma));
  const leads = columns.filter(({ kind }) => kind === 'lead');
  if (leads.length === 0 || leads.length > MOST_LEADS) refuse('BDS_E_INVALID', `The table has ${leads.length} columns of values; it must have 1 to ${MOST_LEADS}.`);
  for (const { cells, line } of rows) {
    if (cells.length < columns.length || cells.slice(columns.length).some((cell) => cell !== '')) refuse('BDS_E_INVALID', `Line ${line} has ${cells.length} cells, not ${columns.length}: the table is damaged or cut off.`);
  }
  const { rate, at, samples } = timesOf(rows, comma, columns.find(({ kind }) => kind === 'time'), options.rate);
  checkSize(samples, leads.length);
  const values = new Int32Array(samples * leads.length).fill(NO_SAMPLE);
  const list = leads.map(({ i, name, unit }, lead) => {
    const title = name || `lead ${lead + 1}`;
    const { perMillivolt, baseline } = scaleOf(unit, title, options);
    const column = rows.map(({ cells, line }) => {
      const value = valueOf(cells[i], comma);
      if (value === undefined) refuse('BDS_E_INVALID', `Line ${line} has ${quoted(cells[i])} in column ${quoted(title)}, which is no number.`);
      if (Math.abs(value - baseline) > MOST_MILLIVOLTS * perMillivolt) refuse('BDS_E_INVALID', `Line ${line} has ${quoted(cells[i])} in column ${quoted(title)}: more than any ECG, so the unit is not right.`);
      return value;
    });
    const whole = perMillivolt >= 100 && Number.isInteger(baseline) && column.every((value) => Number.isNaN(value) || (Number.isInteger(value) && Math.abs(value) < 2 ** 31));
    column.forEach((value, row) => {
      if (!Number.isNaN(value)) values[(at ? at[row] : row) * leads.length + lead] = whole ? value : Math.round((value - baseline) * (MICROVOLTS / perMillivolt));
    });
    return { name: title, gain: whole ? perMillivolt : MICROVOLTS, baseline: whole ? baseline : 0 };
  });
  if (values.every((value) => value === NO_SAMPLE)) refuse('BDS_E_INVALID', 'The table holds no number at all.');
  return { name: options.name ?? '', rate, samples, leads: list, values, beats: null, age: null, sex: null, left: [] };
}
