// What is shown of a heart-rate belt: the rate, the last intervals, alarms on them. No strip, and no beat is classified.
// SPDX-License-Identifier: MIT
import { measure, text } from '../tell.js';
import { byId } from './page.js';
import { say, showAlarms, showRate, showState } from './show.js';
import { alarmText, joined, listed } from './words.js';

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
    setInterval(() => this.#on && performance.now() - this.#heard > SILENCE && this.#lost('ecg.belt.silent'), 500);
  }

  /** @param {string} name empty: it has none */
  start(name) {
    this.#on = true;
    this.#begin = this.#heard = performance.now();
    this.#gaps = [];
    void this.#ask('belt');
    say('title', name ? text('ecg.belt.title', { name }) : text('ecg.belt.unnamed'));
    byId('no-strip').hidden = false;
    byId('play').disabled = byId('speed').disabled = true;
    showState({ style: 'learning', title: text('ecg.belt.wait'), text: text('ecg.belt.wait.text') });
  }

  stop() {
    this.#on = false;
  }

  /** @param {string} why a key of the catalogue */
  #lost(why) {
    showRate(null);
    showState({ style: 'lost', title: text('ecg.belt.lost'), text: (words) => `${words.say(why)} ${words.say('ecg.belt.lost.text')}` });
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
    if (rate === null) return this.#lost(contact === false ? 'ecg.belt.contact' : 'ecg.belt.norate');
    showRate(rate);
    const gaps = this.#gaps;
    const more = (/** @type {import('../tell.js').Words} */ words) => {
      const unclassified = words.say('ecg.belt.unclassified');
      return gaps.length > 0 ? `${unclassified} ${words.say('ecg.belt.intervals', { list: listed(words, gaps.map((gap) => measure(words, gap, 'second', 'short', 2))) })}` : unclassified;
    };
    showState(list.length > 0 ? { style: 'alarm', title: (words) => joined(words, list.map((change) => alarmText(words, change))), text: more } : { style: 'beats', title: text('ecg.belt.only'), text: more });
  }
}
