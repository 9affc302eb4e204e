// A table of any number of rows of which only those in sight are in the page: it stays quick with thousands. Rows are of one height; a
// screen reader is told how many there are and which these are. Not a medical device.
// SPDX-License-Identifier: MIT
import { outcomeOf, answerOf, probabilityOf, reasonOf } from './rows.js';

/** @typedef {import('./run.js').Row} Row */
/** @typedef {import('../../web/exam/messages/messages.js').Words} Words */

const ABOVE_AND_BELOW = 12; // rows out of sight that are there already
/** Symbols of index.html's sprite. @type {Record<string, string>} */
const ICONS = { refused: 'error', unsure: 'unsure', finding: 'answer' };

/** @param {string} name */
function icon(name) {
  const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
  svg.setAttribute('class', 'icon');
  svg.setAttribute('aria-hidden', 'true');
  const use = document.createElementNS('http://www.w3.org/2000/svg', 'use');
  use.setAttribute('href', `#i-${name}`);
  svg.append(use);
  return svg;
}

/** @param {string} text @param {string} [kind] */
function cell(text, kind = '') {
  const td = document.createElement('td');
  td.className = kind;
  td.textContent = text;
  return td;
}

export class RowTable {
  #scroll;
  #body;
  #table;
  /** @type {Row[]} */
  #rows = [];
  /** @type {Words} */
  #words;
  #height = 0;
  #drawn = '';
  #asked = 0;
  #open;

  /**
   * @param {HTMLElement} scroll what scrolls, with a table in it
   * @param {Words} words
   * @param {(row: Row) => void} open when a row's button is pressed
   */
  constructor(scroll, words, open) {
    this.#scroll = scroll;
    this.#table = /** @type {HTMLTableElement} */ (scroll.querySelector('table'));
    this.#body = this.#table.tBodies[0];
    this.#words = words;
    this.#open = open;
    scroll.addEventListener('scroll', () => this.#later(), { passive: true });
    new ResizeObserver(() => this.#later()).observe(scroll);
  }

  /** @param {Row[]} rows @param {Words} words */
  show(rows, words) {
    this.#rows = rows;
    this.#words = words;
    this.#drawn = '';
    this.#table.setAttribute('aria-rowcount', String(rows.length + 1));
    this.#later();
  }

  #later() {
    if (this.#asked) return;
    this.#asked = requestAnimationFrame(() => {
      this.#asked = 0;
      this.#draw();
    });
  }

  #draw() {
    if (this.#rows.length > 0) this.#height ||= this.#measure();
    if (!this.#height) return this.#body.replaceChildren();
    const from = Math.max(0, Math.floor(this.#scroll.scrollTop / this.#height) - ABOVE_AND_BELOW);
    const to = Math.min(this.#rows.length, from + Math.ceil(this.#scroll.clientHeight / this.#height) + 2 * ABOVE_AND_BELOW);
    const key = `${from} ${to} ${this.#rows.length}`;
    if (key === this.#drawn) return;
    this.#drawn = key;
    const focused = document.activeElement?.closest('tr')?.getAttribute('data-index');
    this.#body.replaceChildren(this.#gap(from), ...this.#rows.slice(from, to).map((row, i) => this.#row(row, from + i)), this.#gap(this.#rows.length - to));
    if (focused) /** @type {HTMLElement | null} */ (this.#body.querySelector(`tr[data-index="${focused}"] button`))?.focus({ preventScroll: true });
    return undefined;
  }

  /** The height of a row, whatever the size of the text. */
  #measure() {
    const row = this.#row(this.#rows[0], 0);
    this.#body.replaceChildren(row);
    return row.getBoundingClientRect().height || 40;
  }

  /** Where rows are that are not drawn. @param {number} count */
  #gap(count) {
    const row = document.createElement('tr');
    row.setAttribute('aria-hidden', 'true');
    row.className = 'gap';
    const td = document.createElement('td');
    td.colSpan = 6;
    td.style.height = `${count * this.#height}px`;
    row.append(td);
    row.hidden = count === 0;
    return row;
  }

  /** @param {Row} row @param {number} place */
  #row(row, place) {
    const words = this.#words;
    const outcome = outcomeOf(row);
    const node = document.createElement('tr');
    node.className = outcome;
    node.dataset.index = String(row.index);
    node.setAttribute('aria-rowindex', String(place + 2));
    const name = document.createElement('th');
    name.scope = 'row';
    const button = document.createElement('button');
    button.type = 'button';
    button.className = 'row';
    button.textContent = row.path;
    button.title = row.path;
    button.dir = 'auto'; // a name keeps its own direction
    button.addEventListener('click', () => this.#open(row));
    name.append(button);
    const verdict = cell('', 'outcome');
    const text = document.createElement('span');
    text.textContent = words.say(`batch.outcome.${outcome}`);
    verdict.append(icon(ICONS[outcome]), text);
    const reason = reasonOf(row, words);
    const why = cell(reason, 'why');
    why.title = reason;
    node.append(cell(words.number(row.index + 1), 'place'), verdict, name, cell(answerOf(row, words)), cell(outcome === 'finding' ? probabilityOf(row, words) : '', 'range'), why);
    return node;
  }
}
