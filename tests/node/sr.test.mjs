// DICOM objects made of records: asked of dciodvfy, and read back with pydicom and with dcmjs.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { which } from '../../scripts/setup.mjs';
import { loadDcmjs } from '../../web/reports/dcmjs.js';
import { toDicomSr } from '../../web/reports/dicom-sr.js';
import { overlay } from '../../web/reports/overlay.js';
import { toSecondaryCapture } from '../../web/reports/secondary-capture.js';
import { fails } from './common.mjs';
import { answeredRecords, identity, pictureOf, record, refusedRecord } from '../support/records.mjs';

const noDciodvfy = which('dciodvfy') ? false : 'dciodvfy (dicom3tools) is not here';
const python = '/usr/bin/python3'; // Debian's, which has Debian's pydicom
const noPydicom = which(python) && spawnSync(python, ['-c', 'import pydicom, numpy']).status === 0 ? false : 'pydicom is not here';

const records = Object.fromEntries(Object.entries(answeredRecords()).filter(([, r]) => r.input?.dicom));
const withFrames = { ...records.frames, input: { .../** @type {any} */ (records.frames.input), frame: 2, frames: 7 } };
/** Dates that stand for none, or cannot be. @type {Record<string, import('../../web/exam/exam.js').ExamRecord>} */
const born = Object.fromEntries(['00010101', '99991231', '20250205'].map((patientBirthDate) => [`born${patientBirthDate}`, record('pneumonia', [1500, 64036], { dicom: identity({ patientBirthDate }) })]));
const sides = Object.fromEntries(['L', 'R', 'B', 'U'].map((laterality) => [`side${laterality}`, record('breast-ultrasound', [60000, 5536], { dicom: identity({ modality: 'US', bodyPart: 'BREAST', laterality, sopClassUid: '1.2.840.10008.5.1.4.1.1.3.1' }) })]));
const chestSides = Object.fromEntries(['L', 'R', 'U'].map((laterality) => [`chest${laterality}`, record('pneumonia', [1500, 64036], { dicom: identity({ laterality }) })]));
/** A catalogue of one's own: labels that differ after the sixteenth character. */
const own = record('brain-tumour', [60000, 3000, 2536], { dicom: identity({ modality: 'MR', bodyPart: 'BRAIN', sopClassUid: '1.2.840.10008.5.1.4.1.1.4' }) });
own.model.codes = { ...own.model.codes, labels: Object.fromEntries(own.model.labels.map((label) => [label, { system: 'urn:bedside:label', code: `own/a tumour of the kind ${label}`, display: label }])) };
/** Clocks: of the machine, and as the object states it. @param {number | undefined} utcOffset @param {string | null} timezoneOffset */
const clock = (utcOffset, timezoneOffset) => record('pneumonia', [1500, 64036], { dicom: identity({ timezoneOffset }), utcOffset });
const clocks = { clockNone: clock(undefined, null), clockEast: clock(330, null), clockWest: clock(-300, ''), clockStated: clock(60, '-0500'), clockZero: clock(60, '+0000'), clockOdd: clock(60, 'noon'), clockWild: clock(1e9, null) };
const all = { ...records, ...chestSides, ...clocks, own, ...born, ...sides, withFrames, odd: record('pneumonia', [1500, 64036], { dicom: identity({ patientName: 'A\\B^C\u0001', studyDate: '2024', studyTime: 'noon', patientBirthDate: '1/2/3', patientSex: 'X', studyDescription: 'x'.repeat(100) }) }) };

/** What dciodvfy says of correct objects, and why it is right to leave it so. */
const KNOWN = [
  /^(Warning - )?Unrecognized defined term <99BEDSIDE> for value 1 of attribute <Coding Scheme Designator>/, // a private scheme, as PS3.16 8.2 has it
  /^Warning - Missing attribute or value that would be needed to build DICOMDIR/, // what the examined object does not say is not made up
  /^Warning - is only permitted to be empty when actually unknown; .* - attribute <Laterality>$/, // it is: the examined object does not say which breast
  /^(ComprehensiveSR|SCImage)$/,
];

const folder = mkdtempSync(join(tmpdir(), 'bedside-sr-'));
after(() => rmSync(folder, { recursive: true }));
/** @type {Record<string, {sr: Uint8Array, sc: Uint8Array}>} */
const made = {};
before(async () => {
  for (const [name, r] of Object.entries(all)) {
    made[name] = { sr: await toDicomSr(r), sc: await toSecondaryCapture(r, pictureOf(r)) };
    for (const kind of /** @type {const} */ (['sr', 'sc'])) writeFileSync(join(folder, `${name}.${kind}`), made[name][kind]);
  }
});

/** @param {Uint8Array} bytes */
const sha256 = (bytes) => createHash('sha256').update(bytes).digest('hex');

/** @type {Record<string, any>} */
let read;
/** What pydicom reads, of all files at once. @param {string} file */
function pydicom(file) {
  if (!read) {
    const files = Object.keys(made).flatMap((name) => [`${name}.sr`, `${name}.sc`]);
    const { stdout, stderr, status } = spawnSync(python, [fileURLToPath(new URL('dicom-reader.py', import.meta.url)), ...files], { cwd: folder, encoding: 'utf8', maxBuffer: 2 ** 27 });
    assert.equal(status, 0, stderr);
    const found = JSON.parse(stdout);
    read = Object.fromEntries(files.map((name, i) => [name, found[i]]));
  }
  return read[file];
}

/** Items of a report, flat. @param {any} item @returns {any[]} */
const flat = (item) => [item, ...item.items.flatMap(flat)];
/** @param {any} item @param {string} code */
const named = (item, code) => flat(item).filter(({ name }) => name?.[1] === code);

test('dciodvfy finds no error in any object, and only known warnings', { skip: noDciodvfy }, () => {
  for (const name of Object.keys(made)) {
    for (const kind of ['sr', 'sc']) {
      const { stdout, stderr, status } = spawnSync('dciodvfy', [`${name}.${kind}`], { cwd: folder, encoding: 'utf8' });
      const unknown = `${stdout}${stderr}`.split('\n').filter((line) => line && !KNOWN.some((pattern) => pattern.test(line)));
      assert.deepEqual([unknown, status], [[], 0], `${name}.${kind}`);
    }
  }
});

test('dciodvfy finds what is spoiled', { skip: noDciodvfy }, () => {
  const spoiled = Buffer.from(made.finding.sr);
  spoiled.write('UNKNOWN   ', spoiled.indexOf('UNVERIFIED')); // the verification flag
  writeFileSync(join(folder, 'spoiled'), spoiled);
  assert.match(spawnSync('dciodvfy', ['spoiled'], { cwd: folder, encoding: 'utf8' }).stderr, /Error - Unrecognized enumerated value <UNKNOWN>/);
});

test('a report is of the examined study and patient, in a series of its own, unverified and preliminary', { skip: noPydicom }, () => {
  const dicom = identity();
  const { content, evidence, ...sr } = pydicom('finding.sr');
  assert.deepEqual(content.name, ['DCM', '126000', 'Imaging Measurement Report']);
  assert.deepEqual(sr, {
    Modality: 'SR', PatientID: 'MRN-0042', IssuerOfPatientID: 'HOSPITAL', PatientBirthDate: '20190304', PatientSex: 'F', StudyInstanceUID: dicom.studyInstanceUid, SeriesInstanceUID: sr.SeriesInstanceUID,
    SOPClassUID: '1.2.840.10008.5.1.4.1.1.88.33', SOPInstanceUID: sr.SOPInstanceUID, StudyDate: '20240131', AccessionNumber: 'ACC-9', CompletionFlag: 'COMPLETE', VerificationFlag: 'UNVERIFIED', PreliminaryFlag: 'PRELIMINARY',
    SpecificCharacterSet: 'ISO_IR 192', StudyTime: '101500', ContentDate: '20250203', ContentTime: '040506', SeriesDate: '20250203', SeriesTime: '040506', InstanceCreationDate: '20250203', InstanceCreationTime: '040506', ObservationDateTime: '20250203040506+0000', PatientName: ['Doe^Jane^Q^Dr^PhD', '', ''], TransferSyntaxUID: '1.2.840.10008.1.2.1',
  });
  assert.deepEqual(evidence, [dicom.studyInstanceUid, dicom.seriesInstanceUid, dicom.sopInstanceUid]);
  const uids = new Set([sr.SeriesInstanceUID, sr.SOPInstanceUID, pydicom('finding.sc').SeriesInstanceUID, pydicom('finding.sc').SOPInstanceUID, dicom.seriesInstanceUid]);
  assert.equal(uids.size, 5);
  for (const uid of [sr.SeriesInstanceUID, sr.SOPInstanceUID]) assert.match(uid, /^2\.25\.[1-9]\d{0,38}$/);
});

test('names of all scripts arrive', { skip: noPydicom }, () => {
  assert.deepEqual(pydicom('chinese.sr').PatientName, ['Wang^XiaoDong', '王^小東', '']);
  assert.deepEqual(pydicom('arabic.sc').PatientName, ['الفاسي^فاطمة', '', '']);
  assert.deepEqual(pydicom('nobody.sr').PatientName, ['', '', '']);
});

test('probabilities are numbers of UCUM with their interval, the label is named, the algorithm is identified', { skip: noPydicom }, () => {
  const { content } = pydicom('finding.sr');
  const groups = named(content, '125007');
  assert.equal(groups.length, 2);
  const [pneumonia] = groups; // what is looked for comes first
  const { probability, low, high } = records.finding.findings[1];
  assert.deepEqual(named(pneumonia, 'label')[0].value.slice(0, 2), ['SCT', '233604007']);
  const [number] = named(pneumonia, '122157');
  const near = (/** @type {number} */ value) => Number(value.toFixed(5));
  assert.deepEqual(number.value, [near(probability), '1']);
  assert.deepEqual(number.items.map((/** @type {any} */ i) => [i.name[1], i.value[0]]), [['371886008', near(high - probability)], ['371885007', near(probability - low)]]);
  assert.deepEqual(named(pneumonia, '363698007')[0].value, ['SCT', '51185008', 'Chest']);
  assert.match(named(pneumonia, '111001')[0].value, /^Bedside: .*\(pneumonia\)$/);
  assert.ok(named(pneumonia, '111002').some(({ value }) => value.includes(records.finding.model.sha256)));
  assert.deepEqual(named(content, '121005')[0].value.slice(0, 2), ['DCM', '121007'], 'the observer is a device');
  assert.deepEqual(named(content, 'answer')[0].value.slice(0, 2), ['SCT', '233604007']);
  assert.equal(named(content, '121071').length, 0, 'nothing is called a finding');
  assert.ok(named(content, '121106').some(({ value }) => /not a medical device/.test(value)));
});

test('an unsure report answers "indeterminate" and nothing else, doubts first', { skip: noPydicom }, () => {
  for (const name of ['unsure.sr', 'unsureMask.sr']) {
    const { content } = pydicom(name);
    assert.deepEqual(named(content, 'answer').map(({ value }) => value), [['SCT', '82334004', 'Indeterminate']]);
    const [evaluations] = named(content, 'C0034375');
    assert.match(evaluations.items[1].value, /^Not sure: show it to a clinician/);
  }
  assert.equal(named(pydicom('mask.sr').content, 'answer').length, 0, 'what is marked has no code that says it is there');
});

test('"normal" is never the answer; what was not seen has a code of its own that rules nothing out', { skip: noPydicom }, () => {
  const { content } = pydicom('normalLeads.sr');
  assert.deepEqual(named(content, 'answer').map(({ value }) => value), [['99BEDSIDE', 'no-signs', 'No signs of pneumonia were seen, not ruled out']]);
  const [evaluations] = named(content, 'C0034375');
  assert.doesNotMatch(JSON.stringify(evaluations), /normal/i);
  const comments = named(content, '121106').map(({ value }) => value);
  assert.equal(comments[0], 'No signs of pneumonia were seen; this does not rule it out.');
  assert.match(comments[1], /^Probability of pneumonia: 2\.3 % .*, among as many with pneumonia as without\.$/);
  assert.ok(named(pydicom('manyFrames.sr').content, '121106').some(({ value }) => value === 'Only frame 3 of 7 was examined.'));
});

/** What a capture says beside its pixels. @param {string} name @returns {Promise<string>} */
async function commentsOf(name) {
  const { data: dcmjs } = /** @type {any} */ (await loadDcmjs());
  const bytes = made[name].sc;
  return dcmjs.DicomMetaDictionary.naturalizeDataset(dcmjs.DicomMessage.readFile(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length)).dict).ImageComments;
}

test('what is burnt in says no more than the report does', async () => {
  assert.match(await commentsOf('normalLeads'), /No signs of pneumonia seen, not ruled out: 2\.3 % \(95 % interval under 0\.1 % to 4\.2 %\), among as many with pneumonia as without\./);
  assert.doesNotMatch(await commentsOf('normalLeads'), /normal/i);
  assert.match(await commentsOf('finding'), /Signs of pneumonia seen: 97\.7 %/);
  assert.match(await commentsOf('manyFrames'), /Signs of malignancy seen[^]*Only frame 3 of 7 was examined\./);
  assert.match(await commentsOf('unsureFrames'), /Not sure: show it to a clinician\. Only frame 1 of 7 was examined\./);
});

test('what a person has chosen or stated is in the report and under the picture', { skip: noPydicom }, async () => {
  const said = ['Window centre 600, width 4000 was chosen by hand; the file\'s own is centre 2048, width 4096.', 'Body part CHEST was stated by the person who examined, not by the file.'];
  for (const name of ['chosen', 'unsureChosen']) {
    const comments = named(pydicom(`${name}.sr`).content, '121106').map(({ value }) => value);
    for (const sentence of said) assert.ok(comments.includes(sentence), `${name}: ${sentence}`);
    for (const sentence of said) assert.ok((await commentsOf(name)).includes(sentence), `${name}: ${sentence}`);
  }
  assert.doesNotMatch(JSON.stringify(pydicom('finding.sr').content), /by hand|stated/);
});

test('dates and times are local, as the study\'s are; a zone is stated where the object states it, and the time of the observation has its offset', { skip: noPydicom }, () => {
  for (const [name, date, time, offset, stated] of /** @type {const} */ ([
    ['clockNone', '20250203', '040506', '+0000', undefined], ['clockEast', '20250203', '093506', '+0530', undefined], ['clockWest', '20250202', '230506', '-0500', undefined],
    ['clockStated', '20250202', '230506', '-0500', '-0500'], ['clockZero', '20250203', '040506', '+0000', '+0000'], ['clockOdd', '20250203', '050506', '+0100', undefined], ['clockWild', '20250203', '040506', '+0000', undefined],
  ])) {
    for (const kind of ['sr', 'sc']) {
      const object = pydicom(`${name}.${kind}`);
      for (const what of ['Content', 'Series', 'InstanceCreation']) assert.deepEqual([object[`${what}Date`], object[`${what}Time`]], [date, time], `${name}.${kind} ${what}`);
      assert.deepEqual([object.TimezoneOffsetFromUTC, object.StudyTime], [stated, '101500'], `${name}.${kind}`);
    }
    assert.equal(pydicom(`${name}.sr`).ObservationDateTime, `${date}${time}${offset}`, name);
  }
});

test('codes of more than 16 characters are not cut: two labels stay two', { skip: noPydicom }, () => {
  const codes = named(pydicom('own.sr').content, 'label').map(({ value }) => value);
  assert.deepEqual(codes, ['glioma', 'meningioma', 'pituitary'].map((label) => ['99BEDSIDE', `a tumour of the kind ${label}`, label]));
});

test('the other one of two labels is "no signs of" wherever it stands, and has no code that is displayed as normal', { skip: noPydicom }, async () => {
  const { content } = pydicom('normalLeads.sr');
  assert.doesNotMatch(JSON.stringify(content), /normal/i);
  assert.deepEqual(named(content, '112039').map(({ value }) => value), ['pneumonia: pneumonia', 'pneumonia: no signs of pneumonia']);
  assert.deepEqual(named(content, 'label').map(({ value }) => value), [['SCT', '233604007', 'Pneumonia'], ['99BEDSIDE', 'no-signs', 'no signs of pneumonia']]);
  const other = { ...records.finding, explanation: { .../** @type {any} */ (records.finding.explanation), label: 'normal' } };
  const [sr, sc] = [await toDicomSr(other), await toSecondaryCapture(other, pictureOf(other))].map((bytes) => Buffer.from(bytes).toString('latin1'));
  for (const text of [sr, sc]) assert.doesNotMatch(text, /normal/i);
  assert.match(sc, /for no signs of pneumonia, burnt in/);
});

test('a frame of many is referred to by its number', { skip: noPydicom }, () => {
  const image = (/** @type {string} */ name) => flat(pydicom(name).content).find(({ type }) => type === 'IMAGE').value;
  assert.deepEqual(image('frames.sr').slice(1), ['1.2.826.0.1.3680043.8.498.3', null]);
  assert.equal(String(image('withFrames.sr')[2]), '3', 'the first is 1 in DICOM');
});

test('a capture shows the picture with the map, and says what it is', { skip: noPydicom }, () => {
  const sc = pydicom('finding.sc');
  assert.deepEqual([sc.Modality, sc.BurnedInAnnotation, sc.SOPClassUID], ['OT', 'YES', '1.2.840.10008.5.1.4.1.1.7']);
  assert.match(sc.DerivationDescription, /^Heat map of the model .* burnt in.*Not a medical device, research only, unverified\.$/);
  assert.deepEqual(sc.source, [identity().sopClassUid, identity().sopInstanceUid]);
  assert.ok(sc.shape[0] > 384 && sc.shape[1] === 512 && sc.shape[2] === 3, sc.shape);
  assert.notEqual(sc.pixels, pydicom('unsure.sc').pixels, 'the text differs');
  assert.equal(pydicom('frames.sc').Laterality, '', 'which breast it is, is not known');
  assert.deepEqual(['L', 'R', 'B', 'U'].map((side) => pydicom(`side${side}.sc`).Laterality), ['L', 'R', '', '']);
  for (const side of ['L', 'R', 'U']) assert.equal(pydicom(`chest${side}.sc`).Laterality, undefined, 'a chest is no paired structure');
  for (const name of Object.keys(born)) for (const kind of ['sr', 'sc']) assert.equal(pydicom(`${name}.${kind}`).PatientBirthDate, '', name);
  assert.equal(pydicom('finding.sc').PatientBirthDate, identity().patientBirthDate);
});

test('dcmjs reads what it wrote', async () => {
  const { data: dcmjs } = /** @type {any} */ (await loadDcmjs());
  for (const kind of /** @type {const} */ (['sr', 'sc'])) {
    const bytes = made.chinese[kind];
    const { dict } = dcmjs.DicomMessage.readFile(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));
    const data = dcmjs.DicomMetaDictionary.naturalizeDataset(dict);
    assert.equal(data.StudyInstanceUID, identity().studyInstanceUid);
    assert.equal(data.ManufacturerModelName, records.chinese.model.title);
    if (kind === 'sr') assert.equal(data.ContentSequence.at(-1).ConceptNameCodeSequence[0].CodeMeaning, 'Qualitative Evaluations');
  }
});

test('the same record gives the same bytes; pictures are the same on every machine', async () => {
  assert.deepEqual(await toDicomSr(structuredClone(records.finding)), made.finding.sr);
  assert.deepEqual(await toSecondaryCapture(structuredClone(records.finding), pictureOf(records.finding)), made.finding.sc);
  assert.deepEqual([records.finding, records.mask].map((r) => sha256(overlay(r, pictureOf(r)).pixels)), [
    'e5969fb3e51f35a8b29edb9950bb004956c9a3fa07ad2468f87ca615be360ba9',
    '560abd196f9f012343636d64df07aad69c0e074c1479d096ac685949c15faa5c',
  ]);
});

test('a grey picture, a coloured one and one with an alpha channel and a stride give the same overlay', () => {
  const grey = pictureOf(records.finding);
  const wide = { ...grey, channels: /** @type {const} */ (4), stride: 300, pixels: new Uint8Array(300 * grey.height) };
  grey.pixels.forEach((v, i) => wide.pixels.set([v, v, v, 9], Math.floor(i / grey.width) * 300 + 4 * (i % grey.width)));
  assert.deepEqual(overlay(records.finding, wide), overlay(records.finding, grey));
  const bare = overlay({ ...records.finding, explanation: null }, grey).pixels;
  assert.ok(bare.every((v, i) => v === grey.pixels[Math.floor(i / 3)]), 'without a map the picture is as it was');
});

test('what is no report is an error that says why', async () => {
  await fails(toDicomSr(refusedRecord()), 'BDS_E_STATE', /no finding to report/);
  const picture = answeredRecords().picture;
  await fails(toDicomSr(picture), 'BDS_E_STATE', /needs the DICOM object/);
  await fails(toSecondaryCapture(picture, pictureOf(picture)), 'BDS_E_STATE', /needs the DICOM object/);
  await fails(toDicomSr(record('pneumonia', [1, 65535], { dicom: identity({ sopInstanceUid: '1.02.3' }) })), 'BDS_E_STATE', /UIDs/);
  await fails(toDicomSr(/** @type {any} */ ({})), 'BDS_E_ARGUMENT');
  await fails(toSecondaryCapture({ ...records.finding, explanation: null }, pictureOf(records.finding)), 'BDS_E_STATE', /neither/);
  await fails(toSecondaryCapture(records.finding, { ...pictureOf(records.finding), width: 63 }), 'BDS_E_ARGUMENT', /not the picture that was examined/);
  await fails(toSecondaryCapture(records.finding, /** @type {any} */ (null)), 'BDS_E_ARGUMENT');
});
