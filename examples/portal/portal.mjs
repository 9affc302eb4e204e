// A clinic's servers: studies from DICOMweb, reports back to it and to a FHIR server. Types and documentation: portal.d.ts.
// Not a medical device.
// SPDX-License-Identifier: MIT
import * as dicomweb from 'dicomweb-client';
import { BedsideError } from '../../web/bedside.js';
import { base, basic, exchange, jsonOf, quoted, refusal, shown, unclear } from './exchange.mjs';
import { isUid, uidsOf } from './objects.mjs';
import { once } from './once.mjs';
import { extent, failures, stowAnswer } from './stow.mjs';
import { entriesOf, sentences } from './outcome.mjs';
import { Transport } from './transport.mjs';

/** @typedef {import('./portal.js').Server} Server */
/** @typedef {import('./portal.js').Instance} Instance */
/** @typedef {import('./portal.js').SendOptions} SendOptions */

export { basic };

/** @param {Server} server */
export const storeAddress = (server) => `${base(server)}/studies`;
/** @param {Server} server */
export const postAddress = (server) => base(server);

/** @param {Server} server */
const nameOf = (server) => server.name ?? 'The server';

/**
 * One call of dicomweb-client, and the answer behind it.
 * @param {Server} server
 * @param {{ accept?: string, signal?: AbortSignal, sends?: boolean }} how
 * @param {(client: any, request: { instance: Transport }) => Promise<unknown>} call
 */
async function ask(server, { accept, signal, sends }, call) {
  const client = new dicomweb.api.DICOMwebClient(/** @type {any} */ ({ url: base(server), verbose: false, headers: accept ? { Accept: accept } : {} }));
  const transport = new Transport(server, signal);
  try {
    const result = await Promise.race([call(client, { instance: transport }), transport.failed]);
    return { result, answer: /** @type {import('./exchange.mjs').Answer} */ (transport.answer) };
  } catch (cause) {
    if (cause instanceof BedsideError) throw cause;
    const { answer } = transport;
    if (!answer) throw new BedsideError('BDS_E_ARGUMENT', `This cannot be asked for: ${quoted(cause instanceof Error ? cause.message : cause)}.`, { cause });
    if (answer.status < 400 && !sends) throw new BedsideError('BDS_E_ANSWER', `The answer of ${nameOf(server)} at ${shown(transport.url)} cannot be read.`, { cause });
    throw Object.assign(refusal(answer, transport.url, server, { sends }), { cause, answer });
  }
}

/** @param {any} dataset DICOM JSON @param {string} tag */
const value = (dataset, tag) => dataset?.[tag]?.Value?.[0];
/** @param {any} dataset @param {string} tag */
const text = (dataset, tag) => {
  const found = value(dataset, tag);
  return typeof found === 'object' && found !== null ? quoted(found.Alphabetic ?? found.Ideographic ?? found.Phonetic ?? '') : quoted(found ?? '');
};

/** @param {string} uid @param {string} what */
function checkUid(uid, what) {
  if (!isUid(uid)) throw new BedsideError('BDS_E_ARGUMENT', `"${quoted(uid)}" is no ${what}: digits and dots, 64 at most.`);
}

/** A list as QIDO-RS gives it: 204, or an array. @param {unknown} found @param {Server} server */
function listed(found, server) {
  if (Array.isArray(found) && found.every((one) => typeof one === 'object' && one !== null)) return found;
  throw new BedsideError('BDS_E_ANSWER', `${nameOf(server)} at ${base(server)} answers with something else than a list. Is it a DICOMweb server?`);
}

/** @param {Server} server @param {{ limit?: number, offset?: number, match?: Record<string, string>, signal?: AbortSignal }} [query] */
export async function list(server, { limit = 50, offset = 0, match = {}, signal } = {}) {
  if (!Number.isInteger(limit) || limit < 1 || limit > 1000 || !Number.isInteger(offset) || offset < 0) {
    throw new BedsideError('BDS_E_ARGUMENT', 'limit must be a whole number from 1 to 1000, offset one from 0.');
  }
  const queryParams = { ...match, limit, offset, includefield: 'StudyDescription' };
  const { result } = await ask(server, { signal }, (client, request) => client.searchForStudies({ queryParams, request }));
  const studies = listed(result, server).map((one) => ({
    studyInstanceUid: text(one, '0020000D'),
    patientName: text(one, '00100010'),
    patientId: text(one, '00100020'),
    date: text(one, '00080020'),
    description: text(one, '00081030'),
    accessionNumber: text(one, '00080050'),
    modalities: (one['00080061']?.Value ?? []).map(quoted),
    instances: Number.isInteger(Number(value(one, '00201208') ?? NaN)) ? Number(value(one, '00201208')) : null,
  }));
  if (!studies.every(({ studyInstanceUid }) => isUid(studyInstanceUid))) throw new BedsideError('BDS_E_ANSWER', `${nameOf(server)} at ${base(server)} lists a study without a valid Study Instance UID.`);
  return studies;
}

/** How many are asked for at a time. */
const PAGE = 100;

/** @param {Server} server @param {{ most?: number, match?: Record<string, string>, signal?: AbortSignal }} [query] */
export async function listAll(server, { most = 1000, match, signal } = {}) {
  /** @type {Map<string, import('./portal.js').Study>} */
  const found = new Map();
  // Servers may give fewer than asked for (their own limit), so a short page is not the last one; an empty one is, and one with nothing new.
  for (let offset = 0, before = -1; found.size > before && found.size <= most; ) {
    before = found.size;
    const page = await list(server, { limit: PAGE, offset, match, signal });
    for (const study of page) found.set(study.studyInstanceUid, study);
    offset += page.length;
  }
  // DICOM writes dates so that they sort as text; studies without one come last.
  const studies = Array.from(found.values()).slice(0, most).sort((a, b) => (a.date === b.date ? 0 : a.date < b.date ? 1 : -1));
  return { studies, more: found.size > most };
}

/** @param {Server} server @param {string} studyInstanceUid @param {{ signal?: AbortSignal }} [options] @returns {Promise<Instance[]>} */
export async function instances(server, studyInstanceUid, { signal } = {}) {
  checkUid(studyInstanceUid, 'Study Instance UID');
  const { result } = await ask(server, { signal }, (client, request) => client.searchForInstances({ studyInstanceUID: studyInstanceUid, request }));
  const found = listed(result, server).map((one) => ({
    studyInstanceUid,
    seriesInstanceUid: text(one, '0020000E'),
    sopInstanceUid: text(one, '00080018'),
    sopClassUid: text(one, '00080016'),
    modality: text(one, '00080060'),
  }));
  if (found.length === 0) throw new BedsideError('BDS_E_MISSING', `${nameOf(server)} at ${base(server)} has no object of the study ${studyInstanceUid}.`);
  if (!found.every((one) => isUid(one.seriesInstanceUid) && isUid(one.sopInstanceUid))) {
    throw new BedsideError('BDS_E_ANSWER', `${nameOf(server)} at ${base(server)} lists an object without valid UIDs.`);
  }
  return found;
}

/**
 * @param {Server} server
 * @param {Pick<Instance, 'studyInstanceUid' | 'seriesInstanceUid' | 'sopInstanceUid'>} instance
 * @param {{ signal?: AbortSignal }} [options]
 */
export async function retrieve(server, { studyInstanceUid, seriesInstanceUid, sopInstanceUid }, { signal } = {}) {
  checkUid(studyInstanceUid, 'Study Instance UID');
  checkUid(seriesInstanceUid, 'Series Instance UID');
  checkUid(sopInstanceUid, 'SOP Instance UID');
  const where = { studyInstanceUID: studyInstanceUid, seriesInstanceUID: seriesInstanceUid, sopInstanceUID: sopInstanceUid };
  // "*": as it is stored. Else the server may decode and encode again, and the hash would be that of another file.
  const accept = 'multipart/related; type="application/dicom"; transfer-syntax=*';
  const { result } = await ask(server, { accept, signal }, (client, request) => client.retrieveInstance({ ...where, request }));
  const bytes = new Uint8Array(/** @type {ArrayBuffer} */ (result ?? new ArrayBuffer(0)));
  const uids = uidsOf(bytes);
  if (!uids) throw new BedsideError('BDS_E_ANSWER', `${nameOf(server)} at ${base(server)} gives something else than a DICOM object for ${sopInstanceUid}.`);
  if (uids.sopInstanceUid !== sopInstanceUid || uids.studyInstanceUid !== studyInstanceUid) {
    throw new BedsideError('BDS_E_ANSWER', `${nameOf(server)} at ${base(server)} gives another object than ${sopInstanceUid}, which was asked for. It was not used.`);
  }
  return bytes;
}

/** @param {Server} server @param {string} studyInstanceUid @param {{ signal?: AbortSignal, onProgress?: (progress: { step: number, steps: number }) => void }} [options] */
export async function* pull(server, studyInstanceUid, { signal, onProgress } = {}) {
  const found = await instances(server, studyInstanceUid, { signal });
  for (const [i, instance] of found.entries()) {
    onProgress?.({ step: i, steps: found.length });
    yield { ...instance, bytes: await retrieve(server, instance, { signal }) };
  }
  onProgress?.({ step: found.length, steps: found.length });
}

/** @param {Server} server @param {Uint8Array[]} objects @param {SendOptions} [options] */
export async function store(server, objects, { again = false, examination, signal } = {}) {
  const uids = objects.map((bytes) => uidsOf(bytes));
  if (uids.length === 0 || uids.some((one) => !one)) throw new BedsideError('BDS_E_ARGUMENT', 'What is to be stored must be DICOM objects, at least one.');
  const sent = /** @type {import('./objects.mjs').Uids[]} */ (uids);
  const study = sent[0].studyInstanceUid;
  if (sent.some((one) => one.studyInstanceUid !== study)) throw new BedsideError('BDS_E_ARGUMENT', 'The objects belong to several studies: store each study\'s by itself.');
  const address = storeAddress(server);
  const wanted = sent.map((one) => one.sopInstanceUid);
  const keys = [...wanted, ...(examination ? [examination] : [])].map((what) => `${address} ${what}`);
  return once(keys, again, async () => {
    const datasets = objects.map((bytes) => bytes.slice().buffer);
    const { answer } = await ask(server, { accept: 'application/dicom+json', signal, sends: true }, (client, request) => client.storeInstances({ datasets, request })).catch((error) => {
      // Which object was stored is said in the body, whatever the status: 201 and 409 are looked at as 200 and 202 are.
      if (!error.answer || (error.answer.status >= 400 && !stowAnswer(error.answer).stored.length)) {
        const why = error.answer && failures(stowAnswer(error.answer)).join(' ');
        throw error.code === 'BDS_E_REFUSED' ? refusal(error.answer, address, server, { sends: true, said: why }) : error;
      }
      return { answer: error.answer };
    });
    const said = stowAnswer(answer);
    const bad = failures(said);
    const { kept, all, none } = extent(said, wanted);
    if (all && answer.status < 400) return { address, stored: wanted, said: said.warnings };
    const says = bad.length > 0 ? ` It says: ${bad.join(' ')}` : '';
    if (none) throw new BedsideError('BDS_E_REFUSED', `${nameOf(server)} at ${address} has stored nothing.${says}`);
    throw unclear(address, server, `${kept.length === 0 ? 'It names none of them as stored' : `It names ${kept.length} of ${wanted.length} objects as stored, but not ${wanted.filter((uid) => !kept.includes(uid)).join(', ')}`} (${answer.status}).${says}`);
  });
}

/** @param {Server} server @param {any} bundle @param {SendOptions} [options] */
export async function post(server, bundle, { again = false, examination, signal } = {}) {
  if (bundle?.resourceType !== 'Bundle' || bundle.type !== 'transaction' || !Array.isArray(bundle.entry) || bundle.entry.length === 0) {
    throw new BedsideError('BDS_E_ARGUMENT', 'What is to be posted must be a FHIR bundle of type "transaction", with entries.');
  }
  const address = postAddress(server);
  const body = JSON.stringify(bundle);
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(body));
  const content = Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, '0')).join('');
  const keys = [content, ...(examination ? [examination] : [])].map((what) => `${address} ${what}`);
  return once(keys, again, async () => {
    const json = 'application/fhir+json';
    const headers = { 'Content-Type': `${json}; charset=utf-8`, Accept: json, Prefer: 'return=OperationOutcome' };
    const answer = await exchange(address, { server, method: 'POST', headers, body, signal, maxBytes: 16 * 1048576 });
    if (answer.status < 200 || answer.status > 299) throw refusal(answer, address, server, { sends: true, said: sentences(answer).join(' ') });
    /** @type {any} */
    let said;
    try {
      said = jsonOf(answer, address, server);
    } catch (cause) {
      throw unclear(address, server, `It has taken the bundle (${answer.status}), but its answer cannot be read.`, cause);
    }
    return { address, ...entriesOf(said, bundle, address, server) };
  });
}
