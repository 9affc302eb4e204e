// What crosses the wire of a library, brotli at its best. Ten megabytes take that half a minute: results are kept in build/.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { brotliCompress, constants } from 'node:zlib';
import { root } from '../setup.mjs';

const compress = promisify(brotliCompress);
const cache = join(root, 'build/bench-sizes.json');

/**
 * @param {Record<string, string[]>} libraries paths from the root, with a slash before them
 * @returns {Promise<Record<string, number>>}
 */
export async function brotliBytes(libraries) {
  const known = existsSync(cache) ? JSON.parse(readFileSync(cache, 'utf8')) : {};
  const bytesOf = async (/** @type {string} */ path) => {
    const data = readFileSync(join(root, path));
    const key = createHash('sha256').update(data).digest('hex');
    const params = { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: data.length, [constants.BROTLI_PARAM_LGWIN]: 24 };
    return (known[key] ??= (await compress(data, { params })).length);
  };
  const sums = await Promise.all(Object.entries(libraries).map(async ([name, paths]) => {
    const sizes = await Promise.all(Array.from(new Set(paths), bytesOf));
    return [name, sizes.reduce((a, b) => a + b, 0)];
  }));
  mkdirSync(join(root, 'build'), { recursive: true });
  writeFileSync(cache, JSON.stringify(known));
  return Object.fromEntries(sums);
}
