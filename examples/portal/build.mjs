// Bundles the pages of the examples, each into its own folder under build/: its scripts, the examiner's worker, and what they load
// when it is needed.
//
//     node examples/portal/build.mjs
// SPDX-License-Identifier: MIT
import { copyFileSync, existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import esbuild from 'esbuild';
import { isEntry, main, root, SetupError } from '../../scripts/setup.mjs';

/**
 * @param {string} name of the folder under examples/ and under build/
 * @param {string[]} pages its HTML files and style sheets, copied as they are
 * @param {string[]} scripts
 */
async function bundle(name, pages, scripts) {
  const [from, to] = [join(root, 'examples', name), join(root, 'build', name)];
  if (!existsSync(join(root, 'web/dist/codecs'))) throw new SetupError('web/dist/ is not built: node scripts/build.mjs makes it.');
  rmSync(to, { recursive: true, force: true });
  const codecs = join(to, 'dist/codecs');
  mkdirSync(codecs, { recursive: true });
  for (const file of pages) copyFileSync(join(from, file), join(to, basename(file)));
  await esbuild.build({
    entryPoints: [...scripts.map((file) => join(from, file)), join(root, 'web/exam/exam.worker.js')],
    entryNames: '[name]',
    chunkNames: 'parts/js/[name]-[hash]', // two folders deep: the decoders of DICOM pixels look for their modules in ../../dist/codecs/
    outdir: to,
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
    minify: true,
    legalComments: 'linked',
    logLevel: 'warning',
    external: ['node:*'],
    // fhirclient: without its polyfills for browsers that cannot run WebAssembly anyway.
    define: { FHIRCLIENT_PURE: 'true' },
  });
  const made = join(root, 'web/dist/codecs');
  for (const file of readdirSync(made)) if (file.endsWith('.wasm')) copyFileSync(join(made, file), join(codecs, file));
  return to;
}

export const bundlePortal = () => bundle('portal', ['index.html', 'page.css'], ['page.js']);
export const bundleSmart = () => bundle('smart', ['index.html', 'launch.html', '../portal/page.css'], ['app.js', 'launch.js']);

if (isEntry(import.meta.url)) {
  await main(async () => {
    for (const made of [await bundlePortal(), await bundleSmart()]) console.log(made);
  });
}
