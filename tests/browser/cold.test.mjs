// How long a visitor who has never been here waits for the first finding: from the moment the page's script begins (the engine, the
// model and the worker are still on the server), and from the click on the address, which includes the browser's own start of a page.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { launch, missing, open, outcome, start } from './common.mjs';

// What the machine does besides decides over tens of milliseconds: the figure is printed, and only something broken fails.
const LIMIT_MS = 1500;
const PAGES = 5;
const MORE_PAGES = 10;
const sample = 'opacity-1.png';

test('the first finding of a cold page comes in time', { skip: missing('chrome') }, async (t) => {
  const [browser, server] = await Promise.all([launch('chrome'), start()]);
  /** @type {{navigation: number, script: number}[]} */
  const runs = [];
  const least = (/** @type {'navigation' | 'script'} */ key) => Math.min(...runs.map((run) => run[key]));
  try {
    while (runs.length < PAGES || (least('script') >= LIMIT_MS && runs.length < MORE_PAGES)) {
      const context = await browser.createBrowserContext(); // its own cache and process, and nothing compiled
      const { page } = await open(context);
      await page.goto(`${server.url}#sample=${sample}`);
      await outcome(page);
      runs.push(await page.evaluate(() => {
        const [begin, end] = ['bedside-start', 'bedside-finding'].map((mark) => performance.getEntriesByName(mark)[0].startTime);
        return { navigation: end, script: end - begin };
      }));
      await context.close();
    }
  } finally {
    await browser.close();
    await server.close();
  }
  const median = (/** @type {'navigation' | 'script'} */ key) => runs.map((run) => run[key]).sort((a, b) => a - b)[runs.length >> 1];
  t.diagnostic(`first finding after the script began: least ${least('script').toFixed(0)} ms, median ${median('script').toFixed(0)} ms; after navigation began: least ${least('navigation').toFixed(0)} ms, median ${median('navigation').toFixed(0)} ms; ${runs.length} cold pages`);
  assert.ok(least('script') < LIMIT_MS, `${least('script').toFixed(0)} ms`);
});
