// Seeded pseudo-random numbers, the same in every JavaScript engine and in the program `bedside` (src/cli/random.h): splitmix64.
// A 64-bit word is a pair of unsigned 32-bit halves; the low 64 bits of a product are put together from 16-bit digits.

/** Of a * b, both unsigned 32 bits: [high, low]. @param {number} a @param {number} b */
function product(a, b) {
  const [a1, a0, b1, b0] = [a >>> 16, a & 0xffff, b >>> 16, b & 0xffff];
  const low = a0 * b0;
  const middle = a1 * b0 + (low >>> 16); // < 2^32
  const next = a0 * b1 + (middle & 0xffff); // < 2^32
  return [(a1 * b1 + Math.floor(middle / 65536) + Math.floor(next / 65536)) >>> 0, (((next & 0xffff) << 16) | (low & 0xffff)) >>> 0];
}

/** @param {number} high @param {number} low @param {number} byHigh @param {number} byLow @returns {[number, number]} */
function times(high, low, byHigh, byLow) {
  const [carry, lowest] = product(low, byLow);
  return [(carry + Math.imul(high, byLow) + Math.imul(low, byHigh)) >>> 0, lowest];
}

/** z ^ z >> n, n from 1 to 31. @param {number} high @param {number} low @param {number} n @returns {[number, number]} */
const fold = (high, low, n) => [(high ^ (high >>> n)) >>> 0, (low ^ ((low >>> n) | (high << (32 - n)))) >>> 0];

export class Random {
  #high;
  #low;

  /** @param {number} seed a whole number under 2^53 */
  constructor(seed) {
    this.#high = Math.floor(seed / 2 ** 32) >>> 0;
    this.#low = seed >>> 0;
  }

  /** The upper 32 bits of the next number. */
  next() {
    const low = this.#low + 0x7f4a7c15;
    this.#high = (this.#high + 0x9e3779b9 + (low > 0xffffffff ? 1 : 0)) >>> 0;
    this.#low = low >>> 0;
    let [h, l] = fold(this.#high, this.#low, 30);
    [h, l] = times(h, l, 0xbf58476d, 0x1ce4e5b9);
    [h, l] = fold(h, l, 27);
    [h, l] = times(h, l, 0x94d049bb, 0x133111eb);
    return fold(h, l, 31)[0];
  }

  /** A whole number in [0, n). @param {number} n at most 2^21, so that the product stays exact */
  below(n) {
    return Math.floor((this.next() * n) / 2 ** 32);
  }
}
