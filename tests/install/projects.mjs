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

/**
 * The package without npm: the tarball unpacked, as who puts its files on a server or a stick does. It goes with `remove`.
 * @param {string} tarball @param {Record<string, string>} files of the site, by path
 */
export function unpacked(tarball, files) {
  const folder = mkdtempSync(join(tmpdir(), 'bedside-unpacked-'));
  const { status, stderr } = spawnSync('tar', ['xzf', tarball, '-C', folder], { encoding: 'utf8' });
  if (status !== 0) throw new Error(`tar failed:\n${stderr}`);
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  return { folder, remove: () => rmSync(folder, { recursive: true, force: true }), installed: join(folder, 'package') };
}

/** Copies into a folder, as an application's own build step does. @param {string} from @param {string} to */
export function copy(from, to) {
  if (!existsSync(from)) throw new Error(`not in the package: ${from}`);
  cpSync(from, to, { recursive: true });
}

/** The version that this repository pins of a bundler. @param {string} name */
export const versionOf = (name) => JSON.parse(readFileSync(join(root, 'node_modules', name, 'package.json'), 'utf8')).version;

/**
 * A page without anything inline.
 * @param {string} script a script tag @param {string} [attributes] of the element
 */
export const page = (script, attributes = '') =>
  `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>An application</title>${script}</head><body><bedside-exam model="pneumonia" ${attributes}></bedside-exam></body></html>`;

/**
 * An application's script: examines the sample and two DICOM objects, makes a report, has the element do the same, and leaves what it got where the test
 * finds it.
 * @param {{ exam: string, element: string, report: string, options?: string }} how where it imports from; options of createExaminer
 */
export const application = ({ exam, element, report, options = '{}' }) => `
import { createExaminer } from '${exam}';
import '${element}';

const load = async (name) => (await fetch(name)).blob();

async function main() {
  const examiner = await createExaminer(${options});
  const { outcome, findings, model, explanation } = await examiner.examine(await load('sample.png'));
  const plain = await examiner.examine(await load('plain.dcm'));
  const jpeg = await examiner.examine(await load('jpeg.dcm'));
  const { toDicomSr } = await import('${report}');
  const report = await toDicomSr(plain);
  const element = document.querySelector('bedside-exam');
  const shown = await element.examine(await load('sample.png'));
  return {
    outcome, findings, sha256: model.sha256, map: explanation.sha256,
    dicom: [plain, jpeg].map((record) => [record.outcome, record.refusal?.message ?? '', record.input.kind]),
    report: String.fromCharCode(...report.subarray(128, 132)),
    element: { same: JSON.stringify(shown.findings) === JSON.stringify(findings), title: element.shadowRoot.querySelector('.verdict h4').textContent },
  };
}

main().then(
  (result) => (document.body.dataset.result = JSON.stringify(result)),
  (error) => (document.body.dataset.result = JSON.stringify({ error: [error, error.cause].map(String).join(' <- '), code: error.code })),
);
`;
