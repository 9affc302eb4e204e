// In the page: the contestants, each in a frame of its own, take turns on one model and the same data. Frames of one origin share a
// process, a thread and a clock, and none of the libraries sees another one's globals.
import { openCeiling } from './ceiling.mjs';

/**
 * What a contestant is given. Stored integers are int8; quantised: what an output of the .tflite file means.
 * @typedef {object} Request
 * @property {Record<'bds' | 'tflite' | 'onnx' | 'plan' | 'constants' | 'input', string>} files addresses
 * @property {string} sha256 of the .bds file
 * @property {{ type: 'int8' | 'uint8' | 'float32', dims: number[], count: number, scale: number, zeroPoint: number }} port
 * @property {{ scale: number, zeroPoint: number }} quantised
 * @property {string} [variant] which of Bedside's codes; default: its own choice
 */
/**
 * @typedef {object} Plan
 * @property {number} rounds
 * @property {number} bursts of a contestant in a round; one for those far behind
 * @property {number} burstMs how long a burst takes at least
 * @property {number} warmMs how long a contestant warms up at most, or until it has made warmCalls
 * @property {number} warmCalls
 * @property {number} raceMs no new round begins after it, once there were a quarter of them
 */
/** @typedef {{ min: number, median: number, p95: number, samples: number, memoryBytes: number, note: string, apart: number, sameTop: number }} Time */

/** How far the median output may be from Bedside's, in parts of the output's range, for the same network. */
const APART = 0.2;
/** Who takes so many times as long as the fastest need not be timed that often. */
const BEHIND = 2.5;

/** @param {Request} request @param {string} name @returns {Promise<any>} */
async function enterFrame(request, name) {
  const frame = document.createElement('iframe');
  const loaded = new Promise((resolve) => (frame.onload = resolve));
  frame.src = `contestant.html#${encodeURIComponent(JSON.stringify({ ...request, name }))}`;
  document.body.append(frame);
  await loaded;
  const contestant = await /** @type {any} */ (frame.contentWindow).ready;
  return { ...contestant, frame, name };
}

/** @param {number[]} values */
const top = (values) => values.indexOf(Math.max(...values));

/** @param {number[]} mine @param {number[]} others */
function distance(mine, others) {
  if (mine.length !== others.length) return Infinity;
  const range = Math.max(...mine) - Math.min(...mine) || 1;
  return Math.max(...mine.map((value, i) => Math.abs(value - others[i]))) / range;
}

/** The outputs for all inputs. @param {number[][]} mine @param {number[][]} others */
function compare(mine, others) {
  const apart = mine.map((output, i) => distance(output, others[i])).sort((a, b) => a - b)[mine.length >> 1];
  return { apart, sameTop: mine.filter((output, i) => top(output) === top(others[i])).length, inputs: mine.length };
}

/** @param {any} contestant @param {Plan} plan */
async function warmUp({ burst }, { warmMs, warmCalls, burstMs }) {
  const begin = performance.now();
  let least = Infinity;
  for (let calls = 0; calls < warmCalls && performance.now() - begin < warmMs; ) {
    const size = Math.max(1, Math.min(50, Math.round(burstMs / least)));
    least = Math.min(least, await burst(size));
    calls += size;
    await new Promise((resolve) => setTimeout(resolve)); // compilers work beside
  }
  return least;
}

/** @param {number[]} samples */
function summary(samples) {
  const sorted = Array.from(samples).sort((a, b) => a - b);
  return { min: sorted[0], median: sorted[sorted.length >> 1], p95: sorted[Math.floor((sorted.length - 1) * 0.95)], samples: sorted.length };
}

/**
 * @param {{ request: Request, names: string[], plan: Plan }} what names: the first is Bedside
 */
export async function race({ request, names, plan }) {
  /** @type {Record<string, string>} */
  const errors = {};
  /** @type {any[]} */
  const contestants = [];
  for (const name of names) {
    try {
      const contestant = await enterFrame(request, name);
      const agreement = compare((contestants[0] ?? contestant).outputs, contestant.outputs);
      const same = agreement.sameTop > agreement.inputs / 2;
      if (agreement.apart <= APART && same) contestants.push({ ...contestant, ...agreement, samples: [] });
      else errors[name] = `its answers are others: ${agreement.apart.toFixed(3)} of the range apart, ${agreement.sameTop} of ${agreement.inputs} with the same first place`;
    } catch (error) {
      errors[name] = String(error instanceof Error ? error.message : error);
    }
    if (contestants.length === 0) throw new Error(`Bedside itself: ${errors[name]}`);
  }
  const ceiling = openCeiling();
  let peak = 0;
  for (const contestant of contestants) contestant.least = await warmUp(contestant, plan);
  const best = Math.min(...contestants.map(({ least }) => least));
  for (const contestant of contestants) {
    contestant.calls = Math.max(1, Math.round(plan.burstMs / contestant.least));
    contestant.bursts = contestant.least > BEHIND * best ? 1 : plan.bursts;
  }
  const begin = performance.now();
  for (let round = 0; round < plan.rounds && (round < plan.rounds / 4 || performance.now() - begin < plan.raceMs); round++) {
    for (let i = 0; i < contestants.length; i++) {
      const contestant = contestants[(i + round) % contestants.length];
      await contestant.burst(1); // its code and data come back into the caches
      for (let burst = 0; burst < contestant.bursts; burst++) contestant.samples.push(await contestant.burst(contestant.calls));
    }
    for (let i = 0; i < 5; i++) peak = Math.max(peak, ceiling());
    await new Promise((resolve) => setTimeout(resolve));
  }
  /** @type {Record<string, Time>} */
  const times = {};
  for (const { name, samples, memoryBytes, note, apart, sameTop, frame } of contestants) {
    times[name] = { ...summary(samples), memoryBytes: memoryBytes(), note, apart, sameTop };
    frame.remove();
  }
  return { times, errors, ceiling: peak };
}
