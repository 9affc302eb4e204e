// docs/firmware.md: that its function gives the same digest everywhere, and that the switches take away what it says.
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { writeAmalgamation } from '../../scripts/amalgamate.mjs';
import { documented, sizes } from '../../scripts/amalgamation/sizes.mjs';
import { switches } from '../../scripts/amalgamation/switches.mjs';
import { root } from '../../scripts/setup.mjs';
import { program } from '../node/program.mjs';
import { firmware, missing, sections, succeed, toolchain } from './toolchains.mjs';

const folder = mkdtempSync(join(tmpdir(), 'bedside-firmware-'));
after(() => rmSync(folder, { recursive: true }));
writeAmalgamation(folder);
const text = readFileSync(join(root, 'docs/firmware.md'), 'utf8');
const [example] = Array.from(text.matchAll(/^```c\n(static bds_status digest_of[^]*?)^```$/gm), ([, code]) => code);

program('export-c', join(root, 'models/arrhythmia/arrhythmia.bds'), '-o', folder);
writeFileSync(join(folder, 'main.c'), `#include "board.h"
#include "arrhythmia.h"
BDS_NETWORK_ARENA(static, arena, ARRHYTHMIA_ARENA_BYTES);
${example}
int main(void)
{
    bds_plan *plan;
    uint8_t digest[32];
    char line[65] = {0};
    if (bds_network_plan(&plan, &arrhythmia, arena, sizeof arena) != BDS_OK || digest_of(plan, digest) != BDS_OK)
        return 1;
    for (int i = 0; i < 64; i++)
        line[i] = "0123456789abcdef"[digest[i / 2] >> (i % 2 ? 0 : 4) & 15];
    board_puts(line);
    return 0;
}
`);

/** Builds and runs it. @param {{ name: string, command: string, flags: string[] }} compiler @param {string[]} link @param {string[]} [emulator] */
function digest({ name, command, flags }, link, emulator = []) {
  const image = join(folder, name);
  succeed(command, [...flags, '-std=c11', '-O2', '-Wall', '-Wextra', '-Werror', ...sections, '-Itests/mcu', `-I${folder}`, join(folder, 'main.c'), join(folder, 'arrhythmia.c'), join(folder, 'bedside.c'), ...link, '-o', image]);
  const [run, ...args] = [...emulator, image];
  return succeed(run, args).trim();
}

test('the digest is the computer\'s, on every board', { skip: missing('gcc') }, (t) => {
  const here = digest(toolchain('gcc'), ['tests/mcu/host/board.c']);
  assert.match(here, /^[0-9a-f]{64}$/);
  for (const board of firmware) {
    const absent = missing(board.command, board.emulator[0]);
    if (absent) t.diagnostic(`${board.name}: ${absent}`);
    else assert.equal(digest(board, board.link, board.emulator), here, board.name);
  }
});

test('it names every switch, and each takes away about what it says', { skip: missing('arm-none-eabi-gcc') }, async () => {
  const rows = documented();
  assert.deepEqual([...rows.keys()].sort(), switches.map(({ name }) => name).filter((name) => name !== 'BDS_WITH_DECODE').sort());
  assert.ok(text.includes('`BDS_WITH_DECODE`'));
  const wanted = [...rows].filter(([, bytes]) => bytes.some((n) => n >= 50)); // less is chance
  const [all, ...without] = await sizes([[], ...wanted.map(([name]) => [name])]);
  wanted.forEach(([name, [network, file]], i) => {
    assert.ok(network < 50 || all.network - without[i].network > network / 2, `${name}: ${all.network - without[i].network} bytes of a network, not ${network}`);
    assert.ok(file < 50 || all.file - without[i].file > file / 2, `${name}: ${all.file - without[i].file} bytes of a file, not ${file}`);
  });
});
