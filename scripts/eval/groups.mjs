// Whose sample is each, and how the model does for whom: patients, subgroups, and the gap between them.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { accuracy, balancedAccuracy, bootstrapGroups, confusion, macroF1, membersOf, sumTables } from './figures.mjs';
import { stem } from './samples.mjs';

/** @typedef {Record<string, string>} Row */

/** Rows of a CSV file by the names in its first line. Quoted fields may hold commas. @param {string} text @returns {Row[]} */
export function csv(text) {
  const [head, ...lines] = text.split(/\r?\n/).filter(Boolean).map((line) => Array.from(line.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^,]*))/g), ([, quoted, plain]) => quoted?.replaceAll('""', '"') ?? plain));
  return lines.map((fields) => Object.fromEntries(head.map((name, i) => [name, fields[i] ?? ''])));
}

/** "40 to 59" of [..., 40, 60, ...]. @param {string} value @param {number[]} bands */
function band(value, bands) {
  const i = bands.findIndex((low, k) => value !== '' && Number(value) >= low && Number(value) < (bands[k + 1] ?? -Infinity));
  return i < 0 ? '' : `${bands[i]} to ${bands[i + 1] - 1}`;
}

/**
 * Where data sets say whose picture each is. key: the column with the picture's name; group: whose it is; attributes: name, column, bands of numbers.
 * @type {Record<string, { file: string, key: string, group: string, attributes: Record<string, { column: string, bands?: number[] }> }>}
 */
const TABLES = {
  'pad_ufes_20.tar.xz': {
    file: 'labels.csv',
    key: 'img_id',
    group: 'patient_id',
    attributes: {
      'skin type (Fitzpatrick)': { column: 'fitspatrick' },
      age: { column: 'age', bands: [0, 40, 60, 80, 120] },
      sex: { column: 'gender' },
      region: { column: 'region' },
      biopsy: { column: 'biopsed' },
    },
  },
  'busi_256.tar.xz': { file: 'labels.csv', key: 'file', group: 'dup_group', attributes: { class: { column: 'class' } } },
};

/**
 * Of each sample: its group (patient), and its value of each attribute, '' where it is not known. Null where the data set has no table.
 * @param {string | undefined} archive as the recipe names it @param {string | null} folder its content @param {string[]} ids
 * @returns {{ groups: string[], attributes: Record<string, string[]> } | null}
 */
export function lookUp(archive, folder, ids) {
  // Both eyes of a child.
  if (archive?.endsWith('chase_db1.tar.xz')) return { groups: ids.map((id) => /Image_(\d+)/.exec(id)?.[1] ?? id), attributes: {} };
  const table = TABLES[/** @type {string} */ (archive?.split('/').at(-1))];
  if (!table || !folder) return null;
  const rows = csv(readFileSync(join(folder, table.file), 'utf8'));
  const byKey = new Map(rows.map((row) => [stem(row[table.key]), row]));
  // The rule `merge` puts the part before the name.
  const name = (/** @type {string} */ id) => stem(/** @type {string} */ (id.split('/').at(-1))).replace(/^(full|lesion_only)-/, '');
  const found = ids.map((id) => byKey.get(name(id)) ?? {});
  // A sample that nobody claims is a group of its own.
  const groups = found.map((row, i) => row[table.group] || `sample ${i}`);
  const attributes = Object.fromEntries(
    Object.entries(table.attributes).map(([attribute, { column, bands }]) => [attribute, found.map((row) => (bands ? band(row[column] ?? '', bands) : (row[column] ?? '').replace(/\.0$/, '')))]),
  );
  return { groups, attributes };
}

/**
 * The same of beats, whose id begins with the record: the record is the patient; age and sex stand in the first comment of its header.
 * @param {string} folder with the .hea files @param {string[]} ids
 */
export function ofRecords(folder, ids) {
  /** @type {Map<string, { age: string, sex: string }>} */
  const known = new Map();
  const look = (/** @type {string} */ record) => {
    const path = join(folder, `${record}.hea`);
    const comment = existsSync(path) ? /^# *(-?\d+) +([MF])\b/m.exec(readFileSync(path, 'latin1')) : null;
    return { age: comment && Number(comment[1]) > 0 ? comment[1] : '', sex: comment?.[2] ?? '' };
  };
  const groups = ids.map((id) => id.split(/[/:.@ _-]/)[0]);
  for (const record of new Set(groups)) known.set(record, look(record));
  const of = groups.map((record) => /** @type {{ age: string, sex: string }} */ (known.get(record)));
  return { groups, attributes: { age: of.map(({ age }) => band(age, [0, 50, 70, 120])), sex: of.map(({ sex }) => sex) } };
}

/** Fewer samples than this say nothing of a group; it is shown, but no gap is taken from it. */
export const LEAST = 20;

/** @typedef {{ truth: Uint8Array, decided: Uint8Array, count: number }} Decided */

/** Of each group of samples (patient): the table of those of its samples that have this value. @param {Decided} c @param {number[][]} members @param {string[]} values @param {string} name */
const tablesOf = ({ truth, decided, count }, members, values, name) => members.map((list) => {
  const own = list.filter((i) => values[i] === name);
  return confusion(own.map((i) => truth[i]), own.map((i) => decided[i]), count);
});

/**
 * By how much the balanced accuracy of those with the value `best` is above that of those with `worst`, and its interval.
 * @param {Decided} c @param {string[]} values @param {string[] | null} groups @param {{ best: string, worst: string }} names
 */
export function difference(c, values, groups, { best, worst }) {
  const members = membersOf(c.truth.length, groups);
  const [high, low] = [best, worst].map((name) => tablesOf(c, members, values, name));
  const of = (/** @type {Uint32Array | undefined} */ times) => balancedAccuracy(sumTables(high, times)) - balancedAccuracy(sumTables(low, times));
  return { gap: of(undefined), ci: bootstrapGroups(members.length, (times) => ({ gap: of(times) }), { resamples: 500 }).gap };
}

/**
 * Figures of each value of each attribute, and the gap between the best and the worst.
 * @param {Decided} c @param {Record<string, string[]>} attributes @param {string[] | null} groups
 */
export function subgroups(c, attributes, groups) {
  const members = membersOf(c.truth.length, groups);
  return Object.entries(attributes).map(([attribute, values]) => {
    const names = [...new Set(values)].sort((a, b) => (a === '' ? 1 : b === '' ? -1 : a.localeCompare(b, 'en', { numeric: true })));
    const tables = new Map(names.map((name) => [name, tablesOf(c, members, values, name)]));
    const of = (/** @type {string} */ name, /** @type {Uint32Array | undefined} */ times) => sumTables(/** @type {number[][][]} */ (tables.get(name)), times);
    const rows = names.map((name) => {
      const table = of(name, undefined);
      const ci = bootstrapGroups(members.length, (times) => {
        const t = of(name, times);
        return { acc: accuracy(t), balanced_acc: balancedAccuracy(t), f1: macroF1(t) };
      }, { resamples: 500 });
      const samples = values.filter((value) => value === name).length;
      const people = groups ? members.filter((list) => list.some((i) => values[i] === name)).length : samples;
      return { name: name || 'not known', samples, groups: people, acc: accuracy(table), balanced_acc: balancedAccuracy(table), f1: macroF1(table), ci };
    });
    return { attribute, rows, gap: gap(names.filter((name, i) => name !== '' && rows[i].samples >= LEAST), of, members.length) };
  });
}

/**
 * Between the groups that are best and worst in the whole test set, difference and ratio of balanced accuracy and of F1; the same two groups in
 * every resample, so that the interval is one of their difference and not of whatever differs most.
 * @param {string[]} names @param {(name: string, times?: Uint32Array) => number[][]} of @param {number} n
 */
function gap(names, of, n) {
  if (names.length < 2) return null;
  /** @type {Record<string, any>} */
  const out = {};
  for (const [key, figure] of /** @type {const} */ ([['balanced_acc', balancedAccuracy], ['f1', macroF1]])) {
    const ranked = names.map((name) => ({ name, value: figure(of(name)) })).filter(({ value }) => Number.isFinite(value)).sort((a, b) => a.value - b.value);
    const [worst, best] = [ranked[0], ranked[ranked.length - 1]];
    out[key] = { best: best.name, worst: worst.name, difference: best.value - worst.value, ratio: worst.value / best.value };
    out[key].ci = bootstrapGroups(n, (times) => {
      const [low, high] = [figure(of(worst.name, times)), figure(of(best.name, times))];
      return { difference: high - low, ratio: low / high };
    }, { resamples: 500 });
  }
  return out;
}
