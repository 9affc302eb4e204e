/**
 * SMART on FHIR: the app is started from a patient's record (EHR launch) or finds its own way there (standalone launch), reads the patient's pictures,
 * and writes its report when the user says so. The launch is fhirclient's; it keeps the access token in the window's sessionStorage, and nothing
 * else is kept anywhere. Errors are BedsideErrors with the codes of portal.d.ts. Bedside is not a medical device.
 */
import type Client from 'fhirclient/lib/Client.js';
import type { ExamRecord } from '../../web/exam/exam.js';
import type { Server } from '../portal/portal.js';

export interface SmartConfig {
  clientId: string;
  /** Where the record sends the user back to, as registered there. */
  redirectUri: string;
  /** Without `launch`, which is added as the launch needs it: `patient/Patient.r patient/DocumentReference.rs ...`. */
  scope: string;
  /** The records that this app works with; any other is refused before anything is sent. */
  issuers: { name: string; url: string }[];
  /** Which numbering of patients (`identifier.system`) an Issuer of Patient ID in a picture stands for: `{ "HOSPITAL": "urn:oid:1.2.3" }`. */
  numberings?: Record<string, string>;
}

export interface Session {
  client: Client;
  /** The record's FHIR address, without a slash at its end. */
  url: string;
  patientId: string;
  /** Scopes, as asked for and as granted. */
  asked: string[];
  granted: string[];
}

/** The entry of the configuration for a record. @throws BDS_E_DENIED: there is none */
export function issuer(config: SmartConfig, iss: string): { name: string; url: string };

/** Goes to the record's sign-in (with PKCE and a random state); the page is left. `launch`: what an EHR launch brings. */
export function begin(config: SmartConfig, from: { iss: string; launch?: string | null }): Promise<void>;

/**
 * Completes a launch after the way back, or takes it up again after a reload. null: nothing was begun in this window.
 * @throws BDS_E_DENIED: refused by the record or the user, or an answer whose state is not that of this window's launch
 */
export function complete(config: SmartConfig): Promise<Session | null>;

/** For `post` of portal.mjs. @throws BDS_E_DENIED: the token has expired */
export function serverOf(session: Session): Server;

export interface Patient {
  id: string;
  /** To be shown. */
  name: string;
  /** All that the record has, former ones as well; titles left out. */
  names: { family: string; given: string[] }[];
  /** YYYY, YYYY-MM or YYYY-MM-DD; '' if absent, as are the others. */
  birthDate: string;
  identifiers: { system: string; value: string; assigner: string }[];
}
export function patient(session: Session): Promise<Patient>;

export interface Picture {
  /** `DocumentReference/12`. */
  id: string;
  title: string;
  date: string;
  contentType: string;
  url: string | null;
  data: string | null;
}

/** What the record has, the newest first. `more`: of a thousand entries and more, or on pages that lie elsewhere, it has others, which are not in the list. */
export interface Listed<T> {
  list: T[];
  more: boolean;
}

/** JPEG, PNG and DICOM pictures in the patient's DocumentReferences and Media. Pages of a list are followed as long as they lie in the record. */
export function pictures(session: Session): Promise<Listed<Picture>>;
/** @throws BDS_E_DENIED: it lies outside the record, where the token must not go */
export function bytesOf(session: Session, picture: Picture): Promise<Uint8Array>;

/** The patient's ImagingStudies, to be pulled from the archive with `pull` of portal.mjs. */
export function studies(session: Session): Promise<Listed<{ id: string; title: string; date: string; studyInstanceUid: string | null }>>;

/** In addresses.mjs: the path of an address below the record's, or null: also where a step of it is one that a server could take for "..". */
export function inside(session: Pick<Session, 'url'>, url: string): string | null;
/** Whether scopes (SMART v1 or v2) allow an action. */
export function allows(granted: string[], type: string, action: 'read' | 'create'): boolean;
/** Types of the bundle's resources that the granted scopes do not allow to be written. */
export function missing(session: Pick<Session, 'granted'>, bundle: any): string[];

/** In belongs.mjs. */
export interface Belonging {
  /** Whom the picture names, in words; null: it names nobody. */
  picture: string | null;
  /** Whom the record is about, in words. */
  record: string;
  /** Why it is not certain that the two are one, in sentences; null: at least two of number, name and birth date agree and nothing speaks against it, or the picture names nobody. */
  doubt: string | null;
}

/**
 * Compares number, name and birth date where both sides have them. Names regardless of case, accents and order; a number only if its issuer and
 * the identifier's system or assigner do not contradict each other. With a doubt nothing may be written before a person has compared the two.
 * @throws BDS_E_DENIED: something contradicts
 */
export function belongs(record: ExamRecord, patient: Patient, numberings?: SmartConfig['numberings']): Belonging;
