// What a record's hashes are of where there is no file: pixels as a picture file, an entry of the catalogue as canonical JSON.
// Not a medical device.
// SPDX-License-Identifier: MIT

const TUPLES = ['GRAYSCALE', 'GRAYSCALE_ALPHA', 'RGB', 'RGB_ALPHA'];

/**
 * Pixels as a PAM file (Netpbm): width, height and channels stand in its header, rows follow without padding. Of pixels that contradict their own size the bytes as they are.
 * @param {import('../bedside.js').Pixels} picture
 */
export function pamOf({ pixels, width, height, channels, stride = width * channels }) {
  const header = new TextEncoder().encode(`P7\nWIDTH ${width}\nHEIGHT ${height}\nDEPTH ${channels}\nMAXVAL 255\nTUPLTYPE ${TUPLES[channels - 1]}\nENDHDR\n`);
  const bytes = ArrayBuffer.isView(pixels) ? new Uint8Array(pixels.buffer, pixels.byteOffset, pixels.byteLength) : new Uint8Array(pixels);
  const row = width * channels;
  const isSound = [width, height, row].every((n) => Number.isInteger(n) && n > 0) && stride >= row && bytes.length >= stride * (height - 1) + row;
  const file = new Uint8Array(header.length + (isSound ? row * height : bytes.length));
  file.set(header);
  if (!isSound) file.set(bytes, header.length);
  else for (let y = 0; y < height; y++) file.set(bytes.subarray(y * stride, y * stride + row), header.length + y * row);
  return file;
}

/** @param {any} value @returns {any} the same with the members of objects in order */
function sorted(value) {
  if (value === null || typeof value !== 'object') return value;
  if (Array.isArray(value)) return value.map(sorted);
  return Object.fromEntries(Object.keys(value).sort().map((key) => [key, sorted(value[key])]));
}

/** What a catalogue says of a model as JSON in canonical form (RFC 8785), without its name and where its file lies. @param {import('./exam.js').ModelEntry & {bytes?: Uint8Array}} entry */
export const entryText = ({ id: _id, url: _url, bytes: _bytes, ...entry }) => new TextEncoder().encode(JSON.stringify(sorted(entry)));
