// Reads float32 arrays in NumPy's .npy form.
// SPDX-License-Identifier: MIT
import { Trouble } from './trouble.js';

/** @param {ArrayBuffer} file @returns {{ shape: number[], values: Float32Array }} @throws {Trouble} what is wrong with it */
export function readNpy(file) {
  const bytes = new Uint8Array(file);
  const view = new DataView(file);
  if (bytes.length < 12 || String.fromCharCode(...bytes.subarray(1, 6)) !== 'NUMPY') throw new Trouble('compile.npy.format');
  const [begin, length] = bytes[6] === 1 ? [10, view.getUint16(8, true)] : [12, view.getUint32(8, true)];
  const header = new TextDecoder('latin1').decode(bytes.subarray(begin, begin + length));
  const shape = /'shape': *\(([\d, ]*)\)/.exec(header)?.[1].split(',').filter((text) => text.trim()).map(Number);
  if (!/'descr': *'<f4'/.test(header) || !/'fortran_order': *False/.test(header) || !shape) {
    throw new Trouble('compile.npy.type');
  }
  const count = shape.reduce((product, dim) => product * dim, 1);
  if ((bytes.length - begin - length) !== 4 * count) throw new Trouble('compile.npy.cut');
  return { shape, values: new Float32Array(file.slice(begin + length)) };
}
