// What stands in the monitor's page beside the strip: state, rate, alarms, events, limits.
// SPDX-License-Identifier: MIT
import { el } from '../../web/exam/element/dom.js';
import { tell, text } from '../tell.js';
import { explained } from '../trouble.js';
import { byId } from './page.js';
import { drawKind } from './strip.js';
import { alarmText, clock, doubtText, KINDS } from './words.js';

/** @typedef {import('../tell.js').Say} Say */
/** @typedef {import('./player.js').Mark} Mark */
/** @typedef {import('./player.js').Kind} Kind */
/** @typedef {import('./alarms.js').Change} Change */

const MOST_EVENTS = 60;

/** @param {string} id @param {Say} how */
export const say = (id, how) => void tell(byId(id), how);

/** @param {import('./words.js').State} state */
export function showState({ style, title, text: more }) {
  const node = byId('state');
  if (node.dataset.style !== style) {
    node.dataset.style = style;
    byId('state-icon').setAttribute('href', `#i-${style}`);
  }
  say('state-title', title);
  say('state-text', more);
}

/** @param {number | null} rate */
export function showRate(rate) {
  say('rate', (words) => (rate === null ? '--' : words.number(rate)));
  say('rate-unit', text(rate === null ? 'ecg.rate.unknown' : 'ecg.rate.unit'));
}

/** @param {Say} how @param {number} time @param {'alarm' | 'lost' | 'beat' | 'end'} kind */
export function addEvent(how, time, kind) {
  const list = byId('events');
  if (!list.querySelector('time')) list.replaceChildren();
  list.prepend(el('li', { class: `${kind}-event` }, el('time', {}, clock(time)), tell(el('span'), how)));
  while (list.children.length > MOST_EVENTS) list.lastElementChild.remove();
}

export function clearEvents() {
  byId('events').replaceChildren(tell(el('li', { class: 'small' }), text('ecg.events.none')));
  say('counts', () => '');
}

/** A beat that is not of the usual kind. @param {Mark} mark @param {number} time */
export function addBeat({ kind, probability, reasons }, time) {
  if (kind === 'V' || kind === 'S') {
    addEvent((words) => {
      const name = words.say('ecg.kind.line', { letter: kind, text: words.say(KINDS[kind]) });
      return probability === null ? name : words.say('ecg.event.beat', { name, share: words.percent(Math.min(0.99, probability)) });
    }, time, 'beat');
  }
  if (kind === '?') addEvent((words) => words.say('ecg.event.unsure', { why: doubtText(words, reasons) }), time, 'beat');
}

/** @param {Readonly<Record<Kind, number>>} counts */
export function showCounts(counts) {
  const { N, S, V, '?': unsure, '-': withheld } = counts;
  const count = N + S + V + unsure + withheld;
  say('counts', count === 0 ? () => '' : text('ecg.counts', { count, N, S, V, unsure, withheld }));
}

/** @param {Change[]} active @param {boolean} judged whether the signal can be judged now */
export function showAlarms(active, judged) {
  const node = byId('alarms');
  const key = JSON.stringify([judged, active]);
  if (node.dataset.key === key) return;
  node.dataset.key = key;
  tell(node, (words) => active.map((change) => {
    const { kind, time } = change;
    const since = kind === 'signal' || judged ? 'ecg.alarm.since' : 'ecg.alarm.unconfirmed';
    return el('div', { class: `alarm ${kind}`, 'data-alarm': kind }, alarmText(words, change), el('span', {}, words.say(since, { time: clock(time) })));
  }));
}

/** @param {unknown} error null: there is none */
export function showProblem(error) {
  tell(byId('problem'), (words) => (error
    ? [el('div', { class: 'verdict error', role: 'alert' }, el('div', {}, el('h3', {}, words.say('ecg.problem')), ...explained(words, error, 'ecg.error')))] : []));
}

/** @param {string} footnote what the letters under the strip are: a key, or empty */
export function showLegend(footnote) {
  const style = getComputedStyle(document.documentElement);
  const colours = new Proxy(/** @type {Record<string, string>} */ ({}), { get: (_, name) => style.getPropertyValue(`--${String(name)}`).trim() });
  tell(byId('legend'), (words) => [...(/** @type {Kind[]} */ (Object.keys(KINDS))).map((kind) => {
    const canvas = el('canvas', { width: '56', height: '56', 'aria-hidden': 'true' });
    const c = /** @type {CanvasRenderingContext2D} */ (canvas.getContext('2d'));
    c.scale(2, 2);
    drawKind(c, kind, 14, 14, colours);
    const name = words.say(KINDS[kind]);
    return el('li', { 'data-kind': kind }, canvas, el('span', {}, kind === '?' || kind === '-' ? name : words.say('ecg.kind.line', { letter: kind, text: name })));
  }), ...(footnote ? [el('li', {}, words.say(footnote))] : [])]);
}
