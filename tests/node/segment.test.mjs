// Masks: a network that marks pixels, compiled with pictures that have a mask each, judged by the program, and the same in WebAssembly.
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { fails, open } from './common.mjs';
import { png } from './pictures.mjs';
import { program } from './program.mjs';
import { sha256, tinyModel } from './tiny-model.mjs';
import { tinyMaskOnnx, tinyRecipe } from './tiny-onnx.mjs';

const seed = Number(process.env.SEED ?? 20261126);
console.log(`seed ${seed}`);
let state = seed;
const random = () => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0) / 2 ** 32;

const folder = mkdtempSync(join(tmpdir(), 'bedside-segment-'));
after(() => rmSync(folder, { recursive: true }));

const SIZE = 16;
const [WIDTH, HEIGHT] = [23, 19]; // of the pictures: cropped to 19 x 19, shrunk to 16 x 16
/** @typedef {{id: string, drawn: (x: number, y: number) => boolean, path: string}} Case */

/** A disc that is brighter than what is around it; none in every fifth picture. @param {string} root @param {string} split @param {number} count */
function pictures(root, split, count) {
  for (const kind of ['images', 'masks']) mkdirSync(join(root, split, kind), { recursive: true });
  /** @type {Case[]} */
  const cases = [];
  for (let i = 0; i < count; i++) {
    const [x0, y0, r] = [random() * WIDTH, random() * HEIGHT, i % 5 === 4 ? 0 : 3 + random() * 4];
    const drawn = (/** @type {number} */ x, /** @type {number} */ y) => (x - x0) ** 2 + (y - y0) ** 2 < r * r;
    const id = `p${String(i).padStart(3, '0')}.png`;
    const path = join(root, split, 'images', id);
    writeFileSync(path, png(WIDTH, HEIGHT, 1, (x, y) => Math.max(0, Math.min(255, (drawn(x, y) ? 165 : 95) + (random() - 0.5) * 100))));
    writeFileSync(join(root, split, 'masks', id), png(WIDTH, HEIGHT, 1, (x, y) => (drawn(x, y) ? 255 : 0)));
    cases.push({ id, drawn, path });
  }
  return cases;
}

const data = join(folder, 'data');
pictures(data, 'train', 30);
pictures(data, 'val', 25);
const cases = pictures(data, 'test', 20);
const recipe = { ...tinyRecipe, task: 'segment', labels: ['background', 'disc'], input: { ...tinyRecipe.input, width: SIZE, height: SIZE }, output: {} };
const onnx = join(folder, 'tiny.onnx');
writeFileSync(onnx, tinyMaskOnnx(SIZE));

/** @param {string} name @param {object} changed @param {string[]} more */
function compiled(name, changed = {}, ...more) {
  const described = join(folder, `${name}.json`);
  const out = join(folder, `${name}.bds`);
  writeFileSync(described, JSON.stringify({ ...recipe, ...changed }));
  program('compile', onnx, '--recipe', described, '--data', data, '-o', out, ...more);
  return out;
}

/** @param {string} file */
function judged(file) {
  const lines = join(folder, 'records.ndjson');
  const figures = JSON.parse(program('eval', file, '--data', data, '--float', onnx, '--records', lines, '--json'));
  const records = readFileSync(lines, 'utf8').trimEnd().split('\n').map((line) => JSON.parse(line));
  return { figures, histogram: records.pop().histogram, records };
}

/** Pixels of the truth at the mask's size: 1 where at least half of the area is drawn, as the pictures are cropped. @param {Case} one */
function truth({ drawn }) {
  const left = (WIDTH - HEIGHT) / 2;
  const part = (/** @type {number} */ i, /** @type {number} */ o) => Math.max(0, Math.min((i + 1) * SIZE, (o + 1) * HEIGHT) - Math.max(i * SIZE, o * HEIGHT));
  return Array.from({ length: SIZE * SIZE }, (_, k) => {
    let area = 0;
    for (let y = 0; y < HEIGHT; y++) for (let x = 0; x < HEIGHT; x++) if (drawn(x + left, y)) area += part(x, k % SIZE) * part(y, Math.floor(k / SIZE));
    return 2 * area >= HEIGHT * HEIGHT;
  });
}

const file = compiled('tiny');
const { figures, histogram, records } = judged(file);

test('a network with masks compiles the same twice, with a temperature, a gate and a limit', () => {
  assert.ok(readFileSync(file).equals(readFileSync(compiled('again'))));
  const info = JSON.parse(program('info', file, '--json'));
  assert.equal(info.result.kind, 'segment');
  assert.ok(info.result.gate_limit > 0 && info.result.mark_from >= 0.5 && info.result.mark_from < 0.6);
  assert.deepEqual([info.metadata.labels, info.metadata.task], ['disc', 'segment']);
  const fit = JSON.parse(info.metadata.calibration);
  assert.ok(fit.nll_after <= fit.nll_before && fit.coverage >= 0.95 && fit.selective_dice > 0.5, JSON.stringify(fit));
  assert.equal(JSON.parse(program('info', compiled('free', { gate: false }), '--json')).result.gate_limit, -1);
  assert.deepEqual(info.layers.slice(-1)[0].out, [1, 1, 4], 'the deepest layer, pooled');
  assert.ok(readFileSync(compiled('named', { gate: 'deep' })).length > 0);
  assert.throws(() => compiled('nowhere', { gate: 'nowhere' }), /no layer 'nowhere'/);
});

test('the figures follow from the records, and these from the masks', () => {
  assert.deepEqual(records.map((r) => r.id), cases.map((c) => c.id));
  for (const [i, r] of records.entries()) {
    assert.equal(r.tp + r.fn, truth(cases[i]).filter(Boolean).length, r.id);
    assert.equal(r.tp + r.fp + r.fn + r.tn, SIZE * SIZE);
    assert.ok(Math.abs(r.area - (r.tp + r.fp) / (SIZE * SIZE)) < 1e-6);
  }
  const near = (/** @type {number} */ a, /** @type {number} */ b, /** @type {string} */ what) => assert.ok(Math.abs(a - b) < 2e-6, `${what}: ${a}, ${b}`);
  const sum = (/** @type {any[]} */ list, /** @type {(r: any) => number} */ value) => list.reduce((n, r) => n + value(r), 0);
  const full = records.filter((r) => r.tp + r.fn > 0);
  const empty = records.filter((r) => r.tp + r.fn === 0);
  assert.equal(figures.pictures_empty, empty.length);
  assert.ok(empty.length > 0 && full.length > 0);
  near(figures.dice, sum(full, (r) => (2 * r.tp) / (2 * r.tp + r.fp + r.fn)) / full.length, 'dice');
  near(figures.iou, sum(full, (r) => r.tp / (r.tp + r.fp + r.fn)) / full.length, 'iou');
  near(figures.sensitivity, sum(records, (r) => r.tp) / sum(records, (r) => r.tp + r.fn), 'sensitivity');
  near(figures.specificity, sum(records, (r) => r.tn) / sum(records, (r) => r.tn + r.fp), 'specificity');
  near(figures.empty_right, empty.filter((r) => r.fp * 1000 <= SIZE * SIZE).length / empty.length, 'empty_right');
  near(figures.coverage, records.filter((r) => !(r.doubts & 1)).length / records.length, 'coverage');
  near(figures.flagged_unknown, records.filter((r) => r.doubts & 2).length / records.length, 'flagged_unknown');
  let [wins, negatives] = [0, 0];
  for (let i = 0; i < 256; i++) {
    wins += histogram.positive[i] * (negatives + histogram.negative[i] / 2);
    negatives += histogram.negative[i];
  }
  const positives = sum(histogram.positive, (n) => n);
  assert.equal(positives, sum(records, (r) => r.tp + r.fn));
  near(figures.auc, wins / negatives / positives, 'auc');
  assert.ok(figures.dice > 0.6 && figures.auc > 0.9, `Dice ${figures.dice}, AUC ${figures.auc}`);
  assert.ok(Math.abs(figures.dice - figures.float_dice) < 0.03 && Math.abs(figures.auc - figures.float_auc) < 0.01);
  for (const name of ['dice', 'iou', 'auc', 'sensitivity', 'specificity']) {
    const [low, high] = figures.ci[name];
    assert.ok(low <= figures[name] && figures[name] <= high && low < high, name);
  }
  assert.match(program('eval', file, '--data', data), /Dice, mean +0\.\d+/);
});

test('WebAssembly marks the same, bit for bit, and the scalar kernels do', async () => {
  const bytes = readFileSync(file);
  const scalar = JSON.parse(program('eval', file, '--data', data, '--json', '--cpu', 'scalar'));
  assert.equal(scalar.digest, figures.digest);
  for (const simd of /** @type {const} */ (['simd128', 'scalar'])) {
    const model = await open(bytes, simd);
    assert.deepEqual([model.info.maskWidth, model.info.maskHeight, model.info.setCoverage], [SIZE, SIZE, 0]);
    const outputs = [];
    for (const [i, { path, id }] of cases.entries()) {
      const r = records[i];
      const seen = await model.segment(readFileSync(path));
      const { data: logits, scale, zeroPoint } = model.output();
      outputs.push(Buffer.from(logits.buffer));
      assert.equal(sha256(outputs[i]), r.sha256, id);
      assert.deepEqual([seen.width, seen.height, seen.mask.length, seen.probability.length], [SIZE, SIZE, SIZE ** 2, SIZE ** 2]);
      const really = truth(cases[i]);
      assert.equal(seen.mask.filter((m, k) => m && really[k]).length, r.tp);
      assert.equal(seen.marked, r.tp + r.fp);
      assert.equal(seen.area, seen.marked / SIZE ** 2);
      assert.equal(seen.certainty, r.certainty / 65536);
      assert.equal(seen.distance, r.distance / 256);
      assert.equal(seen.certain, r.doubts === 0);
      assert.deepEqual(Array.from(seen.mask), Array.from(logits, (z) => (z >= zeroPoint ? 1 : 0)), 'marked from 0.5 on');
      // One temperature, no bias: log odds are proportional to logits.
      const T = JSON.parse(model.text('calibration') ?? '').temperature;
      for (const [k, p] of seen.probability.entries()) assert.ok(Math.abs(p / 65535 - 1 / (1 + Math.exp((-scale * (logits[k] - zeroPoint)) / T))) < 1e-4);
      // The Dice coefficient that these probabilities let expect.
      const p = Array.from(seen.probability, (q) => q / 65535);
      const [all, within] = [p.reduce((a, b) => a + b, 0), p.reduce((a, b, k) => a + (seen.mask[k] ? b : 0), 0)];
      const expected = seen.marked ? (2 * within) / (all + seen.marked) : 1 - Math.max(...p);
      assert.ok(Math.abs(seen.certainty - expected) < 1e-4, `${seen.certainty}, ${expected}`);
    }
    assert.equal(sha256(Buffer.concat(outputs)), figures.digest);
    model.dispose();
  }
});

test('an empty mask says that nothing was marked, and nothing more', async () => {
  const model = await open(readFileSync(file));
  const dark = png(20, 20, 1, (x, y) => 60 + ((x * 7 + y * 3) % 16));
  const seen = await model.segment(dark);
  assert.deepEqual([seen.marked, seen.area, seen.text], [0, 0, 'nothing was marked']);
  assert.ok(seen.certainty > 0.5);
  const path = join(folder, 'dark.png');
  writeFileSync(path, dark);
  assert.match(program('run', file, path), /: (not sure; )?nothing was marked\n/);
  assert.equal(JSON.parse(program('run', file, path, '--json')).pictures[0].certainty_q16 / 65536, seen.certainty);
  const bright = await model.segment(png(20, 20, 1, (x, y) => 180 + ((x * 7 + y * 3) % 16)));
  assert.match(bright.text, /^disc: \d+\.\d\d % of the picture marked$/);
  assert.equal(bright.text, `disc: ${(100 * bright.area).toFixed(2)} % of the picture marked`);
});

test('who asks a mask for findings, or findings for a mask, is told', async () => {
  const marks = await open(readFileSync(file));
  const finds = await open(tinyModel());
  const picture = readFileSync(cases[0].path);
  await fails(marks.diagnose(picture), 'BDS_E_UNSUPPORTED');
  await fails(finds.segment(picture), 'BDS_E_UNSUPPORTED');
  assert.ok((await marks.segment(picture)).mask.length, 'usable after the error');
  await marks.prepare(picture);
  await fails(() => marks.marking(), 'BDS_E_STATE');
  marks.run();
  assert.deepEqual(marks.marking().mask, (await marks.segment(picture)).mask);
});

test('the recipe is the card that the file carries', async () => {
  const fields = { summary: ['Outlines discs.'], keywords: ['"quoted"', 'ä'] };
  const card = compiled('card', { card: fields, evaluation: { dice: 0.5 } });
  const whole = { ...recipe, card: fields, evaluation: { dice: 0.5 } };
  assert.deepEqual(JSON.parse(program('info', card, '--card')), whole);
  const model = await open(readFileSync(card));
  assert.deepEqual(model.card, whole);
  const bare = await open(tinyModel());
  assert.equal(bare.card, null);
  const path = join(folder, 'bare.bds');
  writeFileSync(path, tinyModel());
  assert.throws(() => program('info', path, '--card'), /carries no card \[BDS_E_ARGUMENT\]/);
});

test("a recipe's threshold marks from that probability of the network on", () => {
  const marked = (/** @type {any[]} */ list) => list.reduce((n, r) => n + r.tp + r.fp, 0);
  const eager = judged(compiled('eager', { output: { threshold: 0.2 } }));
  const slow = judged(compiled('slow', { output: { activation: 'sigmoid', threshold: 0.9 } }));
  assert.ok(marked(slow.records) < marked(records) && marked(records) < marked(eager.records));
  assert.equal(slow.figures.digest, figures.digest, 'the network is the same');
  for (const { figures: f } of [eager, slow]) assert.ok(Math.abs(f.dice - f.float_dice) < 0.04);
});

test('what is wrong with recipe or masks is said', () => {
  const bad = (/** @type {RegExp} */ words, /** @type {object} */ changed) => assert.throws(() => compiled('bad', changed), words);
  bad(/"activation" of a mask is "sigmoid"/, { output: { activation: 'softmax' } });
  bad(/one label, or that and the background's/, { labels: ['a', 'b', 'c'] });
  bad(/"threshold" must be a number between 0 and 1/, { output: { threshold: 1 } });
  bad(/"gate" is true, false or a layer/, { gate: 3 });
  bad(/no folder .*train\/background/, { task: 'classify' });
  const root = join(folder, 'spoiled');
  const [one] = pictures(root, 'test', 3);
  const path = one.path.replace('images', 'masks');
  const spoiled = (/** @type {RegExp} */ words) => assert.throws(() => program('eval', file, '--data', root), words);
  writeFileSync(path, png(WIDTH, HEIGHT + 1, 1, () => 255));
  spoiled(/p000\.png has 23 x 20 pixels, but its picture 23 x 19 \[BDS_E_INVALID\]/);
  writeFileSync(path, png(WIDTH, HEIGHT, 1, (x) => x % 2));
  spoiled(/mask of p000\.png is not black and white \[BDS_E_INVALID\]/);
  rmSync(path);
  spoiled(/masks\/p000\.png/);
  assert.throws(() => program('eval', file, '--data', join(folder, 'nowhere')), /there is no folder/);
});

test('pictures of something else are counted', () => {
  const other = join(folder, 'other');
  mkdirSync(other);
  for (let i = 0; i < 3; i++) writeFileSync(join(other, `${i}.png`), png(20, 20, 1, (x, y) => 255 * ((x * (i + 1) + y) % 2)));
  const seen = JSON.parse(program('eval', file, '--outliers', other, '--json'));
  assert.equal(seen.outliers, 3);
  assert.ok(seen.flagged_any >= seen.flagged_unknown && seen.believed.length === 1);
});
