// Runs the parity check in this Node: node relaxed.mjs PARITY.wasm ENGINE.wasm [MODEL PICTURES]. scripts/parity.mjs starts it with
// a Node whose relaxed SIMD is right.
import { readFileSync } from 'node:fs';
import * as bedside from '../../web/bedside.js';
import { checkKernels, checkModel } from './wasm.mjs';

const RELAXED = 4; // of bds_features
const [parity, engine, model, pack] = process.argv.slice(2).map((path) => readFileSync(path));
const kernels = await checkKernels(parity);
const rest = model && { model: await checkModel(bedside, { wasm: engine, feature: RELAXED }, model, pack) };
console.log(JSON.stringify({ kernels, ...rest }));
