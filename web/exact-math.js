// exp, sin, atan2 and roots out of +, -, *, / and floor alone: these ECMAScript fixes to the bit, Math.exp and its like it does not. Accurate to some
// 1e-10, which is far below what they are used for. Types: exact-math.d.ts.
// SPDX-License-Identifier: MIT

const LN2 = 0.6931471805599453;
export const TAU = 6.283185307179586;
const EIGHTH = 0.41421356237309503; // tan(TAU / 16)

/** A polynomial, the highest coefficient first. @param {number} x @param {number[]} list */
function horner(x, list) {
  let sum = 0;
  for (const c of list) sum = sum * x + c;
  return sum;
}

/** 1 / n! for n = 12 to 0. */
const EXP = Array.from({ length: 13 }, (_, i) => Array.from({ length: 12 - i }, (_, k) => k + 1).reduce((f, k) => f / k, 1));
/** Of sin in x^2: (-1)^n / (2n + 1)!, n = 8 to 0. */
const SIN = Array.from({ length: 9 }, (_, i) => Array.from({ length: 17 - 2 * i }, (_, k) => k + 1).reduce((f, k) => f / k, i % 2 ? -1 : 1));
/** Of atan in x^2: (-1)^n / (2n + 1), n = 11 to 0. */
const ATAN = Array.from({ length: 12 }, (_, i) => (i % 2 ? 1 : -1) / (23 - 2 * i));

/** The square root, by Newton's steps. @param {number} x about 0.1 to 10 */
export function root(x) {
  let r = (1 + x) / 2;
  for (let k = 0; k < 5; k++) r = (r + x / r) / 2;
  return r;
}

/** @param {number} x at most 0; under -40 it is 0 */
export function exp(x) {
  if (x < -40) return 0;
  const halvings = Math.floor(-x / LN2);
  let result = horner(x + halvings * LN2, EXP);
  for (let k = 0; k < halvings; k++) result *= 0.5;
  return result;
}

/** @param {number} x */
export function sin(x) {
  let r = x - TAU * Math.floor(x / TAU + 0.5); // -TAU / 2 to TAU / 2
  if (r > TAU / 4) r = TAU / 2 - r;
  if (r < -TAU / 4) r = -TAU / 2 - r;
  return r * horner(r * r, SIN);
}

/** From 0 to TAU. @param {number} y @param {number} x */
export function angle(y, x) {
  const [u, v] = [Math.abs(x), Math.abs(y)];
  const steep = v > u;
  let ratio = u + v === 0 ? 0 : steep ? u / v : v / u;
  const far = ratio > EIGHTH;
  if (far) ratio = (ratio - 1) / (ratio + 1);
  let result = ratio * horner(ratio * ratio, ATAN) + (far ? TAU / 8 : 0);
  if (steep) result = TAU / 4 - result;
  if (x < 0) result = TAU / 2 - result;
  return y < 0 ? TAU - result : result;
}
