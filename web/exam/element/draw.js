// Canvases: the picture, the map over it, a marking with its outline, what a layer makes of it. Not a medical device.
// SPDX-License-Identifier: MIT
import { el } from './dom.js';

/** @param {number} width @param {number} height @param {(data: Uint8ClampedArray) => void} fill RGBA, zeros at first @param {Record<string, string | null>} attributes */
function canvas(width, height, fill, attributes) {
  const node = el('canvas', { width, height, ...attributes });
  const image = new ImageData(width, height);
  fill(image.data);
  node.getContext('2d')?.putImageData(image, 0, 0);
  return node;
}

/** The longer side that is drawn at most, in pixels: a large photograph would take a quarter of a gigabyte only to be shown small. */
const MOST = 2048;

/** @param {import('../../bedside.js').Pixels} picture @param {Record<string, string | null>} attributes */
export function pictureCanvas({ pixels, width, height, channels, stride = width * channels }, attributes) {
  const bytes = pixels instanceof ArrayBuffer ? new Uint8Array(pixels) : pixels;
  const [green, blue] = channels > 2 ? [1, 2] : [0, 0];
  const every = Math.ceil(Math.max(width, height) / MOST); // one of so many, in each direction
  const [across, down] = [Math.ceil(width / every), Math.ceil(height / every)];
  return canvas(across, down, (data) => {
    let to = 0;
    for (let y = 0; y < down; y++) {
      for (let x = 0; x < across; x++, to += 4) {
        const from = y * every * stride + x * every * channels;
        data[to] = bytes[from];
        data[to + 1] = bytes[from + green];
        data[to + 2] = bytes[from + blue];
        data[to + 3] = 255;
      }
    }
  }, attributes);
}

/** From little to much: violet, magenta, orange, pale yellow; lightness rises with it, so it reads without colour, too. */
const ramp = [[40, 10, 80], [170, 40, 120], [250, 120, 60], [255, 240, 170]];

/** @param {{map: Uint8Array, width: number, height: number}} explanation @param {Record<string, string | null>} attributes */
export function heatCanvas({ map, width, height }, attributes) {
  return canvas(width, height, (data) => {
    map.forEach((value, i) => {
      const at = (value / 255) * (ramp.length - 1);
      const low = Math.min(ramp.length - 2, Math.floor(at));
      for (let c = 0; c < 3; c++) data[4 * i + c] = ramp[low][c] + (at - low) * (ramp[low + 1][c] - ramp[low][c]);
      data[4 * i + 3] = 255 * (value / 255) ** 0.7; // nothing is drawn where there is no evidence
    });
  }, attributes);
}

/** A marking: half see-through, with an outline. @param {{mask: Uint8Array, width: number, height: number}} marking @param {Record<string, string | null>} attributes */
export function maskCanvas({ mask, width, height }, attributes) {
  const at = (/** @type {number} */ x, /** @type {number} */ y) => (x < 0 || y < 0 || x >= width || y >= height ? 0 : mask[y * width + x]);
  return canvas(width, height, (data) => {
    for (let y = 0, i = 0; y < height; y++) {
      for (let x = 0; x < width; x++, i += 4) {
        if (!at(x, y)) continue;
        const inside = at(x - 1, y) && at(x + 1, y) && at(x, y - 1) && at(x, y + 1);
        data.set([0, 229, 255, inside ? 120 : 255], i);
      }
    }
  }, attributes);
}

/** A network's input: int8 with zero in the middle of grey. @param {import('../../bedside.js').Tensor} tensor @param {Record<string, string | null>} attributes */
export function inputCanvas({ data: values, dims: [, height, width, channels] }, attributes) {
  return canvas(width, height, (data) => {
    for (let i = 0; i < width * height; i++) {
      for (let c = 0; c < 3; c++) data[4 * i + c] = values[i * channels + (channels === 3 ? c : 0)] + 128;
      data[4 * i + 3] = 255;
    }
  }, attributes);
}

/** One channel of a layer, from its least value to its greatest in the whole layer. @param {import('../exam.js').Layer} layer @param {number} channel @param {Record<string, string | null>} attributes */
export function channelCanvas({ data: values, dims: [, height, width, channels] }, channel, attributes) {
  let [least, most] = [Infinity, -Infinity];
  for (const value of values) [least, most] = [Math.min(least, value), Math.max(most, value)];
  return canvas(width, height, (data) => {
    for (let i = 0; i < width * height; i++) {
      const grey = most > least ? (255 * (values[i * channels + channel] - least)) / (most - least) : 0;
      data.set([grey, grey, grey, 255], 4 * i);
    }
  }, attributes);
}

/** The values of a layer without extent, as upright bars. @param {import('../exam.js').Layer} layer @param {Record<string, string | null>} attributes */
export function vectorCanvas({ data: values, dims: [, , , channels] }, attributes) {
  const height = 64;
  let [least, most] = [0, 0];
  for (const value of values) [least, most] = [Math.min(least, value), Math.max(most, value)];
  const row = (/** @type {number} */ value) => Math.round(((most - value) / (most - least || 1)) * (height - 1));
  return canvas(channels * 2, height, (data) => {
    for (let i = 0; i < data.length; i += 4) data[i + 3] = 255;
    for (let c = 0; c < channels; c++) {
      const [top, bottom] = [row(Math.max(0, values[c])), row(Math.min(0, values[c]))];
      for (let y = top; y <= bottom; y++) data.set([255, 240, 170, 255], 4 * (y * channels * 2 + 2 * c));
    }
  }, attributes);
}
