// `bedside compile --target mcu`: the same answers out of a file that a board uses where it lies.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { root } from '../../scripts/setup.mjs';
import { png } from './pictures.mjs';
import { path as programPath, program } from './program.mjs';
import { npz, tinyOnnx, tinyPictures, tinyRecipe } from './tiny-onnx.mjs';

const folder = mkdtempSync(join(tmpdir(), 'bedside-target-'));
after(() => rmSync(folder, { recursive: true }));
/** @param {string} name @param {Uint8Array | string} content */
function file(name, content) {
  writeFileSync(join(folder, name), content);
  return join(folder, name);
}
/** @param {string[]} args @returns {any} */
const json = (...args) => JSON.parse(program(...args, '--json'));

const onnx = file('tiny.onnx', tinyOnnx());
const recipe = file('recipe.json', JSON.stringify(tinyRecipe));
const data = file('tiny.npz', npz({ train: tinyPictures(600, 1), val: tinyPictures(300, 2), test: tinyPictures(400, 3) }));
const [normal, board] = ['normal', 'mcu'].map((name) => join(folder, `${name}.bds`));
program('compile', onnx, '--recipe', recipe, '--data', data, '-o', normal);
const summary = program('compile', onnx, '--recipe', recipe, '--data', data, '--target', 'mcu', '-o', board);

test('its answers are those of the normal file', () => {
  const [a, b] = [normal, board].map((path) => json('eval', path, '--data', data));
  assert.equal(a.pictures, 400);
  assert.deepEqual({ ...b, file_bytes: 0, content_sha256: '' }, { ...a, file_bytes: 0, content_sha256: '' });
  const picture = file('picture.png', png(20, 20, 1, (x, y) => (x * 9 + y * 3) & 255));
  const [one, other] = [normal, board].map((path) => json('run', path, picture));
  assert.deepEqual(other.pictures, one.pictures);
});

test('nothing in it is coded, and only texts of use on a board are left', () => {
  const [a, b] = [json('info', normal), json('info', board)];
  assert.match(program('verify', board), /ok/);
  assert.ok(a.layers.some((/** @type {any} */ l) => l.file_bytes < l.weight_bytes), 'the normal file is coded, or this test shows nothing');
  for (const layer of b.layers) assert.equal(layer.file_bytes, layer.weight_bytes);
  const kept = ['name', 'task', 'labels', 'classes', 'positive', 'licence', 'citation', 'intended_use', 'source_sha256'];
  assert.deepEqual(Object.keys(b.metadata), Object.keys(a.metadata).filter((key) => kept.includes(key)));
  for (const key of Object.keys(b.metadata)) assert.equal(b.metadata[key], a.metadata[key]);
  assert.ok(Object.keys(a.metadata).length > Object.keys(b.metadata).length);
  assert.deepEqual(b.result, a.result, 'calibration, intervals, sets and gate stay');
  const help = spawnSync(programPath, ['compile', '--help'], { encoding: 'utf8' }).stdout;
  const [, said] = /of the texts only ([^]*?) stay/.exec(help) ?? [];
  assert.deepEqual(said.split(/[\s,]+|and /).filter(Boolean), kept, 'the help says what stays');
});

test('the plan holds no weights', () => {
  const network = join(root, 'models/arrhythmia/arrhythmia.onnx');
  const files = ['any', 'mcu'].map((target) => {
    const out = join(folder, `beats-${target}.bds`);
    const { status, stderr } = spawnSync(programPath, ['compile', network, '--recipe', join(root, 'models/arrhythmia/recipe.json'), '--target', target, '-o', out], { encoding: 'utf8' });
    assert.equal(status, 0, stderr);
    return out;
  });
  const weights = json('info', files[0]).layers.reduce((/** @type {number} */ sum, /** @type {any} */ layer) => sum + layer.weight_bytes, 0);
  const [coded, raw] = files.map((path) => json('bench', path, '--cpu', 'scalar', '--rounds', '1').arena_bytes);
  assert.ok(raw < weights / 2, `${raw} bytes of arena for ${weights} weights`);
  assert.ok(coded >= raw + weights, `${coded} with them`);
  assert.equal(json('info', files[1]).metadata.calibration, 'none: ranges from noise, good for timing, not for answers', 'this warning stays');
});

test('what is said, and what is refused', () => {
  assert.match(summary, /bytes of arena with the reference kernels\n/);
  const bad = (/** @type {RegExp} */ message, /** @type {string[]} */ ...args) => {
    const { status, stderr } = spawnSync(programPath, ['compile', onnx, '-o', join(folder, 'bad.bds'), ...args], { encoding: 'utf8' });
    assert.equal(status, 2);
    assert.match(stderr, message);
  };
  bad(/--target is any or mcu, not 'fpga'/, '--target', 'fpga');
  bad(/--target mcu stores the weights raw, as they are used in place; --coder adaptive does not/, '--target', 'mcu', '--coder', 'adaptive');
  program('compile', onnx, '--recipe', recipe, '--data', data, '--target', 'mcu', '--coder', 'raw', '-o', join(folder, 'same.bds'));
  assert.ok(readFileSync(join(folder, 'same.bds')).equals(readFileSync(board)));
});
