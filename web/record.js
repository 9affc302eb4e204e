// What every reader of recordings shares: the shape of a record, its units, what is refused. Types: record.d.ts. Not a medical device.
// SPDX-License-Identifier: MIT
import { BedsideError } from './bedside.js';

/** @typedef {import('./record.js').Record} Record */
/** @typedef {import('./record.js').Lead} Lead */

/** In place of a value: none was received. The chain knows it by the same number (BDS_ECG_NO_SAMPLE). */
export const NO_SAMPLE = -(2 ** 31);
/** Values of one record, all leads together: a day of three leads at 500 per second. */
export const MOST_VALUES = 2 ** 27;
export const MOST_LEADS = 32;
/** The chain's units of 5 microvolts. */
const UNITS_PER_MILLIVOLT = 200;
const MOST_UNITS = 2 ** 30;

/** @param {string} code @param {string} text @returns {never} */
export function refuse(code, text) {
  throw new BedsideError(code, text);
}

/** Text of a file in a message: short, and in one line. @param {string} text */
export const quoted = (text) => `"${text.replace(/[^\x20-\x7e]+/g, ' ').trim().slice(0, 40)}"`;

/** @type {{ [unit: string]: number }} */
const VOLTAGES = { v: 1000, volt: 1000, volts: 1000, mv: 1, millivolt: 1, millivolts: 1, uv: 1e-3, microvolt: 1e-3, microvolts: 1e-3, nv: 1e-6 };

/** Millivolts in one of a unit, or NaN: it is no voltage. @param {string} unit */
export const millivoltsPer = (unit) => VOLTAGES[unit.trim().replace(/[\u00b5\u03bc\ufffd]/g, 'u').toLowerCase()] ?? NaN;

/** How other files begin, as Latin-1. @type {[RegExp, string][]} */
const OTHERS = [
  [/^(\xef\xbb\xbf)?\s*<(!doctype|html|head|body|\?xml|!--|svg)/i, 'is a web page or XML text, not a recording'],
  [/^(PK\x03\x04|\x1f\x8b|Rar!|7z\xbc)/, 'is an archive: unpack it first'],
  [/^(%PDF|\x89PNG|\xff\xd8\xff|GIF8|II\*\0|MM\0\*)/, 'is a document or a picture, not a recording'],
  [/^version https:\/\/git-lfs/, 'is a Git LFS pointer, not the file itself'],
];

/** Refuses what is plainly another kind of file. @param {Uint8Array} bytes @param {string} what such a file is called */
export function refuseOther(bytes, what) {
  if (bytes.length === 0) refuse('BDS_E_FORMAT', `The ${what} is empty (0 bytes).`);
  const start = String.fromCharCode(...bytes.subarray(0, 64));
  const other = OTHERS.find(([pattern]) => pattern.test(start));
  if (other) refuse('BDS_E_FORMAT', `The ${what} ${other[1]}.`);
}

/** @param {number} samples @param {number} leads */
export function checkSize(samples, leads) {
  if (samples * leads > MOST_VALUES) refuse('BDS_E_LIMIT', `The recording has ${samples} samples of ${leads} leads; at most ${MOST_VALUES} values are read.`);
}

/** @param {number} rate samples per second @param {string} from where it stands */
export function wholeRate(rate, from) {
  if (!(rate >= 1 && rate <= 100000)) refuse('BDS_E_INVALID', `The rate ${from} must be between 1 and 100000 samples per second.`);
  const whole = Math.round(rate);
  if (Math.abs(rate - whole) > 1e-6 * rate) refuse('BDS_E_UNSUPPORTED', `The rate ${from} is ${rate} samples per second; only whole numbers are read.`);
  return whole;
}

/** Whether a lead's name says that it is II, modified or not: "MLII", "ECG II", "Lead II". Not "lead 2", which is the second one. @param {string} name */
export const isLeadII = (name) => /^\s*((ecg|ekg)[\s_-]*)?(lead[\s_-]*)?(ml)?ii\s*$/i.test(name);

/** Lead II, modified or not, comes first: the P wave shows best in it. @param {Pick<Record, 'leads'>} record @returns {[number, number]} */
export function chooseLeads({ leads }) {
  const first = Math.max(0, leads.findIndex(({ name }) => isLeadII(name)));
  return [first, first === 0 && leads.length > 1 ? 1 : 0];
}

/** A value in whole units of 5 microvolts. @param {number} value @param {Pick<Lead, 'gain' | 'baseline'>} lead */
function unitsOf(value, { gain, baseline }) {
  const units = Math.floor((value - baseline) * (UNITS_PER_MILLIVOLT / gain) + 0.5);
  return Math.max(-MOST_UNITS, Math.min(MOST_UNITS, units)); // what WebAssembly takes must not wrap round
}

/** Whole units of 5 microvolts; null: none was received. @param {Pick<Record, 'leads' | 'values'>} record @param {number} sample @param {number} lead */
export function unitsAt({ values, leads }, sample, lead) {
  const value = values[sample * leads.length + lead];
  return value === NO_SAMPLE ? null : unitsOf(value, leads[lead]);
}

/**
 * The converter's rails in units of 5 microvolts, as far as the samples agree with what a header says of it. It is wrong where a sample lies
 * beyond them, and where they are reached for single samples only: a converter stays at its rail, a file that was scaled to its own extremes
 * does not. @param {Pick<Record, 'leads' | 'values'>} record @param {number} lead @param {number} low @param {number} high values
 * @returns {[number, number] | null}
 */
export function railsOf({ values, leads }, lead, low, high) {
  let [reached, stayed, before] = [false, false, NO_SAMPLE];
  for (let i = lead; i < values.length; i += leads.length) {
    const value = values[i];
    if (value !== NO_SAMPLE && (value < low || value > high)) return null;
    if (value === low || value === high) {
      reached = true;
      stayed ||= value === before;
    }
    before = value;
  }
  if (!(low < high) || (reached && !stayed)) return null;
  const rails = /** @type {[number, number]} */ ([low, high].map((value) => unitsOf(value, leads[lead])));
  return rails[0] < rails[1] ? rails : null; // finer than a unit: there is nothing between them
}

/** What a monitor has to know of a record. The monitor has one pair of rails for both leads: the wider, so that nothing is called saturated that is not. @param {Pick<Record, 'leads' | 'rate'>} record @returns {import('./ecg.js').MonitorSetup} */
export function monitorSetup({ leads, rate }) {
  const [first, second] = chooseLeads({ leads });
  const rails = [leads[first].rails, leads[second].rails].flatMap((pair) => (pair ? [pair] : []));
  const known = rails.length === 2 ? { rails: /** @type {[number, number]} */ ([Math.min(rails[0][0], rails[1][0]), Math.max(rails[0][1], rails[1][1])]) } : {};
  return { rate, leads: Math.min(2, leads.length), leadII: isLeadII(leads[first].name), ...known };
}
