// `bedside diagnose`: examines files and writes what was asked for. Not a medical device.
// SPDX-License-Identifier: MIT
import { existsSync, realpathSync, statSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { BedsideError } from '../web/bedside.js';
import { recordToJson } from '../web/exam/exam.js';
import { toDicomSr } from '../web/reports/dicom-sr.js';
import { toFhir } from '../web/reports/fhir.js';
import { toPaper } from '../web/reports/paper.js';
import { toSecondaryCapture } from '../web/reports/secondary-capture.js';
import { toCsv } from '../web/reports/table.js';
import { examineAll } from './jobs.mjs';
import { HELP, Misuse, parse } from './options.mjs';
import { failureText, harmless, NOTICE, recordText } from './text.mjs';

/** @typedef {import('../web/exam/exam.js').Examined} Examined */
/** @typedef {import('./options.mjs').Wish} Wish */

/** Exit status, the worst last. */
const STATUS = { finding: 0, unsure: 3, refused: 4 };
const FAILED = 1;
const USAGE = 2;

/** @param {string} text */
const print = (text) => new Promise((resolve) => process.stdout.write(text, resolve));
/** @param {string} text */
const say = (text) => process.stderr.write(text);

const SUFFIX = { sr: '.sr.dcm', sc: '.sc.dcm', paper: '.html' };

/**
 * Where reports go: the path itself for one file, into it for several. Never over a file that is examined.
 * @param {Wish} wish @returns {(kind: 'sr' | 'sc' | 'paper', path: string) => string}
 */
function destinations({ files, out }) {
  const examined = new Set(files.filter((file) => existsSync(file)).map((file) => realpathSync(file)));
  for (const [kind, path] of Object.entries(out)) {
    const isFolder = statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
    if (files.length > 1 && !isFolder) throw new Misuse(`--${kind} must name a folder that is there, because several files are examined.`);
    if (!isFolder && existsSync(path) && examined.has(realpathSync(path))) throw new Misuse(`--${kind} would overwrite "${path}", which is to be examined.`);
  }
  /** @type {Map<string, number>} */
  const used = new Map();
  return (kind, path) => {
    const to = /** @type {string} */ (out[kind]);
    if (!statSync(to, { throwIfNoEntry: false })?.isDirectory()) return to;
    const name = `${basename(path)}${SUFFIX[kind]}`;
    const before = used.get(name) ?? 0; // two folders may have a file of one name
    used.set(name, before + 1);
    const target = join(to, before ? `${basename(path)}.${before + 1}${SUFFIX[kind]}` : name);
    if (existsSync(target) && examined.has(realpathSync(target))) throw new BedsideError('BDS_E_ARGUMENT', `"${target}" is to be examined and is not overwritten.`);
    return target;
  };
}

/** @param {'sr' | 'sc' | 'paper'} kind @param {Examined} examined */
async function reportOf(kind, examined) {
  if (kind === 'paper') return toPaper(examined, { picture: examined.input?.width ? examined.picture : undefined });
  if (kind === 'sr') return toDicomSr(examined);
  return toSecondaryCapture(examined, /** @type {import('../web/bedside.js').Pixels} */ (examined.picture));
}

/** Why a file has no bundle, as FHIR says it: the line of this file among those of the others, and never to be taken for a report. @param {string} message */
const noBundle = (message) => `${JSON.stringify({ resourceType: 'OperationOutcome', issue: [{ severity: 'error', code: 'processing', diagnostics: message }] })}\n`;

/**
 * Of several files, each line says of which it is: JSON and CSV by the path as it was given, FHIR, into which no path must get, by its order.
 * @param {Wish} wish @param {string} path @param {Examined} record
 */
async function printRecord({ files, format }, path, record) {
  const several = files.length > 1;
  const space = several ? undefined : 1;
  if (format === 'text') await print(`${recordText(path, record)}\n`);
  else if (format === 'json') await print(`${recordToJson(several ? /** @type {Examined} */ ({ path, ...record }) : record, space)}\n`);
  else if (format === 'csv') await print(toCsv([record], { bom: false, header: false, paths: [path] }));
  else if (record.outcome !== 'refused') await print(`${JSON.stringify(toFhir(record), null, space)}\n`);
  else {
    const message = `REFUSED, so there is no report: ${record.refusal?.message}`;
    say(failureText(path, message));
    if (several) await print(noBundle(message));
  }
}

/** A line that says how far it is: one line that changes on a terminal, else one per file. @param {Wish} wish */
function progressOf({ files, quiet }) {
  if (quiet || files.length < 2) return { show: () => {}, clear: () => {} };
  const terminal = process.stderr.isTTY;
  return {
    show: (/** @type {number} */ done, /** @type {string} */ path) => say(terminal ? `\r\x1b[K${done} of ${files.length} ${harmless(basename(path))}` : `${done} of ${files.length} ${harmless(path)}\n`),
    clear: () => terminal && say('\r\x1b[K'),
  };
}

/** @param {string[]} args @returns {Promise<number>} exit status */
export async function diagnose(args) {
  const wish = parse(args);
  if (wish.help) {
    await print(HELP);
    return 0;
  }
  const destination = destinations(wish);
  const progress = progressOf(wish);
  const counts = { finding: 0, unsure: 0, refused: 0, failed: 0 };
  let failure = 0;
  const fail = (/** @type {string} */ path, /** @type {string} */ message, /** @type {string} */ code) => {
    say(failureText(path, message));
    failure = Math.max(failure, code === 'BDS_E_ARGUMENT' ? USAGE : FAILED);
  };
  /** @param {string} path @param {import('./examine.mjs').Outcome} outcome */
  const take = async (path, outcome) => {
    progress.clear();
    if ('failure' in outcome) {
      counts.failed++;
      fail(path, outcome.failure.message, outcome.failure.code);
      if (wish.format === 'fhir' && wish.files.length > 1) await print(noBundle(outcome.failure.message));
      return;
    }
    const { record } = outcome;
    counts[record.outcome]++;
    await printRecord(wish, path, record);
    for (const kind of /** @type {('sr' | 'sc' | 'paper')[]} */ (Object.keys(wish.out))) {
      try {
        await writeFile(destination(kind, path), await reportOf(kind, record));
      } catch (error) {
        // Of a refused file it has been said already that there is nothing to report.
        if (record.outcome !== 'refused') fail(path, `no ${kind === 'paper' ? 'page' : kind.toUpperCase()} was written: ${/** @type {Error} */ (error).message}`, '');
      }
    }
  };

  if (wish.format === 'csv') await print(toCsv([], { paths: [] }));
  try {
    await examineAll(wish.files, wish, wish.jobs, take, progress.show);
  } catch (error) {
    if (!(error instanceof BedsideError)) throw error;
    say(`${harmless(error.message)}\n`);
    return error.code === 'BDS_E_ARGUMENT' ? USAGE : FAILED;
  }
  progress.clear();
  if (wish.format === 'text') await print(NOTICE);
  if (wish.files.length > 1 && !wish.quiet) {
    say(`${wish.files.length} files: ${counts.finding} with a finding, ${counts.unsure} not sure, ${counts.refused} refused, ${counts.failed} failed.\n`);
  }
  if (failure) return failure;
  return Math.max(...Object.entries(STATUS).map(([outcome, status]) => (counts[/** @type {keyof typeof STATUS} */ (outcome)] ? status : 0)));
}
