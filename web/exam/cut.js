// A part of a picture by itself: of an ultrasound machine's screen the picture, without text and scales. Not a medical device.
// SPDX-License-Identifier: MIT

/** @param {{ pixels: Uint8Array, width: number, channels: 1 | 2 | 3 | 4 }} picture rows without padding @param {NonNullable<import('./exam.js').ExamInput['part']>} part inside of it @returns {import('../bedside.js').Pixels} */
export function cut({ pixels, width, channels }, part) {
  const out = new Uint8Array(part.width * part.height * channels);
  for (let row = 0; row < part.height; row++) {
    const from = ((part.y + row) * width + part.x) * channels;
    out.set(pixels.subarray(from, from + part.width * channels), row * part.width * channels);
  }
  return { pixels: out, width: part.width, height: part.height, channels };
}
