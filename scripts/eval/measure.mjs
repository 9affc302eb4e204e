// How long, how much, how exact.

/** Numbers with six digits after the point, however deep. @param {any} value @returns {any} */
export function rounded(value) {
  if (typeof value === 'number') return Number.isFinite(value) ? Number(value.toFixed(6)) : null;
  if (Array.isArray(value)) return value.map(rounded);
  if (value && typeof value === 'object') return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, rounded(one)]));
  return value;
}

/** So many pictures of a kind that all runs together stay under some `giga` multiply-accumulates. @param {number} macs @param {number} kinds @param {number} giga @param {number} [most] */
export const affordable = (macs, kinds, giga, most = 300) => Math.min(most, Math.max(8, Math.floor((giga * 1e9) / kinds / macs)));

/** Milliseconds of one inference in WebAssembly, the least of many. @param {import('../../web/bedside.js').Model} model @param {any} picture */
export async function milliseconds(model, picture) {
  await model.prepare(picture);
  const { data } = model.input();
  let least = Infinity;
  const until = performance.now() + 400;
  for (let i = 0; i < 20 || performance.now() < until; i++) {
    const begin = performance.now();
    model.infer(data);
    least = Math.min(least, performance.now() - begin);
    if (i > 5 && performance.now() > until + 4000) break;
  }
  return least;
}
