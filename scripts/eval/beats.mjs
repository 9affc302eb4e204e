// The figures of a model that tells heartbeats apart, from the records that the recipe names. Every annotated beat counts: fusion beats and those
// that cannot be told (labels F and Q, which the model does not have) are errors whatever it says. Intervals draw whole records.
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { beatsOf, loadEcg, readRecord } from '../../web/ecg.js';
import { bootstrapGroups, confusion, conformal, mean, membersOf, reliability, riskCoverage, sumTables } from './figures.mjs';
import { ofRecords, subgroups } from './groups.mjs';
import { compareMonitors, endToEnd, nativeMonitor } from './monitored.mjs';
import { number, table as markdown } from './markdown.mjs';
import { told } from './outside.mjs';
import { progress } from './progress.mjs';
import { Random } from './random.mjs';
import { answerOf, compare, native, openModel } from './records.mjs';
import { complete } from './techniques.mjs';

/** @typedef {import('../../web/bedside.js').Model} Model */
/** @typedef {import('../../web/ecg.js').Record} Recording */
/** @typedef {import('./records.mjs').Answer} Answer */

const [N, S, V] = [0, 1, 2];
const CLASSES = 5; // N, S, V, F, Q

/** @param {string} folder @param {string} name */
export function recording(folder, name) {
  const [hea, dat, atr] = ['hea', 'dat', 'atr'].map((end) => new Uint8Array(readFileSync(join(folder, `${name}.${end}`))));
  return readRecord({ hea, dat, atr });
}

/** The answers to all beats of a record. @param {Model} model @param {import('../../web/ecg.js').EcgChain} chain @param {Recording} record @param {(outputs: Uint8Array) => void} [see] */
function* answersOf(model, chain, record, see = () => {}) {
  for (const { index, truth, inputs } of beatsOf(chain, record)) {
    for (const { buffer, byteOffset, byteLength } of model.infer(inputs)) see(new Uint8Array(buffer, byteOffset, byteLength));
    yield { id: `${record.name}:${index}`, truth, ...answerOf(model) };
  }
}

/** As the literature counts. table[truth][answer], truth N, S, V, F, Q. @param {number[][]} table */
export function beatFigures(table) {
  const rows = table.map((row) => row.reduce((a, b) => a + b, 0));
  const columns = [N, S, V].map((k) => table.reduce((sum, row) => sum + row[k], 0));
  const all = rows.reduce((a, b) => a + b, 0);
  const se = [N, S, V].map((k) => table[k][k] / rows[k]);
  const ppv = [N, S, V].map((k) => table[k][k] / columns[k]);
  const f1 = [N, S, V].map((k) => (2 * table[k][k]) / (rows[k] + columns[k]));
  return {
    acc: (table[N][N] + table[S][S] + table[V][V]) / all,
    f1: mean(f1),
    n_se: se[N],
    n_ppv: ppv[N],
    s_se: se[S],
    s_ppv: ppv[S],
    v_se: se[V],
    v_ppv: ppv[V],
  };
}

const decided = (/** @type {Answer} */ { logits }) => logits.indexOf(Math.max(...logits));
/** @param {Answer[]} list */
const tableOf = (list) => confusion(list.map(({ truth }) => truth), list.map(decided), CLASSES).map((row) => row.slice(0, 3));

/** Recordings as they should not be. Values are in the record's units. @type {{ name: string, unit: string, strengths: number[], change: (record: Recording, strength: number) => Recording }[]} */
const HARMS = [
  { name: 'noise', unit: 'microvolts', strengths: [20, 50, 100, 200], change: (record, sigma) => altered(record, sigma, (random) => (random.below(256) + random.below(256) + random.below(256) + random.below(256) - 510) / 147.8) },
  { name: 'mains, 60 Hz', unit: 'microvolts', strengths: [50, 100, 200, 400], change: (record, size) => altered(record, size, (_, i) => [0, 0.8660254, 0.8660254, 0, -0.8660254, -0.8660254][i % 6]) },
  { name: 'wander, 0.3 Hz', unit: 'microvolts', strengths: [500, 1000, 2000, 4000], change: (record, size) => altered(record, size, (_, i) => Math.abs(((i % 1200) / 600) - 1) * 2 - 1) },
  { name: 'size', unit: '%', strengths: [150, 70, 50, 25], change: (record, percent) => scaled(record, percent / 100) },
];

/** Adds microvolts to every sample of both leads. @param {Recording} record @param {number} size @param {(random: Random, i: number) => number} wave of size 1 */
function altered(record, size, wave) {
  const random = new Random(Number(record.name) || 1);
  const count = record.leads.length;
  const gains = record.leads.map(({ gain }) => (gain * size) / 1000);
  const values = record.values.map((value, at) => Math.max(-32768, Math.min(32767, Math.round(value + gains[at % count] * wave(random, Math.floor(at / count))))));
  return { ...record, values };
}

/** @param {Recording} record @param {number} factor */
function scaled(record, factor) {
  const count = record.leads.length;
  return { ...record, values: record.values.map((value, at) => Math.round((value - record.leads[at % count].baseline) * factor) + record.leads[at % count].baseline) };
}

/** @param {string} name @param {Model} model @param {import('../../web/ecg.js').EcgChain} chain @param {Recording[]} records */
function shifts(name, model, chain, records) {
  const chosen = records.filter((_, i) => i % 4 === 0);
  const show = progress(`${name}: harmed recordings`, 1 + HARMS.reduce((sum, { strengths }) => sum + strengths.length, 0));
  let done = 0;
  const measure = (/** @type {(record: Recording) => Recording} */ change) => {
    const list = chosen.flatMap((record) => [...answersOf(model, chain, change(record))]);
    show(++done);
    const { f1, acc } = beatFigures(tableOf(list));
    return { f1, acc, flagged_any: list.filter(({ doubts }) => doubts).length / list.length };
  };
  const none = measure((record) => record);
  const rows = HARMS.map(({ name: kind, unit, strengths, change }) => ({
    name: kind,
    unit,
    steps: [{ strength: null, ...none }, ...strengths.map((strength) => ({ strength, ...measure((record) => change(record, strength)) }))],
  }));
  return { pictures: chosen.length, metric: 'f1', rows };
}

/** Inputs of 1,000 beats that are nothing but noise. @param {Model} model @param {number} seed */
export function noiseFor(model, seed) {
  const random = new Random(seed);
  const sizes = [0, 1].map((i) => model.inputForm(i).dims.reduce((a, b) => a * b, 1));
  return Array.from({ length: 1000 }, () => sizes.map((size) => Int8Array.from({ length: size }, () => random.below(256) - 128)));
}

/** Beats of something else: paced ones, and noise in place of windows. @param {Model} model @param {import('../../web/ecg.js').EcgChain} chain @param {string} folder @param {Parameters<typeof told>[0]} inside */
function outside(model, chain, folder, inside) {
  const paced = ['102', '104', '107', '217'].filter((name) => existsSync(join(folder, `${name}.dat`)));
  const hearts = paced.map((name) => [...answersOf(model, chain, recording(folder, name))]);
  const noise = noiseFor(model, 7).map((inputs) => {
    model.infer(inputs);
    return { id: '', truth: -1, ...answerOf(model) };
  });
  const kinds = [
    { name: `paced hearts (${paced.join(', ')})`, answers: hearts.flat(), groups: hearts.flatMap((list, record) => list.map(() => record)) },
    { name: 'noise instead of a beat', answers: noise, groups: null },
  ];
  return told(inside, kinds.filter(({ answers }) => answers.length > 0));
}

/** One line for each record. @param {Answer[]} list @param {string[]} groups */
function byRecord(list, groups) {
  const rows = [...new Set(groups)].map((record) => {
    const part = list.filter((_, i) => groups[i] === record);
    const f = beatFigures(tableOf(part));
    const count = (/** @type {number} */ label) => part.filter(({ truth }) => truth === label).length;
    return [record, part.length, count(S), count(V), number(f.acc), number(f.s_se), number(f.s_ppv), number(f.v_se), number(f.v_ppv)];
  });
  return markdown(['record', 'beats', 'S', 'V', 'accuracy', 'S sensitivity', 'S PPV', 'V sensitivity', 'V PPV'], rows);
}

/** Other seeds of the same recipe, seeds/<n>.bds: what the shipped figure owes to chance. @param {import('../models.mjs').Model} model @param {string} data */
async function seeds({ name, folder }, data) {
  const rows = [];
  for (let seed = 0; existsSync(join(folder, 'seeds', `${seed}.bds`)); seed++) {
    const bds = join(folder, 'seeds', `${seed}.bds`);
    const { figures } = await native(bds, data);
    const { acc, f1, v_se: vSe, v_ppv: vPpv, s_se: sSe, s_ppv: sPpv } = figures;
    rows.push({ seed, acc, f1, v_se: vSe, v_ppv: vPpv, s_se: sSe, s_ppv: sPpv, file_bytes: statSync(bds).size, sha256: createHash('sha256').update(readFileSync(bds)).digest('hex') });
  }
  if (rows.length > 0) process.stderr.write(`${name}: ${rows.length} seeds\n`);
  return rows;
}

/** @type {typeof import('./evaluate.mjs').classify} */
export async function beats(model, { label, bds, onnx, main: isMain }, { quick, write }, place = { data: '', archive: null }) {
  const { recipe } = model;
  const opened = await openModel(bds);
  const ecg = await loadEcg();
  const chain = ecg.chain();
  const there = await native(bds, place.data, { float: existsSync(onnx) ? onnx : undefined });

  const names = recipe.data.splits.test;
  const hash = createHash('sha256');
  const show = progress(`${label}: WebAssembly`, names.length);
  /** @type {Recording[]} */
  const records = names.map((/** @type {string} */ name) => recording(place.data, name));
  const list = records.flatMap((record, i) => {
    const answers = [...answersOf(opened, chain, record, (outputs) => void hash.update(outputs))];
    show(i + 1);
    return answers;
  });
  compare(label, there, { answers: list, digest: hash.digest('hex') });

  const { groups, attributes } = ofRecords(place.data, list.map(({ id }) => id));
  const without = recipe.data.without;
  const rest = list.filter((_, i) => groups[i] !== without);
  const figures = beatFigures(tableOf(list));
  const leading = list.map((answer) => answer.probability[decided(answer)] / 65536);
  const right = list.map((answer) => Number(decided(answer) === answer.truth));
  const risk = riskCoverage(leading, right.map((r) => 1 - r));
  const calibration = reliability(leading, right);
  const members = membersOf(list.length, groups);
  const tables = members.map((one) => tableOf(one.map((i) => list[i])));
  const weight = new Uint32Array(list.length);
  const weighted = (/** @type {ArrayLike<number>} */ times) => {
    members.forEach((one, k) => one.forEach((i) => (weight[i] = times[k])));
    return weight;
  };
  const table = sumTables(tables);
  const flat = { ...there.figures };
  delete flat.by_record;
  /** @type {Record<string, any>} */
  const all = {
    ...flat,
    sha256: createHash('sha256').update(readFileSync(bds)).digest('hex'),
    pictures: list.length,
    records: records.length,
    macs: opened.info.macs,
    ...figures,
    confusion: table,
    ece: calibration.ece,
    aurc: risk.aurc,
    ci: bootstrapGroups(tables.length, (times) => ({ ...beatFigures(sumTables(tables, times)), ece: reliability(leading, right, weighted(times)).ece })),
    ci_groups: records.length,
  };
  if (without) {
    const { s_se: se, s_ppv: ppv, f1, acc } = beatFigures(tableOf(rest));
    Object.assign(all, { [`s_se_without_${without}`]: se, [`s_ppv_without_${without}`]: ppv, [`f1_without_${without}`]: f1, [`acc_without_${without}`]: acc });
  }
  const told = list.filter(({ truth }) => truth <= V);
  if (told.every(({ set }) => set !== undefined)) {
    const { coverage, size, by_label: byLabel } = conformal(told.map(({ truth }) => truth), told.map(({ set }) => /** @type {number[]} */ (set)), 3);
    Object.assign(all, { set_coverage: coverage, set_size: size, set_by_label: byLabel });
  }
  const time = (/** @type {Model} */ one) => timed(one, chain, records[0]);
  all.wasm_ms = isMain && write ? await complete(model, time) : time(opened);
  /** @type {Record<string, any>} */
  const more = { labels: ['N', 'S', 'V', 'F', 'Q'], answers: recipe.labels, records: byRecord(list, groups) };
  const keep = list.map(({ truth }, i) => (truth <= V ? i : -1)).filter((i) => i >= 0);
  more.subgroups = subgroups(
    { truth: Uint8Array.from(keep, (i) => list[i].truth), decided: Uint8Array.from(keep, (i) => decided(list[i])), count: 3 },
    Object.fromEntries(Object.entries(attributes).map(([name, values]) => [name, keep.map((i) => values[i])])),
    keep.map((i) => groups[i]),
  );
  if (isMain) {
    const rows = await seeds(model, place.data);
    if (rows.length > 0) {
      more.seeds = rows;
      for (const key of /** @type {const} */ (['acc', 'f1', 'v_se', 'v_ppv', 's_se', 's_ppv'])) all[`${key}_mean_of_seeds`] = mean(rows.map((row) => row[key]));
    }
  }
  if (isMain) {
    const played = await nativeMonitor(bds, names.map((/** @type {string} */ record) => join(place.data, record)));
    compareMonitors(opened, ecg, records, played, progress(`${label}: monitor`, names.length));
    const own = endToEnd(played.figures);
    Object.assign(all, own.figures);
    Object.assign(all.ci, own.ci);
  }
  if (isMain && !quick) {
    if (list.some(({ distance }) => distance > 0)) {
      const far = outside(opened, chain, place.data, { distances: list.map(({ distance }) => distance), groups });
      more.outside = far.rows;
      Object.assign(all, far.figures);
      Object.assign(all.ci, far.ci);
    }
    more.shifts = shifts(label, opened, chain, records);
  }
  opened.dispose();
  const curves = { reliability: { bins: calibration.bins, ece: calibration.ece, of: 'the leading label' }, risk: { ...risk, measure: 'error among the answered', abstains: all.coverage } };
  return { figures: all, curves, more };
}

/** Milliseconds of one beat's inference, the least of many. @param {Model} model @param {import('../../web/ecg.js').EcgChain} chain @param {Recording} record */
function timed(model, chain, record) {
  let least = Infinity;
  let left = 2000;
  for (const { inputs } of beatsOf(chain, record)) {
    const begin = performance.now();
    model.infer(inputs);
    least = Math.min(least, performance.now() - begin);
    if (--left === 0) break;
  }
  return least;
}
