// The moving strip: a pen goes over paper of 25 mm/s and 10 mm/mV and wipes what is old before it. Only what is new is drawn; all is drawn again when
// the size, the colours or the source change. Each beat has a letter, a shape and a colour; what cannot be judged is hatched and broken.
// SPDX-License-Identifier: MIT
import { NO_SAMPLE } from '../../web/record.js';

/** @typedef {import('./player.js').Block} Block */
/** @typedef {import('./player.js').Mark} Mark */
/** @typedef {import('./player.js').Kind} Kind */

const PAPER = 25; // mm per second
const UNITS_PER_MM = 20; // 10 mm per millivolt, 200 units per millivolt
const LEAD_MM = 36; // of a lead's paper
const ZERO_MM = 20; // from its top to 0 mV
const [MARKS, FOOT] = [34, 16]; // CSS pixels above and below the paper
const GAP_MM = 9; // wiped before the pen
const [LEAST_MM, MOST_MM, USUAL_SECONDS] = [2.3, 96 / 25.4, 12];
const KEPT_SECONDS = 20;

/** Pixels of one paper millimetre, which is one where there is room. @param {number} width @returns {number} */
export const millimetre = (width) => Math.max(LEAST_MM, Math.min(MOST_MM, width / (USUAL_SECONDS * PAPER)));

export class Strip {
  rate = 360;
  names = /** @type {string[]} */ ([]);
  made = false; // beats were made, not annotated
  count = 0;
  kept = 0; // samples in the rings
  values = /** @type {Int32Array[]} */ ([]);
  disturbed = new Uint8Array(0);
  marks = /** @type {Mark[]} */ ([]);
  truth = /** @type {{ at: number, symbol: string }[]} */ ([]);
  offsets = /** @type {number[]} */ ([]);
  lettered = -1; // the sample up to which letters are drawn
  mm = MOST_MM;
  width = 0;
  height = 0;
  scale = 1;
  page = 1; // samples in the width
  colours = /** @type {Record<string, string>} */ ({});
  hatch = /** @type {CanvasPattern | null} */ (null);

  /** @param {HTMLCanvasElement} paper @param {HTMLCanvasElement} trace over the paper */
  constructor(paper, trace) {
    this.paper = paper;
    this.trace = trace;
    this.begin(360, [], false);
  }

  /** Wipes everything. @param {number} rate @param {string[]} names of the leads, one or two @param {boolean} made whether beats were made, not annotated */
  begin(rate, names, made) {
    this.rate = rate;
    this.names = names;
    this.made = made;
    this.count = 0;
    this.lettered = -1;
    this.kept = rate * KEPT_SECONDS;
    this.values = names.map(() => new Int32Array(this.kept));
    this.disturbed = new Uint8Array(this.kept);
    this.marks = [];
    this.truth = [];
    this.offsets = names.map(() => 0);
    this.resize();
  }

  /** Takes size and colours from the page, and draws everything. */
  resize() {
    const width = Math.max(200, Math.floor(this.paper.parentElement?.clientWidth ?? 0));
    this.mm = millimetre(width);
    this.width = width;
    this.height = Math.round(MARKS + Math.max(1, this.names.length) * LEAD_MM * this.mm + FOOT);
    this.scale = devicePixelRatio || 1;
    this.page = Math.max(1, Math.floor((width / (PAPER * this.mm)) * this.rate)); // samples
    const style = getComputedStyle(this.paper);
    const colour = (/** @type {string} */ name) => style.getPropertyValue(`--${name}`).trim();
    this.colours = Object.fromEntries(['grid', 'grid-strong', 'trace', 'quiet', 'text', 'panel', 'none', 'none-tint', 'accent', 'tint', 'signs', 'signs-tint', 'unsure', 'unsure-tint', 'error', 'error-tint'].map((name) => [name, colour(name)]));
    for (const canvas of [this.paper, this.trace]) {
      canvas.width = Math.round(width * this.scale);
      canvas.height = Math.round(this.height * this.scale);
      canvas.style.width = `${width}px`;
      canvas.style.height = `${this.height}px`;
      this.#context(canvas).setTransform(this.scale, 0, 0, this.scale, 0, 0);
    }
    this.hatch = this.#hatch();
    this.#drawPaper();
    const first = Math.max(0, this.count - Math.min(this.page - 1, this.kept));
    if (this.count > first) this.#draw(first, this.count);
    for (const mark of this.marks) this.#drawMark(mark);
    for (const truth of this.truth) if (truth.at <= this.lettered) this.#drawTruth(truth);
  }

  /** @param {HTMLCanvasElement} canvas */
  #context(canvas) {
    return /** @type {CanvasRenderingContext2D} */ (canvas.getContext('2d'));
  }

  /** Whether the page's pixels have changed. */
  get stale() {
    return this.scale !== (devicePixelRatio || 1) || this.width !== Math.max(200, Math.floor(this.paper.parentElement?.clientWidth ?? 0));
  }

  /** @param {Block} block */
  add(block) {
    const from = this.count;
    for (let i = 0; i < block.count; i++) {
      const at = (this.count + i) % this.kept;
      block.leads.forEach((lead, k) => this.values[k] && (this.values[k][at] = lead[i]));
      this.disturbed[at] = block.disturbed[i];
    }
    this.count += block.count;
    if (Math.floor(from / this.page) !== Math.floor(this.count / this.page) || from < this.rate) this.#centre();
    if (block.count > 0) this.#draw(Math.max(from, this.count - this.page + 1), this.count);
    const old = this.count - this.page * (1 - GAP_MM / (this.width / this.mm));
    this.marks = [...this.marks, ...block.marks].filter(({ at }) => at > old);
    this.truth = [...this.truth, ...block.truth].filter(({ at }) => at > old);
    for (const mark of block.marks) if (mark.at > old) this.#drawMark(mark);
    // A letter waits until the pen is past it: it would be wiped with what comes next.
    const past = this.count - (8 / this.width) * this.page;
    for (const truth of this.truth) if (truth.at > this.lettered && truth.at <= past) this.#drawTruth(truth);
    this.lettered = Math.max(this.lettered, past);
  }

  /** Moves each lead's 0 to the middle of its last two seconds: electrodes bring a voltage of their own. Nothing is filtered. */
  #centre() {
    const n = Math.min(this.count, 2 * this.rate);
    this.offsets = this.values.map((ring) => {
      const list = Array.from({ length: n }, (_, i) => ring[(this.count - n + i) % this.kept]).filter((value) => value !== NO_SAMPLE).sort((a, b) => a - b);
      return list.length > 0 ? list[list.length >> 1] : 0;
    });
  }

  /** @param {number} i */
  #x(i) {
    return ((i % this.page) / this.rate) * PAPER * this.mm;
  }

  /** @param {number} lead */
  #top(lead) {
    return MARKS + lead * LEAD_MM * this.mm;
  }

  /** @param {number} lead @param {number} value */
  #y(lead, value) {
    const top = this.#top(lead);
    const y = top + (ZERO_MM - (value - this.offsets[lead]) / UNITS_PER_MM) * this.mm;
    return Math.max(top + 1, Math.min(top + LEAD_MM * this.mm - 1, y));
  }

  #hatch() {
    const tile = document.createElement('canvas');
    const size = Math.round(8 * this.scale);
    tile.width = tile.height = size;
    const c = this.#context(tile);
    c.strokeStyle = this.colours.error;
    c.globalAlpha = 0.55;
    c.lineWidth = 1.4 * this.scale;
    c.beginPath();
    for (const shift of [-size, 0, size]) {
      c.moveTo(shift, size);
      c.lineTo(shift + size, 0);
    }
    c.stroke();
    return this.#context(this.trace).createPattern(tile, 'repeat');
  }

  #drawPaper() {
    const c = this.#context(this.paper);
    c.clearRect(0, 0, this.width, this.height);
    const [top, bottom] = [MARKS, this.height - FOOT];
    for (const [every, colour, width] of /** @type {const} */ ([[1, 'grid', 0.5], [5, 'grid-strong', 1]])) {
      c.strokeStyle = this.colours[colour];
      c.lineWidth = width;
      c.beginPath();
      for (let x = 0; x <= this.width; x += every * this.mm) {
        c.moveTo(x, top);
        c.lineTo(x, bottom);
      }
      for (let y = top; y <= bottom + 0.5; y += every * this.mm) {
        c.moveTo(0, y);
        c.lineTo(this.width, y);
      }
      c.stroke();
    }
  }

  /** Samples from..to-1, all within one page. @param {number} from @param {number} to */
  #draw(from, to) {
    const c = this.#context(this.trace);
    const [begin, end] = [this.#x(from), this.#x(to - 1)];
    this.#wipe(c, from % this.page === 0 ? 0 : begin, end + GAP_MM * this.mm + (end < begin ? this.width : 0));
    const last = (/** @type {number} */ i) => i === to - 1 || (i + 1) % this.page === 0 || this.disturbed[(i + 1) % this.kept] !== this.disturbed[i % this.kept];
    for (let i = from, start = from; i < to; i++) {
      if (!last(i)) continue;
      this.#drawRun(c, start, i, this.disturbed[i % this.kept] === 1);
      start = i + 1;
    }
  }

  /** @param {CanvasRenderingContext2D} c @param {number} from @param {number} to beyond the right edge it goes on at the left */
  #wipe(c, from, to) {
    const step = from === 0 ? 0 : 1;
    c.clearRect(from + step, 0, Math.min(to, this.width + 2) - from - step, this.height);
    if (to > this.width) c.clearRect(0, 0, to - this.width, this.height);
  }

  /** A run of samples that are alike in whether they can be judged. @param {CanvasRenderingContext2D} c @param {number} from @param {number} to the last one @param {boolean} disturbed */
  #drawRun(c, from, to, disturbed) {
    const start = from % this.page === 0 ? from : Math.max(from - 1, 0); // joined to what is there
    const [left, right] = [this.#x(start), this.#x(to)];
    if (disturbed && this.hatch) {
      c.fillStyle = this.hatch;
      c.save();
      c.setTransform(1, 0, 0, 1, 0, 0); // the pattern is in the screen's pixels
      c.fillRect(left * this.scale, MARKS * this.scale, Math.max(right - left, 0.5) * this.scale, (this.height - FOOT - MARKS) * this.scale);
      c.restore();
    }
    c.lineJoin = 'round';
    c.lineWidth = disturbed ? 1.2 : 1.7;
    c.strokeStyle = disturbed ? this.colours.quiet : this.colours.trace;
    this.values.forEach((ring, lead) => {
      c.beginPath();
      let pen = false;
      for (let i = start; i <= to; i++) {
        const value = ring[i % this.kept];
        if (value === NO_SAMPLE) pen = false;
        else if (pen) c.lineTo(this.#x(i), this.#y(lead, value));
        else c.moveTo(this.#x(i), this.#y(lead, value));
        pen = value !== NO_SAMPLE;
      }
      c.stroke();
    });
  }

  /** @param {Mark} mark */
  #drawMark({ at, kind }) {
    const c = this.#context(this.trace);
    const x = Math.max(10, Math.min(this.width - 10, this.#x(at)));
    drawKind(c, kind, x, 15, this.colours);
    c.strokeStyle = this.colours.quiet;
    c.lineWidth = 1;
    c.beginPath();
    c.moveTo(this.#x(at), MARKS - 6);
    c.lineTo(this.#x(at), MARKS);
    c.stroke();
  }

  /** @param {{ at: number, symbol: string }} truth */
  #drawTruth({ at, symbol }) {
    const c = this.#context(this.trace);
    c.fillStyle = this.colours.text;
    c.font = '11px system-ui, sans-serif';
    c.textAlign = 'center';
    c.textBaseline = 'middle';
    c.fillText(symbol === 'A' && this.made ? 'S' : symbol, Math.max(5, Math.min(this.width - 5, this.#x(at))), this.height - FOOT / 2);
  }
}

/** A letter in a shape in a colour: circle N, triangle S, diamond V, square ?, cross -. @param {CanvasRenderingContext2D} c @param {Kind} kind @param {number} x @param {number} y @param {Record<string, string>} colours */
export function drawKind(c, kind, x, y, colours) {
  const [line, fill] = { N: ['none', 'none-tint'], S: ['accent', 'tint'], V: ['signs', 'signs-tint'], '?': ['unsure', 'unsure-tint'], '-': ['error', 'error-tint'] }[kind];
  c.strokeStyle = colours[line];
  c.fillStyle = colours[fill];
  c.lineWidth = kind === 'V' ? 2.4 : 1.6;
  c.beginPath();
  if (kind === 'N') {
    c.arc(x, y, 9, 0, 7);
  } else {
    const corners = { S: [[0, -12], [12, 9], [-12, 9]], V: [[0, -13], [13, 0], [0, 13], [-13, 0]], '?': [[-9, -9], [9, -9], [9, 9], [-9, 9]], '-': [[-7, -7], [7, -7], [7, 7], [-7, 7]] }[kind];
    corners.forEach(([dx, dy], i) => (i ? c.lineTo(x + dx, y + dy) : c.moveTo(x + dx, y + dy)));
    c.closePath();
  }
  c.fill();
  c.setLineDash(kind === '?' ? [3, 2] : []);
  c.stroke();
  c.setLineDash([]);
  c.fillStyle = colours[line];
  c.font = `bold ${kind === 'V' ? 13 : 11}px system-ui, sans-serif`;
  c.textAlign = 'center';
  c.textBaseline = 'middle';
  c.fillText(kind === '-' ? '\u00d7' : kind, x, y + (kind === 'S' ? 3 : 0.5));
}
