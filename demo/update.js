// Notices that the page should be loaded again: a newer version is on this device, another tab has taken it, or a part is missing. Nothing
// changes under the hands of who is at work: they decide when, and know that a result that is shown goes with it.
// SPDX-License-Identifier: MIT

/** @typedef {() => import('../web/exam/messages/messages.js').Words} Say */

/**
 * @param {HTMLElement} place hidden until there is something to say
 * @param {Say} words
 * @param {[text: string, button: string]} keys
 * @param {() => void} act
 */
function offer(place, words, keys, act) {
  const [text, button, loses] = [document.createElement('span'), document.createElement('button'), document.createElement('span')];
  // Another language finds them by their key.
  for (const [node, key] of /** @type {[HTMLElement, string][]} */ ([[text, keys[0]], [loses, 'update.result'], [button, keys[1]]])) {
    node.dataset.say = key;
    node.textContent = words().say(key);
  }
  button.type = 'button';
  button.className = 'button';
  button.addEventListener('click', act);
  const both = document.createElement('span');
  both.append(text, ' ', loses);
  place.replaceChildren(both, button);
  place.hidden = false;
}

/** A newer version is on this device. @param {HTMLElement} place @param {Say} words @param {() => void} takeOver */
export const offerUpdate = (place, words, takeOver) => offer(place, words, ['update.text', 'update.button'], takeOver);

/** Another tab has taken it. @param {HTMLElement} place @param {Say} words @param {() => void} reload */
export const offerReload = (place, words, reload) => offer(place, words, ['update.other', 'update.reload'], reload);

/** The texts of a language could not be loaded. @param {HTMLElement} place @param {Say} words */
export const offerLanguage = (place, words) => offer(place, words, ['language.failed', 'update.reload'], () => location.reload());
