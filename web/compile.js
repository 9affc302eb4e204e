// The model compiler for JavaScript: an ONNX or TensorFlow Lite network in, a Bedside model (.bds) out, the same bytes that the
// program `bedside compile` writes. For pages (best in compile.worker.js: it takes seconds), workers and Node 20+.
// Types and documentation: compile.d.ts. Not a medical device.
// SPDX-License-Identifier: MIT
import { BedsideError, compileEngine } from './bedside.js';

/** @typedef {import('./compile.js').CompilerOptions} CompilerOptions */
/** @typedef {import('./compile.js').CompileOptions} CompileOptions */
/** @typedef {import('./compile.js').Compiled} Compiled */
/** @typedef {import('./compile.js').Port} Port */

const ABI = 1;
const OUT_BYTES = 64; // room for the longest result array
const MAX_SOURCE = 2 ** 29;
/** Where the modules are if nobody says otherwise: written out, so that bundlers see them and take them along. */
const MODULES = {
  simd: () => new URL('./dist/bedside-compiler-simd.wasm', import.meta.url),
  scalar: () => new URL('./dist/bedside-compiler-scalar.wasm', import.meta.url),
};

/** By bdc_coder, bdc_weights and bit of the flags. */
const CODERS = ['adaptive', 'static', 'raw'];
const WEIGHTS = ['int8', '7-bit', '4-bit', '3-bit', 'ternary', 'power-of-two'];

/** @param {string} name @param {string | undefined} value @param {string[]} known */
function choice(name, value, known) {
  const index = known.indexOf(value ?? known[0]);
  if (index < 0) throw new BedsideError('BDC_E_ARGUMENT', `The option ${name} is one of ${known.join(', ')}, not "${value}".`);
  return index;
}

/** @param {unknown} value @returns {Uint8Array} */
function bytesOf(value) {
  if (value instanceof Uint8Array) return value;
  if (value instanceof ArrayBuffer) return new Uint8Array(value);
  throw new BedsideError('BDC_E_ARGUMENT', 'The network comes as a Uint8Array or an ArrayBuffer.');
}

/** Samples of calibration as one array, each of `elements` numbers. @param {Float32Array[] | undefined} samples @param {number} elements */
function together(samples, elements) {
  if (!samples || samples.length === 0) return null;
  const all = new Float32Array(samples.length * elements);
  samples.forEach((sample, i) => {
    if (!(sample instanceof Float32Array) || sample.length !== elements) {
      throw new BedsideError('BDC_E_ARGUMENT', `Calibration sample ${i} must be a Float32Array of ${elements} numbers, as many as the inputs have together.`);
    }
    all.set(sample, i * elements);
  });
  return all;
}

/** One instance, for one network: its memory goes with it. */
class Job {
  /** @type {Record<string, (...n: number[]) => number>} */
  #exports;
  #memory;
  #job;
  #out;

  /** @param {WebAssembly.Module} module @param {(stage: string, done: number, total: number) => boolean} progress true: stop */
  constructor(module, progress) {
    const host = { progress: (/** @type {number} */ stage, /** @type {number} */ done, /** @type {number} */ total) => (progress(this.string(stage), done, total) ? 1 : 0) };
    let instance;
    try {
      instance = new WebAssembly.Instance(module, { host });
    } catch (cause) {
      throw new BedsideError('BDS_E_ABI', `This WebAssembly module is not Bedside's compiler: ${String(cause)}.`, { cause });
    }
    this.#exports = /** @type {any} */ (instance.exports);
    this.#memory = /** @type {WebAssembly.Memory} */ (instance.exports.memory);
    if (this.#exports._initialize) this.call('_initialize');
    const abi = this.#exports.bdc_abi?.();
    if (abi !== ABI) throw new BedsideError('BDS_E_ABI', `This compile.js speaks interface ${ABI}, the WebAssembly module ${abi}: use files of one release.`);
    this.#out = this.room(OUT_BYTES);
    this.#job = this.call('bdc_job_begin') >>> 0;
    if (!this.#job) throw new BedsideError('BDC_E_MEMORY', 'This device refused memory for the compiler.');
  }

  /** @param {string} name @param {number[]} args */
  call(name, ...args) {
    try {
      return this.#exports[name](...args);
    } catch (cause) {
      throw new BedsideError('BDS_E_TRAP', `The compiler stopped inside ${name} (${String(cause)}).`, { cause });
    }
  }

  /** Calls an export of the job that returns a status. @param {string} name @param {number[]} args */
  check(name, ...args) {
    const status = this.call(name, this.#job, ...args);
    if (status < 0) {
      throw new BedsideError(this.string(this.call('bdc_status_name', status)), this.string(this.call('bdc_job_error', this.#job)));
    }
  }

  /** n bytes of memory. @param {number} n */
  room(n) {
    const at = this.call('bdc_allocate', n) >>> 0;
    if (!at) throw new BedsideError('BDC_E_MEMORY', `This device refused ${Math.ceil(n / 2 ** 20)} MiB of memory for the compiler.`);
    return at;
  }

  /** A copy of bytes in the instance's memory. @param {Uint8Array} bytes */
  place(bytes) {
    const at = this.room(bytes.length + 1);
    const target = new Uint8Array(this.#memory.buffer, at, bytes.length + 1);
    target.set(bytes);
    target[bytes.length] = 0; // so that texts end
    return at;
  }

  /** @param {number} at @param {number} n */
  bytes(at, n) {
    return new Uint8Array(this.#memory.buffer, at, n).slice();
  }

  /** @param {number} at zero-terminated UTF-8 */
  string(at) {
    const rest = new Uint8Array(this.#memory.buffer, at >>> 0);
    return new TextDecoder().decode(rest.subarray(0, rest.indexOf(0)));
  }

  /** What an export of the job writes into its result array. @param {string} name @param {number} count @param {number[]} args */
  numbers(name, count, ...args) {
    this.call(name, this.#job, ...args, this.#out);
    return [...new Uint32Array(this.#memory.buffer, this.#out, count)];
  }

  /** @param {0 | 1} which inputs or outputs @param {number} count @returns {Port[]} */
  ports(which, count) {
    return Array.from({ length: count }, (_, i) => {
      const [name, channels, height, width] = this.numbers('bdc_job_shape', 4, which, i);
      return { name: this.string(name), channels, height, width };
    });
  }
}

/** @param {Job} job @returns {Compiled} */
function resultOf(job, /** @type {Port[]} */ inputs, /** @type {Port[]} */ outputs) {
  const [at, n, layers, low, high, weights, weightBytes, activationBytes] = job.numbers('bdc_job_result', 8);
  return {
    bytes: job.bytes(at, n),
    inputs,
    outputs,
    macs: low + high * 2 ** 32,
    weights,
    weightBytes,
    activationBytes,
    layers: Array.from({ length: layers }, (_, i) => {
      const [name, kind, ih, iw, ic, oh, ow, oc, macsLow, macsHigh, count, bytes] = job.numbers('bdc_job_layer', 12, i);
      return {
        name: job.string(name), kind: job.string(kind), input: [ih, iw, ic], output: [oh, ow, oc],
        macs: macsLow + macsHigh * 2 ** 32, weights: count, weightBytes: bytes,
      };
    }),
  };
}

/** @param {CompilerOptions} [options] @returns {Promise<import('./compile.js').Compiler>} */
export async function loadCompiler({ base, wasm } = {}) {
  const address = (/** @type {keyof typeof MODULES} */ kind) => (base === undefined ? MODULES[kind]() : `${String(base).replace(/\/?$/, '/')}bedside-compiler-${kind}.wasm`);
  /** @type {WebAssembly.Module} */
  let module;
  try {
    module = await compileEngine({ wasm: wasm ?? address('simd') });
  } catch (error) {
    if (wasm || !(error instanceof BedsideError) || error.code !== 'BDS_E_WASM_FORMAT') throw error;
    module = await compileEngine({ wasm: address('scalar') }); // no SIMD here
  }
  return {
    /** @param {CompileOptions} options */
    compile({ network, name, samples, coder, weights, sparsity = 0, equalise = false, adaptiveRounding = false, onProgress }) {
      const source = bytesOf(network);
      if (source.length === 0 || source.length > MAX_SOURCE) {
        throw new BedsideError('BDC_E_LIMIT', `A network has 1 byte to ${MAX_SOURCE / 2 ** 20} MiB; this one has ${source.length} bytes.`);
      }
      if (!(sparsity >= 0 && sparsity < 1)) throw new BedsideError('BDC_E_ARGUMENT', 'The option sparsity is at least 0 and under 1.');
      const [coding, klass] = [choice('coder', coder, CODERS), choice('weights', weights, WEIGHTS)];
      const job = new Job(module, (stage, done, total) => onProgress?.({ stage, done, total }) === false);
      job.check('bdc_job_import', job.place(new TextEncoder().encode(name)), job.place(source), source.length);
      const [inputCount, outputCount] = job.numbers('bdc_job_counts', 2);
      const [inputs, outputs] = [job.ports(0, inputCount), job.ports(1, outputCount)];
      const data = together(samples, inputs.reduce((sum, { channels, height, width }) => sum + channels * height * width, 0));
      const at = data ? job.place(new Uint8Array(data.buffer)) : 0;
      job.check('bdc_job_compile', at, samples?.length ?? 0, coding, klass, sparsity, (equalise ? 1 : 0) | (adaptiveRounding ? 2 : 0));
      return resultOf(job, inputs, outputs);
    },
  };
}
