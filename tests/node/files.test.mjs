// What the files of web/ and demo/ must not hold, and how large they may be.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { brotliCompressSync } from 'node:zlib';
import { filesUnder } from '../../scripts/process.mjs';
import { dist } from './common.mjs';

const root = new URL('../../', import.meta.url);
/** @param {string} folder @param {RegExp} names */
const files = (folder, names) => filesUnder([folder], names)
  .filter((name) => !name.startsWith('web/dist/'))
  .map((name) => ({ name, text: readFileSync(new URL(name, root), 'utf8') }));
const scripts = files('web', /\.js$/).concat(files('demo', /\.js$/));
const all = [...scripts, ...files('demo', /\.(html|css|json|svg|webmanifest)$/)];

test('engine and interface together stay under 60 KB', (t) => {
  const size = (/** @type {URL} */ url) => brotliCompressSync(readFileSync(url)).length;
  const [wasm, js] = [size(new URL('bedside-simd.wasm', dist)), size(new URL('web/bedside.js', root))];
  t.diagnostic(`brotli: bedside-simd.wasm ${wasm} + bedside.js ${js} = ${wasm + js} bytes`);
  assert.ok(wasm + js < 60_000, `${wasm + js} bytes`);
});

test('no code from text, no worker from text, no storage', () => {
  assert.ok(scripts.length > 80);
  for (const { name, text } of scripts) {
    assert.doesNotMatch(text, /\beval\s*\(|new Function|new (Shared)?Worker\([^;]*(createObjectURL|blob:|data:)|document\.write|innerHTML|insertAdjacentHTML/, name);
    // dcmjs brings a logger that writes to storage; what loads it puts everything back.
    if (name !== 'web/reports/dcmjs.js') assert.doesNotMatch(text, /localStorage|sessionStorage|indexedDB|document\.cookie/, name);
    if (name !== 'demo/sw.js') assert.doesNotMatch(text, /importScripts/, name); // which takes the list of files that it keeps
  }
});

/** Names of namespaces, terminologies and identifiers, which nobody asks for anything; and of examples. */
const NAMES = /^https?:\/\/(www\.w3\.org\/|hl7\.org\/fhir|terminology\.hl7\.org|snomed\.info|loinc\.org|unitsofmeasure\.org|dicom\.nema\.org|[\w.-]+\.example\b)/;

test('no other origin is named', () => {
  for (const { name, text } of all) {
    const found = text.match(/https?:\/\/[a-z0-9-]+(\.[a-z0-9-]+)+[^\s"'`)]*/gi) ?? [];
    assert.deepEqual(found.filter((url) => !NAMES.test(url)), [], name);
  }
});

test('the page has no inline script, style or handler', () => {
  const { text } = files('demo', /^demo\/index\.html$/)[0];
  assert.doesNotMatch(text, /<style|\sstyle=|\son[a-z]+=|javascript:/i);
  for (const [tag] of text.matchAll(/<script[^>]*>/g)) assert.match(tag, /\ssrc="/);
});

test('every error of the core is in the types', () => {
  const types = readFileSync(new URL('web/bedside.d.ts', root), 'utf8');
  const header = readFileSync(new URL('src/bedside.h', root), 'utf8');
  const scripted = readFileSync(new URL('web/bedside.js', root), 'utf8');
  for (const text of [header, scripted]) for (const [code] of text.matchAll(/\bBDS_E_[A-Z_]+\b/g)) assert.ok(types.includes(`'${code}'`), code);
});
