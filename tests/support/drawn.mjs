// Drawn pictures of things that are no chest X-ray: what people choose by mistake. Every one is drawn by arithmetic alone, no photograph
// is behind it. Grey or RGB pixels, as the library takes them.

/** @typedef {{pixels: Uint8Array, width: number, height: number, channels: 1 | 3}} Drawn */

/** A generator of numbers in [0, 1). @param {number} seed */
export function random(seed) {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

/** @param {number} width @param {number} height @param {1 | 3} channels @param {(x: number, y: number) => number[]} at colours 0 to 255, x and y from 0 to 1 @returns {Drawn} */
export function draw(width, height, channels, at) {
  const pixels = new Uint8Array(width * height * channels);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const colour = at((x + 0.5) / width, (y + 0.5) / height);
      for (let c = 0; c < channels; c++) pixels[(y * width + x) * channels + c] = Math.max(0, Math.min(255, Math.round(colour[c % colour.length])));
    }
  }
  return { pixels, width, height, channels };
}

/** How far a point is from a line from a to b. @param {number} x @param {number} y @param {number[]} a @param {number[]} b */
function fromLine(x, y, [ax, ay], [bx, by]) {
  const [dx, dy] = [bx - ax, by - ay];
  const t = Math.max(0, Math.min(1, ((x - ax) * dx + (y - ay) * dy) / (dx * dx + dy * dy)));
  return Math.sqrt((x - ax - t * dx) ** 2 + (y - ay - t * dy) ** 2);
}

/** Each finger: joints from the wrist to its tip. */
const FINGERS = [
  [[0.44, 0.78], [0.30, 0.62], [0.22, 0.50], [0.17, 0.40]],
  [[0.46, 0.76], [0.40, 0.52], [0.37, 0.34], [0.35, 0.22], [0.34, 0.14]],
  [[0.50, 0.76], [0.49, 0.50], [0.48, 0.29], [0.48, 0.16], [0.48, 0.08]],
  [[0.54, 0.76], [0.57, 0.52], [0.59, 0.33], [0.60, 0.21], [0.61, 0.13]],
  [[0.58, 0.78], [0.65, 0.56], [0.70, 0.42], [0.73, 0.33], [0.75, 0.26]],
];

/** An X-ray of a hand: bones, brighter at their ends, in soft tissue, on black film. @param {number} size @returns {Drawn} */
export function hand(size = 256) {
  const noise = random(7);
  return draw(size, size, 1, (x, y) => {
    let tissue = 1;
    let bone = 0;
    for (const joints of FINGERS) {
      for (let i = 1; i < joints.length; i++) {
        const d = fromLine(x, y, joints[i - 1], joints[i]);
        const width = i === 1 ? 0.055 : 0.036;
        tissue = Math.min(tissue, d / width);
        const end = Math.min(...[joints[i - 1], joints[i]].map(([px, py]) => Math.sqrt((x - px) ** 2 + (y - py) ** 2)));
        const gap = end < 0.008 ? 0.4 : 1;
        bone = Math.max(bone, Math.max(0, 1 - d / (end < 0.03 ? 0.021 : 0.014)) * gap);
      }
    }
    for (let i = 0; i < 8; i++) {
      const d = Math.sqrt((x - 0.44 - 0.045 * (i % 4)) ** 2 + (y - 0.80 - 0.045 * Math.floor(i / 4)) ** 2);
      bone = Math.max(bone, Math.max(0, 1 - d / 0.03));
      tissue = Math.min(tissue, d / 0.07);
    }
    for (const [a, b] of [[[0.46, 0.90], [0.46, 1.1]], [[0.55, 0.90], [0.55, 1.1]]]) {
      const d = fromLine(x, y, a, b);
      bone = Math.max(bone, Math.max(0, 1 - d / 0.035));
      tissue = Math.min(tissue, d / 0.10);
    }
    return [12 + (tissue < 1 ? 60 * (1 - tissue * tissue * 0.6) : 0) + 150 * Math.sqrt(bone) + 8 * noise()];
  });
}

/** A cat's face. @param {number} size @param {1 | 3} [channels] @returns {Drawn} */
export function cat(size = 256, channels = 3) {
  const noise = random(11);
  return draw(size, size, channels, (x, y) => {
    const stripe = 20 * Math.sin(40 * (x - 0.5) + 6 * Math.sin(9 * y));
    let colour = [96 + 70 * y, 130 + 30 * x, 92];
    const face = ((x - 0.5) / 0.34) ** 2 + ((y - 0.56) / 0.31) ** 2 < 1;
    const ear = (/** @type {number} */ cx) => y > 0.1 && y < 0.42 && Math.abs(x - cx) < (y - 0.1) * 0.42;
    if (face || ear(0.28) || ear(0.72)) colour = [196 + stripe, 132 + stripe, 62 + stripe / 2];
    if (((x - 0.5) / 0.16) ** 2 + ((y - 0.70) / 0.11) ** 2 < 1) colour = [238, 226, 210];
    for (const cx of [0.37, 0.63]) {
      if (((x - cx) / 0.06) ** 2 + ((y - 0.5) / 0.045) ** 2 < 1) colour = [120, 190, 70];
      if (((x - cx) / 0.016) ** 2 + ((y - 0.5) / 0.042) ** 2 < 1) colour = [8, 8, 8];
    }
    if (Math.abs(x - 0.5) < 0.035 - (y - 0.62) * 0.6 && y > 0.62 && y < 0.67) colour = [200, 96, 104];
    for (const dy of [-0.02, 0.01, 0.04]) if (Math.abs(y - 0.68 - dy - dy * 2 * Math.abs(x - 0.5)) < 0.004 && Math.abs(x - 0.5) > 0.1 && Math.abs(x - 0.5) < 0.42) colour = [250, 250, 250];
    const grain = 14 * (noise() - 0.5);
    const rgb = colour.map((value) => value + grain);
    return channels === 3 ? rgb : [0.299 * rgb[0] + 0.587 * rgb[1] + 0.114 * rgb[2]];
  });
}

/** A dark spot on skin, with a camera's grain: of what the drawn pictures are, the only one that the skin model takes for its own. @param {number} [size] */
export function spot(size = 160) {
  const grain = random(7);
  return draw(size, size, 3, (x, y) => {
    const inside = 1 - Math.min(1, Math.max(0, (Math.hypot(x - 0.5, 1.2 * (y - 0.5)) - 0.15) * 16));
    return [196 - 90 * inside, 148 - 85 * inside, 128 - 70 * inside].map((value) => value + 20 * (x - 0.5) + 14 * grain() - 7);
  });
}

/** A screen with a window, a menu and lines of text. @param {number} width @param {number} height @param {1 | 3} [channels] @returns {Drawn} */
export function screenshot(width = 320, height = 240, channels = 3) {
  const letters = random(3);
  const ink = Array.from({ length: 64 * 64 }, () => letters() < 0.55);
  return draw(width, height, channels, (x, y) => {
    if (y < 0.07) return [40, 60, 110];
    if (x < 0.2) return y % 0.09 < 0.03 && x > 0.02 && x < 0.15 ? [90, 90, 100] : [226, 228, 234];
    if (y < 0.16) return [244, 246, 250];
    const line = (y - 0.2) / 0.045;
    const word = Math.floor((x - 0.23) / 0.02);
    if (line > 0 && line % 1 < 0.5 && x > 0.23 && x < 0.93 && ink[(Math.floor(line) * 37 + word) % ink.length]) return [30, 30, 34];
    return [255, 255, 255];
  });
}

/** A page of print, photographed. @param {number} size @returns {Drawn} */
export function page(size = 256) {
  const noise = random(5);
  const letters = random(9);
  const ink = Array.from({ length: 4096 }, () => letters() < 0.6);
  return draw(size, size, 1, (x, y) => {
    const [line, letter] = [y * 34, Math.floor(x * 90)];
    const dark = x > 0.08 && x < 0.92 && y > 0.06 && y < 0.94 && line % 1 < 0.55 && ink[(Math.floor(line) * 101 + letter) % ink.length];
    return [(dark ? 60 : 214) - 40 * x + 6 * noise()];
  });
}

/** One grey, or nearly. @param {number} value @param {number} [grain] @param {number} [size] @returns {Drawn} */
export function blank(value, grain = 0, size = 128) {
  const noise = random(1);
  return draw(size, size, 1, () => [value + grain * (noise() - 0.5)]);
}

/** White noise. @param {number} [size] @param {1 | 3} [channels] @returns {Drawn} */
export function static_(size = 128, channels = 1) {
  const noise = random(2);
  return draw(size, size, channels, () => [256 * noise(), 256 * noise(), 256 * noise()]);
}

/** Something like an ultrasound picture of a breast: layers of speckle, and something dark and round. The models for such pictures take it for one. @param {number} [size] @returns {Drawn} */
export function ultrasound(size = 256) {
  const cells = 32;
  const noise = random(13);
  const coarse = Array.from({ length: (cells + 1) ** 2 }, () => noise());
  const soft = (/** @type {number} */ x, /** @type {number} */ y) => {
    const [i, j] = [Math.floor(x * cells), Math.floor(y * cells)];
    const [u, v] = [x * cells - i, y * cells - j];
    const at = (/** @type {number} */ a, /** @type {number} */ b) => coarse[Math.min(cells, b) * (cells + 1) + Math.min(cells, a)];
    return (at(i, j) * (1 - u) + at(i + 1, j) * u) * (1 - v) + (at(i, j + 1) * (1 - u) + at(i + 1, j + 1) * u) * v;
  };
  return draw(size, size, 1, (x, y) => {
    const layers = 100 * (1 - 0.3 * y) + 30 * Math.sin(9 * y + 1.5 * Math.sin(3 * x));
    const r = Math.sqrt(((x - 0.48) / 0.17) ** 2 + ((y - 0.42) / 0.13) ** 2) + 0.12 * (soft(y, x) - 0.5);
    const inside = r < 1 ? 0.1 : r < 1.2 ? 0.1 + 4.5 * (r - 1) : 1;
    return [layers * inside * (0.7 + 0.6 * soft(x, y)) + 4 * (noise() - 0.5)];
  });
}
