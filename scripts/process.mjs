// Running programs and finding files, for the scripts beside this one.
import { spawn } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join, relative, sep } from 'node:path';
import { root } from './setup.mjs';

/**
 * Runs a command in the project's root and gives back its exit code and everything it printed. Past the limit it is ended, and
 * what it started with it: first asked, after five seconds made to.
 * @param {string} command
 * @param {string[]} args
 * @param {{ env?: NodeJS.ProcessEnv, limit?: number }} [options] limit in seconds
 * @returns {Promise<{ code: number, output: string }>}
 */
export function run(command, args, { env = process.env, limit = 0 } = {}) {
  return new Promise((resolve) => {
    const child = spawn(command, args, { cwd: root, env, stdio: ['ignore', 'pipe', 'pipe'], detached: limit > 0 });
    /** @type {Buffer[]} */
    const chunks = [];
    /** @type {NodeJS.Timeout[]} */
    const timers = [];
    const end = (/** @type {NodeJS.Signals} */ signal) => {
      try {
        process.kill(-(child.pid ?? 0), signal);
      } catch {
        // it has just ended by itself
      }
    };
    if (limit > 0 && child.pid) {
      timers.push(
        setTimeout(() => {
          chunks.push(Buffer.from(`\nNot done after ${limit} s: ended.\n`));
          end('SIGTERM');
          timers.push(setTimeout(() => end('SIGKILL'), 5000));
        }, limit * 1000),
      );
    }
    child.stdout.on('data', (chunk) => chunks.push(chunk));
    child.stderr.on('data', (chunk) => chunks.push(chunk));
    child.on('error', (e) => resolve({ code: 127, output: `${command}: ${e.message}\n` }));
    child.on('close', (code) => {
      timers.forEach(clearTimeout);
      resolve({ code: code ?? 1, output: Buffer.concat(chunks).toString() });
    });
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
