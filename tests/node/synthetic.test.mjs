// The synthetic ECG: the same samples everywhere, the rhythm that was asked for, and beats that the chain and the shipped model recognise as
// what they were made to be.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { classify, loadEcg } from '../../web/ecg.js';
import { angle, exp, root, sin, TAU } from '../../web/exact-math.js';
import { NO_SAMPLE, unitsAt } from '../../web/record.js';
import { SyntheticEcg, syntheticRecord } from '../../web/synthetic-ecg.js';
import { openModel } from '../../scripts/eval/records.mjs';
import { fails } from './common.mjs';

const RATE = 360;
const SEEDS = [1, 2, 3];
const arrhythmia = fileURLToPath(new URL('../../models/arrhythmia/arrhythmia.bds', import.meta.url));
const ecg = await loadEcg();
const model = await openModel(arrhythmia);

/** Seconds between beats. @param {{ at: number }[]} beats */
const intervals = (beats) => beats.slice(1).map(({ at }, i) => (at - beats[i].at) / RATE);

test('elementary functions are what they are called', () => {
  for (let i = 0; i < 4000; i++) {
    const [down, x] = [-i / 100, (i - 2000) / 90];
    assert.ok(Math.abs(exp(down) - Math.exp(down)) < 1e-11);
    assert.ok(Math.abs(sin(x) - Math.sin(x)) < 1e-12);
    assert.ok(Math.abs(sin(angle(Math.sin(x), Math.cos(x))) - Math.sin(x)) < 1e-10);
    assert.ok(Math.abs(root(0.1 + i / 500) - Math.sqrt(0.1 + i / 500)) < 1e-12);
  }
  assert.deepEqual([angle(0, 1), angle(0, -1), angle(0, 0)], [0, TAU / 2, 0]);
  assert.equal(exp(-50), 0);
});

test('the same options give the same samples, in pieces or at once; another seed gives others', () => {
  const options = { seed: 7, ventricular: 0.1, supraventricular: 0.1, mains: 0.02, episodes: [{ kind: /** @type {const} */ ('noise'), at: 5, seconds: 1 }] };
  const [whole, pieces] = [new SyntheticEcg(options), new SyntheticEcg(options)];
  const { leads } = whole.read(20 * RATE);
  const parts = Array.from({ length: 20 }, () => pieces.read(RATE).leads[1]);
  assert.deepEqual(leads[1], Int32Array.from(parts.flatMap((part) => [...part])));
  // Pinned: what any engine must give. tests/browser/monitor.test.mjs asks two others.
  const digest = createHash('sha256').update(new Uint8Array(Int32Array.from([...leads[0], ...leads[1]]).buffer)).digest('hex');
  assert.equal(digest, '3212215fd6d02f386a42f4292d3279d39b465c0820dcefcdde2b5881c10e05f9');
  assert.notDeepEqual(new SyntheticEcg({ ...options, seed: 8 }).read(20 * RATE).leads[0], leads[0]);
});

test('heart rate, premature beats, runs, pauses', () => {
  for (const heartRate of [40, 68, 130]) {
    const list = intervals(syntheticRecord(120, { heartRate }).beats ?? []).slice(3);
    const mean = list.reduce((a, b) => a + b) / list.length;
    assert.ok(Math.abs(60 / mean - heartRate) < 2, `${60 / mean} for ${heartRate}`);
    const sd = Math.sqrt(list.reduce((sum, x) => sum + (x - mean) ** 2, 0) / list.length) / mean;
    assert.ok(sd > 0.015 && sd < 0.05, `variability ${sd}`);
  }
  const { beats } = syntheticRecord(300, { ventricular: 0.1, supraventricular: 0.1 });
  const all = beats ?? [];
  const gaps = intervals(all);
  const early = all.flatMap(({ symbol }, i) => (symbol === 'N' || i < 2 ? [] : [{ symbol, before: gaps[i - 1], after: gaps[i] }]));
  assert.ok(early.filter(({ symbol }) => symbol === 'V').length > 10 && early.filter(({ symbol }) => symbol === 'A').length > 10);
  for (const { before } of early) assert.ok(before < 0.66, `early by ${before}`);
  const compensatory = early.filter(({ symbol, after }) => symbol === 'V' && after > 0).map(({ before, after }) => before + after);
  assert.ok(compensatory.every((sum) => sum > 1.55 && sum < 1.95), 'both intervals of a V make two usual ones');
  const script = syntheticRecord(60, { episodes: [{ kind: 'run', at: 10, beats: 5 }, { kind: 'pause', at: 25, seconds: 2.5 }] });
  const symbols = (script.beats ?? []).map(({ symbol }) => symbol).join('');
  assert.match(symbols, /NVVVVVN+$/);
  assert.equal(intervals(script.beats ?? []).filter((gap) => gap > 3).length, 1);
});

test('electrodes: off, saturated, noise, not received; and again in each round', () => {
  const at = (/** @type {import('../../web/synthetic-ecg.js').Episode['kind']} */ kind, lead = /** @type {number | undefined} */ (undefined)) => syntheticRecord(14, { every: 10, episodes: [{ kind, at: 2, seconds: 1, lead }] });
  const second = (/** @type {import('../../web/record.js').Record} */ { values }, /** @type {number} */ from, /** @type {number} */ lead) => values.subarray(2 * RATE * from, 2 * RATE * (from + 1)).filter((_, k) => (k & 1) === lead);
  for (const from of [2, 12]) {
    assert.ok(second(at('off'), from, 0).every((value) => value === 0));
    assert.ok(second(at('saturated'), from, 1).every((value) => value === 1000));
    assert.ok(second(at('missing'), from, 1).every((value) => value === NO_SAMPLE));
    assert.ok(second(at('missing', 1), from, 0).every((value) => value !== NO_SAMPLE));
    const rough = second(at('noise', 0), from, 0);
    assert.ok(rough.reduce((sum, value, i) => sum + (i ? Math.abs(value - rough[i - 1]) : 0), 0) / rough.length > 80);
  }
  assert.ok(new Set(second(at('off'), 1, 0)).size > 20, 'and not before');
});

test('what is refused', async () => {
  for (const options of [{ rate: 99 }, { rate: 250.5 }, { heartRate: 0 }, { heartRate: NaN }, { ventricular: 0.5, supraventricular: 0.5 }, { variability: 1 }]) await fails(() => new SyntheticEcg(options), 'BDS_E_ARGUMENT');
  await fails(() => new SyntheticEcg({ episodes: [{ kind: /** @type {any} */ ('cure'), at: 1 }] }), 'BDS_E_ARGUMENT', /none of run/);
});

for (const seed of SEEDS) {
  test(`the chain finds its beats and the model names them (seed ${seed})`, () => {
    const record = syntheticRecord(180, { seed, ventricular: 0.08, supraventricular: 0.09, noise: 0.02, wander: 0.15 });
    const monitor = ecg.monitor({ rate: RATE, leads: 2, leadII: true });
    /** @type {{ at: number, label: string }[]} */
    const told = [];
    for (let i = 0; i < record.samples; i++) {
      monitor.sample(unitsAt(record, i, 0), unitsAt(record, i, 1));
      for (let beat = monitor.next(); beat; beat = monitor.next()) told.push({ at: beat.sample, label: beat.withheld ? '-' : model.info.labels[classify(model, beat).top] });
    }
    const judged = (record.beats ?? []).filter(({ at }) => at > 15 * RATE && at < record.samples - 4 * RATE);
    const answer = (/** @type {number} */ at) => told.find((beat) => Math.abs(beat.at - at) <= 0.15 * RATE)?.label ?? 'missed';
    const right = (/** @type {string} */ symbol, /** @type {string} */ label) => {
      const list = judged.filter((beat) => beat.symbol === symbol).map(({ at }) => answer(at));
      return { share: list.filter((given) => given === label).length / list.length, list };
    };
    for (const [symbol, label, least] of /** @type {const} */ ([['N', 'N', 0.97], ['V', 'V', 0.9], ['A', 'S', 0.7]])) {
      const { share, list } = right(symbol, label);
      assert.ok(list.length > 4 && share >= least, `${symbol}: ${share} of ${list.join('')}`);
    }
    const extra = told.filter(({ at }) => !(record.beats ?? []).some((beat) => Math.abs(beat.at - at) <= 0.15 * RATE));
    assert.ok(extra.length <= 1, `${extra.length} beats where none is`);
  });
}
