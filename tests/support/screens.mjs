// What a computer draws, as tests draw it: windows, tables, charts, slides, letters, gradients. Even colours, sharp edges, no grain.
import { draw, random } from './drawn.mjs';

/** @typedef {import('./drawn.mjs').Drawn} Drawn */
/** A colour of a place; x and y in pixels. @typedef {(x: number, y: number) => number[]} Paint */

/** @param {number} width @param {number} height @param {1 | 3} channels @param {Paint} paint */
const paint = (width, height, channels, paint) => draw(width, height, channels, (x, y) => {
  const colour = paint(Math.floor(x * width), Math.floor(y * height));
  return channels === 3 ? colour : [0.299 * colour[0] + 0.587 * colour[1] + 0.114 * colour[2]];
});

/** Lines of words: letters of 5 by 9 pixels, 7 apart, lines 16 apart, some of their strokes inked. @param {number} seed */
function letters(seed) {
  const next = random(seed);
  const strokes = Array.from({ length: 997 }, () => next());
  return (/** @type {number} */ x, /** @type {number} */ y) => {
    const [column, line] = [Math.floor(x / 7), Math.floor(y / 16)];
    const [u, v] = [x % 7, y % 16];
    const letter = (column * 31 + line * 57) % 997;
    if (u >= 5 || v < 3 || v >= 12 || strokes[letter] < 0.15) return false;
    return (u === 0 && strokes[(letter + 1) % 997] < 0.7) || (u === 4 && strokes[(letter + 2) % 997] < 0.5) || (v === 3 && strokes[(letter + 3) % 997] < 0.6)
      || (v === 7 && strokes[(letter + 4) % 997] < 0.5) || (v === 11 && strokes[(letter + 5) % 997] < 0.6);
  };
}

/** Something photographed: soft shapes and grain. @param {number} seed @returns {Paint} */
function photograph(seed) {
  const next = random(seed);
  return (x, y) => {
    const level = 120 + 50 * Math.sin(x / 23 + 2 * Math.sin(y / 41)) + 40 * Math.sin(y / 29) + 14 * (next() - 0.5);
    return [level + 40, level, level - 20 + 20 * Math.sin(x / 31)];
  };
}

/** @param {number} x @param {number} y @param {number} left @param {number} top @param {number} width @param {number} height */
const within = (x, y, left, top, width, height) => x >= left && y >= top && x < left + width && y < top + height;

const [text, photo] = [letters(4), photograph(6)];

/** @type {Record<string, [number, number, Paint]>} width, height, colours */
const SCREENS = {
  'a web page': [640, 480, (x, y) => {
    if (y < 48) return within(x, y, 20, 16, 200, 16) && text(x, y) ? [255, 255, 255] : [26, 75, 140];
    if (x < 140) return x > 12 && x < 110 && y % 32 < 16 && text(x, y) ? [40, 60, 90] : [242, 244, 247];
    return within(x, y, 160, 70, 450, 380) && text(x, y) ? [30, 30, 30] : [255, 255, 255];
  }],
  'a page in dark colours': [640, 480, (x, y) => (within(x, y, 30, 30, 580, 420) && text(x, y) ? [212, 212, 212] : [30, 30, 34])],
  'an editor of code': [640, 480, (x, y) => (x < 48 ? [22, 27, 34] : x < 100 + 60 * (Math.floor(y / 16) % 7) && text(x, y) ? [121, 192, 255] : [13, 17, 23 + 12])],
  'a terminal': [640, 480, (x, y) => (x < 200 + 60 * (Math.floor(y / 16) % 7) && text(x, y) ? [60, 230, 60] : [0, 0, 0])],
  'a spreadsheet': [640, 480, (x, y) => (y < 32 ? [33, 115, 70] : x % 80 === 0 || y % 20 === 0 ? [200, 204, 200] : x < 80 || y < 52 ? [238, 238, 238] : x % 80 > 30 && text(x, Math.floor(y / 20) * 16 + (y % 20)) ? [20, 20, 20] : [255, 255, 255])],
  'a chart': [600, 400, (x, y) => {
    const bar = Math.floor((x - 40) / 70);
    if (x > 40 && (x - 40) % 70 < 44 && y < 370 && y > 80 + ((bar * 83) % 200)) return [[70, 130, 180], [200, 90, 60], [90, 160, 90], [150, 110, 180]][bar % 4];
    return y % 50 === 0 ? [221, 221, 221] : [250, 248, 240];
  }],
  'a map': [600, 500, (x, y) => {
    const road = Math.min(Math.abs(x - 0.6 * y - 120), Math.abs(y + 0.3 * x - 330), Math.abs(x - 430));
    if (road < 4) return [247, 200, 123];
    return Math.hypot(x - 160, y - 380) < 90 ? [170, 211, 223] : Math.sin(x / 70) + Math.sin(y / 50) > 0.6 ? [207, 232, 192] : [232, 228, 216];
  }],
  'a slide with a photograph': [640, 400, (x, y) => (within(x, y, 380, 70, 230, 280) ? photo(x, y) : within(x, y, 30, 100, 320, 200) && y % 48 < 16 && text(x, y) ? [250, 250, 250] : [24, 50, 92])],
  'a paper slide with a photograph': [640, 400, (x, y) => (within(x, y, 380, 70, 230, 280) ? photo(x, y) : within(x, y, 30, 100, 320, 200) && y % 48 < 16 && text(x, y) ? [40, 40, 40] : [255, 255, 255])],
  'a viewer of X-rays': [800, 600, (x, y) => {
    if (y < 40) return within(x, y, 10, 16, 300, 16) && text(x, y) ? [230, 230, 230] : [52, 58, 64];
    if (x < 150) return within(x, y, 10, 60, 120, 500) && y % 48 < 16 && text(x, y) ? [230, 230, 230] : [40, 44, 52];
    const level = photo(x, y)[1];
    return within(x, y, 210, 60, 500, 520) ? [level, level, level] : [0, 0, 0];
  }],
  'a page of print': [480, 640, (x, y) => (within(x, y, 35, 32, 410, 576) && text(x, y) ? [10, 10, 10] : [255, 255, 255])],
  'a skin-coloured page': [480, 480, (x, y) => (within(x, y, 30, 40, 420, 140) && text(x, y) ? [90, 58, 42] : Math.hypot(x - 240, y - 320) < 110 ? [150, 92, 74] : [227, 183, 159])],
  'a logo': [400, 400, (x, y) => (Math.hypot(x - 200, y - 170) < 120 ? [204, 51, 51] : within(x, y, 100, 320, 200, 40) ? [50, 50, 60] : [255, 255, 255])],
  'bright discs on black': [400, 400, (x, y) => (Math.hypot(x - 130, y - 150) < 80 ? [210, 210, 200] : Math.hypot(x - 280, y - 260) < 90 ? [240, 238, 230] : [0, 0, 0])],
  'white discs on black': [400, 400, (x, y) => (Math.hypot(x - 130, y - 150) < 80 || Math.hypot(x - 280, y - 260) < 90 ? [255, 255, 255] : [0, 0, 0])],
  'a gradient': [400, 400, (x, y) => [40 + 0.5 * x, 30 + 0.3 * y, 160 - 0.2 * x]],
};

/** One of them. @param {string} name @param {1 | 3} channels @returns {Drawn} */
export function screen(name, channels) {
  const [width, height, colours] = SCREENS[name];
  return paint(width, height, channels, colours);
}

/** The names of all. */
export const screens = Object.keys(SCREENS);

/** Half or another part as large, as a browser scales: each pixel is the mean of those that it covers. @param {Drawn} picture @param {number} by over 1 @returns {Drawn} */
export function reduced({ pixels, width, height, channels }, by) {
  const [w, h] = [Math.floor(width / by), Math.floor(height / by)];
  return draw(w, h, channels, (x, y) => Array.from({ length: channels }, (_, c) => {
    let [sum, n] = [0, 0];
    for (let v = Math.floor((y * h - 0.5) * by); v < Math.floor((y * h + 0.5) * by); v++) {
      for (let u = Math.floor((x * w - 0.5) * by); u < Math.floor((x * w + 0.5) * by); u++, n++) sum += pixels[(v * width + u) * channels + c];
    }
    return sum / n;
  }));
}

/** An ultrasound machine's screen: a picture at x, y of a black one, with lines of words above and below it and a grey bar at its right. @param {Drawn} picture @param {{ x: number, y: number, width: number, height: number }} place width and height of the screen @returns {Drawn} */
export function machine(picture, { x: left, y: top, width, height }) {
  return draw(width, height, picture.channels, (u, v) => {
    const [x, y] = [Math.floor(u * width), Math.floor(v * height)];
    if (within(x, y, left, top, picture.width, picture.height)) {
      const at = ((y - top) * picture.width + x - left) * picture.channels;
      return [...picture.pixels.subarray(at, at + picture.channels)];
    }
    if (within(x, y, width - 24, 40, 12, height - 80)) return Array(3).fill(255 * (1 - (y - 40) / (height - 80)));
    return (y < top || y >= top + picture.height) && text(x, y) ? [220, 220, 220] : [0, 0, 0];
  });
}
