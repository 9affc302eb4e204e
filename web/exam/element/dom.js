// Elements and icons without markup from text. Not a medical device.
// SPDX-License-Identifier: MIT

/** @typedef {Node | string | null | undefined | false} Child */

/**
 * An element. Text never becomes markup; an attribute that is null or false is left out, true is an empty one; `on*` is a listener.
 * @template {keyof HTMLElementTagNameMap} T
 * @param {T} tag @param {Record<string, string | number | boolean | null | undefined | ((event: any) => void)>} [attributes] @param {Child[]} children
 * @returns {HTMLElementTagNameMap[T]}
 */
export function el(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === 'function') node.addEventListener(name.slice(2), value);
    else if (value !== null && value !== undefined && value !== false) node.setAttribute(name, value === true ? '' : String(value));
  }
  node.append(...children.filter((child) => child !== null && child !== undefined && child !== false));
  return node;
}

/** Lines on a field of 24 by 24. @type {Record<string, string>} */
const paths = {
  info: 'M3 12a9 9 0 1 0 18 0a9 9 0 1 0 -18 0M12 11v6M12 7.2v.3',
  picture: 'M5 4h14a2 2 0 0 1 2 2v12a2 2 0 0 1 -2 2h-14a2 2 0 0 1 -2 -2v-12a2 2 0 0 1 2 -2M3 16l5-5 4 4 3-3 6 6M15.5 8.5v.1',
  camera: 'M4 7h4l1.5-2.5h5L16 7h4a1 1 0 0 1 1 1v10a1 1 0 0 1 -1 1h-16a1 1 0 0 1 -1 -1v-10a1 1 0 0 1 1 -1M8.5 13a3.5 3.5 0 1 0 7 0a3.5 3.5 0 1 0 -7 0',
  signs: 'M12 4.5v10M12 19v.3',
  none: 'M6 12h12',
  answer: 'M5 8h14M5 12h14M5 16h8',
  unsure: 'M8.5 9a3.5 3.5 0 1 1 5.2 3.1c-1.1.7-1.7 1.3-1.7 2.6M12 18.4v.3',
  error: 'M7 7l10 10M17 7L7 17',
  out: 'M10 5H5v14h14v-5M13 4h7v7M20 4l-9 9',
  lock: 'M7 11h10a2 2 0 0 1 2 2v5a2 2 0 0 1 -2 2h-10a2 2 0 0 1 -2 -2v-5a2 2 0 0 1 2 -2M8 11V8a4 4 0 0 1 8 0v3',
  clock: 'M3 12a9 9 0 1 0 18 0a9 9 0 1 0 -18 0M12 7v5l3.5 2',
  chip: 'M8.5 7h7a1.5 1.5 0 0 1 1.5 1.5v7a1.5 1.5 0 0 1 -1.5 1.5h-7a1.5 1.5 0 0 1 -1.5 -1.5v-7a1.5 1.5 0 0 1 1.5 -1.5M10 3v4M14 3v4M10 17v4M14 17v4M3 10h4M3 14h4M17 10h4M17 14h4',
  model: 'M6 3h8l4 4v14H6zM14 3v4h4M9 12h6M9 16h6',
  save: 'M12 4v11M7.5 10.5L12 15l4.5-4.5M5 20h14',
};

/** A drawing beside words that say the same: hidden from screen readers. @param {string} name */
export function icon(name) {
  const space = 'http://www.w3.org/2000/svg';
  const svg = document.createElementNS(space, 'svg');
  svg.setAttribute('class', 'icon');
  svg.setAttribute('viewBox', '0 0 24 24');
  svg.setAttribute('aria-hidden', 'true');
  const path = document.createElementNS(space, 'path');
  path.setAttribute('d', paths[name]);
  svg.append(path);
  return svg;
}

/** A text that is in English whatever the page's language. @param {string} text @param {'span' | 'p' | 'li'} [tag] @param {Child[]} more */
export const english = (text, tag = 'span', ...more) => el(tag, { lang: 'en', dir: 'ltr' }, text, ...more);

/** Custom properties of an element; unlike a style attribute the policy allows them. @param {HTMLElement} node @param {Record<string, string | number>} values */
export function vary(node, values) {
  for (const [name, value] of Object.entries(values)) node.style.setProperty(name, String(value));
  return node;
}

/** Puts nodes into an element in this order; those that are there already are not moved. @param {Element} parent @param {(Node | null)[]} nodes */
export function arrange(parent, nodes) {
  const wanted = nodes.filter((node) => node !== null);
  for (const node of [...parent.childNodes]) if (!wanted.includes(node)) node.remove();
  wanted.forEach((node, i) => {
    const there = parent.childNodes[i] ?? null;
    if (there !== node) parent.insertBefore(node, there);
  });
}

/** Parts of a drawing, each kept until something is another that it was made of. */
export class Parts {
  /** @type {Map<string, {of: unknown[], node: Element | null}>} */
  #made = new Map();

  /** @param {string} name @param {unknown[]} of @param {() => Element | null} make */
  part(name, of, make) {
    const before = this.#made.get(name);
    if (before && of.every((value, i) => Object.is(value, before.of[i]))) return before.node;
    const node = make();
    this.#made.set(name, { of, node });
    return node;
  }
}
