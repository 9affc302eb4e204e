// The data of the models: found in BEDSIDE_DATA, compared with the recipe's checksum, unpacked once into build/data/.
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { createReadStream, existsSync, linkSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { dataDir } from '../data.mjs';
import { root, SetupError } from '../setup.mjs';
import { rules } from './arrange.mjs';
import { progress } from './progress.mjs';

/** @typedef {import('../models.mjs').Model} Model */

/** Says that a folder is whole; holds the checksum of what it was made from. */
const MARK = '.complete';
export const unpackedDir = join(root, 'build/data');

/** Where a file of BEDSIDE_DATA lies: at its top or in one of its folders; null if nowhere. @param {string} path */
export function find(path) {
  const top = dataDir();
  if (!top) return null;
  if (existsSync(join(top, path))) return join(top, path);
  const name = basename(path);
  const folders = ['', ...readdirSync(top, { withFileTypes: true }).filter((entry) => entry.isDirectory()).map((entry) => entry.name)];
  return folders.map((folder) => join(top, folder, name)).find((one) => existsSync(one)) ?? null;
}

/** @param {string} path @param {'md5' | 'sha256'} kind */
async function checksum(path, kind) {
  const hash = createHash(kind);
  const show = progress(`checksum of ${basename(path)}`, statSync(path).size);
  let done = 0;
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 })) {
    hash.update(chunk);
    show((done += chunk.length));
  }
  return hash.digest('hex');
}

/** Throws unless the file is the one that the recipe means. @param {string} path @param {{ md5?: string, sha256?: string }} wanted */
export async function verify(path, wanted) {
  for (const kind of /** @type {const} */ (['sha256', 'md5'])) {
    const expected = wanted[kind];
    if (expected && (await checksum(path, kind)) !== expected) throw new SetupError(`${path} is not the right file: its ${kind === 'md5' ? 'MD5' : 'SHA-256'} is not the recipe's.`);
  }
}

/** @param {string} archive @param {string} folder */
async function extract(archive, folder) {
  const show = progress(`unpacking ${basename(archive)}`, statSync(archive).size);
  const tar = spawn('tar', ['-xJf', '-', '-C', folder], { stdio: ['pipe', 'ignore', 'pipe'] });
  let errors = '';
  tar.stderr.on('data', (text) => (errors += text));
  tar.stdin.on('error', () => {}); // tar has ended early; its exit code says so
  const ended = new Promise((resolve) => {
    tar.on('error', (e) => resolve(e.message));
    tar.on('close', (code) => resolve(code === 0 ? '' : errors.trim() || `tar ended with ${code}`));
  });
  let done = 0;
  for await (const chunk of createReadStream(archive, { highWaterMark: 1 << 18 })) {
    if (tar.exitCode !== null) break;
    if (!tar.stdin.write(chunk)) await Promise.race([new Promise((resolve) => tar.stdin.once('drain', resolve)), ended]);
    show((done += chunk.length));
  }
  tar.stdin.end();
  const problem = await ended;
  if (problem) throw new SetupError(`${archive} cannot be unpacked: ${problem}`);
}

/**
 * Unpacks a .tar.xz into `to`/<its name>/, unless that was done; the folder with its content.
 * @param {string} archive @param {{ md5?: string, sha256?: string }} [wanted] @param {string} [to]
 */
export async function unpacked(archive, wanted = {}, to = unpackedDir) {
  const name = basename(archive, '.tar.xz');
  const folder = join(to, name);
  const mark = join(folder, MARK);
  const expected = wanted.sha256 ?? wanted.md5 ?? '';
  if (!existsSync(mark) || (expected && readFileSync(mark, 'utf8').trim() !== expected)) await verify(archive, wanted);
  if (!existsSync(mark)) {
    const partial = `${folder}.${process.pid}`;
    mkdirSync(partial, { recursive: true });
    try {
      await extract(archive, partial);
      rmSync(folder, { recursive: true, force: true }); // what an interrupted run left
      renameSync(partial, folder);
    } finally {
      rmSync(partial, { recursive: true, force: true });
    }
  }
  writeFileSync(mark, `${expected}\n`);
  return existsSync(join(folder, name)) ? join(folder, name) : folder;
}

/** A folder of hard links, made anew if it holds others (models/training/data.py does the same). @param {Record<string, string>} links @param {string} from @param {string} folder */
export function arrange(links, from, folder) {
  const hash = createHash('sha256');
  for (const to of Object.keys(links).sort()) hash.update(`${to}\t${links[to]}\n`);
  const wanted = hash.digest('hex');
  const mark = join(folder, MARK);
  if (existsSync(mark) && readFileSync(mark, 'utf8') === wanted) return folder;
  rmSync(folder, { recursive: true, force: true });
  const show = progress(`arranging ${basename(folder)}`, Object.keys(links).length);
  Object.entries(links).forEach(([to, source], i) => {
    const target = join(folder, to);
    mkdirSync(dirname(target), { recursive: true });
    linkSync(join(from, source), target);
    show(i + 1);
  });
  writeFileSync(mark, wanted);
  return folder;
}

/**
 * What `bedside eval --data` takes for a model: a .npz file or a folder; and the folder of the unpacked archive, if it comes in one.
 * @param {Model} model @returns {Promise<{ data: string, archive: string | null }>}
 */
export async function dataOf({ name, recipe }) {
  const { file, archive, source, arrange: rule, folder } = recipe.data ?? {};
  const wanted = file ?? archive;
  if (!wanted) throw new SetupError(`The recipe of ${name} names no data.`);
  const path = find(wanted);
  if (!path) throw new SetupError(`The data of ${name} is not here: fetch ${basename(wanted)} from ${source} and set BEDSIDE_DATA to its folder.`);
  if (file) {
    await verify(path, recipe.data);
    return { data: path, archive: null };
  }
  const base = await unpacked(path, recipe.data);
  if (!rule) return { data: folder ? join(base, folder) : base, archive: base };
  if (!rules[rule]) throw new SetupError(`The recipe of ${name} wants its data arranged as '${rule}', but there is only ${Object.keys(rules).join(', ')}.`);
  return { data: arrange(rules[rule](base), base, join(unpackedDir, name)), archive: base };
}

/** Whether a model's data is at hand, without reading it. @param {Model} model */
export const hasData = ({ recipe }) => find(recipe.data?.file ?? recipe.data?.archive ?? '\0') !== null;
