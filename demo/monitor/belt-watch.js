// What is shown of a heart-rate belt: the rate, the last intervals, alarms on them. No strip, and no beat is classified.
// SPDX-License-Identifier: MIT
import { byId } from './page.js';
import { say, showAlarms, showRate, showState } from './show.js';

const SILENCE = 5000; // milliseconds without a message

export class BeltWatch {
  #watch;
  #remote;
  #broken;
  #on = false;
  #begin = 0;
  #heard = 0;
  /** @type {number[]} */
  #gaps = [];

  /** @param {import('./watch.js').Watch} watch that is closed meanwhile @param {import('./page.js').Remote} remote @param {(error: Error) => void} broken */
  constructor(watch, remote, broken) {
    this.#watch = watch;
    this.#remote = remote;
    this.#broken = broken;
    setInterval(() => this.#on && performance.now() - this.#heard > SILENCE && this.#lost('The belt sends nothing.'), 500);
  }

  /** @param {string} name */
  start(name) {
    this.#on = true;
    this.#begin = this.#heard = performance.now();
    this.#gaps = [];
    void this.#ask('belt');
    say('title', `Heart-rate belt: ${name}`);
    byId('no-strip').hidden = false;
    byId('play').disabled = byId('speed').disabled = true;
    showState({ style: 'learning', title: 'Waiting for the belt', text: 'It sends its first rate within seconds.' });
  }

  stop() {
    this.#on = false;
  }

  /** @param {string} why */
  #lost(why) {
    showRate(null);
    showState({ style: 'lost', title: 'The belt cannot be relied on', text: `${why} The rate is not known.` });
  }

  /** @param {string} op @param {object} [args] */
  async #ask(op, args) {
    const begin = this.#begin;
    try {
      const answer = await this.#remote.ask(op, args);
      return this.#on && begin === this.#begin ? answer : null;
    } catch (error) {
      if (this.#on && begin === this.#begin) this.#broken(/** @type {Error} */ (error));
      return null;
    }
  }

  /** @param {import('./belt.js').Measurement} message */
  async hear(message) {
    if (!this.#on) return;
    this.#heard = performance.now();
    this.#gaps = [...this.#gaps, ...message.gaps].slice(-8);
    this.#show(message); // the rate at once, alarms when the worker has answered
    const changes = await this.#ask('hear', { message, time: (this.#heard - this.#begin) / 1000 });
    if (!changes?.length) return;
    this.#watch.takeChanges(changes);
    this.#show(message);
  }

  /** @param {import('./belt.js').Measurement} message */
  #show({ rate, contact }) {
    const list = [...this.#watch.active.values()];
    showAlarms(list, rate !== null);
    if (rate === null) return this.#lost(contact === false ? 'It has no contact with the skin.' : 'It sends no rate.');
    showRate(rate);
    const text = `No beat is classified.${this.#gaps.length > 0 ? ` Last intervals: ${this.#gaps.map((gap) => gap.toFixed(2)).join(', ')} s.` : ''}`;
    showState(list.length > 0 ? { style: 'alarm', title: list.map((change) => change.text).join('; '), text } : { style: 'beats', title: 'Only the rate is known', text });
  }
}
