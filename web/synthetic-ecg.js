// A synthetic electrocardiogram: no patient's, made by a formula. After P. E. McSharry, G. D. Clifford, L. Tarassenko, L. A. Smith, "A dynamical
// model for generating synthetic electrocardiogram signals", IEEE Trans. Biomed. Eng. 50(3), 289-294 (2003): a point runs round the unit
// circle, once per beat, and pulls the voltage up or down where it passes P, Q, R, S and T. Types and options: synthetic-ecg.d.ts.
//
//     x' = (1 - |r|) x - w y      y' = (1 - |r|) y + w x      z' = - sum of a_i d_i exp(-d_i^2 / (2 b_i^2)) - (z - z0)
//
// with d_i the angle to wave i, w = 2 pi / RR, and z0 a slow swing with the breath. As R. Sameni et al., IEEE Trans. Biomed. Eng. 54(12),
// 2172-2185 (2007), a_i = height * w / b_i^2, so that a wave keeps its millivolts at any rate; here there are two z, one per lead. Premature
// beats are an addition of ours: waves of their own, too early, and the pause after them.
// SPDX-License-Identifier: MIT
import { angle, exp, root, sin, TAU } from './exact-math.js';
import { NO_SAMPLE, refuse } from './record.js';

/** @typedef {import('./synthetic-ecg.js').SyntheticOptions} Options */
/** @typedef {import('./synthetic-ecg.js').Episode} Episode */
/** @typedef {'N' | 'V' | 'A'} Kind */
/** A beat under way: its kind, seconds since its R wave at the newest step, and the stretch of its late waves. @typedef {{ kind: Kind, since: number, stretch: number }} Under */

const UNITS = 200; // per millivolt
const LEAST_STEPS = 500; // of the integration, per second

/** Seconds after R, width (sigma) in seconds, millivolts in lead II and V1, and how far it moves with the square root of the interval (QT does, PR hardly). @type {Record<Kind, [number, number, number, number, number][]>} */
const WAVES = {
  N: [
    [-0.165, 0.023, 0.13, 0.07, 0.3], // P
    [-0.031, 0.009, -0.11, 0.2, 0], // Q; in V1 a small r
    [0, 0.0115, 1.15, -0.85, 0], // R; in V1 the S
    [0.034, 0.0105, -0.24, -0.08, 0], // S
    [0.29, 0.055, 0.28, 0.09, 1], // T
  ],
  A: [
    [-0.13, 0.018, -0.09, 0.08, 0.3], // P from another place: upside down
    [-0.031, 0.009, -0.11, 0.2, 0],
    [0, 0.0115, 1.12, -0.83, 0],
    [0.034, 0.0105, -0.24, -0.08, 0],
    [0.29, 0.055, 0.26, 0.08, 1],
  ],
  V: [
    [-0.035, 0.026, 0.35, -0.3, 0],
    [0.012, 0.034, 1.35, -1.1, 0], // wide: the impulse takes the slow way
    [0.105, 0.038, -0.3, 0.24, 0],
    [0.36, 0.065, -0.5, 0.42, 1], // T the other way
  ],
};

/** Marsaglia's xorshift (J. Stat. Softw. 8(14), 2003), 32 bits. */
class Noise {
  /** @param {number} seed */
  constructor(seed) {
    this.state = (Math.imul(seed ^ 0x5bd1e995, 0x9e3779b1) ^ (seed >>> 15)) | 0 || 1;
    for (let k = 0; k < 8; k++) this.next();
  }

  /** 0 to 1. */
  next() {
    let s = this.state;
    s ^= s << 13;
    s ^= s >>> 17;
    s ^= s << 5;
    this.state = s;
    return (s >>> 0) / 4294967296;
  }

  /** Nearly normal, variance 1: the sum of twelve. */
  normal() {
    let sum = -6;
    for (let k = 0; k < 12; k++) sum += this.next();
    return sum;
  }
}

/** The paper's spectrum of intervals: bumps of width 0.01 Hz at 0.1 (vessels) and 0.25 Hz (breath), power 1 to 2; phases by chance; variance 1. @param {Noise} noise */
function swings(noise) {
  const lines = [];
  for (const [centre, share] of [[0.1, 0.7], [0.25, 1]]) {
    for (let k = -10; k <= 10; k++) lines.push({ frequency: centre + k * 0.0023, size: share * exp(-((k * 0.23) ** 2) / 4), phase: noise.next() * TAU });
  }
  const size = root(lines.reduce((sum, line) => sum + (line.size * line.size) / 2, 0));
  return lines.map((line) => ({ ...line, size: line.size / size }));
}

/** @param {Options} o */
function checked(o) {
  const range = (/** @type {string} */ name, /** @type {number} */ value, /** @type {number} */ least, /** @type {number} */ most) => {
    if (!(value >= least && value <= most)) refuse('BDS_E_ARGUMENT', `The synthetic ECG takes ${name} of ${least} to ${most}.`);
    return value;
  };
  const { seed = 1, rate = 360, heartRate = 68, variability = 0.03, ventricular = 0, supraventricular = 0, noise = 0.012, wander = 0.08, mains = 0, mainsFrequency = 50, episodes = [], every = 0 } = o;
  if (!Number.isInteger(rate)) refuse('BDS_E_ARGUMENT', 'The synthetic ECG takes a whole rate.');
  range('a rate', rate, 100, 2000);
  range('a heart rate', heartRate, 25, 230);
  range('a variability', variability, 0, 0.2);
  range('a share of premature beats', ventricular + supraventricular, 0, 0.8);
  for (const { at, kind, seconds = 0 } of episodes) if (!(at >= 0 && seconds >= 0) || !KINDS.includes(kind)) refuse('BDS_E_ARGUMENT', `An episode of the synthetic ECG is none of ${KINDS.join(', ')}.`);
  return { seed, rate, heartRate, variability, ventricular, supraventricular, noise, wander, mains, mainsFrequency, episodes, every };
}

const KINDS = ['run', 'pause', 'rate', 'off', 'saturated', 'noise', 'missing'];

export class SyntheticEcg {
  #o;
  #noise;
  #swings;
  /** x, y, and z of each lead */
  #state = [-1, 0, 0, 0]; // half a beat before the first R
  #samples = 0;
  #base;
  /** @type {Under} */
  #before;
  /** @type {Under} */
  #last;
  /** @type {{ kind: Kind, interval: number }} */
  #next;
  #pause = 0; // of the interval after a premature beat, in seconds; 0: the usual one
  #run = 0; // ventricular beats that follow in a row
  /** Episodes of beats that are done, by the round in which they were. @type {Map<Episode, number>} */
  #done = new Map();

  /** @param {Options} [options] */
  constructor(options = {}) {
    this.#o = checked(options);
    this.#noise = new Noise(this.#o.seed);
    this.#swings = swings(this.#noise);
    this.#base = 60 / this.#o.heartRate;
    this.#before = { kind: 'N', since: this.#base, stretch: 1 };
    this.#last = { kind: 'N', since: 0, stretch: 1 };
    this.#next = { kind: 'N', interval: this.#base };
    this.#decide();
  }

  get rate() {
    return this.#o.rate;
  }

  /** Where in the script the signal is, and in which round. */
  #clock() {
    const time = this.#samples / this.#o.rate;
    const { every } = this.#o;
    return every > 0 ? { time: time - every * Math.floor(time / every), round: Math.floor(time / every) } : { time, round: 0 };
  }

  /** Episodes of a kind that are on now. @param {Episode['kind']} kind */
  #on(kind) {
    const { time } = this.#clock();
    return this.#o.episodes.filter((e) => e.kind === kind && time >= e.at && time < e.at + (e.seconds ?? 0));
  }

  /** An episode that is due and happens once in a round. @param {Episode['kind']} kind */
  #due(kind) {
    const { time, round } = this.#clock();
    const found = this.#o.episodes.find((e) => e.kind === kind && time >= e.at && time < e.at + 10 && this.#done.get(e) !== round);
    if (found) this.#done.set(found, round);
    return found;
  }

  /** The usual interval now, with its swings. */
  #interval() {
    const wanted = 60 / (this.#on('rate')[0]?.beatsPerMinute ?? this.#o.heartRate);
    this.#base += (wanted - this.#base) * 0.05; // a sinus node does not jump
    const time = this.#samples / this.#o.rate;
    const swing = this.#swings.reduce((sum, { frequency, size, phase }) => sum + size * sin(TAU * frequency * time + phase), 0);
    return this.#base * (1 + this.#o.variability * Math.min(1, this.#base) * swing); // a fast heart swings less
  }

  /** What comes after the beat that just was. */
  #decide() {
    const usual = this.#interval();
    const chance = this.#noise.next();
    const jitter = 0.04 * this.#noise.next();
    if (this.#run === 0) this.#run = this.#due('run')?.beats ?? 0;
    /** @type {{ kind: Kind, interval: number }} */
    let next = { kind: 'N', interval: usual };
    if (this.#run > 0) {
      next = { kind: 'V', interval: this.#last.kind === 'V' ? 0.43 + jitter : (0.56 + jitter) * usual };
      this.#run--;
      this.#pause = this.#last.kind === 'V' ? 1.25 * usual : 2 * usual - next.interval;
    } else if (this.#pause > 0) {
      next.interval = this.#pause; // compensatory: the sinus node keeps its beat
      this.#pause = 0;
    } else if (chance < this.#o.ventricular) {
      next = { kind: 'V', interval: (0.56 + jitter) * usual };
      this.#pause = 2 * usual - next.interval;
    } else if (chance < this.#o.ventricular + this.#o.supraventricular) {
      next = { kind: 'A', interval: (0.64 + jitter) * usual };
      this.#pause = 1.08 * usual; // the sinus node begins anew
    } else {
      next.interval += this.#due('pause')?.seconds ?? 0;
    }
    this.#next = next;
    // T comes sooner in a fast rhythm.
    this.#last.stretch = root(this.#last.kind === 'V' ? Math.min(this.#base, next.interval) : this.#base);
  }

  /** Change of z by the waves of a beat, millivolts per second. @param {number[]} sum @param {Kind} kind @param {number} since seconds after its R @param {number} stretch */
  #pull(sum, kind, since, stretch) {
    for (const [at, width, first, second, moves] of WAVES[kind]) {
      const d = since - at * (1 + moves * (stretch - 1));
      if (d > 6 * width || d < -6 * width) continue;
      const slope = (-d / (width * width)) * exp((-d * d) / (2 * width * width));
      sum[0] += first * slope;
      sum[1] += second * slope;
    }
  }

  /** @param {number[]} s @param {number} theta0 angle at the step's begin @param {number} z0 */
  #slope(s, theta0, z0) {
    const [x, y] = s;
    const w = TAU / this.#next.interval;
    const r = root(x * x + y * y);
    let theta = angle(y, x);
    if (theta < theta0 - TAU / 2) theta += TAU; // the step goes over the next R
    if (theta > theta0 + TAU / 2) theta -= TAU;
    const sum = [0, 0];
    const since = theta / w;
    this.#pull(sum, this.#before.kind, this.#before.since + since, this.#before.stretch);
    this.#pull(sum, this.#last.kind, since, this.#last.stretch);
    this.#pull(sum, this.#next.kind, since - this.#next.interval, this.#last.stretch);
    return [(1 - r) * x - w * y, (1 - r) * y + w * x, sum[0] - (s[2] - z0), sum[1] - (s[3] - z0)];
  }

  /** One step of Runge and Kutta's fourth order; true: an R wave was passed. @param {number} h @param {number} z0 */
  #step(h, z0) {
    const s = this.#state;
    const theta = angle(s[1], s[0]);
    const moved = (/** @type {number[]} */ k, /** @type {number} */ by) => s.map((value, i) => value + by * k[i]);
    const k1 = this.#slope(s, theta, z0);
    const k2 = this.#slope(moved(k1, h / 2), theta, z0);
    const k3 = this.#slope(moved(k2, h / 2), theta, z0);
    const k4 = this.#slope(moved(k3, h), theta, z0);
    this.#state = s.map((value, i) => value + (h / 6) * (k1[i] + 2 * k2[i] + 2 * k3[i] + k4[i]));
    if (angle(this.#state[1], this.#state[0]) >= theta - TAU / 2) return false;
    this.#before = { ...this.#last, since: this.#next.interval };
    this.#last = { kind: this.#next.kind, since: 0, stretch: this.#last.stretch };
    return true;
  }

  /**
   * The next samples. @param {number} count @returns {{ leads: [Int32Array, Int32Array], beats: { at: number, symbol: string }[] }}
   */
  read(count) {
    const { rate, wander, mains, mainsFrequency } = this.#o;
    const steps = Math.ceil(LEAST_STEPS / rate);
    const leads = /** @type {[Int32Array, Int32Array]} */ ([new Int32Array(count), new Int32Array(count)]);
    const beats = [];
    for (let i = 0; i < count; i++) {
      const time = this.#samples / rate;
      const z0 = wander * sin(TAU * 0.25 * time) + 0.5 * wander * sin(TAU * 0.043 * time);
      for (let k = 0; k < steps; k++) {
        if (!this.#step(1 / (rate * steps), z0)) continue;
        beats.push({ at: this.#samples, symbol: this.#last.kind });
        this.#decide();
      }
      const hum = mains * sin(TAU * mainsFrequency * time);
      for (let lead = 0; lead < 2; lead++) leads[lead][i] = this.#disturbed(lead, this.#state[2 + lead] + hum + this.#o.noise * this.#noise.normal());
      this.#samples++;
    }
    return { leads, beats };
  }

  /** What an electrode makes of it, in units of 5 microvolts. @param {number} lead @param {number} millivolts */
  #disturbed(lead, millivolts) {
    const here = (/** @type {Episode['kind']} */ kind) => this.#on(kind).some((e) => e.lead === undefined || e.lead === lead);
    if (here('missing')) return NO_SAMPLE;
    if (here('off')) return 0;
    if (here('saturated')) return 5 * UNITS;
    return Math.floor(UNITS * (millivolts + (here('noise') ? 0.7 * this.#noise.normal() : 0)) + 0.5);
  }
}

/** @param {number} seconds @param {Options} [options] @returns {import('./record.js').Record} */
export function syntheticRecord(seconds, options) {
  const ecg = new SyntheticEcg(options);
  const samples = Math.round(seconds * ecg.rate);
  const { leads, beats } = ecg.read(samples);
  return {
    name: 'synthetic', rate: ecg.rate, samples, beats, age: null, sex: null, left: [],
    leads: ['II', 'V1'].map((name) => ({ name, gain: UNITS, baseline: 0 })),
    values: Int32Array.from({ length: 2 * samples }, (_, k) => leads[k & 1][k >> 1]),
  };
}
