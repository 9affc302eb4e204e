// The picture, what of it was examined, where the evidence is, and the same in words. Not a medical device.
// SPDX-License-Identifier: MIT
import { isoDate, nameText } from '../../reports/identity.js';
import { el, vary } from './dom.js';
import { heatCanvas, inputCanvas, maskCanvas, pictureCanvas } from './draw.js';
import { dicomControls } from './dicom-controls.js';
import { layers } from './layers.js';
import { labelOf } from './result.js';

/** @typedef {import('./context.js').Context} Context */
/** @typedef {import('../exam.js').Examined} Examined */
/** @typedef {import('../exam.js').ExamInput} ExamInput */

/** Under this many pixels a picture is drawn with visible points rather than smoothed. */
const SMALL = 200;

/** Picture, frame of the examined part, overlay. @param {Context} c @param {Examined & {picture: import('../../bedside.js').Pixels}} r */
function film(c, r) {
  const { words, state } = c;
  const { region, name } = /** @type {ExamInput} */ (r.input);
  const { width, height } = r.picture;
  const node = el('div', { class: 'film', part: 'film' }, pictureCanvas(r.picture, {
    class: width < SMALL ? 'small-picture' : null, role: 'img', 'aria-label': words.say('picture.alt', { name: name ?? words.say('picture.unnamed') }), part: 'image',
  }));
  vary(node, {
    '--w': width, '--h': height, '--x': (region.x / width) * 100, '--y': (region.y / height) * 100,
    '--cw': (region.width / width) * 100, '--ch': (region.height / height) * 100, '--opacity': state.opacity,
  });
  if (region.width === 0) return node;
  const over = overlay(r);
  if (over) node.append(over);
  if (region.width < width || region.height < height) node.append(el('div', { class: 'crop' }));
  return node;
}

/** @param {Examined} r */
function overlay(r) {
  const attributes = { class: 'over', 'aria-hidden': 'true', part: 'map' };
  if (r.marking) return r.marking.marked ? maskCanvas(r.marking, { ...attributes, class: 'over exact' }) : null;
  return r.explanation && r.outcome !== 'refused' ? heatCanvas(r.explanation, attributes) : null;
}

/** @param {Context} c @param {HTMLElement} over */
function opacity({ words, state }, over) {
  const output = el('output', { for: 'opacity', 'aria-live': 'off' }, words.percent(state.opacity));
  const input = el('input', { type: 'range', id: 'opacity', min: 0, max: 100, step: 5, value: Math.round(state.opacity * 100), 'aria-valuetext': words.percent(state.opacity) });
  input.addEventListener('input', () => {
    state.opacity = Number(input.value) / 100;
    output.value = words.percent(state.opacity);
    input.setAttribute('aria-valuetext', output.value);
    vary(over, { '--opacity': state.opacity });
  });
  return el('div', { class: 'slider' }, el('label', { for: 'opacity' }, words.say('map.opacity')), input, output);
}

/** What the overlay shows, for whoever does not see it. @param {Context} c @param {Examined} r */
function inWords(c, r) {
  const { words } = c;
  const places = (r.explanation?.places ?? []).map((place) => words.say(`place.${place}`));
  const lines = [];
  if (r.marking) {
    const { marked, area, label } = r.marking;
    const values = { label: labelOf(c, label), share: words.percent(area, 1), places: words.list(places) };
    lines.push(words.say(marked ? (places.length ? 'mask.where' : 'mask.plain') : 'mask.nothing', values));
  } else if (r.explanation) {
    const label = labelOf(c, r.explanation.label);
    lines.push(places.length ? words.say('map.where', { label, places: words.list(places) }) : words.say('map.nowhere', { label }));
    lines.push(words.say('map.peak', { peak: words.number(r.explanation.peak, 2) }));
  } else {
    return null;
  }
  const method = r.explanation && words.say(`map.${r.explanation.method}`);
  return el('div', { class: 'words', part: 'map-text' },
    el('p', {}, lines.join(' ')),
    el('p', { class: 'small' }, [words.say('map.left'), !r.marking && method, !r.marking && words.say('map.caution')].filter(Boolean).join(' ')));
}

/** @param {Context} c @param {Examined} r */
function caption({ words }, r) {
  const { name, width, height, kind, bytes } = /** @type {ExamInput} */ (r.input);
  const size = width ? words.say('picture.size', { width, height }) : '';
  return el('figcaption', { part: 'caption' }, el('bdi', {}, name ?? ''), name ? ' \u00b7 ' : '', [kind === 'pixels' ? '' : kind.toUpperCase(), size, words.bytes(bytes)].filter(Boolean).join(' \u00b7 '));
}

/** Whose picture the file says it is: a wrong patient has to be seen. @param {Context} c @param {Examined} r */
function identity({ words }, r) {
  const dicom = r.input?.dicom;
  if (!dicom) return null;
  const rows = [
    ['identity.name', nameText(dicom.patientName)], ['identity.number', dicom.patientId], ['identity.date', isoDate(dicom.studyDate) ?? dicom.studyDate],
    ['identity.view', [dicom.viewPosition, dicom.laterality].filter(Boolean).join(' ')],
  ];
  return el('dl', { class: 'identity', 'aria-label': words.say('identity.title'), part: 'identity' },
    ...rows.flatMap(([key, value]) => [el('dt', {}, words.say(String(key))), el('dd', {}, value?.trim() ? el('bdi', {}, value.trim()) : words.say('identity.none'))]));
}

/** What went into the network. @param {Context} c @param {Examined} r */
function seen({ words }, r) {
  if (!r.seen) return null;
  const [, height, width] = r.seen.dims;
  return el('div', { class: 'seen' }, inputCanvas(r.seen, { role: 'img', 'aria-label': words.say('picture.seen') }), el('p', {}, words.say('picture.seen.text', { width, height })));
}

/** Where the evidence is. Of an answer that is not to be relied on it is folded away, like its figures. @param {Context} c @param {Examined} r @param {HTMLElement} shown */
function evidence(c, r, shown) {
  const { words } = c;
  if (!r.explanation && !r.marking) return null;
  const over = /** @type {HTMLElement | null} */ (shown.querySelector('.over'));
  const parts = [
    el('h4', {}, words.say(r.marking ? 'mask.title' : 'map.title')),
    over && el('div', { class: 'words', part: 'overlay' },
      opacity(c, shown),
      r.marking ? null : el('div', { class: 'ramp', 'aria-hidden': 'true' }, el('span', {}, words.say('map.none')), el('i'), el('span', {}, words.say('map.most')))),
    inWords(c, r),
  ];
  if (r.outcome === 'finding') return el('div', { class: 'state', part: 'evidence' }, ...parts);
  if (over) over.hidden = true;
  const node = el('details', { part: 'evidence' }, el('summary', {}, words.say('unsure.map')), ...parts);
  node.addEventListener('toggle', () => {
    if (over) over.hidden = !node.open;
  });
  return node;
}

/** The picture's panel; null as long as there is none. @param {Context} c */
export function picturePanel(c) {
  const { words, state } = c;
  const r = state.examined;
  if (state.phase !== 'done' || !r?.picture || !r.input) return null;
  const shown = film(c, /** @type {Examined & {picture: import('../../bedside.js').Pixels}} */ (r));
  const { region, width, height } = r.input;
  const answered = r.outcome !== 'refused';
  const whole = region.width === width && region.height === height;
  return el('section', { class: 'panel picture', 'aria-labelledby': 'picture-title', part: 'panel picture' },
    el('h3', { id: 'picture-title' }, words.say('picture.title')),
    el('figure', { class: 'state' },
      el('div', { class: 'stage' }, shown, answered ? seen(c, r) : null),
      caption(c, r)),
    identity(c, r),
    region.width > 0 && answered ? el('p', { class: 'small' }, words.say(whole ? 'picture.whole' : 'picture.frame')) : null,
    answered ? evidence(c, r, shown) : null,
    dicomControls(c, r),
    answered ? layers(c) : null);
}
