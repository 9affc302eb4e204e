// Draws demo/icons/*.png, the pictures that a system shows of the installed page: the cross of demo/icon.svg, from its geometry.
//
//     node scripts/icons.mjs
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { deflateSync } from 'node:zlib';
import { chunk } from './png.mjs';
import { isEntry, root } from './setup.mjs';

const [GROUND, CROSS] = [[0x0b, 0x5c, 0x8c], [0xff, 0xff, 0xff]];

/** In units of icon.svg, whose side is 32. How much of its place a shape covers falls from 1 to 0 over one pixel at its edge. */
const SIDE = 32;

/** Distance to a square with round corners around the middle; negative inside. @param {number} x @param {number} y @param {number} half @param {number} radius */
function square(x, y, half, radius) {
  const [dx, dy] = [Math.abs(x) - half + radius, Math.abs(y) - half + radius];
  return Math.hypot(Math.max(dx, 0), Math.max(dy, 0)) + Math.min(Math.max(dx, dy), 0) - radius;
}

/** Distance to a cross of two round-ended strokes. @param {number} x @param {number} y @param {number} arm @param {number} half of the stroke's width */
function cross(x, y, arm, half) {
  const stroke = (/** @type {number} */ along, /** @type {number} */ across) => Math.hypot(along - Math.max(-arm, Math.min(arm, along)), across) - half;
  return Math.min(stroke(x, y), stroke(y, x));
}

/**
 * RGBA rows. A maskable icon fills its square, and its cross stays inside the circle that every system leaves of it.
 * @param {number} size in pixels @param {boolean} maskable
 */
export function draw(size, maskable) {
  const pixels = Buffer.alloc(size * size * 4);
  const [perPixel, scale] = [SIDE / size, maskable ? 0.8 : 1];
  const cover = (/** @type {number} */ distance) => Math.max(0, Math.min(1, 0.5 - distance / perPixel));
  for (let row = 0, at = 0; row < size; row++) {
    for (let column = 0; column < size; column++, at += 4) {
      const [x, y] = [(column + 0.5) * perPixel - SIDE / 2, (row + 0.5) * perPixel - SIDE / 2];
      const ink = cover(cross(x, y, 8 * scale, 2 * scale));
      for (let c = 0; c < 3; c++) pixels[at + c] = Math.round(GROUND[c] + (CROSS[c] - GROUND[c]) * ink);
      pixels[at + 3] = maskable ? 255 : Math.round(255 * cover(square(x, y, SIDE / 2, 7)));
    }
  }
  return pixels;
}

/** A PNG file of RGBA rows. @param {Buffer} pixels @param {number} size */
function encode(pixels, size) {
  const head = Buffer.alloc(13);
  head.writeUInt32BE(size, 0);
  head.writeUInt32BE(size, 4);
  head.set([8, 6], 8);
  const rows = Buffer.concat(Array.from({ length: size }, (_, y) => Buffer.concat([Buffer.alloc(1), pixels.subarray(y * size * 4, (y + 1) * size * 4)])));
  return Buffer.concat([Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'), chunk('IHDR', head), chunk('IDAT', deflateSync(rows, { level: 9 })), chunk('IEND', Buffer.alloc(0))]);
}

/** @type {[string, number, boolean][]} */
const ICONS = [['icon-192.png', 192, false], ['icon-512.png', 512, false], ['maskable-512.png', 512, true]];

if (isEntry(import.meta.url)) {
  mkdirSync(join(root, 'demo/icons'), { recursive: true });
  for (const [name, size, maskable] of ICONS) writeFileSync(join(root, 'demo/icons', name), encode(draw(size, maskable), size));
}
