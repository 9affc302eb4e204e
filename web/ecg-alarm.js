// When to call somebody: the alarms of src/ecg/ecg_alarm.h, the same C as in firmware. Not a medical device, and no alarm that anyone may rely on.
import { fail } from './ecg-arguments.js';

/** @typedef {import('./ecg-core.js').EcgCore} EcgCore */
/** @typedef {import('./ecg.js').AlarmKind} AlarmKind */
/** @typedef {import('./ecg.js').AlarmLimits} AlarmLimits */
/** @typedef {import('./ecg.js').BeatKind} BeatKind */

/** In the order of bds_ecg_alarm_bit. @type {AlarmKind[]} */
const KINDS = ['low', 'high', 'pause', 'run', 'signal'];
/** In the order of bds_ecg_beat_kind. @type {BeatKind[]} */
const BEATS = ['other', 'ventricular', 'maybe ventricular', 'unknown', 'withheld'];
/** In the order of bds_ecg_alarm_limits. */
const LIMITS = /** @type {const} */ (['low', 'high', 'margin', 'confirm', 'release', 'pause', 'signal', 'run']);
/** Of these seconds, the others whole numbers. */
const TIMES = ['pause', 'signal'];

/** @param {unknown} value @param {string} what @param {number} most */
function number(value, what, most) {
  return typeof value === 'number' && value >= 0 && value <= most ? value : fail(`${what} must be a number from 0 to ${most}.`);
}

/** Alarms with hysteresis. Made by loadEcg's alarm() and by a monitor's alarm(). */
export class EcgAlarm {
  #core;
  #monitor;
  #state;
  #given;

  /** @param {EcgCore} core @param {Partial<AlarmLimits>} limits @param {number} [monitor] its address in the same memory */
  constructor(core, limits, monitor = 0) {
    this.#core = core;
    this.#monitor = monitor;
    this.#state = core.reserve(core.layout.alarm);
    this.#given = core.reserve(4 * LIMITS.length);
    this.#begin();
    this.setLimits(limits);
  }

  /** With the usual limits; of a monitor only what comes from now on counts. */
  #begin() {
    this.#core.call.bds_ecg_alarm_begin(this.#state, 0);
    if (this.#monitor) this.listen();
  }

  /** Nothing is on, as if it began now; the limits stay. */
  reset() {
    const { limits } = this;
    this.#begin();
    this.setLimits(limits);
  }

  /** Those that hold. @returns {AlarmLimits} */
  get limits() {
    const { rate } = this.#core.layout;
    return /** @type {Record<typeof LIMITS[number], number>} */ (Object.fromEntries(LIMITS.map((name, i) => [name, this.#core.uint32(this.#state, i) / (TIMES.includes(name) ? rate : 1)])));
  }

  /** Other limits from now on; those not given stay. @param {Partial<AlarmLimits>} limits */
  setLimits(limits) {
    const all = { ...this.limits, ...limits };
    const unknown = Object.keys(all).find((name) => !(/** @type {readonly string[]} */ (LIMITS).includes(name)));
    if (unknown !== undefined) fail(`There is no limit "${unknown}" of an alarm.`);
    const values = LIMITS.map((name) => {
      const value = number(all[name], `The limit "${name}" of an alarm`, TIMES.includes(name) ? 3600 : 1000);
      if (TIMES.includes(name)) return Math.round(value * this.#core.layout.rate);
      return Number.isInteger(value) ? value : fail(`The limit "${name}" of an alarm must be a whole number.`);
    });
    new Uint32Array(this.#core.memory.buffer, this.#given, LIMITS.length).set(values);
    if (this.#core.call.bds_ecg_alarm_limit(this.#state, this.#given) < 0) {
      fail('These limits of an alarm cannot be: low and high must be more than twice the margin apart and at most 240, confirm and release at least 1, a run at least 2, times more than 0.');
    }
  }

  /** After each sample that the monitor was given. */
  listen() {
    if (!this.#monitor) fail('This alarm listens to no monitor: make it by the alarm() of one.');
    this.#core.call.bds_ecg_alarm_listen(this.#state, this.#monitor);
  }

  /** A beat was told. @param {BeatKind} kind @param {number | null} rate beats per minute, null: not known */
  beat(kind, rate) {
    const k = BEATS.indexOf(kind);
    if (k < 0) fail(`A beat is of no kind "${kind}", but one of: ${BEATS.join(', ')}.`);
    this.#core.call.bds_ecg_alarm_beat(this.#state, k, whole(rate));
  }

  /** A rate that was told without a beat. @param {number | null} rate beats per minute, null: not known */
  rate(rate) {
    this.#core.call.bds_ecg_alarm_rate(this.#state, whole(rate));
  }

  /** An interval between two beats that was told without them. @param {number} seconds */
  interval(seconds) {
    this.#core.call.bds_ecg_alarm_interval(this.#state, Math.floor(number(seconds, 'The interval between two beats', 3600) * this.#core.layout.rate));
  }

  /** The alarms that are on. @returns {AlarmKind[]} */
  get active() {
    const bits = this.#core.call.bds_ecg_alarms(this.#state);
    return KINDS.filter((_, k) => (bits >> k) & 1);
  }
}

/** @param {number | null} rate */
const whole = (rate) => (rate === null ? 0 : Math.round(number(rate, 'A rate', 1000)));
