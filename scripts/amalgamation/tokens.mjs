// C source as tokens. Only what renaming needs: names apart from text in which they mean nothing.

/**
 * @typedef {'space' | 'comment' | 'text' | 'number' | 'name' | 'mark' | 'include'} Kind text: a string or a character; include: a whole #include line; mark: the rest, a character each, but for -> ... and ##
 * @typedef {{ kind: Kind, text: string, directive: boolean }} Token directive: inside a preprocessor line
 */

/** @type {[Kind, RegExp][]} */
const forms = [
  ['space', /(?:\s|\\\n)+/y],
  ['comment', /\/\*[^]*?\*\/|\/\/[^\n]*/y],
  ['text', /"(?:[^"\\\n]|\\[^])*"|'(?:[^'\\\n]|\\[^])*'/y],
  ['number', /\.?\d(?:[\w.]|[eEpP][+-])*/y],
  ['name', /[A-Za-z_]\w*/y],
  ['mark', /->|\.\.\.|##|[^\s\w"'\\]/y],
];
const include = /#[ \t]*include\b[^\n]*/y;

/**
 * @param {string} source
 * @param {string} path for the message of what is not C
 * @returns {Token[]} whose texts joined are the source
 */
export function tokenise(source, path) {
  /** @type {Token[]} */
  const tokens = [];
  let at = 0, lineStart = true, directive = false;
  while (at < source.length) {
    let found = null;
    if (lineStart && source[at] === '#') {
      directive = true;
      include.lastIndex = at;
      const line = include.exec(source);
      if (line) found = { kind: /** @type {Kind} */ ('include'), text: line[0] };
    }
    for (const [kind, form] of found ? [] : forms) {
      form.lastIndex = at;
      const match = form.exec(source);
      if (match) {
        found = { kind, text: match[0] };
        break;
      }
    }
    if (!found) throw new Error(`${path}:${source.slice(0, at).split('\n').length}: not C: ${JSON.stringify(source.slice(at, at + 20))}`);
    if (found.kind === 'space' && /(?<!\\)\n/.test(found.text)) directive = false;
    tokens.push({ ...found, directive });
    if (found.kind === 'space') lineStart ||= found.text.includes('\n');
    else if (found.kind !== 'comment') lineStart = false;
    at += found.text.length;
  }
  return tokens;
}

/** Whether a token is more than white space or a comment. @param {Token} token */
export const counts = ({ kind }) => kind !== 'space' && kind !== 'comment';
