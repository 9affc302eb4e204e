// What a firmware engineer takes Bedside in with: CMake (installed, or as source), Zephyr, Arduino, PlatformIO, ESP-IDF. Where the
// build system has no package to be had, a stand-in in tests/packages/ gives our lists the functions it documents, so that every file they name is
// compiled by the compiler of such a board.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { unzipSync } from 'fflate';
// @ts-expect-error it brings no types
import yaml from 'js-yaml';
import { packages } from '../../scripts/packages.mjs';
import { root } from '../../scripts/setup.mjs';
import { path as program } from '../node/program.mjs';
import { firmware, missing, sections, strict, succeed, toolchain } from './toolchains.mjs';

const folder = mkdtempSync(join(tmpdir(), 'bedside-packages-'));
after(() => rmSync(folder, { recursive: true }));
const made = join(folder, 'packages');
await packages(made, program);
const arduino = join(made, 'arduino/Bedside');
const component = join(made, 'esp-idf/bedside');
const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));

/** What the example prints, everywhere. */
const heartbeats = /^Bedside is not a medical device\..*\nbeat 0: not sure\n(beat \d+: N 9\d %\n){11}beat 12: V 9\d %\nbeat 13: N 9\d %\n$/;

/** Configures and builds; gives back the build folder. @param {string} source @param {string} name @param {string[]} options @param {string[]} targets */
function cmake(source, name, options, ...targets) {
  const build = join(folder, name);
  succeed('cmake', ['-S', source, '-B', build, '-G', 'Ninja', ...options]);
  succeed('cmake', ['--build', build, ...targets.flatMap((target) => ['--target', target])]);
  return build;
}

/** CMake's options for a compiler without an operating system. @param {string} name */
function bare(name) {
  const { command, flags } = toolchain(name);
  return ['-DCMAKE_SYSTEM_NAME=Generic', `-DCMAKE_SYSTEM_PROCESSOR=${name}`, `-DCMAKE_C_COMPILER=${command}`, '-DCMAKE_TRY_COMPILE_TARGET_TYPE=STATIC_LIBRARY', `-DCMAKE_C_FLAGS=${[...flags, ...sections, '-Wall -Wextra -Werror'].join(' ')}`];
}

test('CMake, installed: find_package, its version, its parts', { skip: missing('cmake', 'ninja', 'cc') }, () => {
  const prefix = join(folder, 'prefix');
  succeed('cmake', ['--install', join(root, 'build/native'), '--prefix', prefix]);
  const build = cmake(join(root, 'examples/cmake'), 'installed', [`-DCMAKE_PREFIX_PATH=${prefix}`, '-DCMAKE_C_FLAGS=-Wall -Wextra -Werror']);
  const cache = readFileSync(join(build, 'CMakeCache.txt'), 'utf8');
  assert.ok(cache.includes(`Bedside_DIR:PATH=${join(prefix, 'lib')}`), 'it is the installed one');
  assert.ok(cache.includes(`BEDSIDE_EXECUTABLE:FILEPATH=${join(prefix, 'bin/bedside')}`), 'and its program');
  assert.ok(!existsSync(join(build, '_deps')));
  assert.match(succeed(join(build, 'heartbeat'), []), heartbeats);

  const asks = (/** @type {string} */ what) => {
    mkdirSync(join(folder, 'asks'), { recursive: true });
    writeFileSync(join(folder, 'asks/CMakeLists.txt'), `cmake_minimum_required(VERSION 3.22)\nproject(asks C)\nfind_package(Bedside ${what})\nfile(WRITE "${folder}/found" "\${Bedside_FOUND}")\n`);
    succeed('cmake', ['-S', join(folder, 'asks'), '-B', join(folder, 'asks-build'), '-G', 'Ninja', `-DCMAKE_PREFIX_PATH=${prefix}`]);
    return readFileSync(join(folder, 'found'), 'utf8') === '1';
  };
  const [major, minor] = version.split('.').map(Number);
  assert.ok(asks(`${major}.${minor}`));
  assert.ok(!asks(`${major}.${minor + 1}`), 'a later version is not this one');
  assert.ok(asks('COMPONENTS ecg bedside'));
  assert.ok(!asks('COMPONENTS radio'));
});

test('CMake, as source: libraries and nothing else, and the project keeps its settings', { skip: missing('cmake', 'ninja', 'cc') }, () => {
  const build = cmake(join(root, 'examples/cmake'), 'source', [`-DBEDSIDE_EXECUTABLE=${program}`, '-DCMAKE_DISABLE_FIND_PACKAGE_Bedside=ON', '-DCMAKE_EXPORT_COMPILE_COMMANDS=OFF']);
  assert.match(succeed(join(build, 'heartbeat'), []), heartbeats);
  const built = readdirSync(join(build, '_deps/bedside-build'), { recursive: true }).map(String).filter((path) => !path.includes('CMakeFiles') && /(\.a|bedside|test\w*)$/.test(path));
  assert.deepEqual(built.sort(), ['libbedside.a', 'libbedside_ecg.a']);
  assert.match(readFileSync(join(build, 'CMakeCache.txt'), 'utf8'), /^CMAKE_BUILD_TYPE:STRING=$/m, 'no build type was chosen for it');
  const ninja = readFileSync(join(build, 'build.ninja'), 'utf8');
  assert.ok(!/-W(all|error|conversion)/.test(ninja), 'no warnings of ours');
  assert.ok(!ninja.includes('CMakeFiles/test.util'), 'no tests');
});

test('CMake, as source, for firmware', { skip: missing('cmake', 'ninja', 'arm-none-eabi-gcc') }, () => {
  const build = cmake(join(root, 'examples/cmake'), 'firmware', [...bare('cortex-m4'), `-DBEDSIDE_EXECUTABLE=${program}`, '-DCMAKE_EXE_LINKER_FLAGS=--specs=nano.specs --specs=nosys.specs -Wl,--gc-sections -Wl,--no-warnings']);
  assert.match(succeed('arm-none-eabi-nm', [join(build, 'heartbeat')]), / T bds_network_plan\n/);
  const { status, stderr } = spawnSync('cmake', ['-S', join(root, 'examples/cmake'), '-B', join(folder, 'without'), '-G', 'Ninja', ...bare('cortex-m4')], { encoding: 'utf8', env: { ...process.env, PATH: '/usr/bin:/bin' } });
  assert.notEqual(status, 0);
  assert.match(stderr.replace(/\s+/g, ' '), /The program `bedside` is needed on the machine that builds, to make C of .*give -DBEDSIDE_EXECUTABLE/);
});

test('Zephyr: the module compiles as its settings say', { skip: missing('cmake', 'ninja', 'arm-none-eabi-gcc') }, () => {
  const manifest = /** @type {any} */ (yaml.load(readFileSync(join(root, 'zephyr/module.yml'), 'utf8')));
  assert.equal(manifest.name, 'bedside');
  for (const path of [`${manifest.build.cmake}/CMakeLists.txt`, manifest.build.kconfig, ...manifest.samples]) assert.ok(existsSync(join(root, path)), path);
  const kconfig = readFileSync(join(root, manifest.build.kconfig), 'utf8');
  const declared = Array.from(kconfig.matchAll(/^(?:menu)?config (\w+)$/gm), ([, name]) => `CONFIG_${name}`);
  const settings = Array.from(readFileSync(join(root, 'examples/zephyr/prj.conf'), 'utf8').matchAll(/^(CONFIG_BEDSIDE\w*)=[yn]$/gm), ([, name]) => name);
  assert.ok(settings.length > 0);
  for (const name of settings) assert.ok(declared.includes(name), `${name} is not in Kconfig`);
  const lists = readFileSync(join(root, 'zephyr/CMakeLists.txt'), 'utf8');
  for (const name of declared) assert.ok(lists.includes(name) || /ENTROPY|SEQUENCES|OBSERVER/.test(name) && lists.includes(name.replace('CONFIG_BEDSIDE_', '')), `${name} does nothing`);

  const options = [`-DZephyr_DIR=${join(root, 'tests/packages/zephyr')}`, `-DZEPHYR_EXTRA_MODULES=${root}`, `-DBEDSIDE_EXECUTABLE=${program}`];
  for (const core of ['cortex-m0plus', 'cortex-m4', 'cortex-m55']) {
    const build = cmake(join(root, 'examples/zephyr'), `zephyr-${core}`, [...bare(core), ...options]);
    const symbols = succeed('arm-none-eabi-nm', [join(build, 'modules/bedside/libbedside.a')]);
    assert.match(symbols, / T bds_network_plan\n/);
    assert.match(symbols, / T bds_ecg_begin\n/);
    assert.ok(!/ T bds_observe\n/.test(symbols), 'CONFIG_BEDSIDE_OBSERVER is n');
  }
});

const libraryFiles = ['bedside.c', 'bedside.h', 'bedside_network.h', 'ecg/ecg.h'];

test('Arduino: the library is whole, and the sketch compiles and links', { skip: missing('arm-none-eabi-gcc', 'arm-none-eabi-g++') }, () => {
  const properties = Object.fromEntries(readFileSync(join(arduino, 'library.properties'), 'utf8').trim().split('\n').map((line) => /** @type {[string, string]} */ (/^(\w+)=(.+)$/.exec(line)?.slice(1))));
  for (const key of ['name', 'version', 'author', 'maintainer', 'sentence', 'paragraph', 'category', 'architectures']) assert.ok(properties[key], key);
  assert.equal(properties.version, version);
  assert.ok(properties.sentence.length < 100);
  for (const name of [...properties.includes.split(','), ...libraryFiles]) assert.ok(existsSync(join(arduino, 'src', name)), name);

  const zip = unzipSync(readFileSync(join(made, `arduino/Bedside-${version}.zip`)));
  const inside = readdirSync(arduino, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath ?? entry.path, entry.name).slice(arduino.length + 1));
  assert.deepEqual(Object.keys(zip).filter((name) => !name.endsWith('/')).sort(), inside.map((name) => `Bedside/${name}`).sort());
  for (const name of inside) assert.ok(readFileSync(join(arduino, name)).equals(zip[`Bedside/${name}`]), name);

  // As Arduino does it: the sketch becomes C++ behind <Arduino.h>, all C of the library and the sketch is compiled, unused sections go.
  const { flags } = toolchain('cortex-m4');
  const sketch = join(arduino, 'examples/Heartbeat');
  const main = join(folder, 'Heartbeat.cpp');
  const stub = join(folder, 'arduino.cpp');
  writeFileSync(main, `#include <Arduino.h>\n${readFileSync(join(sketch, 'Heartbeat.ino'), 'utf8')}`);
  writeFileSync(stub, '#include <Arduino.h>\nStream Serial;\nvoid Stream::begin(unsigned long) {}\nvoid Stream::println(const char *) {}\nStream::operator bool() { return true; }\nunsigned long millis() { return 0; }\nvoid setup();\nvoid loop();\nint main() { setup(); loop(); }\n');
  const common = [...flags, ...sections, '-Os', '-Wall', '-Wextra', '-Werror', `-I${join(root, 'tests/packages/arduino')}`, `-I${join(arduino, 'src')}`, `-I${sketch}`];
  const objects = [[main, 'arm-none-eabi-g++', '-std=gnu++14'], [stub, 'arm-none-eabi-g++', '-std=gnu++14'], ...[join(sketch, 'heartbeat.c'), join(sketch, 'arrhythmia.c'), join(arduino, 'src/bedside.c')].map((path) => [path, 'arm-none-eabi-gcc', '-std=gnu11'])].map(([path, command, standard], i) => {
    const object = join(folder, `arduino-${i}.o`);
    succeed(command, [...common, standard, '-c', path, '-o', object]);
    return object;
  });
  succeed('arm-none-eabi-g++', [...flags, '-Wl,--gc-sections', '-Wl,--no-warnings', '--specs=nano.specs', '--specs=nosys.specs', ...objects, '-o', join(folder, 'sketch.elf')]);
});

test('PlatformIO: the manifest and the project name what is there', () => {
  const manifest = JSON.parse(readFileSync(join(arduino, 'library.json'), 'utf8'));
  assert.equal(manifest.name, 'Bedside');
  assert.equal(manifest.version, version);
  for (const key of ['description', 'keywords', 'license', 'frameworks', 'platforms']) assert.ok(manifest[key], key);
  assert.ok(existsSync(join(arduino, manifest.build.srcDir, manifest.headers)));
  for (const { base, files } of manifest.examples) for (const name of files) assert.ok(existsSync(join(arduino, base, name)), name);
  for (const name of manifest.export.include) assert.ok(existsSync(join(arduino, name)), name);
  /** @type {Record<string, Record<string, string>>} */
  const ini = {};
  let section = '';
  for (const line of readFileSync(join(made, 'platformio/platformio.ini'), 'utf8').split('\n').filter((one) => one && !one.startsWith(';'))) {
    const [, name] = /^\[([\w:]+)\]$/.exec(line) ?? [];
    if (name) ini[(section = name)] = {};
    else {
      const [, key, value] = /^(\w+) = (\S.*)$/.exec(line) ?? assert.fail(`not a setting: ${line}`);
      ini[section][key] = value;
    }
  }
  for (const name of ini.platformio.default_envs.split(', ')) assert.ok(ini[`env:${name}`].board && ini[`env:${name}`].platform, name);
  assert.ok(existsSync(join(made, 'platformio', ini.env.lib_deps.replace('symlink://', ''), 'library.json')));
  assert.deepEqual(readdirSync(join(made, 'platformio/src')).sort(), ['Heartbeat.ino', 'arrhythmia.c', 'arrhythmia.h', 'heartbeat.c', 'heartbeat.h']);
});

test('ESP-IDF: the component and its example compile for RISC-V', { skip: missing('cmake', 'ninja', 'riscv64-unknown-elf-gcc') }, () => {
  const manifest = /** @type {any} */ (yaml.load(readFileSync(join(component, 'idf_component.yml'), 'utf8')));
  assert.equal(manifest.version, version);
  assert.ok(manifest.targets.includes('esp32c3'));
  for (const { path } of manifest.examples) assert.ok(existsSync(join(component, path, 'CMakeLists.txt')), path);
  for (const name of libraryFiles) assert.ok(existsSync(join(component, name)), name);
  process.env.IDF_PATH = join(root, 'tests/packages/esp-idf');
  const build = cmake(join(component, 'examples/heartbeat'), 'esp-idf', bare('rv32imac'));
  assert.match(succeed('riscv64-unknown-elf-nm', [join(build, 'bedside/libbedside.a')]), / T bds_network_plan\n/);
  assert.match(succeed('riscv64-unknown-elf-nm', [join(build, 'main/libmain.a')]), / T app_main\n/);
});

for (const board of firmware) {
  test(`the example says on a ${board.name} what it says here`, { skip: missing(board.command, board.emulator[0]) }, () => {
    const image = join(folder, `heartbeat-${board.name}.elf`);
    const example = join(arduino, 'examples/Heartbeat');
    const sources = [join(root, 'tests/packages/heartbeat_board.c'), join(example, 'heartbeat.c'), join(example, 'arrhythmia.c'), join(arduino, 'src/bedside.c')];
    succeed(board.command, [...board.flags, ...strict, ...sections, '-Wno-missing-prototypes', '-O2', `-I${join(arduino, 'src')}`, `-I${example}`, '-Itests/mcu', ...sources, ...board.link, '-o', image]);
    assert.match(succeed(board.emulator[0], [...board.emulator.slice(1), image]), heartbeats);
  });
}
