/** Recordings in a table of text. Not a medical device. */
import type { Record } from './record.js';

export interface CsvOptions {
  /** Samples per second, where the table has no column of time. If it has one, both must agree. */
  rate?: number;
  /** Of columns whose heading names none: mV, uV, V. */
  unit?: string;
  /** Units per millivolt of such columns (of a converter's raw numbers), and what stands for 0 mV. */
  gain?: number;
  baseline?: number;
  name?: string;
}

/**
 * One row per sample, one column per lead; separated by tabs, semicolons (then a comma may be the decimal point), commas or blanks; lines
 * that begin with # are left out. Up to three rows of headings: names, then units, which may also stand in the name: "II (mV)". A column
 * called time, t, seconds, ms or so (seconds unless it says ms; also hh:mm:ss) gives the rate, and rows that it leaves out become "no
 * sample"; without a heading a first column that grows evenly is taken for one. Empty cells and NaN are "no sample", never 0.
 * @throws {BedsideError} BDS_E_FORMAT (no table), BDS_E_INVALID (no rate, no unit, a cell that is no number, a row that is too short; the
 * sentence names the line), BDS_E_UNSUPPORTED (a rate that is no whole number), BDS_E_LIMIT
 */
export function readCsv(bytes: Uint8Array, options?: CsvOptions): Record;
