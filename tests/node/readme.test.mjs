// The README's examples, as a newcomer would copy them.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createHash } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { root } from '../../scripts/setup.mjs';

const readme = readFileSync(join(root, 'README.md'), 'utf8');
/** The fenced blocks of a language. @param {string} language */
const blocks = (language) => Array.from(readme.matchAll(new RegExp(`^\`\`\`${language}\\n([^]*?)^\`\`\`$`, 'gm')), ([, text]) => text);

/** @param {(folder: string) => void} work */
function inFolder(work) {
  const folder = mkdtempSync(join(tmpdir(), 'readme-'));
  try {
    work(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

test('it names the hash of the shipped model', () => {
  const hash = createHash('sha256').update(readFileSync(join(root, 'models/pneumonia/pneumonia.bds'))).digest('hex');
  const named = readme.match(/\b[0-9a-f]{64}\b/g) ?? [];
  assert.equal(named.length, 2);
  for (const one of named) assert.equal(one, hash);
});

test('its figures are those of the evaluation', () => {
  const figures = JSON.parse(readFileSync(join(root, 'models/pneumonia/evaluation.json'), 'utf8'));
  assert.match(readme, new RegExp(`\\| AUC \\(95 % interval\\) \\| ${figures.auc.toFixed(3)} `));
  assert.match(readme, new RegExp(`\\| accuracy at 0\\.5 \\| ${(100 * figures.acc).toFixed(1)} % `));
  assert.ok(readme.includes(figures.file_bytes.toLocaleString('en')));
});

test('the Node example runs', () => inFolder((folder) => {
  const [, example] = blocks('js');
  const path = join(folder, 'example.mjs');
  writeFileSync(path, example.replace("'./web/bedside.js'", `'${pathToFileURL(join(root, 'web/bedside.js'))}'`));
  const { status, stdout, stderr } = spawnSync(process.execPath, [path], { cwd: root, encoding: 'utf8' });
  assert.equal(status, 0, stderr);
  assert.match(stdout, /label: 'pneumonia'/);
}));

const library = join(root, 'build/native/libbedside.a');
test('the C example compiles and runs', { skip: existsSync(library) ? false : 'build/native is not built' }, () => inFolder((folder) => {
  const [example] = blocks('c');
  writeFileSync(join(folder, 'example.c'), example);
  const build = spawnSync('cc', ['-std=c11', '-Wall', '-Werror', `-I${join(root, 'src')}`, 'example.c', library, '-o', 'example'], { cwd: folder, encoding: 'utf8' });
  assert.equal(build.status, 0, build.stderr);
  const { status, stdout } = spawnSync(join(folder, 'example'), { cwd: root, encoding: 'utf8' });
  assert.equal(status, 0);
  assert.match(stdout, /^pneumonia \d+ \/ 65536, doubts \d+$/m);
}));
