// Where data that is not part of the project lies, for tests and evaluations: null where a machine has none, and the test then
// says by name that it was skipped.
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { root } from './setup.mjs';

/**
 * @param {string} variable
 * @param {string} fallback
 * @returns {string | null}
 */
function folder(variable, fallback) {
  const named = process.env[variable];
  if (named) {
    if (!existsSync(named)) throw new Error(`${variable} names ${named}, which is not there`);
    return resolve(named);
  }
  const beside = join(root, fallback);
  return existsSync(beside) ? resolve(beside) : null;
}

/** The medical data sets (BEDSIDE_DATA, or ../shared/data). */
export const dataDir = () => folder('BEDSIDE_DATA', '../shared/data');

/** Models for importing and timing only (BEDSIDE_BENCH_MODELS, or ../shared/bench-models). */
export const benchModelsDir = () => folder('BEDSIDE_BENCH_MODELS', '../shared/bench-models');
