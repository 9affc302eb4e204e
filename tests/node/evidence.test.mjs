// What the evidence pages are made of: bars, tables of seeds, of techniques and of teachers.
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { bars, checks } from '../../scripts/eval/bars.mjs';
import { farness } from '../../scripts/eval/farness.mjs';
import { told } from '../../scripts/eval/outside.mjs';
import { seedOverview, seedSection } from '../../scripts/eval/seeds.mjs';
import { metricOf, teacherTable, techniqueTable, withShipped } from '../../scripts/eval/techniques.mjs';
import { models } from '../../scripts/models.mjs';

const folder = mkdtempSync(join(tmpdir(), 'bedside-evidence-'));
after(() => rmSync(folder, { recursive: true }));

/** A model of which only its folder, name and recipe are asked. @param {object} [recipe] @returns {any} */
const model = (recipe = { task: 'classify', labels: ['a', 'b', 'c'] }) => ({ name: 'tiny', folder, recipe });
const put = (/** @type {string} */ name, /** @type {any} */ value) => writeFileSync(join(folder, name), JSON.stringify(value));

test('every bar is missed by what lies under it, figure by figure', () => {
  const evaluations = models().map(({ name, folder: at }) => ({ name, e: JSON.parse(readFileSync(join(at, 'evaluation.json'), 'utf8')) }));
  assert.deepEqual(evaluations.map(({ name }) => name).sort(), Object.keys(bars).sort());
  for (const { name, e } of evaluations) {
    const { check } = bars[name];
    const names = check(e).map(([what]) => what);
    const held = (/** @type {any} */ changed) => check(changed).filter(([, good]) => good).map(([what]) => what);
    assert.ok(held({ ...e, file_bytes: 1e6 }).every((what) => what !== 'size') && names.includes('size'), name);
    const nothing = Object.fromEntries(Object.entries(e).map(([key, value]) => [key, typeof value === 'number' ? 0 : value]));
    assert.deepEqual(held({ ...nothing, variants: {}, dice_folds: [] }), ['size'], name);
    assert.deepEqual(held({}), [], `${name}: what was not measured has not been reached`);
  }
});

test('the bars are those that were set', () => {
  // Figures that just reach the first bar, and what each may not fall below (or, of sizes, exceed).
  const seeds = { acc_mean_of_seeds: 0.94, f1_mean_of_seeds: 0.8, v_se_mean_of_seeds: 0.95, v_ppv_mean_of_seeds: 0.92, s_se_mean_of_seeds: 0.65, s_ppv_mean_of_seeds: 0.42 };
  const folds = Array.from({ length: 5 }, (_, fold) => ({ fold, dice: 0.78 }));
  /** @type {Record<string, any>} */
  const least = {
    pneumonia: { auc: 0.98, acc: 0.94, file_bytes: 60 * 1024, variants: { small: { auc: 0.97, file_bytes: 20 * 1024 } } },
    'breast-ultrasound': { auc: 0.9, acc: 0.86, file_bytes: 60 * 1024 },
    'blood-cells': { acc: 0.978, file_bytes: 100 * 1024 },
    'breast-lesion': { dice_folds: folds, dice_folds_mean: 0.78, file_bytes: 150 * 1024, variants: { ternary: { dice_folds: folds, dice_folds_mean: 0.775, file_bytes: 50 * 1024 } } },
    arrhythmia: { ...seeds, file_bytes: 15 * 1024, detector_se: 0.996, detector_ppv: 0.997, end_to_end_v_se: 0.94, end_to_end_v_ppv: 0.88 },
    'brain-tumour': { acc: 0.9, f1: 0.88, file_bytes: 100 * 1024 },
    'skin-lesion': { balanced_acc: 0.5, auc: 0.82, file_bytes: 100 * 1024 },
    'retina-vessels': { dice: 0.78, auc: 0.97, file_bytes: 60 * 1024 },
  };
  for (const [name, figures] of Object.entries(least)) {
    const missed = (/** @type {any} */ e) => bars[name].check(e).filter(([, good]) => !good).length;
    assert.equal(missed(figures), 0, name);
    const worse = (/** @type {string} */ key, /** @type {number} */ value) => (key === 'file_bytes' ? value + 1 : value - 1e-6);
    for (const [key, value] of Object.entries(figures)) {
      if (typeof value === 'number') assert.equal(missed({ ...figures, [key]: worse(key, value) }), 1, `${name}: ${key}`);
    }
    for (const [variant, f] of Object.entries(figures.variants ?? {})) {
      for (const [key, value] of Object.entries(f)) {
        const less = Array.isArray(value) ? value.slice(1) : worse(key, value);
        assert.equal(missed({ ...figures, variants: { [variant]: { ...f, [key]: less } } }), 1, `${name}-${variant}: ${key}`);
      }
    }
  }
  const far = (/** @type {any} */ e) => checks('blood-cells', { acc: 0.99, file_bytes: 1, ...e }).filter(([, good]) => !good).map(([what]) => what);
  assert.deepEqual([far({ float_acc: 0.9949 }), far({ float_acc: 0.9951 }), far({})], [[], ['float'], ['float']]);
});

test('seeds: their figures, mean, least and largest', () => {
  assert.equal(seedSection(model(), {}), '');
  put('seeds.json', { what: 'Again.', rows: [{ seed: 0, auc: 0.8, acc: 0.5, sha256: 'x' }, { seed: 1, auc: 0.9, acc: 0.7, f1: 0.5, sha256: 'y' }] });
  const section = seedSection(model(), {});
  assert.match(section, /^## Seeds\n\nAgain\./);
  assert.match(section, /\| seed \| auc \| acc \|\n/, 'only what all rows have');
  assert.match(section, /\| mean \(least to largest\) \| \.8500 \(\.8000 to \.9000\) \| \.6000 \(\.5000 to \.7000\) \|/);
  put('training.json', { runs: [{ seed: 0, val: { auc: 0.1 } }, { seed: 1, val: { auc: 0.1 }, test: { auc: 0.6 } }] });
  assert.match(seedSection(model(), {}), /float network of tiny\.bds[^]*\| 1 \| \.6000 \|/);
  const folds = { dice_folds: [{ fold: 0, dice: 0.7, pictures: 3 }, { fold: 1, dice: 0.8, pictures: 3 }] };
  const lines = seedOverview([{ model: model(), e: folds }]).split('\n').filter((line) => line.startsWith('| [tiny]'));
  assert.equal(lines.length, 3);
  assert.match(lines[0], /2 folds, each on its own pictures \| dice \.7500 \(\.7000 to \.8000\) \|/);
  assert.match(lines[2], /1 seeds, float \| auc \.6000/);
  assert.match(lines[1], /2 seeds \| auc \.8500/);
});

test('techniques: one metric for all rows; a pruned weight does not count', () => {
  const rows = [
    { technique: 'float', bytes: 2000, macs: 1e6, weights: 1000, sparsity: 0, sha256: 'a', acc: 0.9, balanced_acc: 0.8, auc: 0.95, float_acc: 0.91 },
    { technique: 'magnitude:0.5', bytes: 1200, macs: 1e6, weights: 1000, sparsity: 0.5, sha256: 'b', acc: 0.89, auc: 0.94, ci: /** @type {any} */ ({ acc: [0.8, 0.95] }), float_acc: 0.9 },
  ];
  assert.equal(metricOf(rows, 'classify'), 'acc', 'balanced_acc is not in both');
  const lines = techniqueTable(rows, 'classify').split('\n');
  assert.match(lines[2], /as trained, int8 afterwards \| 2,000 \| 1,000 \| 1,000,000 \| - \| \.9000 \| \.9500 \| \.9100/);
  assert.match(lines[3], /magnitude:0\.5 \| 1,200 \| 500 \|.*\.8900 \(\.8000 to \.9500\)/);
});

test('the shipped file stands below the techniques, with how it was made', () => {
  const e = { file_bytes: 999, macs: 5, acc: 0.9, ci: { acc: [0.8, 1] } };
  put('techniques.json', []);
  assert.deepEqual(withShipped(model(), e), [], 'no techniques, no table');
  put('techniques.json', [{ technique: 'float', bytes: 1, sha256: 'a' }]);
  put('train.json', { ship: [{ file: 'tiny-other', technique: 'ternary' }, { file: 'tiny', technique: 'float', options: ['--reconstruct'] }] });
  const rows = withShipped(model(), e);
  assert.deepEqual(rows.map(({ technique, bytes }) => [technique, bytes]), [['float', 1], ['**the shipped file**: as trained --reconstruct', 999]]);
  put('train.json', { ship: 0, technique: 'ternary' });
  assert.equal(withShipped(model(), e)[1].technique, '**the shipped file**: ternary');
  rmSync(join(folder, 'train.json'));
  assert.equal(withShipped(model(), e)[1].technique, '**the shipped file**');
});

test('teachers: the student beside itself without one', () => {
  const taught = { technique: 'distilled:wide', bytes: 1, sha256: 'c', weights: 10, balanced_acc: 0.85, val: { balanced_acc: 0.86 }, teacher: { name: 'wide', networks: 3, weights: 5000, val: { balanced_acc: 0.9 } } };
  put('techniques.json', [{ technique: 'float', bytes: 1, sha256: 'a', weights: 10, balanced_acc: 0.8, val: { balanced_acc: 0.81 } }, taught, { ...taught, technique: 'distilled+4-bit' }]);
  const lines = (teacherTable([{ model: model() }]) ?? '').split('\n');
  assert.equal(lines.length, 3, 'what is distilled and nothing else');
  assert.match(lines[2], /\| tiny \| wide \| 3 \| 5,000 \| 10 \| balanced_acc \| \.9000 \| \.8100 to \.8600 \| \.8000 to \.8500/);
  put('techniques.json', [taught]);
  assert.doesNotMatch(String(teacherTable([{ model: model() }])), /tiny/, 'nothing to compare with');
});

test('pictures of something else: AUROC by hand, refused ones are farthest, groups widen the interval', () => {
  const inside = [1, 2, 3, 4];
  const { each, mean, ci } = farness(inside, null, [{ distances: [5, 6] }, { distances: [0, Infinity] }, { distances: [2, 2] }]);
  assert.deepEqual(each.map(({ auroc }) => auroc), [1, 0.5, 0.375]);
  assert.deepEqual(each[0].ci, [1, 1]);
  assert.equal(mean, 1.875 / 3);
  assert.ok(ci[0] < mean && mean < ci[1]);
  const many = Array.from({ length: 200 }, (_, i) => (i * 37) % 101), far = Array.from({ length: 100 }, (_, i) => 30 + ((i * 53) % 97));
  const width = (/** @type {number[] | null} */ groups) => ((/** @type {[number, number]} */ [low, high]) => high - low)(farness(many, groups, [{ distances: far }], { resamples: 300 }).ci);
  const sorted = [...many.keys()].sort((a, b) => many[a] - many[b]);
  const alike = many.map((_, i) => Math.floor(sorted.indexOf(i) / 40));
  assert.ok(width(alike) > 2 * width(null), 'five patients, each unlike the others');
  const narrow = (/** @type {any} */ kind, /** @type {any} */ groups = null) => ((/** @type {[number, number]} */ [low, high]) => high - low)(farness([50], groups, [kind], { resamples: 300 }).ci);
  assert.ok(narrow({ distances: far }) > 0.05, 'of one test sample only the outsiders are drawn');
  assert.ok(narrow({ distances: far, groups: far.map((v) => Math.floor(v / 40)) }) > 2 * narrow({ distances: far }), 'outsiders of few patients');
  assert.deepEqual(farness(many, null, [{ distances: far }], { resamples: 50 }), farness(many, null, [{ distances: far }], { resamples: 50 }));
  const { rows, figures } = told({ distances: inside, groups: null }, [{ name: 'cats', groups: null, answers: [null, { distance: 9, doubts: 2 }, { distance: 1, doubts: 8 }, { distance: 1, doubts: 0 }] }]);
  assert.deepEqual([rows[0].pictures, rows[0].refused, rows[0].flagged, rows[0].doubted], [4, 0.25, 0.5, 0.75]);
  assert.deepEqual([figures.ood_auroc, figures.ood_flagged], [rows[0].auroc, 0.5]);
});
