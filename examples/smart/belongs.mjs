// Whether a picture is of the patient in whose record a report of it would be written: number, name and birth date are compared where both
// sides have them. A contradiction ends it; a doubt is for a person to settle. Not a medical device.
// SPDX-License-Identifier: MIT
import { BedsideError } from '../../web/bedside.js';
import { isoDate, nameForms, nameText } from '../../web/reports/identity.js';
import { quoted } from '../portal/exchange.mjs';
import { likeness } from './names.mjs';

/** @typedef {import('./smart.js').Patient} Patient */

const same = (/** @type {string} */ a, /** @type {string} */ b) => a.trim().toLowerCase() === b.trim().toLowerCase();

/**
 * Whether the issuer that a picture names numbers patients as the record's identifier does; null: neither text says so.
 * @param {Patient['identifiers'][number]} identifier @param {string} issuer @param {Record<string, string>} numberings
 */
function isOf({ system, assigner }, issuer, numberings) {
  if (Object.hasOwn(numberings, issuer)) return same(numberings[issuer], system);
  if (same(issuer, system) || same(`urn:oid:${issuer}`, system) || same(issuer, assigner)) return true;
  return system && /^([a-z]+:\S+|\d+(\.\d+)+)$/i.test(issuer) ? false : null;
}

/** @param {string} id @param {string} issuer @param {Patient['identifiers']} identifiers @param {Record<string, string>} numberings @returns {'absent' | 'differs' | 'agrees' | 'foreign' | 'unsure'} */
function compareNumber(id, issuer, identifiers, numberings) {
  if (!id || identifiers.length === 0) return 'absent';
  const equal = identifiers.filter(({ value }) => value.trim() === id);
  if (equal.length === 0) return 'differs';
  if (!issuer || equal.some((one) => isOf(one, issuer, numberings) === true)) return 'agrees';
  return equal.every((one) => isOf(one, issuer, numberings) === false) ? 'foreign' : 'unsure';
}

/** FHIR dates may be of a year or a month alone. @param {string | undefined} born @param {string} birthDate */
function compareBirth(born, birthDate) {
  if (!born || !birthDate) return 'absent';
  if (!born.startsWith(birthDate)) return 'differs';
  return birthDate.length === 10 ? 'agrees' : 'absent';
}

/** @param {string} name @param {string[]} numbers @param {string} birthDate */
const described = (name, numbers, birthDate) => quoted([name || 'no name', ...numbers.map((number) => `number ${number}`), birthDate ? `born ${birthDate}` : ''].filter(Boolean).join(', '));

/**
 * @param {import('../../web/exam/exam.js').ExamRecord} record @param {Patient} patient @param {Record<string, string>} [numberings]
 * @returns {import('./smart.js').Belonging}
 */
export function belongs({ input }, patient, numberings = {}) {
  const { patientId, issuerOfPatientId, patientName, patientBirthDate } = input?.dicom ?? {};
  const [id, issuer, forms, born] = [(patientId ?? '').trim(), (issuerOfPatientId ?? '').trim(), nameForms(patientName), isoDate(patientBirthDate)];
  const record = described(patient.name, patient.identifiers.map(({ value }) => value), patient.birthDate);
  if (!id && forms.length === 0 && !born) return { picture: null, record, doubt: null };
  const picture = described(nameText(patientName), id ? [issuer ? `${id} of ${issuer}` : id] : [], born ?? '');

  const number = compareNumber(id, issuer, patient.identifiers, numberings);
  const birth = compareBirth(born, patient.birthDate);
  const name = likeness(forms, patient.names);
  const supported = number === 'agrees' || birth === 'agrees';
  const differs = [
    number === 'differs' ? 'the number' : '',
    // A name that has changed in part is one person's only if something else says so.
    name === 'other' || (name === 'partly' && !supported) ? 'the name' : '',
    birth === 'differs' ? 'the birth date' : '',
  ].filter(Boolean);
  if (differs.length > 0) {
    throw new BedsideError('BDS_E_DENIED', `The picture names another patient (${picture}) than this record (${record}); what differs: ${differs.join(', ')}. There will be no report in it.`);
  }
  const agree = [number === 'agrees' ? 'the number' : '', name === 'same' ? 'the name' : '', birth === 'agrees' ? 'the birth date' : ''].filter(Boolean);
  const doubts = [
    number === 'foreign' ? 'The number is the same, but somebody else has given it.' : '',
    number === 'unsure' && agree.length < 2 ? 'The number is the same, but it cannot be seen whether it comes from the same register.' : '',
    name === 'partly' ? 'The names agree in part only.' : '',
    name === 'unknown' && forms.length > 0 && patient.names.length > 0 ? 'The names are written in different scripts.' : '',
    agree.length === 0 ? 'Nothing of it can be compared.' : agree.length === 1 ? `Only ${agree[0]} agrees; one sign alone is not enough.` : '',
  ].filter(Boolean);
  return { picture, record, doubt: doubts.join(' ') || null };
}
