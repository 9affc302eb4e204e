// Loads dcmjs, which writes DICOM, when the first object is to be written and not before. Not a medical device.
// SPDX-License-Identifier: MIT
import { BedsideError } from '../bedside.js';

/**
 * @typedef {object} Dcmjs what is used of it
 * @property {{DicomDict: new (meta: object) => {dict: object, write: (options?: object) => ArrayBuffer}, DicomMetaDictionary: {denaturalizeDataset: (dataset: object) => object}}} data
 * @property {{setLevel: (level: string | number) => void}} log
 */

/** A page that knows no package names has it as a part of web/dist/, where the build puts it. @returns {Promise<Dcmjs>} */
export async function loadDcmjs() {
  try {
    /** @type {any} the package's own types say nothing of what is used */
    const loaded = await import('dcmjs');
    loaded.default.log.setLevel('silent'); // what it would warn of is checked before
    return loaded.default;
  } catch (cause) {
    throw new BedsideError('BDS_E_FETCH', `The part of Bedside that writes DICOM (dcmjs) could not be loaded: ${cause instanceof Error ? cause.message.replace(/\.?$/, '') : cause}.`, { cause });
  }
}
