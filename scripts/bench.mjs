// Times Bedside in Chromium, one thread; see docs/performance.md.
//
//     npm run bench -- --layers MODEL [--json]    where the time of one model goes; MODEL is a name (mobilenet_v2) or a .bds file
import { mkdtempSync, copyFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { parseArgs } from 'node:util';
import { describeLayers, timeLayers } from './bench/layers.mjs';
import { prepare } from './bench/models.mjs';
import { build } from './build.mjs';
import { main, SetupError } from './setup.mjs';

const options = /** @type {const} */ ({
  layers: { type: 'string' },
  json: { type: 'boolean', default: false },
  seconds: { type: 'string', default: '3' },
  'no-build': { type: 'boolean', default: false },
});

/** @param {string} text */
const show = (text) => process.stdout.write(`${text}\n`);

await main(async () => {
  const { values } = parseArgs({ options });
  const work = mkdtempSync(join(tmpdir(), 'bedside-bench-'));
  try {
    if (!values['no-build']) await build(['native', 'wasm-simd']);
    if (!values.layers) throw new SetupError('--layers MODEL is needed');
    const model = await prepare(values.layers, work);
    if (!model.source) copyFileSync(model.bds, join(work, basename(model.bds)));
    const found = await timeLayers(model, { work, seconds: Number(values.seconds) });
    show(values.json ? JSON.stringify(found, null, 1) : describeLayers(model, found));
  } finally {
    rmSync(work, { recursive: true });
  }
});
