#!/usr/bin/env node
// The command `bedside` of the npm package: examines pictures with a model and writes reports. Not a medical device.
// SPDX-License-Identifier: MIT
import { diagnose } from './diagnose.mjs';
import { HELP, Misuse } from './options.mjs';
import { VERSION } from '../web/exam/record.js';

const USAGE = 2;

/** @param {string[]} args @returns {Promise<number>} exit status */
async function run([command, ...rest]) {
  if (command === '--help' || command === '-h' || command === 'help') {
    process.stdout.write(HELP);
    return 0;
  }
  if (command === '--version') {
    process.stdout.write(`bedside ${VERSION}\nNot a medical device.\n`);
    return 0;
  }
  if (command === 'diagnose') return diagnose(rest);
  throw new Misuse(command ? `There is no command "${command}".` : 'A command is missing: diagnose.');
}

// Whoever reads may stop early, as `head` does: without a word, but not as if all had been examined.
process.stdout.on('error', () => process.exit(1));

try {
  process.exitCode = await run(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof Misuse)) throw error;
  process.stderr.write(`${error.message} "bedside --help" says how it goes.\n`);
  process.exitCode = USAGE;
}
