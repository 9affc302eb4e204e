// Heartbeats in a page or in Node: the ECG chain (bedside-signal.wasm, the same C as everywhere) and a model's findings for each beat. Nothing leaves the device. Not a medical device.
import { BedsideError } from './bedside.js';
import { EcgAlarm } from './ecg-alarm.js';
import { fail, wholeNumber, wholeSample } from './ecg-arguments.js';
import { EcgCore } from './ecg-core.js';
import { EcgDetector, EcgMonitor } from './ecg-monitor.js';
import { chooseLeads, monitorSetup, unitsAt } from './record.js';
import { aami, readRecord } from './wfdb.js';

export { aami, EcgAlarm, EcgDetector, EcgMonitor, readRecord };

/** @typedef {import('./ecg.js').Beat} Beat */
/** @typedef {import('./ecg.js').Record} Record */

const REASONS = /** @type {{ [status: number]: string }} */ ({
  [-1]: 'a beat lies before the last one or after the newest sample',
  [-2]: 'a beat was noted too late: its samples are forgotten',
  [-3]: 'there are more beats than any heart makes',
});

/** @param {string | URL} url */
async function bytesOf(url) {
  if (typeof process !== 'undefined' && new URL(url).protocol === 'file:') {
    const fs = 'node:fs/promises'; // in a variable: bundlers for browsers then do not look for it
    const { readFile } = await import(/* @vite-ignore */ /* webpackIgnore: true */ fs);
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
    alarm: (/** @type {Partial<import('./ecg.js').AlarmLimits>} */ limits = {}) => new EcgAlarm(new EcgCore(module), limits),
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
    this.#core.call.bds_ecg_sample(this.#state, wholeSample(lead0, 0), wholeSample(lead1, 1));
  }

  /** There is a beat at a sample, counted from 0. @param {number} at */
  note(at) {
    const status = this.#core.call.bds_ecg_note(this.#state, wholeNumber(at, 'at, the sample of a beat,', 0, 2 ** 32 - 1));
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

// --- Records ------------------------------------------------------------------------------------------------------------------

/**
 * What a network sees of each annotated beat of a record. @param {EcgChain} chain @param {Record} record @returns {Generator<Beat & { symbol: string, truth: number }>}
 */
export function* beatsOf(chain, record) {
  const { samples, beats, rate } = record;
  if (rate !== chain.form.rate) fail(`The record has ${rate} samples per second; the chain takes ${chain.form.rate}.`);
  if (!beats) return fail('The record has no annotations: where its beats are is not known.');
  const chosen = chooseLeads(record);
  const value = (/** @type {number} */ sample, /** @type {number} */ lead) => unitsAt(record, sample, lead) ?? fail(`Sample ${sample} was not received: whose beats are judged must be whole.`);
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

/**
 * A record played through a monitor, beat by beat, as a wearable would hear it.
 * @param {{ monitor(setup?: import('./ecg.js').MonitorSetup): EcgMonitor }} ecg @param {Record} record @returns {Generator<import('./ecg.js').Told>}
 */
export function* listen(ecg, record) {
  const chosen = chooseLeads(record);
  const monitor = ecg.monitor(monitorSetup(record));
  for (let i = 0; i < record.samples; i++) {
    monitor.sample(unitsAt(record, i, chosen[0]), unitsAt(record, i, chosen[1]));
    for (let told = monitor.next(); told; told = monitor.next()) yield told;
  }
  monitor.finish();
  for (let told = monitor.next(); told; told = monitor.next()) yield told;
}

/** What a model says of a beat. @param {import('./bedside.js').Model} model @param {Beat | import('./ecg.js').Told} beat */
export function classify(model, beat) {
  if (!beat.inputs) return fail('The signal is disturbed there: nothing may be said of that beat.');
  model.infer(beat.inputs);
  return model.findings();
}
