// docs/portals.md as its reader would use it: each block of code is run, or compared with what runs.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { bundlePortal, bundleSmart } from '../../examples/portal/build.mjs';
import { basic, instances, list, store } from '../../examples/portal/portal.mjs';
import { servePortal } from '../../examples/portal/server.mjs';
import { root } from '../../scripts/setup.mjs';
import { run } from '../../scripts/process.mjs';
import { chestDx, dicomFile, handDx, samplePicture, uid } from '../support/dicom-objects.mjs';
import { startFhir } from '../support/fhir-server.mjs';
import { startOrthanc, withoutOrthanc } from '../support/orthanc.mjs';

const text = readFileSync(join(root, 'docs/portals.md'), 'utf8');
/** @type {Map<string, string[]>} */
const blocks = new Map();
for (const [, language, block] of text.matchAll(/^```([a-z ]+)\n([^]*?)^```$/gm)) blocks.set(language, [...(blocks.get(language) ?? []), block]);
const block = (/** @type {string} */ language, n = 0) => blocks.get(language)?.[n] ?? assert.fail(`no block ${language} ${n}`);

test('there is no block of code that is not run here', () => {
  assert.deepEqual(Array.from(blocks, ([language, list]) => [language, list.length]), [['js', 2], ['sh', 1], ['json', 1], ['csp', 1], ['json smart', 1]]);
});

/** What an example prints, its addresses being those of the test's servers. @param {string} example @param {Record<string, string>} addresses */
async function printed(example, addresses) {
  const folder = mkdtempSync(join(tmpdir(), 'portals-'));
  try {
    let code = example.replaceAll(/'\.\/(web|examples)\//g, (_, name) => `'${pathToFileURL(join(root, name))}/`);
    for (const [from, to] of Object.entries(addresses)) code = code.replaceAll(from, to);
    writeFileSync(join(folder, 'example.mjs'), code);
    const { code: status, output } = await run(process.execPath, [join(folder, 'example.mjs')], { limit: 60 });
    assert.equal(status, 0, output);
    return output;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

describe('with Orthanc', { skip: withoutOrthanc }, () => {
  const login = basic('doctor', 'secret');
  /** @type {{ url: string, close: () => Promise<void> }} */
  let orthanc;
  before(async () => {
    orthanc = await startOrthanc({ users: { doctor: 'secret' } });
    await store({ url: orthanc.url, headers: login }, [dicomFile(chestDx({ picture: samplePicture('opacity-1.png') })), dicomFile(handDx())]);
  });
  after(() => orthanc?.close());

  test('the first example stores its report', async () => {
    const output = await printed(block('js', 0), { 'http://127.0.0.1:8042/dicom-web': orthanc.url });
    assert.match(output, /finding \[/);
    assert.match(output, /refused This is an exam of the body part HAND/);
    assert.match(output, new RegExp(`stored at ${orthanc.url}/studies`));
    assert.equal((await instances({ url: orthanc.url, headers: login }, uid('study'))).filter(({ modality }) => modality === 'SR').length, 1);
  });

  test('the program', async () => {
    const { code, output } = await run('sh', ['-ec', block('sh').replaceAll('http://127.0.0.1:8042/dicom-web', orthanc.url)], { limit: 60 });
    assert.equal(code, 0, output);
    assert.match(output, /Synthetic study\n/);
    assert.equal(output.match(/\tstored 2\.25\./g)?.length, 2);
    assert.equal((await list({ url: orthanc.url, headers: login }))[0].instances, 6);
  });

  test('the configuration of the page', async () => {
    await bundlePortal();
    const config = JSON.parse(block('json'));
    const portal = await servePortal({ ...config, dicomweb: { ...config.dicomweb, url: orthanc.url } });
    try {
      const answer = await fetch(portal.url);
      assert.equal(answer.headers.get('content-security-policy'), block('csp').trim());
      assert.match(await answer.text(), /Not a medical device/);
      assert.equal((await list({ url: `${portal.url}dicomweb` })).length, 1);
      assert.deepEqual(await (await fetch(`${portal.url}config.json`)).json(), {
        model: 'pneumonia', patientSystem: 'https://hospital.example/mrn', dicomweb: { name: 'The archive', url: 'dicomweb' }, fhir: { name: 'The FHIR server', url: 'http://127.0.0.1:8090/fhir' },
      }, 'the page is not told the password');
    } finally {
      await portal.close();
    }
  });
});

test('the FHIR example posts its bundle', async () => {
  const fhir = await startFhir({ resources: [{ resourceType: 'Patient', id: 'p1' }] });
  try {
    const output = await printed(block('js', 1), { 'http://127.0.0.1:8090/fhir': fhir.url });
    assert.match(output, /^DiagnosticReport 201 Created DiagnosticReport\/\d+\/_history\/1$/m);
    assert.equal(fhir.store.search('DiagnosticReport', new URLSearchParams('patient=p1')).length, 1);
  } finally {
    await fhir.close();
  }
});

test('the configuration of the SMART app', async () => {
  await bundleSmart();
  const config = JSON.parse(block('json smart'));
  const app = await servePortal({ ...config, folder: join(root, config.folder) });
  try {
    assert.match((await fetch(app.url)).headers.get('content-security-policy') ?? '', /connect-src 'self' http:\/\/127\.0\.0\.1:8090;/);
    assert.deepEqual((await (await fetch(`${app.url}config.json`)).json()).smart, config.more.smart);
    const smart = readFileSync(join(root, 'tests/portal/smart.test.mjs'), 'utf8');
    assert.ok(smart.includes(`'${config.more.smart.scope}'`), 'the scopes that the tests use');
    assert.equal((await fetch(`${app.url}launch.html`)).status, 200);
  } finally {
    await app.close();
  }
});

test('both servers are started by their commands', () => {
  const { status, stderr } = spawnSync(process.execPath, ['examples/portal/server.mjs'], { cwd: root, encoding: 'utf8' });
  assert.deepEqual([status, /usage: node examples\/portal\/server\.mjs CONFIG\.json/.test(stderr)], [1, true]);
  const built = spawnSync(process.execPath, ['examples/portal/build.mjs'], { cwd: root, encoding: 'utf8' });
  assert.equal(built.status, 0, built.stderr);
  assert.match(built.stdout, /build\/portal\n.*build\/smart\n$/);
});
