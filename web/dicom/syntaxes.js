// The transfer syntaxes of PS3.5 that are read, and the names of those that are not.
// SPDX-License-Identifier: MIT

/**
 * @typedef {'native' | 'rle' | 'jpeg' | 'jpeg-ls' | 'jpeg-2000' | null} Coding how pixels are coded; null: not read
 * @typedef {{ uid: string, name: string, coding: Coding, explicit: boolean, little: boolean, deflated: boolean }} Syntax
 */

export const IMPLICIT_LITTLE = '1.2.840.10008.1.2';
export const EXPLICIT_LITTLE = '1.2.840.10008.1.2.1';
export const EXPLICIT_BIG = '1.2.840.10008.1.2.2';
const DEFLATED = '1.2.840.10008.1.2.1.99';

/** @type {[string, string, Coding][]} */
const table = [
  [IMPLICIT_LITTLE, 'Implicit VR Little Endian', 'native'],
  [EXPLICIT_LITTLE, 'Explicit VR Little Endian', 'native'],
  [DEFLATED, 'Deflated Explicit VR Little Endian', 'native'],
  [EXPLICIT_BIG, 'Explicit VR Big Endian', 'native'],
  ['1.2.840.10008.1.2.1.98', 'Encapsulated Uncompressed Explicit VR Little Endian', null],
  ['1.2.840.10008.1.2.5', 'RLE Lossless', 'rle'],
  ['1.2.840.10008.1.2.4.50', 'JPEG Baseline (Process 1)', 'jpeg'],
  ['1.2.840.10008.1.2.4.51', 'JPEG Extended (Process 2 & 4)', 'jpeg'],
  ['1.2.840.10008.1.2.4.53', 'JPEG Spectral Selection, Non-Hierarchical (Process 6 & 8)', 'jpeg'],
  ['1.2.840.10008.1.2.4.55', 'JPEG Full Progression, Non-Hierarchical (Process 10 & 12)', 'jpeg'],
  ['1.2.840.10008.1.2.4.57', 'JPEG Lossless, Non-Hierarchical (Process 14)', 'jpeg'],
  ['1.2.840.10008.1.2.4.70', 'JPEG Lossless, Non-Hierarchical, First-Order Prediction (Process 14, Selection Value 1)', 'jpeg'],
  ['1.2.840.10008.1.2.4.80', 'JPEG-LS Lossless', 'jpeg-ls'],
  ['1.2.840.10008.1.2.4.81', 'JPEG-LS Lossy (Near-Lossless)', 'jpeg-ls'],
  ['1.2.840.10008.1.2.4.90', 'JPEG 2000 (Lossless Only)', 'jpeg-2000'],
  ['1.2.840.10008.1.2.4.91', 'JPEG 2000', 'jpeg-2000'],
  ['1.2.840.10008.1.2.4.92', 'JPEG 2000 Part 2 Multi-component (Lossless Only)', null],
  ['1.2.840.10008.1.2.4.93', 'JPEG 2000 Part 2 Multi-component', null],
  ['1.2.840.10008.1.2.4.94', 'JPIP Referenced', null],
  ['1.2.840.10008.1.2.4.95', 'JPIP Referenced Deflate', null],
  ['1.2.840.10008.1.2.4.100', 'MPEG2 Main Profile / Main Level', null],
  ['1.2.840.10008.1.2.4.101', 'MPEG2 Main Profile / High Level', null],
  ['1.2.840.10008.1.2.4.102', 'MPEG-4 AVC/H.264 High Profile / Level 4.1', null],
  ['1.2.840.10008.1.2.4.103', 'MPEG-4 AVC/H.264 BD-compatible High Profile / Level 4.1', null],
  ['1.2.840.10008.1.2.4.104', 'MPEG-4 AVC/H.264 High Profile / Level 4.2 for 2D Video', null],
  ['1.2.840.10008.1.2.4.105', 'MPEG-4 AVC/H.264 High Profile / Level 4.2 for 3D Video', null],
  ['1.2.840.10008.1.2.4.106', 'MPEG-4 AVC/H.264 Stereo High Profile / Level 4.2', null],
  ['1.2.840.10008.1.2.4.107', 'HEVC/H.265 Main Profile / Level 5.1', null],
  ['1.2.840.10008.1.2.4.108', 'HEVC/H.265 Main 10 Profile / Level 5.1', null],
  ['1.2.840.10008.1.2.4.110', 'JPEG XL Lossless', null],
  ['1.2.840.10008.1.2.4.111', 'JPEG XL JPEG Recompression', null],
  ['1.2.840.10008.1.2.4.112', 'JPEG XL', null],
  ['1.2.840.10008.1.2.4.201', 'High-Throughput JPEG 2000 (Lossless Only)', null],
  ['1.2.840.10008.1.2.4.202', 'High-Throughput JPEG 2000 with RPCL Options (Lossless Only)', null],
  ['1.2.840.10008.1.2.4.203', 'High-Throughput JPEG 2000', null],
];

/** A syntax that nobody knows is taken for Explicit VR Little Endian, as all are that came after the first: its pixels are not read. @param {string} uid @returns {Syntax} */
export function syntaxOf(uid) {
  const [, name, coding] = table.find(([known]) => known === uid) ?? [uid, 'unknown', /** @type {Coding} */ (null)];
  return { uid, name, coding, explicit: uid !== IMPLICIT_LITTLE, little: uid !== EXPLICIT_BIG, deflated: uid === DEFLATED };
}
