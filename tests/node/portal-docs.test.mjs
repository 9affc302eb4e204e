// docs/test-your-portal.md as a newcomer would follow it: the blocks become files and commands, in order, in a folder that has the package.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { after, test } from 'node:test';
import { root } from '../../scripts/setup.mjs';
import { noModel } from './common.mjs';

const text = readFileSync(join(root, 'docs/test-your-portal.md'), 'utf8');
const blocks = Array.from(text.matchAll(/^```(js|sh)\n([^]*?)^```$/gm), ([, language, code]) => ({ language, code }));

const folder = mkdtempSync(join(tmpdir(), 'portal-docs-'));
after(() => rmSync(folder, { recursive: true }));
mkdirSync(join(folder, 'node_modules/.bin'), { recursive: true });
symlinkSync(root, join(folder, 'node_modules/bedside'), 'dir');
symlinkSync(join(root, 'bin/bedside.mjs'), join(folder, 'node_modules/.bin/bedside'));
mkdirSync(join(folder, 'fixtures'));
for (const name of ['opacity-1.png', 'unsure-1.png', 'photo-1.jpg']) cpSync(join(root, 'demo/samples', name), join(folder, 'fixtures', name));
// A test that is run by a test must not take itself for a part of it.
const env = { ...process.env };
delete env.NODE_TEST_CONTEXT;

test('every block runs, in order', { skip: noModel }, () => {
  assert.ok(blocks.length >= 7);
  for (const { language, code } of blocks) {
    if (language === 'js') {
      const [, name] = /^\/\/ (\S+\.mjs)\n/.exec(code) ?? assert.fail(`a block without a name:\n${code}`);
      writeFileSync(join(folder, name), code);
      continue;
    }
    const commands = code.replaceAll('npx bedside', 'bedside');
    const { status, stdout, stderr } = spawnSync('sh', ['-euc', commands], { cwd: folder, encoding: 'utf8', env: { ...env, PATH: [join(folder, 'node_modules/.bin'), env.PATH].join(delimiter) } });
    assert.equal(status, 0, `${commands}${stdout}${stderr}`);
    if (commands.includes('--test')) assert.match(stdout, /^# fail 0$/m, stdout);
  }
  assert.equal(JSON.parse(readFileSync(join(folder, 'bundle.json'), 'utf8')).resourceType, 'Bundle');
  assert.equal(readFileSync(join(folder, 'table.csv'), 'utf8').trim().split('\r\n').length, 4);
});

test('what it pins are the shipped model and sample', () => {
  const [model] = text.match(/\b[0-9a-f]{64}\b/) ?? [];
  assert.equal(model, JSON.parse(readFileSync(join(root, 'models/catalogue.json'), 'utf8')).models.pneumonia.sha256);
  for (const [, path] of text.matchAll(/\]\((?!https?:)([^)#]+)\)/g)) assert.ok(existsSync(join(root, 'docs', path)) || path === 'portals.md', path);
});
