// The elements of a DICOM data set (PS3.5 chapter 7): where each lies, values read on demand. dicom-parser walks over them; where it would guess, or
// take damage for an end, it is held to the standard here. Nothing is copied, and sequences are opened only when somebody asks for their items.
// SPDX-License-Identifier: MIT
import dicomParser from 'dicom-parser';
import { BedsideError, corrupt, tagText } from './errors.js';
import { isLong } from './sniff.js';

const { littleEndianByteArrayParser: little, bigEndianByteArrayParser: big } = dicomParser;
const UNDEFINED = 0xffffffff;
const ITEM_END = 0xfffee00d;
const SEQUENCE_END = 0xfffee0dd;
const MOST = 1000000; // elements and items in one reading: the largest real objects, with a group for each of thousands of frames, have half of it
const DEEPEST = 64; // sequences in sequences: real objects have fewer than ten, and every engine's stack bears this
export const PIXEL_DATA = 0x7fe00010;

/**
 * @typedef {{ explicit: boolean, little: boolean }} Encoding
 * @typedef {{ read: number }} Count of elements and items
 * @typedef {{ tag: number, vr: string, start: number, length: number, undefinedLength: boolean }} Element vr is '' where the file says none
 */

/** dicom-parser throws texts where the bytes make no sense to it, and recurses until the stack is used up. @template T @param {() => T} work @returns {T} */
function guarded(work) {
  try {
    return work();
  } catch (error) {
    if (error instanceof BedsideError) throw error;
    const stack = error instanceof Error && /^(RangeError|InternalError)$/.test(error.name); // the latter in Firefox
    throw corrupt(stack ? `The DICOM file's sequences are nested deeper than ${DEEPEST}.` : 'The DICOM file is damaged, or it ends in the middle of an element.', error);
  }
}

/** The tag at a place. @param {import('dicom-parser').ByteStream} stream @param {number} at */
function tagAt({ byteArray, byteArrayParser }, at) {
  return byteArrayParser.readUint16(byteArray, at) * 65536 + byteArrayParser.readUint16(byteArray, at + 2);
}

/** The 32 bits of a length at a place. @param {import('dicom-parser').ByteStream} stream @param {number} at */
const lengthAt = ({ byteArray, byteArrayParser }, at) => byteArrayParser.readUint32(byteArray, at);

/**
 * Bytes up to `end` for dicom-parser. It moves on without looking at the bounds, takes any two letters for a VR, does not know those of 64 bits, and
 * where an element of undefined length is no sequence it looks for the next thing like a delimiter; and it makes an object of each, however many there
 * are. So three functions of its stream are others.
 * @param {Uint8Array} bytes @param {Encoding} encoding @param {number} at @param {number} end @param {Count} count
 */
function streamOf(bytes, encoding, at, end, count) {
  const stream = new dicomParser.ByteStream(encoding.little ? little : big, bytes.subarray(0, end), 0);
  const letters = stream.readFixedString.bind(stream);
  const number = stream.readUint32.bind(stream);
  const one = () => {
    if (++count.read > MOST) throw corrupt(`The DICOM file has more than ${MOST} elements and items, or says that it has: that is more than is read here.`);
  };
  stream.position = at;
  stream.seek = (offset) => {
    if (stream.position + offset > end) throw corrupt('An element or item in the DICOM file is too long or cut off.');
    stream.position += offset;
  };
  // A length of 32 bits, or a VR that has none, stands in each element and item once.
  stream.readUint32 = () => {
    one();
    return number();
  };
  stream.readFixedString = () => {
    const tag = tagAt(stream, stream.position - 4);
    const vr = letters(2);
    if ((tag === ITEM_END || tag === SEQUENCE_END) && lengthAt(stream, stream.position - 2) === 0) { // they have no VR
      one();
      return '';
    }
    if (!/^[A-Z]{2}$/.test(vr)) throw corrupt(`The element ${tagText(tag)} has no value representation: the file is damaged, or not in the transfer syntax that it states.`);
    if (!isLong(vr)) {
      one();
      return vr;
    }
    if (lengthAt(stream, stream.position + 2) !== UNDEFINED) return 'UN'; // is passed over like any that lies so, also a sequence
    if (vr !== 'SQ' && vr !== 'UN' && tag !== PIXEL_DATA) throw corrupt(`The element ${tagText(tag)} has an undefined length, which only sequences and pixels have.`);
    return vr;
  };
  return stream;
}

/** How deep the sequences were nested that dicom-parser passed over. @param {import('dicom-parser').Element} element @returns {number} */
function depthOf({ items }) {
  let deepest = 0;
  for (const { dataSet } of items ?? []) for (const inner of Object.values(dataSet?.elements ?? {})) deepest = Math.max(deepest, depthOf(inner));
  return items ? deepest + 1 : 0;
}

/**
 * Reads the elements of a set up to its end, one that `until` says no to, or the one that is the last.
 * @param {DataSet} set @param {(tag: number) => boolean} until @param {Count} count @param {number} [last]
 */
function walk(set, until, count, last) {
  const { bytes, encoding, start, end } = set;
  const stream = streamOf(bytes, encoding, start, end, count);
  /** What is implicit has no VR: a sequence is what has an undefined length (PS3.5 6.2.2). @param {string} name */
  const vrOf = (name) => {
    const length = lengthAt(stream, stream.position);
    if (name === 'xfffee00d' && length !== 0) throw corrupt('The end of an item in the DICOM file has a length.'); // and would swallow as much
    return length === UNDEFINED ? 'SQ' : 'UN';
  };
  while (stream.position < end) {
    const at = stream.position;
    const tag = tagAt(stream, at);
    set.end = until(tag) ? at : end;
    if (set.end === at) break;
    const name = dicomParser.readTag(stream);
    stream.position = at;
    // With its own name as the last to be read, nothing but the header is.
    const element = encoding.explicit ? dicomParser.readDicomElementExplicit(stream, stream.warnings, name) : dicomParser.readDicomElementImplicit(stream, name);
    const vr = encoding.explicit && Math.floor(tag / 65536) !== 0xfffe ? String.fromCharCode(bytes[at + 4], bytes[at + 5]) : '';
    const undefinedLength = element.length === UNDEFINED;
    if (!undefinedLength) stream.position += element.length;
    else if (tag === last) element.length = end - element.dataOffset; // readItems() finds its end
    else if (vr === 'SQ') dicomParser.readSequenceItemsExplicit(stream, element, stream.warnings);
    else if (vr === 'UN' || !encoding.explicit) {
      stream.byteArrayParser = little;
      dicomParser.readSequenceItemsImplicit(stream, element, vrOf);
      stream.byteArrayParser = encoding.little ? little : big;
    } else dicomParser.findEndOfEncapsulatedElement(stream, element, stream.warnings); // pixels of an icon
    if (stream.warnings.length > 0 || stream.position > end) throw corrupt(`The element ${tagText(tag)} is damaged, too long or cut off.`, stream.warnings);
    if (depthOf(element) > DEEPEST) throw new RangeError('nested too deep');
    set.elements.set(tag, { tag, vr, start: element.dataOffset, length: element.length, undefinedLength });
    if (tag === last) break;
  }
  return set;
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
    return guarded(() => {
      const count = { read: 0 };
      const stream = streamOf(this.bytes, encoding, element.start, end, count);
      const list = [];
      while (stream.position < end) {
        const { dataOffset, length } = dicomParser.readSequenceItem(stream);
        const set = walk(new DataSet(this.bytes, encoding, dataOffset, length === UNDEFINED ? end : dataOffset + length), (inner) => inner === ITEM_END, count);
        stream.seek(length === UNDEFINED ? set.end + 8 - dataOffset : length);
        list.push(set);
      }
      return list;
    });
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
  return guarded(() => walk(new DataSet(bytes, encoding, at, bytes.length), until, { read: 0 }, PIXEL_DATA));
}

/**
 * Fragments of encapsulated pixels (PS3.5 A.4): the basic offset table's bytes, then a run of bytes for each further item. dicom-parser's reader of
 * fragments would take whatever stands there for one. A missing end is no harm: whether the pixels are complete their decoder tells.
 * @param {DataSet} set
 */
export function readItems({ bytes, elements }) {
  const { start, length } = /** @type {Element} */ (elements.get(PIXEL_DATA));
  return guarded(() => {
    const stream = streamOf(bytes, { explicit: false, little: true }, start, start + length, { read: 0 });
    const list = [];
    while (stream.position < start + length && tagAt(stream, stream.position) !== SEQUENCE_END) {
      const item = dicomParser.readSequenceItem(stream);
      stream.seek(item.length);
      list.push({ at: item.dataOffset, bytes: bytes.subarray(item.dataOffset, stream.position) });
    }
    return list;
  });
}
