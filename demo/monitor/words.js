// What the monitor says of a signal, from the catalogue of a language. Never that anything is normal: it names beats, and says when it cannot.
// SPDX-License-Identifier: MIT
import { measure, text } from '../tell.js';

/** @typedef {import('../tell.js').Words} Words */
/** @typedef {import('../tell.js').Say} Say */
/** @typedef {import('./player.js').Mark} Mark */
/** @typedef {import('./player.js').Kind} Kind */
/** @typedef {import('./player.js').Change} Change */
/** @typedef {import('../../web/ecg.js').Quality} Quality */
/** How a state looks: by the page's classes. @typedef {{ style: 'idle' | 'learning' | 'lost' | 'beats' | 'alarm', title: Say, text: Say }} State */

/** Of a beat: its name in the catalogue. The letters are those of the standard for such models and the same in every language. @type {Record<Kind, string>} */
export const KINDS = { N: 'ecg.kind.N', S: 'ecg.kind.S', V: 'ecg.kind.V', '?': 'ecg.kind.unsure', '-': 'ecg.kind.withheld' };

/** @type {Record<Quality, string>} */
const WHAT = {
  flat: 'ecg.quality.flat', saturated: 'ecg.quality.saturated', missing: 'ecg.quality.missing', noise: 'ecg.quality.noise', reversed: 'ecg.quality.reversed',
  'too few beats': 'ecg.quality.few', 'too many beats': 'ecg.quality.many', learning: 'ecg.quality.learning', 'one lead': 'ecg.quality.lead',
};

/** @param {Words} words @param {string[]} parts */
export const joined = (words, parts) => parts.join(words.dir === 'rtl' ? '؛ ' : '; ');
/** @param {Words} words @param {string[]} parts */
export const listed = (words, parts) => parts.join(words.dir === 'rtl' ? '، ' : ', ');

/** @param {string} sentence what begins with U+2068 has no capitals */
const capital = (sentence) => sentence.charAt(0).toUpperCase() + sentence.slice(1);

/** @param {Words} words @param {string[]} names of the leads, empty where nobody has named them @param {number} i */
export const leadName = (words, names, i) => names[i] || words.say('ecg.lead', { number: i + 1 });

/** @param {Words} words @param {Quality[]} quality @param {number[]} leads @param {string[]} names */
export function qualityText(words, quality, leads, names) {
  const wrong = quality.filter((what) => what !== 'one lead');
  if (wrong.length === 0) return '';
  const what = joined(words, wrong.map((each) => words.say(WHAT[each])));
  return leads.length > 0 && leads.length < names.length ? words.say('ecg.quality.where', { what, leads: listed(words, leads.map((i) => leadName(words, names, i))) }) : what;
}

/** Why a beat is not named. @param {Words} words @param {string[]} reasons */
export function doubtText(words, reasons) {
  return joined(words, reasons.map((reason) => {
    const key = WHAT[/** @type {Quality} */ (reason)] ?? `ecg.doubt.${reason}`;
    return words.has(key) ? words.say(key) : reason;
  }));
}

/** What the last beats were. @param {Words} words @param {Mark[]} marks the newest last */
export function beatsText(words, marks) {
  const recent = marks.slice(-20);
  const parts = /** @type {Kind[]} */ (['V', 'S', '?', '-']).flatMap((kind) => {
    const count = recent.filter((mark) => mark.kind === kind).length;
    return count > 0 ? [words.say(KINDS[kind].replace('kind', 'beats'), { count })] : [];
  });
  if (recent.length === 0) return words.say('ecg.beats.none');
  return parts.length > 0 ? words.say('ecg.beats.of', { count: recent.length, parts: listed(words, parts) }) : words.say('ecg.beats.usual', { count: recent.length });
}

/** An alarm, as it was when it was raised. @param {Words} words @param {Pick<Change, 'kind' | 'facts'>} change */
export function alarmText(words, { kind, facts: { limits, rate, quality = [], concerned = [], names = [] } }) {
  const beyond = (/** @type {number} */ limit) => (rate === null ? words.say(`ecg.alarm.${kind}.unknown`, { limit }) : words.say(`ecg.alarm.${kind}`, { limit, rate }));
  switch (kind) {
    case 'high': return quality.includes('too many beats') ? words.say('ecg.alarm.over') : beyond(limits.high);
    case 'low': return beyond(limits.low);
    case 'pause': return words.say(quality.includes('flat') ? 'ecg.alarm.pause.flat' : 'ecg.alarm.pause', { time: measure(words, limits.pause, 'second', 'long') });
    case 'run': return words.say('ecg.alarm.run', { count: limits.run });
    case 'signal': return words.say('ecg.alarm.signal', { why: qualityText(words, quality.filter((what) => what !== 'learning'), concerned, names) || words.say('ecg.alarm.again') });
  }
}

/** A change as an event. @param {Words} words @param {Change} change */
export const eventText = (words, change) =>
  change.raised ? words.say('ecg.alarm.raised', { text: alarmText(words, change) }) : words.say('ecg.alarm.ended', { name: words.say(`ecg.alarm.name.${change.kind}`) });

/** @param {{ playing: boolean, quality: Quality[], concerned: number[], names: string[], marks: Mark[], alarms: Say[], lost: boolean }} now alarms about the heart; lost: the one about the signal is on @returns {State} */
export function stateOf({ playing, quality, concerned, names, marks, alarms, lost }) {
  if (!playing && marks.length === 0) return { style: 'idle', title: text('ecg.state.idle'), text: text('ecg.state.idle.text') };
  const wrong = quality.filter((what) => what !== 'one lead');
  const wrongText = (/** @type {Quality[]} */ list) => (/** @type {Words} */ words) => words.say('ecg.sentence', { text: capital(qualityText(words, list, concerned, names)) });
  if (wrong.length === 1 && wrong[0] === 'learning') return { style: 'learning', title: text('ecg.state.learning'), text: wrongText(wrong) };
  if (wrong.length > 0) return { style: 'lost', title: text('ecg.state.lost'), text: wrongText(wrong.filter((what) => what !== 'learning')) };
  const beats = (/** @type {Words} */ words) => beatsText(words, marks) + (quality.includes('one lead') ? ` ${words.say('ecg.state.one')}` : '');
  if (alarms.length > 0) return { style: 'alarm', title: (words) => joined(words, alarms.map((say) => say(words))), text: beats };
  if (lost && marks.at(-1)?.kind === '-') return { style: 'lost', title: text('ecg.state.lost'), text: (words) => `${words.say('ecg.state.again')} ${beats(words)}` };
  if (lost) return { style: 'learning', title: text('ecg.state.back'), text: beats };
  if (marks.length === 0) return { style: 'learning', title: text('ecg.state.none'), text: text('ecg.state.none.text') };
  return { style: 'beats', title: text('ecg.state.beats'), text: beats };
}

/** minutes:seconds @param {number} seconds */
export const clock = (seconds) => `${Math.floor(seconds / 60)}:${String(Math.floor(seconds % 60)).padStart(2, '0')}`;
