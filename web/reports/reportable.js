// Which records a report can be made of. Not a medical device.
// SPDX-License-Identifier: MIT
import { BedsideError } from '../bedside.js';

/** @typedef {import('../exam/exam.js').ExamRecord} ExamRecord */

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** @param {unknown} record @returns {ExamRecord} @throws {BedsideError} BDS_E_ARGUMENT: no record of an examination; BDS_E_FORMAT: one that contradicts itself */
export function checkedRecord(record) {
  const { format, id, time, outcome, doubts } = /** @type {Partial<ExamRecord>} */ (record ?? {});
  if (format !== 'bedside-exam/1') throw new BedsideError('BDS_E_ARGUMENT', 'A report is made of the record of an examination, of the format "bedside-exam/1".');
  if (!UUID.test(id ?? '')) throw new BedsideError('BDS_E_ARGUMENT', 'The record\'s id must be a UUID: identifiers of the report are derived from it.');
  if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/.test(time ?? '') || Number.isNaN(Date.parse(time ?? ''))) throw new BedsideError('BDS_E_ARGUMENT', 'The record\'s time must be in ISO 8601 and in UTC.');
  // Nobody must read an answer where there is none to be relied on.
  if (!['finding', 'unsure', 'refused'].includes(outcome ?? '')) throw new BedsideError('BDS_E_FORMAT', `The record's outcome must be "finding", "unsure" or "refused", and is "${outcome}".`);
  if (!Array.isArray(doubts)) throw new BedsideError('BDS_E_FORMAT', 'The record does not say whether there are doubts.');
  if (outcome === 'finding' && doubts.length > 0) throw new BedsideError('BDS_E_FORMAT', `The record contradicts itself: its outcome is "finding", and there are doubts (${doubts.join(', ')}).`);
  return /** @type {ExamRecord} */ (record);
}

/** A record with an answer. @param {unknown} record @returns {ExamRecord} @throws {BedsideError} BDS_E_STATE: refused, so there is nothing to report */
export function answered(record) {
  const checked = checkedRecord(record);
  if (checked.outcome === 'refused' || (checked.findings.length === 0 && !checked.marking)) {
    throw new BedsideError('BDS_E_STATE', `There is no finding to report: the file was refused. ${checked.refusal?.message ?? ''}`.trim());
  }
  return checked;
}

/** One of the SOP instance that was examined. @param {ExamRecord} record @param {string} what is to be made of it */
export function dicomOf(record, what) {
  const dicom = record.input?.dicom;
  if (!dicom) throw new BedsideError('BDS_E_STATE', `${what} needs the DICOM object that it belongs to, and the examined file was none.`);
  return dicom;
}
