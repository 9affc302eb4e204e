// The package as applications install it: from the tarball into empty projects, built by what they build with, opened under a strict policy and under a
// path that is not the server's root. What a page says is compared with the pinned answer of the shipped model.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { pack } from '../../scripts/pack.mjs';
import { clean, launch, missing as absent, open, until } from '../browser/common.mjs';
import { jpegChest, plainChest } from '../browser/dicom-samples.mjs';
import { serveFolder } from './folder-server.mjs';
import { application, copy, expected, NoRegistry, page, project, sample, unpacked, versionOf } from './projects.mjs';

const repository = fileURLToPath(new URL('../..', import.meta.url));

/** @type {string} */
let tarball;
/** @type {import('puppeteer-core').Browser | null} */
let browser = null;
before(async () => {
  ({ tarball } = await pack());
  if (!absent('chrome')) browser = await launch('chrome');
});
after(() => browser?.close());

/**
 * A project for one test; the test is skipped, by name, where npm cannot have the dependencies.
 * @param {import('node:test').TestContext} t @param {Record<string, string>} files
 */
function projectFor(t, files) {
  try {
    const made = project(tarball, files);
    t.after(made.remove);
    return made;
  } catch (error) {
    if (!(error instanceof NoRegistry)) throw error;
    t.skip(error.message);
    return null;
  }
}

/** @param {any} result */
function isExpected(result) {
  assert.equal(result.error, undefined);
  assert.equal(result.outcome, 'finding');
  assert.equal(result.sha256, expected.sha256);
  const finding = result.findings.find((/** @type {{label: string}} */ { label }) => label === expected.label);
  assert.equal(finding?.probability, expected.probability);
}

/** What a whole application says: pictures, DICOM with and without a decoder, a report, the element. @param {any} result */
function isComplete(result) {
  isExpected(result);
  assert.match(result.map, /^[0-9a-f]{64}$/);
  assert.deepEqual(result.dicom, [['finding', '', 'dicom'], ['finding', '', 'dicom']]);
  assert.equal(result.report, 'DICM');
  assert.deepEqual(result.element, { same: true, title: 'The model sees signs of pneumonia' });
}

/**
 * Opens a built application and waits for its answer: everything it asks for is there, and under its own path.
 * @param {string} folder
 */
async function opens(folder) {
  copyFileSync(sample, join(folder, 'sample.png'));
  writeFileSync(join(folder, 'plain.dcm'), plainChest());
  writeFileSync(join(folder, 'jpeg.dcm'), jpegChest());
  const server = await serveFolder(folder);
  try {
    const { page: tab, complaints } = await open(/** @type {import('puppeteer-core').Browser} */ (browser));
    await tab.goto(server.url);
    await until(tab, () => document.body?.dataset.result);
    const result = JSON.parse(await tab.evaluate(() => String(document.body.dataset.result)));
    isComplete(result);
    assert.deepEqual(server.missing, []);
    await clean(tab, complaints.filter((text) => !text.includes('favicon.ico') && !/404/.test(text)));
    await tab.close();
    return { result, asked: server.asked };
  } finally {
    await server.close();
  }
}

/** As an application with a bundler imports them. */
const installed = { exam: 'bedside/exam', element: 'bedside/element', report: 'bedside/reports/dicom-sr' };
const needsChrome = { skip: absent('chrome') };

describe('the package, installed', () => {
  test('plain Node', (t) => {
    const made = projectFor(t, {
      'index.js': `
        import { readFile } from 'node:fs/promises';
        import { loadModel } from 'bedside';
        import { createExaminer } from 'bedside/exam';
        const bytes = await readFile(process.argv[2]);
        const examiner = await createExaminer({ model: 'pneumonia' });
        const { outcome, findings, model } = await examiner.examine(bytes);
        examiner.dispose();
        const alone = await loadModel({ url: new URL(import.meta.resolve('bedside/models/pneumonia/pneumonia.bds')), sha256: model.sha256 });
        const again = await alone.diagnose(bytes);
        console.log(JSON.stringify({ outcome, findings, sha256: model.sha256, same: JSON.stringify(again.findings) === JSON.stringify(findings) }));`,
    });
    if (!made) return;
    const { status, stdout, stderr } = spawnSync(process.execPath, ['index.js', sample], { cwd: made.folder, encoding: 'utf8' });
    assert.equal(status, 0, stderr);
    assert.equal(stderr, '');
    const result = JSON.parse(stdout);
    isExpected(result);
    assert.equal(result.same, true);
    const command = spawnSync('npx', ['--no-install', 'bedside', 'diagnose', sample, '--model', 'pneumonia', '--json'], { cwd: made.folder, encoding: 'utf8' });
    assert.equal(command.status, 0, command.stderr);
    assert.ok(command.stdout.includes(String(expected.probability)), command.stdout);
    const { devDependencies, optionalDependencies, scripts } = JSON.parse(readFileSync(join(made.installed, 'package.json'), 'utf8'));
    assert.deepEqual([devDependencies, optionalDependencies, scripts], [undefined, undefined, undefined]);
    assert.match(readFileSync(join(made.installed, 'web/dist/LICENSES.txt'), 'utf8'), /dcmjs[^]*MIT/);
    assert.ok(!existsSync(join(made.installed, 'tests')) && !existsSync(join(made.installed, 'src')), 'no tests and no C');
  });

  test('its types, for a TypeScript project', (t) => {
    const made = projectFor(t, {
      'index.ts': `
        import { loadModel, type Finding } from 'bedside';
        import { createExaminer, recordToJson, type ExamRecord } from 'bedside/exam';
        export async function probability(file: Blob): Promise<number> {
          const examiner = await createExaminer({ model: 'pneumonia' });
          const record: ExamRecord = await examiner.examine(file, { explain: 'none' });
          recordToJson(record);
          return record.findings.find((f: Finding) => f.label === 'pneumonia')?.probability ?? NaN;
        }
        // @ts-expect-error a model needs its hash
        void loadModel({ url: 'x' });`,
      'tsconfig.json': JSON.stringify({ compilerOptions: { strict: true, noEmit: true, target: 'ES2022', module: 'ESNext', moduleResolution: 'Bundler', lib: ['ES2022', 'DOM'], types: [] }, files: ['index.ts'] }),
    });
    if (!made) return;
    const { status, stdout } = spawnSync(process.execPath, [join(repository, 'node_modules/typescript/bin/tsc'), '-p', made.folder], { encoding: 'utf8' });
    assert.equal(status, 0, stdout);
  });

  test('Vite', needsChrome, async (t) => {
    const made = projectFor(t, { 'index.html': page('<script type="module" src="./main.js"></script>'), 'main.js': application(installed) });
    if (!made) return;
    t.diagnostic(`vite ${versionOf('vite')}`);
    const { build } = await import('vite');
    await build({ root: made.folder, base: './', logLevel: 'error', configFile: false });
    const { asked } = await opens(join(made.folder, 'dist'));
    assert.ok(asked.some((path) => /worker.*\.js$/.test(path)), `the examination runs in a worker: ${asked}`);
  });

  test('webpack', needsChrome, async (t) => {
    const made = projectFor(t, { 'main.js': application(installed) });
    if (!made) return;
    t.diagnostic(`webpack ${versionOf('webpack')}`);
    const { default: webpack } = await import('webpack');
    const folder = join(made.folder, 'dist');
    await new Promise((resolve, reject) => {
      webpack({ mode: 'production', context: made.folder, entry: './main.js', output: { path: folder }, performance: false }, (error, stats) => {
        if (error || stats?.hasErrors() || stats?.hasWarnings()) reject(error ?? new Error(stats?.toString({ all: false, errors: true, warnings: true })));
        else resolve(stats);
      });
    });
    writeFileSync(join(folder, 'index.html'), page('<script defer src="main.js"></script>'));
    const { asked } = await opens(folder);
    assert.ok(asked.filter((path) => /\.js$/.test(path)).length > 1, `the worker is a file of its own: ${asked}`);
  });

  test('esbuild, with the package\'s files copied beside the application', needsChrome, async (t) => {
    const options = `{ catalogue: 'bedside/models/catalogue.json', engine: { base: 'bedside/web/dist/' }, worker: 'bedside/web/dist/exam.worker.js' }`;
    const attributes = 'catalogue="bedside/models/catalogue.json" engine-base="bedside/web/dist/" worker="bedside/web/dist/exam.worker.js"';
    const made = projectFor(t, { 'main.js': application({ ...installed, options }) });
    if (!made) return;
    t.diagnostic(`esbuild ${versionOf('esbuild')}`);
    const { build } = await import('esbuild');
    const folder = join(made.folder, 'dist');
    const { warnings } = await build({ absWorkingDir: made.folder, entryPoints: ['main.js'], bundle: true, format: 'esm', splitting: true, minify: true, outdir: folder, logLevel: 'silent' });
    assert.deepEqual(warnings, []);
    for (const name of ['web/dist', 'models']) copy(join(made.installed, name), join(folder, 'bedside', name));
    writeFileSync(join(folder, 'index.html'), page('<script type="module" src="main.js"></script>', attributes));
    const { asked } = await opens(folder);
    assert.ok(asked.some((path) => path.endsWith('/bedside/web/dist/exam.worker.js')), `${asked}`);
  });

  test('no bundler: the bundles from a script tag', needsChrome, async (t) => {
    const dist = './bedside/web/dist';
    const made = unpacked(tarball, {
      'dist/main.js': application({ exam: `${dist}/exam.js`, element: `${dist}/bedside-exam.js`, report: `${dist}/bedside-reports.js` }),
      'dist/index.html': page('<script type="module" src="main.js"></script>'),
    });
    t.after(made.remove);
    for (const name of ['web/dist', 'models']) copy(join(made.installed, name), join(made.folder, 'dist/bedside', name));
    const { asked } = await opens(join(made.folder, 'dist'));
    assert.ok(asked.some((path) => path.endsWith('/bedside/web/dist/exam.worker.js')), `${asked}`);
  });

  for (const name of /** @type {const} */ (['chrome', 'firefox'])) {
    test(`one file, opened from the disk, in ${name}`, { skip: absent(name) }, async (t) => {
      const made = unpacked(tarball, {});
      t.after(made.remove);
      const folder = join(made.folder, 'stick');
      mkdirSync(folder);
      copyFileSync(join(made.installed, 'web/dist/bedside-exam.single.js'), join(folder, 'bedside-exam.single.js'));
      writeFileSync(join(folder, 'index.html'), page('<script src="bedside-exam.single.js"></script>'));
      const own = name === 'chrome' && browser ? null : await launch(name);
      try {
        const { page: tab, requests, complaints } = await open(own ?? /** @type {import('puppeteer-core').Browser} */ (browser));
        await tab.goto(pathToFileURL(join(folder, 'index.html')).href);
        const files = [readFileSync(sample), plainChest(), jpegChest()].map((bytes) => Buffer.from(bytes).toString('base64'));
        const result = await tab.evaluate(async (given) => {
          const { createExaminer, toDicomSr } = /** @type {any} */ (globalThis).Bedside;
          const [picture, ...objects] = given.map((base64) => Uint8Array.from(atob(base64), (c) => c.charCodeAt(0)));
          const examiner = await createExaminer();
          const { outcome, findings, model, explanation } = await examiner.examine(picture);
          const records = [];
          for (const object of objects) records.push(await examiner.examine(object));
          const report = await toDicomSr(records[0]);
          const element = /** @type {any} */ (document.querySelector('bedside-exam'));
          const shown = await element.examine(picture);
          const other = await createExaminer({ model: 'skin-lesion' }).catch((/** @type {any} */ error) => `${error.code}: ${error.message}`);
          return {
            outcome, findings, sha256: model.sha256, map: explanation.sha256, other,
            dicom: records.map((record) => [record.outcome, record.refusal?.message ?? '', record.input.kind]),
            report: String.fromCharCode(...report.subarray(128, 132)),
            element: { same: JSON.stringify(shown.findings) === JSON.stringify(findings), title: element.shadowRoot.querySelector('.verdict h4').textContent },
          };
        }, files);
        isComplete(result);
        assert.match(result.other, /^BDS_E_ARGUMENT: .*There are: pneumonia\.$/);
        // Firefox tells of no request for a file.
        const asked = requests.filter((url) => !/^(data|blob):/.test(url)).map((url) => url.split('/').at(-1));
        assert.deepEqual(asked, name === 'chrome' ? ['index.html', 'bedside-exam.single.js'] : []);
        await clean(tab, complaints);
        await tab.close();
      } finally {
        await own?.close();
      }
    });
  }
});
