// The table of docs/firmware.md that says what each switch of the one file takes away: made of what sizes.mjs measures, and read again.
import { readMeasured, writeMeasured } from '../measured.mjs';

/** @typedef {import('./sizes.mjs').Sizes} Sizes */

export const WRITE = 'node scripts/amalgamation/sizes.mjs --write';
const DOCUMENT = 'docs/firmware.md';

/** What is defined for a row, how it is called, and what of it goes; left: the row says what is left, not what goes. @type {{ set: string[], name: string, text: string, left?: boolean }[]} */
export const rows = [
  { set: [], name: 'no switch', text: '(what such a firmware takes)', left: true },
  ...[
    ['BDS_NO_ENTROPY', 'the decoders of coded weights: for raw files'],
    ['BDS_NO_SEQUENCES', 'operators of transformers and recurrent networks'],
    ['BDS_NO_OBSERVER', '`bds_observe`, names of operators'],
    ['BDS_NO_PARTS', 'operators in parts, for threads'],
    ['BDS_SCALAR', 'the fast kernels'],
    ['BDS_NO_LOADER', 'all that opens files'],
    ['BDS_NO_EXPLAIN', '`bds_explain`'],
    ['BDS_NO_ECG', 'the ECG chain'],
  ].map(([name, text]) => ({ set: [name], name: `\`${name}\``, text })),
  { set: ['BDS_NO_ENTROPY', 'BDS_NO_SEQUENCES', 'BDS_NO_OBSERVER', 'BDS_NO_PARTS'], name: 'the first four together', text: '(what is left)', left: true },
];

const columns = /** @type {const} */ (['network', 'file', 'networkKept', 'fileKept']);

/** The figures of the table's rows. @param {Sizes[]} measured in the order of rows; the first is what such a firmware takes @returns {number[][]} */
export const figures = (measured) => rows.map(({ left }, i) => columns.map((column) => (left ? measured[i][column] : measured[0][column] - measured[i][column])));

/** @param {Sizes[]} measured @param {string} compiler its version */
export function table(measured, compiler) {
  const cells = figures(measured).map((row) => row.map((n) => (Number.isNaN(n) ? '-' : n.toLocaleString('en-US'))));
  return [
    `Bytes with gcc ${compiler}, \`-Os\`:`,
    '',
    '| switch | takes away | in C | file | in C, linker keeps all | file, linker keeps all |',
    '|---|---|---:|---:|---:|---:|',
    ...rows.map(({ name, text }, i) => `| ${[name, text, ...cells[i]].join(' | ')} |`),
  ].join('\n');
}

/** @param {string} text a table */
export const writeTable = (text) => writeMeasured(DOCUMENT, WRITE, `\n${text}\n\n`);

/** The figures that the document has, by the name of their row; NaN: "-". @returns {Map<string, number[]>} */
export function documented() {
  const number = (/** @type {string} */ cell) => (cell === '-' ? NaN : Number(cell.replaceAll(',', '')));
  return new Map(Array.from(readMeasured(DOCUMENT, WRITE).matchAll(/^\| ([^|]+) \|[^|]*\| ([\d,-]+) \| ([\d,-]+) \| ([\d,-]+) \| ([\d,-]+) \|$/gm), ([, name, ...cells]) => [name, cells.map(number)]));
}
