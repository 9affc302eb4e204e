// FHIR resources of what was there before the examination: patient, study, model. Only what the DICOM object says. Not a medical device.
// SPDX-License-Identifier: MIT
import { HASH, concept, hl7, identifier, resource, without } from './fhir-parts.js';
import { isUid } from './ids.js';
import { birthDateOf, isoDate, nameForms, nameText } from './identity.js';
import { text } from './messages.js';

/** @typedef {import('../exam/exam.js').ExamRecord} ExamRecord */
/** @typedef {import('../exam/exam.js').DicomIdentity} DicomIdentity */

const REPRESENTATIONS = { alphabetic: 'ABC', ideographic: 'IDE', phonetic: 'SYL' };
/** @type {Record<string, string>} */
const GENDERS = { M: 'male', F: 'female', O: 'other' };

/** Whether the object names a patient at all. @param {DicomIdentity | null | undefined} dicom */
export const namesPatient = (dicom) => !!dicom && (!!dicom.patientId?.trim() || nameForms(dicom.patientName).length > 0);

/** Whether the object says which study it is of. @param {DicomIdentity | null | undefined} dicom */
export const namesStudy = (dicom) => isUid(dicom?.studyInstanceUid);

/** @param {ReturnType<typeof nameForms>} forms */
function humanNames(forms) {
  return forms.map(({ kind, family, given, prefix, suffix, whole }) => ({
    ...(forms.length > 1 || kind !== 'alphabetic' ? { extension: [{ url: 'http://hl7.org/fhir/StructureDefinition/iso21090-EN-representation', valueCode: REPRESENTATIONS[kind] }] } : {}),
    ...without({ text: whole, family, given, prefix, suffix }),
  }));
}

/** @param {DicomIdentity} dicom @param {string | undefined} system of the patient's number @param {string} time of the record */
export function patient(dicom, system, time) {
  const issuer = dicom.issuerOfPatientId?.trim();
  const number = dicom.patientId?.trim();
  const gender = GENDERS[dicom.patientSex?.trim().toUpperCase() ?? ''];
  return resource('Patient', [`${text('report.patient')}: ${nameText(dicom.patientName) || number || text('report.unnamed')}`], {
    identifier: number ? [without({ system, value: number, assigner: issuer ? { display: issuer } : undefined })] : [],
    name: humanNames(nameForms(dicom.patientName)),
    gender,
    birthDate: birthDateOf(dicom, time),
  });
}

/** @param {DicomIdentity} dicom @param {object} subject */
export function imagingStudy(dicom, subject) {
  const modality = dicom.modality?.trim() ? { system: 'http://dicom.nema.org/resources/ontology/DCM', code: dicom.modality.trim().toUpperCase() } : undefined;
  const number = (/** @type {string | null} */ value) => (/^\d{1,9}$/.test(value?.trim() ?? '') ? Number(value) : undefined);
  const instance = isUid(dicom.sopInstanceUid) && isUid(dicom.sopClassUid)
    ? [without({ uid: dicom.sopInstanceUid, sopClass: { system: 'urn:ietf:rfc:3986', code: `urn:oid:${dicom.sopClassUid}` }, number: number(dicom.instanceNumber) })] : [];
  const series = isUid(dicom.seriesInstanceUid) && modality
    ? [without({ uid: dicom.seriesInstanceUid, number: number(dicom.seriesNumber), modality, description: dicom.seriesDescription?.trim(), instance })] : [];
  const accession = dicom.accessionNumber?.trim();
  return resource('ImagingStudy', [[text('report.study'), dicom.studyDescription?.trim(), isoDate(dicom.studyDate), dicom.modality, dicom.bodyPart].filter(Boolean).join(', ')], {
    identifier: [
      identifier('urn:dicom:uid', `urn:oid:${dicom.studyInstanceUid}`),
      ...(accession ? [{ type: hl7('v2-0203', 'ACSN', 'Accession ID'), value: accession }] : []),
    ],
    status: 'available',
    modality: modality ? [modality] : [],
    subject,
    started: isoDate(dicom.studyDate),
    description: dicom.studyDescription?.trim(),
    series,
  });
}

/** The model, as the device that has answered. @param {ExamRecord} record */
export function device({ model, software }) {
  return resource('Device', [`${model.title}, version ${model.version}, run by Bedside ${software.version}.`, text('report.notDevice')], {
    identifier: [identifier(HASH, model.sha256)],
    status: 'active',
    manufacturer: 'Bedside',
    deviceName: [{ name: model.title, type: 'user-friendly-name' }],
    modelNumber: model.id,
    type: concept(null, 'Software for research: a neural network. Not a medical device.'),
    version: [
      { type: { text: 'model' }, value: model.version || 'unknown' },
      { type: { text: 'bedside' }, value: software.version },
    ],
    note: [model.intendedUse, ...model.limits].filter(Boolean).map((note) => ({ text: note })),
  });
}
