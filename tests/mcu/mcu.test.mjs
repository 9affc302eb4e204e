// Firmware under emulators: the instruments are right, and on every board the small networks give this machine's bits within the bars.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { build, buildDir } from '../../scripts/build.mjs';
import { measureAll } from '../../scripts/mcu.mjs';
import { missed, perMac } from '../../scripts/mcu/bars.mjs';
import { boards, emulator, plugin } from '../../scripts/mcu/boards.mjs';
import { chart } from '../../scripts/mcu/chart.mjs';
import { runOn } from '../../scripts/mcu/measure.mjs';
import { networks } from '../../scripts/mcu/networks.mjs';
import { forbiddenIn, sizesOf } from '../../scripts/mcu/sizes.mjs';
import { run } from '../../scripts/process.mjs';
import { root, which } from '../../scripts/setup.mjs';

/** On every board; they take seconds. The larger ones run where there is a bar for their instructions. */
const QUICK = ['kws', 'ad'];
const LARGE = ['ic', 'vww'];
/** @param {string[]} names */
const without = (names) => {
  const absent = names.filter((name) => !existsSync(networks().find((network) => network.name === name)?.file ?? ''));
  return absent.length > 0 && `${absent.join(', ')}: BEDSIDE_BENCH_MODELS names no folder that has it`;
};
const missing = ['qemu-system-arm', 'qemu-system-riscv32', 'arm-none-eabi-gcc', 'riscv64-unknown-elf-gcc', 'cc'].filter((name) => !which(name));
const noEmulator = missing.length > 0 && `not here: ${missing.join(', ')}`;

test('called wrongly: a sentence, how to call it, and code 2', () => {
  const mcu = (/** @type {string[]} */ ...args) => spawnSync(process.execPath, ['scripts/mcu.mjs', ...args], { cwd: root, encoding: 'utf8' });
  const { status, stdout, stderr } = mcu('--help');
  assert.deepEqual([status, stderr], [0, '']);
  assert.match(stdout, /^usage: npm run mcu [^]*--bars [^]*--write /);
  for (const [args, sentence] of /** @type {[string[], RegExp][]} */ ([[['--fast'], /^Unknown option '--fast'[^]*\nusage: /], [['--networks'], /--networks [^]*\nusage: /], [['z80'], /^No board z80\. There are: cortex-m0,/], [['--networks', 'x'], /^No network x\./]])) {
    const wrong = mcu(...args);
    assert.deepEqual([wrong.status, wrong.stdout], [2, ''], args.join(' '));
    assert.match(wrong.stderr, sentence);
    assert.doesNotMatch(wrong.stderr, /\n +at /, 'no stack');
  }
});

for (const name of ['cortex-m0plus', 'cortex-m33', 'riscv32']) {
  test(`${name}: the plugin counts each instruction between the marks, and no other`, { skip: noEmulator }, async () => {
    const board = boards().find((one) => one.name === name);
    assert.ok(board);
    const command = await emulator(board);
    await build([name], { targets: ['count_check'], quiet: true });
    const { code, stretches, functions } = await runOn(board, { command, plugin: await plugin(command[0]) }, 'count_check');
    assert.equal(code, 0);
    const [first, second, third] = stretches;
    assert.equal(stretches.length, 3);
    assert.equal(second, first);
    assert.equal(third - first, 2 * 30_000);
    assert.ok(first >= 2000 && first < 2020, `${first}: two instructions a turn, the call and its return`);
    assert.ok(functions.known_loop >= 62_000 && functions.known_loop < 62_010, `${functions.known_loop} of the last stretch`);
  });
}

test('symbols that firmware must not hold are known', () => {
  const list = (/** @type {string[]} */ names) => names.map((name) => `00000120 T ${name}\n`).join('');
  const bad = ['malloc', '_sbrk', '_free_r', '__aeabi_fadd', '__aeabi_dcmplt', '__aeabi_ui2f', '__aeabi_f2iz', '__addsf3', '__fixdfsi', '__muldf3', 'expf', 'sqrt', 'printf', 'puts', '_write', '_impure_ptr'];
  assert.deepEqual(forbiddenIn(list(bad)), bad);
  assert.deepEqual(forbiddenIn(list(['bds_run', 'board_puts', 'memcpy', '__aeabi_uldivmod', '__aeabi_lmul', '__clzsi2', '__udivsi3', 'run', 'expand', 'compress'])), []);
});

test('the small networks on every board: this machine\'s bits, the same counts again, nothing foreign linked, within the bars', { skip: noEmulator || without(QUICK) }, async (t) => {
  const { results, wrong } = await measureAll({ networks: QUICK, say: () => {} });
  assert.deepEqual(wrong, []);
  const names = boards().map(({ name }) => name);
  for (const name of ['cortex-m0plus', 'cortex-m3', 'cortex-m4', 'cortex-m7', 'cortex-m33', 'riscv32']) assert.ok(names.includes(name), name);
  for (const board of names) {
    await t.test(board, () => {
      const rows = Object.entries(results.boards[board]);
      assert.equal(rows.length + Object.keys(results.skipped[board] ?? {}).length, QUICK.length);
      for (const [, row] of rows) {
        assert.equal(row.digest, row.native_digest);
        assert.ok(row.stack_bytes > 0 && row.stack_bytes < 4096, `${row.stack_bytes} bytes of stack`);
        assert.ok(row.text_bytes > 0 && row.flash_bytes > row.text_bytes);
      }
      assert.deepEqual(rows.flatMap(([network, row]) => missed(board, network, row)), []);
    });
  }
  await t.test('the parts of the link map make up what the firmware holds', async () => {
    const path = join(buildDir('cortex-m4'), 'tests/mcu/network_kws');
    const { bytes } = sizesOf(readFileSync(`${path}.map`, 'utf8'), 'kws');
    const { output } = await run('arm-none-eabi-size', [`${path}.elf`]);
    const [text, data] = (output.split('\n')[1] ?? '').trim().split(/\s+/).map(Number);
    const sum = bytes.network + bytes.runtime + bytes.harness;
    assert.ok(Math.abs(sum - text - data) <= 32, `${sum} of ${text} + ${data}`);
  });
  await t.test('the chart shows what was measured', () => {
    const svg = chart(results, { kws: 'Keyword spotting', ad: 'Anomaly detection' });
    assert.ok(svg.includes(`${results.boards['cortex-m4'].kws.per_mac.toFixed(2)} Bedside`));
    assert.ok(!/NaN|undefined/.test(svg));
  });
});

test('the larger networks where their instructions are limited: this machine\'s bits, within the bars', { skip: noEmulator || without(LARGE) }, async (t) => {
  const limited = boards().map(({ name }) => name).filter((name) => name in perMac);
  const { results, wrong } = await measureAll({ boards: limited, networks: LARGE, say: () => {} });
  assert.deepEqual(wrong, []);
  for (const board of limited) {
    await t.test(board, () => {
      const rows = Object.entries(results.boards[board]);
      assert.equal(rows.length, LARGE.length);
      assert.deepEqual(rows.flatMap(([network, row]) => missed(board, network, row)), []);
    });
  }
  assert.equal(results.boards[limited[0]].vww.macs, 7_489_664, 'of the whole network, channels that never speak included');
});
