// Audit: a record, the file and the model are enough to examine again, and every bit comes back. docs/reports.md, Audit.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { root } from '../../scripts/setup.mjs';
import { createExaminer, recordFromJson, recordOf, recordOptions, recordToJson } from '../../web/exam/exam.js';
import { pamOf } from '../../web/exam/hashed.js';
import { chestDx, dicomFile, handDx, multiFrame, samplePicture, withElements } from '../support/dicom-objects.mjs';
import * as drawn from '../support/drawn.mjs';
import { noModel, samples } from './common.mjs';
import { sha256 } from './tiny-model.mjs';

/** @typedef {import('../../web/exam/exam.js').ExamRecord} ExamRecord */
/** @typedef {import('../../web/exam/exam.js').ExamineOptions} ExamineOptions */
/** @typedef {import('../../web/bedside.js').Pixels} Pixels */

const catalogue = JSON.parse(readFileSync(new URL('../../models/catalogue.json', import.meta.url), 'utf8'));
const anything = { ...catalogue.models.pneumonia, id: 'anything', url: 'pneumonia/pneumonia.bds', exam: { modality: [], bodyPart: [], colour: 'grey' } };
/** @type {Map<string | object, Promise<import('../../web/exam/exam.js').Examiner>>} */
const opened = new Map();
/** @param {string | object} model */
function examinerOf(model) {
  if (!opened.has(model)) opened.set(model, createExaminer({ model: /** @type {any} */ (model), worker: 'here' }));
  return /** @type {Promise<import('../../web/exam/exam.js').Examiner>} */ (opened.get(model));
}
after(async () => {
  for (const examiner of opened.values()) (await examiner).dispose();
});

/** @param {string} name */
const sample = (name) => new Uint8Array(readFileSync(new URL(name, samples)));
/** @param {[number, string, any][]} changes */
const chest = (...changes) => dicomFile(withElements(chestDx({ picture: samplePicture('opacity-1.png') }), changes));
const silent = chest([0x00180015, 'CS', undefined], [0x00082218, 'SQ', undefined]);
const mute = chest([0x00180015, 'CS', undefined], [0x00082218, 'SQ', undefined], [0x00080060, 'CS', undefined]);
const grey = samplePicture('opacity-1.png');
const wide = new Uint8Array(600 * grey.height).fill(77);
for (let y = 0; y < grey.height; y++) wide.set(grey.pixels.subarray(y * grey.width, (y + 1) * grey.width), 600 * y);

/** Of every kind. @type {Record<string, {input: Uint8Array | Pixels, outcome: ExamRecord['outcome'], model?: string | object, options?: ExamineOptions}>} */
const cases = {
  'a PNG': { input: sample('opacity-1.png'), outcome: 'finding' },
  'a JPEG': { input: sample('clear-2.jpg'), outcome: 'finding' },
  'an uncertain one': { input: sample('unsure-1.png'), outcome: 'unsure' },
  'a DICOM object': { input: chest(), outcome: 'finding' },
  'a body part that was stated': { input: silent, options: { stated: { bodyPart: 'chest' } }, outcome: 'finding' },
  'body part and modality that were stated': { input: mute, options: { stated: { bodyPart: 'CHEST', modality: 'DX' } }, outcome: 'finding' },
  'a wrong one that was stated': { input: silent, options: { stated: { bodyPart: 'HAND' } }, outcome: 'refused' },
  'one that nobody stated': { input: silent, options: { stated: { bodyPart: '' } }, outcome: 'unsure' },
  'a window by hand': { input: chest(), options: { window: { centre: 600, width: 4000 } }, outcome: 'unsure' },
  'the file\'s window by hand': { input: chest(), options: { window: { centre: 2040, width: 4081 } }, outcome: 'finding' },
  occlusion: { input: sample('opacity-1.png'), options: { explain: 'occlusion' }, outcome: 'finding' },
  'no heat map': { input: sample('opacity-1.png'), options: { explain: 'none' }, outcome: 'finding' },
  'another label': { input: sample('opacity-1.png'), options: { label: 'normal' }, outcome: 'finding' },
  'another age': { input: chest([0x00100030, 'DA', '19400101']), outcome: 'unsure' },
  'a frame': { input: dicomFile(multiFrame(3)), model: anything, options: { frame: 2 }, outcome: 'refused' },
  'the first frame, chosen': { input: dicomFile(multiFrame(3)), model: anything, options: { frame: 0 }, outcome: 'refused' },
  'the first frame, not chosen': { input: dicomFile(multiFrame(3)), model: anything, outcome: 'refused' },
  'several labels': { input: sample('opacity-1.png'), model: 'brain-tumour', outcome: 'refused' },
  'a mask': { input: drawn.ultrasound(), model: 'breast-lesion', outcome: 'finding' },
  'a photograph of which a person says what it is': { input: drawn.spot(), model: 'skin-lesion', options: { stated: { modality: 'XC' } }, outcome: 'finding' },
  'a photograph of which nobody says it': { input: drawn.spot(), model: 'skin-lesion', outcome: 'unsure' },
  'another exam': { input: dicomFile(handDx()), outcome: 'refused' },
  'another picture': { input: sample('photo-1.jpg'), outcome: 'refused' },
  'no picture': { input: new TextEncoder().encode('<html>'), outcome: 'refused' },
  nothing: { input: new Uint8Array(0), outcome: 'refused' },
  'a damaged object': { input: chest().subarray(0, 4000), outcome: 'refused' },
  pixels: { input: { ...grey, channels: 1 }, outcome: 'finding' },
  'pixels with a stride': { input: { pixels: wide, width: grey.width, height: grey.height, channels: 1, stride: 600 }, outcome: 'finding' },
  'blank pixels': { input: drawn.blank(90), outcome: 'refused' },
};

/** What must come back: all but what is of the moment and of the machine. @param {ExamRecord} record */
function lasting({ id: _id, time: _time, times: _times, utcOffset: _utcOffset, software: { simd: _simd, ...software }, input, ...record }) {
  return { ...record, software, input: input && { ...input, name: null } };
}

for (const [what, { input, outcome, model = 'pneumonia', options }] of Object.entries(cases)) {
  test(`made again from its record: ${what}`, { skip: noModel }, async () => {
    const given = 'pixels' in input ? input : new File([/** @type {BlobPart} */ (input)], 'a name.png');
    const first = await (await examinerOf(model)).examine(given, { ...options, keepPicture: true, keepLayers: true });
    const stored = recordFromJson(recordToJson(first));
    assert.equal(stored.outcome, outcome, `${stored.refusal?.message} ${stored.doubts}`);
    assert.equal(stored.input?.sha256, sha256('pixels' in input ? pamOf(input) : input), 'the file is the one that the record names');
    const again = await (await examinerOf(model)).examine(input, recordOptions(stored));
    assert.deepEqual(lasting(again), lasting(stored));
    assert.notEqual(again.id, stored.id);
  });
}

test('the documented way of an audit', { skip: noModel }, () => {
  const [block] = readFileSync(new URL('../../docs/reports.md', import.meta.url), 'utf8').match(/(?<=```js\n)[^]*?recordOptions[^]*?(?=```)/) ?? assert.fail('docs/reports.md shows none');
  const folder = mkdtempSync(join(tmpdir(), 'bedside-audit-'));
  try {
    mkdirSync(join(folder, 'node_modules'));
    symlinkSync(root, join(folder, 'node_modules/bedside'), 'dir');
    writeFileSync(join(folder, 'file.png'), sample('opacity-1.png'));
    writeFileSync(join(folder, 'audit.mjs'), block);
    const run = (/** @type {string[]} */ ...args) => spawnSync(process.execPath, args, { cwd: folder, encoding: 'utf8' });
    writeFileSync(join(folder, 'record.json'), run(join(root, 'bin/bedside.mjs'), 'diagnose', 'file.png', '--json').stdout);
    const { stdout, stderr } = run('audit.mjs');
    assert.equal(stdout, 'true [ 3761, 61775 ]\n', stderr);
    writeFileSync(join(folder, 'file.png'), sample('clear-1.png'));
    assert.match(run('audit.mjs').stderr, /This is another file\./);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('a record is the record alone: no picture, nothing that went into the network, no layers', { skip: noModel }, async () => {
  const examiner = await examinerOf('pneumonia');
  const examined = await examiner.examine(cases.pixels.input, { keepPicture: true, keepLayers: true });
  assert.ok(examined.picture && examined.seen && examined.layers);
  const keys = Object.keys(await examiner.examine(cases.pixels.input));
  assert.deepEqual(Object.keys(recordOf(examined)), keys);
  assert.deepEqual(Object.keys(JSON.parse(recordToJson(examined))), keys);
  assert.ok(examined.picture, 'what was handed over stays as it is');
});

test('the hash of pixels is that of a PAM file: other sizes and channels of the same bytes have another, a stride has none', () => {
  const pixels = new Uint8Array(24).fill(7);
  const pam = (/** @type {string} */ header) => Buffer.concat([Buffer.from(header), pixels]);
  assert.deepEqual(Buffer.from(pamOf({ pixels, width: 6, height: 4, channels: 1 })), pam('P7\nWIDTH 6\nHEIGHT 4\nDEPTH 1\nMAXVAL 255\nTUPLTYPE GRAYSCALE\nENDHDR\n'));
  assert.deepEqual(Buffer.from(pamOf({ pixels: pixels.buffer, width: 4, height: 2, channels: 3 })), pam('P7\nWIDTH 4\nHEIGHT 2\nDEPTH 3\nMAXVAL 255\nTUPLTYPE RGB\nENDHDR\n'));
  const padded = Uint8Array.from({ length: 17 }, (_, i) => (i % 6 < 5 ? i : 99));
  const tight = Uint8Array.from(padded).filter((v) => v !== 99);
  assert.deepEqual(pamOf({ pixels: padded, width: 5, height: 3, channels: 1, stride: 6 }), pamOf({ pixels: tight, width: 5, height: 3, channels: 1 }));
  assert.equal(new Set([[6, 4, 1], [4, 6, 1], [3, 4, 2], [4, 2, 3], [2, 4, 3], [3, 2, 4]].map(([width, height, channels]) => sha256(pamOf({ pixels, width, height, channels: /** @type {1} */ (channels) })))).size, 6);
});

test('the entry of the catalogue has a hash that anybody can compute', { skip: noModel }, async () => {
  const { card, entry } = await examinerOf('pneumonia');
  const said = { ...catalogue.models.pneumonia };
  delete said.url;
  /** @type {(value: any) => string} */
  const canonical = (value) => {
    if (Array.isArray(value)) return `[${value.map(canonical).join()}]`;
    if (value === null || typeof value !== 'object') return JSON.stringify(value);
    return `{${Object.keys(value).sort().map((key) => `${JSON.stringify(key)}:${canonical(value[key])}`).join()}}`;
  };
  assert.equal(card.entrySha256, sha256(new TextEncoder().encode(canonical(said))));
  const elsewhere = await createExaminer({ model: { ...entry, url: new URL('../../models/pneumonia/pneumonia.bds', import.meta.url).href }, worker: 'here' });
  assert.equal(elsewhere.card.entrySha256, card.entrySha256, 'where the file lies says nothing of the examination');
  elsewhere.dispose();
  assert.notEqual((await examinerOf(anything)).card.entrySha256, card.entrySha256);
});
