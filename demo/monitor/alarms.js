// Which alarms have come and gone, and which of their limits the page's form may set. What raises and ends them: EcgAlarm of web/ecg.js, the same C
// as in firmware; how they are said: words.js. A demonstration, not a medical device: nobody may rely on these alarms.
// SPDX-License-Identifier: MIT

/** @typedef {import('../../web/ecg.js').AlarmKind} Kind */
/** @typedef {import('../../web/ecg.js').AlarmLimits} Limits */
/** @typedef {import('../../web/ecg.js').Quality} Quality */
/** What is known when an alarm is raised. @typedef {{ limits: Limits, rate: number | null, quality?: Quality[], concerned?: number[], names?: string[] }} Facts */
/** time: seconds of signal @typedef {{ kind: Kind, raised: boolean, time: number, facts: Facts }} Change */

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

/** What has come and gone between two sets of alarms. @param {Kind[]} before @param {Kind[]} after @param {number} time @param {Facts} facts @returns {Change[]} */
export function changesOf(before, after, time, facts) {
  const change = (/** @type {boolean} */ raised) => (/** @type {Kind} */ kind) => ({ kind, raised, time, facts });
  return [...after.filter((kind) => !before.includes(kind)).map(change(true)), ...before.filter((kind) => !after.includes(kind)).map(change(false))];
}
