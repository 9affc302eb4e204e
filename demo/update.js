// The word that a newer version of the page is on this device. Nothing changes under the hands of who is at work: they decide when.
// SPDX-License-Identifier: MIT

/**
 * @param {HTMLElement} place hidden until there is something to say
 * @param {() => import('../web/exam/messages/messages.js').Words} words
 * @param {() => void} takeOver
 */
export function offerUpdate(place, words, takeOver) {
  const text = document.createElement('span');
  const button = document.createElement('button');
  [text.dataset.say, button.dataset.say] = ['update.text', 'update.button']; // another language finds them
  [text.textContent, button.textContent] = [words().say('update.text'), words().say('update.button')];
  button.type = 'button';
  button.className = 'button';
  button.addEventListener('click', takeOver);
  place.replaceChildren(text, button);
  place.hidden = false;
}
