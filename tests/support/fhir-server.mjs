// A small FHIR R4 server for tests: takes a transaction, all or nothing, reads, searches by identifier, patient and a few more. What is malformed is
// refused with an OperationOutcome, as by a real one. Keeps everything in memory. Not a medical device.
import { json, loopback } from './loopback.mjs';

/** @typedef {{ resourceType: string, id?: string, [key: string]: any }} Resource */
/**
 * @typedef {object} Options
 * @property {Resource[]} [resources] what it holds at first, with ids
 * @property {string} [allowOrigin] looked at with each request: the page that may ask it from another origin (CORS)
 * @property {(request: import('./loopback.mjs').Seen, what: { action: 'read' | 'search' | 'create', types: string[] }) => null | { status: number, text: string }} [authorise] a refusal, or null
 * @property {(bundle: any) => Promise<string[]>} [validate] what is wrong with a bundle
 */

const types = new Set(['Patient', 'Device', 'DiagnosticReport', 'Observation', 'Provenance', 'ImagingStudy', 'DocumentReference', 'Media', 'Binary', 'Bundle', 'Practitioner', 'Organization', 'ServiceRequest', 'Endpoint']);

/** A refusal with a status. */
class Refused extends Error {
  /** @param {number} status @param {string} code IssueType @param {string} text @param {string} [expression] */
  constructor(status, code, text, expression) {
    super(text);
    this.status = status;
    this.outcome = { resourceType: 'OperationOutcome', issue: [{ severity: 'error', code, diagnostics: text, ...(expression ? { expression: [expression] } : {}) }] };
  }
}

/** Every object in a resource that has a `reference`. @param {any} value @returns {Generator<{ reference: string }>} */
function* references(value) {
  if (Array.isArray(value)) for (const one of value) yield* references(one);
  else if (value !== null && typeof value === 'object') {
    if (typeof value.reference === 'string') yield value;
    for (const [key, one] of Object.entries(value)) if (key !== 'contained') yield* references(one);
  }
}

/** The resources of one server. */
export class Store {
  /** @type {Map<string, Resource>} */
  #all = new Map();
  #next = 1;

  /** @param {Resource[]} [resources] */
  constructor(resources = []) {
    for (const resource of resources) this.#all.set(`${resource.resourceType}/${resource.id}`, structuredClone(resource));
  }

  all() {
    return Array.from(this.#all.values());
  }

  /** @param {string} type @param {string} id */
  read(type, id) {
    return this.#all.get(`${type}/${id}`);
  }

  /** @param {string} type @param {URLSearchParams} query */
  search(type, query) {
    const wanted = Array.from(query).filter(([name]) => !name.startsWith('_'));
    return this.all().filter((resource) => resource.resourceType === type && wanted.every(([name, value]) => {
      if (name === 'identifier') {
        const [system, code] = value.includes('|') ? value.split('|') : [null, value];
        return [resource.identifier ?? []].flat().some((/** @type {any} */ one) => one.value === code && (system === null || one.system === system));
      }
      if (name === 'patient' || name === 'subject') {
        const id = value.replace(/^Patient\//, '');
        return [resource.subject, resource.patient].some((one) => one?.reference === `Patient/${id}`);
      }
      if (name === 'status') return resource.status === value;
      throw new Refused(400, 'not-supported', `No search by "${name}".`);
    }));
  }

  /** All entries of a transaction or none. @param {any} bundle */
  transaction(bundle) {
    if (bundle?.resourceType !== 'Bundle') throw new Refused(400, 'structure', 'This is no Bundle.');
    if (bundle.type !== 'transaction') throw new Refused(400, 'invalid', `A Bundle of type "${bundle.type}" is not taken here.`, 'Bundle.type');
    if (!Array.isArray(bundle.entry) || bundle.entry.length === 0) throw new Refused(400, 'required', 'There are no entries.', 'Bundle.entry');
    /** @type {Map<string, string>} */
    const places = new Map();
    const plan = bundle.entry.map((/** @type {any} */ entry, /** @type {number} */ i) => {
      const at = `Bundle.entry[${i}]`;
      const { resource, request, fullUrl } = entry ?? {};
      if (!types.has(resource?.resourceType)) throw new Refused(422, 'structure', `"${resource?.resourceType}" is no resource that is kept here.`, `${at}.resource`);
      const url = String(request?.url ?? '');
      if (request?.method !== 'POST' && request?.method !== 'PUT') throw new Refused(400, 'required', 'An entry needs a request, POST or PUT.', `${at}.request`);
      if (url.split(/[/?]/)[0] !== resource.resourceType) throw new Refused(400, 'invalid', `The address "${url}" is not that of a ${resource.resourceType}.`, `${at}.request.url`);
      const id = request.method === 'PUT' ? url.split('/')[1] : null;
      if (request.method === 'PUT' && (!id || id !== resource.id)) throw new Refused(400, 'invalid', 'PUT needs the resource\'s id in its address.', `${at}.request.url`);
      const found = request.ifNoneExist ? this.search(resource.resourceType, new URLSearchParams(request.ifNoneExist)) : [];
      if (found.length > 1) throw new Refused(412, 'multiple-matches', 'More than one resource matches ifNoneExist.', `${at}.request.ifNoneExist`);
      const place = found[0] ? `${resource.resourceType}/${found[0].id}` : `${resource.resourceType}/${id ?? this.#next++}`;
      if (fullUrl) {
        if (places.has(fullUrl)) throw new Refused(400, 'duplicate', 'Two entries have the same fullUrl.', `${at}.fullUrl`);
        places.set(fullUrl, place);
      }
      return { resource: structuredClone(resource), place, existed: found.length > 0, at };
    });
    for (const { resource, at } of plan) {
      for (const one of references(resource)) {
        if (one.reference.startsWith('#')) continue;
        const place = places.get(one.reference) ?? one.reference;
        const known = this.#all.has(place) || plan.some((/** @type {any} */ other) => other.place === place);
        if (!known) throw new Refused(422, 'not-found', `The reference "${one.reference}" leads nowhere.`, `${at}.resource`);
        one.reference = place;
      }
    }
    const now = new Date().toISOString();
    const entry = plan.map((/** @type {any} */ { resource, place, existed }) => {
      if (!existed) this.#all.set(place, { ...resource, id: place.split('/')[1], meta: { ...resource.meta, versionId: '1', lastUpdated: now } });
      return { response: { status: existed ? '200 OK' : '201 Created', location: `${place}/_history/1`, etag: 'W/"1"', lastModified: now } };
    });
    return { resourceType: 'Bundle', type: 'transaction-response', entry };
  }
}

/**
 * Answers what lies under a prefix; the SMART server uses it, too.
 * @param {Store} store @param {string} prefix `/fhir` @param {Options} options
 * @returns {(request: import('./loopback.mjs').Seen & { url: URL }, response: import('./loopback.mjs').Outgoing) => Promise<void>}
 */
export function fhirAnswers(store, prefix, options) {
  return async (request, response) => {
    const { allowOrigin, authorise = () => null, validate } = options;
    const cors = allowOrigin ? { 'Access-Control-Allow-Origin': allowOrigin, 'Access-Control-Allow-Headers': 'authorization, content-type, prefer, accept, cache-control', 'Access-Control-Allow-Methods': 'GET, POST, OPTIONS', Vary: 'Origin' } : {};
    const say = (/** @type {number} */ status, /** @type {unknown} */ content) => json(response, status, content, 'application/fhir+json', /** @type {Record<string, string>} */ (cors));
    try {
      if (request.method === 'OPTIONS') return void response.writeHead(204, /** @type {Record<string, string>} */ (cors)).end();
      const rest = request.url.pathname.slice(prefix.length).split('/').filter(Boolean);
      const [type, id] = rest;
      const allow = (/** @type {'read' | 'search' | 'create'} */ action, /** @type {string[]} */ kinds) => {
        const refusal = authorise(request, { action, types: kinds });
        if (refusal) throw new Refused(refusal.status, refusal.status === 401 ? 'login' : 'forbidden', refusal.text);
      };
      if (request.method === 'GET' && type === 'metadata') return say(200, { resourceType: 'CapabilityStatement', status: 'active', date: '2026-01-01', kind: 'instance', fhirVersion: '4.0.1', format: ['json'], rest: [{ mode: 'server' }] });
      if (request.method === 'POST' && rest.length === 0) {
        if (!/^application\/(fhir\+)?json\b/.test(request.headers['content-type'] ?? '')) throw new Refused(415, 'not-supported', 'Only application/fhir+json is taken here.');
        let bundle;
        try {
          bundle = JSON.parse(request.body.toString('utf8'));
        } catch {
          throw new Refused(400, 'structure', 'This is no JSON.');
        }
        allow('create', (bundle?.entry ?? []).map((/** @type {any} */ one) => String(one?.resource?.resourceType)));
        const wrong = validate ? await validate(bundle) : [];
        if (wrong.length > 0) throw new Refused(422, 'invalid', wrong.join(' '));
        return say(200, store.transaction(bundle));
      }
      if (request.method === 'GET' && types.has(type) && rest.length === 1) {
        allow('search', [type]);
        const found = store.search(type, request.url.searchParams);
        return say(200, { resourceType: 'Bundle', type: 'searchset', total: found.length, entry: found.map((resource) => ({ fullUrl: `http://${request.headers.host}${prefix}/${type}/${resource.id}`, resource, search: { mode: 'match' } })) });
      }
      if (request.method === 'GET' && types.has(type) && rest.length === 2) {
        allow('read', [type]);
        const resource = store.read(type, id);
        if (!resource) throw new Refused(404, 'not-found', `There is no ${type}/${id}.`);
        // A Binary comes as what it is, unless FHIR is asked for (FHIR R4, 2.38.2).
        if (type === 'Binary' && !/fhir\+json/.test(request.headers.accept ?? '')) {
          const bytes = Buffer.from(resource.data, 'base64');
          return void response.writeHead(200, { 'Content-Type': resource.contentType, 'Content-Length': bytes.length, 'Cache-Control': 'no-store', ...cors }).end(bytes);
        }
        return say(200, resource);
      }
      throw new Refused(404, 'not-found', `There is nothing at ${request.method} ${request.url.pathname}.`);
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      say(error.status, error.outcome);
    }
  };
}

/**
 * Starts one at `/fhir`. `next` answers the next POST instead of the server: for failures.
 * @param {Options} [options]
 */
export async function startFhir(options = {}) {
  const store = new Store(options.resources);
  const answer = fhirAnswers(store, '/fhir', options);
  const state = { next: /** @type {null | ((response: import('./loopback.mjs').Outgoing) => void)} */ (null) };
  const server = await loopback(async (request, response) => {
    const { next } = state;
    if (next && request.method === 'POST') {
      state.next = null;
      return next(response);
    }
    return answer(request, response);
  });
  return { ...server, url: `${server.origin}/fhir`, store, state, options };
}
