// What has gone wrong, in the language of the page: a sentence for each code, the code, and in full what the engine says of it, which is English.
// SPDX-License-Identifier: MIT
import { el, english } from '../web/exam/element/dom.js';

/** @typedef {import('../web/exam/messages/messages.js').Words} Words */

/** Something that the page itself has to say: a key of its catalogue, and what was the matter if somebody else has said so. */
export class Trouble extends Error {
  /** @param {string} key @param {{ cause?: unknown, values?: Readonly<Record<string, string>> }} [more] */
  constructor(key, { cause, values } = {}) {
    super(key, { cause });
    this.key = key;
    this.values = values;
  }
}

/** @param {unknown} error @returns {{ code: string, message: string }} */
function engineError(error) {
  const { code, message = String(error ?? '') } = /** @type {{ code?: unknown, message?: string }} */ (error ?? {});
  return { code: typeof code === 'string' ? code : '', message };
}

/** @param {Words} words @param {string} code @param {string} own catalogue's name for errors, before the one of all pages */
function sentence(words, code, own) {
  return words.say([`${own}.${code}`, `error.${code}`].find((key) => words.has(key)) ?? 'error.other');
}

/**
 * @param {Words} words @param {unknown} error @param {string} own `ecg.error` for `ecg.error.BDS_E_FORMAT`
 * @returns {{ text: string, code: string, original: string }} original: in English, empty if `text` says it already
 */
export function explain(words, error, own) {
  const trouble = error instanceof Trouble ? error : null;
  const { code, message } = engineError(trouble ? trouble.cause : error);
  const parts = trouble ? [words.say(trouble.key, trouble.values)] : [];
  const saidInFull = words.language === 'en' && (code !== '' || !trouble); // the engine's own sentence says more than the catalogue's
  if (saidInFull && message) parts.push(message);
  else if (code || !trouble) parts.push(sentence(words, code, trouble ? 'error' : own));
  return { text: parts.join(' '), code, original: saidInFull ? '' : message };
}

/** The same as nodes. @param {Words} words @param {unknown} error @param {string} own @returns {HTMLElement[]} */
export function explained(words, error, own) {
  const { text, code, original } = explain(words, error, own);
  return [
    el('p', {}, text, code ? ' ' : '', code ? el('span', { class: 'hash', lang: 'en', dir: 'ltr' }, code) : ''),
    ...(original ? [el('details', { class: 'small' }, el('summary', {}, words.say('refused.original')), english(original, 'p'))] : []),
  ];
}
