// What of a firmware goes to flash, and to whom it belongs: read from the link map.
//
// Each input section belongs to the file that it came from:
//   network   the generated NAME.c: weights, tables, descriptions
//   runtime   libbedside.a, and what it takes from the compiler's libraries (memcpy, division)
//   harness   the rest: the program around the network, start-up, semihosting; and sha256.c, which only the program calls
// What the linker fills in to align a section counts as the section's before it.

/** What a firmware's flash holds: code, constants, and the first values of variables. */
const flash = /^\.(text|rodata|data|sdata|srodata|init|vectors|ARM\.exidx)/;

/** @typedef {'network' | 'runtime' | 'harness'} Owner */

/** @param {string} file as the map names it @param {string} network the generated file's name @returns {Owner} */
function ownerOf(file, network) {
  if (new RegExp(`(^|/)${network}\\.c\\.(o|obj)$`).test(file)) return 'network';
  if (/libbedside\.a\(sha256\./.test(file)) return 'harness';
  return /\.a\(.*\)$/.test(file) ? 'runtime' : 'harness';
}

/**
 * @typedef {object} Sizes
 * @property {Record<Owner, number>} bytes in flash
 * @property {string[]} foreign files of other libraries that were linked in: "libgcc.a(_udivsi3.o)"
 */

/**
 * @param {string} map the linker's map
 * @param {string} network name of the generated file, without .c
 * @returns {Sizes}
 */
export function sizesOf(map, network) {
  const text = map.slice(map.indexOf('Linker script and memory map'));
  /** @type {Record<Owner, number>} */
  const bytes = { network: 0, runtime: 0, harness: 0 };
  /** @type {Set<string>} */
  const foreign = new Set();
  let inFlash = false;
  /** @type {Owner} */
  let owner = 'harness';
  // " .text.name  0x00001234  0x56 file", the name on a line of its own where it is long; " *fill*  0x00001234  0x2"
  for (const [, output, name, size, file] of text.replaceAll(/^( \S+)\n +(?=0x)/gm, '$1 ').matchAll(/^(?:(\.\S+)| (\S+) +0x[0-9a-f]+ +0x([0-9a-f]+)(?: +(\S.*))?)/gm)) {
    if (output) inFlash = flash.test(output);
    if (!inFlash || !name) continue;
    const length = parseInt(size, 16);
    if (name !== '*fill*') {
      if (!file || length === 0) continue;
      owner = ownerOf(file, network);
      if (owner === 'runtime' && !file.includes('libbedside.a')) foreign.add(/** @type {string} */ (file.split('/').at(-1)));
    }
    bytes[owner] += length;
  }
  return { bytes, foreign: [...foreign].sort() };
}

/** Functions of a C library that firmware must not hold: heap, float helpers, libm, stdio. */
const forbidden = [
  /^_?(m|c|re)alloc(_r)?$|^_?free(_r)?$|^_?sbrk(_r)?$|^memalign$/,
  /^__aeabi_([fd]|u?[il]2[fd]$)|^__(add|sub|mul|div|neg|eq|ne|lt|le|gt|ge|unord)[sdt]f[23]$|^__(float|fix|fixuns|floatun|extend|trunc)\w*[sdt]f\w*$/,
  /^(sin|cos|tan|a?sinh?|a?cosh?|a?tanh?|exp2?|expm1|log(2|10|1p)?|pow|sqrt|cbrt|floor|ceil|l?l?rint|l?l?round|trunc|fabs|fmod|ldexp|frexp)[fl]?$/,
  /printf|scanf|^f?puts$|^f?putc(har)?$|^f(open|close|read|write|flush)$|^_(write|read|open|close|fstat|isatty|lseek)(_r)?$|^std(in|out|err)$|^__s[fw]\w*$|^_impure_ptr$/,
];

/** Of a firmware's symbols, as nm lists them, those that it must not hold. @param {string} listing @returns {string[]} */
export const forbiddenIn = (listing) => Array.from(listing.matchAll(/^[0-9a-f ]* [A-Za-z] (\S+)$/gm), ([, name]) => name).filter((name) => forbidden.some((pattern) => pattern.test(name)));
