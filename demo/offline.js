// The page's side of the service worker (sw.js): registers it when the page has nothing better to do, and says what it has to say.
// SPDX-License-Identifier: MIT

/**
 * @typedef {object} Told
 * @property {(kept: { version: string, files: number }) => void} kept everything is on this device: the page works with the network cut
 * @property {(takeOver: () => void) => void} update a newer version is on this device; takeOver() loads the page again with it
 * @property {(reload: () => void) => void} overtaken another tab has taken the newer version: parts that this page has not loaded yet may be gone
 */

/** @param {ServiceWorker} worker @returns {Promise<{ version: string, files: number }>} */
function versionOf(worker) {
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = ({ data }) => {
      port1.close();
      resolve(data);
    };
    worker.postMessage('version', [port2]);
  });
}

/** A service worker that has not taken over by then will not, in milliseconds: the page is loaded again all the same. */
const PATIENCE = 5000;

/** When nothing else is to be done; Safari has no requestIdleCallback. */
const idle = () => new Promise((resolve) => ('requestIdleCallback' in globalThis ? requestIdleCallback(resolve, { timeout: 2000 }) : setTimeout(resolve, 200)));

/**
 * Keeps the app on this device. Where that cannot be (an old browser, a page that is neither https nor of this machine, storage that is
 * full or forbidden) the page goes on without.
 * @param {Told} told
 */
export async function keepOnDevice({ kept, update, overtaken }) {
  if (!('serviceWorker' in navigator)) return;
  await idle();
  const { serviceWorker } = navigator;
  try {
    const registration = await serviceWorker.register('sw.js', { updateViaCache: 'none' });
    let leaving = false;
    const reload = () => location.reload();
    const offer = (/** @type {ServiceWorker} */ waiting) =>
      update(() => {
        leaving = true;
        if (waiting.state !== 'installed') return reload(); // it works already, for another tab has said so, or a newer one has come
        waiting.postMessage('take over');
        setTimeout(reload, PATIENCE);
        return undefined;
      });
    // The first one of a page that had none changes nothing: it brings what the page has loaded.
    let before = !!serviceWorker.controller;
    serviceWorker.addEventListener('controllerchange', () => {
      if (leaving) reload();
      else if (before) overtaken(reload);
      before = true;
    });
    const watch = (/** @type {ServiceWorker | null} */ worker) =>
      worker?.addEventListener('statechange', () => {
        if (worker.state === 'installed' && registration.active) offer(worker);
      });
    if (registration.waiting && registration.active) offer(registration.waiting);
    else watch(registration.installing);
    registration.addEventListener('updatefound', () => watch(registration.installing));
    const { active } = await serviceWorker.ready;
    if (active) kept(await versionOf(active));
  } catch {
    // no service worker here: nothing is lost but the use without a network
  }
}
