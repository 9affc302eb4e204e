#!/usr/bin/env node
// A portal without a page: lists studies, examines one, and sends the reports where it is told to. Not a medical device.
//
//     node examples/portal/cli.mjs list --dicomweb URL
//     node examples/portal/cli.mjs examine STUDY --dicomweb URL [--model NAME] [--store] [--fhir URL]
//
// Nothing is sent without --store (the reports go to the DICOMweb server, beside the study) or --fhir (the bundle goes there).
// PORTAL_DICOMWEB="user:password" and PORTAL_FHIR="token" are sent to those servers; arguments would be seen by other users.
// Exit code: 0 done, 1 something went wrong, 2 called wrongly.
// SPDX-License-Identifier: MIT
import { parseArgs } from 'node:util';
import { BedsideError } from '../../web/bedside.js';
import { createExaminer } from '../../web/exam/exam.js';
import { basic, listAll, post, postAddress, pull, store, storeAddress } from './portal.mjs';
import { dicomReports } from './dicom-reports.mjs';
import { examineStudy, fhirReport, inWords } from './study.mjs';

const usage = 'usage: cli.mjs list --dicomweb URL\n       cli.mjs examine STUDY --dicomweb URL [--model NAME] [--store] [--fhir URL]';
const say = (/** @type {string} */ line) => process.stdout.write(`${line}\n`);

/** @param {string[]} args */
async function main(args) {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: { dicomweb: { type: 'string' }, fhir: { type: 'string' }, model: { type: 'string', default: 'pneumonia' }, store: { type: 'boolean', default: false } },
  });
  const [command, study] = positionals;
  if (!values.dicomweb || !['list', 'examine'].includes(command) || positionals.length !== (command === 'list' ? 1 : 2)) throw new TypeError(usage);

  const [user, ...password] = (process.env.PORTAL_DICOMWEB ?? '').split(':');
  const archive = { name: 'The archive', url: values.dicomweb, headers: user ? basic(user, password.join(':')) : undefined };
  const token = process.env.PORTAL_FHIR;
  const fhir = values.fhir ? { name: 'The FHIR server', url: values.fhir, headers: token ? { Authorization: `Bearer ${token}` } : undefined } : null;

  if (command === 'list') {
    const { studies, more } = await listAll(archive);
    for (const one of studies) say([one.studyInstanceUid, one.date, one.modalities.join('+'), one.patientName, one.description].join('\t'));
    if (more) process.stderr.write(`There are more than these ${studies.length} studies.\n`);
    return;
  }
  const examiner = await createExaminer({ model: values.model });
  try {
    for await (const { sopInstanceUid, record } of examineStudy(examiner, pull(archive, study))) {
      const { outcome, lines } = inWords(record);
      say(`${sopInstanceUid}\t${outcome}`);
      for (const line of lines) say(`\t${line}`);
      if (record.outcome === 'refused') continue;
      if (values.store) {
        say(`\tstoring the report at ${storeAddress(archive)}`);
        const { stored } = await store(archive, await dicomReports(record));
        for (const uid of stored) say(`\tstored ${uid}`);
      }
      if (fhir) {
        say(`\tposting the bundle to ${postAddress(fhir)}`);
        for (const { status, location } of (await post(fhir, await fhirReport(record))).entries) say(`\t${status} ${location}`);
      }
    }
  } finally {
    examiner.dispose();
  }
}

try {
  await main(process.argv.slice(2));
} catch (error) {
  const wrongly = error instanceof TypeError;
  if (!wrongly && !(error instanceof BedsideError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = wrongly ? 2 : 1;
}
