// What the Image Pixel module (PS3.3 C.7.6.3) says, checked before anything is allocated.
// SPDX-License-Identifier: MIT
import { PIXEL_DATA } from './data-set.js';
import { corrupt, tagText, tooLarge, unsupported } from './errors.js';

/** @typedef {import('./data-set.js').DataSet} DataSet */

/**
 * @typedef {object} Image
 * @property {number} rows 1 to 65535
 * @property {number} columns 1 to 65535
 * @property {number} frames 1 or more
 * @property {1 | 3} samples
 * @property {string} photometric
 * @property {1 | 8 | 16 | 32} bitsAllocated
 * @property {number} bitsStored 1 to bitsAllocated
 * @property {number} highBit bitsStored - 1 to bitsAllocated - 1
 * @property {boolean} signed
 * @property {boolean} planar all of one sample, then all of the next
 */

/** Samples of each pixel by photometric interpretation. @type {Record<string, 1 | 3>} */
const samplesOf = { MONOCHROME1: 1, MONOCHROME2: 1, 'PALETTE COLOR': 1, RGB: 3, YBR_FULL: 3, YBR_FULL_422: 3, YBR_RCT: 3, YBR_ICT: 3 };

/** Common objects that hold no picture, by SOP class. @type {Record<string, string>} */
const withoutPixels = {
  '1.2.840.10008.1.3.10': 'a directory of other files (DICOMDIR)',
  '1.2.840.10008.5.1.4.1.1.88.11': 'a report (Basic Text SR)',
  '1.2.840.10008.5.1.4.1.1.88.22': 'a report (Enhanced SR)',
  '1.2.840.10008.5.1.4.1.1.88.33': 'a report (Comprehensive SR)',
  '1.2.840.10008.5.1.4.1.1.88.59': 'a list of other objects (Key Object Selection)',
  '1.2.840.10008.5.1.4.1.1.88.67': 'a report of radiation dose (X-Ray Radiation Dose SR)',
  '1.2.840.10008.5.1.4.1.1.104.1': 'a document (Encapsulated PDF)',
  '1.2.840.10008.5.1.4.1.1.11.1': 'a presentation state (Grayscale Softcopy Presentation State)',
  '1.2.840.10008.5.1.4.1.1.481.3': 'outlines for radiotherapy (RT Structure Set)',
  '1.2.840.10008.5.1.4.1.1.481.5': 'a plan of radiotherapy (RT Plan)',
  '1.2.840.10008.5.1.4.1.1.9.1.1': 'an ECG (12-lead ECG Waveform)',
  '1.2.840.10008.5.1.4.39.1': 'a colour palette',
  '1.2.840.10008.5.1.4.39.2': 'a colour palette',
};

/** @param {DataSet} set @param {DataSet | null} meta */
export function refuseWithoutPixels(set, meta) {
  const uid = set.ascii(0x00080016) ?? meta?.ascii(0x00020002) ?? null;
  if (meta?.ascii(0x00020002) === '1.2.840.10008.1.3.10' || set.elements.has(0x00041220)) {
    throw unsupported('This is a directory of other files (DICOMDIR), not a picture: open one of the files that it lists.');
  }
  if (set.has(0x7fe00008) || set.has(0x7fe00009)) throw unsupported('The pixels of this DICOM object are floating-point numbers, which are not read.');
  if (set.elements.has(PIXEL_DATA)) return;
  if (uid && withoutPixels[uid]) throw unsupported(`This DICOM object is ${withoutPixels[uid]}, not a picture.`);
  if (set.has(0x00280010)) throw corrupt('This DICOM object says how large its picture is, but there is no pixel data: the file is cut off.');
  throw unsupported(`This DICOM object holds no picture (SOP class ${uid ?? 'not stated'}).`);
}

/** @param {DataSet} set @param {number} tag @param {string} name */
function required(set, tag, name) {
  const value = set.unsigned(tag);
  if (value === null) throw corrupt(`The DICOM object does not state ${name} ${tagText(tag)}, without which its pixels mean nothing.`);
  return value;
}

/** @param {DataSet} set @param {number} maxPixels @returns {Image} */
export function imageOf(set, maxPixels) {
  const photometric = set.ascii(0x00280004);
  if (photometric === null) throw corrupt('The DICOM object does not state its Photometric Interpretation (0028,0004).');
  const samples = required(set, 0x00280002, 'Samples per Pixel');
  const expected = Object.hasOwn(samplesOf, photometric) ? samplesOf[photometric] : null;
  if (expected === null) throw unsupported(`Pixels of the photometric interpretation ${photometric.slice(0, 16)} are not read.`);
  if (samples !== expected) throw corrupt(`The DICOM object states ${samples} samples per pixel for ${photometric}, which has ${expected}.`);

  const rows = required(set, 0x00280010, 'Rows');
  const columns = required(set, 0x00280011, 'Columns');
  if (rows === 0 || columns === 0) throw corrupt(`The DICOM object's picture has ${columns} x ${rows} pixels.`);
  if (rows * columns > maxPixels) throw tooLarge(`The DICOM object's picture has ${columns} x ${rows} pixels; ${maxPixels} are allowed.`);
  const frames = set.integer(0x00280008) ?? 1;
  if (frames < 1 || frames > 0x7fffffff) throw corrupt(`The DICOM object states ${frames} frames.`);

  const bitsAllocated = required(set, 0x00280100, 'Bits Allocated');
  if (bitsAllocated === 0) throw corrupt('The DICOM object states pixels of 0 bits.');
  if (bitsAllocated !== 1 && bitsAllocated !== 8 && bitsAllocated !== 16 && bitsAllocated !== 32) throw unsupported(`Pixels of ${bitsAllocated} bits are not read.`);
  const bitsStored = required(set, 0x00280101, 'Bits Stored');
  const highBit = set.unsigned(0x00280102) ?? bitsStored - 1;
  if (bitsStored < 1 || highBit < bitsStored - 1 || highBit >= bitsAllocated) {
    throw corrupt(`The DICOM object contradicts itself: ${bitsAllocated} bits allocated, ${bitsStored} stored, high bit ${highBit}.`);
  }
  const representation = required(set, 0x00280103, 'Pixel Representation');
  if (representation > 1) throw corrupt(`The DICOM object states the pixel representation ${representation}; there are 0 and 1.`);
  const planarConfiguration = set.unsigned(0x00280006) ?? 0;
  if (planarConfiguration > 1) throw corrupt(`The DICOM object states the planar configuration ${planarConfiguration}; there are 0 and 1.`);
  if (bitsAllocated === 1 && samples !== 1) throw unsupported('Coloured pixels of 1 bit are not read.');
  if (photometric === 'YBR_FULL_422' && bitsAllocated !== 8) throw unsupported(`Pixels of YBR_FULL_422 with ${bitsAllocated} bits are not read.`);
  if (samples === 3 && representation === 1) throw corrupt('The DICOM object states colours that can be negative.');
  return { rows, columns, frames, samples: expected, photometric, bitsAllocated, bitsStored, highBit, signed: representation === 1, planar: samples === 3 && planarConfiguration === 1 };
}
