// The portal's server: its page, and, where the archive or the FHIR server is of another origin and allows none (Orthanc: no CORS), a way to
// them under this one. The password stays here.
//
//     node examples/portal/server.mjs CONFIG.json
//
// Shape of the configuration: PortalConfig below. Not a medical device.
// SPDX-License-Identifier: MIT
import { existsSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import sirv from 'sirv';
import { isEntry, main, root, SetupError } from '../../scripts/setup.mjs';

/**
 * A server behind the portal. `direct`: the page asks it itself (it must allow this origin); else through this server, which adds `headers`.
 * @typedef {{ url: string, headers?: Record<string, string>, direct?: boolean }} Behind
 * @typedef {{ port?: number, folder?: string, model?: string, patientSystem?: string, dicomweb?: Behind, fhir?: Behind, more?: Record<string, unknown>, connect?: string[] }} PortalConfig
 */

/**
 * The policy of the page: scripts and styles of its own, no inline code, no eval, and connections to its own server and the configured ones only.
 * @param {string[]} origins
 */
export const policy = (origins) => [
  "default-src 'none'",
  "script-src 'self' 'wasm-unsafe-eval'",
  `connect-src ${["'self'", ...new Set(origins)].join(' ')}`,
  "img-src 'self' blob: data:",
  "style-src 'self'",
  "worker-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

const uid = String.raw`(?=[\d.]{1,64}(?:\/|$))\d+(?:\.\d+)+`;
/** What may be asked of a server behind, and no more than the page asks: paths after its base. @type {Record<string, Record<string, RegExp>>} */
const allowed = {
  dicomweb: { GET: new RegExp(`^/studies(/${uid}(/(series|instances)(/${uid}(/instances/${uid})?)?)?)?$`), POST: /^\/studies$/ },
  fhir: { POST: /^$/ },
};
/** What the page reads. Anything else, above all what a browser would show or run, comes as bytes: whoever can store a file there could else have his script run as this page. */
const readable = /^(application\/(dicom|dicom\+json|fhir\+json|json)|multipart\/related)\s*(;|$)/i;
/** Of every answer from behind, should a browser be led to open it: it is saved and not shown, of no origin, runs and fetches nothing. */
const inert = {
  'Content-Disposition': 'attachment',
  'Content-Security-Policy': "sandbox; default-src 'none'",
  'Cross-Origin-Resource-Policy': 'same-origin',
  'X-Content-Type-Options': 'nosniff',
  'Cache-Control': 'no-store',
};
/** Bytes of a report, with its picture. */
const MOST = 256 * 1048576;
const passed = ['accept', 'content-type', 'prefer'];

/**
 * Hands one request on, once.
 * @param {Behind} behind @param {'dicomweb' | 'fhir'} kind @param {string} rest what follows the prefix, with its query
 * @param {import('node:http').IncomingMessage} request @param {import('node:http').ServerResponse} response
 */
async function handOn(behind, kind, rest, request, response) {
  const refuse = (/** @type {number} */ status, /** @type {string} */ text) => void response.writeHead(status, { 'Content-Type': 'text/plain; charset=utf-8' }).end(`${text}\n`);
  const [path, query] = rest.split('?');
  const method = request.method ?? 'GET';
  const pattern = Object.hasOwn(allowed[kind], method) ? allowed[kind][method] : null;
  if (!pattern?.test(path.replace(/\/$/, '')) || (method === 'POST' && query)) return refuse(404, 'This is not handed on');
  // Browsers say who asks: a link, a frame or a script of another page is not the portal's.
  if ((request.headers['sec-fetch-site'] ?? 'same-origin') !== 'same-origin') return refuse(403, 'Only the portal\'s page may ask');
  // Because the password is added here, only the portal's own page may ask.
  if (method === 'POST' && request.headers.origin !== `http://${request.headers.host}` && request.headers.origin !== `https://${request.headers.host}`) return refuse(403, 'Only the portal\'s page may send');
  // Uncompressed, so that the length is known and a broken answer is seen to be one.
  const headers = { 'accept-encoding': 'identity', ...Object.fromEntries(passed.filter((name) => request.headers[name]).map((name) => [name, String(request.headers[name])])), ...behind.headers };
  const chunks = [];
  let size = 0;
  for await (const chunk of request) {
    if ((size += chunk.length) > MOST) return refuse(413, 'This is too large');
    chunks.push(chunk);
  }
  let answer;
  try {
    answer = await fetch(`${behind.url.replace(/\/+$/, '')}${rest}`, { method, headers, body: method === 'POST' ? Buffer.concat(chunks) : undefined, redirect: 'manual' });
  } catch {
    return refuse(502, 'The server behind the portal gives no answer');
  }
  // WWW-Authenticate is left out: the browser would ask the user for a password of its own accord.
  const length = answer.headers.has('content-encoding') ? null : answer.headers.get('content-length');
  const type = answer.headers.get('content-type') ?? '';
  response.writeHead(answer.status, { ...inert, 'Content-Type': readable.test(type) ? type : 'application/octet-stream', ...(length ? { 'Content-Length': length } : {}) });
  if (!answer.body) return void response.end();
  const body = Readable.fromWeb(/** @type {any} */ (answer.body));
  body.on('error', () => response.destroy()); // a broken answer stays one
  body.pipe(response);
}

/**
 * @param {PortalConfig} config
 * @returns {Promise<{ url: string, close: () => Promise<void> }>}
 */
export function servePortal({ port = 0, folder = join(root, 'build/portal'), model = 'pneumonia', patientSystem, dicomweb, fhir, more = {}, connect = [] }) {
  if (!existsSync(join(folder, 'index.html'))) throw new SetupError(`${folder} is not there: node examples/portal/build.mjs makes it.`);
  const behind = { dicomweb, fhir };
  const seen = (/** @type {'dicomweb' | 'fhir'} */ kind, /** @type {string} */ name) => {
    const one = behind[kind];
    return one ? { name, url: one.direct ? one.url : kind } : null;
  };
  const settings = { model, patientSystem, dicomweb: seen('dicomweb', 'The archive'), fhir: seen('fhir', 'The FHIR server'), ...more };
  const direct = Object.values(behind).filter((one) => one?.direct).map((one) => new URL(/** @type {Behind} */ (one).url).origin);
  const headers = {
    'Content-Security-Policy': policy([...direct, ...connect]),
    'Referrer-Policy': 'no-referrer',
    'X-Content-Type-Options': 'nosniff',
    'Cache-Control': 'no-cache',
  };
  const mounts = [
    { prefix: '/web/dist/', files: /\.(js|wasm)$/, answer: sirv(join(root, 'web/dist'), { dev: true }) },
    { prefix: '/models/', files: /\.(bds|json)$/, answer: sirv(join(root, 'models'), { dev: true }) },
    { prefix: '/', files: /(^|\/)$|\.(html|js|css|wasm)$/, answer: sirv(folder, { dev: true }) },
  ];
  const server = createServer((request, response) => {
    for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
    const address = request.url ?? '/';
    const missing = () => void response.writeHead(404, { 'Content-Type': 'text/plain' }).end('Not found\n');
    // Another name for this machine is how a foreign page would make itself this one's neighbour (DNS rebinding).
    if (!/^(127\.0\.0\.1|localhost)(:\d+)?$/.test(request.headers.host ?? '')) return void response.writeHead(421, { 'Content-Type': 'text/plain' }).end('This server has another name\n');
    for (const kind of /** @type {const} */ (['dicomweb', 'fhir'])) {
      const one = behind[kind];
      if (one && !one.direct && new RegExp(`^/${kind}(?=[/?]|$)`).test(address)) return void handOn(one, kind, address.slice(kind.length + 1), request, response).catch(() => response.destroy());
    }
    if (request.method !== 'GET' && request.method !== 'HEAD') return missing();
    const [path] = address.split('?');
    if (path === '/config.json') return void response.writeHead(200, { 'Content-Type': 'application/json' }).end(JSON.stringify(settings));
    const mount = mounts.find(({ prefix }) => path.startsWith(prefix));
    if (!mount || !mount.files.test(path) || path.includes('/.')) return missing();
    request.url = address.slice(mount.prefix.length - 1);
    return mount.answer(request, response, missing);
  });
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => {
      const { port: open } = /** @type {import('node:net').AddressInfo} */ (server.address());
      resolve({
        url: `http://127.0.0.1:${open}/`,
        close: () => new Promise((done) => {
          server.close(() => done());
          server.closeAllConnections();
        }),
      });
    });
  });
}

if (isEntry(import.meta.url)) {
  await main(async () => {
    if (!process.argv[2]) throw new SetupError('usage: node examples/portal/server.mjs CONFIG.json');
    let config;
    try {
      config = JSON.parse(readFileSync(process.argv[2], 'utf8'));
    } catch (e) {
      throw new SetupError(`${process.argv[2]} is no configuration: ${e instanceof Error ? e.message : e}`);
    }
    const { url } = await servePortal({ port: 8081, ...config });
    console.log(`The portal is at ${url} (Ctrl+C ends it)`);
  });
}
