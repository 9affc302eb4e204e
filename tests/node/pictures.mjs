// Pictures for tests, written from scratch.
import { deflateSync } from 'node:zlib';
import { chunk } from '../../scripts/png.mjs';

/** @param {number} width @param {number} height @param {number} channels */
function header(width, height, channels) {
  const data = Buffer.alloc(13);
  data.writeUInt32BE(width, 0);
  data.writeUInt32BE(height, 4);
  data.set([8, [0, 0, 4, 2, 6][channels]], 8);
  return Buffer.concat([Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'), chunk('IHDR', data)]);
}

/** A PNG file. @param {number} width @param {number} height @param {1 | 2 | 3 | 4} channels @param {(x: number, y: number, c: number) => number} value */
export function png(width, height, channels, value) {
  const rows = Buffer.alloc(height * (width * channels + 1));
  for (let y = 0, at = 0; y < height; y++) {
    at++; // filter 0
    for (let x = 0; x < width; x++) for (let c = 0; c < channels; c++) rows[at++] = value(x, y, c);
  }
  const parts = [header(width, height, channels), chunk('IDAT', deflateSync(rows, { level: 1 })), chunk('IEND', Buffer.alloc(0))];
  return new Uint8Array(Buffer.concat(parts));
}

/** Whether channel c of so many is alpha. @param {number} c @param {number} channels */
export const isAlpha = (c, channels) => channels % 2 === 0 && c === channels - 1;

/** A PNG that says how large it is and then ends. @param {number} width @param {number} height */
export function pngHeader(width, height) {
  return new Uint8Array(Buffer.concat([header(width, height, 3), chunk('IDAT', deflateSync(Buffer.alloc(64))), chunk('IEND', Buffer.alloc(0))]));
}

/** A gradient around a grey level. @param {number} level */
export const grey = (level) => (/** @type {number} */ x, /** @type {number} */ y) => Math.max(0, Math.min(255, level + ((x + 2 * y) % 23) - 11));
