// The demo page around <bedside-exam>: samples, choice of the model, language, and what a visitor can check. `#sample=<file>` in the address examines
// that sample at once; ?model= and ?lang= choose. Not a medical device.
// The page loads it as web/dist/demo.js, which scripts/bundle.mjs makes of it: DICOM's decoders are packages, and a page knows no package names.
// SPDX-License-Identifier: MIT
import '../web/exam/element/bedside-exam.js';
import { requestsOfPage } from '../web/exam/element/requests.js';
import { KeptNote } from './kept.js';
import { speak } from './language.js';
import { keepOnDevice } from './offline.js';
import { SampleRow, part } from './sample-row.js';
import { offerLanguage, offerReload, offerUpdate } from './update.js';

performance.mark('bedside-start');
document.documentElement.dataset.begun = 'true'; // boot.js has nothing to say

/** @typedef {import('../web/exam/element/bedside-exam.js').BedsideExam} BedsideExam */
/** @typedef {import('./sample-row.js').Sample} Sample */

/** The samples are drawn chest X-rays. */
const SAMPLES_FOR = 'pneumonia';

/** @param {string} id @returns {any} */
const byId = (id) => document.getElementById(id);
/** @type {BedsideExam} */
const exam = byId('exam');
/** @type {import('../web/exam/messages/messages.js').Words} */
let words;

// ---- The model ---------------------------------------------------------------------------------------------------------------

/** @type {string[]} */
let models = [SAMPLES_FOR];

function drawModels() {
  const field = byId('model');
  const chosen = exam.getAttribute('model') ?? SAMPLES_FOR;
  field.replaceChildren(...models.map((id) => new Option(words.has(`model.${id}`) ? words.say(`model.${id}`) : id, id)));
  field.value = chosen;
  byId('question').textContent = words.say(words.has(`question.${chosen}`) ? `question.${chosen}` : 'question.other');
}

/** @param {string} id */
function useModel(id) {
  samples.press('');
  exam.setAttribute('model', id);
  const url = new URL(location.href);
  url.searchParams.set('model', id);
  url.hash = '';
  history.replaceState(history.state, '', url);
  drawModels();
  samples.show(id === SAMPLES_FOR);
  if (id === SAMPLES_FOR) void loadPictures();
}

// ---- Samples -----------------------------------------------------------------------------------------------------------------

const samples = new SampleRow(byId('samples'), () => words, (sample) => void examine(sample, true));
/** How many samples are being examined: what else is examined is none of them. */
let examining = 0;

/** @param {Sample} sample @param {boolean} [reveal] the answer, where it is out of sight: a person has chosen */
async function examine(sample, reveal = false) {
  if (!samples.has(sample)) exam.reset(); // while its picture comes, no other answer may stand beside its name
  samples.press(sample.file);
  const blob = await samples.picture(sample).catch(() => null); // the row has said why not
  if (samples.pressed !== sample.file) return; // another picture was chosen meanwhile
  if (!blob) return samples.press('');
  examining++;
  const name = words.say('sample.caption', { title: words.say(`sample.${sample.file}`) });
  const code = await exam.examine(new File([blob], name, { type: blob.type }), { reveal }).then(() => '', (error) => error.code); // the element has said why
  examining--;
  if (code === 'BDS_E_ABORTED' && samples.pressed === sample.file && !examining) samples.press(''); // cancelled, or another picture was chosen
}

for (const kind of ['progress', 'result', 'refused', 'error']) exam.addEventListener(`bedside-${kind}`, () => examining || samples.press(''));

/** When nothing else is to be fetched; where data is to be saved, each when it is chosen. */
const loadPictures = async () => (/** @type {any} */ (navigator).connection?.saveData ? undefined : samples.load());

exam.addEventListener('bedside-ready', () => performance.mark('bedside-interactive'), { once: true });
exam.addEventListener('bedside-result', () => performance.mark('bedside-finding'));

// A picture may be dropped anywhere: dropped beside the element it would otherwise replace the page.
for (const kind of ['dragenter', 'dragover', 'dragleave', 'drop']) {
  addEventListener(kind, (event) => {
    event.preventDefault();
    const { dataTransfer } = /** @type {DragEvent} */ (event);
    if (kind === 'drop' && event.target !== exam) exam.dispatchEvent(new DragEvent('drop', { dataTransfer, cancelable: true })); // as if it had been dropped there
  });
}

// ---- What can be checked -----------------------------------------------------------------------------------------------------

/** All that this page and its worker have loaded. */
async function loaded() {
  const page = requestsOfPage().map(({ url }) => url);
  const worker = (await exam.examiner?.requests().catch(() => [])) ?? [];
  return [location.href, ...page, ...worker.map(({ url }) => url)];
}

async function drawRequests() {
  const all = await loaded();
  byId('request-count').textContent = words.say('check.count', { count: all.length, foreign: all.filter((url) => new URL(url).origin !== location.origin).length });
  byId('request-list').replaceChildren(...all.map((url) => {
    const item = document.createElement('li');
    item.textContent = url;
    return item;
  }));
}

/** @type {ReturnType<typeof keepOnDevice> | null} */
let keeper = null;
const kept = new KeptNote({ text: byId('kept'), button: byId('keep') }, () => words, (options) => void keeper?.check(options));

byId('check').addEventListener('toggle', () => {
  void drawRequests();
  void keeper?.check(); // what was kept may have been deleted
});

// ---- Begin -------------------------------------------------------------------------------------------------------------------

const query = new URLSearchParams(location.search);
const first = new URLSearchParams(location.hash.slice(1)).get('sample');
if (query.get('model')) exam.setAttribute('model', String(query.get('model')));
const ready = customElements.whenDefined('bedside-exam').then(() => {
  if (exam.examiner) return;
  return new Promise((resolve) => {
    for (const kind of ['bedside-ready', 'bedside-error']) exam.addEventListener(kind, resolve, { once: true });
  });
});
await speak(byId('language'), (spoken) => {
  const before = words;
  words = spoken;
  drawModels();
  samples.show((exam.getAttribute('model') ?? SAMPLES_FOR) === SAMPLES_FOR);
  kept.draw();
  if (byId('check').open) void drawRequests();
  // The caption that is shown and written into reports is in the former language.
  const shown = before && samples.find(samples.pressed);
  if (shown) void examine(shown);
}, () => offerLanguage(byId('update'), () => words));
byId('model').addEventListener('change', () => useModel(byId('model').value));
await customElements.whenDefined('bedside-exam');
const listed = samples.open();
await Promise.allSettled([
  ready,
  listed.then(() => samples.find(first)).then((sample) => sample && examine(sample)),
  part('/models/catalogue.json').then((response) => response.json()).then((/** @type {import('../web/exam/exam.js').Catalogue} */ catalogue) => {
    models = Object.keys(catalogue.models);
    drawModels();
  }),
]);
await loadPictures();
performance.mark('bedside-ready');
document.documentElement.dataset.ready = 'true';
keeper = keepOnDevice({
  kept: (keeping) => kept.tell(keeping),
  update: (takeOver) => offerUpdate(byId('update'), () => words, takeOver),
  overtaken: (reload) => offerReload(byId('update'), () => words, reload),
  loaded: async () => (await loaded()).map((url) => url.replace(/[?#].*$/, '')),
});
