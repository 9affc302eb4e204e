// One run of the benchmark: each model raced, started cold, and run natively.
import os from 'node:os';
import { measure } from '../check-size.mjs';
import { launch, open } from './browser.mjs';
import { coldStart } from './cold.mjs';
import { sharesOf, timeLayers } from './layers.mjs';
import { timeNative } from './native.mjs';
import { peers, raceIn, requestOf } from './race.mjs';
import { serve } from './server.mjs';
import { brotliBytes } from './sizes.mjs';

/** Tiny models need about a thousand calls before V8's optimising compiler is done with them, large ones a hundred. */
const PLAN = { bursts: 3, burstMs: 2, warmMs: 3000, warmCalls: 1500, raceMs: 40_000 };

/**
 * @typedef {object} ModelResult times in milliseconds
 * @property {string} title
 * @property {number} macs
 * @property {number} bedside_ms the least
 * @property {Record<string, number>} peers
 * @property {number | null} ratio the fastest peer's time by Bedside's
 * @property {number} gmacs
 * @property {number} percent_of_ceiling
 * @property {Record<string, import('./page/race.mjs').Time>} times
 * @property {Record<string, string>} errors
 */
/**
 * @typedef {object} Results
 * @property {Record<string, string | number>} machine
 * @property {{ wasm_gmacs: number, native_gmacs: number }} ceiling
 * @property {Record<string, ModelResult>} models
 * @property {Record<string, Record<string, number>>} cold_ms
 * @property {number} brotli_bytes
 * @property {Record<string, number>} peers_brotli_bytes
 * @property {Record<string, Record<string, number>>} memory_bytes
 * @property {Record<string, any>} native
 * @property {Record<string, import('./layers.mjs').Share[]>} [profile] where Bedside's time goes
 */

/** @param {string} text */
const say = (text) => process.stderr.write(`${text}\n`);

/** @param {number} value @param {number} digits */
const rounded = (value, digits) => Number(value.toFixed(digits));

/**
 * @param {import('./models.mjs').BenchModel} model
 * @param {{ times: Record<string, import('./page/race.mjs').Time>, errors: Record<string, string> }} raced
 * @returns {ModelResult}
 */
function resultOf({ title, info }, { times, errors }) {
  const bedside = rounded(times.bedside.min, 5);
  const others = Object.fromEntries(Object.entries(times).filter(([name]) => !name.startsWith('bedside')).map(([name, { min }]) => [name, rounded(min, 5)]));
  const best = Math.min(...Object.values(others));
  return {
    title, macs: info.macs, bedside_ms: bedside, peers: others, ratio: Number.isFinite(best) ? rounded(best / bedside, 3) : null,
    gmacs: rounded((1e-6 * info.macs) / bedside, 2), percent_of_ceiling: 0, times, errors,
  };
}

/**
 * @param {import('./models.mjs').BenchModel[]} models
 * @param {{ work: string, peers: boolean, variants: string[], rounds: number, cold: number, slices: number, profile: boolean }} options
 * @returns {Promise<Results>}
 */
export async function measureAll(models, { work, peers: withPeers, variants, rounds, cold, slices, profile }) {
  const [server, browser] = await Promise.all([serve(work), launch()]);
  const cpu = os.cpus()[0]?.model ?? 'unknown';
  /** @type {Results} */
  const results = {
    machine: { cpu, cores: os.availableParallelism(), system: `${os.type()} ${os.release()}`, browser: await browser.version(), node: process.version },
    ceiling: { wasm_gmacs: 0, native_gmacs: 0 },
    models: {}, cold_ms: {}, brotli_bytes: measure().total, peers_brotli_bytes: {}, memory_bytes: {}, native: {},
  };
  /** @type {Record<string, string[]>} */
  const files = {};
  try {
    for (const model of models) {
      const { name } = model;
      const request = await requestOf(model, work);
      const names = ['bedside', ...variants.map((variant) => `bedside@${variant}`), ...(withPeers && model.source ? Object.keys(peers) : [])];
      const page = await open(browser, `${server.url}scripts/bench/page/race.html`);
      const raced = await raceIn(page, { request, names, plan: { ...PLAN, rounds } });
      await page.close();
      const result = resultOf(model, raced);
      results.models[name] = result;
      results.memory_bytes[name] = Object.fromEntries(Object.entries(raced.times).map(([who, { memoryBytes }]) => [who, memoryBytes]));
      results.ceiling.wasm_gmacs = Math.max(results.ceiling.wasm_gmacs, rounded(raced.ceiling, 2));
      say(`${name}: ${Object.entries(raced.times).map(([who, { min }]) => `${who} ${min.toFixed(3)}`).join(', ')} ms${result.ratio ? `; ratio ${result.ratio.toFixed(2)}` : ''}`);
      for (const [who, why] of Object.entries(raced.errors)) say(`  ${who} is not timed: ${why}`);
      if (cold > 0) {
        const started = await coldStart(browser, server.url, { request, names: Object.keys(raced.times), samples: cold });
        results.cold_ms[name] = Object.fromEntries(Object.entries(started.least).map(([who, ms]) => [who, rounded(ms, 2)]));
        for (const [who, list] of Object.entries(started.files)) files[who] = [...(files[who] ?? []), ...list];
        say(`  cold: ${Object.entries(started.least).map(([who, ms]) => `${who} ${ms.toFixed(0)}`).join(', ')} ms`);
      }
      if (slices > 0) {
        const native = await timeNative(model, request, { work, slices, peers: withPeers });
        results.native[name] = native;
        results.ceiling.native_gmacs = Math.max(results.ceiling.native_gmacs, native.ceiling_gmacs);
        say(`  native: bedside ${native.bedside_ms.toFixed(4)} ms${'ratio' in native ? `, onnxruntime ${native.onnxruntime_ms.toFixed(4)} ms; ratio ${native.ratio.toFixed(2)}` : ''}`);
      }
    }
    if (profile) {
      results.profile = {};
      for (const model of models) results.profile[model.name] = sharesOf(model, await timeLayers(model, { work, seconds: 5 }));
    }
    for (const model of Object.values(results.models)) model.percent_of_ceiling = rounded((100 * model.gmacs) / results.ceiling.wasm_gmacs, 1);
  } finally {
    await browser.close();
    await server.close();
  }
  const loaded = Object.entries(files).filter(([who]) => who in peers);
  if (loaded.length > 0) say('compressing what the peers load');
  results.peers_brotli_bytes = await brotliBytes(Object.fromEntries(loaded));
  return results;
}
