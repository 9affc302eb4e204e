/** Recordings of an ECG, whatever file they come from. Not a medical device. */

import type { MonitorSetup } from './ecg.js';

/** Stands in {@link Record.values} where no sample was received: never 0, which would be a voltage. */
export const NO_SAMPLE: number;
export const MOST_VALUES: number;
export const MOST_LEADS: number;

export interface Lead {
  name: string;
  /** Units per millivolt, more than 0. */
  gain: number;
  /** The value that stands for 0 mV; not always a whole number. */
  baseline: number;
  /** Where the converter saturates, the lower first, in units of 5 microvolts: as far as the file says and its samples agree. */
  rails?: [number, number] | null;
}

export interface Record {
  name: string;
  /** Samples per second and lead, a whole number. */
  rate: number;
  /** Of each lead. */
  samples: number;
  leads: Lead[];
  /** [samples][leads]: whole units of each lead's gain, or {@link NO_SAMPLE}. */
  values: Int32Array;
  /** Beats that an annotator marked, in order; null without annotations. */
  beats: { at: number; symbol: string }[] | null;
  /** Years, null if the file does not say. */
  age: number | null;
  sex: string | null;
  /** What else the file holds and was not read: signals of another kind or rate. */
  left: string[];
}

export function refuse(code: string, text: string): never;
export function quoted(text: string): string;
export function millivoltsPer(unit: string): number;
export function refuseOther(bytes: Uint8Array, what: string): void;
export function checkSize(samples: number, leads: number): void;
export function wholeRate(rate: number, from: string): number;
/** Whether a lead's name says that it is lead II, modified or not: "II", "MLII", "ECG II", "Lead II", in any case. "lead 2" does not: it is the second of some. */
export function isLeadII(name: string): boolean;
/** Rails of one lead from the least and greatest value that a header says its converter has; null if the samples contradict that. */
export function railsOf(record: Pick<Record, 'leads' | 'values'>, lead: number, low: number, high: number): [number, number] | null;
/**
 * What a monitor has to know of a record: rate, number of leads, whether the first of {@link chooseLeads} is lead II, and the rails. One pair
 * holds for both leads: the wider, so that nothing is called saturated that is not; none if those of one lead are not known.
 */
export function monitorSetup(record: Pick<Record, 'leads' | 'rate'>): MonitorSetup;
/** Which lead goes first into the chain, and which second; both the same if there is only one. */
export function chooseLeads(record: Pick<Record, 'leads'>): [number, number];
/** A value in whole units of 5 microvolts, as the chain takes them, rounded half up; null where none was received. */
export function unitsAt(record: Pick<Record, 'leads' | 'values'>, sample: number, lead: number): number | null;
