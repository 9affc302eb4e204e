/** PhysioNet's records (WFDB): formats 212 and 16, one file of samples, one segment. Not a medical device. */
import type { Record } from './record.js';

/**
 * A record from the bytes of its files. The lowest value of a format (-2048, -32768) is "no sample"; signals that are no voltages are left
 * out; 16-bit sums in the header, where they are not 0, must be those of the samples. Rails are those of the header's ADC resolution and
 * zero, of the format where it gives no resolution.
 * @throws {BedsideError} BDS_E_FORMAT (other bytes), BDS_E_INVALID, BDS_E_TRUNCATED, BDS_E_CORRUPT, BDS_E_UNSUPPORTED, BDS_E_LIMIT
 */
export function readRecord(files: { hea: Uint8Array; dat: Uint8Array; atr?: Uint8Array }): Record;
/** The AAMI's class of an annotation's symbol: 0 N, 1 S, 2 V, 3 F, 4 Q. */
export function aami(symbol: string): number;
