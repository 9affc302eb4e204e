// The portal's example with a real Orthanc: studies pulled, examined, reports stored beside them, read back and compared; in Node, as a
// program, and through the page in Chromium.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { get } from 'node:http';
import { after, before, describe, test } from 'node:test';
import dicomParser from 'dicom-parser';
import { bundlePortal } from '../../examples/portal/build.mjs';
import { dicomReports } from '../../examples/portal/dicom-reports.mjs';
import { basic, instances, list, pull, retrieve, store, storeAddress } from '../../examples/portal/portal.mjs';
import { servePortal } from '../../examples/portal/server.mjs';
import { examineStudy } from '../../examples/portal/study.mjs';
import { root } from '../../scripts/setup.mjs';
import { createExaminer } from '../../web/exam/exam.js';
import { launch, missing, open, until } from '../browser/common.mjs';
import { chestDx, dicomFile, encapsulated, handDx, samplePicture, signedCt, syntaxes, uid, withElements } from '../support/dicom-objects.mjs';
import { startFhir } from '../support/fhir-server.mjs';
import { json } from '../support/loopback.mjs';
import { startOrthanc, withoutOrthanc } from '../support/orthanc.mjs';

const SR = '1.2.840.10008.5.1.4.1.1.88.33'; // Comprehensive SR
const SC = '1.2.840.10008.5.1.4.1.1.7'; // Secondary Capture
const study = uid('study');
const objects = { chest: dicomFile(chestDx({ picture: samplePicture('opacity-1.png') })), hand: dicomFile(handDx()), ct: dicomFile(signedCt()) };
// As many archives keep them: compressed, so that the page needs a decoder.
const jpeg = readFileSync(new URL('../../demo/samples/clear-2.jpg', import.meta.url));
const compressed = dicomFile(withElements(chestDx(), [
  [0x00080018, 'UI', uid('compressed instance')], [0x0020000d, 'UI', uid('compressed study')], [0x0020000e, 'UI', uid('compressed series')],
  [0x00280010, 'US', 512], [0x00280011, 'US', 512], [0x00280100, 'US', 8], [0x00280101, 'US', 8], [0x00280102, 'US', 7], [0x00281050, 'DS', '128'], [0x00281051, 'DS', '256'],
  ...encapsulated([jpeg]),
]), { syntax: syntaxes.jpeg });
const originals = ['chest', 'hand', 'ct'].map((name) => uid(`${name} instance`)).sort();

/** Every SOP instance that an object refers to, however deep. @param {Uint8Array} bytes */
function referenced(bytes) {
  /** @type {Set<string>} */
  const found = new Set();
  const visit = (/** @type {import('dicom-parser').DataSet} */ dataset) => {
    const sop = dataset.string('x00081155');
    if (sop) found.add(sop);
    for (const { items } of Object.values(dataset.elements)) for (const item of items ?? []) if (item.dataSet) visit(item.dataSet);
  };
  visit(dicomParser.parseDicom(bytes));
  return Array.from(found);
}

/** @param {string} url @param {Record<string, string>} [headers] */
async function changes(url, headers) {
  const answer = await fetch(`${url.replace('/dicom-web', '')}/statistics`, { headers });
  return (await answer.json()).CountInstances;
}

describe('Orthanc', { skip: withoutOrthanc }, () => {
  /** @type {{ url: string, close: () => Promise<void> }} */
  let orthanc;
  /** @type {import('../../web/exam/exam.js').Examiner} */
  let examiner;
  before(async () => {
    [orthanc, examiner] = await Promise.all([startOrthanc(), createExaminer({ model: 'pneumonia' })]);
  });
  after(async () => {
    examiner?.dispose();
    await orthanc?.close();
  });

  test('a study is stored, listed, pulled and examined; the report lies beside it, found by QIDO-RS, read back byte for byte', async () => {
    const archive = { name: 'The archive', url: orthanc.url };
    assert.deepEqual(await list(archive), []);
    const { stored } = await store(archive, Object.values(objects));
    assert.deepEqual([...stored].sort(), originals);

    const [found, ...others] = await list(archive);
    assert.equal(others.length, 0);
    assert.deepEqual({ ...found, modalities: [...found.modalities].sort() }, {
      studyInstanceUid: study, patientName: 'Müller^Synthèse', patientId: 'SYN-1', date: '20240229', description: 'Synthetic study', accessionNumber: 'A1', modalities: ['CT', 'DX'], instances: 3,
    });
    assert.deepEqual(await list(archive, { match: { PatientID: 'nobody' } }), []);
    assert.equal((await list(archive, { match: { PatientID: 'SYN-1' }, limit: 1 })).length, 1);

    /** @type {import('../../examples/portal/study.mjs').Result[]} */
    const results = [];
    for await (const result of examineStudy(examiner, pull(archive, study))) results.push(result);
    assert.deepEqual(results.map(({ sopInstanceUid }) => sopInstanceUid).sort(), originals);
    const by = (/** @type {string} */ name) => /** @type {import('../../examples/portal/study.mjs').Result} */ (results.find(({ sopInstanceUid }) => sopInstanceUid === uid(`${name} instance`)));
    for (const name of /** @type {const} */ (['chest', 'hand', 'ct'])) assert.deepEqual(by(name).bytes, objects[name], `${name} as it was stored`);
    assert.equal(by('chest').record.outcome, 'finding');
    assert.equal(by('chest').record.findings[by('chest').record.top ?? 0].label, 'pneumonia');
    for (const [name, reason] of /** @type {const} */ ([['hand', /HAND/], ['ct', /CT/]])) {
      const { record } = by(name);
      assert.equal(record.outcome, 'refused');
      assert.deepEqual(record.findings, []);
      assert.match(record.refusal?.message ?? '', reason);
      await assert.rejects(dicomReports(record), { code: 'BDS_E_STATE' }, 'there is nothing to report of it');
    }

    assert.equal(await changes(orthanc.url), 3, 'examining has sent nothing');
    const reports = await dicomReports(by('chest').record);
    assert.equal(reports.length, 2);
    const sent = await store(archive, reports);
    assert.equal(sent.address, `${orthanc.url}/studies`);
    assert.equal(sent.address, storeAddress(archive));

    const now = await instances(archive, study);
    const added = now.filter(({ sopInstanceUid }) => !originals.includes(sopInstanceUid));
    assert.deepEqual(added.map(({ sopInstanceUid }) => sopInstanceUid).sort(), [...sent.stored].sort());
    assert.deepEqual(added.map(({ sopClassUid, modality }) => [sopClassUid, modality === 'SR']).sort(), [[SC, false], [SR, true]]);
    assert.ok((await list(archive))[0].modalities.includes('SR'));
    const all = new Set(now.map(({ sopInstanceUid }) => sopInstanceUid));
    for (const [i, stowed] of sent.stored.entries()) {
      const where = /** @type {import('../../examples/portal/portal.js').Instance} */ (added.find(({ sopInstanceUid }) => sopInstanceUid === stowed));
      const back = await retrieve(archive, where);
      assert.deepEqual(back, reports[i], 'as it was sent');
      const refers = referenced(back);
      assert.ok(refers.includes(uid('chest instance')), 'it refers to the picture');
      assert.deepEqual(refers.filter((one) => !all.has(one)), [], 'what it refers to exists');
    }

    await assert.rejects(store(archive, reports), { code: 'BDS_E_STATE' });
    assert.equal(await changes(orthanc.url), 5);
    // In a second round, what Bedside has made is not examined as if it were a patient's picture.
    for await (const { sopInstanceUid, record } of examineStudy(examiner, pull(archive, study))) {
      assert.equal(record.outcome, sopInstanceUid === uid('chest instance') ? 'finding' : 'refused', sopInstanceUid);
    }
  });

  test('with a password: wanted, wrong, right; and as a program', async () => {
    const locked = await startOrthanc({ users: { doctor: 'p\u00e4ss:word' } });
    try {
      const right = { url: locked.url, headers: basic('doctor', 'p\u00e4ss:word') };
      await assert.rejects(list({ url: locked.url }), { code: 'BDS_E_DENIED', message: /wants a user name and password \(401\)/ });
      await assert.rejects(list({ url: locked.url, headers: basic('doctor', 'wrong') }), { code: 'BDS_E_DENIED', message: /does not accept this user name and password/ });
      await assert.rejects(store({ url: locked.url }, [objects.chest]), { code: 'BDS_E_DENIED', message: /Nothing was stored/ });
      await store(right, Object.values(objects));

      const run = (/** @type {string[]} */ args, password = 'doctor:p\u00e4ss:word') => new Promise((/** @type {(result: { code: number | null, text: string }) => void} */ resolve) => {
        const child = spawn(process.execPath, ['examples/portal/cli.mjs', ...args], { cwd: root, env: { ...process.env, PORTAL_DICOMWEB: password } });
        let text = '';
        for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (text += chunk));
        child.on('close', (code) => resolve({ code, text }));
      });
      const listed = await run(['list', '--dicomweb', locked.url]);
      assert.equal(listed.code, 0, listed.text);
      assert.match(listed.text, new RegExp(`^${study.replaceAll('.', '\\.')}\t20240229\t(CT\\+DX|DX\\+CT)\tM\u00fcller\\^Synth\u00e8se\tSynthetic study\n$`));
      const looked = await run(['examine', study, '--dicomweb', locked.url]);
      assert.equal(looked.code, 0, looked.text);
      assert.match(looked.text, /The model sees signs of pneumonia/);
      assert.match(looked.text, /Refused: there is no result for this file/);
      assert.doesNotMatch(looked.text, /storing|stored/);
      assert.equal(await changes(locked.url, right.headers), 3, 'without --store nothing is sent');
      const done = await run(['examine', study, '--dicomweb', locked.url, '--store']);
      assert.equal(done.code, 0, done.text);
      assert.match(done.text, new RegExp(`storing the report at ${locked.url}/studies\n\tstored 2\\.25\\.\\d+\n\tstored 2\\.25\\.\\d+\n`));
      assert.equal(await changes(locked.url, right.headers), 5);
      const wrong = await run(['list', '--dicomweb', locked.url], 'doctor:no');
      assert.deepEqual([wrong.code, /^The archive at .* does not accept/.test(wrong.text)], [1, true], wrong.text);
      assert.equal((await run(['list'])).code, 2);
    } finally {
      await locked.close();
    }
    await assert.rejects(list({ url: locked.url }), { code: 'BDS_E_FETCH', message: /gives no answer/ });
  });

  test('through the page: the archive behind the portal, the FHIR server beside it', { skip: missing('chrome') }, async () => {
    const locked = await startOrthanc({ users: { portal: 'secret' } });
    const seed = { url: locked.url, headers: basic('portal', 'secret') };
    await store(seed, Object.values(objects));
    await store(seed, [compressed]);
    const fhir = await startFhir();
    const folder = await bundlePortal();
    const portal = await servePortal({ folder, dicomweb: seed, fhir: { url: fhir.url, direct: true } });
    fhir.options.allowOrigin = new URL(portal.url).origin;
    const browser = await launch('chrome');
    try {
      const { page, requests, complaints } = await open(browser);
      const answer = await page.goto(portal.url);
      assert.match(answer?.headers()['content-security-policy'] ?? '', new RegExp(`connect-src 'self' ${fhir.origin};`));
      await until(page, () => document.documentElement.dataset.ready);
      assert.match(await page.$eval('body', (body) => body.innerText), /Not a medical device/);
      assert.match(await page.$eval('#studies', (node) => /** @type {HTMLElement} */ (node).innerText), /Müller\^Synthèse \(SYN-1\) · 2024-02-29/);
      await page.click(`[data-study="${uid('compressed study')}"] button`);
      await until(page, () => document.documentElement.dataset.examined);
      assert.equal(await page.$eval('#refused', (node) => /** @type {HTMLElement} */ (node).hidden), true, await page.$eval('#refused', (node) => node.textContent ?? ''));
      assert.match(await page.$eval('.card', (node) => /** @type {HTMLElement} */ (node).innerText), /^No signs of pneumonia were seen; this does not rule it out/);
      assert.equal(requests.filter((url) => /libjpegturbowasm_decode\.wasm$/.test(url)).length, 1, 'the decoder that it needs, and no other');

      await page.evaluate(() => delete document.documentElement.dataset.examined);
      await page.click(`[data-study="${study}"] button`);
      await until(page, () => document.documentElement.dataset.examined);
      assert.equal(await page.$eval('#problem', (node) => node.textContent), '');
      assert.deepEqual(await page.$$eval('.card', (cards) => cards.map((card) => /** @type {HTMLElement} */ (card).dataset.outcome)), ['finding']);
      assert.match(await page.$eval('#refused', (node) => node.textContent ?? ''), /Not examined, there is no result: 2.*HAND.*CT|CT.*HAND/s);
      assert.deepEqual(await page.$$eval('.address', (nodes) => nodes.map((node) => node.textContent)), [`to ${portal.url}dicomweb/studies`, `to ${fhir.url}`]);
      assert.equal(await changes(locked.url, seed.headers), 4, 'nothing is sent before the click');
      assert.equal(fhir.seen.filter(({ method }) => method === 'POST').length, 0);

      /** Presses a sender's button, twice as an impatient user would, and waits for what it says. @param {number} n */
      const press = async (n) => {
        await page.$$eval('.send', (nodes, i) => {
          const [said, button] = [nodes[i].querySelector('.said'), nodes[i].querySelector('button')];
          /** @type {HTMLElement} */ (said).removeAttribute('data-state');
          button?.click();
          button?.click();
          document.documentElement.dataset.sender = String(i);
        }, n);
        await until(page, () => /** @type {HTMLElement} */ (document.querySelectorAll('.said')[Number(document.documentElement.dataset.sender)]).dataset.state);
        return page.$$eval('.said', (nodes, i) => [/** @type {HTMLElement} */ (nodes[i]).dataset.state, nodes[i].textContent ?? ''], n);
      };
      const [stored, what] = await press(0);
      assert.equal(stored, 'sent', what);
      assert.match(what ?? '', /^Stored 2\.25\.\d+\.\nStored 2\.25\.\d+\.$/);
      assert.equal(await changes(locked.url, seed.headers), 6);
      assert.ok((await instances(seed, study)).some(({ modality }) => modality === 'SR'));
      assert.equal(await page.$eval('#state', (node) => node.textContent), `Sent to ${portal.url}dicomweb/studies.`);
      // What the server refuses is shown in its words, and may be sent again by the same button.
      const outcome = { resourceType: 'OperationOutcome', issue: [{ severity: 'error', code: 'business-rule', diagnostics: 'This record is closed' }] };
      fhir.state.next = (response) => json(response, 422, outcome, 'application/fhir+json', { 'Access-Control-Allow-Origin': new URL(portal.url).origin });
      const [refused, why] = await press(1);
      assert.equal(refused, 'failed');
      assert.match(why ?? '', /The FHIR server at .* has refused this \(422\)\. Nothing was stored\. It says: error: This record is closed\./);
      assert.equal(fhir.store.all().length, 0);
      complaints.splice(0); // the browser's own line about the 422
      const [posted, said] = await press(1);
      assert.equal(posted, 'sent', said);
      assert.match(said ?? '', /DiagnosticReport\/\d+\/_history\/1: 201 Created\./);
      assert.equal(fhir.seen.filter(({ method }) => method === 'POST').length, 2, 'one refused, one taken');
      assert.equal(fhir.store.search('Patient', new URLSearchParams()).length, 1);

      // Examined anew it is the same report with other identifiers: not sent before the user has said that he has looked.
      await page.evaluate(() => delete document.documentElement.dataset.examined);
      await page.click(`[data-study="${study}"] button`);
      await until(page, () => document.documentElement.dataset.examined);
      const anew = await page.$$eval('.card', (cards) => cards.findIndex((card) => /** @type {HTMLElement} */ (card).dataset.outcome === 'finding'));
      for (const [n, address] of [[2 * anew, `${portal.url}dicomweb/studies`], [2 * anew + 1, fhir.url]].map((pair) => /** @type {[number, string]} */ (pair))) {
        const [state, why] = await press(n);
        assert.deepEqual([state, /has been sent to this address before\. It was not sent again/.test(why ?? '')], ['failed', true], why);
        assert.equal(await page.$$eval('.again', (nodes, i) => nodes[i].checkVisibility() && nodes[i].textContent, n), `I have looked at ${address}: send it once more`);
      }
      assert.equal(await changes(locked.url, seed.headers), 6, 'nothing went');
      assert.equal(fhir.seen.filter(({ method }) => method === 'POST').length, 2);
      await page.$$eval('.said', (nodes, i) => nodes[i].removeAttribute('data-state'), 2 * anew);
      await page.$$eval('.again', (nodes, i) => /** @type {HTMLElement} */ (nodes[i]).click(), 2 * anew);
      await until(page, () => /** @type {HTMLElement | null} */ (document.querySelector('.said[data-state="sent"]')));
      assert.equal(await changes(locked.url, seed.headers), 8, 'the user has wanted it');

      const origins = new Set(requests.filter((url) => /^https?:/.test(url)).map((url) => new URL(url).origin));
      assert.deepEqual(origins, new Set([new URL(portal.url).origin, fhir.origin]));
      assert.deepEqual(complaints, []);
      assert.deepEqual(await page.evaluate(() => /** @type {any} */ (globalThis).violations), []);
      // Nobody else may use the way to the archive, and nothing else goes through it.
      const way = `${portal.url}dicomweb`;
      assert.equal((await fetch(`${way}/studies`, { method: 'POST', headers: { Origin: 'http://evil.example', 'Content-Type': 'multipart/related' }, body: 'x' })).status, 403);
      const rebound = await new Promise((resolve, reject) => get(`${way}/studies`, { headers: { Host: 'evil.example' } }, (r) => resolve(r.resume().statusCode)).on('error', reject));
      assert.equal(rebound, 421);
      assert.equal((await fetch(`${way}/studies`, { method: 'DELETE' })).status, 404);
      assert.equal((await fetch(`${way}/../system`)).status, 404);
      assert.equal((await fetch(`${way}/servers`)).status, 404);
      assert.equal((await fetch(`${portal.url}..%2f..%2fpackage.json`)).status, 404);

      await locked.close();
      await page.click(`[data-study="${study}"] button`);
      await until(page, () => !document.getElementById('problem')?.hidden);
      assert.match(await page.$eval('#problem', (node) => node.textContent ?? ''), /The archive at .* has failed \(502\)\. Try again later\./);
    } finally {
      await browser.close();
      await Promise.all([portal.close(), fhir.close(), locked.close()]);
    }
  });
});
