// One network on one target: built, run, read.
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { build, buildDir } from '../build.mjs';
import { run } from '../process.mjs';
import { root, SetupError } from '../setup.mjs';
import { forbiddenIn, sizesOf } from './sizes.mjs';

/** A network does not fit a board; its message says what is wanted. */
export class DoesNotFit extends Error {}

/** What the runtime may take from the compiler's libraries: memory functions and integer helpers, by their files. */
export const allowedForeign = /^lib(c|c_nano|gcc)\.a\((lib[a-z_]*_a-|libc_)*(mem(cpy|move|set|cmp)[\w.-]*|strlen|_?aeabi_mem\w*|_?aeabi_u?ldivmod|_?(aeabi_)?l(mul|lsl|lsr|asr|cmp)|_?bpabi|_?dvmd_tls|_?u?divmod\w*|_?u?(div|mod)[sd]i[34]|_?(mul|ashl|ashr|lshr|clz|ctz|popcount|bswap)[sd]i[23]|_?clz|_?thumb1_case\w*|save-restore)\.(o|S\.o|c\.o|obj)\)$/i;

/**
 * What the program printed.
 * @typedef {{ arena: number, stack: number, digest: string }} Printed
 * @param {string} text @param {number} code @param {string} where
 * @returns {Printed}
 */
function printed(text, code, where) {
  const number = (/** @type {string} */ name) => Number(new RegExp(`^${name} (\\d+)$`, 'm').exec(text)?.[1] ?? NaN);
  const digest = /^digest ([0-9a-f]{64})$/m.exec(text)?.[1];
  const [arena, stack] = [number('arena'), number('stack')];
  if (code !== 0 || !digest || Number.isNaN(arena + stack)) throw new SetupError(`${where} ended with code ${code}:\n${text}`);
  return { arena, stack, digest };
}

/**
 * What the plugin counted.
 * @typedef {{ stretches: number[], functions: Record<string, number> }} Counts
 * @param {string} text
 * @returns {Counts}
 */
function counts(text) {
  if (!text.endsWith('\ndone\n')) throw new SetupError(`The counts are worthless: ${text.trim().split('\n').at(-1)}`);
  return {
    stretches: Array.from(text.matchAll(/^stretch (\d+)$/gm), ([, n]) => Number(n)),
    functions: Object.fromEntries(Array.from(text.matchAll(/^function (\d+) (\S+)$/gm), ([, n, name]) => [name, Number(n)])),
  };
}

/** @param {string} preset @param {string} target */
export const programOf = (preset, target) => join(buildDir(preset), 'tests/mcu', target);

/** The digest on this machine. @param {string} target */
export async function runNative(target) {
  await build(['native'], { targets: [target], quiet: true });
  const { code, output } = await run(programOf('native', target), []);
  return printed(output, code, `${target} on this machine`);
}

/** Builds a program for a board; throws DoesNotFit. @param {import('./boards.mjs').Board} board @param {string} target */
export async function buildFor({ name, memory }, target) {
  try {
    await build([name], { targets: [target], quiet: true });
  } catch (e) {
    const text = e instanceof Error ? e.message : '';
    const over = Array.from(text.matchAll(/region .(CODE|DATA|RAM)' overflowed by (\d+) bytes/g), ([, region, bytes]) => {
      const [there, what] = region === 'CODE' ? [memory.code, 'memory for code'] : [memory.data, region === 'RAM' ? 'memory' : 'memory for data'];
      return `wants ${there + Number(bytes)} bytes of ${what}, there are ${there}`;
    });
    if (/too little left for the stack/.test(text)) over.push(`leaves too little of ${memory.data} bytes for the stack`);
    if (over.length > 0) throw new DoesNotFit(over.join('; '));
    throw e;
  }
}

/** How a board is emulated: the command that runs a program there, and the plugin. @typedef {{ command: string[], plugin: string }} Emulated */

/**
 * Runs a program on a board and counts.
 * @param {import('./boards.mjs').Board} board
 * @param {Emulated} emulated
 * @param {string} target
 */
export async function runOn(board, { command, plugin }, target) {
  const folder = join(root, 'build/mcu');
  mkdirSync(folder, { recursive: true });
  const out = join(folder, `${board.name}-${target}.txt`);
  rmSync(out, { force: true });
  const args = [...command.slice(1, -1), '-plugin', `${plugin},out=${out}`, ...command.slice(-1), `${programOf(board.name, target)}.elf`];
  const { code, output } = await run(command[0], args, { limit: 600 });
  if (!existsSync(out)) throw new SetupError(`${target} on ${board.name} ended with code ${code} and nothing was counted:\n${output}`);
  return { code, output, ...counts(readFileSync(out, 'utf8')) };
}

/**
 * Runs a network's firmware, built before, on a board, twice.
 * @param {import('./boards.mjs').Board} board
 * @param {Emulated} emulated
 * @param {string} id
 */
export async function measure(board, emulated, id) {
  const target = `network_${id}`;
  const once = async () => {
    const { code, output, stretches, functions } = await runOn(board, emulated, target);
    return { ...printed(output, code, `${target} on ${board.name}`), stretches, functions };
  };
  const [ran, again] = [await once(), await once()];
  if (JSON.stringify(ran) !== JSON.stringify(again)) throw new SetupError(`${target} on ${board.name}: the second run differs from the first`);
  const { bytes, foreign } = sizesOf(readFileSync(`${programOf(board.name, target)}.map`, 'utf8'), id);
  const symbols = await run(`${board.tools}nm`, [`${programOf(board.name, target)}.elf`]);
  return { ...ran, text: bytes.runtime, flash: bytes.runtime + bytes.network, foreign, forbidden: forbiddenIn(symbols.output) };
}
