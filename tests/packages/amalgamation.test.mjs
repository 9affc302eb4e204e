// The runtime in one file: what the script makes of C, that every compiler takes it without a word, with every switch, and that it
// computes the same bits.
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { amalgamate, writeAmalgamation } from '../../scripts/amalgamate.mjs';
import { scopeOf } from '../../scripts/amalgamation/scope.mjs';
import { switches } from '../../scripts/amalgamation/switches.mjs';
import { tokenise } from '../../scripts/amalgamation/tokens.mjs';
import { parallel, run } from '../../scripts/process.mjs';
import { root } from '../../scripts/setup.mjs';
import { prepare } from '../torch/prepare.mjs';
import { program } from '../node/program.mjs';
import { firmware, missing, sections, strict, succeed, toolchain, toolchains } from './toolchains.mjs';

const folder = mkdtempSync(join(tmpdir(), 'bedside-amalgamation-'));
after(() => rmSync(folder, { recursive: true }));
writeAmalgamation(folder);
const source = join(folder, 'bedside.c');
const stb = ['-isystem', '/usr/include/stb'];

test('names are told from text, members and commands', () => {
  const text = `#include "a.h"
#define take(x) /* take */ \\
    ((x)->take + place)
static const char *const place[] = {"take", 'p' == 'l' ? "place \\" take" : 0};
typedef struct walk { int place, take[2]; struct walk *next; unsigned walk : 3; int (*const call)(int place); place_t *pointer; } walk;
enum { FIRST = sizeof(walk), SECOND };
static int (*hook)(walk *), twice = 2;
// static int not_this;
#define define 1
static walk *find(walk *w)
{
    static int inner;
    walk place = {.take = {1}, .place = 0.5e+3f};
    return w->place > place.take[0] ? w->next : find(w + offsetof(walk, place) + inner);
}
int bds_shared(void);
`;
  const tokens = tokenise(text, 'a.c');
  assert.equal(tokens.map((token) => token.text).join(''), text, 'nothing is lost');
  const { own, foreign, uses } = scopeOf(tokens);
  assert.deepEqual(Object.fromEntries(own), { take: 'macro', define: 'macro', place: 'ordinary', walk: 'ordinary', FIRST: 'ordinary', SECOND: 'ordinary', hook: 'ordinary', twice: 'ordinary', find: 'ordinary' });
  assert.deepEqual([...foreign], ['bds_shared']);
  const count = (/** @type {string} */ name) => uses.filter((token) => token.text === name).length;
  assert.equal(count('take'), 1, 'the macro; not the members, comment and text');
  assert.equal(count('place'), 5, 'the table, in the macro, a parameter, a variable and its use; not the members');
  assert.equal(count('walk'), 9, 'not the bit-field');
  assert.equal(count('define'), 1, 'not the commands');
  assert.equal(count('call') + count('pointer') + count('next'), 0);
  assert.throws(() => tokenise("char c = 'x;\n", 'b.c'), /b\.c:1: not C/);
});

test('no name of a file means something in another', () => {
  const text = amalgamate()['bedside.c'];
  assert.match(text, /\bstatic int read_frame\(/, 'names that nobody else uses stay');
  assert.match(text, /\bjpeg_tables\b/, 'others get their file\'s in front');
  assert.equal(amalgamate()['bedside.c'], text, 'the same source gives the same bytes');
});

for (const { name, command, flags } of toolchains) {
  test(`${name} takes it without a warning`, { skip: missing(command) }, () => {
    succeed(command, [...flags, ...strict, ...sections, '-O2', '-c', source, '-o', join(folder, `${name}.o`)]);
    writeFileSync(join(folder, 'network.c'), '#include "bedside_network.h"\n');
    succeed(command, [...flags, ...strict, '-fsyntax-only', join(folder, 'network.c')]);
  });
}

test('bedside.h is C++, too, and C99', { skip: missing('g++', 'clang++-19') }, () => {
  const use = join(folder, 'use.cpp');
  writeFileSync(use, '#include "bedside.h"\nint main() { bds_model m; return bds_model_open(&m, nullptr, 0) == BDS_E_ARGUMENT ? 0 : 1; }\n');
  for (const command of ['g++', 'clang++-19']) for (const standard of ['c++11', 'c++17']) succeed(command, [`-std=${standard}`, '-Wall', '-Wextra', '-Wpedantic', '-Werror', '-fsyntax-only', use]);
  writeFileSync(join(folder, 'use.c'), '#include "bedside.h"\nint main(void);\n');
  succeed('gcc', ['-std=c99', '-Wall', '-Wextra', '-Wpedantic', '-Werror', '-fsyntax-only', join(folder, 'use.c')]);
  succeed('gcc', ['-c', '-O1', '-std=c11', source, '-o', join(folder, 'c.o')]);
  succeed('g++', [use, join(folder, 'c.o'), '-o', join(folder, 'use')]);
  succeed(join(folder, 'use'), []);
});

const defines = (/** @type {typeof switches} */ chosen) => [...chosen.map(({ name }) => `-D${name}`), ...(chosen.some(({ name }) => name === 'BDS_WITH_DECODE') ? stb : [])];

test('every combination of switches', { skip: missing('clang-19') }, async () => {
  const subsets = Array.from({ length: 1 << switches.length }, (_, subset) => switches.filter((_, i) => subset >> i & 1));
  const wrong = await parallel(subsets, async (chosen) => {
    const { code, output } = await run('clang-19', [...strict, ...defines(chosen), '-fsyntax-only', source]);
    return code === 0 ? '' : `${defines(chosen).join(' ')}:\n${output}`;
  });
  assert.equal(wrong.join(''), '');
});

test('each switch alone, and all of them, on a Cortex-M4', { skip: missing('arm-none-eabi-gcc') }, async () => {
  const { command, flags } = toolchain('cortex-m4');
  const forBoards = switches.filter(({ name }) => name !== 'BDS_WITH_DECODE'); // stb_image wants a hosted C library
  const wrong = await parallel([...forBoards.map((one) => [one]), forBoards], async (chosen) => {
    const object = join(folder, `${chosen.length > 1 ? 'all' : chosen[0].name}.o`);
    const { code, output } = await run(command, [...flags, ...strict, ...defines(chosen), '-Os', '-c', source, '-o', object]);
    return code === 0 ? '' : `${defines(chosen).join(' ')}:\n${output}`;
  });
  assert.equal(wrong.join(''), '');
  // Without a linker that drops what is unused, a switch must not leave behind who calls what it took away.
  for (const name of ['all', 'BDS_NO_LOADER', 'BDS_NO_ECG', 'BDS_NO_SEQUENCES']) {
    const undefinedNames = succeed('arm-none-eabi-nm', ['-u', join(folder, `${name}.o`)]).trim().split(/\s+U\s+|\n\s*U\s+|^U\s+/).filter(Boolean);
    assert.deepEqual(undefinedNames.filter((symbol) => !/^(mem(cpy|set|move|cmp)|strlen|__aeabi_u?(idiv|ldivmod)(mod)?|__aeabi_[lu]+(mul|lsl|lsr|asr))$/.test(symbol)), [], name);
  }
});

test('a file for boards opens without the decoder, others and other networks are refused', { skip: missing('gcc') }, () => {
  writeFileSync(join(folder, 'open.c'), `#include <stdio.h>
#include <stdlib.h>
#include "bedside.h"
int main(int argc, char **argv)
{
    FILE *file = fopen(argv[argc - 1], "rb");
    static _Alignas(16) unsigned char bytes[1 << 17];
    size_t n = file ? fread(bytes, 1, sizeof bytes, file) : 0, arena = 0;
    bds_model model;
    bds_plan *plan;
    bds_status status = bds_model_open(&model, bytes, n);
    if (status == BDS_OK)
        status = bds_plan_size(&model, NULL, &arena);
    if (status == BDS_OK)
        status = bds_plan_create(&plan, &model, NULL, malloc(arena), arena);
    puts(bds_status_name(status));
}
`);
  const compileFile = (/** @type {string} */ out, /** @type {string[]} */ ...args) => {
    program('compile', ...args, '-o', join(folder, out));
    return join(folder, out);
  };
  const beats = join(root, 'models/arrhythmia/arrhythmia.onnx');
  const files = [compileFile('raw.bds', beats, '--target', 'mcu'), compileFile('coded.bds', beats), compileFile('attention.bds', prepare('attention.script').network, '--target', 'mcu')];
  const opened = (/** @type {string[]} */ ...flags) => {
    succeed('gcc', ['-std=c11', '-O1', ...flags, join(folder, 'open.c'), source, '-o', join(folder, 'open')]);
    return files.map((file) => succeed(join(folder, 'open'), [file]).trim());
  };
  assert.deepEqual(opened(), ['BDS_OK', 'BDS_OK', 'BDS_OK']);
  assert.deepEqual(opened('-DBDS_NO_ENTROPY'), ['BDS_OK', 'BDS_E_UNSUPPORTED', 'BDS_OK']);
  assert.deepEqual(opened('-DBDS_NO_SEQUENCES'), ['BDS_OK', 'BDS_OK', 'BDS_E_UNSUPPORTED']);
});

/** The checker of the arithmetic and of a model, with the one file as its runtime. @param {{ name: string, command: string, flags: string[] }} compiler @param {string[]} link */
function check({ name, command, flags }, link) {
  const checked = join(folder, `parity-${name}`);
  const pack = join(folder, 'images16.bin');
  succeed(process.execPath, ['scripts/parity-inputs.mjs', '--drawn', pack]);
  const checker = ['board', 'model_check', 'kernels_check', 'kernels_check_wide', 'kernels_check_windows', 'kernels_check_more'].map((one) => `tests/parity/${one}.c`);
  succeed(command, [
    ...[...flags, '-std=c11', '-O2', ...sections, '-Wl,--gc-sections', '-Isrc', '-Itests/mcu', '-DPARITY_AREA_BYTES=2097152'],
    ...[`-DPARITY_MODEL="${join(root, 'models/pneumonia/pneumonia.bds')}"`, `-DPARITY_PACK="${pack}"`],
    ...[...checker, source, ...link, '-o', checked],
  ]);
  return checked;
}

/** @param {string} text what the checker printed */
function compare(text) {
  const expected = JSON.parse(readFileSync(join(root, 'tests/parity/digests.json'), 'utf8'));
  for (const [line, digest] of [['kernels', expected.kernels], ['windows', expected.windows], ['deep', expected.deep], ['model16', expected.pneumonia16]]) {
    assert.equal(new RegExp(`^${line} ([0-9a-f]{64})`, 'm').exec(text)?.[1], digest, `${line}\n${text}`);
  }
}

test('its bits are everybody\'s, on this machine', { skip: process.platform === 'linux' ? missing('gcc') : 'the model is built in with an ELF section' }, () => {
  compare(succeed(check(toolchain('gcc'), ['tests/mcu/host/board.c']), []));
});

for (const board of firmware) {
  test(`its bits are everybody's, on a ${board.name}`, { skip: missing(board.command, board.emulator[0]) }, () => {
    compare(succeed(board.emulator[0], [...board.emulator.slice(1), check(board, board.link)]));
  });
}
