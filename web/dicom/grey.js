// From stored values to grey (PS3.3 C.11.1, C.11.2): modality LUT or slope and intercept, then the VOI LUT or window, then MONOCHROME1 turned over; padding is black.
// Only + - * / and floor, and exp out of them: the same bits in every engine.
// SPDX-License-Identifier: MIT
import { exp } from '../exact-math.js';
import { descriptor, entriesOf } from './colour.js';
import { corrupt, tagText, unsupported, wrongArgument } from './errors.js';

/**
 * @typedef {import('./data-set.js').DataSet} DataSet
 * @typedef {import('./image.js').Image} Image
 * @typedef {import('./samples.js').Samples} Samples
 * @typedef {(stored: number) => number} Transform
 * @typedef {import('../exam/exam.js').ExamWindow} Window
 */

/**
 * Where the attributes of a frame's transformation stand: in its functional group, in the shared one, or in the object itself.
 * @param {DataSet} set @param {number} frame @param {number} group the macro's sequence @param {number[]} tags any of which must be there
 */
function holder(set, frame, group, tags) {
  const groups = [set.item(0x52009230, frame), set.firstItem(0x52009229)];
  const macros = groups.map((item) => item?.firstItem(group) ?? null);
  return macros.find((macro) => macro && tags.some((tag) => macro.has(tag) || macro.elements.has(tag))) ?? set;
}

/** The first number of an element, one that can be computed with; null if absent. @param {DataSet} set @param {number} tag */
function decimal(set, tag) {
  const value = set.decimals(tag)?.[0] ?? null;
  if (value !== null && Math.abs(value) > 1e15) throw corrupt(`The element ${tagText(tag)} holds ${value}, which is beyond all measure.`);
  return value;
}

/** @param {DataSet} item of a LUT sequence @param {boolean} signed */
function lookUp(item, signed) {
  const { entries, first, bits } = descriptor(item, 0x00283002, signed);
  const list = entriesOf(item, 0x00283006, entries, bits);
  const last = entries - 1;
  /** @type {Transform} */
  const at = (x) => list[x <= first ? 0 : x - first >= last ? last : Math.floor(x - first + 0.5)];
  return { first, entries, bits, at };
}

/**
 * The modality's values. @param {DataSet} set @param {Image} image @param {number} frame
 * @returns {{ transform: Transform, signed: boolean }} signed: whether they can be negative
 */
export function modality(set, image, frame) {
  const item = set.firstItem(0x00283000);
  if (item) return { transform: lookUp(item, image.signed).at, signed: false };
  const groups = set.itemCount(0x52009230);
  if (groups > 0 && groups !== image.frames) throw corrupt(`The DICOM object states ${image.frames} frames and has functional groups for ${groups}: it cannot be told which belong together.`);
  const from = holder(set, frame, 0x00289145, [0x00281052, 0x00281053]);
  const [given, offset] = [decimal(from, 0x00281053), decimal(from, 0x00281052)];
  const [slope, intercept] = [given ?? 1, offset ?? 0];
  if (slope === 0) throw corrupt('The DICOM object states a rescale slope of 0, which makes all values equal.');
  // Some readers take what is missing for 1 or 0, and some then leave out both.
  if ((given === null || offset === null) && (slope !== 1 || intercept !== 0)) {
    throw corrupt(`The DICOM object states a rescale ${given === null ? 'intercept and no slope' : 'slope and no intercept'}: its values cannot be told.`);
  }
  return { transform: (x) => x * slope + intercept, signed: image.signed || slope < 0 || intercept < 0 };
}

/** Stored values that stand for "no value here". @param {DataSet} set @param {Image} image @returns {(stored: number) => boolean} */
function padding(set, image) {
  const number = (/** @type {number} */ tag) => {
    const value = set.unsigned(tag);
    return value !== null && image.signed && value > 32767 ? value - 65536 : value;
  };
  const value = number(0x00280120);
  if (value === null) return () => false;
  const limit = number(0x00280121) ?? value;
  const [low, high] = value < limit ? [value, limit] : [limit, value];
  return (stored) => stored >= low && stored <= high;
}

/** From a value of the modality to 0 to 255, not yet rounded. @param {string} shape VOI LUT Function @param {number} c @param {number} w @returns {Transform} */
function windowed(shape, c, w) {
  if (shape === 'SIGMOID') {
    return (x) => {
      const t = (-4 * (x - c)) / w;
      if (t <= 0) return 255 / (1 + exp(t));
      const e = exp(-t);
      return (255 * e) / (1 + e);
    };
  }
  if (shape === 'LINEAR_EXACT') return (x) => (x <= c - w / 2 ? 0 : x > c + w / 2 ? 255 : ((x - c) / w + 0.5) * 255);
  const [middle, span] = [c - 0.5, w - 1];
  return (x) => (x <= middle - span / 2 ? 0 : x > middle + span / 2 ? 255 : ((x - middle) / span + 0.5) * 255);
}

/** Whether a window can be: PS3.3 C.11.2.1.2 and .3. @param {string} shape @param {number} width */
const possible = (shape, width) => (shape === 'LINEAR' ? width >= 1 : width > 0);

/**
 * What makes grey of the modality's values.
 * @param {DataSet} set @param {number} frame @param {boolean} signed @param {{ centre: number, width: number } | undefined} given
 * @param {() => { least: number, most: number }} range of the frame's values
 * @returns {{ transform: Transform, window: Window }}
 */
function voi(set, frame, signed, given, range) {
  const from = holder(set, frame, 0x00289132, [0x00281050, 0x00283010]);
  const shape = from.ascii(0x00281056) ?? 'LINEAR';
  if (!['LINEAR', 'LINEAR_EXACT', 'SIGMOID'].includes(shape)) throw unsupported(`The VOI LUT function ${shape.slice(0, 16)} is not known.`);
  if (given) {
    const { centre, width } = given;
    if (!Number.isFinite(centre) || !Number.isFinite(width) || !possible(shape, width)) throw wrongArgument(`A window needs a centre and a width of ${shape === 'LINEAR' ? '1 or more' : 'more than 0'}.`);
    return { transform: windowed(shape, centre, width), window: { centre, width, from: 'given', own: ownWindows(from, shape, () => voi(set, frame, signed, undefined, range).window) } };
  }
  const item = from.firstItem(0x00283010);
  if (item) {
    const { first, entries, bits, at } = lookUp(item, signed);
    const most = 2 ** bits - 1;
    return { transform: (x) => (at(x) * 255) / most, window: { centre: first + entries / 2, width: entries, from: 'function' } };
  }
  const [centre, width] = [decimal(from, 0x00281050), decimal(from, 0x00281051)];
  if (centre !== null && width !== null && possible(shape, width)) return { transform: windowed(shape, centre, width), window: { centre, width, from: 'file' } };
  const { least, most } = range();
  const [middle, span] = [(least + most) / 2, most > least ? most - least : 1];
  return { transform: windowed('LINEAR_EXACT', middle, span), window: { centre: middle, width: span, from: 'range' } };
}

/**
 * Whether small values are white. The photometric interpretation and the shape of the presentation LUT (PS3.3 C.8.11.1) must say the same of it: readers
 * differ in which they believe. @param {DataSet} set @param {Image} image
 */
function isInverted(set, { photometric }) {
  const inverted = photometric === 'MONOCHROME1';
  const shape = set.ascii(0x20500020);
  if (shape === (inverted ? 'IDENTITY' : 'INVERSE')) {
    throw corrupt(`The DICOM object contradicts itself: ${photometric}, and the Presentation LUT Shape ${shape}. It cannot be told whether large values are bright.`);
  }
  return inverted;
}

/**
 * The windows that a file has itself, first the one that is taken if none is given; empty if that one cannot be read.
 * @param {DataSet} from where they stand @param {string} shape @param {() => Window} taken @returns {import('../exam/exam.js').OwnWindow[]}
 */
function ownWindows(from, shape, taken) {
  try {
    const { centre, width, from: origin } = taken();
    const own = [{ centre, width, from: /** @type {'file' | 'function' | 'range'} */ (origin) }];
    const [centres, widths] = [0x00281050, 0x00281051].map((tag) => from.decimals(tag) ?? []);
    widths.forEach((w, i) => {
      if (i < centres.length && possible(shape, w) && !own.some((known) => known.from === 'file' && known.centre === centres[i] && known.width === w)) own.push({ centre: centres[i], width: w, from: 'file' });
    });
    return own;
  } catch {
    return []; // the picture was asked for through another window, and can be had
  }
}

/**
 * 8-bit grey of a frame.
 * @param {DataSet} set @param {Image} image @param {number} frame @param {Samples} values @param {{ centre: number, width: number } | undefined} given
 * @returns {{ pixels: Uint8Array, window: Window }}
 */
export function grey(set, image, frame, values, given) {
  const inverted = isInverted(set, image);
  const { transform, signed } = modality(set, image, frame);
  const isPadding = padding(set, image);
  let [least, most] = [Infinity, -Infinity]; // stored
  for (let i = 0; i < values.length; i++) {
    if (values[i] < least) least = values[i];
    if (values[i] > most) most = values[i];
  }
  const present = image.bitsAllocated <= 16 ? new Uint8Array(most - least + 1) : null; // which stored values there are
  if (present) for (let i = 0; i < values.length; i++) present[values[i] - least] = 1;
  const range = () => {
    let [low, high] = [Infinity, -Infinity];
    const look = (/** @type {number} */ stored) => {
      if (isPadding(stored)) return;
      const value = transform(stored);
      if (value < low) low = value;
      if (value > high) high = value;
    };
    if (present) present.forEach((there, i) => there && look(least + i));
    else values.forEach(look);
    return low <= high ? { least: low, most: high } : { least: 0, most: 0 };
  };
  const { transform: toGrey, window } = voi(set, frame, signed, given, range);
  const shade = (/** @type {number} */ stored) => {
    if (isPadding(stored)) return 0;
    const y = Math.floor(toGrey(transform(stored)) + 0.5); // to the nearest, halves up
    return inverted ? 255 - y : y;
  };
  const pixels = new Uint8Array(values.length);
  if (present) {
    const table = Uint8Array.from(present, (there, i) => (there ? shade(least + i) : 0));
    for (let i = 0; i < values.length; i++) pixels[i] = table[values[i] - least];
  } else for (let i = 0; i < values.length; i++) pixels[i] = shade(values[i]);
  return { pixels, window };
}
