// What a page and its worker have asked the network for. Not a medical device.
// SPDX-License-Identifier: MIT

/** All that the browser has reported of this page, from its beginning. @type {{url: string, time: number}[]} */
const reported = [];

// The browser's own list ends at 250 entries, without a word; an observer is told of all. Those from before it are in the list.
if (typeof PerformanceObserver === 'function' && typeof document !== 'undefined') {
  performance.setResourceTimingBufferSize?.(5000);
  new PerformanceObserver((list) => take(list.getEntries())).observe({ type: 'resource', buffered: true });
}

/** @param {readonly PerformanceEntry[]} entries */
function take(entries) {
  for (const { name, startTime } of entries) {
    if (/^https?:/.test(name)) reported.push({ url: name, time: performance.timeOrigin + startTime }); // what the page holds in memory (blob:, data:) is no request
  }
}

/** Requests of the page itself, as the browser reports them, sometimes late. */
export const requestsOfPage = () => [...reported];

/**
 * Those of the page and of the worker.
 * @param {number} time in milliseconds since 1970 @param {import('../exam.js').Examiner} examiner
 */
export async function requestsSince(time, examiner) {
  const all = [...reported, ...(await examiner.requests().catch(() => []))];
  return all.filter((request) => request.time > time && /^https?:/.test(request.url)).map(({ url }) => ({ url, foreign: new URL(url).origin !== location.origin }));
}
