/**
 * Bedside in a worker: the page's side of bedside.worker.js. Errors, results and options are those of bedside.js.
 *
 * Bedside is not a medical device.
 */
import type { Diagnosis, DiagnoseOptions, EngineOptions, ModelInfo, ModelSource, PictureInput, RawInput, Segmentation, Simd, Tensor, TensorForm } from './bedside.js';

/** A page's worker: `Worker` in a project that knows it (lib `DOM`). */
export type PageWorker = typeof globalThis extends { Worker: { prototype: infer W } } ? W : object;

export interface RemoteSource extends ModelSource {
  /** Keys of metadata texts to bring along. */
  texts?: string[];
}

export interface RemoteOptions extends DiagnoseOptions {
  /** Hand the caller's buffer over instead of a copy; it is empty afterwards. Files are never copied. */
  transfer?: boolean;
}

/** A model that lives in the worker. Errors are BedsideError, as in bedside.js. */
export interface RemoteModel {
  readonly info: ModelInfo;
  /** The texts asked for with openModel; null where the file has none. */
  readonly texts: Readonly<Record<string, string | null>>;
  diagnose(input: PictureInput, options?: RemoteOptions): Promise<Diagnosis>;
  /** For a model that marks pixels. */
  segment(input: PictureInput, options?: RemoteOptions): Promise<Segmentation>;
  /** Runs stored integers `times` times (default once): every output of the last run, and milliseconds of each, as Model.infer takes them. */
  run(input: RawInput, times?: number): Promise<{ outputs: Tensor[]; ms: number[] }>;
  /** Dimensions, scale and type of the first input. */
  inputForm(): Promise<TensorForm>;
  dispose(): Promise<void>;
}

export interface RemoteEngine {
  /** What runs in the worker; rejects if it could not be loaded. Models may be opened before. */
  readonly engine: Promise<{ simd: Simd; why: string }>;
  openModel(source: RemoteSource): Promise<RemoteModel>;
  /** Everything that the worker has asked for so far: its address, and when, in milliseconds since 1970. */
  requests(): Promise<{ url: string; time: number }[]>;
  /** Ends the worker; open calls reject with BDS_E_DISPOSED. */
  close(): void;
}

/**
 * Speaks to a worker that runs bedside.worker.js and begins to load the engine there. Modules and models are fetched by the page,
 * while the worker starts; the worker itself asks for nothing but its own script.
 *
 * ```js
 * const bedside = connect(new Worker(new URL('./bedside.worker.js', import.meta.url), { type: 'module' }));
 * ```
 */
export function connect(worker: PageWorker, options?: EngineOptions): RemoteEngine;
