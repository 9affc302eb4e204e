// A DICOM data set, or an item of a sequence: values are read on demand, and so are sequences. Nothing is copied.
// SPDX-License-Identifier: MIT
import { Elements } from './elements.js';
import { corrupt, tagText } from './errors.js';
import { Places } from './places.js';
import { IMPLICIT, PIXEL_DATA, UNDEFINED, Walker } from './walker.js';

export { PIXEL_DATA };

/**
 * @typedef {import('./elements.js').Element} Element
 * @typedef {import('./walker.js').Encoding} Encoding
 * @typedef {{ encoding: Encoding, starts: Places, ends: Places, last: { index: number, item: DataSet } | null }} Sequence last: the item that was asked for last
 */

export class DataSet {
  #walker;
  /** @type {Elements | null} */
  #elements;
  /** Those that were asked for. @type {Map<number, Sequence>} */
  #sequences = new Map();

  /** @param {Walker} walker @param {Encoding} encoding @param {number} start @param {number} end @param {Elements} [elements] */
  constructor(walker, encoding, start, end, elements) {
    this.#walker = walker;
    this.#elements = elements ?? null;
    this.bytes = walker.bytes;
    this.view = walker.view;
    this.encoding = encoding;
    this.start = start;
    this.end = end;
  }

  get elements() {
    return (this.#elements ??= new Elements(this.#walker, this.encoding, this.start, this.end));
  }

  /** Whether an element is there and not empty. @param {number} tag */
  has(tag) {
    return (this.elements.get(tag)?.length ?? 0) > 0;
  }

  /** @param {number} tag @returns {Uint8Array | null} */
  raw(tag) {
    const element = this.elements.get(tag);
    return element && element.length > 0 ? this.bytes.subarray(element.start, element.start + element.length) : null;
  }

  /** Text of an element of ASCII (CS, UI, DS, IS), without padding; null if absent or empty. @param {number} tag */
  ascii(tag) {
    const raw = this.raw(tag);
    if (!raw) return null;
    const text = new TextDecoder('latin1').decode(raw).replace(/^[ \0]+|[ \0]+$/g, '');
    return text === '' ? null : text;
  }

  /** The decimals of an element of VR DS or IS; null if absent or empty. @param {number} tag @returns {number[] | null} */
  decimals(tag) {
    const text = this.ascii(tag);
    if (text === null) return null;
    return text.split('\\').map((part) => {
      const cell = part.replace(/^[ \0]+|[ \0]+$/g, '');
      if (!/^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/.test(cell) || !Number.isFinite(Number(cell))) throw corrupt(`The element ${tagText(tag)} should hold a number and holds "${cell.slice(0, 32)}".`);
      return Number(cell);
    });
  }

  /** The whole number of an element of VR IS; null if absent or empty. @param {number} tag */
  integer(tag) {
    const [value] = this.decimals(tag) ?? [null];
    if (value !== null && !Number.isInteger(value)) throw corrupt(`The element ${tagText(tag)} should hold a whole number and holds ${value}.`);
    return value;
  }

  /** The first number of an element of VR US or UL; null if absent or empty. @param {number} tag */
  unsigned(tag) {
    const element = this.elements.get(tag);
    if (!element || element.length === 0) return null;
    const { little } = this.encoding;
    if (element.vr === 'UL' && element.length >= 4) return this.view.getUint32(element.start, little);
    if (element.length % 2 === 1) throw corrupt(`The element ${tagText(tag)} should hold a number of 16 bits and has ${element.length} bytes.`);
    return this.view.getUint16(element.start, little);
  }

  /** All numbers of 16 bits of an element, in the order of its bytes. @param {number} tag @returns {Uint16Array | null} */
  words(tag) {
    const element = this.elements.get(tag);
    if (!element || element.length === 0) return null;
    if (element.length % 2 === 1) throw corrupt(`The element ${tagText(tag)} should hold numbers of 16 bits and has ${element.length} bytes.`);
    return Uint16Array.from({ length: element.length / 2 }, (_, i) => this.view.getUint16(element.start + 2 * i, this.encoding.little));
  }

  /** @param {number} tag @returns {Sequence | null} */
  #sequence(tag) {
    const known = this.#sequences.get(tag);
    if (known) return known;
    const element = this.elements.get(tag);
    if (!element) return null;
    const encoding = element.vr === 'UN' ? IMPLICIT : this.encoding;
    const [starts, ends] = [new Places(), new Places()];
    const walker = this.#walker;
    const end = element.start + element.length;
    for (let at = element.start; at < end;) {
      if (!walker.item(at, end, encoding.little)) { // an end, though the sequence has a length
        if (at + 8 < end) throw corrupt(`The sequence ${tagText(tag)} ends before its length does: it is damaged.`);
        break;
      }
      const delimiter = walker.length === UNDEFINED ? 8 : 0;
      starts.push(walker.start);
      at = walker.passItem(end, encoding);
      ends.push(at - delimiter);
    }
    const sequence = { encoding, starts, ends, last: null };
    this.#sequences.set(tag, sequence);
    return sequence;
  }

  /** How many items a sequence has: 0 if it is absent. @param {number} tag */
  itemCount(tag) {
    return this.#sequence(tag)?.starts.length ?? 0;
  }

  /** An item of a sequence; null if there is none such. @param {number} tag @param {number} index from 0 on @returns {DataSet | null} */
  item(tag, index) {
    const sequence = this.#sequence(tag);
    if (!sequence || index >= sequence.starts.length) return null;
    if (sequence.last?.index !== index) sequence.last = { index, item: new DataSet(this.#walker, sequence.encoding, sequence.starts.at(index), sequence.ends.at(index)) };
    return sequence.last.item;
  }

  /** @param {number} tag @returns {DataSet | null} */
  firstItem(tag) {
    return this.item(tag, 0);
  }
}

/**
 * Reads elements until one that `until` says no to, or the pixels, or the end. What stands behind the pixels (padding, signatures) says
 * nothing of the picture and is not looked at.
 * @param {Uint8Array} bytes @param {Encoding} encoding @param {number} at
 * @param {(tag: number) => boolean} [until] true at the first element that no longer belongs to it
 */
export function readElements(bytes, encoding, at, until) {
  const walker = new Walker(bytes);
  const elements = new Elements(walker, encoding, at, bytes.length, until, PIXEL_DATA);
  return new DataSet(walker, encoding, at, elements.end, elements);
}

/**
 * Fragments of encapsulated pixels (PS3.5 A.4): where the value of each item begins and ends, that of the basic offset table first. A missing end is no
 * harm: whether the pixels are complete their decoder tells.
 * @param {DataSet} set
 */
export function readItems({ bytes, elements }) {
  const { start, length } = /** @type {Element} */ (elements.get(PIXEL_DATA));
  const [starts, ends] = [new Places(), new Places()];
  const walker = new Walker(bytes);
  const end = start + length;
  for (let at = start; at < end && walker.item(at, end, true);) {
    at = walker.start + walker.length;
    if (at > end) throw corrupt('A fragment of the pixel data is too long or cut off.'); // its length is undefined, which none has
    starts.push(walker.start);
    ends.push(at);
  }
  return { starts, ends };
}
