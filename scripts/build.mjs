// Configures and builds presets of CMakePresets.json, each in build/<preset>, and puts the WebAssembly modules into web/dist/.
//
//     node scripts/build.mjs [PRESET...]      without a name: native, wasm-relaxed, wasm-simd, wasm-scalar
//
// One line per preset; a compiler's output appears only when it warns or fails. With nothing to do a preset costs milliseconds.
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { run } from './process.mjs';
import { isEntry, main, root, SetupError, which } from './setup.mjs';

/**
 * Presets whose results are modules that the web part loads, and how those are called there: bedside-simd.wasm and
 * bedside-compiler-simd.wasm. The compiler has no kernels of relaxed SIMD.
 * @type {Record<string, { kind: string, names: string[] }>}
 */
const modules = {
  'wasm-relaxed': { kind: 'relaxed', names: ['bedside'] },
  'wasm-simd': { kind: 'simd', names: ['bedside', 'bedside-compiler'] },
  'wasm-scalar': { kind: 'scalar', names: ['bedside', 'bedside-compiler'] },
};

/** The presets of `modules`, the fastest first. */
export const wasmPresets = Object.keys(modules);

/** The folder of a preset's build. @param {string} preset */
export const buildDir = (preset) => join(root, 'build', preset);

/** The environment for CMake and for the compilers that it runs. @returns {NodeJS.ProcessEnv} */
export function environment() {
  const env = { ...process.env };
  // Debian's Emscripten looks for its Node modules in NODE_PATH and says nothing of it; a user's own brings its modules along.
  if (existsSync('/usr/share/nodejs')) {
    env.NODE_PATH = [env.NODE_PATH, '/usr/share/nodejs'].filter(Boolean).join(delimiter);
  }
  return env;
}

/** @param {string} path */
const modified = (path) => statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;

/** Writes a file whole or not at all, and only when its bytes change. @param {string} path @param {Uint8Array} bytes */
function replace(path, bytes) {
  if (existsSync(path) && readFileSync(path).equals(bytes)) return;
  writeFileSync(`${path}.new`, bytes);
  renameSync(`${path}.new`, path);
}

/** What each module may ask its host for. @type {Record<string, string[]>} */
const imports = { bedside: [], 'bedside-compiler': ['host.progress'] };

/**
 * Looks at the modules that a preset built, and puts them into web/dist/ where they have a name there. A module that wants more of
 * its host than it may would fail in every browser, so it fails here.
 * @param {string} preset
 */
function publish(preset) {
  const { kind, names } = modules[preset] ?? { kind: '', names: [] };
  for (const [module, allowed] of Object.entries(imports)) {
    const path = join(buildDir(preset), `${module}.wasm`);
    if (!existsSync(path)) continue; // only some targets were asked for
    const bytes = readFileSync(path);
    const wrong = WebAssembly.Module.imports(new WebAssembly.Module(bytes)).map((i) => `${i.module}.${i.name}`).filter((name) => !allowed.includes(name));
    if (wrong.length > 0) throw new SetupError(`${preset}: ${module}.wasm must not import ${wrong.join(', ')}`);
    if (!names.includes(module)) continue;
    mkdirSync(join(root, 'web/dist'), { recursive: true });
    replace(join(root, 'web/dist', `${module}-${kind}.wasm`), bytes);
  }
}

/**
 * Builds presets one after the other.
 * @param {string[]} presets
 * @param {{ targets?: string[], quiet?: boolean }} [options] targets: only these; quiet: no line per preset
 */
export async function build(presets, { targets = [], quiet = false } = {}) {
  const env = environment();
  for (const preset of presets) {
    const begin = performance.now();
    const dir = buildDir(preset);
    const note = (/** @type {string} */ text) => quiet || process.stderr.write(text);
    note(`  build ${preset.padEnd(14)}`);

    let output = '';
    /** @param {string[]} args */
    const cmake = async (...args) => {
      const result = await run('cmake', args, { env });
      output += result.output;
      if (result.code !== 0) {
        note('failed\n');
        const worth = output.split('\n').filter((line) => !/^\[[ \d/%]+\] |^-- /.test(line));
        throw new SetupError(`${worth.join('\n').trim()}\n\nBuilding ${preset} failed.`);
      }
    };
    const ninja = which('ninja') !== null;
    const configured = Math.max(modified(join(dir, 'build.ninja')), modified(join(dir, 'Makefile')));
    if (configured <= modified(join(root, 'CMakePresets.json'))) {
      rmSync(join(dir, 'CMakeCache.txt'), { force: true }); // or the old preset's values would stay
      await cmake('--preset', preset, ...(ninja ? [] : ['-G', 'Unix Makefiles']));
    }
    await cmake('--build', dir, ...(ninja ? [] : ['-j2']), ...targets.flatMap((target) => ['--target', target]));
    if (preset.startsWith('wasm-')) publish(preset);
    note(`${((performance.now() - begin) / 1000).toFixed(1).padStart(6)} s\n`);
    const warnings = output.split('\n').filter((line) => /\bwarning:|^This compiler does not know /i.test(line));
    if (warnings.length > 0) note(`${warnings.join('\n')}\n`);
  }
}

if (isEntry(import.meta.url)) {
  const presets = process.argv.slice(2);
  await main(() => build(presets.length > 0 ? presets : ['native', ...wasmPresets]));
}
