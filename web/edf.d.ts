/** Recordings in EDF and EDF+. Not a medical device. */
import type { Record } from './record.js';

/**
 * The ECG of an EDF file: the voltages whose labels say so (ECG, EKG, I, II, III, aVR, V1, MLII, ...), or those named, as far as they have
 * the rate of the first. Annotations are not read, but for the times of an interrupted file (EDF+D), whose gaps are "no sample". Rails are the
 * digital minimum and maximum. The record has no name of a person in it: `name` is the header's "recording" field.
 * @throws {BedsideError} BDS_E_FORMAT (other bytes), BDS_E_INVALID, BDS_E_TRUNCATED, BDS_E_UNSUPPORTED (no ECG in it, a rate that is no
 * whole number), BDS_E_LIMIT
 */
export function readEdf(bytes: Uint8Array, options?: { signals?: string[] }): Record;
