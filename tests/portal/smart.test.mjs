// SMART on FHIR in Chromium: the whole dance of redirects with a record on the loopback interface, and what must not happen.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { bundleSmart } from '../../examples/portal/build.mjs';
import { servePortal } from '../../examples/portal/server.mjs';
import { isBuilt, validate } from '../../scripts/fhir-validator.mjs';
import { launch, missing, open, until as untilTrue } from '../browser/common.mjs';
import { chestDx, dicomFile, samplePicture, uid } from '../support/dicom-objects.mjs';
import { startSmart } from '../support/smart-server.mjs';

const sample = readFileSync(new URL('../../demo/samples/opacity-1.png', import.meta.url));
const subject = { reference: 'Patient/p1' };
/** @type {import('../support/fhir-server.mjs').Resource[]} */
const resources = [
  { resourceType: 'Patient', id: 'p1', name: [{ given: ['Ada'], family: 'Example' }], birthDate: '1980-02-03', identifier: [{ system: 'urn:example:clinic', value: 'P-1' }] },
  { resourceType: 'Patient', id: 'p2', name: [{ text: 'Somebody Else' }] },
  { resourceType: 'Binary', id: 'b1', contentType: 'image/png', data: sample.toString('base64') },
  { resourceType: 'DocumentReference', id: 'd1', status: 'current', subject, date: '2026-01-02', content: [{ attachment: { contentType: 'image/png', url: 'Binary/b1', title: 'Chest, synthetic' } }] },
  { resourceType: 'DocumentReference', id: 'd2', status: 'current', subject, content: [{ attachment: { contentType: 'image/png', url: 'http://127.0.0.1:9/picture.png', title: 'Elsewhere' } }] },
  { resourceType: 'DocumentReference', id: 'd3', status: 'current', subject, content: [{ attachment: { contentType: 'text/plain', data: 'aGk=', title: 'A letter' } }] },
  { resourceType: 'Media', id: 'm1', status: 'completed', subject, createdDateTime: '2026-01-03', content: { contentType: 'image/png', data: sample.toString('base64'), title: 'Photograph of a film' } },
  { resourceType: 'Patient', id: 'p3', name: [{ text: 'Synth\u00e8se M\u00fcller' }], birthDate: '2021-01-01', identifier: [{ system: 'urn:example:clinic', value: 'SYN-1' }] },
  { resourceType: 'Patient', id: 'p4', name: [{ family: 'Muller', given: ['Synthese', 'A.'] }] },
  { resourceType: 'DocumentReference', id: 'd6', status: 'current', subject: { reference: 'Patient/p4' }, content: [{ attachment: { contentType: 'application/dicom', url: 'Binary/b2', title: 'Perhaps theirs' } }] },
  { resourceType: 'Patient', id: 'p5', name: [{ text: 'Mixed Up' }] },
  { resourceType: 'DocumentReference', id: 'd7', status: 'current', subject: { reference: 'Patient/p6' }, patient: { reference: 'Patient/p5' }, content: [{ attachment: { contentType: 'image/png', url: 'Binary/b1', title: 'Of another' } }] },
  { resourceType: 'Binary', id: 'b2', contentType: 'application/dicom', data: Buffer.from(dicomFile(chestDx({ picture: samplePicture('opacity-1.png') }))).toString('base64') },
  { resourceType: 'DocumentReference', id: 'd4', status: 'current', subject, content: [{ attachment: { contentType: 'application/dicom', url: 'Binary/b2', title: 'Of somebody else' } }] },
  { resourceType: 'DocumentReference', id: 'd5', status: 'current', subject: { reference: 'Patient/p3' }, content: [{ attachment: { contentType: 'application/dicom', url: 'Binary/b2', title: 'DICOM' } }] },
  { resourceType: 'ImagingStudy', id: 's1', status: 'available', subject, description: 'Chest', identifier: [{ system: 'urn:dicom:uid', value: 'urn:oid:2.25.77' }] },
];
const scope = 'patient/Patient.r patient/DocumentReference.rs patient/Media.rs patient/Binary.r patient/ImagingStudy.rs patient/DiagnosticReport.c patient/Observation.c patient/Device.c patient/Provenance.c patient/ImagingStudy.c';

/** As until, through redirects: a page that goes away while it is asked is asked again. @type {typeof untilTrue} */
async function until(page, condition) {
  for (;;) {
    try {
      return await untilTrue(page, condition);
    } catch (error) {
      if (!/context was destroyed|navigation|detached/i.test(String(error))) throw error;
    }
  }
}

describe('SMART on FHIR in chrome', { skip: missing('chrome') }, () => {
  /** @type {import('puppeteer-core').Browser} */
  let browser;
  /** @type {Awaited<ReturnType<typeof startSmart>>} */
  let record;
  /** @type {{ url: string, close: () => Promise<void> }} */
  let app;

  before(async () => {
    record = await startSmart({ resources });
    const folder = await bundleSmart();
    app = await servePortal({ folder, connect: [record.origin], more: { smart: { clientId: 'bedside-example', scope, issuers: [{ name: 'Loopback clinic', url: record.url }] } } });
    record.register({ id: 'bedside-example', redirectUri: `${app.url}index.html`, origin: new URL(app.url).origin });
    browser = await launch('chrome');
  });
  after(async () => {
    await browser?.close();
    await app?.close();
    await record?.close();
  });

  /** A page in a context of its own: nothing is remembered from another test. */
  async function fresh() {
    const context = await browser.createBrowserContext();
    const opened = await open(context);
    return { ...opened, close: () => context.close() };
  }
  /** @param {import('puppeteer-core').Page} page @param {string} [patient] */
  async function allow(page, patient = 'p1') {
    await until(page, () => document.querySelector('a.allow'));
    const scopes = await page.$$eval('.scope', (items) => items.map((item) => item.textContent));
    await Promise.all([page.waitForNavigation(), page.click(`a.allow[data-patient="${patient}"]`)]);
    await until(page, () => document.documentElement.dataset.ready);
    return scopes;
  }
  /** @param {import('puppeteer-core').Page} page */
  const ehrLaunch = (page, patient = 'p1') => page.goto(`${app.url}launch.html?iss=${encodeURIComponent(record.url)}&launch=${record.open(patient)}`);
  /** @param {import('puppeteer-core').Page} page */
  const problemOf = (page) => page.$eval('#problem', (node) => /** @type {HTMLElement} */ (node).innerText);
  /** @param {import('puppeteer-core').Page} page @param {string} id */
  async function examine(page, id) {
    await page.click(`[data-picture="${id}"] button`);
    await until(page, () => ['Examined. Nothing was sent.', 'Not done.'].includes(document.getElementById('state')?.textContent ?? ''));
  }
  const written = () => ['DiagnosticReport', 'Observation'].map((type) => record.store.search(type, new URLSearchParams()).length);

  test('EHR launch: sign-in, patient, picture, examination, and a report that the user sends', async () => {
    const { page, requests, complaints, close } = await fresh();
    await ehrLaunch(page);
    const scopes = await allow(page);
    assert.deepEqual(scopes, ['launch', ...scope.split(' ')]);
    assert.equal(new URL(page.url()).search, '', 'neither code nor state stay in the address');
    assert.match(await page.$eval('body', (body) => body.innerText), /Not a medical device/);
    assert.equal(await page.$eval('#patient', (node) => node.textContent), 'Ada Example, born 1980-02-03');
    assert.deepEqual(await page.$$eval('[data-picture]', (items) => items.map((item) => /** @type {HTMLElement} */ (item).dataset.picture)), ['Media/m1', 'DocumentReference/d1', 'DocumentReference/d2', 'DocumentReference/d4'], 'the newest first');
    assert.match(await page.$eval('#pictures', (node) => node.textContent ?? ''), /In the archive: Chest · 2\.25\.77/);
    await page.click('#scopes summary');
    assert.deepEqual(await page.$$eval('#scopes li', (items) => items.map((item) => item.textContent)), ['launch', ...scope.split(' ')]);

    await examine(page, 'DocumentReference/d1');
    await examine(page, 'Media/m1');
    const cards = await page.$$eval('.card', (nodes) => nodes.map((node) => ({ outcome: /** @type {HTMLElement} */ (node).dataset.outcome, text: /** @type {HTMLElement} */ (node).innerText })));
    assert.deepEqual(cards.map(({ outcome }) => outcome), ['finding', 'finding']);
    assert.match(cards[0].text, /The model sees signs of pneumonia/);
    assert.match(cards[0].text, new RegExp(`to ${record.url}`));
    assert.deepEqual(written(), [0, 0], 'nothing is sent before the click');

    await page.evaluate(() => { // twice, as an impatient user would
      const button = /** @type {HTMLButtonElement} */ (document.querySelector('.card .send button'));
      button.click();
      button.click();
    });
    await until(page, () => document.querySelector('.said[data-state]'));
    const said = await page.$eval('.said[data-state]', (node) => ({ state: /** @type {HTMLElement} */ (node).dataset.state, text: node.textContent ?? '' }));
    assert.equal(said.state, 'sent', said.text);
    assert.match(said.text, /DiagnosticReport\/\d+\/_history\/1: 201 Created\./);
    assert.equal(record.seen.filter(({ method, path }) => method === 'POST' && path === '/fhir').length, 1);
    const [report] = record.store.search('DiagnosticReport', new URLSearchParams('patient=p1'));
    assert.equal(report.status, 'preliminary');
    assert.equal(report.subject.reference, 'Patient/p1');
    for (const one of record.store.search('Observation', new URLSearchParams())) assert.equal(one.subject.reference, 'Patient/p1');
    assert.equal(record.store.search('Patient', new URLSearchParams()).length, 5, 'no patient was made');

    const stored = await page.evaluate(() => [Object.keys(localStorage), Object.keys(sessionStorage).length, document.cookie]);
    assert.deepEqual(stored, [[], 2, ''], 'fhirclient keeps its state and its key, and that is all');
    const origins = new Set(requests.filter((url) => /^https?:/.test(url)).map((url) => new URL(url).origin));
    assert.deepEqual(origins, new Set([new URL(app.url).origin, record.origin]));
    assert.deepEqual(complaints, []);
    assert.deepEqual(await page.evaluate(() => /** @type {any} */ (globalThis).violations), []);
    await close();
  });

  test('a DICOM picture is reported for the patient whom it names, and for nobody else', async () => {
    const { page, complaints, close } = await fresh();
    await ehrLaunch(page, 'p1');
    await allow(page, 'p1');
    await examine(page, 'DocumentReference/d4');
    assert.match(await problemOf(page), /The picture names another patient \(Synth\u00e8se M\u00fcller, number SYN-1 of Bedside tests, born 2021-01-01\) than this record \(Ada Example, number P-1, born 1980-02-03\); what differs: the number, the name, the birth date\./);
    assert.deepEqual(await page.$$('.card'), []);
    await ehrLaunch(page, 'p3');
    await allow(page, 'p3');
    await examine(page, 'DocumentReference/d5');
    assert.equal(await page.$('.confirm'), null, 'name and birth date agree');
    assert.doesNotMatch(await page.$eval('.card', (node) => node.textContent ?? ''), /does not say whose it is/);
    await page.click('.card .send button');
    await until(page, () => document.querySelector('.said[data-state]'));
    assert.equal(await page.$eval('.said', (node) => /** @type {HTMLElement} */ (node).dataset.state), 'sent');
    const [made] = record.store.search('ImagingStudy', new URLSearchParams('patient=p3'));
    assert.equal(made.identifier[0].value, `urn:oid:${uid('study')}`);
    assert.equal(record.store.search('DiagnosticReport', new URLSearchParams('patient=p3'))[0].imagingStudy[0].reference, `ImagingStudy/${made.id}`);
    assert.deepEqual(complaints, []);
    await close();
  });

  test('in doubt nothing is written before the user has compared the two, who are both named', async () => {
    const { page, complaints, close } = await fresh();
    await ehrLaunch(page, 'p4');
    await allow(page, 'p4');
    await examine(page, 'DocumentReference/d6');
    assert.match(await page.$eval('.card .doubt', (node) => /** @type {HTMLElement} */ (node).innerText),
      /The picture names Synth\u00e8se M\u00fcller, number SYN-1 of Bedside tests, born 2021-01-01\. This record is that of Synthese A\. Muller\. Only the name agrees; one sign alone is not enough\.\s+I have compared the two: they are the same person\./);
    assert.doesNotMatch(await page.$eval('.card', (node) => node.textContent ?? ''), /does not say whose it is/);
    const before = written();
    const disabled = () => page.$eval('.card .send button', (button) => /** @type {HTMLButtonElement} */ (button).disabled);
    assert.equal(await disabled(), true);
    await page.$eval('.card .send button', (button) => /** @type {HTMLButtonElement} */ (button).click());
    await page.click('.card .confirm');
    assert.equal(await disabled(), false);
    await page.click('.card .confirm');
    assert.equal(await disabled(), true, 'taken back');
    assert.deepEqual(written(), before);
    await page.click('.card .doubt label');
    await page.click('.card .send button');
    await until(page, () => document.querySelector('.said[data-state]'));
    assert.equal(await page.$eval('.said', (node) => /** @type {HTMLElement} */ (node).dataset.state), 'sent');
    assert.equal(record.store.search('DiagnosticReport', new URLSearchParams('patient=p4')).length, 1);
    assert.deepEqual(complaints, []);
    await close();
  });

  test('a record that lists another patient\'s picture is not used', async () => {
    const { page, close } = await fresh();
    await ehrLaunch(page, 'p5');
    await allow(page, 'p5');
    assert.match(await problemOf(page), /lists a DocumentReference that is not this patient's\. Nothing of it was used\./);
    assert.deepEqual(await page.$$('[data-picture]'), []);
    await close();
  });

  test('what was sent is valid FHIR R4, says HAPI', { skip: isBuilt() ? false : 'the HAPI FHIR validator is not built (node scripts/fhir-validator.mjs)' }, () => {
    const bundles = record.seen.filter(({ method, path }) => method === 'POST' && path === '/fhir').map(({ body }) => JSON.parse(body.toString('utf8')));
    assert.ok(bundles.length > 1);
    for (const issues of validate(bundles)) assert.deepEqual(issues.filter(({ severity }) => severity === 'error' || severity === 'fatal'), []);
  });

  test('standalone launch: the user chooses the record, and there the patient', async () => {
    const { page, complaints, close } = await fresh();
    await page.goto(`${app.url}index.html`);
    await until(page, () => document.documentElement.dataset.ready);
    assert.match(await page.$eval('#issuers', (node) => /** @type {HTMLElement} */ (node).innerText), /Loopback clinic: http:\/\/127\.0\.0\.1/);
    await page.click('#issuers button');
    const scopes = await allow(page, 'p2');
    assert.equal(scopes[0], 'launch/patient');
    assert.equal(await page.$eval('#patient', (node) => node.textContent), 'Somebody Else');
    assert.deepEqual(await page.$$('[data-picture]'), []);
    await page.reload();
    await until(page, () => document.documentElement.dataset.ready);
    assert.equal(await page.$eval('#patient', (node) => node.textContent), 'Somebody Else', 'a reload takes the session up again');
    assert.deepEqual(complaints, []);
    await close();
  });

  test('a wrong state is refused, and its code is not used', async () => {
    const { page, close } = await fresh();
    await ehrLaunch(page);
    await until(page, () => document.querySelector('a.allow'));
    const tokens = () => record.seen.filter(({ path }) => path === '/token').length;
    const before = tokens();
    for (const state of ['0123456789abcdef0123456789abcdef', 'SMART_KEY', 'length', 'toString', '']) {
      await page.goto(`${app.url}index.html?code=stolen&state=${state}`);
      await until(page, () => document.documentElement.dataset.ready);
      assert.match(await problemOf(page), /does not belong to a sign-in that began in this window\. It was not used\. Start again/, state);
      assert.equal(await page.$eval('#record', (node) => /** @type {HTMLElement} */ (node).hidden), true);
    }
    assert.equal(tokens(), before);
    await close();
  });

  test('the user says no, the code was used before, the page is opened without a record', async () => {
    const { page, close } = await fresh();
    await ehrLaunch(page);
    await until(page, () => document.querySelector('a.deny'));
    await Promise.all([page.waitForNavigation(), page.click('a.deny')]);
    await until(page, () => document.documentElement.dataset.ready);
    assert.match(await problemOf(page), /The record has not allowed this app in: the user said no\. Start again from the patient's record\./);

    await ehrLaunch(page);
    await until(page, () => document.querySelector('a.allow'));
    await page.setRequestInterception(true);
    page.on('request', (request) => void (request.url().includes('code=') && !request.url().includes('spent') ? request.respond({ status: 302, headers: { Location: request.url().replace(/code=[^&]*/, 'code=spent') } }) : request.continue()));
    await allow(page);
    assert.match(await problemOf(page), /The record did not complete the sign-in: .*invalid_grant/);
    await page.goto(`${app.url}launch.html`);
    await until(page, () => document.documentElement.dataset.ready);
    assert.match(await problemOf(page), /opened without one/);
    await close();
  });

  test('a record that the app does not know is not asked, whatever the address says', async () => {
    const { page, requests, close } = await fresh();
    for (const address of [
      `launch.html?iss=${encodeURIComponent('http://127.0.0.1:9/fhir')}&launch=x`,
      `launch.html?iss=${encodeURIComponent(`${record.url}.evil.example`)}&launch=x`,
      `launch.html?iss=${encodeURIComponent(record.url)}&launch=x&fhirServiceUrl=http://127.0.0.1:9/`,
      `launch.html?iss=${encodeURIComponent(record.url)}&launch=x&clientId=other`,
      `launch.html?iss=${encodeURIComponent(record.url)}&launch=x&patientId=p2`,
    ]) {
      await page.goto(app.url + address);
      await until(page, () => document.documentElement.dataset.ready);
      assert.match(await problemOf(page), /does not work with the record|tries to change how the app starts/, address);
    }
    assert.deepEqual(new Set(requests.map((url) => new URL(url).origin)), new Set([new URL(app.url).origin]));
    await close();
  });

  test('a token that has ended is a plain sentence, when reading and when writing', async () => {
    const { page, close } = await fresh();
    await ehrLaunch(page);
    await allow(page);
    await examine(page, 'Media/m1');
    const before = written();
    record.expire();
    await page.click('.card .send button');
    await until(page, () => document.querySelector('.said[data-state]'));
    const said = await page.$eval('.said', (node) => ({ state: /** @type {HTMLElement} */ (node).dataset.state, text: node.textContent ?? '' }));
    assert.equal(said.state, 'failed');
    assert.match(said.text, /does not accept .* this token \(401\)\. Nothing was stored\. It says: error: The token has expired/);
    await examine(page, 'DocumentReference/d1');
    assert.match(await problemOf(page), /The permission to read and write this record has ended \(401\)\. Start again from the patient's record\./);

    // The page knows by itself when the time is over.
    await page.evaluate(() => {
      const now = Date.now();
      Date.now = () => now + 3700_000;
    });
    const asked = record.seen.length;
    await page.click('.card .send button');
    await until(page, () => /Nothing was sent/.test(document.querySelector('.said')?.textContent ?? ''));
    assert.match(await page.$eval('.said', (node) => node.textContent ?? ''), /The permission to read and write this record has ended\. Nothing was sent\./);
    assert.equal(record.seen.length, asked);
    assert.deepEqual(written(), before);
    await close();
  });

  test('what the record does not allow is not tried; a picture that lies elsewhere is not fetched', async () => {
    const { page, requests, close } = await fresh();
    record.rules.grant = (scopes) => scopes.filter((one) => !/Observation\.c|ImagingStudy/.test(one));
    try {
      await ehrLaunch(page);
      await allow(page);
    } finally {
      record.rules.grant = (scopes) => scopes;
    }
    assert.match(await page.$eval('#scopes', (node) => node.textContent ?? ''), /patient\/Observation\.c: asked for, not allowed/);
    await examine(page, 'Media/m1');
    const posts = () => record.seen.filter(({ method, path }) => method === 'POST' && path === '/fhir').length;
    const before = posts();
    await page.click('.card .send button');
    await until(page, () => document.querySelector('.said[data-state]'));
    assert.match(await page.$eval('.said', (node) => node.textContent ?? ''), /has not allowed this app to write: Observation\. Nothing was sent\./);
    assert.equal(posts(), before);
    await page.click('[data-picture="DocumentReference/d2"] button');
    await until(page, () => !document.getElementById('problem')?.hidden);
    assert.match(await problemOf(page), /does not lie in this record but at http:\/\/127\.0\.0\.1:9\/picture\.png\. It was not fetched/);
    assert.deepEqual(requests.filter((url) => url.includes(':9/')), []);
    await close();
  });
});
