// `npm test`: set-up, then every suite, then one line with the sum. `npm test -- NAME...` runs the suites named.
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { main, root, setup, SetupError } from './setup.mjs';

/**
 * What a suite found. `skipped` names each test that could not run here; `output` is shown when something failed.
 * @typedef {{ passed: number, failed: number, skipped: string[], output: string }} Result
 */

/** @param {string} what @returns {Result} */
const missing = (what) => ({ passed: 0, failed: 1, skipped: [], output: `missing: ${what}\n` });

/** A check that found `wrong` things, or none. @param {string[]} wrong @returns {Result} */
const verdict = (wrong) => ({ passed: wrong.length > 0 ? 0 : 1, failed: wrong.length > 0 ? 1 : 0, skipped: [], output: wrong.map((line) => `${line}\n`).join('') });

/** @param {Result[]} results @returns {Result} */
const sum = (results) => ({
  passed: results.reduce((n, result) => n + result.passed, 0),
  failed: results.reduce((n, result) => n + result.failed, 0),
  skipped: results.flatMap((result) => result.skipped),
  output: results.map((result) => result.output).join(''),
});

/** @param {string} text */
const unescapeXml = (text) => text.replace(/&(lt|gt|quot|apos|amp);/g, (_, name) => ({ lt: '<', gt: '>', quot: '"', apos: "'", amp: '&' })[/** @type {string} */ (name)] ?? '');

/**
 * Builds a preset and runs its CTest tests.
 * @param {string} preset
 * @param {string[]} [choice] CTest's arguments that choose tests
 * @returns {Promise<Result>}
 */
async function ctest(preset, choice = []) {
  const { build, buildDir } = await import('./build.mjs');
  const { run } = await import('./process.mjs');
  try {
    await build([preset]);
  } catch (e) {
    if (!(e instanceof SetupError)) throw e;
    return { passed: 0, failed: 1, skipped: [], output: `${e.message}\n` };
  }
  const report = join(buildDir(preset), 'junit.xml');
  rmSync(report, { force: true });
  const symbolizer = { ASAN_SYMBOLIZER_PATH: '/usr/lib/llvm-19/bin/llvm-symbolizer', UBSAN_OPTIONS: 'print_stacktrace=1' };
  const { code, output } = await run(
    'ctest',
    ['--test-dir', buildDir(preset), '-j2', '--output-on-failure', '--no-tests=error', '--output-junit', report, ...choice],
    { env: { ...process.env, ...symbolizer } },
  );
  if (!existsSync(report)) return { passed: 0, failed: 1, skipped: [], output };
  const cases = Array.from(readFileSync(report, 'utf8').matchAll(/<testcase name="([^"]*)"[^>]*status="([^"]*)"/g), ([, name, status]) => ({ name: unescapeXml(name), status }));
  const count = (/** @type {string} */ status) => cases.filter((one) => one.status === status).length;
  const skipped = cases.filter(({ status }) => status === 'notrun' || status === 'disabled').map(({ name }) => `${preset}: ${name}`);
  const failed = Math.max(count('fail'), code === 0 ? 0 : 1);
  return { passed: count('run'), failed, skipped, output: failed > 0 ? output : '' };
}

/**
 * Runs the Node tests of a folder.
 * @param {string} folder
 * @param {number} concurrency files at a time
 * @param {number} [limit] seconds
 * @returns {Promise<Result>}
 */
async function nodeTests(folder, concurrency, limit = 300) {
  const { filesUnder, run } = await import('./process.mjs');
  const files = filesUnder([folder], /(^|\/)test([-._][^/]*)?\.m?js$|[-._]test\.m?js$/);
  if (files.length === 0) return missing(`${folder} has no *.test.mjs`);
  mkdirSync(join(root, 'build'), { recursive: true });
  const tap = join(root, 'build', `${folder.replaceAll('/', '-')}.tap`);
  rmSync(tap, { force: true });
  const reporters = ['--test-reporter=spec', '--test-reporter-destination=stdout', '--test-reporter=tap', `--test-reporter-destination=${tap}`];
  const { code, output } = await run(process.execPath, ['--test', `--test-concurrency=${concurrency}`, ...reporters, ...files], { limit });
  const report = existsSync(tap) ? readFileSync(tap, 'utf8') : '';
  const count = (/** @type {string} */ what) => Number(new RegExp(`^# ${what} (\\d+)`, 'm').exec(report)?.[1] ?? 0);
  const skipped = Array.from(report.matchAll(/^\s*ok \d+ - (.*?) # SKIP ?(.*)$/gm), ([, name, reason]) => `${name}${reason ? ` (${reason})` : ''}`);
  const failed = Math.max(count('fail') + count('cancelled'), code === 0 ? 0 : 1);
  const tail = output.indexOf('\u2716 failing tests:');
  return { passed: count('pass'), failed, skipped, output: failed > 0 ? output.slice(Math.max(tail, 0)) : '' };
}

/**
 * The suites, in the order in which they run: what fails fast comes first.
 * @type {{ name: string, heading: string, run: () => Promise<Result> }[]}
 */
const suites = [
  {
    name: 'deps',
    heading: 'dependencies point one way',
    run: async () => verdict((await import('./check-deps.mjs')).checkDeps().wrong),
  },
  {
    name: 'lint',
    heading: 'clang-format, clang-tidy, eslint, tsc',
    run: async () => {
      const { lint } = await import('./lint.mjs');
      return sum((await lint()).map(({ name, problem }) => verdict(problem ? [`${name}:\n${problem}`] : [])));
    },
  },
  {
    name: 'unit',
    heading: 'unit tests, this machine',
    run: () => ctest('native', ['-LE', 'fuzz|conformance']),
  },
  {
    name: 'symbols',
    heading: 'the runtime needs nothing from outside',
    run: async () => verdict((await (await import('./check-symbols.mjs')).checkSymbols()).wrong),
  },
  {
    name: 'asan',
    heading: 'unit tests under the address and undefined-behaviour sanitizers',
    run: () => ctest('asan', ['-LE', 'fuzz|conformance']),
  },
  {
    name: 'fuzz',
    heading: 'every parser over its corpus and mutations of it, under the sanitizers',
    run: () => ctest('asan', ['-L', 'fuzz']),
  },
  {
    name: 'conformance',
    heading: 'ONNX\'s tests of its operators, under the sanitizers',
    run: async () => {
      const tests = await ctest('asan', ['-L', 'conformance']);
      const { operators } = await import('./operators.mjs');
      return sum([tests, verdict(await operators({ check: true, preset: 'asan' }))]);
    },
  },
  {
    name: 'targets',
    heading: 'tests on the other targets',
    run: async () => {
      const results = [];
      for (const preset of ['native-scalar', 'wasm-relaxed', 'wasm-simd', 'wasm-scalar', 'wasm-emscripten', 'aarch64', 'cortex-m0', 'cortex-m0plus', 'cortex-m3', 'cortex-m4', 'cortex-m7', 'cortex-m33', 'cortex-m55', 'riscv32']) {
        results.push(await ctest(preset, ['-LE', 'fuzz|conformance']));
      }
      return sum(results);
    },
  },
  {
    name: 'mcu',
    heading: 'networks as firmware: the same bits, instructions, memory',
    run: async () => {
      const { build } = await import('./build.mjs');
      await build(['native', 'wasm-simd'], { quiet: true });
      return nodeTests('tests/mcu', 1, 600);
    },
  },
  {
    name: 'parity',
    heading: 'the same bits everywhere',
    run: async () => {
      if (!existsSync(join(root, 'scripts/parity.mjs'))) return missing('scripts/parity.mjs');
      const { run } = await import('./process.mjs');
      const { code, output } = await run('npm', ['run', '-s', 'parity', '--', '--json'], { limit: 900 });
      return verdict(code === 0 ? [] : [output]);
    },
  },
  {
    name: 'size',
    heading: 'the download stays in its budget',
    run: async () => {
      const { build, wasmPresets } = await import('./build.mjs');
      await build(wasmPresets, { targets: ['bedside_wasm'], quiet: true });
      if (!existsSync(join(root, 'web/bedside.js'))) return missing('web/bedside.js');
      const { describe, describeShell, measure, measureShell } = await import('./check-size.mjs');
      const [measured, shell] = [measure(), measureShell()];
      return sum([verdict(measured.total < measured.budget ? [] : [describe(measured)]), verdict(shell.total <= shell.budget ? [] : [describeShell(shell)])]);
    },
  },
  {
    name: 'node',
    heading: 'the library and the program under Node',
    run: async () => {
      const { build, wasmPresets } = await import('./build.mjs');
      await build(['native', ...wasmPresets], { quiet: true });
      return nodeTests('tests/node', 2, 1200);
    },
  },
  {
    name: 'packages',
    heading: 'as firmware takes it: one file, CMake, Zephyr, Arduino, PlatformIO, ESP-IDF',
    run: async () => {
      const { build } = await import('./build.mjs');
      await build(['native'], { quiet: true });
      return nodeTests('tests/packages', 2, 1500);
    },
  },
  {
    name: 'tflite',
    heading: 'TensorFlow Lite\'s files against its own runtime',
    run: async () => {
      const { build } = await import('./build.mjs');
      await build(['native'], { quiet: true });
      return nodeTests('tests/tflite', 1, 900);
    },
  },
  {
    name: 'install',
    heading: 'the package in empty projects: Node, TypeScript, Vite, webpack, esbuild, a script tag, one file',
    run: async () => {
      const { build, wasmPresets } = await import('./build.mjs');
      await build(wasmPresets, { quiet: true });
      return nodeTests('tests/install', 1, 600);
    },
  },
  {
    name: 'browser',
    heading: 'the library and the demo in Chromium and Firefox',
    run: async () => {
      const { build, wasmPresets } = await import('./build.mjs');
      await build(['native', ...wasmPresets], { quiet: true });
      return nodeTests('tests/browser', 1, 1500);
    },
  },
  {
    name: 'portal',
    heading: 'a clinic\'s portal: Orthanc, a FHIR server, SMART on FHIR',
    run: async () => {
      const { build, wasmPresets } = await import('./build.mjs');
      await build(wasmPresets, { quiet: true });
      return nodeTests('tests/portal', 1, 600);
    },
  },
];

await main(async () => {
  const names = process.argv.slice(2);
  const unknown = names.filter((name) => !suites.some((suite) => suite.name === name));
  if (unknown.length > 0) throw new SetupError(`No suite ${unknown.join(', ')}. There are: ${suites.map(({ name }) => name).join(', ')}.`);
  setup('test');

  /** @type {Result[]} */
  const results = [];
  for (const { name, heading, run } of suites.filter((suite) => names.length === 0 || names.includes(suite.name))) {
    console.log(`== ${name}: ${heading}`);
    const begin = performance.now();
    /** @type {Result} */
    let result;
    try {
      result = await run();
    } catch (e) {
      result = { passed: 0, failed: 1, skipped: [], output: e instanceof SetupError ? `${e.message}\n` : `${e instanceof Error ? e.stack : e}\n` };
    }
    results.push(result);
    const seconds = ((performance.now() - begin) / 1000).toFixed(1);
    if (result.failed > 0) console.log(result.output.trimEnd());
    for (const skipped of result.skipped) console.log(`   skipped: ${skipped}`);
    console.log(`   ${result.failed > 0 ? 'FAILED: ' : ''}${result.passed} passed, ${result.failed} failed in ${seconds} s`);
  }
  const { passed, failed, skipped } = sum(results);
  if (skipped.length > 0) console.log(`${skipped.length} skipped, named above`);
  console.log(`${passed} passed, ${failed} failed`);
  process.exitCode = failed > 0 ? 1 : 0;
});
