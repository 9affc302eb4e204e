// Whether two names may be one person's. Registries and modalities write them differently: in capitals, without accents, the family name
// first or last, with a second given name or without. Not a medical device.
// SPDX-License-Identifier: MIT

/** A name in parts; where only a text is known, all of it is `given`. @typedef {{ family: string, given: string[] }} Name */

/** Letters that no accent divides. @type {Record<string, string>} */
const letters = { ø: 'o', ł: 'l', đ: 'd', ð: 'd', þ: 'th', æ: 'a', œ: 'o', ħ: 'h', ı: 'i', ى: 'ي', ة: 'ه' };
const scripts = [/\p{Script=Latin}/u, /\p{Script=Arabic}/u, /\p{Script=Han}/u, /\p{Script=Hangul}/u, /\p{Script=Cyrillic}/u, /\p{Script=Greek}/u, /\p{Script=Hebrew}/u, /[\p{Script=Hiragana}\p{Script=Katakana}]/u, /\p{Script=Devanagari}/u, /\p{Script=Thai}/u];
/** Accents and vowel points of scripts that are read without them. In others marks are letters, and stay. */
const accents = /[\u0300-\u036f\u0591-\u05c7\u064b-\u065f\u0670]|\u0640/g;

/** The words of a name: no case, accents or apostrophes; ü and ue, å and aa alike. @param {string} text */
function words(text) {
  // Upper case first: it makes SS of ß.
  const plain = text.toUpperCase().toLowerCase().normalize('NFKD').replace(accents, '').replace(/['\u2018\u2019\u02bc`]/g, '');
  const folded = plain.replace(/[øłđðþæœħıىة]/g, (letter) => letters[letter]).replace(/([aou])e/g, '$1').replace(/aa/g, 'a');
  return folded.split(/[^\p{L}\p{M}\p{N}]+/u).filter(Boolean);
}

/** @param {Name} name */
function parts({ family, given }) {
  const [last, first] = [words(family), words(given.join(' '))];
  return { all: [...last, ...first], joined: [[...last, ...first].join(''), [...first, ...last].join('')], script: scripts.findIndex((script) => script.test(last.join('') + first.join(''))) };
}

/** @param {Name} one @param {Name} other @returns {Likeness} */
function compare(one, other) {
  const [a, b] = [parts(one), parts(other)];
  if (a.all.length === 0 || b.all.length === 0 || a.script !== b.script) return 'unknown';
  // "De la Cruz" and "Delacruz", and names whose parts are written without a space.
  if (a.joined.some((text) => b.joined.includes(text))) return 'same';
  const [shorter, longer] = a.all.length <= b.all.length ? [a.all, b.all] : [b.all, a.all];
  const shared = shorter.filter((word) => longer.includes(word)).length;
  // A second given name or family name may be missing. One word alone says too little.
  if (shared === shorter.length && shared > 1) return 'same';
  return shared > 0 ? 'partly' : 'other';
}

/**
 * `unknown`: there is nothing to compare, or it is written in another script.
 * @typedef {'same' | 'partly' | 'unknown' | 'other'} Likeness
 */

/**
 * The best that any form of one person's name is of any form of the other's: former names and other scripts count.
 * @param {Name[]} ones @param {Name[]} others
 * @returns {Likeness}
 */
export function likeness(ones, others) {
  const found = ones.flatMap((one) => others.map((other) => compare(one, other)));
  // Names that are known to differ in one script speak louder than those that cannot be compared.
  return /** @type {const} */ (['same', 'partly', 'other']).find((each) => found.includes(each)) ?? 'unknown';
}
