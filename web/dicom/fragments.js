// Which fragments of encapsulated pixels make a frame (PS3.5 A.4): what the extended or the basic offset table says, else one fragment per frame,
// else fragments up to the next that begins like a picture.
// SPDX-License-Identifier: MIT
import { readItems } from './data-set.js';
import { corrupt } from './errors.js';
import { allocate } from './samples.js';

/**
 * @typedef {import('./data-set.js').DataSet} DataSet
 * @typedef {{ at: number, bytes: Uint8Array }} Fragment at: of its value in the file
 * @typedef {{ list: Fragment[], length: number | null }} Run length: bytes of the frame in all, where the file says
 */

/** JPEG and JPEG-LS, a JPEG 2000 codestream, a JP2 file. @param {Uint8Array} b */
const beginsPicture = (b) => (b[0] === 0xff && (b[1] === 0xd8 || b[1] === 0x4f)) || (b[0] === 0 && b[1] === 0 && b[2] === 0 && b[3] === 12 && b[4] === 0x6a);

/** Offsets, from the first fragment's item tag on, of each frame; null without a table. @param {DataSet} set @param {Uint8Array} basic @param {number} frames @returns {{ starts: number[], lengths: number[] | null } | null} */
function offsets(set, basic, frames) {
  const extended = set.raw(0x7fe00001);
  if (extended) {
    const lengths = set.raw(0x7fe00002);
    if (extended.length !== 8 * frames || (lengths && lengths.length !== 8 * frames)) throw corrupt(`The extended offset table has ${extended.length / 8} entries for ${frames} frames.`);
    const read = (/** @type {Uint8Array} */ b) => {
      const view = new DataView(b.buffer, b.byteOffset, b.byteLength);
      return Array.from({ length: frames }, (_, i) => Number(view.getBigUint64(8 * i, true)));
    };
    return { starts: read(extended), lengths: lengths && read(lengths) };
  }
  if (basic.length === 0) return null;
  if (basic.length !== 4 * frames) throw corrupt(`The basic offset table has ${basic.length / 4} entries for ${frames} frames.`);
  const view = new DataView(basic.buffer, basic.byteOffset, basic.byteLength);
  return { starts: Array.from({ length: frames }, (_, i) => view.getUint32(4 * i, true)), lengths: null };
}

/**
 * @param {DataSet} set @param {number} frames @param {boolean} joinable whether a frame may have several fragments: all but RLE
 * @returns {Run[]} one for each frame
 */
export function framesOf(set, frames, joinable) {
  const [table, ...fragments] = readItems(set);
  if (!table) throw corrupt('The encapsulated pixel data is empty.');
  if (fragments.length < frames) throw corrupt(`The DICOM object states ${frames} frames and has ${fragments.length} fragments of pixel data.`);
  if (!joinable && fragments.length > frames) throw corrupt(`The DICOM object states ${frames} frames and has ${fragments.length} fragments, each of which must be a frame.`);
  const given = offsets(set, table.bytes, frames);
  /** @type {number[]} */
  let first;
  if (given) {
    const origin = fragments[0].at - 8;
    const place = new Map(fragments.map((fragment, i) => [fragment.at - 8 - origin, i]));
    first = given.starts.map((start) => place.get(start) ?? -1);
    if (first[0] !== 0 || first.some((at, i) => i > 0 && at <= first[i - 1])) throw corrupt('The table of frames does not fit the fragments of the pixel data.');
  } else if (frames === 1 || fragments.length === frames) first = Array.from({ length: frames }, (_, i) => i);
  else {
    first = fragments.flatMap((fragment, i) => (beginsPicture(fragment.bytes) ? [i] : []));
    if (first.length !== frames || first[0] !== 0) throw corrupt(`It cannot be told which of the ${fragments.length} fragments make the ${frames} frames.`);
  }
  return first.map((from, i) => ({ list: fragments.slice(from, first[i + 1] ?? fragments.length), length: given?.lengths?.[i] ?? null }));
}

/** The bytes of a frame. @param {Run} run @returns {Uint8Array} */
export function joined({ list, length }) {
  const total = list.reduce((sum, { bytes }) => sum + bytes.length, 0);
  if (length !== null && (length > total || length === 0)) throw corrupt('The extended offset table states a frame that is longer than its fragments.');
  let whole = list[0].bytes;
  if (list.length > 1) {
    whole = allocate(() => new Uint8Array(total));
    let at = 0;
    for (const { bytes } of list) {
      whole.set(bytes, at);
      at += bytes.length;
    }
  }
  return whole.subarray(0, length ?? total);
}
