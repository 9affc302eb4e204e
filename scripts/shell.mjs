// web/dist/shell.js: the list of the app's own files with a hash of each, for the service worker (demo/sw.js), which keeps exactly these.
// Its version is a hash of the list and of the service worker: another file, another version.
//
//     node scripts/shell.mjs
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import { filesUnder } from './process.mjs';
import { isEntry, root } from './setup.mjs';

/** Folders of the project as the server lays them out: the demo's own files are at the root of the site. */
const demo = { pattern: /\.(html|js|mjs|css|json|webmanifest|svg|png|jpe?g)$/, without: /^demo\/sw\.js$/ };
/** Of `web/` what the pages name, directly or through what they name, and all that is built. The page that is one file is not part of the site. */
const built = { pattern: /\.(js|wasm|json|css)$/, without: /(\.single\.js|\/shell\.js)$/ };

/** Hashes by path, as long as the file's time and size stay. @type {Map<string, {stamp: string, hash: string}>} */
const known = new Map();

/** @param {string} path @returns {string} SHA-256, 64 hex digits */
function hashOf(path) {
  const { mtimeMs, size } = statSync(join(root, path));
  const stamp = `${mtimeMs} ${size}`;
  const found = known.get(path);
  if (found?.stamp === stamp) return found.hash;
  const hash = createHash('sha256').update(readFileSync(join(root, path))).digest('hex');
  known.set(path, { stamp, hash });
  return hash;
}

/** Files that a source of ours names by a relative address. @param {string} path @returns {string[]} */
function named(path) {
  const text = readFileSync(join(root, path), 'utf8').replace(/\/\*[^]*?\*\//g, '').replace(/^\s*\/\/.*$/gm, '');
  const forms = /(?:\bfrom\s*|\bimport\s*\(?\s*|\bnew\s+(?:URL|Worker)\s*\(\s*)(['"])(\.[^'"\s]+)\1/g;
  return Array.from(text.matchAll(forms), ([, , name]) => posix.join(posix.dirname(path), name));
}

/** What files name, and what those name, without the files themselves. @param {string[]} begin */
function reached(begin) {
  const found = new Set(begin);
  for (const path of found) {
    if (!/\.m?js$/.test(path) || /^web\/dist\//.test(path)) continue;
    for (const name of named(path)) if (existsSync(join(root, name)) && statSync(join(root, name)).isFile()) found.add(name);
  }
  return [...found].filter((path) => !begin.includes(path)).sort();
}

/** Paths of the project that belong to the app. */
function paths() {
  const pages = filesUnder(['demo'], demo.pattern).filter((path) => !demo.without.test(path));
  const sources = reached(pages).filter((path) => path.startsWith('web/') && !path.startsWith('web/dist/'));
  const dist = filesUnder(['web/dist'], built.pattern).filter((path) => !built.without.test(path));
  const { models } = JSON.parse(readFileSync(join(root, 'models/catalogue.json'), 'utf8'));
  const files = Object.values(models).map((entry) => `models/${/** @type {{url: string}} */ (entry).url}`);
  return [...pages, ...sources, ...dist, 'models/catalogue.json', 'models/arrhythmia/arrhythmia.bds', ...files].filter((path) => existsSync(join(root, path)));
}

/**
 * The list: addresses relative to the site's root, each with the SHA-256 of its bytes. '' is the page itself.
 * @returns {{ version: string, files: [string, string][] }}
 */
export function shell() {
  /** @type {[string, string][]} */
  const files = [...new Set(paths())].map((path) => [path.replace(/^demo\//, '').replace(/^index\.html$/, ''), hashOf(path)]);
  const version = createHash('sha256').update(JSON.stringify(files)).update(hashOf('demo/sw.js')).digest('hex').slice(0, 16);
  return { version, files };
}

/** The text of web/dist/shell.js. */
export const shellScript = () => `// The app's own files, by address and SHA-256. Made by scripts/shell.mjs.\nself.bedsideShell = ${JSON.stringify(shell(), null, 1)};\n`;

export function writeShell() {
  writeFileSync(join(root, 'web/dist/shell.js'), shellScript());
}

if (isEntry(import.meta.url)) writeShell();
