// The page's side of the service worker (sw.js): registers it when the page has nothing better to do, and says what it has to say.
// SPDX-License-Identifier: MIT

/**
 * @typedef {object} Told
 * @property {(kept: { version: string, files: number }) => void} kept everything is on this device: the page works with the network cut
 * @property {(takeOver: () => void) => void} update a newer version is on this device; takeOver() loads the page again with it
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

/** When nothing else is to be done; Safari has no requestIdleCallback. */
const idle = () => new Promise((resolve) => ('requestIdleCallback' in globalThis ? requestIdleCallback(resolve, { timeout: 2000 }) : setTimeout(resolve, 200)));

/**
 * Keeps the app on this device. Where that cannot be (an old browser, a page that is neither https nor of this machine, storage that is
 * full or forbidden) the page goes on without.
 * @param {Told} told
 */
export async function keepOnDevice({ kept, update }) {
  if (!('serviceWorker' in navigator)) return;
  await idle();
  const { serviceWorker } = navigator;
  try {
    const registration = await serviceWorker.register('sw.js', { updateViaCache: 'none' });
    let leaving = false;
    const offer = (/** @type {ServiceWorker} */ waiting) =>
      update(() => {
        leaving = true;
        waiting.postMessage('take over');
      });
    serviceWorker.addEventListener('controllerchange', () => leaving && location.reload());
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
