// The right exam for the right model: what a file says of itself, or a person in its place, against what the model is for; and pictures that are grey
// where the model has learned from coloured ones. Types: exam.d.ts. Not a medical device.
// SPDX-License-Identifier: MIT
import { regionOfCode, regionOfWords } from './regions.js';

/** @typedef {import('./exam.js').ExamCheck} ExamCheck */

/** Mean of max(R, G, B) - min(R, G, B) under which a picture counts as grey, in steps of 8 bits: under it are 0.8 % of the skin model's training pictures and none of the others'. */
export const COLOURLESS = 3;

/** @param {string} text */
const plain = (text) => text.normalize('NFD').replace(/[\u0300-\u036f]/g, '').toUpperCase().replace(/[^A-Z0-9]+/g, ' ').trim();

/**
 * @param {ExamCheck['what']} what @param {string[]} expected @param {string | null} found what the file says
 * @param {string | undefined} stated what the person says, used only where the file is silent
 * @returns {ExamCheck | null} null: any will do
 */
function check(what, expected, found, stated) {
  if (expected.length === 0) return null;
  const said = plain(found ?? '') || null;
  const value = said ?? (stated ? plain(stated) : null);
  return { what, expected, found: said === null ? (stated || null) : found, stated: said === null && !!stated, ok: value !== null && expected.map(plain).includes(value) };
}

/**
 * Whether the anatomic region is the model's: by its code, else by the words of its meaning, which may be of any language; null: it says nothing
 * that is understood.
 * @param {import('./exam.js').DicomIdentity['region']} region @param {string[]} expected @param {import('./exam.js').Code | null | undefined} site
 */
function isRegion(region, expected, site) {
  if (!region) return null;
  if (region.scheme?.trim().toUpperCase() === 'SCT' && region.code === site?.code) return true;
  const wanted = expected.map(plain);
  const coded = regionOfCode(region.scheme, region.code);
  if (coded) return wanted.includes(coded);
  const words = plain(region.meaning ?? '');
  if (wanted.some((name) => ` ${words} `.includes(` ${name} `))) return true;
  return regionOfWords(words) ? false : null;
}

/** Body Part Examined and the anatomic region: where both are there, both must be the model's. @param {string[]} expected @param {Pick<import('./exam.js').DicomIdentity, 'bodyPart' | 'region'>} dicom @param {string | undefined} stated @param {import('./exam.js').Code | null | undefined} site */
function checkBodyPart(expected, { bodyPart, region }, stated, site) {
  const right = isRegion(region, expected, site);
  const isNamedByRegion = !!region && bodyPart === region.meaning; // Body Part Examined is absent
  if (right === null) return check('bodyPart', expected, isNamedByRegion ? null : bodyPart, stated);
  const name = region?.meaning ?? region?.code ?? null;
  const said = plain(bodyPart ?? '');
  const part = check('bodyPart', expected, bodyPart, stated);
  if (!part) return part;
  if (!said || isNamedByRegion) return { ...part, found: name, stated: false, ok: right };
  const ok = part.ok && right;
  return { ...part, ok, found: ok || said === plain(name ?? '') ? part.found : `${bodyPart} (anatomic region: ${name})` };
}

/**
 * @param {import('./exam.js').ModelEntry['exam']} exam
 * @param {Pick<import('./exam.js').DicomIdentity, 'modality' | 'bodyPart' | 'region' | 'viewPosition'>} dicom
 * @param {{modality?: string, bodyPart?: string} | null} [stated]
 * @param {import('./exam.js').Code | null} [site] the catalogue's code of the body part
 * @returns {ExamCheck[]}
 */
export function checkExam(exam, dicom, stated, site = null) {
  const view = exam.view && plain(dicom.viewPosition ?? '') ? check('view', exam.view, dicom.viewPosition, undefined) : null;
  const checks = [check('modality', exam.modality, dicom.modality, stated?.modality), checkBodyPart(exam.bodyPart, dicom, stated?.bodyPart, site), view];
  return /** @type {ExamCheck[]} */ (checks.filter(Boolean));
}

/** The sentence for a check that failed although the file, or the person, says something. @param {ExamCheck} check @param {string} title of the model */
export function refusalOf({ what, expected, found, stated }, title) {
  const is = { modality: `an exam of modality ${found}`, bodyPart: `an exam of the body part ${found}`, view: `an X-ray of the view ${found}` }[what];
  return `This is ${is}${stated ? ', as was stated' : ''}; "${title}" is for ${expected.join(' or ')} only.`;
}

/** A date of DICOM as year, month, day. @param {string | null} text */
const dateOf = (text) => /^(\d{4})\.?(\d\d)\.?(\d\d)/.exec(text?.trim() ?? '')?.slice(1).map(Number) ?? null;

/** Completed years on the day of the study; null if the object does not say. @param {import('./exam.js').DicomIdentity} dicom */
export function ageOf({ patientBirthDate, studyDate }) {
  const [born, seen] = [dateOf(patientBirthDate), dateOf(studyDate)];
  if (!born || !seen) return null;
  const years = seen[0] - born[0] - (seen[1] < born[1] || (seen[1] === born[1] && seen[2] < born[2]) ? 1 : 0);
  return years >= 0 ? years : null;
}

/** Whether the patient is of another age than those that the model has learned from. @param {import('./exam.js').ModelEntry['exam']} exam @param {import('./exam.js').DicomIdentity} dicom */
export function isOtherAge({ age }, dicom) {
  const years = ageOf(dicom);
  return !!age && years !== null && (years < age.from || years > age.to);
}

/** Whether a window was chosen by hand that is none of the file's. @param {import('./exam.js').ExamWindow | null} window */
export const isForeign = (window) => window?.from === 'given' && !window.own?.some(({ from, centre, width }) => from === 'file' && centre === window.centre && width === window.width);

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
