// What may be asked on the command line. Not a medical device.
// SPDX-License-Identifier: MIT
import { parseArgs } from 'node:util';

/** Called wrongly; the message says how. */
export class Misuse extends Error {}

export const HELP = `Usage: bedside diagnose FILE... [options]

Examines pictures (JPEG, PNG, DICOM) with a model, on this machine. Nothing is sent anywhere.
Bedside is not a medical device; its results must not be used to make decisions about a patient.

What is examined, and with what
  --model NAME          model of the catalogue (default: pneumonia)
  --catalogue FILE      another catalogue than models/catalogue.json
  --frame N             of a multi-frame object; the first is 0 (default)
  --window C,W          centre and width instead of the object's own window
  --body-part PART      what you know and the file does not say: CHEST, for example
  --modality CODE       the same of its modality: DX, for example
  --explain HOW         auto (default), cam, occlusion or none
  --label LABEL         the label to explain

What comes out: text for people, or one of
  --json                the record; of several files one per line, each with its path
  --csv                 a table, one line per file that could be read, with its path
  --fhir                a FHIR R4 bundle; of several files one line per file, in their
                        order: an OperationOutcome where there is no report
and besides, into a file, or a folder if several files are examined
  --sr PATH             DICOM structured report (TID 1500); needs DICOM files
  --sc PATH             DICOM Secondary Capture with the heat map; needs DICOM files
  --paper PATH          a page to print (HTML)

  --jobs N              files at the same time (default: by their number and the processors)
  --quiet               no progress on standard error
  --help, --version

Exit status: 0 every file has a finding; 3 at least one is unsure: show it to a clinician;
4 at least one was refused: it was not examined; 1 something failed, or the output was
not read to its end; 2 called wrongly.
`;

/**
 * @typedef {object} Wish
 * @property {string[]} files
 * @property {string} model
 * @property {string | undefined} catalogue
 * @property {import('../web/exam/exam.js').ExamineOptions} examine
 * @property {'text' | 'json' | 'csv' | 'fhir'} format
 * @property {Partial<Record<'sr' | 'sc' | 'paper', string>>} out
 * @property {number} jobs 0: as many as seems good
 * @property {boolean} quiet
 * @property {boolean} help
 */

/** @param {string} name @param {string | undefined} text @param {number} least */
function whole(name, text, least) {
  if (text === undefined) return undefined;
  if (!/^\d{1,9}$/.test(text) || Number(text) < least) throw new Misuse(`--${name} takes a whole number, ${least} or more, and not "${text}".`);
  return Number(text);
}

/** @param {string | undefined} text */
function windowOf(text) {
  if (text === undefined) return undefined;
  const [centre, width, ...more] = text.split(',').map((part) => (part.trim() === '' ? NaN : Number(part)));
  if (!Number.isFinite(centre) || !Number.isFinite(width) || width <= 0 || more.length) throw new Misuse(`--window takes a centre and a width, as 40,400, and not "${text}".`);
  return { centre, width };
}

/** @param {string[]} args @returns {Wish} */
export function parse(args) {
  const text = /** @type {const} */ ({ type: 'string' });
  const flag = /** @type {const} */ ({ type: 'boolean' });
  let parsed;
  try {
    parsed = parseArgs({
      args, allowPositionals: true,
      options: {
        model: text, catalogue: text, frame: text, window: text, 'body-part': text, modality: text, explain: text, label: text, jobs: text,
        json: flag, csv: flag, fhir: flag, sr: text, sc: text, paper: text, quiet: flag, help: { ...flag, short: 'h' },
      },
    });
  } catch (error) {
    throw new Misuse(`${/** @type {Error} */ (error).message.split('. ')[0].replace(/\.$/, '')}.`);
  }
  const { values, positionals: files } = parsed;
  const help = values.help ?? false;
  const formats = /** @type {const} */ (['json', 'csv', 'fhir']).filter((name) => values[name]);
  if (formats.length > 1) throw new Misuse(`Only one of ${formats.map((name) => `--${name}`).join(' and ')} can go to standard output.`);
  if (files.length === 0 && !help) throw new Misuse('A file to examine is missing.');
  const explain = values.explain ?? 'auto';
  if (!['auto', 'cam', 'occlusion', 'none'].includes(explain)) throw new Misuse(`--explain takes auto, cam, occlusion or none, and not "${explain}".`);
  const out = Object.fromEntries(/** @type {const} */ (['sr', 'sc', 'paper']).flatMap((name) => (values[name] === undefined ? [] : [[name, values[name]]])));
  if (Object.values(out).includes('')) throw new Misuse('A path to write to is empty.');
  return {
    files, out, help,
    model: values.model ?? 'pneumonia',
    catalogue: values.catalogue,
    examine: {
      frame: whole('frame', values.frame, 0),
      window: windowOf(values.window),
      stated: { bodyPart: values['body-part'], modality: values.modality },
      explain: /** @type {'auto' | 'cam' | 'occlusion' | 'none'} */ (explain),
      label: values.label,
      keepPicture: 'sc' in out || 'paper' in out,
    },
    format: formats[0] ?? 'text',
    jobs: whole('jobs', values.jobs, 1) ?? 0,
    quiet: values.quiet ?? false,
  };
}
