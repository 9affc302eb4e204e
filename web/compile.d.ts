/**
 * The model compiler for JavaScript: an ONNX or TensorFlow Lite network in, a Bedside model (`.bds`) out. The bytes are those that
 * `bedside compile` writes for the same file and options. Nothing leaves the device. Bedside is not a medical device.
 *
 * ```js
 * const compiler = await loadCompiler();
 * const { bytes } = compiler.compile({ network, name: 'net.onnx', onProgress: ({ stage, done, total }) => show(stage, done / total) });
 * ```
 *
 * compile() takes seconds on larger networks: a page calls it in `compile.worker.js`.
 */
export interface CompilerOptions {
  /** Folder of `bedside-compiler-simd.wasm` and `bedside-compiler-scalar.wasm`. Default: `dist/` beside compile.js. */
  base?: URL | string;
  /** The module itself, its bytes or its address, instead. */
  wasm?: import('./bedside.js').BytesSource | import('./bedside.js').WasmModule;
}

/** @throws {BedsideError} BDS_E_FETCH, BDS_E_WASM_FORMAT, BDS_E_ABI, BDS_E_UNSUPPORTED */
export function loadCompiler(options?: CompilerOptions): Promise<Compiler>;

export interface CompileOptions {
  /** The bytes of an `.onnx` or `.tflite` file. */
  network: Uint8Array | ArrayBuffer;
  /** The file's name, which the model will bear. */
  name: string;
  /**
   * Calibration: what the network will see in use, already normalised; each sample holds the elements of all inputs one after the
   * other, in the file's own order. Without samples ranges come from noise, which is good for timing and not for answers, unless
   * the network is quantised already and brings its own scales.
   */
  samples?: Float32Array[];
  /** `adaptive` (default) makes the smallest file, `static` decodes faster, `raw` is used in place. */
  coder?: 'adaptive' | 'static' | 'raw';
  /** What weights may be. Default `int8`. */
  weights?: 'int8' | '7-bit' | '4-bit' | '3-bit' | 'ternary' | 'power-of-two';
  /** The share of each layer's weights that become 0, the smallest first: at least 0, under 1. */
  sparsity?: number;
  /** Equalise the ranges of neighbouring layers first. */
  equalise?: boolean;
  /** Round each weight up or down by what the layer's result needs; slower. */
  adaptiveRounding?: boolean;
  /** Called now and then; done <= total. Return false to stop: BDC_E_CANCELLED. */
  onProgress?: (progress: { stage: string; done: number; total: number }) => unknown;
}

export interface Port {
  name: string;
  channels: number;
  height: number;
  width: number;
}

export interface CompiledLayer {
  /** The tensor that it makes, as the file names it. */
  name: string;
  kind: string;
  /** Height, width, channels. */
  input: number[];
  output: number[];
  macs: number;
  weights: number;
  weightBytes: number;
}

export interface Compiled {
  /** The `.bds` file. */
  bytes: Uint8Array;
  inputs: Port[];
  outputs: Port[];
  layers: CompiledLayer[];
  /** Multiply-accumulates of one inference. */
  macs: number;
  weights: number;
  weightBytes: number;
  activationBytes: number;
}

export interface Compiler {
  /**
   * Compiles one network. Each call has memory of its own, which goes when it returns.
   * @throws {BedsideError} BDC_E_FORMAT, BDC_E_INVALID, BDC_E_UNSUPPORTED (the message names the operator, attribute or type),
   * BDC_E_LIMIT, BDC_E_MEMORY, BDC_E_ARGUMENT, BDC_E_CANCELLED, BDS_E_TRAP
   */
  compile(options: CompileOptions): Compiled;
}
