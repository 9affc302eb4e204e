// Secondary Capture out: the picture with heat map or mask burnt in, and what it is written under it. Types and documentation:
// reports.d.ts. Not a medical device.
// SPDX-License-Identifier: MIT
import { BedsideError } from '../bedside.js';
import { code, codeOf, codeString, equipment, imageReference, modelUid, OWN_SCHEME, referenceOf, sameStudy, short, timeOf, write } from './dicom-parts.js';
import { PART, uidOf } from './ids.js';
import { ADVANCE, draw, LINE, wrap } from './font.js';
import { enlarge, hasOverlay, overlay } from './overlay.js';
import { answerOf } from './answer.js';
import { answered } from './reportable.js';
import { answerSentences, choiceSentences, headline, listedName, percent, probabilitySentence, soughtName } from './sentences.js';

/** @typedef {import('../exam/exam.js').ExamRecord} ExamRecord */
/** @typedef {import('./reports.js').Rgb} Rgb */

const SECONDARY_CAPTURE = '1.2.840.10008.5.1.4.1.1.7';
const WHAT = 'A Secondary Capture';
/** Smaller pictures are enlarged: the text must be legible. */
const LEAST = 384;
/** Letters of a line, about. */
const LETTERS = 56;

/** The answer in one line, with its figure. @param {ExamRecord} record */
function answerLine(record) {
  if (record.outcome === 'unsure') return `${headline(record, {})}.`;
  const answer = answerOf(record);
  if (!answer?.finding) return answerSentences(record, {})[0];
  const { finding } = answer;
  if (answer.kind === 'label') return `${probabilitySentence(record, finding, {})}.`;
  const sought = soughtName(record, answer.label, {});
  const seen = answer.kind === 'signs' ? `Signs of ${sought} seen` : `No signs of ${sought} seen, not ruled out`;
  return `${seen}: ${percent(finding.probability, {})} (95 % interval ${percent(finding.low, {})} to ${percent(finding.high, {})}), among as many with ${sought} as without.`;
}

/** @param {ExamRecord} record */
function lines(record) {
  const { explanation, marking } = record;
  const choices = choiceSentences({ ...record, doubts: [] }, {}); // said here whatever else is not
  const shows = marking ? `Marked: ${marking.label}` : `Heat map: ${listedName(record, explanation?.label ?? '', {})}`;
  return ['AI, not a medical device, research. Preliminary, unverified.', answerLine(record), ...choices, `${shows}. Model: ${record.model.id} ${record.model.version}, ${record.model.sha256.slice(0, 12)}`];
}

/** The picture with a black band below, so that nothing of it is hidden. @param {Rgb} picture @param {string[]} texts @returns {Rgb} */
function captioned(picture, texts) {
  const scale = Math.max(1, Math.floor(picture.width / (LETTERS * ADVANCE)));
  const wrapped = texts.flatMap((line) => wrap(line, Math.max(1, Math.floor((picture.width - 2 * scale) / (ADVANCE * scale)))));
  const height = picture.height + (wrapped.length * LINE + 3) * scale;
  const rgb = { pixels: new Uint8Array(3 * picture.width * height), width: picture.width, height };
  rgb.pixels.set(picture.pixels);
  wrapped.forEach((line, i) => draw(rgb, line, 2 * scale, picture.height + (i * LINE + 2) * scale, scale));
  return rgb;
}

/** @param {ExamRecord} record @param {import('../bedside.js').Pixels} picture @returns {Promise<Uint8Array>} */
export async function toSecondaryCapture(record, picture) {
  const checked = answered(record);
  const to = referenceOf(checked, WHAT);
  if (!hasOverlay(checked)) throw new BedsideError('BDS_E_STATE', 'A Secondary Capture shows the heat map or the mask, and this record has neither.');
  const image = captioned(enlarge(overlay(checked, picture), LEAST), lines(checked));
  const { date, clock, zone } = timeOf(checked);
  const { model, input } = checked;
  const even = new Uint8Array(image.pixels.length + (image.pixels.length % 2)); // DICOM knows no odd lengths
  even.set(image.pixels);
  const what = checked.marking ? `Mask of the model "${model.title}"` : `Heat map of the model "${model.title}" for ${listedName(checked, checked.explanation?.label ?? '', {})}`;
  return write({
    ...sameStudy(checked, WHAT),
    ...equipment(checked),
    ...OWN_SCHEME,
    ...zone,
    SOPClassUID: SECONDARY_CAPTURE, SOPInstanceUID: uidOf(checked, PART.scInstance),
    InstanceCreationDate: date, InstanceCreationTime: clock,
    Modality: 'OT', SeriesInstanceUID: uidOf(checked, PART.scSeries), SeriesNumber: ['9002'], SeriesDate: date, SeriesTime: clock,
    SeriesDescription: short('AI, preliminary, unverified. Not a medical device'),
    ConversionType: 'WSD',
    InstanceNumber: ['1'], ContentDate: date, ContentTime: clock, PatientOrientation: [],
    ImageType: ['DERIVED', 'SECONDARY'],
    DerivationDescription: long1024(`${what}, burnt in, over the examined picture (SHA-256 of the file ${input?.sha256}; model ${model.sha256}). Not a medical device, research only, unverified.`),
    SourceImageSequence: [{ ...imageReference(checked, to), PurposeOfReferenceCodeSequence: [code('121322', 'DCM', 'Source image for image processing operation')] }],
    ContributingEquipmentSequence: [{ PurposeOfReferenceCodeSequence: [code('109102', 'DCM', 'Processing Equipment')], ...equipment(checked), ContributionDescription: short(`${model.id}, ${modelUid(model.sha256)}`, 1024) }],
    ...anatomy(checked),
    BurnedInAnnotation: 'YES',
    ImageComments: long1024(`${lines(checked).join(' ')} RESEARCH ONLY, NOT FOR DIAGNOSIS.`),
    SamplesPerPixel: 3, PhotometricInterpretation: 'RGB', PlanarConfiguration: 0,
    Rows: image.height, Columns: image.width, BitsAllocated: 8, BitsStored: 8, HighBit: 7, PixelRepresentation: 0,
    PixelData: even.buffer,
    _vrMap: { PixelData: 'OB' },
  });
}

/** @param {string} text */
const long1024 = (text) => short(text, 1024);

/** Breast and retina: of two, and DICOM wants the side to be given, empty if it is unknown. */
const PAIRED = ['76752008', '5665001'];

/** @param {ExamRecord} record */
function anatomy({ model, input }) {
  const site = model.codes?.bodySite;
  const side = codeString(input?.dicom?.laterality);
  const known = side === 'L' || side === 'R';
  const paired = !site || PAIRED.includes(site.code); // of an organ that is not, the element must not be there
  return {
    ...(site ? { AnatomicRegionSequence: [codeOf(site, '')] } : {}),
    ...(paired ? { Laterality: known ? side : '' } : {}),
  };
}
