/** Any recording that Bedside reads. Not a medical device. */
import type { CsvOptions } from './csv.js';
import type { Record } from './record.js';

export interface RecordFile {
  name: string;
  bytes: Uint8Array;
}

/**
 * The record in these files: a WFDB record (.hea, .dat, and .atr if there), an EDF file, or a table of text.
 * @param options of a table, where it does not say
 * @throws {BedsideError} BDS_E_ARGUMENT (files that are not one record), or what readRecord, readEdf and readCsv throw
 */
export function openRecord(files: RecordFile[], options?: CsvOptions): Record;
