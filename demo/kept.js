// Says in words what of the app is kept on this device, and offers what can be done about the rest. Not a medical device.
// SPDX-License-Identifier: MIT

/** @typedef {import('./offline.js').Keeping} Keeping */

/** @param {Keeping} keeping @returns {string} a key of the messages */
function keyOf({ phase, trouble, files }) {
  if (phase === 'none') return 'offline.none';
  if (phase === 'whole') return 'offline.kept';
  if (phase === 'part') return 'offline.part';
  if (phase === 'coming') return files ? 'offline.coming' : 'offline.wait';
  return trouble === 'full' ? 'offline.full' : trouble === 'cut' ? 'offline.cut' : 'offline.refused';
}

export class KeptNote {
  #text;
  #button;
  #words;
  /** @type {Keeping | null} */
  #keeping = null;

  /**
   * @param {{ text: HTMLElement, button: HTMLButtonElement }} places
   * @param {() => import('../web/exam/messages/messages.js').Words} words
   * @param {(options?: { everything?: boolean }) => void} again keeps more
   */
  constructor({ text, button }, words, again) {
    this.#text = text;
    this.#button = button;
    this.#words = words;
    button.addEventListener('click', () => again(this.#keeping?.phase === 'part' ? { everything: true } : {}));
  }

  /** @param {Keeping} keeping */
  tell(keeping) {
    const tenth = (/** @type {Keeping | null} */ of) => (of?.phase === 'coming' ? Math.floor((10 * of.have) / (of.files || 1)) : of?.phase);
    const same = this.#keeping && tenth(keeping) === tenth(this.#keeping);
    this.#keeping = keeping;
    document.documentElement.dataset.kept = String(keeping.phase === 'whole');
    if (!same || keeping.phase !== 'coming') this.draw(); // it is spoken: every tenth file is often enough
  }

  draw() {
    const words = this.#words();
    const { have = 0, files = 0, bytes = 0, phase = 'coming' } = this.#keeping ?? {};
    this.#text.textContent = words.say(this.#keeping ? keyOf(this.#keeping) : 'offline.wait', { have, count: files });
    this.#button.hidden = phase !== 'part' && phase !== 'trouble';
    this.#button.textContent = phase === 'part' ? words.say('offline.all', { size: words.bytes(bytes) }) : words.say('offline.again');
  }
}
