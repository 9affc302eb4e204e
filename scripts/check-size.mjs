// The download that every page pays: the SIMD module and the minified shim, as a server would send them (brotli). Beside it, and not in
// the budget, what a page pays that is given JPEG or PNG. And the demo's shell: all that its page loads before it can be used, without a model.
//
//     node scripts/check-size.mjs
import { readFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import { brotliCompressSync, constants } from 'node:zlib';
import { isEntry, root } from './setup.mjs';

const budget = 40 * 1024;
const parts = ['web/dist/bedside-simd.wasm', 'web/dist/bedside.js'];
const later = 'web/dist/bedside-decode.wasm';

const shellBudget = 150 * 1024;

/** @param {string} path */
function sizeOf(path) {
  const data = readFileSync(join(root, path));
  const params = { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: data.length };
  return { path, bytes: data.length, compressed: brotliCompressSync(data, { params }).length };
}

/** @returns {{ sizes: { path: string, bytes: number, compressed: number }[], total: number, budget: number }} */
export function measure() {
  const sizes = parts.map(sizeOf);
  return { sizes, total: sizes.reduce((sum, { compressed }) => sum + compressed, 0), budget };
}

/** One line per part and one for the sum. @param {ReturnType<typeof measure>} measured */
export function describe({ sizes, total }) {
  const line = (/** @type {ReturnType<typeof sizeOf>} */ { path, bytes, compressed }) => `${path}: ${bytes} bytes, ${compressed} compressed`;
  return [...sizes.map(line), `together ${total} of ${budget} bytes`, `${line(sizeOf(later))}: with the first JPEG or PNG`].join('\n');
}

/** Static imports of a bundle, and theirs. @param {string} path @param {Set<string>} found */
function follow(path, found) {
  if (found.has(path)) return found;
  found.add(path);
  const text = readFileSync(join(root, path), 'utf8');
  for (const [, name] of text.matchAll(/(?:\bfrom|\bimport)\s*"(\.\/[^"]+)"/g)) follow(posix.join(posix.dirname(path), name), found);
  return found;
}

/** What demo/index.html loads before it can be used, in English and with SIMD. @returns {{ parts: ReturnType<typeof sizeOf>[], total: number, budget: number }} */
export function measureShell() {
  const page = readFileSync(join(root, 'demo/index.html'), 'utf8');
  const named = Array.from(page.matchAll(/<(?:script[^>]*\bsrc|link rel="stylesheet"[^>]*\bhref)="([^"]+)"/g), ([, name]) => (name.startsWith('/') ? name.slice(1) : `demo/${name}`));
  const scripts = new Set(/** @type {string[]} */ ([]));
  for (const path of [...named.filter((name) => name.endsWith('.js')), 'web/dist/exam.worker.js']) follow(path, scripts);
  const others = ['demo/index.html', ...named.filter((name) => !name.endsWith('.js')), 'web/dist/bedside-explain.wasm', 'models/catalogue.json'];
  const parts = [...others, ...scripts].map(sizeOf);
  return { parts, total: parts.reduce((sum, { compressed }) => sum + compressed, 0), budget: shellBudget };
}

/** @param {ReturnType<typeof measureShell>} measured */
export const describeShell = ({ parts, total, budget: limit }) => `${parts.map(({ path, compressed }) => `${path}: ${compressed} compressed`).join('\n')}\nthe demo's shell together ${total} of ${limit} bytes`;

if (isEntry(import.meta.url)) {
  const [measured, shell] = [measure(), measureShell()];
  console.log(`${describe(measured)}\n\n${describeShell(shell)}`);
  process.exitCode = measured.total < budget && shell.total <= shellBudget ? 0 : 1;
}
