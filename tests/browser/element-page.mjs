// A page with <bedside-exam> for the tests: served with the app's own strict policy, driven through the element's public interface and
// through what a person sees in its shadow tree.
import { mkdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { serve } from '../../scripts/serve.mjs';
import { open, until } from './common.mjs';

/** What tests serve besides the app. */
const folders = [
  { prefix: '/tests/', folder: 'tests/browser/pages', files: /\.(html|js|css)$/ },
  { prefix: '/axe/', folder: 'node_modules/axe-core', files: /^\/axe\/axe\.min\.js$/ },
];

/** @param {{policy?: (policy: string) => string}} [options] */
export const startElement = (options = {}) => serve({ port: 0, folders, ...options });

/**
 * Opens the page and waits until the element is idle, or cannot be. A query of `records=pneumonia` makes an examiner that answers with made-up records.
 * @param {import('puppeteer-core').Browser | import('puppeteer-core').BrowserContext} browser @param {string} url @param {string} query
 */
export async function openElement(browser, url, query = '') {
  const opened = await open(browser);
  await opened.page.goto(`${url}tests/element.html?${query}`);
  await until(opened.page, () => /idle|failed/.test(/** @type {any} */ (globalThis).element?.shadowRoot.querySelector('.root').dataset.phase));
  return opened;
}

/** What is shown. @typedef {{state: string, code: string, text: string, title: string, figures: number, alerts: number, picture: boolean}} Shown */

/** @param {import('puppeteer-core').Page} page @returns {Promise<Shown>} */
export function shown(page) {
  return page.evaluate(() => {
    const root = /** @type {any} */ (globalThis).element.shadowRoot;
    const node = root.querySelector('[data-state]');
    return {
      state: node.dataset.state,
      code: node.dataset.code ?? '',
      text: node.innerText,
      title: node.querySelector('h4')?.innerText ?? '',
      figures: [...root.querySelectorAll('[part=figures], [part=bar]')].filter((figure) => figure.checkVisibility()).length,
      alerts: root.querySelectorAll('[role=alert]').length,
      picture: !!root.querySelector('.picture'),
    };
  });
}

/** Hands a file to the element, as a page would, and waits for its end. @param {import('puppeteer-core').Page} page @param {string | Uint8Array} content @param {string} [name] */
export async function examine(page, content, name = 'picture.png') {
  await page.evaluate((base64, file) => {
    const bytes = Uint8Array.from(atob(base64), (c) => c.charCodeAt(0));
    /** @type {any} */ (globalThis).element.examine(new File([bytes], file)).catch(() => {});
  }, Buffer.from(content).toString('base64'), name);
  return settled(page);
}

/** @param {import('puppeteer-core').Page} page */
export async function settled(page) {
  await until(page, () => !/busy|loading/.test(/** @type {any} */ (globalThis).element.shadowRoot.querySelector('.root').dataset.phase));
  return shown(page);
}

/** Clicks what a selector finds in the shadow tree. @param {import('puppeteer-core').Page} page @param {string} selector */
export const click = (page, selector) => page.evaluate((wanted) => {
  const node = /** @type {any} */ (globalThis).element.shadowRoot.querySelector(wanted);
  if (!node) throw new Error(`nothing is ${wanted}`);
  node.click();
}, selector);

/** What was told by events so far. @param {import('puppeteer-core').Page} page @returns {Promise<{type: string, detail: any}[]>} */
export const told = (page) => page.evaluate(() => /** @type {any} */ (globalThis).told.map((/** @type {any} */ { type, detail }) => ({ type, detail: JSON.parse(JSON.stringify(detail)) })));

const folder = new URL('../../build/screenshots/', import.meta.url);

/** Keeps a picture of the page, to be looked at. @param {import('puppeteer-core').Page} page @param {string} name */
export async function screenshot(page, name) {
  mkdirSync(folder, { recursive: true });
  await page.screenshot({ path: /** @type {`${string}.png`} */ (fileURLToPath(new URL(`${name}.png`, folder))), fullPage: true });
}
