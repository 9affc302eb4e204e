// The DICOM objects that report a record. Not a medical device.
// SPDX-License-Identifier: MIT

/**
 * A structured report, and, where there is something to see, the picture with the heat map or the mask.
 * @param {import('../../web/exam/exam.js').Examined} record with its picture
 */
export async function dicomReports(record) {
  const [{ toDicomSr }, { toSecondaryCapture }] = await Promise.all([import('../../web/reports/dicom-sr.js'), import('../../web/reports/secondary-capture.js')]);
  const objects = [await toDicomSr(record)];
  if (record.picture && (record.explanation || record.marking)) objects.push(await toSecondaryCapture(record, record.picture));
  return objects;
}
