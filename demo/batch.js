// The batch page: a folder of pictures, a table of what the model says of each. The examination runs in workers; the page itself only counts
// and draws. The page loads it as web/dist/batch.js, which scripts/bundle.mjs makes of it. Not a medical device.
// SPDX-License-Identifier: MIT
import { createExaminer, recordToJson } from '../web/exam/exam.js';
import { fromDrop, fromField, inOrder } from './batch/gather.js';
import { answerOf, outcomeOf, probabilityOf, reasonOf, sorted } from './batch/rows.js';
import { runBatch } from './batch/run.js';
import { RowTable } from './batch/table.js';
import { speak } from './language.js';
import { keepOnDevice } from './offline.js';
import { offerLanguage, offerReload, offerUpdate } from './update.js';

/** @typedef {import('./batch/run.js').Row} Row */
/** @typedef {import('./batch/rows.js').Key} Key */
/** @typedef {import('./batch/gather.js').Item} Item */

/** How often figures and table are drawn anew while a batch runs, in milliseconds. */
const TICK = 250;
/** @type {[Key | null, string][]} */
const COLUMNS = [['index', 'batch.number'], ['outcome', 'batch.outcome'], ['path', 'batch.file'], ['answer', 'batch.answer'], ['probability', 'batch.chance'], [null, 'batch.why']];
/** @type {('all' | 'finding' | 'unsure' | 'refused')[]} */
const KINDS = ['all', 'refused', 'unsure', 'finding'];

/** @param {string} id @returns {any} */
const byId = (id) => document.getElementById(id);

/** @type {Row[]} */
let rows = [];
/** @type {{ total: number, begin: number, end: number, cancelled: boolean, failure: string } | null} */
let batch = null;
/** @type {AbortController | null} */
let running = null;
let [key, down, shown] = /** @type {[Key, boolean, typeof KINDS[number]]} */ (['index', false, 'all']);
/** @type {import('../web/exam/messages/messages.js').Words} */
let words;

// ---- Figures and table -------------------------------------------------------------------------------------------------------

/** A time that a person can use: seconds under two minutes, then minutes. @param {number} ms */
function duration(ms) {
  const seconds = Math.max(1, Math.round(ms / 1000));
  return seconds < 120 ? words.say('batch.seconds', { count: seconds }) : words.say('batch.minutes', { count: Math.round(seconds / 60) });
}

/** @type {RowTable} */
let table;
/** What the table was made of: an unchanged one is not sorted again. */
let tabled = '';

function drawTable() {
  const now = [rows.length, key, down, shown, words.language].join(' ');
  if (now === tabled) return;
  tabled = now;
  const chosen = shown === 'all' ? rows : rows.filter((row) => outcomeOf(row) === shown);
  table.show(sorted(chosen, key, down, words), words);
  for (const button of byId('filters').children) {
    const kind = button.dataset.kind;
    const count = kind === 'all' ? rows.length : rows.filter((row) => outcomeOf(row) === kind).length;
    button.textContent = words.say(kind === 'all' ? 'batch.all' : `batch.count.${kind}`, { count });
    button.setAttribute('aria-pressed', String(kind === shown));
  }
}

/** @param {Row} row */
const namesPatient = ({ record: { input } }) => [input?.dicom?.patientName, input?.dicom?.patientId].some((value) => value?.trim());

function draw() {
  if (!batch) return;
  const { total, begin, end, cancelled, failure } = batch;
  const [done, elapsed] = [rows.length, (end || performance.now()) - begin];
  const rate = words.number((1000 * done) / elapsed, 1);
  byId('bar').max = Math.max(1, total);
  byId('bar').value = done;
  byId('results').hidden = done === 0;
  byId('patients').hidden = !rows.some(namesPatient);
  byId('rate').textContent = words.say('batch.running', { done, total, rate });
  byId('left').textContent = !end && done > 0 ? words.say('batch.left', { time: duration((elapsed / done) * (total - done)) }) : '';
  if (end) {
    const text = failure ? words.say('batch.failed', { message: failure }) : cancelled ? words.say('batch.cancelled', { done, total }) : words.say('batch.done', { count: done, time: duration(elapsed), rate });
    byId('told').textContent = text;
    byId('rate').textContent = '';
  }
  byId('cancel').hidden = !!end;
  byId('again').hidden = !end;
  drawTable();
}

function drawHead() {
  byId('head').replaceChildren(...COLUMNS.map(([column, title]) => {
    const th = document.createElement('th');
    th.scope = 'col';
    if (!column) {
      th.textContent = words.say(title);
      return th;
    }
    if (column === key) th.setAttribute('aria-sort', down ? 'descending' : 'ascending');
    const button = document.createElement('button');
    button.type = 'button';
    button.textContent = words.say(title);
    button.dataset.key = column;
    button.addEventListener('click', () => {
      [key, down] = [column, column === key && !down];
      drawHead();
      drawTable();
      byId('head').querySelector(`[data-key="${column}"]`).focus();
    });
    th.append(button);
    return th;
  }));
}

/** All of one row, for which the table has no room. @param {Row} row */
function open(row) {
  const { record } = row;
  byId('row-title').textContent = row.path;
  /** @type {[string, string, string?][]} */
  const facts = [
    [words.say('batch.outcome'), words.say(`batch.outcome.${outcomeOf(row)}`)],
    [words.say('batch.answer'), answerOf(row, words)],
    [words.say('batch.chance'), outcomeOf(row) === 'finding' ? probabilityOf(row, words) : ''],
    [words.say('batch.why'), reasonOf(row, words)],
    [words.say('batch.original'), record.refusal ? `${record.refusal.message} (${record.refusal.code})` : '', 'en'],
    [words.say('batch.hash'), record.input?.sha256 ?? '', 'en'],
  ];
  byId('row-facts').replaceChildren(...facts.filter(([, text]) => text).map(([title, text, lang]) => {
    const [group, dt, dd] = ['div', 'dt', 'dd'].map((tag) => document.createElement(tag));
    dt.textContent = title;
    dd.textContent = text;
    if (lang) [dd.lang, dd.dir] = [lang, 'ltr'];
    group.append(dt, dd);
    return group;
  }));
  byId('row').showModal();
}

// ---- What all files show, for a model that asks -------------------------------------------------------------------------------

/** @param {string} id of a model */
const examOf = (id) => catalogue.models[id].exam;

function drawAsked() {
  const id = byId('model').value;
  byId('asked').hidden = !examOf(id).asked;
  byId('asked-text').textContent = words.say('batch.stated', { exam: words.has(`exam.${id}`) ? words.say(`exam.${id}`) : id });
}

function statedOfAll() {
  const { asked, modality: [modality], bodyPart: [bodyPart] } = examOf(byId('model').value);
  return asked && byId('stated').checked ? { modality, bodyPart } : undefined;
}

// ---- A batch -----------------------------------------------------------------------------------------------------------------

/** @param {Item[] | Promise<Item[]>} given */
async function start(given) {
  if (running) return;
  running = new AbortController();
  const { signal } = running;
  rows = [];
  tabled = '';
  byId('choose').hidden = true;
  byId('results').hidden = true;
  byId('run').hidden = false;
  byId('told').textContent = words.say('batch.preparing');
  byId('cancel').hidden = false;
  byId('again').hidden = true;
  byId('run-title').focus();
  const items = inOrder(await given);
  batch = { total: items.length, begin: performance.now(), end: 0, cancelled: false, failure: items.length === 0 ? words.say('batch.empty') : '' };
  byId('told').textContent = '';
  const timer = setInterval(draw, TICK);
  const model = byId('model').value;
  try {
    await runBatch(items, { create: () => createExaminer({ model }), onRow: (row) => void rows.push(row), signal, stated: statedOfAll() });
  } catch (error) {
    batch.failure = error instanceof Error ? error.message : String(error);
  }
  clearInterval(timer);
  [batch.end, batch.cancelled] = [performance.now(), signal.aborted];
  running = null;
  performance.measure('bedside-batch', { start: batch.begin, end: batch.end });
  draw();
}

/** @param {string} kind @param {string[]} parts @param {string} type */
function save(kind, parts, type) {
  const name = `bedside-${rows[0]?.record.model.id ?? 'batch'}-${new Date().toISOString().slice(0, 19).replaceAll(':', '')}.${kind}`;
  const url = URL.createObjectURL(new Blob(parts, { type }));
  const link = document.createElement('a');
  [link.href, link.download] = [url, name];
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
  byId('saved').textContent = words.say('batch.saved', { name });
}

byId('csv').addEventListener('click', async () => {
  const loaded = await import('../web/reports/table.js').catch(() => null);
  if (!loaded) {
    byId('saved').textContent = [words.say('save.failed'), words.say('error.BDS_E_FETCH'), words.say('advice.BDS_E_FETCH')].join(' ');
    return;
  }
  const { toCsv } = loaded;
  save('csv', [toCsv(sorted(rows, 'index', false, words).map(({ record }) => record))], 'text/csv');
});
byId('json').addEventListener('click', () => save('jsonl', sorted(rows, 'index', false, words).map(({ record }) => `${recordToJson(record)}\n`), 'application/jsonl'));
byId('cancel').addEventListener('click', () => running?.abort());
byId('again').addEventListener('click', () => {
  byId('choose').hidden = false;
  byId('run').hidden = true;
  byId('stated').checked = false; // it was said of the folder before
  byId('folder').focus();
});
for (const id of ['folder', 'files']) {
  byId(id).addEventListener('change', (/** @type {Event} */ event) => {
    const field = /** @type {HTMLInputElement} */ (event.target);
    const items = fromField(field.files ?? []);
    field.value = ''; // the same folder may be chosen again
    void start(items);
  });
}
// A folder may be dropped anywhere: dropped beside the field it would otherwise replace the page.
for (const kind of ['dragenter', 'dragover', 'dragleave', 'drop']) {
  addEventListener(kind, (event) => {
    event.preventDefault();
    byId('drop').classList.toggle('over', kind === 'dragenter' || kind === 'dragover');
    if (kind === 'drop') void start(fromDrop(/** @type {DragEvent} */ (event).dataTransfer));
  });
}
byId('filters').replaceChildren(...KINDS.map((kind) => {
  const button = document.createElement('button');
  button.type = 'button';
  button.dataset.kind = kind;
  button.addEventListener('click', () => {
    shown = kind;
    drawTable();
  });
  return button;
}));

// ---- Begin -------------------------------------------------------------------------------------------------------------------

/** @type {import('../web/exam/exam.js').Catalogue} */
const catalogue = await fetch('/models/catalogue.json').then((response) => response.json());
const models = Object.keys(catalogue.models);
byId('model').addEventListener('change', () => {
  byId('stated').checked = false; // it was said of another exam
  drawAsked();
});
document.documentElement.dataset.begun = 'true'; // boot.js has nothing to say
await speak(byId('language'), (spoken) => {
  words = spoken;
  const chosen = byId('model').value || new URLSearchParams(location.search).get('model') || models[0];
  byId('model').replaceChildren(...models.map((id) => new Option(words.say(words.has(`model.${id}`) ? `model.${id}` : id), id)));
  byId('model').value = models.includes(chosen) ? chosen : models[0];
  drawAsked();
  table ??= new RowTable(byId('rows'), words, open);
  drawHead();
  draw();
}, () => offerLanguage(byId('update'), () => words));
document.documentElement.dataset.ready = 'true';
void keepOnDevice({ kept() {}, update: (takeOver) => offerUpdate(byId('update'), () => words, takeOver), overtaken: (reload) => offerReload(byId('update'), () => words, reload) });
