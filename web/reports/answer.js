// What a record's answer is: in one place, for all that say it (reports, table, command, element, batch). Not a medical device.
// SPDX-License-Identifier: MIT

/** @typedef {import('../exam/exam.js').ExamRecord} ExamRecord */
/** @typedef {import('../bedside.js').Finding} Finding */

/**
 * - `signs`: what the model looks for leads;
 * - `noSigns`: it does not. That rules nothing out, and the name of the label that leads instead ("normal") is never said as the answer;
 * - `label`: a kind that the model sorts into leads;
 * - `marked`, `nothingMarked`: of a model that marks pixels.
 * @typedef {{kind: 'signs' | 'noSigns' | 'label', label: string, finding: Finding} | {kind: 'marked' | 'nothingMarked', label: string, finding: null}} Answer
 *   label: what is looked for, else what leads; finding: its probability, the figure that is said first
 */

/** What the model looks for, if it does. @param {ExamRecord} record */
const soughtOf = ({ model, findings }) => findings.find(({ label }) => label === model.positive);

/** Whether it is to be trusted is another question: {@link ExamRecord} outcome. @param {ExamRecord} record @returns {Answer | null} null: there is none */
export function answerOf(record) {
  const { findings, marking, top } = record;
  if (marking) return { kind: marking.marked > 0 ? 'marked' : 'nothingMarked', label: marking.label, finding: null };
  if (top === null || findings.length === 0) return null;
  const sought = soughtOf(record);
  if (!sought) return { kind: 'label', label: findings[top].label, finding: findings[top] };
  return { kind: findings[top] === sought ? 'signs' : 'noSigns', label: sought.label, finding: sought };
}

/** All labels: what the model looks for first, then the most probable. @param {ExamRecord} record */
export function orderedFindings(record) {
  const sought = soughtOf(record);
  return [...record.findings].sort((a, b) => Number(b === sought) - Number(a === sought) || b.probabilityQ16 - a.probabilityQ16 || a.index - b.index);
}

/**
 * Whether a label is the other one of two: in a sentence it is called "no signs of" what the model looks for.
 * @param {ExamRecord} record @param {string} label
 */
export const isOpposite = (record, label) => record.findings.length === 2 && soughtOf(record) !== undefined && label !== record.model.positive;

/** The examined one of several frames, the first is 1; null if there is one only, or none was examined. @param {Pick<ExamRecord, 'input'>} record */
export const frameOf = ({ input }) => (input && input.frames > 1 && input.width > 0 ? { frame: input.frame + 1, frames: input.frames } : null);

/** The size of the examined part of an ultrasound screen; null if all of the frame was examined, or nothing. @param {Pick<ExamRecord, 'input'>} record */
export const partOf = ({ input }) => (input?.part && input.width > 0 ? { width: input.part.width, height: input.part.height } : null);
