// "Bring your own model" in real browsers: a network is chosen, compiled, downloaded and run; nothing leaves the page.
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { program } from '../node/program.mjs';
import { prepare } from '../torch/prepare.mjs';
import { launch, missing, open, start, until } from './common.mjs';

const { network, calibration } = prepare('tiny.script');

for (const name of /** @type {const} */ (['chrome', 'firefox'])) {
  describe(`compile.html in ${name}`, { skip: missing(name) }, () => {
    /** @type {import('puppeteer-core').Browser} */
    let browser;
    /** @type {{url: string, close: () => Promise<void>}} */
    let server;
    /** @type {Awaited<ReturnType<typeof open>>} */
    let opened;
    const folder = mkdtempSync(join(tmpdir(), 'bedside-page-'));
    before(async () => {
      [browser, server] = await Promise.all([launch(name), start()]);
      opened = await open(browser);
      await opened.page.goto(`${server.url}compile.html?lang=en`);
      await until(opened.page, () => document.documentElement.dataset.ready === 'true');
    });
    after(async () => {
      await browser?.close();
      await server?.close();
      rmSync(folder, { recursive: true });
    });

    /** @param {string} selector @param {string} path */
    async function give(selector, path) {
      const input = /** @type {import('puppeteer-core').ElementHandle<HTMLInputElement>} */ (await opened.page.$(selector));
      await input.uploadFile(path);
    }
    const compiled = () => until(opened.page, () => ['compiled', 'failed'].includes(document.documentElement.dataset.state ?? ''));
    /** @param {string[]} args */
    const native = (...args) => {
      const out = join(folder, 'native.bds');
      program('compile', network, '-o', out, ...args);
      return readFileSync(out);
    };

    test('a dropped network is compiled to the program\'s bytes, and runs', async () => {
      await give('#file', network);
      await compiled();
      const text = await opened.page.$eval('#result', (node) => /** @type {HTMLElement} */ (node).innerText);
      const wanted = native();
      assert.match(text, new RegExp(`${wanted.length.toLocaleString('en')} bytes`));
      assert.match(text, /Ranges come from noise/);
      assert.equal(await opened.page.$eval('#download', (link) => /** @type {HTMLAnchorElement} */ (link).download), 'tiny.script.bds');
      assert.equal(await opened.page.$$eval('#layer-table tbody tr', (rows) => rows.length > 5), true);
      await opened.page.click('#run');
      await until(opened.page, () => document.querySelector('#ran strong, #ran .verdict'));
      assert.match(await opened.page.$eval('#ran', (node) => /** @type {HTMLElement} */ (node).innerText), /ms a run.*\nOutput 0 begins with -?\d/);
    });

    test('samples and options are used', async () => {
      await give('#samples', calibration);
      await until(opened.page, () => /16 samples of 3 × 32 × 32/.test(document.getElementById('samples-text')?.textContent ?? ''));
      await opened.page.select('#weights', '4-bit');
      await opened.page.click('#compile');
      await until(opened.page, () => document.documentElement.dataset.state === 'busy' || document.getElementById('download'));
      await compiled();
      const text = await opened.page.$eval('#result', (node) => /** @type {HTMLElement} */ (node).innerText);
      assert.match(text, new RegExp(`${native('--calibrate', calibration, '--weights', '4-bit').length.toLocaleString('en')} bytes`));
      assert.doesNotMatch(text, /noise/);
    });

    test('what is no network is refused in a sentence', async () => {
      const path = join(folder, 'page.onnx');
      writeFileSync(path, '<!doctype html>');
      await give('#file', path);
      await until(opened.page, () => document.documentElement.dataset.state === 'failed');
      const text = await opened.page.$eval('#result', (node) => /** @type {HTMLElement} */ (node).innerText);
      assert.match(text, /not compiled\n+Not an ONNX model.*BDC_E_FORMAT/);
    });

    test('every request was for a file of the page; no policy was violated', async () => {
      assert.ok(opened.requests.every((url) => url.startsWith(server.url) || /^(blob|data):/.test(url)), opened.requests.join('\n'));
      assert.deepEqual(opened.complaints, []);
      assert.deepEqual(await opened.page.evaluate('violations'), []);
    });
  });
}
