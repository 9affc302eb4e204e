// The live ECG: where it comes from, and what the page's controls do. What is watched and how it is shown: monitor/watch.js. Reading, beats and the
// network run in a worker. `#scenario=run&speed=16` in the address starts that synthetic ECG at that speed; ?lang= chooses the language.
// SPDX-License-Identifier: MIT
import { el, english } from '../web/exam/element/dom.js';
import { speak } from './language.js';
import { RANGES, checkedLimits } from './monitor/alarms.js';
import { connectBelt } from './monitor/belt.js';
import { BeltWatch } from './monitor/belt-watch.js';
import { byId, Remote } from './monitor/page.js';
import { SCENARIOS } from './monitor/scenarios.js';
import { connectSerial, SampleLines } from './monitor/serial.js';
import { say, showProblem, showState } from './monitor/show.js';
import { Watch } from './monitor/watch.js';
import englishWords from './monitor/words/en.js';
import { listed } from './monitor/words.js';
import { retell, tell, text } from './tell.js';
import { Trouble } from './trouble.js';
import { offerLanguage } from './update.js';

document.documentElement.dataset.begun = 'true'; // boot.js has nothing to say

/** @typedef {import('./monitor/alarms.js').Limits} Limits */
/** @typedef {import('./monitor/alarms.js').Field} Field */

/** What this page alone says. @type {import('./language.js').Catalogues} */
const catalogues = { en: () => Promise.resolve({ default: englishWords }), es: () => import('./monitor/words/es.js'), ar: () => import('./monitor/words/ar.js') };
/** @type {import('./tell.js').Words} */
let words;

/** Whatever goes wrong: nothing is watched, and that is said. @param {unknown} error */
function fail(error) {
  void disconnect();
  watch.close();
  watch.play(false);
  showProblem(error);
  showState({ style: 'lost', title: text('ecg.state.idle'), text: text('ecg.failed') });
  document.documentElement.dataset.state = 'error';
}

const remote = new Remote(new Worker(new URL('./monitor/monitor.worker.js', import.meta.url), { type: 'module' }), fail);
const watch = new Watch(remote, fail);
const belt = new BeltWatch(watch, remote, fail);
/** Of the device that is connected. @type {(() => unknown) | null} */
let connected = null;
let attempt = 0;

async function disconnect() {
  const close = connected;
  connected = null;
  belt.stop();
  await close?.();
}

/** Opens a source; a later one wins. @param {() => Promise<import('./monitor/watch.js').Opened | null>} open null: it shows itself */
async function begin(open) {
  const mine = ++attempt;
  await disconnect();
  watch.close();
  showProblem(null);
  showState({ style: 'idle', title: text('ecg.opening'), text: () => '' });
  document.documentElement.dataset.state = 'opening';
  try {
    await loaded;
    const source = await open();
    if (mine !== attempt) return;
    if (source) watch.open(source);
    document.documentElement.dataset.state = 'open';
  } catch (error) {
    if (mine === attempt) fail(error);
  }
}

// ---- Sources -----------------------------------------------------------------------------------------------------------------

/** A number that was filled in, or undefined. @param {string} id */
function filled(id) {
  const { value } = byId(id);
  return value === '' ? undefined : Number(value);
}

function startScenario() {
  const id = byId('scenario').value;
  const title = (/** @type {import('./tell.js').Words} */ spoken) => spoken.say('ecg.title.synthetic', { what: spoken.say(`ecg.scenario.${id}`).toLocaleLowerCase(spoken.language) });
  void begin(async () => ({ ...(await remote.ask('synthetic', { seed: 1, ...SCENARIOS[id] })), title }));
}

/** @param {FileList | null | undefined} list */
function openFiles(list) {
  const chosen = [...(list ?? [])];
  if (chosen.length === 0) return;
  void begin(async () => {
    const files = await Promise.all(chosen.map(async (file) => ({ name: file.name, bytes: new Uint8Array(await file.arrayBuffer()) }))).catch((cause) => {
      throw new Trouble('error.BDS_E_FILE', { cause });
    });
    const unit = byId('unit').value;
    const options = { rate: filled('rate-in'), ...(unit === 'raw' ? { gain: filled('gain') ?? NaN, baseline: filled('baseline') } : { unit: unit || undefined }) };
    const source = await remote.ask('record', { files, options });
    return { ...source, title: (spoken) => source.name || spoken.say('ecg.record') };
  });
}

/** What the browser says of a device that was not chosen or cannot be reached. @param {unknown} cause @returns {never} */
function notConnected(cause) {
  throw new Trouble(cause instanceof Error && cause.name === 'NotFoundError' ? 'ecg.device.none' : 'ecg.device.failed', { cause });
}

function openSerial() {
  void begin(async () => {
    const leads = Number(byId('serial-leads').value);
    const rate = filled('rate-in') ?? 250;
    const lines = new SampleLines(leads, byId('unit').value === 'raw' ? filled('gain') ?? 200 : 1);
    const line = await connectSerial(/** @type {any} */ (navigator).serial, filled('baud') ?? 115200, (heard) => watch.hear(lines.take(heard)), (why, cause) => fail(new Trouble(why, { cause }))).catch(notConnected);
    connected = line.close;
    return { ...(await remote.ask('live', { rate, leads, leadII: byId('serial-ii').checked })), title: text('ecg.title.serial', { rate }) };
  });
}

function openBelt() {
  void begin(async () => {
    const device = await connectBelt(/** @type {any} */ (navigator).bluetooth, (m) => void belt.hear(m), (why) => fail(new Trouble(why))).catch(notConnected);
    connected = device.close;
    belt.start(device.name);
    return null;
  });
}

byId('scenario').append(...Object.keys(SCENARIOS).map((id) => tell(el('option', { value: id }), text(`ecg.scenario.${id}`))));
byId('made').addEventListener('submit', (/** @type {Event} */ event) => {
  event.preventDefault();
  startScenario();
});
byId('file').addEventListener('change', (/** @type {Event} */ event) => {
  const input = /** @type {HTMLInputElement} */ (event.target);
  openFiles(input.files);
  input.value = ''; // the same file may be chosen again
});
// A file may be dropped anywhere: dropped beside the field it would otherwise replace the page.
for (const kind of ['dragenter', 'dragover', 'dragleave', 'drop']) {
  addEventListener(kind, (event) => {
    event.preventDefault();
    byId('drop').classList.toggle('over', kind === 'dragenter' || kind === 'dragover');
    if (kind === 'drop') openFiles(/** @type {DragEvent} */ (event).dataTransfer?.files);
  });
}

/** What this browser lacks is not offered, and said. */
function offerDevices() {
  const has = { belt: 'bluetooth' in navigator, serial: 'serial' in navigator };
  byId('belt-line').hidden = !has.belt;
  byId('serial-line').hidden = byId('serial-fields').hidden = !has.serial;
  byId('devices-text').hidden = has.belt && has.serial;
  if (!has.belt || !has.serial) say('devices-text', text(has.serial ? 'ecg.lacks.belt' : has.belt ? 'ecg.lacks.serial' : 'ecg.lacks.both'));
}
byId('belt').addEventListener('click', openBelt);
byId('serial').addEventListener('click', openSerial);

// ---- Controls ----------------------------------------------------------------------------------------------------------------

byId('play').addEventListener('click', () => watch.play(!watch.playing));
byId('speed').addEventListener('change', () => (watch.speed = Number(byId('speed').value)));

/** Offers the form, filled with the usual limits. @param {Limits} usual */
function offerLimits(usual) {
  const fields = /** @type {Field[]} */ (Object.keys(RANGES));
  for (const key of fields) {
    const input = byId(`limit-${key}`);
    [input.min, input.max, input.value] = [...RANGES[key], usual[key]].map(String);
  }
  byId('limits').addEventListener('input', () => {
    const { limits, wrong } = checkedLimits(Object.fromEntries(fields.map((key) => [key, byId(`limit-${key}`).value === '' ? NaN : Number(byId(`limit-${key}`).value)])), usual);
    for (const key of fields) byId(`limit-${key}`).setAttribute('aria-invalid', String(wrong.includes(key)));
    void remote.ask('limits', limits).catch(fail);
    say('limits-text', (spoken) => (wrong.length > 0 ? spoken.say('ecg.limits.wrong', { limits: listed(spoken, wrong.map((key) => spoken.say('ecg.limits.usual', { name: spoken.say(`ecg.limit.${key}`), limit: usual[key] }))) }) : ''));
  });
}
byId('limits').addEventListener('submit', (/** @type {Event} */ event) => event.preventDefault());

// ---- Start -------------------------------------------------------------------------------------------------------------------

async function load() {
  const response = await fetch('models.json');
  if (!response.ok) throw Object.assign(new Error('models.json is missing on the server.'), { code: 'BDS_E_FETCH' });
  const { arrhythmia } = await response.json();
  const { info, limits, citation, alarmLimits } = await remote.ask('load', { ...arrhythmia, url: new URL(arrhythmia.url, location.href).href });
  offerLimits(alarmLimits);
  tell(byId('model'), (spoken) => [
    spoken.say('ecg.model', { size: spoken.bytes(info.fileBytes) }), ' ', el('span', { class: 'hash', lang: 'en', dir: 'ltr', title: info.sha256 }, info.sha256.slice(0, 12)), ' ', el('a', { href: '#card' }, spoken.say('ecg.model.link')),
  ]);
  tell(byId('card-body'), (spoken) => [
    el('li', {}, spoken.say('ecg.card.names', { labels: listed(spoken, info.labels) })),
    spoken.language !== 'en' && el('li', {}, spoken.say('card.language')),
    ...`${limits ?? ''}\n${citation ?? ''}`.split('\n').filter(Boolean).map((line) => english(line, 'li')),
  ].filter((item) => item !== false));
}

const loaded = load();
loaded.catch(() => {}); // said below
tell(byId('paper-text'), text('ecg.paper', { speed: '25\u00a0mm/s', gain: '10\u00a0mm/mV', box: '1\u00a0mm' }));
tell(byId('strip'), text('ecg.strip.none'), 'aria-label');
tell(byId('frames'), text('ecg.frames.none'));
offerDevices();
watch.close();
const wanted = new URLSearchParams(location.hash.slice(1));
if ([...byId('speed').options].some(({ value }) => value === wanted.get('speed'))) byId('speed').value = wanted.get('speed');
watch.speed = Number(byId('speed').value);
if (SCENARIOS[wanted.get('scenario') ?? '']) byId('scenario').value = wanted.get('scenario');
await speak(byId('language'), (spoken) => {
  words = spoken;
  retell(spoken);
}, () => offerLanguage(byId('update'), () => words), catalogues);
try {
  await loaded;
  const readyTime = performance.now();
  const count = () => say('requests', () => String(performance.getEntriesByType('resource').filter(({ name, startTime }) => startTime > readyTime && name.startsWith('http')).length));
  new PerformanceObserver(count).observe({ type: 'resource' });
  count();
  // A picture that moves by itself is not for everybody; there is a button.
  if (wanted.has('scenario') || !matchMedia('(prefers-reduced-motion: reduce)').matches) startScenario();
  document.documentElement.dataset.ready = 'true';
} catch (error) {
  tell(byId('model'), text('ecg.model.none'));
  fail(error instanceof Trouble ? error : new Trouble('ecg.load.failed', { cause: error }));
}
