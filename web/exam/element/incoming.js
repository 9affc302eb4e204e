// Files that are dropped on an element or pasted into its page, and what they are at first sight. Not a medical device.
// SPDX-License-Identifier: MIT
import { isDicom } from '../../dicom/sniff.js';
import { hostOf } from './language.js';

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

/** Whether somebody writes there, and so pastes there. @param {any} target which may be of another document */
const isText = (target) => target?.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target?.tagName);

/** All elements that take what is pasted. @type {Set<HTMLElement>} */
const listening = new Set();

/** Whether one node lies in another, shadow trees included. @param {Node} outer @param {Node | null} node @returns {boolean} */
const holds = (outer, node) => !!node && (outer.contains(node) || holds(outer, hostOf(node)));

/** Whether a person sees it and may use it now. @param {HTMLElement} element */
function isReachable(element) {
  const isVisible = element.checkVisibility?.({ visibilityProperty: true }) ?? element.getClientRects().length > 0;
  const modal = [...element.ownerDocument.querySelectorAll('dialog:modal')].at(-1);
  return isVisible && !element.closest('[inert]') && (!modal || holds(modal, element));
}

/**
 * Who takes what is pasted: the element that it is pasted into or that has the focus, else the only one that can be seen. Of several nobody
 * can tell which is meant: none takes it.
 * @param {ClipboardEvent} event @returns {HTMLElement | null}
 */
function takerOf(event) {
  const path = event.composedPath();
  const here = [...listening].filter((element) => element.ownerDocument === event.currentTarget);
  const meant = here.find((element) => path.includes(element) || element.matches(':focus-within'));
  if (meant) return meant;
  if (isText(path[0])) return null;
  const reachable = here.filter(isReachable);
  return reachable.length === 1 ? reachable[0] : null;
}

/** Anywhere on the page but where somebody writes. @param {HTMLElement} element @param {Take} take @returns {() => void} ends it */
export function listenForPastes(element, take) {
  const page = element.ownerDocument;
  const paste = (/** @type {ClipboardEvent} */ event) => {
    if (event.defaultPrevented) return; // somebody else has taken it
    if (takerOf(event) === element && take(event.clipboardData?.files)) event.preventDefault();
  };
  listening.add(element);
  page.addEventListener('paste', paste);
  return () => {
    listening.delete(element);
    page.removeEventListener('paste', paste);
  };
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
