// The generated part of docs/performance.md, and its chart.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { writeMeasured } from '../measured.mjs';
import { root } from '../setup.mjs';
import { chart } from './chart.mjs';
import { peers } from './race.mjs';

/** @param {string[]} head @param {string[][]} rows */
const table = (head, rows) => [head, head.map((_, i) => (i ? '---:' : '---')), ...rows].map((row) => `| ${row.join(' | ')} |`).join('\n');

/** @param {number | undefined} value @param {number} digits */
const cell = (value, digits) => (value === undefined ? '' : value.toFixed(digits));

/** @param {number} ms */
const digitsOf = (ms) => (ms < 0.1 ? 4 : ms < 10 ? 3 : 1);

/** @param {import('./run.mjs').Results} results */
export function measured({ machine, ceiling, models, cold_ms, brotli_bytes, peers_brotli_bytes, memory_bytes, native, profile }) {
  const rows = Object.entries(models);
  const names = Object.keys(peers).filter((name) => rows.some(([, model]) => name in model.peers || name in model.errors));
  const labels = names.map((name) => peers[/** @type {keyof typeof peers} */ (name)]);
  const title = (/** @type {string} */ name) => models[name].title;
  const errors = rows.flatMap(([, { title: of, errors: list }]) => Object.entries(list).map(([who, why]) => `* ${of}: ${peers[/** @type {keyof typeof peers} */ (who)]} is not timed: ${why}.`));
  return [
    `Measured on ${machine.cpu} (${machine.cores} logical processors), ${machine.system}, ${String(machine.browser).replace('Chrome/', 'Chromium ')}, Node ${machine.node}. ` +
      `Ceiling of the plain dot loop, one thread: **${ceiling.wasm_gmacs.toFixed(1)} GMAC/s** in WebAssembly, **${ceiling.native_gmacs.toFixed(1)} GMAC/s** natively.`,
    '',
    '### One inference in Chromium, least ms',
    '',
    table(
      ['model', 'Bedside', ...labels, 'fastest peer / Bedside', 'GMAC/s', '% of ceiling'],
      rows.map(([, m]) => [m.title, `**${cell(m.bedside_ms, digitsOf(m.bedside_ms))}**`, ...names.map((n) => cell(m.peers[n], digitsOf(m.peers[n] ?? 1))), m.ratio ? `**${m.ratio.toFixed(2)} x**` : '', cell(m.gmacs, 1), cell(m.percent_of_ceiling, 0)]),
    ),
    '',
    'Median and 95th percentile of the same samples, ms:',
    '',
    table(
      ['model', 'Bedside', ...labels],
      rows.map(([, m]) => [m.title, ...['bedside', ...names].map((n) => (m.times[n] ? `${cell(m.times[n].median, digitsOf(m.times[n].median))} / ${cell(m.times[n].p95, digitsOf(m.times[n].p95))}` : ''))]),
    ),
    ...(errors.length > 0 ? ['', ...errors] : []),
    '',
    '### Cold page to first result, least ms',
    '',
    table(['model', 'Bedside', ...labels], Object.entries(cold_ms).map(([name, of]) => [title(name), ...['bedside', ...names].map((n) => cell(of[n], 0))])),
    '',
    '### WebAssembly memory, MB',
    '',
    table(['model', 'Bedside', ...labels], Object.entries(memory_bytes).map(([name, of]) => [title(name), ...['bedside', ...names].map((n) => cell(of[n] === undefined ? undefined : of[n] / 2 ** 20, 1))])),
    '',
    '### Over the wire: the library, brotli 11, KB',
    '',
    table(['', 'Bedside', ...labels], [['JavaScript and WebAssembly', cell(brotli_bytes / 1024, 1), ...names.map((n) => cell(peers_brotli_bytes[n] === undefined ? undefined : peers_brotli_bytes[n] / 1024, 0))]]),
    '',
    '### Natively, least ms',
    '',
    table(
      ['model', 'Bedside', 'ONNX Runtime (onnxruntime-node)', 'ONNX Runtime / Bedside'],
      Object.entries(native).map(([name, of]) => [title(name), `**${cell(of.bedside_ms, digitsOf(of.bedside_ms))}**`, cell(of.onnxruntime_ms, digitsOf(of.onnxruntime_ms ?? 1)), of.ratio ? `**${of.ratio.toFixed(2)} x**` : '']),
    ),
    ...(profile ? ['', '### Where the time goes in Chromium', '', profileTable(profile, title)] : []),
    '',
  ].join('\n');
}

/** @param {Record<string, import('./layers.mjs').Share[]>} profile @param {(name: string) => string} title */
function profileTable(profile, title) {
  const rows = Object.entries(profile).flatMap(([name, shares]) =>
    shares.filter(({ share }) => share >= 0.01).map(({ kind, layers, us, share, gmacs, percent }, i) => [
      i ? '' : title(name), `${kind} (${layers})`, us.toFixed(us < 10 ? 1 : 0), `${(100 * share).toFixed(0)} %`, gmacs ? gmacs.toFixed(1) : '', gmacs ? percent.toFixed(0) : '',
    ]));
  return table(['model', 'operators', 'us', 'share', 'GMAC/s', '% of ceiling'], rows);
}

/** @param {import('./run.mjs').Results} results */
export function writeDocument(results) {
  writeMeasured('docs/performance.md', 'npm run bench -- --peers --update', measured(results));
  writeFileSync(join(root, 'docs/performance.svg'), chart(results));
}
