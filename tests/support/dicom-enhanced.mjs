// A large enhanced CT: a functional group of many attributes for each frame, each group with a rescale and a window of its own.
import { deflateRawSync } from 'node:zlib';
import { dicomFile, imagePixel, syntaxes, uid } from './dicom-objects.mjs';
import { dataSet, elementBytes } from './dicom-writer.mjs';

/** @typedef {import('./dicom-writer.mjs').Element} Element */

/** What frame f's group says: slope f + 1, intercept -f, and a window in five digits. @param {number} frame */
export const groupOf = (frame) => ({ slope: frame + 1, intercept: -frame, centre: 10000 + frame, width: 20000 + 2 * frame });

/** A decimal of ten characters, so that every group has the same length. @param {number} value */
const decimal = (value) => String(value).padStart(10, ' ');

/** A group with about as many elements and items as are wanted. @param {number} frame @param {number} attributes @returns {Element[]} */
function group(frame, attributes) {
  const { slope, intercept, centre, width } = groupOf(frame);
  const others = Array.from({ length: Math.max(0, attributes - 20) }, (_, i) => /** @type {Element} */ ([0x00191001 + i, i % 3 ? 'LO' : 'DS', i % 3 ? `private ${i}` : String(i / 8)]));
  return [
    [0x00189321, 'SQ', [others.slice(0, others.length / 2)]], [0x00200010, 'SH', 'S1'], [0x00209111, 'SQ', [[[0x00209056, 'SH', '1'], [0x00209057, 'UL', 1], [0x00209157, 'UL', [1, 1]]]]],
    [0x00209113, 'SQ', [[[0x00200032, 'DS', '0\\0\\0']]]], [0x00289132, 'SQ', [[[0x00281050, 'DS', decimal(centre)], [0x00281051, 'DS', decimal(width)], [0x00281055, 'LO', 'SOFT']]]],
    [0x00289145, 'SQ', [[[0x00281052, 'DS', decimal(intercept)], [0x00281053, 'DS', decimal(slope)], [0x00281054, 'LO', 'HU']]]], ...others.slice(others.length / 2).map(([tag, vr, value]) => /** @type {Element} */ ([tag + 0x00200000, vr, value])),
  ];
}

/**
 * @param {number} frames up to 65536, of one value each: 7 @param {number} attributes elements and items of each group, about
 * @param {{ syntax?: string, undefinedLengths?: boolean }} [form]
 * @returns {Uint8Array} a file
 */
export function enhancedCt(frames, attributes, { syntax = syntaxes.explicit, undefinedLengths = true } = {}) {
  const encoding = { explicit: syntax !== syntaxes.implicit, little: syntax !== syntaxes.big, undefinedLengths };
  const item = (/** @type {number} */ frame) => elementBytes([0x52009230, 'SQ', [group(frame, attributes)]], encoding);
  // One group is written out; in the others four numbers differ.
  const template = item(0);
  const head = encoding.explicit ? 12 : 8;
  const one = Buffer.from(template.subarray(head, template.length - (undefinedLengths ? 8 : 0)));
  const texts = [decimal(groupOf(0).centre), decimal(groupOf(0).width), decimal(groupOf(0).intercept), decimal(groupOf(0).slope)];
  const places = texts.map((text, i) => one.indexOf(text, i === 2 ? one.indexOf(texts[1]) + 10 : 0));
  const groups = Buffer.concat(Array.from({ length: frames }, (_, frame) => {
    const { centre, width, intercept, slope } = groupOf(frame);
    const copy = Buffer.from(one);
    [centre, width, intercept, slope].forEach((value, i) => copy.write(decimal(value), places[i], 'latin1'));
    return copy;
  }));
  /** @type {Element[]} */
  const before = [[0x00080016, 'UI', '1.2.840.10008.5.1.4.1.1.2.1'], [0x00080018, 'UI', uid('enhanced')], [0x00080060, 'CS', 'CT']];
  const shared = /** @type {Element} */ ([0x52009229, 'SQ', [[[0x00289145, 'SQ', [[[0x00281052, 'DS', '0'], [0x00281053, 'DS', '99']]]]]]]);
  const image = imagePixel({ width: 1, height: 1, photometric: 'MONOCHROME2', allocated: 16, frames }, null);
  const meta = dicomFile([], { syntax });
  const sequence = Buffer.from(template.subarray(0, head));
  if (!undefinedLengths) sequence[encoding.little ? 'writeUInt32LE' : 'writeUInt32BE'](groups.length, head - 4);
  const end = Buffer.from(undefinedLengths ? template.subarray(template.length - 8) : []);
  const pixels = elementBytes([0x7fe00010, 'OW', Uint8Array.from({ length: 2 * frames }, (_, i) => (i % 2 === (encoding.little ? 0 : 1) ? 7 : 0))], encoding);
  const body = Buffer.concat([dataSet([...before, ...image, shared], encoding), sequence, groups, end, pixels]);
  return new Uint8Array(syntax === syntaxes.deflated ? Buffer.concat([meta.subarray(0, -2), deflateRawSync(body), Buffer.alloc(1)]) : Buffer.concat([meta, body]));
}
