// The demo's server: static files on the loopback interface, nothing else. Browser tests use the same function.
//
//     node scripts/serve.mjs        PORT, or 8080
import { createServer } from 'node:http';
import { join } from 'node:path';
import sirv from 'sirv';
import { isEntry, main, root, SetupError } from './setup.mjs';
import { shellScript } from './shell.mjs';

export const headers = {
  // No inline script, no eval, no other origin: what a page sees of the patient has nowhere to go.
  'Content-Security-Policy': [
    "default-src 'none'",
    "script-src 'self' 'wasm-unsafe-eval'",
    "connect-src 'self'",
    "img-src 'self' blob: data:",
    "style-src 'self'",
    "worker-src 'self'",
    "manifest-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; '),
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Referrer-Policy': 'no-referrer',
  'X-Content-Type-Options': 'nosniff',
  'Cache-Control': 'no-cache',
};

/** A served folder: which files of it, under which prefix. @typedef {{prefix: string, folder: string, files: RegExp}} Folder */

/** @type {Folder[]} */
const folders = [
  { prefix: '/web/', folder: 'web', files: /\.(js|mjs|wasm|css|json|svg|html)$/ },
  { prefix: '/models/', folder: 'models', files: /\.(bds|json)$/ },
  { prefix: '/', folder: 'demo', files: /(^|\/)$|\.(html|js|mjs|css|json|webmanifest|svg|png|jpe?g|ico|txt|dcm)$/ },
];

/** @param {Folder} folder */
const mounted = (folder) => ({
  ...folder,
  // `dev` reads the folder at each request: a file that a build just wrote is served.
  answer: sirv(join(root, folder.folder), {
    dev: true,
    etag: true,
    setHeaders: (response, path) => {
      // The name says the content: whoever has it need not ask again.
      if (/[/\\]part-[\w.-]+-[A-Z0-9]{8}\.js$/.test(path)) response.setHeader('Cache-Control', 'max-age=31536000, immutable');
      if (/\.webmanifest$/.test(path)) response.setHeader('Content-Type', 'application/manifest+json');
      if (/\.(bds|dcm)$/.test(path)) response.setHeader('Content-Type', 'application/octet-stream');
    },
  }),
});

/**
 * Answers one request.
 * @param {ReturnType<typeof mounted>[]} mounts
 * @param {Record<string, string>} sent
 * @param {import('node:http').IncomingMessage} request
 * @param {import('node:http').ServerResponse} response
 */
function answer(mounts, sent, request, response) {
  for (const [name, value] of Object.entries(sent)) response.setHeader(name, value);
  const refuse = (/** @type {number} */ status, /** @type {string} */ text) => {
    response.writeHead(status, { 'Content-Type': 'text/plain; charset=utf-8' }).end(`${text}\n`);
  };

  if (request.method !== 'GET' && request.method !== 'HEAD') return refuse(405, 'Only GET and HEAD');
  let path;
  try {
    path = decodeURIComponent(new URL(request.url ?? '/', 'http://localhost').pathname);
  } catch {
    return refuse(400, 'Not an address');
  }
  if (path === '/web/dist/shell.js') {
    // As the files are now: a list from the last build would have the service worker refuse what was edited since.
    response.writeHead(200, { 'Content-Type': 'text/javascript; charset=utf-8' }).end(request.method === 'HEAD' ? '' : shellScript());
    return undefined;
  }
  const mount = mounts.find(({ prefix }) => path.startsWith(prefix));
  if (!mount || !mount.files.test(path) || path.includes('/.')) return refuse(404, 'Not found');
  const prefix = mount.prefix.slice(0, -1);
  request.url = (request.url ?? '/').slice(prefix.length);
  mount.answer(request, response, () => refuse(404, 'Not found'));
}

/**
 * Starts the server.
 * @param {{ port?: number, host?: string, folders?: Folder[], policy?: (policy: string) => string, onRequest?: (request: import('node:http').IncomingMessage) => void }} [options]
 *   port 0: any that is free; folders: what tests serve besides; policy: another Content-Security-Policy made of the usual one; onRequest: is
 *   told of each request before it is answered
 * @returns {Promise<{ url: string, close: () => Promise<void> }>}
 */
export function serve({ port = 8080, host = '127.0.0.1', folders: more = [], policy = (usual) => usual, onRequest } = {}) {
  const mounts = [...more, ...folders].map(mounted);
  const sent = { ...headers, 'Content-Security-Policy': policy(headers['Content-Security-Policy']) };
  const server = createServer((request, response) => {
    onRequest?.(request);
    answer(mounts, sent, request, response);
  });
  return new Promise((resolve, reject) => {
    server.once('error', (/** @type {NodeJS.ErrnoException} */ e) => {
      if (e.code === 'EADDRINUSE') reject(new SetupError(`Port ${port} is in use. Choose another: PORT=${port + 1} npm start`));
      else if (e.code === 'EACCES') reject(new SetupError(`Port ${port} is not open to this user. Choose another: PORT=8080 npm start`));
      else reject(e);
    });
    server.listen(port, host, () => {
      const address = /** @type {import('node:net').AddressInfo} */ (server.address());
      resolve({
        url: `http://${address.family === 'IPv6' ? `[${address.address}]` : address.address}:${address.port}/`,
        close: () =>
          new Promise((done) => {
            server.close(() => done());
            server.closeAllConnections();
          }),
      });
    });
  });
}

/** The port that PORT names, or 8080. */
export function portFromEnvironment() {
  const text = process.env.PORT || '8080';
  const port = Number(text);
  if (!/^\d+$/.test(text) || port > 65535) throw new SetupError(`PORT must be a number from 0 to 65535, not "${text}".`);
  return port;
}

/** Serves until the user ends it. */
export async function serveUntilStopped() {
  const { url, close } = await serve({ port: portFromEnvironment() });
  process.stdout.write(`Bedside is at ${url} (Ctrl+C ends it)\n`);
  for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => void close());
}

if (isEntry(import.meta.url)) await main(serveUntilStopped);
