// The part of an ultrasound machine's screen that holds the picture (PS3.3 C.8.5.5, US Region Calibration). Around it stand text, scales and a grey bar.
// SPDX-License-Identifier: MIT

/** @typedef {import('./data-set.js').DataSet} DataSet */
/** @typedef {{ x: number, y: number, width: number, height: number }} Part in pixels of the frame, from its upper left corner */

const REGIONS = 0x00186011; // Sequence of Ultrasound Regions
const [FORMAT, TYPE, X0, Y0, X1, Y1] = [0x00186012, 0x00186014, 0x00186018, 0x0018601a, 0x0018601c, 0x0018601e];
/** Region Spatial Format. */
const [FLAT, M_MODE, SPECTRUM] = [1, 2, 3];
/** Region Data Type. */
const TISSUE = 1;
/** Pixels on a side: what is smaller is no picture. */
const LEAST = 32;

/** A number of 16 or 32 bits, whatever VR the file gives it, or none; null if it is neither. @param {DataSet} item @param {number} tag */
function number(item, tag) {
  const bytes = item.raw(tag);
  if (bytes?.length !== 2 && bytes?.length !== 4) return null;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  return bytes.length === 4 ? view.getUint32(0, item.encoding.little) : view.getUint16(0, item.encoding.little);
}

/** Where a region lies; null if that is not inside the frame, too small, or the whole of it. @param {DataSet} item @param {number} columns @param {number} rows @returns {Part | null} */
function partOf(item, columns, rows) {
  const [x, y, x1, y1] = [X0, Y0, X1, Y1].map((tag) => number(item, tag));
  if (x === null || y === null || x1 === null || y1 === null || x1 >= columns || y1 >= rows) return null;
  const [width, height] = [x1 - x + 1, y1 - y + 1]; // the last column and row belong to it
  if (width < LEAST || height < LEAST || (width === columns && height === rows)) return null;
  return { x, y, width, height };
}

/**
 * The one picture of tissue; null if there is none, or another picture beside it (a second one, flow in colours, a spectrum, M-mode): which of them is
 * meant nobody says. Traces (an ECG) and graphics (the grey bar) are no pictures.
 * @param {DataSet} set @param {{ columns: number, rows: number }} frame @returns {Part | null}
 */
export function tissueOf(set, { columns, rows }) {
  /** @type {DataSet | null} */
  let tissue = null;
  const count = set.itemCount(REGIONS);
  for (let i = 0; i < count; i++) {
    const item = /** @type {DataSet} */ (set.item(REGIONS, i));
    const format = number(item, FORMAT);
    if (format !== FLAT && format !== M_MODE && format !== SPECTRUM) continue;
    if (tissue || format !== FLAT || number(item, TYPE) !== TISSUE) return null;
    tissue = item;
  }
  return tissue && partOf(tissue, columns, rows);
}
