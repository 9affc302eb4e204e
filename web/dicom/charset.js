// Texts of a DICOM object in the character sets that it names (PS3.3 C.12.1.1.2, PS3.5 chapter 6). What cannot be decoded becomes U+FFFD, never an
// exception: a name is not worth a picture.
// SPDX-License-Identifier: MIT

/** What TextDecoder calls them; ISO 8859-1 and ASCII are done here, because TextDecoder takes them for windows-1252. @type {Record<string, string>} */
const labels = {
  6: 'ascii', 100: 'latin1', 101: 'iso-8859-2', 109: 'iso-8859-3', 110: 'iso-8859-4', 144: 'iso-8859-5', 127: 'iso-8859-6', 126: 'iso-8859-7', 138: 'iso-8859-8',
  148: 'windows-1254', 203: 'iso-8859-15', 166: 'windows-874', 13: 'shift_jis', 192: 'utf-8', GB18030: 'gb18030', GBK: 'gbk', 149: 'euc-kr', 58: 'gbk',
};

/** What an escape sequence of ISO 2022 chooses, for bytes below 128 (G0) or above (G1): the bytes behind ESC. @type {Record<string, { to: 'low' | 'high', label: string }>} */
const escapes = {
  '(B': { to: 'low', label: 'ascii' }, '(J': { to: 'low', label: 'ascii' }, '$B': { to: 'low', label: 'jis-x-0208' }, '$@': { to: 'low', label: 'jis-x-0208' },
  '$(D': { to: 'low', label: 'jis-x-0212' }, ')I': { to: 'high', label: 'shift_jis' }, '$)C': { to: 'high', label: 'euc-kr' }, '$)A': { to: 'high', label: 'gbk' },
  '-A': { to: 'high', label: 'latin1' }, '-B': { to: 'high', label: 'iso-8859-2' }, '-C': { to: 'high', label: 'iso-8859-3' }, '-D': { to: 'high', label: 'iso-8859-4' },
  '-L': { to: 'high', label: 'iso-8859-5' }, '-G': { to: 'high', label: 'iso-8859-6' }, '-F': { to: 'high', label: 'iso-8859-7' }, '-H': { to: 'high', label: 'iso-8859-8' },
  '-M': { to: 'high', label: 'windows-1254' }, '-b': { to: 'high', label: 'iso-8859-15' }, '-T': { to: 'high', label: 'windows-874' },
};

const ESC = 0x1b;

/** @param {Uint8Array} bytes @param {string} label */
function decode(bytes, label) {
  if (label === 'ascii') return Array.from(bytes, (b) => (b < 128 ? String.fromCharCode(b) : '\ufffd')).join('');
  if (label === 'latin1') return Array.from(bytes, (b) => String.fromCharCode(b)).join('');
  if (label === 'jis-x-0208') return new TextDecoder('euc-jp').decode(bytes.map((b) => b | 128));
  if (label === 'jis-x-0212') {
    const three = [];
    for (let i = 0; i + 1 < bytes.length; i += 2) three.push(0x8f, bytes[i] | 128, bytes[i + 1] | 128);
    return new TextDecoder('euc-jp').decode(Uint8Array.from(three));
  }
  return new TextDecoder(label).decode(bytes);
}

/**
 * @param {string | null} names the values of Specific Character Set
 * @returns {(bytes: Uint8Array) => string} decoder of a value, without padding
 */
export function textDecoder(names) {
  const list = (names ?? '').split('\\').map((name) => name.trim().toUpperCase());
  const initial = labels[list[0].replace(/^ISO[-_ ](IR|2022 IR)[-_ ]?/, '').trim()] ?? 'ascii';
  const extended = list.length > 1 || list[0].startsWith('ISO 2022');
  return (bytes) => (extended && bytes.includes(ESC) ? decodeExtended(bytes, initial) : decode(bytes, initial)).replace(/^[ \0]+|[ \0]+$/g, '');
}

/** Code extension: runs of bytes, each in the set that the last escape sequence chose. @param {Uint8Array} bytes @param {string} initial */
function decodeExtended(bytes, initial) {
  let text = '';
  let low = 'ascii';
  let high = initial;
  for (let at = 0; at < bytes.length;) {
    if (bytes[at] === ESC) {
      const name = [3, 2].map((length) => String.fromCharCode(...bytes.subarray(at + 1, at + 1 + length))).find((code) => escapes[code]);
      if (name) {
        const { to, label } = escapes[name];
        if (to === 'low') low = label;
        else high = label;
        at += 1 + name.length;
      } else {
        text += '\ufffd';
        at++;
      }
      continue;
    }
    const isHigh = bytes[at] > 127;
    let end = at;
    while (end < bytes.length && bytes[end] !== ESC && bytes[end] > 127 === isHigh) end++;
    if (isHigh) text += decode(bytes.subarray(at, end), high);
    else if (low !== 'ascii') text += decode(bytes.subarray(at, end), low);
    else {
      // A delimiter ends what was chosen (PS3.5 6.1.2.5.3).
      const run = decode(bytes.subarray(at, end), low);
      if (/[\\^=\r\n\f]/.test(run)) high = initial;
      text += run;
    }
    at = end;
  }
  return text;
}
