// The row of drawn examples beside the element. Their names are there at once; their pictures come one after the other when the page has nothing
// else to fetch, or when one is chosen, and stay in memory: choosing one later needs no network. Not a medical device.
// SPDX-License-Identifier: MIT

/** @typedef {{ file: string, kind: string }} Sample */

/** @param {string} address @param {RequestInit} [options] @returns {Promise<Response>} */
export async function part(address, options) {
  const response = await fetch(address, options);
  if (!response.ok) throw new Error(`A part of this page is missing on its server: ${address}`);
  return response;
}

export class SampleRow {
  #place;
  #words;
  #choose;
  /** @type {Sample[]} */
  #list = [];
  /** By file: the picture, and the address by which an <img> shows it. @type {Map<string, { blob: Blob, url: string }>} */
  #pictures = new Map();
  /** @type {Map<string, Promise<Blob>>} */
  #coming = new Map();
  #pressed = '';
  #failed = false;
  /** Whether the model is the one that the examples were drawn for. */
  #fits = true;
  #loading = new AbortController();

  /** @param {HTMLElement} place @param {() => import('../web/exam/messages/messages.js').Words} words @param {(sample: Sample) => void} choose */
  constructor(place, words, choose) {
    this.#place = place;
    this.#words = words;
    this.#choose = choose;
  }

  /** The sample that is examined or shown; empty: another picture, or none. */
  get pressed() {
    return this.#pressed;
  }

  /** @param {string} file */
  press(file) {
    this.#pressed = file;
    for (const button of this.#place.querySelectorAll('button')) button.setAttribute('aria-pressed', String(button.dataset.file === file));
  }

  /** @param {string | null} file */
  find(file) {
    return this.#list.find((sample) => sample.file === file);
  }

  /** Whether its picture is there. @param {Sample} sample */
  has({ file }) {
    return this.#pictures.has(file);
  }

  /** Which there are. */
  async open() {
    try {
      this.#list = await (await part('samples/samples.json')).json();
    } catch {
      this.#failed = true;
    }
    this.draw();
  }

  /** For another model there are none, and what is on its way is in the way. @param {boolean} fits */
  show(fits) {
    this.#fits = fits;
    if (!fits) this.#loading.abort();
    this.draw();
  }

  /** Their pictures, one after the other. */
  async load() {
    this.#loading = new AbortController();
    const { signal } = this.#loading;
    for (const sample of this.#list) {
      if (!this.#fits || signal.aborted) return;
      await this.picture(sample, { priority: 'low', signal }).catch(() => {}); // asked for again when it is chosen
    }
  }

  /** One that is on its way already is waited for. @param {Sample} sample @param {RequestInit} [options] @returns {Promise<Blob>} */
  async picture({ file }, options) {
    const held = this.#pictures.get(file);
    if (held) return held.blob;
    const coming = this.#coming.get(file) ?? this.#fetch(file, options).finally(() => this.#coming.delete(file));
    this.#coming.set(file, coming);
    return coming;
  }

  /** @param {string} file @param {RequestInit} [options] */
  async #fetch(file, options) {
    try {
      const blob = await (await part(`samples/${encodeURIComponent(file)}`, options)).blob();
      const url = URL.createObjectURL(blob);
      this.#pictures.set(file, { blob, url });
      const image = this.#place.querySelector(`[data-file="${file}"] img`);
      if (image) /** @type {HTMLImageElement} */ (image).src = url;
      return blob;
    } catch (error) {
      if (!options?.signal?.aborted) {
        this.#failed = true;
        this.draw();
      }
      throw error;
    }
  }

  draw() {
    const words = this.#words();
    const buttons = this.#list.map((sample) => {
      const button = document.createElement('button');
      const [image, title] = [new Image(128, 128), document.createElement('span')];
      [image.src, image.alt] = [this.#pictures.get(sample.file)?.url ?? '', ''];
      if (!this.#pictures.has(sample.file)) image.removeAttribute('src');
      title.textContent = words.say(`sample.${sample.file}`);
      [button.type, button.className, button.dataset.file] = ['button', 'sample', sample.file];
      button.setAttribute('aria-pressed', String(sample.file === this.#pressed));
      button.append(image, title);
      button.addEventListener('click', () => {
        this.#failed = false;
        this.#choose(sample);
      });
      return button;
    });
    const failed = document.createElement('p');
    failed.textContent = words.say('samples.failed');
    if (!this.#fits) this.#place.textContent = words.say('samples.other');
    else this.#place.replaceChildren(...(this.#failed ? [failed] : []), ...buttons);
  }
}
