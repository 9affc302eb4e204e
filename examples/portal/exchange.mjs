// One HTTP exchange with a named server, in a page and in Node: whatever goes wrong is a BedsideError in a plain sentence, and a request
// is made once: no repetition, no redirect. Types of the errors: portal.d.ts. Not a medical device.
// SPDX-License-Identifier: MIT
import { BedsideError } from '../../web/bedside.js';

/** @typedef {import('./portal.js').Server} Server */
/**
 * @typedef {{
 *   server: Server,
 *   method?: string,
 *   headers?: Record<string, string>,
 *   body?: BodyInit,
 *   signal?: AbortSignal,
 *   seconds?: number,
 *   maxBytes?: number,
 * }} Request
 * @typedef {{ status: number, type: string, headers: Headers, bytes: Uint8Array }} Answer
 */

/** What a server says goes into a sentence: short, and without control characters or such as are not seen and turn the direction. @param {unknown} text */
export function quoted(text) {
  const line = String(text).replace(/[\u0000-\u001f\u007f-\u009f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff]+/g, ' ').trim();
  return line.length > 300 ? `${line.slice(0, 300).replace(/[\ud800-\udbff]$/, '')}…` : line;
}

/** An address without a password in it. @param {string} url */
export function shown(url) {
  const address = new URL(url);
  address.username = address.password = '';
  return address.href;
}

/**
 * A server's address as it is used: absolute, http or https, no slash at the end. A password belongs in {@link Server.headers}.
 * @param {Server} server
 */
export function base(server) {
  let address;
  try {
    address = new URL(server.url, globalThis.location?.href);
  } catch (cause) {
    throw new BedsideError('BDS_E_ARGUMENT', `"${quoted(server.url)}" is no address of a server.`, { cause });
  }
  if (!/^https?:$/.test(address.protocol)) throw new BedsideError('BDS_E_ARGUMENT', `${quoted(address.href)} is no address of a server: it must begin with http:// or https://.`);
  if (address.username || address.password) throw new BedsideError('BDS_E_ARGUMENT', 'The server\'s address must not hold a password: give it as a header.');
  if (address.search || address.hash) throw new BedsideError('BDS_E_ARGUMENT', `${quoted(address.href)} is no address of a server: it must end before "?" and "#".`);
  return address.href.replace(/\/+$/, '');
}

/** Basic authentication as a header. @param {string} user @param {string} password */
export function basic(user, password) {
  const bytes = new TextEncoder().encode(`${user}:${password}`);
  return { Authorization: `Basic ${btoa(String.fromCharCode(...bytes))}` };
}

/** Node says why a connection was never made; a page is not told. @param {unknown} error */
function neverArrived(error) {
  const cause = error instanceof Error ? /** @type {{ code?: string } | undefined} */ (error.cause) : undefined;
  return /^(ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO_|ERR_TLS)/.test(cause?.code ?? '');
}

/**
 * The body, as far as the limit; all at once where its length is known.
 * @param {Response} response @param {number} limit
 */
async function bodyOf(response, limit) {
  const stated = Number(response.headers.get('content-length') ?? NaN);
  if (stated <= limit && !response.headers.has('content-encoding')) return new Uint8Array(await response.arrayBuffer());
  /** @type {Uint8Array[]} */
  const chunks = [];
  let size = 0;
  const reader = response.body?.getReader();
  while (reader) {
    const { done, value } = await reader.read();
    if (done) break;
    size += value.length;
    if (size > limit) {
      void reader.cancel();
      throw new BedsideError('BDS_E_LIMIT', `The answer of ${shown(response.url)} has more than ${Math.floor(limit / 1048576)} MiB and was not read.`);
    }
    chunks.push(value);
  }
  const bytes = new Uint8Array(size);
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.length;
  }
  return bytes;
}

/**
 * Something was sent, and the answer does not say what became of it.
 * @param {string} url @param {Server} server @param {string} why a sentence @param {unknown} [cause]
 */
export const unclear = (url, server, why, cause) =>
  new BedsideError('BDS_E_UNCLEAR', `It is not known what ${server.name ?? 'The server'} at ${shown(url)} has stored of what was sent. ${why} Look there before sending it again.`, { cause });

/**
 * Asks once. Whether the status is a good one is for the caller to judge ({@link refusal}).
 * @param {string} url
 * @param {Request} request
 * @returns {Promise<Answer>}
 */
export async function exchange(url, { server, method = 'GET', headers = {}, body, signal, seconds = 120, maxBytes = 512 * 1048576 }) {
  const name = server.name ?? 'The server';
  const sends = body !== undefined;
  const limit = AbortSignal.timeout(seconds * 1000);
  let response;
  try {
    response = await fetch(url, {
      method,
      headers: { ...headers, ...server.headers },
      body,
      signal: signal ? AbortSignal.any([signal, limit]) : limit,
      // A redirect would take a patient's data to an address that nobody has seen.
      redirect: 'manual',
      credentials: server.credentials ?? 'omit',
      cache: 'no-store',
      referrerPolicy: 'no-referrer',
    });
    const bytes = response.type === 'opaqueredirect' ? new Uint8Array(0) : await bodyOf(response, maxBytes);
    if (response.type === 'opaqueredirect' || (response.status >= 300 && response.status < 400)) {
      const elsewhere = `${name} at ${shown(url)} sends elsewhere (a redirect, perhaps to a sign-in page). Bedside does not follow, because the other address was not chosen.`;
      // After a POST it may mean that all went well (303), so it is not known what was stored.
      throw sends ? new BedsideError('BDS_E_UNCLEAR', `${elsewhere} Look there before sending it again.`) : new BedsideError('BDS_E_ANSWER', elsewhere);
    }
    return { status: response.status, type: (response.headers.get('content-type') ?? '').toLowerCase(), headers: response.headers, bytes };
  } catch (cause) {
    if (cause instanceof BedsideError) throw sends && /** @type {string} */ (cause.code) !== 'BDS_E_UNCLEAR' ? unclear(url, server, cause.message, cause) : cause;
    const why = signal?.aborted ? 'was broken off' : limit.aborted ? `took more than ${seconds} s` : null;
    if (sends && !neverArrived(cause)) {
      throw new BedsideError('BDS_E_UNCLEAR', `${name} at ${shown(url)} did not say whether it has received what was sent: the connection ${why ?? 'failed'}. Look there before sending it again.`, { cause });
    }
    if (signal?.aborted) throw new BedsideError('BDS_E_ABORTED', 'Broken off at the user\'s wish.', { cause });
    if (response) throw new BedsideError('BDS_E_ANSWER', `The answer of ${name} at ${shown(url)} ${why ?? 'broke off in the middle'}. Nothing of it was used.`, { cause });
    throw new BedsideError('BDS_E_FETCH', `${name} at ${shown(url)} ${why ?? 'gives no answer. Is it running, and may this page ask it'}${why ? '.' : '?'}${sends ? ' Nothing was sent.' : ''}`, { cause });
  }
}

/**
 * The error that a status means which is not the one hoped for.
 * @param {Answer} answer @param {string} url @param {Server} server @param {{ sends?: boolean, said?: string }} [more] what the server says of it
 */
export function refusal({ status }, url, server, { sends = false, said = '' } = {}) {
  const name = `${server.name ?? 'The server'} at ${shown(url)}`;
  const reason = said ? ` It says: ${quoted(said)}` : '';
  const known = server.headers && Object.keys(server.headers).some((key) => key.toLowerCase() === 'authorization');
  const end = `${sends ? ' Nothing was stored.' : ''}${reason}`;
  if (status === 401) return new BedsideError('BDS_E_DENIED', `${name} ${known ? 'does not accept this user name and password, or this token' : 'wants a user name and password'} (401).${end}`);
  if (status === 403) return new BedsideError('BDS_E_DENIED', `${name} does not allow this (403).${end}`);
  if (status === 404 || status === 410) return new BedsideError('BDS_E_MISSING', `${name}: there is nothing at this address (${status}).${end}`);
  if (status === 406 || status === 415) return new BedsideError('BDS_E_REFUSED', `${name} does not deal with this kind of file (${status}).${end}`);
  if (status === 413) return new BedsideError('BDS_E_REFUSED', `${name} finds this too large (413).${end}`);
  if (sends && (status >= 500 || status === 408)) {
    const what = status === 408 ? 'has not waited for the end' : 'has failed'; // 408: also of whatever stands before the server, when that takes its time
    return new BedsideError('BDS_E_UNCLEAR', `${name} ${what} (${status}), and does not say whether it has stored anything. Look there before sending it again.${reason}`);
  }
  if (status >= 500) return new BedsideError('BDS_E_FETCH', `${name} has failed (${status}). Try again later.${reason}`);
  return new BedsideError('BDS_E_REFUSED', `${name} has refused this (${status}).${end}`);
}

/** The JSON that an answer holds. @param {Answer} answer @param {string} url @param {Server} server */
export function jsonOf({ bytes, type }, url, server) {
  try {
    if (!/\bjson\b/.test(type)) throw new SyntaxError(type);
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (cause) {
    const what = type.split(';')[0] || 'something without a type';
    throw new BedsideError('BDS_E_ANSWER', `${server.name ?? 'The server'} at ${shown(url)} answers with ${quoted(what)} that is not the JSON that was asked for. Is the address right?`, { cause });
  }
}
