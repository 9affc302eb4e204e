// The evaluation: its figures against values computed by hand and against the program's, its plots, its data and its rules.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { dataDir } from '../../scripts/data.mjs';
import { arrange, unpacked } from '../../scripts/eval/archives.mjs';
import { beatFigures } from '../../scripts/eval/beats.mjs';
import { judge } from '../../scripts/eval/classify.mjs';
import { accuracy, auc, balancedAccuracy, bootstrap, conformal, confusion, dice, f1s, macroF1, percentile, precisions, recalls, reliability, riskCoverage, roc, sumTables } from '../../scripts/eval/figures.mjs';
import { csv, subgroups } from '../../scripts/eval/groups.mjs';
import { interval, number, table } from '../../scripts/eval/markdown.mjs';
import { cropped, truthOf } from '../../scripts/eval/masks.mjs';
import { confusionPlot, reliabilityPlot, riskPlot, rocPlot, shiftPlot, sizePlot } from '../../scripts/eval/plots.mjs';
import { Random } from '../../scripts/eval/random.mjs';
import { answers, compare, native, openModel } from '../../scripts/eval/records.mjs';
import { classified } from '../../scripts/eval/samples.mjs';
import { blur, contrast, jpeg, noisy, rotate, shrunk } from '../../scripts/eval/shift.mjs';
import { normalised } from '../../scripts/eval/twins.mjs';
import { models } from '../../scripts/models.mjs';
import { path as programPath } from './program.mjs';

const folder = mkdtempSync(join(tmpdir(), 'bedside-eval-test-'));
after(() => rmSync(folder, { recursive: true }));
const near = (/** @type {number} */ a, /** @type {number} */ b, limit = 1e-12) => assert.ok(Math.abs(a - b) <= limit, `${a}, expected ${b}`);

test('splitmix64 gives the published numbers', () => {
  const random = new Random(1234567); // Vigna's splitmix64.c: 6457827717110365317, 3203168211198807973, 9817491932198370423
  for (const value of [6457827717110365317n, 3203168211198807973n, 9817491932198370423n]) assert.equal(random.next(), Number(value >> 32n));
  const many = Array.from({ length: 10000 }, () => random.below(7));
  assert.deepEqual([...new Set(many)].sort(), [0, 1, 2, 3, 4, 5, 6]);
});

test('AUC and ROC, by hand', () => {
  // Positives .9 .8 .3, negatives .8 .2: wins 2 + 1.5 + 1 of 6.
  const [score, truth] = [[0.9, 0.8, 0.3, 0.8, 0.2], [1, 1, 1, 0, 0]];
  near(auc(score, truth), 4.5 / 6);
  near(auc(score, truth, [1, 1, 0, 1, 1]), 3.5 / 4); // without .3
  near(auc(score, truth, [2, 1, 1, 1, 1]), 6.5 / 8); // .9 twice
  assert.deepEqual(roc(score, truth), [[0, 1 / 3], [0.5, 2 / 3], [0.5, 1], [1, 1]]);
  assert.ok(Number.isNaN(auc([1, 2], [1, 1])));
});

test('confusion and what follows from it, by hand', () => {
  const cells = confusion([0, 0, 0, 1, 1, 2], [0, 0, 1, 1, 2, 2], 3);
  assert.deepEqual(cells, [[2, 1, 0], [0, 1, 1], [0, 0, 1]]);
  near(accuracy(cells), 4 / 6);
  assert.deepEqual(recalls(cells), [2 / 3, 1 / 2, 1]);
  assert.deepEqual(precisions(cells), [1, 1 / 2, 1 / 2]);
  near(balancedAccuracy(cells), (2 / 3 + 1 / 2 + 1) / 3);
  assert.deepEqual(f1s(cells).map((v) => Number(v.toFixed(9))), [0.8, 0.5, Number((2 / 3).toFixed(9))]);
  near(macroF1(cells), (0.8 + 0.5 + 2 / 3) / 3);
  near(macroF1([[3, 1], [0, 0]]), 6 / 7); // a label that nobody has does not count
  near(dice(3, 1, 2), 6 / 9);
  assert.equal(dice(0, 0, 0), 1);
  assert.equal(dice(0, 4, 0), 0);
});

test('calibration, risk and conformal sets, by hand', () => {
  const { ece, bins } = reliability([0.95, 0.95, 0.65, 0.65], [1, 1, 1, 0]);
  near(ece, (0.1 + 0.3) / 4);
  assert.deepEqual(bins.map(({ count }) => count), [2, 2]);
  near(bins[0].observed, 0.5);
  // Answered in the order right, then (right, wrong) of equal certainty.
  const { aurc, curve } = riskCoverage([0.9, 0.5, 0.5], [0, 1, 0]);
  assert.deepEqual(curve, [[1 / 3, 0], [1, 1 / 3]]);
  near(aurc, (0 + 0.5 / 2 + 1 / 3) / 3);
  assert.deepEqual(conformal([0, 1, 1], [[1, 0], [1, 1], [0, 0]], 2), { coverage: 2 / 3, size: 1, empty: 1 / 3, by_label: [1, 1 / 2] });
});

test('bootstrap: percentiles, whole groups, repeatable', () => {
  near(percentile([0, 1, 2, 3], 0.5), 1.5);
  const hits = Array.from({ length: 200 }, (_, i) => Number(i % 4 !== 0));
  const share = (/** @type {Uint32Array} */ w) => ({ share: hits.reduce((sum, hit, i) => sum + hit * w[i], 0) / w.reduce((a, b) => a + b, 0), never: NaN });
  const ci = bootstrap(200, share);
  assert.deepEqual(ci, bootstrap(200, share));
  assert.ok(!('never' in ci));
  near(ci.share[0], 0.69, 0.01); // 0.75 -+ 1.96 * sqrt(0.75 * 0.25 / 200)
  near(ci.share[1], 0.81, 0.01);
  // All of one kind in groups of 50: four draws of whole groups, so much wider.
  const kinds = hits.map((_, i) => Math.floor(i / 50));
  const grouped = bootstrap(200, (w) => ({ share: kinds.reduce((sum, kind, i) => sum + (kind === 0 ? 0 : w[i]), 0) / w.reduce((a, b) => a + b, 0) }), { groups: kinds });
  assert.ok(grouped.share[1] - grouped.share[0] >= 0.5, JSON.stringify(grouped));
  bootstrap(6, (w) => assert.equal(w[0], w[1]) ?? { none: 0 }, { groups: ['a', 'a', 'b', 'b', 'c', 'c'], resamples: 20 });
});

test('subgroups: the gap is that between the best and the worst', () => {
  const n = 120;
  const values = Array.from({ length: n }, (_, i) => ['I', 'II', ''][i % 3]);
  const truth = Uint8Array.from({ length: n }, (_, i) => Math.floor(i / 3) % 2);
  const decided = truth.map((t, i) => (values[i] === 'II' && i % 2 === 0 ? 1 - t : t));
  const [{ rows, gap }] = subgroups({ truth, decided, count: 2 }, { skin: values }, values.map((_, i) => `p${i % 30}`));
  assert.deepEqual(rows.map(({ name }) => name), ['I', 'II', 'not known']);
  near(rows[1].acc, 0.5);
  assert.equal(rows[0].groups, 10);
  assert.deepEqual([gap?.balanced_acc.best, gap?.balanced_acc.worst], ['I', 'II']);
  near(gap?.balanced_acc.difference, 1 - rows[1].balanced_acc);
  assert.equal(gap?.balanced_acc.ci.difference.length, 2);
  assert.deepEqual(csv('a,b\n1,"x, ""y"""\n2,\n'), [{ a: '1', b: 'x, "y"' }, { a: '2', b: '' }]);
});

test('beats as the literature counts them, by hand', () => {
  // Truth N, S, V, F, Q; answers N, S, V. Fusion beats are errors whatever is said, and false alarms of what they are called.
  const f = beatFigures([[90, 5, 5], [4, 6, 0], [1, 0, 9], [0, 0, 5], [1, 0, 0]]);
  near(f.acc, 105 / 126);
  assert.deepEqual([f.v_se, f.v_ppv, f.s_se, f.s_ppv], [0.9, 9 / 19, 0.6, 6 / 11]);
  near(f.f1, (180 / 196 + 12 / 21 + 18 / 29) / 3);
  assert.deepEqual(sumTables([[[1, 2]], [[3, 4]]], [2, 1]), [[5, 8]]);
});

test('the truth of a mask: half of the area counts', () => {
  const mask = (/** @type {number[]} */ values, /** @type {number} */ width) => ({ pixels: Uint8Array.from(values, (v) => v * 255), width, height: values.length / width, channels: /** @type {1} */ (1) });
  assert.deepEqual([...truthOf(mask([1, 0, 0, 0, 1, 0, 1, 1], 4), 2, 1, '')], [1, 1]); // 2 and 2 of 4 pixels
  assert.deepEqual([...truthOf(mask([1, 0, 0, 0, 0, 0, 1, 1], 4), 2, 1, '')], [0, 1]);
  assert.deepEqual([...truthOf(mask([1, 0, 1], 3), 2, 1, '')], [1, 1]); // 2/3 of each
  assert.deepEqual(cropped({ width: 7, height: 4 }, 'center-square'), { left: 1, top: 0, width: 4, height: 4 });
  assert.deepEqual([...truthOf(mask([0, 1, 1, 0, 1, 1], 3), 2, 2, 'center-square')], [0, 1, 0, 1]);
});

test('harms: deterministic, of the same size, and nothing where nothing is to be done', () => {
  const random = new Random(7);
  for (const channels of /** @type {const} */ ([1, 3])) {
    const picture = { pixels: Uint8Array.from({ length: 19 * 11 * channels }, () => random.below(256)), width: 19, height: 11, channels };
    const flat = { ...picture, pixels: picture.pixels.map(() => 77) };
    for (const change of [(/** @type {typeof picture} */ p) => blur(p, 2), (/** @type {typeof picture} */ p) => contrast(p, 50), (/** @type {typeof picture} */ p) => noisy(p, 10, 3), (/** @type {typeof picture} */ p) => jpeg(p, 10), (/** @type {typeof picture} */ p) => rotate(p, 20)]) {
      const one = change(picture);
      assert.deepEqual(one, change(picture));
      assert.equal(one.pixels.length, picture.pixels.length);
      assert.notDeepEqual(one.pixels, picture.pixels);
    }
    for (const same of [blur(flat, 3), contrast(flat, 30), rotate(flat, 45)]) assert.deepEqual(same.pixels, flat.pixels);
    assert.ok(jpeg(flat, 50).pixels.every((v) => Math.abs(v - 77) <= 3)); // only the mean is rounded
    assert.ok(jpeg(picture, 100).pixels.every((v, i) => Math.abs(v - picture.pixels[i]) <= 3)); // all divisors are 1
    assert.deepEqual(contrast(picture, 100).pixels, picture.pixels);
    assert.deepEqual(shrunk(picture, 10, 10), picture);
    const small = shrunk(picture, 6, 3);
    assert.deepEqual([small.width, small.height], [6, 3]);
  }
  const unit = normalised([1, 2, 3, 4]);
  near(unit.reduce((sum, v) => sum + v * v, 0), 1);
  near(unit.reduce((sum, v) => sum + v, 0), 0);
});

/** One root, balanced tags, no number that is none. @param {string} svg */
function wellFormed(svg) {
  assert.match(svg, /^<svg xmlns="http:\/\/www\.w3\.org\/2000\/svg" viewBox="0 0 \d+ \d+"[^]*<title>[^]*<\/svg>\n$/);
  assert.doesNotMatch(svg, /NaN|Infinity|undefined|null/);
  assert.doesNotMatch(svg, /<script|https?:(?!\/\/www\.w3\.org)/);
  assert.match(svg, /prefers-color-scheme: dark/);
  /** @type {string[]} */
  const open = [];
  for (const [, close, name, self] of svg.matchAll(/<(\/?)([a-z]+)[^<>]*?(\/?)>/gi)) {
    if (close) assert.equal(open.pop(), name);
    else if (!self) open.push(name);
  }
  assert.deepEqual(open, []);
}

test('plots are well-formed SVG, also of hard cases', () => {
  const points = /** @type {[number, number][]} */ (Array.from({ length: 900 }, (_, i) => [i / 900, Math.sqrt(i / 900)]));
  for (const svg of [
    rocPlot('a & <b>', Array.from({ length: 9 }, (_, i) => ({ label: `"${i}"`, points, auc: 0.9 }))),
    reliabilityPlot('x', { bins: [{ count: 3, predicted: 0.2, observed: 0 }], ece: 0.2, of: 'x' }),
    confusionPlot('x', [[1, 2], [0, 0]], ['a', 'b']),
    riskPlot('x', { aurc: 0, curve: [[1, 0]], measure: 'error', abstains: 0.9 }),
    riskPlot('x', { aurc: 0.4, curve: points, measure: 'error' }),
    shiftPlot('x', 'auc', [{ name: 'blur', unit: 'px', steps: [{ strength: null, value: 0.9 }, { strength: 1, value: NaN }] }]),
    sizePlot('x', 'acc', [{ name: 'float', bytes: 200000, value: 0.9 }, { name: 'int8', bytes: 50000, value: 0.89, low: 0.85, high: 0.92 }]),
  ]) wellFormed(svg);
});

test('tables', () => {
  assert.deepEqual([number(0.98376), number(1), number(null), number(-0.5)], ['.9838', '1.0000', '-', '-.5000']);
  assert.equal(interval(0.5, [0.4, 0.6]), '.5000 (.4000 to .6000)');
  assert.equal(table(['a', 'b'], [['x|y', 1]]), '| a | b |\n|---|---|\n| x\\|y | 1 |');
});

test('archives: checked, unpacked once, arranged by hard links', async () => {
  mkdirSync(join(folder, 'tiny/deep'), { recursive: true });
  writeFileSync(join(folder, 'tiny/deep/a.txt'), 'a');
  const archive = join(folder, 'tiny.tar.xz');
  assert.equal(spawnSync('tar', ['-cJf', archive, '-C', folder, 'tiny']).status, 0);
  const sha256 = createHash('sha256').update(readFileSync(archive)).digest('hex');
  const to = join(folder, 'data');
  await assert.rejects(unpacked(archive, { sha256: sha256.replace(/^./, (c) => (c === '0' ? '1' : '0')) }, to), /SHA-256 is not the recipe's/);
  assert.ok(!existsSync(join(to, 'tiny')));
  const inside = await unpacked(archive, { sha256 }, to);
  assert.equal(inside, join(to, 'tiny/tiny'));
  writeFileSync(join(inside, 'kept'), '');
  assert.equal(await unpacked(archive, { sha256 }, to), inside);
  assert.ok(existsSync(join(inside, 'kept')), 'not unpacked twice');
  await assert.rejects(unpacked(archive, { sha256: 'ab' }, to), /is not the right file/, 'another checksum looks again');
  const links = arrange({ 'test/x/b.txt': 'deep/a.txt' }, inside, join(to, 'arranged'));
  assert.equal(readFileSync(join(links, 'test/x/b.txt'), 'utf8'), 'a');
  arrange({ 'test/y/c.txt': 'deep/a.txt' }, inside, links);
  assert.ok(existsSync(join(links, 'test/y/c.txt')) && !existsSync(join(links, 'test/x')), 'another rule leaves nothing of the one before');
  const broken = join(folder, 'broken.tar.xz');
  writeFileSync(broken, readFileSync(archive).subarray(0, 100));
  await assert.rejects(unpacked(broken, {}, to), /cannot be unpacked/);
  assert.ok(!existsSync(join(to, 'broken')));
});

const npz = join(dataDir() ?? '', 'medmnist/pneumoniamnist.npz');
const skip = !existsSync(npz) ? 'no pneumoniamnist.npz: set BEDSIDE_DATA' : !existsSync(programPath) ? 'build/native is not built' : false;

test('pneumonia: native and WebAssembly agree to the bit, and these figures are those of bedside eval', { skip }, async () => {
  const model = models().find(({ name }) => name === 'pneumonia');
  assert.ok(model);
  const there = await native(model.bds, npz);
  const opened = await openModel(model.bds);
  const here = await answers(opened, classified(npz, 'test', opened.info.labels));
  compare('pneumonia', there, here);
  const { scale, zeroPoint } = opened.outputForm(0);
  const { figures } = judge(here.answers, { labels: opened.info.labels, positive: 1, scale, zeroPoint });
  for (const key of ['auc', 'acc', 'f1', 'balanced_acc', 'sensitivity', 'specificity', 'ece', 'ece_positive', 'brier', 'coverage', 'selective_acc', 'flagged_unknown', 'flagged_any']) near(figures[key], there.figures[key], 1e-6);
  for (const [key, [low, high]] of Object.entries(/** @type {Record<string, number[]>} */ (there.figures.ci))) {
    near(figures.ci[key][0], low, 1e-6);
    near(figures.ci[key][1], high, 1e-6);
  }
  // A single wrong bit is noticed.
  const changed = { ...here, answers: here.answers.map((one, i) => (i === 400 ? { ...one, logits: [one.logits[0] + 1, one.logits[1]] } : one)) };
  assert.throws(() => compare('pneumonia', there, changed), /sample 400 .*logits/);
  assert.throws(() => compare('pneumonia', there, { ...here, digest: '0' }), /digests differ/);
});

test('the default files keep their limits, and together that of a page', () => {
  const all = models();
  let sum = 0;
  for (const { name, bds, recipe, variants } of all) {
    const bytes = readFileSync(bds).length;
    sum += bytes;
    if (recipe.max_bytes) assert.ok(bytes <= recipe.max_bytes, `${name}.bds has ${bytes} bytes, its limit is ${recipe.max_bytes}`);
    for (const one of variants) {
      const limit = recipe.variants?.find((/** @type {{ file: string }} */ { file }) => file === `${name}-${one.name}.bds`)?.max_bytes;
      if (limit) assert.ok(readFileSync(one.bds).length <= limit, `${one.bds}: more than ${limit} bytes`);
    }
  }
  assert.ok(sum < 600_000, `${sum} bytes`);
});

test('what is written about each model is about the file that is there', () => {
  for (const { name, folder: place, bds } of models()) {
    const path = join(place, 'evaluation.json');
    if (!existsSync(path)) continue;
    const { sha256 } = JSON.parse(readFileSync(path, 'utf8'));
    const actual = createHash('sha256').update(readFileSync(bds)).digest('hex');
    assert.equal(sha256, actual, `${name}: run npm run eval -- --write`);
    for (const file of [join(place, 'CARD.md'), join(place, '../../docs/evidence', `${name}.md`), join(place, '../../docs/evidence/touches.md')]) {
      assert.ok(readFileSync(file, 'utf8').includes(actual), `${file} is of another file`);
    }
  }
});
