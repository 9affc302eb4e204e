// Running programs and finding files, for the scripts beside this one.
import { spawn } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join, relative, sep } from 'node:path';
import { root } from './setup.mjs';

/**
 * Runs a command in the project's root and gives back its exit code and everything it printed.
 * @param {string} command
 * @param {string[]} args
 * @param {NodeJS.ProcessEnv} [env]
 * @returns {Promise<{ code: number, output: string }>}
 */
export function run(command, args, env = process.env) {
  return new Promise((resolve) => {
    const child = spawn(command, args, { cwd: root, env, stdio: ['ignore', 'pipe', 'pipe'] });
    /** @type {Buffer[]} */
    const chunks = [];
    child.stdout.on('data', (chunk) => chunks.push(chunk));
    child.stderr.on('data', (chunk) => chunks.push(chunk));
    child.on('error', (e) => resolve({ code: 127, output: `${command}: ${e.message}\n` }));
    child.on('close', (code) => resolve({ code: code ?? 1, output: Buffer.concat(chunks).toString() }));
  });
}

/**
 * Calls `work` for every item, as many at a time as there are processors; the results keep the items' order.
 * @template T, R
 * @param {T[]} items
 * @param {(item: T) => Promise<R>} work
 * @returns {Promise<R[]>}
 */
export async function parallel(items, work) {
  /** @type {R[]} */
  const results = new Array(items.length);
  let next = 0;
  const lane = async () => {
    while (next < items.length) {
      const i = next++;
      results[i] = await work(items[i]);
    }
  };
  await Promise.all(Array.from({ length: availableParallelism() }, lane));
  return results;
}

/**
 * All files under folders of the project whose path matches, sorted, relative to the root, with forward slashes. A folder that is
 * not there has no files.
 * @param {string[]} folders
 * @param {RegExp} pattern
 * @returns {string[]}
 */
export function filesUnder(folders, pattern) {
  /** @type {string[]} */
  const found = [];
  const visit = (/** @type {string} */ folder) => {
    /** @type {import('node:fs').Dirent[]} */
    let entries = [];
    try {
      entries = readdirSync(folder, { withFileTypes: true });
    } catch {
      return;
    }
    for (const entry of entries) {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) {
        if (entry.name !== 'node_modules' && entry.name !== 'dist' && !entry.name.startsWith('.')) visit(path);
      } else {
        const name = relative(root, path).split(sep).join('/');
        if (pattern.test(name)) found.push(name);
      }
    }
  };
  for (const folder of folders) visit(join(root, folder));
  return found.sort();
}
