// The demo page: chooses pictures and shows results. The examination itself runs in a worker (web/bedside.worker.js).
// `#sample=<file>` in the address examines that sample at once.
// SPDX-License-Identifier: MIT
import { connect } from '../web/worker-client.js';

performance.mark('bedside-start');

/** @typedef {import('../web/bedside.js').Diagnosis} Diagnosis */
/** @typedef {import('../web/bedside.js').Finding} Finding */
/** @typedef {import('../web/worker-client.js').RemoteModel} RemoteModel */
/** @typedef {{file: string, title: string, description: string}} Sample */
/** @typedef {{blob: Blob, name: string, synthetic: boolean, button?: HTMLElement}} Chosen */

const bedside = connect(new Worker(new URL('../web/bedside.worker.js', import.meta.url), { type: 'module' }));

/** @param {string} id @returns {any} */
const byId = (id) => document.getElementById(id);

/**
 * An element; text never becomes markup.
 * @param {string} tag @param {Record<string, string>} attributes @param {(Node | string | null | undefined)[]} children
 */
function el(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  node.append(...children.filter((child) => child !== null && child !== undefined));
  return node;
}

/** @param {string} name */
function icon(name) {
  const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
  svg.setAttribute('class', 'icon');
  svg.setAttribute('aria-hidden', 'true');
  const use = document.createElementNS('http://www.w3.org/2000/svg', 'use');
  use.setAttribute('href', `#i-${name}`);
  svg.append(use);
  return svg;
}

/** Whole percent; what is not quite 0 or 100 does not look it. @param {number} p */
function percent(p) {
  if (p > 0 && p < 0.01) return 'under 1';
  if (p > 0.99 && p < 1) return 'over 99';
  return String(Math.round(p * 100));
}

/** Between a number and its percent sign: no line break. */
const PERCENT = '\u00a0%';

/** "55-70 %", or "97 % or more" at the rails. @param {Finding} f */
function range({ low, high }) {
  if (high > 0.99) return low > 0.99 ? `over 99${PERCENT}` : `${percent(low)}${PERCENT} or more`;
  if (low < 0.01) return high < 0.01 ? `under 1${PERCENT}` : `${percent(high)}${PERCENT} or less`;
  const [from, to] = [percent(low), percent(high)];
  return from === to ? from + PERCENT : `${from}\u2013${to}${PERCENT}`;
}

/** @param {number} ms */
const milliseconds = (ms) => (ms < 1 ? 'under 1 ms' : `${ms < 10 ? ms.toFixed(1) : Math.round(ms)} ms`);

/** @param {string} hash */
const short = (hash) => hash.slice(0, 12);

// ---- What the page says ------------------------------------------------------------------------------------------------------

/** What a label means for a patient. @type {Record<string, {icon: string, style: string, title: string, text: string}>} */
const meanings = {
  pneumonia: {
    icon: 'signs',
    style: 'signs',
    title: 'The model sees signs of pneumonia',
    text: 'A clinician has to look at this picture before it means anything.',
  },
  normal: {
    icon: 'none',
    style: 'none',
    title: 'The model sees no signs of pneumonia',
    text: 'This does not rule out pneumonia or any other illness.',
  },
};

/** @type {Record<string, string>} */
const reasons = {
  unsure: 'The score lies between the two answers.',
  unknown: 'The picture is unlike the chest X-rays that the model has learned from.',
  colour: 'The picture is in colour. Chest X-rays are grey.',
  small: 'The picture is very small: it has fewer points than the model looks at.',
};

/** What can be done about an error, by its code. @type {Record<string, string>} */
const advice = {
  BDS_E_IMAGE_FORMAT: 'Choose a picture in JPEG or PNG format.',
  BDS_E_IMAGE_CORRUPT: 'Copy the file again from where it comes from, or choose another one.',
  BDS_E_IMAGE_SIZE: 'Choose a smaller picture.',
  BDS_E_IMAGE_BLANK: 'Choose a picture that shows a chest X-ray.',
  BDS_E_MEMORY: 'Close other pages, or choose a smaller picture.',
  BDS_E_FETCH: 'Load the page again.',
  BDS_E_HASH: 'The model file is not the one this page was made for, so it is not used.',
  BDS_E_NO_HASH: 'This page was set up without the fingerprint of its model, so the model is not used.',
};

// ---- Results -----------------------------------------------------------------------------------------------------------------

/** A bar from 0 to 100 %. @param {Finding} f */
function bar(f) {
  const node = el('div', { class: 'bar', role: 'img', 'aria-label': `${percent(f.probability)} percent on a scale from 0 to 100; range ${range(f)}` });
  node.append(el('div', { class: 'track' }), el('div', { class: 'band' }), el('div', { class: 'mark' }));
  node.append(el('div', { class: 'scale', 'aria-hidden': 'true' }, ...['0', '25', '50', '75', '100 %'].map((text) => el('span', {}, text))));
  for (const [name, value] of [['--low', f.low], ['--high', f.high], ['--at', f.probability]]) node.style.setProperty(String(name), String(Number(value) * 100));
  return node;
}

/** Probability and range of one label, as numbers, as a bar and in words. @param {Finding} f */
function numbers(f) {
  const p = percent(f.probability);
  const about = p.includes(' ') ? p : `about ${p}`;
  return el('div', { class: 'state' },
    el('p', { class: 'figure-line' }, el('strong', {}, p + PERCENT), el('span', {}, `probability of ${f.label} (range ${range(f)})`)),
    bar(f),
    el('p', { class: 'small' }, `Among as many healthy as sick, and where its calibration holds, ${about} in 100 pictures with such a score show ${f.label}. The band shows how uncertain that figure is: ${range(f)}.`));
}

/** @param {string} style @param {string} symbol @param {string} title @param {string} text */
function verdict(style, symbol, title, text) {
  return el('div', { class: `verdict ${style}` }, icon(symbol), el('div', {}, el('h3', {}, title), el('p', {}, text)));
}

/** @param {Diagnosis} d */
function fingerprints(d) {
  return el('details', { class: 'inner' }, el('summary', {}, 'Numbers and fingerprints for the record'),
    el('ul', { class: 'small' },
      ...d.findings.map((f) => el('li', {}, `${f.label}: ${(f.probability * 100).toFixed(2)} % (${(f.low * 100).toFixed(2)} to ${(f.high * 100).toFixed(2)} %), score ${f.logit}`)),
      d.distanceLimit ? el('li', {}, `Unlikeness to the training pictures: ${d.distance.toFixed(2)} (limit ${d.distanceLimit.toFixed(2)})`) : null,
      el('li', {}, 'Picture, SHA-256: ', el('span', { class: 'hash' }, d.inputSha256)),
      el('li', {}, 'Model, SHA-256: ', el('span', { class: 'hash' }, d.modelSha256)),
      el('li', {}, `Memory: ${(d.peakBytes / 2 ** 20).toFixed(1)} MiB at most`)));
}

/** @param {Diagnosis} d */
function showFinding(d) {
  // The page is about one question: the first label that is not "normal" answers it.
  const shown = d.findings.find((f) => f.label !== 'normal') ?? d.findings[d.top];
  const top = d.findings[d.top];
  if (d.certain) {
    const m = meanings[top.label] ?? { icon: 'signs', style: 'signs', title: `The model says: ${top.label}`, text: meanings.pneumonia.text };
    show('finding', verdict(m.style, m.icon, m.title, m.text), numbers(shown), fingerprints(d));
    return;
  }
  show('unsure',
    verdict('unsure', 'unsure', 'Not sure: show it to a clinician', 'The model cannot answer for this picture. This is neither a good nor a bad sign.'),
    el('div', {}, el('p', {}, 'Why:'), el('ul', { class: 'reasons' }, ...d.doubts.map((doubt) => el('li', {}, reasons[doubt] ?? doubt)))),
    el('details', { class: 'inner' }, el('summary', {}, 'Show the number, which cannot be relied on here'), numbers(shown)),
    fingerprints(d));
}

/** The one place that changes the result: whatever was there before is gone. @param {string} state @param {Node[]} nodes */
function show(state, ...nodes) {
  byId('problem').replaceChildren();
  byId('result').replaceChildren(el('div', { class: 'state', 'data-state': state }, ...nodes));
}

/** @param {unknown} error */
function showError(error) {
  const { code = '', message = String(error) } = /** @type {{code?: string, message?: string}} */ (error);
  byId('result').replaceChildren();
  byId('problem').replaceChildren(
    el('div', { class: 'state', role: 'alert', 'data-state': 'error', 'data-code': code },
      el('div', { class: 'verdict error' }, icon('error'), el('div', {}, el('h3', {}, 'There is no result'), el('p', {}, message), advice[code] ? el('p', {}, advice[code]) : null)),
      el('p', { class: 'small' }, `The picture was not examined.${code ? ` (${code})` : ''}`)));
}

/** @param {string} text @param {boolean} busy */
function showWaiting(text, busy) {
  show(busy ? 'busy' : 'idle', el('div', { class: 'waiting' }, icon('picture'), el('p', {}, text), busy ? el('progress', { 'aria-label': 'Examining' }) : null));
}

// ---- The picture -------------------------------------------------------------------------------------------------------------

let shownUrl = '';

/** @param {Chosen | null} chosen */
function showPicture(chosen) {
  if (shownUrl) URL.revokeObjectURL(shownUrl);
  shownUrl = '';
  byId('figure').hidden = true;
  for (const button of document.querySelectorAll('.sample')) button.setAttribute('aria-pressed', String(button === chosen?.button));
  if (!chosen) return;
  shownUrl = URL.createObjectURL(chosen.blob);
  const image = byId('image');
  image.alt = chosen.synthetic ? 'The drawn example' : 'The picture you chose';
  image.src = shownUrl;
  byId('caption').replaceChildren(chosen.name, ' ', ...(chosen.synthetic ? [el('span', { class: 'tag' }, 'synthetic, no patient')] : []));
}

/** Frames the part that is examined: the square in the middle. */
function frame() {
  const { naturalWidth: w, naturalHeight: h } = byId('image');
  const side = Math.min(w, h);
  const crop = byId('crop').style;
  for (const [name, value] of [['left', (w - side) / 2 / w], ['top', (h - side) / 2 / h], ['width', side / w], ['height', side / h]]) {
    crop.setProperty(String(name), `${Number(value) * 100}%`);
  }
}

/** Draws what went into the network. @param {import('../web/bedside.js').Tensor} input */
function showInput({ data, dims: [, height, width, channels] }) {
  const canvas = byId('seen');
  [canvas.width, canvas.height] = [width, height];
  const pixels = new ImageData(width, height);
  for (let i = 0; i < width * height; i++) {
    for (let c = 0; c < 3; c++) pixels.data[4 * i + c] = data[i * channels + (channels === 3 ? c : 0)] + 128;
    pixels.data[4 * i + 3] = 255;
  }
  canvas.getContext('2d').putImageData(pixels, 0, 0);
  byId('seen-text').textContent = `This is all the model looks at: the framed square, ${width} by ${height} points.`;
}

// ---- Requests ----------------------------------------------------------------------------------------------------------------

/** Requests of this page, as the browser reports them, sometimes late. @type {{url: string, time: number}[]} */
const pageRequests = [{ url: location.href, time: performance.timeOrigin }];
let readyTime = Infinity;

async function countRequests() {
  const all = [...pageRequests, ...(await bedside.requests().catch(() => []))];
  byId('request-list').replaceChildren(...all.map(({ url }) => el('li', {}, url)));
  if (readyTime < Infinity) byId('requests').textContent = String(all.filter(({ time }) => time > readyTime).length);
}

new PerformanceObserver((list) => {
  for (const { name, startTime } of list.getEntries()) {
    // Addresses of other kinds (blob:) are this page's own memory.
    if (/^https?:/.test(name)) pageRequests.push({ url: name, time: performance.timeOrigin + startTime });
  }
  void countRequests();
}).observe({ type: 'resource', buffered: true });

// ---- Examination -------------------------------------------------------------------------------------------------------------

/** @type {Promise<RemoteModel>} */
const model = openModel();
model.catch(showError);
let latest = 0;

async function openModel() {
  const response = await fetch('models.json');
  if (!response.ok) throw new Error('A part of this page, models.json, is missing on its server.');
  const { pneumonia } = await response.json();
  return bedside.openModel({ ...pneumonia, texts: ['title', 'intended_use', 'limits', 'data', 'licence', 'citation'] });
}

/** @param {Chosen} chosen */
async function examine(chosen) {
  const mine = ++latest;
  showWaiting('Examining the picture', true);
  showPicture(chosen);
  try {
    const opened = await model;
    const d = await opened.diagnose(chosen.blob, { keepInput: true });
    if (mine !== latest) return; // another picture was chosen meanwhile
    showFinding(d);
    performance.mark('bedside-finding');
    if (d.input) showInput(d.input);
    await byId('image').decode().catch(() => {});
    if (mine !== latest) return;
    byId('figure').hidden = false;
    frame();
    reveal();
    byId('time').textContent = `Examined in ${milliseconds(d.times.totalMs)}: ${milliseconds(d.times.prepareMs)} to read the picture, ${milliseconds(d.times.runMs)} for the model`;
  } catch (error) {
    if (mine !== latest) return;
    showPicture(null);
    byId('time').textContent = 'The last picture was not examined';
    showError(error);
    reveal();
  }
  void countRequests();
}

/** On a small screen the answer may lie below the fold. */
function reveal() {
  const answer = byId('answer');
  if (answer.getBoundingClientRect().top > innerHeight * 0.6) answer.scrollIntoView();
}

/** @param {FileList | null | undefined} files */
function examineFile(files) {
  const file = files?.[0];
  if (file) void examine({ blob: file, name: file.name, synthetic: false });
}

byId('file').addEventListener('change', (/** @type {Event} */ event) => {
  const input = /** @type {HTMLInputElement} */ (event.target);
  examineFile(input.files);
  input.value = ''; // the same file may be chosen again
});

// A picture may be dropped anywhere: dropped beside the field it would otherwise replace the page.
for (const kind of ['dragenter', 'dragover', 'dragleave', 'drop']) {
  addEventListener(kind, (event) => {
    event.preventDefault();
    byId('drop').classList.toggle('over', kind === 'dragenter' || kind === 'dragover');
    if (kind === 'drop') examineFile(/** @type {DragEvent} */ (event).dataTransfer?.files);
  });
}
addEventListener('paste', (event) => examineFile(event.clipboardData?.files));

// ---- Samples -----------------------------------------------------------------------------------------------------------------

/** @param {string} file */
async function sampleBlob(file) {
  const response = await fetch(`samples/${encodeURIComponent(file)}`);
  if (!response.ok) throw new Error(`The example ${file} could not be loaded.`);
  return response.blob();
}

/** @param {Sample} sample @param {Blob} blob */
function sampleButton({ file, title, description }, blob) {
  const image = el('img', { alt: '', src: URL.createObjectURL(blob), width: '128', height: '128' });
  const button = el('button', { type: 'button', class: 'sample', 'aria-pressed': 'false', title: description, 'data-file': file }, image, el('span', {}, title));
  button.addEventListener('click', () => void examine({ blob, name: title, synthetic: true, button }));
  return button;
}

/** @param {string | null} first file of the sample to examine at once */
async function loadSamples(first) {
  const wanted = first ? sampleBlob(first).catch(() => null) : null;
  /** @type {Sample[]} */
  const samples = await fetch('samples/samples.json').then((response) => response.json());
  const chosen = samples.find(({ file }) => file === first);
  const blob = chosen ? await wanted : null;
  const early = chosen && blob ? examine({ blob, name: chosen.title, synthetic: true }) : null;
  await early;
  // All of them are kept in memory: choosing one later needs no network.
  const blobs = await Promise.all(samples.map(({ file }) => (file === first && blob) || sampleBlob(file)));
  byId('samples').replaceChildren(...samples.map((sample, i) => sampleButton(sample, blobs[i])));
  if (early) byId('samples').querySelector(`[data-file="${CSS.escape(String(first))}"]`)?.setAttribute('aria-pressed', 'true');
}

// ---- Start -------------------------------------------------------------------------------------------------------------------

/** @param {RemoteModel} opened */
function showModel({ info, texts }) {
  byId('model').replaceChildren(
    `${info.name}, ${Math.round(info.fileBytes / 1000)} KB, `,
    el('span', { class: 'hash', title: info.sha256 }, short(info.sha256)), ' ',
    el('a', { href: '#card' }, 'what it can do'));
  /** @type {[string, string | null][]} */
  const rows = [
    ['What it is', texts.title],
    ['What it is for', texts.intended_use],
    ['What it cannot do', texts.limits],
    ['What it has learned from', texts.data],
    ['Licence', texts.licence],
    ['Sources', texts.citation],
    ['Size', `${info.weights.toLocaleString('en')} weights, ${(info.macs / 1e6).toFixed(1)} million multiplications per picture, input ${info.width} x ${info.height}`],
    ['Fingerprint (SHA-256)', info.sha256],
  ];
  byId('card-body').replaceChildren(el('dl', {}, ...rows.filter(([, text]) => text).flatMap(([title, text]) => {
    const lines = String(text).split('\n').filter(Boolean);
    const body = lines.length > 1 ? el('ul', {}, ...lines.map((line) => el('li', {}, line))) : lines[0];
    return [el('div', {}, el('dt', {}, title), el('dd', { class: title.startsWith('Finger') ? 'hash' : '' }, body))];
  })));
}

addEventListener('hashchange', openCard);
function openCard() {
  if (location.hash === '#card') byId('card').open = true;
}

bedside.engine.then(
  ({ simd, why }) => (byId('engine').textContent = `${simd === 'simd128' ? 'WebAssembly with SIMD (simd128)' : 'WebAssembly without SIMD'}, one thread: ${why}`),
  () => (byId('engine').textContent = 'Not available'),
);
const first = new URLSearchParams(location.hash.slice(1)).get('sample');
showWaiting(first ? 'Examining the picture' : 'Choose a picture, and the answer appears here.', !!first);
const samples = loadSamples(first).catch(() => byId('samples').replaceChildren(el('p', {}, 'The examples could not be loaded.')));
await Promise.allSettled([model, samples]);
await model.then(showModel, () => (byId('model').textContent = 'Not available')); // after the first result, which it would delay
readyTime = performance.timeOrigin + performance.now();
await countRequests();
openCard();
document.documentElement.dataset.ready = 'true';
