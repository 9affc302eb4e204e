// Set-up: finds out what is missing and installs it, or says exactly what to install.
//
//     node scripts/setup.mjs start    what `npm start` needs: CMake, ninja or make, a WebAssembly compiler, stb_image.h
//     node scripts/setup.mjs test     and what `npm test` needs besides: compilers, emulators, browsers
//
// It only looks at files and at PATH, so with nothing missing it costs milliseconds.
import { spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

export const root = fileURLToPath(new URL('..', import.meta.url));

/** Something that could not be had; its message says what to do, and no stack is needed. */
export class SetupError extends Error {}

/** Called wrongly; the message says how to. */
export class UsageError extends SetupError {}

/**
 * Where a program lies, or null.
 * @param {...string} names the first that is found wins; a name with a slash is a path
 * @returns {string | null}
 */
export function which(...names) {
  const folders = (process.env.PATH ?? '').split(delimiter).filter(Boolean);
  for (const name of names) {
    for (const path of name.includes('/') ? [name] : folders.map((folder) => join(folder, name))) {
      try {
        accessSync(path, constants.X_OK);
        if (statSync(path).isFile()) return path;
      } catch {
        // not here
      }
    }
  }
  return null;
}

/** Chromium's path, or null. @returns {string | null} */
export function findChromium() {
  return which(...[process.env.CHROMIUM ?? ''].filter(Boolean), 'chromium', 'chromium-browser', 'google-chrome');
}

/** Firefox's path, or null. @returns {string | null} */
export function findFirefox() {
  return which(...[process.env.FIREFOX ?? ''].filter(Boolean), 'firefox-esr', 'firefox');
}

/** A Node that runs relaxed SIMD right, 22 or newer: this one, or that of the pinned npm package, or null. @returns {string | null} */
export function findNode22() {
  if (Number(process.versions.node.split('.')[0]) >= 22) return process.execPath;
  return which(join(root, `node_modules/node-${process.platform}-${process.arch}/bin/node`));
}

/** @param {...string} paths */
const file = (...paths) => paths.some((path) => existsSync(path));
/** @param {...string} names */
const program = (...names) => which(...names) !== null;
/** The versions that cmake/wasm.cmake looks for. @param {string} tool */
const clang = (tool) => program(`${tool}-21`, `${tool}-20`, `${tool}-19`);
const onArm64 = process.arch === 'arm64';

/**
 * What is needed, how to see that it is there, and the Debian package (the first that the distribution knows) that brings it.
 * @typedef {{ what: string, packages: string[], found: () => boolean }} Need
 * @type {Record<'start' | 'test' | 'peers', Need[]>}
 */
const needs = {
  start: [
    { what: 'CMake 3.22 or newer', packages: ['cmake'], found: () => program('cmake') },
    { what: 'Ninja or make', packages: ['ninja-build'], found: () => program('ninja', 'make') },
    // Either of two makes the modules; Debian's clang is a quarter of the download, and its code is faster.
    { what: 'a WebAssembly compiler (clang 19, or Emscripten 3.1.6)', packages: ['clang-19'], found: () => clang('clang') || program('emcc') },
    { what: 'its linker', packages: ['lld-19'], found: () => clang('wasm-ld') || program('emcc') },
    {
      what: 'stb_image.h',
      packages: ['libstb-dev'],
      found: () => file('/usr/include/stb/stb_image.h', '/usr/local/include/stb/stb_image.h', '/opt/homebrew/include/stb/stb_image.h'),
    },
  ],
  test: [
    { what: 'a C compiler', packages: ['build-essential'], found: () => program('cc') && file('/usr/include/stdio.h') },
    { what: 'Ninja', packages: ['ninja-build'], found: () => program('ninja') },
    { what: 'pkg-config', packages: ['pkg-config'], found: () => program('pkg-config') },
    { what: 'libzip', packages: ['libzip-dev'], found: () => file('/usr/include/zip.h') },
    { what: 'clang 19', packages: ['clang-19'], found: () => program('clang-19') },
    { what: 'the linker of clang 19', packages: ['lld-19'], found: () => program('wasm-ld-19') },
    { what: 'Emscripten', packages: ['emscripten'], found: () => program('emcc') },
    {
      what: 'the sanitizers and libFuzzer of clang 19',
      packages: ['libclang-rt-19-dev'],
      found: () => file('/usr/lib/llvm-19/lib/clang/19/lib/linux/libclang_rt.fuzzer-x86_64.a', '/usr/lib/llvm-19/lib/clang/19/lib/linux/libclang_rt.fuzzer-aarch64.a'),
    },
    { what: 'the symbolizer of clang 19', packages: ['llvm-19'], found: () => program('llvm-symbolizer-19') },
    { what: 'clang-format 19', packages: ['clang-format-19'], found: () => program('clang-format-19') },
    { what: 'clang-tidy 19', packages: ['clang-tidy-19'], found: () => program('clang-tidy-19') },
    { what: 'an AArch64 compiler', packages: ['gcc-aarch64-linux-gnu'], found: () => program('aarch64-linux-gnu-gcc') },
    {
      what: 'the C library for AArch64',
      packages: ['libc6-dev-arm64-cross'],
      found: () => onArm64 || file('/usr/aarch64-linux-gnu/include/stdio.h'),
    },
    { what: 'an Arm Cortex-M compiler', packages: ['gcc-arm-none-eabi'], found: () => program('arm-none-eabi-gcc') },
    {
      what: 'the C library for Arm Cortex-M',
      packages: ['libnewlib-arm-none-eabi'],
      found: () => file('/usr/lib/arm-none-eabi/newlib/nano.specs', '/usr/lib/arm-none-eabi/lib/nano.specs'),
    },
    { what: 'a RISC-V compiler', packages: ['gcc-riscv64-unknown-elf'], found: () => program('riscv64-unknown-elf-gcc') },
    {
      what: 'the C library for RISC-V',
      packages: ['picolibc-riscv64-unknown-elf'],
      found: () => file('/usr/lib/picolibc/riscv64-unknown-elf'),
    },
    { what: 'the AArch64 emulator', packages: ['qemu-user'], found: () => program('qemu-aarch64') },
    { what: 'the Arm board emulator', packages: ['qemu-system-arm'], found: () => program('qemu-system-arm') },
    {
      what: 'the RISC-V board emulator',
      packages: ['qemu-system-riscv', 'qemu-system-misc'],
      found: () => program('qemu-system-riscv32'),
    },
    {
      what: 'ONNX\'s tests of its operators',
      packages: ['libonnx-testdata'],
      found: () => file(process.env.ONNX_TESTDATA ?? '', '/usr/share/libonnx-testdata/data/node'),
    },
    { what: 'xz', packages: ['xz-utils'], found: () => program('xz') },
    { what: 'zstd', packages: ['zstd'], found: () => program('zstd') },
    { what: 'Chromium', packages: ['chromium', 'chromium-browser'], found: () => findChromium() !== null },
    { what: 'Firefox', packages: ['firefox-esr', 'firefox'], found: () => findFirefox() !== null },
  ],
  // Other people's software that Bedside is tested against. Where it cannot be had, the tests that want it are skipped by name.
  peers: [
    { what: 'WebKitGTK\'s driver', packages: ['webkit2gtk-driver'], found: () => program('WebKitWebDriver') },
    { what: 'a display without a screen', packages: ['xvfb'], found: () => program('Xvfb') },
    { what: 'letters of all languages', packages: ['fonts-noto-core'], found: () => file('/usr/share/fonts/truetype/noto/NotoSansArabic-Regular.ttf', '/usr/share/fonts/noto') },
    { what: 'Orthanc', packages: ['orthanc'], found: () => program('Orthanc', '/usr/sbin/Orthanc') },
    { what: 'Orthanc\'s DICOMweb plugin', packages: ['orthanc-dicomweb'], found: () => file('/usr/share/orthanc/plugins/libOrthancDicomWeb.so', '/usr/lib/orthanc/libOrthancDicomWeb.so') },
    { what: 'dciodvfy', packages: ['dicom3tools'], found: () => program('dciodvfy') },
    { what: 'DCMTK', packages: ['dcmtk'], found: () => program('dcmcjpeg') },
    { what: 'pydicom', packages: ['python3-pydicom'], found: () => file('/usr/lib/python3/dist-packages/pydicom/data/test_files/CT_small.dcm') },
    { what: 'NumPy', packages: ['python3-numpy'], found: () => file('/usr/lib/python3/dist-packages/numpy') },
    { what: 'Pillow', packages: ['python3-pil'], found: () => file('/usr/lib/python3/dist-packages/PIL') },
    { what: 'GDCM', packages: ['python3-gdcm'], found: () => file('/usr/lib/python3/dist-packages/gdcm.py') },
    { what: 'a Java compiler', packages: ['default-jdk-headless'], found: () => program('javac') },
    { what: 'Maven', packages: ['maven'], found: () => program('mvn') },
  ],
};

/** @param {string} text */
const say = (text) => process.stderr.write(`${text}\n`);

/**
 * The package's name here: the first that apt has a candidate for.
 * @param {string[]} packages
 * @returns {string | null}
 */
function candidate(packages) {
  for (const name of packages) {
    const { stdout } = spawnSync('apt-cache', ['policy', name], { encoding: 'utf8', env: { ...process.env, LC_ALL: 'C' } });
    if (/^ {2}Candidate: (?!\(none\))/m.test(stdout ?? '')) return name;
  }
  return null;
}

/** How to become root without a question: a command prefix, or null. @returns {string[] | null} */
function asRoot() {
  if (process.getuid?.() === 0) return [];
  if (which('sudo') && spawnSync('sudo', ['-n', 'true'], { stdio: 'ignore' }).status === 0) return ['sudo', '-n'];
  return null;
}

/**
 * @param {string[]} prefix
 * @param {string[]} args
 */
function apt(prefix, args) {
  const [command, ...rest] = [...prefix, 'env', 'DEBIAN_FRONTEND=noninteractive', 'apt-get', ...args];
  return spawnSync(command, rest, { stdio: ['ignore', 2, 2] }).status === 0;
}

/** Installs what tests compare with, where that goes without a question; says what is missing, and goes on, where it does not. */
function peers() {
  const open = () => needs.peers.filter((need) => !need.found());
  const wanted = open();
  const prefix = wanted.length > 0 && which('apt-get') ? asRoot() : null;
  if (prefix) {
    const names = () => wanted.map((need) => candidate(need.packages)).filter((name) => name !== null);
    if (names().length < wanted.length) apt(prefix, ['update', '-q']);
    const install = ['install', '-y', '-q', '--no-install-recommends', ...new Set(names())];
    if (names().length > 0 && !apt(prefix, install) && apt(prefix, ['update', '-q'])) apt(prefix, install);
  }
  const left = open();
  if (left.length > 0) say(`Not here, and what is tested against them is skipped: ${left.map((need) => need.what).join(', ')}.`);
  // Its jars come through Maven and not through apt; the script says what is wrong, if anything.
  if (program('mvn') && program('javac')) spawnSync(process.execPath, [join(root, 'scripts/fhir-validator.mjs')], { stdio: ['ignore', 2, 2] });
}

/** @param {'start' | 'test'} level */
function missing(level) {
  const list = level === 'test' ? [...needs.start, ...needs.test] : needs.start;
  return list.filter((need) => !need.found());
}

/** @param {'start' | 'test'} level */
function systemPackages(level) {
  let open = missing(level);
  if (open.length === 0) return;

  say(`Missing: ${open.map((need) => need.what).join(', ')}.`);
  if (!which('apt-get')) {
    throw new SetupError('There is no apt-get here. Install the above in your system\'s way, put the programs on PATH and try again.');
  }

  let names = open.map((need) => candidate(need.packages));
  const prefix = asRoot();
  if (!prefix) {
    const line = [...new Set(open.map((need, i) => names[i] ?? need.packages[0]))].join(' ');
    const update = names.includes(null) ? 'sudo apt-get update && ' : '';
    throw new SetupError(`Only root may install packages. Run this, then try again:\n\n    ${update}sudo apt-get install -y --no-install-recommends ${line}\n`);
  }

  if (names.includes(null)) {
    say('Reading the package lists ...');
    apt(prefix, ['update', '-q']);
    names = open.map((need) => candidate(need.packages));
  }
  const unknown = open.filter((_, i) => names[i] === null);
  if (unknown.length > 0) {
    throw new SetupError(`This distribution has no package for: ${unknown.map((need) => `${need.what} (${need.packages.join(' or ')})`).join(', ')}.`);
  }

  const install = ['install', '-y', '-q', '--no-install-recommends', ...new Set(/** @type {string[]} */ (names))];
  say(`Installing: ${install.slice(4).join(' ')} ...`);
  if (!apt(prefix, install)) {
    say('That failed; once more with fresh package lists.');
    if (!apt(prefix, ['update', '-q']) || !apt(prefix, install)) {
      throw new SetupError('apt-get could not install them; its messages are above.');
    }
  }
  open = missing(level);
  if (open.length > 0) throw new SetupError(`Installed, but still not found: ${open.map((need) => need.what).join(', ')}.`);
}

/** Are the packages in node_modules the ones that package-lock.json pins? */
function modulesCurrent() {
  try {
    const wanted = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')).packages;
    const present = JSON.parse(readFileSync(join(root, 'node_modules/.package-lock.json'), 'utf8')).packages;
    return Object.entries(wanted).every(([path, { version, optional }]) => path === '' || optional || present[path]?.version === version);
  } catch {
    return false;
  }
}

/** Installs the npm packages that package-lock.json pins, unless they are there. */
export function packages() {
  if (modulesCurrent()) return;
  say('Installing the npm packages that package-lock.json pins ...');
  const npm = process.env.npm_execpath ? [process.execPath, process.env.npm_execpath] : ['npm'];
  const [command, ...rest] = [...npm, 'ci', '--include=dev', '--no-audit', '--no-fund', '--loglevel=error'];
  if (spawnSync(command, rest, { cwd: root, stdio: ['ignore', 2, 2] }).status !== 0) {
    throw new SetupError('npm ci failed; its messages are above.');
  }
}

/**
 * Makes sure that everything is there, or throws a SetupError.
 * @param {'start' | 'test'} level
 */
export function setup(level) {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major < 20 || (major === 20 && minor < 9)) throw new SetupError(`Node 20.9 or newer is needed; this is ${process.version}.`);
  systemPackages(level);
  if (level === 'test') peers();
  packages();
}

/**
 * Runs a command-line entry; a SetupError ends it with its message and code 1, or 2 where it was called wrongly.
 * @param {() => void | Promise<void>} entry
 */
export async function main(entry) {
  try {
    await entry();
  } catch (e) {
    if (!(e instanceof SetupError)) throw e;
    say(e.message);
    process.exitCode = e instanceof UsageError ? 2 : 1;
  }
}

/**
 * Is this module the one that node was started with?
 * @param {string} url its import.meta.url
 */
export const isEntry = (url) => process.argv[1] !== undefined && url === pathToFileURL(realpathSync(process.argv[1])).href;

if (isEntry(import.meta.url)) {
  await main(() => {
    const level = process.argv[2] ?? 'test';
    if (level !== 'start' && level !== 'test') throw new UsageError('usage: node scripts/setup.mjs [start|test]');
    setup(level);
  });
}
