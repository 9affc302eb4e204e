// Examinations: what a record says, which files are of the right exam, what the gate refuses, and that nothing of a refused file is left.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, test } from 'node:test';
import { createExaminer, recordFromJson, recordToJson } from '../../web/exam/exam.js';
import { VERSION } from '../../web/exam/record.js';
import { isColourless } from '../../web/exam/checks.js';
import { placesOf } from '../../web/exam/places.js';
import { chestDx, code, dicomFile, handDx, multiFrame, samplePicture, withElements } from '../support/dicom-objects.mjs';
import * as drawn from '../support/drawn.mjs';
import { fails, samples } from './common.mjs';
import { sha256 } from './tiny-model.mjs';

const models = new URL('../../models/', import.meta.url);
/** SHA-256 of the maps of opacity-1.png: as good as any, and equal everywhere. */
const PINNED = {
  cam: '749e201e2c278d5ddc93aa159c00a7d9a78a95a21452528def4719b55a49461a',
  occlusion: '9b7ee2b306dd6f44848b17aadd0223f04e3ab69e176e21ec308575842108bf0e',
};

/** @param {string} name */
const sample = (name) => new Uint8Array(readFileSync(new URL(name, samples)));
const chest = dicomFile(chestDx({ picture: samplePicture('opacity-1.png') }));
const modality = 0x00080060;
const bodyPart = 0x00180015;

/** @type {Map<string, Promise<import('../../web/exam/exam.js').Examiner>>} */
const opened = new Map();
/** One examiner of a model for all tests. @param {string} [model] */
function examinerOf(model = 'pneumonia') {
  if (!opened.has(model)) opened.set(model, createExaminer({ model }));
  return /** @type {Promise<import('../../web/exam/exam.js').Examiner>} */ (opened.get(model));
}
after(async () => {
  for (const examiner of opened.values()) (await examiner).dispose();
});

/** Nothing that could be taken for an answer. @param {import('../../web/exam/exam.js').Examined} record @param {string} code @param {RegExp} message */
function refused(record, code, message) {
  assert.equal(record.outcome, 'refused');
  assert.equal(record.refusal?.code, code);
  assert.match(record.refusal?.message ?? '', message);
  assert.deepEqual([record.findings, record.top, record.marking, record.explanation, record.layers], [[], null, null, null, undefined]);
}

test('a record says what was examined, with what, and what came of it', async () => {
  const file = sample('opacity-1.png');
  const record = await (await examinerOf()).examine(new File([file], 'x-ray.png'));
  assert.equal(record.format, 'bedside-exam/1');
  assert.match(record.id, /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  assert.ok(Math.abs(Date.parse(record.time) - Date.now()) < 60000 && record.time.endsWith('Z'));
  assert.equal(VERSION, JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')).version);
  assert.equal(record.software.version, VERSION);
  assert.equal(record.outcome, 'finding');
  assert.equal(record.findings[/** @type {number} */ (record.top)].label, 'pneumonia');
  assert.deepEqual([record.input?.name, record.input?.kind, record.input?.bytes], ['x-ray.png', 'png', file.length]);
  assert.equal(record.input?.sha256, sha256(file));
  assert.deepEqual([record.input?.width, record.input?.height, record.input?.region], [512, 512, { x: 0, y: 0, width: 512, height: 512 }]);
  assert.equal(record.model.sha256, sha256(readFileSync(new URL('pneumonia/pneumonia.bds', models))));
  assert.ok(record.model.limits.length > 1 && record.model.intendedUse.includes('Not a medical device'));
  assert.deepEqual(recordFromJson(recordToJson(record)), JSON.parse(JSON.stringify(record), (key, value) => (key === 'map' ? record.explanation?.map : value)));
  const again = await (await examinerOf()).examine(file);
  assert.notEqual(again.id, record.id);
  assert.deepEqual(again.findings, record.findings);
});

test('explanations: the same bits with and without SIMD, for the label that is looked for or another', async () => {
  const file = sample('opacity-1.png');
  const record = await (await examinerOf()).examine(file);
  const map = /** @type {import('../../web/exam/exam.js').ExamExplanation} */ (record.explanation);
  assert.deepEqual([map.method, map.label, map.width, map.height], ['cam', 'pneumonia', 64, 64]);
  assert.equal(map.sha256, sha256(map.map));
  assert.equal(map.sha256, PINNED.cam);
  assert.ok(map.peak > 4 && map.places.length > 0 && Math.max(...map.map) > 240);
  const occlusion = await (await examinerOf()).examine(file, { explain: 'occlusion' });
  assert.equal(occlusion.explanation?.sha256, PINNED.occlusion);
  const plain = await createExaminer({ engine: { simd: 'scalar' } });
  assert.equal((await plain.examine(file)).explanation?.sha256, PINNED.cam);
  assert.equal((await plain.examine(file, { explain: 'occlusion' })).explanation?.sha256, PINNED.occlusion);
  plain.dispose();
  const other = await (await examinerOf()).examine(file, { label: 'normal' });
  assert.equal(other.explanation?.label, 'normal');
  assert.notEqual(other.explanation?.sha256, PINNED.cam);
  assert.equal((await (await examinerOf()).examine(file, { explain: 'none' })).explanation, null);
  await fails((await examinerOf()).examine(file, { label: 'fracture' }), 'BDS_E_ARGUMENT', /no label "fracture"/);
  assert.deepEqual((await (await examinerOf()).examine(file)).findings, record.findings);
});

test('places in words: where the map is bright, nowhere if it is pale or bright everywhere', () => {
  const map = (/** @type {(x: number, y: number) => number} */ at) => Uint8Array.from({ length: 900 }, (_, i) => at(i % 30, Math.floor(i / 30)));
  assert.deepEqual(placesOf(map((x, y) => (x < 10 && y >= 20 ? 200 : 0)), 30, 30), ['lower-left']);
  assert.deepEqual(placesOf(map((x, y) => (x >= 20 && y < 20 ? (y < 10 ? 255 : 200) : 20)), 30, 30), ['upper-right', 'right']);
  assert.deepEqual(placesOf(map(() => 200), 30, 30), []);
  assert.deepEqual(placesOf(map((x, y) => (x < 10 && y < 10 ? 20 : 0)), 30, 30), []);
  // The medial half of a lung lies in the middle third: the side is said nevertheless.
  const blob = (/** @type {number} */ cx) => map((x, y) => Math.max(0, 255 - 20 * ((x - cx) ** 2 + (y - 15) ** 2)));
  assert.deepEqual([11.5, 14.5, 17.5].map((cx) => placesOf(blob(cx), 30, 30)), [['centre', 'left'], ['centre'], ['centre', 'right']]);
  assert.deepEqual(placesOf(map((x, y) => (x >= 10 && x < 14 && y < 10 ? 255 : 0)), 30, 30), ['upper', 'upper-left']);
  assert.deepEqual(placesOf(map((x, y) => (y < 10 || y >= 20 ? 0 : x < 10 ? 200 : x < 20 ? 255 : 0)), 30, 30), ['centre', 'left'], 'said once');
});

test('layers: what each operator made of the picture, in the order of the network', async () => {
  const { layers, findings } = await (await examinerOf()).examine(sample('opacity-1.png'), { keepLayers: true });
  assert.ok(layers && layers.length > 10);
  assert.deepEqual([layers[0].name, layers[0].dims], ['conv', [1, 28, 28, 16]]);
  for (const { data, dims } of layers) assert.equal(data.length, dims.reduce((a, b) => a * b));
  const logits = layers.find(({ dims }) => dims[3] === 2);
  assert.deepEqual([...(logits?.data ?? [])], findings.map(({ logit }) => logit));
});

test('a DICOM chest X-ray is examined and known: who, what, which window', async () => {
  const record = await (await examinerOf()).examine(chest, { keepPicture: true });
  assert.equal(record.outcome, 'finding');
  assert.equal(record.input?.kind, 'dicom');
  assert.equal(record.input?.sha256, sha256(chest));
  assert.deepEqual(record.checks.map(({ what, ok, stated }) => [what, ok, stated]), [['modality', true, false], ['bodyPart', true, false], ['view', true, false]]);
  assert.equal(record.input?.dicom?.modality, 'DX');
  assert.equal(record.input?.window?.from, 'file');
  assert.equal(record.picture?.width, record.input?.width);
  const turned = await (await examinerOf()).examine(dicomFile(chestDx({ picture: samplePicture('opacity-1.png'), inverted: true })));
  assert.deepEqual(turned.findings.map(({ logit }) => logit), record.findings.map(({ logit }) => logit), 'MONOCHROME1 looks the same');
});

test('another exam is refused and says which: a hand, a CT, what the person states', async () => {
  const examiner = await examinerOf();
  refused(await examiner.examine(dicomFile(handDx({ picture: samplePicture('opacity-1.png') }))), 'BDS_E_WRONG_EXAM', /body part HAND/);
  refused(await examiner.examine(dicomFile(withElements(chestDx({ picture: samplePicture('opacity-1.png') }), [[modality, 'CS', 'CT']]))), 'BDS_E_WRONG_EXAM', /modality CT.*CR or DX/);
  const silent = dicomFile(withElements(chestDx({ picture: samplePicture('opacity-1.png') }), [[bodyPart, 'CS', undefined], [0x00082218, 'SQ', undefined]]));
  refused(await examiner.examine(silent, { stated: { bodyPart: 'hand' } }), 'BDS_E_WRONG_EXAM', /HAND|hand/);
  const unstated = await examiner.examine(silent);
  assert.equal(unstated.outcome, 'unsure');
  assert.ok(unstated.doubts.includes('unstated'));
  const stated = await examiner.examine(silent, { stated: { bodyPart: 'chest' } });
  assert.equal(stated.outcome, 'finding');
  assert.ok(stated.checks.some((check) => check.stated && check.ok));
  // What the file says counts more than what somebody says of it.
  refused(await examiner.examine(dicomFile(handDx({ picture: samplePicture('opacity-1.png') })), { stated: { bodyPart: 'CHEST' } }), 'BDS_E_WRONG_EXAM', /HAND/);
});

test('the body part and the anatomic region must both be right; a region alone is known by its code or its name', async () => {
  const examiner = await examinerOf();
  const elements = chestDx({ picture: samplePicture('opacity-1.png') });
  /** @param {string | undefined} part @param {string[]} region code, scheme, meaning */
  const examine = (part, ...region) => examiner.examine(dicomFile(withElements(elements, [[bodyPart, 'CS', part], [0x00082218, 'SQ', [code(region[0], region[1], region[2])]]])));
  const both = await examine('CHEST', '85562004', 'SCT', 'Hand');
  refused(both, 'BDS_E_WRONG_EXAM', /body part CHEST \(anatomic region: Hand\); .* is for CHEST or THORAX or LUNG only/);
  assert.deepEqual(both.input?.dicom?.region, { code: '85562004', scheme: 'SCT', meaning: 'Hand' });
  refused(await examine('CHEST', 'T-D8700', 'SRT', 'Hand'), 'BDS_E_WRONG_EXAM', /CHEST \(anatomic region: Hand\)/);
  refused(await examine('HAND', '51185008', 'SCT', 'Chest'), 'BDS_E_WRONG_EXAM', /HAND \(anatomic region: Chest\)/);
  refused(await examine(undefined, '85562004', 'SCT', 'Hand'), 'BDS_E_WRONG_EXAM', /body part Hand;/);
  refused(await examine(undefined, '85562004', 'SCT', ''), 'BDS_E_WRONG_EXAM', /body part 85562004;/);
  // Another scheme may use the same digits for something else.
  refused(await examine('CHEST', '51185008', '99LOCAL', 'Hand'), 'BDS_E_WRONG_EXAM', /Hand/);
  for (const part of ['CHEST', undefined]) {
    for (const region of [['51185008', 'SCT', 'Thoracic structure'], ['51185008', 'SCT', ''], ['T-D3000', 'SRT', 'Chest'], ['39607008', 'SCT', 'lung'], ['T-D3000', 'SRT', 'Tórax'], ['816094009', 'SCT', 'Brustkorb'], ['T-28000', 'SNM3', ''], ['', '99LOCAL', 'upper chest']]) {
      const record = await examine(part, ...region);
      assert.equal(record.outcome, 'finding', `${part}, ${region}`);
      assert.ok(record.checks.every(({ ok }) => ok));
    }
  }
  assert.equal((await examine('???', '51185008', 'SCT', '胸部')).outcome, 'finding', 'the code alone is understood');
  // What is not understood is no contradiction, and by itself says nothing.
  for (const region of [['T-99999', 'SRT', ''], ['1', '99LOCAL', 'Brustkorb']]) {
    assert.equal((await examine('CHEST', ...region)).outcome, 'finding', String(region));
    assert.ok((await examine(undefined, ...region)).doubts.includes('unstated'), String(region));
  }
});

test('a lateral view is refused, a frontal one and one that is not stated are not; another age is a doubt', async () => {
  const examiner = await examinerOf();
  const picture = samplePicture('opacity-1.png');
  const [view, born] = [0x00185101, 0x00100030];
  /** @param {[number, string, any][]} changes */
  const examine = (...changes) => examiner.examine(dicomFile(withElements(chestDx({ picture }), changes)));
  for (const side of ['LL', 'RL', 'LATERAL']) refused(await examine([view, 'CS', side]), 'BDS_E_WRONG_EXAM', /view (LL|RL|LATERAL).*AP or PA/);
  assert.equal((await examine([view, 'CS', 'PA'])).outcome, 'finding');
  assert.equal((await examine([view, 'CS', null])).outcome, 'finding');
  // A view may be stated by its code alone.
  const viewCode = 0x00540220;
  refused(await examine([view, 'CS', null], [viewCode, 'SQ', [code('R-10236', 'SRT', 'seitlich')]]), 'BDS_E_WRONG_EXAM', /seitlich/);
  assert.equal((await examine([view, 'CS', null], [viewCode, 'SQ', [code('399348003', 'SCT', 'antero-posterior')]])).outcome, 'finding');
  // The study is of 29 February 2024; the model has learned from one to five completed years.
  for (const [date, doubted] of /** @type {const} */ ([['20230301', true], ['20230228', false], ['20180301', false], ['20180228', true], ['19400101', true], ['', false], ['soon', false]])) {
    const record = await examine([born, 'DA', date]);
    assert.deepEqual([record.outcome, record.doubts.includes('age')], doubted ? ['unsure', true] : ['finding', false], date);
  }
  // On the birthday and the day before it, within one month.
  for (const [date, doubted] of /** @type {const} */ ([['20230216', true], ['20230215', false], ['20180216', false], ['20180215', true]])) {
    const record = await examine([0x00080020, 'DA', '20240215'], [born, 'DA', date]);
    assert.deepEqual([record.outcome, record.doubts.includes('age')], doubted ? ['unsure', true] : ['finding', false], date);
  }
});

test('a window that is none of the file\'s is a doubt; one of the file\'s own is none', async () => {
  const examiner = await examinerOf();
  const several = dicomFile(withElements(chestDx({ picture: samplePicture('opacity-1.png') }), [[0x00281050, 'DS', '2040\\1800'], [0x00281051, 'DS', '4081\\3600']]));
  const own = [{ centre: 2040, width: 4081, from: 'file' }, { centre: 1800, width: 3600, from: 'file' }];
  for (const [centre, width, doubted] of /** @type {const} */ ([[2040, 4081, false], [1800, 3600, false], [2040, 3600, true], [600, 4000, true]])) {
    const record = await examiner.examine(several, { window: { centre, width } });
    assert.deepEqual(record.input?.window, { centre, width, from: 'given', own });
    assert.deepEqual([record.outcome, record.doubts.includes('window')], [doubted ? 'unsure' : 'finding', doubted], `${centre}, ${width}`);
  }
  // A range is no window of the file's, though it has the same figures.
  const none = dicomFile(withElements(chestDx({ picture: samplePicture('opacity-1.png') }), [[0x00281050, 'DS', undefined], [0x00281051, 'DS', undefined]]));
  const { window } = (await examiner.examine(none)).input ?? {};
  assert.equal(window?.from, 'range');
  assert.ok((await examiner.examine(none, { window: { centre: window.centre, width: window.width } })).doubts.includes('window'));
});

test('multi-frame objects: the frame that is asked for, and no other', async () => {
  const any = await createExaminer({ model: { ...(await examinerOf()).entry, exam: { modality: [], bodyPart: [], colour: 'grey' }, url: 'pneumonia/pneumonia.bds' } });
  const file = dicomFile(multiFrame(3));
  const record = await any.examine(file, { frame: 2 });
  assert.deepEqual([record.input?.frame, record.input?.frames], [2, 3]);
  assert.ok(!record.doubts.includes('frames'));
  const first = await any.examine(file);
  assert.ok(first.doubts.includes('frames') && first.outcome !== 'finding', 'nobody has chosen the first frame');
  await fails(any.examine(file, { frame: 3 }), 'BDS_E_ARGUMENT', /3 frames.*no frame 3/);
  any.dispose();
});

const others = { 'a hand X-ray': drawn.hand(), 'a cat': drawn.cat(), 'a grey cat': drawn.cat(256, 1), 'a screenshot': drawn.screenshot(), 'a grey screenshot': drawn.screenshot(320, 240, 1), 'a printed page': drawn.page(), noise: drawn.static_() };
for (const [what, picture] of Object.entries(others)) {
  test(`the chest model refuses ${what}`, async () => {
    const record = await (await examinerOf()).examine(picture);
    refused(record, 'BDS_E_UNKNOWN', /unlike everything/);
    assert.ok(record.doubts.includes('unknown') && record.distance > record.distanceLimit);
  });
}

test('blank pictures are refused by every model', async () => {
  for (const level of [0, 90, 255]) refused(await (await examinerOf()).examine(drawn.blank(level)), 'BDS_E_IMAGE_BLANK', /./);
});

test('a grey picture is refused where the model has learned from coloured ones', async () => {
  refused(await (await examinerOf('skin-lesion')).examine(drawn.cat(256, 1)), 'BDS_E_UNKNOWN', /grey.*coloured/);
  refused(await (await examinerOf('blood-cells')).examine(drawn.hand()), 'BDS_E_UNKNOWN', /./);
});

test('the skin model\'s gate lets much pass, so a person must say what a picture shows that does not say it', async () => {
  const skin = await examinerOf('skin-lesion');
  const expected = { what: 'modality', expected: ['XC', 'DMS'] };
  const silent = await skin.examine(drawn.spot());
  assert.deepEqual([silent.outcome, silent.doubts, silent.checks], ['unsure', ['unstated'], [{ ...expected, found: null, stated: false, ok: false }]]);
  const stated = await skin.examine(drawn.spot(), { stated: { modality: 'XC' } });
  assert.deepEqual([stated.outcome, stated.doubts, stated.checks], ['finding', [], [{ ...expected, found: 'XC', stated: true, ok: true }]]);
  assert.deepEqual(stated.findings, silent.findings);
  refused(await skin.examine(drawn.spot(), { stated: { modality: 'UNKNOWN' } }), 'BDS_E_WRONG_EXAM', /as was stated/);
  refused(await skin.examine(drawn.static_(128, 3), { stated: { modality: 'XC' } }), 'BDS_E_DRAWN', /drawn/); // whatever is said
  assert.deepEqual((await (await examinerOf()).examine(sample('opacity-1.png'))).checks, [], 'nobody is asked where the gate knows');
});

test('nearly grey counts as grey, a tint does not', () => {
  const tinted = (/** @type {number} */ tint) => ({ width: 4, height: 4, channels: 3, stride: 12, pixels: Uint8Array.from({ length: 48 }, (_, i) => 100 + (i % 3 === 0 ? tint : 0)) });
  assert.deepEqual([0, 2, 3, 20].map((tint) => isColourless(tinted(tint))), [true, true, false, false]);
});

test('of a wide picture the middle is looked at, and the record says so', async () => {
  const { input } = await (await examinerOf()).examine(drawn.screenshot(320, 240));
  assert.deepEqual(input?.region, { x: 40, y: 0, width: 240, height: 240 });
});

test('a mask explains itself', async () => {
  const examiner = await createExaminer({ model: 'breast-lesion' });
  const record = await examiner.examine(drawn.ultrasound());
  assert.notEqual(record.outcome, 'refused', record.refusal?.message);
  assert.equal(record.explanation?.method, 'mask');
  assert.equal(record.explanation?.map.length, record.marking?.mask.length);
  assert.deepEqual(record.findings, []);
  refused(await examiner.examine(drawn.cat()), 'BDS_E_UNKNOWN', /unlike everything/);
  examiner.dispose();
});

test('calls wait for each other; a cancelled one throws, an unreadable file is a record', async () => {
  const examiner = await examinerOf();
  const stop = new AbortController();
  const files = ['clear-1.png', 'opacity-1.png', 'clear-2.jpg'].map(sample);
  const all = Promise.all(files.map((file) => examiner.examine(file)));
  const cancelled = examiner.examine(files[0], { signal: stop.signal });
  stop.abort();
  await fails(cancelled, 'BDS_E_ABORTED');
  assert.deepEqual((await all).map(({ input }) => input?.sha256), files.map((file) => sha256(file)));
  const gone = new Blob(['x']);
  gone.arrayBuffer = () => Promise.reject(new Error('the disk is gone'));
  const record = await examiner.examine(gone);
  refused(record, 'BDS_E_FILE', /the disk is gone/);
  assert.equal(record.input, null);
});

test('wrong options and wrong catalogues are told apart from wrong files', async () => {
  await fails(createExaminer({ model: 'toothache' }), 'BDS_E_ARGUMENT', /no model "toothache".*pneumonia/);
  await fails(createExaminer({ catalogue: '/nowhere/catalogue.json' }), 'BDS_E_FETCH');
  // @ts-expect-error for the test
  await fails(createExaminer({ catalogue: { models: {} } }), 'BDS_E_FORMAT');
  const entry = (await examinerOf()).entry;
  await fails(createExaminer({ model: { ...entry, sha256: '0'.repeat(64) } }), 'BDS_E_HASH');
  await fails(createExaminer({ model: { ...entry, answer: 'mask' } }), 'BDS_E_ARGUMENT', /mask/);
  // @ts-expect-error for the test
  await fails((await examinerOf()).examine('picture.png'), 'BDS_E_ARGUMENT');
  const file = sample('opacity-1.png');
  for (const options of /** @type {any[]} */ ([
    { frame: 99 }, { frame: 'a' }, { frame: NaN }, { frame: -1 }, { frame: null }, { window: 40 }, { window: { centre: 'a', width: 1 } }, { window: { centre: 1, width: NaN } },
    { window: { centre: 1, width: 0 } }, { window: null }, { window: { centre: 40, width: 400 } }, { stated: 5 }, { stated: { bodyPart: 5 } },
  ])) await fails((await examinerOf()).examine(file, options), 'BDS_E_ARGUMENT', /frame|window|stated/);
  for (const options of /** @type {any[]} */ ([{ window: 40 }, { window: { centre: 1, width: -1 } }, { stated: 'CHEST' }])) await fails((await examinerOf()).examine(chest, options), 'BDS_E_ARGUMENT');
  assert.equal((await (await examinerOf()).examine(file, { frame: 0, stated: { bodyPart: 'CHEST' } })).outcome, 'finding', 'what changes nothing may be said');
  assert.throws(() => recordFromJson('{}'), { code: 'BDS_E_FORMAT' });
  assert.throws(() => recordFromJson('<html>'), { code: 'BDS_E_FORMAT' });
  const over = await createExaminer();
  over.dispose();
  await fails(over.examine(sample('clear-1.png')), 'BDS_E_DISPOSED');
});
