// Small parts that every FHIR resource of a report has: label, narrative, codings, references. Not a medical device.
// SPDX-License-Identifier: MIT

/** @typedef {{resourceType: string} & Record<string, any>} Resource */
/** @typedef {import('../exam/exam.js').Code} Code */

export const UCUM = 'http://unitsofmeasure.org';
export const HASH = 'urn:bedside:sha256';
export const CONCEPTS = 'urn:bedside:observation';

/** HL7's label for what an algorithm asserts: no person has confirmed it. */
const AIAST = { system: 'http://terminology.hl7.org/CodeSystem/v3-ObservationValue', code: 'AIAST', display: 'Artificial Intelligence asserted' };

/** @param {string} text */
export const escapeXml = (text) => text.replace(/[&<>"]/g, (c) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' })[c] ?? c)
  // What XML has no way to write.
  .replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g, '\ufffd');

/**
 * A resource with the label and with its narrative: what a person reads who has no software for the rest.
 * @param {string} resourceType @param {string[]} sentences @param {Record<string, any>} content @returns {Resource}
 */
export function resource(resourceType, sentences, content) {
  const div = `<div xmlns="http://www.w3.org/1999/xhtml" lang="en" xml:lang="en">${sentences.map((s) => `<p>${escapeXml(s)}</p>`).join('')}</div>`;
  return { resourceType, meta: { security: [AIAST] }, language: 'en', text: { status: 'generated', div }, ...without(content) };
}

/** Members that are there: FHIR knows no null, no empty text and no empty list. @param {Record<string, any>} object */
export function without(object) {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined && value !== null && value !== '' && !(Array.isArray(value) && value.length === 0)));
}

/** @param {Code} code */
export const coding = ({ system, code, display }) => ({ system, code, display });

/** @param {Code | null | undefined} code @param {string} text */
export const concept = (code, text) => without({ coding: code ? [coding(code)] : [], text });

/** One of Bedside's own concepts. @param {string} code @param {string} display @param {string} [text] the same of this record */
export const own = (code, display, text = display) => ({ coding: [{ system: CONCEPTS, code, display }], text });

/** @param {string} system @param {string} code @param {string} display */
export const hl7 = (system, code, display) => ({ coding: [{ system: `http://terminology.hl7.org/CodeSystem/${system}`, code, display }] });

/** A share of 1, in UCUM's unit of dimension one. @param {number} value 0 to 1 */
export const share = (value) => ({ value: Number(value.toFixed(5)), unit: '1', system: UCUM, code: '1' });

/** @param {string} value @param {string} system */
export const identifier = (system, value) => ({ system, value });

/** @param {string} uuid */
export const urn = (uuid) => `urn:uuid:${uuid}`;
