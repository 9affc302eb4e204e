// A record as lines for a terminal: the outcome first. Not a medical device.
// SPDX-License-Identifier: MIT
import { text } from '../web/reports/messages.js';
import { answerSentences, choiceSentences, doubtSentences, evidenceSentence, headline } from '../web/reports/sentences.js';

/** Text of a file must not steer a terminal. @param {string} value */
export const harmless = (value) => value.replace(/[\u0000-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g, '\ufffd');

/** @param {string} path @param {import('../web/exam/exam.js').ExamRecord} record */
export function recordText(path, record) {
  const { outcome, refusal, explanation, model, input } = record;
  const first = { finding: `${headline(record, {})}.`, unsure: headline(record, {}).toUpperCase(), refused: headline(record, {}).toUpperCase() }[outcome];
  const choices = choiceSentences(record, {});
  const body = outcome === 'refused' ? [refusal?.message ?? '', ...choices] : [
    ...(outcome === 'unsure' ? [...doubtSentences(record, {}), ...choices, text('report.unreliable')] : choices),
    ...answerSentences(record, {}).map((line) => `  ${line}`),
    ...(explanation ? [evidenceSentence(record, {})] : []),
  ];
  const lines = [first, ...body, `${text('report.model')}: ${model.id} ${model.version}, SHA-256 ${model.sha256}`, `${text('report.file')}: SHA-256 ${input?.sha256 ?? ''}`];
  return `${harmless(path)}\n${lines.map((line) => `  ${harmless(line)}\n`).join('')}`;
}

/** @param {string} path @param {string} message */
export const failureText = (path, message) => `${harmless(path)}: ${harmless(message)}\n`;

export const NOTICE = `${text('report.preliminary')} ${text('report.notDevice')}\n`;
