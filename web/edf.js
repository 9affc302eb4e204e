// Recordings in EDF and EDF+ (16-bit signals, each with a rate of its own). After B. Kemp et al., "A simple format for exchange of digitized
// polygraphic recordings", Electroencephalogr. Clin. Neurophysiol. 82, 391-393 (1992), and B. Kemp, J. Olivan, "European data format 'plus'",
// Clin. Neurophysiol. 114, 1755-1761 (2003). Types: edf.d.ts. Not a medical device.
// SPDX-License-Identifier: MIT
import { checkSize, isLeadII, millivoltsPer, MOST_LEADS, NO_SAMPLE, quoted, railsOf, refuse, refuseOther, wholeRate } from './record.js';

/** @typedef {import('./record.js').Record} Record */
/** @typedef {{ label: string, unit: string, low: number, high: number, least: number, most: number, count: number, at: number }} Signal at: bytes into a data record */

const HEAD = 256;
const MOST_SIGNALS = 512;
const ANNOTATIONS = 'EDF Annotations';
const ECG = /\b(ecg|ekg)|^(lead[\s_-]*)?(i|iii|mli{1,3}|av[rlf]|(mcl?|cm|v)[1-9]r?)$/i;

/** Printable text of a fixed place. @param {Uint8Array} b @param {number} at @param {number} n */
const text = (b, at, n) => String.fromCharCode(...b.subarray(at, at + n)).replace(/\0.*$/s, '').trim();

/** @param {string} word @param {string} what */
function number(word, what) {
  const value = Number(word);
  if (word === '' || !Number.isFinite(value)) refuse('BDS_E_INVALID', `The EDF header is damaged: ${what} is ${quoted(word)}, not a number.`);
  return value;
}

/** @param {Uint8Array} b */
function readHeader(b) {
  refuseOther(b, 'EDF file');
  if (text(b, 0, 8) !== '0' || b[0] !== 48) refuse('BDS_E_FORMAT', `This is not an EDF file: it begins with ${quoted(text(b, 0, 8))}.`);
  if (b.length < HEAD) refuse('BDS_E_TRUNCATED', 'The EDF header is not complete.');
  const n = number(text(b, 252, 4), 'the number of signals');
  if (!(Number.isInteger(n) && n >= 1 && n <= MOST_SIGNALS)) refuse('BDS_E_INVALID', `The EDF header is damaged: it has ${n} signals.`);
  if (b.length < HEAD * (n + 1) || number(text(b, 184, 8), 'its length') !== HEAD * (n + 1)) refuse('BDS_E_TRUNCATED', 'The EDF header is not complete, or its length is not what its number of signals makes.');
  const kind = text(b, 192, 44);
  const field = (/** @type {number} */ before, /** @type {number} */ size, /** @type {number} */ i) => text(b, HEAD + before * n + size * i, size);
  let at = 0;
  const signals = Array.from({ length: n }, (_, i) => {
    const label = field(0, 16, i);
    const real = (/** @type {number} */ before, /** @type {string} */ what) => number(field(before, 8, i), `${what} of signal ${quoted(label)}`);
    const count = real(216, 'the number of samples');
    if (!(Number.isInteger(count) && count >= 1 && count <= 2 ** 22)) refuse('BDS_E_INVALID', `The EDF header is damaged: signal ${quoted(label)} has ${count} samples in a data record.`);
    const [low, high, least, most] = label === ANNOTATIONS ? [0, 0, 0, 0] : [real(104, 'the physical minimum'), real(112, 'the physical maximum'), real(120, 'the digital minimum'), real(128, 'the digital maximum')];
    at += 2 * count;
    return { label, unit: field(96, 8, i), low, high, least, most, count, at: at - 2 * count };
  });
  return { signals, bytes: at, split: kind.startsWith('EDF+D'), plus: kind.startsWith('EDF+'), name: text(b, 88, 80), count: number(text(b, 236, 8), 'the number of data records'), duration: number(text(b, 244, 8), 'the duration of a data record') };
}

/** The signals that are an ECG, all of one rate; and the names of the others. @param {Signal[]} signals @param {string[] | undefined} wanted */
function choose(signals, wanted) {
  const voltages = signals.filter(({ label, unit }) => label !== ANNOTATIONS && millivoltsPer(unit) > 0);
  const found = voltages.filter(({ label }) => (wanted ? wanted.includes(label) : ECG.test(label) || isLeadII(label)));
  const names = voltages.map(({ label }) => quoted(label)).join(', ');
  if (found.length === 0) refuse('BDS_E_UNSUPPORTED', `No voltage in this EDF file is called an ECG; ${names ? `there are: ${names}` : 'there is no voltage at all'}.`);
  const taken = found.filter(({ count }) => count === found[0].count).slice(0, MOST_LEADS);
  return { taken, left: signals.filter((signal) => signal.label !== ANNOTATIONS && !taken.includes(signal)).map(({ label }) => label) };
}

/** Digital to physical is linear. @param {Signal} signal */
function leadOf({ label, unit, low, high, least, most }) {
  const perUnit = (most - least) / ((high - low) * millivoltsPer(unit)); // units per millivolt
  if (!(most > least) || low === high || !Number.isFinite(perUnit) || perUnit === 0) refuse('BDS_E_INVALID', `The scale of signal ${quoted(label)} is empty: how many units a millivolt has is not known.`);
  const zero = least - (low * (most - least)) / (high - low);
  const sign = perUnit < 0 ? -1 : 1; // a physical maximum below the minimum turns a signal over
  return { sign, lead: { name: label.replace(/^(ecg|ekg)[\s_-]+(?=\S)/i, ''), gain: sign * perUnit, baseline: sign * zero } };
}

/** Seconds at which a data record of EDF+ begins, from its first annotation: "+567\x14\x14\0". @param {Uint8Array} b @param {number} at @param {number} n */
function onset(b, at, n) {
  const found = /^([+-]\d+(?:\.\d*)?)\x14\x14/.exec(String.fromCharCode(...b.subarray(at, at + Math.min(n, 64))));
  if (!found) refuse('BDS_E_INVALID', 'The EDF+ file is interrupted, and a data record does not say when it begins.');
  return Number(found[1]);
}

/** At which sample each data record begins. @param {Uint8Array} b @param {ReturnType<typeof readHeader>} head @param {number} records @param {number} rate @param {number} count @returns {number[]} */
function beginnings(b, head, records, rate, count) {
  if (!head.split) return Array.from({ length: records }, (_, r) => r * count);
  const clock = head.signals.find(({ label }) => label === ANNOTATIONS);
  if (!clock) return refuse('BDS_E_INVALID', 'The EDF+ file is interrupted, and has no annotations that say when.');
  const start = HEAD * (head.signals.length + 1);
  const times = Array.from({ length: records }, (_, r) => onset(b, start + r * head.bytes + clock.at, 2 * clock.count));
  const at = times.map((time) => Math.round((time - times[0]) * rate));
  if (at.some((begin, r) => r > 0 && begin < at[r - 1] + count)) refuse('BDS_E_INVALID', 'The data records of the EDF+ file overlap in time.');
  return at;
}

/** @param {Uint8Array} b @param {{ signals?: string[] }} [options] @returns {Record} */
export function readEdf(b, { signals: wanted } = {}) {
  const head = readHeader(b);
  const { taken, left } = choose(head.signals, wanted);
  const body = b.length - HEAD * (head.signals.length + 1);
  const records = head.count === -1 ? Math.floor(body / head.bytes) : head.count; // -1: it was being written
  if (!(Number.isInteger(records) && records >= 1)) refuse('BDS_E_TRUNCATED', 'The EDF file has no data records.');
  if (body < records * head.bytes) refuse('BDS_E_TRUNCATED', `The EDF file is cut off: ${Math.floor(body / head.bytes)} of ${records} data records are there.`);
  if (body > records * head.bytes && head.count !== -1) refuse('BDS_E_INVALID', 'The EDF file is longer than its header says.');
  if (!(head.duration > 0)) refuse('BDS_E_INVALID', 'The data records of the EDF file last 0 seconds: the rate is not known.');
  const { count } = taken[0];
  const rate = wholeRate(count / head.duration, `of signal ${quoted(taken[0].label)}`);
  const at = beginnings(b, head, records, rate, count);
  const samples = at[records - 1] + count;
  checkSize(samples, taken.length);
  const scaled = taken.map(leadOf);
  const values = new Int32Array(samples * taken.length).fill(NO_SAMPLE);
  for (let r = 0; r < records; r++) {
    taken.forEach((signal, lead) => {
      const from = HEAD * (head.signals.length + 1) + r * head.bytes + signal.at;
      for (let i = 0; i < count; i++) values[(at[r] + i) * taken.length + lead] = scaled[lead].sign * (((b[from + 2 * i] | (b[from + 2 * i + 1] << 8)) << 16) >> 16);
    });
  }
  const leads = scaled.map(({ lead }) => lead);
  const rails = taken.map(({ least, most }, i) => railsOf({ values, leads }, i, ...(scaled[i].sign > 0 ? /** @type {const} */ ([least, most]) : /** @type {const} */ ([-most, -least]))));
  return { name: head.name, rate, samples, leads: leads.map((lead, i) => ({ ...lead, rails: rails[i] })), values, beats: null, age: null, sex: null, left };
}
