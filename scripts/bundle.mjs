// What pages without a bundler load, made by esbuild into web/dist/, beside the WebAssembly modules:
//
//     bedside.js, bedside.threads*.js   the library alone, minified
//     exam.js                           createExaminer
//     bedside-exam.js                   <bedside-exam>, for a script tag
//     bedside-frame.html, .js           <bedside-exam> as a page for frames of other origins
//     bedside-dicom.js                  readDicom
//     bedside-reports.js                toFhir, toDicomSr, toSecondaryCapture, toCsv, toPaper
//     demo.js, batch.js                 the demo's pages
//     exam.worker.js                    the worker of all of them: a real file, because a strict policy forbids workers made of text
//     part-*.js                         what those share, and what is loaded when it is needed: DICOM and its decoders, reports, languages
//     bedside-exam.single.js            everything in one classic script, with the modules and the pneumonia model inside: works from file://
//
//     node scripts/bundle.mjs
//
// Sources name a file that is fetched as new URL('...', import.meta.url), relative to themselves. Where they become part of another file,
// that address is written anew. The DICOM decoders' modules are copied from their packages into web/dist/codecs/.
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, relative, sep } from 'node:path';
import { isEntry, main, root, SetupError } from './setup.mjs';
import { writeShell } from './shell.mjs';

const dist = join(root, 'web/dist');
const banner = '// Bedside. MIT. Not a medical device.';
/** The first line has V8 translate all of it beside its arrival, and not function by function when it is called. */
const eager = '//# allFunctionsCalledOnLoad\n';

/** By name in web/dist/. @type {Record<string, string>} */
const entries = Object.fromEntries(Object.entries({
  'exam': 'web/exam/exam.js',
  'exam.worker': 'web/exam/exam.worker.js',
  'bedside-exam': 'web/exam/element/bedside-exam.js',
  'bedside-frame': 'web/exam/frame.js',
  'bedside-dicom': 'web/dicom/dicom.js',
  'bedside-reports': 'web/reports/all.js',
  'demo': 'demo/app.js',
  'batch': 'demo/batch.js',
}).filter(([, path]) => existsSync(join(root, path))));

/** Writes a file whole or not at all, and only when its bytes change. @param {string} path @param {Uint8Array | string} content */
function replace(path, content) {
  const bytes = Buffer.from(content);
  if (existsSync(path) && readFileSync(path).equals(bytes)) return;
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(`${path}.new`, bytes);
  renameSync(`${path}.new`, path);
}

/** Slashes as in addresses. @param {string} path */
const slashes = (path) => path.split(sep).join('/');

const ADDRESS = /new URL\(\s*(['"])(\.[^'"]+)\1\s*,\s*import\.meta\.url\s*\)/g;

/** Sources of ours, with `change` in the place of each address of a file. @param {(target: string, text: string) => string} change @returns {import('esbuild').Plugin} */
const addresses = (change) => ({
  name: 'addresses',
  setup(build) {
    build.onLoad({ filter: /[/\\]web[/\\].*\.m?js$/ }, ({ path }) => {
      if (!path.startsWith(`${join(root, 'web')}${sep}`)) return undefined;
      return { contents: readFileSync(path, 'utf8').replace(ADDRESS, (text, _, target) => change(join(dirname(path), target), text)), loader: 'js' };
    });
  },
});

/** @typedef {typeof import('esbuild')} Esbuild */
/** What all bundles have in common. */
const common = /** @type {const} */ ({ bundle: true, minify: true, target: 'es2022', legalComments: 'none', platform: 'browser', logLevel: 'silent', absWorkingDir: root });

/** Names of Node: webpack takes them for defined, and then does not define them. */
const nothingOfNode = { __filename: 'undefined', __dirname: 'undefined' };

/** Modules of Node that glue made by Emscripten names, and asks for under Node alone. @type {import('esbuild').Plugin} */
const withoutNode = {
  name: 'without-node',
  setup(build) {
    build.onResolve({ filter: /^(fs|path|crypto)$/ }, ({ path }) => ({ path, namespace: 'absent' }));
    build.onLoad({ filter: /.*/, namespace: 'absent' }, () => ({ contents: 'export default {}', loader: 'js' }));
  },
};

/**
 * The decoders of DICOM's compressed pixels: their packages' modules as they are, and the glue as an ES module that bundlers for browsers take
 * without a word. package.json's `imports` leads there.
 * @param {Esbuild} esbuild
 */
async function codecs(esbuild) {
  for (const [name, source] of [['charls', 'codec-charls'], ['libjpeg-turbo', 'codec-libjpeg-turbo-8bit'], ['openjpeg', 'codec-openjpeg']]) {
    const folder = join(root, 'node_modules/@cornerstonejs', source, 'dist');
    const files = readdirSync(folder);
    for (const file of files) if (/wasm_decode\.wasm$/.test(file)) replace(join(dist, 'codecs', file), readFileSync(join(folder, file)));
    const glue = join(folder, String(files.find((file) => /wasm_decode\.js$/.test(file))));
    const { outputFiles } = await esbuild.build({ ...common, entryPoints: [glue], format: 'esm', write: false, plugins: [withoutNode], define: nothingOfNode, banner: { js: banner } });
    replace(join(dist, 'codecs', `${name}.js`), outputFiles[0].contents);
  }
}

/** Where a file lies seen from web/dist/. @param {string} target */
function fromDist(target) {
  const entry = Object.entries(entries).find(([, source]) => join(root, source) === target);
  if (entry) return `./${entry[0]}.js`;
  const path = slashes(relative(dist, target));
  // Modules come and go with the presets that are built; whatever else is named must be there.
  if (!/^[\w-]+\.wasm$/.test(path) && !existsSync(target)) throw new SetupError(`The bundles need ${slashes(relative(root, target))}, which is not there.`);
  return path.startsWith('.') ? path : `./${path}`;
}

/** The library alone: its own file and what it fetches for threads. @param {Esbuild} esbuild */
async function library(esbuild) {
  for (const name of ['bedside.js', 'bedside.threads.js', 'bedside.threads.worker.js']) {
    const source = readFileSync(join(root, 'web', name), 'utf8').replaceAll("new URL('./dist/", "new URL('./");
    const { code } = await esbuild.transform(source, { minify: true, format: 'esm', target: 'es2022', legalComments: 'none' });
    replace(join(dist, name), `${name === 'bedside.js' ? eager : ''}${banner}\n${code}`);
  }
}

/** @param {Esbuild} esbuild */
async function pages(esbuild) {
  const { outputFiles, metafile } = await esbuild.build({
    ...common,
    entryPoints: entries,
    format: 'esm',
    charset: 'utf8', // as all modules are read: Arabic takes half as much
    splitting: true,
    outdir: dist,
    chunkNames: 'part-[name]-[hash]',
    write: false,
    metafile: true,
    banner: { js: banner },
    plugins: [addresses((target) => `new URL(${JSON.stringify(fromDist(target))}, import.meta.url)`)],
  });
  for (const { path, contents } of outputFiles) replace(path, contents);
  replace(join(dist, 'bedside-frame.html'), readFileSync(join(root, 'web/exam/frame.html'), 'utf8').replace('src="frame.js"', 'src="bedside-frame.js"'));
  // Parts of an older build.
  const made = new Set(outputFiles.map(({ path }) => basename(path)));
  for (const name of readdirSync(dist)) if (/^part-.*\.js$/.test(name) && !made.has(name)) rmSync(join(dist, name));
  licences(metafile);
}

/**
 * Others' code in the bundles, with the licences that it comes under: web/dist/LICENSES.txt.
 * @param {import('esbuild').Metafile} metafile
 */
function licences(metafile) {
  const names = Object.keys(metafile.inputs).flatMap((path) => /node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(path)?.[1] ?? []);
  const codecNames = ['codec-charls', 'codec-libjpeg-turbo-8bit', 'codec-openjpeg'].map((name) => `@cornerstonejs/${name}`);
  // dcmjs has its dependencies' code in its own file.
  const inside = names.includes('dcmjs') ? Object.keys(JSON.parse(readFileSync(join(root, 'node_modules/dcmjs/package.json'), 'utf8')).dependencies ?? {}) : [];
  const texts = [...new Set([...names, ...codecNames, ...inside])].sort().map((name) => {
    const folder = join(root, 'node_modules', name);
    if (!existsSync(join(folder, 'package.json'))) return '';
    const { version, license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
    const file = readdirSync(folder).find((entry) => /^licen[cs]e(\.|$)/i.test(entry));
    return `${name} ${version}: ${license}\n\n${file ? readFileSync(join(folder, file), 'utf8').trim() : ''}\n`;
  });
  replace(join(dist, 'LICENSES.txt'), `The bundles in this folder hold code of others:\n\n${texts.filter(Boolean).join(`\n${'-'.repeat(78)}\n\n`)}`);
}

/** Base64 as bedside.js takes it in place of an address. @param {string} path */
const inline = (path) => `data:application/octet-stream;base64,${readFileSync(path).toString('base64')}`;

/** Modules that a page of one file has otherwise: computing on its own thread, one model, everything inside. @type {Record<string, () => string>} */
const inSingle = {
  'web/exam/exam.js': () => `
    import { createHere } from './examiner.js';
    export { recordFromJson, recordOf, recordOptions, recordToJson } from './record.js';
    export const createExaminer = (options = {}) => createHere(options);`,
  'web/exam/shipped.js': () => {
    const { format, models: { pneumonia } } = JSON.parse(readFileSync(join(root, 'models/catalogue.json'), 'utf8'));
    return `
      export const shippedCatalogue = () => (${JSON.stringify({ format, models: { pneumonia } })});
      export const shippedModels = { pneumonia: () => ${JSON.stringify(inline(join(root, 'models/pneumonia/pneumonia.bds')))} };`;
  },
};

/** Modules that never run there are not in it: an examination explains, relaxed SIMD is not taken unasked, and threads need workers. */
const outOfSingle = /^bedside-(simd|relaxed|threads)\.wasm$/;

/** @param {Esbuild} esbuild */
async function single(esbuild) {
  /** Each file's text once, however often it is named. @type {Map<string, string>} */
  const inlined = new Map();
  /** @param {string} target */
  const variableOf = (target) => {
    const path = outOfSingle.test(basename(target)) ? join(dist, 'bedside-explain.wasm') : target;
    if (!inlined.has(path)) inlined.set(path, /\.js$/.test(path) ? 'data:text/javascript,' : inline(path));
    return `__bedside_files[${[...inlined.keys()].indexOf(path)}]`;
  };
  /** @type {import('esbuild').Plugin} */
  const others = {
    name: 'single',
    setup(build) {
      for (const [path, content] of Object.entries(inSingle)) {
        build.onLoad({ filter: new RegExp(`[/\\\\]${path.split('/').join('[/\\\\]').replaceAll('.', '\\.')}$`) }, () => ({ contents: content(), loader: 'js', resolveDir: dirname(join(root, path)) }));
      }
    },
  };
  const { outputFiles } = await esbuild.build({
    ...common,
    stdin: { contents: `${entries['bedside-exam'] ? `import './${entries['bedside-exam']}';` : ''}\nexport * from './${entries.exam}';\nexport * from './${entries['bedside-reports']}';`, resolveDir: root, loader: 'js' },
    format: 'iife',
    globalName: 'Bedside',
    outfile: join(dist, 'bedside-exam.single.js'),
    write: false,
    plugins: [others, addresses((target) => variableOf(target))],
  });
  // import.meta has no meaning in a classic script, so a file that is named in another way than ADDRESS would be asked for in vain.
  const files = `var __bedside_files=${JSON.stringify([...inlined.values()])};`;
  replace(join(dist, 'bedside-exam.single.js'), `${banner}\n${files}\n${outputFiles[0].text}`);
}

/** Makes what can be made: without esbuild nothing, without the modules no page of one file. */
export async function bundle() {
  const esbuild = await import('esbuild').catch(() => null);
  if (!esbuild) {
    for (const name of existsSync(dist) ? readdirSync(dist) : []) if (/\.js$/.test(name)) rmSync(join(dist, name));
    return;
  }
  mkdirSync(dist, { recursive: true });
  try {
    await library(esbuild);
    await codecs(esbuild);
    await pages(esbuild);
    if (['explain', 'scalar', 'decode'].every((kind) => existsSync(join(dist, `bedside-${kind}.wasm`)))) await single(esbuild);
  } catch (error) {
    throw error instanceof SetupError ? error : new SetupError(`The bundles could not be made: ${error instanceof Error ? error.message : error}`);
  }
  writeShell();
}

if (isEntry(import.meta.url)) await main(bundle);
