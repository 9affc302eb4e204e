// A serial line (Web Serial) that sends one sample per line of text, a number per lead: "0.125,-0.250". An empty field or "nan" is "no sample".
// SPDX-License-Identifier: MIT
import { NO_SAMPLE } from '../../web/record.js';

const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;
const MISSING = /^(|-|nan|na|null)$/i;
const MOST_LINE = 200;
const UNITS = 200; // per millivolt

/** Text in pieces, samples out. */
export class SampleLines {
  #rest = '';
  #leads;
  #gain;
  /** Lines that were no samples: each is a sample that is missing. */
  damaged = 0;

  /** @param {number} leads 1 or 2 @param {number} gain units of the line per millivolt */
  constructor(leads, gain) {
    this.#leads = leads;
    this.#gain = gain;
  }

  /** @param {string} text @returns {Int32Array[]} per lead, in units of 5 microvolts */
  take(text) {
    const lines = (this.#rest + text).split('\n');
    this.#rest = lines.pop() ?? '';
    if (this.#rest.length > MOST_LINE) {
      lines.push(this.#rest); // a line without an end is none
      this.#rest = '';
    }
    const kept = lines.map((line) => line.trim()).filter((line) => line !== '' && !line.startsWith('#')).map((line) => this.#sample(line));
    return Array.from({ length: this.#leads }, (_, lead) => Int32Array.from(kept, (sample) => sample[lead]));
  }

  /** @param {string} line */
  #sample(line) {
    const cells = line.split(/\s*[,;\t]\s*|\s+/);
    if (cells.length < this.#leads || !cells.every((cell) => NUMBER.test(cell) || MISSING.test(cell))) {
      this.damaged++;
      return Array(this.#leads).fill(NO_SAMPLE);
    }
    return cells.slice(0, this.#leads).map((cell) => {
      const units = MISSING.test(cell) ? NaN : Math.floor((Number(cell) * UNITS) / this.#gain + 0.5);
      return Math.abs(units) < 2 ** 24 ? units : NO_SAMPLE;
    });
  }
}

/**
 * Asks for a port and reads it. @param {any} serial navigator.serial @param {number} baudRate @param {(text: string) => void} hear @param {(why: string, cause?: unknown) => void} lost why: a key of the catalogue
 * @returns {Promise<{ close: () => Promise<void> }>}
 */
export async function connectSerial(serial, baudRate, hear, lost) {
  const port = await serial.requestPort();
  await port.open({ baudRate });
  const reader = port.readable.getReader();
  const decoder = new TextDecoder();
  let closed = false;
  const run = async () => {
    try {
      for (;;) {
        const { value, done } = await reader.read();
        if (done) break;
        hear(decoder.decode(value, { stream: true }));
      }
      if (!closed) lost('ecg.serial.ended');
    } catch (error) {
      if (!closed) lost('ecg.serial.broke', error);
    }
  };
  void run();
  return {
    async close() {
      closed = true;
      await reader.cancel().catch(() => {});
      await port.close().catch(() => {});
    },
  };
}
