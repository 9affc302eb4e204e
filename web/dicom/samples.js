// Stored values out of raw cells (PS3.5 chapter 8): bits stored, high bit, sign, samples interleaved.
// SPDX-License-Identifier: MIT
import { PIXEL_DATA } from './data-set.js';
import { allocate, corrupt } from './errors.js';

/**
 * @typedef {import('./data-set.js').DataSet} DataSet
 * @typedef {import('./image.js').Image} Image
 * @typedef {Uint8Array | Int8Array | Uint16Array | Int16Array | Uint32Array | Int32Array} Samples
 */

/** Room for n cells. @param {Image} image @param {number} n @returns {Uint8Array | Uint16Array | Uint32Array} */
export function cells(image, n) {
  return allocate(() => (image.bitsAllocated <= 8 ? new Uint8Array(n) : image.bitsAllocated === 16 ? new Uint16Array(n) : new Uint32Array(n)));
}

/**
 * Cuts the stored bits out of each cell and extends their sign; in place.
 * @param {Uint8Array | Uint16Array | Uint32Array} raw @param {Image} image @param {number} stored bits of a value @param {number} shift lowest bit of it
 * @returns {Samples}
 */
export function storedBits(raw, image, stored, shift) {
  const bits = raw.BYTES_PER_ELEMENT * 8;
  if (image.signed) {
    const values = raw instanceof Uint8Array ? new Int8Array(raw.buffer) : raw instanceof Uint16Array ? new Int16Array(raw.buffer) : new Int32Array(raw.buffer);
    const up = 32 - stored - shift; // bits above the value, of 32
    if (stored < bits || shift > 0) for (let i = 0; i < values.length; i++) values[i] = (values[i] << up) >> (32 - stored);
    return values;
  }
  if (stored < bits || shift > 0) {
    const mask = stored === 32 ? 0xffffffff : 2 ** stored - 1;
    for (let i = 0; i < raw.length; i++) raw[i] = (raw[i] >>> shift) & mask;
  }
  return raw;
}

/** Planes one after the other become interleaved samples. @template {Uint8Array | Uint16Array | Uint32Array} T @param {T} planes @param {T} out @param {number} samples */
export function interleave(planes, out, samples) {
  const pixels = planes.length / samples;
  for (let s = 0; s < samples; s++) for (let i = 0, from = s * pixels; i < pixels; i++) out[i * samples + s] = planes[from + i];
  return out;
}

/** Bytes of an uncompressed frame as it lies in the file; of 1-bit frames, which need not begin with a byte, bits. @param {Image} image @param {boolean} subsampled */
const frameSize = (image, subsampled) => image.rows * image.columns * (subsampled ? 2 : image.samples) * (image.bitsAllocated === 1 ? 1 : image.bitsAllocated / 8);

/**
 * Checks that uncompressed pixels are all there.
 * @param {DataSet} set @param {Image} image
 * @returns {{ subsampled: boolean }} whether two pixels share their chrominance
 */
export function checkNative(set, image) {
  const element = set.elements.get(PIXEL_DATA);
  if (!element || element.undefinedLength) throw corrupt('The pixels are divided into fragments, which the stated transfer syntax does not know.');
  if (element.vr === 'OW' && element.length % 2 === 1) throw corrupt(`The pixels are words of 16 bits and have ${element.length} bytes.`);
  const subsampled = image.photometric === 'YBR_FULL_422';
  if (subsampled && image.planar) throw corrupt('The DICOM object states pixels in pairs (YBR_FULL_422) and in planes.');
  // Some write chrominance for each pixel, and some then mean RGB.
  if (subsampled && element.length >= frameSize(image, false) * image.frames) throw corrupt('The DICOM object states chrominance shared by two pixels (YBR_FULL_422), and its pixels have as many bytes as without: it cannot be told what they are.');
  if (subsampled && image.columns % 2 === 1) throw corrupt('The DICOM object states pixels in pairs (YBR_FULL_422) and has rows of an odd length.');
  const wanted = frameSize(image, subsampled) * image.frames;
  const bytes = image.bitsAllocated === 1 ? Math.ceil(wanted / 8) : wanted;
  if (element.length < bytes) throw corrupt(`The DICOM object states ${image.frames} x ${image.columns} x ${image.rows} pixels, ${bytes} bytes, and has ${element.length}.`);
  if (element.length >= bytes + Math.max(2, bytes / image.frames)) throw corrupt(`The DICOM object states ${image.frames} x ${image.columns} x ${image.rows} pixels, ${bytes} bytes, and has ${element.length}: more frames than are stated.`);
  return { subsampled };
}

/** Uncompressed values of a frame. @param {DataSet} set @param {Image} image @param {number} frame @returns {Samples} */
export function nativeFrame(set, image, frame) {
  const { subsampled } = checkNative(set, image);
  const element = /** @type {import('./data-set.js').Element} */ (set.elements.get(PIXEL_DATA));
  const { bytes, view } = set;
  const { little } = set.encoding;
  const size = frameSize(image, subsampled);
  const n = image.rows * image.columns * image.samples;
  const raw = cells(image, n);
  const swap = element.vr === 'OW' && !little ? 1 : 0; // bits and bytes in words: the other byte order swaps them (PS3.5 8.1.1)
  const start = element.start + (image.bitsAllocated === 1 ? 0 : size * frame);
  if (image.bitsAllocated === 1) {
    for (let i = 0, bit = size * frame; i < n; i++, bit++) raw[i] = (bytes[start + (Math.floor(bit / 8) ^ swap)] >> (bit & 7)) & 1;
  } else if (subsampled) {
    for (let i = 0, from = start; i < n; i += 6, from += 4) {
      raw[i] = bytes[from];
      raw[i + 3] = bytes[from + 1];
      raw[i + 1] = raw[i + 4] = bytes[from + 2];
      raw[i + 2] = raw[i + 5] = bytes[from + 3];
    }
  } else if (raw instanceof Uint8Array) {
    if (swap) for (let i = 0, at = size * frame; i < n; i++, at++) raw[i] = bytes[element.start + (at ^ 1)];
    else raw.set(bytes.subarray(start, start + n));
  } else if (raw instanceof Uint16Array) for (let i = 0; i < n; i++) raw[i] = view.getUint16(start + 2 * i, little);
  else for (let i = 0; i < n; i++) raw[i] = view.getUint32(start + 4 * i, little);
  const values = image.planar ? interleave(raw, cells(image, n), image.samples) : raw;
  return storedBits(values, image, image.bitsStored, image.highBit + 1 - image.bitsStored);
}
