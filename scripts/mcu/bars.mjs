// What the firmware must keep to, and the published figures that it is compared with.

/** MLPerf Tiny's networks, in the order of the tables. */
export const tiny = /** @type {const} */ (['ic', 'kws', 'vww', 'ad']);

/** @param {number[]} values in the order of `tiny` @returns {Record<string, number>} */
const each = (...values) => Object.fromEntries(tiny.map((name, i) => [name, values[i]]));

/**
 * Instructions per multiply-accumulate of CMSIS-NN, counted in the same way: under QEMU, whole networks with their real weights, gcc 12.2 -O3.
 * @type {Record<string, Record<string, number>>}
 */
export const cmsisNn = {
  'cortex-m4': each(2.39, 2.95, 3.3, 2.19),
  'cortex-m55': each(0.384, 0.671, 0.858, 0.556),
};

/** At most so many instructions per multiply-accumulate. @type {Record<string, Record<string, number>>} */
export const perMac = {
  'cortex-m3': each(3, 3.5, 2.5, 3.2),
  'cortex-m4': each(1.35, 1.75, 1.2, 1.6),
  'cortex-m55': each(0.33, 0.6, 0.6, 0.4),
};

/** At most so many bytes of arena, scratch included, on any board. */
export const arena = each(49_500, 16_500, 50_000, 1_500);

/** RAM in ST's entry to MLPerf Tiny's closed division, bytes. */
export const stArena = each(56_672, 22_272, 58_624, 2_048);

/** At most so many bytes of the runtime's code and constants. @type {Record<string, Record<string, number>>} */
export const text = { 'cortex-m4': { kws: 16 * 1024, ad: 8 * 1024 } };

/**
 * @typedef {object} Row one network on one board
 * @property {string} digest
 * @property {string} native_digest
 * @property {boolean} equal
 * @property {number} instructions of one inference, the most of all inputs
 * @property {number} macs
 * @property {number} per_mac
 * @property {number} arena_bytes
 * @property {number} flash_bytes
 * @property {number} text_bytes
 * @property {number} stack_bytes
 */

/**
 * The bars that a row misses, in sentences.
 * @param {string} board
 * @param {string} network
 * @param {Row} row
 */
export function missed(board, network, row) {
  /** @type {[string, number, number | undefined][]} */
  const checks = [
    ['instructions per MAC', row.per_mac, perMac[board]?.[network]],
    ['bytes of arena', row.arena_bytes, arena[network]],
    ['bytes of runtime', row.text_bytes, text[board]?.[network]],
  ];
  return checks.filter(([, is, most]) => most !== undefined && !(is <= most)).map(([what, is, most]) => `${network} on ${board}: ${is} ${what}, at most ${most}`);
}
