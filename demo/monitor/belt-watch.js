// What is shown of a heart-rate belt: the rate, the last intervals, alarms on them. No strip, and no beat is classified.
// SPDX-License-Identifier: MIT
import { byId } from './page.js';
import { addEvent, say, showAlarms, showRate, showState } from './show.js';

const SILENCE = 5000; // milliseconds without a message

export class BeltWatch {
  #watch;
  #on = false;
  #begin = 0;
  #heard = 0;
  /** @type {number[]} */
  #gaps = [];

  /** @param {import('./watch.js').Watch} watch that is closed meanwhile; its limits hold */
  constructor(watch) {
    this.#watch = watch;
    setInterval(() => this.#on && performance.now() - this.#heard > SILENCE && this.#lost('The belt sends nothing.'), 500);
  }

  /** @param {string} name */
  start(name) {
    this.#on = true;
    this.#begin = this.#heard = performance.now();
    this.#gaps = [];
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

  /** @param {import('./belt.js').Measurement} m */
  hear({ rate, contact, gaps }) {
    if (!this.#on) return;
    const { alarms, active } = this.#watch;
    const time = (performance.now() - this.#begin) / 1000;
    this.#heard = performance.now();
    this.#gaps = [...this.#gaps, ...gaps].slice(-8);
    for (const change of alarms.belt(rate, gaps, time)) {
      if (change.raised) active.set(change.kind, change);
      else active.delete(change.kind);
      addEvent(change.raised ? `Alarm: ${change.text}` : `Alarm ended: ${change.kind === 'pause' ? 'pause' : 'rate'}`, time, change.raised ? 'alarm' : 'end');
    }
    const list = [...active.values()];
    showAlarms(list, rate !== null);
    if (rate === null) return this.#lost(contact === false ? 'It has no contact with the skin.' : 'It sends no rate.');
    showRate(rate);
    const text = `No beat is classified.${this.#gaps.length > 0 ? ` Last intervals: ${this.#gaps.map((gap) => gap.toFixed(2)).join(', ')} s.` : ''}`;
    showState(list.length > 0 ? { style: 'alarm', title: list.map((change) => change.text).join('; '), text } : { style: 'beats', title: 'Only the rate is known', text });
  }
}
