// The model's card, in a dialog: what it is for, what it cannot do, what it has learned from. Not a medical device.
// SPDX-License-Identifier: MIT
import { el, english, icon } from './dom.js';

/** @typedef {import('./context.js').Context} Context */

/**
 * A modal dialog: the browser keeps the focus in it, closes it on Escape and gives the focus back.
 * @param {Context} c @param {string} title @param {Node[]} content
 */
export function sheet({ words }, title, ...content) {
  const dialog = el('dialog', { 'aria-labelledby': 'sheet-title', part: 'dialog' },
    el('div', { class: 'sheet' },
      el('div', { class: 'sheet-head' },
        el('h3', { id: 'sheet-title' }, title),
        el('button', { type: 'button', class: 'button plain little', 'data-do': 'close', onclick: () => dialog.close() }, words.say('close'))),
      ...content));
  dialog.addEventListener('close', () => dialog.remove());
  return dialog;
}

/** @param {Context} c */
export function cardDialog(c) {
  const { words, examiner } = c;
  const card = /** @type {import('../exam.js').Examiner} */ (examiner).card;
  /** @type {[string, string[]][]} */
  const rows = [
    ['card.what', [card.title]],
    ['card.use', [card.intendedUse]],
    ['card.limits', card.limits],
    ['card.data', [card.data]],
    ['card.licence', [card.licence]],
    ['card.sources', card.citation],
  ];
  const lines = (/** @type {string[]} */ texts) => (texts.length > 1 ? el('ul', { lang: 'en', dir: 'ltr' }, ...texts.map((text) => english(text, 'li'))) : english(texts[0], 'p'));
  return sheet(c, words.say('card.title'),
    el('p', { class: 'notice', role: 'note' }, icon('info'), el('span', {}, el('strong', {}, words.say('notice.title')), ' ', words.say('notice.text'))),
    words.language === 'en' ? el('span') : el('p', { class: 'small' }, words.say('card.language')),
    el('dl', {},
      ...rows.filter(([, texts]) => texts.some(Boolean)).map(([key, texts]) => el('div', {}, el('dt', {}, words.say(key)), el('dd', {}, lines(texts.filter(Boolean))))),
      el('div', {}, el('dt', {}, words.say('card.version')), el('dd', {}, card.version)),
      el('div', {}, el('dt', {}, words.say('card.size')), el('dd', {}, words.bytes(card.fileBytes))),
      el('div', {}, el('dt', {}, words.say('card.hash')), el('dd', { class: 'hash', dir: 'ltr' }, card.sha256))));
}

/** The button that shows it. @param {Context} c @param {string} name for `data-do`: there may be two */
export const cardButton = ({ words, act }, name) => el('button', { type: 'button', class: 'link', 'data-do': name, part: 'card-button', onclick: () => act.showCard() }, words.say('card.button'));
