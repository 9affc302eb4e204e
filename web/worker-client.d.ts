import type { Diagnosis, DiagnoseOptions, EngineOptions, ModelInfo, ModelSource, PictureInput, Simd } from './bedside.js';

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
  dispose(): Promise<void>;
}

export interface RemoteEngine {
  /** What runs in the worker; rejects if it could not be loaded. Models may be opened before. */
  readonly engine: Promise<{ simd: Simd; why: string }>;
  /** Relative addresses are relative to the page. */
  openModel(source: RemoteSource): Promise<RemoteModel>;
  /** Every address that the worker has asked for so far. */
  requests(): Promise<string[]>;
  /** Ends the worker; open calls reject with BDS_E_DISPOSED. */
  close(): void;
}

/**
 * Speaks to a worker that runs bedside.worker.js and begins to load the engine there.
 *
 * ```js
 * const bedside = connect(new Worker(new URL('./bedside.worker.js', import.meta.url), { type: 'module' }));
 * ```
 */
export function connect(worker: Worker, options?: EngineOptions): RemoteEngine;
