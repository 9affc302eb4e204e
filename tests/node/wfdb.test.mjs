// WFDB records with gaps and sums: the command line and the browser read the same, and refuse the same.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { compareMonitors, nativeMonitor } from '../../scripts/eval/monitored.mjs';
import { openModel } from '../../scripts/eval/records.mjs';
import { models } from '../../scripts/models.mjs';
import { beatsOf, loadEcg, readRecord } from '../../web/ecg.js';
import { NO_SAMPLE } from '../../web/record.js';
import { syntheticRecord } from '../../web/synthetic-ecg.js';
import { program } from './program.mjs';

const folder = mkdtempSync(join(tmpdir(), 'bedside-wfdb-test-'));
after(() => rmSync(folder, { recursive: true }));
const ecg = await loadEcg({ wasm: new URL('../../web/dist/bedside-signal.wasm', import.meta.url) });

/** A minute of a made-up rhythm, four seconds of which nobody received, with its sums. @param {16 | 212} format @param {number} [wrong] added to the second lead's sum */
function made(format, wrong = 0) {
  const { rate, samples, values, beats } = syntheticRecord(60, { ventricular: 0.1, episodes: [{ kind: 'missing', at: 20, seconds: 4 }] });
  const least = format === 16 ? -32768 : -2048;
  const stored = values.map((value) => (value === NO_SAMPLE ? least : Math.max(least + 1, Math.min(-least - 1, value))));
  const dat = new Uint8Array(format === 16 ? 4 * samples : 3 * samples);
  for (let i = 0; i < samples; i++) {
    const [a, b] = stored.subarray(2 * i, 2 * i + 2);
    if (format === 16) dat.set([a & 255, (a >> 8) & 255, b & 255, (b >> 8) & 255], 4 * i);
    else dat.set([a & 255, ((a >> 8) & 15) | (((b >> 8) & 15) << 4), b & 255], 3 * i);
  }
  const sum = (/** @type {number} */ lead) => (stored.reduce((all, value, k) => (k & 1) === lead ? all + value : all, 0) << 16) >> 16;
  const row = (/** @type {number} */ lead, /** @type {number} */ checksum, /** @type {string} */ as) => `made.dat ${format} 200 12 0 ${stored[lead]} ${checksum} 0 ${as}\n`;
  const hea = new TextEncoder().encode(`made 2 ${rate} ${samples}\n${row(0, sum(0), 'II')}${row(1, sum(1) + wrong, 'V1')}`);
  let last = 0;
  const words = (beats ?? []).map(({ at, symbol }) => {
    const word = ((symbol === 'V' ? 5 : 1) << 10) | (at - last);
    last = at;
    return word;
  });
  const atr = new Uint8Array(Uint16Array.from([...words, 0]).buffer);
  const path = join(folder, 'made');
  for (const [kind, bytes] of Object.entries({ hea, dat, atr })) writeFileSync(`${path}.${kind}`, bytes);
  return { path, files: { hea, dat, atr } };
}

for (const format of /** @type {const} */ ([212, 16])) {
  test(`format ${format}: a gap is a gap to the monitor, and no beats are cut from it`, async () => {
    const { bds } = /** @type {import('../../scripts/models.mjs').Model} */ (models().find(({ name }) => name === 'arrhythmia'));
    const { path, files } = made(format);
    const record = readRecord(files);
    assert.ok(record.values.includes(NO_SAMPLE));
    const model = await openModel(bds);
    const there = await nativeMonitor(bds, [path]);
    compareMonitors(model, ecg, [record], there);
    model.dispose();
    assert.ok(there.lines.length > 50 && there.lines.every(({ at }) => at < 20.5 * record.rate || at > 24 * record.rate));
    assert.ok(there.lines.some(({ withheld }) => withheld));
    assert.throws(() => [...beatsOf(ecg.chain(), record)], /was not received/);
    assert.throws(() => program('beats', path, '-o', join(folder, 'beats.npz')), /sample 7\d\d\d was not received: whose beats are judged must be whole \[BDS_E_INVALID\]/);
  });

  test(`format ${format}: samples of another sum are refused`, () => {
    for (const wrong of [1, -1, 32768]) {
      const { path, files } = made(format, wrong);
      assert.throws(() => readRecord(files), { code: 'BDS_E_CORRUPT', message: /the sum of lead "V1" is not the header's/ });
      assert.throws(() => program('beats', path, '-o', join(folder, 'beats.npz')), /made\.dat is damaged or of another record: the sum of lead V1 is not the header's \[BDS_E_CORRUPT\]/);
    }
    assert.equal(readRecord(made(format, 65536).files).leads.length, 2);
  });
}
