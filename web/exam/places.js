// Where the evidence of a heat map is, in ninths of the picture: what a person hears who cannot see the map. Types: exam.d.ts.
// Not a medical device.
// SPDX-License-Identifier: MIT

/** @typedef {import('./exam.js').Place} Place */

/** @type {Place[]} rows from the top */
const PLACES = ['upper-left', 'upper', 'upper-right', 'left', 'centre', 'right', 'lower-left', 'lower', 'lower-right'];
/** A ninth is named if it holds at least this share of what the strongest one holds; */
const SHARE = 0.6;
/** none, if even the strongest is as pale as this on average, */
const PALE = 24;
/** and none, if more than this many would be: the map points nowhere. */
const MOST = 4;

/**
 * @param {Uint8Array} map rows from the top @param {number} width @param {number} height
 * @returns {Place[]} the strongest first; empty: nowhere in particular
 */
export function placesOf(map, width, height) {
  const sums = new Array(9).fill(0);
  const sizes = new Array(9).fill(0);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const ninth = 3 * Math.floor((3 * y) / height) + Math.floor((3 * x) / width);
      sums[ninth] += map[y * width + x];
      sizes[ninth]++;
    }
  }
  const means = sums.map((sum, i) => (sizes[i] ? sum / sizes[i] : 0));
  const most = Math.max(...means);
  if (most < PALE) return [];
  const named = PLACES.map((place, i) => ({ place, mean: means[i] })).filter(({ mean }) => mean >= SHARE * most);
  if (named.length > MOST) return [];
  return named.sort((a, b) => b.mean - a.mean).map(({ place }) => place);
}
