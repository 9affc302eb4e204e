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
 * What a page has asked of the network since it had made `asked` requests. Its icon, to the letter of its address, does not count: Chromium fetches
 * that when it likes, on a busy machine long after the page is ready.
 * @param {string[]} requests
 * @param {number} asked
 * @param {string} url of the server
 */
export function since(requests, asked, url) {
  const icon = new URL('/icon.svg', url).href;
  return requests.slice(asked).filter((request) => request.startsWith('http') && request !== icon);
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

/** Opens a page of the app and waits until it is kept on the device. @param {import('puppeteer-core').Page} page @param {string} url */
export async function kept(page, url) {
  await ready(page, url);
  await until(page, () => document.documentElement.dataset.kept === 'true');
}

/**
 * What the element shows: the outcome (`error`: something else than the file is wrong), a code, the text of the answer, how many figures are in sight.
 * @typedef {{state: string, code: string, title: string, text: string, findings: number, alerts: number}} Shown
 */

/** Waits for an end of the examination. @param {import('puppeteer-core').Page} page @returns {Promise<Shown>} */
export async function outcome(page) {
  await until(page, () => {
    const root = document.querySelector('#exam')?.shadowRoot?.querySelector('.root');
    return ['done', 'failed'].includes(/** @type {HTMLElement | undefined} */ (root)?.dataset.phase ?? '');
  });
  return page.evaluate(() => {
    const exam = /** @type {import('../../web/exam/element/bedside-exam.js').BedsideExam} */ (document.querySelector('#exam'));
    const answer = /** @type {HTMLElement} */ (exam.shadowRoot?.querySelector('.answer'));
    const figures = /** @type {HTMLElement[]} */ ([...answer.querySelectorAll('.bar, .figure-line')]);
    const { record } = exam;
    return {
      state: record?.outcome ?? 'error',
      code: record?.refusal?.code ?? /BDS_E_[A-Z0-9_]+?(?=[A-Z][a-z]|\W|$)/.exec(answer.textContent ?? '')?.[0] ?? '',
      title: answer.querySelector('.verdict h4')?.textContent ?? '',
      text: answer.innerText,
      findings: figures.filter((node) => node.checkVisibility()).length,
      alerts: answer.querySelectorAll('[role=alert]').length,
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

/** Chooses a file in the element's field. @param {import('puppeteer-core').Page} page @param {string} path */
export async function upload(page, path) {
  const field = await page.evaluateHandle(() => {
    const exam = /** @type {import('../../web/exam/element/bedside-exam.js').BedsideExam} */ (document.querySelector('#exam'));
    exam.reset();
    return exam.shadowRoot?.querySelector('#file');
  });
  await /** @type {import('puppeteer-core').ElementHandle<HTMLInputElement>} */ (field.asElement()).uploadFile(path);
  return outcome(page);
}

/**
 * Presses a button of "Keep the result" and gives back the file that the page made, without a download.
 * @param {import('puppeteer-core').Page} page @param {string} kind
 */
export function save(page, kind) {
  return page.evaluate((which) => new Promise((/** @type {(file: {type: string, bytes: number[]}) => void} */ resolve, reject) => {
    const { createObjectURL } = URL;
    URL.createObjectURL = (/** @type {Blob} */ blob) => {
      URL.createObjectURL = createObjectURL;
      void blob.arrayBuffer().then((buffer) => resolve({ type: blob.type, bytes: [...new Uint8Array(buffer)] }));
      return createObjectURL.call(URL, blob);
    };
    const exam = /** @type {HTMLElement} */ (document.querySelector('#exam'));
    exam.addEventListener('bedside-error', (event) => reject(new Error(/** @type {CustomEvent} */ (event).detail.message)), { once: true });
    const button = /** @type {HTMLElement} */ (exam.shadowRoot?.querySelector(`[data-save="${which}"]`));
    button.click();
    setTimeout(() => reject(new Error(`no file of kind ${which}`)), 20000);
  }), kind);
}

/** @param {import('puppeteer-core').Page} page @param {string[]} complaints */
export async function clean(page, complaints) {
  assert.deepEqual(complaints, []);
  assert.deepEqual(await page.evaluate(() => /** @type {any} */ (globalThis).violations), []);
}
