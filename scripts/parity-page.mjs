// A page in a browser that sees some files of the project at addresses of its own, for the parity checks.
import { existsSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { filesUnder } from './process.mjs';
import { findChromium, findFirefox, root, SetupError } from './setup.mjs';

/** Address, type and path of a file. @typedef {Record<string, [string, string]>} Served */

/** The library's scripts, and those of tests/parity, at their own paths. @returns {Served} */
export const scripts = () => Object.fromEntries(filesUnder(['web', 'tests/parity'], /^(web|tests\/parity)\/[^/]+\.m?js$/).map((path) => [`/${path}`, ['text/javascript', join(root, path)]]));

/** @param {Served} files @returns {Promise<{ url: string, close: () => void }>} */
async function serve(files) {
  const server = createServer((request, response) => {
    const file = files[request.url ?? ''];
    response.setHeader('Cross-Origin-Opener-Policy', 'same-origin'); // isolated: there may be threads
    response.setHeader('Cross-Origin-Embedder-Policy', 'require-corp');
    if (request.url === '/') response.writeHead(200, { 'Content-Type': 'text/html' }).end('<!doctype html><title>Parity</title>');
    else if (file && existsSync(file[1])) response.writeHead(200, { 'Content-Type': file[0] }).end(readFileSync(file[1]));
    else response.writeHead(404).end();
  });
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
      resolve({
        url: `http://127.0.0.1:${port}/`,
        close: () => {
          server.close();
          server.closeAllConnections();
        },
      });
    });
  });
}

/**
 * Opens a page and works in it.
 * @template T
 * @param {'chrome' | 'firefox'} kind
 * @param {Served} files
 * @param {(page: import('puppeteer-core').Page) => Promise<T>} work
 * @returns {Promise<T>}
 */
export async function inPage(kind, files, work) {
  const executablePath = kind === 'chrome' ? findChromium() : findFirefox();
  if (!executablePath) throw new SetupError(`There is no ${kind === 'chrome' ? 'Chromium' : 'Firefox'} here.`);
  const { default: puppeteer } = await import('puppeteer-core');
  const quiet = ['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'];
  const server = await serve(files);
  try {
    const launched = await puppeteer.launch({ browser: kind, executablePath, headless: true, args: kind === 'chrome' ? quiet : [], protocolTimeout: 300_000 });
    try {
      const page = await launched.newPage();
      await page.goto(server.url);
      return await work(page);
    } finally {
      await launched.close();
    }
  } finally {
    server.close();
  }
}
