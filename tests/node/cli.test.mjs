// The program: its commands, its sentences, its figures.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { dataDir } from '../../scripts/data.mjs';
import { noModel, pneumonia, samples } from './common.mjs';
import { png } from './pictures.mjs';
import { sha256, tinyModel } from './tiny-model.mjs';
import { npz, tinyOnnx, tinyPictures, tinyRecipe } from './tiny-onnx.mjs';

const root = fileURLToPath(new URL('../..', import.meta.url));
const program = process.env.BEDSIDE_PROGRAM ?? join(root, 'build/native/bedside');
const folder = mkdtempSync(join(tmpdir(), 'bedside-cli-'));
after(() => rmSync(folder, { recursive: true }));

/** @param {string} name @param {Uint8Array | string} content */
function file(name, content) {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

/** @param {string[]} args */
function bedside(...args) {
  const { status, stdout, stderr, error } = spawnSync(program, args, { encoding: 'utf8' });
  if (error) throw error;
  return { status, stdout, stderr };
}

/** Runs well and says nothing on stderr. @param {string[]} args */
function good(...args) {
  const { status, stdout, stderr } = bedside(...args);
  assert.equal(stderr, '');
  assert.equal(status, 0);
  return stdout;
}
const json = (/** @type {string[]} */ ...args) => JSON.parse(good(...args, '--json'));

/** Fails with one sentence and a status. @param {number} code @param {string} name @param {RegExp} sentence @param {string[]} args */
function bad(code, name, sentence, ...args) {
  const { status, stdout, stderr } = bedside(...args);
  assert.match(stderr, /^bedside: [^\n]+ \[BD[SC]_E_[A-Z_]+\]\n$/);
  assert.ok(stderr.includes(`[${name}]`), `${stderr.trim()}: expected ${name}`);
  assert.match(stderr, sentence);
  assert.equal(status, code);
  assert.equal(stdout, '');
}

const tiny = file('tiny.bds', tinyModel());
const picture = file('grey.png', png(20, 16, 1, (x, y) => 100 + x * 3 + y));

test('help and version', () => {
  assert.match(good('--version'), /^bedside \d+\.\d+\.\d+\n$/);
  assert.match(good('help'), /bedside compile/);
  for (const command of ['compile', 'info', 'run', 'eval', 'verify']) {
    assert.match(good('help', command), new RegExp(`^bedside ${command} `));
    assert.equal(good(command, '--help'), good('help', command));
  }
});

test('wrong calls end with code 2', () => {
  bad(2, 'BDS_E_ARGUMENT', /a command is missing/);
  bad(2, 'BDS_E_ARGUMENT', /no command 'diagnose'/, 'diagnose');
  bad(2, 'BDS_E_ARGUMENT', /no option --fast/, 'run', tiny, picture, '--fast');
  bad(2, 'BDS_E_ARGUMENT', /at least one picture/, 'run', tiny);
  bad(2, 'BDS_E_ARGUMENT', /--cpu is scalar, all, or names of features/, 'run', tiny, picture, '--cpu', 'z80');
  bad(2, 'BDS_E_ARGUMENT', /--sha256 needs a value/, 'verify', tiny, '--sha256');
  bad(2, 'BDS_E_ARGUMENT', /-o OUT\.bds is needed/, 'compile', 'x.onnx');
  bad(2, 'BDS_E_ARGUMENT', /--data needs --recipe/, 'compile', 'x.onnx', '-o', 'x.bds', '--data', 'x.npz');
  bad(2, 'BDS_E_ARGUMENT', /--calibration needs a whole number/, 'compile', 'x.onnx', '-o', 'x.bds', '--calibration', '1e3');
  bad(2, 'BDS_E_ARGUMENT', /either --data or --outliers/, 'eval', tiny, '--data', 'x.npz', '--outliers', 'y.npz');
  bad(2, 'BDS_E_ARGUMENT', /need --data/, 'eval', tiny, '--outliers', 'y.npz', '--curves');
  bad(2, 'BDS_E_ARGUMENT', /--split is/, 'eval', tiny, '--data', 'x.npz', '--split', 'all');
});

test('verify: the whole file, its hash, every kind of damage', () => {
  const bytes = readFileSync(tiny);
  const hash = sha256(bytes);
  assert.equal(good('verify', tiny), `${hash}  ok\n`);
  assert.equal(good('verify', tiny, `--sha256=${hash.toUpperCase()}`), `${hash}  ok\n`);
  bad(1, 'BDS_E_HASH', /not the file expected/, 'verify', tiny, '--sha256', hash.replace(/^./, (c) => (c === '0' ? '1' : '0')));
  bad(1, 'BDS_E_HASH', /not the file expected/, 'verify', tiny, '--sha256', '12');
  bad(1, 'BDS_E_TRUNCATED', /./, 'verify', file('short.bds', bytes.subarray(0, bytes.length - 64)));
  bad(1, 'BDS_E_TRUNCATED', /is empty/, 'verify', file('empty.bds', ''));
  bad(1, 'BDS_E_FORMAT', /./, 'verify', file('text.bds', 'this is no model, but long enough to hold a header of 64 bytes, is it not?'));
  bad(1, 'BDS_E_ARGUMENT', /cannot open/, 'verify', join(folder, 'nothing.bds'));
  bad(1, 'BDS_E_ARGUMENT', /is a folder/, 'verify', folder);
  for (const at of [9, 40, 70, 500, bytes.length - 1]) {
    const damaged = Buffer.from(bytes);
    damaged[at] ^= 4;
    bad(1, 'BDS_E_CORRUPT', /./, 'verify', file('damaged.bds', damaged));
  }
});

test('info: as text and as JSON', () => {
  const info = json('info', tiny);
  assert.equal(info.file_bytes, readFileSync(tiny).length);
  assert.deepEqual(info.input, { width: 8, height: 8, channels: 1, picture: true });
  assert.deepEqual(info.layers.map((/** @type {any} */ l) => l.op), ['conv', 'avg pool', 'dense']);
  assert.equal(info.macs, 8 * 8 * 36 + 8);
  assert.equal(info.metadata.labels, 'dark\nbright');
  assert.equal(info.activation_bytes, Math.max(...info.tensors.map((/** @type {any} */ t) => t.offset + t.bytes)));
  assert.match(good('info', tiny), /labels +dark\n +bright/);
});

test('run: the same on every kernel; doubts in words', () => {
  const result = json('run', tiny, picture, '--layers');
  const [one] = result.pictures;
  assert.equal(one.top, 'bright');
  assert.deepEqual(one.findings.map((/** @type {any} */ f) => f.label), ['dark', 'bright']);
  for (const f of one.findings) assert.ok(f.low <= f.probability && f.probability <= f.high);
  assert.equal(one.layers.length, 3);
  for (const cpu of ['scalar', 'avx2', 'all']) assert.deepEqual(json('run', tiny, picture, '--layers', '--cpu', cpu), result);
  const colour = file('red.png', png(20, 20, 3, (x, y, c) => (c === 0 ? 250 - x : 3 + y)));
  assert.match(good('run', tiny, colour), /: not sure\n[^]*doubt: the picture is colourful[^]*%[^]*none is a diagnosis, and none rules anything out\. Not a medical device\.\n$/);
  assert.match(good('run', fileURLToPath(pneumonia), fileURLToPath(new URL('opacity-1.png', samples))), /: of the network's labels "pneumonia" leads, [\d.]+ %\n/);
  assert.ok(json('run', tiny, colour).pictures[0].doubts.includes('colour'));
  assert.ok(json('run', tiny, file('small.png', png(4, 4, 1, (x, y) => 60 * x + y))).pictures[0].doubts.includes('small'));
  bad(1, 'BDS_E_IMAGE_BLANK', /blank/, 'run', tiny, file('blank.png', png(20, 20, 1, () => 90)));
  bad(1, 'BDS_E_IMAGE_FORMAT', /not a JPEG or PNG/, 'run', tiny, tiny);
  bad(1, 'BDS_E_IMAGE_CORRUPT', /./, 'run', tiny, file('cut.png', readFileSync(picture).subarray(0, 60)));
});

test('export-c: names that no network in C can have', () => {
  const out = join(folder, 'c');
  mkdirSync(out);
  const refused = (/** @type {string} */ name, /** @type {RegExp} */ why) => bad(2, 'BDS_E_ARGUMENT', why, 'export-c', tiny, '-o', out, '--name', name);
  for (const name of ['int', 'register', 'typeof', 'class', 'template', 'true']) refused(name, /cannot be the network's name, as it is a word of C or C\+\+/);
  for (const name of ['bedside', 'bedside_network', 'string', 'Time']) refused(name, /its header would stand in the place of another/);
  for (const name of ['main', 'memcpy', 'NULL', 'T3']) refused(name, /the source or the runtime uses it/);
  for (const name of ['bds_run', 'BDS_OK', 'bdf_op']) refused(name, /Bedside's own/);
  for (const name of ['_x', '__y']) refused(name, /the compiler's/);
  refused('uint8_t', /types/);
  refused('2x', /not a C identifier/);
  good('export-c', tiny, '-o', out);
  const source = readFileSync(join(out, 'tiny.c'), 'utf8');
  const own = Array.from(source.matchAll(/^(?:static[^=({]*?\b(\w+)(?:\[\w*\])*(?:;| = )|} (\w+) = |#define (\w+))/gm), ([, ...names]) => names.find(Boolean) ?? '');
  assert.ok(own.length > 8, own.join());
  for (const name of new Set(own)) refused(name, /the source or the runtime uses it/);
  for (const name of ['integer', 'Main', 'models', 'T', 't3', 'bds', 'string_net']) good('export-c', tiny, '-o', out, '--name', name);
  bad(1, 'BDS_E_ARGUMENT', /the model's name, 'model', cannot be its name in C, as the source or the runtime uses it; give another with --name/, 'export-c', file('m.bds', tinyModel({ name: 'Model.onnx' })), '-o', out);
  good('export-c', join(folder, 'm.bds'), '-o', out, '--name', 'chest');
});

const onnx = file('tiny.onnx', tinyOnnx());
const recipe = file('recipe.json', JSON.stringify(tinyRecipe, null, 2));
const held = tinyPictures(400, 3);
const data = file('tiny.npz', npz({ train: tinyPictures(600, 1), val: tinyPictures(300, 2), test: held }));

test('compile without data: for timing', () => {
  const out = join(folder, 'noise.bds');
  const { status, stdout, stderr } = bedside('compile', onnx, '-o', out);
  assert.equal(status, 0);
  assert.match(stdout, /network +\d layers/);
  assert.match(stderr, /without --data or --calibrate the ranges come from noise/);
  assert.equal(json('info', out).metadata.name, 'tiny.onnx');
  assert.match(good('verify', out), /ok/);
});

test('compile with data: deterministic, fitted, judged', () => {
  const [a, b, raw, plain] = ['a', 'b', 'raw', 'plain'].map((name) => join(folder, `${name}.bds`));
  const args = [onnx, '--recipe', recipe, '--data', data];
  const summary = good('compile', ...args, '-o', a);
  assert.match(summary, /temperature \d/);
  assert.match(summary, /not sure under/);
  good('compile', ...args, '-o', b);
  assert.ok(readFileSync(a).equals(readFileSync(b)), 'the same inputs give the same bytes');
  good('compile', ...args, '-o', raw, '--no-entropy');
  good('compile', ...args, '-o', plain, '--no-fit');
  for (const one of [a, raw, plain]) assert.match(good('verify', one), /ok/);

  const info = json('info', a);
  assert.equal(info.metadata.citation, 'Nobody, nowhere.\nNor here.');
  assert.equal(info.metadata.source_sha256, sha256(readFileSync(onnx)));
  assert.equal(info.result.interval, true);
  assert.ok(info.result.gate_limit > 0);
  const fit = JSON.parse(info.metadata.calibration);
  assert.ok(fit.nll_after <= fit.nll_before && fit.coverage >= 0.95);
  assert.equal(json('info', plain).result.interval, false);

  const one = json('eval', a, '--data', data, '--float', onnx);
  assert.deepEqual(json('eval', a, '--data', data, '--float', onnx, '--cpu', 'scalar'), one);
  const other = json('eval', raw, '--data', data, '--float', onnx);
  assert.deepEqual({ ...other, file_bytes: 0, content_sha256: '' }, { ...one, file_bytes: 0, content_sha256: '' });
  assert.equal(one.pictures, 400);
  assert.ok(one.acc > 0.75 && one.acc < 1, `accuracy ${one.acc}`);
  assert.ok(Math.abs(one.auc - one.float_auc) < 0.01 && one.float_agreement > 0.97);
  assert.ok(one.auc_low < one.auc && one.auc < one.auc_high && one.acc_low <= one.acc && one.acc <= one.acc_high);
  assert.ok(one.selective_acc >= one.acc && one.coverage > 0.85 && one.flagged_unknown < 0.1);
  const positives = held.labels.reduce((n, label) => n + label, 0);
  assert.ok(Math.abs(one.acc * 400 - (one.sensitivity * positives + one.specificity * (400 - positives))) < 1e-3);
});

test('eval --records: a line per picture, from which the figures follow; the digest is of the stored outputs', () => {
  const out = join(folder, 'recorded.bds');
  const lines = join(folder, 'records.ndjson');
  good('compile', onnx, '--recipe', recipe, '--data', data, '-o', out);
  const figures = json('eval', out, '--data', data, '--records', lines);
  const records = readFileSync(lines, 'utf8').trimEnd().split('\n').map((line) => JSON.parse(line));
  assert.equal(records.length, figures.pictures);
  assert.deepEqual(records.map((r) => r.id), Array.from({ length: records.length }, (_, i) => String(i)));
  assert.deepEqual(records.map((r) => r.truth), Array.from(held.labels));
  const confusion = [[0, 0], [0, 0]];
  for (const { truth, logits } of records) confusion[truth][logits[1] > logits[0] ? 1 : 0]++;
  assert.deepEqual(figures.confusion, confusion);
  const [[a, b], [c, d]] = confusion;
  assert.ok(Math.abs(figures.balanced_acc - (a / (a + b) + d / (c + d)) / 2) < 1e-6);
  assert.ok(Math.abs(figures.f1 - (a / (2 * a + b + c) + d / (2 * d + b + c))) < 1e-6);
  assert.equal(records.filter((r) => r.doubts & 2).length / records.length, figures.flagged_unknown);
  for (const r of records) assert.ok(Math.abs(r.probability[0] + r.probability[1] - 65536) <= 1 && r.distance >= 0);
  for (const name of ['auc', 'acc', 'f1', 'balanced_acc', 'sensitivity', 'specificity']) {
    const [low, high] = figures.ci[name];
    assert.ok(low <= figures[name] && figures[name] <= high && low < high, name);
  }
  assert.deepEqual(figures.ci.auc, [figures.auc_low, figures.auc_high]);
  const stored = Buffer.alloc(4 * records.length);
  for (const [i, { logits }] of records.entries()) for (const k of [0, 1]) stored.writeInt16LE(logits[k], 4 * i + 2 * k);
  assert.equal(figures.digest, sha256(stored));
  bad(1, 'BDS_E_ARGUMENT', /cannot be written/, 'eval', out, '--data', data, '--records', join(folder, 'no/such/folder'));
});

test('conformal sets hold the right label as often as is stated', () => {
  const out = join(folder, 'sets.bds');
  const lines = join(folder, 'sets.ndjson');
  const described = file('sets.json', JSON.stringify({ ...tinyRecipe, output: { coverage: 0.75 } }));
  good('compile', onnx, '--recipe', described, '--data', data, '-o', out);
  const info = json('info', out).result;
  assert.equal(info.set_coverage, 0.75);
  const figures = json('eval', out, '--data', data, '--split', 'val', '--records', lines);
  const records = readFileSync(lines, 'utf8').trimEnd().split('\n').map((line) => JSON.parse(line));
  const held = records.filter((r) => r.set[r.truth]).length;
  assert.equal(held, Math.ceil((records.length + 1) * 0.75), 'of those that it was fitted on: the smallest number that will do');
  assert.ok(Math.abs(figures.set_coverage - held / records.length) < 1e-6 && figures.set_coverage_stated === 0.75);
  for (const r of records) assert.deepEqual(r.set, r.probability.map((/** @type {number} */ p) => Number(p / 65536 >= info.set_from - 1e-6)));
  const sizes = records.reduce((n, r) => n + r.set[0] + r.set[1], 0) / records.length;
  assert.ok(Math.abs(figures.set_size - sizes) < 1e-6);
  const shown = json('run', out, picture).pictures[0].findings;
  assert.match(good('run', out, picture), /set of 75 % coverage:/);
  for (const f of shown) assert.equal(f.in_set, f.probability >= info.set_from);
  // Too few pictures for what is wanted: no sets.
  const few = file('few.json', JSON.stringify({ ...tinyRecipe, output: { coverage: 0.9999 } }));
  good('compile', onnx, '--recipe', few, '--data', data, '-o', out);
  assert.equal(json('info', out).result.set_coverage, undefined);
  assert.equal(json('run', out, picture).pictures[0].findings[0].in_set, undefined);
});

test('the gate looks at whitened features, and eval counts what it turns away', () => {
  const out = join(folder, 'gate.bds');
  good('compile', onnx, '--recipe', recipe, '--data', data, '-o', out);
  const layers = json('info', out).layers.map((/** @type {any} */ l) => l.op);
  assert.deepEqual(layers, ['conv', 'avg pool', 'dense', 'dense']);
  const like = json('eval', out, '--outliers', data);
  assert.equal(like.outliers, 400);
  assert.equal(like.flagged_unknown, json('eval', out, '--data', data).flagged_unknown);
  mkdirSync(join(folder, 'strange'));
  /** @type {((x: number, y: number) => number)[]} */
  const strange = [(x, y) => 255 * ((x + y) % 2), (x) => 255 * (x % 2), (x, y) => (x * y ? 0 : 255), () => 77];
  for (const [i, value] of strange.entries()) writeFileSync(join(folder, 'strange', `${i}.png`), png(12, 12, 1, value));
  const unlike = json('eval', out, '--outliers', join(folder, 'strange'));
  assert.deepEqual([unlike.outliers, unlike.flagged_unknown, unlike.flagged_blank, unlike.flagged_any], [4, 0.75, 0.25, 1]);
  assert.deepEqual(unlike.believed, [0, 0]);
  assert.match(good('eval', out, '--outliers', join(folder, 'strange')), /4 pictures[^]*out of distribution +0\.7500/);
  mkdirSync(join(folder, 'nothing'));
  bad(1, 'BDS_E_INVALID', /no PNG or JPEG/, 'eval', out, '--outliers', join(folder, 'nothing'));
});

test('a class of weights for all layers leaves the whitening its 8 bits', () => {
  const out = join(folder, 'coarse.bds');
  const bytes = (/** @type {string[]} */ ...options) => {
    good('compile', onnx, '--recipe', recipe, '--data', data, '-o', out, ...options);
    return json('info', out).layers.map((/** @type {any} */ l) => l.file_bytes);
  };
  const fine = bytes(), coarse = bytes('--weights', 'ternary');
  assert.ok(coarse[0] < fine[0] / 2 && coarse[2] < fine[2], 'the layers of the network are coarse');
  assert.ok(coarse[3] > 0.8 * fine[3], 'the whitening is not');
});

test('the gate looks at the layer that the recipe names', () => {
  const out = join(folder, 'named.bds');
  const names = good('compile', onnx, '--recipe', recipe, '--data', data, '-o', out).split('\n').flatMap((line) => /^conv .* (\S+)$/.exec(line)?.[1] ?? []);
  const usual = json('eval', out, '--data', data);
  const named = (/** @type {any} */ gate) => file('named.json', JSON.stringify({ ...tinyRecipe, gate }));
  good('compile', onnx, '--recipe', named(names[0]), '--data', data, '-o', out);
  assert.deepEqual(json('info', out).layers.map((/** @type {any} */ l) => l.op), ['conv', 'avg pool', 'dense', 'avg pool', 'dense']);
  const figures = json('eval', out, '--data', data);
  assert.equal(figures.digest, usual.digest, 'the answers are the same');
  assert.ok(figures.flagged_unknown < 0.05);
  bad(1, 'BDC_E_ARGUMENT', /no layer 'nowhere'/, 'compile', onnx, '--recipe', named('nowhere'), '--data', data, '-o', out);
  bad(1, 'BDS_E_INVALID', /"gate" is true, false or a layer's name/, 'compile', onnx, '--recipe', named(3), '--data', data, '-o', out);
  good('compile', onnx, '--recipe', named(false), '--data', data, '-o', out);
  assert.equal(json('info', out).result.gate_limit, -1);
});

test('a gate together with pruned channels', () => {
  const out = join(folder, 'fewer.bds');
  const names = good('compile', onnx, '--recipe', recipe, '--data', data, '-o', out).split('\n').flatMap((line) => /^conv .* (\S+)$/.exec(line)?.[1] ?? []);
  const flagged = (/** @type {any} */ asked) => {
    good('compile', onnx, '--recipe', file('fewer.json', JSON.stringify({ ...tinyRecipe, ...asked })), '--data', data, '-o', out, '--prune', 'channels:0.5');
    const { layers, result } = json('info', out);
    assert.deepEqual([layers.at(-1).in, layers.at(-1).out], [[1, 1, 2], [1, 1, 2]], 'of four features two are left, in the whitening, too');
    assert.ok(result.gate_limit > 0);
    return [json('eval', out, '--data', data).flagged_unknown < 0.05, json('eval', out, '--outliers', join(folder, 'strange')).flagged_any];
  };
  assert.deepEqual(flagged({}), [true, 1]);
  assert.deepEqual(flagged({ gate: names[0] }), [true, 1]);
});

test('eval: AUC, accuracy, Brier and calibration error are what their definitions say', () => {
  const out = join(folder, 'defined.bds');
  good('compile', onnx, '--recipe', recipe, '--data', data, '-o', out);
  const count = 60;
  const split = tinyPictures(count, 9);
  for (const [i, label] of ['dark', 'bright'].entries()) {
    for (const name of ['val', 'test']) {
      mkdirSync(join(folder, 'set', name, label), { recursive: true });
      for (let k = 0; k < count; k++) {
        if (split.labels[k] !== i) continue;
        const pixels = split.pixels.subarray(k * 144, (k + 1) * 144);
        writeFileSync(join(folder, 'set', name, label, `${k}.png`), png(12, 12, 1, (x, y) => pixels[y * 12 + x]));
      }
    }
  }
  const figures = json('eval', out, '--data', join(folder, 'set'));
  const paths = Array.from(split.labels, (label, k) => join(folder, 'set/test', ['dark', 'bright'][label], `${k}.png`));
  const seen = json('run', out, ...paths).pictures.map((/** @type {any} */ p, /** @type {number} */ k) => ({
    label: split.labels[k],
    score: p.findings[1].logit - p.findings[0].logit,
    p: p.findings[1].probability_q16 / 65536,
    top: p.top === 'bright' ? 1 : 0,
    unsure: p.doubts.includes('unsure'),
  }));
  let wins = 0;
  let pairs = 0;
  for (const a of seen) {
    for (const b of seen) {
      if (a.label !== 1 || b.label !== 0) continue;
      pairs++;
      wins += a.score > b.score ? 1 : a.score === b.score ? 0.5 : 0;
    }
  }
  const mean = (/** @type {(s: any) => number} */ of, list = seen) => list.reduce((/** @type {number} */ sum, /** @type {any} */ s) => sum + of(s), 0) / list.length;
  const near = (/** @type {number} */ value, /** @type {number} */ expected) => assert.ok(Math.abs(value - expected) < 2e-6, `${value}, expected ${expected}`);
  near(figures.auc, wins / pairs);
  near(figures.acc, mean((s) => (s.top === s.label ? 1 : 0)));
  near(figures.brier, mean((s) => (s.p - s.label) ** 2));
  near(figures.coverage, mean((s) => (s.unsure ? 0 : 1)));
  let ece = 0;
  for (let b = 0; b < 15; b++) {
    const lead = (/** @type {any} */ s) => (s.top ? s.p : 1 - s.p);
    const bin = seen.filter((/** @type {any} */ s) => Math.min(14, Math.floor(lead(s) * 15)) === b);
    if (bin.length > 0) ece += (bin.length / count) * Math.abs(mean(lead, bin) - mean((s) => (s.top === s.label ? 1 : 0), bin));
  }
  near(figures.ece, ece);
  assert.equal(figures.acc_val_threshold >= figures.acc, true, 'chosen on the same pictures here');
});

test('compile: what is wrong is said in a sentence', () => {
  const out = join(folder, 'never.bds');
  const compile = (/** @type {string[]} */ ...args) => /** @type {const} */ (['compile', onnx, '-o', out, ...args]);
  bad(1, 'BDS_E_ARGUMENT', /cannot open/, 'compile', join(folder, 'none.onnx'), '-o', out);
  bad(1, 'BDC_E_FORMAT', /text\.onnx/, 'compile', file('text.onnx', 'this is not a network'), '-o', out);
  bad(1, 'BDC_E_UNSUPPORTED', /Frobnicate/, 'compile', file('odd.onnx', tinyOnnx({ lastOp: 'Frobnicate' })), '-o', out);
  /** @type {[string, string, RegExp, string][]} */
  const recipes = [
    ['BDS_E_FORMAT', 'line 2: a comma or a closing bracket', /line 2/, '{"name": "x"\n"labels": []}'],
    ['BDS_E_FORMAT', 'twice', /occurs twice/, '{"name": "x", "name": "y"}'],
    ['BDS_E_FORMAT', 'deep', /nested too deeply/, '['.repeat(100)],
    ['BDS_E_FORMAT', 'utf-8', /not UTF-8/, '{"name": "\xc0\xaf"}'],
    ['BDS_E_FORMAT', 'surrogate', /surrogate/, '{"name": "\\ud800"}'],
    ['BDS_E_FORMAT', 'number', /a value was expected/, '{"name": 01e}'.replace('01e', '-')],
    ['BDS_E_INVALID', 'name', /"name" is missing/, '{}'],
    ['BDS_E_INVALID', 'labels', /"labels" must be/, JSON.stringify({ ...tinyRecipe, labels: [] })],
    ['BDS_E_INVALID', 'std', /"std" must be above zero/, JSON.stringify({ ...tinyRecipe, input: { ...tinyRecipe.input, std: [0] } })],
    ['BDS_E_INVALID', 'crop', /"crop" must be/, JSON.stringify({ ...tinyRecipe, input: { ...tinyRecipe.input, crop: 'left' } })],
    ['BDS_E_INVALID', 'size', /takes 12 x 12 x 1/, JSON.stringify({ ...tinyRecipe, input: { ...tinyRecipe.input, width: 13 } })],
    ['BDS_E_INVALID', 'count', /3 labels, but .* has 2 outputs/, JSON.stringify({ ...tinyRecipe, labels: ['a', 'b', 'c'] })],
  ];
  for (const [status, name, sentence, text] of recipes) {
    bad(1, status, sentence, ...compile('--recipe', file(`${name.slice(0, 6)}.json`, Buffer.from(text, 'latin1'))));
  }
  bad(1, 'BDS_E_INVALID', /val_images\.npy is missing/, ...compile('--recipe', recipe, '--data', file('half.npz', npz({ train: held }))));
  bad(1, 'BDS_E_ARGUMENT', /as an \.npz archive/, ...compile('--recipe', recipe, '--data', onnx));
  const labels = Uint8Array.from(held.labels, (label, i) => (i === 7 ? 2 : label));
  bad(1, 'BDS_E_INVALID', /picture 7 has label 2/, ...compile('--recipe', recipe, '--data', file('odd.npz', npz({ train: { ...held, labels } }))));
  bad(1, 'BDS_E_INVALID', /more or fewer bytes/, ...compile('--recipe', recipe, '--data', file('cut.npz', npz({ train: { ...held, count: 399 } }))));
  bad(1, 'BDS_E_ARGUMENT', /there is no folder/, ...compile('--recipe', recipe, '--data', folder));
  assert.equal(existsSync(out), false, 'nothing was written');
});

test('pneumonia.bds: verified, examined', { skip: noModel }, () => {
  const model = fileURLToPath(pneumonia);
  assert.match(good('verify', model), /^[0-9a-f]{64} {2}ok\n$/);
  const info = json('info', model);
  assert.ok(info.file_bytes <= 60 * 1024, `${info.file_bytes} bytes`);
  assert.equal(info.metadata.labels, 'normal\npneumonia');
  const paths = ['clear-1.png', 'clear-2.jpg', 'opacity-1.png', 'opacity-2.jpg'].map((name) => fileURLToPath(new URL(name, samples)));
  const result = json('run', model, ...paths);
  assert.deepEqual(json('run', model, ...paths, '--cpu', 'scalar'), result);
});

const official = dataDir() && join(/** @type {string} */ (dataDir()), 'medmnist/pneumoniamnist.npz');
const noData = official && existsSync(official) ? noModel : 'no BEDSIDE_DATA with medmnist/pneumoniamnist.npz';
test('pneumonia.bds: compiled again it is the same twice, and as good', { skip: noData, timeout: 300_000 }, () => {
  const model = fileURLToPath(pneumonia);
  const [source, card] = [model.replace(/bds$/, 'onnx'), join(root, 'models/pneumonia/recipe.json')];
  const [a, b] = ['pneumonia-a.bds', 'pneumonia-b.bds'].map((name) => join(folder, name));
  for (const out of [a, b]) good('compile', source, '--recipe', card, '--data', /** @type {string} */ (official), '-o', out);
  assert.ok(readFileSync(a).equals(readFileSync(b)));
  const [shipped, fresh] = [model, a].map((path) => json('eval', path, '--data', /** @type {string} */ (official), '--split', 'val'));
  assert.ok(Math.abs(shipped.auc - fresh.auc) < 0.001 && Math.abs(shipped.acc - fresh.acc) < 0.005);
});
