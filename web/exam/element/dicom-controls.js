// Which frame of a DICOM object is examined, and through which window. Another one is another picture: it is examined anew, when the
// slider is let go of. Not a medical device.
// SPDX-License-Identifier: MIT
import { el } from './dom.js';

/** @typedef {import('./context.js').Context} Context */

/**
 * @param {{id: string, label: string, min: number, max: number, step: number, value: number, text: (value: number) => string, change: (value: number) => void}} options
 */
function slider({ id, label, min, max, step, value, text, change }) {
  const output = el('output', { for: id, 'aria-live': 'off' }, text(value));
  // The slider itself says its value.
  const input = el('input', { type: 'range', id, min, max, step, value, 'aria-valuetext': text(value) });
  input.addEventListener('input', () => {
    output.value = text(Number(input.value));
    input.setAttribute('aria-valuetext', output.value);
  });
  input.addEventListener('change', () => change(Number(input.value)));
  return el('div', { class: 'slider' }, el('label', { for: id }, label), input, output);
}

/** A step of about a four hundredth of the range, as 1, 2 or 5 times a power of ten. @param {number} range */
function stepOf(range) {
  const exact = range / 400;
  const power = 10 ** Math.floor(Math.log10(exact));
  return power * ([1, 2, 5, 10].find((n) => n * power >= exact) ?? 10);
}

/** The window that the file began with: the sliders' range stays while they are moved. @type {WeakMap<Context['state'], {sha256: string, centre: number, width: number}>} */
const first = new WeakMap();

/**
 * Which frame of several was examined, beside the answer for it; null where there is one. Where nobody has chosen it, the one that is shown can be.
 * @param {Context} c
 */
export function frameControl({ words, act, state }) {
  const r = state.phase === 'done' ? state.examined : null;
  const { frame = 0, frames = 1 } = r?.input ?? {};
  if (!r || frames < 2) return null;
  const text = (/** @type {number} */ value) => words.say('dicom.frame.value', { frame: value, frames });
  return el('div', { class: 'box frames', role: 'group', 'aria-label': words.say('dicom.frame'), part: 'frame' },
    slider({ id: 'frame', label: words.say('dicom.frame'), min: 1, max: frames, step: 1, value: frame + 1, text, change: (value) => act.again({ frame: value - 1 }) }),
    r.doubts.includes('frames') && el('button', { type: 'button', class: 'button plain little', 'data-do': 'this-frame', onclick: () => act.again({ frame }) }, words.say('frame.this', { frame: frame + 1 })));
}

/** @param {Context} c @param {import('../exam.js').Examined} r */
export function dicomControls(c, r) {
  const { words, act, state } = c;
  const input = /** @type {import('../exam.js').ExamInput} */ (r.input);
  const { window } = input;
  if (input.kind !== 'dicom' || !window) return null;
  const { again } = act; // the frame stays as it was chosen, or not chosen
  const { centre, width, from } = window;
  if (first.get(state)?.sha256 !== input.sha256) first.set(state, { sha256: input.sha256, centre, width });
  const begin = first.get(state) ?? window;
  const step = stepOf(4 * begin.width);
  const text = (/** @type {number} */ value) => words.number(value, 3);
  const round = (/** @type {number} */ value) => Number((Math.round(value / step) * step).toPrecision(12));
  const rows = [
    slider({ id: 'centre', label: words.say('dicom.centre'), min: round(begin.centre - 2 * begin.width), max: round(begin.centre + 2 * begin.width), step, value: centre, text, change: (value) => again({ window: { centre: value, width } }) }),
    slider({ id: 'width', label: words.say('dicom.width'), min: step, max: round(4 * begin.width), step, value: width, text, change: (value) => again({ window: { centre, width: value } }) }),
    el('div', { class: 'buttons' },
      el('p', { class: 'small' }, words.say(`dicom.from.${from}`)),
      from === 'given' && el('button', { type: 'button', class: 'button plain little', 'data-do': 'own-window', onclick: () => again({ window: undefined }) }, words.say('dicom.own'))),
  ];
  return el('fieldset', { class: 'box', part: 'dicom' }, el('legend', {}, words.say('dicom.title')), ...rows, el('p', { class: 'small' }, words.say('dicom.note')));
}
