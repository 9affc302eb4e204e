// SMART App Launch with fhirclient, and what Bedside does with it: the patient, their pictures, and the report that the user sends.
// Types and documentation: smart.d.ts. Not a medical device.
// SPDX-License-Identifier: MIT
import FHIR from 'fhirclient';
import { BedsideError } from '../../web/bedside.js';
import { exchange, jsonOf, quoted, refusal, shown } from '../portal/exchange.mjs';
import { issues } from '../portal/outcome.mjs';
import { inside, nextOf } from './addresses.mjs';

/** @typedef {import('./smart.js').SmartConfig} SmartConfig */
/** @typedef {import('./smart.js').Session} Session */
/** @typedef {import('./smart.js').Picture} Picture */
/** @typedef {import('../portal/portal.js').Server} Server */

// The browser's build of fhirclient; its types name that of Node.
const { oauth2 } = /** @type {typeof import('fhirclient/lib/entry/browser.js')} */ (/** @type {unknown} */ (FHIR));

const RELAUNCH = 'Start again from the patient\'s record.';
const RECORD = 'The record';

/** @param {string} url */
const trimmed = (url) => url.replace(/\/+$/, '');

/**
 * The record's address, if it is one of those that this app works with. Else any link could have a patient's pictures sent anywhere.
 * @param {SmartConfig} config @param {string} iss
 */
export function issuer({ issuers }, iss) {
  const found = issuers.find(({ url }) => trimmed(url) === trimmed(iss));
  if (!found) throw new BedsideError('BDS_E_DENIED', `This app does not work with the record at ${quoted(iss)}. Nothing was sent there.`);
  return found;
}

/** 128 random bits; fhirclient's own state comes from Math.random, which can be guessed. */
const freshState = () => Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('');

/** @param {SmartConfig} config @param {{ iss: string, launch?: string | null }} from */
export async function begin(config, { iss, launch = null }) {
  const { url } = issuer(config, iss);
  // fhirclient reads these from the page's address before it looks at what it is given.
  const query = new URLSearchParams(location.search);
  for (const name of ['fhirServiceUrl', 'patientId', 'clientId']) {
    if (query.has(name)) throw new BedsideError('BDS_E_DENIED', `This address tries to change how the app starts ("${name}"). Nothing was sent.`);
  }
  if (query.has('iss')) issuer(config, query.get('iss') ?? '');
  const scope = config.scope.split(/\s+/).filter((one) => !/^launch(\/|$)/.test(one));
  scope.unshift(launch === null ? 'launch/patient' : 'launch');
  try {
    await oauth2.authorize({
      clientId: config.clientId,
      iss: url,
      launch: launch ?? undefined,
      scope: scope.join(' '),
      redirectUri: config.redirectUri,
      stateKey: freshState(),
      pkceMode: 'required',
      completeInTarget: true,
    });
  } catch (cause) {
    throw new BedsideError('BDS_E_FETCH', `The record at ${shown(url)} does not say how to sign in there: ${quoted(cause instanceof Error ? cause.message : cause)}.`, { cause });
  }
}

/** What the browser remembers of the launch (fhirclient keeps it in sessionStorage). @param {string} name */
function remembered(name) {
  try {
    return JSON.parse(sessionStorage.getItem(name) ?? 'null');
  } catch {
    return null;
  }
}

/** @param {SmartConfig} config @returns {Promise<Session | null>} */
export async function complete(config) {
  const query = new URLSearchParams(location.search);
  const state = query.get('state');
  const key = remembered('SMART_KEY');
  if (query.has('error')) {
    const what = query.get('error') === 'access_denied' ? 'The record has not allowed this app in' : `The record has not let this app in (${quoted(query.get('error'))})`;
    const why = query.get('error_description');
    throw new BedsideError('BDS_E_DENIED', `${what}${why ? `: ${quoted(why)}` : ''}. ${RELAUNCH}`);
  }
  if (state === null && key === null) return null;
  if (state !== null && state !== key) throw new BedsideError('BDS_E_DENIED', `This answer does not belong to a sign-in that began in this window. It was not used. ${RELAUNCH}`);
  const kept = remembered(key);
  if (!kept) throw new BedsideError('BDS_E_DENIED', `The sign-in that began in this window is not there any more. ${RELAUNCH}`);
  issuer(config, String(kept.serverUrl));
  let client;
  try {
    client = await oauth2.ready();
  } catch (cause) {
    throw new BedsideError('BDS_E_DENIED', `The record did not complete the sign-in: ${quoted(cause instanceof Error ? cause.message : cause)}. ${RELAUNCH}`, { cause });
  }
  if (!client.patient.id) throw new BedsideError('BDS_E_DENIED', `The record does not say which patient this is about. ${RELAUNCH}`);
  const scope = String(client.getState('tokenResponse.scope') ?? '');
  return { client, url: trimmed(String(client.state.serverUrl)), patientId: client.patient.id, asked: String(client.state.scope ?? '').split(/\s+/).filter(Boolean), granted: scope.split(/\s+/).filter(Boolean) };
}

/** The record as a server that the portal's functions write to: the token goes there and nowhere else. @param {Session} session @returns {Server} */
export function serverOf({ client, url }) {
  const expires = Number(client.state.expiresAt ?? 0);
  const authorization = client.getAuthorizationHeader();
  if (!authorization || (expires > 0 && expires * 1000 <= Date.now())) {
    throw new BedsideError('BDS_E_DENIED', `The permission to read and write this record has ended. Nothing was sent. ${RELAUNCH}`);
  }
  return { name: RECORD, url, headers: { Authorization: authorization } };
}

/**
 * Reads something of the record.
 * @param {Session} session @param {string} path below the record's address, or a query of it @param {string} accept
 */
async function read(session, path, accept) {
  const server = serverOf(session);
  const url = `${session.url}${path.startsWith('?') ? '' : '/'}${path}`;
  const answer = await exchange(url, { server, headers: { Accept: accept }, maxBytes: 256 * 1048576 });
  if (answer.status === 401) throw new BedsideError('BDS_E_DENIED', `The permission to read and write this record has ended (401). ${RELAUNCH}`);
  if (answer.status !== 200) {
    const said = /\bjson\b/.test(answer.type) ? issues(jsonOf(answer, url, server)) : [];
    throw refusal(answer, url, server, { said: said.join(' ') });
  }
  return { answer, url, server };
}

/** @param {Session} session @param {string} path */
async function resource(session, path) {
  const { answer, url, server } = await read(session, path, 'application/fhir+json');
  return jsonOf(answer, url, server);
}

/** @param {any} name HumanName */
const nameText = (name) => quoted(name?.text ?? [name?.prefix, name?.given, name?.family].flat().filter(Boolean).join(' '));

/** Titles say nothing of who it is. @param {any} name HumanName @returns {import('./names.mjs').Name} */
function nameParts(name) {
  const given = [name?.given].flat().filter(Boolean).map(String);
  return name?.family || given.length > 0 ? { family: String(name.family ?? ''), given } : { family: '', given: name?.text ? [String(name.text)] : [] };
}

/** @param {Session} session @returns {Promise<import('./smart.js').Patient>} */
export async function patient(session) {
  const found = await resource(session, `Patient/${encodeURIComponent(session.patientId)}`);
  if (found?.resourceType !== 'Patient' || found.id !== session.patientId) throw new BedsideError('BDS_E_ANSWER', `The record at ${session.url} gives another resource than the patient's.`);
  return {
    id: session.patientId,
    name: nameText(found.name?.[0]) || 'No name',
    names: (found.name ?? []).map(nameParts).filter((/** @type {import('./names.mjs').Name} */ { family, given }) => family || given.length > 0),
    birthDate: quoted(found.birthDate ?? ''),
    identifiers: (found.identifier ?? []).map((/** @type {any} */ one) => ({ system: String(one?.system ?? ''), value: String(one?.value ?? ''), assigner: String(one?.assigner?.display ?? '') })).filter((/** @type {{ value: string }} */ { value }) => value),
  };
}

const isPicture = (/** @type {any} */ attachment) => /^(image\/(png|jpeg)|application\/dicom)$/.test(String(attachment?.contentType));

/** Entries and pages of one search that are read: as far as that pages are followed. */
const MOST = 1000;
const PAGES = 100;

/**
 * Entries of a search, of the patient it was made for, the newest first; `more`: there are others, which were not read.
 * @param {Session} session @param {string} type @param {{ sort: string, date: (resource: any) => unknown }} by
 * @returns {Promise<{ entries: any[], more: boolean }>}
 */
async function search(session, type, { sort, date }) {
  const query = `${type}?patient=${encodeURIComponent(session.patientId)}&_count=50`;
  /** @type {any[]} */
  const entries = [];
  const seen = new Set();
  // Servers that cannot sort may say so: then their own order has to do.
  let page = await resource(session, `${query}&_sort=-${sort}`).catch((error) => {
    if (error.code !== 'BDS_E_REFUSED') throw error;
    return resource(session, query);
  });
  let next;
  for (;;) {
    entries.push(...(page?.entry ?? []).map((/** @type {any} */ entry) => entry?.resource).filter((/** @type {any} */ one) => one?.resourceType === type));
    next = nextOf(session, page);
    if (!next || seen.has(next) || seen.size >= PAGES || entries.length >= MOST) break;
    seen.add(next);
    page = await resource(session, next);
  }
  const own = [`Patient/${session.patientId}`, `${session.url}/Patient/${session.patientId}`];
  const other = entries.find((/** @type {any} */ one) => !own.includes(one.subject?.reference));
  if (other) throw new BedsideError('BDS_E_ANSWER', `The record at ${session.url} lists a ${type} that is not this patient's. Nothing of it was used.`);
  return { entries: entries.slice(0, MOST).sort((a, b) => newer(date(a), date(b))), more: next !== undefined || entries.length > MOST };
}

/** FHIR's times, in whatever zone; those without one come last. @param {unknown} a @param {unknown} b */
function newer(a, b) {
  const [one, other] = [a, b].map((time) => Date.parse(String(time)) || -Infinity);
  return one === other ? 0 : other - one;
}

const dates = {
  DocumentReference: { sort: 'date', date: (/** @type {any} */ one) => one.date ?? one.content?.[0]?.attachment?.creation },
  Media: { sort: 'created', date: (/** @type {any} */ one) => one.createdDateTime ?? one.createdPeriod?.start ?? one.content?.creation },
  ImagingStudy: { sort: 'started', date: (/** @type {any} */ one) => one.started },
};

/** As search, of a type that may not be read at all. @param {Session} session @param {keyof typeof dates} type */
const readable = async (session, type) => (allows(session.granted, type, 'read') ? search(session, type, dates[type]) : { entries: [], more: false });

/** @param {Session} session */
export async function pictures(session) {
  const [documents, media] = [await readable(session, 'DocumentReference'), await readable(session, 'Media')];
  const found = [
    ...documents.entries.flatMap((one) => (one.content ?? []).map((/** @type {any} */ content) => ({ one, attachment: content?.attachment }))),
    ...media.entries.map((one) => ({ one, attachment: one.content })),
  ];
  /** @type {Picture[]} */
  const list = found.filter(({ attachment }) => isPicture(attachment)).map(({ one, attachment }) => ({
    id: `${one.resourceType}/${one.id}`,
    title: quoted(attachment.title ?? one.description ?? `${one.resourceType} ${one.id}`),
    date: quoted(one.date ?? one.createdDateTime ?? attachment.creation ?? ''),
    contentType: attachment.contentType,
    url: typeof attachment.url === 'string' ? attachment.url : null,
    data: typeof attachment.data === 'string' ? attachment.data : null,
  }));
  return { list: list.sort((a, b) => newer(a.date, b.date)), more: documents.more || media.more };
}

/** @param {string} text */
function fromBase64(text) {
  try {
    return Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
  } catch (cause) {
    throw new BedsideError('BDS_E_ANSWER', 'The picture in the record is damaged: it is no base64.', { cause });
  }
}

/** @param {Session} session @param {Picture} picture */
export async function bytesOf(session, { id, url, data, contentType }) {
  if (data !== null) return fromBase64(data);
  const path = url === null ? null : inside(session, url);
  if (path === null) throw new BedsideError('BDS_E_DENIED', `The picture of ${id} does not lie in this record but at ${quoted(url)}. It was not fetched, because the permission is for this record alone.`);
  const { answer, url: address, server } = await read(session, path, `${contentType}, application/fhir+json;q=0.5`);
  // Some servers give the Binary resource whatever they are asked for.
  if (!/\bjson\b/.test(answer.type)) return answer.bytes;
  return fromBase64(String(jsonOf(answer, address, server)?.data ?? ''));
}

/** @param {Session} session */
export async function studies(session) {
  const { entries, more } = await readable(session, 'ImagingStudy');
  return {
    list: entries.map((one) => ({
      id: `ImagingStudy/${one.id}`,
      title: quoted(one.description ?? `ImagingStudy ${one.id}`),
      date: quoted(one.started ?? ''),
      studyInstanceUid: (one.identifier ?? []).map((/** @type {any} */ { system, value }) => (system === 'urn:dicom:uid' ? String(value).replace(/^urn:oid:/, '') : null)).find((/** @type {string | null} */ uid) => uid) ?? null,
    })),
    more,
  };
}

/** @param {string[]} granted @param {string} type @param {'read' | 'create'} action */
export function allows(granted, type, action) {
  return granted.some((scope) => {
    const found = /^(?:patient|user)\/(\*|[A-Za-z]+)\.(read|write|\*|c?r?u?d?s?)$/.exec(scope.split('?')[0]);
    if (!found || (found[1] !== '*' && found[1] !== type)) return false;
    if (found[2] === '*') return true;
    return action === 'read' ? /^read$|r/.test(found[2]) && found[2] !== 'write' : found[2] === 'write' || /^c/.test(found[2]);
  });
}

/** @param {Session} session @param {any} bundle */
export function missing({ granted }, bundle) {
  const types = new Set(bundle.entry.map((/** @type {any} */ entry) => String(entry.resource.resourceType)));
  return Array.from(types).filter((type) => !allows(granted, /** @type {string} */ (type), 'create'));
}
