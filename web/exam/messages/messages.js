// Texts, numbers and dates in the language of the page. Documented in messages.d.ts. Not a medical device.
// SPDX-License-Identifier: MIT
import english from './en.js';

/** @typedef {import('./messages.js').Messages} Messages */

/** Each import is written out, so that bundlers find it and make a file of its own. @type {Record<string, () => Promise<{default: Messages}>>} */
const catalogues = {
  en: () => Promise.resolve({ default: english }),
  es: () => import('./es.js'),
  ar: () => import('./ar.js'),
};

export const languages = Object.freeze(Object.keys(catalogues));

/** @param {string | null | undefined} tag */
export function languageOf(tag) {
  const primary = String(tag ?? '').toLowerCase().split(/[-_]/)[0];
  return languages.includes(primary) ? primary : null;
}

/** @param {string} language */
export async function loadMessages(language) {
  return (await catalogues[languageOf(language) ?? 'en']()).default;
}

/** The paper report's texts; English is its own. @type {Record<string, (() => Promise<{default: Record<string, string>}>) | undefined>} */
const reports = {
  es: () => import('./report.es.js'),
  ar: () => import('./report.ar.js'),
};

/** @param {Words} words @param {import('../exam.js').ExamRecord} record */
export async function reportMessages(words, record) {
  const load = reports[languageOf(words.language) ?? ''];
  const texts = load ? { ...(await load()).default } : {};
  for (const label of record.model.labels) {
    if (words.has(`sought.${label}`)) texts[`report.sought.${label}`] = words.say(`sought.${label}`);
    if (words.has(`label.${label}`)) texts[`label.${record.model.id}.${label}`] = words.say(`label.${label}`);
  }
  const key = `error.${record.refusal?.code}`;
  if (load && words.has(key)) texts[key] = words.say(key); // in English the record's own sentence says more
  return texts;
}

/** No model knows a probability of 0 or 1: figures end a tenth of a percent before, as in the reports. */
const RAIL = 0.001;

const rightToLeft = /^(ar|fa|he|ur|ps|sd|ug|yi|dv|ckb)\b/;
/** What is inserted keeps its own direction: U+2068 to U+2069. @param {string} text */
const isolate = (text) => `\u2068${text}\u2069`;

/** A page's own catalogue may be of a language that the browser does not know, or is not named as it should be. @param {string} language */
function localeOf(language) {
  try {
    return new Intl.Locale(language, { numberingSystem: 'latn' });
  } catch {
    return new Intl.Locale('en', { numberingSystem: 'latn' });
  }
}

export class Words {
  #messages;
  #locale;
  #plural;

  /** @param {string} language @param {Messages} messages */
  constructor(language, messages) {
    this.language = language;
    this.dir = /** @type {'ltr' | 'rtl'} */ (rightToLeft.test(language) ? 'rtl' : 'ltr');
    this.#messages = messages;
    // One kind of digits for figures, hashes and DICOM values alike: nothing has to be read twice.
    this.#locale = localeOf(language);
    this.#plural = new Intl.PluralRules(this.#locale);
  }

  /** @param {string} key */
  has(key) {
    return key in this.#messages || key in english;
  }

  /** @param {string} key @param {Readonly<Record<string, string | number>>} [values] */
  say(key, values = {}) {
    const message = this.#messages[key] ?? english[key] ?? key;
    const text = typeof message === 'string' ? message : (message[this.#plural.select(Number(values.count))] ?? message.other);
    return text.replace(/\{(\w+)\}/g, (whole, name) => {
      if (!(name in values)) return whole;
      const value = values[name];
      const shown = typeof value === 'number' ? this.number(value) : value;
      return this.dir === 'rtl' ? isolate(shown) : shown;
    });
  }

  /** @param {number} value @param {number} [digits] */
  number(value, digits = 0) {
    return new Intl.NumberFormat(this.#locale, { maximumFractionDigits: digits }).format(value);
  }

  /** @param {number} share @param {number} [digits] */
  percent(share, digits = 0) {
    const text = new Intl.NumberFormat(this.#locale, { style: 'percent', minimumFractionDigits: digits, maximumFractionDigits: digits }).format(share);
    return this.#locale.language === 'en' ? text.replace('%', '\u00a0%') : text; // as the reports write it
  }

  /** @param {number} share */
  roughly(share) {
    if (share < RAIL) return this.say('number.under', { value: this.percent(RAIL, 1) });
    if (share > 1 - RAIL) return this.say('number.over', { value: this.percent(1 - RAIL, 1) });
    return this.percent(share, 1);
  }

  /** @param {number} share */
  about(share) {
    if (share > 0 && share < 0.01) return this.say('number.under', { value: 1 });
    if (share > 0.99 && share < 1) return this.say('number.over', { value: 99 });
    return this.say('number.about', { value: Math.round(share * 100) });
  }

  /** @param {number} low @param {number} high */
  range(low, high) {
    if (high > 1 - RAIL) return low > 1 - RAIL ? this.roughly(low) : this.say('number.atleast', { value: this.percent(low, 1) });
    if (low < RAIL) return high < RAIL ? this.roughly(high) : this.say('number.atmost', { value: this.percent(high, 1) });
    const [from, to] = [this.percent(low, 1), this.percent(high, 1)];
    return from === to ? from : this.say('number.range', { low: from, high: to });
  }

  /** @param {number} ms */
  milliseconds(ms) {
    const unit = (/** @type {number} */ value, /** @type {number} */ digits) =>
      new Intl.NumberFormat(this.#locale, { style: 'unit', unit: 'millisecond', unitDisplay: 'short', maximumFractionDigits: digits }).format(value);
    return ms > 0 && ms < 1 ? this.say('number.under', { value: unit(1, 0) }) : unit(ms, ms < 10 ? 1 : 0);
  }

  /** @param {readonly string[]} items */
  list(items) {
    return new Intl.ListFormat(this.#locale, { type: 'conjunction' }).format(items.map((item) => (this.dir === 'rtl' ? isolate(item) : item)));
  }

  /** @param {string} iso */
  time(iso) {
    const date = new Date(iso);
    if (Number.isNaN(date.getTime())) return iso;
    return new Intl.DateTimeFormat(this.#locale, { dateStyle: 'long', timeStyle: 'medium', calendar: 'gregory' }).format(date);
  }

  /** @param {number} count */
  bytes(count) {
    const [unit, value] = count < 1e3 ? ['byte', count] : count < 1e6 ? ['kilobyte', count / 1e3] : ['megabyte', count / 1e6];
    return new Intl.NumberFormat(this.#locale, { style: 'unit', unit: String(unit), unitDisplay: 'short', maximumFractionDigits: Number(value) < 10 ? 1 : 0 }).format(Number(value));
  }
}
