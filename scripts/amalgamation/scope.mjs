// Which names a C file declares at file scope and keeps to itself, and which of its tokens mean them.
//
// Members of structures have a name space of their own and are left alone. Everything else of the same spelling in the file (a local
// variable, a tag) is renamed with it, which changes no meaning, as long as the new name is new.
import { counts } from './tokens.mjs';

/** @typedef {import('./tokens.mjs').Token} Token */

const keywords = new Set(
  ('auto break case char const continue default do double else enum extern float for goto if inline int long register restrict return short signed sizeof static struct '
    + 'switch typedef union unsigned void volatile while _Alignas _Alignof _Atomic _Bool _Generic _Noreturn _Static_assert _Thread_local').split(' '),
);
const notDeclared = new Set([...keywords, '__attribute__', '__asm__', 'static_assert', 'defined']);
const open = { '(': ')', '[': ']', '{': '}' };

/** The index of what closes the bracket at `at`. @param {Token[]} tokens @param {number} at */
function close(tokens, at) {
  let depth = 0;
  for (let i = at; i < tokens.length; i++) {
    if (tokens[i].text in open && tokens[i].kind === 'mark') depth++;
    else if (tokens[i].kind === 'mark' && /^[)\]}]$/.test(tokens[i].text) && --depth === 0) return i;
  }
  throw new Error('a bracket is not closed');
}

/**
 * The member names that a structure's body declares: the index of each in tokens. Bodies in it are visited, too.
 * @param {Token[]} tokens @param {number} begin behind the brace @param {number} end the closing brace
 * @param {(index: number) => void} found
 */
function members(tokens, begin, end, found) {
  for (let i = begin; i < end; i++) {
    const { text, kind } = tokens[i];
    if (kind === 'name' && (text === '__attribute__' || text === '_Alignas') && tokens[i + 1].text === '(') i = close(tokens, i + 1);
    else if (text === '{') i = close(tokens, i); // of an inner structure or enumeration: visited by itself
    else if (text === '[') i = close(tokens, i);
    else if (text === '(') {
      const last = close(tokens, i);
      if (tokens[i + 1].text === '*') { // a pointer to a function: (*name)(...), (*const name[2])(...)
        for (let j = i + 1; j < last; j++) {
          if (tokens[j].kind === 'name' && !keywords.has(tokens[j].text)) {
            found(j);
            break;
          }
        }
      }
      i = last;
    } else if (kind === 'name' && !keywords.has(text) && /^[;,[:]$/.test(tokens[i + 1].text)) found(i);
  }
}

/**
 * @param {Token[]} all of a file
 * @returns {{ own: Map<string, 'ordinary' | 'macro'>, foreign: Set<string>, uses: Token[], names: Set<string> }}
 *   own: what the file declares at file scope, unless it is for others; foreign: the functions and objects that it defines for others;
 *   uses: the tokens that are no members' names; names: their texts
 */
export function scopeOf(all) {
  const tokens = all.filter(counts);
  /** @type {Map<string, 'ordinary' | 'macro'>} */
  const own = new Map();
  /** @type {Set<string>} */
  const foreign = new Set();
  const isMember = new Set(/** @type {Token[]} */ ([]));

  for (let i = 0; i < tokens.length; i++) {
    const [before, at, after] = [tokens[i - 1], tokens[i], tokens[i + 1]];
    if (at.kind === 'name' && before?.kind === 'mark' && (before.text === '.' || before.text === '->')) isMember.add(at);
    if (at.directive && at.kind === 'name' && before?.text === 'define') own.set(at.text, 'macro');
    if (at.kind === 'name' && at.text === 'offsetof' && after?.text === '(') isMember.add(tokens[close(tokens, i + 1) - 1]);
    if (at.kind === 'name' && /^(struct|union)$/.test(at.text)) {
      const brace = after.text === '{' ? i + 1 : tokens[i + 2]?.text === '{' ? i + 2 : 0;
      if (brace) members(tokens, brace + 1, close(tokens, brace), (index) => isMember.add(tokens[index]));
    }
  }

  const code = tokens.filter((token) => !token.directive);
  /** Tags and enumerators of one declaration. @param {number} begin @param {number} end */
  const types = (begin, end) => {
    for (let i = begin; i < end; i++) {
      if (code[i].kind !== 'name' || !/^(struct|union|enum)$/.test(code[i].text)) continue;
      const brace = code[i + 1].text === '{' ? i + 1 : code[i + 2].text === '{' ? i + 2 : 0;
      if (!brace) continue;
      if (brace === i + 2) own.set(code[i + 1].text, 'ordinary');
      if (code[i].text !== 'enum') continue;
      const last = close(code, brace);
      for (let j = brace + 1, expect = true; j < last; j++) {
        if (code[j].text in open && code[j].kind === 'mark') j = close(code, j);
        else if (code[j].text === ',') expect = true;
        else if (expect) {
          own.set(code[j].text, 'ordinary');
          expect = false;
        }
      }
    }
  };
  /** The names that a declaration declares; it ends before `end`. @param {number} begin @param {number} end @returns {string[]} */
  const declared = (begin, end) => {
    const found = [];
    for (let i = begin, expect = true; i < end; i++) {
      const { text, kind } = code[i];
      const next = i + 1 < end ? code[i + 1].text : ';';
      if (kind === 'name' && /^(__attribute__|_Alignas|__asm__)$/.test(text) && next === '(') i = close(code, i + 1);
      else if (text === '=') { // an initialiser: on to the next declarator
        while (i + 1 < end && code[i + 1].text !== ',') {
          i++;
          if (code[i].text in open && code[i].kind === 'mark') i = close(code, i);
        }
      } else if (text === ',') expect = true;
      else if (expect && text === '(' && next === '*') {
        const last = close(code, i);
        const name = code.slice(i, last).find((token) => token.kind === 'name' && !keywords.has(token.text));
        if (name) found.push(name.text);
        expect = false;
        i = last;
      } else if (text in open && kind === 'mark') i = close(code, i);
      else if (expect && kind === 'name' && !notDeclared.has(text) && /^[([=;,:]$/.test(next)) {
        found.push(text);
        expect = false;
      }
    }
    return found;
  };

  for (let begin = 0; begin < code.length; ) {
    let end = begin, body = false, initialised = false;
    for (; end < code.length && code[end].text !== ';'; end++) {
      initialised ||= code[end].text === '=';
      if (code[end].text === '{' && code[end - 1]?.text === ')' && !initialised) {
        body = true; // of a function
        break;
      }
      // extern "C" { ... }: the declarations inside are seen as if it were not there
      if (code[end].text === '{' && code[end - 1]?.kind === 'text') break;
      if (code[end].kind === 'mark' && code[end].text in open) end = close(code, end);
    }
    if (code[end]?.text === '{' && !body) {
      begin = end + 1;
      continue;
    }
    if (code[begin].text === '}') { // of extern "C"
      begin++;
      continue;
    }
    const words = code.slice(begin, end).map(({ text }) => text);
    if (!/^(_Static_assert|static_assert)$/.test(words[0])) {
      types(begin, end);
      const names = declared(begin, end);
      if (words.includes('static') || words.includes('typedef') || /^[A-Z_]*INLINE$/.test(words[0])) for (const name of names) own.set(name, 'ordinary');
      else if (!words.includes('extern')) for (const name of names) foreign.add(name);
    }
    begin = (body ? close(code, end) : end) + 1;
  }

  const isCommand = (/** @type {number} */ i) => tokens[i].directive && tokens[i - 1]?.text === '#';
  const uses = tokens.filter((token, i) => token.kind === 'name' && !isMember.has(token) && !isCommand(i));
  return { own, foreign, uses, names: new Set(uses.map(({ text }) => text)) };
}
