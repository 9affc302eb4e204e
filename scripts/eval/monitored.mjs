// The test records played as a wearable would hear them: the detector's own beats, judged or withheld, natively and in WebAssembly.
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { listen } from '../../web/ecg.js';
import { bootstrapGroups } from './figures.mjs';
import { answerOf, bedside } from './records.mjs';

/** @typedef {import('../../web/bedside.js').Model} Model */
/** @typedef {import('../../web/ecg.js').Record} Recording */
/** Rows: annotated as N, S, V, F, Q, not annotated; columns: called N, S, V, withheld, not found. @typedef {number[][]} Table */

const CLASSES = ['N', 'S', 'V'];

/** `bedside monitor`: its figures, and its line of each beat. @param {string} bds @param {string[]} paths of the records */
export async function nativeMonitor(bds, paths) {
  const folder = mkdtempSync(join(tmpdir(), 'bedside-monitor-'));
  try {
    const lines = join(folder, 'lines.ndjson');
    const figures = JSON.parse(await bedside(['monitor', bds, ...paths, '--json', '--records', lines]));
    return { figures, lines: readFileSync(lines, 'utf8').split('\n').filter(Boolean).map((line) => JSON.parse(line)) };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/**
 * The same in WebAssembly; throws where a beat, its quality, a logit or a byte of the outputs differs.
 * @param {Model} model @param {Parameters<typeof listen>[0]} ecg @param {Iterable<Recording>} records
 * @param {{ figures: any, lines: any[] }} there @param {(done: number) => void} [show]
 */
export function compareMonitors(model, ecg, records, there, show = () => {}) {
  const hash = createHash('sha256');
  let k = 0;
  let done = 0;
  for (const record of records) {
    for (const told of listen(ecg, record)) {
      const line = there.lines[k++];
      /** @type {Record<string, any>} */
      const mine = { record: record.name, beat: told.index, at: told.sample, quality: told.bits, withheld: told.withheld, rate: told.rate ?? 0 };
      if (told.inputs) {
        for (const { buffer, byteOffset, byteLength } of model.infer(told.inputs)) hash.update(new Uint8Array(buffer, byteOffset, byteLength));
        const { logits, doubts } = answerOf(model);
        Object.assign(mine, { label: model.info.labels[logits.indexOf(Math.max(...logits))], logits, doubts });
      }
      for (const [key, value] of Object.entries(mine)) {
        if (JSON.stringify(value) !== JSON.stringify(line?.[key])) throw new Error(`Record ${record.name}, beat ${told.index}: native says ${key} ${JSON.stringify(line?.[key])}, WebAssembly ${JSON.stringify(value)}.`);
      }
    }
    show(++done);
  }
  if (k !== there.lines.length) throw new Error(`Native told ${there.lines.length} beats, WebAssembly ${k}.`);
  if (hash.digest('hex') !== there.figures.digest) throw new Error('The outputs\' digests differ between native and WebAssembly.');
}

/** @param {number[]} list */
const sum = (list) => list.reduce((a, b) => a + b, 0);

/** Flat figures of a table: what is not found, or withheld, counts against the sensitivity. @param {Table} t */
export function monitorFigures(t) {
  const missed = sum(t.map((row) => row[4]));
  const beats = sum(t.slice(0, 5).map(sum));
  /** @type {Record<string, number>} */
  const flat = { detector_se: (beats - missed) / beats, detector_ppv: (beats - missed) / (beats - missed + sum(t[5])) };
  CLASSES.forEach((name, k) => {
    flat[`end_to_end_${name.toLowerCase()}_se`] = t[k][k] / sum(t[k]);
    flat[`end_to_end_${name.toLowerCase()}_ppv`] = t[k][k] / sum(t.map((row) => row[k]));
  });
  return flat;
}

/** Flat and nested figures of the whole, with intervals over whole records. @param {any} figures of `bedside monitor` */
export function endToEnd(figures) {
  /** @type {Table[]} */
  const tables = figures.by_record.map((/** @type {any} */ { table }) => table);
  const added = (/** @type {ArrayLike<number>} */ times) => figures.table.map((/** @type {number[]} */ row, /** @type {number} */ i) => row.map((_, k) => sum(tables.map((table, r) => times[r] * table[i][k]))));
  const { detector, end_to_end: classes, withheld, digest } = figures;
  return {
    figures: { detector, end_to_end: classes, ...monitorFigures(figures.table), withheld, monitor_digest: digest },
    ci: bootstrapGroups(tables.length, (times) => monitorFigures(added(times))),
  };
}
