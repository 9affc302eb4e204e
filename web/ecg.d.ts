/** Heartbeats for a model: the ECG chain of Bedside in WebAssembly, and PhysioNet's WFDB records. Not a medical device. */
import type { Findings, Model, WasmModule } from './bedside.js';
import type { Record } from './record.js';

export type { Record } from './record.js';
export { aami, readRecord } from './wfdb.js';

/** What a network sees of one beat: its window, [steps][channels], and its numbers; both in 32nds. */
export interface Beat {
  /** Which beat, counted from 0. */
  index: number;
  /** Its sample. */
  at: number;
  inputs: [Int8Array, Int8Array];
}

export interface EcgForm {
  steps: number;
  channels: number;
  scalars: number;
  /** Samples per second. */
  rate: number;
}

/** One signal's chain. A beat comes out when the next one is known, or three seconds without one. */
export class EcgChain {
  constructor(module: WasmModule);
  readonly form: EcgForm;
  reset(): void;
  /** Whole numbers in units of 5 microvolts; beyond 35 mV they count as that. @throws {BedsideError} BDS_E_ARGUMENT: anything else */
  sample(lead0: number, lead1: number): void;
  /** A whole number. @throws {BedsideError} BDS_E_ARGUMENT: none, not in order, more than 1.5 s late, or too many */
  note(at: number): void;
  finish(): void;
  next(): Beat | null;
}

/** Where the beats of two leads are: the QRS detector alone, 360 samples per second. A beat comes out at most 1.5 s after it. */
export class EcgDetector {
  constructor(module: WasmModule);
  reset(): void;
  /** Whole numbers in units of 5 microvolts; beyond 35 mV they count as that. @throws {BedsideError} BDS_E_ARGUMENT: anything else */
  sample(lead0: number, lead1: number): void;
  finish(): void;
  /** The sample of the next beat, or null. */
  next(): number | null;
}

/** What is wrong with a signal; 'one lead' is a remark only. */
export type Quality = 'flat' | 'saturated' | 'missing' | 'noise' | 'reversed' | 'too few beats' | 'too many beats' | 'learning' | 'one lead';

export interface MonitorSetup {
  /** Samples per second and lead: a whole number of 100 to 2000 (360). */
  rate?: number;
  /** 1 or 2 (2). */
  leads?: number;
  /** Lead 0 is lead II, or worn so: only then can its polarity be judged from the first beat on (false). */
  leadII?: boolean;
  /** Where the converter saturates, of both leads, whole numbers in units of 5 microvolts, the lower first; not given, or both 0: not known, plateaus are looked for. */
  rails?: [number, number];
}

/** What a monitor says of one beat. */
export interface Told {
  /** Which beat, counted from 0. */
  index: number;
  /** Its place at 360 samples per second. */
  at: number;
  /** Its place in the input's own samples. */
  sample: number;
  /** true: the signal was disturbed; there is nothing to be judged, and nothing may be called normal. */
  withheld: boolean;
  /** For a network; null of a withheld beat. */
  inputs: [Int8Array, Int8Array] | null;
  quality: Quality[];
  /** The same as bits: bds_ecg_quality_bit. */
  bits: number;
  /** The leads concerned. */
  leads: number[];
  /** Beats per minute, null if not known. */
  rate: number | null;
}

/** Samples of one or two leads at any rate in; beats, heart rate and signal quality out. */
export class EcgMonitor {
  /** @throws {BedsideError} BDS_E_ARGUMENT: a setup that cannot be; the sentence names what of it */
  constructor(module: WasmModule, setup?: MonitorSetup);
  readonly form: EcgForm;
  reset(): void;
  /**
   * Units of 5 microvolts, rounded here; from 35 mV on (Infinity, too) a lead is saturated; null, undefined or NaN: no sample was received.
   * @throws {BedsideError} BDS_E_ARGUMENT: no number at all
   */
  sample(lead0?: number | null, lead1?: number | null): void;
  /** As many samples were lost: time goes on. A whole number, of a day at most: 86400 * rate. @throws {BedsideError} BDS_E_ARGUMENT: any other */
  gap(samples: number): void;
  finish(): void;
  /** Take all after each sample. */
  next(): Told | null;
  /** Alarms of this signal from now on. @throws {BedsideError} BDS_E_ARGUMENT: limits that cannot be */
  alarm(limits?: Partial<AlarmLimits>): EcgAlarm;
  /** At the newest sample. */
  readonly quality: Quality[];
  readonly leads: number[];
  /** While true, nothing may be called normal. */
  readonly disturbed: boolean;
  /** Beats per minute, null if not known. */
  readonly rate: number | null;
}

/** The rate is low or high, there is a pause (or all electrodes are off), a run of ventricular beats, or the signal is lost: disturbed for long, or so often that no beat can be judged. */
export type AlarmKind = 'low' | 'high' | 'pause' | 'run' | 'signal';

/** What a beat was called: surely (not) ventricular; that rather than anything else; not surely anything, and rather something else; not judged. */
export type BeatKind = 'ventricular' | 'other' | 'maybe ventricular' | 'unknown' | 'withheld';

/** When an alarm is raised and ended; ecg_alarm.h has the rules and the usual limits, in brackets. */
export interface AlarmLimits {
  /** Beats per minute, whole: under it (45), over it (120, at most 240), and by so much within them it is back (5). low + 2 * margin < high. */
  low: number;
  high: number;
  margin: number;
  /** Beats in a row, at least 1: beyond a limit raise (3), back within it end (5). */
  confirm: number;
  release: number;
  /** Seconds, more than 0, at most 3600: without a beat where none can hide (3), and of a signal that cannot be judged or can again (5). */
  pause: number;
  signal: number;
  /** Ventricular beats in a row, at least 2 (3). */
  run: number;
}

/**
 * Alarms with hysteresis: one odd beat does nothing, and what is not known neither raises nor ends anything. Research and demonstration,
 * no alarm that anyone may rely on.
 *
 * ```js
 * const monitor = ecg.monitor({ rate: 250 });
 * const alarm = monitor.alarm({ high: 130 });
 * // each sample
 * monitor.sample(lead0, lead1);
 * alarm.listen();
 * for (let told = monitor.next(); told; told = monitor.next()) alarm.beat(told.withheld ? 'withheld' : kindOf(classify(model, told)), told.rate);
 * alarm.active; // ['high', 'run']
 *
 * const belt = ecg.alarm(); // of rates and intervals alone
 * belt.rate(72);
 * belt.interval(0.83);
 * ```
 */
export class EcgAlarm {
  private constructor();
  /** Those that hold now. */
  readonly limits: AlarmLimits;
  /** Nothing is on any more, as if it began now; the limits stay. */
  reset(): void;
  /** Other limits from now on; those not given stay. @throws {BedsideError} BDS_E_ARGUMENT: they cannot be, and the old ones hold */
  setLimits(limits: Partial<AlarmLimits>): void;
  /** After each sample that the monitor was given. @throws {BedsideError} BDS_E_ARGUMENT: an alarm without a monitor */
  listen(): void;
  /** A beat was told. rate: beats per minute, null: not known. */
  beat(kind: BeatKind, rate: number | null): void;
  /** A rate that was told without a beat; null: not known. */
  rate(rate: number | null): void;
  /** An interval between two beats that was told without them, 0 to 3600 seconds. */
  interval(seconds: number): void;
  /** The alarms that are on. */
  readonly active: AlarmKind[];
}

/** Fetches and compiles bedside-signal.wasm, which lies beside the engine's modules. */
export function loadEcg(options?: { wasm?: ArrayBufferView | ArrayBuffer | WasmModule | string | URL }): Promise<{
  chain(): EcgChain;
  detector(): EcgDetector;
  /** @throws {BedsideError} BDS_E_ARGUMENT: a setup that cannot be */
  monitor(setup?: MonitorSetup): EcgMonitor;
  /** Of a belt that tells rates and intervals; of an ECG take the monitor's alarm(). @throws {BedsideError} BDS_E_ARGUMENT: limits that cannot be */
  alarm(limits?: Partial<AlarmLimits>): EcgAlarm;
  form: EcgForm;
}>;
/** Each annotated beat of a record, in order. truth: the AAMI's class. @throws {BedsideError} BDS_E_ARGUMENT at a sample that was not received */
export function beatsOf(chain: EcgChain, record: Record): Generator<Beat & { symbol: string; truth: number }>;
/** A record played through a monitor, beat by beat, as a wearable would hear it. */
export function listen(ecg: { monitor(setup?: MonitorSetup): EcgMonitor }, record: Record): Generator<Told>;
/** @throws {BedsideError} BDS_E_ARGUMENT if the beat is withheld */
export function classify(model: Model, beat: Beat | Told): Findings;
