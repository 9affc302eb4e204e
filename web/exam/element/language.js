// Which language an element speaks. Not a medical device.
// SPDX-License-Identifier: MIT
import { languageOf } from '../messages/messages.js';

/** Whose shadow tree a node stands in. @param {Node} node @returns {Element | null} */
export function hostOf(node) {
  const { host } = /** @type {Partial<ShadowRoot>} */ (node.getRootNode());
  return host?.nodeType === 1 ? host : null; // the root of what is in no page may be a link, whose host is a text
}

/** What `lang` says on a node or around it, shadow roots included. @param {Element} node @returns {string | null} */
export function markedLanguage(node) {
  const marked = node.closest('[lang]');
  if (marked) return marked.getAttribute('lang');
  const host = hostOf(node);
  return host && markedLanguage(host);
}

/** The first that there is: what is marked, what the browser prefers, English. @param {Element} node */
export function languageFor(node) {
  return [markedLanguage(node), ...(navigator.languages ?? [])].map(languageOf).find(Boolean) ?? 'en';
}

/**
 * Tells when another language is marked on an element or around it, shadow roots included.
 * @param {Element} element in a page @param {() => void} tell @returns {() => void} ends it
 */
export function watchLanguage(element, tell) {
  let marked = markedLanguage(element);
  const observer = new MutationObserver(() => {
    const now = markedLanguage(element);
    if (now === marked) return;
    marked = now;
    tell();
  });
  for (let node = /** @type {Element | null} */ (element); node; node = hostOf(node)) {
    observer.observe(node.getRootNode(), { attributes: true, attributeFilter: ['lang'], subtree: true });
  }
  return () => observer.disconnect();
}
