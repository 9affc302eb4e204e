// From samples to what a monitor shows: the ECG chain, the network for each beat, the alarms, block by block. Without a page: it runs in a worker and in tests.
// SPDX-License-Identifier: MIT
import { classify } from '../../web/ecg.js';
import { chooseLeads, monitorSetup, NO_SAMPLE, unitsAt } from '../../web/record.js';
import { changesOf } from './alarms.js';

/** @typedef {import('../../web/ecg.js').Quality} Quality */
/** @typedef {import('./alarms.js').Change} Change */
/** @typedef {import('./alarms.js').Limits} Limits */
/** Of a beat: what the model calls it (N, S, V), '?' where it has doubts, '-' where the signal is too bad to be judged. @typedef {'N' | 'S' | 'V' | '?' | '-'} Kind */
/**
 * A beat: its sample; the class that is likeliest even where it is '?' (null of '-'), and its probability; why it is '?' or '-'; beats per minute.
 * @typedef {{ at: number, kind: Kind, likely: string | null, probability: number | null, reasons: string[], rate: number | null }} Mark
 */
/** A beat as somebody or the formula says. @typedef {{ at: number, symbol: string }} Truth */
/**
 * What a block of samples brought. first: of all; leads in units of 5 microvolts or NO_SAMPLE; disturbed: 1 where nothing may be called normal; changes: alarms that were raised or ended.
 * @typedef {{ first: number, count: number, leads: Int32Array[], disturbed: Uint8Array, marks: Mark[], changes: Change[], truth: Truth[], quality: Quality[], concerned: number[], rate: number | null, ended: boolean }} Block
 */
/** Where samples come from. @typedef {{ name: string, synthetic: boolean, live: boolean, rate: number, names: string[], leadII: boolean, rails?: [number, number], samples: number | null, read: (count: number) => { leads: Int32Array[], truth: Truth[] } }} Source names: of the leads, empty where nobody has named them; leadII: the first lead is II, or worn so; rails: of the converter, if known; samples: null if there is no end */

/** @param {import('../../web/record.js').Record} record @returns {Source} */
export function recordSource(record) {
  const chosen = chooseLeads(record);
  const order = chosen[0] === chosen[1] ? [chosen[0]] : chosen;
  const names = order.map((i) => record.leads[i].name);
  const { leadII = false, rails } = monitorSetup(record);
  let [at, beat] = [0, 0];
  return {
    name: record.name, synthetic: record.name === 'synthetic', live: false, rate: record.rate, names, leadII, rails, samples: record.samples,
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
    name: 'synthetic', synthetic: true, live: false, rate: ecg.rate, names: ['II', 'V1'], leadII: true, samples: null,
    read(count) {
      const { leads, beats } = ecg.read(count);
      return { leads, truth: beats };
    },
  };
}

/** A stream that is pushed. @param {number} rate @param {number} leads @param {boolean} [leadII] the first lead is worn as lead II, says somebody who knows @returns {Source} */
export function liveSource(rate, leads, leadII = false) {
  const names = Array.from({ length: leads }, () => '');
  return { name: 'live', synthetic: false, live: true, rate, names, leadII, samples: null, read: () => ({ leads: names.map(() => new Int32Array(0)), truth: [] }) };
}

/** By what the model calls a beat. @param {Mark} mark @returns {import('../../web/ecg.js').BeatKind} */
function alarmKind({ kind, likely }) {
  if (kind === '-') return 'withheld';
  if (likely === 'V') return kind === 'V' ? 'ventricular' : 'maybe ventricular';
  return kind === '?' ? 'unknown' : 'other';
}

export class Player {
  #model;
  #ecg;
  #limits;
  /** @type {Source | null} */
  #source = null;
  /** @type {import('../../web/ecg.js').EcgMonitor | null} */
  #monitor = null;
  /** @type {import('../../web/ecg.js').EcgAlarm | null} */
  #alarm = null;
  /** @type {import('./alarms.js').Kind[]} */
  #on = []; // alarms, as last told
  #count = 0;

  /** @param {Awaited<ReturnType<typeof import('../../web/ecg.js').loadEcg>>} ecg @param {import('../../web/bedside.js').Model} model */
  constructor(ecg, model) {
    this.#ecg = ecg;
    this.#model = model;
    this.#limits = ecg.alarm().limits;
  }

  /** Of the alarms. */
  get limits() {
    return this.#limits;
  }

  /** They hold at once, and for what is opened later. @param {Partial<Limits>} limits @throws {BedsideError} BDS_E_ARGUMENT: limits that cannot be */
  setLimits(limits) {
    const alarm = this.#alarm ?? this.#ecg.alarm(this.#limits);
    alarm.setLimits(limits);
    this.#limits = alarm.limits;
  }

  #close() {
    this.#source = this.#monitor = this.#alarm = null;
    this.#on = [];
    this.#count = 0;
  }

  /** Begins anew. @param {Source} source @throws {BedsideError} BDS_E_ARGUMENT: a rate that the chain does not take */
  open(source) {
    this.#close();
    this.#monitor = this.#ecg.monitor({ rate: source.rate, leads: Math.min(2, source.names.length), leadII: source.leadII, rails: source.rails });
    this.#alarm = this.#monitor.alarm(this.#limits);
    this.#source = source;
  }

  /** Begins anew, with a heart-rate belt. */
  openBelt() {
    this.#close();
    this.#alarm = this.#ecg.alarm(this.#limits);
  }

  /** A belt's message. @param {Pick<import('./belt.js').Measurement, 'rate' | 'gaps'>} message @param {number} time seconds @returns {Change[]} */
  hear({ rate, gaps }, time) {
    if (!this.#alarm) throw new Error('No belt is open.');
    this.#alarm.rate(rate);
    for (const gap of gaps) this.#alarm.interval(gap);
    return this.#changes(time, () => ({ limits: this.#limits, rate }));
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
    const [source, monitor, alarm] = [this.#source, this.#monitor, this.#alarm];
    if (!source || !monitor || !alarm) throw new Error('Nothing is open.');
    const count = leads[0].length;
    const first = this.#count;
    const disturbed = new Uint8Array(count);
    /** @type {Mark[]} */
    const marks = [];
    /** @type {Change[]} */
    const changes = [];
    const look = (/** @type {number | null} */ rate) => changes.push(...this.#changes(this.#count / source.rate, () => ({ limits: this.#limits, rate, quality: monitor.quality, concerned: monitor.leads, names: source.names })));
    const take = () => {
      for (let told = monitor.next(); told; told = monitor.next()) {
        const mark = this.#mark(told);
        marks.push(mark);
        alarm.beat(alarmKind(mark), mark.rate);
        look(mark.rate);
      }
    };
    const value = (/** @type {number} */ lead, /** @type {number} */ i) => (leads[lead] === undefined || leads[lead][i] === NO_SAMPLE ? null : leads[lead][i]);
    for (let i = 0; i < count; i++) {
      monitor.sample(value(0, i), value(1, i));
      this.#count++;
      alarm.listen();
      look(null);
      disturbed[i] = Number(monitor.disturbed);
      take();
    }
    if (ended) {
      monitor.finish();
      take();
    }
    const { quality, leads: concerned, rate } = monitor;
    return { first, count, leads, disturbed, marks, changes, truth, quality, concerned, rate, ended };
  }

  /** What has changed since it was asked last. @param {number} time @param {() => import('./alarms.js').Facts} facts asked only if something has @returns {Change[]} */
  #changes(time, facts) {
    const [before, now] = [this.#on, this.#alarm?.active ?? []];
    if (now.join() === before.join()) return [];
    this.#on = now;
    return changesOf(before, now, time, facts());
  }

  /** @param {import('../../web/ecg.js').Told} told @returns {Mark} */
  #mark(told) {
    const about = { at: told.sample, rate: told.rate };
    if (told.withheld) return { ...about, kind: '-', likely: null, probability: null, reasons: told.quality };
    const { findings, top, certain, doubts } = classify(this.#model, told);
    const { label, probability } = findings[top];
    return { ...about, kind: certain ? /** @type {Kind} */ (label) : '?', likely: label, probability, reasons: doubts };
  }
}
