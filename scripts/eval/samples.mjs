// The samples of a data set, in the order in which the program `bedside` takes them: label by label, and by name within a label.
import { unzipSync } from 'fflate';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { SetupError } from '../setup.mjs';
import { decode } from './pixels.mjs';

/** @typedef {import('./pixels.mjs').Pixels} Pixels */
/**
 * id: the picture's path under the split's folder, or its number in the archive; truth: index of its label, -1 without.
 * input: what is handed to the runtime; pixels: the same, decoded; mask: the file of the true mask.
 * @typedef {{ id: string, truth: number, input: () => Uint8Array | Pixels, pixels: () => Promise<Pixels>, mask?: () => Promise<Pixels> }} Sample
 */

/** An array of a .npy file. @param {Uint8Array} bytes @returns {{ shape: number[], data: Uint8Array }} */
export function npy(bytes) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const long = bytes[6] > 1;
  const begin = (long ? 12 : 10) + (long ? view.getUint32(8, true) : view.getUint16(8, true));
  const header = Buffer.from(bytes.subarray(long ? 12 : 10, begin)).toString('latin1');
  const shape = (/'shape': *\(([^)]*)\)/.exec(header)?.[1] ?? '').split(',').map((n) => n.trim()).filter(Boolean).map(Number);
  if (!/'descr': *'[|<]u1'/.test(header) || !/'fortran_order': *False/.test(header)) throw new SetupError(`This array is not of bytes in C order: ${header.trim()}`);
  return { shape, data: bytes.subarray(begin) };
}

/** @param {string} path @param {string} split @returns {Sample[]} */
function ofArchive(path, split) {
  const wanted = [`${split}_images.npy`, `${split}_labels.npy`];
  const files = unzipSync(readFileSync(path), { filter: ({ name }) => wanted.includes(name) });
  if (!files[wanted[0]]) throw new SetupError(`${path} has no ${wanted[0]}.`);
  const { shape, data } = npy(files[wanted[0]]);
  const labels = files[wanted[1]] ? npy(files[wanted[1]]).data : null;
  const [n, height, width, channels = 1] = shape;
  const size = height * width * channels;
  return Array.from({ length: n }, (_, i) => {
    const pixels = { pixels: data.subarray(i * size, (i + 1) * size), width, height, channels: /** @type {1 | 2 | 3 | 4} */ (channels) };
    return { id: String(i), truth: labels ? labels[i] : -1, input: () => pixels, pixels: async () => pixels };
  });
}

const isPicture = (/** @type {string} */ name) => /\.(png|jpg|jpeg|PNG|JPG|JPEG)$/.test(name);
const byName = (/** @type {string} */ a, /** @type {string} */ b) => Buffer.compare(Buffer.from(a), Buffer.from(b));
/** Without its ending. */
export const stem = (/** @type {string} */ name) => name.replace(/\.[^.]*$/, '');

/** The pictures of one folder. @param {string} parent @param {string} name @param {number} truth @returns {Sample[]} */
function ofFolder(parent, name, truth) {
  const folder = join(parent, name);
  if (!existsSync(folder)) throw new SetupError(`There is no folder ${folder}.`);
  return readdirSync(folder).filter(isPicture).sort(byName).map((file) => {
    const input = () => new Uint8Array(readFileSync(join(folder, file)));
    return { id: `${name}/${file}`, truth, input, pixels: () => decode(input()) };
  });
}

/**
 * @param {string} path a .npz file, or a folder with train/, val/ and test/
 * @param {string} split
 * @param {readonly string[]} labels
 */
export function classified(path, split, labels) {
  if (statSync(path).isFile()) return ofArchive(path, split);
  return labels.flatMap((label, truth) => ofFolder(join(path, split), label, truth));
}

/** Pictures with masks. @param {string} path @param {string} split */
export function masked(path, split) {
  const masks = join(path, split, 'masks');
  return ofFolder(join(path, split), 'images', -1).map((sample) => {
    const name = basename(sample.id);
    return { ...sample, id: name, mask: () => decode(new Uint8Array(readFileSync(join(masks, `${stem(name)}.png`)))) };
  });
}

/** All pictures under a folder, or of a .npz file's test split, whatever their label. @param {string} path @returns {Sample[]} */
export function anything(path) {
  if (statSync(path).isFile()) return ofArchive(path, 'test');
  return readdirSync(path, { withFileTypes: true })
    .sort((a, b) => byName(a.name, b.name))
    .flatMap((entry) => {
      const inside = join(path, entry.name);
      if (entry.isDirectory()) return /^masks?$/.test(entry.name) ? [] : anything(inside);
      if (!isPicture(entry.name) || /_[12](st|nd)HO\.png$/.test(entry.name)) return [];
      const input = () => new Uint8Array(readFileSync(inside));
      return [{ id: entry.name, truth: -1, input, pixels: () => decode(input()) }];
    });
}

/** At most `most` of them, spread evenly. @template T @param {T[]} list @param {number} most @returns {T[]} */
export const spread = (list, most) => (list.length <= most ? list : Array.from({ length: most }, (_, i) => list[Math.floor((i * list.length) / most)]));
