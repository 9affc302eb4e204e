// Which language an element speaks. Not a medical device.
// SPDX-License-Identifier: MIT
import { languageOf } from '../messages/messages.js';

/** What `lang` says on a node or around it, shadow roots included. @param {Element} node @returns {string | null} */
export function markedLanguage(node) {
  const marked = node.closest('[lang]');
  if (marked) return marked.getAttribute('lang');
  const root = node.getRootNode();
  return root instanceof ShadowRoot ? markedLanguage(root.host) : null;
}

/** The first that there is: what is marked, what the browser prefers, English. @param {Element} node */
export function languageFor(node) {
  return [markedLanguage(node), ...(navigator.languages ?? [])].map(languageOf).find(Boolean) ?? 'en';
}
