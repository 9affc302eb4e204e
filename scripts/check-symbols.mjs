// What the runtime takes from outside: memory functions and the compiler's own integer helpers, nothing else. No allocation, no
// stdio, no libm, no floating point, and on a board no writable data. It looks at the built
// libraries. (On 64-bit ARM only Linux knows which instructions there are, and the C library hands it on: getauxval.)
//
//     node scripts/check-symbols.mjs
import { join } from 'node:path';
import { build, buildDir } from './build.mjs';
import { run } from './process.mjs';
import { isEntry, main } from './setup.mjs';

const memory = /^(memcpy|memset|memmove|memcmp|strlen)$/;
/** Integer helpers of libgcc and compiler-rt; their floating-point sisters (aeabi_f*, aeabi_d*, __addsf3 ...) are not here. */
const helpers = /^__(aeabi_(u?idiv(mod)?|u?ldivmod|lmul|llsl|llsr|lasr|u?lcmp|mem(cpy|move|set|clr)[48]?)|(u?div|u?mod|mul|ashl|ashr|lshr|u?cmp)[sd]i[34]|(clz|ctz|popcount|bswap)[sd]i2|gnu_thumb1_case_.*)$/;
/** What a hosted compiler adds by itself: position-independent code, stack protection, CPU detection, sanitizers. */
const hosted = /^(_GLOBAL_OFFSET_TABLE_|__stack_chk_fail|__cpu_model|__cpu_indicator_init)$/;

/** What the picture decoder takes from the runtime beside it. */
const runtime = /^bds_/;

/** Writable data is looked for where no sanitizer or thread support adds any; the decoder's one variable is told in decode.c. */
const libraries = [
  { preset: 'native', file: 'libbedside.a', nm: 'nm', allowed: [memory, helpers, hosted], writable: true },
  { preset: 'native', file: 'libbedside_decode.a', nm: 'nm', allowed: [memory, helpers, hosted, runtime, /^abs$/], writable: true },
  { preset: 'aarch64', file: 'libbedside.a', nm: 'aarch64-linux-gnu-nm', allowed: [memory, helpers, hosted, /^getauxval$/], writable: true },
  { preset: 'cortex-m4', file: 'libbedside.a', nm: 'arm-none-eabi-nm', allowed: [memory, helpers], writable: false },
];

/**
 * Builds the libraries and looks at each.
 * @returns {Promise<{ checked: number, wrong: string[] }>}
 */
export async function checkSymbols() {
  /** @type {string[]} */
  const wrong = [];
  for (const { preset, file, nm, allowed, writable } of libraries) {
    await build([preset], { targets: [file], quiet: true });
    const { code, output } = await run(nm, ['-A', join(buildDir(preset), file)]);
    if (code !== 0) {
      wrong.push(`${preset}: ${output}`);
      continue;
    }
    const symbols = Array.from(output.matchAll(/^.*:([^:]+):[0-9a-f ]* ([A-Za-z]) (\S+)$/gm), ([, object, kind, name]) => ({ object, kind, name }));
    const defined = new Set(symbols.filter(({ kind }) => !/[Uwv]/.test(kind)).map(({ name }) => name));
    if (defined.size === 0) wrong.push(`${preset}: ${file} defines nothing`);
    for (const { object, kind, name } of symbols) {
      if (/[Uwv]/.test(kind)) {
        if (!defined.has(name) && !allowed.some((pattern) => pattern.test(name))) wrong.push(`${preset}: ${file}, ${object} uses ${name}`);
      } else if (!writable && /[BbDdCSsGg]/.test(kind)) {
        wrong.push(`${preset}: ${object} has writable data: ${name}`);
      }
    }
  }
  return { checked: libraries.length, wrong };
}

if (isEntry(import.meta.url)) {
  await main(async () => {
    const { checked, wrong } = await checkSymbols();
    for (const line of wrong) console.error(line);
    console.log(`${checked} libraries, ${wrong.length} symbols that must not be there`);
    process.exitCode = wrong.length > 0 ? 1 : 0;
  });
}
