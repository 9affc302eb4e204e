// The weight coders on real models: smaller than general compressors, and than the weights' zero-order entropy.
import assert from 'node:assert/strict';
import { basename } from 'node:path';
import { test } from 'node:test';
import { benchModels, measureCoders } from '../../scripts/coder-bench.mjs';
import { models } from '../../scripts/models.mjs';

for (const path of [...models().map(({ bds }) => bds), ...benchModels()]) {
  test(`${basename(path)}: the adaptive coder is smallest, the static one near`, async () => {
    const sizes = await measureCoders(path);
    for (const other of /** @type {const} */ (['xz', 'zstd', 'brotli', 'entropy'])) {
      const bytes = sizes[other];
      assert.notEqual(bytes, null, `${other} is not installed`);
      assert.ok(sizes.adaptive.bytes < /** @type {number} */ (bytes), `adaptive ${sizes.adaptive.bytes}, ${other} ${bytes}`);
    }
    const tables = 64; // bytes: what the tables of a network of many small layers (retina-vessels) take beyond one per cent
    assert.ok(sizes.static.bytes < 1.01 * sizes.entropy + tables, `static ${sizes.static.bytes}, entropy ${sizes.entropy}`);
  });
}
