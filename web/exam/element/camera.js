// Taking a photograph: a preview in a dialog where the page may use the camera, else the device's own camera through a file field. The
// stream is stopped as soon as there is a shot, and whenever the dialog closes. Not a medical device.
// SPDX-License-Identifier: MIT
import { el } from './dom.js';
import { sheet } from './card.js';

/** @typedef {import('./context.js').Context} Context */

/** Modalities (DICOM) of photographs that a person takes: external camera, dermoscopy. */
const PHOTOGRAPHS = ['XC', 'DMS'];

/** @param {import('../exam.js').ModelEntry | undefined} entry */
export const takesPhotographs = (entry) => !!entry?.exam.modality.some((modality) => PHOTOGRAPHS.includes(modality));

/** A sentence for what a browser says of a camera. @param {unknown} error */
function reason(error) {
  const { name } = /** @type {Error} */ (error);
  if (name === 'NotAllowedError' || name === 'SecurityError') return 'camera.refused';
  if (name === 'NotFoundError' || name === 'OverconstrainedError' || name === 'TypeError') return 'camera.none';
  return 'camera.failed';
}

/** @param {HTMLVideoElement} video @returns {Promise<Blob>} */
function shot(video) {
  const canvas = el('canvas', { width: video.videoWidth, height: video.videoHeight });
  canvas.getContext('2d')?.drawImage(video, 0, 0);
  return new Promise((resolve, reject) => canvas.toBlob((blob) => (blob ? resolve(blob) : reject(new Error('no picture'))), 'image/png'));
}

/** @param {Context} c */
export function cameraDialog(c) {
  const { words, act } = c;
  /** @type {MediaStream | null} */
  let stream = null;
  let closed = false;
  const stop = () => {
    closed = true;
    stream?.getTracks().forEach((track) => track.stop());
    video.srcObject = null;
  };
  const video = el('video', { muted: true, playsinline: true, hidden: true, 'aria-label': words.say('camera.preview') });
  video.muted = true; // the attribute counts only while a page is parsed
  const told = el('p', { role: 'status' }, words.say('camera.wait'));
  const take = async () => {
    const blob = await shot(video).catch(() => null);
    stop();
    dialog.close();
    if (blob) act.examine(new File([blob], 'photograph.png', { type: 'image/png' }));
    else act.say(words.say('camera.failed'));
  };
  const shoot = el('button', { type: 'button', class: 'button', 'data-do': 'shoot', disabled: true, onclick: take }, words.say('camera.shoot'));
  // Hidden, with a button for it: a file field's own words come from the browser, in its language.
  const field = el('input', { type: 'file', accept: 'image/*', capture: 'environment', hidden: true });
  field.addEventListener('change', () => {
    const file = field.files?.[0];
    dialog.close();
    if (file) act.examine(file);
  });
  const other = el('button', { type: 'button', class: 'button plain', 'data-do': 'other-camera', onclick: () => field.click() }, words.say('camera.other'));
  const dialog = sheet(c, words.say('camera.title'), told, video, el('div', { class: 'buttons' }, shoot, other, field), el('p', { class: 'small' }, words.say('camera.stays')));
  dialog.addEventListener('close', stop);

  const begin = async () => {
    try {
      stream = await navigator.mediaDevices.getUserMedia({ audio: false, video: { facingMode: 'environment', width: { ideal: 1920 }, height: { ideal: 1080 } } });
      if (closed) return stop();
      video.srcObject = stream;
      await video.play();
      told.textContent = '';
      video.hidden = false;
      shoot.disabled = false;
      shoot.focus();
    } catch (error) {
      if (closed) return undefined;
      shoot.hidden = true;
      told.textContent = words.say(reason(error));
      told.dataset.camera = reason(error);
    }
    return undefined;
  };
  void begin();
  return dialog;
}
