// The results as a table for the terminal, and as the generated part of a document.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { writeMeasured } from '../measured.mjs';
import { root } from '../setup.mjs';
import { arena, cmsisNn, stArena, tiny } from './bars.mjs';
import { chart } from './chart.mjs';

/**
 * @typedef {object} Results
 * @property {Record<string, Record<string, import('./bars.mjs').Row>>} boards
 * @property {Record<string, import('./ecg.mjs').EcgRow>} ecg the monitor with the arrhythmia network, by board
 * @property {Record<string, Record<string, string>>} skipped why a network does not run on a board
 * @property {Record<string, string>} absent networks without a file
 * @property {{ compiler: string, emulator: string }} tools
 */

const integer = (/** @type {number} */ n) => n.toLocaleString('en-US');

/** @param {string[]} head @param {string[][]} rows */
const markdown = (head, rows) => [head, head.map((_, i) => (i ? '---:' : '---')), ...rows].map((row) => `| ${row.join(' | ')} |`).join('\n');

/** @param {Results} results */
export function table({ boards, ecg, skipped, absent }) {
  const lines = [`${'board'.padEnd(15)}${'network'.padEnd(24)}${'instructions'.padStart(14)}${'per MAC'.padStart(9)}${'arena'.padStart(9)}${'flash'.padStart(9)}${'text'.padStart(8)}${'stack'.padStart(7)}  digest`];
  for (const [board, rows] of Object.entries(boards)) {
    for (const [name, row] of Object.entries(rows)) {
      const numbers = [[row.instructions, 14], [row.per_mac.toFixed(3), 9], [row.arena_bytes, 9], [row.flash_bytes, 9], [row.text_bytes, 8], [row.stack_bytes, 7]];
      lines.push(`${board.padEnd(15)}${name.padEnd(24)}${numbers.map(([value, width]) => String(value).padStart(Number(width))).join('')}  ${row.digest.slice(0, 12)} ${row.equal ? '=' : 'DIFFERS'}`);
    }
  }
  for (const [board, row] of Object.entries(ecg)) {
    lines.push(`${board.padEnd(15)}${'ECG monitor'.padEnd(24)}${String(row.instructions_per_second).padStart(14)} a second of signal, ${row.memory_bytes} bytes of memory, ${row.stack_bytes} of stack  ${row.digest.slice(0, 12)} ${row.equal ? '=' : 'DIFFERS'}`);
  }
  for (const [board, reasons] of Object.entries(skipped)) for (const [name, reason] of Object.entries(reasons)) lines.push(`${board.padEnd(15)}${name.padEnd(24)}skipped: ${reason}`);
  for (const [name, reason] of Object.entries(absent)) lines.push(`${''.padEnd(15)}${name.padEnd(24)}skipped: ${reason}`);
  return lines.join('\n');
}

/** @param {Results} results @param {Record<string, string>} titles */
function measured({ boards, ecg, skipped, tools }, titles) {
  const names = [...new Set(Object.values(boards).flatMap((rows) => Object.keys(rows)))];
  const shipped = names.filter((name) => !(name in arena));
  const short = (/** @type {string} */ board) => board.replace('cortex-m', 'M').replace('0plus', '0+').replace('riscv32', 'RV32IMAC');
  const cell = (/** @type {string} */ board, /** @type {string} */ name, /** @type {(row: import('./bars.mjs').Row) => string} */ show) => (boards[board]?.[name] ? show(boards[board][name]) : '-');
  const byBoard = (/** @type {string[]} */ of, /** @type {(row: import('./bars.mjs').Row) => string} */ show) =>
    markdown(['', ...of.map((name) => titles[name])], Object.keys(boards).map((board) => [short(board), ...of.map((name) => cell(board, name, show))]));
  const peers = Object.entries(cmsisNn).filter(([board]) => board in boards).map(([board, values]) => [`CMSIS-NN, ${short(board)}`, ...tiny.map((name) => String(values[name]))]);
  const m4 = 'cortex-m4';
  return [
    `Counted under ${tools.emulator}, ${tools.compiler}.`,
    '',
    '### Instructions per multiply-accumulate, one inference',
    '',
    [byBoard([...tiny], (row) => `**${row.per_mac.toFixed(3)}**`), ...peers.map((row) => `| ${row.join(' | ')} |`)].join('\n'),
    '',
    '### Instructions of one inference',
    '',
    byBoard([...tiny], (row) => integer(row.instructions)),
    '',
    '### Memory on Cortex-M4, bytes',
    '',
    markdown(
      ['', 'arena', 'ST\'s RAM', 'deepest stack', 'flash', 'of it the runtime\'s code and constants'],
      tiny.map((name) => [titles[name], cell(m4, name, (row) => `**${integer(row.arena_bytes)}**`), integer(stArena[name]), ...['stack_bytes', 'flash_bytes', 'text_bytes'].map((key) => cell(m4, name, (row) => integer(row[/** @type {'stack_bytes'} */ (key)])))]),
    ),
    '',
    '### The shipped models: million instructions of one inference, and arena',
    '',
    markdown(['', ...Object.keys(boards).map(short)], shipped.map((name) => [titles[name], ...Object.keys(boards).map((board) => cell(board, name, (row) => `${(row.instructions / 1e6).toFixed(2)}, ${(row.arena_bytes / 1024).toFixed(1)} KB`))])),
    '',
    '### The ECG monitor with the arrhythmia network: a second of two leads at 360 samples per second',
    '',
    markdown(['', 'instructions', 'memory, bytes', 'deepest stack, bytes'], Object.entries(ecg).map(([board, row]) => [short(board), ...[row.instructions_per_second, row.memory_bytes, row.stack_bytes].map(integer)])),
    '',
    ...Object.entries(skipped).flatMap(([board, reasons]) => Object.entries(reasons).map(([name, reason]) => `* ${titles[name]} does not run on ${short(board)}: it ${reason}.`)),
    '',
  ].join('\n');
}

/**
 * Writes the generated part of docs/microcontrollers-measured.md, and its chart.
 * @param {Results} results
 * @param {Record<string, string>} titles
 */
export function writeDocument(results, titles) {
  writeFileSync(join(root, 'docs/microcontrollers.svg'), chart(results, titles));
  writeMeasured('docs/microcontrollers-measured.md', 'npm run mcu -- --write', `\n${measured(results, titles)}\n`);
}
