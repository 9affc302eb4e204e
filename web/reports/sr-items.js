// Content items of a structured report (DICOM PS3.3 C.17.3), as datasets by keyword. Not a medical device.
// SPDX-License-Identifier: MIT
import { code, long } from './dicom-parts.js';

/** @typedef {import('./dicom-parts.js').Dataset} Dataset */
/** @typedef {'CONTAINS' | 'HAS OBS CONTEXT' | 'HAS CONCEPT MOD' | 'HAS PROPERTIES'} Relation */

/** @param {Relation} relation @param {string} type @param {Dataset} name @param {Dataset} value @param {Dataset[]} [children] @returns {Dataset} */
const item = (relation, type, name, value, children = []) => ({
  RelationshipType: relation, ValueType: type, ConceptNameCodeSequence: [name], ...value, ...(children.length ? { ContentSequence: children } : {}),
});

/** @param {Relation} relation @param {Dataset} name @param {string} text @returns {Dataset} */
export const textItem = (relation, name, text) => item(relation, 'TEXT', name, { TextValue: long(text) });
/** @param {Relation} relation @param {Dataset} name @param {Dataset} value @param {Dataset[]} [children] @returns {Dataset} */
export const codeItem = (relation, name, value, children) => item(relation, 'CODE', name, { ConceptCodeSequence: [value] }, children);
/** @param {Relation} relation @param {Dataset} name @param {string} uid @returns {Dataset} */
export const uidItem = (relation, name, uid) => item(relation, 'UIDREF', name, { UID: uid });
/** @param {Dataset} name @param {Dataset[]} children @param {string} [template] of DCMR @returns {Dataset} */
export const container = (name, children, template) => item('CONTAINS', 'CONTAINER', name, {
  ContinuityOfContent: 'SEPARATE', ...(template ? { ContentTemplateSequence: [{ MappingResource: 'DCMR', TemplateIdentifier: template }] } : {}),
}, children);
/** @param {Dataset} reference @returns {Dataset} */
export const imageItem = (reference) => ({ RelationshipType: 'CONTAINS', ValueType: 'IMAGE', ReferencedSOPSequence: [reference] });

const UNITS = { one: code('1', 'UCUM', 'no units') };
/**
 * A number of dimension one. @param {Relation} relation @param {Dataset} name @param {number} value @param {Dataset[]} [children] @returns {Dataset}
 */
export const numberItem = (relation, name, value, children) => item(relation, 'NUM', name, {
  MeasuredValueSequence: [{ NumericValue: [String(Number(value.toFixed(5)))], MeasurementUnitsCodeSequence: [UNITS.one] }],
}, children);
