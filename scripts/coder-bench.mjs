// What the weight coders make of real models, beside general compressors on the same weights, and how fast they decode.
//
//     node scripts/coder-bench.mjs [MODEL.bds|MODEL.tflite|MODEL.onnx ...] [--json]
//
// Without a model: all of models/ and those of BEDSIDE_BENCH_MODELS (or ../shared/bench-models). Bytes of one weight each, layer after
// layer, are what xz -9e, zstd -19 --ultra -22 and brotli -11 get; wide weights lose their sign for them. The zero-order entropy is
// that of all weights together, in bytes, the tables that a coder would need not counted. Speeds are the least of several runs.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { brotliCompressSync, constants } from 'node:zlib';
import { build, buildDir } from './build.mjs';
import { models } from './models.mjs';
import { run } from './process.mjs';
import { isEntry, main, root, SetupError, which } from './setup.mjs';

/**
 * @typedef {{ bytes: number, native_mb_per_s: number, wasm_mb_per_s: number | null }} Coder
 * @typedef {{ weights: number, entropy: number, layer_entropy: number, adaptive: Coder, static: Coder, xz: number | null, zstd: number | null, brotli: number }} Sizes
 */

/** Networks that are there to be measured, or none. */
export function benchModels() {
  const folder = process.env.BEDSIDE_BENCH_MODELS ?? join(root, '../shared/bench-models');
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((name) => /\.(tflite|onnx)$/.test(name))
    .sort()
    .map((name) => join(folder, name));
}

/** Length of what a program prints for an input; null without the program. @param {string[]} command @param {Uint8Array} input */
function compressed([program, ...args], input) {
  if (!which(program)) return null;
  const { status, stdout } = spawnSync(program, args, { input, maxBuffer: 1 << 30 });
  if (status !== 0) throw new SetupError(`${program} failed.`);
  return stdout.length;
}

/** Seconds to decode all blobs of a file of coder_bench. @param {Buffer} bytes */
function decodeTime(bytes) {
  const module = new WebAssembly.Module(readFileSync(join(buildDir('wasm-simd'), 'tests/tools/coder_bench.wasm')));
  const { exports } = new WebAssembly.Instance(module);
  const memory = /** @type {WebAssembly.Memory} */ (exports.memory);
  const decode = /** @type {(to: number, blob: number) => number} */ (exports.decode);
  const base = (Number(/** @type {WebAssembly.Global} */ (exports.__heap_base).value) + 63) & ~63;
  let seconds = 0;
  for (let at = 0; at < bytes.length; ) {
    const stored = 32 + bytes.readUInt32LE(at + 4);
    const count = bytes.readUInt32LE(at + 8);
    const to = (base + stored + 63) & ~63;
    const missing = to + 2 * count - memory.buffer.byteLength;
    if (missing > 0) memory.grow(Math.ceil(missing / 65536));
    new Uint8Array(memory.buffer).set(bytes.subarray(at, at + stored), base);
    let best = Infinity;
    const runs = Math.min(200, Math.max(8, Math.ceil(2_000_000 / count)));
    for (let i = 0; i < runs; i++) {
      const begin = performance.now();
      if (decode(to, base) !== 0) throw new Error('a stream does not decode');
      best = Math.min(best, performance.now() - begin);
    }
    seconds += best / 1000;
    at += stored;
  }
  return seconds;
}

/**
 * @param {string} path a compiled model, or a network: that is compiled
 * @param {{ speed?: boolean }} [options] speed: in WebAssembly, too
 * @returns {Promise<Sizes>}
 */
export async function measureCoders(path, { speed = false } = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'bedside-coder-'));
  try {
    let bds = path;
    if (!path.endsWith('.bds')) {
      bds = join(folder, 'model.bds');
      const { code, output } = await run(join(buildDir('native'), 'bedside'), ['compile', path, '-o', bds]);
      if (code !== 0) throw new SetupError(output.trim());
    }
    const { code, output } = await run(join(buildDir('native'), 'tests/tools/coder_bench'), [bds, folder]);
    if (code !== 0) throw new SetupError(output.trim());
    const sizes = JSON.parse(output);
    for (const coder of ['adaptive', 'static']) {
      sizes[coder].wasm_mb_per_s = speed ? Number((sizes.weights / decodeTime(readFileSync(join(folder, `${coder}.bin`))) / 1e6).toFixed(1)) : null;
    }
    const weights = readFileSync(join(folder, 'weights.bin'));
    const params = { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_LGWIN]: 24, [constants.BROTLI_PARAM_SIZE_HINT]: weights.length };
    return {
      ...sizes,
      xz: compressed(['xz', '-9e', '--format=xz', '-c'], weights),
      zstd: compressed(['zstd', '-19', '--ultra', '-22', '-c', '-q'], weights),
      brotli: brotliCompressSync(weights, { params }).length,
    };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** @param {Record<string, Sizes>} results */
function table(results) {
  const cells = (/** @type {(string | number | null)[]} */ row) => row.map((cell, i) => (i ? String(cell ?? '-').padStart(10) : String(cell).padEnd(32))).join('');
  const lines = [cells(['bytes', 'weights', 'adaptive', 'static', 'entropy', 'by layer', 'xz', 'zstd', 'brotli'])];
  for (const [name, r] of Object.entries(results)) lines.push(cells([name, r.weights, r.adaptive.bytes, r.static.bytes, r.entropy, r.layer_entropy, r.xz, r.zstd, r.brotli]));
  lines.push('', cells(['million weights a second', '', 'adaptive', 'static', 'adaptive', 'static']), cells(['', '', 'wasm', 'wasm', 'native', 'native']));
  for (const [name, r] of Object.entries(results)) lines.push(cells([name, '', r.adaptive.wasm_mb_per_s, r.static.wasm_mb_per_s, r.adaptive.native_mb_per_s, r.static.native_mb_per_s]));
  return lines.join('\n');
}

if (isEntry(import.meta.url)) {
  await main(async () => {
    const args = process.argv.slice(2);
    const given = args.filter((arg) => arg !== '--json');
    const paths = given.length > 0 ? given : [...models().map(({ bds }) => bds), ...benchModels()];
    await build(['native'], { targets: ['bedside_cli', 'coder_bench'], quiet: true });
    await build(['wasm-simd'], { targets: ['bedside_wasm', 'coder_bench'], quiet: true });
    /** @type {Record<string, Sizes>} */
    const results = {};
    for (const path of paths) results[basename(path)] = await measureCoders(path, { speed: true });
    console.log(args.includes('--json') ? JSON.stringify(results) : table(results));
  });
}
