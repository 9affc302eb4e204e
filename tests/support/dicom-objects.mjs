// Synthetic DICOM objects for tests: nobody's picture, nobody's data, the same bytes every time (UIDs under 2.25 come from names, dates are fixed). Each
// function gives the elements of an object; `dicomFile` of dicom-writer.mjs makes a file of them, `withElements` changes them first:
//
//     const bytes = dicomFile(chestDx());
//     const without = dicomFile(withElements(chestDx(), [[0x00180015, 'CS', undefined]]), { syntax: syntaxes.implicit });
//
// Grey pictures take `picture`, 8-bit grey of one's own ({ pixels, width, height }): `samplePicture('opacity-1.png')` gives one of the demo's
// synthetic X-rays, which the pneumonia model knows for a chest X-ray.
import { readFileSync } from 'node:fs';
import { inflateSync } from 'node:zlib';
import { cellBytes, uid } from './dicom-writer.mjs';

export { dicomFile, encapsulated, losslessJpeg, rleFrame, syntaxes, uid, withElements } from './dicom-writer.mjs';

/**
 * @typedef {import('./dicom-writer.mjs').Element} Element
 * @typedef {{ pixels: Uint8Array, width: number, height: number }} Grey
 */

const DX = '1.2.840.10008.5.1.4.1.1.1.1'; // Digital X-Ray Image Storage - For Presentation
const CT = '1.2.840.10008.5.1.4.1.1.2';
const SECONDARY = '1.2.840.10008.5.1.4.1.1.7';
const MULTI_FRAME_GREY = '1.2.840.10008.5.1.4.1.1.7.2'; // Multi-frame Grayscale Byte Secondary Capture

/** A code of a terminology. @param {string} value @param {string} scheme @param {string} meaning @returns {Element[]} */
export const code = (value, scheme, meaning) => [[0x00080100, 'SH', value], [0x00080102, 'SH', scheme], [0x00080104, 'LO', meaning]];

/** An 8-bit grey PNG of demo/samples. @param {string} name @returns {Grey} */
export function samplePicture(name) {
  const file = readFileSync(new URL(`../../demo/samples/${name}`, import.meta.url));
  const [width, height, depth, kind] = [file.readUInt32BE(16), file.readUInt32BE(20), file[24], file[25]];
  if (depth !== 8 || kind !== 0 || file[28] !== 0) throw new Error(`${name} is no 8-bit grey PNG`);
  const parts = [];
  for (let at = 8; at < file.length; at += 12 + file.readUInt32BE(at)) {
    if (file.toString('latin1', at + 4, at + 8) === 'IDAT') parts.push(file.subarray(at + 8, at + 8 + file.readUInt32BE(at)));
  }
  const rows = inflateSync(Buffer.concat(parts));
  const pixels = new Uint8Array(width * height);
  for (let y = 0; y < height; y++) {
    const filter = rows[y * (width + 1)];
    for (let x = 0; x < width; x++) {
      const at = y * width + x;
      const [a, b, c] = [x > 0 ? pixels[at - 1] : 0, y > 0 ? pixels[at - width] : 0, x > 0 && y > 0 ? pixels[at - width - 1] : 0];
      const [pa, pb, pc] = [Math.abs(b - c), Math.abs(a - c), Math.abs(a + b - 2 * c)];
      const paeth = pa <= pb && pa <= pc ? a : pb <= pc ? b : c;
      pixels[at] = rows[y * (width + 1) + 1 + x] + [0, a, b, (a + b) >> 1, paeth][filter];
    }
  }
  return { pixels, width, height };
}

/** Something like a chest: two darker ovals in a lighter body. @param {number} width @param {number} height @returns {Grey} */
export function drawnChest(width = 64, height = 80) {
  const pixels = new Uint8Array(width * height);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const [u, v] = [(2 * x + 1) / width - 1, (2 * y + 1) / height - 1];
      const lung = ((Math.abs(u) - 0.42) / 0.3) ** 2 + (v / 0.7) ** 2;
      const body = (u / 0.95) ** 2 + (v / 1.6) ** 2;
      pixels[y * width + x] = body > 1 ? 10 : lung < 1 ? 60 + Math.floor(70 * lung) : 170 + ((x * 7 + y * 3) % 11);
    }
  }
  return { pixels, width, height };
}

/** Something like a hand: five bright bars over a bright square. @param {number} width @param {number} height @returns {Grey} */
export function drawnHand(width = 60, height = 80) {
  const pixels = new Uint8Array(width * height);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const finger = x % 12 > 3 && y > 6 + 3 * Math.abs(Math.floor(x / 12) - 2);
      pixels[y * width + x] = y > height / 2 || finger ? 150 + ((x * 5 + y) % 40) : 4;
    }
  }
  return { pixels, width, height };
}

/** Patient, study, series and what every object has. @param {string} name of the object: another name, other UIDs @param {string} sopClass @param {string} modality @returns {Element[]} */
function common(name, sopClass, modality) {
  return [
    [0x00080005, 'CS', 'ISO_IR 100'], [0x00080016, 'UI', sopClass], [0x00080018, 'UI', uid(`${name} instance`)],
    [0x00080020, 'DA', '20240229'], [0x00080021, 'DA', '20240229'], [0x00080022, 'DA', '20240229'], [0x00080023, 'DA', '20240229'],
    [0x00080030, 'TM', '101112'], [0x00080032, 'TM', '101112'], [0x00080033, 'TM', '101112'],
    [0x00080050, 'SH', 'A1'], [0x00080060, 'CS', modality], [0x00080070, 'LO', 'Bedside tests'], [0x00080090, 'PN', 'Referrer^Synthia'],
    [0x00081030, 'LO', 'Synthetic study'], [0x0008103e, 'LO', 'Synthetic series'], [0x00081090, 'LO', 'Writer'],
    [0x00100010, 'PN', 'M\xfcller^Synth\xe8se'], [0x00100020, 'LO', 'SYN-1'], [0x00100021, 'LO', 'Bedside tests'], [0x00100030, 'DA', '20210101'], [0x00100040, 'CS', 'O'],
    [0x00181000, 'LO', '0'], [0x00181020, 'LO', '0'],
    [0x0020000d, 'UI', uid('study')], [0x0020000e, 'UI', uid(`${name} series`)], [0x00200010, 'SH', 'S1'], [0x00200011, 'IS', '1'], [0x00200013, 'IS', '1'],
  ];
}

/**
 * The Image Pixel module.
 * @param {{ width: number, height: number, samples?: number, photometric: string, allocated: 8 | 16 | 32, stored?: number, high?: number, signed?: boolean, frames?: number }} image
 * @param {ArrayLike<number> | null} values of all frames; null: the caller adds the pixel data
 * @returns {Element[]}
 */
export function imagePixel({ width, height, samples = 1, photometric, allocated, stored = allocated, high = stored - 1, signed = false, frames }, values) {
  /** @type {Element[]} */
  const list = [
    [0x00280002, 'US', samples], [0x00280004, 'CS', photometric], [0x00280010, 'US', height], [0x00280011, 'US', width], [0x00280100, 'US', allocated],
    [0x00280101, 'US', stored], [0x00280102, 'US', high], [0x00280103, 'US', signed ? 1 : 0],
  ];
  if (samples > 1) list.push([0x00280006, 'US', 0]);
  if (frames !== undefined) list.push([0x00280008, 'IS', String(frames)]);
  if (values) list.push([0x7fe00010, allocated > 8 ? 'OW' : 'OB', cellBytes(values, /** @type {1 | 2 | 4} */ (allocated / 8))]);
  return list;
}

/** A projection X-ray for presentation. @param {string} name @param {Grey} picture @param {{ bodyPart: string, region: Element[], view: string, viewCode: Element[], laterality: string, inverted: boolean }} about @returns {Element[]} */
function dx(name, { pixels, width, height }, { bodyPart, region, view, viewCode, laterality, inverted }) {
  // 12 bits: 8 of the picture, and what a detector adds. As with film, MONOCHROME1 has the bright parts small.
  const values = Array.from(pixels, (p) => (inverted ? 4095 - p * 16 : p * 16));
  return [
    ...common(name, DX, 'DX'),
    [0x00080008, 'CS', 'ORIGINAL\\PRIMARY'], [0x00080068, 'CS', 'FOR PRESENTATION'], [0x00082218, 'SQ', [region]], [0x00180015, 'CS', bodyPart], [0x00181164, 'DS', '0.2\\0.2'],
    [0x00185101, 'CS', view], [0x00181508, 'CS', null], [0x00187004, 'CS', 'DIRECT'], [0x00200020, 'CS', 'L\\F'], [0x00200062, 'CS', laterality], [0x00280301, 'CS', 'NO'], [0x00281040, 'CS', 'LOG'],
    [0x00281041, 'SS', inverted ? -1 : 1], [0x00281050, 'DS', inverted ? '2056' : '2040'], [0x00281051, 'DS', '4081'], [0x00281052, 'DS', '0'], [0x00281053, 'DS', '1'],
    [0x00281054, 'LO', 'US'], [0x00282110, 'CS', '00'], [0x00400555, 'SQ', []], [0x00540220, 'SQ', [[...viewCode, [0x00540222, 'SQ', []]]]],
    [0x20500020, 'CS', inverted ? 'INVERSE' : 'IDENTITY'],
    ...imagePixel({ width, height, photometric: inverted ? 'MONOCHROME1' : 'MONOCHROME2', allocated: 16, stored: 12 }, values),
  ];
}

/** A digital chest X-ray, 12 bits, MONOCHROME2 (`inverted`: MONOCHROME1, which looks the same). @param {{ picture?: Grey, inverted?: boolean }} [options] @returns {Element[]} */
export const chestDx = ({ picture = drawnChest(), inverted = false } = {}) => dx(inverted ? 'inverted chest' : 'chest', picture, {
  bodyPart: 'CHEST', region: code('51185008', 'SCT', 'Chest'), view: 'AP', viewCode: code('399348003', 'SCT', 'antero-posterior'), laterality: 'U', inverted,
});

/** The right object of the wrong body part. @param {{ picture?: Grey }} [options] @returns {Element[]} */
export const handDx = ({ picture = drawnHand() } = {}) => dx('hand', picture, {
  bodyPart: 'HAND', region: code('85562004', 'SCT', 'Hand'), view: 'PA', viewCode: code('272479007', 'SCT', 'postero-anterior'), laterality: 'L', inverted: false,
});

/** A slice of a CT: signed, 16 bits, Hounsfield units with an intercept, padding around a circle. @returns {Element[]} */
export function signedCt() {
  const [width, height, pad] = [48, 48, -2000];
  const values = Array.from({ length: width * height }, (_, i) => {
    const [x, y] = [i % width - 23.5, Math.floor(i / width) - 23.5];
    const r = x * x + y * y;
    return r > 529 ? pad : r > 300 ? 24 - 1000 + Math.floor(x) : 24 + 40 + Math.floor(y);
  });
  return [
    ...common('ct', CT, 'CT'),
    [0x00080008, 'CS', 'ORIGINAL\\PRIMARY\\AXIAL'], [0x00180015, 'CS', 'CHEST'], [0x00180050, 'DS', '1'], [0x00180060, 'DS', '120'], [0x00185100, 'CS', 'HFS'],
    [0x00200012, 'IS', '1'], [0x00200032, 'DS', '0\\0\\0'], [0x00200037, 'DS', '1\\0\\0\\0\\1\\0'], [0x00200052, 'UI', uid('ct frame of reference')], [0x00201040, 'LO', null],
    [0x00280030, 'DS', '1\\1'], [0x00280120, 'SS', pad], [0x00281050, 'DS', '40\\-600'], [0x00281051, 'DS', '400\\1500'], [0x00281052, 'DS', '-24'], [0x00281053, 'DS', '1'],
    ...imagePixel({ width, height, photometric: 'MONOCHROME2', allocated: 16, signed: true }, values),
  ];
}

/** Several 8-bit frames; frame f at x, y is (16 f + x + y) mod 256. @param {number} [frames] @returns {Element[]} */
export function multiFrame(frames = 5) {
  const [width, height] = [20, 14];
  const values = Array.from({ length: frames * width * height }, (_, i) => {
    const [f, y, x] = [Math.floor(i / (width * height)), Math.floor(i / width) % height, i % width];
    return (16 * f + x + y) % 256;
  });
  return [
    ...common('frames', MULTI_FRAME_GREY, 'OT'),
    [0x00080008, 'CS', 'DERIVED\\SECONDARY'], [0x00080064, 'CS', 'SYN'], [0x00200020, 'CS', null], [0x00200060, 'CS', null], [0x00280009, 'AT', 0x00182002], [0x00182002, 'SH', Array(frames).fill('F').join('\\')],
    [0x00280301, 'CS', 'NO'], [0x00281052, 'DS', '0'], [0x00281053, 'DS', '1'], [0x00281054, 'LO', 'US'], [0x20500020, 'CS', 'IDENTITY'],
    ...imagePixel({ width, height, photometric: 'MONOCHROME2', allocated: 8, frames }, values),
  ];
}

/** One item of the Sequence of Ultrasound Regions. @param {number[]} corners the first and the last column and row: x0, y0, x1, y1 @param {{ format?: number, type?: number }} [kind] 1, 1: tissue in two dimensions @returns {Element[]} */
export const ultrasoundRegion = ([x0, y0, x1, y1], { format = 1, type = 1 } = {}) => [
  [0x00186012, 'US', format], [0x00186014, 'US', type], [0x00186016, 'UL', 0], [0x00186018, 'UL', x0], [0x0018601a, 'UL', y0], [0x0018601c, 'UL', x1], [0x0018601e, 'UL', y1],
  [0x00186024, 'US', 3], [0x00186026, 'US', 3], [0x0018602c, 'FD', 0.01], [0x0018602e, 'FD', 0.01],
];

/** An ultrasound of a breast as machines store it: the whole screen. @param {{ pixels: Uint8Array, width: number, height: number, channels: 1 | 3 }} screen @param {Element[][] | null} regions null: no such sequence @returns {Element[]} */
export const breastUs = ({ pixels, width, height, channels }, regions) => [
  ...common('breast', '1.2.840.10008.5.1.4.1.1.6.1', 'US'), [0x00080008, 'CS', 'ORIGINAL\\PRIMARY'], [0x00180015, 'CS', 'BREAST'],
  ...(regions ? [/** @type {Element} */ ([0x00186011, 'SQ', regions])] : []),
  ...imagePixel({ width, height, samples: channels, photometric: channels === 3 ? 'RGB' : 'MONOCHROME2', allocated: 8 }, pixels),
];

/** 8-bit indices into a palette of 16-bit colours: red rises, green falls, blue is mixed. @returns {Element[]} */
export function paletteColour() {
  const [width, height] = [16, 16];
  const ramp = (/** @type {(i: number) => number} */ f) => cellBytes(Array.from({ length: 256 }, (_, i) => f(i) * 257), 2);
  return [
    ...common('palette', SECONDARY, 'OT'), [0x00080008, 'CS', 'DERIVED\\SECONDARY'], [0x00080064, 'CS', 'SYN'], [0x00200020, 'CS', null], [0x00200060, 'CS', null],
    [0x00281101, 'US', [256, 0, 16]], [0x00281102, 'US', [256, 0, 16]], [0x00281103, 'US', [256, 0, 16]],
    [0x00281201, 'OW', ramp((i) => i)], [0x00281202, 'OW', ramp((i) => 255 - i)], [0x00281203, 'OW', ramp((i) => i ^ 85)],
    ...imagePixel({ width, height, photometric: 'PALETTE COLOR', allocated: 8 }, Array.from({ length: width * height }, (_, i) => i)),
  ];
}

/** A coloured screenshot: RGB, 8 bits. @param {{ width?: number, height?: number }} [options] @returns {Element[]} */
export function colourCapture({ width = 24, height = 18 } = {}) {
  const values = Array.from({ length: width * height * 3 }, (_, i) => {
    const [x, y, c] = [Math.floor(i / 3) % width, Math.floor(i / 3 / width), i % 3];
    return [x * 10, y * 13, 255 - x * 5 - y * 5][c] & 255;
  });
  return [
    ...common('capture', SECONDARY, 'OT'), [0x00080008, 'CS', 'DERIVED\\SECONDARY'], [0x00080064, 'CS', 'SYN'], [0x00200020, 'CS', null], [0x00200060, 'CS', null],
    ...imagePixel({ width, height, samples: 3, photometric: 'RGB', allocated: 8 }, values),
  ];
}
