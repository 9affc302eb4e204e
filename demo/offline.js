// The page's side of the service worker (sw.js): registers it when the page has nothing better to do, asks it to keep one part of the app after
// the other, and says what is really kept. What could not be kept is never called kept. Not a medical device.
// SPDX-License-Identifier: MIT

/**
 * What the service worker has counted.
 * @typedef {object} Kept
 * @property {string} version
 * @property {number} files of the app
 * @property {number} have of them on this device
 * @property {number} wanted how many that the page has loaded are not yet
 * @property {number} bytes of those that are not there, before compression
 * @property {'' | 'full' | 'refused' | 'cut'} trouble why no more is kept: no room, not allowed, or not all came (the network was cut, or the server has a newer version)
 *
 * `whole`: the page works with the network cut. `coming`: more is being kept. `part`: what the page has loaded is kept, and no more, to save data.
 * `trouble`: not all could be kept. `none`: this browser keeps no pages.
 * @typedef {Kept & { phase: 'whole' | 'coming' | 'part' | 'trouble' | 'none' }} Keeping
 *
 * @typedef {object} Told
 * @property {(keeping: Keeping) => void} kept whenever another count is there
 * @property {(takeOver: () => void) => void} update a newer version is on this device; takeOver() loads the page again with it
 * @property {(reload: () => void) => void} overtaken another tab has taken the newer version: parts that this page has not loaded yet may be gone
 * @property {() => Promise<string[]>} [loaded] addresses that this page and its workers have loaded: they are kept first
 */

/** A service worker that has not taken over by then will not, in milliseconds: the page is loaded again all the same. */
const PATIENCE = 5000;
/** One that has not answered by then was ended: a large part on a slow line takes a minute. In milliseconds. */
const SILENCE = 120_000;

/** When nothing else is to be done; Safari has no requestIdleCallback. */
const idle = () => new Promise((resolve) => ('requestIdleCallback' in globalThis ? requestIdleCallback(resolve, { timeout: 2000 }) : setTimeout(resolve, 200)));

/** Whether the visitor has asked for as few bytes as possible; Safari and Firefox do not tell. */
const savesData = () => /** @type {any} */ (navigator).connection?.saveData === true;

/** The page itself and what it has asked for. */
const loadedHere = async () => [new URL(location.pathname, location.href).href, ...performance.getEntriesByType('resource').map(({ name }) => name)];

/** @param {ServiceWorker} worker @param {{ loaded: string[], more: 'loaded' | 'all' }} request @returns {Promise<Kept>} */
function ask(worker, request) {
  return new Promise((resolve, reject) => {
    const { port1, port2 } = new MessageChannel();
    const timer = setTimeout(() => end(() => reject(new Error('The service worker does not answer.'))), SILENCE);
    const end = (/** @type {() => void} */ tell) => {
      clearTimeout(timer);
      port1.close();
      tell();
    };
    port1.onmessage = ({ data }) => end(() => resolve(data));
    worker.postMessage(request, [port2]);
  });
}

/** The worker that is at work; of a first one, when it is. @param {ServiceWorkerRegistration} registration @returns {Promise<ServiceWorker>} */
function atWork(registration) {
  return new Promise((resolve, reject) => {
    const worker = registration.active ?? registration.waiting ?? registration.installing;
    const look = () => {
      if (worker?.state === 'activated' || worker?.state === 'activating') resolve(worker);
      else if (!worker || worker.state === 'redundant') reject(new Error('There is no service worker.'));
    };
    worker?.addEventListener('statechange', look);
    look();
  });
}

class Keeper {
  /** @type {Told} */
  #told;
  /** @type {ServiceWorkerRegistration | null} */
  #registration = null;
  #everything = !savesData();
  #busy = false;
  #leaving = false;
  /** @type {Keeping} */
  #keeping = { version: '', files: 0, have: 0, wanted: 0, bytes: 0, trouble: '', phase: 'coming' };

  /** @param {Told} told */
  constructor(told) {
    this.#told = told;
    addEventListener('online', () => this.#keeping.phase === 'trouble' && void this.check());
  }

  /** Counts again, and goes on with what is missing. @param {{ everything?: boolean }} [options] everything: although data should be saved */
  async check({ everything = this.#everything } = {}) {
    this.#everything = everything;
    if (this.#busy || this.#keeping.phase === 'none') return;
    this.#busy = true;
    try {
      this.#registration ??= await this.#register();
      do this.#tell(await this.#next(this.#registration)); while (this.#keeping.phase === 'coming');
    } catch {
      // Not registered: this browser does not allow it, or its script did not come. Without an answer: what was counted last.
      this.#tell({ ...this.#keeping, trouble: this.#registration ? 'cut' : 'refused' });
    }
    this.#busy = false;
  }

  /** @param {ServiceWorkerRegistration} registration */
  async #next(registration) {
    const addresses = await (this.#told.loaded ?? loadedHere)();
    return ask(await atWork(registration), { loaded: addresses, more: this.#everything ? 'all' : 'loaded' });
  }

  /** @param {Kept} kept */
  #tell(kept) {
    let phase = /** @type {Keeping['phase']} */ ('coming');
    if (kept.trouble) phase = 'trouble';
    else if (kept.have === kept.files) phase = 'whole';
    else if (!this.#everything && kept.wanted === 0) phase = 'part';
    this.#keeping = { ...kept, phase };
    this.#told.kept(this.#keeping);
  }

  async #register() {
    const { serviceWorker } = navigator;
    const registration = await serviceWorker.register('sw.js', { updateViaCache: 'none' });
    const reload = () => location.reload();
    // The first one of a page that had none changes nothing: it brings what the page has loaded.
    let before = !!serviceWorker.controller;
    serviceWorker.addEventListener('controllerchange', () => {
      if (this.#leaving) reload();
      else if (before) this.#told.overtaken(reload);
      before = true;
    });
    const watch = (/** @type {ServiceWorker | null} */ worker) =>
      worker?.addEventListener('statechange', () => {
        if (worker.state === 'installed' && registration.active) this.#offer(worker);
      });
    if (registration.waiting && registration.active) this.#offer(registration.waiting);
    else watch(registration.installing);
    registration.addEventListener('updatefound', () => watch(registration.installing));
    return registration;
  }

  /** @param {ServiceWorker} waiting */
  #offer(waiting) {
    const reload = () => location.reload();
    this.#told.update(() => {
      this.#leaving = true;
      if (waiting.state !== 'installed') return reload(); // it works already, for another tab has said so, or a newer one has come
      waiting.postMessage('take over');
      setTimeout(reload, PATIENCE);
      return undefined;
    });
  }

  none() {
    this.#keeping.phase = 'none';
    this.#told.kept(this.#keeping);
  }
}

/**
 * Keeps the app on this device, as far as it can be kept: an old browser, a page that is neither https nor of this machine, storage that is full
 * or forbidden, and a visitor who saves data are told of, and the page goes on without.
 * @param {Told} told
 * @returns {Pick<Keeper, 'check'>} check() counts again, and tries again what could not be kept; check({ everything: true }) although data is saved
 */
export function keepOnDevice(told) {
  const keeper = new Keeper(told);
  if ('serviceWorker' in navigator) void idle().then(() => keeper.check());
  else keeper.none();
  return keeper;
}
