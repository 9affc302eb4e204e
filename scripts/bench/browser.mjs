// The browser of the benchmark.
import puppeteer from 'puppeteer-core';
import { findChromium, SetupError } from '../setup.mjs';

// The last one: a new window of Chromium loads two pages of its own for its address bar, which computes for most of a second.
const flags = [
  '--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
  '--disable-component-update', '--disable-sync', '--disable-renderer-backgrounding', '--disable-background-timer-throttling',
  '--disable-features=WebUIOmniboxPopup,WebUIOmniboxAimPopup',
];

export function launch() {
  const executablePath = findChromium();
  if (!executablePath) throw new SetupError('No Chromium is installed: the benchmark times what it runs in one (CHROMIUM names another).');
  return puppeteer.launch({ executablePath, args: flags, protocolTimeout: 600_000 });
}

/**
 * A page that passes on what goes wrong in it.
 * @param {import('puppeteer-core').Browser | import('puppeteer-core').BrowserContext} browser
 * @param {string} url
 */
export async function open(browser, url) {
  const page = await browser.newPage();
  page.on('pageerror', (error) => process.stderr.write(`  the page says: ${error instanceof Error ? error.message : error}\n`));
  await page.goto(url);
  return page;
}
