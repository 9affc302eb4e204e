// `npm run bench -- --layers MODEL`: where the time of one model goes in Chromium.
import { basename } from 'node:path';
import { launch, open } from './browser.mjs';
import { serve } from './server.mjs';

const BAR = 12;

/**
 * @param {import('./models.mjs').BenchModel} model
 * @param {{ work: string, seconds: number }} options
 */
export async function timeLayers(model, { work, seconds }) {
  const [server, browser] = await Promise.all([serve(work), launch()]);
  try {
    const page = await open(browser, `${server.url}scripts/bench/page/layers.html`);
    const request = { url: `/files/${basename(model.bds)}`, input: `/files/${basename(model.input)}`, sha256: model.sha256, seconds };
    const found = await page.evaluate(async (what) => {
      const [layers, { openCeiling }] = await Promise.all(['layers', 'ceiling'].map((name) => import(`/scripts/bench/page/${name}.mjs`)));
      const ceiling = openCeiling();
      const peak = () => Math.max(...Array.from({ length: 400 }, ceiling));
      const before = peak();
      return { ...(await layers.timeLayers(what)), ceiling: Math.max(before, peak()) };
    }, request);
    return { ...found, browser: await browser.version() };
  } finally {
    await browser.close();
    await server.close();
  }
}

/** @param {number} macs @param {number} ms */
const speed = (macs, ms) => (1e-6 * macs) / ms;

/** @typedef {{ kind: string, layers: number, us: number, share: number, gmacs: number, percent: number }} Share */

/** What an operator is for a profile. @param {any} layer @param {number} i */
function kindOf({ op, in: [, , channels], out, macs }, i) {
  if (op !== 'conv') return op;
  if (i === 0) return 'first conv';
  return macs === out[0] * out[1] * out[2] * channels ? '1x1 conv' : 'conv';
}

/** The same by kinds of operators, the slowest first. @param {import('./models.mjs').BenchModel} model @param {Awaited<ReturnType<typeof timeLayers>>} found @returns {Share[]} */
export function sharesOf(model, found) {
  const sum = found.layers.reduce((/** @type {number} */ a, /** @type {number} */ b) => a + b, 0);
  /** @type {Map<string, { layers: number, ms: number, macs: number }>} */
  const kinds = new Map();
  model.info.layers.forEach((/** @type {any} */ layer, /** @type {number} */ i) => {
    const kind = kindOf(layer, i);
    const { layers, ms, macs } = kinds.get(kind) ?? { layers: 0, ms: 0, macs: 0 };
    kinds.set(kind, { layers: layers + 1, ms: ms + found.layers[i], macs: macs + layer.macs });
  });
  return Array.from(kinds, ([kind, { layers, ms, macs }]) => {
    const gmacs = ms > 0 ? speed(macs, ms) : 0;
    return { kind, layers, us: 1000 * ms, share: ms / sum, gmacs, percent: (100 * gmacs) / found.ceiling };
  }).sort((a, b) => b.us - a.us);
}

/** A table for people. @param {import('./models.mjs').BenchModel} model @param {Awaited<ReturnType<typeof timeLayers>>} found */
export function describeLayers(model, found) {
  const { layers: operators, macs } = model.info;
  const sum = found.layers.reduce((/** @type {number} */ a, /** @type {number} */ b) => a + b, 0);
  const most = Math.max(...found.layers);
  /** @param {number} n @param {number} digits @param {number} width */
  const number = (n, digits, width) => n.toFixed(digits).padStart(width);
  /** @param {number} count @param {number} ms */
  const rate = (count, ms) => (count && ms > 0 ? number(speed(count, ms), 2, 7) + number((100 * speed(count, ms)) / found.ceiling, 1, 7) : ''.padStart(14));
  return [
    `${model.title}: ${(1e-6 * macs).toFixed(3)} M multiply-accumulates, ${operators.length} operators; ${found.simd} in ${found.browser}, one thread`,
    `ceiling ${found.ceiling.toFixed(1)} GMAC/s (i32x4.dot_i16x8); run() ${found.whole.toFixed(4)} ms; ${found.runs} runs`,
    '',
    '  step operator      out              M MACs        us  GMAC/s % peak share',
    ...operators.map((/** @type {any} */ { op, out, macs: count }, /** @type {number} */ i) => {
      const ms = found.layers[i];
      const bar = '#'.repeat(Math.round((BAR * ms) / most));
      return `  ${number(i, 0, 4)} ${op.padEnd(13)} ${out.join('x').padEnd(14)} ${number(1e-6 * count, 3, 8)} ${number(1000 * ms, 2, 9)} ${rate(count, ms)} ${number((100 * ms) / sum, 1, 5)} ${bar}`;
    }),
    `  ${'all operators'.padEnd(33)} ${number(1e-6 * macs, 3, 8)} ${number(1000 * sum, 2, 9)} ${rate(macs, sum)}`,
  ].join('\n');
}
