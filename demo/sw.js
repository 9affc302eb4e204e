// The service worker: keeps the app's own files, so that it works with the network cut. It keeps what the list web/dist/shell.js names,
// each file only if its SHA-256 is the one in the list, and nothing else: no input, no result, no answer to any other request.
// A version is kept whole or not at all; it takes over when the page says so, and then the older ones go. Not a medical device.
// SPDX-License-Identifier: MIT

/** Types of service workers clash with those of pages. */
const scope = /** @type {any} */ (self);
scope.importScripts('web/dist/shell.js');

/** @type {{ version: string, files: [string, string][] }} */
const { version, files } = scope.bedsideShell;
const PREFIX = 'bedside-';
const NAME = PREFIX + version;
const LANES = 6; // files at a time

/** @param {string} path */
const addressOf = (path) => new URL(path, scope.registration.scope).href;
/** The files' hashes by address. */
const hashes = new Map(files.map(([path, hash]) => [addressOf(path), hash]));

/** @param {Response} response */
async function hashOf(response) {
  const digest = await crypto.subtle.digest('SHA-256', await response.arrayBuffer());
  return Array.from(new Uint8Array(digest), (b) => b.toString(16).padStart(2, '0')).join('');
}

/** The file as an older version has it, if it is the same; else as the server does. @param {string} address @param {string} hash @param {Cache[]} older */
async function obtain(address, hash, older) {
  for (const cache of older) {
    const found = await cache.match(address);
    if (found && (await hashOf(found.clone())) === hash) return found;
  }
  const response = await fetch(address, { cache: 'no-cache', credentials: 'omit', redirect: 'error' });
  if (!response.ok) throw new Error(`${address} answered ${response.status}`);
  if ((await hashOf(response.clone())) !== hash) throw new Error(`${address} is of another version than the list`);
  return response;
}

/** Names of the caches that are ours. */
const ours = async () => (await caches.keys()).filter((name) => name.startsWith(PREFIX));

async function install() {
  const older = await Promise.all((await ours()).filter((name) => name !== NAME).map((name) => caches.open(name)));
  const cache = await caches.open(NAME);
  const open = [...hashes];
  const lane = async () => {
    for (let next = open.shift(); next; next = open.shift()) await cache.put(next[0], await obtain(...next, older));
  };
  try {
    await Promise.all(Array.from({ length: LANES }, lane));
  } catch (error) {
    open.length = 0;
    await caches.delete(NAME); // whole or not at all; the browser tries again with the next visit
    throw error;
  }
}

async function activate() {
  await Promise.all((await ours()).filter((name) => name !== NAME).map((name) => caches.delete(name)));
  await scope.clients.claim();
}

/** @param {Request} request @param {string} address */
async function answer(request, address) {
  const cache = await caches.open(NAME);
  return (await cache.match(address)) ?? fetch(request);
}

scope.addEventListener('install', (/** @type {any} */ event) => event.waitUntil(install()));
scope.addEventListener('activate', (/** @type {any} */ event) => event.waitUntil(activate()));

scope.addEventListener('message', (/** @type {MessageEvent} */ { data, ports }) => {
  if (data === 'take over') void scope.skipWaiting();
  if (data === 'version') ports[0]?.postMessage({ version, files: files.length });
});

scope.addEventListener('fetch', (/** @type {any} */ event) => {
  const { request } = event;
  const url = new URL(request.url);
  // The page's policy forbids this already; here nothing passes even if a server forgot the policy.
  if (url.origin !== location.origin || request.method !== 'GET') return event.respondWith(Response.error());
  url.hash = '';
  if (request.mode === 'navigate') url.search = ''; // ?lang=es is the same page
  if (hashes.has(url.href)) event.respondWith(answer(request, url.href));
});
