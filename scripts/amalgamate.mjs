// The runtime in one file, for firmware that takes source rather than a library: bedside.c, its interface bedside.h, and
// bedside_network.h, which the C files of `bedside export-c` include. Headers in ecg/ only lead to bedside.h, so that a source compiles
// against the one file as against the library.
//
//     node scripts/amalgamate.mjs [-o FOLDER]      build/amalgamation without a name
//
// The files of src/ one after the other, each header once. Names that a file keeps to itself get its name in front where another file
// uses the same one, so that nothing depends on who came before whom. Which kernels take part follows from their files' names, as in
// cmake/BedsideKernels.cmake: the references, and those of microcontrollers under the compiler's own macros.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, posix } from 'node:path';
import { kernelSets, switches } from './amalgamation/switches.mjs';
import { scopeOf } from './amalgamation/scope.mjs';
import { tokenise } from './amalgamation/tokens.mjs';
import { filesUnder } from './process.mjs';
import { isEntry, main, root, SetupError, UsageError } from './setup.mjs';

const ecgHeaders = filesUnder(['src/ecg'], /\.h$/).filter((path) => !/_(internal|math)\.h$/.test(path));
const publicHeaders = ['src/bedside.h', ...ecgHeaders];
const networkHeader = 'src/bedside_network.h';
/** Kernels of machines with SIMD of their own, and what only those use. */
const left = /^src\/kernels\/((arm|wasm|x86)\/|(panels|planes)\.c$)/;
/** Names with these prefixes are of the whole runtime, whichever file declares them. */
const shared = /^(bds|BDS|bdf|BDF|BEDSIDE)_|^(ecg|ECG)_/;

/**
 * @typedef {import('./amalgamation/tokens.mjs').Token} Token
 * @typedef {{ path: string, tokens: Token[], includes: string[], scope: ReturnType<typeof scopeOf> }} Source includes: of the project
 */

/** @param {string} path @returns {Source} */
function read(path) {
  const tokens = tokenise(readFileSync(join(root, path), 'utf8'), path);
  const includes = tokens.filter(({ kind, text }) => kind === 'include' && text.includes('"')).map(({ text }) => {
    const name = /"([^"]+)"/.exec(text)?.[1] ?? '';
    const found = [posix.join(dirname(path), name), posix.join('src', name)].find((candidate) => existsSync(join(root, candidate)));
    if (!found) throw new SetupError(`${path} includes ${name}, which is not there`);
    return found;
  });
  try {
    return { path, tokens, includes, scope: scopeOf(tokens) };
  } catch (e) {
    throw new SetupError(`${path}: ${e instanceof Error ? e.message : e}`);
  }
}

/** The sources in their order, and each header they need, before what needs it. */
function load() {
  const paths = filesUnder(['src'], /^src\/([^/]*|ecg\/[^/]*|kernels\/.*)\.c$/).filter((path) => !left.test(path));
  const decode = 'src/decode.c'; // stb_image's names come after everything else
  /** @type {Map<string, Source>} */
  const sources = new Map();
  /** @type {string[]} */
  const headers = [];
  const visit = (/** @type {string} */ path) => {
    if (sources.has(path)) return;
    const source = read(path);
    sources.set(path, source);
    source.includes.forEach(visit);
    if (path.endsWith('.h')) headers.push(path);
  };
  [...publicHeaders, networkHeader, ...paths].forEach(visit);
  return { sources, headers, code: [...paths.filter((path) => path !== decode), decode] };
}

/** All that a file sees: itself, and the headers it includes, and theirs. @param {Map<string, Source>} sources @param {string} path @returns {Set<string>} */
function closure(sources, path, seen = new Set()) {
  if (!seen.has(path)) {
    seen.add(path);
    for (const next of sources.get(path)?.includes ?? []) closure(sources, next, seen);
  }
  return seen;
}

/**
 * New names for what would mean two things in one file: for each path, old to new.
 * @param {Map<string, Source>} sources
 */
function chooseNames(sources) {
  const sees = new Map([...sources.keys()].map((path) => [path, closure(sources, path)]));
  const all = new Set([...sources.values()].flatMap(({ scope }) => [...scope.names]));
  /** @type {Map<string, Map<string, string>>} */
  const names = new Map([...sources.keys()].map((path) => [path, new Map()]));
  for (const [path, { scope }] of sources) {
    const isHeader = path.endsWith('.h');
    for (const name of scope.foreign) {
      if (!shared.test(name)) throw new SetupError(`${path}: ${name} is for other files, so its name must begin with bds_`);
    }
    for (const [name, kind] of scope.own) {
      if (isHeader && shared.test(name)) continue;
      const users = [...sources.keys()].filter((other) => sees.get(other)?.has(path));
      const strangers = [...sources.keys()].filter((other) => !users.includes(other) && sources.get(other)?.scope.names.has(name));
      // A source's macro ends with it (#undef), so it disturbs nobody who does not define one, too.
      if (strangers.length === 0 || (kind === 'macro' && !isHeader)) continue;
      const stem = basename(path).replace(/\.[ch]$/, '');
      const fresh = /[a-z]/.test(name) ? `${stem}_${name}` : `${stem.toUpperCase()}_${name}`;
      if (all.has(fresh)) throw new SetupError(`${path}: ${name} would become ${fresh}, which there is already`);
      all.add(fresh);
      for (const user of users) names.get(user)?.set(name, fresh);
    }
  }
  return names;
}

/** @param {string} text */
const trimmed = (text) => text.replace(/^\s*\n|\s+$/g, '').replace(/\n{3,}/g, '\n\n');

/**
 * A file's text as it stands in the one file: renamed, without includes of the project's own headers, without include guard.
 * @param {Source} source @param {Map<string, string>} names @param {Set<string>} system receives the C library's headers that it includes in any case
 * @param {boolean} [keep] they stay where they are: the file stands under a condition
 */
function rewrite(source, names, system, keep = false) {
  const uses = new Set(source.scope.uses);
  const guard = source.path.endsWith('.h') ? /#\s*ifndef\s+(\w+)\s+#\s*define\s+\1\b/.exec(source.tokens.map(({ kind, text }) => (kind === 'comment' ? '' : text)).join(''))?.[1] : undefined;
  let depth = 0;
  let text = '';
  for (const [i, token] of source.tokens.entries()) {
    if (token.directive && token.text === '#') {
      const word = source.tokens.slice(i + 1).find(({ kind }) => kind === 'name')?.text ?? '';
      if (word.startsWith('if')) depth++;
      if (word === 'endif') depth--;
    }
    if (token.kind === 'include') {
      if (token.text.includes('"')) continue;
      if (!keep && depth === (guard ? 1 : 0)) system.add(token.text.replace(/\s+/g, ' ').replace('# ', '#'));
      else text += token.text;
    } else text += uses.has(token) ? names.get(token.text) ?? token.text : token.text;
  }
  if (guard) text = text.replace(new RegExp(`#\\s*ifndef ${guard}\\n#\\s*define ${guard}\\n`), '').replace(/#\s*endif\s*$/, '');
  const macros = source.path.endsWith('.c') ? [...source.scope.own].filter(([, kind]) => kind === 'macro').map(([name]) => `#undef ${name}\n`) : [];
  return `${trimmed(text.replace(/ \* SPDX-License-Identifier: MIT \*\/|\n \* SPDX-License-Identifier: MIT \*\//, ' */'))}\n${macros.length > 0 ? `\n${macros.join('')}` : ''}`;
}

/** A line across, with a name in it. @param {string} name */
const rule = (name) => `/* ==== ${name} ${'='.repeat(Math.max(3, 110 - name.length))} */`;

/** Lines of a comment's paragraph. @param {string} text @param {string} indent */
function wrapped(text, indent) {
  const lines = [''];
  for (const word of text.split(' ')) {
    if (lines[lines.length - 1].length + word.length > 110) lines.push('');
    lines[lines.length - 1] += `${lines[lines.length - 1] ? ' ' : ''}${word}`;
  }
  return lines.map((line) => `${indent}${line}\n`).join('');
}

/** @returns {Record<string, string>} the files' texts by name */
export function amalgamate() {
  const { sources, headers, code } = load();
  const names = chooseNames(sources);
  const version = /#define BDS_VERSION "([^"]+)"/.exec(readFileSync(join(root, 'src/bedside.h'), 'utf8'))?.[1];
  const licence = readFileSync(join(root, 'LICENSE'), 'utf8').trim().split('\n').map((line) => ` * ${line}`.trimEnd()).join('\n');
  const what = `Bedside ${version}: diagnosis models that run where the patient is. Not a medical device.`;
  const made = 'Made by scripts/amalgamate.mjs from src/; change that, not this.';

  /** @param {string[]} paths @param {Set<string>} system */
  const texts = (paths, system) => paths.map((path) => {
    const source = /** @type {Source} */ (sources.get(path));
    const conditions = [switches.find(({ files }) => files?.test(path))?.condition, kernelSets.find(({ files }) => files.test(path))?.condition].filter(Boolean);
    const body = rewrite(source, /** @type {Map<string, string>} */ (names.get(path)), system, conditions.length > 0);
    const [begin, end] = conditions.length > 0 ? [`#if ${conditions.join(' && ')}\n`, `#endif /* ${conditions.join(' && ')} */\n`] : ['', ''];
    return `${rule(path)}\n${begin}${body}${end}`;
  }).join('\n');
  /** @param {string} name @param {string} text @param {string[]} paths @param {string} [first] its own includes */
  const header = (name, text, paths, first = '') => {
    const guard = `BEDSIDE_ONE_${name.replace(/\W/g, '_').toUpperCase()}`;
    /** @type {Set<string>} */
    const system = new Set();
    const body = texts(paths, system);
    return `/* ${what}\n${wrapped(text, ' * ')} * ${made}\n * SPDX-License-Identifier: MIT */\n#ifndef ${guard}\n#define ${guard}\n\n${first}${[...system].sort().join('\n')}\n\n${body}\n#endif\n`;
  };

  const forNetworks = headers.filter((path) => closure(sources, networkHeader).has(path) && !publicHeaders.includes(path));
  const rest = headers.filter((path) => !publicHeaders.includes(path) && !forNetworks.includes(path));
  /** @type {Set<string>} */
  const system = new Set();
  const quiet = ['push', 'ignored "-Wunused-function"', 'pop'].map((word) => `#pragma GCC diagnostic ${word}\n`);
  const body = `/* Not every inline function of a header is used here, and in a source a compiler minds. */
#if defined(__GNUC__)\n${quiet[0]}${quiet[1]}#endif\n\n${texts(rest, system)}
#if defined(__GNUC__)\n${quiet[2]}#endif\n\n${texts(code, system)}`;
  const documented = switches.map(({ name, text, linker }) => ` *   ${name}\n${wrapped(`${text}${linker ? ' For linkers that do not drop unused sections.' : ''}`, ' *       ')}`).join('');
  return {
    ...Object.fromEntries(ecgHeaders.map((path) => [path.replace('src/', ''), '/* All of it is in bedside.h. SPDX-License-Identifier: MIT */\n#include "../bedside.h"\n'])),
    'bedside.h': header('bedside.h', 'The interface.', headers.filter((path) => publicHeaders.includes(path))),
    'bedside_network.h': header('bedside_network.h', 'What the C files of `bedside export-c` are made of; nothing in here is for anybody else.', forNetworks, '#include "bedside.h"\n'),
    'bedside.c': `/* ${what}
 * The runtime in one file. ${made}
 *
 * Compile it as C11, -O2 -ffunction-sections -fdata-sections, and link with -Wl,--gc-sections: what is not called is not there.
 * The kernels are the references, and those for the target's instructions where the compiler says that it has them: Arm's DSP extension
 * and Helium.
 *
 * Switches, to be defined for this file (-DNAME); docs/firmware.md says how many bytes each takes away.
${documented} *
${licence} */
#include "bedside.h"
#include "bedside_network.h"

${[...system].sort().join('\n')}

${body}`,
  };
}

/** Writes them. @param {string} folder */
export function writeAmalgamation(folder) {
  for (const [name, text] of Object.entries(amalgamate())) {
    const path = join(folder, name);
    mkdirSync(dirname(path), { recursive: true });
    if (!existsSync(path) || readFileSync(path, 'utf8') !== text) writeFileSync(path, text);
  }
}

if (isEntry(import.meta.url)) {
  await main(() => {
    const args = process.argv.slice(2);
    if (args.length > 0 && (args.length !== 2 || args[0] !== '-o')) throw new UsageError('usage: node scripts/amalgamate.mjs [-o FOLDER]');
    const folder = args[1] ?? join(root, 'build/amalgamation');
    writeAmalgamation(folder);
    console.log(`${join(folder, 'bedside.c')}, bedside.h, bedside_network.h`);
  });
}
