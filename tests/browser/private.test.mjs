// Nothing leaves the device: the whole app is walked through while three recorders look on (the browser's network service, the server's own log, and a
// second server on this machine that stands for everybody else). Afterwards the browser holds nothing but the app's own files.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { serve } from '../../scripts/serve.mjs';
import { shell } from '../../scripts/shell.mjs';
import { choose, clean, kept, missing, open, save, until, upload, withFiles } from './common.mjs';
import { jpegChest, plainChest } from './dicom-samples.mjs';
import { launchLogged, read } from './net-log.mjs';

/** Addresses that the app may ask for: its own files, and what makes it installable. */
const own = new Set([...shell().files.map(([path]) => `/${path}`), '/sw.js', '/web/dist/shell.js', '/index.html']);
/** The only things that an address may say: which language, which model. */
const QUERY = /^(\?(lang=(en|es|ar)|model=[a-z-]+)(&(lang=(en|es|ar)|model=[a-z-]+))*)?$/;

/** What is wrong with a request, or null. @param {{url: string, method: string}} asked @param {string} origin */
function wrongWith({ url, method }, origin) {
  const { origin: to, pathname, search } = new URL(url);
  if (to !== origin) return `another address: ${url}`;
  if (method !== 'GET') return `${method} ${url}`;
  if (!own.has(decodeURIComponent(pathname))) return `no file of the app: ${url}`;
  return QUERY.test(search) ? null : `says something: ${url}`;
}

/** In the page: everything that a browser can keep for it. */
async function held() {
  /** @type {string[]} */
  const files = [];
  for (const name of await caches.keys()) {
    for (const { url } of await (await caches.open(name)).keys()) files.push(url);
  }
  const databases = await indexedDB.databases();
  /** @type {string[]} */
  const disk = [];
  try {
    for await (const name of /** @type {any} */ (await navigator.storage.getDirectory()).keys()) disk.push(name);
  } catch {
    // no such storage here
  }
  return { cookie: document.cookie, local: localStorage.length, session: sessionStorage.length, databases: databases.length, disk, files };
}

describe('nothing leaves the device', { skip: missing('chrome') }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'bedside-net-'));
  /** Everybody else. @type {import('node:http').Server} */
  let others;
  /** @type {string[]} */
  const leaked = [];
  let elsewhere = '';
  before(async () => {
    others = createServer((request, response) => {
      leaked.push(String(request.url));
      response.writeHead(200, { 'Access-Control-Allow-Origin': '*' }).end();
    });
    await new Promise((resolve) => others.listen(0, '127.0.0.1', () => resolve(null)));
    elsewhere = `http://127.0.0.1:${/** @type {import('node:net').AddressInfo} */ (others.address()).port}`;
  });
  after(() => {
    others?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  /** @param {(context: { page: import('puppeteer-core').Page, url: string }) => Promise<void>} walk @param {Parameters<typeof serve>[0]} [options] */
  async function recorded(walk, options = {}) {
    const log = join(folder, 'net.json');
    /** @type {{url: string, method: string}[]} */
    const served = [];
    const server = await serve({ ...options, port: 0, onRequest: ({ url, method }) => void served.push({ url: String(url), method: String(method) }) });
    const browser = await launchLogged(log);
    try {
      const { page } = await open(browser);
      await walk({ page, url: server.url });
    } finally {
      await browser.close();
      await server.close();
    }
    const { origin } = new URL(server.url);
    const asked = read(log).filter(({ initiator, url }) => initiator !== null || new URL(url).origin === origin);
    return { origin, asked, served: served.map(({ url, method }) => ({ url: new URL(url, origin).href, method })) };
  }

  test('the whole flow: every request is for a file of the app, and the browser keeps nothing else', async (t) => {
    /** @type {Awaited<ReturnType<typeof held>> | null} */
    let storage = null;
    /** @type {unknown[]} */
    let cookies = ['not looked at'];
    const { origin, asked, served } = await recorded(async ({ page, url }) => {
      /** @type {string[]} */
      const complaints = [];
      page.on('pageerror', (error) => void complaints.push(String(error)));
      await kept(page, `${url}?lang=en`);
      assert.equal((await choose(page, 'opacity-1.png')).state, 'finding');
      for (const kind of ['json', 'csv', 'fhir', 'paper']) assert.ok((await save(page, kind)).bytes.length > 100, kind);
      await withFiles({ 'doe-jane.dcm': plainChest(), 'jpeg.dcm': jpegChest(), 'letter.jpg': 'Dear colleague' }, async (path) => {
        assert.equal((await upload(page, path('doe-jane.dcm'))).state, 'finding');
        for (const kind of ['sr', 'sc']) assert.ok((await save(page, kind)).bytes.length > 500, kind);
        assert.equal((await upload(page, path('jpeg.dcm'))).state, 'finding');
        assert.equal((await upload(page, path('letter.jpg'))).state, 'refused');
        await page.select('#language', 'ar');
        await until(page, () => document.documentElement.dir === 'rtl');
        await page.select('#model', 'retina-vessels');
        await until(page, () => /** @type {any} */ (document.querySelector('#exam')).examiner?.entry.id === 'retina-vessels');
        await page.goto(`${url}batch.html?lang=es`);
        await until(page, () => document.documentElement.dataset.ready === 'true');
        const field = /** @type {import('puppeteer-core').ElementHandle<HTMLInputElement>} */ (await page.$('#files'));
        await field.uploadFile(path('doe-jane.dcm'), path('jpeg.dcm'), path('letter.jpg'));
        await until(page, () => performance.getEntriesByName('bedside-batch').length > 0);
        await page.click('#csv');
        await until(page, () => document.querySelector('#saved')?.textContent);
      });
      await page.goto(`${url}monitor.html#scenario=premature&speed=16`);
      await until(page, () => Number(/^\d+/.exec(document.querySelector('#counts')?.textContent ?? '')?.[0]) >= 10);
      await page.goto(`${url}?lang=en`);
      await until(page, () => document.documentElement.dataset.ready === 'true');
      storage = await page.evaluate(held);
      ({ cookies } = await (await page.createCDPSession()).send('Storage.getCookies'));
      await clean(page, complaints);
    });
    t.diagnostic(`${asked.length} requests in the network service's log, ${served.length} in the server's; ${own.size} files are the app's own`);
    assert.ok(asked.length > 60 && served.length > 60, 'the recorders saw what there was');
    assert.ok(asked.some(({ url }) => url.endsWith('/pneumonia.bds')) && asked.some(({ url }) => url.endsWith('/sw.js')), 'workers and the service worker, too');
    for (const list of [asked, served]) assert.deepEqual(list.map((one) => wrongWith(one, origin)).filter(Boolean), []);
    assert.deepEqual(leaked, []);
    assert.deepEqual(cookies, []);
    const { files, ...rest } = /** @type {any} */ (storage);
    assert.deepEqual(rest, { cookie: '', local: 0, session: 0, databases: 0, disk: [] });
    assert.deepEqual(files.map((/** @type {string} */ url) => wrongWith({ url, method: 'GET' }, origin)).filter(Boolean), []);
  });

  test('the recorders notice what the policy would have stopped: requests of a page, of a worker, and an address that says something', async () => {
    const lax = (/** @type {string} */ policy) => policy.replace("connect-src 'self'", 'connect-src *').replace("img-src 'self'", 'img-src *').replace("worker-src 'self'", "worker-src 'self' blob:").replace("script-src 'self'", "script-src 'self' blob:");
    const { origin, asked, served } = await recorded(async ({ page, url }) => {
      await page.goto(`${url}models.json`);
      await page.evaluate(async (other) => {
        await fetch(`${other}/from-page`);
        navigator.sendBeacon(`${other}/beacon`, 'x');
        new Image().src = `${other}/picture?patient=1`;
        const worker = new Worker(URL.createObjectURL(new Blob([`fetch('${other}/from-worker').then(() => postMessage(1), (error) => postMessage(String(error)))`])));
        await new Promise((resolve) => worker.addEventListener('message', resolve));
        await fetch('/style.css?patient=doe');
        await fetch('/style.css', { method: 'POST', body: 'picture' });
      }, elsewhere);
      await new Promise((resolve) => setTimeout(resolve, 300));
    }, { policy: lax });
    const wrong = asked.map((one) => wrongWith(one, origin)).filter(Boolean).join('\n');
    for (const part of ['/from-page', '/beacon', '/picture?patient=1', '/from-worker', 'says something:', 'POST ']) assert.ok(wrong.includes(part), `${part} in\n${wrong}`);
    assert.ok(served.some((one) => /says something/.test(wrongWith(one, origin) ?? '')) && served.some(({ method }) => method === 'POST'));
    for (const path of ['/from-page', '/beacon', '/picture?patient=1', '/from-worker']) assert.ok(leaked.includes(path), path);
  });
});
