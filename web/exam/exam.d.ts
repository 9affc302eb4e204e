/**
 * An examination: a file goes in, a record comes out. The same in a page, in a worker and in Node; `<bedside-exam>`, the batch page and
 * `npx bedside diagnose` are made of it, and every report (FHIR, DICOM SR, CSV, paper) is made of the record alone.
 *
 * Bedside is not a medical device.
 *
 * ```js
 * import { createExaminer } from 'bedside/exam';
 * const examiner = await createExaminer({ model: 'pneumonia' });
 * const record = await examiner.examine(file);
 * if (record.outcome === 'refused') say(record.refusal.message);
 * ```
 */
import type { Doubt, EngineOptions, Finding, Pixels, Simd, Tensor } from '../bedside.js';

// ---- The catalogue ---------------------------------------------------------------------------------------------------------

/** A code of a terminology, as FHIR and DICOM SR write it. */
export interface Code {
  /** FHIR's system URI: `http://snomed.info/sct`, `http://loinc.org`, `http://dicom.nema.org/resources/ontology/DCM`. */
  system: string;
  code: string;
  display: string;
}

/** What is known of a model besides its file: where that lies, which exams it is for, how its answers are coded. */
export interface ModelEntry {
  /** Its name in the catalogue: `pneumonia`. */
  id: string;
  /** The file, relative to the catalogue. */
  url: string;
  /** SHA-256 of the file, 64 hex digits. */
  sha256: string;
  /** Findings for the whole picture, or a mask. */
  answer: 'findings' | 'mask';
  /** The label for which the heat map is drawn when the answer is another: that which is looked for. Absent: the leading label. */
  positive?: string;
  /** What a DICOM object must be: one of these values of Modality and of the body part, in any case. Empty: anything. */
  exam: {
    modality: string[];
    bodyPart: string[];
    /** View Positions; one that the object states must be among them, and an object may state none. Absent: any. */
    view?: string[];
    /** Completed years of the patients that the model has learned from. */
    age?: { from: number; to: number };
    colour: 'grey' | 'colour';
    /** Whether the model is for pictures that a computer has drawn. Absent: it is not, and they are refused. */
    drawn?: boolean;
    /**
     * Whether somebody must say what a picture shows that says nothing itself (PNG, JPEG, pixels): the model's own gate lets much of what it is not for pass.
     * Until then the record has the doubt `unstated`. Absent: nobody is asked.
     */
    asked?: boolean;
  };
  codes: {
    /** LOINC code of the report. */
    report: Code | null;
    /** SNOMED CT. */
    bodySite: Code | null;
    /** Code of each label, by label. */
    labels: Record<string, Code>;
  };
}

/** models/catalogue.json. */
export interface Catalogue {
  format: 'bedside-catalogue/1';
  models: Record<string, Omit<ModelEntry, 'id'>>;
}

// ---- The record ------------------------------------------------------------------------------------------------------------

/**
 * - `finding`: the model answers and nothing speaks against it;
 * - `unsure`: it answers, but something speaks against it: say "not sure, show it to a clinician" first, and the reasons;
 * - `refused`: the file was not examined, is of another exam, or is unlike everything the model was trained on (doubt `unknown`, `colourless` or
 *   `drawn`): there are no findings. Never to be shown as anything else.
 */
export type Outcome = 'finding' | 'unsure' | 'refused';

/**
 * Why an answer is not to be trusted: those of the core, and
 * - `frames`: the object has several frames, and none was chosen: only the first was examined;
 * - `age`: by birth date and study date the patient is younger or older than those that the model has learned from;
 * - `unstated`: the DICOM object does not say which body part or modality it is; or the picture says nothing and the model's gate knows too little
 *   (`exam.asked`);
 * - `window`: the window was chosen by hand and is none of the file's: through another one the model may answer otherwise;
 * - `colourless`: a grey picture where the model expects a coloured one; it is refused.
 * - `drawn`: a picture that a computer has drawn: a screenshot, a slide, a chart, a page of text; it is refused. docs/drawn-pictures.md says how that is seen.
 */
export type ExamDoubt = Doubt | 'frames' | 'age' | 'unstated' | 'window' | 'colourless' | 'drawn';

/** Whether the file is of the right exam. */
export interface ExamCheck {
  what: 'modality' | 'bodyPart' | 'view';
  /** What the model is for. */
  expected: string[];
  /** What the file says; null: nothing. Of a body part and a region that are not both the model's: `CHEST (anatomic region: Hand)`. */
  found: string | null;
  /** Whether the person who examines has stated it ({@link ExamineOptions.stated}) because the file does not say. */
  stated: boolean;
  ok: boolean;
}

/** What a DICOM object says of itself, for reports. Absent attributes are null. */
export interface DicomIdentity {
  patientName: string | null;
  patientId: string | null;
  issuerOfPatientId: string | null;
  patientBirthDate: string | null;
  patientSex: string | null;
  studyInstanceUid: string | null;
  studyDate: string | null;
  studyTime: string | null;
  /** Timezone Offset From UTC, of all dates and times of the object: `+0100`. */
  timezoneOffset: string | null;
  studyId: string | null;
  studyDescription: string | null;
  accessionNumber: string | null;
  referringPhysicianName: string | null;
  seriesInstanceUid: string | null;
  seriesNumber: string | null;
  seriesDescription: string | null;
  sopInstanceUid: string | null;
  sopClassUid: string | null;
  instanceNumber: string | null;
  transferSyntaxUid: string;
  modality: string | null;
  /** Body Part Examined; where the object has none, the meaning of its anatomic region. */
  bodyPart: string | null;
  /** The first item of the Anatomic Region Sequence: Code Value, Coding Scheme Designator (`SCT`; `SRT` in older objects), Code Meaning. */
  region: { code: string | null; scheme: string | null; meaning: string | null } | null;
  /** View Position; where it is empty, the meaning of the view's code if that is lateral or oblique. */
  viewPosition: string | null;
  laterality: string | null;
  manufacturer: string | null;
}

export interface ExamInput {
  /** The file's name, if it has one. */
  name: string | null;
  kind: 'jpeg' | 'png' | 'dicom' | 'pixels';
  /**
   * SHA-256 of the file's bytes, as they were handed over. Of pixels: of the same picture as a PAM file (Netpbm), `P7`, `WIDTH`, `HEIGHT`, `DEPTH`, `MAXVAL 255`,
   * `TUPLTYPE` and `ENDHDR` each on a line, then the rows without padding: other sizes or channels of the same bytes have another hash.
   */
  sha256: string;
  /** Length of what was hashed. */
  bytes: number;
  /** Of the picture that was examined, after an Exif rotation, in pixels; where only a part of the frame was, of that part. */
  width: number;
  height: number;
  /** Of a multi-frame object: which one was examined (0 is the first), of how many. */
  frame: number;
  frames: number;
  /**
   * Of an ultrasound screen: the part of the frame that was examined, in pixels of the DICOM object's frame. Everything else (`width`, `height`, `region`, the picture
   * that is kept) is of this part by itself. Absent or null: the whole frame was examined.
   */
  part?: { x: number; y: number; width: number; height: number } | null;
  /** The part of the picture that the model looked at, in its pixels. */
  region: { x: number; y: number; width: number; height: number };
  dicom: DicomIdentity | null;
  /** The window that made 8-bit grey of a DICOM object's values, and where it comes from. */
  window: ExamWindow | null;
}

/** A window of the DICOM object's: `file` states it, `function` is that of a VOI LUT, `range` stands for none: all values of the frame are shown. */
export interface OwnWindow {
  /** In the values that the object's modality LUT gives. */
  centre: number;
  width: number;
  from: 'file' | 'function' | 'range';
}

export interface ExamWindow {
  centre: number;
  width: number;
  from: OwnWindow['from'] | 'given';
  /** Only of a given one: the file's own, first the one that is taken if none is given; empty if that one cannot be read. */
  own?: OwnWindow[];
}

/** Where in the picture the evidence is. */
export interface ExamExplanation {
  /** `cam`: class-activation map; `occlusion`: what happens to the answer when a place is covered; `mask`: the probability of each pixel. */
  method: 'cam' | 'occlusion' | 'mask';
  /** The label that it speaks for. */
  label: string;
  /** rows from the top over {@link ExamInput.region}: 0 none or against, 255 the most in this picture. */
  map: Uint8Array;
  width: number;
  height: number;
  /** The strongest evidence, in units of the logits (of a mask: its highest probability): tells a clear spot from a flat map. */
  peak: number;
  /** Where most of it is, in ninths of the region, the strongest first; empty: nowhere in particular. */
  places: Place[];
  /** SHA-256 of the map's bytes: equal on every machine. */
  sha256: string;
}
/** Of the picture as it is shown, not of the patient: left is the picture's left. */
export type Place =
  | 'upper-left' | 'upper' | 'upper-right'
  | 'left' | 'centre' | 'right'
  | 'lower-left' | 'lower' | 'lower-right';

/** What one examination brought. Plain data: it can be cloned, stored as JSON ({@link recordToJson}) and compared. */
export interface ExamRecord {
  format: 'bedside-exam/1';
  /** A random UUID. */
  id: string;
  /** When, as ISO 8601 in UTC. */
  time: string;
  /** Of the machine's clock then: minutes east of UTC, absent: 0. DICOM objects, whose other times are local, are dated with it. */
  utcOffset?: number;
  software: { name: 'bedside'; version: string; simd: Simd };
  model: {
    id: string;
    title: string;
    version: string;
    sha256: string;
    contentSha256: string;
    fileBytes: number;
    answer: 'findings' | 'mask';
    labels: string[];
    positive: string | null;
    setCoverage: number;
    intendedUse: string;
    limits: string[];
    data: string;
    licence: string;
    citation: string[];
    codes: ModelEntry['codes'];
    /** SHA-256 of the catalogue's entry as canonical JSON (RFC 8785), without `url`: exams, positive label, codes. */
    entrySha256: string;
  };
  /** null if not even the bytes could be read. width is 0 where the picture could not be. */
  input: ExamInput | null;
  checks: ExamCheck[];
  outcome: Outcome;
  /** Only of `refused`: why, a stable code and a plain English sentence. */
  refusal: { code: string; message: string } | null;
  /** In the order of the labels; empty if refused, or if the model marks pixels. */
  findings: Finding[];
  /** Index into findings of the most probable label; null without findings. */
  top: number | null;
  /** Of a model that marks pixels; null otherwise. */
  marking: { label: string; marked: number; area: number; certainty: number; width: number; height: number; mask: Uint8Array } | null;
  doubts: ExamDoubt[];
  distance: number;
  distanceLimit: number;
  explanation: ExamExplanation | null;
  times: { readMs: number; prepareMs: number; runMs: number; explainMs: number; totalMs: number };
}

/** The record alone, without picture, layers and what went into the network: what is stored, sent or made a report of. A copy of the outermost object. */
export function recordOf(examined: Examined): ExamRecord;
/** JSON text of a record, and of the record alone ({@link recordOf}): no picture is ever in it. Bytes become base64. */
export function recordToJson(record: Examined, space?: number): string;
/** @throws {BedsideError} BDS_E_FORMAT when it is no such text. */
export function recordFromJson(text: string): ExamRecord;
/**
 * The options of the examination that a record is of: the same file, examined with them by the same model and version, gives the same record but for `id`, `time`,
 * `times` and the file's name. docs/reports.md, Audit.
 */
export function recordOptions(record: ExamRecord): ExamineOptions;

// ---- Examining -------------------------------------------------------------------------------------------------------------

export interface ExaminerOptions {
  /** A name in the catalogue, or an entry of one's own; its url is relative to {@link ExaminerOptions.base}. Default: `pneumonia`. */
  model?: string | (ModelEntry & { bytes?: Uint8Array });
  /** The catalogue; default: `models/catalogue.json` beside `web/`. */
  catalogue?: Catalogue | URL | string;
  /** Folder that model addresses are relative to. Default: the catalogue's. */
  base?: URL | string;
  engine?: EngineOptions;
  /**
   * Where it computes: `auto` (default) in a worker where there is one (a page), else here; `here` always here; or the address of
   * `exam.worker.js`.
   */
  worker?: 'auto' | 'here' | URL | string;
}

export interface ExamineOptions {
  /** Of a multi-frame object; default 0, with the doubt `frames` if there are more. Anything else than a frame of the file is BDS_E_ARGUMENT. */
  frame?: number;
  /**
   * Instead of a DICOM object's own window: in the values that its modality LUT gives; width above 0. One that is none of the file's is the doubt `window`. Other
   * pictures have none: BDS_E_ARGUMENT.
   */
  window?: { centre: number; width: number };
  /** What the person who examines says of a file that does not say it itself. */
  stated?: { modality?: string; bodyPart?: string };
  /** Default `auto`: cam where the model allows, else occlusion. `none`: no heat map. */
  explain?: 'auto' | 'cam' | 'occlusion' | 'none';
  /** The label to explain; default: the positive one of the catalogue, else the leading one. */
  label?: string;
  /** Also give back the picture that was examined, for showing it. */
  keepPicture?: boolean;
  /** Also give back what each operator made of it. */
  keepLayers?: boolean;
  signal?: AbortSignal;
  onProgress?: (progress: { stage: 'read' | 'run' | 'explain'; step: number; steps: number }) => void;
}

/** A layer's result, for the curious: values are stored integers, real value = scale * (data[i] - zeroPoint). */
export interface Layer extends Tensor {
  /** The operator's name: `conv`. */
  name: string;
}

export interface Examined extends ExamRecord {
  /** With keepPicture, unless it could not be read. */
  picture?: Pixels;
  /** With keepPicture: what went into the network. */
  seen?: Tensor;
  /** With keepLayers. */
  layers?: Layer[];
}

export interface Examiner {
  readonly entry: ModelEntry;
  /** Texts of the model's card. */
  readonly card: ExamRecord['model'];
  readonly engine: { simd: Simd; why: string };
  /**
   * Examines a file: a File or Blob, its bytes, or pixels. Whatever is wrong with the file is in the record (`refused`); calls wait for
   * each other. @throws {BedsideError} BDS_E_ABORTED (the signal), BDS_E_DISPOSED, BDS_E_ARGUMENT (wrong options), BDS_E_FETCH (a part of Bedside
   * is missing on its server), BDS_E_MEMORY
   */
  examine(input: Blob | Uint8Array | ArrayBuffer | Pixels, options?: ExamineOptions): Promise<Examined>;
  /** Everything that the worker has asked for: its address, and when, in milliseconds since 1970. Empty without a worker. */
  requests(): Promise<{ url: string; time: number }[]>;
  dispose(): void;
}

/** @throws {BedsideError} as loadEngine and openModel do; BDS_E_ARGUMENT: the catalogue has no such model. */
export function createExaminer(options?: ExaminerOptions): Promise<Examiner>;
