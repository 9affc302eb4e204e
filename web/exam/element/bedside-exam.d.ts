/**
 * `<bedside-exam>`: a person chooses a picture and sees what a model says of it, on this device. Importing this module defines the element.
 *
 * ```html
 * <script type="module" src="/web/exam/element/bedside-exam.js"></script>
 * <bedside-exam model="pneumonia" lang="es"></bedside-exam>
 * ```
 *
 * Attributes, parts, custom properties and the protocol for frames: docs/element.md. Bedside is not a medical device.
 */
import type { BedsideError, Pixels, Simd } from '../../bedside.js';
import type { Examiner, ExamineOptions, ExamRecord } from '../exam.js';
import type { Messages } from '../messages/messages.js';

export interface BedsideExamEventMap {
  /** The model can be used. */
  'bedside-ready': CustomEvent<{ model: string; card: ExamRecord['model']; engine: { simd: Simd; why: string } }>;
  'bedside-progress': CustomEvent<{ stage: 'read' | 'run' | 'explain'; step: number; steps: number }>;
  /** There is an answer: `detail.outcome` is `finding` or `unsure`. */
  'bedside-result': CustomEvent<ExamRecord>;
  /** The file was not examined; `detail.refusal` says why. */
  'bedside-refused': CustomEvent<ExamRecord>;
  /** Something other than the file is wrong. */
  'bedside-error': CustomEvent<{ code: string; message: string }>;
}

export interface ElementExamineOptions extends Pick<ExamineOptions, 'frame' | 'window' | 'stated'> {
  /** Scrolls the answer into view where it lies below the fold: what a person has asked for. Default false: a page that examines by itself moves nobody. */
  reveal?: boolean;
}

export class BedsideExam extends HTMLElement {
  /** Name of the model in the catalogue; reflects the attribute `model`. Default `pneumonia`. */
  model: string;
  /** Which heat map is made; reflects the attribute `explain`. Anything unknown is `auto`. */
  explain: NonNullable<ExamineOptions['explain']>;
  /**
   * What examines; null until it is there. One that is set is used in place of the model that the attributes name, and is not disposed
   * of here; null goes back to the attributes.
   */
  get examiner(): Examiner | null;
  set examiner(examiner: Examiner | null);
  /** The last record that is shown, refused ones included; null while there is none. */
  readonly record: ExamRecord | null;
  /** Texts of one's own, in the language that `lang` says; what is missing in them is said in English. null: those of Bedside. */
  messages: Messages | null;
  /**
   * Examines a file as if a person had chosen it, and shows the result. A later call cancels this one.
   * @throws {BedsideError} as Examiner.examine does; BDS_E_ABORTED when another picture was chosen, a person has
   *   cancelled, or the element was taken out of the page; BDS_E_STATE while it is in no page
   */
  examine(input: Blob | Uint8Array | ArrayBuffer | Pixels, options?: ElementExamineOptions): Promise<ExamRecord>;
  /** Forgets the picture and its result. */
  reset(): void;
  addEventListener<K extends keyof HTMLElementEventMap>(type: K, listener: (this: BedsideExam, event: HTMLElementEventMap[K]) => void, options?: boolean | AddEventListenerOptions): void;
  addEventListener(type: string, listener: EventListenerOrEventListenerObject, options?: boolean | AddEventListenerOptions): void;
  removeEventListener<K extends keyof HTMLElementEventMap>(type: K, listener: (this: BedsideExam, event: HTMLElementEventMap[K]) => void, options?: boolean | EventListenerOptions): void;
  removeEventListener(type: string, listener: EventListenerOrEventListenerObject, options?: boolean | EventListenerOptions): void;
}

declare global {
  interface HTMLElementTagNameMap {
    'bedside-exam': BedsideExam;
  }
  // The events bubble and cross shadow roots: whatever is around the element hears them, too.
  interface HTMLElementEventMap extends BedsideExamEventMap {}
  interface DocumentEventMap extends BedsideExamEventMap {}
  interface ShadowRootEventMap extends BedsideExamEventMap {}
  interface WindowEventMap extends BedsideExamEventMap {}
}

export type { BedsideError };
