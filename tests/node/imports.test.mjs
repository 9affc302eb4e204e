// Everything that package.json offers can be imported where there is no page: a server that renders pages does so.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const root = new URL('../../', import.meta.url);
const { exports } = JSON.parse(readFileSync(new URL('package.json', root), 'utf8'));
const reports = ['fhir', 'dicom-sr', 'secondary-capture', 'table', 'paper', 'all'];
/** Not the workers: those are started, not imported. */
const bundles = ['bedside', 'bedside.threads', 'exam', 'bedside-exam', 'bedside-exam.single', 'bedside-frame', 'bedside-dicom', 'bedside-reports'];

/** Imports in a process of its own: nothing that another test has left can help. @param {string} path */
function imported(path) {
  const { status, stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', `console.log(Object.keys(await import(${JSON.stringify(new URL(path, root).href)})).join(' '))`], { encoding: 'utf8', cwd: fileURLToPath(root) });
  assert.equal(stderr, '', path);
  assert.equal(status, 0, path);
  return stdout.trim();
}

const sources = Object.values(exports).flatMap((/** @type {any} */ { default: path }) => (path?.includes('*') ? reports.map((name) => path.replace('*', name)) : path ?? [])).filter((path) => path.endsWith('.js'));

test('the entries of package.json', () => {
  assert.ok(sources.length > 12, String(sources));
  for (const path of sources) if (existsSync(new URL(path, root))) assert.ok(imported(path), `${path} exports something`);
});

test('the bundles', { skip: existsSync(new URL('web/dist/bedside-exam.js', root)) ? false : 'the bundles were not built' }, () => {
  for (const name of bundles) if (existsSync(new URL(`web/dist/${name}.js`, root))) imported(`web/dist/${name}.js`);
});

test('nothing of the element happens without a page', () => {
  assert.match(imported('web/exam/element/bedside-exam.js'), /BedsideExam/);
  assert.equal(imported('web/exam/frame.js'), '');
});
