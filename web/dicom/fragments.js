// Which fragments of encapsulated pixels make a frame (PS3.5 A.4): what the extended or the basic offset table says, else one fragment per frame,
// else fragments up to the next that begins like a picture.
// SPDX-License-Identifier: MIT
import { readItems } from './data-set.js';
import { allocate, corrupt } from './errors.js';

/**
 * @typedef {import('./data-set.js').DataSet} DataSet
 * @typedef {(frame: number) => Uint8Array} Frames the bytes of a frame
 */

/** JPEG and JPEG-LS, a JPEG 2000 codestream, a JP2 file. @param {Uint8Array} b @param {number} at */
const beginsPicture = (b, at) => (b[at] === 0xff && (b[at + 1] === 0xd8 || b[at + 1] === 0x4f)) || (b[at] === 0 && b[at + 1] === 0 && b[at + 2] === 0 && b[at + 3] === 12 && b[at + 4] === 0x6a);

/** A table of numbers of 32 or 64 bits. @param {Uint8Array} b @param {4 | 8} width */
function numbers(b, width) {
  const view = new DataView(b.buffer, b.byteOffset, b.byteLength);
  return Float64Array.from({ length: b.length / width }, (_, i) => (width === 4 ? view.getUint32(4 * i, true) : Number(view.getBigUint64(8 * i, true))));
}

/** Offsets, from the first fragment's item tag on, of each frame; null without a table. @param {DataSet} set @param {Uint8Array} basic @param {number} frames @returns {{ starts: Float64Array, lengths: Float64Array | null } | null} */
function offsets(set, basic, frames) {
  const extended = set.raw(0x7fe00001);
  if (extended) {
    const lengths = set.raw(0x7fe00002);
    if (extended.length !== 8 * frames || (lengths && lengths.length !== 8 * frames)) throw corrupt(`The extended offset table has ${extended.length / 8} entries for ${frames} frames.`);
    return { starts: numbers(extended, 8), lengths: lengths && numbers(lengths, 8) };
  }
  if (basic.length === 0) return null;
  if (basic.length !== 4 * frames) throw corrupt(`The basic offset table has ${basic.length / 4} entries for ${frames} frames.`);
  return { starts: numbers(basic, 4), lengths: null };
}

/** The index of the first fragment of each frame. @param {Uint8Array} bytes @param {ReturnType<typeof readItems>} items the table and the fragments @param {number} frames @param {Float64Array | undefined} given offsets */
function firstOf(bytes, { starts }, frames, given) {
  const first = new Float64Array(frames);
  const fragments = starts.length - 1;
  if (!given && (frames === 1 || fragments === frames)) return first.map((_, i) => i + 1);
  let found = 0;
  for (let i = 1; i <= fragments; i++) {
    const begins = given ? found < frames && given[found] === starts.at(i) - starts.at(1) : beginsPicture(bytes, starts.at(i));
    if (begins && found < frames) first[found] = i;
    if (begins) found++;
  }
  if (found === frames && first[0] === 1) return first;
  throw corrupt(given ? 'The table of frames does not fit the fragments of the pixel data.' : `It cannot be told which of the ${fragments} fragments make the ${frames} frames.`);
}

/**
 * @param {DataSet} set @param {number} frames @param {boolean} joinable whether a frame may have several fragments: all but RLE
 * @returns {Frames}
 */
export function framesOf(set, frames, joinable) {
  const { bytes } = set;
  const items = readItems(set);
  const { starts, ends } = items;
  const fragments = starts.length - 1; // the table is no fragment
  if (fragments < 0) throw corrupt('The encapsulated pixel data is empty.');
  if (fragments < frames) throw corrupt(`The DICOM object states ${frames} frames and has ${fragments} fragments of pixel data.`);
  if (!joinable && fragments > frames) throw corrupt(`The DICOM object states ${frames} frames and has ${fragments} fragments, each of which must be a frame.`);
  const given = offsets(set, bytes.subarray(starts.at(0), ends.at(0)), frames);
  const first = firstOf(bytes, items, frames, given?.starts);
  return (frame) => {
    const [from, to] = [first[frame], frame + 1 < frames ? first[frame + 1] : starts.length];
    return joined(bytes, items, from, to, given?.lengths?.[frame] ?? null);
  };
}

/** The bytes of a frame. @param {Uint8Array} bytes @param {ReturnType<typeof readItems>} items @param {number} from @param {number} to @param {number | null} length of all in all, where the file says @returns {Uint8Array} */
function joined(bytes, { starts, ends }, from, to, length) {
  let total = 0;
  for (let i = from; i < to; i++) total += ends.at(i) - starts.at(i);
  if (length !== null && (length > total || length === 0)) throw corrupt('The extended offset table states a frame that is longer than its fragments.');
  let whole = bytes.subarray(starts.at(from), ends.at(from));
  if (to - from > 1) {
    whole = allocate(() => new Uint8Array(total));
    for (let i = from, at = 0; i < to; at += ends.at(i) - starts.at(i), i++) whole.set(bytes.subarray(starts.at(i), ends.at(i)), at);
  }
  return whole.subarray(0, length ?? total);
}
