// Letters of five by seven dots, drawn for this: text that is burnt into a picture must not hang on the fonts of a machine.
// Not a medical device.
// SPDX-License-Identifier: MIT

export const ADVANCE = 6;
export const LINE = 9;

/** Seven rows from the top, each a digit of base 32 whose bits are the dots from the left. @type {Record<string, string>} */
const GLYPHS = {
  A: 'ehhvhhh', B: 'uhhuhhu', C: 'ehggghe', D: 'uhhhhhu', E: 'vgguggv', F: 'vgguggg', G: 'ehgnhhf', H: 'hhhvhhh',
  I: 'e44444e', J: '72222ic', K: 'hikokih', L: 'ggggggv', M: 'hrllhhh', N: 'hpljhhh', O: 'ehhhhhe', P: 'uhhuggg',
  Q: 'ehhhlid', R: 'uhhukih', S: 'fgge11u', T: 'v444444', U: 'hhhhhhe', V: 'hhhhha4', W: 'hhhllrh', X: 'hha4ahh',
  Y: 'hha4444', Z: 'v1248gv', '0': 'ehjlphe', '1': '4c4444e', '2': 'eh168gv', '3': 'u11e11u', '4': '26aiv22', '5': 'vgu11he',
  '6': 'egguhhe', '7': 'v124888', '8': 'ehhehhe', '9': 'ehhf11e', '.': '00000cc', ',': '0000648', ':': '0cc0cc0', ';': '0cc0648', '%': 'op248j3',
  '-': '000e000', '/': '11248gg', '(': '2488842', ')': '8422248', "'": '4480000', '?': 'eh16404', '&': 'cik8lid', '+': '044v440',
  '_': '000000v', ' ': '0000000',
};

/**
 * Text as lines of at most so many letters: broken at spaces, and within a word that is longer.
 * @param {string} text @param {number} most letters of a line, 1 or more
 */
export function wrap(text, most) {
  /** @type {string[]} */
  const lines = [];
  let line = '';
  for (const word of text.split(' ')) {
    for (let rest = word; rest; rest = rest.slice(most)) {
      const part = rest.slice(0, most);
      if (line && line.length + 1 + part.length > most) {
        lines.push(line);
        line = part;
      } else {
        line = line ? `${line} ${part}` : part;
      }
    }
  }
  return line ? [...lines, line] : lines;
}

/**
 * Draws a line of text in white, in capitals; what has no letter here becomes a question mark.
 * @param {import('./reports.js').Rgb} picture @param {string} text @param {number} left @param {number} top @param {number} scale pixels of a dot
 */
export function draw({ pixels, width, height }, text, left, top, scale) {
  Array.from(text.toUpperCase()).forEach((letter, n) => {
    const rows = GLYPHS[letter] ?? GLYPHS['?'];
    for (let y = 0; y < 7 * scale; y++) {
      const bits = parseInt(rows[Math.floor(y / scale)], 32);
      for (let x = 0; x < 5 * scale; x++) {
        if (!((bits >> (4 - Math.floor(x / scale))) & 1)) continue;
        const [px, py] = [left + n * ADVANCE * scale + x, top + y];
        if (px < width && py < height) pixels.fill(255, 3 * (py * width + px), 3 * (py * width + px) + 3);
      }
    }
  });
}
