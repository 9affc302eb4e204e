// PNG without compression: no library, and the same bytes everywhere. Types: reports.d.ts. Not a medical device.
// SPDX-License-Identifier: MIT

const TABLE = Uint32Array.from({ length: 256 }, (_, n) => {
  let c = n;
  for (let k = 0; k < 8; k++) c = c & 1 ? 0xedb88320 ^ (c >>> 1) : c >>> 1;
  return c;
});

/** @param {Uint8Array} bytes */
function crc32(bytes) {
  let c = 0xffffffff;
  for (const byte of bytes) c = TABLE[(c ^ byte) & 255] ^ (c >>> 8);
  return ~c >>> 0;
}

/** @param {Uint8Array} bytes */
function adler32(bytes) {
  let [a, b] = [1, 0];
  for (const byte of bytes) {
    a = (a + byte) % 65521;
    b = (b + a) % 65521;
  }
  return ((b << 16) | a) >>> 0;
}

/** @param {Uint8Array[]} parts @returns {Uint8Array} */
function joined(parts) {
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

/** @param {number} value */
const big = (value) => Uint8Array.of(value >>> 24, value >>> 16, value >>> 8, value);

/** @param {string} name @param {Uint8Array} content */
function chunk(name, content) {
  const body = joined([Uint8Array.from(name, (c) => c.charCodeAt(0)), content]);
  return joined([big(content.length), body, big(crc32(body))]);
}

/** A zlib stream of stored blocks. @param {Uint8Array} bytes */
function stored(bytes) {
  /** @type {Uint8Array[]} */
  const parts = [Uint8Array.of(0x78, 0x01)];
  for (let at = 0; at < bytes.length; at += 65535) {
    const block = bytes.subarray(at, at + 65535);
    parts.push(Uint8Array.of(Number(at + block.length === bytes.length), block.length, block.length >> 8, ~block.length, ~block.length >> 8), block);
  }
  return joined([...parts, big(adler32(bytes))]);
}

/** @param {import('./reports.js').Rgb} picture @returns {Uint8Array} */
export function toPng({ pixels, width, height }) {
  const rows = new Uint8Array(height * (1 + 3 * width));
  for (let y = 0; y < height; y++) rows.set(pixels.subarray(3 * width * y, 3 * width * (y + 1)), y * (1 + 3 * width) + 1); // each row begins with filter 0
  const header = joined([big(width), big(height), Uint8Array.of(8, 2, 0, 0, 0)]);
  return joined([Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a), chunk('IHDR', header), chunk('IDAT', stored(rows)), chunk('IEND', new Uint8Array(0))]);
}
