/**
 * Bedside for JavaScript: medical models that run where the patient is, with the same bits in every browser, in Node and on a
 * microcontroller. Nothing that a patient gives leaves the device: the module makes no request but those for its own
 * WebAssembly file and for a model whose address it is given.
 *
 * Bedside is not a medical device.
 *
 * ```js
 * import { loadEngine } from 'bedside';
 * const engine = await loadEngine();
 * const model = await engine.openModel({ url: '/models/pneumonia/pneumonia.bds', sha256: '...64 hex digits...' });
 * const result = await model.diagnose(file);
 * if (!result.certain) showNotSure(result.doubts);
 * ```
 */

/** Bytes, or where they are: a URL, in Node also a path, or base64 text that begins with `data:`. */
export type BytesSource = Uint8Array | ArrayBuffer | URL | string;

/** A compiled module: `WebAssembly.Module` in a project that knows it (lib `DOM` or `WebWorker`), else whatever `WebAssembly.compile` gives. */
export type WasmModule = typeof globalThis extends { WebAssembly: { Module: { prototype: infer M } } } ? M : object;

/** Which code runs: WebAssembly with relaxed SIMD, with 128-bit SIMD, or plain WebAssembly. All give the same bits. */
export type Simd = 'relaxed' | 'simd128' | 'scalar';

export interface EngineOptions {
  /**
   * The WebAssembly module, when it does not lie under {@link EngineOptions.base}: its bytes, its URL, base64 text that begins
   * with `data:`, a compiled module, or the answer to a `fetch` that the page has begun; fastest on a cold page is
   * `WebAssembly.compileStreaming(fetch(url))`, begun before this library is there. If its SIMD fails the self-test, its own scalar code is used.
   */
  wasm?: BytesSource | WasmModule | Response | Promise<Response | WasmModule>;
  /** Folder of `bedside-relaxed.wasm`, `bedside-simd.wasm`, `bedside-explain.wasm`, `bedside-threads.wasm`, `bedside-scalar.wasm` and `bedside-decode.wasm`. Default: `dist/` beside bedside.js. */
  base?: URL | string;
  /** `bedside-decode.wasm`, when it does not lie under {@link EngineOptions.base}. Fetched when a JPEG or PNG is given, not before. */
  decoder?: BytesSource | WasmModule;
  /** `auto` (default) takes the fastest that the browser has and that passes the self-test; one file is fetched. The others insist. */
  simd?: 'auto' | Simd;
  /** Whether answers are to be explained ({@link Model.explain}, {@link Model.layer}): `bedside-explain.wasm` is fetched in place of `bedside-simd.wasm`. */
  explain?: boolean;
  /**
   * How many threads compute an inference, the calling one among them: 1 (default) to 16, or `auto` (half the processors, at least two of
   * them, at most 4). The same bits come out. With more than one, `bedside.threads.js`, `bedside.threads.worker.js` and
   * `bedside-threads.wasm` are fetched in place of `bedside-simd.wasm`; without this option not a byte of them. There is one thread, and
   * {@link Engine.why} says why, where the page is not cross-origin isolated (it is when it is served with
   * `Cross-Origin-Opener-Policy: same-origin` and, as its workers, with `Cross-Origin-Embedder-Policy: require-corp`), where SIMD is missing
   * or not wanted, or where `bedside.threads.js`, a worker or the module does not load. {@link EngineOptions.wasm}, if given, is then `bedside-threads.wasm`: any other has one thread.
   *
   * Each model that runs has workers of its own. They sleep between two runs (after a third of a millisecond) and end with
   * {@link Model.dispose}, at the latest with the page; in Node they do not keep the process alive.
   */
  threads?: number | 'auto';
}

/**
 * Loads the engine: chooses, fetches and compiles the WebAssembly module and has it test itself.
 * @throws {BedsideError} BDS_E_FETCH, BDS_E_WASM_FORMAT (not a WebAssembly module; the message says what it is instead),
 * BDS_E_ABI, BDS_E_SELF_TEST, BDS_E_MEMORY, BDS_E_UNSUPPORTED, BDS_E_ARGUMENT
 */
export function loadEngine(options?: EngineOptions): Promise<Engine>;

/**
 * Fetches and compiles the module that loadEngine would choose for one thread, to be given to it as `wasm`: so that a page can compile
 * while a worker starts.
 * @throws {BedsideError} as loadEngine does before the self-test
 */
export function compileEngine(options?: EngineOptions): Promise<WasmModule>;

/**
 * Opens a model, and the engine if need be, in the shortest time: both are fetched at once.
 *
 * ```js
 * const model = await loadModel({ url: 'model.bds', sha256: '...' });
 *
 * // Shorter still: the model is on its way before the library is.
 * const bytes = fetch('model.bds');
 * const { loadModel } = await import('bedside');
 * const model = await loadModel({ bytes, sha256: '...' });
 * ```
 * @param engine by default one that is loaded, as loadEngine() does, when the first model is, and shared by all
 * @throws {BedsideError} as loadEngine and Engine.openModel do
 */
export function loadModel(source: ModelSource, engine?: Engine | Promise<Engine>): Promise<Model>;

export interface Engine {
  /** The code that really runs. */
  readonly simd: Simd;
  /** Why that one, in words: what better code is missing here, or failed; and why there is one thread where more were asked for. */
  readonly why: string;
  /** How many threads a model may have; see {@link Model.threads}. */
  readonly threads: number;
  /**
   * Opens a model in a WebAssembly instance of its own. Fails closed: without a SHA-256, or with another than the file's, there
   * is no model.
   * @throws {BedsideError} BDS_E_NO_HASH, BDS_E_HASH, BDS_E_FETCH, BDS_E_MEMORY, BDS_E_ARGUMENT, or what is wrong with the
   * file: BDS_E_FORMAT, BDS_E_VERSION, BDS_E_TRUNCATED, BDS_E_CORRUPT, BDS_E_INVALID, BDS_E_UNSUPPORTED, BDS_E_LIMIT
   */
  openModel(source: ModelSource): Promise<Model>;
  /**
   * Fetches and compiles the decoder of JPEG and PNG now. Without this call the first such picture does: a page that must do
   * without the network later, or wants its first picture sooner, asks early. Tensors and pixels need no decoder.
   * @throws {BedsideError} BDS_E_FETCH, BDS_E_WASM_FORMAT
   */
  loadDecoder(): Promise<WasmModule>;
  /** SHA-256 of bytes, 64 hex digits: the browser's own, or where it has none to offer the core's. */
  sha256(bytes: Uint8Array): Promise<string>;
  /** Validates the bytes of a model file without making a model of them; throws what is wrong with the file. */
  check(bytes: Uint8Array | ArrayBuffer): Promise<void>;
}

/** One of url, bytes, base64, and always sha256. */
export interface ModelSource {
  url?: URL | string;
  /** Or the answer to a `fetch` that the page has begun, before this library was there. */
  bytes?: Uint8Array | ArrayBuffer | Response | Promise<Response>;
  /** With or without `data:...;base64,` before it. */
  base64?: string;
  /** SHA-256 of the whole file, 64 hex digits. */
  sha256: string;
  /** The most memory the model may take, decoding of pictures included, in bytes: 1 or more. Default 1 GiB. */
  maxBytes?: number;
  /** The most pixels a picture may have, decoded or given as pixels: 1 or more. Default 67,108,864 (8192 x 8192). */
  maxPixels?: number;
}

/**
 * The bytes of a model, fetched if need be: for fetching it while the engine is still loading. They are checked by openModel.
 * @throws {BedsideError} BDS_E_NO_HASH, BDS_E_FETCH, BDS_E_FORMAT, BDS_E_ARGUMENT
 */
export function readModel(source: ModelSource): Promise<Uint8Array>;

export interface ModelInfo {
  readonly name: string;
  readonly labels: readonly string[];
  /** SHA-256 of the file, as it was pinned and checked. */
  readonly sha256: string;
  /** SHA-256 that the file's header states of its content. */
  readonly contentSha256: string;
  readonly inputs: number;
  readonly outputs: number;
  readonly operators: number;
  readonly tensors: number;
  /** Of input 0, in pixels. */
  readonly width: number;
  readonly height: number;
  readonly channels: number;
  readonly fileBytes: number;
  readonly weights: number;
  readonly activationBytes: number;
  /** Plan, packed weights, activations and scratch together. */
  readonly arenaBytes: number;
  /** Multiply-accumulates of one inference. */
  readonly macs: number;
  /** Size of the mask that {@link Model.segment} gives; 0 for a model that answers with findings. */
  readonly maskWidth: number;
  readonly maskHeight: number;
  /** The stated coverage of the conformal sets ({@link Finding.inSet}), 0 to 1; 0: the model has none. */
  readonly setCoverage: number;
}

/** 8-bit pixels, rows from the top, channels interleaved: 1 grey, 2 grey + alpha, 3 RGB, 4 RGB + alpha (alpha is ignored). */
export interface Pixels {
  /** As many bytes as width, height, channels and stride say, no less and no more; after the last row the padding may be missing. */
  pixels: Uint8Array | Uint8ClampedArray | ArrayBuffer;
  width: number;
  height: number;
  channels: 1 | 2 | 3 | 4;
  /** Bytes from one row to the next. Default width * channels. */
  stride?: number;
}

/** The stored integers of input 0 as they are, without any preparation, in an array of exactly the input's type and length. */
export interface RawInput {
  tensor: Int8Array | Int16Array;
}

/**
 * Bytes of a JPEG or PNG file, that file, pixels, or raw input values. A photograph is turned as its Exif tag says. Bytes are
 * copied when the call is made: what becomes of the caller's buffer afterwards does not matter. An array of another type (of
 * 16-bit numbers, say) is never taken for bytes: it is BDS_E_ARGUMENT.
 */
export type PictureInput = Uint8Array | ArrayBuffer | Blob | Pixels | RawInput;

/** What an input wants or an output is: real value = scale * (stored - zeroPoint). */
export interface TensorForm {
  /** 1, height, width, channels. */
  dims: [number, number, number, number];
  type: 'int8' | 'int16';
  scale: number;
  zeroPoint: number;
}

/** A copy of a tensor; real value = scale * (data[i] - zeroPoint). */
export interface Tensor {
  data: Int8Array | Int16Array;
  /** 1, height, width, channels. */
  dims: [number, number, number, number];
  scale: number;
  zeroPoint: number;
}

/**
 * A reason not to trust the answer:
 * - `unsure`: the leading probability, or a mask's certainty, is under the model's limit;
 * - `unknown`: the picture is unlike everything the model was trained on;
 * - `colour`: a colourful picture where the model expects a grey one;
 * - `small`: the picture has fewer pixels than the network's input.
 */
export type Doubt = 'unsure' | 'unknown' | 'colour' | 'small';

export interface Finding {
  label: string;
  /** Index of the label. */
  index: number;
  /** Calibrated, 0 to 1. */
  probability: number;
  /** 95 % interval of the calibration at this score, 0 to 1. */
  low: number;
  high: number;
  /** The stored integer that the probability was computed from. */
  logit: number;
  /**
   * Whether it is in the conformal set. That held the right label of {@link ModelInfo.setCoverage} of the
   * validation pictures at least, and may hold several labels, or none: then no label is as probable as a right one usually is.
   */
  inSet: boolean;
  /** The exact integers: 65536 is 1. */
  probabilityQ16: number;
  lowQ16: number;
  highQ16: number;
}

/** What speaks against the answer. */
export interface Doubted {
  /** Empty when the model is certain. Any doubt: show "not sure", not the finding or the mask alone. */
  doubts: Doubt[];
  certain: boolean;
  /** How far the picture is from the training data, and where `unknown` begins; both 0 without such a gate. */
  distance: number;
  distanceLimit: number;
}

export interface Findings extends Doubted {
  /** In the order of the labels. */
  findings: Finding[];
  /** Index into findings: the most probable label. */
  top: number;
}

/**
 * What was marked in a picture: {@link ModelInfo.maskWidth} x {@link ModelInfo.maskHeight} pixels of the cropped picture, rows from
 * the top. Drawing it over the picture is the caller's.
 */
export interface Marking extends Doubted {
  /** "lesion: 3.21 % of the picture marked", or "nothing was marked". An empty mask never says that there is nothing. */
  text: string;
  width: number;
  height: number;
  /** Calibrated probability of each pixel; 65535 is 1. */
  probability: Uint16Array;
  /** 1: marked. */
  mask: Uint8Array;
  /** Pixels that are marked, and their share of all. */
  marked: number;
  area: number;
  /**
   * 0 to 1: the Dice coefficient that the probabilities let expect of this mask; of an empty one the probability that its most
   * suspicious pixel is rightly left out.
   */
  certainty: number;
}

export interface DiagnoseOptions {
  /** Called after every operator; steps is the number of operators. */
  onProgress?: (progress: { step: number; steps: number }) => void;
  /** Also give back the prepared input: what the network saw. */
  keepInput?: boolean;
  /** Also give back the pixels of the decoded picture, turned as its Exif tag says. */
  keepPicture?: boolean;
  /** Also explain the answer, as {@link Model.explain} does; onProgress then hears nothing. Findings only: a mask explains itself. */
  explain?: boolean | Question;
}

/** What is to be explained, and how. */
export interface Question {
  /**
   * - `cam`: class-activation map: what the network would say if all the picture were as it is at a place;
   * - `occlusion`: how much weaker the answer is when a place is covered: for every network, at the price of some fifty runs;
   * - `auto` (default): cam where the network has an average over the whole picture, else occlusion.
   */
  method?: 'auto' | 'cam' | 'occlusion';
  /** Which label; default: the one with the largest logit. */
  label?: string;
  /** Of the map, 1 to 1024; default 64. */
  width?: number;
  height?: number;
}

/** Where in the picture the evidence for a label is: integers from the core, the same bits everywhere. */
export interface Explanation {
  method: 'cam' | 'occlusion';
  label: string;
  /** Places that were looked at; the map is linear between their middles. */
  columns: number;
  rows: number;
  /** Evidence of the strongest place, in units of the calibrated log-odds (1: the odds change by e). Not positive: nothing speaks for the label. */
  peak: number;
  width: number;
  height: number;
  /** Rows from the top, over the part of the picture that the network sees: 0 nothing speaks for the label, 255 the peak (or one unit, of cam four, if the peak is less). */
  map: Uint8Array;
}

/** An operator's result. */
export interface Layer extends Tensor {
  /** The operator's name, such as `conv`. */
  name: string;
}

/** The picture as it was examined: decoded, turned, not yet cropped. All 0 where raw values were given. */
export interface Shown {
  width: number;
  height: number;
  channels: number;
  /** Bytes from one row to the next. */
  stride: number;
  /** With keepPicture. */
  pixels?: Uint8Array;
}

/** Where an answer comes from and what it cost. */
export interface Origin {
  picture: Shown;
  /** The model's name. */
  model: string;
  /** SHA-256 of the model's file. */
  modelSha256: string;
  /** SHA-256 of the bytes handed over (the encoded file, the pixels or the raw values). */
  inputSha256: string;
  simd: Simd;
  /** Milliseconds. prepare: read, decode, resize; run: the network and its findings. */
  times: { prepareMs: number; runMs: number; totalMs: number };
  /** With explain; its time is in runMs. */
  explanation?: Explanation;
  /** The most memory this model ever held at once, and what it holds now. */
  peakBytes: number;
  memoryBytes: number;
  /** With keepInput. */
  input?: Tensor;
}

export interface Diagnosis extends Findings, Origin {}
export interface Segmentation extends Marking, Origin {}

/**
 * A model in its own memory. After any error it stays usable, and never shows a former result: findings exist only after a
 * finished run on a picture that was accepted. Asynchronous calls wait for each other; after one begins, the former result is
 * gone.
 */
export interface Model {
  readonly info: ModelInfo;
  /**
   * How many threads compute it: those of the engine; or 1 if the model is so small that the others would come too late (under two
   * million multiply-accumulates), and after a fresh start because a thread had failed.
   */
  readonly threads: number;
  /**
   * Linear memory held now, in bytes; the same from the second run on. Of the file it has only the head; the page keeps the file's bytes
   * besides, for a fresh start after a trap.
   */
  readonly memoryBytes: number;
  /** The most that was held at once; large photographs are decoded in memory that is given back. */
  readonly peakBytes: number;
  /** A text of the model file ("title", "licence", "intended_use", "limits", "citation", ...), null if it has none of that key. */
  text(key: string): string | null;
  /**
   * The recipe that the file was made with, as in `recipe.json`: labels, data, licence, limits, and under `card` the fields of CHAI's applied model card;
   * null if the file carries none. @throws {BedsideError} BDS_E_DISPOSED
   */
  readonly card: Record<string, any> | null;
  /**
   * Decodes, crops, resizes and normalises a picture as the model prescribes, or takes input 0 as it is.
   * @throws {BedsideError} BDS_E_IMAGE_FORMAT (the message says what the bytes are), BDS_E_IMAGE_CORRUPT, BDS_E_IMAGE_SIZE,
   * BDS_E_IMAGE_BLANK, BDS_E_MEMORY, BDS_E_ARGUMENT, BDS_E_FETCH (an unreadable File)
   */
  prepare(input: PictureInput): Promise<void>;
  /** Runs the network on what was prepared. @throws {BedsideError} BDS_E_STATE when nothing was */
  run(): void;
  /**
   * Runs the network on stored integers at once: the fast way for whoever has tensors, many times a second. Neither picture nor hash:
   * for an answer that can be audited use diagnose.
   * @param input Int8Array or Int16Array as {@link Model.inputForm} says, exactly as long as its dims multiply to (NHWC, channels
   * last); an array of them, in the order of the inputs, when the model has several. stored = round(real / scale) + zeroPoint.
   * @returns copies of all outputs, in order; {@link Model.outputForm} says what they mean
   * @throws {BedsideError} BDS_E_ARGUMENT (another type, length or number of inputs), BDS_E_STATE (an asynchronous call of this model
   * is under way), BDS_E_TRAP. After any of them there is no result.
   */
  infer(input: Int8Array | Int16Array | (Int8Array | Int16Array)[]): (Int8Array | Int16Array)[];
  /** Runs one operator; true while more are to come. @throws {BedsideError} BDS_E_STATE */
  step(): boolean;
  /**
   * In place of run(), on what was prepared: the same findings and outputs, and where in the picture the evidence for a label is.
   * @throws {BedsideError} BDS_E_STATE when nothing was prepared, BDS_E_ARGUMENT (no such label, a size out of range), BDS_E_UNSUPPORTED (the engine was
   * loaded without the option explain; a model that marks pixels; `cam` of a network without an average over the whole picture), BDS_E_MEMORY
   */
  explain(question?: Question): Explanation;
  /** From here on {@link Model.layer} tells what a step() has brought: for looking into the network. @throws {BedsideError} BDS_E_UNSUPPORTED: the engine was loaded without the option explain */
  watch(): void;
  /** A copy of the result of the last step(); null before the first one after watch(). @throws {BedsideError} BDS_E_STATE without watch() */
  layer(): Layer | null;
  /** @throws {BedsideError} BDS_E_STATE unless a run has finished; BDS_E_UNSUPPORTED if the file has no result section, or marks pixels */
  findings(): Findings;
  /** @throws {BedsideError} BDS_E_STATE unless a run has finished; BDS_E_UNSUPPORTED if the model marks no pixels */
  marking(): Marking;
  /** What input i wants, at any time. */
  inputForm(i?: number): TensorForm;
  /** What output i is, at any time. @throws {BedsideError} BDS_E_ARGUMENT */
  outputForm(i?: number): TensorForm;
  /** A copy of a prepared input, before it is run. @throws {BedsideError} BDS_E_STATE */
  input(i?: number): Tensor;
  /** A copy of an output of the finished run. @throws {BedsideError} BDS_E_STATE */
  output(i?: number): Tensor;
  /** prepare, run and findings in one; nothing can come between. @throws {BedsideError} as they do */
  diagnose(input: PictureInput, options?: DiagnoseOptions): Promise<Diagnosis>;
  /** prepare, run and marking in one, for a model that marks pixels. @throws {BedsideError} as they do */
  segment(input: PictureInput, options?: DiagnoseOptions): Promise<Segmentation>;
  /** Lets go of the memory and ends the model's workers, if it has any. Every later call throws BDS_E_DISPOSED. */
  dispose(): void;
}

/** What `code` can be. The first group comes from the core, the second from bedside.js. */
export type ErrorCode =
  | 'BDS_E_ARGUMENT'
  | 'BDS_E_FORMAT'
  | 'BDS_E_VERSION'
  | 'BDS_E_TRUNCATED'
  | 'BDS_E_CORRUPT'
  | 'BDS_E_INVALID'
  | 'BDS_E_UNSUPPORTED'
  | 'BDS_E_LIMIT'
  | 'BDS_E_ARENA'
  | 'BDS_E_ALIGN'
  | 'BDS_E_STATE'
  | 'BDS_E_HASH'
  | 'BDS_E_IMAGE_FORMAT'
  | 'BDS_E_IMAGE_CORRUPT'
  | 'BDS_E_IMAGE_SIZE'
  | 'BDS_E_IMAGE_BLANK'
  | 'BDS_E_SELF_TEST'
  /** Something other than a WebAssembly module, or one that does not compile here. */
  | 'BDS_E_WASM_FORMAT'
  /** A WebAssembly module, but not of this release. */
  | 'BDS_E_ABI'
  /** A file that could not be read or fetched. */
  | 'BDS_E_FETCH'
  /** The device, or maxBytes, refused the memory. */
  | 'BDS_E_MEMORY'
  | 'BDS_E_DISPOSED'
  /** A file that the browser could not read. */
  | 'BDS_E_FILE'
  /** The security policy of the page forbids what is needed: a worker, or a report to be printed. */
  | 'BDS_E_POLICY'
  /** A file of another exam than the model is for. */
  | 'BDS_E_WRONG_EXAM'
  /** A picture that the gate of the model refuses: it is unlike everything that the model was trained on. */
  | 'BDS_E_UNKNOWN'
  /** A picture that a computer has drawn: a screenshot, a slide, a chart, a page of text. */
  | 'BDS_E_DRAWN'
  /** Bytes that are no DICOM object; one that is damaged; one of a kind that cannot be shown. */
  | 'BDS_E_DICOM_FORMAT'
  | 'BDS_E_DICOM_CORRUPT'
  | 'BDS_E_DICOM_UNSUPPORTED'
  /** An AbortSignal. */
  | 'BDS_E_ABORTED'
  /** openModel without a SHA-256. */
  | 'BDS_E_NO_HASH'
  /** The core stopped, or a thread did not finish its part. The model starts afresh with the next prepare or diagnose. */
  | 'BDS_E_TRAP';

/** Everything that goes wrong arrives as one of these; the message is a plain English sentence. */
export class BedsideError extends Error {
  constructor(code: string, message: string, options?: { cause?: unknown });
  readonly name: 'BedsideError';
  readonly code: ErrorCode;
}
