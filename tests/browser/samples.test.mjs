// The drawn examples on a slow line: the model comes first, and whatever was chosen last is what is answered.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { choose, clean, launch, missing, open, outcome, until, upload, withFiles } from './common.mjs';
import { inFront } from './front.mjs';
import { samplePicture } from '../support/dicom-objects.mjs';
import { png } from '../node/pictures.mjs';

test('the examples\' pictures come after the model, one after the other; one that is chosen comes at once', { skip: missing('chrome') }, async () => {
  /** @type {() => void} */
  let release = () => {};
  const held = new Promise((resolve) => (release = () => resolve(null)));
  let at = 0;
  let most = 0;
  const [browser, server] = await Promise.all([launch('chrome'), inFront(async (path) => {
    if (!/samples\/.*\.(png|jpg)/.test(path)) return true;
    most = Math.max(most, ++at);
    if (!path.includes('unsure-1')) await held;
    at--;
    return true;
  })]);
  try {
    const { page, complaints } = await open(browser);
    await page.goto(server.url);
    await until(page, () => performance.getEntriesByName('bedside-interactive').length > 0);
    await until(page, () => document.querySelectorAll('#samples button').length === 6);
    assert.equal((await choose(page, 'unsure-1.png')).state, 'unsure', 'it does not wait for the others');
    // An example whose picture is still on its way, and then a file of one's own.
    await page.$eval('[data-file="opacity-2.jpg"]', (button) => /** @type {HTMLElement} */ (button).click());
    assert.equal(await page.evaluate(() => /** @type {any} */ (document.querySelector('#exam')).record), null, 'no former answer stands beside its name');
    const chest = samplePicture('clear-1.png');
    await withFiles({ 'own.png': png(chest.width, chest.height, 1, (x, y) => chest.pixels[y * chest.width + x]) }, async (path) => {
      assert.equal((await upload(page, path('own.png'))).state, 'finding');
    });
    release();
    await until(page, () => document.documentElement.dataset.ready === 'true');
    assert.equal(await page.evaluate(() => /** @type {any} */ (document.querySelector('#exam')).record.input.name), 'own.png', 'what was chosen last');
    assert.equal(await page.$$eval('#samples [aria-pressed=true]', (all) => all.length), 0);
    assert.equal((await choose(page, 'opacity-2.jpg')).title, 'The model sees signs of pneumonia');
    await outcome(page);
    const begun = await page.evaluate(() => ({
      interactive: performance.getEntriesByName('bedside-interactive')[0].startTime,
      pictures: performance.getEntriesByType('resource').filter(({ name }) => /samples\/.*\.(png|jpg)/.test(name)).map(({ startTime }) => startTime),
    }));
    assert.ok(begun.pictures.length === 6 && begun.pictures.every((time) => time >= begun.interactive), JSON.stringify(begun));
    assert.ok(most <= 3, `${most} at a time: one that is loaded, and those that were chosen`);
    await clean(page, complaints);
  } finally {
    release();
    await browser.close();
    await server.close();
  }
});
