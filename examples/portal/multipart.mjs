// Whether a multipart answer is whole. dicomweb-client leaves out a last part whose end is missing, without a word; so the closing
// delimiter (RFC 2046, 5.1.1) is looked for before it is asked. Not a medical device.
// SPDX-License-Identifier: MIT

/** The boundary parameter of a Content-Type, or null. @param {string} type as it was sent */
export function boundaryOf(type) {
  const found = /;\s*boundary=(?:"([^"\r\n]{1,70})"|([^\s;"]{1,70}))/i.exec(type);
  return found ? (found[1] ?? found[2]) : null;
}

/** @param {Uint8Array} bytes @param {Uint8Array} token @param {number} at */
const holds = (bytes, token, at) => at >= 0 && token.every((value, i) => bytes[at + i] === value);

/**
 * Why a multipart body is not whole, or null.
 * @param {Uint8Array} bytes @param {string} type
 */
export function incomplete(bytes, type) {
  const boundary = boundaryOf(type);
  if (boundary === null) return 'it does not say how its parts are divided';
  const open = new TextEncoder().encode(`--${boundary}`);
  if (!holds(bytes, open, 0) && !holds(bytes, open, 2)) return 'it does not begin with a part';
  const close = new TextEncoder().encode(`\r\n--${boundary}--`);
  // White space, or a short epilogue, may follow the closing delimiter.
  for (let at = bytes.length - close.length, end = Math.max(at - 1024, 0); at >= end; at--) {
    if (holds(bytes, close, at)) return null;
  }
  return 'its end is missing';
}
