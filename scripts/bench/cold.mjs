// How long a visitor waits who has never been here: a browser context of its own for each sample, with its own cache and process and
// nothing compiled, and a page whose clock starts before anything of the library is asked for. What is timed is a page in a running
// browser: it is opened when the browser has come to rest after the making of its window.
import os from 'node:os';

const [REST_MS, REST_SHARE, PATIENCE_MS] = [50, 0.15, 3000];

/** Milliseconds that all processors together have spent, and of those the ones at work. */
function processors() {
  const all = os.cpus().map(({ times }) => [times.idle, times.user + times.nice + times.sys + times.irq]);
  return [all.flat().reduce((a, b) => a + b, 0), all.reduce((sum, [, busy]) => sum + busy, 0)];
}

/** Waits until the machine has next to nothing to do for a while; not for ever, for others may be at work. */
async function atRest() {
  const until = performance.now() + PATIENCE_MS;
  for (let calm = 0; calm < 3 && performance.now() < until; ) {
    const [all, busy] = processors();
    await new Promise((resolve) => setTimeout(resolve, REST_MS));
    const [laterAll, laterBusy] = processors();
    calm = laterBusy - busy <= REST_SHARE * (laterAll - all) ? calm + 1 : 0;
  }
}

/**
 * @param {import('puppeteer-core').Browser} browser
 * @param {string} url of the server
 * @param {import('./page/race.mjs').Request} request
 * @param {string} name
 * @returns {Promise<{ ms: number, fetched: string[] }>} fetched: paths of the library's files
 */
async function coldPage(browser, url, request, name) {
  const context = await browser.createBrowserContext();
  try {
    const page = await context.newPage();
    /** @type {string[]} */
    const fetched = [];
    page.on('response', (response) => {
      const { pathname } = new URL(response.url());
      if (response.ok() && /^\/(web|node_modules)\//.test(pathname)) fetched.push(pathname);
    });
    await atRest();
    const asked = { ...request, name, files: { ...request.files, input: '' } };
    await page.goto(`${url}scripts/bench/page/contestant.html#${encodeURIComponent(JSON.stringify(asked))}`);
    const ms = await page.evaluate(async () => (await /** @type {any} */ (globalThis).ready).firstResult);
    return { ms, fetched };
  } finally {
    await context.close();
  }
}

/**
 * The least of several samples of each contestant, taken in turns.
 * @param {import('puppeteer-core').Browser} browser
 * @param {string} url
 * @param {{ request: import('./page/race.mjs').Request, names: string[], samples: number }} what
 */
export async function coldStart(browser, url, { request, names, samples }) {
  /** @type {Record<string, number>} */
  const least = {};
  /** @type {Record<string, string[]>} */
  const files = {};
  for (let i = 0; i < samples; i++) {
    for (const name of names) {
      const { ms, fetched } = await coldPage(browser, url, request, name);
      least[name] = Math.min(least[name] ?? Infinity, ms);
      files[name] = fetched;
    }
  }
  return { least, files };
}
