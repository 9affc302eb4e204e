// Inputs for the comparison with TensorFlow Lite: seeded, and for networks that decide something such that they are decided.

/** A seeded stream of numbers in [0, 1). @param {number} seed */
export function random(seed) {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

/** @param {number[]} shape */
export const countOf = (shape) => shape.reduce((product, side) => product * side, 1);

/**
 * A picture of something: a disc, stripes, checks, rings or dots before a background of two colours, with a little noise. The values
 * span those of the type; floats are in [0, 255].
 * @param {{ shape: number[], type: string }} port
 * @param {() => number} next
 */
export function picture({ shape, type }, next) {
  const [height, width, channels] = shape.length === 4 ? shape.slice(1) : [1, countOf(shape), 1];
  const values = new { float32: Float32Array, int8: Int8Array, uint8: Uint8Array }[/** @type {'int8'} */ (type)](countOf(shape));
  const least = type === 'int8' ? -128 : 0;
  const side = Math.min(height, width) > 1 ? Math.min(height, width) : width;
  const colour = () => Array.from({ length: channels }, () => next() * 256);
  const [sky, ground, thing] = [colour(), colour(), colour()];
  const kind = Math.floor(next() * 5);
  const period = 2 + (next() * side) / 3;
  const [angle, x0, y0] = [next() * Math.PI, next() * width, next() * height];
  const radius = (0.1 + next() * 0.4) * side;
  const soft = 0.3 + next() * 2;
  const wave = (/** @type {number} */ at) => 1 / (1 + Math.exp((-6 / soft) * Math.sin((2 * Math.PI * at) / period)));
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const u = (x - x0) * Math.cos(angle) + (y - y0) * Math.sin(angle);
      const v = (y - y0) * Math.cos(angle) - (x - x0) * Math.sin(angle);
      const there = [
        () => 1 / (1 + Math.exp((Math.hypot(u, v) - radius) / soft)),
        () => wave(u),
        () => Math.abs(wave(u) - wave(v)),
        () => wave(Math.hypot(u, v)),
        () => wave(u) * wave(v),
      ][kind]();
      const above = 1 / (1 + Math.exp((y - height * 0.7) / 2));
      for (let c = 0; c < channels; c++) {
        const behind = sky[c] * above + ground[c] * (1 - above);
        const value = behind + (thing[c] - behind) * there + (next() - 0.5) * 16;
        values[(y * width + x) * channels + c] = Math.max(0, Math.min(255, Math.round(value))) + least;
      }
    }
  }
  return values;
}

/** By how much the first answer leads the second. @param {ArrayLike<number>} scores */
export function lead(scores) {
  const [first, second] = Array.from(scores).sort((a, b) => b - a);
  return first - second;
}
