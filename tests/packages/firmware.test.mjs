// docs/firmware.md: that its function gives the same digest everywhere, and that its table of switches says what is measured.
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { writeAmalgamation } from '../../scripts/amalgamate.mjs';
import { documented, figures, rows, WRITE } from '../../scripts/amalgamation/size-table.mjs';
import { sizes } from '../../scripts/amalgamation/sizes.mjs';
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

test('its table names every switch, and its figures are those of this source', { skip: missing('arm-none-eabi-gcc') }, async () => {
  assert.deepEqual(rows.flatMap(({ set }) => (set.length === 1 ? set : [])).sort(), switches.map(({ name }) => name).filter((name) => name !== 'BDS_WITH_DECODE').sort());
  assert.ok(text.includes('`BDS_WITH_DECODE`'));
  const there = documented();
  assert.deepEqual([...there.keys()], rows.map(({ name }) => name), `run ${WRITE}`);
  figures(await sizes(rows.map(({ set }) => set))).forEach((measured, i) => {
    const stated = there.get(rows[i].name) ?? [];
    measured.forEach((bytes, k) => {
      // Compilers differ a little, and of small differences a few bytes are much.
      const near = Number.isNaN(bytes) ? Number.isNaN(stated[k]) : Math.abs(bytes - stated[k]) <= Math.max(0.03 * Math.abs(bytes), 64);
      assert.ok(near, `docs/firmware.md says ${stated[k]} bytes of "${rows[i].name}", column ${k + 1}; measured are ${bytes}. Run ${WRITE}`);
    });
  });
});
