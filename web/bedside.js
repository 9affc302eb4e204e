// Bedside for JavaScript: one module for pages, workers and Node 20+. It loads the WebAssembly core, owns its memory and turns
// statuses into errors. Decoding, resizing, inference and calibration all happen in the core: the same bits everywhere.
// Types and documentation: bedside.d.ts. Not a medical device.
// SPDX-License-Identifier: MIT

/** team: what bedside.threads.js makes instances with. @typedef {import('./bedside.js').EngineOptions & {team?: {boot: (module: WebAssembly.Module) => any}}} EngineOptions */
/** @typedef {import('./bedside.js').BytesSource} BytesSource */
/** @typedef {import('./bedside.js').ModelSource} ModelSource */
/** @typedef {import('./bedside.js').ModelInfo} ModelInfo */
/** @typedef {import('./bedside.js').PictureInput} PictureInput */
/** @typedef {import('./bedside.js').Tensor} Tensor */
/** @typedef {import('./bedside.js').Findings} Findings */
/** @typedef {import('./bedside.js').Doubt} Doubt */
/** @typedef {import('./bedside.js').Diagnosis} Diagnosis */
/** @typedef {import('./bedside.js').DiagnoseOptions} DiagnoseOptions */
/** @typedef {import('./bedside.js').Simd} Simd */

const ABI = 5;
const PAGE = 65536;
const ALL_FEATURES = -1; // every bit of a cpu mask
const [FEATURE_SIMD128, FEATURE_RELAXED] = [2, 4];
const SELF_TEST_BYTES = 65536;
/** Rounds of the self-test that see every kernel once, for a page waits for them; and each of the later tests, for which nobody does. */
const [FIRST_ROUNDS, LATER_ROUNDS] = [8, 16];
const MORE_TESTS = 4;
const [SHA256_AT, CONTENT_AT] = [32, 64]; // in a model's file
const MORE = 1;
const [E_ARGUMENT, E_ARENA, E_STATE, E_HASH, E_IMAGE_SIZE] = [-1, -9, -11, -12, -15];
const FINDING_BYTES = 24; // six words
const OUT_BYTES = 128; // room for the longest result array
const KEY_BYTES = 128;
const GIB = 2 ** 30; // the modules' own maximum
const MAX_PIXELS = 2 ** 26;
const PREPARED = 64 * 2 ** 20; // what a server's word alone is taken for
const SMALL_PICTURE = 4 * 2 ** 20; // work areas above it live in a second, short-lived instance

/** Everything that goes wrong arrives as one of these; `code` is stable, `message` is a plain sentence. */
export class BedsideError extends Error {
  /** @param {string} code @param {string} message @param {{cause?: unknown}} [options] */
  constructor(code, message, options) {
    super(message, options);
    this.name = 'BedsideError';
    this.code = code;
  }
}

/** @param {unknown} error */
const words = (error) => String(error instanceof Error ? error.message : error).replace(/\.+$/, '');

/**
 * SHA-256 by the browser itself, on another thread and with the CPU's own instructions; null where it has none to offer (a page that
 * is neither https nor of this machine). The bytes are taken at the call.
 * @param {Uint8Array} bytes @returns {Promise<string | null>}
 */
async function nativeSha256(bytes) {
  try {
    return hex(new Uint8Array(await crypto.subtle.digest('SHA-256', /** @type {BufferSource} */ (bytes))));
  } catch {
    return null;
  }
}

/** Where the browser has no hash to offer: in an instance of its own, which goes with the bytes in it. @param {Core} core @param {Uint8Array} bytes */
function ownSha256(core, bytes) {
  const at = core.base + 32;
  core.ensure(at + bytes.length);
  core.u8(at, bytes.length).set(bytes);
  return core.sha256(core.base, at, bytes.length);
}

/** @param {number} n @param {number} to a power of two */
const align = (n, to) => (n + to - 1) & -to;

/** @param {Uint8Array} bytes */
const hex = (bytes) => Array.from(bytes, (b) => b.toString(16).padStart(2, '0')).join('');

// ---- Bytes ----------------------------------------------------------------------------------------------------------------

/** How files begin, as Latin-1; a dot stands for any byte. @type {[RegExp, string][]} */
const BEGINNINGS = [
  [/^\xff\xd8\xff/, 'a JPEG picture'],
  [/^\x89PNG\r\n\x1a\n/, 'a PNG picture'],
  [/^\x89BDS/, 'a Bedside model'],
  [/^\0asm/, 'a WebAssembly module'],
  [/^[^]{128}DICM/, 'a DICOM file'],
  [/^GIF8/, 'a GIF picture'],
  [/^RIFF....WEBP/s, 'a WebP picture'],
  [/^....ftyp(hei|hev|mif|msf)/s, 'a HEIC photograph'],
  [/^....ftypavi/s, 'an AVIF picture'],
  [/^(II\*\0|MM\0\*)/, 'a TIFF picture'],
  [/^BM[^]{12}/, 'a BMP picture'],
  [/^%PDF/, 'a PDF document'],
  [/^PK\x03\x04/, 'a ZIP archive'],
  [/^\x1f\x8b/, 'a gzip archive'],
  [/^version https:\/\/git-lfs/, 'a Git LFS pointer, not the file itself'],
  [/^(\xef\xbb\xbf)?\s*<(!doctype html|html|head|body|!--)/i, 'an HTML page'],
  [/^(\xef\xbb\xbf)?\s*<(\?xml|svg)/i, 'XML or SVG text'],
  [/^\s*[{[]\s*("|\]|\}|[\d{[-])/, 'JSON text'],
  [/^[\t\n\r\x20-\x7e\x80-\xff]+$/, 'text'],
];

/** What bytes are, in words. @param {Uint8Array} bytes */
function sniff(bytes) {
  if (bytes.length === 0) return 'nothing (0 bytes)';
  const start = String.fromCharCode(...bytes.subarray(0, 160));
  const known = BEGINNINGS.find(([pattern]) => pattern.test(start));
  return known ? known[1] : `data of an unknown kind (it begins with ${hex(bytes.subarray(0, 4))})`;
}

/** The name of a built-in kind; instanceof fails across frames. @param {unknown} value */
const kindOf = (value) => Object.prototype.toString.call(value).slice(8, -1);

/**
 * A view, without a copy; null if it is of none of these kinds. Numbers wider than a byte are never taken for bytes.
 * @param {unknown} value @param {string[]} kinds @returns {Uint8Array | null}
 */
function viewOf(value, kinds = ['Uint8Array', 'ArrayBuffer']) {
  if (!kinds.includes(kindOf(value))) return null;
  try {
    if (ArrayBuffer.isView(value)) return new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
    return new Uint8Array(/** @type {ArrayBuffer} */ (value));
  } catch (cause) {
    throw new BedsideError('BDS_E_ARGUMENT', 'This buffer was handed over to somebody else and is empty.', { cause });
  }
}

/** @param {unknown} value @param {string} what @returns {string | URL} */
function addressIn(value, what) {
  if (['String', 'URL'].includes(kindOf(value))) return /** @type {string | URL} */ (value);
  throw new BedsideError('BDS_E_ARGUMENT', `Expected an address, a Uint8Array or an ArrayBuffer for ${what}, received ${kindOf(value)}.`);
}

/** @param {string} text with or without "data:...;base64," @param {string} what */
function fromBase64(text, what) {
  try {
    const data = atob(text.replace(/^data:[^,]*,/, ''));
    return Uint8Array.from(data, (c) => c.charCodeAt(0));
  } catch (cause) {
    throw new BedsideError('BDS_E_ARGUMENT', `The base64 text of ${what} is damaged.`, { cause });
  }
}

/** In Node a string without a scheme is a path; in a browser it is relative to the page. @param {string | URL} url */
function isFile(url) {
  const node = typeof process === 'object' && !!process?.versions?.node;
  return node && (url instanceof URL ? url.protocol === 'file:' : !/^(https?|data|blob):/i.test(url));
}

/** @param {string | URL} url @param {string} what @returns {Promise<Uint8Array>} */
async function readFile(url, what) {
  const fs = 'node:fs/promises'; // in a variable: bundlers for browsers then do not look for it
  const { readFile: read } = await import(/* @vite-ignore */ /* webpackIgnore: true */ fs);
  try {
    return await read(typeof url === 'string' && url.startsWith('file:') ? new URL(url) : url);
  } catch (cause) {
    throw new BedsideError('BDS_E_FETCH', `Could not read ${what}: ${words(cause)}.`, { cause });
  }
}

/** @param {string | URL | Response | Promise<Response>} source an address, or a fetch that has begun @param {string} what */
async function request(source, what) {
  const address = ['String', 'URL'].includes(kindOf(source)) ? /** @type {string | URL} */ (source) : null;
  let response;
  try {
    response = await (address ? fetch(address) : /** @type {Response | Promise<Response>} */ (source));
  } catch (cause) {
    throw new BedsideError('BDS_E_FETCH', `Could not fetch ${what}${address ? ` from ${address}` : ''}: ${words(cause)}.`, { cause });
  }
  if (!response.ok) throw new BedsideError('BDS_E_FETCH', `Could not fetch ${what}: ${address ?? response.url} answered ${response.status}.`);
  return response;
}

/** Whether the caller has begun to fetch it. @param {unknown} source @returns {source is Response | Promise<Response>} */
const isBegun = (source) => ['Response', 'Promise'].includes(kindOf(source));

/** @param {Response} response @param {string} what */
async function bodyOf(response, what) {
  try {
    return new Uint8Array(await response.arrayBuffer());
  } catch (cause) {
    throw new BedsideError('BDS_E_FETCH', `The transfer of ${what} from ${response.url} broke off: ${words(cause)}.`, { cause });
  }
}

// ---- The module -----------------------------------------------------------------------------------------------------------

const EMPTY_MODULE = Uint8Array.of(0, 97, 115, 109, 1, 0, 0, 0);
/** A module of one function () -> v128. @param {number[]} code without its end */
const probe = (...code) => Uint8Array.of(...EMPTY_MODULE, 1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0, 10, code.length + 4, 1, code.length + 2, 0, ...code, 11);
const ZEROS = [65, 0, 253, 16]; // i32.const 0, i16x8.splat
/** With i32x4.dot_i16x8_s, the instruction that the kernels live on. */
const SIMD_PROBE = probe(...ZEROS, ...ZEROS, 253, 186, 1);
/** With i16x8.relaxed_dot_i8x16_i7x16_s and i32x4.relaxed_dot_i8x16_i7x16_add_s. */
const RELAXED_PROBE = probe(...ZEROS, ...ZEROS, 253, 146, 2, ...ZEROS, ...ZEROS, 253, 147, 2);

/** @param {Uint8Array} bytes @param {string} from */
async function compileBytes(bytes, from) {
  if (!/^\0asm/.test(String.fromCharCode(...bytes.subarray(0, 4)))) {
    const hint = /HTML/.test(sniff(bytes)) ? ' The server answers with a fallback page: the path is wrong, or the file is missing.' : '';
    throw new BedsideError('BDS_E_WASM_FORMAT', `Expected a WebAssembly module ${from}, received ${sniff(bytes)}.${hint}`);
  }
  try {
    return await WebAssembly.compile(/** @type {BufferSource} */ (bytes));
  } catch (cause) {
    const hint = "A Content-Security-Policy must allow 'wasm-unsafe-eval'.";
    throw new BedsideError('BDS_E_WASM_FORMAT', `The WebAssembly module ${from} did not compile: ${words(cause)}. ${hint}`, { cause });
  }
}

/** What the page has begun to fetch, and perhaps to compile. @template T @param {Promise<T>} source @param {string} what */
async function begun(source, what) {
  try {
    return await source;
  } catch (cause) {
    const code = cause instanceof WebAssembly.CompileError ? 'BDS_E_WASM_FORMAT' : 'BDS_E_FETCH';
    throw new BedsideError(code, `Could not load ${what}: ${words(cause)}.`, { cause });
  }
}

/** @param {EngineOptions['wasm'] & {}} source @param {string} [what] */
async function compile(source, what = 'the engine') {
  if (source instanceof Promise) source = await begun(source, what);
  if (source instanceof WebAssembly.Module) return source;
  const bytes = viewOf(source);
  if (bytes) return compileBytes(bytes, 'in the bytes given');
  if (typeof source === 'string' && source.startsWith('data:')) return compileBytes(fromBase64(source, what), 'in the data: text');
  const url = isBegun(source) ? source : addressIn(source, what);
  if (!isBegun(url) && isFile(url)) return compileBytes(await readFile(url, what), `at ${url}`);
  const response = await request(url, what);
  const from = `at ${response.url}`;
  if (WebAssembly.compileStreaming && /^application\/wasm\b/.test(response.headers.get('content-type') ?? '')) {
    try {
      return await WebAssembly.compileStreaming(response.clone());
    } catch {
      // Compiled again below, from bytes, so that the error can say what was received.
    }
  }
  return compileBytes(await bodyOf(response, what), from);
}

/** One instance of the module and its memory, of which everything from `base` on is ours. */
class Core {
  /** @param {WebAssembly.Module} module @param {number} maxBytes @param {EngineOptions} [options] */
  static async make(module, maxBytes, options) {
    let instance;
    try {
      if (options?.team) return new Core(options.team.boot(module), maxBytes);
      // At once: it takes a fraction of a millisecond, and Node 20 can fall asleep for good while it waits for nothing but V8's
      // background threads. Some older browsers allow only the other way on a page's main thread.
      instance = new WebAssembly.Instance(module, {});
    } catch (cause) {
      if (cause instanceof WebAssembly.LinkError || cause instanceof TypeError) {
        throw new BedsideError('BDS_E_ABI', `This WebAssembly module is not Bedside's: ${words(cause)}.`, { cause });
      }
      instance = await WebAssembly.instantiate(module, {}).catch((error) => {
        throw new BedsideError('BDS_E_MEMORY', `This device refused memory for the engine: ${words(error)}.`, { cause: error });
      });
    }
    return new Core(instance.exports, maxBytes);
  }

  /** @param {WebAssembly.Exports} exports @param {number} maxBytes */
  constructor(exports, maxBytes) {
    const missing = ['bds_abi', 'memory', '__heap_base'].find((name) => !(name in exports));
    if (missing) throw new BedsideError('BDS_E_ABI', `This WebAssembly module is not Bedside's: it lacks ${missing}.`);
    /** As exports.c declares them. Addresses and sizes are bytes. @type {Record<string, (...n: number[]) => number>} */
    this.exports = /** @type {any} */ (exports);
    this.memory = /** @type {WebAssembly.Memory} */ (exports.memory);
    this.maxBytes = maxBytes;
    this.broken = false;
    /** Where a self-test may write; 0: nowhere now. */
    this.scratch = 0;
    /** Whether its kernels still have time to be tested. */
    this.testing = true;
    if (exports._initialize) this.call('_initialize');
    const abi = this.call('bds_abi');
    if (abi !== ABI) throw new BedsideError('BDS_E_ABI', `This bedside.js speaks interface ${ABI}, the WebAssembly module ${abi}: use files of one release.`);
    this.base = align(/** @type {WebAssembly.Global} */ (exports.__heap_base).value, 64);
    this.scratch = this.base;
  }

  /** Nobody needs it any more: what computes beside this thread ends. */
  end() {
    this.exports.end?.();
  }

  /** Bytes of linear memory that this instance holds. */
  get bytes() {
    return this.memory.buffer.byteLength;
  }

  /** Makes memory up to address `end` usable. @param {number} end */
  ensure(end) {
    if (end > this.maxBytes) {
      throw new BedsideError('BDS_E_MEMORY', `This needs ${Math.ceil(end / 2 ** 20)} MiB of memory; the limit is ${(this.maxBytes / 2 ** 20).toFixed(1)} MiB.`);
    }
    const pages = Math.ceil((end - this.bytes) / PAGE);
    if (pages <= 0) return;
    try {
      this.memory.grow(pages);
    } catch (cause) {
      throw new BedsideError('BDS_E_MEMORY', `This device refused ${Math.ceil(end / 2 ** 20)} MiB of memory.`, { cause });
    }
  }

  /** @param {number} at @param {number} n */
  u8(at, n) {
    return new Uint8Array(this.memory.buffer, at, n);
  }

  /** @param {number} at @param {number} n */
  u32(at, n) {
    return new Uint32Array(this.memory.buffer, at, n);
  }

  /** @param {number} at address of zero-terminated UTF-8 */
  string(at) {
    const rest = new Uint8Array(this.memory.buffer, at >>> 0);
    return new TextDecoder().decode(rest.slice(0, rest.indexOf(0))); // a copy: the memory may be shared
  }

  /** Calls an export. A trap leaves the instance unusable. @param {string} name @param {number[]} args */
  call(name, ...args) {
    try {
      return this.exports[name](...args);
    } catch (cause) {
      throw this.stopped(name, cause);
    }
  }

  /** @param {string} name @param {unknown} cause */
  stopped(name, cause) {
    this.broken = true;
    return new BedsideError('BDS_E_TRAP', `The engine stopped inside ${name} (${words(cause)}); it will be started afresh.`, { cause });
  }

  /** Calls an export that returns a status; throws if it is an error. @param {string} name @param {number[]} args */
  check(name, ...args) {
    const status = this.call(name, ...args);
    if (status < 0) throw this.error(status);
    return status;
  }

  /** @param {number} status @param {string} [more] what else is known, a sentence */
  error(status, more) {
    const text = this.string(this.call('bds_status_text', status)).replace(/\.?$/, '.');
    return new BedsideError(this.string(this.call('bds_status_name', status)), more ? `${text} ${more}` : text);
  }

  /** SHA-256 of memory, by way of 32 bytes at `digest`. @param {number} digest @param {number} at @param {number} n */
  sha256(digest, at, n) {
    this.call('bds_sha256', digest, at, n);
    return hex(this.u8(digest, 32));
  }

  /** @param {number} mask the features that the kernels under test may use @param {number} [rounds] */
  selfTest(mask, rounds = FIRST_ROUNDS) {
    this.ensure(this.scratch + SELF_TEST_BYTES);
    this.check('bds_self_test', mask, this.scratch, SELF_TEST_BYTES, rounds);
  }
}

/** What can run, best first. @type {Simd[]} */
const KINDS = ['relaxed', 'simd128', 'scalar'];
/** What `auto` tries: relaxed SIMD pays only where a model's weights fit 7 bits. @type {Simd[]} */
const AUTO = ['simd128', 'scalar'];
/** File, the features that kernels may use, the one that must be there, and a module that only engines with it accept. @type {Record<Simd, [string, number, number, Uint8Array]>} */
const PARTS = {
  relaxed: ['relaxed', ALL_FEATURES, FEATURE_RELAXED, RELAXED_PROBE],
  simd128: ['simd', ~FEATURE_RELAXED, FEATURE_SIMD128, SIMD_PROBE],
  scalar: ['scalar', 0, 0, EMPTY_MODULE],
};
/** @type {Record<Simd, string>} */
const NAMES = { relaxed: 'relaxed SIMD', simd128: 'SIMD', scalar: 'plain WebAssembly' };

/** Where the modules are if nobody says otherwise: written out, so that bundlers see them and take them along. @type {Record<string, () => URL>} */
const MODULES = {
  relaxed: () => new URL('./dist/bedside-relaxed.wasm', import.meta.url),
  simd: () => new URL('./dist/bedside-simd.wasm', import.meta.url),
  explain: () => new URL('./dist/bedside-explain.wasm', import.meta.url),
  scalar: () => new URL('./dist/bedside-scalar.wasm', import.meta.url),
  threads: () => new URL('./dist/bedside-threads.wasm', import.meta.url),
  decode: () => new URL('./dist/bedside-decode.wasm', import.meta.url),
};

/** Address of a module in the folder of options.base, which may lack its final slash, and in Node may be a path. @param {EngineOptions} options @param {string} name */
function inFolder({ base }, name) {
  return base === undefined ? MODULES[name]() : `${String(base).replace(/\/?$/, '/')}bedside-${name}.wasm`;
}

/** Address of the engine's module. @param {EngineOptions} options @param {Simd} kind */
function addressOf(options, kind) {
  return inFolder(options, options.team ? 'threads' : options.explain && kind === 'simd128' ? 'explain' : PARTS[kind][0]);
}

/** What may run here, best first, at least one; and why better ones may not. @param {EngineOptions} options */
function wishOf({ simd = 'auto' }) {
  if (simd !== 'auto' && !KINDS.includes(simd)) {
    throw new BedsideError('BDS_E_ARGUMENT', `The option simd is "auto", "relaxed", "simd128" or "scalar", not "${simd}".`);
  }
  if (typeof WebAssembly !== 'object') {
    throw new BedsideError('BDS_E_UNSUPPORTED', 'WebAssembly is missing or switched off here (some lockdown modes do that).');
  }
  /** @type {string[]} */
  const lacks = [];
  const kinds = (simd === 'auto' ? AUTO : [simd]).filter((kind) => {
    const able = WebAssembly.validate(/** @type {BufferSource} */ (PARTS[kind][3]));
    if (!able) lacks.push(`no ${NAMES[kind]} here`);
    return able;
  });
  if (!kinds.length) throw new BedsideError('BDS_E_UNSUPPORTED', `The option simd asks for "${simd}", and there is ${lacks[0]}.`);
  return { auto: simd === 'auto', kinds, lacks };
}

/** Fetches and compiles the module that loadEngine would choose; to be given to it as options.wasm. @param {EngineOptions} [options] */
export async function compileEngine(options) {
  options ??= {};
  const { kinds } = wishOf(options);
  return compile(options.wasm ?? addressOf(options, kinds[0]));
}

/** Loads the engine: finds the right module, compiles it, has it test itself. @param {EngineOptions} [options] */
export async function loadEngine(options) {
  /** @type {EngineOptions} */
  const given = options ?? {};
  const { auto, kinds, lacks } = wishOf(given);
  if ((given.threads ?? 1) !== 1) {
    const more = await import('./bedside.threads.js').catch((error) => void lacks.unshift(`one thread: bedside.threads.js did not load (${words(error)})`));
    if (more) return more.loadThreads(given);
  }
  /** The i-th kind, or what comes after it; reused: a module that is there already. @param {number} i @param {WebAssembly.Module} [reused] @returns {Promise<Engine>} */
  const start = async (i, reused) => {
    const kind = kinds[i];
    const [, mask, feature] = PARTS[kind];
    let module = reused;
    try {
      module ??= await compile(given.wasm ?? addressOf(given, kind));
      const core = await Core.make(module, GIB, given);
      if ((core.call('bds_features') & feature) !== feature) {
        throw new BedsideError('BDS_E_UNSUPPORTED', `This WebAssembly module was built without ${NAMES[kind]}.`);
      }
      if (mask || !reused) core.selfTest(mask);
      const passed = feature ? `${NAMES[kind]} is there and passed the self-test` : NAMES[kind];
      return new Engine(module, core, kind, mask, given, [...lacks, auto ? passed : 'asked for'].join('; '));
    } catch (error) {
      if (!(error instanceof BedsideError) || i + 1 === kinds.length) throw error;
      const lacking = error.code === 'BDS_E_UNSUPPORTED';
      const failed = error.code === 'BDS_E_SELF_TEST' || error.code === 'BDS_E_TRAP';
      if (!lacking && !failed && (given.wasm || kind !== 'relaxed')) throw error;
      lacks.push(lacking ? `the module has no ${NAMES[kind]}` : failed ? `${NAMES[kind]} failed the self-test (${words(error)})` : `no ${NAMES[kind]} (${words(error)})`);
      // A module with relaxed kernels has those of simd128, too. But where SIMD is broken, plain code comes from a module without it;
      // a module of the caller's own has no such sibling: there the reference kernels remain.
      return start(i + 1, given.wasm || kind === 'relaxed' ? module : undefined);
    }
  };
  return start(0);
}

/** @param {unknown} value @returns {string} 64 lower-case digits */
function pinned(value) {
  if (typeof value === 'string' && /^[0-9a-f]{64}$/i.test(value)) return value.toLowerCase();
  throw new BedsideError('BDS_E_NO_HASH', "A model is opened only with the SHA-256 of its file (64 hex digits); none was given, or it has another form.");
}

class Engine {
  threads = 1;
  #module;
  #mask;
  /** An instance for whoever comes next: what the self-test has warmed up stays warm. @type {Core | null} */
  #spare;
  /** What a later self-test said: no model runs on this engine then. @type {unknown} */
  #fault = null;
  #options;
  /** @type {Promise<WebAssembly.Module> | null} */
  #decoder = null;

  /** @param {WebAssembly.Module} module @param {Core} core @param {Simd} simd @param {number} mask features that kernels may use @param {EngineOptions} options @param {string} why */
  constructor(module, core, simd, mask, options, why) {
    this.#options = options;
    this.#module = module;
    this.#spare = core;
    this.#mask = mask;
    this.simd = simd;
    this.why = why;
    if (mask) void this.#testOn(core);
  }

  /**
   * While the model is still on its way: a browser translates code a second time, for speed, once it has run for some milliseconds.
   * So the kernels are fast when they are needed, and this second code is tested, too.
   * @param {Core} core
   */
  async #testOn(core) {
    for (let left = MORE_TESTS, waits = 0; left > 0 && waits < 32; waits++) {
      await new Promise((resolve) => setTimeout(resolve, 2)); // a small model is there before
      if (!core.testing || core.broken) return;
      if (!core.scratch || core.scratch + SELF_TEST_BYTES > core.bytes) continue;
      left--;
      try {
        core.selfTest(this.#mask, LATER_ROUNDS + left);
      } catch (error) {
        this.#fault = error;
        return;
      }
    }
  }

  /** @param {number} maxBytes */
  async #make(maxBytes) {
    const core = this.#spare ?? (await Core.make(this.#module, maxBytes, this.#options));
    this.#spare = null;
    core.maxBytes = maxBytes;
    core.scratch = 0;
    this.#sound();
    return core;
  }

  /** Throws if a later self-test has failed. */
  #sound() {
    if (this.#fault) throw this.#fault;
  }

  /** The decoder of pictures, fetched and compiled once; a page that must do without the network later asks for it early. */
  loadDecoder() {
    this.#decoder ??= compile(this.#options.decoder ?? inFolder(this.#options, 'decode'), 'the picture decoder');
    this.#decoder.catch(() => (this.#decoder = null)); // the next picture tries again
    return this.#decoder;
  }

  /** @param {ModelSource} source @param {Arrival} [arrival] loadModel has begun to fetch it */
  openModel(source, arrival) {
    const make = (/** @type {number} */ maxBytes) => this.#make(maxBytes);
    return Model.open({ simd: this.simd, mask: this.#mask, make, sound: () => this.#sound(), decoder: () => this.loadDecoder() }, source, arrival);
  }

  /** @param {Uint8Array} bytes */
  async sha256(bytes) {
    return (await nativeSha256(bytes)) ?? ownSha256(await this.#make(GIB), bytes);
  }

  /** Validates a model's bytes without planning it; throws what openModel would. @param {Uint8Array | ArrayBuffer} file */
  async check(file) {
    const bytes = viewOf(file);
    if (!bytes) throw new BedsideError('BDS_E_ARGUMENT', 'The bytes of a model come in a Uint8Array or an ArrayBuffer.');
    const core = await this.#make(GIB);
    const at = align(core.base + core.call('bds_session_bytes'), 64);
    try {
      core.ensure(at + bytes.length);
      core.u8(at, bytes.length).set(bytes);
      core.check('bds_open', core.base, at, bytes.length);
    } finally {
      if (!core.broken && core.bytes <= SMALL_PICTURE) this.#spare = core;
    }
  }
}

// ---- Models ---------------------------------------------------------------------------------------------------------------

/** A file on its way: what has come so far are the first `length` of `bytes`. It comes whether or not anybody waits for it. */
class Arrival {
  /** Whether that is all, as far as can be told. */
  complete = true;
  /** @type {ReadableStreamDefaultReader<Uint8Array> | null} */
  #reader = null;
  #from = '';
  #hashed = false;
  /** Whether there is something that more() has not told of. */
  #fresh = false;
  #wake = () => {};
  /** What the transfer broke off for. @type {BedsideError | null} */
  #fault = null;
  /** @type {Promise<(string | null)[]> | null} */
  #digests = null;

  /** @param {Uint8Array} bytes @param {boolean} own whether nobody else can change them @param {string} [url] */
  constructor(bytes, own, url = '') {
    this.bytes = bytes;
    this.length = bytes.length;
    this.own = own;
    this.url = url;
  }

  /** @param {Response} response @param {string | undefined} url @param {boolean} hashed whether its hashes will be wanted */
  static async of(response, url, hashed) {
    if (!response.body?.getReader || response.bodyUsed) return new Arrival(await bodyOf(response, 'the model'), true, url);
    const said = response.headers.has('content-encoding') ? 0 : Number(response.headers.get('content-length'));
    const arrival = new Arrival(new Uint8Array(said > 0 && said <= PREPARED ? said : PAGE), true, url);
    arrival.length = 0;
    arrival.complete = false;
    arrival.#hashed = hashed;
    arrival.#from = response.url;
    arrival.#reader = response.body.getReader();
    void arrival.#read();
    return arrival;
  }

  /** Takes pieces as they come. */
  async #read() {
    try {
      for (let reader; (reader = this.#reader); this.#tell()) {
        const { done, value } = await reader.read();
        if (!done) this.#append(value);
        else this.#reader = null;
      }
      if (this.length < this.bytes.length) this.bytes = this.bytes.slice(0, this.length);
      this.complete = true;
    } catch (cause) {
      this.stop();
      this.#fault = new BedsideError('BDS_E_FETCH', `The transfer of the model from ${this.#from} broke off: ${words(cause)}.`, { cause });
    }
    this.#tell();
  }

  #tell() {
    this.#fresh = true;
    this.#wake();
  }

  /** Waits for more. False: there is none. */
  async more() {
    if (this.#reader && !this.#fresh) await new Promise((resolve) => (this.#wake = () => resolve(null)));
    if (this.#fault) throw this.#fault;
    const fresh = this.#fresh;
    this.#fresh = false;
    return fresh || !!this.#reader;
  }

  /** @param {Uint8Array} value */
  #append(value) {
    const end = this.length + value.length;
    if (end > this.bytes.length) {
      const larger = new Uint8Array(Math.max(end, 2 * this.bytes.length));
      larger.set(this.bytes.subarray(0, this.length));
      this.bytes = larger;
    }
    this.bytes.set(value, this.length);
    this.length = end;
    this.#digests = null;
    this.complete = end === this.bytes.length; // as long as was said
    if (this.complete && this.#hashed) void this.digests();
  }

  /** SHA-256 of the file and of its content, by the browser on other threads, beside the last of the decoding; null where it offers none. */
  digests() {
    return (this.#digests ??= Promise.all([nativeSha256(this.bytes), nativeSha256(this.bytes.subarray(CONTENT_AT))]));
  }

  /** Nothing more is wanted. */
  stop() {
    void this.#reader?.cancel().catch(() => {});
    this.#reader = null;
  }

  /** Refuses what is plainly something else, as soon as that can be told. */
  refuseOthers() {
    const start = this.bytes.subarray(0, this.length);
    if ((this.length >= 160 || this.complete) && (this.length === 0 || /HTML|LFS|XML|JSON/.test(sniff(start)))) {
      this.stop();
      throw new BedsideError('BDS_E_FORMAT', `Expected a Bedside model${this.url ? ` at ${this.url.slice(0, 200)}` : ''}, received ${sniff(start)}.`);
    }
  }
}

/** A model's file, of which the first bytes may be there. @param {ModelSource} source @param {boolean} [hashed] whether its hashes will be wanted */
async function beginModel(source, hashed = true) {
  pinned(source?.sha256); // before anything is fetched
  const { url, bytes, base64 } = source;
  if (typeof base64 === 'string') return new Arrival(fromBase64(base64, 'the model'), true);
  if (typeof url === 'string' && url.startsWith('data:')) return new Arrival(fromBase64(url, 'the model'), true, url);
  if (url) {
    const address = addressIn(url, 'the model');
    if (isFile(address)) return new Arrival(await readFile(address, 'the model'), true, String(url));
    return Arrival.of(await request(address, 'the model'), String(url), hashed);
  }
  if (isBegun(bytes)) return Arrival.of(await request(bytes, 'the model'), undefined, hashed);
  const view = viewOf(bytes);
  if (view) return new Arrival(view, false);
  throw new BedsideError('BDS_E_ARGUMENT', 'A model comes as url, base64 text or bytes (a Uint8Array or an ArrayBuffer): none of them was given.');
}

/** The bytes of a model, fetched if need be, not yet checked. @param {ModelSource} source */
export async function readModel(source) {
  const arrival = await beginModel(source, false);
  do arrival.refuseOthers();
  while (await arrival.more());
  arrival.refuseOthers();
  return arrival.bytes;
}

/** @type {Promise<Engine> | null} */
let shared = null;

/** Opens a model in one go: the engine and the model are fetched beside each other. @param {ModelSource} source @param {Engine | Promise<Engine>} [engine] */
export async function loadModel(source, engine) {
  if (!engine) {
    engine = shared ??= loadEngine();
    shared.catch(() => (shared = null)); // another try may do better
  }
  const [ready, arrival] = await Promise.all([engine, beginModel(source)]);
  return ready.openModel(source, arrival);
}

/** In bds_method's order. @type {any[]} */
const METHODS = ['auto', 'cam', 'occlusion'];

/** @type {Doubt[]} */
const DOUBTS = ['unsure', 'unknown', 'colour', 'small'];

/** @param {number} bits @param {number} distance @param {number} limit @returns {{doubts: Doubt[], certain: boolean, distance: number, distanceLimit: number}} */
const doubtsOf = (bits, distance, limit) => ({
  doubts: DOUBTS.filter((_, i) => bits & (1 << i)),
  certain: bits === 0,
  distance: distance / 256,
  distanceLimit: limit / 256,
});

/**
 * A picture on its way into the core: raw input values, pixels, or (width 0) an encoded file.
 * @typedef {{bytes: Uint8Array | Blob, raw: boolean, width: number, height: number, channels: number, stride: number}} Picture
 */

/** Bytes as they are now, whatever their owner does with them until it is their turn. @param {Uint8Array} bytes */
function copyOf(bytes) {
  try {
    return new Uint8Array(bytes);
  } catch (cause) {
    throw new BedsideError('BDS_E_MEMORY', `This device refused ${Math.ceil(bytes.length / 2 ** 20)} MiB of memory.`, { cause });
  }
}

/** @param {PictureInput} input @param {number[]} target the model's input, as bds_input describes it @returns {Picture} */
function pictureOf(input, [, batch, rows, columns, depth, type]) {
  const file = { raw: false, width: 0, height: 0, channels: 0, stride: 0 };
  const bytes = viewOf(input);
  if (bytes) return { ...file, bytes: copyOf(bytes) };
  if (['Blob', 'File'].includes(kindOf(input))) return { ...file, bytes: /** @type {Blob} */ (input) };
  const given = /** @type {Partial<import('./bedside.js').Pixels & import('./bedside.js').RawInput>} */ (input ?? {});
  /** @param {string} text @returns {never} */
  const refuse = (text) => {
    throw new BedsideError('BDS_E_ARGUMENT', text);
  };
  if (given.tensor !== undefined) {
    const { name, BYTES_PER_ELEMENT } = type === 1 ? Int8Array : Int16Array;
    const tensor = viewOf(given.tensor, [name]) ?? refuse(`The values of this input come in an ${name}, not as ${kindOf(given.tensor)}.`);
    const size = batch * rows * columns * depth * BYTES_PER_ELEMENT;
    if (tensor.length !== size) refuse(`The input takes ${size} bytes, not ${tensor.length}.`);
    return { ...file, bytes: copyOf(tensor), raw: true };
  }
  if (given.pixels === undefined) refuse('A picture is JPEG or PNG bytes (a Uint8Array or an ArrayBuffer), a Blob, or {pixels, width, height, channels}.');
  const view = viewOf(given.pixels, ['Uint8Array', 'Uint8ClampedArray', 'ArrayBuffer'])
    ?? refuse(`Pixels come as bytes, in a Uint8Array, a Uint8ClampedArray or an ArrayBuffer, not as ${kindOf(given.pixels)}.`);
  const { width = 0, height = 0, channels = 0, stride = width * channels } = given;
  const whole = [width, height, channels, stride].every((n) => Number.isInteger(n) && n > 0 && n < 2 ** 31);
  if (!whole || channels > 4 || stride < width * channels) {
    refuse('Pixels need a width, a height and 1 to 4 channels, and a stride of no less than a row.');
  }
  const [least, most] = [stride * (height - 1) + width * channels, stride * height];
  if (view.length < least || view.length > most) {
    refuse(`A picture of ${width} x ${height} x ${channels} (width, height, channels) takes ${least === most ? most : `${least} to ${most}`} bytes, not ${view.length}.`);
  }
  return { raw: false, bytes: copyOf(view), width, height, channels, stride };
}

/** @param {Uint8Array | Blob} bytes */
async function contentOf(bytes) {
  if (bytes instanceof Uint8Array) return bytes;
  try {
    return new Uint8Array(await bytes.arrayBuffer());
  } catch (cause) {
    throw new BedsideError('BDS_E_FETCH', `The file could not be read: ${words(cause)}.`, { cause });
  }
}

/** @param {string} name @param {unknown} value */
function limitOf(name, value) {
  if (typeof value === 'number' && Number.isFinite(value) && value >= 1) return Math.min(Math.floor(value), 2 ** 31 - 1);
  throw new BedsideError('BDS_E_ARGUMENT', `The limit ${name} is a finite number of 1 or more.`);
}

/** @param {number[]} form as bds_input and bds_output describe a tensor @returns {import('./bedside.js').TensorForm} */
function formOf([, n, height, width, channels, type, zeroPoint, scale]) {
  const real = new Float32Array(Uint32Array.of(scale).buffer)[0];
  return { dims: [n, height, width, channels], type: type === 1 ? 'int8' : 'int16', scale: real, zeroPoint: zeroPoint | 0 };
}

/** A tensor in the core's memory. @param {Core} core @param {number[]} form @returns {Raw} */
function viewAt(core, [at, n, height, width, channels, type]) {
  return new (type === 1 ? Int8Array : Int16Array)(core.memory.buffer, at, n * height * width * channels);
}

/** A copy of a tensor. @param {Core} core @param {number[]} form @returns {Tensor} */
function tensorAt(core, form) {
  const { dims, scale, zeroPoint } = formOf(form);
  return { data: viewAt(core, form).slice(), dims, scale, zeroPoint };
}

/** @param {Raw} view */
const copied = (view) => view.slice();

/** Refuses what is not exactly of a tensor's type and length. @param {unknown} given @param {Raw} view */
function rawOf(given, view) {
  const values = /** @type {Raw} */ (given);
  const name = view[Symbol.toStringTag];
  if (values?.[Symbol.toStringTag] !== name) throw new BedsideError('BDS_E_ARGUMENT', `The values of this input come in an ${name}, not as ${kindOf(given)}.`);
  if (values.length !== view.length) throw new BedsideError('BDS_E_ARGUMENT', `The input takes ${view.byteLength} bytes, not ${values.byteLength}.`);
}

/** @typedef {Int8Array | Int16Array} Raw stored integers of a tensor */
/** @typedef {{simd: Simd, mask: number, make: (maxBytes: number) => Promise<Core>, sound: () => void, decoder: () => Promise<WebAssembly.Module>}} Making what runs, which features its kernels may use, and an instance */
/** @typedef {'empty' | 'ready' | 'running' | 'done'} State what the plan holds: nothing, an input, half a run, a finished run */

/**
 * A core in which a model is being put together, from bytes in order. Nothing of it may be used before they were verified.
 * Addresses: session, small results, a key, the file's head, the arena, findings, the input area.
 */
class Filling {
  /** Whether the plan is complete. */
  done = false;
  arenaBytes = 0;
  findings = 0;
  input = 0;
  /** Bytes of the file that the core has seen, and that it wants at least before it goes on. */
  #seen = 0;
  #wanted = CONTENT_AT;
  #planned = false;

  /** @param {Core} core @param {number} mask @param {boolean} verified the SHA-256 is compared outside: no CRC */
  constructor(core, mask, verified) {
    this.core = core;
    this.mask = mask;
    this.verified = verified;
    this.session = core.base;
    this.out = align(core.base + core.call('bds_session_bytes'), 16);
    this.key = this.out + OUT_BYTES;
    this.file = align(this.key + KEY_BYTES, 64);
  }

  /** Where nothing is that counts until the next piece comes. */
  get free() {
    return this.input || align(this.file + this.#seen, 64);
  }

  /** Goes on as far as the file's first bytes allow. @param {Uint8Array} bytes */
  take(bytes) {
    const { core, session, out } = this;
    while (!this.#planned) {
      const n = this.#wanted;
      if (bytes.length < n) return;
      this.#place(bytes, n);
      if (core.check('bds_head', this.file, n, out) === MORE || core.u32(out, 1)[0] > n) {
        this.#wanted = core.u32(out, 1)[0];
      } else {
        core.check('bds_open_head', session, this.file, n, Number(this.verified));
        this.#plan(n);
        this.done = core.call('bds_feed', session, this.file, 0) !== MORE; // all of it is head
      }
    }
    for (let n; (n = Math.min(bytes.length - this.#seen, PAGE)) > 0; this.#seen += n) {
      core.ensure(this.input + n);
      core.u8(this.input, n).set(bytes.subarray(this.#seen, this.#seen + n));
      this.done = core.check('bds_feed', session, this.input, n) !== MORE;
    }
  }

  /** All of the file into the core, as one. @param {Uint8Array} bytes */
  takeWhole(bytes) {
    this.#place(bytes, bytes.length);
    this.core.check('bds_open', this.session, this.file, bytes.length);
    this.#plan(bytes.length);
  }

  /** @param {Uint8Array} bytes @param {number} n */
  #place(bytes, n) {
    this.core.ensure(this.file + n);
    this.core.u8(this.file + this.#seen, n - this.#seen).set(bytes.subarray(this.#seen, n));
    this.#seen = n;
  }

  /** @param {number} n bytes of the file that stay in the core */
  #plan(n) {
    const { core, session, out, mask } = this;
    core.check('bds_plan_size', session, mask, out);
    const arena = align(this.file + n, 64);
    this.arenaBytes = core.u32(out, 1)[0];
    core.ensure(arena + this.arenaBytes);
    core.check('bds_plan_create', session, mask, arena, this.arenaBytes);
    core.check('bds_info', session, out);
    this.findings = align(arena + this.arenaBytes, 16);
    const i = core.u32(out, 23);
    // Findings, or for each pixel of a mask its probability and whether it is marked.
    this.input = align(this.findings + i[4] * FINDING_BYTES + 3 * i[21] * i[22], 64);
    core.ensure(this.input);
    this.#planned = true;
  }
}

class Model {
  #engine;
  #sha256;
  #maxBytes;
  #maxPixels;
  /** @type {Core | null} */
  #core = null;
  /** Whose layers are watched. @type {Core | null} */
  #watched = null;
  #disposed = false;
  /** @type {State} */
  #state = 'empty';
  /** Addresses, the same in every instance: session, small results, a key, then the file's head, the arena, findings and the input area. */
  #at = { session: 0, out: 0, key: 0, findings: 0, input: 0 };
  /** The file, for a fresh start; the core keeps only its head. @type {Uint8Array} */
  #bytes = new Uint8Array(0);
  /** Where the inputs are. Asked for once: bds_input counts as handing over a new input and forgets the doubts about the last. @type {number[][]} */
  #inputs = [];
  #peak = 0;
  /** Views of the inputs and outputs in the core's memory, for infer(); null until asked for. @type {{inputs: Raw[], outputs: Raw[]} | null} */
  #views = null;
  /** @type {Promise<unknown>} */
  #turn = Promise.resolve();
  /** Asynchronous calls that are waiting or at work. */
  #pending = 0;
  /** @type {ModelInfo} */
  info = /** @type {any} */ (null);

  /** @param {Making} engine @param {string} sha256 @param {{maxBytes?: number, maxPixels?: number}} limits */
  constructor(engine, sha256, { maxBytes = GIB, maxPixels = MAX_PIXELS }) {
    this.#engine = engine;
    this.#sha256 = sha256;
    this.#maxBytes = limitOf('maxBytes', maxBytes);
    this.#maxPixels = limitOf('maxPixels', maxPixels);
  }

  /** @param {Making} engine @param {ModelSource} source @param {Arrival} [arrival] */
  static async open(engine, source, arrival) {
    const model = new Model(engine, pinned(source?.sha256), source);
    await model.#mount(arrival ?? (await beginModel(source)));
    return model;
  }

  /** How many threads compute. */
  get threads() {
    return this.#core?.exports.threads?.() ?? 1;
  }

  /** Bytes of memory held now. */
  get memoryBytes() {
    return this.#core?.bytes ?? 0;
  }

  /** The most that was held at once, while decoding included. */
  get peakBytes() {
    return this.#peak;
  }

  /** A metadata text of the file; null if there is none of that key. @param {string} key */
  text(key) {
    const core = this.#live();
    const bytes = new TextEncoder().encode(`${key}\0`);
    if (bytes.length > KEY_BYTES) return null;
    core.u8(this.#at.key, bytes.length).set(bytes);
    if (core.call('bds_text', this.#at.session, this.#at.key, this.#at.out) < 0) return null;
    const [at, n] = core.u32(this.#at.out, 2);
    return new TextDecoder().decode(core.u8(at, n).slice());
  }

  /** The recipe that the file carries; null if there is none, or it is no JSON. */
  get card() {
    const text = this.text('card');
    try {
      return JSON.parse(text ?? '');
    } catch {
      return null;
    }
  }

  /** Decodes, crops, resizes and normalises a picture, or takes raw values. @param {PictureInput} input */
  prepare(input) {
    return this.#exclusive(input, (picture) => this.#prepare(picture, false, false).then(() => {}));
  }

  run() {
    const core = this.#live('ready');
    this.#state = 'empty';
    core.check('bds_run', this.#at.session);
    this.#state = 'done';
  }

  /** Runs one operator. Returns whether more are to come. */
  step() {
    const core = this.#live('ready', 'running');
    this.#state = 'empty';
    const more = core.check('bds_step', this.#at.session) === MORE;
    this.#state = more ? 'running' : 'done';
    return more;
  }

  /** The fast way for stored integers: nothing is awaited, hashed or copied twice. @param {Raw | Raw[]} given @returns {Raw[]} */
  infer(given) {
    const core = this.#live();
    if (this.#pending) throw core.error(E_STATE, 'An asynchronous call of this model is under way: await it first.');
    this.#state = 'empty'; // a refused input leaves no former result either
    if (core.broken) throw new BedsideError('BDS_E_TRAP', 'The engine stopped in an earlier call; prepare() or diagnose() start it afresh.');
    const { session, out } = this.#at;
    const { inputs, outputs } = this.#viewed(core);
    const list = Array.isArray(given) ? given : [given];
    if (list.length !== inputs.length) throw new BedsideError('BDS_E_ARGUMENT', `The number of inputs is ${inputs.length}, not ${list.length}.`);
    for (let i = 0; i < inputs.length; i++) rawOf(list[i], inputs[i]);
    const { bds_input: give, bds_run: run } = core.exports; // without the way through check(): a small model takes some microseconds
    let status = 0;
    try {
      for (let i = 0; i < inputs.length && status >= 0; i++) {
        status = give(session, i, out);
        inputs[i].set(list[i]);
      }
      if (status >= 0) status = run(session);
    } catch (cause) {
      throw core.stopped('bds_run', cause);
    }
    if (status < 0) throw core.error(status);
    this.#state = 'done';
    return outputs.map(copied);
  }

  /** @returns {Findings} */
  findings() {
    const core = this.#live('done');
    const labels = this.info.labels;
    core.check('bds_result', this.#at.session, this.#at.findings, labels.length, this.#at.out);
    const [count, top, bits, distance, distanceLimit] = core.u32(this.#at.out, 5);
    const findings = Array.from({ length: count }, (_, i) => {
      const [index, probabilityQ16, lowQ16, highQ16, logit, inSet] = core.u32(this.#at.findings + i * FINDING_BYTES, 6);
      const [probability, low, high] = [probabilityQ16, lowQ16, highQ16].map((q) => q / 65536);
      return { label: labels[index], index, probability, low, high, logit: logit | 0, inSet: inSet > 0, probabilityQ16, lowQ16, highQ16 };
    });
    return { findings, top, ...doubtsOf(bits, distance, distanceLimit) };
  }

  /** @returns {import('./bedside.js').Marking} */
  marking() {
    const core = this.#live('done');
    const { session, out, findings: at } = this.#at;
    const { maskWidth: width, maskHeight: height, labels } = this.info;
    const n = width * height;
    core.check('bds_mask', session, at, at + 2 * n, n, out);
    const [marked, certainty, ...rest] = core.u32(out, 5);
    const area = marked / n;
    return {
      text: marked ? `${labels[0]}: ${(100 * area).toFixed(2)} % of the picture marked` : 'nothing was marked',
      width, height, marked, area,
      probability: new Uint16Array(core.memory.buffer, at, n).slice(),
      mask: core.u8(at + 2 * n, n).slice(),
      certainty: certainty / 65536,
      ...doubtsOf(rest[0], rest[1], rest[2]),
    };
  }

  /** What input i wants, at any time. @param {number} [i] @returns {import('./bedside.js').TensorForm} */
  inputForm(i = 0) {
    const core = this.#live();
    if (!(i in this.#inputs)) throw core.error(E_ARGUMENT);
    return formOf(this.#inputs[i]);
  }

  /** What output i is, at any time. @param {number} [i] @returns {import('./bedside.js').TensorForm} */
  outputForm(i = 0) {
    const core = this.#live();
    return formOf(this.#output(core, i));
  }

  /** As bds_output describes it; it does so before a run, too. @param {Core} core @param {number} i */
  #output(core, i) {
    const status = core.call('bds_output', this.#at.session, i, this.#at.out);
    if (status < 0 && status !== E_STATE) throw core.error(status);
    return [...core.u32(this.#at.out, 8)];
  }

  /** @param {Core} core */
  #viewed(core) {
    // Growing memory empties all views of it.
    if (this.#views?.inputs[0].length) return this.#views;
    /** @param {number[]} form */
    const view = (form) => viewAt(core, form);
    const outputs = Array.from({ length: this.info.outputs }, (_, i) => view(this.#output(core, i)));
    return (this.#views = { inputs: this.#inputs.map(view), outputs });
  }

  /** A copy of a prepared input. @param {number} [i] */
  input(i = 0) {
    const core = this.#live('ready');
    if (!(i in this.#inputs)) throw core.error(E_ARGUMENT);
    return tensorAt(core, this.#inputs[i]);
  }

  /** A copy of an output of the finished run. @param {number} [i] */
  output(i = 0) {
    const core = this.#live('done');
    core.check('bds_output', this.#at.session, i, this.#at.out);
    return tensorAt(core, [...core.u32(this.#at.out, 8)]);
  }

  /** @param {State[]} states */
  #explaining(...states) {
    const core = this.#live(...states);
    if (core.exports.bds_explain) return core;
    throw new BedsideError('BDS_E_UNSUPPORTED', 'This engine explains nothing: load it with the option explain.');
  }

  /** In place of run(): the same findings, and where they come from. @param {import('./bedside.js').Question} [question] @returns {import('./bedside.js').Explanation} */
  explain({ method = 'auto', label, width = 64, height = 64 } = {}) {
    const core = this.#explaining('ready');
    const { session, out, input: at } = this.#at;
    const { labels } = this.info;
    const index = label === undefined ? -1 : labels.indexOf(label);
    if (label !== undefined && index < 0) throw new BedsideError('BDS_E_ARGUMENT', `This model has no label "${label}".`);
    core.check('bds_explain_size', session, out);
    const [n] = core.u32(out, 1);
    const map = at + n;
    core.ensure(map + limitOf('width', width) * limitOf('height', height));
    core.u32(out, 4).set([METHODS.indexOf(method), index, width, height]);
    this.#state = 'empty';
    core.check('bds_explain', session, out, map, at, n, out + 32);
    this.#state = 'done';
    const [used, of, columns, rows, peak, unit] = core.u32(out + 32, 6);
    return { method: METHODS[used], label: labels[of], columns, rows, peak: (peak | 0) / unit, width, height, map: core.u8(map, width * height).slice() };
  }

  /** From here on layer() tells what a step() has brought. */
  watch() {
    this.#watched = this.#explaining();
    this.#watched.check('bds_watch', this.#at.session);
  }

  /** The result of the last step() since watch(); null before one. @returns {import('./bedside.js').Layer | null} */
  layer() {
    const core = this.#live();
    if (core !== this.#watched) throw core.error(E_STATE);
    core.check('bds_layer', this.#at.session, this.#at.out);
    const form = [...core.u32(this.#at.out, 9)];
    return form[8] ? { name: core.string(form[8]), ...tensorAt(core, form) } : null;
  }

  /** All in one: the picture in, the findings out. @param {PictureInput} input @param {DiagnoseOptions} [options] @returns {Promise<Diagnosis>} */
  diagnose(input, options) {
    return this.#examine(input, options, () => this.findings());
  }

  /** The same with a mask. @param {PictureInput} input @param {DiagnoseOptions} [options] @returns {Promise<import('./bedside.js').Segmentation>} */
  segment(input, options) {
    return this.#examine(input, options, () => this.marking());
  }

  /** @template T @param {PictureInput} input @param {DiagnoseOptions | undefined} options @param {() => T} answer */
  #examine(input, options, answer) {
    const { onProgress, keepInput = false, keepPicture = false, explain } = options ?? {};
    return this.#exclusive(input, async (picture) => {
      const start = performance.now();
      if (onProgress && typeof onProgress !== 'function') throw new BedsideError('BDS_E_ARGUMENT', 'The option onProgress is a function.');
      const [inputSha256, shown] = await this.#prepare(picture, true, keepPicture);
      // From here on nothing is awaited: no other call can come between this input and its findings.
      const prepared = performance.now();
      const seen = keepInput ? this.input(0) : undefined;
      let explanation;
      if (explain) {
        explanation = this.explain(explain === true ? {} : explain);
      } else if (onProgress) {
        const steps = this.info.operators;
        for (let step = 1; this.step(); step++) onProgress({ step, steps });
        onProgress({ step: steps, steps });
      } else {
        this.run();
      }
      const findings = answer();
      const end = performance.now();
      const times = { prepareMs: prepared - start, runMs: end - prepared, totalMs: end - start };
      const origin = { model: this.info.name, modelSha256: this.#sha256, inputSha256, simd: this.#engine.simd };
      return { ...findings, ...origin, picture: shown, times, peakBytes: this.#peak, memoryBytes: this.memoryBytes, ...(seen && { input: seen }), ...(explanation && { explanation }) };
    });
  }

  /** Lets go of the model's memory. */
  dispose() {
    this.#disposed = true;
    this.#state = 'empty';
    this.#views = null;
    this.#core?.end();
    this.#core = null;
    this.#bytes = new Uint8Array(0);
  }

  /** The instance, if the model is in one of these states. @param {State[]} states @returns {Core} */
  #live(...states) {
    if (this.#disposed || !this.#core) throw new BedsideError('BDS_E_DISPOSED', 'This model was disposed of.');
    if (states.length && !states.includes(this.#state)) throw this.#core.error(E_STATE);
    return this.#core;
  }

  /**
   * Asynchronous work waits its turn. A former result is gone at once, and the picture is taken at once.
   * @template T @param {PictureInput} input @param {(picture: () => Picture) => Promise<T>} work @returns {Promise<T>}
   */
  #exclusive(input, work) {
    this.#state = 'empty';
    /** @type {() => Picture} */
    let picture;
    try {
      const taken = pictureOf(input, this.#inputs[0]);
      picture = () => taken;
    } catch (error) {
      picture = () => {
        throw error; // when it is its turn
      };
    }
    this.#pending++;
    const result = this.#turn.then(async () => {
      this.#state = 'empty'; // that of the call before
      try {
        return await work(picture);
      } finally {
        this.#pending--;
      }
    });
    this.#turn = result.catch(() => {});
    return result;
  }

  /** A new instance with the model in it. @param {Arrival} arrival */
  async #mount(arrival) {
    const core = await this.#engine.make(this.#maxBytes);
    if (!arrival.own) {
      const bytes = copyOf(arrival.bytes); // what is hashed is what is used
      arrival = new Arrival(bytes, true, arrival.url);
    }
    const hashes = typeof crypto === 'object' && !!crypto.subtle?.digest;
    if (hashes && arrival.complete) void arrival.digests();
    let filling = new Filling(core, this.#engine.mask, hashes);
    /** What the bytes are refused for, if they are the right ones. @type {unknown} */
    let fault = null;
    do {
      arrival.refuseOthers();
      try {
        if (!fault) filling.take(arrival.bytes.subarray(0, arrival.length));
      } catch (error) {
        fault = error;
      }
      core.scratch = filling.free; // between two pieces of the file there is time to test on
    } while (await arrival.more());
    const { bytes } = arrival;
    arrival.refuseOthers();
    const [whole, content] = await arrival.digests();
    core.testing = false;
    this.#engine.sound();
    const actual = whole ?? ownSha256(await this.#engine.make(this.#maxBytes), bytes);
    if (actual !== this.#sha256) {
      throw core.error(E_HASH, `Expected ${this.#sha256.slice(0, 12)}..., received ${actual.slice(0, 12)}... (${sniff(bytes)}, ${bytes.length} bytes).`);
    }
    if (core.broken) throw fault;
    // Summing the file up is spared where the SHA-256 of its content is the one in its header. Else, and to say what is wrong with a
    // file, it is opened as a whole.
    if (fault || !filling.done || (hashes && content !== hex(bytes.subarray(SHA256_AT, CONTENT_AT)))) {
      filling = new Filling(core, this.#engine.mask, false);
      filling.takeWhole(bytes);
    }
    const { session, out, key, arenaBytes, findings, input } = filling;
    core.check('bds_info', session, out);
    const i = [...core.u32(out, 24)];
    const contentSha256 = hex(core.u8(out + 52, 32));
    this.#inputs = Array.from({ length: i[0] }, (_, k) => {
      core.check('bds_input', session, k, out);
      return [...core.u32(out, 8)];
    });
    if (this.#disposed) this.#live();
    this.#core?.end();
    this.#at = { session, out, key, findings, input };
    this.#bytes = bytes;
    this.#core = core;
    this.#views = null;
    this.#state = 'empty';
    this.#peak = Math.max(this.#peak, core.bytes);
    this.info = Object.freeze({
      name: this.text('name') ?? '',
      labels: Object.freeze((this.text('labels') ?? '').split('\n').slice(0, i[4])),
      sha256: this.#sha256,
      contentSha256,
      inputs: i[0], outputs: i[1], operators: i[2], tensors: i[3],
      width: i[5], height: i[6], channels: i[7],
      fileBytes: i[8], weights: i[9], activationBytes: i[10], arenaBytes, macs: i[11] + i[12] * 2 ** 32,
      maskWidth: i[21], maskHeight: i[22], setCoverage: i[23] / 65536,
    });
  }

  /** The instance for work that starts now; after a trap a new one, from the same, once more verified bytes. */
  async #alive() {
    let core = this.#live();
    if (core.broken) {
      await this.#mount(new Arrival(this.#bytes, true));
      core = this.#live();
    }
    return core;
  }

  /**
   * @param {() => Picture} given @param {boolean} hashed @param {boolean} kept
   * @returns {Promise<[string, import('./bedside.js').Shown]>} SHA-256 of the bytes handed over, if hashed; the picture, with its pixels if kept
   */
  async #prepare(given, hashed, kept) {
    const core = await this.#alive();
    const picture = given();
    let bytes = await contentOf(picture.bytes);
    this.#live();
    const decoded = picture.raw || picture.width ? null : await this.#decode(core, bytes, hashed);
    const shown = decoded ?? picture;
    const apart = decoded?.apart ?? 0;
    if (decoded) bytes = decoded.bytes;
    const { width, height, channels, stride } = shown;
    /** @type {import('./bedside.js').Shown} */
    const look = { width, height, channels, stride, ...(kept && { pixels: bytes.slice() }) };
    let sha256 = this.#place(core, shown, bytes, hashed && !decoded, SMALL_PICTURE);
    if (sha256 === null) {
      // A large photograph: this instance's state is copied into a second one, prepared there, and copied back, so that the
      // photograph's memory goes as the second instance goes. Addresses mean the same in both.
      const second = await this.#engine.make(this.#maxBytes - core.bytes - apart);
      this.#live();
      const { base } = core;
      const n = this.#at.input - base;
      second.ensure(this.#at.input);
      second.u8(base, n).set(core.u8(base, n));
      try {
        sha256 = this.#place(second, shown, bytes, hashed && !decoded, Infinity);
      } finally {
        this.#peak = Math.max(this.#peak, core.bytes + second.bytes + apart);
      }
      core.u8(base, n).set(second.u8(base, n));
    }
    this.#peak = Math.max(this.#peak, core.bytes + apart);
    this.#state = 'ready';
    return [decoded?.sha256 ?? /** @type {string} */ (sha256), look];
  }

  /** Puts a picture behind the findings and prepares it. null if that takes more than `limit` bytes. @param {Core} core @param {Picture} picture @param {Uint8Array} bytes @param {boolean} hashed @param {number} limit */
  #place(core, { width, height, channels, stride, raw }, bytes, hashed, limit) {
    const { session, out, input } = this.#at;
    const n = bytes.length;
    if (width * height > this.#maxPixels) throw core.error(E_IMAGE_SIZE, `Received: ${width} x ${height} pixels.`);
    if (n > limit) return null;
    core.ensure(input + n);
    core.u8(input, n).set(bytes);
    const sha256 = hashed ? core.sha256(out, input, n) : '';
    if (raw) {
      core.check('bds_input', session, 0, out);
      core.u8(this.#inputs[0][0], n).set(bytes);
    } else {
      core.check('bds_prepare', session, 0, input, width, height, channels, stride);
    }
    return sha256;
  }

  /**
   * Decodes a JPEG or PNG in an instance of the decoder that goes when its pixels have been copied. apart: the bytes of that.
   * @param {Core} core for the words of its errors @param {Uint8Array} bytes @param {boolean} hashed
   */
  async #decode(core, bytes, hashed) {
    const n = bytes.length;
    const module = await this.#engine.decoder();
    const decoder = await Core.make(module, this.#maxBytes - core.bytes);
    this.#live();
    const [out, input] = [decoder.base, decoder.base + OUT_BYTES];
    decoder.ensure(input + n);
    decoder.u8(input, n).set(bytes);
    const sha256 = hashed ? decoder.sha256(out, input, n) : '';
    let status = decoder.call('bds_image_probe', input, n, out);
    const [width, height, , need] = decoder.u32(out, 4); // zeros, if it did not get that far
    if (status >= 0 && width * height > this.#maxPixels) status = E_IMAGE_SIZE;
    const work = align(input + n, 16);
    for (let size = Math.max(need, 65536); status >= 0; size *= 2) {
      decoder.ensure(work + size);
      status = decoder.call('bds_image_decode', input, n, this.#maxPixels, work, size, out);
      if (status >= 0) {
        const [at, w, h, channels, stride] = decoder.u32(out, 5);
        this.#peak = Math.max(this.#peak, core.bytes + decoder.bytes);
        return { bytes: decoder.u8(at, stride * (h - 1) + w * channels), raw: false, width: w, height: h, channels, stride, sha256, apart: decoder.bytes };
      }
      if (status === E_ARENA) status = 0;
    }
    throw core.error(status, width ? `Received: ${sniff(bytes)} of ${width} x ${height} pixels.` : `Received: ${sniff(bytes)}.`);
  }
}
