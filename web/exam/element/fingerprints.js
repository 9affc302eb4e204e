// Exact numbers and hashes of an examination, to be copied into a record. Not a medical device.
// SPDX-License-Identifier: MIT
import { el } from './dom.js';
import { labelOf } from './result.js';

/** @typedef {import('./context.js').Context} Context */

/** A value that can be copied as it is. @param {Context} c @param {string} what @param {string} value */
function copyable({ words, act }, what, value) {
  const text = el('span', { class: 'hash', dir: 'ltr' }, value);
  const copy = async (/** @type {Event} */ event) => {
    const button = /** @type {HTMLButtonElement} */ (event.currentTarget);
    try {
      await navigator.clipboard.writeText(value);
      button.textContent = words.say('copy.done');
      act.say(words.say('copy.done'));
    } catch {
      getSelection()?.selectAllChildren(text);
      act.say(words.say('copy.failed'));
      button.textContent = words.say('copy.failed');
    }
  };
  return [text, el('button', { type: 'button', class: 'button plain little', 'aria-label': words.say('copy.what', { what }), onclick: copy }, words.say('copy'))];
}

/** @param {Context} c @param {import('../exam.js').ExamRecord} r */
export function fingerprints(c, r) {
  const { words } = c;
  /** @type {[string, (Node | string)[]][]} */
  const rows = r.findings.map((f) => [labelOf(c, f.label), [words.say('record.score', {
    probability: words.percent(f.probability, 2), low: words.percent(f.low, 2), high: words.percent(f.high, 2), logit: f.logit,
  })]]);
  if (r.distanceLimit) rows.push([words.say('record.distance'), [words.say('record.distance.value', { distance: words.number(r.distance, 2), limit: words.number(r.distanceLimit, 2) })]]);
  const hashes = [['record.file', r.input?.sha256], ['record.model', r.model.sha256], ['record.map', r.explanation?.sha256], ['record.id', r.id]];
  for (const [key, value] of hashes) {
    if (value) rows.push([words.say(String(key)), copyable(c, words.say(String(key)), value)]);
  }
  rows.push([words.say('record.time'), [words.time(r.time)]]);
  return el('details', { part: 'record' }, el('summary', {}, words.say('record.summary')),
    el('dl', { class: 'record' }, ...rows.map(([name, values]) => el('div', {}, el('dt', {}, name), el('dd', {}, ...values)))));
}
