// The download that a page pays for the engine: the SIMD module and the minified shim, as a server would send them (brotli).
//
//     node scripts/check-size.mjs
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { brotliCompressSync, constants } from 'node:zlib';
import { isEntry, root } from './setup.mjs';

const budget = 60 * 1024;
const parts = ['web/dist/bedside-simd.wasm', 'web/dist/bedside.js'];

/** @returns {{ sizes: { path: string, bytes: number, compressed: number }[], total: number, budget: number }} */
export function measure() {
  const sizes = parts.map((path) => {
    const data = readFileSync(join(root, path));
    const params = { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: data.length };
    return { path, bytes: data.length, compressed: brotliCompressSync(data, { params }).length };
  });
  return { sizes, total: sizes.reduce((sum, { compressed }) => sum + compressed, 0), budget };
}

/** One line per part and one for the sum. @param {ReturnType<typeof measure>} measured */
export function describe({ sizes, total }) {
  const lines = sizes.map(({ path, bytes, compressed }) => `${path}: ${bytes} bytes, ${compressed} compressed`);
  return [...lines, `together ${total} of ${budget} bytes`].join('\n');
}

if (isEntry(import.meta.url)) {
  const measured = measure();
  console.log(describe(measured));
  process.exitCode = measured.total < budget ? 0 : 1;
}
