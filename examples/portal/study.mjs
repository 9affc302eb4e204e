// From the objects of a study to reports: what the page, the program and the tests do alike. Not a medical device.
// SPDX-License-Identifier: MIT
import { conclusion } from '../../web/reports/sentences.js';

/** @typedef {import('../../web/exam/exam.js').Examined} Examined */
/** @typedef {import('./portal.js').Instance & { bytes: Uint8Array }} Pulled */
/** @typedef {Pulled & { record: Examined }} Result */

/**
 * Examines one object after the other. Every object gets a record; those that the model is not for are refused in it, with the reason.
 * @param {import('../../web/exam/exam.js').Examiner} examiner
 * @param {AsyncIterable<Pulled>} objects as `pull` gives them
 * @param {{ signal?: AbortSignal }} [options]
 * @returns {AsyncGenerator<Result, void, void>}
 */
export async function* examineStudy(examiner, objects, { signal } = {}) {
  for await (const object of objects) yield { ...object, record: await examiner.examine(object.bytes, { keepPicture: true, signal }) };
}

/**
 * The FHIR transaction that reports a record.
 * @param {import('../../web/exam/exam.js').ExamRecord} record
 * @param {Pick<import('../../web/reports/reports.js').FhirOptions, 'subject' | 'patientSystem'>} [options] the patient on that server, or the numbering of the archive's Patient IDs
 */
export async function fhirReport(record, options = {}) {
  const { toFhir } = await import('../../web/reports/fhir.js');
  return toFhir(record, { ...options, type: 'transaction' });
}

/**
 * A record in words, the outcome first, as reports say it.
 * @param {import('../../web/exam/exam.js').ExamRecord} record
 * @returns {{ outcome: string, lines: string[] }}
 */
export function inWords(record) {
  const [outcome, ...lines] = conclusion(record);
  return { outcome, lines };
}
