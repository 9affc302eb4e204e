// The monitor without its page: alarms that one odd beat neither raises nor ends, what is said of a signal, and what devices send.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { changesOf, checkedLimits, RANGES } from '../../demo/monitor/alarms.js';
import { connectBelt, parseMeasurement } from '../../demo/monitor/belt.js';
import { liveSource, Player, recordSource, syntheticSource } from '../../demo/monitor/player.js';
import { SCENARIOS } from '../../demo/monitor/scenarios.js';
import { connectSerial, SampleLines } from '../../demo/monitor/serial.js';
import english from '../../demo/monitor/words/en.js';
import { alarmText, beatsText, doubtText, eventText, qualityText, stateOf } from '../../demo/monitor/words.js';
import { loadEcg } from '../../web/ecg.js';
import { Words } from '../../web/exam/messages/messages.js';
import { NO_SAMPLE } from '../../web/record.js';
import { SyntheticEcg, syntheticRecord } from '../../web/synthetic-ecg.js';
import { openModel } from '../../scripts/eval/records.mjs';
import { sha256 } from './tiny-model.mjs';

/** @typedef {import('../../demo/monitor/player.js').Mark} Mark */
/** @typedef {import('../../demo/monitor/alarms.js').Change} Change */
/** @typedef {import('../../web/ecg.js').BeatKind} BeatKind */

const arrhythmia = fileURLToPath(new URL('../../models/arrhythmia/arrhythmia.bds', import.meta.url));
const pins = JSON.parse(readFileSync(new URL('../../demo/models.json', import.meta.url), 'utf8'));
const ecg = await loadEcg();
const model = await openModel(arrhythmia);

const usual = ecg.alarm().limits;
const words = new Words('en', english);

/** @param {Partial<Mark>} [mark] @returns {Mark} */
const beat = (mark = {}) => ({ at: 0, kind: 'N', likely: 'N', probability: 0.9, reasons: [], rate: 70, ...mark });
/** Beats one after the other; what changed, as "+kind" and "-kind" with the number of the beat. @param {import('../../web/ecg.js').EcgAlarm} alarm @param {[BeatKind, (number | null)?][]} beats */
const told = (alarm, beats) => beats.flatMap(([kind, rate = 70], i) => {
  const before = alarm.active;
  alarm.beat(kind, rate);
  return changesOf(before, alarm.active, i, { limits: alarm.limits, rate }).map(({ kind: of, raised }) => `${raised ? '+' : '-'}${of}@${i}`);
});
/** @param {number} n @param {BeatKind} kind @param {number | null} [rate] @returns {[BeatKind, (number | null)?][]} */
const times = (n, kind, rate) => Array.from({ length: n }, () => [kind, rate]);
/** @type {[BeatKind]} */
const V = ['ventricular'];

test("the page's pinned hash is that of the committed model", () => {
  assert.equal(pins.arrhythmia.sha256, sha256(new Uint8Array(readFileSync(arrhythmia))));
});

// --- Alarms ---------------------------------------------------------------------------------------------------------------------

test('a rate beyond its limit: raised after three beats, ended five beats after it is well back; an unknown one does neither', () => {
  assert.deepEqual(told(ecg.alarm(), [...times(2, 'other', 121), ['other'], ...times(3, 'other', 121), ...times(9, 'other', 118), ...times(4, 'other', 110), ['other', 130], ...times(5, 'other', 110)]), ['+high@5', '-high@24']);
  assert.deepEqual(told(ecg.alarm(), [...times(3, 'other', 44), ...times(9, 'other', 46), ...times(5, 'other', 60)]), ['+low@2', '-low@16']);
  assert.deepEqual(told(ecg.alarm({ confirm: 1, release: 1 }), [['other', 130], ['other', 100]]), ['+high@0', '-high@1']);
  assert.deepEqual(told(ecg.alarm(), [...times(3, 'other', 150), ...times(20, 'withheld', null), ...times(4, 'other', 70), ['other', null], ...times(5, 'other', 70)]), ['+high@2', '-high@32']);
});

test('a run of ventricular beats: three in a row, one of them surely; what cannot be named neither breaks nor makes one', () => {
  assert.deepEqual(told(ecg.alarm(), [V, V, ['other'], V, V, V, ...times(5, 'other')]), ['+run@5', '-run@10']);
  assert.deepEqual(told(ecg.alarm(), [V, ['unknown'], V, ['withheld'], V]), ['+run@4']);
  assert.deepEqual(told(ecg.alarm(), [V, ...times(10, 'unknown')]), []);
  assert.deepEqual(told(ecg.alarm(), [...times(8, 'other'), V, ...times(2, 'maybe ventricular'), ...times(5, 'other')]), ['+run@10', '-run@15'], 'what is most like V counts, beside one that is');
  assert.deepEqual(told(ecg.alarm(), times(20, 'maybe ventricular')), [], 'but not alone');
  assert.deepEqual(told(ecg.alarm(), [...times(8, 'other'), ['withheld'], ...times(3, 'maybe ventricular'), V]), [], 'nor after a bad signal');
  assert.deepEqual(told(ecg.alarm(), [V, V, V, ...times(10, 'withheld')]), ['+run@2'], 'it stays');
});

test('limits of an alarm: the same usual ones as in firmware; new ones hold at once; what cannot be is refused, and the old ones hold', () => {
  assert.deepEqual(usual, { low: 45, high: 120, margin: 5, confirm: 3, release: 5, pause: 3, signal: 5, run: 3 });
  const alarm = ecg.alarm({ high: 140, pause: 2.5 });
  assert.deepEqual(alarm.limits, { ...usual, high: 140, pause: 2.5 });
  assert.deepEqual(told(alarm, times(5, 'other', 130)), []);
  alarm.setLimits({ high: 125 });
  assert.deepEqual(told(alarm, times(3, 'other', 130)), ['+high@2']);
  for (const [limits, message] of /** @type {[any, RegExp][]} */ ([
    [{ high: 241 }, /cannot be/], [{ low: 120 }, /cannot be/], [{ run: 1 }, /cannot be/], [{ confirm: 0 }, /cannot be/], [{ pause: 0 }, /cannot be/], [{ high: 120.5 }, /"high" of an alarm must be a whole number/],
    [{ high: NaN }, /number from 0 to/], [{ signal: -1 }, /number from 0 to/], [{ low: '40' }, /number from 0 to/], [{ heigh: 100 }, /no limit "heigh"/], [{ pause: 1e9 }, /number from 0 to 3600/],
  ])) {
    for (const attempt of [() => alarm.setLimits(limits), () => ecg.alarm(limits), () => ecg.monitor().alarm(limits)]) assert.throws(attempt, (/** @type {any} */ e) => e.code === 'BDS_E_ARGUMENT' && message.test(e.message), JSON.stringify(limits));
    assert.deepEqual(alarm.limits, { ...usual, high: 125, pause: 2.5 });
  }
  alarm.reset();
  assert.deepEqual([alarm.active, alarm.limits.high], [[], 125]);
  for (const attempt of [() => alarm.beat(/** @type {any} */ ('V'), 70), () => alarm.beat('other', NaN), () => alarm.rate(-1), () => alarm.interval(Infinity), () => alarm.listen()]) assert.throws(attempt, { code: 'BDS_E_ARGUMENT' });
});

test('limits of the form that are out of range are not used, and named', () => {
  assert.deepEqual(checkedLimits({}, usual), { limits: usual, wrong: [] });
  assert.deepEqual(checkedLimits({ high: 140, confirm: 1 }, usual).limits, { ...usual, high: 140, confirm: 1 });
  assert.deepEqual(checkedLimits({ high: 1e9, low: NaN, run: 2.5, pause: 2.25, release: 0 }, usual), { limits: { ...usual, pause: 2.25 }, wrong: ['high', 'low', 'run', 'release'] });
  assert.deepEqual(checkedLimits({ high: 60, low: 80 }, usual), { limits: usual, wrong: ['low'] });
  for (const [field, range] of Object.entries(RANGES)) {
    for (const value of range) ecg.alarm(checkedLimits({ [field]: value }, usual).limits); // what the form lets through, C takes
  }
});

test('an alarm in words: what is known when it is raised', () => {
  const facts = { limits: usual, rate: 140, quality: /** @type {import('../../web/ecg.js').Quality[]} */ (['flat', 'learning']), concerned: [0], names: ['II', 'V1'] };
  const list = changesOf(['low'], ['high', 'pause', 'run', 'signal'], 7, facts);
  assert.deepEqual(list.map((change) => eventText(words, change)), [
    'Alarm: Heart rate over 120, it was 140', 'Alarm: Pause: no beat for 3 seconds or more, or an electrode is off', 'Alarm: 3 or more ventricular beats in a row',
    'Alarm: The signal cannot be judged: the line is flat: an electrode or a cable is off (II)', 'Alarm ended: rate',
  ]);
  assert.ok(list.every(({ time }) => time === 7));
  assert.equal(alarmText(words, changesOf([], ['pause'], 7, { ...facts, quality: [] })[0]), 'Pause: no beat for 3 seconds or more');
  assert.equal(alarmText(words, changesOf([], ['signal'], 7, { ...facts, quality: [] })[0]), 'The signal cannot be judged: it is disturbed again and again');
  assert.match(alarmText(words, changesOf([], ['high'], 0, { limits: usual, rate: null, quality: ['too many beats'] })[0]), /Over 240 beats per minute: noise/);
});

// --- From samples to marks ------------------------------------------------------------------------------------------------------

/** Plays a source in blocks of half a second. @param {import('../../demo/monitor/player.js').Source} source @param {number} seconds */
function played(source, seconds) {
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
    changes.push(...block.changes);
    if (block.ended) break;
  }
  return { marks, changes, truth, blocks };
}
const scenario = (/** @type {string} */ name, seconds = 70) => played(syntheticSource(new SyntheticEcg({ seed: 1, ...SCENARIOS[name] })), seconds);
const kinds = (/** @type {Change[]} */ changes) => [...new Set(changes.filter(({ raised }) => raised).map(({ kind }) => kind))].sort();

test('every scenario raises the alarms that it is made for, and no others', () => {
  for (const [name, expected] of /** @type {const} */ ([['calm', []], ['premature', []], ['run', ['high', 'run']], ['pause', ['pause']], ['fast', ['high']], ['slow', ['low']], ['electrode', ['signal']]])) {
    const { changes, marks } = scenario(name);
    assert.deepEqual(kinds(changes), expected, name);
    assert.ok(marks.length > 30, `${name}: ${marks.length} beats`);
  }
});

test('a pause and a lost signal: when an alarm is raised, and when it ends', () => {
  const pause = scenario('pause', 40);
  const [raised, ended] = pause.changes.filter(({ kind }) => kind === 'pause');
  const last = pause.truth.filter(({ at }) => at < (raised.time - 1) * 360).at(-1)?.at ?? 0;
  assert.ok(raised.raised && Math.abs(raised.time - last / 360 - 3.5) < 0.1, `3 s without a beat, known half a second later: ${raised.time - last / 360}`);
  const after = pause.truth.filter(({ at }) => at > (raised.time - 1) * 360 && at < ended.time * 360).length;
  assert.ok(!ended.raised && after >= 5 && after <= 7, `over when five beats after it have been found: ${after}`);
  const off = played(syntheticSource(new SyntheticEcg({ seed: 1, episodes: [{ kind: 'off', at: 16, seconds: 9, lead: 0 }] })), 45).changes;
  assert.deepEqual(off.map(({ kind, raised: on }) => `${on ? '+' : '-'}${kind}`), ['+signal', '-signal']);
  assert.ok(off[0].time > 21 && off[0].time < 24 && off[1].time > 30 && off[1].time < 38, `${off.map(({ time }) => time)}`);
  assert.match(alarmText(words, off[0]), /cannot be judged: the line is flat: an electrode or a cable is off \(II\)/);
  const all = played(syntheticSource(new SyntheticEcg({ seed: 1, episodes: [{ kind: 'off', at: 16, seconds: 9 }] })), 45).changes;
  assert.deepEqual(all.map(({ kind, raised: on }) => `${on ? '+' : '-'}${kind}`).sort(), ['+pause', '+signal', '-pause', '-signal'], 'without any lead nobody knows: both');
  assert.match(alarmText(words, all[0]), /^Pause: no beat for 3 seconds or more, or an electrode is off$/);
});

test('samples that are lost again and again: no beat can be judged, and that is an alarm which stays', () => {
  const made = syntheticSource(new SyntheticEcg({ seed: 1 }));
  let at = 0;
  /** One sample each 4.1 s, from 20 s to 70 s. @type {import('../../demo/monitor/player.js').Source} */
  const source = { ...made, read(count) {
    const { leads, truth } = made.read(count);
    for (let i = 0; i < count; i++, at++) if (at >= 20 * 360 && at < 70 * 360 && (at - 20 * 360) % 1476 === 0) for (const lead of leads) lead[i] = NO_SAMPLE;
    return { leads, truth };
  } };
  const { changes, blocks, marks } = played(source, 85);
  assert.deepEqual(changes.map(({ kind, raised }) => `${raised ? '+' : '-'}${kind}`), ['+signal', '-signal']);
  assert.ok(changes[0].time > 25 && changes[0].time < 35 && changes[1].time > 70 && changes[1].time < 80, `${changes.map(({ time }) => time)}`);
  assert.ok(blocks.some(({ first, quality }) => first > 40 * 360 && first < 65 * 360 && quality.length === 0), 'although now and then nothing is wrong');
  assert.ok(marks.every(({ at: where, kind }) => where < 24 * 360 || where > 66 * 360 || kind === '-'));
});

test('an alarm that begins later, or anew, counts nothing of what was before; a monitor that begins anew is heard anew', () => {
  const monitor = ecg.monitor({ leads: 1 });
  const early = monitor.alarm();
  const lose = (/** @type {import('../../web/ecg.js').EcgAlarm} */ alarm, /** @type {number} */ samples) => {
    for (let i = 0; i < samples; i++) {
      monitor.sample(null);
      alarm.listen();
    }
    return alarm.active;
  };
  monitor.gap(3600);
  early.listen();
  assert.deepEqual(early.active, ['signal'], 'lost since it began');
  const late = monitor.alarm();
  assert.deepEqual([lose(late, 1799), lose(late, 1)], [[], ['signal']]);
  late.reset();
  assert.deepEqual([late.active, lose(late, 1799), lose(late, 1)], [[], [], ['signal']]);
  late.reset();
  monitor.reset();
  assert.deepEqual([lose(late, 1799), lose(late, 1)], [[], ['signal']]);
});

test('the alarms of a record do not depend on its rate, nor on the size of its blocks', () => {
  for (const rate of [125, 360, 1000]) {
    const { changes } = played(syntheticSource(new SyntheticEcg({ seed: 1, rate, ...SCENARIOS.run })), 40);
    const whole = new Player(ecg, model);
    whole.open(syntheticSource(new SyntheticEcg({ seed: 1, rate, ...SCENARIOS.run })));
    assert.deepEqual(whole.advance(40 * rate).changes, changes, String(rate));
    assert.ok(changes.some(({ kind, raised }) => kind === 'run' && raised), String(rate));
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
  reopened.open(liveSource(250, 1));
  const live = reopened.push([Int32Array.from({ length: 250 * 12 }, (_, i) => record.values[2 * i])]);
  assert.ok(live.quality.includes('one lead'));
  assert.ok(live.marks.length > 5);
  assert.throws(() => reopened.open(liveSource(50, 1)), /rate of a monitor must be a whole number from 100 to 2000/);
});

// --- Words ----------------------------------------------------------------------------------------------------------------------

test('no state says that anything is normal, and what cannot be judged looks unlike what can', () => {
  const now = { playing: true, quality: /** @type {any} */ ([]), concerned: [0], names: ['II', 'V1'], marks: [beat()], alarms: /** @type {import('../../demo/tell.js').Say[]} */ ([]), lost: false };
  const all = [
    stateOf(now), stateOf({ ...now, playing: false, marks: [] }), stateOf({ ...now, marks: [] }), stateOf({ ...now, alarms: [() => 'Pause'] }), stateOf({ ...now, lost: true }),
    ...['flat', 'saturated', 'missing', 'noise', 'reversed', 'too few beats', 'too many beats', 'learning'].map((what) => stateOf({ ...now, quality: /** @type {any} */ ([what]), alarms: [() => 'Pause'] })),
  ];
  for (const { title, text } of all) assert.doesNotMatch(`${title(words)} ${text(words)}`, /\bnormal|healthy|fine|undefined|NaN\b/i);
  assert.deepEqual(all.map(({ style }) => style), ['beats', 'idle', 'learning', 'alarm', 'learning', 'lost', 'lost', 'lost', 'lost', 'lost', 'lost', 'lost', 'learning']);
  assert.equal(stateOf({ ...now, lost: true, marks: [beat({ kind: '-' })] }).style, 'lost', 'readable at the moment, but no beat has been judged yet');
  assert.match(stateOf({ ...now, quality: ['flat'] }).text(words), /electrode or a cable is off \(II\)/);
  assert.match(stateOf({ ...now, quality: ['one lead'] }).text(words), /Only one lead/);
  assert.equal(qualityText(words, ['one lead'], [], []), '');
  assert.match(beatsText(words, [beat(), beat({ kind: 'V' }), beat({ kind: '?' })]), /last 3 beats: 1 ventricular, 1 not sure/);
  assert.match(beatsText(words, [beat()]), /rules nothing out/);
  assert.match(doubtText(words, ['unsure', 'unknown', 'noise']), /as likely; unlike .*; too much noise/);
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
  assert.equal(lost[0], 'ecg.belt.odd');
  device.dispatchEvent(new Event('gattserverdisconnected'));
  assert.equal(lost[1], 'ecg.belt.gone');
  belt.close();
  assert.equal(lost.length, 2, 'closing it oneself is no loss');
});

test('alarms on what a belt sends', () => {
  const player = new Player(ecg, model);
  player.openBelt();
  const hear = (/** @type {number | null} */ rate, /** @type {number[]} */ gaps, /** @type {number} */ time) => player.hear({ rate, gaps }, time).map(({ kind, raised }) => `${raised ? '+' : '-'}${kind}@${time}`);
  assert.deepEqual([70, 130, 130, 130, null, 130].flatMap((rate, i) => hear(rate, i === 5 ? [2.9, 3] : [0.5], i)), ['+high@3', '+pause@5']);
  assert.deepEqual([6, 7, 8].flatMap((time) => hear(110, [0.5, 0.5], time)), ['-pause@8']);
  player.setLimits({ high: 125 });
  assert.deepEqual([hear(120, [], 9), hear(120, [], 10)].flat(), ['-high@10'], 'new limits hold for what is on');
  player.openBelt();
  assert.deepEqual([player.limits.high, [122, 122, 122].flatMap((rate, i) => hear(rate, [], i))], [125, []]);
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
  const why = await new Promise((resolve, reject) => void connectSerial({ requestPort: async () => port }, 9600, (text) => heard.push(text), (key, cause) => resolve([key, String(cause)])).catch(reject));
  assert.deepEqual(why, ['ecg.serial.broke', 'Error: unplugged']);
  assert.equal(heard.join(''), '1\n2\n');
});
