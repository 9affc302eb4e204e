// What a page and its worker have asked the network for. Not a medical device.
// SPDX-License-Identifier: MIT

/**
 * As the browser reports them, sometimes late. What the page holds in memory (blob:, data:) is none.
 * @param {number} time in milliseconds since 1970 @param {import('../exam.js').Examiner} examiner
 */
export async function requestsSince(time, examiner) {
  const own = performance.getEntriesByType('resource').map(({ name, startTime }) => ({ url: name, time: performance.timeOrigin + startTime }));
  const all = [...own, ...(await examiner.requests().catch(() => []))];
  return all.filter((request) => request.time > time && /^https?:/.test(request.url)).map(({ url }) => ({ url, foreign: new URL(url).origin !== location.origin }));
}
