// The monitor without its page: alarms that one odd beat neither raises nor ends, what is said of a signal, and what devices send.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { Alarms, checkedLimits, Hysteresis, LIMITS } from '../../demo/monitor/alarms.js';
import { connectBelt, parseMeasurement } from '../../demo/monitor/belt.js';
import { liveSource, Player, recordSource, syntheticSource } from '../../demo/monitor/player.js';
import { SCENARIOS } from '../../demo/monitor/scenarios.js';
import { connectSerial, SampleLines } from '../../demo/monitor/serial.js';
import { beatsText, doubtText, qualityText, stateOf } from '../../demo/monitor/words.js';
import { loadEcg } from '../../web/ecg.js';
import { NO_SAMPLE } from '../../web/record.js';
import { SyntheticEcg, syntheticRecord } from '../../web/synthetic-ecg.js';
import { openModel } from '../../scripts/eval/records.mjs';
import { sha256 } from './tiny-model.mjs';

/** @typedef {import('../../demo/monitor/player.js').Mark} Mark */
/** @typedef {import('../../demo/monitor/alarms.js').Change} Change */

const arrhythmia = fileURLToPath(new URL('../../models/arrhythmia/arrhythmia.bds', import.meta.url));
const pins = JSON.parse(readFileSync(new URL('../../demo/models.json', import.meta.url), 'utf8'));
const ecg = await loadEcg();
const model = await openModel(arrhythmia);

/** @param {Partial<Mark>} [mark] @returns {Mark} */
const beat = (mark = {}) => ({ at: 0, kind: 'N', likely: 'N', probability: 0.9, reasons: [], rate: 70, gap: 0.85, ...mark });
/** Beats one after the other; what changed, as "+kind" and "-kind" with the number of the beat. @param {Alarms} alarms @param {Partial<Mark>[]} marks */
const told = (alarms, marks) => marks.flatMap((mark, i) => alarms.beat(beat(mark), i).map(({ kind, raised }) => `${raised ? '+' : '-'}${kind}@${i}`));
/** @param {number} n @param {Partial<Mark>} mark */
const times = (n, mark) => Array.from({ length: n }, () => mark);

test("the page's pinned hash is that of the committed model", () => {
  assert.equal(pins.arrhythmia.sha256, sha256(new Uint8Array(readFileSync(arrhythmia))));
});

// --- Alarms ---------------------------------------------------------------------------------------------------------------------

test('hysteresis: so many in a row raise, so many in a row end, the unknown does neither', () => {
  const states = (/** @type {(boolean | null)[]} */ votes) => {
    const h = new Hysteresis();
    return votes.map((vote) => (h.vote(vote, 3, 2), h.on ? '1' : '0')).join('');
  };
  const [y, n, u] = [true, false, null];
  assert.equal(states([y, y, n, y, y, y, n, y, n, n]), '0000011110');
  assert.equal(states([y, u, y, u, y, u, u, u, n, u, n, n]), '000011111110');
  assert.equal(states([u, u, u, n, n, n]), '000000');
});

test('a rate beyond its limit: raised after three beats, ended five beats after it is well back', () => {
  const high = new Alarms();
  assert.deepEqual(told(high, [...times(2, { rate: 121 }), {}, ...times(3, { rate: 121 }), ...times(9, { rate: 118 }), ...times(4, { rate: 110 }), { rate: 130 }, ...times(5, { rate: 110 })]), ['+high@5', '-high@24']);
  const low = new Alarms();
  assert.deepEqual(told(low, [...times(3, { rate: 44 }), ...times(9, { rate: 46 }), ...times(5, { rate: 60 })]), ['+low@2', '-low@16']);
  assert.deepEqual(told(new Alarms({ ...LIMITS, raise: 1, clear: 1 }), [{ rate: 130 }, { rate: 100 }]), ['+high@0', '-high@1']);
  assert.match(new Alarms({ ...LIMITS, raise: 1 }).beat(beat({ rate: 140 }), 7)[0].text, /over 120, it was 140/);
});

test('an unknown rate ends no alarm', () => {
  const alarms = new Alarms();
  assert.deepEqual(told(alarms, [...times(3, { rate: 150 }), ...times(20, { rate: null, kind: '-' }), ...times(4, { rate: 70 }), { rate: null }, ...times(5, { rate: 70 })]), ['+high@2', '-high@32']);
});

test('a run of ventricular beats: three in a row; what cannot be named neither breaks nor makes one', () => {
  assert.deepEqual(told(new Alarms(), [{ kind: 'V' }, { kind: 'V' }, {}, { kind: 'V' }, { kind: 'V' }, { kind: 'V' }, ...times(5, {})]), ['+run@5', '-run@10']);
  assert.deepEqual(told(new Alarms(), [{ kind: 'V' }, { kind: '?' }, { kind: 'V' }, { kind: '-' }, { kind: 'V' }]), ['+run@4']);
  assert.deepEqual(told(new Alarms(), [{ kind: 'V' }, ...times(10, { kind: '?' })]), []);
  assert.deepEqual(told(new Alarms(), [{ kind: 'V' }, ...times(2, { kind: '?', likely: 'V' }), ...times(5, {})]), ['+run@2', '-run@7'], 'what is most like V counts, beside one that is');
  assert.deepEqual(told(new Alarms(), times(10, { kind: '?', likely: 'V' })), [], 'but not alone');
  assert.deepEqual(told(new Alarms(), [{ kind: '-' }, ...times(3, { kind: '?', likely: 'V' }), { kind: 'V' }]), [], 'nor after a bad signal');
  assert.deepEqual(told(new Alarms(), [...times(3, { kind: 'V' }), ...times(10, { kind: '-' })]), ['+run@2'], 'it stays');
});

test('a pause: at once, by the next beat or by its absence', () => {
  assert.deepEqual(told(new Alarms(), [{}, { gap: 2.6 }, ...times(5, {})]), ['+pause@1', '-pause@6']);
  const alarms = new Alarms();
  assert.deepEqual(alarms.signal(['too few beats'], 5, 'lost').map(({ kind }) => kind), ['pause']);
  assert.deepEqual(alarms.signal(['too few beats'], 5.5, 'lost'), [], 'once');
  assert.deepEqual(alarms.active, ['pause']);
});

test('a signal that cannot be judged: after two seconds; again after three that can', () => {
  const alarms = new Alarms();
  const list = ['flat', 'flat', 'flat', '', 'noise', 'noise', 'noise', 'noise', '', '', '', '', '', 'flat', '', '', '', '', '', ''];
  const changes = list.flatMap((what, i) => alarms.signal(/** @type {any[]} */ (what ? [what] : []), i, 'no').map(({ raised }) => `${raised ? '+' : '-'}${i}`));
  assert.deepEqual(changes, ['+7', '-19']);
  for (let i = 0; i < 40; i++) assert.deepEqual(new Alarms().signal(['learning', 'one lead'], i, ''), []);
  assert.deepEqual(['too many beats', 'too many beats', 'too many beats', 'too many beats'].flatMap((what, i) => alarms.signal(/** @type {any} */ ([what]), i, 'no').map(({ kind }) => kind)).sort(), ['high', 'signal']);
});

test('limits out of range are not used, and named', () => {
  assert.deepEqual(checkedLimits({}), { limits: LIMITS, wrong: [] });
  assert.deepEqual(checkedLimits({ high: 140, raise: 1 }).limits, { ...LIMITS, high: 140, raise: 1 });
  assert.deepEqual(checkedLimits({ high: 1e9, low: NaN, run: 2.5, pause: 2.25, clear: 0 }), { limits: { ...LIMITS, pause: 2.25 }, wrong: ['high', 'low', 'run', 'clear'] });
  assert.deepEqual(checkedLimits({ high: 60, low: 80 }), { limits: LIMITS, wrong: ['low'] });
});

// --- From samples to marks ------------------------------------------------------------------------------------------------------

/** Plays a source in blocks of half a second. @param {import('../../demo/monitor/player.js').Source} source @param {number} seconds */
function played(source, seconds, alarms = new Alarms()) {
  const player = new Player(ecg, model);
  player.open(source);
  /** @type {Mark[]} */
  const marks = [];
  /** @type {Change[]} */
  const changes = [];
  const truth = [];
  const blocks = [];
  for (let k = 0; k < 2 * seconds; k++) {
    const block = player.advance(Math.round(source.rate / 2));
    blocks.push(block);
    marks.push(...block.marks);
    truth.push(...block.truth);
    for (const mark of block.marks) changes.push(...alarms.beat(mark, mark.at / source.rate));
    changes.push(...alarms.signal(block.quality, k / 2, ''));
    if (block.ended) break;
  }
  return { marks, changes, truth, blocks };
}
const scenario = (/** @type {string} */ name, seconds = 70) => played(syntheticSource(new SyntheticEcg({ seed: 1, ...SCENARIOS[name].options })), seconds);
const kinds = (/** @type {Change[]} */ changes) => [...new Set(changes.filter(({ raised }) => raised).map(({ kind }) => kind))].sort();

test('every scenario raises the alarms that it is made for, and no others', () => {
  for (const [name, expected] of /** @type {const} */ ([['calm', []], ['premature', []], ['run', ['high', 'run']], ['pause', ['pause']], ['fast', ['high']], ['slow', ['low']], ['electrode', ['pause', 'signal']]])) {
    const { changes, marks } = scenario(name);
    assert.deepEqual(kinds(changes), expected, name);
    assert.ok(marks.length > 30, `${name}: ${marks.length} beats`);
  }
});

test('premature beats are marked as what they were made as', () => {
  const { marks, truth } = scenario('premature', 90);
  const kindAt = (/** @type {number} */ at) => marks.find((mark) => Math.abs(mark.at - at) < 54)?.kind;
  for (const [symbol, kind] of /** @type {const} */ ([['V', 'V'], ['A', 'S']])) {
    const made = truth.filter((one) => one.symbol === symbol && one.at > 3600 && one.at < 80 * 360);
    const right = made.filter(({ at }) => kindAt(at) === kind);
    assert.ok(made.length > 3 && right.length >= 0.75 * made.length, `${symbol}: ${right.length} of ${made.length}`);
  }
});

test('while an electrode is off nothing is judged, and no rate is shown', () => {
  for (const kind of /** @type {const} */ (['off', 'saturated', 'noise', 'missing'])) {
    const { marks, blocks } = played(syntheticSource(new SyntheticEcg({ episodes: [{ kind, at: 15, seconds: 10 }] })), 40);
    const inside = blocks.filter(({ first }) => first > 18.5 * 360 && first < 25 * 360);
    for (const { quality, rate, disturbed } of inside) {
      assert.ok(quality.length > 0, kind);
      assert.equal(rate, null, kind);
      assert.ok(disturbed.every((bit) => bit === 1), kind);
    }
    for (const mark of marks) if (mark.at > 18.5 * 360 && mark.at < 25 * 360) assert.equal(mark.kind, '-', `${kind} at ${mark.at / 360}`);
    assert.ok(marks.some((mark) => mark.at > 32 * 360 && mark.kind === 'N'), `${kind}: beats are judged again`);
  }
});

test('a record ends, its annotations come with their samples, and blocks of any size give the same', () => {
  const record = syntheticRecord(30, { ventricular: 0.1, rate: 250 });
  const { marks, truth, blocks } = played(recordSource(record), 60);
  assert.equal(blocks.at(-1)?.ended, true);
  assert.equal(blocks.reduce((sum, { count }) => sum + count, 0), record.samples);
  assert.deepEqual(truth, record.beats);
  const whole = new Player(ecg, model);
  whole.open(recordSource(record));
  assert.deepEqual(whole.advance(1e9).marks, marks);
  const reopened = new Player(ecg, model);
  reopened.open(liveSource('a line', 250, 1));
  const live = reopened.push([Int32Array.from({ length: 250 * 12 }, (_, i) => record.values[2 * i])]);
  assert.ok(live.quality.includes('one lead'));
  assert.ok(live.marks.length > 5);
  assert.throws(() => reopened.open(liveSource('too slow', 50, 1)), /whole rate of 100 to 2000/);
});

// --- Words ----------------------------------------------------------------------------------------------------------------------

test('no state says that anything is normal, and what cannot be judged looks unlike what can', () => {
  const now = { playing: true, quality: /** @type {any} */ ([]), concerned: [0], names: ['II', 'V1'], marks: [beat()], alarms: /** @type {string[]} */ ([]), lost: false };
  const all = [
    stateOf(now), stateOf({ ...now, playing: false, marks: [] }), stateOf({ ...now, marks: [] }), stateOf({ ...now, alarms: ['Pause'] }), stateOf({ ...now, lost: true }),
    ...['flat', 'saturated', 'missing', 'noise', 'reversed', 'too few beats', 'too many beats', 'learning'].map((what) => stateOf({ ...now, quality: /** @type {any} */ ([what]), alarms: ['Pause'] })),
  ];
  for (const { title, text } of all) assert.doesNotMatch(`${title} ${text}`, /\bnormal|healthy|fine|undefined|NaN\b/i);
  assert.deepEqual(all.map(({ style }) => style), ['beats', 'idle', 'learning', 'alarm', 'learning', 'lost', 'lost', 'lost', 'lost', 'lost', 'lost', 'lost', 'learning']);
  assert.match(stateOf({ ...now, quality: ['flat'] }).text, /electrode or a cable is off \(II\)/);
  assert.match(stateOf({ ...now, quality: ['one lead'] }).text, /Only one lead/);
  assert.equal(qualityText(['one lead'], [], []), '');
  assert.match(beatsText([beat(), beat({ kind: 'V' }), beat({ kind: '?' })]), /last 3 beats: 1 ventricular, 1 not sure/);
  assert.match(beatsText([beat()]), /rules nothing out/);
  assert.match(doubtText(['unsure', 'unknown', 'noise']), /as likely; unlike .*; too much noise/);
});

// --- Devices --------------------------------------------------------------------------------------------------------------------

const view = (/** @type {number[]} */ ...list) => new DataView(Uint8Array.from(list).buffer);

test('a belt: rate in 8 and 16 bits, contact, energy, intervals; what is not of this form is nothing', () => {
  assert.deepEqual(parseMeasurement(view(0, 72)), { rate: 72, contact: null, gaps: [] });
  assert.deepEqual(parseMeasurement(view(1, 0x2c, 1)), { rate: 300, contact: null, gaps: [] });
  assert.deepEqual(parseMeasurement(view(0b10110, 60, 0, 4, 0, 2)), { rate: 60, contact: true, gaps: [1, 0.5] });
  assert.deepEqual(parseMeasurement(view(0b11110, 60, 9, 9, 0, 4)), { rate: 60, contact: true, gaps: [1] });
  assert.deepEqual(parseMeasurement(view(0b00100, 60)), { rate: null, contact: false, gaps: [] }, 'without contact there is no rate');
  assert.deepEqual(parseMeasurement(view(0, 0)), { rate: null, contact: null, gaps: [] });
  for (const bad of [view(), view(0), view(1, 60), view(0b1000, 60, 1), view(0b10000, 60, 1), view(0, 60, 1, 2)]) assert.equal(parseMeasurement(bad), null);
});

test('a belt that is connected, heard and lost', async () => {
  const characteristic = Object.assign(new EventTarget(), { value: view(0), startNotifications: async () => {} });
  const gatt = { connect: async () => ({ getPrimaryService: async (/** @type {number} */ id) => (assert.equal(id, 0x180d), { getCharacteristic: async (/** @type {number} */ of) => (assert.equal(of, 0x2a37), characteristic) }) }), disconnect: () => device.dispatchEvent(new Event('gattserverdisconnected')) };
  const device = Object.assign(new EventTarget(), { name: 'H10', gatt });
  const heard = /** @type {unknown[]} */ ([]);
  const lost = /** @type {string[]} */ ([]);
  const belt = await connectBelt({ requestDevice: async () => device }, (m) => heard.push(m.rate), (why) => lost.push(why));
  const send = (/** @type {number[]} */ ...list) => {
    characteristic.value = view(...list);
    characteristic.dispatchEvent(new Event('characteristicvaluechanged'));
  };
  send(0, 61);
  send(9);
  assert.deepEqual(heard, [61]);
  assert.match(lost[0], /no heart rate/);
  device.dispatchEvent(new Event('gattserverdisconnected'));
  assert.match(lost[1], /no longer connected/);
  belt.close();
  assert.equal(lost.length, 2, 'closing it oneself is no loss');
});

test('alarms on what a belt sends', () => {
  const alarms = new Alarms();
  const changes = [70, 130, 130, 130, null, 130].flatMap((rate, i) => alarms.belt(rate, i === 5 ? [2.8] : [0.5], i)).map(({ kind, raised, time }) => `${raised ? '+' : '-'}${kind}@${time}`);
  assert.deepEqual(changes, ['+high@3', '+pause@5']);
});

test('a serial line in pieces: samples, gaps, and lines that are none', () => {
  const lines = new SampleLines(2, 1);
  assert.deepEqual(lines.take('0.5,-0.25\r\n0.1').map((lead) => [...lead]), [[100], [-50]]);
  assert.deepEqual(lines.take(';2 \n# remark\n\nnan,1\n,\n').map((lead) => [...lead]), [[20, NO_SAMPLE, NO_SAMPLE], [400, 200, NO_SAMPLE]]);
  assert.deepEqual(lines.take('hello world\n1\n1e99,0\n').map((lead) => [...lead]), [[NO_SAMPLE, NO_SAMPLE, NO_SAMPLE], [NO_SAMPLE, NO_SAMPLE, 0]]);
  assert.equal(lines.damaged, 2);
  assert.deepEqual(lines.take('x'.repeat(1000)).map((lead) => [...lead]), [[NO_SAMPLE], [NO_SAMPLE]], 'a line without an end');
  assert.deepEqual([...new SampleLines(1, 200).take('300\n')[0]], [300], 'numbers of a converter');
});

test('a serial port that is opened, read, and breaks off', async () => {
  const heard = /** @type {string[]} */ ([]);
  const chunks = [new TextEncoder().encode('1\n2'), new TextEncoder().encode('\n')];
  const port = { open: async (/** @type {any} */ { baudRate }) => assert.equal(baudRate, 9600), close: async () => {}, readable: { getReader: () => ({ cancel: async () => {}, read: async () => { if (chunks.length === 0) throw new Error('unplugged'); return { value: chunks.shift(), done: false }; } }) } };
  const why = await new Promise((resolve, reject) => void connectSerial({ requestPort: async () => port }, 9600, (text) => heard.push(text), resolve).catch(reject));
  assert.match(String(why), /broke off: unplugged/);
  assert.equal(heard.join(''), '1\n2\n');
});
