// The program under test.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

export const path = process.env.BEDSIDE_PROGRAM ?? fileURLToPath(new URL('../../build/native/bedside', import.meta.url));

/** Runs it; what it prints. Throws with its words if it fails. @param {string[]} args */
export function program(...args) {
  const { status, stdout, stderr, error } = spawnSync(path, args, { encoding: 'utf8', maxBuffer: 2 ** 28 });
  if (error) throw error;
  if (status !== 0) throw new Error(`bedside ${args.join(' ')}: ${stderr.trim() || `exit ${status}`}`);
  return stdout;
}
