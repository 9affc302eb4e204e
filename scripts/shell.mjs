// web/dist/shell.js: the list of the app's own files with a hash of each, for the service worker (demo/sw.js), which keeps exactly these.
// Its version is a hash of the list and of the service worker: another file, another version.
//
//     node scripts/shell.mjs
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import { filesUnder } from './process.mjs';
import { isEntry, root } from './setup.mjs';

/** Of the demo what no source names: data, pictures, what makes it installable. The demo's own files are at the root of the site. */
const data = /^demo\/.*\.(json|webmanifest|svg|png|jpe?g)$/;
/** All that is built but what is no part of the site: the page that is one file, the one for frames, and this list. */
const built = { pattern: /\.(js|wasm)$/, without: /(\.single\.js|\/bedside-frame\.js|\/shell\.js)$/ };

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

/** Files that a page or a source of ours names. @param {string} path @returns {string[]} */
function named(path) {
  const text = readFileSync(join(root, path), 'utf8').replace(/\/\*[^]*?\*\//g, '').replace(/^\s*\/\/.*$/gm, '');
  const forms = path.endsWith('.html') ? /\b(?:src|href)=(")([^"#?]+)"/g : /(?:\bfrom\s*|\bimport\s*\(?\s*|\bnew\s+(?:URL|Worker)\s*\(\s*)(['"])(\.[^'"\s]+)\1/g;
  return Array.from(text.matchAll(forms), ([, , name]) => (name.startsWith('/') ? name.slice(1) : posix.join(posix.dirname(path), name)));
}

/** Pages, what they name, and what that names in turn. The bundles are there as a whole. */
function reached() {
  const found = new Set(filesUnder(['demo'], /\.html$/));
  for (const path of found) {
    if (!/\.(html|m?js)$/.test(path) || path.startsWith('web/dist/')) continue;
    for (const name of named(path)) if (statSync(join(root, name), { throwIfNoEntry: false })?.isFile()) found.add(name);
  }
  return [...found];
}

/** Paths of the project that belong to the app. */
function paths() {
  const dist = filesUnder(['web/dist'], built.pattern).filter((path) => !built.without.test(path));
  const { models } = JSON.parse(readFileSync(join(root, 'models/catalogue.json'), 'utf8'));
  const files = Object.values(models).map((entry) => `models/${/** @type {{url: string}} */ (entry).url}`);
  return [...new Set([...reached(), ...filesUnder(['demo'], data), ...dist, 'models/catalogue.json', 'models/arrhythmia/arrhythmia.bds', ...files])]
    .filter((path) => existsSync(join(root, path)) && !built.without.test(path)).sort();
}

/** What is of use before all else: the engine of the examination, its decoder, the models, the words. @param {string} path */
const isFirst = (path) => /^models\/|\/bedside-(explain|decode)\.wasm$|\/part-(es|ar)-[^/]*$/.test(path);

/**
 * The list: addresses relative to the site's root, each with the SHA-256 and the number of its bytes, in the order in which they should be kept:
 * what is of use first, then the small before the large. '' is the page itself.
 * @returns {{ version: string, files: [path: string, hash: string, bytes: number][] }}
 */
export function shell() {
  const ranked = paths().map((path) => ({ path, bytes: statSync(join(root, path)).size }))
    .sort((a, b) => Number(isFirst(b.path)) - Number(isFirst(a.path)) || a.bytes - b.bytes || (a.path < b.path ? -1 : 1));
  /** @type {[string, string, number][]} */
  const files = ranked.map(({ path, bytes }) => [path.replace(/^demo\//, '').replace(/^index\.html$/, ''), hashOf(path), bytes]);
  const version = createHash('sha256').update(JSON.stringify(files)).update(hashOf('demo/sw.js')).digest('hex').slice(0, 16);
  return { version, files };
}

/** One file a line. */
function listText() {
  const { version, files } = shell();
  return `{"version": "${version}", "files": [\n${files.map((file) => JSON.stringify(file)).join(',\n')}\n]}`;
}

/** The text of web/dist/shell.js. */
export const shellScript = () => `// The app's own files, by address and SHA-256. Made by scripts/shell.mjs.\nself.bedsideShell = ${listText()};\n`;

export function writeShell() {
  writeFileSync(join(root, 'web/dist/shell.js'), shellScript());
}

if (isEntry(import.meta.url)) writeShell();
