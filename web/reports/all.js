// All reports in one module, for pages that load the bundle of it. Types: reports.d.ts. Not a medical device.
// SPDX-License-Identifier: MIT
export { toFhir } from './fhir.js';
export { toDicomSr } from './dicom-sr.js';
export { toSecondaryCapture } from './secondary-capture.js';
export { COLUMNS, toCsv } from './table.js';
export { toPaper } from './paper.js';
