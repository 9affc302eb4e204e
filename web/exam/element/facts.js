// About this run: which requests the browser has reported, how long it took, what computed, which model. Not a medical device.
// SPDX-License-Identifier: MIT
import { cardButton } from './card.js';
import { el, english, icon } from './dom.js';

/** @typedef {import('./context.js').Context} Context */

/** @param {string} symbol @param {string} title @param {(Node | string | null | undefined | false)[]} content */
const fact = (symbol, title, ...content) => el('div', {}, el('h4', {}, icon(symbol), title), ...content);

/**
 * What was asked of the network, as far as the browser reports it: the heading claims no more, for sockets, frames and what is sent with a request to
 * the page's own address are not seen.
 * @param {Context} c
 */
export function requests({ words, state }) {
  const sum = state.requests;
  if (!sum) return fact('info', words.say('facts.requests.title'), el('p', {}, words.say('facts.wait')));
  const { own, foreign } = sum;
  return fact(foreign ? 'out' : 'info', words.say(foreign ? 'facts.foreign' : 'facts.private'), el('div', {},
    el('p', { 'data-requests': own + foreign, 'data-foreign': foreign }, words.say('facts.requests', { foreign, own }), ' ', words.say('facts.reported')),
    own + foreign > 0 && list(words, sum)));
}

/** The addresses, written out when somebody wants to see them. @param {Context['words']} words @param {import('./context.js').Requests} sum */
function list(words, { own, foreign, listed }) {
  const node = el('details', {}, el('summary', {}, words.say('facts.list')));
  node.addEventListener('toggle', () => {
    if (!node.open || node.childElementCount > 1) return;
    const urls = [...listed.foreign, ...listed.own];
    node.append(el('ol', {}, ...urls.map((url) => english(url, 'li'))), urls.length < own + foreign ? el('p', {}, words.say('facts.listed', { count: urls.length })) : '');
  });
  return node;
}

/** @param {Context} c */
function time({ words, state }) {
  const times = state.phase === 'done' ? state.examined?.times : null;
  if (!times) return words.say('facts.time.none');
  if (state.examined?.outcome === 'refused') return words.say('refused.title');
  const [total, read, run, explain] = [times.totalMs, times.readMs + times.prepareMs, times.runMs, times.explainMs].map((ms) => words.milliseconds(ms));
  return words.say('facts.time.value', { total, read, run, explain });
}

/** @param {Context} c */
export function facts(c) {
  const { words, examiner, state } = c;
  const gone = state.phase === 'failed' ? 'facts.none' : 'facts.loading';
  return el('section', { class: 'facts', 'aria-label': words.say('facts.title'), part: 'facts' },
    el('div', { id: 'requests' }, requests(c)),
    fact('clock', words.say('facts.time'), el('p', {}, time(c))),
    fact('chip', words.say('facts.engine'), el('p', {}, examiner ? `${words.say(`facts.${examiner.engine.simd}`)}. ${words.say('facts.same')}` : words.say(gone))),
    fact('model', words.say('facts.model'),
      el('p', {}, examiner
        ? el('span', {}, words.has(`model.${examiner.entry.id}`) ? words.say(`model.${examiner.entry.id}`) : el('bdi', {}, examiner.card.title), ' \u00b7 ', words.bytes(examiner.card.fileBytes), ' \u00b7 ',
          el('span', { class: 'hash', dir: 'ltr' }, examiner.card.sha256.slice(0, 12)))
        : words.say(gone)),
      examiner && cardButton(c, 'card')));
}

