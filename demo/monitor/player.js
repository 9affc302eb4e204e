// From samples to what a monitor shows: the ECG chain, the network for each beat, block by block. Without a page: it runs in a worker and in tests.
// SPDX-License-Identifier: MIT
import { classify } from '../../web/ecg.js';
import { chooseLeads, NO_SAMPLE, unitsAt } from '../../web/record.js';

/** @typedef {import('../../web/ecg.js').Quality} Quality */
/** Of a beat: what the model calls it (N, S, V), '?' where it has doubts, '-' where the signal is too bad to be judged. @typedef {'N' | 'S' | 'V' | '?' | '-'} Kind */
/**
 * A beat: its sample; the class that is likeliest even where it is '?' (null of '-'), and its probability; why it is '?' or '-'; beats per minute; seconds since the beat before, null for the first.
 * @typedef {{ at: number, kind: Kind, likely: string | null, probability: number | null, reasons: string[], rate: number | null, gap: number | null }} Mark
 */
/** A beat as somebody or the formula says. @typedef {{ at: number, symbol: string }} Truth */
/**
 * What a block of samples brought. first: of all; leads in units of 5 microvolts or NO_SAMPLE; disturbed: 1 where nothing may be called normal.
 * @typedef {{ first: number, count: number, leads: Int32Array[], disturbed: Uint8Array, marks: Mark[], truth: Truth[], quality: Quality[], concerned: number[], rate: number | null, ended: boolean }} Block
 */
/** Where samples come from. @typedef {{ name: string, title: string, synthetic: boolean, live: boolean, rate: number, names: string[], leadII: boolean, samples: number | null, read: (count: number) => { leads: Int32Array[], truth: Truth[] } }} Source samples: null if there is no end */

/** @param {import('../../web/record.js').Record} record @returns {Source} */
export function recordSource(record) {
  const chosen = chooseLeads(record);
  const order = chosen[0] === chosen[1] ? [chosen[0]] : chosen;
  const names = order.map((i) => record.leads[i].name);
  let [at, beat] = [0, 0];
  return {
    name: record.name, title: record.name || 'record', synthetic: record.name === 'synthetic', live: false, rate: record.rate, names, leadII: /^(ml)?ii$/i.test(names[0]), samples: record.samples,
    read(count) {
      const n = Math.min(count, record.samples - at);
      const leads = order.map((lead) => Int32Array.from({ length: n }, (_, i) => unitsAt(record, at + i, lead) ?? NO_SAMPLE));
      const truth = [];
      for (at += n; record.beats && beat < record.beats.length && record.beats[beat].at < at; beat++) truth.push(record.beats[beat]);
      return { leads, truth };
    },
  };
}

/** @param {import('../../web/synthetic-ecg.js').SyntheticEcg} ecg @returns {Source} */
export function syntheticSource(ecg) {
  return {
    name: 'synthetic', title: 'Synthetic ECG', synthetic: true, live: false, rate: ecg.rate, names: ['II', 'V1'], leadII: true, samples: null,
    read(count) {
      const { leads, beats } = ecg.read(count);
      return { leads, truth: beats };
    },
  };
}

/** A stream that is pushed. @param {string} title @param {number} rate @param {number} leads @returns {Source} */
export function liveSource(title, rate, leads) {
  const names = Array.from({ length: leads }, (_, i) => `lead ${i + 1}`);
  return { name: 'live', title, synthetic: false, live: true, rate, names, leadII: false, samples: null, read: () => ({ leads: names.map(() => new Int32Array(0)), truth: [] }) };
}

export class Player {
  #model;
  #ecg;
  /** @type {Source | null} */
  #source = null;
  /** @type {import('../../web/ecg.js').EcgMonitor | null} */
  #monitor = null;
  #count = 0;
  /** @type {number | null} */
  #last = null; // the beat before

  /** @param {Awaited<ReturnType<typeof import('../../web/ecg.js').loadEcg>>} ecg @param {import('../../web/bedside.js').Model} model */
  constructor(ecg, model) {
    this.#ecg = ecg;
    this.#model = model;
  }

  /** Begins anew. @param {Source} source @throws {BedsideError} BDS_E_ARGUMENT: a rate that the chain does not take */
  open(source) {
    this.#source = null;
    this.#monitor = this.#ecg.monitor({ rate: source.rate, leads: Math.min(2, source.names.length), leadII: source.leadII });
    this.#source = source;
    this.#count = 0;
    this.#last = null;
  }

  /** The next samples of a source that is read. @param {number} count @returns {Block} */
  advance(count) {
    if (!this.#source) throw new Error('Nothing is open.');
    const { leads, truth } = this.#source.read(count);
    const { samples } = this.#source;
    return this.#play(leads, truth, samples !== null && this.#count + leads[0].length >= samples);
  }

  /** Samples of a live source, in units of 5 microvolts or NO_SAMPLE. @param {Int32Array[]} leads @returns {Block} */
  push(leads) {
    return this.#play(leads, [], false);
  }

  /** @param {Int32Array[]} leads @param {Truth[]} truth @param {boolean} ended @returns {Block} */
  #play(leads, truth, ended) {
    const monitor = this.#monitor;
    if (!monitor) throw new Error('Nothing is open.');
    const count = leads[0].length;
    const first = this.#count;
    const disturbed = new Uint8Array(count);
    /** @type {Mark[]} */
    const marks = [];
    const take = () => {
      for (let told = monitor.next(); told; told = monitor.next()) marks.push(this.#mark(told));
    };
    const value = (/** @type {number} */ lead, /** @type {number} */ i) => (leads[lead] === undefined || leads[lead][i] === NO_SAMPLE ? null : leads[lead][i]);
    for (let i = 0; i < count; i++) {
      monitor.sample(value(0, i), value(1, i));
      disturbed[i] = Number(monitor.disturbed);
      take();
    }
    this.#count += count;
    if (ended) {
      monitor.finish();
      take();
    }
    const { quality, leads: concerned, rate } = monitor;
    return { first, count, leads, disturbed, marks, truth, quality, concerned, rate, ended };
  }

  /** @param {import('../../web/ecg.js').Told} told @returns {Mark} */
  #mark(told) {
    const gap = this.#last === null ? null : (told.sample - this.#last) / (this.#source?.rate ?? 1);
    this.#last = told.sample;
    const about = { at: told.sample, rate: told.rate, gap };
    if (told.withheld) return { ...about, kind: '-', likely: null, probability: null, reasons: told.quality };
    const { findings, top, certain, doubts } = classify(this.#model, told);
    const { label, probability } = findings[top];
    return { ...about, kind: certain ? /** @type {Kind} */ (label) : '?', likely: label, probability, reasons: doubts };
  }
}
