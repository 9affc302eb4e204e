// The portal's page: studies of the archive, their examination here, and two buttons that send. Not a medical device.
// SPDX-License-Identifier: MIT
import { createExaminer } from '../../web/exam/exam.js';
import { listAll, post, postAddress, pull, store, storeAddress } from './portal.mjs';
import { dicomReports } from './dicom-reports.mjs';
import { examinationOf, examineStudy, fhirReport } from './study.mjs';
import { byId, card, element, problem, sender, state } from './view.js';

/** What the portal's server says of itself (server.mjs). @typedef {{ model: string, patientSystem?: string, dicomweb: import('./portal.js').Server, fhir: import('./portal.js').Server | null }} Config */

/** @returns {Promise<Config>} */
async function configuration() {
  const answer = await fetch('config.json');
  if (!answer.ok) throw new Error(`This portal does not say which servers it works with (${answer.status}).`);
  return answer.json();
}

/** Seen from the page, so that an address is shown as it is used. @param {import('./portal.js').Server} server */
const absolute = (server) => ({ ...server, url: new URL(server.url, location.href).href });

/** @param {import('./portal.js').Study} study */
function lineOf({ patientName, patientId, date, modalities, description, instances }) {
  const when = date.replace(/^(\d{4})(\d\d)(\d\d)$/, '$1-$2-$3');
  return [`${patientName || 'No name'} (${patientId || 'no number'})`, when, modalities.join(', '), description, instances === null ? '' : `${instances} objects`].filter(Boolean).join(' · ');
}

/** Adds one examined object to the page. @param {Config} config @param {import('./study.mjs').Result} result */
function show({ dicomweb, fhir, patientSystem }, { record, sopInstanceUid }) {
  if (record.outcome === 'refused') {
    const refused = byId('refused');
    refused.hidden = false;
    const items = /** @type {HTMLElement} */ (refused.querySelector('ul'));
    items.append(element('li', { textContent: `${sopInstanceUid}: ${record.refusal?.message}` }));
    /** @type {HTMLElement} */ (refused.querySelector('summary')).textContent = `Not examined, there is no result: ${items.children.length}`;
    return;
  }
  const examination = examinationOf(record);
  const senders = [
    sender('Store the report and the picture in the archive', storeAddress(dicomweb), async (again) => {
      const { stored, said } = await store(dicomweb, await dicomReports(record), { again, examination });
      return [...stored.map((uid) => `Stored ${uid}.`), ...said];
    }),
  ];
  if (fhir) {
    senders.push(sender('Send the report to the record', postAddress(fhir), async (again) => {
      const { entries, said } = await post(fhir, await fhirReport(record, { patientSystem }), { again, examination });
      return [...entries.map((/** @type {import('./portal.js').Posted['entries'][number]} */ entry) => `${entry.location || entry.type}: ${entry.status}.`), ...said];
    }));
  }
  byId('cards').append(card(record, sopInstanceUid, senders));
}

/** @param {Config} config @param {import('../../web/exam/exam.js').Examiner} examiner @param {string} studyUid @param {AbortSignal} signal */
async function examine(config, examiner, studyUid, signal) {
  problem();
  byId('results').hidden = false;
  byId('cards').replaceChildren();
  byId('refused').hidden = true;
  byId('refused').querySelector('ul')?.replaceChildren();
  const bar = /** @type {HTMLProgressElement} */ (byId('progress'));
  let count = 0;
  const onProgress = (/** @type {{ step: number, steps: number }} */ { step, steps }) => {
    bar.max = steps;
    bar.value = step;
    state(`${step} of ${steps} objects`);
  };
  for await (const result of examineStudy(examiner, pull(config.dicomweb, studyUid, { signal, onProgress }), { signal })) {
    count += 1;
    show(config, result);
  }
  state(`${count} objects done. Nothing was sent.`);
}

async function start() {
  const config = await configuration();
  config.dicomweb = absolute(config.dicomweb);
  if (config.fhir) config.fhir = absolute(config.fhir);
  byId('archive').textContent = config.dicomweb.url;
  const [{ studies, more }, examiner] = await Promise.all([
    listAll(config.dicomweb),
    createExaminer({
      model: config.model,
      catalogue: new URL('models/catalogue.json', document.baseURI),
      engine: { base: new URL('web/dist/', document.baseURI) },
      worker: new URL('exam.worker.js', document.baseURI),
    }),
  ]);
  /** @type {HTMLButtonElement[]} */
  const buttons = [];
  const cancel = byId('cancel');
  for (const study of studies) {
    const button = element('button', { type: 'button', textContent: 'Examine' });
    const line = lineOf(study);
    button.setAttribute('aria-label', `Examine ${line}`);
    button.addEventListener('click', async () => {
      const abort = new AbortController();
      const stop = () => abort.abort();
      cancel.addEventListener('click', stop);
      cancel.hidden = false;
      for (const one of buttons) one.disabled = true;
      try {
        await examine(config, examiner, study.studyInstanceUid, abort.signal);
      } catch (error) {
        state('Not done.');
        problem(error);
      } finally {
        cancel.removeEventListener('click', stop);
        cancel.hidden = true;
        for (const one of buttons) one.disabled = false;
        document.documentElement.dataset.examined = study.studyInstanceUid;
      }
    });
    buttons.push(button);
    const item = element('li', {}, element('span', { textContent: line }), button);
    item.dataset.study = study.studyInstanceUid;
    byId('studies').append(item);
  }
  state(more ? `The archive has more than the ${studies.length} studies that are listed here; the newest of them need not be among these.` : `${studies.length} studies, the newest first.`);
}

start()
  .catch((error) => {
    state('Not ready.');
    problem(error);
  })
  .finally(() => (document.documentElement.dataset.ready = 'true'));
