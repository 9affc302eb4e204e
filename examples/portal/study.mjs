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
 * What a record is the answer to: who examines the same file in the same way again gets a record with another id, but the same answer.
 * @param {import('../../web/exam/exam.js').ExamRecord} record
 * @param {string} [subject] where the reports are kept by patient: whose
 */
export function examinationOf({ input, model, checks, explanation }, subject = '') {
  const stated = checks.filter((check) => check.stated).map(({ what, found }) => [what, found]);
  const { sha256, width, height, frame, window: voi } = input ?? {};
  return JSON.stringify([model.sha256, sha256, width, height, frame, voi?.centre, voi?.width, stated, explanation?.method, explanation?.label, subject]);
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
