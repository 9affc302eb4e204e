// The app in a record: the patient, their pictures, an examination in this page, and one button that writes. Not a medical device.
// SPDX-License-Identifier: MIT
import { BedsideError } from '../../web/bedside.js';
import { createExaminer } from '../../web/exam/exam.js';
import { post, postAddress } from '../portal/portal.mjs';
import { examinationOf, fhirReport } from '../portal/study.mjs';
import { byId, card, element, problem, sender, state } from '../portal/view.js';
import { configuration } from './configuration.js';
import { belongs } from './belongs.mjs';
import { begin, bytesOf, complete, missing, patient, pictures, serverOf, studies } from './smart.mjs';

/** @typedef {import('./smart.js').Session} Session */
/** @typedef {import('./smart.js').Patient} Patient */

/** Standalone launch: the user says which record. @param {import('./smart.js').SmartConfig} config */
function offer(config) {
  byId('start').hidden = false;
  for (const { name, url } of config.issuers) {
    const button = element('button', { type: 'button', textContent: 'Sign in' });
    button.setAttribute('aria-label', `Sign in to ${name}`);
    button.addEventListener('click', () => void begin(config, { iss: url }).catch(problem));
    byId('issuers').append(element('li', {}, element('span', { textContent: `${name}: ${url}` }), button));
  }
  state('Nobody has signed in yet.');
}

/**
 * What the user has to confirm before a report of a picture is written into a record, where the two do not surely name one person: both are named.
 * @param {{ picture: string | null, record: string, doubt: string }} belonging
 */
function confirmation({ picture, record, doubt }) {
  const box = element('input', { type: 'checkbox', className: 'confirm' });
  const node = element('div', { className: 'doubt' },
    element('p', {}, 'The picture names ', element('bdi', { textContent: picture ?? '' }), '. This record is that of ', element('bdi', { textContent: record }), `. ${doubt}`),
    element('label', {}, box, ' I have compared the two: they are the same person.'));
  return { node, box };
}

/** @param {Session} session @param {Patient} whose @param {import('../../web/exam/exam.js').Examined} record @param {string} title @param {import('./smart.js').SmartConfig} config */
function result(session, whose, record, title, { numberings }) {
  if (record.outcome === 'refused') return card(record, title, []);
  const { picture, record: about, doubt } = belongs(record, whose, numberings);
  const confirm = doubt === null ? null : confirmation({ picture, record: about, doubt });
  const address = postAddress({ url: session.url });
  const send = sender(`Write the report into the record of ${whose.name}`, address, async (again) => {
    const bundle = await fhirReport(record, { subject: { reference: `Patient/${whose.id}`, display: whose.name } });
    const not = missing(session, bundle);
    if (not.length > 0) throw new BedsideError('BDS_E_DENIED', `The record has not allowed this app to write: ${not.join(', ')}. Nothing was sent.`);
    const { entries, said } = await post(serverOf(session), bundle, { again, examination: examinationOf(record, whose.id) });
    return [...entries.map((/** @type {import('../portal/portal.js').Posted['entries'][number]} */ entry) => `${entry.location || entry.type}: ${entry.status}.`), ...said];
  }, confirm?.box);
  const note = picture === null ? [element('p', { className: 'muted', textContent: `The picture itself does not say whose it is: it has no name, number or birth date. It is kept in the record of ${whose.name}.` })] : [];
  return card(record, title, [...note, ...(confirm ? [confirm.node] : []), send]);
}

/** @param {import('./smart.js').SmartConfig & { model: string }} config @param {Session} session */
async function show(config, session) {
  const whose = await patient(session);
  byId('record').hidden = false;
  byId('patient').textContent = `${whose.name}${whose.birthDate ? `, born ${whose.birthDate}` : ''}`;
  const scopes = byId('scopes').querySelector('ul');
  for (const scope of new Set([...session.asked, ...session.granted])) {
    scopes?.append(element('li', { textContent: session.granted.includes(scope) ? scope : `${scope}: asked for, not allowed` }));
  }
  const [found, archived, examiner] = await Promise.all([
    pictures(session),
    studies(session),
    createExaminer({
      model: config.model,
      catalogue: new URL('models/catalogue.json', document.baseURI),
      engine: { base: new URL('web/dist/', document.baseURI) },
      worker: new URL('exam.worker.js', document.baseURI),
    }),
  ]);
  for (const picture of found.list) {
    const button = element('button', { type: 'button', textContent: 'Examine' });
    const title = [picture.title, picture.date].filter(Boolean).join(' · ');
    button.setAttribute('aria-label', `Examine ${title}`);
    button.addEventListener('click', async () => {
      button.disabled = true;
      problem();
      state('Examining …');
      try {
        const record = await examiner.examine(await bytesOf(session, picture), { keepPicture: true });
        byId('cards').append(result(session, whose, record, title, config));
        state('Examined. Nothing was sent.');
      } catch (error) {
        state('Not done.');
        problem(error);
      } finally {
        button.disabled = false;
      }
    });
    const item = element('li', {}, element('span', { textContent: title }), button);
    item.dataset.picture = picture.id;
    byId('pictures').append(item);
  }
  // Their pictures lie in the archive: the portal's example pulls them from there.
  for (const one of archived.list) byId('pictures').append(element('li', {}, element('span', { textContent: `In the archive: ${[one.title, one.date, one.studyInstanceUid].filter(Boolean).join(' · ')}` })));
  if (archived.more) byId('pictures').append(element('li', { textContent: 'The record has more studies in the archive; those are not listed.' }));
  state(found.more ? `The record has more pictures than are listed: ${found.list.length}, the newest first, as far as the record sorts.` : `${found.list.length} pictures, the newest first.`);
}

try {
  const config = await configuration();
  const session = await complete(config);
  if (session) await show(config, session);
  else offer(config);
} catch (error) {
  state('Not ready.');
  problem(error);
}
document.documentElement.dataset.ready = 'true';
