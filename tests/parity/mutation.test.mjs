// Does the checker notice? A copy of the arithmetic is spoiled in one place, built and checked: the digest must change, or the
// fast kernels must disagree with the references. The unspoiled copy gives the expected digest.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));
const expected = JSON.parse(readFileSync(join(root, 'tests/parity/digests.json'), 'utf8')).kernels;
const avx2 = process.arch === 'x64';

/**
 * Builds the checker from a copy in which `from` in `file` is replaced, and runs it.
 * @param {{ file: string, from: string, to: string }[]} mutations
 */
function check(...mutations) {
  return checkWith([], ...mutations);
}

/**
 * @param {string[]} flags of the compiler
 * @param {{ file: string, from: string, to: string }[]} mutations
 */
function checkWith(flags, ...mutations) {
  const copy = mkdtempSync(join(tmpdir(), 'parity-'));
  try {
    for (const folder of ['src', 'tests/parity', 'tests/mcu']) cpSync(join(root, folder), join(copy, folder), { recursive: true });
    for (const mutation of mutations) {
      const path = join(copy, mutation.file);
      const parts = readFileSync(path, 'utf8').split(mutation.from);
      assert.equal(parts.length, 2, `${mutation.file} has "${mutation.from}" exactly once`);
      writeFileSync(path, parts.join(mutation.to));
    }
    const kernels = (/** @type {string} */ folder) =>
      readdirSync(join(copy, 'src/kernels', folder)).filter((name) => name.endsWith('.c') && !name.includes('vnni')).map((name) => `src/kernels/${folder}/${name}`);
    const build = spawnSync(
      process.env.CC ?? 'cc',
      [
        ...['-std=c11', '-O1', '-Isrc', '-Itests/mcu', '-DPARITY_AREA_BYTES=524288', '-o', 'check'],
        ...(avx2 ? ['-mavx2', '-DBDS_HAVE_AVX2', ...flags, ...kernels('x86')] : []),
        ...kernels('ref'),
        ...['src/kernels/select.c', 'src/kernels/panels.c', 'src/kernels/planes.c', 'src/cpu.c', 'src/sha256.c'],
        ...['board', 'kernels_check', 'kernels_check_wide', 'kernels_check_more', 'kernels_check_windows'].map((name) => `tests/parity/${name}.c`),
        ...['tests/mcu/host/board.c'],
      ],
      { cwd: copy, encoding: 'utf8' },
    );
    assert.equal(build.status, 0, build.stderr);
    const { status, stdout } = spawnSync(join(copy, 'check'), { encoding: 'utf8' });
    /** @type {Record<string, { digest: string, mismatches: number }>} */
    const results = {};
    for (const [, name, digest, mismatches] of stdout.matchAll(/^kernel (\S+) (\S+) \d+ (\d+)$/gm)) results[name] = { digest, mismatches: Number(mismatches) };
    return { status, digest: /^kernels (\S+)$/m.exec(stdout)?.[1], results };
  } finally {
    rmSync(copy, { recursive: true });
  }
}

const unspoiled = check();

/** The kernels that have a fast form. (depthwise_large has one on microcontrollers only: its few channels are the reference's here.) */
const sums = ['gemm', 'depthwise', 'requantise', 'gemm_wide', 'depthwise_wide', 'conv_windows', 'depthwise_windows', 'conv_deep', 'conv_columns'];
const pairs = ['add', 'mul', 'extreme'];
/** The kernels whose results differ from the unspoiled ones. @param {ReturnType<typeof check>} spoiled */
const changed = ({ results }) => Object.keys(results).filter((name) => results[name].digest !== unspoiled.results[name].digest);
/** The kernels whose fast form differs from its reference. @param {ReturnType<typeof check>} spoiled */
const disagreeing = ({ results }) => Object.keys(results).filter((name) => results[name].mismatches > 0);
/** Those that differ in one way or the other. @param {ReturnType<typeof check>} spoiled */
const noticed = (spoiled) => [...changed(spoiled), ...disagreeing(spoiled)];

test('as it is, all agree and give the expected digest', () => {
  assert.equal(unspoiled.status, 0);
  assert.equal(unspoiled.digest, expected);
  assert.equal(Object.keys(unspoiled.results).length, 30);
});

test('half a rounding constant: every kernel that rounds by shifting changes, and the fast ones disagree', () => {
  const spoiled = check({ file: 'src/requant.h', from: '(int64_t)1 << (shift - 1)', to: '(int64_t)1 << (shift - 2)' });
  assert.notEqual(spoiled.digest, expected);
  for (const name of ['arithmetic', 'gemm_s16', 'softmax', 'requantise_wide', 'add_wide', 'mul_wide', 'softmax_wide', 'resize', 'normalise', 'depthwise_large']) assert.ok(changed(spoiled).includes(name), `${name} changes`);
  for (const name of [...sums, 'add', 'mul']) assert.ok((avx2 ? disagreeing : changed)(spoiled).includes(name), `${name} is noticed`);
  if (avx2) assert.equal(spoiled.status, 1);
});

test('halves downward', () => {
  const spoiled = check({ file: 'src/requant.h', from: '((int64_t)1 << (shift - 1))) >> shift', to: '((int64_t)1 << (shift - 1)) - 1) >> shift' });
  for (const name of ['arithmetic', 'gemm_s16', 'add']) assert.ok(noticed(spoiled).includes(name), `${name} is noticed`);
});

test('a division that cuts off', () => {
  const spoiled = check({ file: 'src/requant.h', from: '(a + b / 2) / b', to: 'a / b' });
  assert.deepEqual(changed(spoiled), ['arithmetic', 'softmax', 'softmax_wide', 'normalise']);
});

test('a clamp that lets one value more through', () => {
  const spoiled = check({ file: 'src/requant.h', from: 'x < lo ? lo', to: 'x < lo - 1 ? lo' });
  for (const name of ['gemm_s16', ...pairs]) assert.ok(noticed(spoiled).includes(name), `${name} is noticed`);
});

test('the same constant spoiled in the fast form alone', { skip: !avx2 && 'no AVX2 on this processor' }, () => {
  const spoiled = check({ file: 'src/kernels/x86/avx2.h', from: '(int64_t)1 << (q->shift - 1)', to: '(int64_t)1 << (q->shift - 2)' });
  assert.equal(spoiled.status, 1);
  for (const name of [...sums, 'mul']) assert.ok(disagreeing(spoiled).includes(name), `${name} is noticed`);
});

test('the lower half of a product taken as signed', { skip: !avx2 && 'no AVX2 on this processor' }, () => {
  const spoiled = check({ file: 'src/kernels/x86/avx2.h', from: '_mm256_mulhi_epu16', to: '_mm256_mulhi_epi16' });
  assert.equal(spoiled.status, 1);
  assert.ok(disagreeing(spoiled).includes('gemm'));
});

test('one constant of each of the other fast forms', { skip: !avx2 && 'no AVX2 on this processor' }, () => {
  const spoiled = check(
    { file: 'src/kernels/x86/elementwise_avx2.c', from: 'rounding = 1 << (a->shift - 1)', to: 'rounding = 1 << (a->shift - 1) >> 1' },
    { file: 'src/kernels/x86/elementwise_avx2.c', from: '_mm256_max_epi8(_mm256_max_epi8(a, b), k->lo)', to: '_mm256_max_epi8(a, b)' },
    { file: 'src/kernels/x86/pool_avx2.c', from: '_mm_max_epi8(', to: '_mm_max_epu8(' },
    { file: 'src/kernels/x86/pool_avx2.c', from: '-zero_point * (int32_t)', to: '-zero_point + (int32_t)' },
  );
  for (const name of ['add', 'max_pool', 'sum_pool', 'extreme']) assert.ok(disagreeing(spoiled).includes(name), `${name} is noticed`);
});

/** AVX-VNNI's kernels, with their one instruction in terms of AVX2: so they are checked on a processor without it, too. */
const vnni = ['-DBDS_HAVE_AVX_VNNI', '-DBDS_EMULATE_VNNI', 'src/kernels/x86/kernels_avxvnni.c'];

test("the convolution of VNNI, emulated, gives the expected digest; two mutations of it don't", { skip: !avx2 && 'no AVX2 on this processor' }, () => {
  const emulated = checkWith(vnni);
  assert.equal(emulated.status, 0);
  assert.equal(emulated.digest, expected);
  const spoiled = checkWith(vnni, { file: 'src/kernels/x86/vnni.h', from: '_mm256_set1_epi8((char)128)', to: '_mm256_set1_epi8((char)127)' });
  assert.deepEqual(disagreeing(spoiled), ['gemm', 'gemm_wide', 'conv_windows', 'conv_deep', 'conv_columns']);
  const widened = checkWith(vnni, { file: 'src/kernels/x86/vnni.h', from: 'count && wide', to: 'count && !wide' });
  assert.ok(disagreeing(widened).includes('gemm_wide'));
});

test('a sum that is off by one here and there', () => {
  const spoiled = check({ file: 'src/kernels/ref/conv.c', from: 'x[i] * *w++', to: 'x[i] * *w++ + (i & 1)' });
  assert.ok(changed(spoiled).includes('gemm_s16'));
});

test('a window one column too far to the left', () => {
  const spoiled = check({ file: 'src/kernels/ref/window.c', from: '- w->pad_left', to: '- w->pad_left - 1' });
  for (const name of ['conv_windows', 'depthwise_windows']) assert.ok(noticed(spoiled).includes(name), `${name} is noticed`);
});

test('one constant of each of the other kernels', () => {
  const spoiled = check(
    { file: 'src/requant.h', from: 'x & 255', to: 'x & 254' }, // table_wide
    { file: 'src/kernels/ref/resize.c', from: 'sum, 20)', to: 'sum - 1, 20)' },
    { file: 'src/kernels/ref/normalise.c', from: '* 256 - m.part', to: '* 256' },
    { file: 'src/kernels/ref/view.c', from: 'v->stride[d] == w.stride[last] * (int64_t)w.count[last]', to: 'v->stride[d] != 3' },
    { file: 'src/kernels/ref/arg_max.c', from: '> bds_load', to: '>= bds_load' },
  );
  assert.deepEqual(changed(spoiled), ['table_wide', 'view', 'resize', 'normalise', 'arg_max']);
});
