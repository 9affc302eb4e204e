// What each switch of the one file takes away from a firmware on a Cortex-M4, in bytes of code and constants.
//
//     node scripts/amalgamation/sizes.mjs      the table of docs/firmware.md
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { writeAmalgamation } from '../amalgamate.mjs';
import { build, buildDir } from '../build.mjs';
import { parallel, run } from '../process.mjs';
import { isEntry, main, root, SetupError } from '../setup.mjs';
import { switches } from './switches.mjs';

/** The end of both programs: one inference and its findings. */
const infer = `
    for (unsigned i = 0; i < 2 && status == BDS_OK; i++) {
        status = bds_input(plan, i, &input);
        ((signed char *)input.data)[0] = 1;
    }
    if (status == BDS_OK)
        status = bds_run(plan);
    return status == BDS_OK ? bds_result(plan, findings, &count, &verdict) : status;
}
`;
const locals = `
bds_finding findings[3];
bds_verdict verdict;
int main(void)
{
    bds_plan *plan;
    bds_tensor input;
    size_t count = 3;
`;
/** @type {Record<string, string>} */
const programs = {
  network: `#include "arrhythmia.h"
BDS_NETWORK_ARENA(static, arena, ARRHYTHMIA_ARENA_BYTES);${locals}
    bds_status status = bds_network_plan(&plan, &arrhythmia, arena, sizeof arena);${infer}`,
  file: `#include "bedside.h"
extern const unsigned char file[];
BDS_NETWORK_ARENA(static, arena, 16384);${locals}
    bds_model model;
    bds_status status = bds_model_open(&model, file, 8192);
    if (status == BDS_OK)
        status = bds_plan_create(&plan, &model, NULL, arena, sizeof arena);${infer}`,
};
/** Where the file would lie, and what an operating system would have. */
const rest = { network: 'void _exit(int code) { (void)code; for (;;); }', file: 'const unsigned char file[1] = {0};\nvoid _exit(int code) { (void)code; for (;;); }' };

const flags = ['-mcpu=cortex-m4', '-mthumb', '-mfloat-abi=soft', '-std=c11', '-Os', '-ffunction-sections', '-fdata-sections', '-nostartfiles', '--specs=nano.specs', '-Wl,-e,main'];

/**
 * Bytes without weights and tables of the network: of a firmware with each set of definitions, for a network in C and for one in a file.
 * @param {string[][]} sets of names to define
 * @param {boolean} drop whether the linker drops what is unused
 * @returns {Promise<{ network: number, file: number }[]>}
 */
export async function sizes(sets, drop = true) {
  const folder = mkdtempSync(join(tmpdir(), 'bedside-sizes-'));
  try {
    writeAmalgamation(folder);
    const { code, output } = await run(join(buildDir('native'), 'bedside'), ['export-c', join(root, 'models/arrhythmia/arrhythmia.bds'), '-o', folder, '--name', 'arrhythmia']);
    if (code !== 0) throw new SetupError(output);
    for (const [name, text] of Object.entries(programs)) {
      writeFileSync(join(folder, `${name}.c`), text);
      writeFileSync(join(folder, `${name}-rest.c`), rest[/** @type {keyof typeof rest} */ (name)]);
    }
    const jobs = sets.flatMap((set, i) => Object.keys(programs).map((name) => ({ set, i, name })));
    /** @type {{ network: number, file: number }[]} */
    const found = sets.map(() => ({ network: NaN, file: NaN }));
    await parallel(jobs, async ({ set, i, name }) => {
      if (name === 'file' && set.includes('BDS_NO_LOADER')) return;
      const image = join(folder, `${name}-${i}.elf`);
      const sources = ['bedside.c', `${name}.c`, `${name}-rest.c`, ...(name === 'network' ? ['arrhythmia.c'] : [])].map((source) => join(folder, source));
      const linked = await run('arm-none-eabi-gcc', [...flags, ...(drop ? ['-Wl,--gc-sections'] : []), ...set.map((one) => `-D${one}`), ...sources, '-o', image]);
      if (linked.code !== 0) throw new SetupError(linked.output);
      const { output: text } = await run('arm-none-eabi-nm', ['-S', '--defined-only', image]);
      const { output: sections } = await run('arm-none-eabi-size', [image]);
      const data = /^\S+ (\S+) r data$/m.exec(text)?.[1] ?? '0'; // the network's weights and tables
      found[i][/** @type {'network' | 'file'} */ (name)] = Number(/^\s*(\d+)/.exec(sections.split('\n')[1])?.[1]) - parseInt(data, 16);
    });
    return found;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Rows of docs/firmware.md: what a firmware loses by a switch. @returns {Map<string, number[]>} name to bytes: network, file */
export function documented() {
  const text = readFileSync(join(root, 'docs/firmware.md'), 'utf8');
  const number = (/** @type {string} */ cell) => (cell === '-' ? NaN : Number(cell.replaceAll(',', '')));
  return new Map(Array.from(text.matchAll(/^\| `(BDS_\w+)` \|[^|]*\| ([\d,-]+) \| ([\d,-]+) \|/gm), ([, name, network, file]) => [name, [number(network), number(file)]]));
}

if (isEntry(import.meta.url)) {
  await main(async () => {
    await build(['native'], { targets: ['bedside_cli'], quiet: true });
    const names = switches.filter(({ name }) => name !== 'BDS_WITH_DECODE').map(({ name }) => [name]);
    const smallest = ['BDS_NO_ENTROPY', 'BDS_NO_SEQUENCES', 'BDS_NO_OBSERVER', 'BDS_NO_PARTS'];
    const sets = [[], ...names, smallest];
    const [dropped, kept] = [await sizes(sets), await sizes(sets, false)];
    const grouped = (/** @type {number} */ n) => (Number.isNaN(n) ? '-' : n.toLocaleString('en'));
    sets.forEach((set, i) => {
      const loss = (/** @type {typeof dropped} */ all, /** @type {'network' | 'file'} */ kind) => grouped(i === 0 || set.length > 1 ? all[i][kind] : all[0][kind] - all[i][kind]);
      console.log(`| \`${set.join(' ') || 'nothing'}\` | | ${loss(dropped, 'network')} | ${loss(dropped, 'file')} | ${loss(kept, 'network')} | ${loss(kept, 'file')} |`);
    });
  });
}
