// Test pictures that have a near twin in training: the same recording, a moment later. A model may know their answer without having learnt anything.
import { classified } from './samples.mjs';

/** Correlation of the pixels from which on two pictures are twins. */
export const TWIN = 0.9915;

/** Mean 0, length 1. @param {ArrayLike<number>} pixels */
export function normalised(pixels) {
  let [mean, square] = [0, 0];
  for (let i = 0; i < pixels.length; i++) mean += pixels[i] / pixels.length;
  const out = Float64Array.from(pixels, (v) => v - mean);
  for (const v of out) square += v * v;
  return square > 0 ? out.map((v) => v / Math.sqrt(square)) : out;
}

/** @param {Float64Array} a @param {Float64Array} b */
function correlation(a, b) {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i] * b[i];
  return sum;
}

/**
 * For each test picture of a .npz file: the largest correlation with a training picture.
 * @param {string} path
 */
export async function nearest(path) {
  const [train, test] = await Promise.all(['train', 'test'].map((split) => Promise.all(classified(path, split, []).map(async ({ pixels }) => normalised((await pixels()).pixels)))));
  return test.map((one) => train.reduce((most, other) => Math.max(most, correlation(one, other)), -1));
}
