/** Heartbeats for a model: the ECG chain of Bedside in WebAssembly, and PhysioNet's WFDB records. Not a medical device. */
import type { Findings, Model } from './bedside.js';

/** What a network sees of one beat: its window, [steps][channels], and its numbers; both in 32nds. */
export interface Beat {
  /** Which beat, counted from 0. */
  index: number;
  /** Its sample. */
  at: number;
  inputs: [Int8Array, Int8Array];
}

export interface Record {
  name: string;
  rate: number;
  samples: number;
  leads: { name: string; /** Units per millivolt. */ gain: number; baseline: number }[];
  /** [samples][leads] */
  values: Int16Array;
  /** null without annotations. */
  beats: { at: number; symbol: string }[] | null;
  age: number | null;
  sex: string | null;
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
  constructor(module: WebAssembly.Module);
  readonly form: EcgForm;
  reset(): void;
  /** Whole numbers in units of 5 microvolts. */
  sample(lead0: number, lead1: number): void;
  /** @throws {BedsideError} BDS_E_ARGUMENT: not in order, more than half a second late, or too many */
  note(at: number): void;
  finish(): void;
  next(): Beat | null;
}

/** Fetches and compiles bedside-signal.wasm, which lies beside the engine's modules. */
export function loadEcg(options?: { wasm?: BufferSource | WebAssembly.Module | string | URL }): Promise<{ chain(): EcgChain; form: EcgForm }>;
/** @throws {BedsideError} BDS_E_ARGUMENT with what is wrong */
export function readRecord(files: { hea: Uint8Array; dat: Uint8Array; atr?: Uint8Array }): Record;
/** 0 N, 1 S, 2 V, 3 F, 4 Q. */
export function aami(symbol: string): number;
/** Each annotated beat of a record, in order. truth: the AAMI's class. */
export function beatsOf(chain: EcgChain, record: Record): Generator<Beat & { symbol: string; truth: number }>;
export function classify(model: Model, beat: Beat): Findings;
