// What a FHIR server says: OperationOutcome and transaction-response (FHIR R4, 3.1.0.11). Not a medical device.
// SPDX-License-Identifier: MIT
import { BedsideError } from '../../web/bedside.js';
import { quoted } from './exchange.mjs';

/** The sentences of an OperationOutcome. @param {any} resource @returns {string[]} */
export function issues(resource) {
  if (resource?.resourceType !== 'OperationOutcome' || !Array.isArray(resource.issue)) return [];
  return resource.issue.map((/** @type {any} */ issue) => {
    const what = quoted(issue?.details?.text ?? issue?.diagnostics ?? issue?.details?.coding?.[0]?.display ?? issue?.code ?? 'no reason given');
    const where = issue?.expression?.[0] ?? issue?.location?.[0];
    return `${quoted(issue?.severity ?? 'error')}: ${what}${where ? ` (at ${quoted(where)})` : ''}${/[.!?]$/.test(what) && !where ? '' : '.'}`;
  });
}

/** The sentences in an answer, if it holds an OperationOutcome. @param {import('./exchange.mjs').Answer} answer */
export function sentences({ bytes, type }) {
  if (!/\bjson\b/.test(type)) return [];
  try {
    return issues(JSON.parse(new TextDecoder().decode(bytes)));
  } catch {
    return [];
  }
}

/**
 * What became of each entry. A server that does not name each one as stored has not kept its word.
 * @param {any} said @param {any} bundle what was sent @param {string} address @param {import('./portal.js').Server} server
 */
export function entriesOf(said, bundle, address, server) {
  const name = server.name ?? 'The server';
  if (said?.resourceType !== 'Bundle' || said.type !== 'transaction-response' || !Array.isArray(said.entry) || said.entry.length !== bundle.entry.length) {
    throw new BedsideError('BDS_E_UNCLEAR', `${name} at ${address} has taken the bundle, but does not say what became of each entry. Look there before sending it again. ${issues(said).join(' ')}`.trim());
  }
  const entries = said.entry.map((/** @type {any} */ entry, /** @type {number} */ i) => ({
    type: String(bundle.entry[i].resource?.resourceType ?? ''),
    status: quoted(entry?.response?.status ?? ''),
    location: quoted(entry?.response?.location ?? ''),
  }));
  const bad = entries.filter((/** @type {{ status: string }} */ { status }) => !/^2\d\d\b/.test(status));
  if (bad.length > 0) {
    throw new BedsideError('BDS_E_UNCLEAR', `${name} at ${address} has taken the bundle, but not all of it: ${bad.map((/** @type {any} */ { type, status }) => `${type}: ${status || 'no status'}`).join(', ')}. Look there.`);
  }
  return { entries, said: said.entry.flatMap((/** @type {any} */ entry) => issues(entry?.response?.outcome)) };
}
