// Which origins may speak to the frame. Fails closed: a list with a mistake in it allows nobody. Not a medical device.
// SPDX-License-Identifier: MIT
import { BedsideError } from '../bedside.js';

/**
 * Exact origins: no wildcard, no path, no "null".
 * @param {readonly string[]} list
 * @returns {ReadonlySet<string>}
 */
export function originsOf(list) {
  for (const text of list) {
    let origin = '';
    try {
      const url = new URL(text);
      origin = /^https?:$/.test(url.protocol) ? url.origin : '';
    } catch {
      // said below
    }
    if (origin !== text) throw new BedsideError('BDS_E_ARGUMENT', `"${text}" is not an origin: expected something like "https://portal.example", without a path and without "*".`);
  }
  return new Set(list);
}
