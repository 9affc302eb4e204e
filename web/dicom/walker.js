// Walks over the elements of a data set (PS3.5 chapter 7) and makes an object of none: the header read last stands in the walker's fields. So millions
// of them cost time, some ten nanoseconds each, and no memory. Nothing is guessed: what the standard does not know is an error.
// SPDX-License-Identifier: MIT
import { corrupt, tagText } from './errors.js';
import { isLong } from './sniff.js';

/** @typedef {{ readonly explicit: boolean, readonly little: boolean }} Encoding */

export const UNDEFINED = 0xffffffff;
export const PIXEL_DATA = 0x7fe00010;
const DELIMITERS = 0xfffe; // the group of items and ends, which have no VR
const ITEM = 0xfffee000;
const ITEM_END = 0xfffee00d;
const SEQUENCE_END = 0xfffee0dd;
const DEEPEST = 64; // sequences in sequences: real objects have fewer than ten, and every engine's stack bears this
const [SQ, UN] = [0x5351, 0x554e];

/** What an unknown sequence is encoded in, whatever is around it (PS3.5 6.2.2). @type {Encoding} */
export const IMPLICIT = { explicit: false, little: true };

/** Bytes of an element's header by its VR, the two letters as a number; 0 of what is none. */
const headers = new Uint8Array(65536);
for (let a = 65; a <= 90; a++) for (let b = 65; b <= 90; b++) headers[a * 256 + b] = isLong(String.fromCharCode(a, b)) ? 12 : 8;

const ends = () => corrupt('The DICOM file is damaged, or it ends in the middle of an element.');
const tooLong = () => corrupt('An item in the DICOM file is damaged, too long or cut off.');

export class Walker {
  tag = 0;
  /** Two letters as a number; 0 where the file says none. */
  vr = 0;
  /** Where the value begins. */
  start = 0;
  /** Bytes of the value, or UNDEFINED. */
  length = 0;

  /** @param {Uint8Array} bytes */
  constructor(bytes) {
    this.bytes = bytes;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /** @param {number} at @param {boolean} little */
  tagAt(at, little) {
    return this.view.getUint16(at, little) * 65536 + this.view.getUint16(at + 2, little);
  }

  /** Reads the header of an element at a place; its value, if its length is stated, lies before `end`. @param {number} at @param {number} end @param {Encoding} encoding */
  element(at, end, { explicit, little }) {
    if (at + 8 > end) throw ends();
    const group = this.view.getUint16(at, little);
    const tag = group * 65536 + this.view.getUint16(at + 2, little);
    this.tag = tag;
    this.vr = 0;
    if (group === DELIMITERS) {
      // An end that ends nothing is passed over: some write one behind what has a length. With a length it would swallow as much.
      this.start = at + 8;
      this.length = this.view.getUint32(at + 4, little);
      if (this.length !== 0) throw corrupt(tag === ITEM_END ? 'The end of an item in the DICOM file has a length.' : `There is ${tagText(tag)} in the DICOM file where an element should be.`);
      return;
    }
    if (explicit) {
      const vr = this.bytes[at + 4] * 256 + this.bytes[at + 5];
      const header = headers[vr];
      if (header === 0) throw corrupt(`The element ${tagText(tag)} has no value representation: the file is damaged, or not in the transfer syntax that it states.`);
      if (at + header > end) throw ends();
      this.vr = vr;
      this.start = at + header;
      this.length = header === 8 ? this.view.getUint16(at + 6, little) : this.view.getUint32(at + 8, little);
      if (this.length === UNDEFINED && vr !== SQ && vr !== UN && tag !== PIXEL_DATA) throw corrupt(`The element ${tagText(tag)} has an undefined length, which only sequences and pixels have.`);
    } else {
      this.start = at + 8;
      this.length = this.view.getUint32(at + 4, little);
    }
    if (this.length !== UNDEFINED && this.start + this.length > end) throw corrupt(`The element ${tagText(tag)} is damaged, too long or cut off.`);
  }

  /** Where the element read last ends, with its delimiter. @param {number} end of what it lies in @param {Encoding} encoding @param {number} [levels] of sequences that are borne */
  pass(end, encoding, levels = DEEPEST) {
    const { tag, vr, start, length } = this;
    if (length !== UNDEFINED) return start + length;
    if (tag === PIXEL_DATA && vr !== SQ && vr !== UN && encoding.explicit) return this.#passFragments(start, end, encoding.little); // of an icon
    if (levels === 0) throw corrupt(`The DICOM file's sequences are nested deeper than ${DEEPEST}.`);
    const inner = vr === UN ? IMPLICIT : encoding; // without a VR, a sequence is what has an undefined length
    for (let at = start; ;) {
      if (!this.item(at, end, inner.little)) return at + 8;
      at = this.passItem(end, inner, levels - 1);
    }
  }

  /** Reads the header of an item; false if the sequence's end stands there instead (some give it a length, which says nothing). @param {number} at @param {number} end @param {boolean} little */
  item(at, end, little) {
    if (at + 8 > end) throw ends();
    this.tag = this.tagAt(at, little);
    this.vr = 0;
    this.start = at + 8;
    this.length = this.view.getUint32(at + 4, little);
    if (this.tag === SEQUENCE_END) return false;
    if (this.tag !== ITEM) throw corrupt(`There is ${tagText(this.tag)} in the DICOM file where an item should be: it is damaged.`);
    if (this.length !== UNDEFINED && this.start + this.length > end) throw tooLong();
    return true;
  }

  /** Where the item read last ends, with its delimiter. @param {number} end @param {Encoding} encoding @param {number} [levels] */
  passItem(end, encoding, levels = DEEPEST) {
    if (this.length !== UNDEFINED) return this.start + this.length;
    for (let at = this.start; ;) {
      this.element(at, end, encoding);
      if (this.tag === ITEM_END) return at + 8;
      if (this.tag === SEQUENCE_END) throw corrupt('A sequence in the DICOM file ends in the middle of an item.');
      at = this.pass(end, encoding, levels);
    }
  }

  /** @param {number} start @param {number} end @param {boolean} little */
  #passFragments(start, end, little) {
    for (let at = start; ;) {
      if (!this.item(at, end, little)) return at + 8;
      at = this.start + this.length; // an undefined length, which no fragment has, leads beyond the end
    }
  }
}
