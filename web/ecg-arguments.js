// What the ECG's interfaces take: WebAssembly would turn any value into some whole number without a word.
import { BedsideError } from './bedside.js';
import { NO_SAMPLE } from './record.js';

const LIMIT = 7000; // 35 mV: the C code stops there
const LEADS = ['lead0', 'lead1'];
const DAY = 86400;

/** @param {string} text @returns {never} */
export function fail(text) {
  throw new BedsideError('BDS_E_ARGUMENT', text);
}

/** @param {number} x */
const clamp = (x) => Math.max(-LIMIT, Math.min(LIMIT, x));

/** @param {unknown} value @param {string} what @param {number} least @param {number} most @param {string} [why] */
export function wholeNumber(value, what, least, most, why = '') {
  return typeof value === 'number' && Number.isInteger(value) && value >= least && value <= most ? value : fail(`${what} must be a whole number from ${least} to ${most}${why}.`);
}

/** A sample of a signal without gaps. @param {unknown} value @param {0 | 1} lead */
export function wholeSample(value, lead) {
  return typeof value === 'number' && Number.isInteger(value) ? clamp(value) : fail(`${LEADS[lead]} of a sample must be a whole number, in units of 5 microvolts.`);
}

/** A sample, rounded, or the value by which C knows that there is none. @param {unknown} value @param {0 | 1} lead */
export function sampleOrNone(value, lead) {
  if (value === null || value === undefined || Number.isNaN(value)) return NO_SAMPLE;
  return typeof value === 'number' ? clamp(Math.floor(value + 0.5)) : fail(`${LEADS[lead]} of a sample must be a number in units of 5 microvolts, or null, undefined or NaN where none was received.`);
}

/** Samples that were lost. @param {unknown} samples @param {number} rate */
export const gapOf = (samples, rate) => wholeNumber(samples, 'samples of a gap', 0, DAY * rate, `, as many as a day has at ${rate} per second: after longer ones begin anew`);

/** @param {unknown} rails @returns {[number, number]} */
function railsOf(rails) {
  if (!Array.isArray(rails) || rails.length !== 2) return fail('rails of a monitor must be two numbers, the lower first, or not be given.');
  const [low, high] = rails.map((rail) => wholeNumber(rail, 'Each of the rails of a monitor', -(2 ** 30), 2 ** 30, ', in units of 5 microvolts'));
  return low < high || (low === 0 && high === 0) ? [low, high] : fail('rails of a monitor: the first must be lower than the second; both 0, or none given: they are not known.');
}

/** In the order of bds_ecg_setup. @param {import('./ecg.js').MonitorSetup} setup @returns {[rate: number, leads: number, leadII: number, low: number, high: number]} */
export function setupOf({ rate = 360, leads = 2, leadII = false, rails = [0, 0] }) {
  if (typeof leadII !== 'boolean') fail('leadII of a monitor must be true or false.');
  return [wholeNumber(rate, 'rate of a monitor', 100, 2000, ', in samples per second'), wholeNumber(leads, 'leads of a monitor', 1, 2), Number(leadII), ...railsOf(rails)];
}
