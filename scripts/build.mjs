// Configures and builds presets of CMakePresets.json, each in build/<preset>, and puts the WebAssembly modules into web/dist/.
//
//     node scripts/build.mjs [PRESET...]      without a name: native, wasm-relaxed, wasm-simd, wasm-threads, wasm-scalar
//
// One line per preset; a compiler's output appears only when it warns or fails. With nothing to do a preset costs milliseconds.
// The modules go through binaryen's optimiser, and scripts/bundle.mjs makes the bundles with esbuild, where npm has installed those two;
// without them the modules are a little larger, and there is no web/dist/*.js.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { bundle } from './bundle.mjs';
import { run } from './process.mjs';
import { isEntry, main, root, SetupError, which } from './setup.mjs';

/**
 * Presets whose results are modules that the web part loads, and how those are called there: bedside-simd.wasm and
 * bedside-compiler-simd.wasm. bedside-explain.wasm is bedside-simd.wasm with explanations, which the others have anyway. The compiler has no kernels of relaxed SIMD and no threads; the picture decoder, bedside-decode.wasm, and the ECG chain, bedside-signal.wasm, have none at all.
 * @type {Record<string, { kind: string, names: string[] }>}
 */
const modules = {
  'wasm-relaxed': { kind: 'relaxed', names: ['bedside'] },
  'wasm-simd': { kind: 'simd', names: ['bedside', 'bedside-explain', 'bedside-decode', 'bedside-signal', 'bedside-compiler'] },
  'wasm-threads': { kind: 'threads', names: ['bedside'] },
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
const imports = { bedside: [], 'bedside-explain': [], 'bedside-threads': ['env.memory'], 'bedside-decode': [], 'bedside-signal': [], 'bedside-compiler': ['host.progress'] };

/**
 * What the optimiser may use and what it leaves out. Never a wasm-opt from PATH: old ones spoil relaxed SIMD without a word. The lowest
 * kilobyte is the far end of the stack, so constants may move into the offsets of loads and stores; functions with loops are inlined only
 * where they are tiny: both make the module smaller and nothing slower. A large function with one caller stays one: a browser goes over to
 * its fast translation function by function and only between calls, and one that has swallowed the decoders takes it long.
 */
const passes = [
  '-O3', '--low-memory-unused', '--flexible-inline-max-function-size=10', '--one-caller-inline-max-function-size=300',
  '--enable-simd', '--enable-relaxed-simd', '--enable-bulk-memory', '--enable-sign-ext', '--enable-mutable-globals',
  '--enable-nontrapping-float-to-int', '--enable-multivalue', '--enable-reference-types', '--strip-debug', '--strip-producers', '--strip-target-features',
];

/**
 * The path of a module as it ships: X.opt.wasm beside X.wasm, made anew when X.wasm has changed; X.wasm itself without binaryen.
 * @param {string} path
 */
async function optimised(path, more = /** @type {string[]} */ ([])) {
  const folder = join(root, 'node_modules/binaryen');
  if (!existsSync(folder)) return path;
  const { version } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  const options = [...passes, ...more];
  const key = createHash('sha256').update([version, ...options, ''].join(' ')).update(readFileSync(path)).digest('hex');
  const [result, stamp] = [path.replace(/wasm$/, 'opt.wasm'), path.replace(/wasm$/, 'opt.key')];
  if (existsSync(result) && existsSync(stamp) && readFileSync(stamp, 'utf8') === key) return result;
  const { code, output } = await run(process.execPath, [join(folder, 'bin/wasm-opt'), ...options, path, '-o', result]);
  if (code !== 0) throw new SetupError(`binaryen could not optimise ${path}:\n${output}`);
  writeFileSync(stamp, key);
  return result;
}

/**
 * What a module imports, read from its bytes: this Node need not know every instruction in it, and need not compile it.
 * @param {Uint8Array} bytes @returns {string[]} "module.name"
 */
function importsOf(bytes) {
  let at = 8; // behind the magic number and the version
  const number = () => {
    let value = 0;
    for (let shift = 0, byte = 128; byte & 128; shift += 7) value += ((byte = bytes[at++]) & 127) * 2 ** shift;
    return value;
  };
  const text = () => {
    const length = number();
    return new TextDecoder().decode(bytes.subarray(at, (at += length)));
  };
  const limits = () => (number() & 1 ? [number(), number()] : [number()]);
  /** What follows a name, by its kind: function, table, memory, global. */
  const skip = [number, () => [number(), limits()], limits, () => [number(), number()]];
  while (at < bytes.length) {
    const [section, length] = [bytes[at++], number()];
    if (section !== 2) {
      at += length;
      continue;
    }
    return Array.from({ length: number() }, () => {
      const name = `${text()}.${text()}`;
      skip[bytes[at++]]();
      return name;
    });
  }
  return [];
}

/**
 * Looks at the modules that a preset built, and puts them into web/dist/ where they have a name there. A module that wants more of
 * its host than it may would fail in every browser, so it fails here.
 * @param {string} preset
 */
async function publish(preset) {
  const { kind, names } = modules[preset] ?? { kind: '', names: [] };
  for (const module of ['bedside', 'bedside-explain', 'bedside-decode', 'bedside-signal', 'bedside-compiler']) {
    const path = join(buildDir(preset), `${module}.wasm`);
    if (!existsSync(path)) continue; // only some targets were asked for
    const bytes = readFileSync(path);
    const allowed = imports[`${module}-${kind}`] ?? imports[module];
    const wrong = importsOf(bytes).filter((name) => !allowed.includes(name));
    if (wrong.length > 0) throw new SetupError(`${preset}: ${module}.wasm must not import ${wrong.join(', ')}`);
    if (!names.includes(module)) continue;
    mkdirSync(join(root, 'web/dist'), { recursive: true });
    const name = ['bedside-explain', 'bedside-decode', 'bedside-signal'].includes(module) ? module : `${module}-${kind}`;
    replace(join(root, 'web/dist', `${name}.wasm`), readFileSync(await optimised(path, kind === 'threads' ? ['--enable-threads'] : [])));
  }
}

/** The parity check's module, through the same passes as what ships. @param {string} preset */
export const parityModule = (preset) => optimised(join(buildDir(preset), 'tests/parity/parity.wasm'));

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
    if (preset.startsWith('wasm-')) await publish(preset);
    note(`${((performance.now() - begin) / 1000).toFixed(1).padStart(6)} s\n`);
    const warnings = output.split('\n').filter((line) => /\bwarning:|^This compiler does not know /i.test(line));
    if (warnings.length > 0) note(`${warnings.join('\n')}\n`);
  }
  if (presets.some((preset) => preset in modules)) await bundle();
}

if (isEntry(import.meta.url)) {
  const presets = process.argv.slice(2);
  await main(() => build(presets.length > 0 ? presets : ['native', ...wasmPresets]));
}
