// In the page: the machine's ceiling for WebAssembly, a loop of i32x4.dot_i16x8_s that multiplies two rows by four columns into eight
// accumulators and does nothing else. The module is put together here, byte by byte.

const I32 = 0x7f;
const V128 = 0x7b;

/** Unsigned LEB128. @param {number} n @returns {number[]} */
const leb = (n) => (n < 128 ? [n] : [(n & 127) | 128, ...leb(n >>> 7)]);
/** @param {number[]} bytes */
const sized = (bytes) => [...leb(bytes.length), ...bytes];
/** @param {number} id @param {number[]} bytes */
const section = (id, bytes) => [id, ...sized(bytes)];

const get = (/** @type {number} */ local) => [0x20, local];
const set = (/** @type {number} */ local) => [0x21, local];
const constant = (/** @type {number} */ n) => [0x41, ...leb(n)];
const load = (/** @type {number} */ offset) => [0xfd, 0, 4, ...leb(offset)];
const SPLAT16 = [0xfd, 16];
const ADD32 = [0xfd, ...leb(174)];
const DOT = [0xfd, ...leb(186)];

/** Multiply-accumulates of one turn of the loop. */
export const MACS_PER_TURN = 8 * 8;

/** (turns: i32) -> i32 */
function moduleBytes() {
  // Local 0 counts down; 1 .. 2 rows, 3 .. 6 columns, 7 .. 14 accumulators: 14 of the 16 vector registers.
  const [rows, columns] = [[1, 2], [3, 4, 5, 6]];
  const sums = [7, 8, 9, 10, 11, 12, 13, 14];
  const body = [
    ...columns.flatMap((local) => [...constant(local), ...SPLAT16, ...set(local)]),
    0x03, 0x40, // loop
    // The rows come from memory, 16 KB that stay in the nearest cache; else the compiler would multiply once and for all.
    ...rows.flatMap((row, r) => [...get(0), ...constant(1023), 0x71, ...constant(4), 0x74, ...load(16 * r), ...set(row)]),
    ...sums.flatMap((sum, i) => [...get(sum), ...get(rows[i >> 2]), ...get(columns[i & 3]), ...DOT, ...ADD32, ...set(sum)]),
    ...get(0), ...constant(1), 0x6b, 0x22, 0, // turns - 1, kept
    0x0d, 0, // br_if
    0x0b,
    ...get(sums[0]), ...sums.slice(1).flatMap((sum) => [...get(sum), ...ADD32]),
    0xfd, 27, 0, // i32x4.extract_lane
    0x0b,
  ];
  return Uint8Array.of(
    0, 0x61, 0x73, 0x6d, 1, 0, 0, 0,
    ...section(1, [1, 0x60, 1, I32, 1, I32]),
    ...section(3, [1, 0]),
    ...section(5, [1, 0, 1]), // a page of memory
    ...section(7, [1, ...sized([0x66]), 0, 0]),
    ...section(10, [1, ...sized([1, 14, V128, ...body])]),
  );
}

/** Gives a function that takes one sample of a tenth of a millisecond or two: 10^9 multiply-accumulates per second. */
export function openCeiling() {
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(moduleBytes()));
  const run = /** @type {(turns: number) => number} */ (exports.f);
  const turns = 100_000;
  const sample = () => {
    const begin = performance.now();
    run(turns);
    return (1e-6 * MACS_PER_TURN * turns) / (performance.now() - begin);
  };
  for (let i = 0; i < 100; i++) sample(); // until the optimising compiler has taken over
  return sample;
}
