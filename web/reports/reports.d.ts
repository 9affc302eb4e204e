/**
 * Reports: the record of an examination goes out as FHIR, DICOM, a table or paper. Everything is made of the record alone, and of nothing
 * else: no clock, no chance, no network. The same record gives the same bytes on every machine.
 *
 * Bedside is not a medical device, and every report says so.
 *
 * Each function comes from a module of its own, so that a page loads what it uses: `import { toFhir } from 'bedside/reports/fhir'`.
 */
import type { ExamRecord } from '../exam/exam.js';
import type { Pixels } from '../bedside.js';

/** Texts that stand in for the English ones of messages.js, by key (`report.title`); `label.MODEL.LABEL` names a label, `error.CODE` says why a file was refused. */
export type Messages = Record<string, string>;

// ---- Sentences: sentences.js -------------------------------------------------------------------------------------------------

export interface Wording {
  messages?: Messages;
  /** BCP 47, for figures; default `en`. */
  language?: string;
}

/** The record in sentences, in the order in which they must be read: of an unsure record the doubts first, the notice last. Of any record. */
export function conclusion(record: ExamRecord, wording?: Wording): string[];

// ---- FHIR: fhir.js ---------------------------------------------------------------------------------------------------------

export interface FhirOptions {
  /** `collection` (default) to keep or to show, `transaction` to be posted to a server, which finds by its identifiers what it has already; docs/reports.md says what it cannot find. */
  type?: 'collection' | 'transaction';
  /** Who the patient is on that server. Without it the bundle carries a Patient of what the DICOM object says, or none. */
  subject?: { reference?: string; identifier?: { system?: string; value: string }; display?: string };
  /**
   * URI of the numbering that the DICOM object's Patient ID belongs to. A server then finds the patient that it has under that number;
   * without it the number is never matched, because another hospital may have given it to somebody else: each transaction makes a Patient, and names the
   * study by its UID only.
   */
  patientSystem?: string;
}

export interface FhirBundle {
  resourceType: 'Bundle';
  meta: { security: object[] };
  type: 'collection' | 'transaction';
  timestamp: string;
  entry: { fullUrl: string; resource: { resourceType: string } & Record<string, any>; request?: { method: string; url: string; ifNoneExist?: string } }[];
}

/**
 * FHIR R4: DiagnosticReport (preliminary), Observations, Device, Provenance, and Patient and ImagingStudy where the DICOM object names them.
 * docs/reports.md says what is in each.
 * @throws {BedsideError} BDS_E_STATE: the record was refused, there is nothing to report; BDS_E_ARGUMENT: no record, or wrong options;
 * BDS_E_FORMAT: a record that contradicts itself (doubts in a `finding`, or an unknown outcome)
 */
export function toFhir(record: ExamRecord, options?: FhirOptions): FhirBundle;

// ---- DICOM: dicom-sr.js, secondary-capture.js ---------------------------------------------------------------------------------

/**
 * A Comprehensive SR with TID 1500 (Measurement Report), in the examined object's study and in a series of its own: unverified, preliminary.
 * @throws {BedsideError} BDS_E_STATE: refused, or the examined file was no DICOM object, or one that does not say what it is (its UIDs);
 * BDS_E_ARGUMENT: no record; BDS_E_FORMAT as toFhir; BDS_E_FETCH: dcmjs could not be loaded
 */
export function toDicomSr(record: ExamRecord): Promise<Uint8Array>;

/**
 * A Secondary Capture: the examined picture in colour with the heat map or the mask burnt in, and with what it is written over it.
 * @param picture as {@link ExamineOptions.keepPicture} gives it; as large as the record says
 * @throws {BedsideError} as toDicomSr; BDS_E_STATE also: the record has neither heat map nor mask; BDS_E_ARGUMENT: another picture
 */
export function toSecondaryCapture(record: ExamRecord, picture: Pixels): Promise<Uint8Array>;

// ---- Pictures: overlay.js, png.js --------------------------------------------------------------------------------------------

/** RGB, three bytes per pixel, rows from the top. */
export interface Rgb {
  pixels: Uint8Array;
  width: number;
  height: number;
}

/** The picture in colour with the heat map or the mask over it; integers only. The picture alone if the record has neither. */
export function overlay(record: ExamRecord, picture: Pixels): Rgb;

/** A PNG file without compression; the same bytes everywhere. */
export function toPng(picture: Rgb): Uint8Array;

// ---- Tables: table.js --------------------------------------------------------------------------------------------------------

export interface CsvOptions {
  /** Begin with a byte order mark, which Excel wants of UTF-8. Default true. */
  bom?: boolean;
  /** With the line of headings. Default true. */
  header?: boolean;
  /** Where each record's file lies, in the order of the records: the column `path` after `file`. It may name a patient. Default: no such column. */
  paths?: readonly string[];
}

/** The columns of the table, in order. docs/reports.md says what is in each. */
export const COLUMNS: readonly string[];

/**
 * One line per record, as RFC 4180 has it: commas, quotes doubled, CR LF. Text that a spreadsheet would take for a formula is led by an
 * apostrophe. `outcome` comes first, and a refused or unsure record has no `answer`.
 * @throws {BedsideError} BDS_E_ARGUMENT: not records; BDS_E_FORMAT as toFhir
 */
export function toCsv(records: Iterable<ExamRecord>, options?: CsvOptions): string;

// ---- Paper: paper.js ---------------------------------------------------------------------------------------------------------

export interface PaperOptions {
  /** The examined picture ({@link ExamineOptions.keepPicture}); without it the page has no picture. */
  picture?: Pixels;
  /** BCP 47; default `en`. Decides the direction of writing and how figures look. */
  language?: string;
  messages?: Messages;
}

/**
 * A page to print (A4 or Letter): one HTML document that needs nothing else and runs nothing. Refused records make a page, too, and it says so.
 * @throws {BedsideError} BDS_E_ARGUMENT: no record, or another picture than the examined one; BDS_E_FORMAT as toFhir
 */
export function toPaper(record: ExamRecord, options?: PaperOptions): string;
