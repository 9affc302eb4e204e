// The download that every page pays: the SIMD module and the minified shim, as a server would send them (brotli). Beside it, and not in
// the budget, what a page pays that is given JPEG or PNG.
//
//     node scripts/check-size.mjs
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { brotliCompressSync, constants } from 'node:zlib';
import { isEntry, root } from './setup.mjs';

const budget = 40 * 1024;
const parts = ['web/dist/bedside-simd.wasm', 'web/dist/bedside.js'];
const later = 'web/dist/bedside-decode.wasm';

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

if (isEntry(import.meta.url)) {
  const measured = measure();
  console.log(describe(measured));
  process.exitCode = measured.total < budget ? 0 : 1;
}
