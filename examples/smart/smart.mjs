// SMART App Launch with fhirclient, and what Bedside does with it: the patient, their pictures, and the report that the user sends.
// Types and documentation: smart.d.ts. Not a medical device.
// SPDX-License-Identifier: MIT
import FHIR from 'fhirclient';
import { BedsideError } from '../../web/bedside.js';
import { exchange, jsonOf, quoted, refusal, shown } from '../portal/exchange.mjs';
import { issues } from '../portal/outcome.mjs';

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
 * @param {Session} session @param {string} path below the record's address @param {string} accept
 */
async function read(session, path, accept) {
  const server = serverOf(session);
  const url = `${session.url}/${path}`;
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

/** The path below the record's address of an attachment, or null: it lies elsewhere, and the token must not go there. @param {Session} session @param {string} url */
export function inside({ url: base }, url) {
  if (!URL.canParse(url, `${base}/`)) return null;
  const address = new URL(url, `${base}/`).href;
  return address.startsWith(`${base}/`) ? address.slice(base.length + 1) : null;
}

const isPicture = (/** @type {any} */ attachment) => /^(image\/(png|jpeg)|application\/dicom)$/.test(String(attachment?.contentType));

/** Entries of a search, of the patient it was made for. @param {Session} session @param {string} type @param {string} by */
async function search(session, type, by) {
  const found = await resource(session, `${type}?${by}=${encodeURIComponent(session.patientId)}&_count=50`);
  const entries = (found?.entry ?? []).map((/** @type {any} */ entry) => entry?.resource).filter((/** @type {any} */ one) => one?.resourceType === type);
  const other = entries.find((/** @type {any} */ one) => one.subject?.reference !== `Patient/${session.patientId}`);
  if (other) throw new BedsideError('BDS_E_ANSWER', `The record at ${session.url} lists a ${type} that is not this patient's. Nothing of it was used.`);
  return entries;
}

/** @param {Session} session @returns {Promise<Picture[]>} */
export async function pictures(session) {
  const may = (/** @type {string} */ type) => allows(session.granted, type, 'read');
  const documents = may('DocumentReference') ? await search(session, 'DocumentReference', 'patient') : [];
  const media = may('Media') ? await search(session, 'Media', 'patient') : [];
  const found = [
    ...documents.flatMap((/** @type {any} */ one) => (one.content ?? []).map((/** @type {any} */ content) => ({ one, attachment: content?.attachment }))),
    ...media.map((/** @type {any} */ one) => ({ one, attachment: one.content })),
  ];
  return found.filter(({ attachment }) => isPicture(attachment)).map(({ one, attachment }) => ({
    id: `${one.resourceType}/${one.id}`,
    title: quoted(attachment.title ?? one.description ?? `${one.resourceType} ${one.id}`),
    date: quoted(one.date ?? one.createdDateTime ?? attachment.creation ?? ''),
    contentType: attachment.contentType,
    url: typeof attachment.url === 'string' ? attachment.url : null,
    data: typeof attachment.data === 'string' ? attachment.data : null,
  }));
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
  if (!allows(session.granted, 'ImagingStudy', 'read')) return [];
  return (await search(session, 'ImagingStudy', 'patient')).map((/** @type {any} */ one) => ({
    id: `ImagingStudy/${one.id}`,
    title: quoted(one.description ?? `ImagingStudy ${one.id}`),
    date: quoted(one.started ?? ''),
    studyInstanceUid: (one.identifier ?? []).map((/** @type {any} */ { system, value }) => (system === 'urn:dicom:uid' ? String(value).replace(/^urn:oid:/, '') : null)).find((/** @type {string | null} */ uid) => uid) ?? null,
  }));
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
