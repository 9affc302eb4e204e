// Is it DICOM? Looks at a few bytes and needs nothing else, so that whoever sniffs files does not load the reader. Types: dicom.d.ts.
// SPDX-License-Identifier: MIT

/** The value representations of PS3.5 6.2; those with a length of 32 bits are in `long`. */
const short = new Set(['AE', 'AS', 'AT', 'CS', 'DA', 'DS', 'DT', 'FD', 'FL', 'IS', 'LO', 'LT', 'PN', 'SH', 'SL', 'SS', 'ST', 'TM', 'UI', 'UL', 'US']);
const long = new Set(['OB', 'OD', 'OF', 'OL', 'OV', 'OW', 'SQ', 'SV', 'UC', 'UN', 'UR', 'UT', 'UV']);

/** @param {string} vr */
export const isLong = (vr) => long.has(vr);

/** @param {Uint8Array} bytes @param {number} at @param {string} text */
const says = (bytes, at, text) => bytes.length >= at + text.length && [...text].every((letter, i) => bytes[at + i] === letter.charCodeAt(0));

/** Where the data set, or the file meta information before it, begins. @param {Uint8Array} bytes */
export const beginning = (bytes) => (says(bytes, 128, 'DICM') ? 132 : 0);

/**
 * How the element at a place is encoded, or null if there is none that could begin a data set (groups 0002 to 0010).
 * @param {Uint8Array} bytes @param {number} at
 * @returns {{ group: number, explicit: boolean, little: boolean } | null}
 */
export function firstElement(bytes, at) {
  if (bytes.length < at + 8) return null;
  const vr = String.fromCharCode(bytes[at + 4], bytes[at + 5]);
  const explicit = short.has(vr) || long.has(vr);
  const little = bytes[at + 1] === 0;
  const [group, element] = little
    ? [bytes[at], bytes[at + 2] | (bytes[at + 3] << 8)]
    : [(bytes[at] << 8) | bytes[at + 1], (bytes[at + 2] << 8) | bytes[at + 3]];
  if (group < 2 || group > 16 || group % 2 === 1 || element > 0x1200) return null;
  if (explicit) return { group, explicit, little };
  // Implicit VR is always little endian; its first elements (a group's length, a UID, a date) are short.
  const length = new DataView(bytes.buffer, bytes.byteOffset + at + 4, 4).getUint32(0, true);
  return little && length <= 4096 && length <= bytes.length - at - 8 ? { group, explicit, little } : null;
}

/** @param {Uint8Array} bytes */
export function isDicom(bytes) {
  return beginning(bytes) > 0 || firstElement(bytes, 0) !== null;
}
