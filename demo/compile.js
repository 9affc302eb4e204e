// "Bring your own model": compiles a network in a worker (web/compile.worker.js), offers the file, and runs it.
// SPDX-License-Identifier: MIT
import { connect } from '../web/worker-client.js';
import { readNpy } from './npy.js';

/** @typedef {import('../web/compile.js').Compiled} Compiled */

const TIMED_RUNS = 20;
/** What the compiler is busy with, in words. @type {Record<string, string>} */
const stages = {
  import: 'Reading the network', calibrate: 'Running it on the samples', ranges: 'Choosing ranges', equalise: 'Equalising layers',
  round: 'Rounding the weights', prune: 'Setting weights to zero', encode: 'Writing the layers',
};

/** @param {string} id @returns {any} */
const byId = (id) => document.getElementById(id);

/** An element; text never becomes markup. @param {string} tag @param {Record<string, string>} attributes @param {(Node | string)[]} children */
function el(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  node.append(...children);
  return node;
}

/** @param {number} n */
const grouped = (n) => n.toLocaleString('en');

/** @param {string} style @param {string} symbol @param {string} title @param {string} text */
function verdict(style, symbol, title, text) {
  const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
  svg.setAttribute('class', 'icon');
  svg.setAttribute('aria-hidden', 'true');
  const use = document.createElementNS('http://www.w3.org/2000/svg', 'use');
  use.setAttribute('href', `#i-${symbol}`);
  svg.append(use);
  return el('div', { class: `verdict ${style}` }, svg, el('div', {}, el('h3', {}, title), el('p', {}, text)));
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
      reject(new Error('The compiler did not start or broke off.'));
    };
    mine.postMessage({ id, options });
    stop = () => {
      mine.terminate();
      worker = null;
      reject(Object.assign(new Error('Stopped.'), { code: 'STOPPED' }));
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
  byId('stage').textContent = `${stages[stage] ?? stage}: ${done} of ${total}`;
  byId('bar').value = total ? done / total : 0;
}

/** @param {Compiled} c */
function showLayers(c) {
  const head = el('thead', {}, el('tr', {}, ...['Layer', 'Kind', 'In', 'Out', 'Multiplications', 'Weights', 'Bytes'].map((text) => el('th', { scope: 'col' }, text))));
  const rows = c.layers.map((l) => el('tr', {}, ...[l.name, l.kind, l.input.join(' x '), l.output.join(' x '), grouped(l.macs), l.weights ? grouped(l.weights) : '', l.weights ? grouped(l.weightBytes) : ''].map((text) => el('td', {}, text))));
  byId('layer-table').replaceChildren(head, el('tbody', {}, ...rows));
  byId('layers').hidden = false;
}

/** @param {Compiled} c @param {string} name @param {number} sourceBytes @param {number} ms @param {boolean} noise */
function showCompiled(c, name, sourceBytes, ms, noise) {
  const file = new Blob([/** @type {BlobPart} */ (c.bytes)], { type: 'application/octet-stream' });
  const target = name.replace(/\.(onnx|tflite)$/i, '') + '.bds';
  const link = el('a', { class: 'button', id: 'download', href: URL.createObjectURL(file), download: target }, `Download ${target}`);
  const run = el('button', { type: 'button', class: 'button plain', id: 'run' }, 'Run it here');
  const ran = el('div', { id: 'ran' });
  run.addEventListener('click', () => void runModel(c, ran));
  byId('result').replaceChildren(
    verdict('none', 'done', `${grouped(c.bytes.length)} bytes`, `${(sourceBytes / c.bytes.length).toFixed(1)} times smaller than the file you brought (${grouped(sourceBytes)} bytes), compiled in ${(ms / 1000).toFixed(1)} s.`),
    el('ul', { class: 'small' },
      el('li', {}, `${c.layers.length} layers, ${grouped(c.macs)} multiplications per run, ${grouped(c.weights)} weights in ${grouped(c.weightBytes)} bytes`),
      el('li', {}, `${grouped(c.activationBytes)} bytes of memory for what passes between layers`),
      ...(noise ? [el('li', {}, el('strong', {}, 'Ranges come from noise unless the network brought its own: good for timing, not for answers.'))] : [])),
    el('p', { class: 'buttons' }, link, run), ran);
  showLayers(c);
}

/** @param {unknown} error */
function showError(error) {
  const { code, message } = /** @type {{code?: string, message: string}} */ (error);
  byId('result').replaceChildren(code === 'STOPPED'
    ? el('p', { class: 'small' }, 'Stopped. Nothing was compiled.')
    : verdict('error', 'error', 'This network was not compiled', message + (code ? ` (${code})` : '')));
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

/** @param {Compiled} c @param {Element} place */
async function runModel(c, place) {
  place.replaceChildren(el('p', { class: 'small' }, 'Running ...'));
  try {
    engine ??= connect(new Worker(new URL('../web/bedside.worker.js', import.meta.url), { type: 'module' }));
    const model = await engine.openModel({ bytes: c.bytes, sha256: await sha256(c.bytes) });
    const { outputs, ms } = await model.run(noiseFor(await model.inputForm()), TIMED_RUNS);
    const { simd } = await engine.engine;
    await model.dispose();
    const { data, scale, zeroPoint } = outputs[0];
    const first = Array.from(data.subarray(0, 8), (q) => (scale * (q - zeroPoint)).toPrecision(3)).join(', ');
    place.replaceChildren(el('ul', { class: 'small' },
      el('li', {}, el('strong', {}, `${Math.min(...ms).toFixed(2)} ms a run`), ` (the fastest of ${TIMED_RUNS}, one thread, ${simd === 'simd128' ? 'WebAssembly with SIMD' : 'WebAssembly without SIMD'}), on noise`),
      el('li', {}, `Output 0 begins with ${first}`)));
  } catch (error) {
    place.replaceChildren(verdict('error', 'error', 'The model did not run', error instanceof Error ? error.message : String(error)));
  }
}

// ---- Choosing ----------------------------------------------------------------------------------------------------------------

/** @param {FileList | null | undefined} files */
async function choose(files) {
  const file = files?.[0];
  if (!file) return;
  chosen = { name: file.name, bytes: await file.arrayBuffer() };
  byId('file-hint').textContent = `${file.name}, ${grouped(file.size)} bytes`;
  byId('compile').disabled = false;
  await start();
}

/** @param {File | undefined} file */
async function chooseSamples(file) {
  samples = undefined;
  const say = (/** @type {string} */ text) => (byId('samples-text').textContent = text);
  if (!file) {
    say('Without it ranges come from noise: good for timing, not for answers.');
    return;
  }
  try {
    const { shape, values } = readNpy(await file.arrayBuffer());
    const size = values.length / shape[0];
    samples = Array.from({ length: shape[0] }, (_, i) => values.slice(i * size, (i + 1) * size));
    say(`${shape[0]} samples of ${shape.slice(1).join(' x ')} numbers. Compile again to use them.`);
  } catch (error) {
    say(error instanceof Error ? error.message : String(error));
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
document.documentElement.dataset.ready = 'true';
