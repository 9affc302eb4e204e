// What crosses the wire of a library, brotli at its best. Ten megabytes take that half a minute: results are kept in build/.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { brotliCompress, constants } from 'node:zlib';
import { root } from '../setup.mjs';

const compress = promisify(brotliCompress);
const cache = join(root, 'build/bench-sizes.json');

/** @param {string[]} paths from the root, with a slash before them @returns {Promise<number>} */
export async function brotliBytes(paths) {
  const known = existsSync(cache) ? JSON.parse(readFileSync(cache, 'utf8')) : {};
  let total = 0;
  for (const path of new Set(paths)) {
    const data = readFileSync(join(root, path));
    const key = createHash('sha256').update(data).digest('hex');
    const params = { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: data.length, [constants.BROTLI_PARAM_LGWIN]: 24 };
    known[key] ??= (await compress(data, { params })).length;
    total += known[key];
  }
  mkdirSync(join(root, 'build'), { recursive: true });
  writeFileSync(cache, JSON.stringify(known));
  return total;
}
