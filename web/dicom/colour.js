// Coloured pixels as 8-bit RGB: palettes (PS3.3 C.7.9), YBR (C.7.6.3.1.2). Only + - * / and floor: the same bits in every engine.
// SPDX-License-Identifier: MIT
import { corrupt, unsupported } from './errors.js';

/**
 * @typedef {import('./data-set.js').DataSet} DataSet
 * @typedef {import('./image.js').Image} Image
 * @typedef {import('./samples.js').Samples} Samples
 */

/** To the nearest, halves up, within 0 to 255. @param {number} x */
const byte = (x) => (x <= 0 ? 0 : x >= 255 ? 255 : Math.floor(x + 0.5));

/** RGB of any depth. @param {Samples} values @param {number} bits */
export function rgb(values, bits) {
  if (bits === 8) return Uint8Array.from(values);
  const most = 2 ** bits - 1;
  return Uint8Array.from(values, (v) => byte((v * 255) / most));
}

/** In 65536ths, to the nearest: ITU-T T.871 as libjpeg computes it, so that 8-bit colours are the same as there. */
const [RED_CR, GREEN_CB, GREEN_CR, BLUE_CB] = [91881, 22554, 46802, 116130];

/** @param {Samples} values Y, Cb, Cr for each pixel @param {number} bits */
export function rgbOfYbr(values, bits) {
  const out = new Uint8Array(values.length);
  const [scale, middle] = [255 / (2 ** bits - 1), 2 ** (bits - 1)];
  for (let i = 0; i < values.length; i += 3) {
    const y = values[i];
    const cb = values[i + 1] - middle;
    const cr = values[i + 2] - middle;
    out[i] = byte((y + Math.floor((RED_CR * cr + 32768) / 65536)) * scale);
    out[i + 1] = byte((y + Math.floor((32768 - GREEN_CB * cb - GREEN_CR * cr) / 65536)) * scale);
    out[i + 2] = byte((y + Math.floor((BLUE_CB * cb + 32768) / 65536)) * scale);
  }
  return out;
}

/** A look-up table's descriptor: number of entries, first value mapped, bits of an entry. @param {DataSet} set @param {number} tag @param {boolean} signed whether the first value is, where the VR does not say */
export function descriptor(set, tag, signed) {
  const words = set.words(tag);
  if (!words || words.length !== 3) throw corrupt('A look-up table of the DICOM object has no descriptor of three numbers.');
  const vr = set.elements.get(tag)?.vr;
  const negative = words[1] > 32767 && (vr === 'SS' || (vr !== 'US' && signed));
  const [entries, first, bits] = [words[0] === 0 ? 65536 : words[0], negative ? words[1] - 65536 : words[1], words[2]];
  if (bits < 1 || bits > 16) throw corrupt(`A look-up table of the DICOM object states entries of ${bits} bits.`);
  return { entries, first, bits };
}

/** Entries must fit the bits that are stated, by which they are scaled. @param {Uint16Array} entries @param {number} bits */
function fitting(entries, bits) {
  const most = 2 ** bits - 1;
  const wrong = entries.find((entry) => entry > most);
  if (wrong !== undefined) throw corrupt(`A look-up table of the DICOM object states entries of ${bits} bits and has ${wrong}.`);
  return entries;
}

/** The entries of a look-up table: words, or bytes that are packed into words. @param {DataSet} set @param {number} tag @param {number} entries @param {number} bits */
export function entriesOf(set, tag, entries, bits) {
  const raw = set.raw(tag);
  if (raw && bits <= 8 && raw.length === entries + (entries % 2)) {
    const words = set.encoding.little || set.elements.get(tag)?.vr === 'OB' ? null : set.words(tag);
    return fitting(words ? Uint16Array.from({ length: entries }, (_, i) => (words[i >> 1] >> (i % 2 ? 8 : 0)) & 255) : Uint16Array.from(raw.subarray(0, entries)), bits);
  }
  const words = set.words(tag);
  if (!words || words.length < entries) throw corrupt(`A look-up table of the DICOM object states ${entries} entries and has ${words?.length ?? 0}.`);
  return fitting(words.subarray(0, entries), bits);
}

/** @param {DataSet} set @param {Samples} values @param {Image} image */
export function rgbOfPalette(set, values, image) {
  if ([0x00281221, 0x00281222, 0x00281223].some((tag) => set.has(tag))) throw unsupported('Segmented palettes are not read.');
  const tables = [1, 2, 3].map((n) => {
    const { entries, first, bits } = descriptor(set, 0x00281100 + n, image.signed);
    const list = entriesOf(set, 0x00281200 + n, entries, bits);
    const most = 2 ** bits - 1;
    return { first, last: entries - 1, list: Uint8Array.from(list, (v) => byte((v * 255) / most)) };
  });
  const out = new Uint8Array(values.length * 3);
  for (let i = 0; i < values.length; i++) {
    for (let k = 0; k < 3; k++) {
      const { first, last, list } = tables[k];
      const at = values[i] - first;
      out[3 * i + k] = list[at < 0 ? 0 : at > last ? last : at];
    }
  }
  return out;
}
