// The truth of a segmentation at the size of the network's output, as the program makes it (src/cli/truth.c): the same crop, then 1 where at least
// half of the area under a pixel is white.

/** @typedef {import('./pixels.mjs').Pixels} Pixels */

/** The part of a picture that the crop leaves. @param {{ width: number, height: number }} picture @param {string} crop */
export function cropped({ width, height }, crop) {
  if (crop !== 'center-square') return { left: 0, top: 0, width, height };
  const side = Math.min(width, height);
  return { left: Math.floor((width - side) / 2), top: Math.floor((height - side) / 2), width: side, height: side };
}

/** Of each pixel of a side of the result: the source pixels under it, and how much of each in units of 1 / out. @param {number} length @param {number} out */
function overlaps(length, out) {
  return Array.from({ length: out }, (_, o) => {
    const [begin, end] = [o * length, (o + 1) * length];
    const first = Math.floor(begin / out);
    const last = Math.ceil(end / out);
    return Array.from({ length: last - first }, (_v, k) => ({ at: first + k, part: Math.min(end, (first + k + 1) * out) - Math.max(begin, (first + k) * out) }));
  });
}

/** @param {Pixels} mask @param {number} width @param {number} height @param {string} crop */
export function truthOf(mask, width, height, crop) {
  const { pixels, channels } = mask;
  const { left, top, width: w, height: h } = cropped(mask, crop);
  const level = (/** @type {number} */ at) => (channels < 3 ? pixels[at] : Math.floor((pixels[at] + pixels[at + 1] + pixels[at + 2]) / 3));
  const [across, down] = [overlaps(w, width), overlaps(h, height)];
  const truth = new Uint8Array(width * height);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      let area = 0;
      for (const { at: j, part: high } of down[y]) {
        const row = (top + j) * mask.width + left;
        for (const { at: i, part: wide } of across[x]) if (level((row + i) * channels) >= 128) area += wide * high;
      }
      truth[y * width + x] = 2 * area >= w * h ? 1 : 0;
    }
  }
  return truth;
}
