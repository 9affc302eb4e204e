// What the monitor says, in words. Never that anything is normal: it names beats, and says when it cannot.
// SPDX-License-Identifier: MIT

/** @typedef {import('./player.js').Mark} Mark */
/** @typedef {import('./player.js').Kind} Kind */
/** @typedef {import('../../web/ecg.js').Quality} Quality */
/** How a state looks: by the page's classes. @typedef {{ style: 'idle' | 'learning' | 'lost' | 'beats' | 'alarm', title: string, text: string }} State */

/** @type {Record<Kind, { name: string, text: string }>} */
export const KINDS = {
  N: { name: 'N', text: 'of the usual kind (normal or bundle branch block)' },
  S: { name: 'S', text: 'supraventricular premature beat' },
  V: { name: 'V', text: 'ventricular beat' },
  '?': { name: '?', text: 'not sure' },
  '-': { name: '\u00d7', text: 'not judged: the signal is disturbed' },
};

/** @type {Record<Quality, string>} */
const WHAT = {
  flat: 'the line is flat: an electrode or a cable is off',
  saturated: 'the line is at its stop',
  missing: 'samples are missing',
  noise: 'too much noise',
  reversed: 'the line is upside down: electrodes may be swapped',
  'too few beats': 'no beat for four seconds',
  'too many beats': 'over 240 beats per minute: noise, or a rhythm that the model does not know',
  learning: 'the first beats are being learned',
  'one lead': 'only one lead',
};

/** @param {Quality[]} quality @param {number[]} leads @param {string[]} names */
export function qualityText(quality, leads, names) {
  const wrong = quality.filter((what) => what !== 'one lead');
  const where = leads.length > 0 && leads.length < names.length ? ` (${leads.map((i) => names[i] ?? `lead ${i + 1}`).join(', ')})` : '';
  return wrong.map((what) => WHAT[what]).join('; ') + (wrong.length > 0 ? where : '');
}

/** Why a beat is not named. @param {string[]} reasons */
export function doubtText(reasons) {
  return reasons.map((reason) => ({ unsure: 'two classes are about as likely', unknown: 'unlike the beats that the model has learned from' })[reason] ?? WHAT[/** @type {Quality} */ (reason)] ?? reason).join('; ');
}

/** What the last beats were. @param {Mark[]} marks the newest last */
export function beatsText(marks) {
  const recent = marks.slice(-20);
  const count = (/** @type {Kind} */ kind) => recent.filter((mark) => mark.kind === kind).length;
  const parts = [
    count('V') && `${count('V')} ventricular`, count('S') && `${count('S')} supraventricular premature`, count('?') && `${count('?')} not sure`, count('-') && `${count('-')} not judged`,
  ].filter(Boolean);
  if (recent.length === 0) return 'No beat has been judged yet.';
  return parts.length > 0 ? `Of the last ${recent.length === 1 ? 'beat' : `${recent.length} beats`}: ${parts.join(', ')}.` : `${recent.length === 1 ? 'One beat' : `The last ${recent.length} beats`} of the usual kind. That rules nothing out.`;
}

/** @param {{ playing: boolean, quality: Quality[], concerned: number[], names: string[], marks: Mark[], alarms: string[], lost: boolean }} now alarms about the heart; lost: the one about the signal is on @returns {State} */
export function stateOf({ playing, quality, concerned, names, marks, alarms, lost }) {
  if (!playing && marks.length === 0) return { style: 'idle', title: 'Nothing is being watched', text: 'Choose where the ECG comes from.' };
  const wrong = quality.filter((what) => what !== 'one lead');
  const say = (/** @type {string} */ text) => text.charAt(0).toUpperCase() + text.slice(1) + '.';
  if (wrong.length === 1 && wrong[0] === 'learning') return { style: 'learning', title: 'Learning: nothing can be said yet', text: say(qualityText(wrong, concerned, names)) };
  if (wrong.length > 0) return { style: 'lost', title: 'The signal cannot be judged', text: say(qualityText(wrong.filter((what) => what !== 'learning'), concerned, names)) };
  const text = beatsText(marks) + (quality.includes('one lead') ? ' Only one lead: the model has learned from two.' : '');
  if (alarms.length > 0) return { style: 'alarm', title: alarms.join('; '), text };
  if (lost && marks.at(-1)?.kind === '-') return { style: 'lost', title: 'The signal cannot be judged', text: `It has been disturbed again and again, or has just come back. ${text}` };
  if (lost) return { style: 'learning', title: 'The signal is back: beats are judged again', text };
  if (marks.length === 0) return { style: 'learning', title: 'No beat has been judged yet', text: 'A beat is judged when the next one is known.' };
  return { style: 'beats', title: 'Beats are being judged', text };
}

/** minutes:seconds @param {number} seconds */
export const clock = (seconds) => `${Math.floor(seconds / 60)}:${String(Math.floor(seconds % 60)).padStart(2, '0')}`;
