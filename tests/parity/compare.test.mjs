// Does `npm run parity` fail when it should? First its comparison, on results spoiled by hand; then the command itself, on a copy of
// the project with one rounding constant flipped.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { compare } from '../../scripts/parity.mjs';
import { differences } from '../../scripts/parity-ecg.mjs';
import { root } from '../../scripts/setup.mjs';

const expected = { kernels: 'k', windows: 'w', deep: 'd', model: 'm', pneumonia16: 'p16', explained: 'e' };
const good = () => ({
  'native-scalar': { kernels: 'k', windows: 'w', deep: 'd', pneumonia: 'p', pneumonia16: 'p16', explained: 'e', images: 646 },
  'wasm-simd128-chromium': { kernels: 'k', windows: 'w', deep: 'd', pneumonia: 'p', pneumonia16: 'p16', images: 646 }, // explains nothing
  'wasm-simd128-firefox': { kernels: 'k', windows: 'w', deep: 'd', pneumonia: 'p', pneumonia16: 'p16', explained: 'e', images: 646 },
  'cortex-m4': { kernels: 'k', windows: 'w', deep: 'd', pneumonia: 'p16', pneumonia16: 'p16', explained: 'e', images: 16 },
});

test('equal digests are equal', () => assert.deepEqual(compare(good(), expected, 'm'), []));

/** @type {[string, (results: any) => void][]} */
const spoilers = [
  ['a kernel digest differs', (r) => (r['wasm-simd128-firefox'].kernels = 'x')],
  ['a digest of windows differs', (r) => (r['cortex-m4'].windows = 'x')],
  ['a digest of windows is missing', (r) => delete r['native-scalar'].windows],
  ['a digest of deep layers differs', (r) => (r['wasm-simd128-firefox'].deep = 'x')],
  ['all kernel digests differ from the expected one', (r) => Object.values(r).forEach((one) => (one.kernels = 'x'))],
  ['a digest of all pictures differs', (r) => (r['wasm-simd128-firefox'].pneumonia = 'x')],
  ['a digest of all pictures is missing', (r) => delete r['wasm-simd128-firefox'].pneumonia],
  ['all digests of pictures are missing', (r) => Object.values(r).forEach((one) => delete one.pneumonia)],
  ['a digest of the first 16 differs', (r) => (r['native-scalar'].pneumonia16 = 'x')],
  ['a board differs', (r) => (r['cortex-m4'].pneumonia = 'x')],
  ['a board saw too few pictures', (r) => (r['cortex-m4'].images = 15)],
  ['a fast target saw only the first 16', (r) => Object.assign(r['wasm-simd128-firefox'], { images: 16, pneumonia: 'p16' })],
  ['every fast target saw only 623', (r) => ['native-scalar', 'wasm-simd128-firefox'].forEach((name) => (r[name].images = 623))],
  ['an explanation differs', (r) => (r['cortex-m4'].explained = 'x')],
  ['an explanation is missing', (r) => delete r['native-scalar'].explained],
  ['a target failed', (r) => (r['cortex-m4'] = { error: 'no board' })],
];
for (const [what, spoil] of spoilers) {
  test(`noticed: ${what}`, () => {
    const results = good();
    spoil(results);
    assert.notDeepEqual(compare(results, expected, 'm'), []);
  });
}

test('noticed: another model file', () => assert.notDeepEqual(compare(good(), expected, 'other'), []));

const told = (/** @type {string} */ digest) => ({ beats: 2, judged: 1, digest });
test('electrocardiograms: equal digests are equal', () => assert.deepEqual(differences({ a: { native: told('x'), node: told('x') }, b: { native: told('y'), node: told('y') } }), []));
for (const [what, targets] of /** @type {const} */ ([
  ['a digest differs', { native: told('x'), node: told('y') }],
  ['no beat was judged anywhere', { native: { ...told('x'), judged: 0 }, node: { ...told('x'), judged: 0 } }],
  ['a target failed', { native: told('x'), node: { error: 'no board' } }],
  ['the first target failed', { native: { error: 'no compiler' }, node: told('x') }],
])) {
  test(`electrocardiograms, noticed: ${what}`, () => assert.notDeepEqual(differences({ a: targets }), []));
}

test('npm run parity fails when one rounding constant is flipped', { timeout: 240_000 }, () => {
  const copy = mkdtempSync(join(tmpdir(), 'parity-'));
  try {
    for (const part of ['CMakeLists.txt', 'CMakePresets.json', 'cmake', 'scripts', 'src', 'tests', 'wasm', 'models', 'demo', 'package.json']) {
      cpSync(join(root, part), join(copy, part), { recursive: true });
    }
    symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'));
    const requant = join(copy, 'src/requant.h');
    const parity = () => spawnSync(process.execPath, ['scripts/parity.mjs', '--json', '--kernels', 'native-scalar'], { cwd: copy, encoding: 'utf8' });
    const before = parity();
    assert.equal(before.status, 0, before.stderr);
    const text = readFileSync(requant, 'utf8');
    const flipped = text.replace('(int64_t)1 << (shift - 1)', '(int64_t)1 << (shift - 2)');
    assert.notEqual(flipped, text);
    writeFileSync(requant, flipped);
    const after = parity();
    assert.equal(after.status, 1, after.stderr);
    assert.match(after.stderr, /kernels is [0-9a-f]+, but [0-9a-f]+ in digests\.json/);
    assert.notEqual(JSON.parse(after.stdout).targets['native-scalar'].kernels, JSON.parse(before.stdout).targets['native-scalar'].kernels);
  } finally {
    rmSync(copy, { recursive: true });
  }
});
