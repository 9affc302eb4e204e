// Tables out: one line of CSV per record. Types and documentation: reports.d.ts. Not a medical device.
// SPDX-License-Identifier: MIT
import { answerOf, frameOf } from './answer.js';
import { nameText } from './identity.js';
import { checkedRecord } from './reportable.js';
import { answerWords, doubtSentences, headline, listedName } from './sentences.js';

/** @typedef {import('../exam/exam.js').ExamRecord} ExamRecord */

const NOTICE = 'Not a medical device. Research only.';

/** A share of 1 with a point, whatever the language: a table is read by machines. @param {number | undefined} value */
const figure = (value) => (value === undefined ? '' : value.toFixed(4));

/** Of what the answer speaks of. @param {ExamRecord} record */
const probability = (record) => (record.outcome === 'finding' ? answerOf(record)?.finding : null);

/** @param {ExamRecord} record */
const answer = (record) => (record.outcome !== 'finding' ? '' : answerWords(record, {}) + (record.marking ? `: ${record.marking.marked > 0 ? 'marked' : 'nothing marked'}` : ''));

/** What each column says. The outcome is the first and stands in words, the answer is empty unless the record is certain. @type {[string, (record: ExamRecord) => string | number | undefined][]} */
const CELLS = [
  ['outcome', (r) => ({ finding: 'finding', unsure: 'NOT SURE', refused: 'REFUSED' })[r.outcome]],
  ['file', (r) => r.input?.name ?? ''],
  ['answer', answer],
  ['probability', (r) => figure(probability(r)?.probability)],
  ['low', (r) => figure(probability(r)?.low)],
  ['high', (r) => figure(probability(r)?.high)],
  ['refused', (r) => (r.outcome === 'refused' ? `${headline(r, {})}. ${r.refusal?.message ?? ''}` : '')],
  ['refused_code', (r) => (r.outcome === 'refused' ? (r.refusal?.code ?? '') : '')],
  ['unsure', (r) => (r.outcome === 'unsure' ? [`${headline(r, {})}.`, ...doubtSentences(r, {})].join(' ') : '')],
  ['doubts', (r) => r.doubts.join(' ')],
  ['labels', (r) => (r.outcome === 'refused' ? '' : r.findings.map((f) => `${listedName(r, f.label, {})}=${figure(f.probability)}`).join(' | '))],
  ['in_set', (r) => (r.outcome !== 'finding' || !r.model.setCoverage ? '' : r.findings.filter((f) => f.inSet).map((f) => listedName(r, f.label, {})).join(' | '))],
  ['marked_area', (r) => (r.outcome === 'refused' ? '' : figure(r.marking?.area))],
  ['marked_certainty', (r) => (r.outcome === 'refused' ? '' : figure(r.marking?.certainty))],
  ['evidence', (r) => (r.outcome === 'refused' || !r.explanation ? '' : `${listedName(r, r.explanation.label, {})}: ${r.explanation.places.join(' ') || 'nowhere in particular'}`)],
  ['patient_name', (r) => nameText(r.input?.dicom?.patientName)],
  ['patient_id', (r) => r.input?.dicom?.patientId ?? ''],
  ['study_date', (r) => r.input?.dicom?.studyDate ?? ''],
  ['modality', (r) => r.input?.dicom?.modality ?? ''],
  ['body_part', (r) => r.input?.dicom?.bodyPart ?? ''],
  ['stated', (r) => r.checks.filter((check) => check.stated).map(({ what, found }) => `${what}=${found}`).join(' | ')],
  ['sop_instance_uid', (r) => r.input?.dicom?.sopInstanceUid ?? ''],
  ['frame', (r) => frameOf(r)?.frame ?? ''],
  ['frames', (r) => frameOf(r)?.frames ?? ''],
  ['window', ({ input }) => (input?.window ? `${input.window.from} ${input.window.centre} ${input.window.width}` : '')],
  ['width', (r) => r.input?.width || ''],
  ['height', (r) => r.input?.height || ''],
  ['model', (r) => r.model.id],
  ['model_version', (r) => r.model.version],
  ['model_sha256', (r) => r.model.sha256],
  ['file_sha256', (r) => r.input?.sha256 ?? ''],
  ['map_sha256', (r) => r.explanation?.sha256 ?? ''],
  ['time', (r) => r.time],
  ['record', (r) => r.id],
  ['software', (r) => `${r.software.name} ${r.software.version}`],
  ['notice', () => NOTICE],
];

export const COLUMNS = Object.freeze(CELLS.map(([name]) => name));
const AFTER = COLUMNS.indexOf('file') + 1;

/**
 * A cell as RFC 4180 has it. Text that a spreadsheet would calculate (signs, "equals" and "at", also after a blank that it strips) is led by
 * an apostrophe; what divides cells where a comma is the decimal point, or in a clipboard, is quoted, too; numbers of our own are none of it, having no sign.
 * @param {string | number | undefined} value
 */
function cell(value) {
  // Neither zero bytes nor half a surrogate pair: they end a text for some readers.
  let text = String(value ?? '').replace(/\0/g, '').replace(/[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g, '\ufffd');
  if (/^[\s\u00a0\ufeff]*[=+\-@\uff1d\uff0b\uff0d\uff20]/.test(text) || /^[\t\r\n]/.test(text)) text = `'${text}`;
  return /[",;\t\r\n]/.test(text) || /^\s|\s$/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** @param {Iterable<ExamRecord>} records @param {import('./reports.js').CsvOptions} [options] */
export function toCsv(records, { bom = true, header = true, paths } = {}) {
  /** A line with its path after the file's name, if paths are wanted. @param {string[]} cells @param {string} path */
  const line = (cells, path) => (paths ? [...cells.slice(0, AFTER), path, ...cells.slice(AFTER)] : cells).join(',');
  const lines = Array.from(records, (record, i) => {
    const checked = checkedRecord(record);
    return line(CELLS.map(([, of]) => cell(of(checked))), cell(paths?.[i]));
  });
  return `${bom ? '\ufeff' : ''}${[...(header ? [line([...COLUMNS], 'path')] : []), ...lines].map((text) => `${text}\r\n`).join('')}`;
}
