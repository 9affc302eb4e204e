// What a DICOM object says of itself, for reports.
// SPDX-License-Identifier: MIT
import { textDecoder } from './charset.js';

/**
 * @typedef {import('./data-set.js').DataSet} DataSet
 * @typedef {import('../exam/exam.js').DicomIdentity} DicomIdentity
 */

const LONGEST = 1024; // of a text: the longest VR among these, LO and PN, has 64 characters to a component group

/**
 * @param {DataSet} set @param {DataSet | null} meta @param {string} transferSyntaxUid
 * @returns {DicomIdentity}
 */
export function identityOf(set, meta, transferSyntaxUid) {
  const decode = textDecoder(set.ascii(0x00080005));
  const text = (/** @type {number} */ tag, source = set) => {
    const raw = source.raw(tag);
    return (raw && decode(raw.subarray(0, LONGEST))) || null;
  };
  const name = (/** @type {number} */ tag) => text(tag)?.replace(/=+$/, '') || null; // delimiters of absent component groups
  const region = anatomicRegion(set, text);
  const laterality = text(0x00200062) ?? text(0x00200060); // of the image, else of the series
  return {
    patientName: name(0x00100010),
    patientId: text(0x00100020),
    issuerOfPatientId: text(0x00100021),
    patientBirthDate: text(0x00100030),
    patientSex: text(0x00100040),
    studyInstanceUid: text(0x0020000d),
    studyDate: text(0x00080020),
    studyTime: text(0x00080030),
    timezoneOffset: text(0x00080201),
    studyId: text(0x00200010),
    studyDescription: text(0x00081030),
    accessionNumber: text(0x00080050),
    referringPhysicianName: name(0x00080090),
    seriesInstanceUid: text(0x0020000e),
    seriesNumber: text(0x00200011),
    seriesDescription: text(0x0008103e),
    sopInstanceUid: text(0x00080018) ?? meta?.ascii(0x00020003) ?? null,
    sopClassUid: text(0x00080016) ?? meta?.ascii(0x00020002) ?? null,
    instanceNumber: text(0x00200013),
    transferSyntaxUid,
    modality: text(0x00080060),
    bodyPart: text(0x00180015) ?? region?.meaning ?? null,
    region,
    viewPosition: text(0x00185101) ?? lateralView(set, text),
    laterality,
    manufacturer: text(0x00080070),
  };
}

/** Codes of the lateral view, SNOMED CT and SNOMED-RT. */
const LATERAL = ['399067008', 'R-10236'];

/**
 * Objects may state their view by a code alone (View Code Sequence). What matters of it is a view that is not frontal: others stay unsaid.
 * @param {DataSet} set @param {(tag: number, source: DataSet) => string | null} text
 */
function lateralView(set, text) {
  const item = set.firstItem(0x00540220);
  const [code, meaning] = item ? [text(0x00080100, item), text(0x00080104, item)] : [null, null];
  return LATERAL.includes(code ?? '') || /lateral|obliqu/i.test(meaning ?? '') ? (meaning ?? code) : null;
}

/**
 * Objects for presentation (DX and its like) must have this, and need not have Body Part Examined.
 * @param {DataSet} set @param {(tag: number, source: DataSet) => string | null} text @returns {DicomIdentity['region']}
 */
function anatomicRegion(set, text) {
  const item = set.firstItem(0x00082218);
  if (!item) return null;
  const region = { code: text(0x00080100, item), scheme: text(0x00080102, item), meaning: text(0x00080104, item) };
  return region.code || region.meaning ? region : null;
}
