// A record in sentences: the outcome first, doubts before figures. Used by every report, in any language. Not a medical device.
// SPDX-License-Identifier: MIT
import { answerOf, frameOf, isOpposite, orderedFindings, partOf } from './answer.js';
import { MESSAGES, text } from './messages.js';

/** @typedef {import('../exam/exam.js').ExamRecord} ExamRecord */
/** @typedef {{messages?: import('./messages.js').Messages, language?: string}} Wording messages: `label.MODEL.LABEL` names a label, `report.sought.LABEL` what the model looks for */

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

/** What the model looks for, as a noun: "malignancy" of the label "malignant". @param {ExamRecord} record @param {string} label @param {Wording} wording */
export function soughtName(record, label, { messages }) {
  const key = `report.sought.${label}`;
  return messages?.[key] ?? messages?.[`label.${record.model.id}.${label}`] ?? /** @type {Record<string, string>} */ (MESSAGES)[key] ?? label;
}

/** A label's name in a list: the other one of two is "no signs of" what the model looks for, never "normal". @param {ExamRecord} record @param {string} label @param {Wording} wording */
export function listedName(record, label, wording) {
  if (!isOpposite(record, label)) return labelName(record, label, wording);
  return text('report.noSignsOf', { label: soughtName(record, record.model.positive ?? '', wording) }, wording.messages);
}

/** A label's name in a sentence. @param {ExamRecord} record @param {string} label @param {Wording} wording */
export const nameOf = (record, label, wording) => (label === record.model.positive ? soughtName : listedName)(record, label, wording);

/** @param {ExamRecord} record @param {import('../bedside.js').Finding} finding @param {Wording} wording */
export function probabilitySentence(record, finding, wording) {
  const values = { label: labelName(record, finding.label, wording), probability: percent(finding.probability, wording), low: percent(finding.low, wording), high: percent(finding.high, wording) };
  return text('report.probability', values, wording.messages);
}

/** @param {ExamRecord} record @param {Wording} wording */
export const doubtSentences = (record, { messages }) => record.doubts.map((doubt) => text(`report.doubt.${doubt}`, frameOf(record) ?? {}, messages));

/** Which of several frames was examined, unless a doubt says it. @param {ExamRecord} record @param {Wording} wording @returns {string[]} */
function frameSentences(record, { messages }) {
  const frame = frameOf(record);
  return frame && !(record.outcome === 'unsure' && record.doubts.includes('frames')) ? [text('report.doubt.frames', frame, messages)] : [];
}

/** Of a machine's screen: that only a part of it was examined. @param {ExamRecord} record @param {Wording} wording @returns {string[]} */
function partSentences({ input }, { messages }) {
  const part = partOf({ input });
  return part ? [text('report.part', part, messages)] : [];
}

/** Through which window, where somebody has chosen it; and what the file's own is. @param {ExamRecord} record @param {Wording} wording @returns {string[]} */
function windowSentences({ input }, { messages, language }) {
  const window = input?.window;
  if (window?.from !== 'given') return [];
  const figures = (/** @type {{centre: number, width: number}} */ w) => {
    const [centre, width] = [w.centre, w.width].map((value) => formatter(language, { useGrouping: false, maximumFractionDigits: 6 }).format(value));
    return { centre, width };
  };
  const [own] = window.own ?? [];
  return [text('report.window', { ...figures(window), own: text(`report.window.${own?.from ?? 'unknown'}`, own ? figures(own) : {}, messages) }, messages)];
}

/**
 * What a person has chosen or stated: the answer may be another without it. Frame, part of it, window, then what stands in place of what the file does not say.
 * @param {ExamRecord} record @param {Wording} wording @returns {string[]}
 */
export function choiceSentences(record, wording) {
  const { messages } = wording;
  const stated = record.checks.filter((check) => check.stated).map(({ what, found }) => text('report.stated', { what: text(`report.${what}`, {}, messages), value: found ?? '' }, messages));
  return [...frameSentences(record, wording), ...partSentences(record, wording), ...windowSentences(record, wording), ...stated];
}

/** The probability of what the answer speaks of, with its interval and for which shares of sick and healthy it holds. @param {ExamRecord} record @param {import('../bedside.js').Finding} finding @param {Wording} wording */
function soughtSentence(record, finding, wording) {
  const values = { label: soughtName(record, finding.label, wording), probability: percent(finding.probability, wording), low: percent(finding.low, wording), high: percent(finding.high, wording) };
  return text('report.probabilityOf', values, wording.messages);
}

/** The answer in few words, for a cell of a table: "no signs of pneumonia". @param {ExamRecord} record @param {Wording} wording */
export function answerWords(record, wording) {
  const answer = answerOf(record);
  if (answer?.kind === 'signs' || answer?.kind === 'noSigns') return text(`report.${answer.kind}Of`, { label: soughtName(record, answer.label, wording) }, wording.messages);
  return answer ? labelName(record, answer.label, wording) : '';
}

/** The conformal set; null if the model has none. @param {ExamRecord} record @param {Wording} wording */
export function setSentence(record, wording) {
  const { model, findings } = record;
  if (!(model.setCoverage > 0) || findings.length === 0) return null;
  const { messages } = wording;
  const labels = orderedFindings(record).filter(({ inSet }) => inSet).map(({ label }) => listedName(record, label, wording));
  return text(labels.length ? 'report.setHolds' : 'report.setEmpty', { coverage: coverage(record, wording), labels: labels.join(text('report.list', {}, messages)) }, messages);
}

/** "90 %": of the conformal set. @param {ExamRecord} record @param {Wording} wording */
export function coverage({ model }, { language }) {
  const figure = formatter(language, { style: 'percent' }).format(model.setCoverage);
  return (language ?? 'en').startsWith('en') ? figure.replace('%', ' %') : figure;
}

/** What the model answers; of an unsure record its figures only. @param {ExamRecord} record @param {Wording} wording @returns {string[]} */
export function answerSentences(record, wording) {
  const { messages } = wording;
  const { marking, outcome } = record;
  if (marking) {
    const label = labelName(record, marking.label, wording);
    const marked = marking.marked > 0 ? text('report.marked', { label, area: percent(marking.area, wording) }, messages) : text('report.nothingMarked', { label }, messages);
    return [marked, text('report.certainty', { certainty: percent(marking.certainty, wording) }, messages)];
  }
  const answer = answerOf(record);
  if (!answer?.finding) return [];
  const sought = answer.kind !== 'label';
  const first = sought ? text(`report.${answer.kind}`, { label: soughtName(record, answer.label, wording) }, messages) : text('report.leads', { label: labelName(record, answer.label, wording) }, messages);
  const figures = sought ? [soughtSentence(record, answer.finding, wording)] : orderedFindings(record).map((finding) => `${probabilitySentence(record, finding, wording)}.`);
  return outcome === 'finding' ? [first, ...figures] : figures;
}

/** Where the evidence is: the heat map in words. @param {ExamRecord} record @param {Wording} wording */
export function evidenceSentence(record, wording) {
  const { messages } = wording;
  const { explanation } = record;
  if (!explanation) return text('report.noMap', {}, messages);
  const label = nameOf(record, explanation.label, wording);
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
  const choices = choiceSentences(record, wording);
  if (record.outcome === 'refused') return [first, record.refusal?.message ?? '', ...choices, ...end].filter(Boolean);
  const answer = answerSentences(record, wording);
  const evidence = record.explanation ? [evidenceSentence(record, wording)] : [];
  if (record.outcome === 'unsure') return [first, ...doubtSentences(record, wording), ...choices, text('report.unreliable', {}, messages), ...answer, ...evidence, ...end];
  return [...answer, ...choices, ...evidence, ...end];
}
