// What a compressed frame says of itself, read before a decoder gets it: so nothing is allocated for a size that the object does not state, and a frame
// that is cut off is known to be (some decoders fill what is missing with grey).
// SPDX-License-Identifier: MIT
import { corrupt } from './errors.js';

/**
 * @typedef {object} Codestream
 * @property {'jpeg' | 'jpeg-ls' | 'jpeg-2000'} family
 * @property {number} process of JPEG: 0xc0 to 0xcf, the kind of frame (SOF)
 * @property {number} width
 * @property {number} height
 * @property {number} components
 * @property {number} precision bits of a sample
 * @property {number} scans of JPEG
 * @property {number | null} transform of JPEG: what its Adobe marker says of its colours: 0 none, 1 YCbCr; of JPEG 2000: 1 if its decoder makes RGB of them
 * @property {string} names of JPEG: the components' identifiers, as letters
 * @property {Uint8Array} bytes without what stands before and behind
 */

/** Padding makes a fragment's length even; some write more. @param {Uint8Array} bytes */
function ended(bytes) {
  const last = 0xd9;
  let end = bytes.length;
  while (end > 2 && bytes[end - 1] === 0) end--;
  if (bytes[end - 2] === 0xff && bytes[end - 1] === last) return bytes.subarray(0, end);
  // 0xff may stand before a marker, also before padding of 0xff.
  while (end > 2 && bytes[end - 1] === 0xff) end--;
  if (bytes[end - 2] === 0xff && bytes[end - 1] === last) return bytes.subarray(0, end);
  throw corrupt('The compressed pixels are cut off: their end is missing.');
}

/** JPEG and JPEG-LS. @param {Uint8Array} all @returns {Codestream} */
export function readJpeg(all) {
  if (all[0] !== 0xff || all[1] !== 0xd8) throw corrupt('The compressed pixels do not begin like a JPEG.');
  const bytes = ended(all);
  /** @type {Codestream | null} */
  let found = null;
  /** @type {number | null} */
  let transform = null;
  let [scans, at] = [0, 2];
  while (at + 4 <= bytes.length) {
    if (bytes[at] !== 0xff) { // coded data between a scan's header and the next marker
      at++;
      continue;
    }
    const marker = bytes[at + 1];
    if (marker === 0xff || marker === 0 || (marker >= 0xd0 && marker <= 0xd8) || (marker < 0x80 && scans > 0)) { // filling, an escaped 0xff, a restart
      at += marker === 0xff ? 1 : 2;
      continue;
    }
    if (marker === 0xd9) {
      if (at + 2 < bytes.length) throw corrupt('Behind the JPEG in the DICOM file there is another: more frames than are stated.');
      break;
    }
    const length = bytes[at + 2] * 256 + bytes[at + 3];
    if (length < 2 || at + 2 + length > bytes.length) throw corrupt('A part of the JPEG in the DICOM file is longer than what is there.');
    const isFrame = (marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc) || marker === 0xf7;
    if (isFrame) {
      const components = bytes[at + 9];
      if (found || length < 8 + 3 * components) throw corrupt('The JPEG in the DICOM file has a damaged header.');
      const [height, width] = [bytes[at + 5] * 256 + bytes[at + 6], bytes[at + 7] * 256 + bytes[at + 8]];
      found = {
        family: marker === 0xf7 ? 'jpeg-ls' : 'jpeg', process: marker, width, height, components, precision: bytes[at + 4], scans: 0, transform, bytes,
        names: String.fromCharCode(...Array.from({ length: components }, (_, i) => bytes[at + 10 + 3 * i])),
      };
    } else if (marker === 0xda) scans++;
    else if (marker === 0xee && length >= 14 && String.fromCharCode(...bytes.subarray(at + 4, at + 9)) === 'Adobe') transform = bytes[at + 15];
    at += 2 + length;
  }
  if (!found || scans === 0) throw corrupt('The JPEG in the DICOM file has no picture.');
  return { ...found, scans, transform };
}

/** The codestream in a JP2 file's boxes. @param {Uint8Array} bytes */
function unboxed(bytes) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = 0; at + 8 <= bytes.length;) {
    const length = view.getUint32(at);
    if (view.getUint32(at + 4) === 0x6a703263) return bytes.subarray(at + 8, length === 0 ? bytes.length : Math.min(at + length, bytes.length)); // jp2c
    if (length < 8) break;
    at += length;
  }
  throw corrupt('The JPEG 2000 file in the DICOM file has no codestream.');
}

/**
 * Where a codestream ends whose tiles are all there: a decoder would leave those that are missing black.
 * @param {DataView} view @param {number} tiles
 */
function endOfTiles(view, tiles) {
  const seen = new Set();
  for (let at = 2; at + 2 <= view.byteLength;) {
    const marker = view.getUint16(at);
    if (marker === 0xffd9 && seen.size === tiles) return at + 2;
    if (marker < 0xff4f || marker === 0xffd9 || at + 12 > view.byteLength) break;
    let length = view.getUint16(at + 2) + 2;
    if (marker === 0xff90) { // SOT: index of the tile, length from here on
      seen.add(view.getUint16(at + 4));
      const whole = view.getUint32(at + 6);
      length = whole > 0 ? whole : view.byteLength - at - 2; // 0: all that is left, in which the end's marker is the last
      if (whole === 0) {
        while (length > 12 && view.getUint16(at + length) !== 0xffd9) length--;
      }
      if (length < 14) break;
    } else if (seen.size > 0 || length < 4) break;
    at += length;
  }
  throw corrupt('The JPEG 2000 codestream in the DICOM file is cut off or damaged: parts of the picture are missing.');
}

/** The multiple component transformation of the COD segment: 0 or 1; null without one. @param {DataView} view a codestream */
function transformOf(view) {
  for (let at = 2; at + 9 <= view.byteLength; at += 2 + view.getUint16(at + 2)) {
    const marker = view.getUint16(at);
    if (marker === 0xff52) return view.getUint8(at + 8);
    if (marker < 0xff4f || marker === 0xff90) break;
  }
  return null;
}

/** @param {Uint8Array} all @returns {Codestream} */
export function readJpeg2000(all) {
  const bytes = all[0] === 0 && all[1] === 0 ? unboxed(all) : all;
  if (bytes.length < 43 || bytes[0] !== 0xff || bytes[1] !== 0x4f || bytes[2] !== 0xff || bytes[3] !== 0x51) throw corrupt('The compressed pixels do not begin like JPEG 2000.');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const components = view.getUint16(40);
  if (components < 1 || bytes.length < 42 + 3 * components || components > 4) throw corrupt('The JPEG 2000 codestream in the DICOM file has a damaged header.');
  const [x1, y1, x0, y0] = [8, 12, 16, 20].map((at) => view.getUint32(at));
  const [tileWidth, tileHeight] = [view.getUint32(24), view.getUint32(28)];
  for (let c = 0; c < components; c++) {
    const at = 42 + 3 * c;
    if (bytes[at] !== bytes[42] || bytes[at + 1] !== 1 || bytes[at + 2] !== 1) throw corrupt('The components of the JPEG 2000 codestream in the DICOM file are of different sizes.');
  }
  if (x1 <= x0 || y1 <= y0 || tileWidth === 0 || tileHeight === 0) throw corrupt('The JPEG 2000 codestream in the DICOM file has a damaged header.');
  const [tilesX0, tilesY0] = [view.getUint32(32), view.getUint32(36)];
  const tiles = Math.ceil((x1 - tilesX0) / tileWidth) * Math.ceil((y1 - tilesY0) / tileHeight);
  if (!(tiles >= 1 && tiles <= 65535)) throw corrupt('The JPEG 2000 codestream in the DICOM file has a damaged header.');
  const end = endOfTiles(view, tiles);
  if (bytes.subarray(end).includes(0xff)) throw corrupt('Behind the JPEG 2000 codestream in the DICOM file there is another: more frames than are stated.');
  return {
    family: 'jpeg-2000', process: 0, width: x1 - x0, height: y1 - y0, components, precision: (bytes[42] & 0x7f) + 1, scans: 0, transform: transformOf(view), names: '',
    bytes: bytes.subarray(0, end),
  };
}
