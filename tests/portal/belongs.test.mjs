// Whether a picture is of the patient in whose record a report would be written: what agrees, what contradicts, and what a person has to settle.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { belongs } from '../../examples/smart/belongs.mjs';
import { identity, record } from '../support/records.mjs';

/** @typedef {import('../../examples/smart/smart.js').Patient} Patient */
/** @typedef {Partial<import('../../web/exam/exam.js').DicomIdentity>} Said */

const nobody = { patientName: null, patientId: null, issuerOfPatientId: null, patientBirthDate: null };
/** The record's patient. @param {Partial<Patient>} [change] @returns {Patient} */
const jane = (change = {}) => ({
  id: 'p1', name: 'Jane Doe', names: [{ family: 'Doe', given: ['Jane'] }], birthDate: '2019-03-04', identifiers: [{ system: 'urn:oid:1.2.3', value: 'MRN-0042', assigner: '' }], ...change,
});
/** What comes of a picture that says no more than this. @param {Said} said @param {Patient} [patient] @param {Record<string, string>} [numberings] */
function judged(said, patient = jane(), numberings = {}) {
  try {
    const { picture, doubt } = belongs(record('pneumonia', [1500, 64036], { dicom: identity({ ...nobody, ...said }) }), patient, numberings);
    return picture === null ? 'nobody' : doubt === null ? 'sure' : doubt;
  } catch (error) {
    const { code, message } = /** @type {any} */ (error);
    assert.equal(code, 'BDS_E_DENIED', message);
    assert.match(message, /^The picture names another patient \(.+\) than this record \(.+\); what differs: .+\. There will be no report in it\.$/);
    return message.replace(/^.*what differs: (.*)\. There.*$/, 'refused: $1');
  }
}
const id = { patientId: 'MRN-0042' };
const name = { patientName: 'DOE^JANE' };
const born = { patientBirthDate: '20190304' };

test('a picture that names nobody, and only such a one, does not say whose it is', () => {
  assert.equal(judged({}), 'nobody');
  assert.equal(judged({ patientName: ' ^ ', patientId: '  ', patientBirthDate: '00010101', issuerOfPatientId: 'HOSPITAL' }), 'nobody');
  const picture = record('pneumonia', [1500, 64036]);
  assert.equal(picture.input?.dicom, null);
  assert.deepEqual(belongs(picture, jane()), { picture: null, record: 'Jane Doe, number MRN-0042, born 2019-03-04', doubt: null });
  for (const one of [id, name, born]) assert.notEqual(judged(one), 'nobody');
});

test('two that agree, and nothing against it', () => {
  for (const said of [{ ...id, ...name }, { ...id, ...born }, { ...name, ...born }, { ...id, ...name, ...born }]) assert.equal(judged(said), 'sure');
  assert.equal(judged({ patientId: ' MRN-0042 ', ...name }), 'sure', 'blanks around a number mean nothing');
});

test('any contradiction: another number, another name, another birth date', () => {
  assert.equal(judged({ patientName: 'Smith^Bob', patientBirthDate: '19500101' }), 'refused: the name, the birth date', 'without a number');
  assert.equal(judged({ patientName: 'Smith^Bob' }), 'refused: the name');
  assert.equal(judged({ patientBirthDate: '19500101' }), 'refused: the birth date');
  assert.equal(judged({ ...id, patientName: 'Smith^Bob', patientBirthDate: '19500101', issuerOfPatientId: 'OTHER HOSPITAL' }), 'refused: the name, the birth date', 'the same number, of another issuer');
  assert.equal(judged({ ...id, patientName: 'Smith^Bob' }), 'refused: the name');
  assert.equal(judged({ ...id, ...name, patientBirthDate: '20190305' }), 'refused: the birth date');
  assert.equal(judged({ patientId: 'MRN-0043', ...name, ...born }), 'refused: the number');
  assert.equal(judged({ patientId: 'MRN-004', ...name, ...born }), 'refused: the number');
  assert.equal(judged({ ...name, patientBirthDate: '20190404' }, jane({ birthDate: '2019-03' })), 'refused: the birth date', 'a birth date of a month');
  assert.equal(judged({ patientName: 'Doe^John' }), 'refused: the name', 'a family name alone, and nothing else');
  assert.match(belongs(record('pneumonia', [1500, 64036], { dicom: identity({ ...nobody, ...id }) }), jane()).picture ?? '', /^no name, number MRN-0042$/);
});

test('what a person has to settle', () => {
  assert.match(judged(id), /^Only the number agrees/);
  assert.match(judged(name), /^Only the name agrees/);
  assert.match(judged(born), /^Only the birth date agrees/);
  assert.match(judged({ ...id, ...born, patientName: 'Smith^Jane' }), /^The names agree in part only\.$/);
  assert.match(judged({ ...id, patientName: 'Doe^J' }), /names agree in part only/);
  assert.match(judged({ ...id, ...born, patientName: 'دو^جين' }), /different scripts/);
  assert.match(judged({ ...id, ...name, ...born }, jane({ names: [], birthDate: '', identifiers: [] })), /^Nothing of it can be compared\.$/);
  assert.match(judged({ ...born, ...name }, jane({ birthDate: '2019' })), /^Only the name agrees/, 'a year is no birth date');
});

test('a number is one only within its numbering', () => {
  const issued = (/** @type {string} */ issuerOfPatientId) => ({ ...id, ...name, issuerOfPatientId });
  assert.equal(judged(issued('1.2.3')), 'sure');
  assert.equal(judged(issued('urn:oid:1.2.3')), 'sure');
  assert.match(judged(issued('1.2.4')), /somebody else has given it\. Only the name agrees/);
  assert.match(judged({ ...issued('1.2.4'), ...born }), /^The number is the same, but somebody else has given it\.$/, 'even with name and birth date');
  assert.match(judged(issued('HOSPITAL')), /cannot be seen whether it comes from the same register/);
  assert.equal(judged({ ...issued('HOSPITAL'), ...born }), 'sure', 'two others agree');
  assert.equal(judged(issued('HOSPITAL'), jane(), { HOSPITAL: 'urn:oid:1.2.3' }), 'sure', 'the app knows the issuer');
  assert.match(judged(issued('HOSPITAL'), jane(), { HOSPITAL: 'urn:oid:9' }), /somebody else has given it/);
  assert.equal(judged(issued('Hospital'), jane({ identifiers: [{ system: '', value: 'MRN-0042', assigner: 'HOSPITAL' }] })), 'sure');
  assert.match(judged(issued('constructor'), jane(), {}), /same register/);
});

test('names: case, accents, order, parts and scripts', () => {
  const patient = (/** @type {string} */ family, /** @type {string[]} */ ...given) => jane({ names: [{ family, given }] });
  const judge = (/** @type {string} */ patientName, /** @type {Patient} */ whose) => judged({ ...id, patientName }, whose);
  for (const [said, whose] of /** @type {[string, Patient][]} */ ([
    ['MULLER^SYNTHESE', patient('Müller', 'Synthèse')], ['MUELLER^SYNTHESE', patient('Müller', 'Synthèse')], ['STRASSE^A B', patient('Straße', 'A', 'B')], ['Ozturk^Isil', patient('Öztürk', 'Işıl')], ['Lodz^Lukasz', patient('Łódź', 'Łukasz')],
    ['Jane^Doe', patient('Doe', 'Jane')], ['Doe^Jane^Q^Dr^PhD', patient('Doe', 'Jane')], ['Doe^Jane', patient('Doe', 'Jane', 'Mary')], ['Doe^Jane', patient('', 'Dr Jane Doe')], ['Doe^Jane', patient('Doe-Smith', 'Jane')],
    ['OBRIEN^ANNE MARIE', patient('O\u2019Brien', 'Anne-Marie')], ['Delacruz^Maria', patient('De la Cruz', 'María')], ['Suharto', patient('', 'Suharto')], ['^Suharto', patient('Suharto')],
    ['Wang^XiaoDong=王^小東=', patient('', '王小東')], ['الفاسي^فاطمة', patient('الفاسي', 'فَاطِمَه')], ['김^철수', patient('김', '철수')],
    ['Smith^Jane', jane({ names: [{ family: 'Doe', given: ['Jane'] }, { family: 'Smith', given: ['Jane'] }] })],
  ])) assert.equal(judge(said, whose), 'sure', said);
  for (const [said, whose] of /** @type {[string, Patient][]} */ ([['Suharto', patient('Wijaya', 'Suharto')], ['Doe', patient('Doe', 'Jane')], ['Doe^June', patient('Doe', 'Jane')]])) assert.match(judge(said, whose), /in part only/, said);
  for (const [said, whose] of /** @type {[string, Patient][]} */ ([['Sukarno', patient('Suharto')], ['Wang^Li=王^麗', patient('', '李小東')], ['राम', patient('रामा')], ['Doe^Jane', patient('Roe', 'Jan')]])) assert.equal(judge(said, whose), 'refused: the name', said);
});
