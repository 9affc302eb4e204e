// Loads dcmjs, which writes DICOM, when the first object is to be written and not before. Not a medical device.
// SPDX-License-Identifier: MIT
import { BedsideError } from '../bedside.js';

/**
 * @typedef {object} Dcmjs what is used of it
 * @property {{DicomDict: new (meta: object) => {dict: object, write: (options?: object) => ArrayBuffer}, DicomMetaDictionary: {denaturalizeDataset: (dataset: object) => object}}} data
 * @property {{setLevel: (level: string | number, persist?: boolean) => void}} log
 */

/** Where loglevel, which dcmjs brings along, writes its level as soon as it is loaded: a page of ours leaves nothing in the browser. */
const KEY = 'loglevel';

/** The browser's storage as it is, to be put back. @returns {() => void} */
function remembered() {
  try {
    if (typeof window === 'undefined') return () => {}; // Node and workers: loglevel leaves them alone, too
    const { localStorage } = window;
    const before = localStorage.getItem(KEY);
    return () => (before === null ? localStorage.removeItem(KEY) : localStorage.setItem(KEY, before));
  } catch {
    // Storage is forbidden here, and loglevel takes a cookie instead.
    return () => void (document.cookie = `${KEY}=; max-age=0`);
  }
}

/** A page that knows no package names has it as a part of web/dist/, where the build puts it. @returns {Promise<Dcmjs>} */
export async function loadDcmjs() {
  try {
    const restore = remembered();
    /** @type {any} the package's own types say nothing of what is used */
    const loaded = await import('dcmjs');
    loaded.default.log.setLevel('silent', false); // what it would warn of is checked before
    restore();
    return loaded.default;
  } catch (cause) {
    throw new BedsideError('BDS_E_FETCH', `The part of Bedside that writes DICOM (dcmjs) could not be loaded: ${cause instanceof Error ? cause.message.replace(/\.?$/, '') : cause}.`, { cause });
  }
}
