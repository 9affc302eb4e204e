// The program's techniques, its search and what it says of them, on a small network that PyTorch exported.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { inputs, npy, values } from '../torch/fill.mjs';
import { prepare } from '../torch/prepare.mjs';
import { path as programPath, program } from './program.mjs';
import { npzOf } from './tiny-onnx.mjs';

const folder = mkdtempSync(join(tmpdir(), 'bedside-techniques-'));
after(() => rmSync(folder, { recursive: true }));
const { network, calibration, x } = prepare('segment.script');
const small = prepare('tiny.script');
let next = 0;

/** Compiles; the file, what was printed, and decibels against the float network. @param {string[]} args */
function compile(...args) {
  const file = join(folder, `${next++}.bds`);
  const text = program('compile', network, '--calibrate', calibration, '-o', file, ...args);
  const { output } = JSON.parse(program('diff', network, file, '--data', x, '--json'));
  return { file, text, bytes: readFileSync(file).length, decibels: output.sqnr_db };
}

/** Called wrongly: exit 2, one sentence. @param {RegExp} sentence @param {string[]} args */
function wrong(sentence, ...args) {
  const { status, stderr, stdout } = spawnSync(programPath, ['compile', network, '-o', join(folder, 'wrong.bds'), ...args], { encoding: 'utf8' });
  assert.match(stderr, sentence);
  assert.equal(status, 2);
  assert.equal(stdout, '');
}

const int8 = compile();

test('fewer bits: smaller files, more noise', () => {
  const four = compile('--weights', '4-bit');
  const ternary = compile('--weights', 'ternary');
  assert.ok(four.bytes < int8.bytes && ternary.bytes < four.bytes, `${int8.bytes}, ${four.bytes}, ${ternary.bytes} bytes`);
  assert.ok(four.decibels < int8.decibels && ternary.decibels < four.decibels);
  assert.ok(int8.decibels > 40 && ternary.decibels > 2, `${int8.decibels}, ${ternary.decibels} dB`);
  assert.ok(compile('--weights', 'power-of-two').decibels > ternary.decibels);
});

test('reconstruction brings back much of what few bits cost', () => {
  const plain = compile('--weights', '3-bit');
  const fitted = compile('--weights', '3-bit', '--reconstruct');
  assert.ok(fitted.decibels > plain.decibels + 1, `${plain.decibels} dB, fitted ${fitted.decibels} dB`);
});

test('pruning: the sparsity that was asked for, and smaller files', () => {
  const half = compile('--prune', '0.5');
  const sparsity = Number(/sparsity +([\d.]+) %/.exec(half.text)?.[1]);
  assert.ok(sparsity > 48 && sparsity < 55, half.text);
  assert.ok(half.bytes < int8.bytes);
  const two = compile('--prune', '2:4');
  assert.ok(Number(/sparsity +([\d.]+) %/.exec(two.text)?.[1]) >= 45, two.text);
  const channels = compile('--prune', 'channels:0.25');
  const macs = (/** @type {string} */ text) => Number(/layers, ([\d,]+) MACs/.exec(text)?.[1].replaceAll(',', ''));
  assert.ok(macs(channels.text) < 0.9 * macs(int8.text), 'whole channels are gone');
});

test('choices of single layers', () => {
  const { layers } = JSON.parse(program('diff', network, int8.file, '--data', x, '--json'));
  const { tensor } = layers.find((/** @type {{op: string}} */ layer) => layer.op === 'conv');
  const one = compile('--layers', `${tensor}=ternary/0.5`);
  assert.ok(one.bytes < int8.bytes && one.decibels < int8.decibels);
});

test('coders: adaptive is the smallest, raw the largest, and all the same network', () => {
  const still = compile('--coder', 'static'), raw = compile('--coder', 'raw');
  assert.ok(int8.bytes <= still.bytes && still.bytes < raw.bytes, `${int8.bytes}, ${still.bytes}, ${raw.bytes}`);
  assert.equal(still.decibels, int8.decibels);
  assert.equal(raw.decibels, int8.decibels);
});

test('results in 16 bits are nearer', () => {
  assert.ok(compile('--wide', 'all').decibels > int8.decibels);
});

test('the search keeps its limit, is repeatable, and shows what it tried', () => {
  const limit = Math.round(int8.bytes * 0.75);
  const report = join(folder, 'report.html');
  const a = compile('--max-bytes', String(limit), '--max-trials', '12', '--report', report);
  const b = compile('--max-bytes', String(limit), '--max-trials', '12');
  assert.ok(a.bytes <= limit && a.bytes > limit / 2, `${a.bytes} of ${limit} bytes`);
  assert.ok(readFileSync(a.file).equals(readFileSync(b.file)));
  assert.ok(a.decibels > compile('--weights', 'ternary').decibels);
  assert.match(a.text, /search +\d+ files tried/);
  assert.match(a.text, /-> /);
  const page = readFileSync(report, 'utf8');
  for (const part of ['Memory plan', 'Search', 'Layers', 'not a medical device', 'chosen']) assert.ok(page.includes(part), part);
  assert.doesNotMatch(page, /<script|https?:\/\/(?!www\.w3\.org)/);
});

test('the search on labelled data: the smallest file within the drop', () => {
  // Labels from the float network's own answers: it is right everywhere.
  const samples = inputs('labelled', [64, 3, 32, 32]);
  const data = join(folder, 'x.npy'), answers = join(folder, 'y.npy');
  writeFileSync(data, npy([64, 3, 32, 32], samples));
  program('run', small.network, '--tensors', data, '-o', answers);
  const logits = values(readFileSync(answers));
  const labels = Array.from({ length: 64 }, (_, i) => logits.subarray(i * 5, i * 5 + 5).indexOf(Math.max(...logits.subarray(i * 5, i * 5 + 5))));
  const val = join(folder, 'val.npz');
  writeFileSync(val, npzOf({ x: readFileSync(data), y: npy([64], Float32Array.from(labels)) }));
  const out = join(folder, 'labelled.bds');
  const text = program('compile', small.network, '--calibrate', data, '-o', out, '--max-drop', '5', '--metric', 'accuracy', '--val', val, '--max-trials', '12');
  assert.match(text, /accuracy of the float network: 100\.000 points/);
  assert.ok(existsSync(out));
});

test('diff names layers; info draws the memory', () => {
  const text = program('diff', network, int8.file, '--data', x);
  assert.match(text, /outputs +[\d.]+ dB/);
  const svg = join(folder, 'memory.svg');
  program('info', int8.file, '--memory', svg);
  assert.match(readFileSync(svg, 'utf8'), /^<svg [^]*<title>Memory plan: 49152 bytes of activations over \d+ steps<\/title>[^]*<\/svg>\n$/);
});

test('what is called wrongly is said', () => {
  wrong(/--weights is one of int8, 7-bit/, '--weights', '5-bit');
  wrong(/pruning is a share/, '--prune', '1.5');
  wrong(/--layers lists/, '--layers', 'x');
  wrong(/a search needs a limit/, '--metric', 'snr');
  wrong(/need --val/, '--max-drop', '1', '--metric', 'auc');
  wrong(/--max-bytes is a number of bytes/, '--max-bytes', 'big');
  wrong(/--data needs --recipe/, '--data', 'x.npz');
  wrong(/a folder of pictures needs --recipe/, '--calibrate', folder);
});

/** Fails with one sentence: exit 1. @param {RegExp} sentence @param {string[]} args */
function fails(sentence, ...args) {
  const { status, stderr } = spawnSync(programPath, args, { encoding: 'utf8' });
  assert.match(stderr, sentence);
  assert.equal(status, 1);
}

test('numbers that are none, other dimensions and another order are refused', () => {
  const data = values(readFileSync(x)).slice(0, 2 * 32 * 32);
  const file = (/** @type {number[]} */ shape, /** @type {Float32Array} */ numbers) => {
    const path = join(folder, `${next++}.npy`);
    writeFileSync(path, npy(shape, numbers));
    return path;
  };
  const broken = data.slice();
  broken[5] = NaN;
  const nan = file([2, 1, 32, 32], broken);
  for (const args of [['compile', network, '-o', join(folder, 'n.bds'), '--calibrate', nan], ['diff', network, int8.file, '--data', nan], ['run', network, '--tensors', nan, '-o', join(folder, 'n.npy')]]) {
    fails(/sample 0 of input 'x' holds a number that is not finite/, ...args);
  }
  fails(/not finite/, 'run', int8.file, '--tensors', file([2, 32, 32, 1], broken), '-o', join(folder, 'n.npy'));
  fails(/other dimensions than the network's, or another order/, 'compile', small.network, '-o', join(folder, 'n.bds'), '--calibrate', file([1, 32, 32, 3], new Float32Array(3 * 32 * 32)));
  fails(/must be \[samples, 32, 32, 1\]/, 'run', int8.file, '--tensors', file([2, 1, 32, 32], data), '-o', join(folder, 'n.npy'));
});

test('a layer that is not there, and the network as its own target, are refused', () => {
  fails(/there is no layer named 'nope'/, 'compile', network, '-o', join(folder, 'n.bds'), '--calibrate', calibration, '--layers', 'nope=ternary');
  fails(/there is no layer named 'nope'/, 'compile', network, '-o', join(folder, 'n.bds'), '--calibrate', calibration, '--wide', 'nope');
  fails(/is the network itself/, 'compile', network, '-o', network);
});
