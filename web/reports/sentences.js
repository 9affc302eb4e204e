// A record in sentences: the outcome first, doubts before figures. Used by every report, in any language. Not a medical device.
// SPDX-License-Identifier: MIT
import { text } from './messages.js';

/** @typedef {import('../exam/exam.js').ExamRecord} ExamRecord */
/** @typedef {{messages?: import('./messages.js').Messages, language?: string}} Wording messages: `label.MODEL.LABEL` names a label */

/** @param {string | undefined} language @param {Intl.NumberFormatOptions} options */
const formatter = (language, options) => new Intl.NumberFormat(language ?? 'en', options);

/** "97.1 %": never 100 or 0, which no model knows. @param {number} share 0 to 1 @param {Wording} wording */
export function percent(share, { messages, language }) {
  const format = (/** @type {number} */ value) => {
    const figure = formatter(language, { style: 'percent', minimumFractionDigits: 1, maximumFractionDigits: 1 }).format(value);
    return (language ?? 'en').startsWith('en') ? figure.replace('%', ' %') : figure;
  };
  if (share > 0.999) return text('report.over', { percent: format(0.999) }, messages);
  if (share < 0.001) return text('report.under', { percent: format(0.001) }, messages);
  return format(share);
}

/** @param {ExamRecord} record @param {string} label @param {Wording} wording */
export function labelName(record, label, { messages }) {
  return messages?.[`label.${record.model.id}.${label}`] ?? label;
}

/** @param {ExamRecord} record @param {import('../bedside.js').Finding} finding @param {Wording} wording */
export function probabilitySentence(record, finding, wording) {
  const values = { label: labelName(record, finding.label, wording), probability: percent(finding.probability, wording), low: percent(finding.low, wording), high: percent(finding.high, wording) };
  return text('report.probability', values, wording.messages);
}

/** @param {ExamRecord} record @param {Wording} wording */
export const doubtSentences = (record, { messages }) => record.doubts.map((doubt) => text(`report.doubt.${doubt}`, {}, messages));

/** What the model answers, without a word on whether it is to be trusted. @param {ExamRecord} record @param {Wording} wording @returns {string[]} */
export function answerSentences(record, wording) {
  const { messages } = wording;
  const { marking, findings, top } = record;
  if (marking) {
    const label = labelName(record, marking.label, wording);
    const marked = marking.marked > 0 ? text('report.marked', { label, area: percent(marking.area, wording) }, messages) : text('report.nothingMarked', { label }, messages);
    return [marked, text('report.certainty', { certainty: percent(marking.certainty, wording) }, messages)];
  }
  if (top === null) return [];
  const ordered = [findings[top], ...findings.filter((_, i) => i !== top)];
  return [text('report.leads', { label: labelName(record, findings[top].label, wording) }, messages), ...ordered.map((finding) => `${probabilitySentence(record, finding, wording)}.`)];
}

/** Where the evidence is: the heat map in words. @param {ExamRecord} record @param {Wording} wording */
export function evidenceSentence({ explanation, ...rest }, wording) {
  const { messages } = wording;
  if (!explanation) return text('report.noMap', {}, messages);
  const label = labelName(/** @type {ExamRecord} */ (rest), explanation.label, wording);
  if (explanation.places.length === 0) return text('report.evidenceNowhere', { label }, messages);
  const places = explanation.places.map((place) => text(`report.place.${place}`, {}, messages)).join(text('report.list', {}, messages));
  return text(explanation.method === 'mask' ? 'report.evidenceMask' : 'report.evidence', { label, places }, messages);
}

/** @param {ExamRecord} record @param {Wording} wording */
export const headline = (record, { messages }) => text(`report.outcome.${record.outcome}`, {}, messages);

/** The whole record in sentences, in the order in which they must be read. @param {ExamRecord} record @param {Wording} [wording] @returns {string[]} */
export function conclusion(record, wording = {}) {
  const { messages } = wording;
  const end = [text('report.preliminary', {}, messages), text('report.notDevice', {}, messages)];
  const first = `${headline(record, wording)}.`;
  if (record.outcome === 'refused') return [first, record.refusal?.message ?? '', ...end].filter(Boolean);
  const answer = answerSentences(record, wording);
  const evidence = record.explanation ? [evidenceSentence(record, wording)] : [];
  if (record.outcome === 'unsure') return [first, ...doubtSentences(record, wording), text('report.unreliable', {}, messages), ...answer, ...evidence, ...end];
  return [...answer, ...evidence, ...end];
}
