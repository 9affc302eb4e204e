// The portal's server, which adds a password to what it hands on: what is asked behind it, what of the answers a browser gets to see, and what it tells of itself.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { request as ask } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { servePortal } from '../../examples/portal/server.mjs';
import { loopback } from '../support/loopback.mjs';

const folder = mkdtempSync(join(tmpdir(), 'portal-server-'));
/** What the server behind answers. @type {{ status: number, headers: Record<string, string>, body: string }} */
let answer = { status: 200, headers: {}, body: '' };
/** @type {Awaited<ReturnType<typeof loopback>>} */
let behind;
/** @type {Awaited<ReturnType<typeof servePortal>>} */
let portal;

before(async () => {
  writeFileSync(join(folder, 'index.html'), '<!doctype html>');
  behind = await loopback((_, response) => void response.writeHead(answer.status, answer.headers).end(answer.body));
  portal = await servePortal({
    folder,
    dicomweb: { url: `${behind.origin}/dicom-web`, headers: { Authorization: 'Basic archive-password' } },
    fhir: { url: `${behind.origin}/fhir`, headers: { Authorization: 'Bearer record-token' } },
  });
});
after(async () => {
  await portal?.close();
  await behind?.close();
  rmSync(folder, { recursive: true });
});

/** The path as it is written: `fetch` would take dots out of it. @param {string} method @param {string} path @param {Record<string, string>} [headers] */
function raw(method, path, headers = {}) {
  const { host, port, origin } = new URL(portal.url);
  return new Promise((/** @type {(answer: { status: number, headers: import('node:http').IncomingHttpHeaders, body: string }) => void} */ resolve, reject) => {
    const request = ask({ host: '127.0.0.1', port, method, path, headers: { host, ...(method === 'POST' ? { origin } : {}), ...headers } }, (response) => {
      let body = '';
      response.on('data', (chunk) => (body += chunk)).on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, body }));
    });
    request.on('error', reject).end(method === 'POST' ? 'x' : undefined);
  });
}

test('only what the page asks is handed on: UIDs, no dots, nothing of FHIR but the transaction', async () => {
  answer = { status: 200, headers: { 'Content-Type': 'application/dicom+json' }, body: '[]' };
  const study = '/dicomweb/studies/1.2.840.1';
  const asked = async (/** @type {string} */ method, /** @type {string} */ path, headers = {}) => {
    const before = behind.seen.length;
    const { status } = await raw(method, path, headers);
    return [status, ...behind.seen.slice(before).map((one) => one.path)];
  };
  for (const path of ['/dicomweb/studies', '/dicomweb/studies?limit=50&offset=0', study, `${study}/instances`, `${study}/series/1.3`, `${study}/series/1.3/instances/1.4`]) {
    assert.deepEqual(await asked('GET', path), [200, path.replace('/dicomweb', '/dicom-web')]);
  }
  assert.deepEqual(await asked('POST', '/dicomweb/studies'), [200, '/dicom-web/studies']);
  assert.deepEqual(await asked('POST', '/fhir'), [200, '/fhir']);
  for (const path of [
    '/dicomweb/studies/..', '/dicomweb/studies/../series/../instances/..', `${study}/series/..`, `${study}/series/1.3/instances/...`, '/dicomweb/studies/%2e%2e', '/dicomweb/studies/1..2', '/dicomweb/studies/.1', '/dicomweb/studies/1',
    `/dicomweb/studies/1.${'2'.repeat(63)}`, `${study}/metadata`, '/dicomweb/servers', '/dicomweb', '/fhir', '/fhir/Binary/x', '/fhir/Patient', '/fhir/Patient/..', '/fhir/metadata',
  ]) assert.deepEqual(await asked('GET', path), [404], path);
  for (const path of ['/dicomweb/studies/1.2', '/dicomweb/studies?x=1', '/fhir/Patient', '/fhir?x=1']) assert.deepEqual(await asked('POST', path), [404], path);
  for (const method of ['PUT', 'DELETE', 'HEAD', 'PATCH', 'OPTIONS']) assert.deepEqual(await asked(method, '/dicomweb/studies'), [404], method);
  assert.deepEqual(await asked('POST', '/fhir', { origin: 'http://evil.example' }), [403]);
  for (const site of ['cross-site', 'same-site', 'none']) assert.deepEqual(await asked('GET', '/dicomweb/studies', { 'sec-fetch-site': site }), [403], `a link of another page: ${site}`);
  assert.deepEqual(await asked('GET', '/dicomweb/studies', { 'sec-fetch-site': 'same-origin' }), [200, '/dicom-web/studies']);
});

test('what is stored behind never runs or shows as the portal\'s own', async () => {
  const study = '/dicomweb/studies/1.2.3';
  for (const [type, given] of [
    ['application/dicom+json', 'application/dicom+json'], ['application/fhir+json; charset=utf-8', 'application/fhir+json; charset=utf-8'], ['application/json', 'application/json'],
    ['multipart/related; type="application/dicom"; boundary=x', 'multipart/related; type="application/dicom"; boundary=x'], ['application/dicom', 'application/dicom'],
    ['text/html', 'application/octet-stream'], ['text/javascript', 'application/octet-stream'], ['application/javascript', 'application/octet-stream'], ['image/svg+xml', 'application/octet-stream'],
    ['application/dicom+xml', 'application/octet-stream'], ['application/xhtml+xml', 'application/octet-stream'], ['application/jsonp', 'application/octet-stream'], ['text/html; application/json', 'application/octet-stream'],
    ['multipart/x-mixed-replace; boundary=x', 'application/octet-stream'], ['', 'application/octet-stream'],
  ]) {
    for (const status of [200, 404]) {
      answer = { status, headers: { ...(type ? { 'Content-Type': type } : {}), 'Content-Disposition': 'inline', 'Content-Security-Policy': "script-src 'unsafe-inline'", 'Set-Cookie': 'a=b', 'WWW-Authenticate': 'Basic', 'Access-Control-Allow-Origin': '*' }, body: '<script>alert(1)</script>' };
      const { headers, ...got } = await raw('GET', study);
      assert.equal(got.status, status);
      assert.deepEqual([headers['content-type'], headers['content-disposition'], headers['content-security-policy'], headers['x-content-type-options']], [given, 'attachment', "sandbox; default-src 'none'", 'nosniff'], type);
      assert.deepEqual([headers['set-cookie'], headers['www-authenticate'], headers['access-control-allow-origin'], headers['cross-origin-resource-policy']], [undefined, undefined, undefined, 'same-origin']);
    }
  }
  answer = { status: 302, headers: { Location: 'http://evil.example/' }, body: '' };
  const { status, headers } = await raw('GET', study);
  assert.deepEqual([status, headers.location], [302, undefined], 'not where it leads');
});

test('the password stays with the server', async () => {
  answer = { status: 200, headers: { 'Content-Type': 'application/dicom+json' }, body: '[]' };
  const { body, headers } = await raw('GET', '/config.json');
  assert.deepEqual(JSON.parse(body), { model: 'pneumonia', dicomweb: { name: 'The archive', url: 'dicomweb' }, fhir: { name: 'The FHIR server', url: 'fhir' } });
  assert.doesNotMatch(body + JSON.stringify(headers), /password|token|authorization/i);
  await raw('GET', '/dicomweb/studies', { cookie: 'session=1', authorization: 'Bearer of-the-page' });
  const [{ headers: sent }] = behind.seen.slice(-1);
  assert.deepEqual([sent.authorization, sent.cookie], ['Basic archive-password', undefined]);
});
