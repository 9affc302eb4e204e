// Records of examinations made by hand, for tests of what is made of records: no model runs, no patient exists, nothing is random.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { root } from '../../scripts/setup.mjs';
import { join } from 'node:path';

/** @typedef {import('../../web/exam/exam.js').ExamRecord} ExamRecord */
/** @typedef {import('../../web/exam/exam.js').DicomIdentity} DicomIdentity */

/** @type {import('../../web/exam/exam.js').Catalogue} */
const catalogue = JSON.parse(readFileSync(join(root, 'models/catalogue.json'), 'utf8'));
/** @param {string | Uint8Array} text */
const sha256 = (text) => createHash('sha256').update(text).digest('hex');

/** Labels as the models' files have them. @type {Record<string, string[]>} */
export const LABELS = {
  pneumonia: ['normal', 'pneumonia'],
  'brain-tumour': ['glioma', 'meningioma', 'pituitary'],
  'breast-ultrasound': ['malignant', 'normal or benign'],
  'breast-lesion': ['lesion'],
  'blood-cells': ['basophil', 'eosinophil', 'erythroblast', 'ig', 'lymphocyte', 'monocyte', 'neutrophil', 'platelet'],
  'skin-lesion': ['ACK', 'BCC', 'MEL', 'NEV', 'SCC', 'SEK'],
  'retina-vessels': ['vessel'],
};

/** @param {string} id @returns {ExamRecord['model']} */
function modelOf(id) {
  const entry = catalogue.models[id];
  return {
    id,
    title: `A model "${id}" & <what> it is for`,
    version: '1',
    sha256: entry.sha256,
    contentSha256: sha256(id),
    fileBytes: 59028,
    answer: entry.answer,
    labels: LABELS[id],
    positive: entry.positive ?? null,
    setCoverage: entry.answer === 'mask' ? 0 : 0.9,
    intendedUse: 'Research and demonstration of on-device inference. Not a medical device; not for diagnosis, triage or treatment.',
    limits: ['Learned from few pictures.', 'Anything else is called one of its labels.'],
    data: 'A data set',
    licence: 'MIT',
    citation: [],
    codes: entry.codes,
    entrySha256: sha256(JSON.stringify(entry)),
  };
}

/** A DICOM object's identity, of nobody. @param {Partial<DicomIdentity>} [change] @returns {DicomIdentity} */
export function identity(change = {}) {
  return {
    patientName: 'Doe^Jane^Q^Dr^PhD', patientId: 'MRN-0042', issuerOfPatientId: 'HOSPITAL', patientBirthDate: '20190304', patientSex: 'F',
    studyInstanceUid: '1.2.826.0.1.3680043.8.498.1', studyDate: '20240131', studyTime: '101500', timezoneOffset: null, studyId: '7', studyDescription: 'Thorax ap', accessionNumber: 'ACC-9',
    referringPhysicianName: 'Roe^Richard', seriesInstanceUid: '1.2.826.0.1.3680043.8.498.2', seriesNumber: '3', seriesDescription: 'AP', sopInstanceUid: '1.2.826.0.1.3680043.8.498.3',
    sopClassUid: '1.2.840.10008.5.1.4.1.1.1.1', instanceNumber: '1', transferSyntaxUid: '1.2.840.10008.1.2.1', modality: 'DX', bodyPart: 'CHEST', region: null, viewPosition: 'AP', laterality: null,
    manufacturer: 'Nobody', ...change,
  };
}

const NOBODY = {
  patientName: null, patientId: null, issuerOfPatientId: null, patientBirthDate: null, patientSex: null, studyDate: null, studyTime: null, studyId: null, studyDescription: null,
  accessionNumber: null, referringPhysicianName: null, seriesNumber: null, seriesDescription: null, instanceNumber: null, bodyPart: null, viewPosition: null, manufacturer: null,
};

/** A blob in a map, rows from the top. @param {number} width @param {number} height @param {number} cx @param {number} cy */
function blob(width, height, cx, cy) {
  const map = new Uint8Array(width * height);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) map[y * width + x] = Math.max(0, 255 - 6 * ((x - cx) * (x - cx) + (y - cy) * (y - cy)));
  }
  return map;
}

/** @param {number[]} probabilities of the labels, in sixty-four thousand five hundred and thirty-sixths @param {string[]} labels @returns {import('../../web/bedside.js').Finding[]} */
function findingsOf(probabilities, labels) {
  return probabilities.map((q, index) => {
    const [lowQ16, highQ16] = [Math.max(0, q - 2000), Math.min(65536, q + 1200)];
    return { label: labels[index], index, probability: q / 65536, low: lowQ16 / 65536, high: highQ16 / 65536, logit: index, inSet: q > 6000, probabilityQ16: q, lowQ16, highQ16 };
  });
}

/**
 * A record with an answer. @param {string} id the model @param {number[]} q probabilities, 65536 is 1 @param {Partial<ExamRecord> & {dicom?: DicomIdentity | null}} [change]
 * @returns {ExamRecord}
 */
export function record(id, q, { dicom = null, ...change } = {}) {
  const model = modelOf(id);
  const [width, height] = [24, 24];
  const map = blob(width, height, 6, 6);
  const findings = findingsOf(q, model.labels);
  const top = findings.reduce((best, f, i) => (f.probabilityQ16 > findings[best].probabilityQ16 ? i : best), 0);
  return {
    format: 'bedside-exam/1',
    id: '3f2504e0-4f89-41d3-9a0c-0305e82c3301',
    time: '2025-02-03T04:05:06.789Z',
    utcOffset: 0,
    software: { name: 'bedside', version: '0.1.0', simd: 'simd128' },
    model,
    input: {
      name: 'thorax.dcm', kind: dicom ? 'dicom' : 'png', sha256: sha256('file'), bytes: 4711, width: 64, height: 48, frame: 0, frames: 1,
      region: { x: 8, y: 0, width: 48, height: 48 }, dicom, window: dicom ? { centre: 2048, width: 4096, from: 'file' } : null,
    },
    checks: dicom ? [
      { what: 'modality', expected: ['CR', 'DX'], found: dicom.modality, stated: false, ok: true },
      { what: 'bodyPart', expected: ['CHEST', 'THORAX'], found: dicom.bodyPart, stated: false, ok: dicom.bodyPart !== null },
    ] : [],
    outcome: 'finding',
    refusal: null,
    findings,
    top,
    marking: null,
    doubts: [],
    distance: 1.5,
    distanceLimit: 4,
    explanation: { method: 'cam', label: model.positive ?? model.labels[top], map, width, height, peak: 3.25, places: ['upper-left', 'left'], sha256: sha256(map) },
    times: { readMs: 1, prepareMs: 2, runMs: 3, explainMs: 4, totalMs: 10 },
    ...change,
  };
}

/** A record of a model that marks pixels. @param {string} id @param {Partial<ExamRecord> & {dicom?: DicomIdentity | null, empty?: boolean}} [change] @returns {ExamRecord} */
export function maskRecord(id, { empty = false, ...change } = {}) {
  const made = record(id, []);
  const [width, height] = [32, 32];
  const mask = Uint8Array.from(blob(width, height, 20, 12), (v) => (v > 100 && !empty ? 1 : 0));
  const marked = mask.reduce((sum, v) => sum + v, 0);
  const map = empty ? new Uint8Array(width * height) : blob(width, height, 20, 12);
  return {
    ...record(id, [], change),
    findings: [],
    top: null,
    marking: { label: made.model.labels[0], marked, area: marked / (width * height), certainty: 0.87, width, height, mask },
    explanation: { method: 'mask', label: made.model.labels[0], map, width, height, peak: 0.99, places: empty ? [] : ['upper-right'], sha256: sha256(map) },
    ...(change.outcome ? { outcome: change.outcome } : {}),
  };
}

/** @returns {ExamRecord} */
export function refusedRecord() {
  return {
    ...record('pneumonia', [30000, 35536], { dicom: identity({ modality: 'CT' }) }),
    outcome: 'refused',
    refusal: { code: 'BDS_E_WRONG_EXAM', message: 'This is an exam of modality CT; "pneumonia" is for CR or DX only.' },
    findings: [], top: null, explanation: null,
  };
}

/** One frame of seven. @param {ExamRecord} of @param {number} frame @returns {ExamRecord} */
const frames = (of, frame) => ({ ...of, input: { .../** @type {any} */ (of.input), frame, frames: 7 } });

/**
 * Through a window chosen by hand, of a file that does not say which body part it is of. @param {ExamRecord} of
 * @param {import('../../web/exam/exam.js').OwnWindow[]} own @returns {ExamRecord}
 */
const chosen = (of, own) => ({
  ...of, checks: [of.checks[0], { what: 'bodyPart', expected: ['CHEST'], found: 'CHEST', stated: true, ok: true }],
  input: { .../** @type {any} */ (of.input), window: { centre: 600, width: 4000, from: 'given', own } },
});

/** Of every kind, by name: what a report must be able to say. @returns {Record<string, ExamRecord>} */
export function answeredRecords() {
  const unsure = { outcome: /** @type {const} */ ('unsure'), doubts: /** @type {import('../../web/exam/exam.js').ExamDoubt[]} */ (['unsure', 'unstated']) };
  return {
    finding: record('pneumonia', [1500, 64036], { dicom: identity() }),
    unsure: record('pneumonia', [30000, 35536], { dicom: identity({ bodyPart: null }), ...unsure }),
    normalLeads: record('pneumonia', [64000, 1536], { dicom: identity() }),
    chosen: chosen(record('pneumonia', [64000, 1536], { dicom: identity({ bodyPart: null }) }), [{ centre: 2048, width: 4096, from: 'file' }, { centre: 600, width: 4000, from: 'file' }]),
    unsureChosen: chosen(record('pneumonia', [30000, 35536], { dicom: identity({ bodyPart: null }), outcome: 'unsure', doubts: ['window'] }), [{ centre: 2048, width: 4096, from: 'file' }]),
    picture: record('pneumonia', [1500, 64036]),
    unsurePicture: record('pneumonia', [30000, 35536], { ...unsure, doubts: ['colour', 'small', 'unsure'] }),
    nobody: record('pneumonia', [1500, 64036], { dicom: identity(NOBODY) }),
    arabic: record('pneumonia', [1500, 64036], { dicom: identity({ patientName: 'الفاسي^فاطمة', issuerOfPatientId: null, patientSex: 'O' }) }),
    chinese: record('pneumonia', [1500, 64036], { dicom: identity({ patientName: 'Wang^XiaoDong=王^小東=', patientSex: null }) }),
    frames: record('breast-ultrasound', [60000, 5536], { dicom: identity({ modality: 'US', bodyPart: 'BREAST', sopClassUid: '1.2.840.10008.5.1.4.1.1.3.1' }) }),
    manyFrames: frames(record('breast-ultrasound', [60000, 5536], { dicom: identity({ modality: 'US', bodyPart: 'BREAST', sopClassUid: '1.2.840.10008.5.1.4.1.1.3.1' }) }), 2),
    unsureFrames: frames(record('breast-ultrasound', [5536, 60000], { dicom: identity({ modality: 'US', bodyPart: 'BREAST', sopClassUid: '1.2.840.10008.5.1.4.1.1.3.1' }), ...unsure, doubts: ['frames', 'age'] }), 0),
    mask: maskRecord('breast-lesion', { dicom: identity({ modality: 'US', bodyPart: 'BREAST', sopClassUid: '1.2.840.10008.5.1.4.1.1.6.1' }) }),
    emptyMask: maskRecord('breast-lesion', { empty: true }),
    unsureMask: maskRecord('retina-vessels', { ...unsure, dicom: identity({ modality: 'OP', bodyPart: 'EYE', sopClassUid: '1.2.840.10008.5.1.4.1.1.77.1.5.1' }) }),
    tumour: record('brain-tumour', [60000, 3000, 2536], { dicom: identity({ modality: 'MR', bodyPart: 'BRAIN', sopClassUid: '1.2.840.10008.5.1.4.1.1.4' }) }),
    cells: record('blood-cells', [0, 0, 0, 0, 65536, 0, 0, 0]),
    skin: record('skin-lesion', [100, 100, 40000, 20000, 5000, 336], { explanation: null }),
  };
}

/** A grey picture as large as the records say. @param {ExamRecord} of @param {1 | 3} [channels] @returns {import('../../web/bedside.js').Pixels & {pixels: Uint8Array}} */
export function pictureOf(of, channels = 1) {
  const { width = 64, height = 48 } = of.input ?? {};
  return { pixels: Uint8Array.from({ length: width * height * channels }, (_, i) => (i * 7) % 256), width, height, channels };
}
