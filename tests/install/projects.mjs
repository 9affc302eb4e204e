// Projects outside the repository that install the package, and what builds them: as an application does, from the tarball alone.
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** Synthetic, drawn by models/pneumonia/samples.py. */
export const sample = join(root, 'demo/samples/opacity-1.png');
/** What the shipped model says of it, in 65,536ths of one: the same bits wherever it runs. */
export const expected = { label: 'pneumonia', probability: 61775 / 65536, sha256: '008d2cc519f605f2395f90adbce2f94825b60fb092a7ab7af1bb2ddb9d96fa6b' };

/** Where the project would have to go without what the registry has. */
export class NoRegistry extends Error {}

/**
 * An empty project with the package installed; it goes with `remove`.
 * @param {string} tarball @param {Record<string, string>} files of the project, by path
 */
export function project(tarball, files) {
  const folder = mkdtempSync(join(tmpdir(), 'bedside-install-'));
  const remove = () => rmSync(folder, { recursive: true, force: true });
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ name: 'an-application', private: true, type: 'module' }));
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  const { status, stdout, stderr } = spawnSync('npm', ['install', tarball, '--prefer-offline', '--no-audit', '--no-fund', '--loglevel=error'], { cwd: folder, encoding: 'utf8' });
  if (status !== 0) {
    remove();
    const text = `${stdout}${stderr}`;
    if (/ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|ENOTCACHED|EHOSTUNREACH/.test(text)) throw new NoRegistry('the registry cannot be reached, and npm\'s cache does not hold the dependencies');
    throw new Error(`npm install failed:\n${text}`);
  }
  return { folder, remove, installed: join(folder, 'node_modules/bedside') };
}

/** Copies into a folder, as an application's own build step does. @param {string} from @param {string} to */
export function copy(from, to) {
  if (!existsSync(from)) throw new Error(`not in the package: ${from}`);
  cpSync(from, to, { recursive: true });
}

/** The version that this repository pins of a bundler. @param {string} name */
export const versionOf = (name) => JSON.parse(readFileSync(join(root, 'node_modules', name, 'package.json'), 'utf8')).version;

/** A page without anything inline. @param {string} script a script tag @param {string} [body] */
export const page = (script, body = '<bedside-exam model="pneumonia" lang="en"></bedside-exam>') =>
  `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>An application</title>${script}</head><body>${body}</body></html>`;

/** An application's script: examines the sample, and leaves what it got where the test finds it. @param {{ from: string, options?: string }} how */
export const application = ({ from, options = '{}' }) => `
import { createExaminer } from '${from}';

async function main() {
  const sample = await (await fetch('sample.png')).blob();
  const examiner = await createExaminer(${options});
  const { outcome, findings, model, input } = await examiner.examine(sample);
  return { outcome, findings, sha256: model.sha256, input, requests: (await examiner.requests()).map(({ url }) => url) };
}

main().then(
  (result) => (document.body.dataset.result = JSON.stringify(result)),
  (error) => (document.body.dataset.result = JSON.stringify({ error: String(error), code: error.code })),
);
`;
