// When to raise an alarm and when to end it: after so many confirmations in a row, so that one odd beat does neither. Without a page, for the
// tests. A demonstration, not a medical device: nobody may rely on these alarms.
// SPDX-License-Identifier: MIT

/** @typedef {import('./player.js').Mark} Mark */
/** @typedef {'high' | 'low' | 'pause' | 'run' | 'signal'} Kind */
/** @typedef {{ high: number, low: number, pause: number, run: number, raise: number, clear: number }} Limits high, low: beats per minute; pause: seconds; run: ventricular beats in a row; raise, clear: beats in a row */
/** @typedef {{ kind: Kind, raised: boolean, time: number, text: string }} Change */

/** @type {Limits} */
export const LIMITS = { high: 120, low: 45, pause: 2.5, run: 3, raise: 3, clear: 5 };
/** What each may be set to. @type {Record<keyof Limits, [number, number]>} */
export const RANGES = { high: [60, 240], low: [20, 100], pause: [1.5, 10], run: [2, 20], raise: [1, 20], clear: [1, 50] };
/** Beats per minute by which a rate must come back before it counts as back. */
const BAND = 5;
/** Half seconds of a signal that cannot be judged before it is an alarm, and of one that can before it ends. */
const [LOST, FOUND] = [4, 6];
const RELEARNED = 8; // beats

/** Counts votes. */
export class Hysteresis {
  on = false;
  #yes = 0;
  #no = 0;

  /** @param {boolean | null} vote null: not known, which neither raises nor ends @param {number} raise @param {number} clear @returns {boolean} whether it changed */
  vote(vote, raise, clear) {
    if (vote === null) {
      this.#no = 0; // what ends an alarm must be known without a break
      return false;
    }
    this.#yes = vote ? this.#yes + 1 : 0;
    this.#no = vote ? 0 : this.#no + 1;
    if (this.on ? this.#no < clear : this.#yes < raise) return false;
    this.on = !this.on;
    this.#yes = this.#no = 0;
    return true;
  }
}

/** @param {Partial<Record<keyof Limits, number>>} given @returns {{ limits: Limits, wrong: (keyof Limits)[] }} what can be used, and what was out of range */
export function checkedLimits(given) {
  const limits = { ...LIMITS };
  const wrong = /** @type {(keyof Limits)[]} */ ([]);
  for (const key of /** @type {(keyof Limits)[]} */ (Object.keys(LIMITS))) {
    const value = given[key];
    if (value === undefined) continue;
    const [least, most] = RANGES[key];
    if (value >= least && value <= most && (key === 'pause' || Number.isInteger(value))) limits[key] = value;
    else wrong.push(key);
  }
  if (limits.low + 2 * BAND > limits.high) return { limits: { ...limits, high: LIMITS.high, low: LIMITS.low }, wrong: [...wrong, 'low'] };
  return { limits, wrong };
}

export class Alarms {
  /** @param {Limits} [limits] */
  constructor(limits = LIMITS) {
    this.limits = limits;
    /** @type {Record<Kind, Hysteresis>} */
    this.states = { high: new Hysteresis(), low: new Hysteresis(), pause: new Hysteresis(), run: new Hysteresis(), signal: new Hysteresis() };
    this.#row = 0;
    this.#still = false;
  }

  #row; // ventricular beats in a row
  #unsure = 0; // of them
  #steady = RELEARNED; // beats since one could not be judged
  #still; // no beat at all is being found

  /** What is on now. @returns {Kind[]} */
  get active() {
    return /** @type {Kind[]} */ (Object.keys(this.states)).filter((kind) => this.states[kind].on);
  }

  /** @param {Change[]} list @param {Kind} kind @param {boolean | null} vote @param {number} time @param {string} text @param {number} [raise] @param {number} [clear] */
  #vote(list, kind, vote, time, text, raise = this.limits.raise, clear = this.limits.clear) {
    if (this.states[kind].vote(vote, raise, clear)) list.push({ kind, raised: this.states[kind].on, time, text });
  }

  /** A rate was measured: with a beat, or by a belt. @param {Change[]} list @param {number | null} rate @param {number} time */
  #rate(list, rate, time) {
    const { high, low } = this.limits;
    const about = (/** @type {boolean} */ beyond, /** @type {boolean} */ back) => (rate === null ? null : beyond ? true : back ? false : null);
    this.#vote(list, 'high', about((rate ?? 0) > high, (rate ?? 0) <= high - BAND), time, `Heart rate over ${high}, it was ${rate}`);
    this.#vote(list, 'low', about((rate ?? 0) < low, (rate ?? 0) >= low + BAND), time, `Heart rate under ${low}, it was ${rate}`);
  }

  /** @param {Pick<Mark, 'kind' | 'likely' | 'rate' | 'gap'>} mark @param {number} time seconds @returns {Change[]} */
  beat({ kind, likely, rate, gap }, time) {
    /** @type {Change[]} */
    const list = [];
    this.#steady = kind === '-' ? 0 : this.#steady + 1;
    // Rather one alarm too many, but for the beats after a bad signal: what is usual has to be found again.
    const ventricular = kind === 'V' || (kind === '?' && likely === 'V' && this.#steady > RELEARNED);
    const unknown = !ventricular && (kind === '?' || kind === '-');
    this.#rate(list, rate, time);
    this.#still = false;
    this.#vote(list, 'pause', gap === null || kind === '-' ? null : gap >= this.limits.pause, time, `Pause of ${(gap ?? 0).toFixed(1)} s`, 1);
    if (!unknown) this.#row = ventricular ? this.#row + 1 : 0;
    if (!unknown) this.#unsure = ventricular ? this.#unsure + Number(kind === '?') : 0;
    const sure = this.#row > this.#unsure; // of one at least
    const enough = sure && this.#row >= this.limits.run;
    const text = `${this.limits.run} or more ventricular beats in a row${this.#unsure > 0 ? ', not all of them sure' : ''}`;
    this.#vote(list, 'run', unknown || (ventricular && !enough && this.states.run.on) ? null : enough, time, text, 1);
    return list;
  }

  /** Each half second: whether the signal can be judged. @param {import('../../web/ecg.js').Quality[]} quality what disturbs it, empty if nothing @param {number} time @param {string} text @returns {Change[]} */
  signal(quality, time, text) {
    /** @type {Change[]} */
    const list = [];
    const lost = quality.some((what) => what !== 'learning' && what !== 'one lead');
    this.#vote(list, 'signal', lost ? true : quality.includes('learning') ? null : false, time, text, LOST, FOUND);
    const still = quality.includes('too few beats');
    if (still && !this.#still) this.#vote(list, 'pause', true, time, 'No beat is found: a pause, or the signal is lost', 1);
    this.#still = still;
    if (quality.includes('too many beats')) this.#vote(list, 'high', true, time, 'Over 240 beats per minute: noise, or a very fast rhythm', LOST);
    return list;
  }

  /** A belt's message: rate and intervals, no beats' classes. @param {number | null} rate @param {number[]} gaps seconds @param {number} time @returns {Change[]} */
  belt(rate, gaps, time) {
    /** @type {Change[]} */
    const list = [];
    this.#rate(list, rate, time);
    for (const gap of gaps) this.#vote(list, 'pause', gap >= this.limits.pause, time, `Pause of ${gap.toFixed(1)} s`, 1);
    return list;
  }
}
