// Browsers, server and pages for the tests. A browser that is not installed is a skipped test with its name.
import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import puppeteer from 'puppeteer-core';
import { serve } from '../../scripts/serve.mjs';

export const model = new URL('../../models/pneumonia/pneumonia.bds', import.meta.url);

/** @typedef {'chrome' | 'firefox'} Name */
/** @type {Record<Name, string | undefined>} */
const programs = {
  chrome: [process.env.CHROMIUM, '/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find((path) => path && existsSync(path)),
  firefox: [process.env.FIREFOX, '/usr/bin/firefox-esr', '/usr/bin/firefox'].find((path) => path && existsSync(path)),
};
const chromeFlags = [
  '--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
  '--disable-component-update', '--disable-sync',
];

/** Why a test with this browser cannot run, or false. @param {Name} name */
export function missing(name) {
  if (!existsSync(model)) return 'models/pneumonia/pneumonia.bds is not there';
  return programs[name] ? false : `no ${name} is installed`;
}

/** @param {Name} name @param {readonly string[]} [flags] Chromium's, besides the usual ones */
export function launch(name, flags = []) {
  const executablePath = /** @type {string} */ (programs[name]);
  return name === 'chrome' ? puppeteer.launch({ executablePath, args: [...chromeFlags, ...flags] }) : puppeteer.launch({ browser: 'firefox', executablePath, headless: true });
}

export const start = () => serve({ port: 0 });

/**
 * A page that remembers what it asked for and what it complained about.
 * @param {import('puppeteer-core').Browser | import('puppeteer-core').BrowserContext} browser
 */
export async function open(browser) {
  const page = await browser.newPage();
  /** @type {string[]} */
  const requests = [];
  /** @type {string[]} */
  const complaints = [];
  page.on('request', (request) => void requests.push(request.url()));
  // A blob: that was let go of while it was being read is no failure: another picture was chosen.
  page.on('requestfailed', (request) => !request.url().startsWith('blob:') && complaints.push(`failed: ${request.url()}`));
  page.on('response', (response) => response.status() >= 400 && complaints.push(`${response.status()}: ${response.url()}`));
  page.on('pageerror', (error) => void complaints.push(String(error)));
  page.on('console', (message) => ['error', 'warn', 'warning', 'assert'].includes(message.type()) && complaints.push(message.text()));
  await page.evaluateOnNewDocument(() => {
    const found = /** @type {any} */ (globalThis);
    found.violations = [];
    addEventListener('securitypolicyviolation', (event) => found.violations.push(`${event.effectiveDirective}: ${event.blockedURI}`));
  });
  return { page, requests, complaints };
}

/**
 * Asks the page until it says yes. Puppeteer's own waitForFunction compiles text in the page, which the page's policy forbids in Firefox 140.
 * @param {import('puppeteer-core').Page} page
 * @param {() => unknown} condition
 */
export async function until(page, condition) {
  const end = Date.now() + 30000;
  while (!(await page.evaluate(`Boolean((${condition})())`))) {
    assert.ok(Date.now() < end, `not within 30 s: ${condition}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** Opens the demo and waits until it can do without the network. @param {import('puppeteer-core').Page} page @param {string} url */
export async function ready(page, url) {
  await page.goto(url);
  await until(page, () => document.documentElement.dataset.ready === 'true');
}

/** What the page shows: a state, and the text around it. @typedef {{state: string, code: string, text: string, findings: number, alerts: number}} Shown */

/** Waits for an end of the examination. @param {import('puppeteer-core').Page} page @returns {Promise<Shown>} */
export async function outcome(page) {
  await until(page, () => document.querySelector('[data-state]:not([data-state=busy], [data-state=idle])'));
  return page.evaluate(() => {
    const node = /** @type {HTMLElement} */ (document.querySelector('[data-state]'));
    return {
      state: String(node.dataset.state),
      code: node.dataset.code ?? '',
      text: node.innerText,
      findings: document.querySelectorAll('.bar, .figure-line, [data-state=finding], [data-state=unsure]').length,
      alerts: document.querySelectorAll('#problem [role=alert]').length,
    };
  });
}

/** Chooses a sample by its file name. @param {import('puppeteer-core').Page} page @param {string} file */
export async function choose(page, file) {
  await page.evaluate((name) => /** @type {HTMLElement} */ (document.querySelector(`[data-file="${name}"]`)).click(), file);
  return outcome(page);
}

/** Files in a folder that goes when the callback ends. @param {Record<string, Uint8Array | string>} files @param {(path: (name: string) => string) => Promise<void>} use */
export async function withFiles(files, use) {
  const folder = mkdtempSync(join(tmpdir(), 'bedside-'));
  try {
    for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), content);
    await use((name) => join(folder, name));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** @param {import('puppeteer-core').Page} page @param {string} path */
export async function upload(page, path) {
  const input = /** @type {import('puppeteer-core').ElementHandle<HTMLInputElement>} */ (await page.$('#file'));
  await input.uploadFile(path);
  return outcome(page);
}

/** @param {import('puppeteer-core').Page} page @param {string[]} complaints */
export async function clean(page, complaints) {
  assert.deepEqual(complaints, []);
  assert.deepEqual(await page.evaluate(() => /** @type {any} */ (globalThis).violations), []);
}
