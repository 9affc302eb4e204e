// Screenshots, pages, charts and other things that a computer has drawn are refused by every model for pictures; what grain, saturation, enlarging
// and margins make of an examination's picture is not taken for one.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, test } from 'node:test';
import { drawnShares, isDrawn, LIMITS } from '../../web/exam/drawn.js';
import { createExaminer } from '../../web/exam/exam.js';
import { decode } from '../../scripts/eval/pixels.mjs';
import * as drawn from '../support/drawn.mjs';
import { reduced, screen, screens } from '../support/screens.mjs';
import { samples } from './common.mjs';

/** @typedef {import('../support/drawn.mjs').Drawn} Drawn */

const { models } = JSON.parse(readFileSync(new URL('../../models/catalogue.json', import.meta.url), 'utf8'));
const ids = Object.keys(models).filter((id) => models[id].exam.colour);
/** @type {import('../../web/exam/exam.js').Examiner[]} */
const opened = [];
after(() => opened.forEach((examiner) => examiner.dispose()));

/** @param {{pixels: Uint8Array, width: number, height: number, channels: number}} picture */
const shown = (picture) => ({ ...picture, stride: picture.width * picture.channels });
/** @param {Drawn} picture @param {(value: number, x: number, y: number, c: number) => number} change */
const changed = ({ pixels, ...size }, change) => ({ ...size, pixels: pixels.map((value, i) => Math.max(0, Math.min(255, Math.round(change(value, Math.floor(i / size.channels) % size.width, Math.floor(i / size.channels / size.width), i % size.channels))))) });
/** Each pixel becomes a square. @param {Drawn} picture @param {number} by */
const enlarged = ({ pixels, width, height, channels }, by) => drawn.draw(width * by, height * by, channels, (x, y) => Array.from({ length: channels }, (_, c) => pixels[(Math.floor(y * height) * width + Math.floor(x * width)) * channels + c]));
/** With a margin on both sides, so much of the width each. @param {Drawn} picture @param {number} share @param {number} level */
const padded = ({ pixels, width, height, channels }, share, level) => drawn.draw(Math.round(width * (1 + 2 * share)), height, channels, (x, y) => {
  const u = Math.floor((x * (1 + 2 * share) - share) * width);
  return u < 0 || u >= width ? [level, level, level] : Array.from({ length: channels }, (_, c) => pixels[(Math.floor(y * height) * width + u) * channels + c]);
});

for (const id of ids) {
  test(`${id} refuses what a computer has drawn`, async () => {
    const examiner = await createExaminer({ model: id });
    opened.push(examiner);
    const channels = models[id].exam.colour === 'grey' ? 1 : 3;
    let alone = 0;
    for (const name of screens) {
      for (const picture of [screen(name, channels), reduced(screen(name, channels), 1.7)]) {
        const record = await examiner.examine(picture, { explain: 'none' });
        assert.equal(record.outcome, 'refused', name);
        assert.ok(record.doubts.includes('drawn'), name);
        assert.ok(['BDS_E_DRAWN', 'BDS_E_UNKNOWN'].includes(record.refusal?.code ?? ''), name);
        assert.deepEqual([record.findings, record.top, record.marking, record.explanation], [[], null, null, null], name);
        if (record.refusal?.code !== 'BDS_E_DRAWN') continue;
        alone++;
        assert.match(record.refusal.message, /drawn by a computer .*not taken by a camera or a scanner/);
      }
    }
    if (id === 'skin-lesion') assert.ok(alone > 0, 'its own gate lets some of them pass');
  });
}

test('a model for drawn pictures takes them', async () => {
  const { entry } = opened[ids.indexOf('skin-lesion')];
  const own = await createExaminer({ model: { ...entry, exam: { ...entry.exam, drawn: true } } });
  opened.push(own);
  let taken = 0;
  for (const name of screens) {
    const { doubts, outcome } = await own.examine(screen(name, 3), { explain: 'none' });
    assert.ok(!doubts.includes('drawn'));
    if (outcome !== 'refused') taken++;
  }
  assert.ok(taken > 0);
});

test('each measure sees what it is for', () => {
  const seen = (/** @type {string} */ name) => drawnShares(shown(screen(name, 3)));
  assert.ok(seen('a skin-coloured page').even > 3 * LIMITS.even);
  assert.ok(seen('a terminal').strokes > LIMITS.strokes);
  assert.ok(seen('a gradient').ramp > 3 * LIMITS.ramp);
  assert.ok(seen('white discs on black').silhouette > LIMITS.silhouette);
  assert.ok(seen('a page of print').paper > LIMITS.paper);
});

test('what is not drawn: pictures of examinations, enlarged, saturated, dim, with margins', async () => {
  const xRay = /** @type {Drawn} */ (await decode(new Uint8Array(readFileSync(new URL('clear-1.png', samples)))));
  const small = reduced(xRay, xRay.width / 28.5);
  assert.equal(small.width, 28);
  const speckle = drawn.ultrasound();
  /** @type {Record<string, Drawn>} */
  const pictures = { 'a small X-ray': small, ultrasound: speckle, 'a hand': drawn.hand(), 'a cat': drawn.cat() };
  for (const file of ['clear-1.png', 'clear-2.jpg', 'opacity-1.png', 'opacity-2.jpg', 'unsure-1.png', 'photo-1.jpg']) {
    pictures[file] = /** @type {Drawn} */ (await decode(new Uint8Array(readFileSync(new URL(file, samples)))));
  }
  for (const by of [2, 3, 4, 5, 8, 10, 16]) pictures[`a small X-ray, each pixel ${by} wide`] = enlarged(small, by);
  for (const [name, picture] of Object.entries({ 'an X-ray': xRay, ultrasound: speckle })) {
    const order = [...picture.pixels].sort((a, b) => a - b);
    const [low, high] = [0.15, 0.85].map((share) => order[Math.floor(share * order.length)]);
    pictures[`${name}, saturated`] = changed(picture, (value) => ((value - low) * 255) / (high - low));
    pictures[`${name}, dim`] = changed(picture, (value) => 60 + 0.15 * value);
    pictures[`${name}, inverted`] = changed(picture, (value) => 255 - value);
    pictures[`${name} in a black margin`] = padded(picture, 0.4, 0);
    pictures[`${name} in a white margin`] = padded(picture, 0.15, 255);
  }
  for (const [name, picture] of Object.entries(pictures)) assert.ok(!isDrawn(shown(picture)), `${name}: ${JSON.stringify(drawnShares(shown(picture)))}`);
});

test('of a picture of any size: nothing is read outside, and it takes no time to speak of', () => {
  for (const [width, height] of [[1, 1], [1, 300], [300, 2], [3, 3], [20, 20]]) {
    for (const value of Object.values(drawnShares(shown({ pixels: new Uint8Array(width * height * 3).fill(90), width, height, channels: 3 })))) assert.ok(Number.isFinite(value));
  }
  const rows = { pixels: new Uint8Array(100 * 120).fill(90), width: 100, height: 100, channels: 1, stride: 120 };
  for (let i = 0; i < 12000; i++) if (i % 120 >= 100) rows.pixels[i] = (i * 7919) & 255;
  assert.equal(drawnShares(rows).even, 1, 'what lies between the rows is no pixel');
  assert.ok(isDrawn(shown({ pixels: screen('a web page', 3).pixels.slice(), width: 640, height: 480, channels: 3 })));
  const large = shown({ pixels: new Uint8Array(4000 * 3000 * 3).map((_, i) => i * 7919), width: 4000, height: 3000, channels: 3 });
  const times = Array.from({ length: 12 }, () => {
    const begin = performance.now();
    isDrawn(large);
    return performance.now() - begin;
  });
  assert.ok(Math.min(...times) < 5, `${Math.min(...times)} ms`);
});
