// What a DICOM object says of its patient and its study, in parts. Not a medical device.
// SPDX-License-Identifier: MIT

/** YYYYMMDD as YYYY-MM-DD, undefined if it is no date of the calendar, or one that stands for none: 00010101, 99991231. @param {string | null | undefined} text */
export function isoDate(text) {
  const match = /^((?:1[89]|2[01])\d\d)\.?(\d\d)\.?(\d\d)$/.exec((text ?? '').trim());
  if (!match) return undefined;
  const iso = `${match[1]}-${match[2]}-${match[3]}`;
  const date = new Date(`${iso}T00:00:00Z`);
  return Number.isNaN(date.getTime()) || date.toISOString().slice(0, 10) !== iso ? undefined : iso;
}

/**
 * The patient's date of birth as isoDate() has it, undefined also if the patient was not yet born at the examination.
 * @param {{patientBirthDate: string | null}} dicom @param {string} time of the record, in UTC: it may be tomorrow elsewhere
 */
export function birthDateOf({ patientBirthDate }, time) {
  const date = isoDate(patientBirthDate);
  return date && Date.parse(date) <= Date.parse(time) + 86400000 ? date : undefined;
}

/**
 * The forms of a person's name: alphabetic, ideographic, phonetic; those that are empty left out.
 * @param {string | null | undefined} name as in a PN element: `family^given^middle^prefix^suffix`, forms divided by `=`
 */
export function nameForms(name) {
  const kinds = /** @type {const} */ (['alphabetic', 'ideographic', 'phonetic']);
  return (name ?? '').split('=').slice(0, 3).flatMap((form, i) => {
    const [family, given, middle, prefix, suffix] = form.split('^').map((part) => part.trim());
    const words = (/** @type {string | undefined} */ part) => (part ?? '').split(/\s+/).filter(Boolean);
    const parts = { kind: kinds[i], family: family ?? '', given: [...words(given), ...words(middle)], prefix: words(prefix), suffix: words(suffix) };
    const whole = [...parts.prefix, ...parts.given, parts.family, ...parts.suffix].filter(Boolean).join(' ');
    return whole ? [{ ...parts, whole }] : [];
  });
}

/** A person's name for people: its forms one after the other. @param {string | null | undefined} name */
export const nameText = (name) => nameForms(name).map(({ whole }) => whole).join(' / ');
