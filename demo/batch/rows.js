// What a row of the batch says, and in which order rows come. Not a medical device.
// SPDX-License-Identifier: MIT

import { answerOf as answerOfRecord, frameOf } from '../../web/reports/answer.js';

/** @typedef {import('./run.js').Row} Row */
/** @typedef {import('../../web/exam/messages/messages.js').Words} Words */
/** @typedef {'index' | 'path' | 'outcome' | 'answer' | 'probability'} Key */

/** What needs somebody's eyes comes first. @type {Record<string, number>} */
const ORDER = { refused: 0, unsure: 1, finding: 2 };

/** @param {Row} row @returns {'refused' | 'unsure' | 'finding'} */
export const outcomeOf = (row) => row.record.outcome;

/** @param {Words} words @param {string} label */
const labelOf = (words, label) => (words.has(`label.${label}`) ? words.say(`label.${label}`) : label);

/** The finding that a row shows: what is looked for, else the most probable; none where there is no answer. @param {Row} row */
export function findingOf({ record }) {
  if (record.outcome === 'refused' || record.findings.length === 0) return null;
  return answerOfRecord(record)?.finding ?? null;
}

/** What the model looks for, as a noun, where there is one: "malignancy" of "malignant". @param {Words} words @param {string} label */
const nameOf = (words, label) => (words.has(`sought.${label}`) ? words.say(`sought.${label}`) : labelOf(words, label));

/** The answer in words; an unsure or refused row has none. @param {Row} row @param {Words} words */
export function answerOf({ record }, words) {
  if (record.outcome !== 'finding') return '';
  if (record.marking) return words.say(record.marking.marked ? 'batch.marked' : 'finding.empty', { label: labelOf(words, record.marking.label), share: words.percent(record.marking.area, 1) });
  const answer = answerOfRecord(record);
  if (!answer) return '';
  return answer.kind === 'label' ? labelOf(words, answer.label) : words.say(`answer.${answer.kind}`, { sought: nameOf(words, answer.label) });
}

/** @param {Row} row @param {Words} words */
export function probabilityOf(row, words) {
  const finding = findingOf(row);
  if (!finding) return '';
  return words.say('batch.probability', { label: finding.label === row.record.model.positive ? nameOf(words, finding.label) : labelOf(words, finding.label), probability: words.roughly(finding.probability), range: words.range(finding.low, finding.high) });
}

/** Why there is no answer, or why it is not to be trusted. @param {Row} row @param {Words} words */
export function reasonOf({ record, sameAs }, words) {
  const frame = frameOf(record);
  const also = [
    ...(frame && (record.refusal || !record.doubts.includes('frames')) ? [words.say('doubt.frames', frame)] : []),
    ...(sameAs === null ? [] : [words.say('batch.same', { number: sameAs + 1 })]),
  ];
  const { refusal, doubts } = record;
  if (refusal) return [words.say(words.has(`error.${refusal.code}`) ? `error.${refusal.code}` : 'error.other'), ...also].join(' ');
  const said = doubts.map((doubt) => (words.has(`doubt.${doubt}`) ? words.say(`doubt.${doubt}`, frame ?? {}) : words.say('doubt.other', { doubt })));
  return [...said, ...also].join(' ');
}

/** @param {Row[]} rows @param {Key} key @param {boolean} down @param {Words} words */
export function sorted(rows, key, down, words) {
  const { compare } = new Intl.Collator(words.language, { numeric: true });
  /** Rows without a probability come last, whichever way. @param {Row} row */
  const probability = (row) => findingOf(row)?.probability ?? (down ? -1 : 2);
  /** @type {Record<Key, (a: Row, b: Row) => number>} */
  const by = {
    index: (a, b) => a.index - b.index,
    path: (a, b) => compare(a.path, b.path),
    outcome: (a, b) => ORDER[outcomeOf(a)] - ORDER[outcomeOf(b)],
    answer: (a, b) => compare(answerOf(a, words), answerOf(b, words)),
    probability: (a, b) => probability(a) - probability(b),
  };
  return [...rows].sort((a, b) => (down ? -1 : 1) * by[key](a, b) || a.index - b.index);
}
