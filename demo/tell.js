// Texts that a page puts together while it is used: each node keeps how it is said, so that it can be said anew in another language.
// SPDX-License-Identifier: MIT

/** @typedef {import('../web/exam/messages/messages.js').Words} Words */
/** A text in whatever language. @typedef {(words: Words) => string} Say */
/** What a node holds: a text, or nodes. @typedef {(words: Words) => string | (Node | string)[]} Tell */

/** @type {Words | null} */
let words = null;
/** How a node's content ('') and its attributes are said. @type {WeakMap<Element, Map<string, Tell>>} */
const how = new WeakMap();

/** Changes a text only if it differs: a live region speaks at each change. @param {Element} node @param {string} attribute @param {string | (Node | string)[]} content */
function write(node, attribute, content) {
  if (attribute) node.setAttribute(attribute, String(content));
  else if (typeof content !== 'string') node.replaceChildren(...content);
  else if (node.textContent !== content) node.textContent = content;
}

/**
 * Says something in a node, now (as soon as there is a language) and in every language that is chosen later.
 * @template {HTMLElement} T
 * @param {T} node @param {Tell} say @param {string} [attribute] in which to say it, instead of as content
 * @returns {T}
 */
export function tell(node, say, attribute = '') {
  const all = how.get(node) ?? new Map();
  how.set(node, all.set(attribute, say));
  node.dataset.told = '';
  if (!attribute) delete node.dataset.say; // it says something else now
  if (words) write(node, attribute, say(words));
  return node;
}

/** All that was told is said in this language. @param {Words} spoken */
export function retell(spoken) {
  words = spoken;
  for (const node of document.querySelectorAll('[data-told]')) {
    for (const [attribute, say] of how.get(node) ?? []) write(node, attribute, say(spoken));
  }
}

/** A text of the catalogue. @param {string} key @param {Readonly<Record<string, string | number>>} [values] @returns {Say} */
export const text = (key, values) => (spoken) => spoken.say(key, values);

/** @param {Words} spoken */
const latin = ({ language }) => new Intl.Locale(language, { numberingSystem: 'latn' }); // digits as everywhere in Bedside

/** A figure with this many decimals. @param {Words} spoken @param {number} value @param {number} digits */
export const decimals = (spoken, value, digits) => new Intl.NumberFormat(latin(spoken), { minimumFractionDigits: digits, maximumFractionDigits: digits }).format(value);

/**
 * A figure with its unit: "3 seconds", or in short "3 sec".
 * @param {Words} spoken @param {number} value @param {'second' | 'millisecond'} unit @param {'long' | 'short'} unitDisplay @param {number} [least] decimals @param {number} [most]
 */
export const measure = (spoken, value, unit, unitDisplay, least = 0, most = Math.max(least, 2)) =>
  new Intl.NumberFormat(latin(spoken), { style: 'unit', unit, unitDisplay, minimumFractionDigits: least, maximumFractionDigits: most }).format(value);
