// The example wearable: what it says of its made-up ECG, here and on emulated boards, line by line the same.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { writeAmalgamation } from '../../scripts/amalgamate.mjs';
import { path as program } from '../node/program.mjs';
import { firmware, missing, sections, strict, succeed } from './toolchains.mjs';

const folder = mkdtempSync(join(tmpdir(), 'bedside-wearable-'));
after(() => rmSync(folder, { recursive: true }));
writeAmalgamation(folder);
succeed(program, ['export-c', 'models/arrhythmia/arrhythmia.bds', '-o', folder, '--name', 'arrhythmia']);

const common = ['-O2', `-I${folder}`, '-Iexamples/wearable', 'examples/wearable/wearable.c', 'examples/wearable/made_up.c', join(folder, 'arrhythmia.c'), join(folder, 'bedside.c')];

/** What it says on this machine, without the title. */
function here() {
  const image = join(folder, 'wearable');
  succeed('gcc', [...strict.filter((flag) => flag !== '-Wmissing-prototypes'), ...common, 'examples/wearable/main.c', '-o', image]);
  const [title, ...lines] = succeed(image, []).trimEnd().split('\n');
  assert.match(title, /not a medical device/);
  return lines;
}

const skip = missing('gcc');
const lines = skip ? [] : here();

/** @param {string} line */
const secondsOf = (line) => Number(/^(\d+\.\d) s /.exec(line)?.[1]);

test('ventricular beats are called so, and three of them in a row raise an alarm', { skip }, () => {
  const ventricular = lines.filter((line) => / beat \d+: V\b/.test(line)).map(secondsOf);
  assert.ok(ventricular.length >= 6, `${ventricular}`);
  assert.ok(ventricular.every((at) => at > 22 && at < 46), `${ventricular}`);
  assert.ok(lines.some((line) => /ALARM: .*ventricular run/.test(line) && secondsOf(line) > 45 && secondsOf(line) < 48));
  assert.ok(lines.some((line) => /over: .*ventricular run/.test(line)));
});

test('leads that are off and lost samples are no rhythm at all, and raise the alarms of a pause and of the signal', { skip }, () => {
  const judged = lines.filter((line) => / beat \d+: [NSV]\b/.test(line)).map(secondsOf);
  assert.deepEqual(judged.filter((at) => at > 49.9 && at < 63), []);
  assert.ok(judged.filter((at) => at > 65 && at < 74).length >= 8, 'and after them there is one again');
  for (const [text, from, to] of /** @type {[RegExp, number, number][]} */ ([[/signal: .*does not move/, 50, 54], [/signal: .*missing/, 58, 61], [/ALARM: .*pause/, 53, 53.7], [/ALARM: .*signal lost/, 54, 62], [/over: .*pause/, 63, 72], [/over: .*signal lost/, 63, 72]])) {
    assert.ok(lines.some((line) => text.test(line) && secondsOf(line) >= from && secondsOf(line) <= to), `${text}:\n${lines.join('\n')}`);
  }
});

test('a pause of three seconds raises an alarm half a second later, when no beat can come to light any more, and beats end it', { skip }, () => {
  assert.ok(lines.some((line) => /ALARM: .*pause/.test(line) && secondsOf(line) > 78 && secondsOf(line) < 78.4), lines.join('\n'));
  assert.ok(lines.some((line) => /over: .*pause/.test(line) && secondsOf(line) > 80 && secondsOf(line) < 89));
});

for (const board of firmware) {
  test(`on a ${board.name} it says the same`, { skip: skip || missing(board.command, board.emulator[0]) }, () => {
    const image = join(folder, `wearable-${board.name}.elf`);
    const flags = [...board.flags, ...strict.filter((flag) => flag !== '-Wmissing-prototypes'), ...sections];
    succeed(board.command, [...flags, '-Itests/mcu', 'tests/packages/wearable_board.c', ...common, ...board.link, '-o', image]);
    assert.deepEqual(succeed(board.emulator[0], [...board.emulator.slice(1), image]).trimEnd().split('\n'), lines);
  });
}
