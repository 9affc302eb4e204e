// What a server says of objects that it was given (DICOM PS3.18, 10.5.3: the Store Instances Response). Not a medical device.
// SPDX-License-Identifier: MIT
import { quoted } from './exchange.mjs';

/** Failure Reason (0008,1197), PS3.18 Table 10.5.3-2 and PS3.7 C.5. @type {Record<number, string>} */
const reasons = {
  0x0110: 'it could not be processed',
  0x0111: 'there is already such an object',
  0x0117: 'its UID is not valid',
  0x0122: 'this kind of object (SOP class) is not kept there',
  0x0124: 'this user may not store it',
  0xc122: 'this transfer syntax is not kept there',
};

/** @param {number} reason */
function inWords(reason) {
  const known = reasons[reason] ?? (reason >> 8 === 0xa7 ? 'there is no room for it' : reason >> 8 === 0xa9 ? 'it does not keep to its SOP class' : reason >> 12 === 0xc ? 'it cannot be understood' : 'no known reason is given');
  return `${known} (${reason.toString(16).padStart(4, '0')}H)`;
}

/** @typedef {{ stored: string[], failed: { uid: string, reason: number }[], warnings: string[] }} StowAnswer */

/** @param {import('./exchange.mjs').Answer} answer @returns {StowAnswer} */
export function stowAnswer({ bytes }) {
  /** @type {any} */
  let said = null;
  try {
    said = JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    // XML, or nothing: then it is not known what was stored
  }
  const dataset = Array.isArray(said) ? said[0] : said;
  const items = (/** @type {string} */ tag) => (Array.isArray(dataset?.[tag]?.Value) ? dataset[tag].Value : []);
  const value = (/** @type {any} */ item, /** @type {string} */ tag) => item?.[tag]?.Value?.[0];
  const uid = (/** @type {any} */ item) => String(value(item, '00081155') ?? '');
  return {
    stored: items('00081199').map(uid),
    failed: items('00081198').map((/** @type {any} */ item) => ({ uid: uid(item), reason: Number(value(item, '00081197') ?? 0) })),
    warnings: items('00081199')
      .filter((/** @type {any} */ item) => value(item, '00081196') !== undefined)
      .map((/** @type {any} */ item) => `${quoted(uid(item))}: stored with a change or a doubt (${Number(value(item, '00081196')).toString(16).toUpperCase()}H).`),
  };
}

/**
 * How much of what was sent is stored. Nothing only where the server says of each object that it has failed: silence is no refusal.
 * @param {StowAnswer} answer @param {string[]} wanted
 */
export function extent({ stored, failed }, wanted) {
  const kept = wanted.filter((uid) => stored.includes(uid));
  return { kept, all: kept.length === wanted.length, none: kept.length === 0 && wanted.every((uid) => failed.some((one) => one.uid === uid)) };
}

/** The failures, one sentence each. @param {StowAnswer} answer */
export const failures = ({ failed }) => failed.map(({ uid, reason }) => `${quoted(uid) || 'An object'}: ${inWords(reason)}.`);
