// The right exam for the right model: what a DICOM object says of itself, against what the model is for; and pictures that are grey
// where the model has learned from coloured ones. Types: exam.d.ts. Not a medical device.
// SPDX-License-Identifier: MIT

/** @typedef {import('./exam.js').ExamCheck} ExamCheck */

/** Mean of max(R, G, B) - min(R, G, B) under which a picture counts as grey, in steps of 8 bits: under it are 0.8 % of the skin model's training pictures and none of the others'. */
export const COLOURLESS = 3;

/** @param {string} text */
const plain = (text) => text.toUpperCase().replace(/[^A-Z0-9]+/g, ' ').trim();

/**
 * @param {ExamCheck['what']} what @param {string[]} expected @param {string | null} found what the file says
 * @param {string | undefined} stated what the person says, used only where the file is silent
 * @returns {ExamCheck | null} null: any will do
 */
function check(what, expected, found, stated) {
  if (expected.length === 0) return null;
  const said = plain(found ?? '') || null;
  const value = said ?? (stated ? plain(stated) : null);
  return { what, expected, found: said === null ? (stated ?? null) : found, stated: said === null && !!stated, ok: value !== null && expected.map(plain).includes(value) };
}

/**
 * @param {import('./exam.js').ModelEntry['exam']} exam
 * @param {import('./exam.js').DicomIdentity} dicom
 * @param {{modality?: string, bodyPart?: string}} [stated]
 * @returns {ExamCheck[]}
 */
export function checkExam(exam, dicom, stated = {}) {
  const checks = [check('modality', exam.modality, dicom.modality, stated.modality), check('bodyPart', exam.bodyPart, dicom.bodyPart, stated.bodyPart)];
  return /** @type {ExamCheck[]} */ (checks.filter(Boolean));
}

/** The sentence for a check that failed although the file, or the person, says something. @param {ExamCheck} check @param {string} title of the model */
export function refusalOf({ what, expected, found, stated }, title) {
  const is = what === 'modality' ? `an exam of modality ${found}` : `an exam of the body part ${found}`;
  return `This is ${is}${stated ? ', as was stated' : ''}; "${title}" is for ${expected.join(' or ')} only.`;
}

/** Whether a picture is grey, whatever its file format has room for. @param {import('../bedside.js').Shown} picture with pixels */
export function isColourless({ pixels, width, height, channels, stride }) {
  if (!pixels || channels < 3) return channels < 3;
  let sum = 0;
  for (let y = 0; y < height; y++) {
    for (let i = y * stride, end = i + width * channels; i < end; i += channels) {
      sum += Math.max(pixels[i], pixels[i + 1], pixels[i + 2]) - Math.min(pixels[i], pixels[i + 1], pixels[i + 2]);
    }
  }
  return sum < COLOURLESS * width * height;
}
