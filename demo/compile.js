// "Bring your own model": compiles a network in a worker (web/compile.worker.js), offers the file, and runs it. ?lang= chooses the language.
// Not a medical device.
// SPDX-License-Identifier: MIT
import { el, english } from '../web/exam/element/dom.js';
import { connect } from '../web/worker-client.js';
import englishWords from './compile/words/en.js';
import { speak } from './language.js';
import { readNpy } from './npy.js';
import { decimals, measure, retell, tell, text } from './tell.js';
import { explained, Trouble } from './trouble.js';
import { offerLanguage } from './update.js';

/** @typedef {import('../web/compile.js').Compiled} Compiled */
/** @typedef {import('./tell.js').Say} Say */
/** @typedef {import('./tell.js').Tell} Tell */

document.documentElement.dataset.begun = 'true'; // boot.js has nothing to say

const TIMED_RUNS = 20;
/** What this page alone says. @type {import('./language.js').Catalogues} */
const catalogues = { en: () => Promise.resolve({ default: englishWords }), es: () => import('./compile/words/es.js'), ar: () => import('./compile/words/ar.js') };
/** @type {import('./tell.js').Words} */
let words;

/** @param {string} id @returns {any} */
const byId = (id) => document.getElementById(id);

/** @param {readonly number[]} shape */
const dimensions = (shape) => shape.join(' × ');

/** @param {string} style @param {string} symbol @param {Say} title @param {Tell} more */
function verdict(style, symbol, title, more) {
  const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
  svg.setAttribute('class', 'icon');
  svg.setAttribute('aria-hidden', 'true');
  const use = document.createElementNS('http://www.w3.org/2000/svg', 'use');
  use.setAttribute('href', `#i-${symbol}`);
  svg.append(use);
  return el('div', { class: `verdict ${style}` }, svg, el('div', {}, tell(el('h3'), title), tell(el('div'), more)));
}

// ---- Compiling ---------------------------------------------------------------------------------------------------------------

/** @type {Worker | null} */
let worker = null;
let nextJob = 1;

const freshWorker = () => new Worker(new URL('../web/compile.worker.js', import.meta.url), { type: 'module' });

/** Compiles in the worker. @param {object} options @param {(p: {stage: string, done: number, total: number}) => void} onProgress @returns {Promise<Compiled>} */
function compile(options, onProgress) {
  worker ??= freshWorker();
  const id = nextJob++;
  const mine = worker;
  return new Promise((resolve, reject) => {
    mine.onmessage = ({ data }) => {
      if (data.id !== id) return;
      if (data.progress) onProgress(data.progress);
      else if (data.error) reject(Object.assign(new Error(data.error.message), { code: data.error.code }));
      else resolve(data.ok);
    };
    mine.onerror = (event) => {
      event.preventDefault();
      reject(new Trouble('compile.worker.lost'));
      mine.terminate(); // the next network gets a fresh one
      worker = null;
    };
    mine.postMessage({ id, options });
    stop = () => {
      mine.terminate();
      worker = null;
      reject(new Trouble('compile.stopped'));
    };
  });
}

/** @type {() => void} */
let stop = () => {};
/** @type {{ name: string, bytes: ArrayBuffer } | null} */
let chosen = null;
/** @type {Float32Array[] | undefined} */
let samples;

/** @param {{stage: string, done: number, total: number}} p */
function showProgress({ stage, done, total }) {
  tell(byId('stage'), (spoken) => {
    const key = `compile.stage.${stage}`;
    return spoken.say('compile.progress', { stage: spoken.say(spoken.has(key) ? key : 'compile.stage.other'), done, total });
  });
  byId('bar').value = total ? done / total : 0;
}

/** @param {Compiled} c */
function showLayers(c) {
  // Names are the network's, kinds the compiler's.
  tell(byId('layer-table'), (spoken) => [
    el('thead', {}, el('tr', {}, ...['name', 'kind', 'in', 'out', 'macs', 'weights', 'bytes'].map((column) => el('th', { scope: 'col' }, spoken.say(`compile.layer.${column}`))))),
    el('tbody', {}, ...c.layers.map((l) => el('tr', {},
      ...[l.name, l.kind].map((name) => el('td', {}, english(name))),
      ...[l.input, l.output].map((shape) => el('td', {}, el('bdi', { dir: 'ltr' }, dimensions(shape)))),
      ...[l.macs, l.weights || null, l.weights ? l.weightBytes : null].map((value) => el('td', {}, value === null ? '' : spoken.number(value)))))),
  ]);
  byId('layers').hidden = false;
}

/** @param {Compiled} c @param {string} name @param {number} sourceBytes @param {number} ms @param {boolean} noise */
function showCompiled(c, name, sourceBytes, ms, noise) {
  const file = new Blob([/** @type {BlobPart} */ (c.bytes)], { type: 'application/octet-stream' });
  const target = name.replace(/\.(onnx|tflite)$/i, '') + '.bds';
  const link = tell(el('a', { class: 'button', id: 'download', href: URL.createObjectURL(file), download: target }), text('compile.download', { name: target }));
  const run = tell(el('button', { type: 'button', class: 'button plain', id: 'run' }), text('compile.run'));
  const ran = el('div', { id: 'ran' });
  run.addEventListener('click', () => void runModel(c, ran));
  byId('result').replaceChildren(
    verdict('none', 'done', text('compile.bytes', { count: c.bytes.length }), (spoken) => [el('p', {}, spoken.say('compile.smaller', {
      times: decimals(spoken, sourceBytes / c.bytes.length, 1), bytes: sourceBytes, time: measure(spoken, ms / 1000, 'second', 'long', 1, 1),
    }))]),
    el('ul', { class: 'small' },
      tell(el('li'), text('compile.facts', { layers: c.layers.length, macs: c.macs, weights: c.weights, bytes: c.weightBytes })),
      tell(el('li'), text('compile.memory', { count: c.activationBytes })),
      ...(noise ? [el('li', {}, tell(el('strong'), text('compile.noise')))] : [])),
    el('p', { class: 'buttons' }, link, run), ran);
  showLayers(c);
}

/** @param {unknown} error */
function showError(error) {
  const stopped = error instanceof Trouble && error.key === 'compile.stopped';
  byId('result').replaceChildren(stopped
    ? tell(el('p', { class: 'small' }), text(error.key))
    : verdict('error', 'error', text('compile.failed'), (spoken) => explained(spoken, error, 'compile.error')));
  byId('layers').hidden = true;
}

async function start() {
  if (!chosen) return;
  const begin = performance.now();
  const { name, bytes } = chosen;
  byId('compile').disabled = true;
  byId('cancel').hidden = false;
  byId('progress').hidden = false;
  byId('layers').hidden = true;
  byId('result').replaceChildren();
  document.documentElement.dataset.state = 'busy';
  try {
    const compiled = await compile({
      network: bytes, name, samples, weights: byId('weights').value, coder: byId('coder').value,
      sparsity: Number(byId('sparsity').value), adaptiveRounding: byId('rounding').checked,
    }, showProgress);
    showCompiled(compiled, name, bytes.byteLength, performance.now() - begin, !samples);
    document.documentElement.dataset.state = 'compiled';
  } catch (error) {
    showError(error);
    document.documentElement.dataset.state = 'failed';
  }
  byId('compile').disabled = false;
  byId('cancel').hidden = true;
  byId('progress').hidden = true;
}

// ---- Running -----------------------------------------------------------------------------------------------------------------

/** @type {import('../web/worker-client.js').RemoteEngine | null} */
let engine = null;

/** SHA-256 of the file just made, as the engine wants it. @param {Uint8Array} bytes */
async function sha256(bytes) {
  const digest = await crypto.subtle.digest('SHA-256', /** @type {BufferSource} */ (bytes));
  return Array.from(new Uint8Array(digest), (b) => b.toString(16).padStart(2, '0')).join('');
}

/** Stored integers without a pattern, the same every time. @param {import('../web/bedside.js').TensorForm} form */
function noiseFor({ dims, type }) {
  const tensor = new (type === 'int8' ? Int8Array : Int16Array)(dims[1] * dims[2] * dims[3]);
  let state = 1;
  for (let i = 0; i < tensor.length; i++) {
    state = (Math.imul(state, 1103515245) + 12345) | 0;
    tensor[i] = state >> 24;
  }
  return { tensor };
}

/** A browser's clock may go in steps of a tenth. @param {import('./tell.js').Words} spoken @param {number} ms */
const shortest = (spoken, ms) => (ms < 0.1 ? spoken.say('number.under', { value: measure(spoken, 0.1, 'millisecond', 'short') }) : measure(spoken, ms, 'millisecond', 'short', 2));

/** @param {Compiled} c @param {Element} place */
async function runModel(c, place) {
  place.replaceChildren(tell(el('p', { class: 'small' }), text('compile.running')));
  try {
    engine ??= connect(new Worker(new URL('../web/bedside.worker.js', import.meta.url), { type: 'module' }));
    const model = await engine.openModel({ bytes: c.bytes, sha256: await sha256(c.bytes) });
    const { outputs, ms } = await model.run(noiseFor(await model.inputForm()), TIMED_RUNS);
    const { simd } = await engine.engine;
    await model.dispose();
    const { data, scale, zeroPoint } = outputs[0];
    const first = Array.from(data.subarray(0, 8), (q) => (scale * (q - zeroPoint)).toPrecision(3)).join(', '); // as a program prints them
    place.replaceChildren(el('ul', { class: 'small' },
      el('li', {}, tell(el('strong'), (spoken) => spoken.say('compile.time', { time: shortest(spoken, Math.min(...ms)) })), ' ',
        tell(el('span'), (spoken) => spoken.say('compile.time.how', { runs: TIMED_RUNS, engine: spoken.say(`facts.${simd}`) }))),
      el('li', {}, tell(el('span'), text('compile.output')), ' ', el('span', { class: 'hash', lang: 'en', dir: 'ltr' }, first))));
  } catch (error) {
    place.replaceChildren(verdict('error', 'error', text('compile.run.failed'), (spoken) => explained(spoken, error, 'compile.error')));
  }
}

// ---- Choosing ----------------------------------------------------------------------------------------------------------------

/** @param {FileList | null | undefined} files */
async function choose(files) {
  const file = files?.[0];
  if (!file) return;
  chosen = { name: file.name, bytes: await file.arrayBuffer() };
  tell(byId('file-hint'), text('compile.chosen', { name: file.name, count: file.size }));
  byId('compile').disabled = false;
  await start();
}

/** @param {File | undefined} file */
async function chooseSamples(file) {
  samples = undefined;
  const say = (/** @type {Tell} */ how) => tell(byId('samples-text'), how);
  if (!file) {
    say(text('compile.samples.none'));
    return;
  }
  try {
    const { shape, values } = readNpy(await file.arrayBuffer());
    const size = values.length / shape[0];
    samples = Array.from({ length: shape[0] }, (_, i) => values.slice(i * size, (i + 1) * size));
    say(text('compile.samples.read', { count: shape[0], shape: dimensions(shape.slice(1)) }));
  } catch (error) {
    say((spoken) => explained(spoken, error, 'compile.error'));
  }
}

byId('file').addEventListener('change', (/** @type {Event} */ event) => {
  const input = /** @type {HTMLInputElement} */ (event.target);
  void choose(input.files);
});
byId('samples').addEventListener('change', (/** @type {Event} */ event) => void chooseSamples(/** @type {HTMLInputElement} */ (event.target).files?.[0]));
byId('compile').addEventListener('click', () => void start());
byId('cancel').addEventListener('click', () => stop());
byId('options').addEventListener('submit', (/** @type {Event} */ event) => event.preventDefault());

// A file may be dropped anywhere: dropped beside the field it would otherwise replace the page.
for (const kind of ['dragenter', 'dragover', 'dragleave', 'drop']) {
  addEventListener(kind, (event) => {
    event.preventDefault();
    byId('drop').classList.toggle('over', kind === 'dragenter' || kind === 'dragover');
    if (kind === 'drop') void choose(/** @type {DragEvent} */ (event).dataTransfer?.files);
  });
}
tell(byId('samples-text'), text('compile.samples.none'));
for (const option of byId('sparsity').options) if (Number(option.value) > 0) tell(option, (spoken) => spoken.percent(Number(option.value)));
await speak(byId('language'), (spoken) => {
  words = spoken;
  retell(spoken);
}, () => offerLanguage(byId('update'), () => words), catalogues);
document.documentElement.dataset.ready = 'true';
