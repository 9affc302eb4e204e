// What the files of web/ and demo/ must not hold, and how large they may be.
import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { test } from 'node:test';
import { brotliCompressSync } from 'node:zlib';
import { dist } from './common.mjs';

const root = new URL('../../', import.meta.url);
/** @param {string} folder @param {RegExp} names */
const files = (folder, names) =>
  readdirSync(new URL(folder, root))
    .filter((name) => names.test(name))
    .map((name) => ({ name: folder + name, text: readFileSync(new URL(folder + name, root), 'utf8') }));
const scripts = [...files('web/', /\.js$/), ...files('demo/', /\.js$/)];
const all = [...scripts, ...files('demo/', /\.(html|css|json|svg|webmanifest)$/)];

test('engine and interface together stay under 60 KB', (t) => {
  const size = (/** @type {URL} */ url) => brotliCompressSync(readFileSync(url)).length;
  const [wasm, js] = [size(new URL('bedside-simd.wasm', dist)), size(new URL('web/bedside.js', root))];
  t.diagnostic(`brotli: bedside-simd.wasm ${wasm} + bedside.js ${js} = ${wasm + js} bytes`);
  assert.ok(wasm + js < 60_000, `${wasm + js} bytes`);
});

test('no code from text, no worker from text, no storage', () => {
  for (const { name, text } of scripts) {
    assert.doesNotMatch(text, /\beval\s*\(|new Function|createObjectURL\(new Blob|importScripts|document\.write|innerHTML|localStorage|indexedDB|document\.cookie/, name);
  }
});

test('no other origin is named', () => {
  for (const { name, text } of all) {
    const found = text.match(/(?:https?:)?\/\/[a-z0-9-]+\.[a-z]{2,}[^\s"')]*/gi) ?? [];
    assert.deepEqual(found.filter((url) => !/www\.w3\.org\/2000\/svg/.test(url)), [], name);
  }
});

test('the page has no inline script, style or handler', () => {
  const { text } = files('demo/', /^index\.html$/)[0];
  assert.doesNotMatch(text, /<style|\sstyle=|\son[a-z]+=|javascript:/i);
  for (const [tag] of text.matchAll(/<script[^>]*>/g)) assert.match(tag, /\ssrc="/);
});

test('every error of the core is in the types', () => {
  const types = readFileSync(new URL('web/bedside.d.ts', root), 'utf8');
  const header = readFileSync(new URL('src/bedside.h', root), 'utf8');
  const scripted = readFileSync(new URL('web/bedside.js', root), 'utf8');
  for (const text of [header, scripted]) for (const [code] of text.matchAll(/\bBDS_E_[A-Z_]+\b/g)) assert.ok(types.includes(`'${code}'`), code);
});
