// docs/element.md names what there is: attributes, events, parts, custom properties, messages of the frame.
import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { test } from 'node:test';

const root = new URL('../../', import.meta.url);
const read = (/** @type {string} */ path) => readFileSync(new URL(path, root), 'utf8');
const docs = read('docs/element.md');
const code = readdirSync(new URL('web/exam/element/', root)).filter((file) => file.endsWith('.js')).map((file) => read(`web/exam/element/${file}`)).join('\n');
const sorted = (/** @type {Iterable<string>} */ names) => [...new Set(names)].sort();
/** A section of the document. @param {string} title */
const section = (title) => docs.split(/^## /m).find((text) => text.startsWith(title)) ?? '';
/** First column of its tables, what stands in `code`. @param {string} text */
const rows = (text) => [...text.matchAll(/^\| (`[^|]*) \|/gm)].flatMap(([, cell]) => [...cell.split(' with ')[0].matchAll(/`([^`(]+)[^`]*`/g)].map(([, name]) => name));

test('attributes', () => {
  const used = [...code.matchAll(/(?:getAttribute|hasAttribute|attribute)\('([a-z-]+)'\)/g), ...code.matchAll(/:host\(\[([a-z]+)="/g)].map(([, name]) => name);
  const others = ['tabindex', 'id', 'aria-label', 'aria-valuetext'];
  assert.deepEqual(sorted(rows(section('Attributes'))), sorted([...used, 'model'].filter((name) => !others.includes(name))));
});

test('events', () => {
  const types = [...read('web/exam/element/bedside-exam.d.ts').matchAll(/'(bedside-[a-z]+)': CustomEvent/g)].map(([, name]) => name);
  const told = [...code.matchAll(/#tell\((?:record\.outcome[^']*'[a-z]+' \? )?'([a-z]+)'(?: : '([a-z]+)')?/g)].flatMap(([, a, b]) => [a, b]).filter(Boolean).map((name) => `bedside-${name}`);
  assert.deepEqual(sorted(rows(section('Events'))), sorted(types));
  assert.deepEqual(sorted(told), sorted(types));
});

test('parts and custom properties', () => {
  const parts = [...code.matchAll(/part: '([^']+)'/g)].flatMap(([, names]) => names.split(' '));
  parts.push('verdict', ...['signs', 'none', 'says', 'unsure', 'error'].map((kind) => `verdict-${kind}`));
  const named = [...(section('Slots').match(/Parts,[^]*?\.\n/)?.[0] ?? '').matchAll(/`([a-z-]+)`/g)].map(([, name]) => name);
  assert.deepEqual(sorted(named), sorted(parts));
  for (const kind of ['signs', 'none', 'says', 'unsure', 'error']) assert.ok(code.includes(`'${kind}', '`), kind);
  assert.deepEqual(sorted(section('Slots').match(/--bedside-[a-z-]+/g) ?? []), sorted(code.match(/--bedside-[a-z-]+/g) ?? []));
});

test('messages of the frame', () => {
  const types = read('web/exam/frame-client.d.ts');
  const of = (/** @type {string} */ name) => sorted([...(types.split(`export type ${name}`)[1].split('\n);')[0]).matchAll(/type: ((?:'[a-z]+'(?: \| )?)+)/g)].flatMap(([, union]) => [...union.matchAll(/'([a-z]+)'/g)].map(([, type]) => type)));
  const [to, from] = section('In a frame').split('| from the frame');
  assert.deepEqual(sorted(rows(to)), of('Request'));
  assert.deepEqual(sorted(rows(from)), of('Answer'));
  const configurable = read('web/exam/frame.js').match(/CONFIGURABLE = \[([^\]]+)\]/)?.[1] ?? '';
  for (const [, name] of configurable.matchAll(/'([a-z-]+)'/g)) assert.ok(to.includes(`\`${name}\``), name);
  assert.match(docs, /not a medical device/);
});
