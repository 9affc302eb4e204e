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

/** An item of a code sequence. @param {string} value @param {string} CodingSchemeDesignator @param {string} meaning @returns {Dataset} */
export function code(value, CodingSchemeDesignator, meaning) {
  const whole = short(value, Infinity); // two labels must not become one by being cut
  return { ...(Array.from(whole).length > 16 ? { LongCodeValue: whole } : { CodeValue: whole }), CodingSchemeDesignator, CodeMeaning: short(meaning) };
}

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

/** Minutes east of UTC of Timezone Offset From UTC; null if it is not stated, or in no valid form. @param {string | null | undefined} text */
function zoneOf(text) {
  const [, sign, hours, minutes] = /^([+-])(0\d|1[0-4])([0-5]\d)$/.exec(text?.trim() ?? '') ?? [];
  return sign ? (sign === '-' ? -1 : 1) * (60 * Number(hours) + Number(minutes)) : null;
}

/**
 * The record's time in DICOM's forms. The times of the study, which the object brings along, are local ones, so these are local, too: of the zone that the object states, and which is
 * then stated again, else of the machine's. A zone that the object does not state is not stated: it would be one of the study's times as well.
 * @param {ExamRecord} record
 */
export function timeOf({ time, utcOffset = 0, input }) {
  const stated = zoneOf(input?.dicom?.timezoneOffset);
  const minutes = stated ?? (Number.isInteger(utcOffset) && Math.abs(utcOffset) < 15 * 60 ? utcOffset : 0);
  const digits = (/** @type {number} */ value) => String(value).padStart(2, '0');
  const offset = `${minutes < 0 ? '-' : '+'}${digits(Math.floor(Math.abs(minutes) / 60))}${digits(Math.abs(minutes) % 60)}`;
  const local = new Date(Date.parse(time) + 60000 * minutes).toISOString();
  const [date, clock] = [local.slice(0, 10).replaceAll('-', ''), local.slice(11, 19).replaceAll(':', '')];
  return { date, clock, full: `${date}${clock}${offset}`, zone: stated === null ? {} : { TimezoneOffsetFromUTC: offset } };
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

