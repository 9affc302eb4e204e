// The C compilers of this machine that firmware is built with, for the tests of what firmware takes.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { root, which } from '../../scripts/setup.mjs';
import { environment } from '../../scripts/build.mjs';

/** Warnings that our own sources are clean under, and more than most firmware asks for. */
export const strict = ['-std=c11', '-Wall', '-Wextra', '-Wpedantic', '-Wconversion', '-Wshadow', '-Wstrict-prototypes', '-Wmissing-prototypes', '-Werror'];
/** How firmware is compiled and linked. */
export const sections = ['-ffunction-sections', '-fdata-sections'];

/** @param {string} core */
const cortex = (core) => ({ name: core, command: 'arm-none-eabi-gcc', flags: [`-mcpu=${core}`, '-mthumb', '-mfloat-abi=soft'] });

/** @type {{ name: string, command: string, flags: string[] }[]} */
export const toolchains = [
  { name: 'gcc', command: 'gcc', flags: [] },
  { name: 'clang', command: 'clang-19', flags: [] },
  ...['cortex-m0plus', 'cortex-m3', 'cortex-m4', 'cortex-m7', 'cortex-m33', 'cortex-m55'].map(cortex),
  // GCC knows Helium only where there may be floating point; of the core without it the vectors of integers are left.
  { name: 'cortex-m55 with Helium', command: 'arm-none-eabi-gcc', flags: ['-mcpu=cortex-m55+nofp', '-mthumb', '-mfloat-abi=softfp'] },
  { name: 'rv32imac', command: 'riscv64-unknown-elf-gcc', flags: ['-march=rv32imac', '-mabi=ilp32', '--specs=picolibc.specs'] },
  { name: 'wasm32', command: 'clang-19', flags: ['--target=wasm32', '-isystem', join(root, 'wasm/libc')] },
  { name: 'emscripten', command: 'emcc', flags: [] },
];

/** The compiler's flags by name. @param {string} name */
export const toolchain = (name) => /** @type {typeof toolchains[0]} */ (toolchains.find((one) => one.name === name));

const semihosting = '-display none -monitor none -serial none -chardev stdio,id=text,signal=off -semihosting-config enable=on,target=native,chardev=text -kernel'.split(' ');
const armBoard = ['cortexm/startup.c', 'semihosting.c'].map((name) => `tests/mcu/${name}`);
/** What a Cortex-M image is linked with; paths are from the root. @param {Record<string, string>} memory where it has some */
const armLink = (memory = { code_origin: '0', code_length: '4M', data_origin: '0x20000000', data_length: '4M' }) =>
  [...armBoard, '-nostartfiles', '--specs=nano.specs', '-Wl,--gc-sections', '-T', 'tests/mcu/cortexm/memory.ld', ...Object.entries({ ...memory, stack_least: '64K' }).map(([name, value]) => `-Wl,--defsym=board_${name}=${value}`)];

/** Boards that are emulated: how an image is compiled and linked, and what runs it. */
export const firmware = [
  { ...toolchain('cortex-m3'), link: armLink(), emulator: ['qemu-system-arm', '-machine', 'mps2-an385', ...semihosting] },
  { ...toolchain('cortex-m4'), link: armLink(), emulator: ['qemu-system-arm', '-machine', 'mps2-an386', ...semihosting] },
  {
    ...toolchain('cortex-m55 with Helium'),
    link: armLink({ code_origin: '0', code_length: '512K', data_origin: '0x31000000', data_length: '4M' }),
    emulator: ['qemu-system-arm', '-machine', 'mps3-an547', ...semihosting],
  },
  {
    ...toolchain('rv32imac'),
    flags: [...toolchain('rv32imac').flags, '-mcmodel=medany'],
    link: ['tests/mcu/riscv/start.S', 'tests/mcu/semihosting.c', '-Wa,-march=rv32imac_zicsr', '-nostartfiles', '-Wl,--gc-sections', '-Wl,--no-warn-rwx-segments', '-T', 'tests/mcu/riscv/memory.ld'],
    emulator: ['qemu-system-riscv32', '-machine', 'virt', '-bios', 'none', ...semihosting],
  },
];

/** For `test(name, { skip: missing(...) }, ...)`. @param {...string} commands */
export const missing = (...commands) => {
  const absent = commands.filter((command) => !which(command));
  return absent.length > 0 ? `no ${absent.join(', ')} on this machine` : false;
};

/**
 * Runs a command that must succeed; what it printed.
 * @param {string} command @param {string[]} args @param {{ cwd?: string }} [options]
 */
export function succeed(command, args, { cwd = root } = {}) {
  const { status, stdout, stderr, error } = spawnSync(command, args, { cwd, encoding: 'utf8', env: environment(), maxBuffer: 2 ** 26 });
  if (error) throw error;
  assert.equal(status, 0, `${command} ${args.join(' ')}\n${stdout}${stderr}`);
  return stdout;
}
