// The ECG chain: the same bits natively and in WebAssembly, however late beats are noted; records in formats 212 and 16; what is refused.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { BedsideError } from '../../web/bedside.js';
import { aami, beatsOf, classify, EcgChain, listen, loadEcg, readRecord } from '../../web/ecg.js';
import { compareMonitors, nativeMonitor } from '../../scripts/eval/monitored.mjs';
import { Random } from '../../scripts/eval/random.mjs';
import { root } from '../../scripts/setup.mjs';
import { answerOf, compare, native as nativeEval, openModel } from '../../scripts/eval/records.mjs';
import { models } from '../../scripts/models.mjs';
import { program } from './program.mjs';

const SEED = 20261126;
const folder = mkdtempSync(join(tmpdir(), 'bedside-ecg-test-'));
after(() => rmSync(folder, { recursive: true }));
const ecg = await loadEcg({ wasm: new URL('../../web/dist/bedside-signal.wasm', import.meta.url) });

/** Bumps of P, QRS and T about a beat's sample, millivolts. @param {number} t seconds @param {string} symbol */
function shape(t, symbol) {
  const bump = (/** @type {number} */ at, /** @type {number} */ width, /** @type {number} */ height) => height * Math.exp(-(((t - at) / width) ** 2) / 2);
  if (symbol === 'V') return bump(0, 0.035, 1.6) - bump(0.09, 0.04, 0.7) - bump(0.3, 0.06, 0.4);
  return (symbol === 'A' ? -0.5 : 1) * bump(-0.16, 0.022, 0.12) - bump(-0.03, 0.008, 0.1) + bump(0, 0.011, 1.1) - bump(0.03, 0.01, 0.25) + bump(0.27, 0.05, 0.25);
}

/** A made-up record of `seconds`, as files in units of 1/200 mV about 1024. @param {string} name @param {'212' | '16'} format */
function synthetic(name, format, seconds = 60) {
  const random = new Random(SEED);
  const n = seconds * 360;
  /** @type {{ at: number, symbol: string }[]} */
  const beats = [];
  for (let at = 200; at < n - 20;) {
    const draw = random.below(12);
    const symbol = draw === 0 ? 'V' : draw === 1 ? 'A' : 'N';
    beats.push({ at, symbol });
    at += draw === 5 && beats.length === 20 ? 1300 : (symbol === 'N' ? 290 : 360) + random.below(24) - (random.below(10) === 0 ? 110 : 0);
  }
  if (beats.length > 30) beats.splice(25, 4); // a pause of more than three seconds
  const leads = [0, 1].map((lead) =>
    Int16Array.from({ length: n }, (_, i) => {
      let v = 0.1 * Math.sin(i / 400) + (random.below(1000) - 500) / 40000;
      for (const { at, symbol } of beats) if (Math.abs(at - i) < 240) v += (lead ? -0.6 : 1) * shape((i - at) / 360, symbol);
      return Math.round(200 * v) + 1024;
    }),
  );
  const values = Int32Array.from({ length: 2 * n }, (_, k) => leads[k & 1][k >> 1]);
  const row = (/** @type {string} */ lead) => `${name}.dat ${format} 200(1024)/mV 12 1024 0 0 0 ${lead}`;
  const hea = `${name} 2 360 ${n}\n${row('MLII')}\n${row('V1')}\n# 51 F 0 0 x1\n`;
  const dat = new Uint8Array(format === '16' ? 4 * n : 3 * n);
  for (let k = 0; k < 2 * n; k++) {
    if (format === '16') [dat[2 * k], dat[2 * k + 1]] = [values[k] & 255, (values[k] >> 8) & 255];
    else if (k & 1) [dat[3 * (k >> 1) + 1], dat[3 * (k >> 1) + 2]] = [dat[3 * (k >> 1) + 1] | (((values[k] >> 8) & 15) << 4), values[k] & 255];
    else [dat[3 * (k >> 1)], dat[3 * (k >> 1) + 1]] = [values[k] & 255, (values[k] >> 8) & 15];
  }
  const words = [];
  let last = 0;
  for (const { at, symbol } of beats) {
    const code = { N: 1, V: 5, A: 8 }[symbol] ?? 13;
    if (at - last > 1023) words.push(59 << 10, (at - last) >>> 16, (at - last) & 0xffff, code << 10);
    else words.push((code << 10) | (at - last));
    if (words.length === 1) words.push((63 << 10) | 3, 0x2841, 0x42); // a text of three letters
    last = at;
  }
  const atr = new Uint8Array(Uint16Array.from([...words, 0]).buffer);
  const path = join(folder, name);
  writeFileSync(`${path}.hea`, hea);
  writeFileSync(`${path}.dat`, dat);
  writeFileSync(`${path}.atr`, atr);
  return { path, beats, values, files: { hea: new TextEncoder().encode(hea), dat, atr } };
}

/** Arrays of an .npz that is stored as it is: name to bytes behind the header. @param {string} path */
function npz(path) {
  const b = readFileSync(path);
  /** @type {Record<string, Buffer>} */
  const out = {};
  for (let at = 0; b.readUInt32LE(at) === 0x04034b50;) {
    const [size, name] = [b.readUInt32LE(at + 18), b.readUInt16LE(at + 26)];
    const begin = at + 30 + name;
    const header = 10 + b.readUInt16LE(begin + 8);
    out[b.toString('latin1', at + 30, begin)] = b.subarray(begin + header, begin + size);
    at = begin + size;
  }
  return out;
}

/** @param {string[]} paths */
function native(...paths) {
  const out = join(folder, 'beats.npz');
  program('beats', ...paths, '-o', out);
  return npz(out);
}

/** @param {any[]} list */
function same(list, /** @type {Record<string, Buffer>} */ there, first = 0) {
  const { steps, channels, scalars } = ecg.form;
  list.forEach((beat, k) => {
    const i = first + k;
    assert.deepEqual(Buffer.from(beat.inputs[0].buffer), there['beat.npy'].subarray(i * steps * channels, (i + 1) * steps * channels), `window of beat ${k}`);
    assert.deepEqual(Buffer.from(beat.inputs[1].buffer), there['scalars.npy'].subarray(i * scalars, (i + 1) * scalars), `numbers of beat ${k}`);
    assert.equal(beat.at, there['at.npy'].readUInt32LE(4 * i));
    assert.equal(beat.truth, there['label.npy'][i]);
    assert.equal(beat.symbol.charCodeAt(0), there['symbol.npy'][i]);
  });
}

for (const format of /** @type {const} */ (['212', '16'])) {
  test(`a record in format ${format}: every beat equal natively and in WebAssembly (seed ${SEED})`, () => {
    const { path, beats, values, files } = synthetic(`made${format}`, format);
    const record = readRecord(files);
    assert.deepEqual(record.values, values);
    assert.deepEqual(record.beats, beats);
    assert.equal(record.age, 51);
    assert.equal(record.sex, 'F');
    const list = [...beatsOf(ecg.chain(), record)];
    assert.equal(list.length, beats.length);
    same(list, native(path));
    assert.ok(new Set(list.map(({ inputs }) => inputs[1].join())).size > beats.length / 2, 'the numbers tell beats apart');
  });
}

test('early beats are told from others by what comes out', () => {
  const { files } = synthetic('early', '16', 120);
  const list = [...beatsOf(ecg.chain(), readRecord(files))].slice(20);
  const mean = (/** @type {number} */ truth, /** @type {number} */ k) => {
    const chosen = list.filter((beat) => beat.truth === truth);
    return chosen.reduce((sum, { inputs }) => sum + inputs[1][k], 0) / chosen.length;
  };
  assert.ok(mean(0, 27) > mean(2, 27) + 60, 'a wide beat is unlike the usual one');
  assert.ok(mean(0, 43) > mean(1, 43) + 20, 'an inverted P wave is unlike the usual one');
});

test('how late a beat is noted changes nothing', () => {
  const { files } = synthetic('late', '16');
  const record = readRecord(files);
  const beats = record.beats ?? [];
  const prompt = [...beatsOf(ecg.chain(), record)];
  for (const late of [0, 1, 77, 180, 540]) {
    const chain = ecg.chain();
    const list = [];
    let next = 0;
    for (let i = 0; i < record.samples; i++) {
      chain.sample(record.values[2 * i] - 1024, record.values[2 * i + 1] - 1024);
      if (next < beats.length && i + 1 >= Math.min(record.samples, beats[next].at + late)) {
        if (i >= beats[next].at) chain.note(beats[next++].at);
      }
      for (let beat = chain.next(); beat; beat = chain.next()) list.push(beat);
    }
    while (next < beats.length) chain.note(beats[next++].at);
    chain.finish();
    for (let beat = chain.next(); beat; beat = chain.next()) list.push(beat);
    assert.deepEqual(list, prompt.map(({ index, at, inputs }) => ({ index, at, inputs })), `${late} samples late`);
  }
});

test('extreme samples, a lead that is off, and silence give beats, not faults', () => {
  for (const value of [0, 1 << 30, -(1 << 31)]) {
    const chain = ecg.chain();
    let count = 0;
    for (let i = 0; i < 4000; i++) {
      chain.sample(i % 7 ? value : -value, 0);
      if (i % 250 === 100) chain.note(i);
      for (let beat = chain.next(); beat; beat = chain.next()) count++;
    }
    chain.finish();
    while (chain.next()) count++;
    assert.equal(count, 16);
  }
});

test('what is refused, and in which words', () => {
  const chain = ecg.chain();
  for (let i = 0; i < 700; i++) chain.sample(0, 0);
  assert.throws(() => chain.note(700), /after the newest sample/);
  assert.throws(() => chain.note(159), /too late/);
  chain.note(600);
  assert.throws(() => chain.note(600), /before the last one/);
  for (let i = 0; i < 15; i++) chain.note(601 + i);
  assert.throws(() => chain.note(690), /more beats than any heart/);
  const { files, path } = synthetic('bad', '212', 20);
  assert.throws(() => readRecord({ ...files, dat: files.dat.subarray(0, 100) }), /fewer than the header says/);
  assert.throws(() => readRecord({ ...files, atr: files.atr.subarray(0, 7) }), /end in the middle/);
  assert.throws(() => readRecord({ ...files, hea: new TextEncoder().encode('bad 2 360\n') }), /not complete/);
  writeFileSync(`${path}.dat`, files.dat.subarray(0, 100));
  assert.throws(() => native(path), /shorter than its header says \[BDS_E_INVALID\]/);
  writeFileSync(`${path}.hea`, 'bad 2 360 7200\n../x.dat 212\n../x.dat 212\n');
  assert.throws(() => native(path), /must lie beside the header/);
  assert.throws(() => new EcgChain(new WebAssembly.Module(new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0]))), /another version/);
});

test("AAMI's classes", () => {
  assert.deepEqual([...'NLReBjAaJSVErF/fQ?'].map(aami), [0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 3, 4, 4, 4, 4]);
});

test('the shipped model judges made-up records natively and in WebAssembly alike', async () => {
  const { recipe, bds, onnx } = /** @type {import('../../scripts/models.mjs').Model} */ (models().find(({ name }) => name === 'arrhythmia'));
  const records = recipe.data.splits.test.map((/** @type {string} */ name) => ({ name, ...synthetic(name, '212', 40) }));
  const there = await nativeEval(bds, folder, { float: onnx });
  const model = await openModel(bds);
  const hash = createHash('sha256');
  const answers = records.flatMap((/** @type {{ name: string } & ReturnType<typeof synthetic>} */ { name, files }) => [...beatsOf(ecg.chain(), readRecord(files))].map((beat) => {
    for (const { buffer, byteOffset, byteLength } of model.infer(beat.inputs)) hash.update(new Uint8Array(buffer, byteOffset, byteLength));
    return { id: `${name}:${beat.index}`, truth: beat.truth, ...answerOf(model) };
  }));
  model.dispose();
  compare('arrhythmia', there, { answers, digest: hash.digest('hex') });
  const { figures } = there;
  assert.equal(figures.beats, answers.length);
  assert.equal(figures.records, 22);
  assert.ok(figures.file_bytes <= 15360);
  const table = /** @type {number[][]} */ (figures.confusion);
  const total = table.flat().reduce((a, b) => a + b, 0);
  assert.ok(Math.abs(figures.acc - (table[0][0] + table[1][1] + table[2][2]) / total) < 1e-6);
  assert.ok(Math.abs(figures.v_ppv - table[2][2] / table.reduce((sum, row) => sum + row[2], 0)) < 1e-6);
  assert.ok(figures.float_agreement > 0.97);
  assert.ok(figures.v_se > 0.8, `even made-up wide beats are ventricular: ${figures.v_se}`);
});

/** The synthetic rhythm at any rate in format 16, spoiled. @param {string} name @param {number} rate @param {number} leads @param {(i: number, values: number[]) => void} [spoil] values in units of 5 microvolts @param {{ bits?: number, first?: string }} [header] */
function monitored(name, rate, leads, spoil = () => {}, { bits = 16, first = 'MLII' } = {}) {
  const seconds = 60;
  const n = seconds * rate;
  const random = new Random(SEED);
  const beats = Array.from({ length: 66 }, (_, k) => ({ at: Math.round((0.6 + 0.9 * k - (k % 17 === 9 ? 0.25 : 0)) * rate), symbol: k % 17 === 9 ? 'V' : 'N' }));
  const dat = Buffer.alloc(2 * n * leads);
  for (let i = 0; i < n; i++) {
    const values = Array.from({ length: leads }, (_, lead) => {
      let v = (random.below(1000) - 500) / 40000;
      for (const { at, symbol } of beats) if (Math.abs(at - i) < 0.67 * rate) v += (lead ? -0.6 : 1) * shape((i - at) / rate, symbol);
      return Math.round(200 * v);
    });
    spoil(i, values);
    values.forEach((value, lead) => dat.writeInt16LE(value, 2 * (i * leads + lead)));
  }
  let last = 0;
  const words = beats.flatMap(({ at, symbol }) => {
    const word = ((symbol === 'V' ? 5 : 1) << 10) | (at - last);
    last = at;
    return [word];
  });
  const hea = `${name} ${leads} ${rate} ${n}\n${Array.from({ length: leads }, (_, k) => `${name}.dat 16 200 ${bits} 0 0 0 0 ${k ? 'V1' : first}`).join('\n')}\n`;
  const atr = new Uint8Array(Uint16Array.from([...words, 0]).buffer);
  const path = join(folder, name);
  writeFileSync(`${path}.hea`, hea);
  writeFileSync(`${path}.dat`, dat);
  writeFileSync(`${path}.atr`, atr);
  return { path, beats, record: readRecord({ hea: new TextEncoder().encode(hea), dat: new Uint8Array(dat), atr }) };
}

test(`the monitor: natively and in WebAssembly the same beats, quality and logits, at other rates, with one lead, and disturbed (seed ${SEED})`, async () => {
  const { bds } = /** @type {import('../../scripts/models.mjs').Model} */ (models().find(({ name }) => name === 'arrhythmia'));
  const lost = (/** @type {number} */ rate) => (/** @type {number} */ i, /** @type {number[]} */ values) => void (i > 20 * rate && i < 24 * rate && values.fill(-32768));
  const upside = (/** @type {number} */ i, /** @type {number[]} */ values) => void (i > 40 * 250 && values.forEach((value, k) => (values[k] = -value)));
  const flat = (/** @type {number} */ i, /** @type {number[]} */ values) => void (i > 30 * 500 && (values[1] = 3));
  const clipped = (/** @type {number} */ i, /** @type {number[]} */ values) => void (i >= 30 * 360 && i < 30 * 360 + 7 && (values[0] = 511));
  const negative = (/** @type {number} */ _, /** @type {number[]} */ values) => values.forEach((value, k) => (values[k] = -value));
  const made = [monitored('clipped', 360, 2, clipped, { bits: 10 }), monitored('worn', 360, 2, negative, { first: 'ECG lead II' }), monitored('unnamed', 360, 2, negative, { first: 'lead 2' }), monitored('m360', 360, 2), monitored('m250', 250, 2, upside), monitored('m128', 128, 1), monitored('m500', 500, 2, flat), monitored('lost', 360, 2, lost(360)), monitored('m800', 800, 2)];
  const there = await nativeMonitor(bds, made.map(({ path }) => path));
  const model = await openModel(bds);
  compareMonitors(model, ecg, made.map(({ record }) => record), there);
  const keys = new Set(there.lines.flatMap((line) => Object.keys(line)));
  const listed = /for each beat: ([^]*?)With those/.exec(program('help', 'monitor'))?.[1] ?? '';
  for (const key of keys) assert.match(listed, new RegExp(`\\b${key}\\b`), 'the help names every key of a line');
  const of = (/** @type {string} */ name) => there.lines.filter(({ record }) => record === name);
  assert.ok(there.figures.detector.se > 0.97 && there.figures.detector.ppv > 0.97, JSON.stringify(there.figures.by_record.map((/** @type {any} */ one) => [one.record, one.detector, one.disturbed])));
  for (const name of ['m360', 'm800', 'm128']) assert.equal(of(name).filter(({ withheld }) => !withheld).length, of(name).length - of(name).findIndex(({ withheld }) => !withheld), `${name}: once learned, nothing is withheld`);
  assert.ok(of('m128').every(({ quality }) => quality & 256), 'one lead is said to be one');
  assert.ok(of('m250').filter(({ at }) => at > 42 * 250).every(({ withheld, quality }) => withheld && quality & 16));
  assert.ok(of('m500').filter(({ at }) => at > 33 * 500).every(({ withheld, quality }) => withheld && quality & 1));
  assert.ok(of('lost').filter(({ at }) => at > 20 * 360 && at < 26 * 360).every(({ withheld, quality }) => withheld && quality & 4));
  assert.ok(of('lost').filter(({ at }) => at > 30 * 360).every(({ withheld }) => !withheld), 'and all is well again');
  assert.ok(of('clipped').filter(({ at }) => at > 30 * 360 && at < 32 * 360).every(({ withheld, quality }) => withheld && quality & 2), 'at the rail that the header gives');
  assert.ok(of('clipped').filter(({ at }) => at > 36 * 360).every(({ withheld }) => !withheld));
  assert.ok(of('worn').filter(({ at }) => at > 20 * 360).every(({ quality }) => quality & 16), 'lead II upside down from the beginning');
  assert.ok(of('unnamed').every(({ quality }) => !(quality & 16)), 'which cannot be said of a lead that is not known');
  const [told] = [...listen(ecg, made.find(({ record }) => record.name === 'lost')?.record ?? made[0].record)].filter(({ withheld }) => withheld);
  assert.equal(told.inputs, null);
  assert.throws(() => classify(model, told), /disturbed there/);
  model.dispose();
});

test('a monitor in a page: NaN and null are lost samples, the state can be asked for', () => {
  const { record } = monitored('page', 360, 2);
  const monitor = ecg.monitor({ leadII: true });
  const feed = (/** @type {number} */ from, /** @type {number} */ to, /** @type {number | null | undefined} */ instead) => {
    const list = [];
    for (let i = from * 360; i < to * 360; i++) {
      if (instead === 0) monitor.sample(record.values[2 * i], record.values[2 * i + 1]);
      else monitor.sample(instead, record.values[2 * i + 1]);
      for (let told = monitor.next(); told; told = monitor.next()) list.push(told);
    }
    return list;
  };
  assert.deepEqual([feed(0, 1, 0).length, monitor.quality, monitor.disturbed, monitor.rate], [0, ['learning'], true, null]);
  assert.ok(feed(1, 20, 0).length > 15);
  assert.deepEqual([monitor.quality, monitor.disturbed], [[], false]);
  assert.ok(Math.abs(/** @type {number} */ (monitor.rate) - 67) < 3);
  for (const instead of [NaN, null, undefined]) {
    monitor.reset();
    feed(0, 20, 0);
    assert.ok(feed(20, 24, instead).every(({ withheld }) => withheld));
    assert.ok(monitor.quality.includes('missing'));
    assert.deepEqual([monitor.leads, monitor.rate], [[0], null]);
  }
  monitor.gap(360);
  assert.deepEqual(monitor.leads, [0, 1]);
});

/** @param {() => unknown} attempt @param {RegExp} sentence @param {string} what */
const refused = (attempt, sentence, what) => assert.throws(attempt, (/** @type {any} */ e) => e instanceof BedsideError && e.code === 'BDS_E_ARGUMENT' && sentence.test(e.message), what);

test("a monitor's arguments: what cannot be is refused by name, and changes nothing", () => {
  /** @type {[RegExp, Record<string, unknown[]>][]} */
  const wrong = [
    [/^rate of a monitor must be a whole number from 100 to 2000, in samples per second\.$/, { rate: [99, 2001, 360.5, NaN, '360', 2 ** 32 + 360, null] }],
    [/^leads of a monitor must be a whole number from 1 to 2\.$/, { leads: [0, 3, 1.5, '2', NaN, 2 ** 32 + 1] }],
    [/^leadII of a monitor must be true or false\.$/, { leadII: ['yes', 1, null] }],
    [/^rails of a monitor must be two numbers/, { rails: [[-100], [], [-100, 0, 100], 'ab', null, 100] }],
    [/^Each of the rails of a monitor must be a whole number/, { rails: [[NaN, NaN], ['a', 'b'], [-0.4, 0.4], [-100, Infinity], [-(2 ** 31), 100]] }],
    [/^rails of a monitor: the first must be lower/, { rails: [[100, 100], [5, -5]] }],
  ];
  for (const [sentence, settings] of wrong) {
    for (const [name, values] of Object.entries(settings)) for (const value of values) refused(() => ecg.monitor(/** @type {any} */ ({ [name]: value })), sentence, `${name}: ${String(value)}`);
  }
  for (const rails of /** @type {([number, number] | undefined)[]} */ ([undefined, [0, 0], [-100, 100], [0, 1], [-1, 0]])) ecg.monitor({ rails });

  const { record } = monitored('arguments', 360, 2);
  const play = (/** @type {(monitor: import('../../web/ecg.js').EcgMonitor) => void} */ between) => {
    const monitor = ecg.monitor();
    const list = [];
    for (let i = 0; i < 20 * 360; i++) {
      if (i % 1000 === 999) between(monitor);
      monitor.sample(record.values[2 * i], record.values[2 * i + 1]);
      for (let told = monitor.next(); told; told = monitor.next()) list.push(told);
    }
    return list;
  };
  assert.deepEqual(play((monitor) => {
    for (const value of [-1, NaN, Infinity, 'x', '1', 1.5, null, undefined, 2 ** 32, 86400 * 360 + 1]) refused(() => monitor.gap(/** @type {any} */ (value)), /^samples of a gap must be a whole number from 0 to 31104000, as many as a day has at 360 per second/, `gap(${String(value)})`);
    for (const value of ['12', 'x', true, {}, [3]]) {
      refused(() => monitor.sample(/** @type {any} */ (value), 0), /^lead0 of a sample must be a number/, `sample(${String(value)}, 0)`);
      refused(() => monitor.sample(0, /** @type {any} */ (value)), /^lead1 of a sample must be a number/, `sample(0, ${String(value)})`);
    }
    monitor.gap(0);
  }), play(() => {}));
  assert.ok(play((monitor) => monitor.sample(Infinity, 0)).some(({ quality, leads }) => quality.includes('saturated') && leads[0] === 0));
});

test('what the detector and the chain refuse: they take whole numbers', () => {
  const [detector, chain] = [ecg.detector(), ecg.chain()];
  for (const value of [NaN, 1.5, Infinity, 'x', '1', null, undefined, true]) {
    for (const each of [detector, chain]) {
      refused(() => each.sample(/** @type {any} */ (value), 0), /^lead0 of a sample must be a whole number, in units of 5 microvolts\.$/, String(value));
      refused(() => each.sample(0, /** @type {any} */ (value)), /^lead1 of a sample must be a whole number/, String(value));
    }
    refused(() => chain.note(/** @type {any} */ (value)), /^at, the sample of a beat, must be a whole number from 0 to 4294967295\.$/, String(value));
  }
  refused(() => chain.note(-1), /must be a whole number from 0/, 'negative');
  chain.sample(0, 0);
  refused(() => chain.note(2 ** 32), /must be a whole number from 0/, 'it would be sample 0');
  refused(() => chain.note(1), /after the newest sample/, 'none of the refused samples counts');
  chain.note(0);
});

test('the detector alone finds what the monitor finds', () => {
  const { record, beats } = monitored('alone', 360, 2);
  const detector = ecg.detector();
  const list = [];
  for (let i = 0; i < record.samples; i++) {
    detector.sample(record.values[2 * i], record.values[2 * i + 1]);
    for (let at = detector.next(); at !== null; at = detector.next()) list.push(at);
  }
  detector.finish();
  for (let at = detector.next(); at !== null; at = detector.next()) list.push(at);
  assert.deepEqual(list, [...listen(ecg, record)].map(({ at }) => at));
  assert.equal(list.length, beats.length);
  list.forEach((at, k) => assert.ok(Math.abs(at - beats[k].at) < 25, `beat ${k}: ${at}, made at ${beats[k].at}`));
});

const data = [process.env.BEDSIDE_DATA ?? join(root, '../shared/data')].map((base) => join(base, 'mitdb/mitdb.tar.xz')).find((path) => existsSync(path));
test('MIT-BIH record 100 and 114 (leads the other way round), natively and in WebAssembly', { skip: !data && 'BEDSIDE_DATA is not set' }, async () => {
  const { spawnSync } = await import('node:child_process');
  const out = join(folder, 'mitdb');
  mkdirSync(out);
  assert.equal(spawnSync('tar', ['-xJf', /** @type {string} */ (data), '-C', out, '--wildcards', '*/100.*', '*/114.*']).status, 0);
  const { status, stdout } = spawnSync('find', [out, '-name', '*.hea'], { encoding: 'utf8' });
  assert.equal(status, 0);
  const paths = stdout.trim().split('\n').sort().map((path) => path.slice(0, -4));
  assert.equal(paths.length, 2);
  const there = native(...paths);
  let first = 0;
  for (const path of paths) {
    const [hea, dat, atr] = ['hea', 'dat', 'atr'].map((kind) => new Uint8Array(readFileSync(`${path}.${kind}`)));
    const list = [...beatsOf(ecg.chain(), readRecord({ hea, dat, atr }))];
    same(list, there, first);
    first += list.length;
  }
  assert.equal(first, there['label.npy'].length);
  const { bds } = /** @type {import('../../scripts/models.mjs').Model} */ (models().find(({ name }) => name === 'arrhythmia'));
  const model = await openModel(bds);
  const played = await nativeMonitor(bds, paths);
  compareMonitors(model, ecg, paths.map((path) => {
    const [hea, dat, atr] = ['hea', 'dat', 'atr'].map((kind) => new Uint8Array(readFileSync(`${path}.${kind}`)));
    return readRecord({ hea, dat, atr });
  }), played);
  model.dispose();
  assert.ok(played.figures.detector.se > 0.998 && played.figures.detector.ppv > 0.998);
});
