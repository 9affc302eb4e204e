// Examines a file here, on this thread: reads it, checks that it is of the right exam, runs the model, explains, and writes it all down.
// Types and documentation: exam.d.ts. Not a medical device.
// SPDX-License-Identifier: MIT
import { BedsideError, loadEngine, loadModel } from '../bedside.js';
import { isDicom } from '../dicom/sniff.js';
import { entryOf } from './catalogue.js';
import { checkExam, isColourless, isForeign, isOtherAge, refusalOf } from './checks.js';
import { cut } from './cut.js';
import { isDrawn } from './drawn.js';
import { entryText, pamOf } from './hashed.js';
import { placesOf } from './places.js';
import { FORMAT, VERSION } from './record.js';
import { checkOptions, checkPlain } from './wishes.js';

/** @typedef {import('./exam.js').ExamRecord} ExamRecord */
/** @typedef {import('./exam.js').ExamInput} ExamInput */
/** @typedef {import('./exam.js').ExamineOptions} ExamineOptions */
/** @typedef {import('./exam.js').Examined} Examined */
/** @typedef {import('../bedside.js').Pixels} Pixels */

/** What is wrong with the caller or with the installation, and not with the file. */
const THROWN = ['BDS_E_ABORTED', 'BDS_E_DISPOSED', 'BDS_E_ARGUMENT', 'BDS_E_FETCH', 'BDS_E_WASM_FORMAT', 'BDS_E_ABI', 'BDS_E_SELF_TEST'];

/** What a picture says of itself that is no DICOM object. */
const SILENT = { modality: null, bodyPart: null, region: null, viewPosition: null };

/** @param {unknown} value */
const kindOf = (value) => Object.prototype.toString.call(value).slice(8, -1);

/** @param {AbortSignal | undefined} signal */
function stopIfAborted(signal) {
  if (signal?.aborted) throw new BedsideError('BDS_E_ABORTED', 'The examination was cancelled.');
}

/** A file's bytes, or pixels as they are. @param {unknown} input @returns {Promise<{bytes: Uint8Array, pixels: null} | {bytes: null, pixels: Pixels}>} */
async function contentOf(input) {
  const kind = kindOf(input);
  if (kind === 'Uint8Array') return { bytes: /** @type {Uint8Array} */ (input), pixels: null };
  if (kind === 'ArrayBuffer') return { bytes: new Uint8Array(/** @type {ArrayBuffer} */ (input)), pixels: null };
  if (kind === 'Blob' || kind === 'File') {
    try {
      return { bytes: new Uint8Array(await /** @type {Blob} */ (input).arrayBuffer()), pixels: null };
    } catch (cause) {
      throw new BedsideError('BDS_E_FILE', `The file could not be read: ${cause instanceof Error ? cause.message.replace(/\.?$/, '.') : cause}`, { cause });
    }
  }
  if (kind === 'Object' && 'pixels' in /** @type {object} */ (input)) return { bytes: null, pixels: /** @type {Pixels} */ (input) };
  throw new BedsideError('BDS_E_ARGUMENT', 'What can be examined is a File or Blob, its bytes (a Uint8Array or an ArrayBuffer), or {pixels, width, height, channels}.');
}

/** @param {Uint8Array} bytes @returns {'png' | 'jpeg'} */
const pictureKind = (bytes) => (bytes[0] === 0x89 ? 'png' : 'jpeg');

/** The part that the model looks at. @param {string} crop as recipes name it @param {number} width @param {number} height */
function regionOf(crop, width, height) {
  if (!/^cent(er|re)-square$/.test(crop)) return { x: 0, y: 0, width, height };
  const side = Math.min(width, height);
  return { x: Math.floor((width - side) / 2), y: Math.floor((height - side) / 2), width: side, height: side };
}

/** @param {unknown} value */
const list = (value) => (Array.isArray(value) ? value.map(String) : value ? [String(value)] : []);

/** What a record says of the model. @param {import('../bedside.js').Model} model @param {import('./exam.js').ModelEntry} entry @param {string} entrySha256 @returns {ExamRecord['model']} */
function describe(model, entry, entrySha256) {
  const { info, card } = model;
  const data = card?.data;
  return {
    id: entry.id,
    title: card?.title ?? info.name,
    version: String(card?.version ?? ''),
    sha256: info.sha256,
    contentSha256: info.contentSha256,
    fileBytes: info.fileBytes,
    answer: info.maskWidth ? 'mask' : 'findings',
    labels: [...info.labels],
    positive: entry.positive ?? null,
    setCoverage: info.setCoverage,
    intendedUse: card?.intended_use ?? model.text('intended_use') ?? '',
    limits: list(card?.limits),
    data: typeof data === 'object' ? [data.name, data.source].filter(Boolean).join(', ') : String(data ?? ''),
    licence: card?.licence ?? '',
    citation: list(card?.citation),
    codes: entry.codes,
    entrySha256,
  };
}

class LocalExaminer {
  #model;
  #engine;
  #crop;
  /** @type {Promise<unknown>} */
  #turn = Promise.resolve();
  #disposed = false;

  /** @param {import('../bedside.js').Engine} engine @param {import('../bedside.js').Model} model @param {import('./exam.js').ModelEntry} entry @param {string} entrySha256 */
  constructor(engine, model, entry, entrySha256) {
    this.#engine = engine;
    this.#model = model;
    this.#crop = String(model.card?.input?.crop ?? 'none');
    this.entry = entry;
    this.card = describe(model, entry, entrySha256);
    this.engine = { simd: engine.simd, why: engine.why };
  }

  /** Waits its turn. @param {Blob | Uint8Array | ArrayBuffer | Pixels} input @param {ExamineOptions} [options] @returns {Promise<Examined>} */
  examine(input, options = {}) {
    const result = this.#turn.then(() => this.#examine(input, options));
    this.#turn = result.catch(() => {});
    return result;
  }

  /** @param {Blob | Uint8Array | ArrayBuffer | Pixels} input @param {ExamineOptions} options @returns {Promise<Examined>} */
  async #examine(input, options) {
    if (this.#disposed) throw new BedsideError('BDS_E_DISPOSED', 'This examiner was disposed of.');
    stopIfAborted(options.signal);
    checkOptions(options);
    const begin = performance.now();
    const record = this.#blank(input);
    try {
      await this.#fill(record, input, options);
    } catch (error) {
      if (!(error instanceof BedsideError) || THROWN.includes(error.code)) throw error;
      refuse(record, error);
    }
    stopIfAborted(options.signal);
    record.times.totalMs = performance.now() - begin;
    return record;
  }

  /** A record of nothing yet; what is not filled in later stays refused. @param {unknown} input @returns {Examined} */
  #blank(input) {
    const name = kindOf(input) === 'File' ? /** @type {File} */ (input).name : null;
    const now = new Date();
    return {
      format: FORMAT,
      id: crypto.randomUUID?.() ?? uuid(),
      time: now.toISOString(),
      utcOffset: -now.getTimezoneOffset() || 0, // no -0
      software: { name: 'bedside', version: VERSION, simd: this.#engine.simd },
      model: this.card,
      input: { name, kind: 'pixels', sha256: '', bytes: 0, width: 0, height: 0, frame: 0, frames: 1, region: { x: 0, y: 0, width: 0, height: 0 }, dicom: null, window: null },
      checks: [],
      outcome: 'refused',
      refusal: null,
      findings: [],
      top: null,
      marking: null,
      doubts: [],
      distance: 0,
      distanceLimit: 0,
      explanation: null,
      times: { readMs: 0, prepareMs: 0, runMs: 0, explainMs: 0, totalMs: 0 },
    };
  }

  /** @param {Examined} record @param {Blob | Uint8Array | ArrayBuffer | Pixels} given @param {ExamineOptions} options */
  async #fill(record, given, options) {
    const begin = performance.now();
    const { onProgress, signal } = options;
    const input = /** @type {ExamInput} */ (record.input);
    onProgress?.({ stage: 'read', step: 0, steps: 1 });
    let content;
    try {
      content = await contentOf(given);
    } catch (error) {
      if (/** @type {BedsideError} */ (error).code === /** @type {string} */ ('BDS_E_FILE')) record.input = null;
      throw error;
    }
    const { bytes, pixels } = content;
    if (bytes) {
      input.bytes = bytes.length;
      input.sha256 = await this.#engine.sha256(bytes);
      input.kind = pictureKind(bytes);
    } else {
      const file = pamOf(pixels);
      input.bytes = file.length;
      input.sha256 = await this.#engine.sha256(file);
    }
    /** @type {Uint8Array | Pixels} */
    let shown = bytes ?? pixels;
    if (bytes && isDicom(bytes)) shown = await this.#readDicom(record, bytes, options);
    else {
      checkPlain(options);
      this.#checkKind(record, SILENT, options.stated, !!this.entry.exam.asked);
    }
    record.times.readMs = performance.now() - begin;
    onProgress?.({ stage: 'read', step: 1, steps: 1 });
    stopIfAborted(signal);
    await this.#run(record, shown, options);
  }

  /** The frame, or the picture on an ultrasound machine's screen, in 8 bits. @param {Examined} record @param {Uint8Array} bytes @param {ExamineOptions} options */
  async #readDicom(record, bytes, { frame: chosen, window, stated }) {
    const { readDicom } = await import('../dicom/dicom.js').catch((cause) => {
      throw new BedsideError('BDS_E_FETCH', `The reader of DICOM could not be loaded: ${cause.message}.`, { cause });
    });
    const input = /** @type {ExamInput} */ (record.input);
    input.kind = 'dicom';
    const object = await readDicom(bytes);
    input.dicom = object.identity;
    input.frames = object.frames;
    this.#checkKind(record, object.identity, stated);
    if (isOtherAge(this.entry.exam, object.identity)) record.doubts.push('age');
    if (chosen === undefined && object.frames > 1) record.doubts.push('frames');
    const frame = chosen ?? 0;
    if (!Number.isInteger(frame) || frame < 0 || frame >= object.frames) {
      throw new BedsideError('BDS_E_ARGUMENT', `This object has ${object.frames} frame${object.frames > 1 ? 's' : ''}; there is no frame ${frame} (the first is 0).`);
    }
    input.frame = frame;
    const picture = await object.picture(frame, window);
    input.window = picture.window;
    if (isForeign(picture.window)) record.doubts.push('window');
    if (!object.tissue) return picture.pixels;
    input.part = object.tissue;
    return cut({ ...picture.pixels, pixels: /** @type {Uint8Array} */ (picture.pixels.pixels) }, object.tissue);
  }

  /**
   * Whether it is of the exam that the model is for.
   * @param {Examined} record @param {Parameters<typeof checkExam>[1]} identity @param {ExamineOptions['stated']} stated
   * @param {boolean} [asked] whether what nobody says is a doubt; if not, what is said unasked is compared and written down all the same
   */
  #checkKind(record, identity, stated, asked = true) {
    record.checks = checkExam(this.entry.exam, identity, stated, this.entry.codes?.bodySite);
    for (const check of record.checks) {
      if (!check.ok && check.found !== null) throw new BedsideError('BDS_E_WRONG_EXAM', refusalOf(check, this.card.title));
    }
    if (!asked) record.checks = record.checks.filter((check) => check.stated);
    if (record.checks.some(({ ok }) => !ok)) record.doubts.push('unstated');
  }

  /** @param {Examined} record @param {Uint8Array | Pixels} shown @param {ExamineOptions} options */
  async #run(record, shown, { onProgress, keepPicture = false, keepLayers = false, explain = 'auto', label }) {
    const input = /** @type {ExamInput} */ (record.input);
    const isMask = this.card.answer === 'mask';
    const progress = onProgress && ((/** @type {{step: number, steps: number}} */ p) => onProgress({ stage: 'run', ...p }));
    /** @type {import('../bedside.js').DiagnoseOptions} */
    const wishes = { onProgress: progress, keepPicture: true, keepInput: true };
    const d = await this.#model[isMask ? 'segment' : 'diagnose'](shown, wishes);
    const { width, height, channels, stride, pixels } = d.picture;
    [input.width, input.height, input.region] = [width, height, regionOf(this.#crop, width, height)];
    if (keepPicture && pixels) record.picture = { pixels, width, height, channels: /** @type {1 | 2 | 3 | 4} */ (channels), stride };
    record.doubts.push(...d.doubts, ...this.#doubtsAbout(d.picture));
    [record.distance, record.distanceLimit] = [d.distance, d.distanceLimit];
    [record.times.prepareMs, record.times.runMs] = [d.times.prepareMs, d.times.runMs];
    if ('findings' in d) [record.findings, record.top] = [d.findings, d.top];
    else record.marking = { label: this.card.labels[0], marked: d.marked, area: d.area, certainty: d.certainty, width: d.width, height: d.height, mask: d.mask };
    record.outcome = record.doubts.length ? 'unsure' : 'finding';
    if (d.doubts.includes('unknown')) {
      throw new BedsideError('BDS_E_UNKNOWN', `This picture is unlike everything that "${this.card.title}" has learned from: it is of something else, or was taken in another way.`);
    }
    if (record.doubts.includes('colourless')) {
      throw new BedsideError('BDS_E_UNKNOWN', `This picture is grey, and "${this.card.title}" has learned from coloured ones.`);
    }
    if (record.doubts.includes('drawn')) {
      throw new BedsideError('BDS_E_DRAWN', `This picture looks drawn by a computer (a screenshot, a page, a chart or the like) and not taken by a camera or a scanner; "${this.card.title}" is for the picture's own file.`);
    }
    if (keepPicture) record.seen = d.input;
    if (explain !== 'none') {
      onProgress?.({ stage: 'explain', step: 0, steps: 1 });
      const begin = performance.now();
      record.explanation = 'findings' in d ? await this.#explain(d, explain, label) : await this.#fromMask(d);
      record.times.explainMs = performance.now() - begin;
      onProgress?.({ stage: 'explain', step: 1, steps: 1 });
    }
    if (keepLayers) record.layers = await this.#layers(d);
  }

  /** What speaks against the picture itself, whole and as it was. @param {import('../bedside.js').Shown} picture @returns {import('./exam.js').ExamDoubt[]} */
  #doubtsAbout(picture) {
    const { colour, drawn } = this.entry.exam;
    return [...(colour === 'colour' && isColourless(picture) ? /** @type {const} */ (['colourless']) : []), ...(!drawn && isDrawn(picture) ? /** @type {const} */ (['drawn']) : [])];
  }

  /**
   * The input once more, and why the answer is what it is.
   * @param {import('../bedside.js').Diagnosis} d @param {'auto' | 'cam' | 'occlusion'} method @param {string | undefined} label
   */
  async #explain(d, method, label) {
    await this.#model.prepare({ tensor: /** @type {import('../bedside.js').Tensor} */ (d.input).data });
    const explained = this.#model.explain({ method, label: label ?? this.entry.positive });
    return this.#located(explained.method, explained.label, explained.map, explained.width, explained.height, explained.peak);
  }

  /** A mask explains itself: its probabilities are the map. @param {import('../bedside.js').Segmentation} d */
  #fromMask({ probability, width, height }) {
    const map = Uint8Array.from(probability, (p) => p >> 8);
    return this.#located('mask', this.card.labels[0], map, width, height, map.reduce((most, value) => Math.max(most, value), 0) / 255);
  }

  /**
   * @param {'cam' | 'occlusion' | 'mask'} method @param {string} label @param {Uint8Array} map @param {number} width @param {number} height @param {number} peak
   * @returns {Promise<import('./exam.js').ExamExplanation>}
   */
  async #located(method, label, map, width, height, peak) {
    return { method, label, map, width, height, peak, places: placesOf(map, width, height), sha256: await this.#engine.sha256(map) };
  }

  /** What each operator makes of the input. @param {import('../bedside.js').Diagnosis | import('../bedside.js').Segmentation} d */
  async #layers(d) {
    const tensor = /** @type {import('../bedside.js').Tensor} */ (d.input).data;
    const model = this.#model;
    await model.prepare({ tensor });
    model.watch();
    /** @type {import('./exam.js').Layer[]} */
    const layers = [];
    for (let more = true; more; ) {
      more = model.step();
      const layer = model.layer();
      if (layer) layers.push(layer);
    }
    return layers;
  }

  async requests() {
    return [];
  }

  dispose() {
    this.#disposed = true;
    this.#model.dispose();
  }
}

/** Nothing that looks like an answer stays in it. @param {Examined} record @param {BedsideError} error */
function refuse(record, error) {
  Object.assign(record, { outcome: 'refused', refusal: { code: error.code, message: error.message }, findings: [], top: null, marking: null, explanation: null });
  delete record.layers;
}

/** Where crypto.randomUUID is missing: pages that are neither https nor of this machine. */
function uuid() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = Array.from(bytes, (b) => b.toString(16).padStart(2, '0')).join('');
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
}

/** @param {import('./exam.js').ExaminerOptions} options @returns {Promise<import('./exam.js').Examiner>} */
export async function createHere(options) {
  const loading = loadEngine({ ...options.engine, explain: true });
  loading.catch(() => {}); // it is awaited below
  const { entry, address } = await entryOf(options);
  if (entry.answer !== 'findings' && entry.answer !== 'mask') {
    throw new BedsideError('BDS_E_ARGUMENT', `"${entry.id}" is no model for pictures.`);
  }
  const [engine, model] = await Promise.all([loading, loadModel({ ...(entry.bytes ? { bytes: entry.bytes } : { url: address }), sha256: entry.sha256 }, loading)]);
  if ((model.info.maskWidth > 0) !== (entry.answer === 'mask')) {
    model.dispose();
    throw new BedsideError('BDS_E_ARGUMENT', `The catalogue says of "${entry.id}" that it answers with ${entry.answer}, and its file does not.`);
  }
  void engine.loadDecoder().catch(() => {}); // the first picture asks again, and says why not
  return new LocalExaminer(engine, model, entry, await engine.sha256(entryText(entry)));
}
