// What DICOM objects made of a record have in common: patient and study of the examined object, times, file header. Not a medical device.
// SPDX-License-Identifier: MIT
import { BedsideError } from '../bedside.js';
import { isUid } from './ids.js';
import { birthDateOf, isoDate } from './identity.js';
import { loadDcmjs } from './dcmjs.js';
import { dicomOf } from './reportable.js';

/** @typedef {import('../exam/exam.js').ExamRecord} ExamRecord */
/** @typedef {import('../exam/exam.js').Code} Code */
/** @typedef {Record<string, any>} Dataset attributes by keyword */

export const EXPLICIT_LITTLE_ENDIAN = '1.2.840.10008.1.2.1';
/** Bedside as an implementation: a UUID that stands for it and never changes. */
const IMPLEMENTATION = '2.25.227461037584629401358706412053971824563';

/** Text of a short element: one value, so no backslash, no control characters, and cut where the element ends. @param {string | null | undefined} text @param {number} most characters */
export const short = (text, most = 64) => Array.from((text ?? '').replace(/[\\\u0000-\u001f\u007f]+/g, ' ').trim()).slice(0, most).join('').trim();

/** Text of a long element. @param {string} text */
export const long = (text) => text.replace(/[\u0000-\u0009\u000b\u000c\u000e-\u001f\u007f]+/g, ' ').trim();

/** A code string. @param {string | null | undefined} text */
export const codeString = (text) => (text ?? '').toUpperCase().replace(/[^A-Z0-9 _]+/g, ' ').trim().slice(0, 16);

/** @type {Record<string, string>} */
const DESIGNATORS = { 'http://snomed.info/sct': 'SCT', 'http://loinc.org': 'LN', 'http://dicom.nema.org/resources/ontology/DCM': 'DCM', 'urn:bedside:label': '99BEDSIDE' };

/** An item of a code sequence. @param {string} CodeValue @param {string} CodingSchemeDesignator @param {string} meaning @returns {Dataset} */
export const code = (CodeValue, CodingSchemeDesignator, meaning) => ({ CodeValue: short(CodeValue, 16), CodingSchemeDesignator, CodeMeaning: short(meaning) });

/**
 * One of a catalogue's codes; a label's name under Bedside's own scheme where it has none, or one of a system that DICOM has no name for.
 * @param {Code | null | undefined} entry @param {string} label
 */
export function codeOf(entry, label) {
  const scheme = entry && DESIGNATORS[entry.system];
  if (!entry || !scheme) return code(label, '99BEDSIDE', label);
  return code(scheme === '99BEDSIDE' ? entry.code.slice(entry.code.indexOf('/') + 1) : entry.code, scheme, entry.display);
}

/** Attributes that explain Bedside's own scheme. */
export const OWN_SCHEME = { CodingSchemeIdentificationSequence: [{ CodingSchemeDesignator: '99BEDSIDE', CodingSchemeName: 'Labels and concepts of Bedside\'s models', CodingSchemeResponsibleOrganization: 'Bedside' }] };

/** The record's time in DICOM's forms, in UTC. @param {ExamRecord} record */
export function timeOf({ time }) {
  const [date, clock] = [time.slice(0, 10).replaceAll('-', ''), time.slice(11, 19).replaceAll(':', '')];
  return { date, clock, full: `${date}${clock}+0000` };
}

/** The three UIDs by which an object can be referred to. @param {ExamRecord} record @param {string} what is to be made @returns {{study: string, series: string, instance: string, sopClass: string}} */
export function referenceOf(record, what) {
  const dicom = dicomOf(record, what);
  const { studyInstanceUid: study, seriesInstanceUid: series, sopInstanceUid: instance, sopClassUid: sopClass } = dicom;
  if (isUid(study) && isUid(series) && isUid(instance) && isUid(sopClass)) return { study, series, instance, sopClass };
  throw new BedsideError('BDS_E_STATE', `${what} refers to the examined object by its UIDs, and this object lacks one of them or has a wrong one.`);
}

/** An item of a sequence that refers to the examined object. @param {ExamRecord} record @param {ReturnType<typeof referenceOf>} to */
export function imageReference({ input }, to) {
  const frame = input && input.frames > 1 ? { ReferencedFrameNumber: [String(input.frame + 1)] } : {};
  return { ReferencedSOPClassUID: to.sopClass, ReferencedSOPInstanceUID: to.instance, ...frame };
}

/** Patient and study as the examined object has them; what it says in no valid form is left empty. @param {ExamRecord} record @param {string} what is to be made @returns {Dataset} */
export function sameStudy(record, what) {
  const dicom = dicomOf(record, what);
  const date = (/** @type {string | null} */ text) => isoDate(text)?.replaceAll('-', '') ?? '';
  const time = /^([01]\d|2[0-3])[0-5]\d([0-5]\d(\.\d{1,6})?)?$/.test(dicom.studyTime?.trim() ?? '') ? dicom.studyTime?.trim() : '';
  const sex = dicom.patientSex?.trim().toUpperCase() ?? '';
  const name = (dicom.patientName ?? '').split('=').slice(0, 3).map((form) => short(form)).join('=').replace(/=+$/, '');
  return {
    SpecificCharacterSet: 'ISO_IR 192',
    StudyDate: date(dicom.studyDate), StudyTime: time, AccessionNumber: short(dicom.accessionNumber, 16),
    ReferringPhysicianName: short(dicom.referringPhysicianName), StudyDescription: short(dicom.studyDescription) || undefined,
    PatientName: name, PatientID: short(dicom.patientId), IssuerOfPatientID: short(dicom.issuerOfPatientId) || undefined,
    PatientBirthDate: birthDateOf(dicom, record.time)?.replaceAll('-', '') ?? '', PatientSex: ['M', 'F', 'O'].includes(sex) ? sex : '',
    StudyInstanceUID: dicom.studyInstanceUid, StudyID: short(dicom.studyId, 16),
  };
}

/** What made it. @param {ExamRecord} record @returns {Dataset} */
export const equipment = ({ model, software }) => ({
  Manufacturer: 'Bedside', ManufacturerModelName: short(model.title), DeviceSerialNumber: model.sha256, SoftwareVersions: [short(`bedside ${software.version}`), short(`model ${model.version}`)],
});

/** A UID of the model, the same in all records: its SHA-256 cut to a UUID (version 8). @param {string} sha256 */
export function modelUid(sha256) {
  const hex = `${sha256.slice(0, 12)}8${sha256.slice(13, 16)}8${sha256.slice(17, 32)}`;
  return `2.25.${BigInt(`0x${hex}`)}`;
}

/**
 * The bytes of a DICOM file. @param {Dataset} dataset
 * @returns {Promise<Uint8Array>}
 */
export async function write(dataset) {
  const { data } = await loadDcmjs();
  const meta = {
    FileMetaInformationVersion: new Uint8Array([0, 1]).buffer,
    MediaStorageSOPClassUID: dataset.SOPClassUID,
    MediaStorageSOPInstanceUID: dataset.SOPInstanceUID,
    TransferSyntaxUID: EXPLICIT_LITTLE_ENDIAN,
    ImplementationClassUID: IMPLEMENTATION,
    ImplementationVersionName: 'BEDSIDE',
  };
  const file = new data.DicomDict(data.DicomMetaDictionary.denaturalizeDataset(meta));
  file.dict = inOrder(data.DicomMetaDictionary.denaturalizeDataset(dataset));
  return new Uint8Array(file.write());
}

/** Elements in the order of their tags, as a file must have them, in sequences too. @param {any} dict @returns {any} */
function inOrder(dict) {
  const sorted = Object.keys(dict).sort().map((tag) => [tag, dict[tag]]);
  for (const [, element] of sorted) if (element.vr === 'SQ') element.Value = element.Value.map(inOrder);
  return Object.fromEntries(sorted.map(([tag, element]) => [`${tag}`, element]));
}

