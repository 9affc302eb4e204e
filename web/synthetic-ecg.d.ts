/**
 * A synthetic ECG of two leads, II and V1, for demonstrations and tests: no patient's, and to be called synthetic wherever it is shown.
 *
 * The same options give the same samples in every JavaScript engine, to the bit: what makes them is +, -, *, / and floor on doubles, which
 * ECMAScript defines exactly, and 32-bit integers; Math.sin and the like, which it does not define exactly, are not used. Not a medical device.
 */
import type { Record } from './record.js';

/**
 * What happens at a time of the signal:
 * - `run`: ventricular beats in a row, some 140 per minute (`beats`); `pause`: one interval longer by `seconds`;
 * - `rate`: another heart rate for a while (`beatsPerMinute`, `seconds`);
 * - `off`: an electrode is off, the line is flat; `saturated`: at the rail; `noise`: 0.7 mV of it; `missing`: samples are not received (`seconds`, and
 *   `lead` 0 or 1 if not both).
 */
export interface Episode {
  kind: 'run' | 'pause' | 'rate' | 'off' | 'saturated' | 'noise' | 'missing';
  /** Seconds after the begin, or after that of each round. */
  at: number;
  seconds?: number;
  beats?: number;
  beatsPerMinute?: number;
  lead?: number;
}

export interface SyntheticOptions {
  /** A whole number of 32 bits (1). */
  seed?: number;
  /** Samples per second and lead, a whole number of 100 to 2000 (360). */
  rate?: number;
  /** Beats per minute, 25 to 230 (68). */
  heartRate?: number;
  /** How much intervals differ, about their relative standard deviation, 0 to 0.2 (0.03). */
  variability?: number;
  /** Share of beats after which a premature one comes, 0 to 0.8 together (0). */
  ventricular?: number;
  supraventricular?: number;
  /** Standard deviation of white noise, millivolts (0.012). */
  noise?: number;
  /** Of the baseline, millivolts (0.08). */
  wander?: number;
  /** Hum of the mains, millivolts (0), and its frequency (50). */
  mains?: number;
  mainsFrequency?: number;
  episodes?: Episode[];
  /** Seconds after which the episodes begin again; 0: never (0). */
  every?: number;
}

export class SyntheticEcg {
  /** @throws {BedsideError} BDS_E_ARGUMENT: an option out of range */
  constructor(options?: SyntheticOptions);
  readonly rate: number;
  /** The next samples, in units of 5 microvolts or NO_SAMPLE, and the beats among them (N, V, A for supraventricular), at their R waves. */
  read(count: number): { leads: [Int32Array, Int32Array]; beats: { at: number; symbol: string }[] };
}

/** As many seconds in one piece, with the beats as annotations. @throws {BedsideError} BDS_E_ARGUMENT */
export function syntheticRecord(seconds: number, options?: SyntheticOptions): Record;
