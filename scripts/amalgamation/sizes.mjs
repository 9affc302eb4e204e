// What each switch of the one file takes away from a firmware on a Cortex-M4, in bytes of code and constants.
//
//     node scripts/amalgamation/sizes.mjs              the table of docs/firmware.md
//     node scripts/amalgamation/sizes.mjs --write      writes it there
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { writeAmalgamation } from '../amalgamate.mjs';
import { build, buildDir } from '../build.mjs';
import { parallel, run } from '../process.mjs';
import { isEntry, main, root, SetupError, UsageError } from '../setup.mjs';
import { rows, table, writeTable } from './size-table.mjs';

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

const flags = ['-mcpu=cortex-m4', '-mthumb', '-mfloat-abi=soft', '-std=c11', '-Os', '-ffunction-sections', '-fdata-sections'];
const link = ['-nostartfiles', '--specs=nano.specs', '-Wl,-e,main'];

/**
 * Bytes of a firmware without weights and tables of the network: for a network in C and for one in a file, where the linker drops what is
 * unused and where it keeps all. NaN: there is no such firmware.
 * @typedef {{ network: number, file: number, networkKept: number, fileKept: number }} Sizes
 */

/** @param {string} command @param {string[]} args */
async function succeed(command, args) {
  const { code, output } = await run(command, args);
  if (code !== 0) throw new SetupError(output);
  return output;
}

/** @param {string[]} objects @param {string} image @param {string[]} [more] */
async function linked(objects, image, more = []) {
  await succeed('arm-none-eabi-gcc', [...flags, ...link, ...more, ...objects, '-o', image]);
  const data = /^\S+ (\S+) r data$/m.exec(await succeed('arm-none-eabi-nm', ['-S', '--defined-only', image]))?.[1] ?? '0'; // the network's weights and tables
  return Number(/^\s*(\d+)/.exec((await succeed('arm-none-eabi-size', [image])).split('\n')[1])?.[1]) - parseInt(data, 16);
}

/** @param {string[][]} sets of names to define @returns {Promise<Sizes[]>} */
export async function sizes(sets) {
  const folder = mkdtempSync(join(tmpdir(), 'bedside-sizes-'));
  try {
    writeAmalgamation(folder);
    await succeed(join(buildDir('native'), 'bedside'), ['export-c', join(root, 'models/arrhythmia/arrhythmia.bds'), '-o', folder, '--name', 'arrhythmia']);
    for (const [name, text] of Object.entries(programs)) {
      writeFileSync(join(folder, `${name}.c`), text);
      writeFileSync(join(folder, `${name}-rest.c`), rest[/** @type {keyof typeof rest} */ (name)]);
    }
    return await parallel(sets.map((set, i) => ({ set, i })), async ({ set, i }) => {
      const object = async (/** @type {string} */ name) => {
        const out = join(folder, `${name}-${i}.o`);
        await succeed('arm-none-eabi-gcc', [...flags, ...set.map((one) => `-D${one}`), '-c', join(folder, `${name}.c`), '-o', out]);
        return out;
      };
      const runtime = await object('bedside');
      const both = async (/** @type {string[]} */ ...names) => {
        const objects = [runtime];
        for (const name of names) objects.push(await object(name));
        return [await linked(objects, join(folder, `${names[0]}-${i}.elf`), ['-Wl,--gc-sections']), await linked(objects, join(folder, `${names[0]}-${i}-all.elf`))];
      };
      const [network, networkKept] = await both('network', 'network-rest', 'arrhythmia');
      const [file, fileKept] = set.includes('BDS_NO_LOADER') ? [NaN, NaN] : await both('file', 'file-rest');
      return { network, file, networkKept, fileKept };
    });
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** The version of the compiler that they are measured with. */
async function compiler() {
  return /\) (\S+)/.exec(await succeed('arm-none-eabi-gcc', ['--version']))?.[1] ?? 'of an unknown version';
}

if (isEntry(import.meta.url)) {
  await main(async () => {
    const args = process.argv.slice(2);
    if (args.length > 1 || (args.length === 1 && args[0] !== '--write')) throw new UsageError('usage: node scripts/amalgamation/sizes.mjs [--write]');
    await build(['native'], { targets: ['bedside_cli'], quiet: true });
    const text = table(await sizes(rows.map(({ set }) => set)), await compiler());
    if (args.length > 0) writeTable(text);
    else console.log(text);
  });
}
