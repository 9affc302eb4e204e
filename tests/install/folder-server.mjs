// A server of one folder under a path of its own, as a portal on a shared host has it: with the policy of a careful site, and a log.
import { readFileSync, statSync } from 'node:fs';
import { createServer } from 'node:http';
import { extname, join } from 'node:path';
import { headers } from '../../scripts/serve.mjs';

export const BASE = '/clinic/portal/';

/** @type {Record<string, string>} */
const types = { '.html': 'text/html; charset=utf-8', '.js': 'text/javascript', '.css': 'text/css', '.json': 'application/json', '.wasm': 'application/wasm', '.png': 'image/png' };

/**
 * @param {string} folder
 * @returns {Promise<{ url: string, asked: string[], missing: string[], close: () => Promise<void> }>} asked, missing: paths
 */
export async function serveFolder(folder) {
  /** @type {string[]} */
  const asked = [];
  /** @type {string[]} */
  const missing = [];
  const server = createServer((request, response) => {
    const path = decodeURIComponent(new URL(request.url ?? '/', 'http://localhost').pathname);
    asked.push(path);
    for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
    const inside = path.startsWith(BASE) && !path.split('/').includes('..') ? path.slice(BASE.length) || 'index.html' : null;
    const file = inside && join(folder, inside);
    if (!file || !statSync(file, { throwIfNoEntry: false })?.isFile()) {
      if (path !== '/favicon.ico') missing.push(path);
      // As many hosts do: a page in place of the file that is not there.
      return response.writeHead(404, { 'Content-Type': 'text/html' }).end('<!doctype html><title>Not found</title>');
    }
    return response.writeHead(200, { 'Content-Type': types[extname(file)] ?? 'application/octet-stream' }).end(readFileSync(file));
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(null)));
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
  return {
    url: `http://127.0.0.1:${port}${BASE}`,
    asked,
    missing,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
