// A patient's record with SMART App Launch 2 for tests: discovery, authorisation with a page where the user decides, token with PKCE, patient
// context for EHR and standalone launch, and a small FHIR server that wants the token and looks at its scopes. Not a medical device.
import { createHash, randomUUID } from 'node:crypto';
import { allows } from './scopes.mjs';
import { fhirAnswers, Store } from './fhir-server.mjs';
import { json, loopback } from './loopback.mjs';

/** @typedef {{ id: string, redirectUri: string, origin: string }} App */
/** @typedef {{ app: App, scope: string, challenge: string, patient: string, state: string }} Asked */
/**
 * @typedef {object} Options
 * @property {import('./fhir-server.mjs').Resource[]} resources
 * @property {(bundle: any) => Promise<string[]>} [validate]
 */

/** @param {unknown} text */
const escaped = (text) => String(text).replace(/[&<>"]/g, (c) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' })[c] ?? c);

/** @param {Options} options */
export async function startSmart({ resources, validate }) {
  const store = new Store(resources);
  /** @type {App | null} */
  let app = null;
  /** What an EHR launch stands for: the patient whose record is open. @type {Map<string, string>} */
  const launches = new Map();
  /** @type {Map<string, Asked>} */
  const pages = new Map();
  /** @type {Map<string, Asked>} */
  const codes = new Map();
  /** @type {Map<string, { patient: string, scopes: string[], ends: number }>} */
  const tokens = new Map();
  /** What tests change: how long tokens live (0: not said, and ended at once), and which scopes are granted. */
  const rules = { seconds: 3600, endAtOnce: false, grant: (/** @type {string[]} */ scopes) => scopes };

  /** @type {import('./fhir-server.mjs').Options['authorise']} */
  const authorise = (request, { action, types }) => {
    const token = tokens.get(/^Bearer (.+)$/.exec(request.headers.authorization ?? '')?.[1] ?? '');
    if (!token || token.ends <= Date.now()) return { status: 401, text: 'The token has expired or is none.' };
    const not = types.find((type) => !allows(token.scopes, type, action));
    if (not) return { status: 403, text: `The scopes do not allow to ${action} ${not}.` };
    const [, , type, id] = request.path.split(/[/?]/);
    if (type === 'Patient' && id !== token.patient) return { status: 403, text: 'This is another patient.' };
    return null;
  };

  /** @param {URL} url @param {import('./loopback.mjs').Outgoing} response */
  const authorizePage = (url, response) => {
    const q = (/** @type {string} */ name) => url.searchParams.get(name) ?? '';
    const wrong = !app || q('client_id') !== app.id || q('redirect_uri') !== app.redirectUri ? 'unknown app or way back' : null;
    if (wrong || !app) return void response.writeHead(400, { 'Content-Type': 'text/plain' }).end(wrong);
    const back = (/** @type {string} */ error) => void response.writeHead(302, { Location: `${app?.redirectUri}?error=${error}&state=${encodeURIComponent(q('state'))}` }).end();
    if (q('response_type') !== 'code' || q('aud') !== `${server.origin}/fhir` || q('code_challenge_method') !== 'S256' || !/^[\w-]{43}$/.test(q('code_challenge')) || q('state').length < 22) return back('invalid_request');
    const scopes = q('scope').split(' ');
    const opened = launches.get(q('launch'));
    if (scopes.includes('launch') ? !opened : !scopes.includes('launch/patient')) return back('invalid_scope');
    const page = randomUUID();
    const patients = opened ? [opened] : store.all().filter((one) => one.resourceType === 'Patient').map((one) => String(one.id));
    pages.set(page, { app, scope: q('scope'), challenge: q('code_challenge'), patient: '', state: q('state') });
    response.writeHead(200, { 'Content-Type': 'text/html; charset=utf-8', 'Content-Security-Policy': "default-src 'none'", 'Referrer-Policy': 'no-referrer' });
    response.end(`<!doctype html><html lang="en"><title>The record asks</title><h1>May this app in?</h1><ul>${scopes.map((scope) => `<li class="scope">${escaped(scope)}</li>`).join('')}</ul>
${patients.map((id) => `<p><a class="allow" data-patient="${escaped(id)}" href="/decide?page=${page}&amp;patient=${escaped(id)}">Allow for ${escaped(id)}</a></p>`).join('')}<p><a class="deny" href="/decide?page=${page}">Deny</a></p></html>`);
  };

  /** @param {URL} url @param {import('./loopback.mjs').Outgoing} response */
  const decide = (url, response) => {
    const page = url.searchParams.get('page') ?? '';
    const asked = pages.get(page);
    pages.delete(page);
    if (!asked) return void response.writeHead(400).end('no such page');
    const back = new URL(asked.app.redirectUri);
    back.searchParams.set('state', asked.state);
    const patient = url.searchParams.get('patient');
    if (!patient) {
      back.searchParams.set('error', 'access_denied');
      back.searchParams.set('error_description', 'the user said no');
    } else {
      const code = randomUUID();
      codes.set(code, { ...asked, patient });
      back.searchParams.set('code', code);
    }
    response.writeHead(302, { Location: back.href }).end();
  };

  /** @param {import('./loopback.mjs').Seen} request @param {import('./loopback.mjs').Outgoing} response @param {Record<string, string>} cors */
  const token = (request, response, cors) => {
    const form = new URLSearchParams(request.body.toString('utf8'));
    const code = form.get('code') ?? '';
    const asked = codes.get(code);
    codes.delete(code); // a code is for one use (RFC 6749, 4.1.2)
    const verifier = createHash('sha256').update(form.get('code_verifier') ?? '').digest('base64url');
    const right = asked && request.method === 'POST' && form.get('grant_type') === 'authorization_code' && form.get('client_id') === asked.app.id && form.get('redirect_uri') === asked.app.redirectUri && verifier === asked.challenge;
    if (!asked || !right) return json(response, 400, { error: 'invalid_grant', error_description: 'the code is not valid' }, 'application/json', cors);
    const access = randomUUID();
    const scopes = rules.grant(asked.scope.split(' '));
    tokens.set(access, { patient: asked.patient, scopes, ends: rules.endAtOnce ? 0 : Date.now() + rules.seconds * 1000 });
    return json(response, 200, { access_token: access, token_type: 'Bearer', expires_in: rules.seconds, scope: scopes.join(' '), patient: asked.patient }, 'application/json', cors);
  };

  /** @type {import('./loopback.mjs').Loopback} */
  const server = await loopback((request, response) => {
    const { url } = request;
    const cors = { 'Access-Control-Allow-Origin': app?.origin ?? 'null', 'Access-Control-Allow-Headers': 'authorization, content-type, prefer, accept', Vary: 'Origin' };
    if (request.method === 'OPTIONS') return void response.writeHead(204, { ...cors, 'Access-Control-Allow-Methods': 'GET, POST' }).end();
    if (url.pathname === '/fhir/.well-known/smart-configuration') {
      return json(response, 200, {
        authorization_endpoint: `${server.origin}/authorize`,
        token_endpoint: `${server.origin}/token`,
        grant_types_supported: ['authorization_code'],
        code_challenge_methods_supported: ['S256'],
        capabilities: ['launch-ehr', 'launch-standalone', 'client-public', 'context-ehr-patient', 'context-standalone-patient', 'permission-patient', 'permission-v1', 'permission-v2'],
      }, 'application/json', cors);
    }
    if (url.pathname === '/authorize') return authorizePage(url, response);
    if (url.pathname === '/decide') return decide(url, response);
    if (url.pathname === '/token') return token(request, response, cors);
    if (url.pathname.startsWith('/fhir')) return fhirAnswers(store, '/fhir', { authorise, validate, allowOrigin: app?.origin })(request, response);
    return void response.writeHead(url.pathname === '/favicon.ico' ? 204 : 404).end();
  });

  return {
    ...server,
    url: `${server.origin}/fhir`,
    store,
    rules,
    /** Makes an app known. @param {App} known */
    register: (known) => (app = known),
    /** Opens a patient's record: what an EHR hands over as `launch`. @param {string} patient */
    open(patient) {
      const launch = randomUUID();
      launches.set(launch, patient);
      return launch;
    },
    /** Ends all tokens, as time would. */
    expire() {
      for (const one of tokens.values()) one.ends = 0;
    },
  };
}
