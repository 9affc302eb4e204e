// Recordings from files: what is read, and that whatever is wrong with a file ends in a sentence, never in a signal.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readCsv } from '../../web/csv.js';
import { readEdf } from '../../web/edf.js';
import { NO_SAMPLE, chooseLeads, isLeadII, monitorSetup, unitsAt } from '../../web/record.js';
import { openRecord } from '../../web/records.js';
import { aami, readRecord } from '../../web/wfdb.js';
import { BedsideError } from '../../web/bedside.js';
import { Random } from '../../scripts/eval/random.mjs';
import { fails } from './common.mjs';

const SEED = 20261126;
const bytes = (/** @type {string} */ text) => Uint8Array.from(text, (c) => c.charCodeAt(0));
const utf8 = (/** @type {string} */ text) => new TextEncoder().encode(text);

/** Values of `leads` leads, as 12 bits can hold them. @param {number} samples @param {number} leads */
function wave(samples, leads) {
  const random = new Random(SEED);
  return Int32Array.from({ length: samples * leads }, () => random.below(4095) - 2047);
}

/** @param {Int32Array} values @param {12 | 16} bits */
function packed(values, bits) {
  const out = new Uint8Array(bits === 16 ? 2 * values.length : 3 * Math.ceil(values.length / 2));
  values.forEach((value, k) => {
    if (bits === 16) out.set([value & 255, (value >> 8) & 255], 2 * k);
    else if (k & 1) [out[3 * (k >> 1) + 1], out[3 * (k >> 1) + 2]] = [out[3 * (k >> 1) + 1] | (((value >> 8) & 15) << 4), value & 255];
    else out.set([value & 255, (value >> 8) & 15], 3 * (k >> 1));
  });
  return out;
}

/** The header's sum of one lead. @param {Int32Array} values @param {number} lead @param {number} leads */
const sum = (values, lead, leads) => (values.reduce((s, value, k) => s + (k % leads === lead ? value : 0), 0) << 16) >> 16;

/** A record's files. @param {{ format?: string, rate?: string, leads?: number, samples?: number, gain?: string }} [how] */
function wfdb({ format = '212', rate = '360', leads = 2, samples = 101, gain = '200(1024)/mV' } = {}) {
  const values = wave(samples, leads);
  const rows = Array.from({ length: leads }, (_, i) => `made.dat ${format} ${gain} 12 1024 0 ${sum(values, i, leads)} 0 ${['V1', 'MLII', 'V5', 'aVF'][i]}`);
  const hea = utf8(`made ${leads} ${rate} ${samples}\n${rows.join('\n')}\n# 69 M 0 0 x1\n`);
  const skip = Number(/\+(\d+)/.exec(format)?.[1] ?? 0);
  const dat = Uint8Array.from([...new Uint8Array(skip), ...packed(values, format.startsWith('16') ? 16 : 12)]);
  return { files: { hea, dat }, values };
}

/** Annotations from words of 16 bits. @param {number[]} words */
const annotations = (...words) => new Uint8Array(Uint16Array.from(words).buffer);

// --- WFDB -----------------------------------------------------------------------------------------------------------------------

for (const format of ['212', '16', '16x1+24', '212+7']) {
  for (const leads of [1, 2, 3, 4]) {
    test(`WFDB format ${format}, ${leads} leads: values, gain, baseline, lead II first`, () => {
      const { files, values } = wfdb({ format, leads });
      const record = readRecord(files);
      assert.deepEqual(record.values, values);
      assert.equal(record.samples, 101);
      assert.deepEqual(record.leads[0], { name: 'V1', gain: 200, baseline: 1024, rails: null });
      assert.deepEqual(chooseLeads(record), leads === 1 ? [0, 0] : [1, 0]);
      assert.equal(unitsAt(record, 50, leads - 1), values[50 * leads + leads - 1] - 1024);
      assert.deepEqual([record.age, record.sex, record.beats, record.left], [69, 'M', null, []]);
    });
  }
}

test('WFDB: what a header may leave out or say differently', () => {
  const { files, values } = wfdb({ leads: 1, samples: 100 });
  const read = (/** @type {string} */ hea, dat = files.dat) => readRecord({ hea: utf8(hea), dat });
  assert.equal(read('a 1\na.dat 212\n').rate, 250);
  assert.equal(read('a 1 128/10(3)\r\na.dat 212\r\n').rate, 128);
  assert.equal(read('a 1 360\na.dat 212 200\n').samples, 100, 'as many as there are');
  assert.equal(read('a 1 360 100\na.dat 212\n').leads[0].gain, 200, 'the default of WFDB');
  assert.equal(read('a 1 360 100\na.dat 212 100/uV 12 0 0 0 0 II\n').leads[0].gain, 100000);
  assert.equal(read('a 1 360 100\na.dat 212 1000/V 12 7 0 0 0 a lead\n').leads[0].name, 'a lead');
  assert.equal(read('a 1 360 100\na.dat 212 200/mV 12 7 0 0 0 II\n').leads[0].baseline, 7, 'the middle of the converter');
  const two = read('a 2 360 50\na.dat 212 2/mmHg 12 0 0 0 0 ABP\na.dat 212 200 12 0 0 0 0 II\n');
  assert.deepEqual([two.left, two.leads.length], [['ABP'], 1]);
  assert.deepEqual([...two.values], [...values].filter((_, k) => k & 1));
});

test('WFDB: the lowest value is "no sample", not a voltage', () => {
  for (const [format, least] of /** @type {const} */ ([['212', -2048], ['16', -32768]])) {
    const record = readRecord({ hea: utf8(`a 1 360 3\na.dat ${format} 200\n`), dat: packed(Int32Array.of(5, least, 0), format === '16' ? 16 : 12) });
    assert.deepEqual([...record.values], [5, NO_SAMPLE, 0]);
    assert.deepEqual([0, 1, 2].map((i) => unitsAt(record, i, 0)), [5, null, 0]);
  }
});

test('WFDB: the rails of the converter, in units of 5 microvolts, unless the samples contradict them', () => {
  const rails = (/** @type {string} */ line, /** @type {number[]} */ values) => readRecord({ hea: utf8(`a 1 360 ${values.length}\na.dat ${line}\n`), dat: packed(Int32Array.from(values), line.startsWith('16') ? 16 : 12) }).leads[0].rails;
  const quiet = [1000, 1010, 990];
  assert.deepEqual(rails('212 200 11 1024 0 0 0 MLII', quiet), [-1024, 1023], 'as MIT-BIH');
  assert.deepEqual(rails('212 100(1000)/mV 11 1024 0 0 0 MLII', quiet), [-2000, 2094]);
  assert.deepEqual(rails('16 200/mV 12 0 0 0 0 II', quiet), [-2048, 2047]);
  assert.deepEqual([rails('212 200', quiet), rails('16 200', quiet), rails('16 200 0 0', quiet)], [[-2048, 2047], [-32768, 32767], [-32768, 32767]], 'without a resolution the format has one');
  assert.equal(rails('16 200 10 0', quiet), null, 'a sample beyond them');
  assert.equal(rails('16 4000000/mV 12 0 0 0 0 II', quiet), null, 'a unit has all of them');
  assert.equal(rails('212 200 11 1024 0 0 0 MLII', [...quiet, 2047, 1000, 0, 1000]), null, 'scaled to its own extremes');
  assert.deepEqual(rails('212 200 11 1024 0 0 0 MLII', [...quiet, 2047, 1000, 2047, 2047]), [-1024, 1023], 'it stays there');
  assert.deepEqual(rails('212 200 12 0 0 0 0 MLII', [...quiet, -2048, -2048]), [-2048, 2047], '"no sample" is none at the rail');
});

test('what a monitor is told of a record: lead II, and the wider rails of both leads', () => {
  for (const name of ['II', 'ii', 'MLII', 'ECG II', 'EKG II', 'ECG MLII', 'Lead II', 'ECG lead II', 'ECG-II', 'lead_ii', ' II ']) assert.ok(isLeadII(name), name);
  for (const name of ['', 'I', 'III', 'lead 2', '2', 'ECG', 'ECG2', 'aVR', 'V2', 'II-V1', 'MLIII', 'CMII', 'viii']) assert.ok(!isLeadII(name), name);
  const setup = (/** @type {[string, ([number, number] | null)?][]} */ ...leads) => monitorSetup({ rate: 250, leads: leads.map(([name, rails]) => ({ name, gain: 200, baseline: 0, rails })) });
  assert.deepEqual(setup(['V1', [-100, 90]], ['ECG II', [-80, 110]]), { rate: 250, leads: 2, leadII: true, rails: [-100, 110] });
  assert.deepEqual(setup(['V1', [-100, 90]], ['V2', null], ['V3', [-1, 1]]), { rate: 250, leads: 2, leadII: false }, 'those of one lead alone may be wrong for the other');
  assert.deepEqual(setup(['II', [-100, 90]]), { rate: 250, leads: 1, leadII: true, rails: [-100, 90] });
  assert.deepEqual(setup(['II']), { rate: 250, leads: 1, leadII: true });
});

test('WFDB: annotations', () => {
  const { files } = wfdb();
  const atr = annotations((1 << 10) | 20, (63 << 10) | 3, 0x2841, 0x42, (28 << 10) | 5, (5 << 10) | 10, 59 << 10, 0, 40, 8 << 10, 0);
  assert.deepEqual(readRecord({ ...files, atr }).beats, [{ at: 20, symbol: 'N' }, { at: 35, symbol: 'V' }, { at: 75, symbol: 'A' }]);
  assert.deepEqual([...'NLReBjAaJSVErF/fQ?'].map(aami), [0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 3, 4, 4, 4, 4]);
});

test('WFDB: what is refused, and in which words', async () => {
  const { files } = wfdb();
  const hea = (/** @type {string} */ text) => ({ ...files, hea: utf8(text) });
  const head = new TextDecoder().decode(files.hea);
  /** @type {[Parameters<typeof readRecord>[0], string, RegExp][]} */
  const bad = [
    [hea(''), 'BDS_E_FORMAT', /empty/],
    [hea('<!DOCTYPE html><title>404</title>'), 'BDS_E_FORMAT', /web page/],
    [hea('PK\x03\x04'), 'BDS_E_FORMAT', /archive/],
    [hea('made 2 360\n'), 'BDS_E_INVALID', /not complete/],
    [hea('made 0 360 10\n'), 'BDS_E_INVALID', /not complete/],
    [hea('made -3 360 10\na\nb\nc\n'), 'BDS_E_INVALID', /not complete/],
    [hea('made 1e9 360 10\n'), 'BDS_E_INVALID', /not complete/],
    [hea('made 2 360 1e9\na 212\na 212\n'), 'BDS_E_INVALID', /not complete/],
    [hea('made/5 2 360 101\na 212\na 212\n'), 'BDS_E_UNSUPPORTED', /several segments/],
    [hea(head.replace(' 360 ', ' 0 ')), 'BDS_E_INVALID', /between 1 and 100000/],
    [hea(head.replace(' 360 ', ' NaN ')), 'BDS_E_INVALID', /between 1 and 100000/],
    [hea(head.replace(' 360 ', ' 360.5 ')), 'BDS_E_UNSUPPORTED', /only whole numbers/],
    [hea(head.replace('212', '80')), 'BDS_E_UNSUPPORTED', /format other than 212 and 16: "80"/],
    [hea(head.replace('212', '212x2')), 'BDS_E_UNSUPPORTED', /format other/],
    [hea(head.replace('212', '212:5')), 'BDS_E_UNSUPPORTED', /format other/],
    [hea(head.replace('made.dat', 'more.dat')), 'BDS_E_UNSUPPORTED', /several files/],
    [hea(head.replace('200(', '0(')), 'BDS_E_INVALID', /gain of lead "V1" is "0\(1024\)\/mV"/],
    [hea(head.replace('200(', '-200(')), 'BDS_E_INVALID', /above 0/],
    [hea(head.replace('200(', 'NaN(')), 'BDS_E_INVALID', /above 0/],
    [hea(head.replace('200(', '1e99(')), 'BDS_E_INVALID', /above 0/],
    [hea(head.replaceAll('/mV', '/mmHg')), 'BDS_E_UNSUPPORTED', /No signal of the record is a voltage/],
    [hea(head.replace(' 101\n', ' 134217728\n')), 'BDS_E_TRUNCATED', /101 of 134217728/],
    [{ ...files, dat: files.dat.subarray(0, 100) }, 'BDS_E_TRUNCATED', /fewer than the header says: 33 of 101/],
    [{ ...files, dat: new Uint8Array(0) }, 'BDS_E_TRUNCATED', /0 of 101/],
    [{ ...files, dat: files.dat.map((byte, i) => (i === 30 ? byte ^ 1 : byte)) }, 'BDS_E_CORRUPT', /sum of lead/],
    [{ ...files, atr: new Uint8Array(0) }, 'BDS_E_FORMAT', /empty/],
    [{ ...files, atr: annotations((1 << 10) | 20) }, 'BDS_E_TRUNCATED', /end in the middle/],
    [{ ...files, atr: annotations((1 << 10) | 20, 59 << 10, 0) }, 'BDS_E_TRUNCATED', /end in the middle/],
    [{ ...files, atr: annotations((1 << 10) | 200, 0) }, 'BDS_E_INVALID', /outside of the record/],
    [{ ...files, atr: annotations((1 << 10) | 20, 1 << 10, 0) }, 'BDS_E_INVALID', /not in order/],
  ];
  for (const [given, code, message] of bad) await fails(() => readRecord(given), code, message);
});

// --- EDF ------------------------------------------------------------------------------------------------------------------------

/** @typedef {{ label: string, unit?: string, range?: (number | string)[], count?: number, data?: number[] }} Made */
/** An EDF file of one-second data records. @param {Made[]} signals @param {{ records?: number, said?: number | string, duration?: number | string, kind?: string, onsets?: number[] }} [how] */
function edf(signals, { records = 2, said = records, duration = 1, kind = '', onsets } = {}) {
  const all = onsets ? [...signals, { label: 'EDF Annotations', unit: '', range: [-1, 1, -32768, 32767], count: 16 }] : signals;
  const pad = (/** @type {string | number} */ text, /** @type {number} */ n) => String(text).padEnd(n).slice(0, n);
  const column = (/** @type {number} */ n, /** @type {(s: Made) => string | number} */ of) => all.map((s) => pad(of(s), n)).join('');
  const range = (/** @type {number} */ i) => (/** @type {Made} */ s) => (s.range ?? [-5, 5, -1000, 1000])[i];
  const count = (/** @type {Made} */ s) => s.count ?? 250;
  const head = pad('0', 8) + pad('X X X X', 80) + pad('Startdate X', 80) + '01.01.2600.00.00' + pad(256 * (all.length + 1), 8) + pad(kind, 44) + pad(said, 8) + pad(duration, 8) + pad(all.length, 4)
    + column(16, (s) => s.label) + column(80, () => '') + column(8, (s) => s.unit ?? 'mV') + [0, 1, 2, 3].map((i) => column(8, range(i))).join('') + column(80, () => '') + column(8, count) + column(32, () => '');
  const body = [];
  for (let r = 0; r < records; r++) {
    for (const s of all) {
      const at = onsets && s.label === 'EDF Annotations' ? bytes(`+${onsets[r]}\x14\x14\0`) : null;
      for (let i = 0; i < count(s); i++) {
        const value = s.data ? s.data[r * count(s) + i] : (i * 7 + r) % 900;
        body.push(...(at ? [at[2 * i] ?? 0, at[2 * i + 1] ?? 0] : [value & 255, (value >> 8) & 255]));
      }
    }
  }
  return Uint8Array.from([...bytes(head), ...body]);
}

test('EDF: scale, leads by name, rates of their own, other signals left out', () => {
  const record = readEdf(edf([
    { label: 'EEG Fpz-Cz', unit: 'uV' }, { label: 'ECG V1' }, { label: 'Resp', unit: 'L/min', count: 10 }, { label: 'EKG', count: 500 }, { label: 'II', unit: 'uV', range: [-1000, 3000, -100, 100] },
  ], { duration: '0.5' }));
  assert.equal(record.rate, 500);
  assert.equal(record.samples, 500);
  assert.deepEqual(record.leads.map(({ name }) => name), ['V1', 'II']);
  assert.deepEqual(record.left, ['EEG Fpz-Cz', 'Resp', 'EKG']);
  assert.equal(record.leads[0].gain, 200);
  assert.equal(record.values[2 * 251], 8, 'the second data record');
  assert.equal(unitsAt(record, 10, 0), 70);
  assert.equal(unitsAt(record, 10, 1), 480, '70 of -100 to 100 is 2.4 mV of -1 to 3');
  assert.deepEqual(chooseLeads(record), [1, 0]);
});

test('EDF: a scale upside down, an unfinished file, signals by name', () => {
  const turned = readEdf(edf([{ label: 'ECG', range: [5, -5, -1000, 1000] }]));
  assert.equal(unitsAt(turned, 10, 0), -70);
  assert.ok(turned.leads[0].gain > 0);
  const open = edf([{ label: 'ECG' }], { said: -1, records: 3 });
  assert.equal(readEdf(open.subarray(0, open.length - 100)).samples, 500, 'whole data records only');
  assert.deepEqual(readEdf(edf([{ label: 'Chest' }, { label: 'ECG' }]), { signals: ['Chest'] }).leads.map(({ name }) => name), ['Chest']);
});

test('EDF: lead II by any of its names; the rails are what the digital extremes stand for', () => {
  for (const label of ['II', 'ECG II', 'EKG II', 'Lead II', 'MLII']) {
    const record = readEdf(edf([{ label: 'ECG V1' }, { label }]));
    assert.deepEqual([chooseLeads(record), record.leads.length], [[1, 0], 2], label);
    assert.equal(monitorSetup(record).leadII, true, label);
  }
  assert.deepEqual(readEdf(edf([{ label: 'Lead I' }, { label: 'lead V3' }])).leads.map(({ name }) => name), ['Lead I', 'lead V3']);
  const rails = (/** @type {Made} */ signal) => readEdf(edf([signal])).leads[0].rails;
  assert.deepEqual(rails({ label: 'ECG' }), [-1000, 1000]);
  assert.deepEqual(rails({ label: 'ECG', range: [4, -5, -1000, 1000] }), [-1000, 800], 'upside down');
  assert.equal(rails({ label: 'ECG', range: [-5, 5, -500, 500] }), null, 'samples beyond them');
  assert.equal(rails({ label: 'ECG', range: [-5, 5, 0, 899], data: Array.from({ length: 500 }, (_, i) => (i * 7) % 900) }), null, 'scaled to its own extremes');
});

test('EDF+: annotations are no signal; the gaps of an interrupted file are "no sample"', () => {
  const whole = readEdf(edf([{ label: 'ECG' }], { kind: 'EDF+C', onsets: [0, 1] }));
  assert.deepEqual([whole.samples, whole.left, whole.values.includes(NO_SAMPLE)], [500, [], false]);
  const split = readEdf(edf([{ label: 'ECG' }], { kind: 'EDF+D', onsets: [3.5, 7] }));
  assert.equal(split.samples, 875 + 250);
  assert.deepEqual([split.values[249], split.values[250], split.values[874], split.values[875]], [249 * 7 % 900, NO_SAMPLE, NO_SAMPLE, 1]);
});

test('EDF: what is refused, and in which words', async () => {
  const good = edf([{ label: 'ECG' }]);
  const changed = (/** @type {number} */ at, /** @type {string} */ text) => {
    const copy = good.slice();
    copy.set(bytes(text), at);
    return copy;
  };
  /** @type {[Uint8Array, string, RegExp][]} */
  const bad = [
    [new Uint8Array(0), 'BDS_E_FORMAT', /empty/],
    [bytes('<html><body>Not found'), 'BDS_E_FORMAT', /web page/],
    [bytes('time,ecg\n0,1\n'), 'BDS_E_FORMAT', /begins with "time,ecg"/],
    [good.subarray(0, 100), 'BDS_E_TRUNCATED', /not complete/],
    [good.subarray(0, 400), 'BDS_E_TRUNCATED', /not complete/],
    [good.subarray(0, 600), 'BDS_E_TRUNCATED', /cut off: 0 of 2/],
    [good.subarray(0, good.length - 1), 'BDS_E_TRUNCATED', /cut off: 1 of 2/],
    [Uint8Array.from([...good, 0, 0]), 'BDS_E_INVALID', /longer than its header/],
    [changed(252, '9999'), 'BDS_E_INVALID', /9999 signals/],
    [changed(252, 'many'), 'BDS_E_INVALID', /"many", not a number/],
    [changed(252, '0   '), 'BDS_E_INVALID', /0 signals/],
    [changed(252, '2   '), 'BDS_E_TRUNCATED', /length/],
    [changed(244, '0       '), 'BDS_E_INVALID', /last 0 seconds/],
    [changed(244, '0.7     '), 'BDS_E_UNSUPPORTED', /only whole numbers/],
    [changed(236, '0       '), 'BDS_E_TRUNCATED', /no data records/],
    [changed(236, '1e9     '), 'BDS_E_TRUNCATED', /2 of 1000000000/],
    [changed(256 + 16 + 80 + 8, '5       '), 'BDS_E_INVALID', /scale of signal "ECG" is empty/],
    [changed(256 + 16 + 80 + 8 + 16, '1000    '), 'BDS_E_INVALID', /scale of signal "ECG" is empty/],
    [changed(256 + 16 + 80 + 8 + 16, '        '), 'BDS_E_INVALID', /digital minimum of signal "ECG" is "", not a number/],
    [changed(256 + 216, '0       '), 'BDS_E_INVALID', /0 samples in a data record/],
    [changed(256 + 216, '1e7     '), 'BDS_E_INVALID', /10000000 samples/],
    [edf([{ label: 'EEG', unit: 'uV' }]), 'BDS_E_UNSUPPORTED', /called an ECG; there are: "EEG"/],
    [edf([{ label: 'ECG', unit: 'mmHg' }]), 'BDS_E_UNSUPPORTED', /no voltage at all/],
    [edf([{ label: 'ECG' }], { kind: 'EDF+D' }), 'BDS_E_INVALID', /no annotations that say when/],
    [edf([{ label: 'ECG' }], { kind: 'EDF+D', onsets: [5, 5.5] }), 'BDS_E_INVALID', /overlap in time/],
    [edf([{ label: 'ECG' }], { kind: 'EDF+D', onsets: [0, NaN] }), 'BDS_E_INVALID', /does not say when it begins/],
    [edf([{ label: 'ECG' }], { kind: 'EDF+D', onsets: [0, 1e9] }), 'BDS_E_LIMIT', /at most/],
  ];
  for (const [given, code, message] of bad) await fails(() => readEdf(given), code, message);
});

// --- Tables ---------------------------------------------------------------------------------------------------------------------

/** What a table's text is read as. @param {string} text @param {import('../../web/csv.js').CsvOptions} [options] */
const table = (text, options) => readCsv(utf8(text), options);
/** Rows with a time. @param {number} n @param {(i: number) => string} row */
const rows = (n, row) => Array.from({ length: n }, (_, i) => row(i)).join('\n');

test('a table with time and units: rate, names, millivolts', () => {
  const record = table(`time (s),II [mV],V1/uV\n${rows(50, (i) => `${(i / 250).toFixed(4)},${i / 100},${-i * 10}`)}\n`);
  assert.deepEqual([record.rate, record.samples, record.leads.map(({ name }) => name)], [250, 50, ['II', 'V1']]);
  assert.equal(unitsAt(record, 20, 0), 40);
  assert.equal(unitsAt(record, 20, 1), -40);
});

test("PhysioNet's export, with a row of units and clock times of milliseconds", () => {
  const record = table(`'Elapsed time','MLII','V5'\n'hh:mm:ss.mmm','mV','mV'\n${rows(900, (i) => `'0:0${Math.floor(i / 360)}.${String(Math.round(((i % 360) * 1000) / 360)).padStart(3, '0')}',-0.145,${(i % 9) / 200}`)}\n`);
  assert.deepEqual([record.rate, record.samples, record.leads.map(({ name }) => name)], [360, 900, ['MLII', 'V5']]);
  assert.equal(unitsAt(record, 7, 0), -29);
  assert.equal(record.values.includes(NO_SAMPLE), false);
});

test('raw numbers of a converter keep their gain and baseline', () => {
  const record = table(`'sample #','MLII','V5'\n${rows(30, (i) => `${i},${995 + i},1011`)}\n`, { rate: 360, gain: 200, baseline: 1024 });
  assert.deepEqual(record.leads, [{ name: 'MLII', gain: 200, baseline: 1024 }, { name: 'V5', gain: 200, baseline: 1024 }]);
  assert.equal(unitsAt(record, 3, 0), 998 - 1024);
  assert.equal(record.samples, 30);
});

test('separators, decimal commas, no heading, blank lines, remarks, ends of lines', () => {
  const options = { rate: 250, unit: 'mV' };
  for (const text of ['0.5,1\n0.25,-1\n', '0.5;1\n0.25;-1', '0,5;1\r\n0,25;-1\r\n', '0.5\t1\r\r0.25\t-1\r', '# made\n\n  0.5   1 \n 0.25  -1\n', '\ufeffa,b\n.5,1.\n2.5e-1,-1,\n', '"0.5","1"\n"0.25","-1"\n']) {
    const record = table(text, options);
    assert.deepEqual([[0, 0], [0, 1], [1, 0], [1, 1]].map(([i, lead]) => unitsAt(record, i, lead)), [100, 200, 50, -200], JSON.stringify(text));
  }
  const one = table(rows(20, (i) => `${(i * 0.004).toFixed(3)} ${i % 3}`), { unit: 'mV' });
  assert.deepEqual([one.rate, one.leads.length], [250, 1], 'a first column that grows evenly is time');
  const count = table(rows(20, (i) => `${i},${i % 3}`), options);
  assert.equal(count.leads.length, 1, 'or a number of the row');
  assert.equal(table(`ms;ecg_mv\n${rows(20, (i) => `${i * 2};0,${i}`)}`).rate, 500);
});

test('what is not there is "no sample", never 0', () => {
  const record = table(`time,II (mV),V1 (mV)\n0,1,\n0.004,NaN,1\n0.008,-,nan\n0.012,0,null\n0.024,2,2\n${rows(20, (i) => `${(0.028 + i * 0.004).toFixed(3)},0,0`)}`);
  assert.deepEqual([...record.values.slice(0, 14)], [1000, NO_SAMPLE, NO_SAMPLE, 1000, NO_SAMPLE, NO_SAMPLE, 0, NO_SAMPLE, NO_SAMPLE, NO_SAMPLE, NO_SAMPLE, NO_SAMPLE, 2000, 2000]);
  assert.equal(unitsAt(record, 1, 0), null);
});

test('tables that are refused, and in which words', async () => {
  const good = (/** @type {string} */ last) => `time,II (mV)\n${rows(20, (i) => `${(i * 0.004).toFixed(3)},1`)}\n${last}`;
  /** @type {[string, import('../../web/csv.js').CsvOptions, string, RegExp][]} */
  const bad = [
    ['', {}, 'BDS_E_FORMAT', /empty/],
    ['\n\n# nothing\n', {}, 'BDS_E_FORMAT', /table is empty/],
    ['<!doctype html><p>Sign in', {}, 'BDS_E_FORMAT', /web page/],
    ['a,b\0c', {}, 'BDS_E_FORMAT', /zero bytes/],
    ['time,II\n', {}, 'BDS_E_FORMAT', /no rows/],
    ['Dear colleague,\nthank you\n', {}, 'BDS_E_FORMAT', /no rows/],
    ['II (mV)\n1\n2\n', {}, 'BDS_E_INVALID', /Give the rate/],
    ['II\n1\n2\n', { rate: 250 }, 'BDS_E_INVALID', /which unit lead "II"/],
    ['II\n1\n2\n', { rate: 250, unit: 'mmHg' }, 'BDS_E_INVALID', /which unit lead "II"/],
    ['II\n1\n2\n', { rate: 250, gain: 0 }, 'BDS_E_INVALID', /above 0/],
    ['II\n1\n2\n', { rate: 250, gain: NaN }, 'BDS_E_INVALID', /above 0/],
    ['II (mV)\n1\n2\n', { rate: 0 }, 'BDS_E_INVALID', /between 1 and 100000/],
    ['II (mV)\n1\n2\n', { rate: NaN }, 'BDS_E_INVALID', /between 1 and 100000/],
    ['II (mV)\n1\n2\n', { rate: 250.5 }, 'BDS_E_UNSUPPORTED', /only whole numbers/],
    [good('0.080'), {}, 'BDS_E_INVALID', /Line 22 has 1 cells, not 2/],
    [good('0.080,1,2'), {}, 'BDS_E_INVALID', /Line 22 has 3 cells, not 2/],
    [good('0.080,abc'), {}, 'BDS_E_INVALID', /Line 22 has "abc" in column "II"/],
    [good('0.080,0x10'), {}, 'BDS_E_INVALID', /which is no number/],
    [good('0.080,Infinity'), {}, 'BDS_E_INVALID', /which is no number/],
    [good('0.080,1e999'), {}, 'BDS_E_INVALID', /more than any ECG/],
    [good('0.080,99999'), {}, 'BDS_E_INVALID', /more than any ECG/],
    [good('0.076,1'), {}, 'BDS_E_INVALID', /time in line 22 is "0.076"/],
    [good('0.010,1'), {}, 'BDS_E_INVALID', /later than the one before/],
    [good(',1'), {}, 'BDS_E_INVALID', /time in line 22 is ""/],
    [good('0.0765,1'), {}, 'BDS_E_INVALID', /not regular: line 22/],
    [good('999999,1\n9999999,1'), {}, 'BDS_E_LIMIT', /at most/],
    [good('0.080,1'), { rate: 360 }, 'BDS_E_INVALID', /says 250 samples per second, not the 360/],
    [`time,II (mV)\n${rows(20, (i) => `${i * 4},1`)}`, {}, 'BDS_E_INVALID', /time \(ms\)/],
    [`time,II (mV)\n${rows(2000, (i) => `${i * 0.0028},1`)}`, {}, 'BDS_E_UNSUPPORTED', /357.143 samples/],
    [`II (mV)\n${rows(20, () => 'NaN')}`, { rate: 250 }, 'BDS_E_INVALID', /no number at all/],
    [`time\n${rows(20, (i) => String(i / 250))}`, {}, 'BDS_E_INVALID', /0 columns/],
    [rows(3, () => Array(40).fill('1').join()), { rate: 250, unit: 'mV' }, 'BDS_E_INVALID', /40 columns/],
  ];
  for (const [text, options, code, message] of bad) await fails(() => table(text, options), code, message);
});

// --- Any of them ----------------------------------------------------------------------------------------------------------------

test('files are told apart by content and go together by name', async () => {
  const { files } = wfdb();
  const named = (/** @type {string} */ name, /** @type {Uint8Array} */ content) => ({ name, bytes: content });
  const [hea, dat] = [named('made.HEA', files.hea), named('made.dat', files.dat)];
  assert.equal(openRecord([dat, hea]).samples, 101);
  assert.equal(openRecord([named('x.edf', edf([{ label: 'ECG' }]))]).rate, 250);
  assert.equal(openRecord([named('night', edf([{ label: 'ECG' }]))]).rate, 250);
  assert.equal(openRecord([named('walk.csv', utf8('II (mV)\n1\n2\n'))], { rate: 100 }).name, 'walk');
  await fails(() => openRecord([]), 'BDS_E_ARGUMENT', /No file/);
  await fails(() => openRecord([hea]), 'BDS_E_ARGUMENT', /samples of record "made.HEA" are missing/);
  await fails(() => openRecord([dat]), 'BDS_E_ARGUMENT', /header \(.hea\) of the record is missing/);
  await fails(() => openRecord([hea, dat, named('b.hea', files.hea)]), 'BDS_E_ARGUMENT', /several records/);
  await fails(() => openRecord([named('a.csv', files.hea), named('b.csv', files.hea)]), 'BDS_E_ARGUMENT', /not one record/);
  await fails(() => openRecord([named('a.edf', utf8('time,II\n'))]), 'BDS_E_FORMAT', /not an EDF file/);
  await fails(() => openRecord([named('movie.mp4', Uint8Array.from([0, 0, 0, 24, 102, 116, 121, 112]))]), 'BDS_E_FORMAT', /not a table/);
});

test(`files with damaged bytes give a whole record or a sentence (seed ${SEED})`, () => {
  const random = new Random(SEED);
  const { files } = wfdb({ samples: 40 });
  const texts = [
    () => [{ name: 'a.hea', bytes: harmed(files.hea) }, { name: 'a.dat', bytes: files.dat }],
    () => [{ name: 'a.edf', bytes: harmed(edf([{ label: 'ECG', count: 20 }, { label: 'II', count: 20 }], { kind: 'EDF+D', onsets: [0, 2], duration: 0.1 })) }],
    () => [{ name: 'a.csv', bytes: harmed(utf8(`time,II (mV);V1 (mV)\n${rows(20, (i) => `${(i * 0.004).toFixed(3)},1,2`)}`)) }],
  ];
  /** @param {Uint8Array} whole */
  function harmed(whole) {
    const copy = whole.slice(0, random.below(4) ? whole.length : random.below(whole.length));
    for (let k = random.below(6); k > 0 && copy.length; k--) copy[random.below(copy.length)] = random.below(3) ? 32 + random.below(96) : random.below(256);
    return copy;
  }
  const seen = { record: 0, refused: 0 };
  for (let round = 0; round < 3000; round++) {
    const given = texts[round % texts.length]();
    try {
      const record = openRecord(given);
      assert.equal(record.values.length, record.samples * record.leads.length);
      assert.ok(record.samples > 0 && record.leads.length > 0 && Number.isInteger(record.rate) && record.rate > 0);
      for (const { gain, baseline } of record.leads) assert.ok(gain > 0 && Number.isFinite(gain) && Number.isFinite(baseline), JSON.stringify(record.leads));
      for (let i = 0; i < Math.min(record.samples, 50); i++) assert.ok(unitsAt(record, i, 0) === null || Number.isInteger(unitsAt(record, i, 0)));
      seen.record++;
    } catch (error) {
      assert.ok(error instanceof BedsideError, `round ${round}: ${error instanceof Error ? error.stack : error}`);
      assert.match(error.message, /^[A-Z][^]*[.?]$/);
      seen.refused++;
    }
  }
  assert.ok(seen.record > 100 && seen.refused > 100, JSON.stringify(seen));
});
