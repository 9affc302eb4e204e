// The same small picture in every compressed transfer syntax that is read, for tests: written by the encoders that come with the decoders.
import { createRequire } from 'node:module';
import { cellBytes } from './dicom-writer.mjs';
import { dicomFile, encapsulated, imagePixel, losslessJpeg, rleFrame, syntaxes, uid } from './dicom-objects.mjs';

/** @typedef {import('./dicom-writer.mjs').Element} Element */

/** An encoder's module. @param {'charls' | 'openjpeg' | 'libjpeg-turbo-8bit'} name */
export const encoders = (name) => createRequire(import.meta.url)(`@cornerstonejs/codec-${name}/wasmjs`)({ print() {}, printErr() {} });

/**
 * @param {any} encoder of such a module @param {Uint8Array} bytes cells of 8 or 16 bits
 * @param {{ width: number, height: number, bitsPerSample: number, componentCount: number, isSigned: boolean }} info @param {(encoder: any) => void} [setUp]
 * @returns {Uint8Array}
 */
export function encode(encoder, bytes, info, setUp = () => {}) {
  encoder.getDecodedBuffer(info).set(bytes);
  setUp(encoder);
  encoder.encode();
  const coded = Uint8Array.from(encoder.getEncodedBuffer());
  encoder.delete();
  return coded;
}

/** JPEG 2000 without loss. @param {any} encoder */
export const reversible = (encoder) => {
  encoder.setQuality(true, 1);
  encoder.setDecompositions(2);
};

/** Something that compresses, but not to nothing. @param {number} n @param {number} most */
export const texture = (n, most) => Array.from({ length: n }, (_, i) => (i * 3 + (((i * i * 31) >> 4) % 8)) % (most + 1));

/**
 * Two frames of 24 x 18 pixels: files by name.
 * @returns {Promise<{ name: string, file: Uint8Array, elements: Element[], syntax: string }[]>}
 */
export async function codedFiles() {
  const [width, height] = [24, 18];
  const [charls, openjpeg, turbo] = await Promise.all(/** @type {const} */ (['charls', 'openjpeg', 'libjpeg-turbo-8bit']).map(encoders));
  const frames = [0, 1].map((f) => texture(width * height, 4095).map((v) => (v + 500 * f) % 4096));
  const eight = frames.map((values) => Uint8Array.from(values, (v) => v >> 4));
  const colour = frames.map((values) => Uint8Array.from(values.flatMap((v, i) => [v >> 4, (i * 5) & 255, 255 - (v >> 4)])));
  const info = (/** @type {number} */ bitsPerSample, componentCount = 1) => ({ width, height, bitsPerSample, componentCount, isSigned: false });
  const grey12 = { width, height, photometric: 'MONOCHROME2', allocated: /** @type {const} */ (16), stored: 12, frames: 2 };
  const grey8 = { width, height, photometric: 'MONOCHROME1', allocated: /** @type {const} */ (8), frames: 2 };
  const rgb8 = { width, height, samples: 3, photometric: 'RGB', allocated: /** @type {const} */ (8), frames: 2 };
  const ybr8 = { ...rgb8, photometric: 'YBR_FULL_422' };
  /** @type {[string, keyof typeof syntaxes, Parameters<typeof imagePixel>[0], Uint8Array[]][]} */
  const list = [
    ['rle', 'rle', grey12, frames.map((values) => rleFrame(values, 1, 2))],
    ['rle-colour', 'rle', rgb8, colour.map((values) => rleFrame(values, 3, 1))],
    ['jpeg', 'jpeg', grey8, eight.map((values) => encode(new turbo.JPEGEncoder(), values, info(8), (e) => e.setQuality(90)))],
    ['jpeg-colour', 'jpeg', ybr8, colour.map((values) => encode(new turbo.JPEGEncoder(), values, info(8, 3), (e) => e.setQuality(90)))],
    ['jpeg-lossless', 'jpegLossless', grey12, frames.map((values) => losslessJpeg(values, { width, height, samples: 1, precision: 12 }))],
    ['jpeg-lossless-colour', 'jpegLossless', rgb8, colour.map((values) => losslessJpeg(values, { width, height, samples: 3, precision: 8 }))],
    ['jpeg-ls', 'jpegLs', grey12, frames.map((values) => encode(new charls.JpegLSEncoder(), cellBytes(values, 2), info(12)))],
    ['jpeg-2000', 'jpeg2000', grey12, frames.map((values) => encode(new openjpeg.J2KEncoder(), cellBytes(values, 2), info(12), reversible))],
    ['jpeg-2000-colour', 'jpeg2000', { ...rgb8, photometric: 'YBR_RCT' }, colour.map((values) => encode(new openjpeg.J2KEncoder(), values, info(8, 3), reversible))],
  ];
  return list.map(([name, kind, image, coded], i) => {
    const table = /** @type {const} */ (['basic', 'empty', 'extended'])[i % 3];
    const elements = /** @type {Element[]} */ ([[0x00080016, 'UI', '1.2.840.10008.5.1.4.1.1.7'], [0x00080018, 'UI', uid(name)], ...imagePixel(image, null), ...encapsulated(coded, { table })]);
    return { name, file: dicomFile(elements, { syntax: syntaxes[kind] }), elements, syntax: syntaxes[kind] };
  });
}
