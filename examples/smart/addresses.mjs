// Which addresses lie in a record. The token goes with every request, so it goes nowhere else. Not a medical device.
// SPDX-License-Identifier: MIT

/** A step of a path as FHIR has them: a type, an id, `_history`, an operation. What a server might decode or cut into "..", as `..%2f` or `..;`, is none. */
const step = /^(?!\.+$)[A-Za-z0-9._~$@:=+,!*'()-]+$/;

/**
 * What follows the record's address, or null: it lies elsewhere.
 * @param {{ url: string }} session @param {string} url
 */
function rest({ url: base }, url) {
  if (!URL.canParse(url, `${base}/`)) return null;
  const root = new URL(base).href.replace(/\/+$/, '');
  const { href, hash } = new URL(url, `${base}/`);
  const address = hash ? href.slice(0, -hash.length) : href;
  return address.startsWith(root) ? address.slice(root.length) : null;
}

/** The path below the record's address of an attachment, with its query, or null: it lies elsewhere. @param {{ url: string }} session @param {string} url */
export function inside(session, url) {
  const [path, ...query] = rest(session, url)?.split('?') ?? [''];
  if (!path.startsWith('/') || !path.slice(1).split('/').every((one) => step.test(one))) return null;
  return [path.slice(1), ...query].join('?');
}

/**
 * Where a list goes on, below the record's address; undefined: it ends here; null: it goes on elsewhere. Servers write the next page as
 * `?_getpages=...` of the address itself, too.
 * @param {{ url: string }} session @param {any} bundle
 */
export function nextOf(session, bundle) {
  const next = bundle?.link?.find?.((/** @type {any} */ link) => link?.relation === 'next')?.url;
  if (typeof next !== 'string') return undefined;
  const query = rest(session, next);
  return query?.startsWith('?') ? query : inside(session, next);
}
