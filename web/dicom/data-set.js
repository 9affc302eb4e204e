// The elements of a DICOM data set (PS3.5 chapter 7): where each lies, values read on demand. Nothing is copied, nothing outside the bytes is
// touched, and sequences are opened only when somebody asks for their items, so work and memory are bounded by the file's size.
// SPDX-License-Identifier: MIT
import { corrupt, tagText } from './errors.js';
import { isLong } from './sniff.js';

const UNDEFINED = 0xffffffff;
const ITEM = 0xfffee000;
const ITEM_END = 0xfffee00d;
const SEQUENCE_END = 0xfffee0dd;
const DEEPEST = 64; // sequences in sequences: real objects have fewer than ten, and every engine's stack bears this
export const PIXEL_DATA = 0x7fe00010;

/**
 * @typedef {{ explicit: boolean, little: boolean }} Encoding
 * @typedef {{ tag: number, vr: string, start: number, length: number, undefinedLength: boolean }} Element vr is '' where the file says none
 */

/** Walks over elements. */
class Reader {
  /** @param {Uint8Array} bytes @param {Encoding} encoding @param {number} at @param {number} end */
  constructor(bytes, encoding, at, end) {
    this.bytes = bytes;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.encoding = encoding;
    this.at = at;
    this.end = end;
  }

  /** @param {number} length @param {string} what */
  need(length, what) {
    if (length > this.end - this.at) throw corrupt(`The DICOM file ends, or its sequence does, in the middle of ${what}.`);
  }

  tag() {
    const { little } = this.encoding;
    return this.view.getUint16(this.at, little) * 65536 + this.view.getUint16(this.at + 2, little);
  }

  /** Tag, VR and length of the next element; `at` is then where its value begins. @returns {Element} */
  header() {
    this.need(8, 'an element\'s header');
    const { explicit, little } = this.encoding;
    const tag = this.tag();
    let vr = '';
    let length;
    if (explicit && Math.floor(tag / 65536) !== 0xfffe) { // items and delimiters have no VR
      vr = String.fromCharCode(this.bytes[this.at + 4], this.bytes[this.at + 5]);
      if (!/^[A-Z]{2}$/.test(vr)) throw corrupt(`The element ${tagText(tag)} has no value representation: the file is damaged, or not in the transfer syntax that it states.`);
      if (isLong(vr)) {
        this.need(12, 'an element\'s header');
        length = this.view.getUint32(this.at + 8, little);
        this.at += 12;
      } else {
        length = this.view.getUint16(this.at + 6, little);
        this.at += 8;
      }
    } else {
      length = this.view.getUint32(this.at + 4, little);
      this.at += 8;
    }
    return { tag, vr, start: this.at, length, undefinedLength: length === UNDEFINED };
  }

  /** Moves behind an element's value, and corrects an undefined length. @param {Element} element @param {number} depth */
  skip(element, depth) {
    if (!element.undefinedLength) {
      this.need(element.length, `the element ${tagText(element.tag)}, which is too long or cut off`);
      this.at += element.length;
      return;
    }
    if (depth >= DEEPEST) throw corrupt(`The DICOM file's sequences are nested deeper than ${DEEPEST}.`);
    // What has an undefined length and an unknown VR is a sequence in implicit VR (PS3.5 6.2.2).
    const { encoding } = this;
    if (element.vr === 'UN') this.encoding = { explicit: false, little: true };
    for (let item = this.header(); item.tag !== SEQUENCE_END; item = this.header()) {
      if (item.tag !== ITEM) throw corrupt(`In the sequence ${tagText(element.tag)} stands ${tagText(item.tag)} where an item should begin.`);
      if (item.undefinedLength) {
        for (let inner = this.header(); inner.tag !== ITEM_END; inner = this.header()) this.skip(inner, depth + 1);
      } else this.skip(item, depth);
    }
    this.encoding = encoding;
    element.length = this.at - 8 - element.start;
  }
}

/** A data set, or an item of a sequence. */
export class DataSet {
  /** @param {Uint8Array} bytes @param {Encoding} encoding @param {number} start @param {number} end */
  constructor(bytes, encoding, start, end) {
    this.bytes = bytes;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.encoding = encoding;
    this.start = start;
    this.end = end;
    /** @type {Map<number, Element>} */
    this.elements = new Map();
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

  /** The items of a sequence; empty if it is absent. @param {number} tag @returns {DataSet[]} */
  items(tag) {
    const element = this.elements.get(tag);
    if (!element) return [];
    const encoding = element.vr === 'UN' ? { explicit: false, little: true } : this.encoding;
    const end = element.start + element.length;
    const reader = new Reader(this.bytes, encoding, element.start, end);
    const list = [];
    while (reader.at < end) {
      const item = reader.header();
      if (item.tag !== ITEM) throw corrupt(`In the sequence ${tagText(tag)} stands ${tagText(item.tag)} where an item should begin.`);
      const set = new DataSet(this.bytes, encoding, reader.at, end);
      if (item.undefinedLength) {
        for (let inner = reader.header(); inner.tag !== ITEM_END; inner = reader.header()) {
          reader.skip(inner, 0);
          set.elements.set(inner.tag, inner);
        }
        set.end = reader.at - 8;
      } else {
        reader.need(item.length, `an item of the sequence ${tagText(tag)}`);
        set.end = reader.at + item.length;
        const inside = new Reader(this.bytes, encoding, reader.at, set.end);
        while (inside.at < set.end) {
          const inner = inside.header();
          inside.skip(inner, 0);
          set.elements.set(inner.tag, inner);
        }
        reader.at = set.end;
      }
      list.push(set);
    }
    return list;
  }

  /** @param {number} tag @returns {DataSet | null} */
  firstItem(tag) {
    return this.items(tag)[0] ?? null;
  }
}

/**
 * Reads elements until one that `until` says no to, or the pixels, or the end. What stands behind the pixels (padding, signatures) says
 * nothing of the picture and is not looked at.
 * @param {Uint8Array} bytes @param {Encoding} encoding @param {number} at
 * @param {(tag: number) => boolean} [until] true at the first element that no longer belongs to it
 */
export function readElements(bytes, encoding, at, until = () => false) {
  const set = new DataSet(bytes, encoding, at, bytes.length);
  const reader = new Reader(bytes, encoding, at, bytes.length);
  while (reader.at < bytes.length) {
    reader.need(8, 'an element\'s header');
    if (until(reader.tag())) {
      set.end = reader.at;
      break;
    }
    const element = reader.header();
    if (element.tag === PIXEL_DATA && element.undefinedLength) element.length = bytes.length - element.start; // fragments.js finds its end
    else reader.skip(element, 0);
    set.elements.set(element.tag, element);
    if (element.tag === PIXEL_DATA) break;
  }
  return set;
}

/** Fragments of encapsulated pixels (PS3.5 A.4): the basic offset table's bytes, then a run of bytes for each further item. @param {DataSet} set */
export function readItems(set) {
  const element = /** @type {Element} */ (set.elements.get(PIXEL_DATA));
  const reader = new Reader(set.bytes, { explicit: false, little: true }, element.start, element.start + element.length);
  const list = [];
  while (reader.at < reader.end) {
    const item = reader.header();
    if (item.tag === SEQUENCE_END) break; // a missing one is no harm: whether the pixels are complete their decoder tells
    if (item.tag !== ITEM || item.undefinedLength) throw corrupt(`Among the fragments of the pixel data stands ${tagText(item.tag)}.`);
    reader.need(item.length, 'a fragment of the pixel data');
    list.push({ at: item.start, bytes: set.bytes.subarray(item.start, item.start + item.length) });
    reader.at += item.length;
  }
  return list;
}
