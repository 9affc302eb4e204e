// Weights that training left on a grid are stored as they are: whatever their class, their scale, and a batch norm folded into them.
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { program } from './program.mjs';
import { normedOnnx, npz, tinyPictures, tinyRecipe } from './tiny-onnx.mjs';

const seed = Number(process.env.SEED ?? 20261126);
console.log(`seed ${seed}`);
let state = seed;
const random = () => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0) / 2 ** 32;

const folder = mkdtempSync(join(tmpdir(), 'bedside-grid-'));
after(() => rmSync(folder, { recursive: true }));
const file = (/** @type {string} */ name, /** @type {string | Uint8Array} */ content) => {
  writeFileSync(join(folder, name), content);
  return join(folder, name);
};
const data = file('data.npz', npz({ train: tinyPictures(200, seed + 1), val: tinyPictures(200, seed + 2), test: tinyPictures(20, seed + 3) }));

const [CHANNELS, DEPTH] = [8, 36];
/** The levels of a class but 0. @type {Record<string, number[]>} */
const classes = {
  ternary: [1],
  '3-bit': [1, 2, 3],
  '4-bit': [1, 2, 3, 4, 5, 6, 7],
  'power-of-two': [1, 2, 4, 8, 16, 32, 64],
};

/** Levels [channel][input][row][column]; a third of them 0. Whole: the largest of the class occurs in each channel. @param {number[]} levels @param {boolean} whole */
function drawn(levels, whole) {
  const some = whole ? levels : levels.slice(0, Math.ceil(levels.length * 0.7));
  const out = Array.from({ length: CHANNELS * DEPTH }, () => (random() < 0.33 ? 0 : some[Math.floor(random() * some.length)] * (random() < 0.5 ? 1 : -1)));
  for (let o = 0; o < CHANNELS; o++) out[o * DEPTH + Math.floor(random() * DEPTH)] = some[some.length - 1];
  return out;
}

const norm = () => ({
  gamma: Array.from({ length: CHANNELS }, (_, i) => (i % 3 === 2 ? -1 : 1) * (0.02 + 2 * random() ** 2)),
  beta: Array.from({ length: CHANNELS }, () => random() - 0.3),
  mean: Array.from({ length: CHANNELS }, () => random() * 2 - 1),
  variance: Array.from({ length: CHANNELS }, () => 0.05 + 3 * random()),
});

/** The raw weights of the second convolution, straight from the file: [channel][row][column][input]. @param {string} path */
function stored(path) {
  const bytes = readFileSync(path);
  /** @type {Record<number, {at: number, count: number}>} */
  const sections = {};
  for (let i = 0; i < bytes.readUInt32LE(16); i++) {
    const at = 64 + 16 * i;
    sections[bytes.readUInt32LE(at)] = { at: bytes.readUInt32LE(at + 4), count: bytes.readUInt32LE(at + 12) };
  }
  const ops = Array.from({ length: sections[4].count }, (_, i) => sections[4].at + 68 * i).filter((at) => bytes.readUInt16LE(at) === 1);
  const blob = sections[6].at + 32 * bytes.readUInt32LE(ops[1] + 44);
  assert.equal(bytes.readUInt16LE(blob + 14), 0, 'raw');
  assert.equal(bytes.readUInt32LE(blob + 8), CHANNELS * DEPTH);
  const at = sections[7].at + bytes.readUInt32LE(blob);
  return Array.from(new Int8Array(bytes.buffer, bytes.byteOffset + at, CHANNELS * DEPTH));
}

/** Each channel of a in the order of the file, its sign turned where gamma is negative. @param {number[]} levels @param {number[]} gamma */
const expected = (levels, gamma) =>
  Array.from({ length: CHANNELS * DEPTH }, (_, k) => {
    const [o, tap, input] = [Math.floor(k / DEPTH), Math.floor((k % DEPTH) / 4), k % 4];
    return levels[o * DEPTH + input * 9 + tap] * Math.sign(gamma[o]);
  });

for (const [name, levels] of Object.entries(classes)) {
  test(`${name}: what was trained is what is stored`, () => {
    for (const whole of [true, false]) {
      const [given, n] = [drawn(levels, whole), norm()];
      const scales = Array.from({ length: CHANNELS }, () => 0.003 + 0.1 * random());
      const network = file('grid.onnx', normedOnnx(given.map((level, i) => level * scales[Math.floor(i / DEPTH)]), n));
      const compile = { weights: name, layers: { first: 'int8', logits: 'int8' }, coder: 'raw' };
      const recipe = file('recipe.json', JSON.stringify({ ...tinyRecipe, compile }));
      const [byRecipe, byOptions] = ['recipe.bds', 'options.bds'].map((one) => join(folder, one));
      program('compile', network, '--recipe', recipe, '--data', data, '-o', byRecipe, '--no-fit');
      const kept = stored(byRecipe);
      const wanted = expected(given, n.gamma);
      // A class has no one scale: all levels of a channel may be stored doubled, say. What counts are their proportions.
      for (let o = 0; o < CHANNELS; o++) {
        const [a, b] = [kept, wanted].map((list) => list.slice(o * DEPTH, (o + 1) * DEPTH));
        const times = Math.max(...a.map(Math.abs)) / Math.max(...b.map(Math.abs));
        assert.deepEqual(a, b.map((level) => level * times || 0), `channel ${o}`);
      }
      if (!whole) continue;
      const bare = file('bare.json', JSON.stringify(tinyRecipe));
      program('compile', network, '--recipe', bare, '--data', data, '-o', byOptions, '--weights', name, '--layers', 'first=int8,logits=int8', '--coder', 'raw', '--no-fit');
      assert.deepEqual(stored(byOptions), kept, 'the recipe states the same options');
    }
  });
}

test('the command line comes before the recipe, and what the recipe states must be an option', () => {
  const network = file('grid.onnx', normedOnnx(drawn(classes['4-bit'], true).map((l) => l / 50 + random() / 100), norm()));
  const bad = (/** @type {object} */ compile) => {
    const recipe = file('bad.json', JSON.stringify({ ...tinyRecipe, compile }));
    assert.throws(() => program('compile', network, '--recipe', recipe, '-o', join(folder, 'bad.bds')), /"compile"[^]*BDS_E_INVALID/);
  };
  bad({ strength: 'high' });
  bad({ weights: 4 });
  bad({ equalise: 'yes' });
  bad({ data: 'x.npz' });
  bad(/** @type {any} */ ('ternary'));
  const recipe = file('good.json', JSON.stringify({ ...tinyRecipe, compile: { weights: 'ternary', equalise: true } }));
  const table = (/** @type {string[]} */ ...more) => program('compile', network, '--recipe', recipe, '--data', data, '-o', join(folder, 'x.bds'), '--no-fit', ...more);
  const bytes = (/** @type {string} */ text) => Number(/ -> ([\d,]+) bytes/.exec(text)?.[1].replaceAll(',', ''));
  assert.ok(bytes(table()) < bytes(table('--weights', 'int8')));
});
