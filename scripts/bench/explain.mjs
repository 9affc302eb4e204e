// `npm run bench -- --explain`: how long the shipped models take to say why, in Chromium.
import { createHash } from 'node:crypto';
import { copyFileSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { models } from '../models.mjs';
import { launch, open } from './browser.mjs';
import { serve } from './server.mjs';

/** What an explanation may take of a small model, ms. */
export const EXPLANATION_BAR = 100;

/** @typedef {{ model: string, run: number, cam: number | null, occlusion: number }} Explained ms, the least of all rounds */

/** @param {{ work: string, rounds: number }} options @returns {Promise<{ browser: string, bar: number, explanations: Explained[] }>} */
export async function timeExplanations({ work, rounds }) {
  const [server, browser] = await Promise.all([serve(work), launch()]);
  try {
    /** @type {Explained[]} */
    const explanations = [];
    for (const { name, bds, recipe } of models()) {
      if (recipe.task !== 'classify') continue; // masks explain themselves
      process.stderr.write(`  ${name}\n`);
      copyFileSync(bds, join(work, `${name}.bds`));
      const page = await open(browser, `${server.url}scripts/bench/page/layers.html`);
      const what = { url: `/files/${name}.bds`, sha256: createHash('sha256').update(readFileSync(bds)).digest('hex'), rounds };
      const times = await page.evaluate(async (wanted) => (await import(`/scripts/bench/page/${'explain'}.mjs`)).timeExplanations(wanted), what);
      explanations.push({ model: name, ...times });
      await page.close();
    }
    return { browser: await browser.version(), bar: EXPLANATION_BAR, explanations };
  } finally {
    await browser.close();
    await server.close();
  }
}

/** A table for people. @param {Awaited<ReturnType<typeof timeExplanations>>} found */
export function describeExplanations({ browser, bar, explanations }) {
  const cell = (/** @type {number | null} */ ms) => (ms === null ? '-' : ms.toFixed(2)).padStart(12);
  return [
    `${browser}; least ms, to be under ${bar}`,
    `${'model'.padEnd(20)}${['a run', 'cam', 'occlusion'].map((head) => head.padStart(12)).join('')}`,
    ...explanations.map(({ model, run, cam, occlusion }) => `${model.padEnd(20)}${cell(run)}${cell(cam)}${cell(occlusion)}`),
  ].join('\n');
}
