// Compressed frames: the right decoder for what the bytes say they are, and stored values out of what it gives.
// SPDX-License-Identifier: MIT
import { decodeWith } from './codecs.js';
import { readJpeg, readJpeg2000 } from './codestream.js';
import { rgbOfYbr } from './colour.js';
import { corrupt, unsupported } from './errors.js';
import { decodeJpegLossless } from './jpeg-lossless.js';
import { decodeRle } from './rle.js';
import { cells, interleave, storedBits } from './samples.js';

/**
 * @typedef {import('./codestream.js').Codestream} Codestream
 * @typedef {import('./image.js').Image} Image
 * @typedef {import('./samples.js').Samples} Samples
 * @typedef {import('./syntaxes.js').Syntax} Syntax
 * @typedef {{ values: Samples, colour: 'stored' | 'RGB' }} Frame colour: RGB whatever the object calls it
 */

const BASELINE = 0xc0;
const EXTENDED = 0xc1;
const PROGRESSIVE = 0xc2;
const LOSSLESS = 0xc3;
const MOST_SCANS = 100; // of a progressive JPEG: each goes over the whole picture, so a small file with many takes for ever

/** @param {Codestream} stream @param {Image} image */
function compare(stream, image) {
  if (stream.width !== image.columns || stream.height !== image.rows || stream.components !== image.samples) {
    throw corrupt(`The DICOM object states ${image.columns} x ${image.rows} pixels of ${image.samples} samples; its compressed pixels are ${stream.width} x ${stream.height} of ${stream.components}.`);
  }
  if (stream.precision > image.bitsAllocated || image.bitsAllocated > 16) throw corrupt(`The DICOM object allocates ${image.bitsAllocated} bits; its compressed pixels have ${stream.precision}.`);
  // Grey has a window, which says what is bright; colours have nothing but their bits.
  if (image.samples === 3 && stream.precision !== image.bitsStored) throw corrupt(`The DICOM object states colours of ${image.bitsStored} bits; its compressed pixels have ${stream.precision}.`);
}

/**
 * A JPEG whose colours the decoder leaves as they are coded: with an Adobe marker that says "no transform" in place of what its JFIF or Adobe marker
 * says. So stored values are what was stored, and one place (colour.js) turns YBR into RGB.
 * @param {Uint8Array} bytes
 */
function untransformed(bytes) {
  const kept = [[0xff, 0xd8, 0xff, 0xee, 0, 14, 0x41, 0x64, 0x6f, 0x62, 0x65, 0, 100, 0, 0, 0, 0, 0]];
  let at = 2;
  while (bytes[at] === 0xff && bytes[at + 1] !== 0xda) {
    const end = bytes[at + 1] === 0xff ? at + 1 : at + 2 + bytes[at + 2] * 256 + bytes[at + 3];
    if (bytes[at + 1] !== 0xe0 && bytes[at + 1] !== 0xee) kept.push(/** @type {any} */ (bytes.subarray(at, end)));
    at = end;
  }
  kept.push(/** @type {any} */ (bytes.subarray(at)));
  const all = new Uint8Array(kept.reduce((sum, part) => sum + part.length, 0));
  let to = 0;
  for (const part of kept) {
    all.set(part, to);
    to += part.length;
  }
  return all;
}

/**
 * Whether three components are YBR: the Adobe marker says, else a JFIF marker does unless the object says RGB, else the object or the
 * components' names. That is how libjpeg decides, but that it knows nothing of the object.
 * @param {Codestream} stream @param {Image} image
 */
function isYbr({ transform, names }, image) {
  if (transform !== null) return transform !== 0;
  return image.photometric !== 'RGB' && names !== 'RGB';
}

/** @param {import('./codecs.js').Decoded} decoded @param {Image} image */
function valuesOf({ bytes, interleaved, precision }, image) {
  const n = image.rows * image.columns * image.samples;
  let raw = cells(image, n);
  if (precision <= 8) raw.set(bytes);
  else {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    for (let i = 0; i < n; i++) raw[i] = view.getUint16(2 * i, true);
  }
  if (!interleaved && image.samples > 1) raw = interleave(raw, cells(image, n), image.samples);
  // The coded precision counts, not Bits Stored: it is what the values were made with. So does Pixel Representation, not the code's own sign.
  return storedBits(raw, image, precision, 0);
}

/**
 * @param {Uint8Array} bytes a frame @param {Image} image @param {Syntax} syntax @param {URL | string | undefined} base
 * @returns {Promise<Frame>}
 */
export async function decodeFrame(bytes, image, syntax, base) {
  if (image.bitsAllocated === 1) throw unsupported(`Compressed pixels of 1 bit (${syntax.name}) are not read.`);
  const n = image.rows * image.columns;
  if (syntax.coding === 'rle') {
    const raw = decodeRle(bytes, n, image.samples, cells(image, n * image.samples));
    return { values: storedBits(raw, image, image.bitsStored, image.highBit + 1 - image.bitsStored), colour: 'stored' };
  }
  if (syntax.coding === 'jpeg-2000') {
    const stream = readJpeg2000(bytes);
    compare(stream, image);
    const transformed = /^YBR_(RCT|ICT)$/.test(image.photometric);
    if (image.samples === 3 && image.photometric !== 'RGB' && transformed !== (stream.transform === 1)) {
      throw corrupt(`The DICOM object states colours of ${image.photometric}, and its JPEG 2000 codestream has ${transformed ? 'not transformed them' : 'transformed RGB'}: they cannot be told.`);
    }
    return { values: valuesOf(await decodeWith('openjpeg', stream, base), image), colour: transformed ? 'RGB' : 'stored' };
  }
  const stream = readJpeg(bytes);
  compare(stream, image);
  if (stream.family === 'jpeg-ls') return { values: valuesOf(await decodeWith('charls', stream, base), image), colour: 'stored' };
  if (stream.process === LOSSLESS) {
    const raw = cells(image, n * image.samples);
    if (raw instanceof Uint32Array) throw unsupported(`Pixels of 32 bits in ${syntax.name} are not read.`);
    decodeJpegLossless(stream, raw);
    return { values: storedBits(raw, image, stream.precision, 0), colour: 'stored' };
  }
  if (stream.process !== BASELINE && stream.process !== EXTENDED && stream.process !== PROGRESSIVE) {
    throw unsupported(`JPEG pixels of the kind SOF${stream.process - 0xc0} (${syntax.name}) are not read.`);
  }
  if (stream.precision !== 8) throw unsupported(`JPEG pixels of ${stream.precision} bits (${syntax.name}) are not read; JPEG of 8 bits is.`);
  if (stream.scans > MOST_SCANS) throw corrupt(`The JPEG in the DICOM file has ${stream.scans} scans.`);
  if (image.samples === 1) return { values: valuesOf(await decodeWith('libjpeg-turbo', stream, base), image), colour: 'stored' };
  const coded = valuesOf(await decodeWith('libjpeg-turbo', { ...stream, bytes: untransformed(stream.bytes) }, base), image);
  const ybr = isYbr(stream, image);
  if (ybr && image.photometric === 'RGB') return { values: rgbOfYbr(coded, 8), colour: 'RGB' }; // what the object calls its colours is what comes out of the decoder
  return { values: coded, colour: ybr ? 'stored' : 'RGB' };
}
