// The alarms in words, and which of their limits the page's form may set. What raises and ends them: EcgAlarm of web/ecg.js, the same C as in
// firmware. A demonstration, not a medical device: nobody may rely on these alarms.
// SPDX-License-Identifier: MIT
import { qualityText } from './words.js';

/** @typedef {import('../../web/ecg.js').AlarmKind} Kind */
/** @typedef {import('../../web/ecg.js').AlarmLimits} Limits */
/** @typedef {import('../../web/ecg.js').Quality} Quality */
/** time: seconds of signal @typedef {{ kind: Kind, raised: boolean, time: number, text: string }} Change */
/** What is known when an alarm is raised. @typedef {{ limits: Limits, rate: number | null, quality?: Quality[], concerned?: number[], names?: string[] }} Facts */

/** What a field of the form may be set to; pause in seconds. @type {Record<'high' | 'low' | 'pause' | 'run' | 'confirm' | 'release', [number, number]>} */
export const RANGES = { high: [60, 240], low: [20, 100], pause: [1.5, 10], run: [2, 20], confirm: [1, 20], release: [1, 50] };
/** @typedef {keyof typeof RANGES} Field */

/** @param {Partial<Record<Field, number>>} given @param {Limits} usual @returns {{ limits: Limits, wrong: Field[] }} what can be used, the usual limit in place of what was out of range */
export function checkedLimits(given, usual) {
  const limits = { ...usual };
  const wrong = /** @type {Field[]} */ ([]);
  for (const [key, [least, most]] of /** @type {[Field, [number, number]][]} */ (Object.entries(RANGES))) {
    const value = given[key];
    if (value === undefined) continue;
    if (value >= least && value <= most && (key === 'pause' || Number.isInteger(value))) limits[key] = value;
    else wrong.push(key);
  }
  if (limits.low + 2 * limits.margin < limits.high) return { limits, wrong };
  return { limits: { ...limits, high: usual.high, low: usual.low }, wrong: [...wrong, 'low'] };
}

/** @param {Kind} kind @param {Facts} facts */
function textOf(kind, { limits, rate, quality = [], concerned = [], names = [] }) {
  const beyond = (/** @type {string} */ limit) => `Heart rate ${limit}${rate === null ? '' : `, it was ${rate}`}`;
  switch (kind) {
    case 'high': return quality.includes('too many beats') ? 'Over 240 beats per minute: noise, or a very fast rhythm' : beyond(`over ${limits.high}`);
    case 'low': return beyond(`under ${limits.low}`);
    case 'pause': return `Pause: no beat for ${limits.pause} s or more${quality.includes('flat') ? ', or an electrode is off' : ''}`;
    case 'run': return `${limits.run} or more ventricular beats in a row`;
    case 'signal': return `The signal cannot be judged: ${qualityText(quality.filter((what) => what !== 'learning'), concerned, names) || 'it is disturbed again and again'}`;
  }
}

/** What has come and gone between two sets of alarms. @param {Kind[]} before @param {Kind[]} after @param {number} time @param {Facts} facts @returns {Change[]} */
export function changesOf(before, after, time, facts) {
  const change = (/** @type {boolean} */ raised) => (/** @type {Kind} */ kind) => ({ kind, raised, time, text: textOf(kind, facts) });
  return [...after.filter((kind) => !before.includes(kind)).map(change(true)), ...before.filter((kind) => !after.includes(kind)).map(change(false))];
}

/** @type {Record<Kind, string>} */
const NAMES = { high: 'rate', low: 'rate', pause: 'pause', run: 'ventricular beats in a row', signal: 'signal' };

/** A change as an event. @param {Change} change */
export const eventText = ({ kind, raised, text }) => (raised ? `Alarm: ${text}` : `Alarm ended: ${NAMES[kind]}`);
