// DICOM SR out: the record of an examination as a Measurement Report (TID 1500) in the study that was examined. Types and
// documentation: reports.d.ts. Not a medical device.
// SPDX-License-Identifier: MIT
import { code, codeOf, equipment, imageReference, modelUid, OWN_SCHEME, referenceOf, sameStudy, short, timeOf, write } from './dicom-parts.js';
import { PART, uidOf } from './ids.js';
import { codeItem, container, imageItem, numberItem, textItem, uidItem } from './sr-items.js';
import { answerOf, isOpposite, orderedFindings } from './answer.js';
import { answered } from './reportable.js';
import { answerSentences, choiceSentences, conclusion, doubtSentences, evidenceSentence, headline, listedName, soughtName } from './sentences.js';
import { text } from './messages.js';

/** @typedef {import('../exam/exam.js').ExamRecord} ExamRecord */
/** @typedef {import('./dicom-parts.js').Dataset} Dataset */

const COMPREHENSIVE_SR = '1.2.840.10008.5.1.4.1.1.88.33';
const WHAT = 'A DICOM structured report';

/** @param {string} value @param {string} meaning */
const dcm = (value, meaning) => code(value, 'DCM', meaning);
const COMMENT = dcm('121106', 'Comment');
/** Not DICOM's "Finding": that a label has a probability does not say that it was found. */
const LABEL = code('label', '99BEDSIDE', 'Label of the model');
const ANSWER = code('answer', '99BEDSIDE', 'Answer of the model');
const INDETERMINATE = code('82334004', 'SCT', 'Indeterminate');

/** TID 1204, 1002: English, and no person has observed anything. @param {ExamRecord} record */
const context = ({ model }) => [
  codeItem('HAS CONCEPT MOD', dcm('121049', 'Language of Content Item and Descendants'), code('en', 'RFC5646', 'English')),
  codeItem('HAS OBS CONTEXT', dcm('121005', 'Observer Type'), dcm('121007', 'Device')),
  uidItem('HAS OBS CONTEXT', dcm('121012', 'Device Observer UID'), modelUid(model.sha256)),
  textItem('HAS OBS CONTEXT', dcm('121013', 'Device Observer Name'), 'Bedside (not a medical device)'),
  textItem('HAS OBS CONTEXT', dcm('121014', 'Device Observer Manufacturer'), 'Bedside'),
  textItem('HAS OBS CONTEXT', dcm('121015', 'Device Observer Model Name'), model.title),
  textItem('HAS OBS CONTEXT', dcm('121016', 'Device Observer Serial Number'), model.sha256),
];

/** TID 4019: which algorithm, of which version, on what. @param {ExamRecord} record */
const algorithm = ({ model, software, input }) => [
  textItem('HAS CONCEPT MOD', dcm('111001', 'Algorithm Name'), `Bedside: ${model.title} (${model.id})`),
  textItem('HAS CONCEPT MOD', dcm('111003', 'Algorithm Version'), `model ${model.version}, bedside ${software.version}`),
  textItem('HAS CONCEPT MOD', dcm('111002', 'Algorithm Parameters'), `SHA-256 of the model's file: ${model.sha256}`),
  textItem('HAS CONCEPT MOD', dcm('111002', 'Algorithm Parameters'), `SHA-256 of the examined file: ${input?.sha256}`),
];

/**
 * TID 1501: what was measured of one label.
 * @param {ExamRecord} record @param {string} label @param {number} part @param {Dataset[]} numbers
 */
function group(record, label, part, numbers) {
  const { codes, id } = record.model;
  const name = listedName(record, label, {});
  const site = codes?.bodySite ? [codeItem('HAS CONCEPT MOD', code('363698007', 'SCT', 'Finding Site'), codeOf(codes.bodySite, ''))] : [];
  return container(dcm('125007', 'Measurement Group'), [
    textItem('HAS OBS CONTEXT', dcm('112039', 'Tracking Identifier'), `${id}: ${name}`),
    uidItem('HAS OBS CONTEXT', dcm('112040', 'Tracking Unique Identifier'), uidOf(record, part)),
    codeItem('CONTAINS', LABEL, isOpposite(record, label) ? code('no-signs', '99BEDSIDE', name) : codeOf(codes?.labels?.[label], label)),
    ...site,
    ...algorithm(record),
    ...numbers,
  ], '1501');
}

/** @param {ExamRecord} record */
function groups(record) {
  const { marking } = record;
  if (marking) {
    return [group(record, marking.label, PART.group, [
      numberItem('CONTAINS', code('marked', '99BEDSIDE', 'Share of the picture that was marked'), marking.area),
      numberItem('CONTAINS', code('certainty', '99BEDSIDE', 'Expected Dice coefficient of the outline'), marking.certainty),
    ])];
  }
  return orderedFindings(record).map(({ label, index, probability, low, high }) => group(record, label, PART.LABEL + index, [
    // TID 310: how far the interval of 95 % reaches up and down.
    numberItem('CONTAINS', dcm('122157', 'Probability'), probability, [
      numberItem('HAS PROPERTIES', code('371886008', 'SCT', '+, range of upper measurement uncertainty'), Math.max(0, high - probability)),
      numberItem('HAS PROPERTIES', code('371885007', 'SCT', '-, range of lower measurement uncertainty'), Math.max(0, probability - low)),
    ]),
  ]));
}

/**
 * Of a mask the answer is a share, and is said in words: a code would say that the thing is there. Of what was not seen there is a code of
 * our own, which says that much and not "normal".
 * @param {ExamRecord} record
 */
function answerCode(record) {
  const answer = answerOf(record);
  if (!answer?.finding) return null;
  if (answer.kind === 'noSigns') return code('no-signs', '99BEDSIDE', `No signs of ${soughtName(record, answer.label, {})} were seen, not ruled out`);
  return codeOf(record.model.codes?.labels?.[answer.label], answer.label);
}

/** What is answered, or that nothing is; then all of it in words. @param {ExamRecord} record */
function evaluations(record) {
  const { outcome } = record;
  const sentences = outcome === 'unsure' ? [`${headline(record, {})}.`, ...doubtSentences(record, {}), text('report.unreliable')] : [];
  const lines = [...sentences, ...answerSentences(record, {}), ...choiceSentences(record, {}), ...(record.explanation ? [evidenceSentence(record, {})] : [])];
  const value = outcome === 'unsure' ? INDETERMINATE : answerCode(record);
  const answer = value ? [codeItem('CONTAINS', ANSWER, value)] : [];
  return container(code('C0034375', 'UMLS', 'Qualitative Evaluations'), [
    ...answer,
    ...lines.map((line) => textItem('CONTAINS', COMMENT, line)),
    textItem('CONTAINS', COMMENT, `${text('report.preliminary')} ${text('report.notDevice')}`),
  ]);
}

/** @param {ExamRecord} record @returns {Promise<Uint8Array>} */
export async function toDicomSr(record) {
  const checked = answered(record);
  const to = referenceOf(checked, WHAT);
  const { date, clock, full, zone } = timeOf(checked);
  const reported = checked.model.codes?.report;
  const procedure = reported ? codeOf(reported, '') : code('image', '99BEDSIDE', 'Examination of a picture');
  return write({
    ...sameStudy(checked, WHAT),
    ...equipment(checked),
    ...OWN_SCHEME,
    ...zone,
    SOPClassUID: COMPREHENSIVE_SR, SOPInstanceUID: uidOf(checked, PART.srInstance),
    InstanceCreationDate: date, InstanceCreationTime: clock,
    Modality: 'SR', SeriesInstanceUID: uidOf(checked, PART.srSeries), SeriesNumber: ['9001'], SeriesDate: date, SeriesTime: clock,
    SeriesDescription: short('AI, preliminary, unverified. Not a medical device'),
    ReferencedPerformedProcedureStepSequence: [],
    InstanceNumber: ['1'], ContentDate: date, ContentTime: clock,
    CompletionFlag: 'COMPLETE', CompletionFlagDescription: short(conclusion(checked)[0]), VerificationFlag: 'UNVERIFIED', PreliminaryFlag: 'PRELIMINARY',
    PerformedProcedureCodeSequence: [],
    CurrentRequestedProcedureEvidenceSequence: [{
      StudyInstanceUID: to.study,
      ReferencedSeriesSequence: [{ SeriesInstanceUID: to.series, ReferencedSOPSequence: [{ ReferencedSOPClassUID: to.sopClass, ReferencedSOPInstanceUID: to.instance }] }],
    }],
    ObservationDateTime: full,
    ValueType: 'CONTAINER', ContinuityOfContent: 'SEPARATE', ConceptNameCodeSequence: [dcm('126000', 'Imaging Measurement Report')],
    ContentTemplateSequence: [{ MappingResource: 'DCMR', TemplateIdentifier: '1500' }],
    ContentSequence: [
      ...context(checked),
      codeItem('HAS CONCEPT MOD', dcm('121058', 'Procedure reported'), procedure),
      container(dcm('111028', 'Image Library'), [container(dcm('126200', 'Image Library Group'), [imageItem(imageReference(checked, to))])]),
      container(dcm('126010', 'Imaging Measurements'), groups(checked)),
      evaluations(checked),
    ],
  });
}
