// A live electrocardiogram: where its beats are, and how far the signal can be trusted. Not a medical device, and no alarm for anyone.
import { EcgAlarm } from './ecg-alarm.js';
import { fail, gapOf, sampleOrNone, setupOf, wholeSample } from './ecg-arguments.js';
import { EcgCore } from './ecg-core.js';

/** @typedef {import('./ecg.js').Told} Told */
/** @typedef {import('./ecg.js').Quality} Quality */

/** In the order of bds_ecg_quality_bit. @type {Quality[]} */
const QUALITIES = ['flat', 'saturated', 'missing', 'noise', 'reversed', 'too few beats', 'too many beats', 'learning', 'one lead'];
const DISTURBED = 0xff;

/** @param {number} bits */
const qualitiesOf = (bits) => QUALITIES.filter((_, k) => (bits >> k) & 1);
/** @param {number} bits */
const leadsOf = (bits) => [0, 1].filter((lead) => (bits >> (16 + lead)) & 1);

/** Where the beats of two leads are; 360 samples per second. */
export class EcgDetector {
  #core;
  #state;
  #at;

  /** @param {WebAssembly.Module} module */
  constructor(module) {
    this.#core = new EcgCore(module);
    this.#state = this.#core.reserve(this.#core.layout.detector);
    this.#at = this.#core.reserve(4);
    this.reset();
  }

  reset() {
    this.#core.call.bds_ecg_detect_begin(this.#state);
  }

  /** Whole numbers in units of 5 microvolts. @param {number} lead0 @param {number} lead1 */
  sample(lead0, lead1) {
    this.#core.call.bds_ecg_detect_sample(this.#state, wholeSample(lead0, 0), wholeSample(lead1, 1));
  }

  /** The sample of the next beat, or null. @returns {number | null} */
  next() {
    return this.#core.call.bds_ecg_detect_next(this.#state, this.#at) > 0 ? this.#core.uint32(this.#at) : null;
  }

  finish() {
    this.#core.call.bds_ecg_detect_finish(this.#state);
  }
}

/** Samples at any rate in; beats, the heart's rate and the signal's quality out. */
export class EcgMonitor {
  #core;
  #state;
  #told;
  #setup;

  /** @param {WebAssembly.Module} module @param {import('./ecg.js').MonitorSetup} [setup] */
  constructor(module, setup = {}) {
    this.#setup = setupOf(setup);
    this.#core = new EcgCore(module);
    this.form = this.#core.form;
    this.#state = this.#core.reserve(this.#core.layout.monitor);
    this.#told = this.#core.reserve(this.#core.layout.told);
    this.reset();
  }

  /** Forgets everything but the setup. */
  reset() {
    if (this.#core.call.bds_ecg_monitor_begin(this.#state, ...this.#setup) < 0) fail('The module refuses this setup of a monitor.');
  }

  /** One sample of each lead in units of 5 microvolts; null, undefined or NaN: none was received. @param {number | null} [lead0] @param {number | null} [lead1] */
  sample(lead0, lead1) {
    this.#core.call.bds_ecg_monitor_sample(this.#state, sampleOrNone(lead0, 0), sampleOrNone(lead1, 1));
  }

  /** As many samples were lost: time goes on. @param {number} samples a whole number, of a day at most */
  gap(samples) {
    this.#core.call.bds_ecg_monitor_gap(this.#state, gapOf(samples, this.#setup[0]));
  }

  /** The signal ends here. */
  finish() {
    this.#core.call.bds_ecg_monitor_finish(this.#state);
  }

  /** What is said of the next beat, or null. Take all after each sample. @returns {Told | null} */
  next() {
    const got = this.#core.call.bds_ecg_monitor_next(this.#state, this.#told);
    if (got <= 0) return null;
    const { index, at, inputs } = this.#core.beat(this.#told);
    const { toldAt, toldQuality, toldRate } = this.#core.layout;
    const bits = this.#core.uint32(this.#told + toldQuality);
    return {
      index,
      at,
      sample: this.#core.uint32(this.#told + toldAt),
      withheld: got !== 1,
      inputs: got === 1 ? inputs : null,
      quality: qualitiesOf(bits),
      bits,
      leads: leadsOf(bits),
      rate: this.#core.uint32(this.#told + toldRate) || null,
    };
  }

  /** Alarms of this signal, from now on. @param {Partial<import('./ecg.js').AlarmLimits>} [limits] */
  alarm(limits = {}) {
    return new EcgAlarm(this.#core, limits, this.#state);
  }

  get #bits() {
    return this.#core.call.bds_ecg_monitor_quality(this.#state);
  }

  /** What is wrong with the signal at the newest sample, or to be remarked. */
  get quality() {
    return qualitiesOf(this.#bits);
  }

  /** The leads that it concerns. */
  get leads() {
    return leadsOf(this.#bits);
  }

  /** While true, nothing may be called normal. */
  get disturbed() {
    return (this.#bits & DISTURBED) !== 0;
  }

  /** Beats per minute, or null. @returns {number | null} */
  get rate() {
    return this.#core.call.bds_ecg_monitor_rate(this.#state) || null;
  }
}
