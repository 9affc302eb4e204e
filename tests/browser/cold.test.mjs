// How long a visitor who has never been here waits: from the click on the address to the first finding.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { launch, missing, open, outcome, start } from './common.mjs';

const PAGES = 7;
const LIMIT_MS = 150;
const sample = 'opacity-1.png';

test('the first finding of a cold page comes in time', { skip: missing('chrome') }, async (t) => {
  const [browser, server] = await Promise.all([launch('chrome'), start()]);
  /** @type {{navigation: number, response: number, script: number}[]} */
  const runs = [];
  try {
    for (let i = 0; i < PAGES; i++) {
      const context = await browser.createBrowserContext(); // its own cache, and nothing compiled
      const { page } = await open(context);
      await page.goto(`${server.url}#sample=${sample}`);
      await outcome(page);
      runs.push(await page.evaluate(() => {
        const end = performance.getEntriesByName('bedside-finding')[0].startTime;
        const { responseStart } = /** @type {PerformanceNavigationTiming} */ (performance.getEntriesByType('navigation')[0]);
        return { navigation: end, response: end - responseStart, script: end - performance.getEntriesByName('bedside-start')[0].startTime };
      }));
      await context.close();
    }
  } finally {
    await browser.close();
    await server.close();
  }
  const least = (/** @type {'navigation' | 'response' | 'script'} */ key) => Math.min(...runs.map((run) => run[key]));
  const middle = runs.map((run) => run.navigation).sort((a, b) => a - b)[PAGES >> 1];
  t.diagnostic(`first finding, least of ${PAGES} cold pages: ${least('navigation').toFixed(0)} ms after navigation began, ${least('response').toFixed(0)} ms after the response, ${least('script').toFixed(0)} ms after the script began; median ${middle.toFixed(0)} ms after navigation`);
  assert.ok(least('navigation') < LIMIT_MS, JSON.stringify(runs));
});
