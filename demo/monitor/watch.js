// One signal being watched: the clock that asks the worker for samples, the strip, and the alarms and words that follow from each block.
// SPDX-License-Identifier: MIT
import { NO_SAMPLE } from '../../web/record.js';
import { tell, text } from '../tell.js';
import { byId } from './page.js';
import { addBeat, addEvent, clearEvents, say, showAlarms, showCounts, showLegend, showRate, showState } from './show.js';
import { Strip } from './strip.js';
import { alarmText, clock, eventText, leadName, stateOf } from './words.js';

/** @typedef {import('./player.js').Block} Block */
/** @typedef {import('./player.js').Mark} Mark */
/** @typedef {Omit<import('./player.js').Source, 'read'> & { annotated?: boolean, left?: string[], title: import('../tell.js').Say }} Opened */

const MOST_AHEAD = 2; // seconds of signal in one request
const STEP = 1000; // milliseconds between drawings where motion is to be reduced
const SILENCE = 700; // of a live source: after it samples are missing, and time goes on

const noBeats = () => ({ N: 0, S: 0, V: 0, '?': 0, '-': 0 });

export class Watch {
  strip = new Strip(byId('paper'), byId('trace'));
  /** @type {Opened | null} */
  source = null;
  playing = false;
  speed = 1;
  ended = false;
  marks = /** @type {Mark[]} */ ([]); // the last ones
  quality = /** @type {import('../../web/ecg.js').Quality[]} */ ([]);
  concerned = /** @type {number[]} */ ([]); // leads
  time = 0; // seconds of signal
  counts = noBeats();
  active = /** @type {Map<string, import('./alarms.js').Change>} */ (new Map());
  #remote;
  #broken;
  #generation = 0;
  #busy = false;
  #owed = 0; // samples that the clock has brought and nobody has asked for
  #lastFrame = 0;
  #lastHeard = 0;
  #frames = { count: 0, since: 0, drawn: 0 };
  /** @type {Block[]} */
  #waiting = [];
  #reduced = matchMedia('(prefers-reduced-motion: reduce)');

  /** @param {import('./page.js').Remote} remote @param {(error: Error) => void} broken */
  constructor(remote, broken) {
    this.#remote = remote;
    this.#broken = broken;
    const redraw = () => this.strip.resize();
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => (redraw(), showLegend(this.#footnote)));
    new ResizeObserver(() => this.strip.stale && redraw()).observe(byId('strip'));
    requestAnimationFrame((time) => this.#frame(time));
    setInterval(() => this.#listen(), 250);
    showLegend('');
  }

  get #footnote() {
    if (!this.source) return '';
    if (this.source.synthetic) return 'ecg.letters.made';
    return this.source.annotated ? 'ecg.letters.annotated' : '';
  }

  /** Nothing is watched any more. */
  close() {
    this.#generation++;
    this.source = null;
    this.playing = this.ended = this.#busy = false;
    this.#waiting = [];
    this.#owed = 0;
    this.marks = [];
    this.quality = [];
    this.concerned = [];
    this.time = 0;
    this.counts = noBeats();
    this.active = new Map();
    byId('synthetic').hidden = true;
    byId('strip').hidden = true;
    byId('no-strip').hidden = true;
    byId('progress').hidden = true;
    say('title', text('ecg.none'));
    say('position', () => '');
    clearEvents();
    showLegend('');
    showAlarms([], true);
    showRate(null);
    this.#state();
  }

  /** @param {Opened} source that the worker has opened */
  open(source) {
    this.close();
    this.source = source;
    byId('synthetic').hidden = !source.synthetic;
    byId('strip').hidden = false;
    byId('progress').hidden = source.samples === null;
    say('title', source.title);
    this.strip.begin(source.rate, source.names.slice(0, 2), source.synthetic);
    for (const i of [0, 1]) say(`lead-${i}`, (words) => (i < source.names.length ? leadName(words, source.names, i) : ''));
    byId('lead-1').hidden = source.names.length < 2;
    showLegend(this.#footnote);
    this.#lastHeard = performance.now();
    this.play(true);
  }

  /** @param {boolean} on */
  play(on) {
    this.playing = on && !this.ended && this.source !== null;
    if (!this.playing) showRate(null); // an old rate would look like a new one
    say('play', text(this.playing ? 'ecg.play.pause' : 'ecg.play.on'));
    byId('play').disabled = this.source === null || this.ended || this.source.live;
    byId('speed').disabled = this.source === null || this.source.live;
    this.#state();
  }

  /** @param {number} now */
  #frame(now) {
    requestAnimationFrame((time) => this.#frame(time));
    const passed = Math.min(250, now - this.#lastFrame); // a page in the background stands still
    this.#lastFrame = now;
    if (this.strip.stale && this.source) this.strip.resize();
    this.#show(now);
    if (!this.playing || !this.source || this.source.live) return;
    this.#owed += (passed / 1000) * this.source.rate * this.speed;
    const count = Math.min(Math.floor(this.#owed), MOST_AHEAD * this.source.rate);
    if (count < 1 || this.#busy) return;
    this.#owed = Math.min(this.#owed - count, MOST_AHEAD * this.source.rate);
    void this.#ask('advance', { count });
  }

  /** @param {string} op @param {object} args */
  async #ask(op, args) {
    const generation = this.#generation;
    this.#busy = true;
    try {
      const block = await this.#remote.ask(op, args);
      if (generation === this.#generation) this.#take(block);
    } catch (error) {
      if (generation === this.#generation) this.#broken(/** @type {Error} */ (error));
    }
    if (generation === this.#generation) this.#busy = false;
  }

  /** Samples of a live source. @param {Int32Array[]} leads */
  hear(leads) {
    if (!this.source?.live || leads[0].length === 0) return;
    this.#lastHeard = performance.now();
    void this.#ask('push', { leads });
  }

  /** A live source that says nothing: its samples are missing, which must not look like a heart at rest. */
  #listen() {
    const silent = performance.now() - this.#lastHeard;
    if (!this.source?.live || !this.playing || silent < SILENCE) return;
    const count = Math.round((silent / 1000) * this.source.rate);
    this.#lastHeard = performance.now();
    void this.#ask('push', { leads: this.source.names.map(() => new Int32Array(count).fill(NO_SAMPLE)) });
  }

  /** Words and alarms at once; drawing waits for the frame. @param {Block} block */
  #take(block) {
    const { rate } = /** @type {Opened} */ (this.source);
    const news = block.ended || block.marks.length + block.changes.length > 0 || String([this.quality, this.concerned]) !== String([block.quality, block.concerned]);
    this.time = (block.first + block.count) / rate;
    this.quality = block.quality;
    this.concerned = block.concerned;
    this.#waiting.push(block);
    for (const mark of block.marks) {
      this.counts[mark.kind]++;
      addBeat(mark, mark.at / rate);
    }
    this.takeChanges(block.changes);
    if (this.playing) showRate(block.rate);
    if (block.ended) this.#end();
    // Words are put together only when there is something new to say: blocks come with every frame.
    if (!news) return;
    this.marks = [...this.marks, ...block.marks].slice(-20);
    showCounts(this.counts);
    this.#state();
  }

  #end() {
    this.ended = true;
    addEvent(text('ecg.ended.event'), this.time, 'end');
    this.play(false);
    showRate(null);
  }

  /** Where in the signal this is: once a second, and when something has changed, so that no alarm seems to come from the future. */
  #position() {
    const { source, time } = this;
    if (!source) return;
    say('position', source.samples === null ? () => clock(time) : text('ecg.position', { time: clock(time), whole: clock(source.samples / source.rate) }));
    if (source.samples !== null) byId('progress').value = (time * source.rate) / source.samples;
  }

  /** Alarms that were raised or ended. @param {import('./alarms.js').Change[]} list */
  takeChanges(list) {
    for (const change of list) {
      const { kind, raised, time } = change;
      if (raised) this.active.set(kind, change);
      else this.active.delete(kind);
      addEvent((words) => eventText(words, change), time, raised ? (kind === 'signal' ? 'lost' : 'alarm') : 'end');
    }
    if (list.length > 0) this.#position();
  }

  #state() {
    showAlarms([...this.active.values()], this.quality.every((what) => what === 'one lead'));
    showState(this.#now);
  }

  /** What is to be said of the signal. @returns {import('./words.js').State} */
  get #now() {
    if (this.ended) return { style: 'idle', title: text('ecg.ended'), text: text('ecg.ended.text') };
    if (this.source && !this.playing) return { style: 'idle', title: text('ecg.paused'), text: text('ecg.ended.text') };
    const { playing, marks, quality, concerned, source, active } = this;
    const alarms = [...active.values()].filter(({ kind }) => kind !== 'signal').map((change) => (/** @type {import('../tell.js').Words} */ words) => alarmText(words, change));
    return stateOf({ playing, quality, concerned, names: source?.names ?? [], marks, alarms, lost: active.has('signal') });
  }

  /** The strip for whoever does not see it. @param {Opened} source */
  #describe({ synthetic, names }) {
    const { title, text: more } = this.#now;
    tell(byId('strip'), (words) => words.say(synthetic ? 'ecg.strip.synthetic' : 'ecg.strip', { leads: words.list(names.map((_, i) => leadName(words, names, i))), state: `${title(words)}. ${more(words)}` }), 'aria-label');
  }

  /** Draws what has come, at most once in a frame. @param {number} now */
  #show(now) {
    const { source } = this;
    if (!source || this.#waiting.length === 0 || (this.#reduced.matches && !this.ended && now - this.#frames.drawn < STEP)) return;
    for (const block of this.#waiting) this.strip.add(block);
    this.#waiting = [];
    this.#frames.drawn = now;
    this.#frames.count++;
    const seconds = (now - this.#frames.since) / 1000;
    if (seconds < 1) return;
    if (seconds < 2) {
      const frames = Math.round(this.#frames.count / seconds);
      document.documentElement.dataset.frames = String(frames);
      say('frames', text(this.#reduced.matches ? 'ecg.frames.steps' : 'ecg.frames', { count: frames }));
    }
    this.#frames.since = now;
    this.#frames.count = 0;
    this.#position();
    this.#describe(source);
  }
}
