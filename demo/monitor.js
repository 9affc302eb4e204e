// The live ECG: where it comes from, and what the page's controls do. What is watched and how it is shown: monitor/watch.js. Reading, beats and the
// network run in a worker. `#scenario=run&speed=16` in the address starts that synthetic ECG at that speed.
// SPDX-License-Identifier: MIT
import { RANGES, checkedLimits } from './monitor/alarms.js';
import { connectBelt } from './monitor/belt.js';
import { BeltWatch } from './monitor/belt-watch.js';
import { byId, el, messageOf, Remote } from './monitor/page.js';
import { SCENARIOS } from './monitor/scenarios.js';
import { connectSerial, SampleLines } from './monitor/serial.js';
import { say, showProblem, showState } from './monitor/show.js';
import { Watch } from './monitor/watch.js';

/** @typedef {import('./monitor/alarms.js').Limits} Limits */
/** @typedef {import('./monitor/alarms.js').Field} Field */

/** Whatever goes wrong: nothing is watched, and that is said. @param {Error & { code?: string }} error */
function fail(error) {
  void disconnect();
  watch.close();
  watch.play(false);
  showProblem(error);
  showState({ style: 'lost', title: 'Nothing is being watched', text: 'What was to be shown has failed; see below.' });
  document.documentElement.dataset.state = 'error';
}

const remote = new Remote(new Worker(new URL('./monitor/monitor.worker.js', import.meta.url), { type: 'module' }), (error) => fail(error));
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
  showState({ style: 'idle', title: 'Opening', text: '' });
  document.documentElement.dataset.state = 'opening';
  try {
    await loaded;
    const source = await open();
    if (mine !== attempt) return;
    if (source) watch.open(source);
    document.documentElement.dataset.state = 'open';
  } catch (error) {
    if (mine === attempt) fail(/** @type {Error} */ (error));
  }
}

// ---- Sources -----------------------------------------------------------------------------------------------------------------

/** A number that was filled in, or undefined. @param {string} id */
function filled(id) {
  const { value } = byId(id);
  return value === '' ? undefined : Number(value);
}

function startScenario() {
  const { options, title } = SCENARIOS[byId('scenario').value];
  void begin(async () => ({ ...(await remote.ask('synthetic', { seed: 1, ...options })), title: `Synthetic ECG: ${title.toLowerCase()}` }));
}

/** @param {FileList | null | undefined} list */
function openFiles(list) {
  const chosen = [...(list ?? [])];
  if (chosen.length === 0) return;
  void begin(async () => {
    const files = await Promise.all(chosen.map(async (file) => ({ name: file.name, bytes: new Uint8Array(await file.arrayBuffer()) })));
    const unit = byId('unit').value;
    const options = { rate: filled('rate-in'), ...(unit === 'raw' ? { gain: filled('gain') ?? NaN, baseline: filled('baseline') } : { unit: unit || undefined }) };
    return remote.ask('record', { files, options });
  });
}

function openSerial() {
  void begin(async () => {
    const leads = Number(byId('serial-leads').value);
    const rate = filled('rate-in') ?? 250;
    const lines = new SampleLines(leads, byId('unit').value === 'raw' ? filled('gain') ?? 200 : 1);
    const line = await connectSerial(/** @type {any} */ (navigator).serial, filled('baud') ?? 115200, (text) => watch.hear(lines.take(text)), (why) => fail(new Error(why)));
    connected = line.close;
    return remote.ask('live', { title: `Serial line, ${rate} samples per second`, rate, leads, leadII: byId('serial-ii').checked });
  });
}

function openBelt() {
  void begin(async () => {
    const device = await connectBelt(/** @type {any} */ (navigator).bluetooth, (m) => void belt.hear(m), (why) => fail(new Error(why)));
    connected = device.close;
    belt.start(device.name);
    return null;
  });
}

byId('scenario').append(...Object.entries(SCENARIOS).map(([value, { title }]) => el('option', { value }, title)));
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
  const lacking = [!has.belt && 'heart-rate belts (Web Bluetooth)', !has.serial && 'serial lines (Web Serial)'].filter(Boolean);
  byId('devices-text').hidden = lacking.length === 0;
  say('devices-text', `This browser offers no ${lacking.join(' and no ')}; some others do, as Chrome and Edge on a computer.`);
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
    say('limits-text', wrong.length > 0 ? `Not usable and not used, the usual limit holds: ${wrong.map((key) => `${byId(`limit-${key}`).labels[0].firstChild.textContent.trim()} (${usual[key]})`).join(', ')}.` : '');
  });
}
byId('limits').addEventListener('submit', (/** @type {Event} */ event) => event.preventDefault());

// ---- Start -------------------------------------------------------------------------------------------------------------------

async function load() {
  const response = await fetch('models.json');
  if (!response.ok) throw new Error('A part of this page, models.json, is missing on its server.');
  const { arrhythmia } = await response.json();
  const { info, limits, citation, alarmLimits } = await remote.ask('load', { ...arrhythmia, url: new URL(arrhythmia.url, location.href).href });
  offerLimits(alarmLimits);
  byId('model').replaceChildren(`${info.name}, ${(info.fileBytes / 1000).toFixed(1)} KB, `, el('span', { class: 'hash', title: info.sha256 }, info.sha256.slice(0, 12)), ' ', el('a', { href: '#card' }, 'what it can do'));
  byId('card-body').replaceChildren(...[`It names beats: ${info.labels.join(', ')}. It names no rhythm, and sees no ischaemia.`, ...`${limits ?? ''}\n${citation ?? ''}`.split('\n').filter(Boolean)].map((text) => el('li', {}, text)));
}

const loaded = load();
offerDevices();
watch.close();
const wanted = new URLSearchParams(location.hash.slice(1));
if ([...byId('speed').options].some(({ value }) => value === wanted.get('speed'))) byId('speed').value = wanted.get('speed');
watch.speed = Number(byId('speed').value);
if (SCENARIOS[wanted.get('scenario') ?? '']) byId('scenario').value = wanted.get('scenario');
try {
  await loaded;
  const readyTime = performance.now();
  const count = () => say('requests', String(performance.getEntriesByType('resource').filter(({ name, startTime }) => startTime > readyTime && name.startsWith('http')).length));
  new PerformanceObserver(count).observe({ type: 'resource' });
  count();
  // A picture that moves by itself is not for everybody; there is a button.
  if (wanted.has('scenario') || !matchMedia('(prefers-reduced-motion: reduce)').matches) startScenario();
  document.documentElement.dataset.ready = 'true';
} catch (error) {
  byId('model').textContent = 'Not available';
  fail(new Error(`The model or the ECG chain could not be loaded, so nothing can be shown: ${messageOf(error)}`));
}
