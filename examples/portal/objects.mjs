// Which object some DICOM bytes are. Not a medical device.
// SPDX-License-Identifier: MIT
import dicomParser from 'dicom-parser';

/** @typedef {{ studyInstanceUid: string, seriesInstanceUid: string, sopInstanceUid: string, sopClassUid: string }} Uids */

/** A UID after DICOM PS3.5, 9.1; a leading zero in a component is left to pass, because there are archives full of them. @param {string} text */
export const isUid = (text) => typeof text === 'string' && text.length <= 64 && /^\d+(\.\d+)+$/.test(text);

/**
 * The identifiers in a DICOM Part 10 file, or null if it is none.
 * @param {Uint8Array} bytes
 * @returns {Uids | null}
 */
export function uidsOf(bytes) {
  try {
    const dataset = dicomParser.parseDicom(bytes, { untilTag: 'x0020000e' });
    const uid = (/** @type {string} */ tag) => dataset.string(tag) ?? '';
    const uids = { studyInstanceUid: uid('x0020000d'), seriesInstanceUid: uid('x0020000e'), sopInstanceUid: uid('x00080018'), sopClassUid: uid('x00080016') };
    return Object.values(uids).every(isUid) ? uids : null;
  } catch {
    return null;
  }
}
