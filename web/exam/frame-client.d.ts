/**
 * Speaks to Bedside in a frame of another origin (web/exam/frame.html). One small file that needs nothing else.
 *
 * ```js
 * import { embed } from 'bedside/frame-client';
 * const bedside = embed(document.querySelector('iframe'), { origin: 'https://bedside.example' });
 * bedside.addEventListener('result', ({ detail }) => keep(detail)); // what a person does in the frame
 * const record = await bedside.examine(file);                       // what the page does
 * ```
 *
 * Every message is `{bedside: 1, id, type, ...}`. Bedside is not a medical device.
 */
import type { ExamRecord, ExamineOptions } from './exam.js';

/** To the frame. `id` is anything but null; the answer carries it. */
export type Request = { bedside: 1; id: number | string } & (
  /** Answered by `ready` when the model is there. */
  | { type: 'hello' }
  /** Attributes of the element: model, lang, explain, scheme, compact, accept-dicom; null or false takes one away. Answered by `ready`. */
  | { type: 'configure'; attributes: Record<string, string | boolean | null> }
  /** Answered by any number of `progress`, then `result`, `refused` or `error`. */
  | { type: 'examine'; file: Blob | ArrayBuffer | Uint8Array; name?: string; frame?: number; window?: ExamineOptions['window']; stated?: ExamineOptions['stated'] }
  /** Forgets picture and result. Answered by `ready`. */
  | { type: 'reset' }
);

/** From the frame. `id` is null where a person has done something in the frame. */
export type Answer = { bedside: 1; id: number | string | null } & (
  | { type: 'ready'; model: string; card: ExamRecord['model']; engine: { simd: string; why: string } }
  | { type: 'progress'; progress: { stage: 'read' | 'run' | 'explain'; step: number; steps: number } }
  | { type: 'result' | 'refused'; record: ExamRecord }
  | { type: 'error'; error: { code: string; message: string } }
  /** How high the frame's content is, in CSS pixels; embed() heeds at most 20,000. */
  | { type: 'resize'; height: number }
);

export interface EmbedOptions {
  /** Origin of the frame's page, exactly: nothing is sent to or heard from another. */
  origin: string;
  /** How long to wait for the frame's first answer, in milliseconds; default 30,000. */
  timeout?: number;
  /** Make the frame as high as its content, up to 20,000 CSS pixels. Default false. */
  resize?: boolean;
}

export interface FrameExamineOptions extends Pick<ExamineOptions, 'frame' | 'window' | 'stated' | 'onProgress'> {
  /** Name of the file, where it is bytes. */
  name?: string;
  /** Hand the caller's buffer over instead of a copy; it is empty afterwards. */
  transfer?: boolean;
}

/** Events `ready`, `progress`, `result`, `refused`, `error`: what happens in the frame without this page having asked for it; `detail` is as in {@link Answer}. */
export interface Embedded extends EventTarget {
  /** The frame has answered and its model is there. Rejects with BDS_E_FETCH (no answer in time: a wrong address, or this origin is not on its list) or with what the model's loading threw. */
  readonly ready: Promise<Extract<Answer, { type: 'ready' }>>;
  /** A refused file is a record, too. @throws an Error named BedsideError with its `code`, as Examiner.examine does */
  examine(file: Blob | ArrayBuffer | Uint8Array, options?: FrameExamineOptions): Promise<ExamRecord>;
  configure(attributes: Record<string, string | boolean | null>): Promise<Extract<Answer, { type: 'ready' }>>;
  reset(): Promise<void>;
  /** Listens no longer; open calls reject with BDS_E_DISPOSED. The frame itself stays. */
  close(): void;
}

/** @throws an Error named BedsideError, BDS_E_ARGUMENT: no frame, or no origin */
export function embed(iframe: HTMLIFrameElement, options: EmbedOptions): Embedded;
