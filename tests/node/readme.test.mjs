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

test('it names the hashes of the shipped models', () => {
  const hash = (/** @type {string} */ name) => createHash('sha256').update(readFileSync(join(root, `models/${name}/${name}.bds`))).digest('hex');
  assert.deepEqual(readme.match(/\b[0-9a-f]{64}\b/g), [hash('pneumonia'), hash('pneumonia'), hash('arrhythmia')]);
});

test('its figures are those of the evaluation', () => {
  const figures = JSON.parse(readFileSync(join(root, 'models/pneumonia/evaluation.json'), 'utf8'));
  assert.match(readme, new RegExp(`\\| AUC \\(95 % interval\\) \\| ${figures.auc.toFixed(3)} `));
  assert.match(readme, new RegExp(`\\| accuracy at 0\\.5 \\| ${(100 * figures.acc).toFixed(1)} % `));
  assert.ok(readme.includes(figures.file_bytes.toLocaleString('en')));
});

/** What an example prints. @param {string} example @param {string} folder where it is written */
function printed(example, folder) {
  const path = join(folder, 'example.mjs');
  writeFileSync(path, example.replaceAll("'./web/", `'${pathToFileURL(join(root, 'web/'))}`));
  const { status, stdout, stderr } = spawnSync(process.execPath, [path], { cwd: root, encoding: 'utf8' });
  assert.equal(status, 0, stderr);
  return stdout;
}

test('the example of an examination runs', () => inFolder((folder) => {
  assert.match(printed(blocks('js')[0], folder), /^pneumonia 0\.9\d+ [^]*evidence: \[ 'centre'[^]*Bundle$/m);
}));

test('the Node example runs', () => inFolder((folder) => {
  assert.match(printed(blocks('js')[2], folder), /label: 'pneumonia'/);
}));

test('the commands run', () => {
  const commands = blocks('sh').flatMap((text) => text.split('\n')).filter((line) => line.startsWith('node bin/bedside.mjs'));
  assert.ok(commands.length > 1);
  for (const command of commands) {
    const { status, stdout, stderr } = spawnSync('sh', ['-c', command], { cwd: root, encoding: 'utf8' });
    assert.ok([0, 3, 4].includes(Number(status)), stderr); // a finding, unsure, refused: docs/test-your-portal.md
    assert.match(stdout, /pneumonia/i);
  }
});

test('the ECG example runs: the first beats are learned from, the others named', () => inFolder((folder) => {
  const lines = printed(blocks('js')[3], folder).trim().split('\n');
  assert.ok(lines.length > 25);
  assert.ok(lines.slice(0, 8).every((line) => line.includes("not judged: [ 'learning'")), lines[0]);
  assert.ok(lines.slice(8).filter((line) => / N \d+ \[\]$/.test(line)).length > 15, lines[12]);
  assert.ok(lines.some((line) => / V \d+ /.test(line)));
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
