// FHIR observations of a record: the answer as a whole, which may be that there is none, then label by label. Not a medical device.
// SPDX-License-Identifier: MIT
import { concept, hl7, own, resource, share } from './fhir-parts.js';
import { answerOf } from './answer.js';
import { answerSentences, choiceSentences, coverage, doubtSentences, evidenceSentence, headline, probabilitySentence, setSentence } from './sentences.js';
import { text } from './messages.js';

/** @typedef {import('../exam/exam.js').ExamRecord} ExamRecord */
/** @typedef {import('../bedside.js').Finding} Finding */
/** @typedef {Record<string, any>} Common status, category, subject and so on: the same for all observations of a record */

const ENGLISH = {};
/** Of a record in doubt, whatever its figures are. */
const INDETERMINATE = hl7('v3-ObservationInterpretation', 'IND', 'Indeterminate');
const POSITIVE = hl7('v3-ObservationInterpretation', 'POS', 'Positive');

/** @param {ExamRecord} record @param {string} label */
const labelConcept = (record, label) => concept(record.model.codes?.labels?.[label], label);

/** The label as a component, not as the observation's code: that it has a probability does not say that it was found. @param {ExamRecord} record @param {string} label */
const labelComponent = (record, label) => ({ code: own('label', 'Label of the model'), valueCodeableConcept: labelConcept(record, label) });

/** @param {ExamRecord} record */
const isUnsure = (record) => record.outcome !== 'finding';

/** What must be read with any figure of a record: that it is in doubt, and why; what a person has chosen or stated. @param {ExamRecord} record */
const warnings = (record) => [...(isUnsure(record) ? [`${headline(record, ENGLISH)}.`, ...doubtSentences(record, ENGLISH)] : []), ...choiceSentences(record, ENGLISH)];

/** @param {ExamRecord} record */
const notes = (record) => [...warnings(record), text('report.notDevice')].map((note) => ({ text: note }));

/**
 * The answer: what leads, that no signs were seen of what the model looks for, or that there is no answer to be relied on. Never a normal-looking interpretation: none at all of a
 * certain answer, "indeterminate" of any other.
 * @param {ExamRecord} record @param {Common} common @param {{reference: string}[]} members
 */
export function answer(record, common, members) {
  const sentences = answerSentences(record, ENGLISH);
  const unsure = isUnsure(record);
  const lead = [...(unsure ? [] : sentences.slice(0, 2)), ...warnings(record)];
  const more = [unsure ? null : setSentence(record, ENGLISH), record.explanation ? evidenceSentence(record, ENGLISH) : null].flatMap((note) => (note ? [{ text: note }] : []));
  return resource('Observation', [...lead, text('report.notDevice')], {
    ...common,
    code: own('answer', 'Answer of the model', `Answer of the model: ${record.model.title}`),
    ...(unsure ? { dataAbsentReason: { ...hl7('data-absent-reason', 'unknown', 'Unknown'), text: headline(record, ENGLISH) }, interpretation: [INDETERMINATE] } : valueOf(record, sentences)),
    note: [...notes(record), ...more],
    hasMember: members,
  });
}

/** @param {ExamRecord} record @param {string[]} sentences */
function valueOf(record, sentences) {
  const found = answerOf(record);
  if (!found?.finding) return { valueString: sentences[0] };
  // Of the label that leads instead there is neither code nor name: "normal" is no answer.
  if (found.kind === 'noSigns') return { valueCodeableConcept: own('no-signs', 'No signs of what the model looks for were seen; this does not rule it out', sentences[0]) };
  return { valueCodeableConcept: concept(record.model.codes?.labels?.[found.label], found.kind === 'signs' ? sentences[0] : found.label) };
}

/** @param {ExamRecord} record @param {Common} common @param {Finding} finding */
export function labelObservation(record, common, finding) {
  const unsure = isUnsure(record);
  const { model } = record;
  // Positive is said of what the model looks for, or of a kind that it sorts into; that something is not there is never said.
  const leads = finding.index === record.findings[record.top ?? 0].index && (model.positive === null || model.positive === finding.label);
  const interpretation = unsure ? [INDETERMINATE] : leads ? [POSITIVE] : [];
  return resource('Observation', [...warnings(record), ...(unsure ? [text('report.unreliable')] : []), `${probabilitySentence(record, finding, ENGLISH)}.`, text('report.notDevice')], {
    ...common,
    code: own('label-probability', 'Probability of a label of the model', `Probability of the label "${finding.label}" of "${model.title}"`),
    valueQuantity: share(finding.probability),
    interpretation,
    note: notes(record),
    component: [
      labelComponent(record, finding.label),
      { code: own('probability-low', 'Lower end of the 95 % interval of the calibration'), valueQuantity: share(finding.low) },
      { code: own('probability-high', 'Upper end of the 95 % interval of the calibration'), valueQuantity: share(finding.high) },
      ...(model.setCoverage > 0 ? [{ code: own('in-set', 'In the conformal set', `In the set that held the right answer in at least ${coverage(record, ENGLISH)} of the validation pictures`), valueBoolean: finding.inSet }] : []),
    ],
  });
}

/** @param {ExamRecord} record @param {Common} common @param {NonNullable<ExamRecord['marking']>} marking */
export function markingObservation(record, common, marking) {
  const unsure = isUnsure(record);
  return resource('Observation', [...warnings(record), ...(unsure ? [text('report.unreliable')] : []), ...answerSentences(record, ENGLISH), text('report.notDevice')], {
    ...common,
    code: own('marked-share', 'Share of the picture that was marked', `Share of the picture that "${record.model.title}" has marked as "${marking.label}"; 0 does not say that nothing is there`),
    valueQuantity: share(marking.area),
    interpretation: unsure ? [INDETERMINATE] : [],
    note: notes(record),
    component: [
      labelComponent(record, marking.label),
      { code: own('certainty', 'Dice coefficient that the probabilities let expect of this outline'), valueQuantity: share(marking.certainty) },
      { code: own('pixels-marked', 'Marked pixels', `Marked pixels of ${marking.width} x ${marking.height}`), valueInteger: marking.marked },
    ],
  });
}

