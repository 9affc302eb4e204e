// The package as an application installs it: build/bedside-VERSION.tgz.
//
//     npm run package
//
// It holds what package.json's `files` names, the bundles made anew, and a package.json without what only this repository needs: no
// devDependencies, no scripts, no optionalDependencies (a second Node for the tests: an application would download it for nothing).
// `npm pack` by itself works, too; its tarball lacks only that care.
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { bundle } from './bundle.mjs';
import { run } from './process.mjs';
import { isEntry, main, root, SetupError } from './setup.mjs';

/** What `npm pack` would take. @returns {Promise<string[]>} */
async function listed() {
  const { code, output } = await run('npm', ['pack', '--dry-run', '--json', '--ignore-scripts', '--loglevel=error']);
  if (code !== 0) throw new SetupError(`npm could not say what belongs to the package:\n${output}`);
  const [{ files }] = JSON.parse(output.slice(output.indexOf('[')));
  return files.map((/** @type {{ path: string }} */ { path }) => path);
}

/** @returns {Promise<{ tarball: string, files: string[] }>} tarball: its path */
export async function pack() {
  await bundle();
  const modules = ['relaxed', 'simd', 'scalar', 'threads', 'decode', 'signal'].map((kind) => `web/dist/bedside-${kind}.wasm`);
  const missing = modules.filter((path) => !existsSync(join(root, path)));
  if (missing.length > 0) throw new SetupError(`Not built: ${missing.join(', ')}. node scripts/build.mjs wasm-relaxed wasm-simd wasm-threads wasm-scalar makes them.`);
  const stage = join(root, 'build/package');
  rmSync(stage, { recursive: true, force: true });
  const files = await listed();
  for (const path of files) {
    mkdirSync(dirname(join(stage, path)), { recursive: true });
    cpSync(join(root, path), join(stage, path));
  }
  const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  for (const key of ['scripts', 'devDependencies', 'optionalDependencies', 'files']) delete manifest[key];
  writeFileSync(join(stage, 'package.json'), `${JSON.stringify(manifest, null, 2)}\n`);
  const { code, output } = await run('npm', ['pack', stage, '--json', '--ignore-scripts', '--loglevel=error', `--pack-destination=${join(root, 'build')}`]);
  if (code !== 0) throw new SetupError(`npm could not pack the package:\n${output}`);
  const [{ filename }] = JSON.parse(output.slice(output.indexOf('[')));
  return { tarball: join(root, 'build', filename), files };
}

if (isEntry(import.meta.url)) {
  await main(async () => {
    const { tarball, files } = await pack();
    console.log(`${tarball}: ${files.length} files`);
  });
}
