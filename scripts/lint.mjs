// Style and static checks: clang-format, clang-tidy, ESLint, the TypeScript checker over the JavaScript's comments.
//
//     npm run lint                        all of them
//     node scripts/lint.mjs --format      writes what clang-format wants (npm run format)
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { build, buildDir, environment } from './build.mjs';
import { filesUnder, parallel, run } from './process.mjs';
import { isEntry, root } from './setup.mjs';

/** @typedef {{ name: string, problem: string }} Finding problem is empty when there is none */

/** @returns {Promise<Finding>} */
async function format() {
  const files = filesUnder(['src', 'wasm', 'tests', 'examples'], /\.[ch]$/);
  const { code, output } = await run('clang-format-19', ['--dry-run', '--Werror', ...files]);
  if (code === 0) return { name: 'clang-format', problem: '' };
  const places = new Set(Array.from(output.matchAll(/^(\S+?:\d+):\d+: error/gm), ([, place]) => place));
  return { name: 'clang-format', problem: places.size > 0 ? `${[...places].join('\n')}\nnpm run format mends these\n` : output };
}

/**
 * clang-tidy over every source of src/ and wasm/, each as its own target compiles it. A file whose text, headers and checks have
 * not changed since it was last found clean is not looked at again.
 * @returns {Promise<Finding>}
 */
async function tidy() {
  await build(['native'], { targets: ['libbedside.a'], quiet: true });
  const native = new Set(
    JSON.parse(readFileSync(join(buildDir('native'), 'compile_commands.json'), 'utf8')).map((/** @type {{ file: string }} */ { file }) => file),
  );
  const emscripten = await run('emcc', ['--cflags'], { env: environment() });
  const sysroot = /--sysroot=(\S+)/.exec(emscripten.output)?.[1] ?? '';
  const headers = filesUnder(['src', 'wasm', 'tests'], /\.h$/).map((path) => readFileSync(join(root, path), 'utf8'));
  const configuration = ['.clang-tidy', ...filesUnder(['src'], /\.clang-tidy$/), 'CMakeLists.txt'].map((path) => readFileSync(join(root, path), 'utf8'));
  const common = [...configuration, ...headers].join('\0');
  const clean = join(root, 'build/tidy');
  mkdirSync(clean, { recursive: true });

  const problems = await parallel(filesUnder(['src', 'wasm'], /\.c$/), async (path) => {
    const stamp = join(clean, createHash('sha256').update(`${path}\0${common}\0`).update(readFileSync(join(root, path))).digest('hex'));
    if (existsSync(stamp)) return '';
    const webAssembly = ['--', '--target=wasm32', '-msimd128', '-mrelaxed-simd', '-std=c11', `-isystem${sysroot}/include`, '-Isrc', '-Isrc/kernels'];
    const arm = ['--', '--target=aarch64-linux-gnu', '-std=c11', '-Isrc', '-Isrc/kernels'];
    const board = (/** @type {string[]} */ ...core) => ['--', ...core, '-ffreestanding', '-std=c11', '-Isrc', '-Isrc/kernels'];
    let how = ['-p', buildDir('native')];
    if (/^wasm\/|_(simd128|relaxed)\.c$/.test(path)) how = webAssembly;
    else if (/^src\/kernels\/arm\//.test(path)) how = arm;
    else if (/^src\/kernels\/mcu\/.*_mve\.c$/.test(path)) how = board('--target=thumbv8.1m.main-none-eabi', '-mcpu=cortex-m55', '-mfloat-abi=hard');
    else if (/^src\/kernels\/mcu\//.test(path)) how = board('--target=thumbv7em-none-eabi', '-mcpu=cortex-m4');
    else if (!native.has(join(root, path))) return `${path}: no target compiles this file\n`;
    const { code, output } = await run('clang-tidy-19', ['--quiet', path, ...how]);
    if (code === 0) {
      writeFileSync(stamp, '');
      return '';
    }
    return output.replace(/^\d+ warnings? .*\n|^Suppressed .*\n|^Use -header-filter.*\n/gm, '');
  });
  return { name: 'clang-tidy', problem: problems.join('') };
}

/** @returns {Promise<Finding>} */
async function eslint() {
  const { code, output } = await run(process.execPath, ['node_modules/eslint/bin/eslint.js', '--max-warnings=0', '.']);
  return { name: 'eslint', problem: code === 0 ? '' : output };
}

/** @returns {Promise<Finding>} */
async function types() {
  const { code, output } = await run(process.execPath, ['node_modules/typescript/bin/tsc', '-p', 'tsconfig.json']);
  return { name: 'tsc', problem: code === 0 ? '' : output };
}

/** Formats every C file in place. */
async function formatAll() {
  const { code, output } = await run('clang-format-19', ['-i', ...filesUnder(['src', 'wasm', 'tests', 'examples'], /\.[ch]$/)]);
  process.stderr.write(output);
  process.exitCode = code;
}

/** @returns {Promise<Finding[]>} */
export async function lint() {
  const findings = [];
  for (const check of [format, tidy, eslint, types]) findings.push(await check());
  return findings;
}

if (isEntry(import.meta.url) && process.argv[2] === '--format') await formatAll();
