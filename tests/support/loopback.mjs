// Loopback servers for tests: a port that is free, a record of what was asked, and an end. Not a medical device.
import { createServer } from 'node:http';

/**
 * @typedef {import('node:http').IncomingMessage} Incoming
 * @typedef {import('node:http').ServerResponse} Outgoing
 * @typedef {{ method: string, path: string, headers: import('node:http').IncomingHttpHeaders, body: Buffer }} Seen
 * @typedef {{ origin: string, seen: Seen[], close: () => Promise<void> }} Loopback
 */

/** The whole body. @param {Incoming} request */
async function bodyOf(request) {
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/**
 * Starts a server on 127.0.0.1.
 * @param {(request: Seen & { url: URL }, response: Outgoing) => void | Promise<void>} answer
 * @returns {Promise<Loopback>}
 */
export async function loopback(answer) {
  /** @type {Seen[]} */
  const seen = [];
  const server = createServer((request, response) => {
    void (async () => {
      const one = { method: request.method ?? 'GET', path: request.url ?? '/', headers: request.headers, body: await bodyOf(request) };
      seen.push(one);
      await answer({ ...one, url: new URL(one.path, 'http://127.0.0.1') }, response);
    })().catch((error) => {
      if (!response.headersSent) response.writeHead(500, { 'Content-Type': 'text/plain' });
      response.end(String(error?.stack ?? error));
    });
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(null)));
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
  return {
    origin: `http://127.0.0.1:${port}`,
    seen,
    close: () =>
      new Promise((done) => {
        server.close(() => done());
        server.closeAllConnections();
      }),
  };
}

/** @param {Outgoing} response @param {number} status @param {unknown} content @param {string} [type] @param {Record<string, string>} [headers] */
export function json(response, status, content, type = 'application/json', headers = {}) {
  const body = Buffer.from(JSON.stringify(content));
  response.writeHead(status, { 'Content-Type': `${type}; charset=utf-8`, 'Content-Length': body.length, 'Cache-Control': 'no-store', ...headers }).end(body);
}
