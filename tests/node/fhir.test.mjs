// FHIR bundles of records: asked of the HAPI FHIR validator, and of what must never be said.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { buildValidator, validate } from '../../scripts/fhir-validator.mjs';
import { toFhir } from '../../web/reports/fhir.js';
import { createExaminer } from '../../web/exam/exam.js';
import { fails, noModel } from './common.mjs';
import { Store } from '../support/fhir-server.mjs';
import { answeredRecords, identity, LABELS, record, refusedRecord } from '../support/records.mjs';

/** @typedef {import('../../web/reports/reports.js').FhirBundle} FhirBundle */

const noValidator = buildValidator() ?? false;
const records = answeredRecords();

/** What HAPI says of correct bundles, and why it is right to leave it so. @type {[RegExp, string][]} */
const KNOWN = [
  [/ObservationValue#AIAST\) was not found in the value set 'SecurityLabels'/, 'HL7 added the label after R4; the value set is extensible'],
  [/CodeSystem (could not be found|is unknown and can't be validated): http:\/\/loinc\.org/, 'LOINC is looked up by a terminology server, and the validator has no network'],
  [/value set 'LOINC Diagnostic Report Codes'/, 'the same, of a binding that is a recommendation'],
  [/CodeSystem is unknown and can't be validated: urn:bedside:(label|observation) /, 'Bedside\'s own concepts, where no terminology has a verified code'],
  [/all observations should have a performer/, 'in R4 a performer is a person or an organisation, and there was none: Observation.device names the model'],
  [/part(16\/sect_CID_29|04\/sect_B\.5)\.html\S*' not found/, 'DICOM\'s lists of modalities and of SOP classes are not part of R4\'s validation resources'],
];

/** @param {FhirBundle} bundle @param {string} type */
const of = (bundle, type) => bundle.entry.filter(({ resource }) => resource.resourceType === type).map(({ resource }) => resource);
/** @param {FhirBundle} bundle */
const answerOf = (bundle) => of(bundle, 'Observation').find(({ code }) => code.coding?.[0].code === 'answer') ?? assert.fail('no answer');

/** @type {[string, object][]} */
const sound = [
  ...Object.entries(records).map(([name, r]) => /** @type {[string, object]} */ ([name, toFhir(r)])),
  ['a transaction', toFhir(records.finding, { type: 'transaction', patientSystem: 'https://hospital.example/mrn' })],
  ['a transaction for a patient who cannot be matched', toFhir(records.chinese, { type: 'transaction' })],
  ['a modality in small letters', toFhir(record('pneumonia', [1500, 64036], { dicom: identity({ modality: 'dx' }) }))],
  ['a transaction for a known patient', toFhir(records.unsure, { type: 'transaction', subject: { reference: 'Patient/123' } })],
];

/** Ways to spoil the bundle of a record in doubt. @type {[string, (bundle: any) => void][]} */
const ways = [
  ['a status that there is not', (b) => { of(b, 'DiagnosticReport')[0].status = 'guess'; }],
  ['an observation without a code', (b) => { delete of(b, 'Observation')[1].code; }],
  ['a value and the reason why there is none', (b) => { answerOf(b).valueString = 'fine'; }],
  ['a day that there is not', (b) => { of(b, 'Patient')[0].birthDate = '2019-02-31'; }],
  ['a member of no meaning', (b) => { of(b, 'Device')[0].approved = true; }],
  ['a provenance of nothing', (b) => { delete of(b, 'Provenance')[0].target; }],
  ['a study of a wrong kind of patient', (b) => { of(b, 'ImagingStudy')[0].subject = { reference: b.entry[0].fullUrl }; }],
  ['an interpretation that HL7 does not know', (b) => { answerOf(b).interpretation[0].coding[0].code = 'PERHAPS'; }],
];
const spoiled = ways.map(([name, spoil]) => {
  const bundle = structuredClone(toFhir(records.unsure));
  spoil(bundle);
  return /** @type {[string, object]} */ ([name, bundle]);
});

/** All at once, because a Java machine takes seconds to begin. */
const issuesOf = noValidator ? [] : validate([...sound, ...spoiled].map(([, bundle]) => bundle));

test('the HAPI FHIR validator finds no error in any bundle, and only known warnings', { skip: noValidator }, () => {
  const seen = new Set();
  sound.forEach(([name], i) => {
    for (const { severity, location, message } of issuesOf[i]) {
      const known = KNOWN.findIndex(([pattern]) => pattern.test(message));
      assert.ok(known >= 0 && severity !== 'error' && severity !== 'fatal', `${name}: ${severity} at ${location}: ${message}`);
      seen.add(known);
    }
  });
  assert.deepEqual(KNOWN.filter((_, i) => !seen.has(i)).map(([pattern]) => pattern), [], 'no longer comes and is still listed');
});

test('the validator refuses bundles that are spoiled', { skip: noValidator }, () => {
  spoiled.forEach(([name], i) => assert.ok(issuesOf[sound.length + i].some(({ severity }) => severity === 'error' || severity === 'fatal'), `${name} is accepted`));
});

test('an unsure record says so first, has no answer, and nothing in it looks normal', () => {
  for (const name of ['unsure', 'unsurePicture', 'unsureMask', 'unsureFrames']) {
    const bundle = toFhir(records[name]);
    const [report] = of(bundle, 'DiagnosticReport');
    assert.match(report.conclusion, /^Not sure: show it to a clinician\. (The model's certainty is under its limit|The picture is in colour|Only frame 1 of 7 was examined\. The patient's age)/);
    assert.ok(report.conclusion.indexOf('not to be relied on') < report.conclusion.search(/marked\.|interval/), 'figures come after the doubts');
    const answer = answerOf(bundle);
    assert.deepEqual(Object.keys(answer).filter((key) => key.startsWith('value')), []);
    assert.equal(answer.dataAbsentReason.coding[0].code, 'unknown');
    for (const { interpretation, note } of of(bundle, 'Observation')) {
      assert.deepEqual(interpretation.map((/** @type {any} */ i) => i.coding[0].code), ['IND']);
      assert.match(note[0].text, /^Not sure/);
    }
  }
});

test('no record is ever interpreted as normal or negative, nor concluded with a code', () => {
  for (const r of Object.values(records)) {
    const bundle = toFhir(r);
    assert.equal(of(bundle, 'DiagnosticReport')[0].conclusionCode, undefined);
    const codes = of(bundle, 'Observation').flatMap(({ interpretation = [] }) => interpretation.map((/** @type {any} */ i) => i.coding[0].code));
    assert.ok(codes.every((code) => code === (r.outcome === 'unsure' ? 'IND' : 'POS')), codes.join());
  }
  assert.ok(of(toFhir(records.normalLeads), 'Observation').every(({ interpretation }) => interpretation === undefined), 'normal leads: nothing is positive, nothing is negative');
});

test('what is not seen is said to be not seen, and not ruled out; "normal" is a label among others and never the answer', () => {
  const bundle = toFhir(records.normalLeads);
  const { valueCodeableConcept } = answerOf(bundle);
  assert.deepEqual(valueCodeableConcept, { coding: [{ system: 'urn:bedside:observation', code: 'no-signs', display: 'No signs of what the model looks for were seen; this does not rule it out' }], text: 'No signs of pneumonia were seen; this does not rule it out.' });
  const [report] = of(bundle, 'DiagnosticReport');
  assert.match(report.conclusion, /^No signs of pneumonia were seen; this does not rule it out\. Probability of pneumonia: 2\.3 % \(95 % interval under 0\.1 % to 4\.2 %\), among as many with pneumonia as without\./);
  assert.doesNotMatch(JSON.stringify(bundle), /normal/i, 'not even as the label of a probability');
  assert.deepEqual(of(bundle, 'Observation').map(({ valueQuantity }) => valueQuantity?.value), [undefined, Number((1536 / 65536).toFixed(5))], 'of two labels the one that is looked for has a figure');
  assert.ok(answerOf(bundle).note.some((/** @type {any} */ n) => /^The set that held .* is, here: no signs of pneumonia\.$/.test(n.text)));
  assert.doesNotMatch(JSON.stringify(toFhir(records.unsure)), /The set that held/, 'of an unsure record no set is named');
  assert.doesNotMatch(JSON.stringify(bundle), /ruled out/i, 'nothing is ruled out by a set');
  const [first] = report.result.slice(1);
  assert.match(bundle.entry.find(({ fullUrl }) => fullUrl === first.reference)?.resource.code.text ?? '', /"pneumonia"/, 'its figure comes first');
  assert.equal(answerOf(toFhir(records.finding)).valueCodeableConcept.coding[0].code, '233604007');
  assert.match(of(toFhir(records.manyFrames), 'DiagnosticReport')[0].conclusion, /Only frame 3 of 7 was examined\./);
  for (const { text } of of(toFhir(records.manyFrames), 'Observation')) assert.match(text.div, /Only frame 3 of 7 was examined\./);
});

test('what a person has chosen or stated is in the conclusion and with every observation', () => {
  for (const r of [records.chosen, records.unsureChosen]) {
    const bundle = toFhir(r);
    for (const sentence of ['Window centre 600, width 4000 was chosen by hand; the file\'s own is centre 2048, width 4096.', 'Body part CHEST was stated by the person who examined, not by the file.']) {
      assert.ok(of(bundle, 'DiagnosticReport')[0].conclusion.includes(sentence), sentence);
      for (const { note, text } of of(bundle, 'Observation')) {
        assert.ok(note.some((/** @type {any} */ n) => n.text === sentence), sentence);
        assert.ok(text.div.includes(sentence), sentence);
      }
    }
  }
});

test('probabilities, intervals and sets are those of the record', () => {
  const observations = of(toFhir(records.finding), 'Observation');
  const pneumonia = observations.find(({ component }) => component?.[0].valueCodeableConcept?.coding[0].code === '233604007') ?? assert.fail();
  const { probability, low, high } = records.finding.findings[1];
  const quantity = (/** @type {number} */ value) => ({ value: Number(value.toFixed(5)), unit: '1', system: 'http://unitsofmeasure.org', code: '1' });
  assert.deepEqual(pneumonia.valueQuantity, quantity(probability));
  assert.deepEqual(pneumonia.component.slice(1).map((/** @type {any} */ c) => c.valueQuantity ?? c.valueBoolean), [quantity(low), quantity(high), true]);
  assert.deepEqual(pneumonia.interpretation[0].coding[0].code, 'POS');
  const empty = of(toFhir(records.emptyMask), 'Observation');
  assert.match(empty[0].valueString, /nothing was marked\. That does not say that nothing is there/);
  assert.deepEqual(empty[1].valueQuantity, quantity(0));
});

test('every resource bears the label of what an algorithm asserts, and the notice', () => {
  for (const r of Object.values(records)) {
    const bundle = toFhir(r);
    assert.deepEqual(bundle.meta.security, bundle.entry[0].resource.meta.security);
    for (const { resource } of bundle.entry) assert.equal(resource.meta.security[0].code, 'AIAST', resource.resourceType);
    for (const type of ['DiagnosticReport', 'Observation', 'Device']) for (const { text } of of(bundle, type)) assert.match(text.div, /not a medical device/);
    assert.match(of(bundle, 'DiagnosticReport')[0].conclusion, /not a medical device/);
    assert.ok([...of(bundle, 'DiagnosticReport'), ...of(bundle, 'Observation')].every(({ status }) => status === 'preliminary'));
  }
});

test('device and provenance name model and file by their hashes', () => {
  const { model, input } = records.finding;
  const bundle = toFhir(records.finding);
  assert.deepEqual(of(bundle, 'Device')[0].identifier, [{ system: 'urn:bedside:sha256', value: model.sha256 }]);
  const [provenance] = of(bundle, 'Provenance');
  assert.deepEqual(provenance.entity.map((/** @type {any} */ e) => e.what.identifier?.value ?? e.what.reference), [
    input?.sha256, 'urn:oid:1.2.826.0.1.3680043.8.498.3', bundle.entry.find(({ resource }) => resource.resourceType === 'ImagingStudy')?.fullUrl,
  ]);
  assert.equal(provenance.target.length, 3);
  assert.doesNotMatch(JSON.stringify(bundle), /thorax\.dcm/, 'a file\'s name may be a patient\'s');
});

test('the patient is who the object says, in every script; without a name there is none', () => {
  assert.deepEqual(of(toFhir(records.finding), 'Patient')[0].name, [{ text: 'Dr Jane Q Doe PhD', family: 'Doe', given: ['Jane', 'Q'], prefix: ['Dr'], suffix: ['PhD'] }]);
  assert.deepEqual(of(toFhir(records.arabic), 'Patient')[0].name[0].family, 'الفاسي');
  const chinese = of(toFhir(records.chinese), 'Patient')[0];
  assert.deepEqual(chinese.name.map((/** @type {any} */ n) => [n.family, n.extension[0].valueCode]), [['Wang', 'ABC'], ['王', 'IDE']]);
  assert.equal(chinese.gender, undefined);
  assert.equal(of(toFhir(records.nobody), 'Patient').length, 0);
  assert.equal(of(toFhir(records.nobody), 'ImagingStudy').length, 1);
  assert.equal(of(toFhir(records.picture), 'Patient').length + of(toFhir(records.picture), 'ImagingStudy').length, 0);
  for (const patientBirthDate of ['00010101', '99991231', '20230229', '20250205', '1/2/3', '']) assert.equal(of(toFhir(record('pneumonia', [1, 65535], { dicom: identity({ patientBirthDate }) })), 'Patient')[0].birthDate, undefined, patientBirthDate);
  for (const [text, date] of [['20240229', '2024-02-29'], ['19011231', '1901-12-31'], ['20250204', '2025-02-04']]) assert.equal(of(toFhir(record('pneumonia', [1, 65535], { dicom: identity({ patientBirthDate: text }) })), 'Patient')[0].birthDate, date);
  const odd = toFhir(record('pneumonia', [1, 65535], { dicom: identity({ patientName: '^^^=', patientId: ' ', studyInstanceUid: '1..2', studyDate: '20240231', patientBirthDate: 'unknown' }) }));
  assert.deepEqual([of(odd, 'Patient').length, of(odd, 'ImagingStudy').length], [0, 0]);
  assert.equal(of(odd, 'DiagnosticReport')[0].effectiveDateTime, undefined, 'an unknown time is none');
});

test('a modality is a code, in capitals, whatever the object has', () => {
  const bundle = toFhir(record('blood-cells', [0, 0, 0, 0, 65536, 0, 0, 0], { dicom: identity({ modality: ' gm' }) }));
  assert.deepEqual([of(bundle, 'ImagingStudy')[0].modality[0].code, of(bundle, 'ImagingStudy')[0].series[0].modality.code, of(bundle, 'DiagnosticReport')[0].category[0].coding[0].code], ['GM', 'GM', 'HM']);
});

test('a transaction matches what has an identifier, and a patient only within a known numbering', () => {
  const request = (/** @type {FhirBundle} */ bundle, /** @type {string} */ type) => bundle.entry.filter(({ resource }) => resource.resourceType === type).map((entry) => entry.request?.ifNoneExist);
  const plain = toFhir(records.finding, { type: 'transaction' });
  assert.deepEqual(request(plain, 'Patient'), [undefined]);
  const system = toFhir(records.finding, { type: 'transaction', patientSystem: 'https://hospital.example/mrn' });
  assert.ok(['DiagnosticReport', 'Observation', 'Device', 'ImagingStudy'].every((type) => request(system, type).length > 0 && request(system, type).every((match) => match?.startsWith('identifier='))));
  assert.deepEqual(request(system, 'Patient'), ['identifier=https%3A%2F%2Fhospital.example%2Fmrn%7CMRN-0042']);
  const known = toFhir(records.finding, { type: 'transaction', subject: { reference: 'Patient/123' } });
  assert.equal(of(known, 'Patient').length, 0);
  assert.ok([...of(known, 'Observation'), ...of(known, 'DiagnosticReport'), ...of(known, 'ImagingStudy')].every(({ subject }) => subject.reference === 'Patient/123'));
});

test('posted twice, then another picture of the study: what is made again is what the documentation says, and no report names two patients', () => {
  const first = records.finding;
  const dicom = { .../** @type {any} */ (first.input?.dicom), sopInstanceUid: '1.2.826.0.1.3680043.8.498.4' };
  const second = { ...record('pneumonia', [1500, 64036], { dicom }), id: '3f2504e0-4f89-41d3-9a0c-0305e82d0000' };
  const noNumber = (/** @type {any} */ r) => ({ ...r, input: { ...r.input, dicom: { ...r.input.dicom, patientId: null } } });
  const nobody = (/** @type {any} */ r) => ({ ...r, input: { ...r.input, dicom: { ...r.input.dicom, patientId: null, patientName: null } } });
  const same = (/** @type {any} */ r) => r;
  const mrn = 'https://hospital.example/mrn';
  /** @type {[string, (r: any) => any, object, number[], number[]][]} Patients and ImagingStudies after each of three transactions */
  const cases = [
    ['nothing is said', same, {}, [1, 2, 3], [0, 0, 0]],
    ['the numbering', same, { patientSystem: mrn }, [1, 1, 1], [1, 1, 1]],
    ['the numbering, of an object without a number', noNumber, { patientSystem: mrn }, [1, 2, 3], [0, 0, 0]],
    ['the patient', same, { subject: { reference: 'Patient/p' } }, [1, 1, 1], [1, 1, 1]],
    ['of an object that names nobody', nobody, {}, [0, 0, 0], [1, 1, 1]],
  ];
  for (const [name, of, options, patients, studies] of cases) {
    const store = new Store('subject' in options ? [{ resourceType: 'Patient', id: 'p' }] : []);
    const count = (/** @type {string} */ type) => store.all().filter(({ resourceType }) => resourceType === type).length;
    /** @type {number[][]} */
    const seen = [];
    for (const r of [first, first, second]) {
      store.transaction(JSON.parse(JSON.stringify(toFhir(of(r), { ...options, type: 'transaction' }))));
      seen.push(['Patient', 'ImagingStudy', 'Provenance', 'DiagnosticReport', 'Device'].map(count));
    }
    assert.deepEqual(seen, patients.map((n, i) => [n, studies[i], i + 1, i < 2 ? 1 : 2, 1]), name);
    for (const report of store.all().filter(({ resourceType }) => ['DiagnosticReport', 'Observation'].includes(resourceType))) {
      const [study] = report.imagingStudy ?? report.derivedFrom;
      const read = study.reference ? store.read('ImagingStudy', study.reference.split('/')[1]) : undefined;
      assert.ok(read ? read.identifier[0].value === `urn:oid:${dicom.studyInstanceUid}` : study.identifier.value === `urn:oid:${dicom.studyInstanceUid}`, `${name}: the study is named`);
      if (read) assert.deepEqual(read.subject, report.subject, `${name}: report and study are of one patient`);
    }
  }
});

test('the same record gives the same bundle, and references within it are met', () => {
  for (const r of Object.values(records)) {
    const bundle = toFhir(r);
    assert.deepEqual(toFhir(structuredClone(r)), bundle);
    const urls = new Set(bundle.entry.map(({ fullUrl }) => fullUrl));
    assert.equal(urls.size, bundle.entry.length);
    for (const [, url] of JSON.stringify(bundle).matchAll(/"reference":"([^"]+)"/g)) assert.ok(urls.has(url), url);
  }
});

test('text from a file never becomes markup', () => {
  const bundle = toFhir(record('pneumonia', [1, 65535], { dicom: identity({ patientName: '<script>alert(1)</script>^A&B', studyDescription: '"><img src=x>\u0001' }) }));
  for (const { resource } of bundle.entry) assert.doesNotMatch(resource.text.div, /<(?!\/?(div|p)\b)|\u0001/);
});

test('every label of every model has a code, SNOMED CT\'s pass their check digit', () => {
  const d = [[0, 1, 2, 3, 4, 5, 6, 7, 8, 9]];
  const step = [1, 2, 3, 4, 0, 6, 7, 8, 9, 5]; // the dihedral group of ten: Verhoeff's
  for (let i = 1; i < 5; i++) d.push(d[i - 1].map((v) => step[v]));
  for (let i = 5; i < 10; i++) d.push(d[0].map((_, j) => (j < 5 ? 5 + ((i - j) % 5) : (i - j + 5) % 5)));
  const p = [d[0], [1, 5, 7, 6, 2, 8, 3, 0, 9, 4]];
  for (let i = 2; i < 8; i++) p.push(p[i - 1].map((v) => p[1][v]));
  const valid = (/** @type {string} */ id) => [...id].reverse().reduce((c, digit, i) => d[c][p[i % 8][Number(digit)]], 0) === 0;
  assert.ok(valid('233604007') && !valid('233604008'));
  for (const [id, labels] of Object.entries(LABELS)) {
    const { codes } = record(id, []).model;
    assert.deepEqual(Object.keys(codes.labels), labels);
    for (const code of [codes.report, codes.bodySite, ...Object.values(codes.labels)]) {
      assert.ok(code?.display && code.code, `${id}: ${JSON.stringify(code)}`);
      if (code.system === 'http://snomed.info/sct') assert.ok(valid(code.code), `${id}: ${code.code}`);
      else if (code.system === 'http://loinc.org') assert.match(code.code, /^\d{1,5}-\d$/);
      else assert.equal(code.system, 'urn:bedside:label');
    }
  }
});

test('the labels that are coded are those of the models\' files', { skip: noModel }, async () => {
  for (const [model, labels] of Object.entries(LABELS)) {
    const examiner = await createExaminer({ model, worker: 'here' });
    assert.deepEqual([Object.keys(examiner.card.codes.labels), examiner.card.labels], [labels, labels], model);
    examiner.dispose();
  }
});

test('what is no answer is no report', async () => {
  await fails(() => toFhir(refusedRecord()), 'BDS_E_STATE', /no finding to report.*modality CT/);
  // Whoever has made it: what is refused is not reported, even if there are findings in it.
  const { outcome, refusal } = refusedRecord();
  for (const r of [records.finding, records.mask]) await fails(() => toFhir({ ...r, outcome, refusal }), 'BDS_E_STATE', /no finding to report.*modality CT/);
  await fails(() => toFhir(/** @type {any} */ ({})), 'BDS_E_ARGUMENT');
  await fails(() => toFhir(/** @type {any} */ (null)), 'BDS_E_ARGUMENT');
  await fails(() => toFhir({ ...records.finding, id: '7' }), 'BDS_E_ARGUMENT', /UUID/);
  await fails(() => toFhir({ ...records.finding, time: 'yesterday' }), 'BDS_E_ARGUMENT', /ISO 8601/);
  await fails(() => toFhir(records.finding, { type: /** @type {any} */ ('batch') }), 'BDS_E_ARGUMENT');
  await fails(() => toFhir(records.finding, { subject: /** @type {any} */ ('Patient/1') }), 'BDS_E_ARGUMENT');
  await fails(() => toFhir(records.finding, { patientSystem: 'mrn' }), 'BDS_E_ARGUMENT');
});
