// The examined picture in colour with the heat map or the mask over it. Integers only: the same bytes everywhere. Types: reports.d.ts.
// Not a medical device.
// SPDX-License-Identifier: MIT
import { BedsideError } from '../bedside.js';
import { checkedRecord } from './reportable.js';

/** @typedef {import('../exam/exam.js').ExamRecord} ExamRecord */
/** @typedef {import('./reports.js').Rgb} Rgb */

/** Share of the heat map's colour where it is strongest, and of the mask's, in 256ths: the picture must shine through. */
const STRONGEST = 150;
const MASK_SHARE = 110;

/** @param {ExamRecord} record @param {import('../bedside.js').Pixels} picture @returns {Rgb} */
function inColour({ input }, picture) {
  const { width, height, channels, stride = width * channels } = picture ?? {};
  const pixels = picture?.pixels instanceof ArrayBuffer ? new Uint8Array(picture.pixels) : picture?.pixels;
  if (!pixels || !Number.isInteger(width) || !(width > 0) || !Number.isInteger(height) || !(height > 0) || ![1, 2, 3, 4].includes(channels) || pixels.length < stride * (height - 1) + width * channels) {
    throw new BedsideError('BDS_E_ARGUMENT', 'The picture must be {pixels, width, height, channels} with as many bytes as they say.');
  }
  if (input?.width !== width || input?.height !== height) {
    throw new BedsideError('BDS_E_ARGUMENT', `This is not the picture that was examined: it has ${width} x ${height} pixels, and that one has ${input?.width} x ${input?.height}.`);
  }
  const rgb = new Uint8Array(3 * width * height);
  const [green, blue] = channels < 3 ? [0, 0] : [1, 2];
  for (let y = 0, to = 0; y < height; y++) {
    for (let x = 0, from = y * stride; x < width; x++, from += channels, to += 3) {
      rgb[to] = pixels[from];
      rgb[to + 1] = pixels[from + green];
      rgb[to + 2] = pixels[from + blue];
    }
  }
  return { pixels: rgb, width, height };
}

/**
 * A small map's value at each of n places of a longer line: where between which two of its values, in 256ths.
 * @param {number} n @param {number} size of the map
 */
function steps(n, size) {
  return Array.from({ length: n }, (_, i) => {
    const at = Math.min(Math.max(Math.floor(((2 * i + 1) * size * 256) / (2 * n)) - 128, 0), (size - 1) * 256);
    return { from: at >> 8, to: Math.min((at >> 8) + 1, size - 1), part: at & 255 };
  });
}

/** From yellow to red with growing evidence. @param {Rgb} rgb @param {NonNullable<ExamRecord['input']>['region']} region @param {{map: Uint8Array, width: number, height: number}} of */
function heat(rgb, region, { map, width, height }) {
  const [columns, rows] = [steps(region.width, width), steps(region.height, height)];
  const line = new Int32Array(width); // between two rows of the map, in 256ths
  rows.forEach((row, y) => {
    for (let c = 0; c < width; c++) line[c] = map[row.from * width + c] * (256 - row.part) + map[row.to * width + c] * row.part;
    columns.forEach((column, x) => {
      const value = (line[column.from] * (256 - column.part) + line[column.to] * column.part + 32768) >> 16;
      if (value > 0) blend(rgb, region.x + x, region.y + y, 255, 235 - ((value * 235) >> 8), 0, (value * STRONGEST) >> 8);
    });
  });
}

/** @param {Rgb} rgb @param {NonNullable<ExamRecord['input']>['region']} region @param {{mask: Uint8Array, width: number, height: number}} of */
function paint(rgb, region, { mask, width, height }) {
  for (let y = 0; y < region.height; y++) {
    const row = Math.floor((y * height) / region.height) * width;
    for (let x = 0; x < region.width; x++) {
      if (mask[row + Math.floor((x * width) / region.width)]) blend(rgb, region.x + x, region.y + y, 0, 190, 255, MASK_SHARE);
    }
  }
}

/** @param {Rgb} rgb @param {number} x @param {number} y @param {number} red @param {number} green @param {number} blue @param {number} share of 256 */
function blend({ pixels, width, height }, x, y, red, green, blue, share) {
  if (x < 0 || y < 0 || x >= width || y >= height) return;
  const at = 3 * (y * width + x);
  const rest = 256 - share;
  pixels[at] = (pixels[at] * rest + red * share + 128) >> 8;
  pixels[at + 1] = (pixels[at + 1] * rest + green * share + 128) >> 8;
  pixels[at + 2] = (pixels[at + 2] * rest + blue * share + 128) >> 8;
}

/** Whether there is anything to lay over the picture. @param {ExamRecord} record */
export const hasOverlay = ({ marking, explanation }) => !!marking || !!explanation;

/** @param {ExamRecord} record @param {import('../bedside.js').Pixels} picture @returns {Rgb} */
export function overlay(record, picture) {
  const checked = checkedRecord(record);
  const rgb = inColour(checked, picture);
  const { marking, explanation, input } = checked;
  if (!input || checked.outcome === 'refused') return rgb;
  if (marking) paint(rgb, input.region, marking);
  else if (explanation) heat(rgb, input.region, explanation);
  return rgb;
}

/** Made smaller, each pixel the mean of those that it stands for; as it is if it is small enough. @param {Rgb} picture @param {number} most pixels of its longer side @returns {Rgb} */
export function shrink(picture, most) {
  const longer = Math.max(picture.width, picture.height);
  if (longer <= most) return picture;
  const [width, height] = [picture.width, picture.height].map((side) => Math.max(1, Math.round((side * most) / longer)));
  const pixels = new Uint8Array(3 * width * height);
  for (let y = 0; y < height; y++) {
    const [top, bottom] = [Math.floor((y * picture.height) / height), Math.floor(((y + 1) * picture.height) / height)];
    for (let x = 0; x < width; x++) {
      const [left, right] = [Math.floor((x * picture.width) / width), Math.floor(((x + 1) * picture.width) / width)];
      const count = (bottom - top) * (right - left);
      for (let c = 0; c < 3; c++) {
        let sum = count >> 1;
        for (let v = top; v < bottom; v++) for (let u = left; u < right; u++) sum += picture.pixels[3 * (v * picture.width + u) + c];
        pixels[3 * (y * width + x) + c] = Math.floor(sum / count);
      }
    }
  }
  return { pixels, width, height };
}

/** Made larger by a whole number, so that the shorter side has at least so many pixels. @param {Rgb} picture @param {number} least @returns {Rgb} */
export function enlarge(picture, least) {
  const factor = Math.max(1, Math.ceil(least / Math.min(picture.width, picture.height)));
  if (factor === 1) return picture;
  const [width, height] = [picture.width * factor, picture.height * factor];
  const pixels = new Uint8Array(3 * width * height);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const from = 3 * (Math.floor(y / factor) * picture.width + Math.floor(x / factor));
      pixels.set(picture.pixels.subarray(from, from + 3), 3 * (y * width + x));
    }
  }
  return { pixels, width, height };
}
