// What the SMART app reads of a record, with a server that answers as told: which addresses get the token, lists of many pages, another patient's entries.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inside, nextOf } from '../../examples/smart/addresses.mjs';
import { bytesOf, pictures, studies } from '../../examples/smart/smart.mjs';
import { json, loopback } from '../support/loopback.mjs';

test('an attachment is fetched only where its address surely lies in the record', () => {
  const session = { url: 'https://r.example/fhir' };
  for (const [url, path] of [
    ['Binary/1', 'Binary/1'], ['https://r.example/fhir/Binary/1', 'Binary/1'], ['https://r.example:443/fhir/Binary/1', 'Binary/1'], ['https://R.EXAMPLE/fhir/Binary/1#x', 'Binary/1'], ['/fhir/Binary/2', 'Binary/2'],
    ['./Binary/a.b-c', 'Binary/a.b-c'], ['Binary/1/_history/2', 'Binary/1/_history/2'], ['DocumentReference/1/$binary-access-read?path=a%2Fb.c', 'DocumentReference/1/$binary-access-read?path=a%2Fb.c'],
  ]) assert.equal(inside(session, url), path, url);
  assert.equal(inside({ url: 'https://R.example:443/fhir' }, 'https://r.example/fhir/Binary/1'), 'Binary/1');
  for (const url of [
    'https://r.example/fhir/../admin', '../admin', '/admin', '//evil/x', 'https://evil.example/fhir/Binary/1', 'http://r.example/fhir/Binary/1', 'https://r.example/fhir@evil/x', 'https://r.example/fhirx/1', 'https://u:p@r.example/fhir/Binary/1',
    'https://r.example/fhir/..%2f..%2fadmin', '..%2F..%2Fadmin', 'Binary/..%5c..%5cadmin', 'Binary/%2e%2e%2fadmin', '..%252fadmin', 'Binary/..;/admin', '..;x=1/admin', 'Binary/.../x', 'Binary//admin', 'Binary/a%00', 'Binary\\..\\..\\admin',
    'data:image/png;base64,AAAA', 'blob:https://r.example/fhir/1', 'javascript:1', 'https://r.example/fhir', 'https://r.example/fhir?x=1', '', 'https://',
  ]) assert.equal(inside(session, url), null, url);
});

test('a list goes on where the record says, as long as that is the record', () => {
  const next = (/** @type {unknown} */ url) => nextOf({ url: 'https://r.example/fhir' }, { link: [{ relation: 'self', url: 'x' }, { relation: 'next', url }] });
  assert.equal(next('https://r.example/fhir?_getpages=1&_getpagesoffset=50'), '?_getpages=1&_getpagesoffset=50');
  assert.equal(next('https://r.example/fhir/Media?page=2'), 'Media?page=2');
  assert.equal(next('Media?page=2'), 'Media?page=2');
  for (const url of ['https://evil.example/fhir?page=2', 'https://r.example/fhirx?page=2', 'https://r.example/?page=2', '..%2fadmin?page=2']) assert.equal(next(url), null, url);
  for (const bundle of [null, {}, { link: [] }, { link: 'x' }, { link: [null, { relation: 'previous', url: 'Media?page=1' }] }]) assert.equal(nextOf({ url: 'https://r.example/fhir' }, bundle), undefined);
});

/**
 * Runs with a record of which `answer` gives the entries and the next page's address.
 * @param {(url: URL, base: string) => { entry?: any[], next?: string, status?: number }} answer
 * @param {(session: import('../../examples/smart/smart.js').Session, seen: import('../support/loopback.mjs').Seen[]) => Promise<void>} use
 */
async function withRecord(answer, use) {
  const server = await loopback(({ url }, response) => {
    const { entry = [], next, status = 200 } = answer(url, `${server.origin}/fhir`);
    json(response, status, { resourceType: 'Bundle', type: 'searchset', link: next ? [{ relation: 'next', url: next }] : [], entry: entry.map((resource) => ({ resource })) }, 'application/fhir+json');
  });
  const client = /** @type {any} */ ({ state: {}, getAuthorizationHeader: () => 'Bearer token' });
  try {
    await use({ client, url: `${server.origin}/fhir`, patientId: 'p1', asked: [], granted: ['patient/DocumentReference.rs', 'patient/ImagingStudy.rs'] }, server.seen);
  } finally {
    await server.close();
  }
}
const subject = { reference: 'Patient/p1' };
const picture = (/** @type {number} */ n) => ({ resourceType: 'DocumentReference', id: `d${n}`, subject, date: new Date(Date.UTC(2020, 0, n)).toISOString(), content: [{ attachment: { contentType: 'image/png', data: 'AAAA', title: `Picture ${n}` } }] });

test('pages of a list are followed, and the newest stands first', async () => {
  const at = (/** @type {URL} */ url) => Number(url.searchParams.get('at') ?? 0);
  await withRecord((url, base) => ({ entry: Array.from({ length: Math.min(50, 120 - at(url)) }, (_, i) => picture(at(url) + i + 1)), next: at(url) < 100 ? `${base}?at=${at(url) + 50}` : undefined }), async (session) => {
    const { list, more } = await pictures(session);
    assert.deepEqual([list.length, more, list[0].id, list[119].id], [120, false, 'DocumentReference/d120', 'DocumentReference/d1']);
  });
  await withRecord((url) => ({ entry: [picture(at(url) + 1)], next: `DocumentReference?at=${at(url) + 1}` }), async (session) => {
    const { list, more } = await pictures(session);
    assert.deepEqual([list.length > 50, list.length <= 1000, more], [true, true, true], 'a list without an end is said to be longer');
  });
  await withRecord((url) => ({ entry: Array.from({ length: 600 }, (_, i) => picture(at(url) + i + 1)), next: at(url) ? undefined : 'DocumentReference?at=600' }), async (session) => {
    const { list, more } = await pictures(session);
    assert.deepEqual([list.length, more], [1000, true]);
  });
  for (const next of ['http://127.0.0.1:9/fhir?page=2', 'DocumentReference?at=1']) {
    await withRecord(() => ({ entry: [picture(1)], next }), async (session) => assert.equal((await pictures(session)).more, true, `${next}: elsewhere, or in a circle`));
  }
  await withRecord((url) => ({ entry: [{ resourceType: 'ImagingStudy', id: String(at(url)), subject, started: `20${20 + at(url)}-01-01` }], next: at(url) ? undefined : 'ImagingStudy?at=1' }), async (session) => {
    const { list, more } = await studies(session);
    assert.deepEqual([list.map(({ id }) => id), more], [['ImagingStudy/1', 'ImagingStudy/0'], false]);
  });
});

test('the record is asked for the newest first; one that cannot sort is asked without', async () => {
  const queries = /** @type {string[]} */ ([]);
  await withRecord((url) => {
    queries.push(url.search);
    return url.searchParams.has('_sort') ? { status: 400 } : { entry: [picture(1), picture(2)] };
  }, async (session) => assert.deepEqual((await pictures(session)).list.map(({ id }) => id), ['DocumentReference/d2', 'DocumentReference/d1']));
  assert.deepEqual(queries, ['?patient=p1&_count=50&_sort=-date', '?patient=p1&_count=50']);
});

test('an entry of another patient, on whatever page, spoils the list', async () => {
  for (const reference of ['Patient/p2', 'Patient/p1/x', 'Group/p1', undefined]) {
    const others = { ...picture(2), subject: reference ? { reference } : undefined };
    for (const second of [false, true]) {
      await withRecord((url) => (url.searchParams.has('at') ? { entry: [others] } : { entry: [picture(1), ...(second ? [] : [others])], next: second ? 'DocumentReference?at=1' : undefined }), (session) =>
        assert.rejects(pictures(session), { code: 'BDS_E_ANSWER', message: /lists a DocumentReference that is not this patient's\. Nothing of it was used\./ }));
    }
  }
  await withRecord((_, base) => ({ entry: [{ ...picture(1), subject: { reference: `${base}/Patient/p1` } }] }), async (session) => assert.equal((await pictures(session)).list.length, 1, 'the whole address'));
});

test('what lies elsewhere is not fetched', async () => {
  await withRecord(() => ({}), async (session, seen) => {
    for (const url of ['..%2f..%2fadmin', 'http://127.0.0.1:9/x.png', `${session.url}/..;/admin`]) {
      await assert.rejects(bytesOf(session, { id: 'd', title: '', date: '', contentType: 'image/png', url, data: null }), { code: 'BDS_E_DENIED', message: /does not lie in this record but at .*It was not fetched/ });
    }
    assert.equal(seen.length, 0);
  });
});
