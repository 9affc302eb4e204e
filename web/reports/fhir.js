// FHIR R4 out: the record of an examination as a bundle. Types and documentation: reports.d.ts. Not a medical device.
// SPDX-License-Identifier: MIT
import { BedsideError } from '../bedside.js';
import { isOpposite, orderedFindings } from './answer.js';
import { HASH, concept, hl7, identifier, resource, urn } from './fhir-parts.js';
import { answer, labelObservation, markingObservation } from './fhir-observations.js';
import { device, imagingStudy, namesPatient, namesStudy, patient } from './fhir-subjects.js';
import { isUid, PART, uuidOf } from './ids.js';
import { isoDate } from './identity.js';
import { text } from './messages.js';
import { answered } from './reportable.js';
import { conclusion } from './sentences.js';

/** @typedef {import('../exam/exam.js').ExamRecord} ExamRecord */
/** @typedef {import('./fhir-parts.js').Resource} Resource */
/** @typedef {import('./reports.js').FhirOptions} FhirOptions */
/** @typedef {{part: number, resource: Resource, match?: string}} Entry match: how a server knows that it has it already */

const UNKNOWN = { extension: [{ url: 'http://hl7.org/fhir/StructureDefinition/data-absent-reason', valueCode: 'unknown' }] };
/** Diagnostic service section (HL7 table 0074) by modality: microscopy of blood, photographs of skin and eye, and radiology. @type {Record<string, [string, string]>} */
const SECTIONS = { GM: ['HM', 'Hematology'], SM: ['HM', 'Hematology'], XC: ['OTH', 'Other'], DMS: ['OTH', 'Other'], OP: ['OTH', 'Other'] };

/** The modality, or the one that the model is for. @param {ExamRecord} record */
const modalityOf = ({ input, checks }) => input?.dicom?.modality?.trim().toUpperCase() || checks.find(({ what }) => what === 'modality')?.expected[0] || '';

/** @param {ExamRecord} record */
function sectionOf(record) {
  const byReport = record.model.codes?.report?.code === '5909-7' ? SECTIONS.GM : record.model.codes?.report?.code === '72170-4' ? SECTIONS.XC : undefined;
  const [code, display] = SECTIONS[modalityOf(record)] ?? byReport ?? ['RAD', 'Radiology'];
  return { code, display };
}

/** When the picture was taken; what is unknown is said to be so. @param {ExamRecord} record */
function effective({ input }) {
  const date = isoDate(input?.dicom?.studyDate);
  return date ? { effectiveDateTime: date } : { _effectiveDateTime: UNKNOWN };
}

/** @param {ExamRecord} record @param {object[]} targets @param {object | undefined} study */
function provenance(record, targets, study) {
  const { input } = record;
  const frames = input && input.frames > 1 ? `, frame ${input.frame + 1} of ${input.frames}` : '';
  const sources = [];
  if (input?.sha256) sources.push({ role: 'source', what: { identifier: identifier(HASH, input.sha256), display: `The examined file (${input.kind}${frames}), by its SHA-256` } });
  if (isUid(input?.dicom?.sopInstanceUid)) {
    sources.push({ role: 'source', what: { identifier: identifier('urn:dicom:uid', `urn:oid:${input?.dicom?.sopInstanceUid}`), display: `The examined SOP instance${frames}` } });
  }
  if (study) sources.push({ role: 'source', what: study });
  return resource('Provenance', [`Made by "${record.model.title}" on ${record.time} of the file whose SHA-256 is ${input?.sha256 || 'unknown'}.`], {
    target: targets,
    occurredDateTime: record.time,
    recorded: record.time,
    activity: hl7('v3-DataOperation', 'CREATE', 'create'),
    agent: [{ type: hl7('provenance-participant-type', 'assembler', 'Assembler'), who: { reference: urn(uuidOf(record, PART.device)) } }],
    entity: sources,
  });
}

/** @param {ExamRecord} record @param {FhirOptions} options @returns {Entry[]} */
function entriesOf(record, { type, subject: given, patientSystem }) {
  const dicom = record.input?.dicom ?? null;
  const to = (/** @type {number} */ part) => ({ reference: urn(uuidOf(record, part)) });
  /** @type {Entry[]} */
  const before = [];
  let subject = /** @type {object} */ (given ?? { display: text('report.noIdentity') });
  let isAnother = false; // a Patient whom no server can find again: each transaction makes one
  if (!given && dicom && namesPatient(dicom)) {
    subject = to(PART.patient);
    const number = dicom.patientId?.trim();
    const match = patientSystem && number ? `${patientSystem}|${number}` : undefined;
    isAnother = type === 'transaction' && !match;
    before.push({ part: PART.patient, resource: patient(dicom, patientSystem, record.time), match });
  }
  /** @type {object | undefined} */
  let study;
  if (dicom && namesStudy(dicom) && isAnother) {
    // The server's ImagingStudy may be another Patient's: the study is only named.
    study = { type: 'ImagingStudy', identifier: identifier('urn:dicom:uid', `urn:oid:${dicom.studyInstanceUid}`) };
  } else if (dicom && namesStudy(dicom)) {
    study = to(PART.study);
    before.push({ part: PART.study, resource: imagingStudy(dicom, subject), match: `urn:dicom:uid|urn:oid:${dicom.studyInstanceUid}` });
  }
  before.push({ part: PART.device, resource: device(record), match: `${HASH}|${record.model.sha256}` });

  const section = sectionOf(record);
  const own = (/** @type {number} */ part) => identifier('urn:ietf:rfc:3986', urn(uuidOf(record, part)));
  const shared = { status: 'preliminary', subject, ...effective(record), issued: record.time };
  const common = (/** @type {number} */ part) => ({
    identifier: [own(part)],
    ...shared,
    category: [section.code === 'HM' ? hl7('observation-category', 'laboratory', 'Laboratory') : hl7('observation-category', 'imaging', 'Imaging')],
    bodySite: record.model.codes?.bodySite ? concept(record.model.codes.bodySite, record.model.codes.bodySite.display) : undefined,
    device: to(PART.device),
    derivedFrom: study ? [study] : [],
  });
  const match = (/** @type {number} */ part) => `urn:ietf:rfc:3986|${urn(uuidOf(record, part))}`;
  // The other one of two labels has no observation: its probability is what is left of the other's, and a list of results would call somebody normal.
  /** @type {Entry[]} */
  const labels = record.marking
    ? [{ part: PART.marking, resource: markingObservation(record, common(PART.marking), record.marking), match: match(PART.marking) }]
    : orderedFindings(record).filter(({ label }) => !isOpposite(record, label)).map((finding) => ({ part: PART.LABEL + finding.index, resource: labelObservation(record, common(PART.LABEL + finding.index), finding), match: match(PART.LABEL + finding.index) }));
  const members = labels.map(({ part }) => to(part));
  const whole = { part: PART.answer, resource: answer(record, common(PART.answer), members), match: match(PART.answer) };
  const sentences = conclusion(record);
  const report = resource('DiagnosticReport', sentences, {
    identifier: [own(0)],
    ...shared,
    category: [hl7('v2-0074', section.code, section.display)],
    code: concept(record.model.codes?.report, record.model.title),
    result: [to(PART.answer), ...members],
    imagingStudy: study ? [study] : [],
    conclusion: sentences.join(' '),
  });
  const made = [{ part: 0, resource: report, match: match(0) }, whole, ...labels];
  return [...made, ...before, { part: PART.provenance, resource: provenance(record, made.map(({ part }) => to(part)), study) }];
}

/** @param {ExamRecord} record @param {FhirOptions} [options] @returns {import('./reports.js').FhirBundle} */
export function toFhir(record, options = {}) {
  const checked = answered(record);
  const { type = 'collection', subject, patientSystem } = options;
  if (type !== 'collection' && type !== 'transaction') throw new BedsideError('BDS_E_ARGUMENT', 'A bundle is a "collection" or a "transaction".');
  if (subject !== undefined && typeof subject?.reference !== 'string' && typeof subject?.identifier?.value !== 'string') {
    throw new BedsideError('BDS_E_ARGUMENT', 'The subject must be a FHIR reference to a patient: {reference: "Patient/123"}.');
  }
  if (patientSystem !== undefined && !/^[a-z][a-z0-9+.-]*:\S+$/i.test(patientSystem)) {
    throw new BedsideError('BDS_E_ARGUMENT', 'The option patientSystem must be the absolute URI of the numbering of patients, as "urn:oid:1.2.3" or "https://hospital.example/mrn".');
  }
  const entry = entriesOf(checked, options).map(({ part, resource: made, match }) => ({
    fullUrl: urn(uuidOf(checked, part)),
    resource: made,
    ...(type === 'transaction' ? { request: { method: 'POST', url: made.resourceType, ...(match ? { ifNoneExist: `identifier=${encodeURIComponent(match)}` } : {}) } } : {}),
  }));
  return { resourceType: 'Bundle', meta: { security: entry[0].resource.meta.security }, type, timestamp: checked.time, entry };
}
