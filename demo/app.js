// The demo page around <bedside-exam>: samples, choice of the model, language, and what a visitor can check. `#sample=<file>` in the address examines
// that sample at once; ?model= and ?lang= choose. Not a medical device.
// The page loads it as web/dist/demo.js, which scripts/bundle.mjs makes of it: DICOM's decoders are packages, and a page knows no package names.
// SPDX-License-Identifier: MIT
import '../web/exam/element/bedside-exam.js';
import { requestsOfPage } from '../web/exam/element/requests.js';
import { speak } from './language.js';
import { keepOnDevice } from './offline.js';
import { offerLanguage, offerReload, offerUpdate } from './update.js';

performance.mark('bedside-start');
document.documentElement.dataset.begun = 'true'; // boot.js has nothing to say

/** @typedef {import('../web/exam/element/bedside-exam.js').BedsideExam} BedsideExam */
/** @typedef {{ file: string, kind: string }} Sample */

/** The samples are drawn chest X-rays. */
const SAMPLES_FOR = 'pneumonia';

/** @param {string} id @returns {any} */
const byId = (id) => document.getElementById(id);
/** @type {BedsideExam} */
const exam = byId('exam');
/** @type {import('../web/exam/messages/messages.js').Words} */
let words;

/** @param {string} address @returns {Promise<Response>} */
async function part(address) {
  const response = await fetch(address);
  if (!response.ok) throw new Error(`A part of this page is missing on its server: ${address}`);
  return response;
}

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
  press('');
  exam.setAttribute('model', id);
  const url = new URL(location.href);
  url.searchParams.set('model', id);
  url.hash = '';
  history.replaceState(history.state, '', url);
  drawModels();
  drawSamples();
}

// ---- Samples -----------------------------------------------------------------------------------------------------------------

/** All of them are kept in memory: choosing one later needs no network. @type {{ sample: Sample, blob: Blob, url: string }[] | null} */
let samples = null;
/** The sample that is examined or shown; empty: another picture, or none. */
let pressed = '';
/** How many samples are being examined: what else is examined is none of them. */
let examining = 0;

/** @param {string} file */
function press(file) {
  pressed = file;
  for (const button of byId('samples').querySelectorAll('button')) button.setAttribute('aria-pressed', String(button.dataset.file === file));
}

/** @param {Sample} sample @param {Blob} blob */
async function examine({ file }, blob) {
  press(file);
  examining++;
  const name = words.say('sample.caption', { title: words.say(`sample.${file}`) });
  const code = await exam.examine(new File([blob], name, { type: blob.type })).then(() => '', (error) => error.code); // the element has said why
  examining--;
  if (code === 'BDS_E_ABORTED' && pressed === file && !examining) press(''); // cancelled, or another picture was chosen
}

for (const kind of ['progress', 'result', 'refused', 'error']) exam.addEventListener(`bedside-${kind}`, () => examining || press(''));

function drawSamples() {
  const place = byId('samples');
  if ((exam.getAttribute('model') ?? SAMPLES_FOR) !== SAMPLES_FOR) {
    place.textContent = words.say('samples.other');
    return;
  }
  place.replaceChildren(...(samples ?? []).map(({ sample, blob, url }) => {
    const button = document.createElement('button');
    const [image, title] = [new Image(128, 128), document.createElement('span')];
    [image.src, image.alt] = [url, ''];
    title.textContent = words.say(`sample.${sample.file}`);
    [button.type, button.className, button.dataset.file] = ['button', 'sample', sample.file];
    button.setAttribute('aria-pressed', String(sample.file === pressed));
    button.append(image, title);
    button.addEventListener('click', () => void examine(sample, blob));
    return button;
  }));
}

/** @param {string | null} first the sample to be examined at once */
async function loadSamples(first) {
  /** @type {Sample[]} */
  const list = await (await part('samples/samples.json')).json();
  const load = async (/** @type {Sample} */ sample) => {
    const blob = await (await part(`samples/${encodeURIComponent(sample.file)}`)).blob();
    return { sample, blob, url: URL.createObjectURL(blob) };
  };
  const wanted = list.find(({ file }) => file === first);
  const early = wanted && (await load(wanted));
  if (early) await examine(early.sample, early.blob);
  samples = await Promise.all(list.map((sample) => (sample === early?.sample ? early : load(sample))));
  drawSamples();
}

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

async function drawRequests() {
  const page = requestsOfPage().map(({ url }) => url);
  const worker = (await exam.examiner?.requests().catch(() => [])) ?? [];
  const all = [location.href, ...page, ...worker.map(({ url }) => url)];
  byId('request-count').textContent = words.say('check.count', { count: all.length, foreign: all.filter((url) => new URL(url).origin !== location.origin).length });
  byId('request-list').replaceChildren(...all.map((url) => {
    const item = document.createElement('li');
    item.textContent = url;
    return item;
  }));
}

/** What is said of the use without a network: a key of the messages and its values. @type {[string, Record<string, number>]} */
let kept = ['serviceWorker' in navigator ? 'offline.wait' : 'offline.none', {}];
const drawKept = () => (byId('kept').textContent = words.say(...kept));

byId('check').addEventListener('toggle', () => void drawRequests());

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
  drawSamples();
  drawKept();
  if (byId('check').open) void drawRequests();
  // The caption that is shown and written into reports is in the former language.
  const shown = before && samples?.find(({ sample }) => sample.file === pressed);
  if (shown) void examine(shown.sample, shown.blob);
}, () => offerLanguage(byId('update'), () => words));
byId('model').addEventListener('change', () => useModel(byId('model').value));
await customElements.whenDefined('bedside-exam');
await Promise.allSettled([
  ready,
  loadSamples(first).catch(() => (byId('samples').textContent = words.say('samples.failed'))),
  part('/models/catalogue.json').then((response) => response.json()).then((/** @type {import('../web/exam/exam.js').Catalogue} */ catalogue) => (models = Object.keys(catalogue.models))),
]);
drawModels();
performance.mark('bedside-ready');
document.documentElement.dataset.ready = 'true';
void keepOnDevice({
  kept: ({ files }) => {
    kept = ['offline.kept', { count: files }];
    document.documentElement.dataset.kept = 'true';
    drawKept();
  },
  update: (takeOver) => offerUpdate(byId('update'), () => words, takeOver),
  overtaken: (reload) => offerReload(byId('update'), () => words, reload),
});
