// The boards: presets of CMakePresets.json that an emulator runs, how it is started, and the plugin that counts in it.
import { existsSync, mkdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { build, buildDir } from '../build.mjs';
import { run } from '../process.mjs';
import { root, SetupError } from '../setup.mjs';

/**
 * @typedef {object} Board
 * @property {string} name the preset's
 * @property {string} title
 * @property {string} tools prefix of the compiler's programs
 * @property {{ code: number, data: number }} memory bytes
 */

/** tests/mcu/riscv/memory.ld: code and data share one memory. */
const virt = { code: 8 * 2 ** 20, data: 8 * 2 ** 20 };

/** Bytes of "4M", "256K". @param {string} text */
const bytesOf = (text) => parseInt(text, 10) * ({ K: 2 ** 10, M: 2 ** 20, G: 2 ** 30 }[text.at(-1) ?? ''] ?? 1);

/** All boards, in the presets' order. @returns {Board[]} */
export function boards() {
  const { configurePresets } = JSON.parse(readFileSync(join(root, 'CMakePresets.json'), 'utf8'));
  return configurePresets.flatMap((/** @type {any} */ { name, displayName, toolchainFile, cacheVariables }) => {
    if (toolchainFile === 'cmake/riscv32.cmake') return [{ name, title: displayName, tools: 'riscv64-unknown-elf-', memory: virt }];
    if (toolchainFile !== 'cmake/cortexm.cmake') return [];
    const [, code, , data] = (cacheVariables.BEDSIDE_MEMORY ?? '0 4M 0 4M').split(' ').map(bytesOf);
    return [{ name, title: displayName, tools: 'arm-none-eabi-', memory: { code, data } }];
  });
}

/**
 * The command that runs a program on a board, as CTest knows it, without the program.
 * @param {Board} board
 * @returns {Promise<string[]>}
 */
export async function emulator({ name }) {
  await build([name], { targets: ['board_check'], quiet: true });
  const { code, output } = await run('ctest', ['--test-dir', buildDir(name), '--show-only=json-v1']);
  const check = code === 0 && JSON.parse(output).tests.find((/** @type {any} */ test) => test.name === 'board_check');
  if (!check?.command) throw new SetupError(`CTest does not say how to run a program on ${name}:\n${output}`);
  return check.command.slice(0, -1);
}

/**
 * The plugin for an emulator, built when it is older than its source.
 * @param {string} qemu
 */
export async function plugin(qemu) {
  const { output } = await run(qemu, ['--version']);
  const version = Number(/version (\d+)/.exec(output)?.[1]);
  if (!version) throw new SetupError(`${qemu} does not run:\n${output}`);
  const api = version >= 9 ? 2 : 1; // what the versions up to 8, and those from 9 on, take
  const [source, target] = [join(root, 'tests/mcu/count.c'), join(root, `build/mcu/count-${api}.so`)];
  if (existsSync(target) && statSync(target).mtimeMs > statSync(source).mtimeMs) return target;
  mkdirSync(dirname(target), { recursive: true });
  const built = await run('cc', ['-O2', '-shared', '-fPIC', `-DAPI=${api}`, source, '-o', target]);
  if (built.code !== 0) throw new SetupError(`The plugin that counts could not be built:\n${built.output}`);
  return target;
}
