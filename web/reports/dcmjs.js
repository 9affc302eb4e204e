// Loads dcmjs, which writes DICOM, when the first object is to be written and not before. Not a medical device.
// SPDX-License-Identifier: MIT
import { BedsideError } from '../bedside.js';

/**
 * @typedef {object} Dcmjs what is used of it
 * @property {{DicomDict: new (meta: object) => {dict: object, write: (options?: object) => ArrayBuffer}, DicomMetaDictionary: {denaturalizeDataset: (dataset: object) => object}}} data
 * @property {{setLevel: (level: string | number) => void}} log
 */

/** Made of the package by the build. */
const FILE = 'dcmjs.js';

const isNode = () => typeof process === 'object' && !!process?.versions?.node;

/**
 * In Node the installed package; in a page the file that the build has made of it, because a page knows no package names.
 *
 * @param {URL | string} [base] the folder of that file @returns {Promise<Dcmjs>}
 */
export async function loadDcmjs(base) {
  try {
    const name = base === undefined && isNode() ? 'dcmjs' : new URL(FILE, base ?? new URL('../dist/', import.meta.url)).href;
    const loaded = await import(/* @vite-ignore */ /* webpackIgnore: true */ name);
    loaded.default.log.setLevel('silent'); // what it would warn of is checked before
    return loaded.default;
  } catch (cause) {
    throw new BedsideError('BDS_E_FETCH', `The part of Bedside that writes DICOM (dcmjs) could not be loaded: ${cause instanceof Error ? cause.message.replace(/\.?$/, '') : cause}.`, { cause });
  }
}
