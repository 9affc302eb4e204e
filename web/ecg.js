// Heartbeats in a page or in Node: the ECG chain (bedside-signal.wasm, the same C as everywhere), PhysioNet's WFDB records, and a model's
// findings for each beat. Nothing leaves the device. Not a medical device.
import { BedsideError } from './bedside.js';
import { EcgCore } from './ecg-core.js';
import { EcgDetector, EcgMonitor } from './ecg-monitor.js';

export { EcgDetector, EcgMonitor };

/** @typedef {import('./ecg.js').Beat} Beat */
/** @typedef {import('./ecg.js').Record} Record */

const REASONS = /** @type {{ [status: number]: string }} */ ({
  [-1]: 'a beat lies before the last one or after the newest sample',
  [-2]: 'a beat was noted too late: its samples are forgotten',
  [-3]: 'there are more beats than any heart makes',
});

/** @param {string} text @returns {never} */
function fail(text) {
  throw new BedsideError('BDS_E_ARGUMENT', text);
}

/** @param {string | URL} url */
async function bytesOf(url) {
  if (typeof process !== 'undefined' && new URL(url).protocol === 'file:') {
    const { readFile } = await import(/* @vite-ignore */ 'node:fs/promises');
    return new Uint8Array(await readFile(new URL(url)));
  }
  const response = await fetch(url);
  if (!response.ok) throw new BedsideError('BDS_E_FETCH', `${url} could not be fetched: status ${response.status}.`);
  return new Uint8Array(await response.arrayBuffer());
}

/** @param {{ wasm?: BufferSource | WebAssembly.Module | string | URL }} [options] */
export async function loadEcg({ wasm = new URL('./dist/bedside-signal.wasm', import.meta.url) } = {}) {
  const source = typeof wasm === 'string' || wasm instanceof URL ? await bytesOf(wasm) : wasm;
  const module = source instanceof WebAssembly.Module ? source : await WebAssembly.compile(/** @type {BufferSource} */ (source));
  const { form } = new EcgCore(module);
  return {
    form,
    chain: () => new EcgChain(module),
    detector: () => new EcgDetector(module),
    monitor: (/** @type {import('./ecg.js').MonitorSetup} */ setup = {}) => new EcgMonitor(module, setup),
  };
}

/** One signal's chain: samples and the places of its beats go in, what a network sees of each beat comes out. */
export class EcgChain {
  #core;
  #state;
  #beat;

  /** @param {WebAssembly.Module} module */
  constructor(module) {
    this.#core = new EcgCore(module);
    this.form = this.#core.form;
    this.#state = this.#core.reserve(this.#core.layout.chain);
    this.#beat = this.#core.reserve(this.#core.layout.beat);
    this.reset();
  }

  /** Forgets everything. */
  reset() {
    this.#core.call.bds_ecg_begin(this.#state);
  }

  /** The next sample of both leads, whole numbers in units of 5 microvolts. @param {number} lead0 @param {number} lead1 */
  sample(lead0, lead1) {
    this.#core.call.bds_ecg_sample(this.#state, lead0, lead1);
  }

  /** There is a beat at a sample, counted from 0. @param {number} at */
  note(at) {
    const status = this.#core.call.bds_ecg_note(this.#state, at);
    if (status < 0) fail(`${REASONS[status] ?? 'the chain refuses a beat'}.`);
  }

  /** The signal ends here. */
  finish() {
    this.#core.call.bds_ecg_finish(this.#state);
  }

  /** The next beat whose surroundings are known, or null. @returns {Beat | null} */
  next() {
    return this.#core.call.bds_ecg_next(this.#state, this.#beat) > 0 ? this.#core.beat(this.#beat) : null;
  }
}

// --- PhysioNet's records ----------------------------------------------------------------------------------------------------

const LETTERS = 'NLRaVFJASEj/Q'; // codes 1 to 13
const MORE = /** @type {{ [code: number]: string }} */ ({ 25: 'B', 30: '?', 34: 'e', 35: 'n', 38: 'f', 41: 'r' });

/** @param {string} text */
function readHeader(text) {
  const lines = text.split(/\r?\n/);
  const rows = lines.filter((line) => line && !line.startsWith('#'));
  const [name, leads, rate, samples] = (rows[0] ?? '').split(/\s+/);
  const count = Number(leads);
  if (!(count > 0 && count <= 12) || !(Number(rate) > 0) || !(Number(samples) > 0) || rows.length <= count) fail('The header (.hea) is not complete.');
  const list = rows.slice(1, count + 1).map((row) => {
    const [file, format, gain = '', , zero = '0', , , , label = ''] = row.split(/\s+/);
    if (format !== '212' && format !== '16') fail('The samples are in a format other than 212 and 16.');
    const value = Number.parseFloat(gain);
    const inner = /\((-?\d+)\)/.exec(gain);
    return { file, format, name: label, gain: value > 0 ? value : 200, baseline: Number(inner ? inner[1] : zero) };
  });
  if (list.some(({ file, format }) => file !== list[0].file || format !== list[0].format)) fail('The leads lie in several files.');
  const person = lines.map((line) => /^# (-?\d+) ([MF])\b/.exec(line)).find(Boolean);
  return { name, rate: Number(rate), samples: Number(samples), leads: list, age: person && Number(person[1]) >= 0 ? Number(person[1]) : null, sex: person ? person[2] : null };
}

/** @param {Uint8Array} b @param {string} format @param {number} count */
function readValues(b, format, count) {
  if (b.length < (format === '16' ? 2 * count : Math.ceil(count * 1.5))) fail('The samples (.dat) are fewer than the header says.');
  return Int16Array.from({ length: count }, (_, i) => {
    if (format === '16') return b[2 * i] | (b[2 * i + 1] << 8);
    const at = (i >> 1) * 3;
    const twelve = i & 1 ? b[at + 2] | ((b[at + 1] >> 4) << 8) : b[at] | ((b[at + 1] & 15) << 8);
    return (twelve << 20) >> 20;
  });
}

/** @param {Uint8Array} b @param {number} samples */
function readBeats(b, samples) {
  const beats = [];
  let time = 0;
  for (let at = 0; at + 2 <= b.length;) {
    const word = b[at] | (b[at + 1] << 8);
    const [code, rest] = [word >> 10, word & 1023];
    at += 2;
    if (word === 0) return beats;
    if (code === 59) {
      time += ((b[at] | (b[at + 1] << 8)) << 16) | (b[at + 2] | (b[at + 3] << 8));
      at += 4;
    } else if (code === 63) {
      at += (rest + 1) & ~1;
    } else if (code < 60) {
      time += rest;
      const symbol = MORE[code] ?? (code > 0 ? LETTERS[code - 1] : undefined);
      if (time < 0 || time >= samples) fail('An annotation (.atr) lies outside of the record.');
      if (symbol) beats.push({ at: time, symbol });
    }
  }
  return fail('The annotations (.atr) end in the middle.');
}

/**
 * A record from the bytes of its files. @param {{ hea: Uint8Array, dat: Uint8Array, atr?: Uint8Array }} files @returns {Record}
 */
export function readRecord({ hea, dat, atr }) {
  const { leads, ...rest } = readHeader(new TextDecoder().decode(hea));
  const values = readValues(dat, leads[0].format, rest.samples * leads.length);
  return { ...rest, leads: leads.map(({ name, gain, baseline }) => ({ name, gain, baseline })), values, beats: atr ? readBeats(atr, rest.samples) : null };
}

/** The AAMI's class of an annotation: 0 N, 1 S, 2 V, 3 F, 4 Q. @param {string} symbol */
export function aami(symbol) {
  const kind = ['NLRBej', 'AaJSn', 'VEr', 'F'].findIndex((letters) => letters.includes(symbol));
  return kind < 0 ? 4 : kind;
}

/** Lead II, modified or not, comes first: the P wave shows best in it. @param {Record} record */
function chooseLeads({ leads }) {
  const first = Math.max(0, leads.findIndex(({ name }) => name === 'MLII' || name === 'II'));
  return [first, first === 0 && leads.length > 1 ? 1 : 0];
}

/**
 * What a network sees of each annotated beat of a record. @param {EcgChain} chain @param {Record} record @returns {Generator<Beat & { symbol: string, truth: number }>}
 */
export function* beatsOf(chain, record) {
  const { values, samples, leads, beats, rate } = record;
  if (rate !== chain.form.rate) fail(`The record has ${rate} samples per second; the chain takes ${chain.form.rate}.`);
  if (!beats) return fail('The record has no annotations: where its beats are is not known.');
  const chosen = chooseLeads(record);
  const value = (/** @type {number} */ sample, /** @type {number} */ lead) => {
    const { gain, baseline } = leads[lead];
    return Math.floor((values[sample * leads.length + lead] - baseline) * (200 / gain) + 0.5);
  };
  const given = (/** @type {Beat} */ beat) => ({ ...beat, symbol: beats[beat.index].symbol, truth: aami(beats[beat.index].symbol) });
  chain.reset();
  let next = 0;
  for (let i = 0; i < samples; i++) {
    chain.sample(value(i, chosen[0]), value(i, chosen[1]));
    if (next < beats.length && beats[next].at === i) chain.note(beats[next++].at);
    else if (i % 64) continue;
    for (let beat = chain.next(); beat; beat = chain.next()) yield given(beat);
  }
  chain.finish();
  for (let beat = chain.next(); beat; beat = chain.next()) yield given(beat);
}

/** What a model says of a beat. @param {import('./bedside.js').Model} model @param {Beat | import('./ecg.js').Told} beat */
export function classify(model, beat) {
  if (!beat.inputs) return fail('The signal is disturbed there: nothing may be said of that beat.');
  model.infer(beat.inputs);
  return model.findings();
}
