// The service worker: keeps the app's own files, so that it works with the network cut. It keeps what the list web/dist/shell.js names,
// each file only if its SHA-256 is the one in the list, and nothing else: no input, no result, no answer to any other request.
// A first version comes file by file, when a page asks for more (offline.js), and what is kept is counted, never assumed. A newer one
// comes whole or not at all; it takes over when the page says so, and then the older ones go. Not a medical device.
// SPDX-License-Identifier: MIT

/** Types of service workers clash with those of pages. */
const scope = /** @type {any} */ (self);
scope.importScripts('web/dist/shell.js');

/** @type {{ version: string, files: [path: string, hash: string, bytes: number][] }} */
const { version, files } = scope.bedsideShell;
/** With the scope: another Bedside of the same origin, in another folder, has caches of its own. */
const PREFIX = `bedside-${new URL(scope.registration.scope).pathname}:`;
const NAME = PREFIX + version;
const LANES = 2; // files at a time: the page has something to fetch, too

/** @param {string} path */
const addressOf = (path) => new URL(path, scope.registration.scope).href;
/** The list by address, in its order. */
const listed = new Map(files.map(([path, hash, bytes]) => [addressOf(path), { hash, bytes }]));

/** A file is not the one in the list: the server has another version by now. */
const OTHER_VERSION = 'OtherVersion';

// ---- What pages wait for goes first ------------------------------------------------------------------------------------------

/** How many files pages are waiting for. */
let awaited = 0;
/** Ends what is fetched to be kept. */
let keeping = new AbortController();

/** @template T @param {Promise<T>} work @returns {Promise<T>} */
async function first(work) {
  awaited++;
  keeping.abort();
  try {
    return await work;
  } finally {
    awaited--;
  }
}

async function quiet() {
  while (awaited > 0) await new Promise((resolve) => setTimeout(resolve, 50));
  if (keeping.signal.aborted) keeping = new AbortController();
  return keeping.signal;
}

// ---- One file ----------------------------------------------------------------------------------------------------------------

/** @param {Response} response */
async function hashOf(response) {
  const digest = await crypto.subtle.digest('SHA-256', await response.arrayBuffer());
  return Array.from(new Uint8Array(digest), (b) => b.toString(16).padStart(2, '0')).join('');
}

/** @param {string} address @param {RequestCache} cache */
async function download(address, cache) {
  for (;;) {
    const signal = await quiet();
    try {
      const options = /** @type {RequestInit} */ ({ cache, credentials: 'omit', redirect: 'error', priority: 'low', signal });
      const response = await fetch(address, options);
      if (!response.ok) throw new Error(`${address} answered ${response.status}`);
      return { response, hash: await hashOf(response.clone()) };
    } catch (error) {
      if (!signal.aborted) throw error; // else a page came first: once more
    }
  }
}

/** The file as the page has just loaded it, if it is the one in the list; else as the server has it. @param {string} address */
async function obtain(address) {
  const hash = listed.get(address)?.hash;
  for (const cache of /** @type {const} */ (['force-cache', 'no-cache'])) {
    const got = await download(address, cache);
    if (got.hash === hash) return got.response;
  }
  throw Object.assign(new Error(`${address} is of another version than the list`), { name: OTHER_VERSION });
}

/** Files side by side; after a failure none is begun. @param {string[]} addresses @param {Cache} cache */
async function keep(addresses, cache) {
  const open = [...addresses];
  const lane = async () => {
    for (let next = open.shift(); next !== undefined; next = open.shift()) {
      try {
        await cache.put(next, await obtain(next));
      } catch (error) {
        open.length = 0;
        throw error;
      }
    }
  };
  const ends = await Promise.allSettled(Array.from({ length: LANES }, lane));
  for (const end of ends) if (end.status === 'rejected') throw end.reason;
}

/** Of the list, what is not in the cache. @param {Cache} cache @returns {Promise<string[]>} */
async function missing(cache) {
  const held = new Set((await cache.keys()).map(({ url }) => url));
  return [...listed.keys()].filter((address) => !held.has(address));
}

// ---- A version's life --------------------------------------------------------------------------------------------------------

/** Names of the caches that are ours. */
const ours = async () => (await caches.keys()).filter((name) => name.startsWith(PREFIX));

/** What has not changed since an older version. @param {Cache} cache @param {string[]} others names of caches */
async function takeAlong(cache, others) {
  for (const name of others) {
    const older = await caches.open(name);
    for (const address of await missing(cache)) {
      const found = await older.match(address);
      if (found && (await hashOf(found.clone())) === listed.get(address)?.hash) await cache.put(address, found);
    }
  }
}

async function install() {
  const others = (await ours()).filter((name) => name !== NAME);
  if (others.length === 0) return; // pages ask for more
  try {
    const cache = await caches.open(NAME);
    await takeAlong(cache, others);
    // A device that is told to save data gets what is new when a page asks.
    if (!(/** @type {any} */ (navigator).connection?.saveData)) await keep(await missing(cache), cache);
  } catch (error) {
    // After a cut of the network the next try goes on from here. What cannot be completed makes room.
    if (error instanceof Error && [OTHER_VERSION, 'QuotaExceededError'].includes(error.name)) await caches.delete(NAME);
    throw error;
  }
}

async function activate() {
  await Promise.all((await ours()).filter((name) => name !== NAME).map((name) => caches.delete(name)));
  await scope.clients.claim();
}

// ---- Messages of pages -------------------------------------------------------------------------------------------------------

/** Why no more is kept, for the page's words. @param {unknown} error @returns {'full' | 'refused' | 'cut'} */
function troubleOf(error) {
  const name = error instanceof Error || error instanceof DOMException ? error.name : '';
  if (name === 'QuotaExceededError') return 'full';
  return ['SecurityError', 'NotAllowedError', 'InvalidStateError'].includes(name) ? 'refused' : 'cut';
}

/** Pages are answered one after the other: two tabs do not fetch the same. @type {Promise<unknown>} */
let turn = Promise.resolve();

/**
 * Keeps the next few files that are missing, if it is asked to, and counts what is there.
 * @param {{ loaded?: string[], more?: 'loaded' | 'all' }} request `loaded`: what the page itself has loaded, to be kept first; `more`: of that, or of all
 * @returns {Promise<import('./offline.js').Kept>}
 */
async function answerPage({ loaded = [], more }) {
  const kept = { version, files: listed.size, have: 0, wanted: listed.size, bytes: 0, trouble: /** @type {'' | 'full' | 'refused' | 'cut'} */ ('') };
  try {
    const cache = await caches.open(NAME);
    const early = new Set(loaded);
    const wanted = (/** @type {string[]} */ open) => open.filter((address) => early.has(address));
    const open = await missing(cache);
    try {
      if (more) await keep([...wanted(open), ...(more === 'all' ? open.filter((address) => !early.has(address)) : [])].slice(0, LANES), cache);
    } catch (error) {
      kept.trouble = troubleOf(error);
    }
    const left = await missing(cache);
    kept.have = listed.size - left.length;
    kept.wanted = wanted(left).length;
    kept.bytes = left.reduce((sum, address) => sum + (listed.get(address)?.bytes ?? 0), 0);
  } catch (error) {
    kept.trouble = troubleOf(error);
  }
  return kept;
}

// ---- Requests of pages -------------------------------------------------------------------------------------------------------

/** What is missing comes from the network, and is kept if it is what the list says. @param {any} event @param {string} address */
async function answer(event, address) {
  const cache = await caches.open(NAME).catch(() => null); // without storage the network answers
  const found = await cache?.match(address);
  if (found) return found;
  const coming = fetch(event.request);
  const copied = coming.then((response) => (response.ok ? response.clone() : null));
  event.waitUntil(first(copied.then(async (copy) => {
    if (copy && (await hashOf(copy.clone())) === listed.get(address)?.hash) await cache?.put(address, copy);
  })).catch(() => {}));
  return coming;
}

scope.addEventListener('install', (/** @type {any} */ event) => event.waitUntil(install()));
scope.addEventListener('activate', (/** @type {any} */ event) => event.waitUntil(activate()));

scope.addEventListener('message', (/** @type {any} */ event) => {
  const { data, ports } = event;
  if (data === 'take over') void scope.skipWaiting();
  else if (ports[0]) event.waitUntil((turn = turn.then(() => answerPage(data)).then((kept) => ports[0].postMessage(kept)))); // never fails
});

scope.addEventListener('fetch', (/** @type {any} */ event) => {
  const { request } = event;
  const url = new URL(request.url);
  // The page's policy forbids this already; here nothing passes even if a server forgot the policy.
  if (url.origin !== location.origin || request.method !== 'GET') return event.respondWith(Response.error());
  url.hash = '';
  if (request.mode === 'navigate') url.search = ''; // ?lang=es is the same page
  if (listed.has(url.href)) event.respondWith(answer(event, url.href));
});
