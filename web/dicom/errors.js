// Errors of the DICOM reader: a code and a plain sentence.
// SPDX-License-Identifier: MIT
import { BedsideError } from '../bedside.js';

/** @param {string} message @param {unknown} [cause] */
export const corrupt = (message, cause) => new BedsideError('BDS_E_DICOM_CORRUPT', message, { cause });

/** @param {string} message */
export const unsupported = (message) => new BedsideError('BDS_E_DICOM_UNSUPPORTED', message);

/** @param {string} message */
export const noDicom = (message) => new BedsideError('BDS_E_DICOM_FORMAT', message);

/** @param {string} message */
export const tooLarge = (message) => new BedsideError('BDS_E_IMAGE_SIZE', message);

/** @param {string} message */
export const wrongArgument = (message) => new BedsideError('BDS_E_ARGUMENT', message);

/** An allocation that cannot be had is an error with a name. @template T @param {() => T} make @returns {T} */
export function allocate(make) {
  try {
    return make();
  } catch (error) {
    throw new BedsideError('BDS_E_MEMORY', 'There is too little memory for this DICOM picture.', { cause: error });
  }
}

export { BedsideError };

/** (0028,0010) @param {number} tag */
export function tagText(tag) {
  const hex = tag.toString(16).toUpperCase().padStart(8, '0');
  return `(${hex.slice(0, 4)},${hex.slice(4)})`;
}
