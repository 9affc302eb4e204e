// The measured part of a document: what stands between two comments, the first of which says by which command it is written.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './setup.mjs';

const END = '<!-- end of measured -->';

/** The document up to that part, the part, and the rest. @param {string} file from the project's root @param {string} command */
function parts(file, command) {
  const begin = `<!-- measured: ${command} -->\n`;
  const text = readFileSync(join(root, file), 'utf8');
  const [from, to] = [text.indexOf(begin), text.indexOf(END)];
  if (from < 0 || to < from) throw new Error(`${file} lacks the lines ${begin.trim()} and ${END}`);
  return [text.slice(0, from + begin.length), text.slice(from + begin.length, to), text.slice(to)];
}

/** @param {string} file from the project's root @param {string} command */
export const readMeasured = (file, command) => parts(file, command)[1];

/** @param {string} file from the project's root @param {string} command @param {string} text whole lines */
export function writeMeasured(file, command, text) {
  const [before, , after] = parts(file, command);
  writeFileSync(join(root, file), before + text + after);
}
