// Identifiers of what a report consists of, derived from the record's: the same record gives the same report, byte for byte.
// Not a medical device.
// SPDX-License-Identifier: MIT

/** What needs an identifier of its own. The numbers stay for ever; labels have those from LABEL on. */
export const PART = { study: 1, patient: 2, device: 3, provenance: 4, answer: 5, marking: 6, srSeries: 16, srInstance: 17, scSeries: 18, scInstance: 19, group: 20, report: 21, deviceUid: 22, LABEL: 256 };

/** A UUID that differs from the record's in its last 16 bits. @param {{id: string}} record @param {number} part 0 is the record itself */
export function uuidOf(record, part) {
  const last = (parseInt(record.id.slice(-4), 16) + part) & 0xffff;
  return (record.id.slice(0, -4) + last.toString(16).padStart(4, '0')).toLowerCase();
}

/** A UID made of a UUID, as DICOM PS3.5 B.2 has it. @param {{id: string}} record @param {number} part */
export const uidOf = (record, part) => `2.25.${BigInt(`0x${uuidOf(record, part).replaceAll('-', '')}`)}`;

/** Whether a text is a UID that DICOM and FHIR accept. @param {string | null | undefined} text @returns {text is string} */
export const isUid = (text) => typeof text === 'string' && text.length <= 64 && /^[0-2](\.(0|[1-9]\d*))+$/.test(text);
