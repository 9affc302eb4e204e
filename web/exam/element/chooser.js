// Choosing a picture: a file field, dropping, pasting, the camera. Not a medical device.
// SPDX-License-Identifier: MIT
import { el, icon } from './dom.js';
import { takesPhotographs } from './camera.js';

/** @typedef {import('./context.js').Context} Context */

/** The first file of what was dropped, pasted or chosen. @param {Context} c @param {FileList | File[] | null | undefined} files */
export function take({ act }, files) {
  if (!files?.length) return false;
  act.examine(files[0], files.length);
  return true;
}

/** @param {Context} c */
export function chooser(c) {
  const { words, act, acceptDicom, examiner, state } = c;
  // DICOM files often have no ending at all: a filter by ending would hide them.
  const input = el('input', { type: 'file', id: 'file', class: 'away', accept: acceptDicom ? null : 'image/jpeg,image/png,.jpg,.jpeg,.png', 'aria-describedby': 'file-hint' });
  input.addEventListener('change', () => {
    take(c, input.files);
    input.value = ''; // the same file may be chosen again
  });
  const drop = el('div', { class: 'drop', part: 'drop' }, input,
    el('label', { class: 'button', for: 'file', part: 'button' }, words.say('choose.button')),
    takesPhotographs(examiner?.entry) && el('button', { type: 'button', class: 'button plain', part: 'button', 'data-do': 'photograph', onclick: () => act.photograph() }, icon('camera'), words.say('camera.button')),
    el('p', { id: 'file-hint' }, words.say(acceptDicom ? 'choose.hint.dicom' : 'choose.hint')));
  return el('section', { class: 'panel choose', 'aria-labelledby': 'choose-title', part: 'panel choose' },
    el('h3', { id: 'choose-title' }, words.say('choose.title')),
    drop,
    // A page with a place for many pictures says so in the slot.
    state.given > 1 && el('p', { class: 'small icon-line', role: 'status', part: 'several' }, icon('info'), el('span', {}, words.say('file.several', { count: state.given }), ' ', el('slot', { name: 'several' }))),
    el('slot', { name: 'samples' }));
}
