// What stands in the monitor's page beside the strip: state, rate, alarms, events, limits.
// SPDX-License-Identifier: MIT
import { byId, el } from './page.js';
import { drawKind } from './strip.js';
import { clock, doubtText, KINDS } from './words.js';

/** @typedef {import('./player.js').Mark} Mark */
/** @typedef {import('./player.js').Kind} Kind */
/** @typedef {import('./alarms.js').Change} Change */

const MOST_EVENTS = 60;

/** Changes a text only if it differs: a live region speaks at each change. @param {string} id @param {string} text */
export function say(id, text) {
  const node = byId(id);
  if (node.textContent !== text) node.textContent = text;
}

/** @param {import('./words.js').State} state */
export function showState({ style, title, text }) {
  const node = byId('state');
  if (node.dataset.style !== style) {
    node.dataset.style = style;
    byId('state-icon').setAttribute('href', `#i-${style}`);
  }
  say('state-title', title);
  say('state-text', text);
}

/** @param {number | null} rate */
export function showRate(rate) {
  say('rate', rate === null ? '--' : String(rate));
  say('rate-unit', rate === null ? 'not known now' : 'beats per minute');
}

/** @param {string} text @param {number} time @param {'alarm' | 'lost' | 'beat' | 'end'} kind */
export function addEvent(text, time, kind) {
  const list = byId('events');
  if (!list.querySelector('time')) list.replaceChildren();
  list.prepend(el('li', { class: `${kind}-event` }, el('time', {}, clock(time)), el('span', {}, text)));
  while (list.children.length > MOST_EVENTS) list.lastElementChild.remove();
}

export function clearEvents() {
  byId('events').replaceChildren(el('li', { class: 'small' }, 'Nothing yet.'));
  byId('counts').textContent = '';
}

/** A beat that is not of the usual kind. @param {Mark} mark @param {number} time */
export function addBeat({ kind, probability, reasons }, time) {
  const share = probability === null ? '' : ` (${Math.min(99, Math.round(probability * 100))}\u00a0%)`;
  if (kind === 'V' || kind === 'S') addEvent(`${kind}: ${KINDS[kind].text}${share}`, time, 'beat');
  if (kind === '?') addEvent(`A beat is not named: ${doubtText(reasons)}`, time, 'beat');
}

/** @param {Record<Kind, number>} counts */
export function showCounts(counts) {
  const total = Object.values(counts).reduce((sum, n) => sum + n, 0);
  say('counts', total === 0 ? '' : `${total} beats: ${counts.N} N, ${counts.S} S, ${counts.V} V, ${counts['?']} not sure, ${counts['-']} not judged`);
}

/** @param {Change[]} active @param {boolean} judged whether the signal can be judged now */
export function showAlarms(active, judged) {
  const key = active.map(({ kind, text }) => `${kind}${text}`).join() + (judged ? '' : '!');
  const node = byId('alarms');
  if (node.dataset.key === key) return;
  node.dataset.key = key;
  node.replaceChildren(...active.map(({ kind, text, time }) => {
    const more = kind === 'signal' || judged ? '' : '; not confirmed now, the signal cannot be judged';
    return el('div', { class: `alarm ${kind}`, 'data-alarm': kind }, text, el('span', {}, `since ${clock(time)}${more}`));
  }));
}

/** @param {Error & { code?: string } | null} error */
export function showProblem(error) {
  byId('problem').replaceChildren(...(error ? [el('div', { class: 'verdict error', role: 'alert', 'data-code': error.code ?? '' }, el('div', {}, el('h3', {}, 'This ECG is not shown'), el('p', {}, error.message)))] : []));
}

/** @param {string} footnote what the letters under the strip are */
export function showLegend(footnote) {
  const style = getComputedStyle(document.documentElement);
  const colours = new Proxy(/** @type {Record<string, string>} */ ({}), { get: (_, name) => style.getPropertyValue(`--${String(name)}`).trim() });
  byId('legend').replaceChildren(...(/** @type {Kind[]} */ (Object.keys(KINDS))).map((kind) => {
    const canvas = /** @type {HTMLCanvasElement} */ (el('canvas', { width: '56', height: '56', 'aria-hidden': 'true' }));
    const c = /** @type {CanvasRenderingContext2D} */ (canvas.getContext('2d'));
    c.scale(2, 2);
    drawKind(c, kind, 14, 14, colours);
    return el('li', { 'data-kind': kind }, canvas, el('span', {}, kind === '?' || kind === '-' ? KINDS[kind].text : `${kind}: ${KINDS[kind].text}`));
  }), ...(footnote ? [el('li', {}, footnote)] : []));
}
