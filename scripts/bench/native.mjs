// The program `bedside` and ONNX Runtime for Node on one model, one thread each, in turns.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { run } from '../process.mjs';
import { SetupError } from '../setup.mjs';
import { program } from './models.mjs';

const SLICE_MS = 250;

/** One slice of the program's time. @param {string} bds @param {number} rounds */
async function bedsideSlice(bds, rounds) {
  const { code, output } = await run(program(), ['bench', bds, '--json', '--rounds', String(rounds)]);
  if (code !== 0) throw new SetupError(`bedside bench failed: ${output}`);
  return JSON.parse(output);
}

/**
 * @param {import('./models.mjs').BenchModel} model
 * @param {import('./page/race.mjs').Request} request
 * @param {string} work
 */
async function openOnnxRuntime(model, request, work) {
  const ort = createRequire(import.meta.url)('onnxruntime-node');
  const session = await ort.InferenceSession.create(readFileSync(join(work, `${model.name}.onnx`)), {
    intraOpNumThreads: 1, interOpNumThreads: 1, executionMode: 'sequential', graphOptimizationLevel: 'all',
  });
  const { type, dims, count } = request.port;
  const arrays = { int8: Int8Array, uint8: Uint8Array, float32: Float32Array };
  const data = new arrays[type](count).fill(7);
  const [[input], [output]] = [session.inputNames, session.outputNames];
  return async () => (await session.run({ [input]: new ort.Tensor(type, data, dims) }))[output].data;
}

/**
 * @param {import('./models.mjs').BenchModel} model
 * @param {import('./page/race.mjs').Request} request
 * @param {{ work: string, slices: number, peers: boolean }} options
 */
export async function timeNative(model, request, { work, slices, peers }) {
  const onnxRuntime = peers && model.source ? await openOnnxRuntime(model, request, work) : null;
  const first = await bedsideSlice(model.bds, 20);
  const rounds = Math.max(10, Math.min(100_000, Math.round(SLICE_MS / first.min_ms)));
  let [bedside, other, ceiling] = [Infinity, Infinity, 0];
  for (let slice = 0; slice < slices; slice++) {
    const { min_ms, ceiling_gmacs } = await bedsideSlice(model.bds, rounds);
    [bedside, ceiling] = [Math.min(bedside, min_ms), Math.max(ceiling, ceiling_gmacs)];
    for (const begin = performance.now(); onnxRuntime && performance.now() - begin < SLICE_MS + 100; ) {
      const before = performance.now();
      await onnxRuntime();
      other = Math.min(other, performance.now() - before);
    }
  }
  const common = { bedside_ms: bedside, kernels: first.kernels, ceiling_gmacs: ceiling };
  return onnxRuntime ? { ...common, onnxruntime_ms: other, ratio: other / bedside } : common;
}
