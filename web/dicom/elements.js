// The elements of one data set or item. The walker finds where each begins, and of that alone there is a list; what somebody asks for is read by dicom-parser.
// It does not find them itself, because it makes an object of each element of a sequence that it passes: of an enhanced object there are millions.
// SPDX-License-Identifier: MIT
import dicomParser from 'dicom-parser';
import { corrupt } from './errors.js';
import { Places } from './places.js';
import { isLong } from './sniff.js';
import { UNDEFINED } from './walker.js';

/**
 * @typedef {import('./walker.js').Encoding} Encoding
 * @typedef {import('./walker.js').Walker} Walker
 * @typedef {{ tag: number, vr: string, start: number, length: number, undefinedLength: boolean }} Element vr is '' where the file says none; length without the delimiter
 */

const { littleEndianByteArrayParser: littleEndian, bigEndianByteArrayParser: bigEndian } = dicomParser;
const MOST_DISORDERED = 65536; // elements of a set whose tags do not rise, as they must (PS3.5 7.1): each search looks at all of them

export class Elements {
  #walker;
  #encoding;
  #places = new Places();
  #ordered = true;
  #open = false;

  /**
   * Walks from `start` to `end`, the first element that `until` says no to, or through the header of the one that is the last.
   * @param {Walker} walker @param {Encoding} encoding @param {number} start @param {number} end @param {(tag: number) => boolean} [until] @param {number} [last]
   */
  constructor(walker, encoding, start, end, until, last) {
    this.#walker = walker;
    this.#encoding = encoding;
    this.end = end;
    let before = -1;
    for (let at = start; at < end;) {
      if (until && at + 8 <= end && until(walker.tagAt(at, encoding.little))) { // it may be encoded in another way
        this.end = at;
        break;
      }
      walker.element(at, end, encoding);
      const { tag } = walker;
      this.#places.push(at);
      if (tag <= before) this.#ordered = false;
      if (!this.#ordered && this.#places.length > MOST_DISORDERED) throw corrupt(`The DICOM file has more than ${MOST_DISORDERED} elements that are not in the order of their tags.`);
      before = tag;
      if (tag === last) {
        this.#open = walker.length === UNDEFINED; // its reader finds where it ends
        break;
      }
      at = walker.pass(end, encoding);
    }
  }

  /** The index of an element, of several with that tag the last; -1 if there is none. @param {number} tag */
  #find(tag) {
    const { length } = this.#places;
    const tagOf = (/** @type {number} */ i) => this.#walker.tagAt(this.#places.at(i), this.#encoding.little);
    if (!this.#ordered) {
      let i = length - 1;
      while (i >= 0 && tagOf(i) !== tag) i--;
      return i;
    }
    let [low, high] = [0, length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (tagOf(middle) < tag) low = middle + 1;
      else high = middle;
    }
    return low < length && tagOf(low) === tag ? low : -1;
  }

  /** What the header of an element says, which the walker has found to be sound. @param {number} i @returns {Element} */
  #element(i) {
    const { explicit, little } = this.#encoding;
    const { bytes } = this.#walker;
    const stream = new dicomParser.ByteStream(little ? littleEndian : bigEndian, bytes, this.#places.at(i));
    const name = dicomParser.readTag(stream);
    const tag = Number.parseInt(name.slice(1), 16);
    let vr = '';
    if (explicit && tag >>> 16 !== 0xfffe) { // items and ends have none
      vr = stream.readFixedString(2);
      // It asks for the VR to know how long the length is, and does not know those of 64 bits.
      stream.readFixedString = (letters) => {
        stream.position += letters;
        return isLong(vr) ? 'UN' : 'CS';
      };
    }
    stream.position = this.#places.at(i);
    // With its own name as that of the last to be read, nothing but its header is.
    const { dataOffset: start, length: stated } = vr ? dicomParser.readDicomElementExplicit(stream, stream.warnings, name) : dicomParser.readDicomElementImplicit(stream, name);
    const undefinedLength = stated === UNDEFINED;
    const isLast = i + 1 === this.#places.length;
    const next = isLast ? this.end : this.#places.at(i + 1);
    const length = !undefinedLength ? stated : next - start - (isLast && this.#open ? 0 : 8);
    return { tag, vr, start, length, undefinedLength };
  }

  /** @param {number} tag */
  has(tag) {
    return this.#find(tag) >= 0;
  }

  /** @param {number} tag @returns {Element | undefined} */
  get(tag) {
    const i = this.#find(tag);
    return i < 0 ? undefined : this.#element(i);
  }

  /** All of them, in the file's order; of several with one tag the last. @returns {Generator<Element>} */
  *values() {
    for (let i = 0; i < this.#places.length; i++) {
      const element = this.#element(i);
      if (this.#find(element.tag) === i) yield element;
    }
  }
}
