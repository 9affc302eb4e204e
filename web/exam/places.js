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
/** So far off the middle, as a share of the width, the evidence is on one side: half of each lung lies in the middle third of a chest X-ray. */
const ASIDE = 0.04;

/** Where the middle of the evidence is, from the left. @param {Uint8Array} map @param {number} width @returns {number} 0 to 1 */
function centroid(map, width) {
  let [sum, moment] = [0, 0];
  map.forEach((value, i) => {
    sum += value;
    moment += value * ((i % width) + 0.5);
  });
  return sum > 0 ? moment / (sum * width) : 0.5;
}

/**
 * @param {Uint8Array} map rows from the top @param {number} width @param {number} height
 * @returns {Place[]} the strongest first; if that is in the middle and the evidence is on one side, the ninth beside it on that side is named,
 *   too; empty: nowhere in particular
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
  const named = PLACES.map((_, i) => i).filter((i) => means[i] >= SHARE * most).sort((a, b) => means[b] - means[a]);
  if (named.length > MOST) return [];
  const off = centroid(map, width) - 0.5;
  const side = Math.sign(off);
  const [strongest] = named;
  if (strongest % 3 === 1 && Math.abs(off) > ASIDE && !named.some((i) => (i % 3) - 1 === side)) named.splice(1, 0, strongest + side);
  return named.map((i) => PLACES[i]);
}
