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

export function patient(session: Session): Promise<{ id: string; name: string; birthDate: string; identifiers: string[] }>;

export interface Picture {
  /** `DocumentReference/12`. */
  id: string;
  title: string;
  date: string;
  contentType: string;
  url: string | null;
  data: string | null;
}

/** JPEG, PNG and DICOM pictures in the patient's DocumentReferences and Media. */
export function pictures(session: Session): Promise<Picture[]>;
/** @throws BDS_E_DENIED: it lies outside the record, where the token must not go */
export function bytesOf(session: Session, picture: Picture): Promise<Uint8Array>;

/** The patient's ImagingStudies, to be pulled from the archive with `pull` of portal.mjs. */
export function studies(session: Session): Promise<{ id: string; title: string; date: string; studyInstanceUid: string | null }[]>;

/** The path of an address below the record's, or null. */
export function inside(session: Pick<Session, 'url'>, url: string): string | null;
/** Whether scopes (SMART v1 or v2) allow an action. */
export function allows(granted: string[], type: string, action: 'read' | 'create'): boolean;
/** Types of the bundle's resources that the granted scopes do not allow to be written. */
export function missing(session: Pick<Session, 'granted'>, bundle: any): string[];
/** Whether the picture says that it is this patient's; false: it does not say whose. @throws BDS_E_DENIED: it is another's */
export function belongs(record: ExamRecord, patient: { identifiers: string[] }): boolean;
