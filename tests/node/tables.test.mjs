// Tables and paper made of records: what a spreadsheet, a printer and a person make of them.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { inflateSync } from 'node:zlib';
import { which } from '../../scripts/setup.mjs';
import { MESSAGES } from '../../web/reports/messages.js';
import { toDicomSr } from '../../web/reports/dicom-sr.js';
import { toFhir } from '../../web/reports/fhir.js';
import { overlay, shrink } from '../../web/reports/overlay.js';
import { toPaper } from '../../web/reports/paper.js';
import { toSecondaryCapture } from '../../web/reports/secondary-capture.js';
import { toPng } from '../../web/reports/png.js';
import { conclusion } from '../../web/reports/sentences.js';
import { COLUMNS, toCsv } from '../../web/reports/table.js';
import { fails } from './common.mjs';
import { answeredRecords, identity, pictureOf, record, refusedRecord } from '../support/records.mjs';

/** @typedef {import('../../web/exam/exam.js').ExamRecord} ExamRecord */

/** @type {Record<string, ExamRecord>} */
const records = { ...answeredRecords(), refused: refusedRecord() };

/** As RFC 4180 has it, and nothing more lenient. @param {string} text @returns {string[][]} */
function parse(text) {
  const rows = [];
  let at = 0;
  while (at < text.length) {
    const row = [];
    for (;;) {
      const match = /^(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n)/.exec(text.slice(at)) ?? assert.fail(`not RFC 4180 at ${at}: ${text.slice(at, at + 40)}`);
      row.push(match[1]?.replaceAll('""', '"') ?? match[2]);
      at += match[0].length;
      if (match[3] === '\r\n') break;
    }
    rows.push(row);
  }
  return rows;
}
/** @param {ExamRecord[]} of */
const rowsOf = (of) => parse(toCsv(of, { bom: false, header: false })).map((row) => Object.fromEntries(COLUMNS.map((name, i) => [name, row[i]])));

test('one line per record under the documented headings, with or without them and the byte order mark', () => {
  const text = toCsv(Object.values(records));
  assert.equal(text.codePointAt(0), 0xfeff);
  const [header, ...rows] = parse(text.slice(1));
  assert.deepEqual(header, COLUMNS);
  assert.equal(rows.length, Object.keys(records).length);
  assert.ok(rows.every((row) => row.length === COLUMNS.length));
  assert.equal(toCsv(Object.values(records), { bom: false }), text.slice(1));
  assert.equal(toCsv([], { bom: false, header: false }), '');
  const doc = readFileSync(new URL('../../docs/reports.md', import.meta.url), 'utf8');
  assert.deepEqual(Array.from(doc.matchAll(/^\| `(\w+)` \|/gm), ([, name]) => name).filter((name) => COLUMNS.includes(name)), [...COLUMNS], 'docs/reports.md documents every column, in order');
});

test('refused and unsure cannot be overlooked: no answer stands in their lines', () => {
  const [refused, unsure, finding] = rowsOf([records.refused, records.unsure, records.finding]);
  assert.equal(refused.outcome, 'REFUSED');
  assert.match(refused.refused, /^Refused: there is no result for this file\. This is an exam of modality CT/);
  assert.equal(refused.refused_code, 'BDS_E_WRONG_EXAM');
  assert.equal(unsure.outcome, 'NOT SURE');
  assert.match(unsure.unsure, /^Not sure: show it to a clinician\. The model's certainty/);
  assert.equal(unsure.doubts, 'unsure unstated');
  for (const row of [refused, unsure]) assert.deepEqual([row.answer, row.probability, row.low, row.high], ['', '', '', '']);
  assert.equal(refused.labels, '');
  assert.equal(unsure.labels, 'no signs of pneumonia=0.4578 | pneumonia=0.5422');
  assert.ok(records.unsure.findings.every(({ inSet }) => inSet));
  assert.deepEqual([unsure.in_set, finding.in_set], ['', 'pneumonia'], 'nobody takes labels of an unsure record for the right ones');
  assert.deepEqual([finding.outcome, finding.answer, finding.probability, finding.refused, finding.unsure, finding.notice], ['finding', 'signs of pneumonia', '0.9771', '', '', 'Not a medical device. Research only.']);
  const [none] = rowsOf([records.normalLeads]);
  assert.deepEqual([none.answer, none.probability, none.in_set, none.frame], ['no signs of pneumonia', '0.0234', 'no signs of pneumonia', '']);
  const [many] = rowsOf([records.manyFrames]);
  assert.deepEqual([many.answer, many.frame, many.frames], ['signs of malignancy', '3', '7']);
  const [mask, empty] = rowsOf([records.mask, records.emptyMask]);
  assert.deepEqual([mask.answer, mask.marked_area, empty.answer, empty.marked_area], ['lesion: marked', '0.0791', 'lesion: nothing marked', '0.0000']);
});

const hostile = ['=1+1', '+1', '-1', '@SUM(A1)', ' =cmd|\' /C calc\'!A0', '\t=1', '\r=1', '\u00a0=1', '\uff1d1', '"quoted", and more', 'two\r\nlines', ' blank ', 'a;b', 'a;=1+1', 'a\tb', '\u0000=1', '\ud800'];

test('no cell is a formula, and each is read back by another reader', { skip: which('python3') ? false : 'python3 is not here' }, () => {
  const of = hostile.map((value) => ({ ...record('pneumonia', [1, 65535], { dicom: identity({ patientId: value }) }) }));
  const text = toCsv(of, { header: false });
  for (const row of rowsOf(of)) for (const value of Object.values(row)) assert.doesNotMatch(value, /^[\s\u00a0]*[=+@\-\uff1d]/, JSON.stringify(value));
  const { stdout, stderr } = spawnSync('python3', ['-c', 'import csv, io, json, sys; t = sys.stdin.buffer.read().decode("utf-8-sig"); print(json.dumps([r for r in csv.reader(io.StringIO(t, newline=""))]))'], { input: text, encoding: 'utf8' });
  assert.deepEqual(JSON.parse(stdout || stderr), parse(text.slice(1)));
  assert.equal(rowsOf(of)[9].patient_id, '"quoted", and more');
  // Spreadsheets of other countries, and what is pasted, divide cells at semicolons and tabs: none stands outside quotation marks.
  assert.doesNotMatch(text.replace(/"(?:[^"]|"")*"/g, ''), /[;\t]/);
  assert.match(text, /,"a;=1\+1",/);
});

test('a PNG is what its pixels are', () => {
  const picture = overlay(records.finding, pictureOf(records.finding));
  const png = Buffer.from(toPng(picture));
  assert.deepEqual([png.readUInt32BE(16), png.readUInt32BE(20)], [picture.width, picture.height]);
  assert.equal(png.subarray(-12).toString('hex'), '0000000049454e44ae426082');
  const rows = inflateSync(png.subarray(41, -16));
  for (let y = 0; y < picture.height; y++) assert.deepEqual(rows.subarray(y * (3 * picture.width + 1) + 1, (y + 1) * (3 * picture.width + 1)), Buffer.from(picture.pixels.subarray(3 * picture.width * y, 3 * picture.width * (y + 1))));
  const large = { pixels: new Uint8Array(3 * 400 * 300).fill(77), width: 400, height: 300 }; // of several blocks
  assert.deepEqual(shrink(large, 100), { pixels: new Uint8Array(3 * 100 * 75).fill(77), width: 100, height: 75 });
  assert.equal(inflateSync(Buffer.from(toPng(large)).subarray(41, -16)).length, 300 * 1201);
});

test('a page runs nothing, fetches nothing and needs nothing', () => {
  for (const [name, r] of Object.entries(records)) {
    const page = toPaper(r, { picture: pictureOf(r) });
    assert.match(page, /^<!doctype html>\n<html lang="en" dir="ltr">/);
    assert.match(page, /default-src 'none'; img-src data:; style-src 'unsafe-inline'/);
    assert.doesNotMatch(page, /<script|<link|<iframe|\son\w+=|javascript:|url\(|@import|https?:/i, name);
    assert.equal((page.match(/Bedside is not a medical device/g) ?? []).length, 2);
    assert.ok(page.includes(`<dt>Record</dt><dd><bdi>${r.id}</bdi></dd>`));
    assert.ok(page.includes('data:image/png;base64,iVBORw0KGgo'));
    assert.equal(toPaper(structuredClone(r), { picture: pictureOf(r) }), page);
  }
});

test('the outcome stands first, and what is refused or unsure never looks like an answer', () => {
  const [finding, unsure, refused] = [records.finding, records.unsure, records.refused].map((r) => toPaper(r, { picture: pictureOf(r) }));
  assert.match(finding, /<main><section class="outcome finding"><h2>The model answers<\/h2><p>The model sees signs of pneumonia\.<\/p><p>Probability of pneumonia: 97\.7 % \(95 % interval 94\.7 % to 99\.5 %\), among as many with pneumonia as without\.<\/p>/);
  assert.match(unsure, /<main><section class="outcome unsure"><h2>\? Not sure: show it to a clinician<\/h2><h3>Why<\/h3><ul><li>The model&#39;s certainty/);
  assert.ok(unsure.indexOf('not to be relied on') < unsure.indexOf('54.2 %'));
  assert.match(refused, /<main><section class="outcome refused"><h2>\u2715 Refused: there is no result for this file<\/h2><p>This is an exam of modality CT/);
  assert.doesNotMatch(refused, /<table|signs|heat map/i);
  for (const mask of [records.mask, records.emptyMask]) assert.equal(toPaper(mask).match(/<p>[^<]*marked[^<]*<\/p>/g)?.length, 1, 'what was marked is said once');
  assert.match(toPaper(records.emptyMask), /nothing was marked\. That does not say that nothing is there/);
});

test('"normal" is never the answer: of two labels only the one that is looked for is spoken of, with its figure', () => {
  const sentences = conclusion(records.normalLeads);
  assert.equal(sentences[0], 'No signs of pneumonia were seen; this does not rule it out.');
  assert.match(sentences[1], /^Probability of pneumonia: 2\.3 % \(95 % interval under 0\.1 % to 4\.2 %\), among as many with pneumonia as without\.$/);
  assert.doesNotMatch(sentences.join(' '), /normal/i);
  const benign = record('breast-ultrasound', [5536, 60000]);
  assert.equal(conclusion(benign)[0], 'No signs of malignancy were seen; this does not rule it out.');
  assert.doesNotMatch(conclusion(benign).join(' '), /benign|malignant/);
  const page = toPaper(records.normalLeads);
  assert.match(page, /<p>No signs of pneumonia were seen; this does not rule it out\.<\/p><p>Probability of pneumonia: 2\.3 %/);
  assert.doesNotMatch(page, /normal/i);
  assert.ok(page.indexOf('<bdi>pneumonia</bdi>') < page.indexOf('<bdi>no signs of pneumonia</bdi>') && page.includes('<bdi>pneumonia</bdi>'));
  // Neither in a row, nor where the heat map is for that label.
  const other = { ...records.normalLeads, explanation: { .../** @type {any} */ (records.normalLeads.explanation), label: 'normal' } };
  assert.doesNotMatch(toPaper(other, { picture: pictureOf(other) }) + toCsv([other, records.unsure, benign], { header: false }), /normal|benign/i);
  assert.equal(rowsOf([other])[0].evidence, 'no signs of pneumonia: upper-left left');
  assert.equal(rowsOf([benign])[0].in_set, 'no signs of malignancy');
});

test('the table on paper has headings, and says who is in the conformal set and what that means', () => {
  const page = toPaper(records.normalLeads);
  assert.match(page, /<thead><tr><th scope="col">Label<\/th><th scope="col">Probability<\/th><th scope="col">95 % interval<\/th><th scope="col">0 to 100 %<\/th><th scope="col">In the set \(90 %\)<\/th><\/tr><\/thead>/);
  assert.match(page, /<bdi>pneumonia<[^]*<td>no<\/td><\/tr><tr>[^]*<bdi>no signs of pneumonia<[^]*<td>yes<\/td>/);
  assert.match(page, /held the right answer in at least 90 % of the validation pictures is, here: no signs of pneumonia\./);
  const empty = { ...records.skin, findings: records.skin.findings.map((f) => ({ ...f, inSet: false })) };
  assert.match(toPaper(empty), /is empty here/);
  for (const [name, r] of Object.entries(records)) assert.doesNotMatch(toPaper(r), /be ruled out|not ruled out/i, name);
});

test('which frame of how many: in every conclusion, once', () => {
  for (const r of [records.manyFrames, records.unsureFrames, { ...records.refused, input: { .../** @type {any} */ (records.refused.input), frames: 7 } }]) {
    assert.equal(conclusion(r).filter((sentence) => /^Only frame [13] of 7 was examined\.$/.test(sentence)).length, 1);
    assert.match(toPaper(r), /Only frame [13] of 7 was examined\./);
  }
  assert.match(conclusion(records.unsureFrames)[1], /^Only frame 1 of 7/, 'a doubt comes first');
  assert.doesNotMatch(conclusion(records.finding).join(' '), /frame/);
});

const STATED = 'Body part CHEST was stated by the person who examined, not by the file.';
const WINDOW = 'Window centre 600, width 4000 was chosen by hand; the file\'s own is centre 2048, width 4096.';

test('what a person has chosen or stated is in every conclusion, on the page once, and in the table', () => {
  for (const r of [records.chosen, records.unsureChosen, { ...records.chosen, outcome: /** @type {const} */ ('refused'), refusal: records.refused.refusal, findings: [], top: null, explanation: null }]) {
    for (const sentence of [STATED, WINDOW]) {
      assert.equal(conclusion(r).filter((said) => said === sentence).length, 1, r.outcome);
      assert.equal(toPaper(r).split(sentence.replaceAll('\'', '&#39;')).length, 2, r.outcome);
    }
    const [row] = rowsOf([r]);
    assert.deepEqual([row.stated, row.window], ['bodyPart=CHEST', 'given 600 4000']);
  }
  assert.deepEqual(conclusion(records.unsureChosen).slice(0, 4), ['Not sure: show it to a clinician.', 'The window was chosen by hand and is none of the file\'s: through another one the model may answer otherwise.', WINDOW, STATED]);
  const [own] = rowsOf([records.finding]);
  assert.deepEqual([own.stated, own.window], ['', 'file 2048 4096']);
  assert.doesNotMatch(conclusion(records.finding).join(' '), /stated|[Ww]indow/);
  const through = (/** @type {import('../../web/exam/exam.js').OwnWindow[] | undefined} */ windows) => conclusion({ ...records.chosen, input: { .../** @type {any} */ (records.chosen.input), window: { centre: -1234.5, width: 4000, from: 'given', own: windows } } }).find((said) => said.startsWith('Window')) ?? '';
  assert.match(through([{ centre: 1, width: 2, from: 'range' }]), /^Window centre -1234\.5, width 4000 was chosen by hand; the file has none\.$/);
  assert.match(through([{ centre: 1, width: 2, from: 'function' }]), /is a table\.$/);
  for (const none of [[], undefined]) assert.match(through(none), /is not known\.$/);
});

test('text of a file never becomes markup', () => {
  const evil = '"><img src=x onerror=alert(1)><script>alert(2)</script>&\'';
  const r = record('pneumonia', [1, 65535], { dicom: identity({ patientName: evil, patientId: evil, studyDescription: evil, patientSex: evil }) });
  const page = toPaper({ ...r, input: { .../** @type {any} */ (r.input), name: evil } }, { messages: { 'report.patient': evil, 'label.pneumonia.pneumonia': evil } });
  assert.doesNotMatch(page, /<script|<img|onload="/);
  assert.match(page, /&#60;script&#62;/);
});

test('in Arabic the page runs from right to left, with the catalogue\'s words', () => {
  const page = toPaper(records.arabic, { language: 'ar', messages: { 'report.outcome.finding': 'يجيب النموذج', 'label.pneumonia.pneumonia': 'التهاب رئوي' } });
  assert.match(page, /<html lang="ar" dir="rtl">/);
  assert.match(page, /<h2>يجيب النموذج<\/h2>/);
  assert.match(page, /<bdi>التهاب رئوي<\/bdi>/);
  assert.match(page, /<bdi>فاطمة الفاسي<\/bdi>/);
});

test('no probability is said to be 0 or 100 %', () => {
  const said = conclusion(records.cells).join(' ');
  assert.match(said, /lymphocyte: over 99\.9 %/);
  assert.match(said, /basophil: under 0\.1 %/);
  assert.doesNotMatch(said, /\b(100|0)(\.0)? %/);
});

test('every text has a key that is used, and every doubt and place has its words', () => {
  const folder = new URL('../../web/reports/', import.meta.url);
  const code = readdirSync(folder).filter((name) => name.endsWith('.js') && name !== 'messages.js').map((name) => readFileSync(new URL(name, folder), 'utf8')).join('\n');
  for (const key of Object.keys(MESSAGES)) assert.ok(code.includes(`'${key}'`) || /^report\.(outcome|doubt|place|sought|modality|bodyPart|view|window|signs|noSigns)/.test(key), `${key} is used nowhere`);
  for (const [, key] of code.matchAll(/'(report\.[\w.]+)'/g)) assert.ok(Object.hasOwn(MESSAGES, key), `${key} has no text`);
  const contract = readFileSync(new URL('../../web/exam/exam.d.ts', import.meta.url), 'utf8') + readFileSync(new URL('../../web/bedside.d.ts', import.meta.url), 'utf8');
  const members = (/** @type {RegExp} */ type) => Array.from((type.exec(contract)?.[1] ?? assert.fail(String(type))).matchAll(/'([\w-]+)'/g), ([, name]) => name);
  for (const doubt of [...members(/type Doubt = ([^;]+);/), ...members(/type ExamDoubt = ([^;]+);/)]) assert.ok(Object.hasOwn(MESSAGES, `report.doubt.${doubt}`), doubt);
  for (const place of members(/type Place =([^;]+);/)) assert.ok(Object.hasOwn(MESSAGES, `report.place.${place}`), place);
});

test('what is no record or another picture is an error', async () => {
  await fails(() => toCsv([/** @type {any} */ ({})]), 'BDS_E_ARGUMENT');
  await fails(() => toPaper(/** @type {any} */ (null)), 'BDS_E_ARGUMENT');
  for (const wrong of /** @type {any[]} */ ([{ ...records.finding, doubts: ['unsure'] }, { ...records.finding, outcome: 'normal' }, { ...records.finding, outcome: undefined }, { ...records.finding, doubts: undefined }])) {
    for (const make of [() => toCsv([wrong]), () => toPaper(wrong), () => toFhir(wrong), () => toDicomSr(wrong), () => toSecondaryCapture(wrong, pictureOf(wrong))]) await fails((async () => make())(), 'BDS_E_FORMAT', /outcome|doubts/);
  }
  await fails(() => toCsv([{ ...records.finding, time: '2025-02-30T23:59:60Z' }]), 'BDS_E_ARGUMENT', /ISO 8601/);
  await fails(() => toPaper(records.finding, { language: 'en" onload="x' }), 'BDS_E_ARGUMENT', /BCP 47/);
  await fails(() => toPaper(records.finding, { picture: { ...pictureOf(records.finding), height: 47 } }), 'BDS_E_ARGUMENT', /not the picture that was examined/);
  await fails(() => toPaper(records.finding, { picture: { ...pictureOf(records.finding), pixels: new Uint8Array(3) } }), 'BDS_E_ARGUMENT');
});
