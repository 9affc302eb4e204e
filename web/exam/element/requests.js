// What a page and its worker have asked the network for. A page may run for days: all are counted, some are kept. Not a medical device.
// SPDX-License-Identifier: MIT

/** @typedef {{url: string, time: number}} Request */
/** @typedef {import('./context.js').Requests} Requests */

/** So many of this page are kept, the last ones, and so many addresses of each kind are written out. */
const [KEPT, LISTED] = [1000, 250];

/** What the browser has reported last of this page. @type {Request[]} */
const reported = [];
/** Who counts. @type {Set<(request: Request) => void>} */
const counting = new Set();

// The browser's own list ends at 250 entries, without a word; an observer is told of all. Those from before it are in the list.
if (typeof PerformanceObserver === 'function' && typeof document !== 'undefined') {
  performance.setResourceTimingBufferSize?.(5000);
  new PerformanceObserver((list) => take(list.getEntries())).observe({ type: 'resource', buffered: true });
}

/** @param {string} url what the page holds in memory (blob:, data:) is no request */
const isRequest = (url) => /^https?:/.test(url);

/** @param {readonly PerformanceEntry[]} entries */
function take(entries) {
  for (const { name, startTime } of entries) {
    if (!isRequest(name)) continue;
    const request = { url: name, time: performance.timeOrigin + startTime };
    reported.push(request);
    for (const count of counting) count(request);
  }
  if (reported.length > KEPT) reported.splice(0, reported.length - KEPT);
}

/** Requests of the page itself, as the browser reports them, sometimes late; the last thousand. */
export const requestsOfPage = () => [...reported];

/** @returns {Requests} */
const none = () => ({ own: 0, foreign: 0, listed: { own: [], foreign: [] } });

/** @param {Requests} sum @param {Request} request */
function add(sum, { url }) {
  const kind = new URL(url).origin === globalThis.origin ? 'own' : 'foreign';
  sum[kind]++;
  if (sum.listed[kind].length < LISTED) sum.listed[kind].push(url);
}

/**
 * Counts the page's requests from now on.
 * @param {() => void} tell there was one
 */
export function countRequests(tell) {
  const since = performance.timeOrigin + performance.now();
  const page = none();
  const count = (/** @type {Request} */ request) => {
    if (request.time <= since) return;
    add(page, request);
    tell();
  };
  counting.add(count);
  return {
    stop: () => void counting.delete(count),
    /** Those of the page and of its worker. @param {import('../exam.js').Examiner} examiner @returns {Promise<Requests>} */
    async sum(examiner) {
      const sum = { ...page, listed: { own: [...page.listed.own], foreign: [...page.listed.foreign] } };
      for (const request of await examiner.requests().catch(() => [])) if (request.time > since && isRequest(request.url)) add(sum, request);
      return sum;
    },
  };
}
