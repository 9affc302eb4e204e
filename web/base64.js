// Bytes as base64 text. Not a medical device.
// SPDX-License-Identifier: MIT

/** In pieces, because a call takes some ten thousand arguments at most. @param {Uint8Array} bytes */
export function toBase64(bytes) {
  let text = '';
  for (let i = 0; i < bytes.length; i += 8192) text += String.fromCharCode(...bytes.subarray(i, i + 8192));
  return btoa(text);
}
