// Servers that are down, refuse, lie or break off: each is a plain sentence, nothing is sent twice, nothing half is used.
import assert from 'node:assert/strict';
import { mock, test } from 'node:test';
import { quoted } from '../../examples/portal/exchange.mjs';
import { basic, list, listAll, post, pull, retrieve, store, storeAddress } from '../../examples/portal/portal.mjs';
import { examinationOf } from '../../examples/portal/study.mjs';
import { identity, record } from '../support/records.mjs';
import { startFhir } from '../support/fhir-server.mjs';
import { answering, bare, multipart, nowhere, says, uid } from './common.mjs';

const where = { studyInstanceUid: uid(1), seriesInstanceUid: uid(2), sopInstanceUid: uid(3) };
const dicom = (/** @type {Uint8Array | string} */ body, boundary = 'part', type = `multipart/related; type="application/dicom"; boundary="${boundary}"`) =>
  /** @type {import('./common.mjs').Answer} */ ((response) => void response.writeHead(200, { 'Content-Type': type }).end(body));

/** @param {Promise<unknown>} promise @param {string} code @param {RegExp} sentence */
async function fails(promise, code, sentence) {
  const error = await promise.then(() => assert.fail(`${code} was expected`), (e) => e);
  assert.equal(error.name, 'BedsideError', error.stack);
  assert.deepEqual([error.code, sentence.test(error.message) ? sentence : error.message], [code, sentence]);
  assert.match(error.message, /[.?!…]$/);
}

test('reading: each status is a sentence that names the server and the address', async () => {
  /** @type {[number, string, RegExp][]} */
  const statuses = [
    [401, 'BDS_E_DENIED', /The archive at http:\/\/127\.0\.0\.1:\d+\/dicom-web\/studies.* wants a user name and password \(401\)\./],
    [403, 'BDS_E_DENIED', /does not allow this \(403\)/],
    [404, 'BDS_E_MISSING', /nothing at this address \(404\)/],
    [415, 'BDS_E_REFUSED', /does not deal with this kind of file \(415\)/],
    [400, 'BDS_E_REFUSED', /has refused this \(400\)/],
    [500, 'BDS_E_FETCH', /has failed \(500\)/],
  ];
  for (const [status, code, sentence] of statuses) {
    await answering(says(status), async ({ url, seen }) => {
      await fails(list({ name: 'The archive', url }), code, sentence);
      assert.equal(seen.length, 1, 'asked once');
    });
  }
  await answering(says(401), ({ url }) => fails(list({ url, headers: basic('doctor', 'wröng') }), 'BDS_E_DENIED', /does not accept this user name and password/));
});

test('no cookie goes along unless the server is said to want it; nothing is kept, no address is told', async () => {
  const kept = { credentials: 'omit', cache: 'no-store', redirect: 'manual', referrerPolicy: 'no-referrer' };
  await answering(says(200, []), async ({ url }) => {
    const asked = mock.method(globalThis, 'fetch');
    try {
      await list({ url });
      await store({ url }, [bare()]).catch(() => {});
      await post({ url }, transaction()).catch(() => {});
      await list({ url, credentials: 'same-origin' });
      const how = asked.mock.calls.map(({ arguments: [, init] }) => Object.fromEntries(Object.keys(kept).map((name) => [name, /** @type {any} */ (init)[name]])));
      assert.deepEqual(how, [kept, kept, kept, { ...kept, credentials: 'same-origin' }]);
    } finally {
      asked.mock.restore();
    }
  });
});

test('what a server says is one short line: no control character, nothing that turns the direction of the rest', async () => {
  for (const character of '\u0000\n\r\u001b\u007f\u0085\u009f\u061c\u200b\u200e\u200f\u2028\u2029\u202a\u202e\u2060\u2066\u2069\ufeff') {
    assert.equal(quoted(`${character}a${character}${character}b${character}`), 'a b', `U+${character.charCodeAt(0).toString(16)}`);
  }
  assert.equal(quoted('Ärztin, مريم, 王小東'), 'Ärztin, مريم, 王小東');
  assert.equal(quoted('x'.repeat(300)), 'x'.repeat(300));
  assert.equal(quoted(`${'x'.repeat(300)}\u202e`), 'x'.repeat(300), 'what was taken out does not count');
  assert.equal(quoted(`${'x'.repeat(299)}😀`), `${'x'.repeat(299)}…`, 'no half of a character');
  assert.equal(quoted('x'.repeat(301)), `${'x'.repeat(300)}…`);
  const evil = 'Stored.\u202e\u2066 not\u0007 \u001b[2J';
  await answering(says(400, stowed([], [{ '00081155': { vr: 'UI', Value: [evil] } }])), async ({ url }) =>
    assert.match((await store({ url }, [bare()]).catch((e) => e)).message, /It says: Stored\. +not +\[2J: no known reason is given/));
});

test('a server that is down, an address that is none', async () => {
  const url = await nowhere();
  await fails(list({ url }), 'BDS_E_FETCH', /gives no answer/);
  await fails(store({ url }, [bare()]), 'BDS_E_FETCH', /gives no answer.*Nothing was sent\./);
  await fails(list({ url: 'ftp://archive/' }), 'BDS_E_ARGUMENT', /must begin with http/);
  await fails(list({ url: 'nonsense' }), 'BDS_E_ARGUMENT', /no address/);
  await fails(list({ url: 'http://me:secret@archive/' }), 'BDS_E_ARGUMENT', /must not hold a password/);
  await fails(retrieve({ url }, { ...where, sopInstanceUid: '../../patients' }), 'BDS_E_ARGUMENT', /no SOP Instance UID/);
});

test('an answer of another kind is not taken for a list', async () => {
  await answering(says(200, { a: 1 }), ({ url }) => fails(list({ url }), 'BDS_E_ANSWER', /something else than a list/));
  await answering(says(200, [{}]), ({ url }) => fails(list({ url }), 'BDS_E_ANSWER', /without a valid Study Instance UID/));
  await answering(dicom('<!doctype html>Sign in', '', 'text/html'), ({ url }) => fails(list({ url }), 'BDS_E_ANSWER', /text\/html that is not the JSON/));
  await answering((response) => void response.writeHead(200, { 'Content-Type': 'application/dicom+json' }).end('[{"0020'), ({ url }) => fails(list({ url }), 'BDS_E_ANSWER', /not the JSON/));
  await answering((response) => void response.writeHead(204).end(), async ({ url }) => assert.deepEqual(await list({ url }).catch((e) => e.code), []));
});

test('all studies are listed, the newest first, whatever the server gives at a time; where there are more, that is said', async () => {
  const study = (/** @type {number} */ n) => ({ '0020000D': { vr: 'UI', Value: [uid(n)] }, '00080020': { vr: 'DA', Value: n % 7 ? [String(20200000 + n)] : [] } });
  const served = (/** @type {number} */ count, /** @type {number} */ most, pages = true) => /** @type {import('./common.mjs').Answer} */ ((response, request) => {
    const query = new URL(request.path, 'http://127.0.0.1').searchParams;
    const offset = pages ? Number(query.get('offset')) : 0;
    const end = Math.min(count, offset + Math.min(most, Number(query.get('limit'))));
    says(200, Array.from({ length: Math.max(end - offset, 0) }, (_, i) => study(offset + i + 1)))(response, request);
  });
  await answering(served(230, 60), async ({ url }) => {
    const { studies, more } = await listAll({ url });
    assert.deepEqual([studies.length, more, studies[0].studyInstanceUid], [230, false, uid(230)]);
    const dates = studies.map(({ date }) => date);
    assert.deepEqual(dates, [...dates].sort().reverse());
    assert.equal(dates.at(-1), '');
    assert.deepEqual([(await listAll({ url }, { most: 120 })).studies.length, (await listAll({ url }, { most: 120 })).more], [120, true]);
    assert.deepEqual([(await listAll({ url }, { most: 230 })).more, (await listAll({ url }, { most: 229 })).more], [false, true]);
  });
  await answering(served(2000, 1000), async ({ url, seen }) => {
    const { studies, more } = await listAll({ url });
    assert.deepEqual([studies.length, more, seen.length], [1000, true, 11]);
  });
  await answering(served(230, 60, false), async ({ url, seen }) => {
    assert.equal((await listAll({ url })).studies.length, 60, 'a server that does not know of pages');
    assert.equal(seen.length, 2);
  });
  await answering(says(200, []), async ({ url }) => assert.deepEqual(await listAll({ url }), { studies: [], more: false }));
});

test('half a multipart body is refused, at whatever byte it ends', async () => {
  const object = bare();
  const whole = multipart([object], 'part');
  await answering(dicom(whole), async ({ url }) => assert.deepEqual(await retrieve({ url }, where), object));
  for (let end = 0; end < whole.length - 2; end += end < whole.length - 90 ? 37 : 1) {
    await answering(dicom(whole.subarray(0, end)), ({ url }) => fails(retrieve({ url }, where), 'BDS_E_ANSWER', /is not whole|broke off/));
  }
});

test('an answer that breaks off, an object that is another, no object at all', async () => {
  const whole = multipart([bare()], 'part');
  /** @type {import('./common.mjs').Answer} */
  const cut = (response) => {
    response.writeHead(200, { 'Content-Type': 'multipart/related; boundary=part', 'Content-Length': whole.length });
    response.write(whole.subarray(0, 100), () => response.destroy());
  };
  await answering(cut, ({ url }) => fails(retrieve({ url }, where), 'BDS_E_ANSWER', /broke off in the middle/));
  await answering(dicom(multipart([bare({ instance: 4 })], 'part')), ({ url }) => fails(retrieve({ url }, where), 'BDS_E_ANSWER', /another object than 2\.25\.3/));
  await answering(dicom(multipart([bare({ study: 9 })], 'part')), ({ url }) => fails(retrieve({ url }, where), 'BDS_E_ANSWER', /another object/));
  await answering(dicom(multipart([Buffer.from('hello')], 'part')), ({ url }) => fails(retrieve({ url }, where), 'BDS_E_ANSWER', /something else than a DICOM object/));
  await answering(dicom(multipart([], 'part')), ({ url }) => fails(retrieve({ url }, where), 'BDS_E_ANSWER', /./));
  await answering(dicom(whole, '', 'text/html'), ({ url }) => fails(retrieve({ url }, where), 'BDS_E_ANSWER', /text\/html instead of a DICOM object/));
  await answering(dicom(whole, '', 'multipart/related'), ({ url }) => fails(retrieve({ url }, where), 'BDS_E_ANSWER', /how its parts are divided/));
});

test('no redirect is followed, neither with a question nor with a report', async () => {
  await answering(says(200, []), async (other) => {
    for (const status of [301, 302, 303, 307, 308]) {
      await answering((response) => void response.writeHead(status, { Location: other.url }).end(), async ({ url }) => {
        await fails(list({ url }), 'BDS_E_ANSWER', /does not follow/);
        await fails(store({ url }, [bare()]), 'BDS_E_UNCLEAR', /does not follow/);
        await fails(post({ url }, transaction()), 'BDS_E_UNCLEAR', /does not follow/);
      });
    }
    assert.equal(other.seen.length, 0);
  });
});

const reference = (/** @type {number} */ instance, /** @type {object} */ more = {}) => ({ '00081155': { vr: 'UI', Value: [uid(instance)] }, ...more });
const stowed = (/** @type {object[]} */ stored, /** @type {object[]} */ failed = []) => ({ '00081199': { vr: 'SQ', Value: stored }, '00081198': { vr: 'SQ', Value: failed } });

test('storing: it succeeds only if the server names every object', async () => {
  await answering(says(200, stowed([reference(3), reference(4)])), async ({ url, seen }) => {
    assert.equal(storeAddress({ url }), `${url}/studies`);
    assert.deepEqual(await store({ url }, [bare(), bare({ instance: 4 })]), { address: `${url}/studies`, stored: [uid(3), uid(4)], said: [] });
    assert.equal(seen.length, 1);
    assert.match(String(seen[0].headers['content-type']), /^multipart\/related; type="application\/dicom"; boundary=/);
  });
  await answering(says(202, stowed([reference(3)], [reference(4, { '00081197': { vr: 'US', Value: [0x0122] } })])), ({ url }) =>
    fails(store({ url }, [bare(), bare({ instance: 4 })]), 'BDS_E_UNCLEAR', /It names 1 of 2 objects as stored, but not 2\.25\.4 \(202\)\. It says: 2\.25\.4: this kind of object \(SOP class\) is not kept there \(0122H\)/));
  await answering(says(409, stowed([], [reference(3, { '00081197': { vr: 'US', Value: [0xa700] } })])), ({ url }) =>
    fails(store({ url }, [bare()]), 'BDS_E_REFUSED', /refused this \(409\)\. Nothing was stored\. It says: 2\.25\.3: there is no room for it \(a700H\)/));
  await answering(says(200, stowed([reference(3, { '00081196': { vr: 'US', Value: [0xb000] } })])), async ({ url }) =>
    assert.deepEqual((await store({ url }, [bare()])).said, ['2.25.3: stored with a change or a doubt (B000H).']));
  for (const content of [stowed([]), {}, [], 'stored', null]) {
    await answering(says(200, content), ({ url }) => fails(store({ url }, [bare()]), 'BDS_E_UNCLEAR', /not known what .* has stored .* names none of them as stored \(200\)\. Look there before sending it again\./));
  }
  await answering(says(201, stowed([reference(3)])), async ({ url }) => assert.deepEqual((await store({ url }, [bare()])).stored, [uid(3)], 'it says so, if with another number'));
  await answering(says(200, stowed([], [reference(3, { '00081197': { vr: 'US', Value: [0x0110] } })])), ({ url }) =>
    fails(store({ url }, [bare()]), 'BDS_E_REFUSED', /has stored nothing\. It says: 2\.25\.3: it could not be processed \(0110H\)/));
  await answering(says(401), ({ url }) => fails(store({ url }, [bare()]), 'BDS_E_DENIED', /\(401\)\. Nothing was stored\./));
  await answering(says(415), ({ url }) => fails(store({ url }, [bare()]), 'BDS_E_REFUSED', /\(415\)\. Nothing was stored\./));
});

test('sent, and answered in a way that does not settle it: nobody says that nothing was stored, and it is not sent again', async () => {
  const failed = reference(4, { '00081197': { vr: 'US', Value: [0x0111] } });
  const large = (/** @type {import('../support/loopback.mjs').Outgoing} */ response) => void response.writeHead(200, { 'Content-Type': 'application/fhir+json' }).end(Buffer.alloc(16 * 1048576 + 1, ' '));
  const empty = (/** @type {number} */ status) => (/** @type {import('../support/loopback.mjs').Outgoing} */ response) => void response.writeHead(status).end();
  /** @type {[string, import('./common.mjs').Answer, RegExp][]} */
  const stores = [
    ['201 without a word', says(201, {}), /names none of them as stored \(201\)/],
    ['202', says(202, {}), /\(202\)/],
    ['204', empty(204), /\(204\)/],
    ['206', empty(206), /\(206\)/],
    ['half of it stored, in a 409', says(409, stowed([reference(3)], [failed])), /1 of 2 objects as stored, but not 2\.25\.4 \(409\)\. It says: 2\.25\.4: there is already such an object/],
    ['half of it stored, in a 400', says(400, stowed([reference(3)])), /1 of 2 objects as stored, but not 2\.25\.4 \(400\)/],
    ['all of it stored, in a 409', says(409, stowed([reference(3), reference(4)])), /2 of 2 objects as stored/],
    ['one failed, of the other no word', says(200, stowed([], [failed])), /none of them as stored/],
    ['408', empty(408), /has not waited for the end \(408\)/],
    ['304', empty(304), /does not follow/],
  ];
  for (const [what, answer, sentence] of stores) {
    await answering(answer, async ({ url, seen }) => {
      const objects = [bare(), bare({ instance: 4 })];
      await fails(store({ url }, objects), 'BDS_E_UNCLEAR', sentence);
      const error = await store({ url }, objects).catch((e) => e);
      assert.deepEqual([error.code, seen.length], ['BDS_E_STATE', 1], what);
    });
  }
  /** @type {[string, import('./common.mjs').Answer, RegExp][]} */
  const posts = [
    ['202', says(202, {}, 'application/fhir+json'), /does not say what became of each entry/],
    ['204', empty(204), /\(204\), but its answer cannot be read/],
    ['200, too long', large, /has more than 16 MiB and was not read/],
    ['200, a page', says(200, '', 'text/html'), /cannot be read/],
    ['408', empty(408), /has not waited for the end \(408\)/],
  ];
  for (const [what, answer, sentence] of posts) {
    await answering(answer, async ({ url, seen }) => {
      const error = await post({ url }, transaction()).catch((e) => e);
      assert.deepEqual([error.code, sentence.test(error.message) ? sentence : error.message], ['BDS_E_UNCLEAR', sentence], what);
      assert.match(error.message, /Look there before sending it again/);
      assert.doesNotMatch(error.message, /Nothing was (stored|sent|used)/, what);
      assert.equal((await post({ url }, transaction()).catch((e) => e)).code, 'BDS_E_STATE', what);
      assert.equal(seen.length, 1, what);
    });
  }
});

test('an entry that the server has not taken is no success', async () => {
  const server = await startFhir();
  try {
    for (const [i, response] of [{ status: '422 Unprocessable Entity' }, { status: '' }, {}, { status: '500' }, { status: '2' }].entries()) {
      const bundle = transaction([{ resourceType: 'Device' }, { resourceType: 'Media', status: `entry ${i}` }]);
      const said = { resourceType: 'Bundle', type: 'transaction-response', entry: [{ response: { status: '201 Created' } }, { response }] };
      server.state.next = (outgoing) => void says(200, said, 'application/fhir+json')(outgoing, /** @type {any} */ (null));
      await fails(post({ url: server.url }, bundle), 'BDS_E_UNCLEAR', /has taken the bundle, but not all of it: Media: (422 Unprocessable Entity|no status|500|2)\. Look there\./);
    }
  } finally {
    await server.close();
  }
});

test('storing: what is no object, and objects of two studies, are not sent', async () => {
  await answering(says(200, stowed([])), async ({ url, seen }) => {
    await fails(store({ url }, []), 'BDS_E_ARGUMENT', /at least one/);
    await fails(store({ url }, [new Uint8Array(3)]), 'BDS_E_ARGUMENT', /must be DICOM objects/);
    await fails(store({ url }, [bare(), bare({ study: 9, instance: 4 })]), 'BDS_E_ARGUMENT', /several studies/);
    assert.equal(seen.length, 0);
  });
});

test('nothing is sent twice: not at once, not later, not when it is unclear; after a refusal it may be', async () => {
  await answering(says(200, stowed([reference(3)])), async ({ url, seen }) => {
    const [first, second] = [store({ url }, [bare()]), store({ url }, [bare()])];
    await fails(second, 'BDS_E_STATE', /being sent at the moment/);
    await first;
    await fails(store({ url }, [bare()]), 'BDS_E_STATE', /has been sent to this address before/);
    assert.equal(seen.length, 1);
    await store({ url }, [bare()], { again: true });
    assert.equal(seen.length, 2);
  });
  /** @type {import('./common.mjs').Answer[]} */
  const unclear = [(response) => response.destroy(), says(502), says(500)];
  for (const answer of unclear) {
    await answering(answer, async ({ url, seen }) => {
      await fails(store({ url }, [bare()]), 'BDS_E_UNCLEAR', /Look there before sending it again/);
      await fails(store({ url }, [bare()]), 'BDS_E_STATE', /not clear whether it has arrived/);
      assert.equal(seen.length, 1);
    });
  }
  await answering(says(403), async ({ url, seen }) => {
    await fails(store({ url }, [bare()]), 'BDS_E_DENIED', /403/);
    await fails(store({ url }, [bare()]), 'BDS_E_DENIED', /403/);
    assert.equal(seen.length, 2);
  });
});

test('a second report of the same examination is not sent either, unless the user wants it; what was stored before stays known after a refusal', async () => {
  const first = record('pneumonia', [1500, 64036], { dicom: identity() });
  const anew = { ...structuredClone(first), id: 'b0000000-0000-4000-8000-000000000000', time: '2030-01-01T00:00:00.000Z' };
  const examination = examinationOf(first);
  assert.equal(examinationOf(anew), examination);
  let status = 200;
  await answering((response, request) => says(status, status === 200 ? stowed([3, 4].map((n) => reference(n))) : {})(response, request), async ({ url, seen }) => {
    await store({ url }, [bare()], { examination });
    await fails(store({ url }, [bare({ instance: 4 })], { examination: examinationOf(anew) }), 'BDS_E_STATE', /has been sent to this address before.*a second report/);
    assert.equal(seen.length, 1);
    status = 403;
    await fails(store({ url }, [bare({ instance: 4 })], { examination, again: true }), 'BDS_E_DENIED', /403/);
    await fails(store({ url: `${url}/` }, [bare({ instance: 4 })], { examination }), 'BDS_E_STATE', /has been sent to this address before/);
    status = 200;
    await store({ url }, [bare({ instance: 4 })], { examination, again: true });
    await store({ url: `${url}/other` }, [bare()], { examination });
    assert.equal(seen.length, 4);
  });
  const server = await startFhir();
  try {
    const send = (/** @type {number} */ n, /** @type {string} */ what, again = false) => post({ url: server.url }, transaction([{ resourceType: 'Device', status: String(n) }]), { examination: what, again });
    await send(1, examination);
    await fails(send(2, examination), 'BDS_E_STATE', /has been sent to this address before/);
    server.state.next = (response) => void says(422)(response, /** @type {any} */ (null));
    await fails(send(3, examination, true), 'BDS_E_REFUSED', /422/);
    await fails(send(4, examination), 'BDS_E_STATE', /has been sent to this address before/);
    await send(5, examination, true);
    assert.equal(server.store.all().length, 2);
  } finally {
    await server.close();
  }
});

test('what makes an examination another one: file, frame, window, model, what was stated, the heat map, the patient it is kept for', () => {
  const one = record('pneumonia', [1500, 64036], { dicom: identity() });
  const input = /** @type {import('../../web/exam/exam.js').ExamInput} */ (one.input);
  const explanation = /** @type {import('../../web/exam/exam.js').ExamExplanation} */ (one.explanation);
  const others = [
    { ...one, input: { ...input, sha256: 'f'.repeat(64) } }, { ...one, input: { ...input, width: input.width + 1 } }, { ...one, input: { ...input, frame: 1 } },
    { ...one, input: { ...input, window: { centre: 1, width: 2, from: /** @type {const} */ ('given') } } }, { ...one, model: { ...one.model, sha256: 'f'.repeat(64) } },
    { ...one, checks: one.checks.map((check) => ({ ...check, stated: true })) }, { ...one, explanation: { ...explanation, label: 'normal' } }, { ...one, explanation: null },
  ];
  const keys = [one, ...others].map((each) => examinationOf(each));
  assert.equal(new Set([...keys, examinationOf(one, 'p1'), examinationOf(one, 'p2')]).size, others.length + 3);
});

test('a signal ends the question; a broken-off send is unclear', async () => {
  await answering(() => {}, async ({ url }) => {
    await fails(list({ url }, { signal: AbortSignal.timeout(50) }), 'BDS_E_ABORTED', /at the user's wish/);
    await fails(store({ url }, [bare()], { signal: AbortSignal.timeout(50) }), 'BDS_E_UNCLEAR', /was broken off/);
  });
});

test('pulling stops at the first object that is not whole', async () => {
  const listed = [3, 4].map((n) => ({ '0020000E': { Value: [uid(2)] }, '00080018': { Value: [uid(n)] }, '00080016': { Value: ['1.2.3'] }, '00080060': { Value: ['DX'] } }));
  await answering((response, { path }) => {
    if (path.endsWith('/instances')) return says(200, listed)(response, /** @type {any} */ (null));
    const body = multipart([bare({ instance: path.endsWith('.3') ? 3 : 4 })], 'part');
    return dicom(path.endsWith('.3') ? body : body.subarray(0, -8))(response, /** @type {any} */ (null));
  }, async ({ url }) => {
    /** @type {string[]} */
    const got = [];
    await fails((async () => {
      for await (const one of pull({ url }, uid(1))) got.push(one.sopInstanceUid);
    })(), 'BDS_E_ANSWER', /not whole/);
    assert.deepEqual(got, [uid(3)]);
  });
});

/** @param {object[]} [resources] */
const transaction = (resources = [{ resourceType: 'Device' }]) => ({
  resourceType: 'Bundle',
  type: 'transaction',
  entry: resources.map((resource, i) => ({ fullUrl: `urn:uuid:00000000-0000-4000-8000-00000000000${i}`, resource, request: { method: 'POST', url: /** @type {any} */ (resource).resourceType } })),
});

test('posting: what the FHIR server says is shown, success and refusal', async () => {
  const server = await startFhir();
  try {
    const { entries, address } = await post({ url: server.url }, transaction([{ resourceType: 'Device' }, { resourceType: 'Observation', device: { reference: 'urn:uuid:00000000-0000-4000-8000-000000000000' } }]));
    assert.equal(address, server.url);
    assert.deepEqual(entries.map((/** @type {any} */ { type, status }) => [type, status]), [['Device', '201 Created'], ['Observation', '201 Created']]);
    assert.equal(server.store.search('Observation', new URLSearchParams())[0].device.reference, `Device/${server.store.search('Device', new URLSearchParams())[0].id}`);
    const count = server.store.all().length;

    await fails(post({ url: server.url, name: 'The record' }, transaction([{ resourceType: 'Observation', device: { reference: 'Device/none' } }])), 'BDS_E_REFUSED',
      /The record at .* has refused this \(422\)\. Nothing was stored\. It says: error: The reference "Device\/none" leads nowhere\. \(at Bundle\.entry\[0\]\.resource\)/);
    await fails(post({ url: server.url }, transaction([{ resourceType: 'Nonsense' }])), 'BDS_E_REFUSED', /no resource that is kept here/);
    assert.equal(server.store.all().length, count, 'all or nothing');
    await fails(post({ url: server.url }, { ...transaction(), type: 'collection' }), 'BDS_E_ARGUMENT', /of type "transaction"/);

    server.state.next = (response) => void says(200, { resourceType: 'Bundle', type: 'transaction-response', entry: [] }, 'application/fhir+json')(response, /** @type {any} */ (null));
    await fails(post({ url: server.url }, transaction([{ resourceType: 'Media' }])), 'BDS_E_UNCLEAR', /does not say what became of each entry/);
    server.state.next = (response) => void says(200, '<html>', 'text/html')(response, /** @type {any} */ (null));
    await fails(post({ url: server.url }, transaction([{ resourceType: 'Media', status: 'x' }])), 'BDS_E_UNCLEAR', /cannot be read/);
    server.state.next = (response) => void says(503, { resourceType: 'OperationOutcome', issue: [{ severity: 'fatal', code: 'timeout', details: { text: 'Too\nbusy\u202e' } }] }, 'application/fhir+json')(response, /** @type {any} */ (null));
    await fails(post({ url: server.url }, transaction([{ resourceType: 'Media', status: 'y' }])), 'BDS_E_UNCLEAR', /has failed \(503\).*It says: fatal: Too busy\./);
    await fails(post({ url: server.url }, transaction([{ resourceType: 'Media', status: 'y' }])), 'BDS_E_STATE', /not clear/);
  } finally {
    await server.close();
  }
});
