// RLE Lossless (PS3.5 annex G): PackBits for each byte of each sample, the highest byte first.
// SPDX-License-Identifier: MIT
import { corrupt } from './errors.js';

/** One segment. @param {Uint8Array} from @param {Uint8Array} to filled from its first to its last byte */
function unpackBits(from, to) {
  let [at, out] = [0, 0];
  while (out < to.length) {
    if (at >= from.length) throw corrupt('The RLE-coded pixels are cut off.');
    const control = from[at++];
    if (control === 128) continue;
    if (control < 128) { // the next bytes as they are
      const length = control + 1;
      if (at + length > from.length || out + length > to.length) throw corrupt('The RLE-coded pixels are damaged: a run goes beyond their end.');
      to.set(from.subarray(at, at + length), out);
      at += length;
      out += length;
    } else { // the next byte several times
      const length = 257 - control;
      if (at >= from.length || out + length > to.length) throw corrupt('The RLE-coded pixels are damaged: a run goes beyond their end.');
      to.fill(from[at++], out, out + length);
      out += length;
    }
  }
}

/**
 * @param {Uint8Array} bytes a frame @param {number} pixels of it @param {number} samples of a pixel
 * @param {Uint8Array | Uint16Array | Uint32Array} out pixels * samples cells, zeros
 */
export function decodeRle(bytes, pixels, samples, out) {
  if (bytes.length < 64) throw corrupt('The RLE-coded pixels are cut off.');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const count = view.getUint32(0, true);
  const width = out.BYTES_PER_ELEMENT;
  if (count !== samples * width) throw corrupt(`The RLE-coded pixels have ${count} segments; ${samples * width} are stated.`);
  const starts = Array.from({ length: count }, (_, i) => view.getUint32(4 + 4 * i, true));
  const plane = new Uint8Array(pixels);
  for (let s = 0; s < count; s++) {
    const [start, end] = [starts[s], s + 1 < count ? starts[s + 1] : bytes.length];
    if (start < 64 || end < start || end > bytes.length) throw corrupt('The RLE-coded pixels are damaged: their segments overlap.');
    unpackBits(bytes.subarray(start, end), plane);
    const sample = Math.floor(s / width);
    for (let i = 0, o = sample; i < pixels; i++, o += samples) out[o] = out[o] * 256 + plane[i]; // from the highest byte on
  }
  return out;
}
