/**
 * Any recording that Bedside reads. Not a medical device.
 *
 * ```js
 * import { classify, loadEcg } from 'bedside/web/ecg.js';
 * import { chooseLeads, monitorSetup, unitsAt } from 'bedside/web/record.js';
 * import { openRecord } from 'bedside/web/records.js';
 *
 * const record = openRecord([{ name: '100.hea', bytes: header }, { name: '100.dat', bytes: samples }]);
 * const [first, second] = chooseLeads(record);
 * const monitor = (await loadEcg()).monitor(monitorSetup(record));
 * for (let i = 0; i < record.samples; i++) {
 *   monitor.sample(unitsAt(record, i, first), unitsAt(record, i, second)); // null where none was received
 *   for (let beat = monitor.next(); beat; beat = monitor.next()) {
 *     console.log(beat.sample, beat.withheld ? beat.quality : classify(model, beat)); // a model of loadModel
 *   }
 * }
 * ```
 */
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
