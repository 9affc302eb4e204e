// The app around the element: its words in all languages, the list of its files, its icons; and that what is written out agrees with what it is written of.
import assert from 'node:assert/strict';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { test } from 'node:test';
import { inflateSync } from 'node:zlib';
import ar from '../../demo/words/ar.js';
import en from '../../demo/words/en.js';
import es from '../../demo/words/es.js';
import { draw } from '../../scripts/icons.mjs';
import { filesUnder } from '../../scripts/process.mjs';
import { shell } from '../../scripts/shell.mjs';
import { shippedCatalogue, shippedModels } from '../../web/exam/shipped.js';

/** @param {string} path */
const text = (path) => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');

/** Texts of a message, by plural form. @param {import('../../web/exam/messages/messages.js').Message} message */
const forms = (message) => (typeof message === 'string' ? [message] : Object.values(message));
/** @param {string} one */
const placeholders = (one) => [...new Set(Array.from(one.matchAll(/\{(\w+)\}/g), ([, name]) => name))].sort();

test('the demo says the same in every language, and everything it says is in the catalogue', () => {
  for (const [language, messages] of Object.entries({ es, ar })) {
    assert.deepEqual(Object.keys(messages).sort(), Object.keys(en).sort(), language);
    for (const [key, message] of Object.entries(messages)) {
      const wanted = [...new Set(forms(en[key]).flatMap(placeholders))];
      // "two files" needs no number; nothing else may be left out, and nothing invented.
      for (const one of forms(message)) assert.deepEqual(wanted.filter((name) => !placeholders(one).includes(name) && name !== 'count'), [], `${language} ${key}`);
      for (const one of forms(message)) assert.deepEqual(placeholders(one).filter((name) => !wanted.includes(name)), [], `${language} ${key}`);
      assert.equal(typeof message, typeof en[key], `${language} ${key}`);
    }
  }
  const sources = filesUnder(['demo'], /\.(js|html)$/).filter((path) => !path.startsWith('demo/words/')).map(text).join('\n');
  /** Keys that are put together: batch.outcome.refused, sample.clear-1.png. */
  const composed = /^(batch\.(outcome|count)\.|sample\.\w)/;
  assert.deepEqual(Object.keys(en).filter((key) => !composed.test(key) && !sources.includes(`'${key}'`) && !sources.includes(`"${key}"`)), [], 'nothing is said nowhere');
  const samples = JSON.parse(text('demo/samples/samples.json'));
  for (const { file } of samples) assert.ok(en[`sample.${file}`], file);
});

test('the addresses of the shipped models are those of the catalogue', () => {
  const catalogue = new URL(String(shippedCatalogue()));
  const { models } = JSON.parse(readFileSync(catalogue, 'utf8'));
  assert.deepEqual(Object.keys(shippedModels).sort(), Object.keys(models).sort());
  for (const [id, { url }] of Object.entries(models)) assert.equal(String(shippedModels[id]()), new URL(url, catalogue).href);
});

/** Where a file of the list lies in the project. @param {string} path */
const placeOf = (path) => (/^(web|models)\//.test(path) ? path : `demo/${path || 'index.html'}`);

test('the files are kept in an order: engine, models and words before all else, the small before the large', () => {
  const { files } = shell();
  const place = (/** @type {RegExp} */ form) => files.flatMap(([path], i) => (form.test(path) ? [i] : []));
  const early = [/^models\//, /bedside-explain\.wasm$/, /bedside-decode\.wasm$/, /\/part-(es|ar)-/].flatMap(place);
  assert.equal(Math.max(...early), early.length - 1, 'nothing comes between them');
  const late = files.slice(early.length);
  assert.deepEqual(late.map(([, , bytes]) => bytes), late.map(([, , bytes]) => bytes).sort((a, b) => a - b));
  for (const form of [/part-dcmjs/, /compiler-simd\.wasm$/]) assert.ok(place(form).every((i) => i >= files.length - 4), String(form));
});

test('the list of the app\'s files holds every page and what it names, each once, and changes with them', () => {
  const { version, files } = shell();
  const paths = files.map(([path]) => path);
  assert.equal(new Set(paths).size, paths.length);
  for (const path of ['', 'batch.html', 'monitor.html', 'compile.html', 'style.css', 'app.webmanifest', 'icon.svg', 'monitor.js', 'web/bedside.js', 'models/catalogue.json', 'samples/samples.json']) assert.ok(paths.includes(path), path);
  assert.deepEqual(paths.filter((path) => /(^|\/)(sw|shell)\.js$|\.single\.js$|\.d\.ts$|^\/|\.\./.test(path)), []);
  assert.match(version, /^[0-9a-f]{16}$/);
  assert.ok(files.every(([, hash]) => /^[0-9a-f]{64}$/.test(hash)));
  assert.deepEqual(files.map(([path, , bytes]) => [path, bytes]), files.map(([path]) => [path, statSync(new URL(`../../${placeOf(path)}`, import.meta.url)).size]));
  assert.deepEqual(shell(), { version, files }, 'the same files, the same version');
});

test('the icons are what the script draws', () => {
  for (const [name, size, maskable] of /** @type {const} */ ([['icon-192.png', 192, false], ['icon-512.png', 512, false], ['maskable-512.png', 512, true]])) {
    const url = new URL(`../../demo/icons/${name}`, import.meta.url);
    assert.ok(existsSync(url), name);
    const file = readFileSync(url);
    assert.deepEqual([file.readUInt32BE(16), file.readUInt32BE(20)], [size, size]);
    const rows = inflateSync(file.subarray(41, 41 + file.readUInt32BE(33)));
    const pixels = Buffer.concat(Array.from({ length: size }, (_, y) => rows.subarray(y * (4 * size + 1) + 1, (y + 1) * (4 * size + 1))));
    assert.ok(pixels.equals(draw(size, maskable)), name);
  }
  const { icons } = JSON.parse(text('demo/app.webmanifest'));
  for (const { src } of icons) assert.ok(existsSync(new URL(`../../demo/${src}`, import.meta.url)), src);
});
