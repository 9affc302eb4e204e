// A growing list of places in a file: 8 bytes for each, as what lies there has at least.
// SPDX-License-Identifier: MIT
import { allocate } from './errors.js';

export class Places {
  length = 0;
  #list = new Float64Array(16);

  /** @param {number} place */
  push(place) {
    if (this.length === this.#list.length) {
      const longer = allocate(() => new Float64Array(2 * this.length));
      longer.set(this.#list);
      this.#list = longer;
    }
    this.#list[this.length++] = place;
  }

  /** @param {number} i from 0 to length - 1 */
  at(i) {
    return this.#list[i];
  }
}
