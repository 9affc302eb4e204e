// DICOM in. Interface, units and errors: dicom.d.ts. Not a medical device.
// SPDX-License-Identifier: MIT
import { rgb, rgbOfPalette, rgbOfYbr } from './colour.js';
import { decodeFrame } from './compressed.js';
import { allocate, BedsideError, corrupt, unsupported, wrongArgument } from './errors.js';
import { readFile } from './file.js';
import { framesOf } from './fragments.js';
import { grey, modality } from './grey.js';
import { identityOf } from './identity.js';
import { imageOf, refuseWithoutPixels } from './image.js';
import { checkNative, nativeFrame } from './samples.js';
import { isDicom } from './sniff.js';
import { tissueOf } from './ultrasound.js';

export { isDicom };

/**
 * @typedef {import('./compressed.js').Frame} Frame
 * @typedef {import('./dicom.js').DicomOptions} DicomOptions
 * @typedef {import('./image.js').Image} Image
 * @typedef {import('./syntaxes.js').Syntax} Syntax
 */

const MAX_PIXELS = 67108864;
const MAX_BYTES = 2 ** 30;

/** Whatever else goes wrong in reading is the file's fault: it still gets a name. @template T @param {() => T | Promise<T>} work @returns {Promise<T>} */
async function guarded(work) {
  try {
    return await work();
  } catch (error) {
    if (error instanceof BedsideError) throw error;
    throw corrupt('The DICOM file is damaged in a way that was not foreseen.', error);
  }
}

class DicomObject {
  #set;
  #image;
  #syntax;
  #base;
  #coded;
  /** The frame that was decoded last. @type {{ frame: number, decoded: Promise<Frame> } | null} */
  #last = null;

  /**
   * @param {import('./data-set.js').DataSet} set @param {Image} image @param {Syntax} syntax @param {import('../exam/exam.js').DicomIdentity} identity
   * @param {URL | string | undefined} base
   */
  constructor(set, image, syntax, identity, base) {
    this.#set = set;
    this.#image = image;
    this.#syntax = syntax;
    this.#base = base;
    if (syntax.coding === 'native') checkNative(set, image);
    this.#coded = syntax.coding === 'native' ? null : framesOf(set, image.frames, syntax.coding !== 'rle');
    this.identity = identity;
    this.columns = image.columns;
    this.rows = image.rows;
    this.frames = image.frames;
    this.samplesPerPixel = image.samples;
    this.photometricInterpretation = image.photometric;
    this.bitsAllocated = image.bitsAllocated;
    this.bitsStored = image.bitsStored;
    this.signed = image.signed;
    this.tissue = tissueOf(set, image);
  }

  /** @param {number} frame @returns {Promise<Frame>} */
  #decoded(frame) {
    if (!Number.isInteger(frame) || frame < 0 || frame >= this.frames) throw wrongArgument(`There is no frame ${frame}; the DICOM object has ${this.frames}, the first is 0.`);
    if (this.#last?.frame === frame) return this.#last.decoded;
    const decoded = guarded(async () => {
      if (!this.#coded) return { values: nativeFrame(this.#set, this.#image, frame), colour: /** @type {const} */ ('stored') };
      return decodeFrame(this.#coded(frame), this.#image, this.#syntax, this.#base);
    });
    this.#last = { frame, decoded };
    decoded.catch(() => {
      if (this.#last?.decoded === decoded) this.#last = null; // it may go better the next time: a decoder that could not be fetched
    });
    return decoded;
  }

  /** @param {number} frame */
  async stored(frame) {
    return (await this.#decoded(frame)).values.slice();
  }

  /** @param {number} frame */
  async values(frame) {
    const { values } = await this.#decoded(frame);
    return guarded(() => {
      const out = allocate(() => new Float64Array(values.length));
      if (this.samplesPerPixel === 3) out.set(values);
      else {
        const { transform } = modality(this.#set, this.#image, frame);
        for (let i = 0; i < values.length; i++) out[i] = transform(values[i]);
      }
      return out;
    });
  }

  /** @param {number} frame @param {{ centre: number, width: number }} [given] */
  async picture(frame, given) {
    const { values, colour } = await this.#decoded(frame);
    return guarded(() => {
      const [set, image] = [this.#set, this.#image];
      const bits = image.bitsStored;
      const as = (/** @type {Uint8Array} */ pixels, /** @type {1 | 3} */ channels) => ({ pixels, width: image.columns, height: image.rows, channels });
      if (image.photometric === 'PALETTE COLOR') return { pixels: as(rgbOfPalette(set, values, image), 3), window: null };
      if (image.samples === 3) {
        const isRgb = colour === 'RGB' || image.photometric === 'RGB';
        if (!isRgb && /^YBR_(RCT|ICT)$/.test(image.photometric)) throw corrupt(`The DICOM object states colours of JPEG 2000 (${image.photometric}), and its pixels are in ${this.#syntax.name}.`);
        return { pixels: as(isRgb ? rgb(values, bits) : rgbOfYbr(values, bits), 3), window: null };
      }
      const { pixels, window } = grey(set, image, frame, values, given);
      return { pixels: as(pixels, 1), window };
    });
  }
}

/** @param {Uint8Array} bytes @param {DicomOptions} [options] @returns {Promise<import('./dicom.js').DicomObject>} */
export async function readDicom(bytes, options = {}) {
  if (!(bytes instanceof Uint8Array)) throw wrongArgument('DICOM is read from the bytes of a file, a Uint8Array.');
  const { maxPixels = MAX_PIXELS, maxBytes = MAX_BYTES, base } = options;
  for (const [name, value] of Object.entries({ maxPixels, maxBytes })) {
    if (!Number.isInteger(value) || value < 1) throw wrongArgument(`The option ${name} must be a whole number of 1 or more.`);
  }
  return guarded(async () => {
    const { meta, set, syntax } = await readFile(bytes, maxBytes);
    refuseWithoutPixels(set, meta);
    if (syntax.coding === null) throw unsupported(`Pixels in the transfer syntax ${syntax.name} (${syntax.uid}) are not read.`);
    return new DicomObject(set, imageOf(set, maxPixels), syntax, identityOf(set, meta, syntax.uid), base);
  });
}
