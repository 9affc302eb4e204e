// What a model answers to each sample: from the native program, and from the WebAssembly module in Node. Both must be the same to the bit.
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { BedsideError, loadEngine } from '../../web/bedside.js';
import { buildDir } from '../build.mjs';
import { SetupError } from '../setup.mjs';

/** @typedef {import('../../web/bedside.js').Model} Model */
/** @typedef {import('../../web/bedside.js').Doubt} Doubt */
/** @typedef {import('./samples.mjs').Sample} Sample */
/**
 * One sample's answer. logits: stored integers; probability and set (of the conformal rule) in the order of the labels, 65536 being 1;
 * doubts: bits in the order of DOUBTS; distance: to the training pictures, 256 being 1.
 * @typedef {{ id: string, truth: number, logits: number[], probability: number[], set?: number[], doubts: number, distance: number }} Answer
 */

/** @type {Doubt[]} */
export const DOUBTS = ['unsure', 'unknown', 'colour', 'small'];
export const doubt = (/** @type {Doubt} */ name) => 1 << DOUBTS.indexOf(name);

/** @param {Doubt[]} doubts */
export const doubtBits = (doubts) => doubts.reduce((bits, name) => bits | doubt(name), 0);

/** @type {Promise<import('../../web/bedside.js').Engine> | undefined} */
let engine;
/** Opens a model file in WebAssembly. @param {string} path */
export async function openModel(path) {
  const bytes = new Uint8Array(readFileSync(path));
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  return (await (engine ??= loadEngine({ simd: 'simd128' }))).openModel({ bytes, sha256 });
}

/** The findings about what was just run, without id and truth. @param {Model} model */
export function answerOf(model) {
  const { findings, doubts, distance } = model.findings();
  return {
    logits: findings.map(({ logit }) => logit),
    probability: findings.map(({ probabilityQ16 }) => probabilityQ16),
    ...(model.info.setCoverage > 0 ? { set: findings.map(({ inSet }) => Number(inSet)) } : {}),
    doubts: doubtBits(doubts),
    distance: Math.round(distance * 256),
  };
}

/**
 * Each sample's answer in WebAssembly, and the SHA-256 over all bytes of all outputs.
 * @param {Model} model @param {Sample[]} samples @param {(done: number) => void} [show]
 * @returns {Promise<{ answers: Answer[], digest: string }>}
 */
export async function answers(model, samples, show = () => {}) {
  const hash = createHash('sha256');
  /** @type {Answer[]} */
  const list = [];
  for (const { id, truth, input } of samples) {
    await model.prepare(input());
    model.run();
    for (let i = 0; i < model.info.outputs; i++) {
      const { data } = model.output(i);
      hash.update(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
    }
    list.push({ id, truth, ...answerOf(model) });
    show(list.length);
  }
  return { answers: list, digest: hash.digest('hex') };
}

/** What is needed of a picture of something else: of findings or of a mask. @param {Model} model */
function trustOf(model) {
  const { doubts, distance } = model.info.maskWidth > 0 ? model.marking() : model.findings();
  return { doubts: doubtBits(doubts), distance: Math.round(distance * 256) };
}

/** Runs one picture; false if the runtime refuses it as showing nothing. @param {Model} model @param {import('./pixels.mjs').Pixels | Uint8Array} picture */
export async function runs(model, picture) {
  try {
    await model.prepare(picture);
    model.run();
    return true;
  } catch (e) {
    if (e instanceof BedsideError && e.code === 'BDS_E_IMAGE_BLANK') return false;
    throw e;
  }
}

/** The labels' answer to one picture, or null if it is refused. @param {Model} model @param {import('./pixels.mjs').Pixels | Uint8Array} picture */
export const answer = async (model, picture) => ((await runs(model, picture)) ? answerOf(model) : null);

/** Doubts and distance of one picture, or null if it is refused. @param {Model} model @param {import('./pixels.mjs').Pixels | Uint8Array} picture */
export const trust = async (model, picture) => ((await runs(model, picture)) ? trustOf(model) : null);

/** Runs the native program; what it prints. @param {string[]} args */
export async function bedside(args) {
  try {
    return (await promisify(execFile)(join(buildDir('native'), 'bedside'), args, { maxBuffer: 1 << 28 })).stdout;
  } catch (e) {
    const { stderr } = /** @type {{ stderr?: string }} */ (e);
    throw stderr ? new SetupError(`bedside ${args.slice(0, 2).join(' ')}: ${stderr.trim()}`) : e;
  }
}

/**
 * `bedside eval`: its figures, and its record of each sample.
 * @param {string} file @param {string} data @param {{ split?: string, float?: string, extra?: string[] }} [options] float: the ONNX file
 * @returns {Promise<{ figures: any, records: any[] }>}
 */
export async function native(file, data, { split = 'test', float, extra = [] } = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'bedside-eval-'));
  try {
    const records = join(folder, 'records.ndjson');
    const stdout = await bedside(['eval', file, '--data', data, '--split', split, '--json', '--records', records, ...(float ? ['--float', float] : []), ...extra]);
    const lines = readFileSync(records, 'utf8').split('\n').filter(Boolean);
    return { figures: JSON.parse(stdout), records: lines.map((line) => JSON.parse(line)) };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/**
 * Throws unless both computed the same: the bytes of all outputs, and what was concluded from each.
 * @param {string} name @param {{ figures: any, records: any[] }} there native @param {{ answers: any[], digest: string }} here WebAssembly
 */
export function compare(name, there, here) {
  if (there.records.length !== here.answers.length) throw new Error(`${name}: native judged ${there.records.length} samples, WebAssembly ${here.answers.length}.`);
  there.records.forEach((record, i) => {
    const mine = here.answers[i];
    for (const key of Object.keys(record)) {
      if (key in mine && JSON.stringify(record[key]) !== JSON.stringify(mine[key])) {
        throw new Error(`${name}: sample ${i} (${record.id}): native says ${key} ${JSON.stringify(record[key])}, WebAssembly ${JSON.stringify(mine[key])}.`);
      }
    }
  });
  if (there.figures.digest !== here.digest) throw new Error(`${name}: the outputs' digests differ: native ${there.figures.digest}, WebAssembly ${here.digest}.`);
}
