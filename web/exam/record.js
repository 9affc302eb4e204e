// The record of an examination as JSON text and back: bytes become base64 under a key of their own. Types: exam.d.ts. Not a medical device.
// SPDX-License-Identifier: MIT
import { toBase64 } from '../base64.js';
import { BedsideError } from '../bedside.js';

/** As in package.json; a test compares the two. */
export const VERSION = '0.1.0';
export const FORMAT = 'bedside-exam/1';

/** @param {import('./exam.js').Examined} examined @returns {import('./exam.js').ExamRecord} */
export const recordOf = ({ picture: _picture, seen: _seen, layers: _layers, ...record }) => record;

/** @param {import('./exam.js').Examined} record @param {number} [space] */
export function recordToJson(record, space) {
  return JSON.stringify(recordOf(record), (_, value) => (value instanceof Uint8Array ? { base64: toBase64(value) } : value), space);
}

/** @param {import('./exam.js').ExamRecord} record @returns {import('./exam.js').ExamineOptions} */
export function recordOptions({ input, checks, doubts, explanation }) {
  const stated = Object.fromEntries(checks.filter((check) => check.stated).map(({ what, found }) => [what, found]));
  const window = input?.window;
  return {
    ...(input && input.frames > 1 && !doubts.includes('frames') ? { frame: input.frame } : {}),
    ...(window?.from === 'given' ? { window: { centre: window.centre, width: window.width } } : {}),
    ...(Object.keys(stated).length ? { stated } : {}),
    ...(!explanation ? { explain: 'none' } : explanation.method === 'mask' ? {} : { explain: explanation.method, label: explanation.label }),
  };
}

/** @param {string} text @returns {import('./exam.js').ExamRecord} */
export function recordFromJson(text) {
  let record;
  try {
    record = JSON.parse(text, (_, value) => {
      const bytes = value !== null && typeof value === 'object' && Object.keys(value).length === 1 && value.base64;
      return typeof bytes === 'string' ? Uint8Array.from(atob(bytes), (c) => c.charCodeAt(0)) : value;
    });
  } catch (cause) {
    throw new BedsideError('BDS_E_FORMAT', 'This text is not the record of an examination: it is damaged, or something else.', { cause });
  }
  if (record?.format !== FORMAT) throw new BedsideError('BDS_E_FORMAT', `This text is not the record of an examination: its format is not "${FORMAT}".`);
  return record;
}
