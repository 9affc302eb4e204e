// The results as a table for a terminal.
import { peers } from './race.mjs';

/** @param {number | undefined} value @param {number} digits @param {number} width */
const cell = (value, digits, width) => (value === undefined ? '-' : value.toFixed(digits)).padStart(width);

/** @param {import('./run.mjs').Results} results */
export function report({ machine, ceiling, models, cold_ms, brotli_bytes, peers_brotli_bytes, memory_bytes, native }) {
  const names = Object.keys(peers).filter((name) => Object.values(models).some((model) => name in model.peers));
  const heads = names.map((name) => name.padStart(9)).join('');
  const heading = (/** @type {string} */ what) => `${what.padEnd(19)}${'bedside'.padStart(9)}${heads}`;
  const rows = Object.entries(models);
  /** @param {Record<string, Record<string, number>>} table @param {number} factor @param {number} digits */
  const table = (table, factor, digits) =>
    Object.entries(table).map(([model, of]) => `  ${model.padEnd(16)} ${['bedside', ...names].map((name) => cell(of[name] === undefined ? undefined : of[name] * factor, digits, 9)).join('')}`);
  return [
    `${machine.cpu}, ${machine.browser}, one thread; ceiling ${ceiling.wasm_gmacs} GMAC/s in WebAssembly${ceiling.native_gmacs ? `, ${ceiling.native_gmacs} natively` : ''}`,
    '',
    `${heading('Chromium, least ms')}    ratio  GMAC/s  % of ceiling`,
    ...rows.map(([name, { bedside_ms, peers: of, ratio, gmacs, percent_of_ceiling }]) =>
      `  ${name.padEnd(16)} ${cell(bedside_ms, 4, 9)}${names.map((peer) => cell(of[peer], 4, 9)).join('')}${cell(ratio ?? undefined, 2, 9)}${cell(gmacs, 2, 8)}${cell(percent_of_ceiling, 1, 8)}`),
    ...(Object.keys(cold_ms).length ? ['', heading('Cold page, ms'), ...table(cold_ms, 1, 0)] : []),
    '',
    heading('Memory, MB'),
    ...table(memory_bytes, 2 ** -20, 1),
    '',
    `Over the wire, KB (brotli)  bedside ${(brotli_bytes / 1024).toFixed(1)}${Object.entries(peers_brotli_bytes).map(([name, n]) => `, ${name} ${(n / 1024).toFixed(0)}`).join('')}`,
    ...(Object.keys(native).length
      ? ['', 'Native, least ms     bedside  onnxruntime   ratio', ...Object.entries(native).map(([name, of]) => `  ${name.padEnd(16)} ${cell(of.bedside_ms, 4, 9)} ${cell(of.onnxruntime_ms, 4, 12)}${cell(of.ratio, 2, 8)}`)]
      : []),
    ...rows.flatMap(([name, { errors }]) => Object.entries(errors).map(([who, why]) => `${name}: ${who} is not timed: ${why}`)),
  ].join('\n');
}
