// Files that are dropped on an element or pasted into its page, and what they are at first sight. Not a medical device.
// SPDX-License-Identifier: MIT
import { isDicom } from '../../dicom/sniff.js';

/** @typedef {(files: FileList | null | undefined) => boolean} Take whether there was a file */

/** @param {HTMLElement} element @param {{mark: (over: boolean) => void, take: Take}} to */
export function listenForDrops(element, { mark, take }) {
  for (const kind of ['dragenter', 'dragover', 'dragleave', 'drop']) {
    element.addEventListener(kind, (event) => {
      const { dataTransfer } = /** @type {DragEvent} */ (event);
      if (!dataTransfer?.types.includes('Files')) return;
      event.preventDefault(); // else the browser would leave the page for the file
      event.stopPropagation();
      mark(kind === 'dragenter' || kind === 'dragover');
      if (kind === 'drop') take(dataTransfer.files);
    });
  }
}

/** Whether somebody writes there, and so pastes there. @param {EventTarget | undefined} target */
const isText = (target) => target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName));

/** Anywhere on the page but where somebody writes. @param {HTMLElement} element @param {Take} take @returns {() => void} ends it */
export function listenForPastes(element, take) {
  const paste = (/** @type {ClipboardEvent} */ event) => {
    const [target] = event.composedPath();
    if (event.defaultPrevented) return; // another element of the page has taken it
    if (isText(target) && !event.composedPath().includes(element)) return;
    if (take(event.clipboardData?.files)) event.preventDefault();
  };
  document.addEventListener('paste', paste);
  return () => document.removeEventListener('paste', paste);
}

/** Whether a file begins as DICOM does, with or without its preamble; what cannot be read does not, and the examiner will say why. @param {unknown} input */
export async function isDicomFile(input) {
  try {
    const blob = input instanceof Blob ? input : new Blob([/** @type {BlobPart} */ (input)]);
    return isDicom(new Uint8Array(await blob.slice(0, 8192).arrayBuffer()));
  } catch {
    return false;
  }
}
