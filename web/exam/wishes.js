// What a caller may ask of an examination, checked before anything is read: a wrong option is the caller's mistake and no refused file.
// Not a medical device.
// SPDX-License-Identifier: MIT
import { BedsideError } from '../bedside.js';

/** @typedef {import('./exam.js').ExamineOptions} ExamineOptions */

/** @param {string} message @returns {never} */
const wrong = (message) => {
  throw new BedsideError('BDS_E_ARGUMENT', message);
};

/** @param {ExamineOptions} options @throws {BedsideError} BDS_E_ARGUMENT */
export function checkOptions({ frame, window, stated }) {
  if (frame !== undefined && !(Number.isInteger(frame) && frame >= 0)) wrong('The option frame is a whole number, 0 for the first.');
  if (window !== undefined && !(Number.isFinite(window?.centre) && Number.isFinite(window?.width) && window.width > 0)) wrong('The option window is {centre, width}, two numbers, the width above 0.');
  const isText = (/** @type {unknown} */ value) => value === undefined || typeof value === 'string';
  if (stated !== undefined && stated !== null && !(typeof stated === 'object' && isText(stated.modality) && isText(stated.bodyPart))) {
    wrong('The option stated is {modality, bodyPart}, texts, each of which may be left out.');
  }
}

/** Of what is no DICOM object. @param {ExamineOptions} options @throws {BedsideError} BDS_E_ARGUMENT */
export function checkPlain({ frame = 0, window }) {
  if (frame !== 0) wrong(`This picture has 1 frame; there is no frame ${frame} (the first is 0).`);
  if (window) wrong('This picture is no DICOM object: it has grey levels and no window.');
}
