// From the objects of a study to reports: what the page, the program and the tests do alike. Not a medical device.
// SPDX-License-Identifier: MIT

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

/** The DICOM objects that report a record: a structured report, and a picture with the heat map. @param {Examined} record */
export async function dicomReports(record) {
  const [{ toDicomSr }, { toSecondaryCapture }] = await Promise.all([import('../../web/reports/dicom-sr.js'), import('../../web/reports/secondary-capture.js')]);
  const objects = [await toDicomSr(record)];
  if (record.picture && (record.explanation || record.marking)) objects.push(await toSecondaryCapture(record, record.picture));
  return objects;
}

/**
 * The FHIR transaction that reports a record.
 * @param {import('../../web/exam/exam.js').ExamRecord} record
 * @param {{ reference: string, display?: string }} [subject] the patient on that server; without it, what the DICOM object says
 */
export async function fhirReport(record, subject) {
  const { toFhir } = await import('../../web/reports/fhir.js');
  return toFhir(record, { type: 'transaction', subject });
}

/** @param {number} share */
const percent = (share) => `${Math.round(100 * share)} %`;

/**
 * A record in a line and its reasons, the outcome first. Never that all is well.
 * @param {import('../../web/exam/exam.js').ExamRecord} record
 * @returns {{ outcome: string, lines: string[] }}
 */
export function inWords(record) {
  if (record.outcome === 'refused') return { outcome: 'Not examined, there is no result', lines: [record.refusal?.message ?? ''] };
  const lines = record.findings.map(({ label, probability, low, high }) => `${label}: ${percent(probability)} (${percent(low)} to ${percent(high)})`);
  if (record.marking) lines.push(`${record.marking.label}: ${percent(record.marking.area)} of the picture marked; an empty mask does not mean that all is well`);
  if (record.outcome === 'unsure') return { outcome: 'Not sure: show it to a clinician', lines: [`Against it speaks: ${record.doubts.join(', ')}`, ...lines] };
  const top = record.top === null ? record.marking?.label : record.findings[record.top].label;
  return { outcome: `The model's answer: ${top}`, lines };
}
