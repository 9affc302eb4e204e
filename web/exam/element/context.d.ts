/** What the parts of the element know and may do. Internal. */
import type { Examined, ExamineOptions, Examiner, Layer } from '../exam.js';
import type { Words } from '../messages/messages.js';

export interface Progress {
  stage: 'read' | 'run' | 'explain';
  step: number;
  steps: number;
}

export interface Trouble {
  code: string;
  message: string;
}

/** Requests to the page's own address and to others: all are counted, the first of each kind are listed. */
export interface Requests {
  own: number;
  foreign: number;
  listed: { own: string[]; foreign: string[] };
}

export interface State {
  /** failed: there is no examiner, or it threw. */
  phase: 'loading' | 'idle' | 'busy' | 'done' | 'failed';
  /** Nothing has come for long. */
  slow: boolean;
  /** Key of a sentence to say while idle. */
  note: string | null;
  progress: Progress | null;
  examined: Examined | null;
  trouble: Trouble | null;
  /** Of the overlay, 0 to 1. */
  opacity: number;
  /** How many files were given at once, of which the first is examined. */
  given: number;
  /** Requests since the examiner was ready; null before. */
  requests: Requests | null;
}

export interface Context {
  words: Words;
  state: State;
  /** null until it is there. */
  examiner: Examiner | null;
  acceptDicom: boolean;
  act: {
    /** given: how many there were, of which this is the first. */
    examine(file: Blob, given?: number): void;
    /** The same file again, with other options. */
    again(options: Pick<ExamineOptions, 'frame' | 'window' | 'stated'>): void;
    cancel(): void;
    reset(): void;
    retry(): void;
    layers(): Promise<Layer[]>;
    reload(): void;
    /** Tells a screen reader. */
    say(text: string): void;
    showCard(): void;
    photograph(): void;
    /** null: the examined file was no picture. */
    save(kind: SaveKind): Promise<void>;
  };
}

export type SaveKind = 'print' | 'paper' | 'json' | 'csv' | 'fhir' | 'sr' | 'sc';
