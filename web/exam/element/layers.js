// What each layer of the network makes of the picture, for the curious: examined once more when it is opened, a layer at a time.
// Not a medical device.
// SPDX-License-Identifier: MIT
import { el, english } from './dom.js';
import { channelCanvas, vectorCanvas } from './draw.js';

/** @typedef {import('./context.js').Context} Context */

/** So many channels of a layer are drawn. */
const MOST = 64;

/** @param {Context} c @param {import('../exam.js').Layer[]} all @param {number} at @param {(at: number) => void} turn */
function page({ words }, all, at, turn) {
  const layer = all[at];
  const [, height, width, channels] = layer.dims;
  const shown = Math.min(channels, MOST);
  const button = (/** @type {string} */ key, /** @type {number} */ to) =>
    el('button', { type: 'button', class: 'button plain little', 'data-do': key, disabled: to < 0 || to >= all.length, onclick: () => turn(to) }, words.say(key));
  const drawn = width * height === 1
    ? vectorCanvas(layer, { class: 'vector', role: 'img', 'aria-label': words.say('layers.vector') })
    : el('div', { class: 'channels' }, ...Array.from({ length: shown }, (_, channel) =>
      channelCanvas(layer, channel, { role: 'img', 'aria-label': words.say('layers.channel', { number: channel + 1 }) })));
  const title = words.say('layers.name', { number: at + 1, count: all.length, name: '\u0000' }).split('\u0000');
  return el('div', { class: 'state' },
    el('div', { class: 'buttons' }, button('layers.previous', at - 1), button('layers.next', at + 1)),
    el('p', { 'aria-live': 'polite' }, title[0], english(layer.name), title[1] ?? '', ' \u00b7 ', words.say('layers.shape', { channels, width, height }), '. ',
      channels > shown && width * height > 1 ? words.say('layers.more', { count: shown }) : ''),
    drawn);
}

/** @param {Context} c */
export function layers(c) {
  const { words, act } = c;
  const body = el('div', { class: 'state' }, el('p', { class: 'small' }, words.say('layers.wait')));
  const node = el('details', { part: 'layers' }, el('summary', {}, words.say('layers.summary')), el('p', { class: 'small' }, words.say('layers.text')), body);
  node.addEventListener('toggle', async () => {
    if (!node.open || node.dataset.filled) return;
    node.dataset.filled = 'true';
    try {
      const all = await act.layers();
      const turn = (/** @type {number} */ at, focus = '') => {
        body.replaceChildren(page(c, all, at, (to) => turn(to, to > at ? 'layers.next' : 'layers.previous')));
        if (!focus) return;
        const button = /** @type {HTMLButtonElement | null} */ (body.querySelector(`[data-do="${focus}"]:not(:disabled)`) ?? body.querySelector('button:not(:disabled)'));
        button?.focus();
      };
      if (all.length) turn(0);
      else body.replaceChildren(words.say('facts.none'));
    } catch (error) {
      body.replaceChildren(el('p', {}, words.say('facts.none')), english(String(/** @type {Error} */ (error).message), 'p'));
    }
  });
  return node;
}
