// Pictures that a computer has drawn: screenshots, slides, charts, logos, pages of text. A camera or a scanner leaves grain on every even surface,
// and no body is white paper with strokes of ink on it. It looks at the picture itself, whole and before it is resized, beside the model's own
// gate, which sees 28 to 512 pixels a side. Types: exam.d.ts. Not a medical device.
// SPDX-License-Identifier: MIT

/**
 * Shares (0 to 1) above which a picture counts as drawn; docs/drawn-pictures.md has the measurements behind them. Of what is not black:
 * - even: places exactly equal to four others a 64th of the picture away (5 pixels at least), less those that are only nearly so. Grain makes many nearly even
 *   places for each that is even by chance; ink and windows do not.
 * - strokes: places lighter or darker than both sides, by much and within a 160th of the picture: letters, thin lines.
 * - ramp: places on a straight slope between others a 16th of the picture away, less those on a slightly bent one: gradients.
 * - silhouette: white; the rest is black.
 * Of all: paper, which is white.
 */
export const LIMITS = { even: 0.06, strokes: 0.2, ramp: 0.15, silhouette: 0.9, paper: 0.4 };

/** So many rows and columns are looked at, or fewer: half a millisecond, however large the picture. */
const MOST = 96;
/** Pixels: more than a block of JPEG, which at low quality is even by itself. */
const BLOCK = 5;
/** In steps of 8 bits. STEEP: across an eighth of the picture; a flatter slope is no gradient but a picture of little contrast. */
const BLACK = 16, WHITE = 240, NEARLY = 3, CONTRAST = 48, STRAIGHT = 2, BENT = 8, STEEP = 6;

/**
 * The measures of {@link LIMITS}. Distances go with the picture's longer side, so that scaling changes little; squares of one pixel, enlarged by
 * whole factors, are hardly ever as wide as an even place must be, if the picture had 28 pixels or more.
 * @param {import('../bedside.js').Shown} picture with pixels
 */
export function drawnShares({ pixels, width, height, channels, stride }) {
  let seen = 0, lit = 0, inner = 0, even = 0, strokes = 0, ramp = 0, white = 0;
  if (!pixels) return { even, strokes, ramp, silhouette: 0, paper: 0 };
  const colours = channels < 3 ? 1 : 3;
  const [apart, thin, far, step] = [64, 160, 16, MOST].map((parts) => Math.ceil(Math.max(width, height) / parts));
  const near = Math.max(BLOCK, apart);
  for (let y = near; y < height - near; y += step) {
    for (let x = near; x < width - near; x += step) {
      const isInner = x >= far && y >= far && x < width - far && y < height - far;
      let brightest = 0, darkest = 255, change = 0, stroke = 0, bend = isInner ? 0 : 256, slope = 0;
      for (let c = 0, i = y * stride + x * channels; c < colours; c++, i++) {
        const value = pixels[i];
        brightest = Math.max(brightest, value);
        darkest = Math.min(darkest, value);
        for (let way = 0, along = channels; way < 2; way++, along = stride) {
          const before = pixels[i - thin * along] - value, after = pixels[i + thin * along] - value;
          stroke = Math.max(stroke, Math.min(before, after), -Math.max(before, after));
          if (change <= NEARLY) change = Math.max(change, Math.abs(pixels[i - near * along] - value), Math.abs(pixels[i + near * along] - value));
          if (bend > BENT) continue;
          const from = pixels[i - far * along], to = pixels[i + far * along];
          bend = Math.max(bend, Math.abs(from + to - 2 * value));
          slope = Math.max(slope, Math.abs(from - to));
        }
      }
      seen++;
      if (stroke > CONTRAST) strokes++;
      else if (brightest <= BLACK) continue;
      lit++;
      if (isInner) inner++;
      if (darkest >= WHITE) white++;
      else {
        if (change <= NEARLY) even += change === 0 ? 1 : -1;
        if (slope >= STEEP && bend <= BENT) ramp += bend <= STRAIGHT ? 1 : -1;
      }
    }
  }
  const least = Math.max(1, seen / 50); // a speck of light on black says nothing
  lit = Math.max(lit, least);
  return { even: even / lit, strokes: strokes / lit, ramp: ramp / Math.max(inner, least), silhouette: white / lit, paper: white / Math.max(1, seen) };
}

/** Whether a picture is drawn by a computer and not taken by a camera or a scanner. @param {import('../bedside.js').Shown} picture with pixels */
export function isDrawn(picture) {
  const { even, strokes, ramp, silhouette, paper } = drawnShares(picture);
  return even > LIMITS.even || strokes > LIMITS.strokes || ramp > LIMITS.ramp || silhouette > LIMITS.silhouette || paper > LIMITS.paper;
}
