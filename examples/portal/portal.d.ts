/**
 * A clinic's servers: studies come from a DICOMweb server (QIDO-RS, WADO-RS), reports go back to it (STOW-RS) and to a FHIR server.
 * The same module in a page and in Node. Nothing is sent but by `store` and `post`; they send once, to the one address that they name,
 * and never repeat a request or follow a redirect. Bedside is not a medical device.
 *
 * Errors are BedsideErrors; `code` is one of
 *
 * | code | means |
 * |---|---|
 * | `BDS_E_FETCH` | no answer, or the server has failed; nothing was sent |
 * | `BDS_E_DENIED` | 401, 403 |
 * | `BDS_E_MISSING` | 404, 410 |
 * | `BDS_E_REFUSED` | the server refuses what was sent or asked, all of it: 400, 409, 413, 415, 422, or a failure of each object that it names in a 200 or 202 |
 * | `BDS_E_ANSWER` | the answer cannot be used: half a multipart body, a sign-in page, another object than the one asked for, a redirect |
 * | `BDS_E_UNCLEAR` | it was sent, but nobody knows whether it was stored, or a part of it was: no answer, a broken, too large or unreadable one, a redirect, 408, 500 and more, a success that does not name all of it, a 409 that names some of it as stored; see {@link SendOptions.again} |
 * | `BDS_E_STATE` | it has been sent to this address already, or is being sent |
 * | `BDS_E_LIMIT` | an answer to a question is too large |
 * | `BDS_E_ABORTED` | the signal |
 * | `BDS_E_ARGUMENT` | an address, UID or object that is none |
 */
export interface Server {
  /** Where the service begins: `https://pacs.example/dicom-web`, `https://ehr.example/fhir`; in a page also relative to it. No password in it. */
  url: string;
  /** How it is called in sentences; default "The server". */
  name?: string;
  /** Sent with each request to it, and to nobody else: `Authorization`. */
  headers?: Record<string, string>;
  /** Cookies; default `omit`. A portal that knows its user by a cookie says `same-origin`. */
  credentials?: RequestCredentials;
}

/** Authorization header of HTTP Basic. */
export function basic(user: string, password: string): { Authorization: string };

/** The address that `store` sends to, for showing it before. */
export function storeAddress(server: Server): string;
/** The address that `post` sends to, for showing it before. */
export function postAddress(server: Server): string;

export interface Study {
  studyInstanceUid: string;
  patientName: string;
  patientId: string;
  /** YYYYMMDD, as DICOM writes it; '' if absent, as are the others. */
  date: string;
  description: string;
  accessionNumber: string;
  modalities: string[];
  /** Number of instances, where the server says it. */
  instances: number | null;
}

/** Studies of a DICOMweb server (QIDO-RS). @param query at most `limit` (1 to 1000, default 50), from `offset`, in the server's order; `match`: attributes to match, by keyword */
export function list(server: Server, query?: { limit?: number; offset?: number; match?: Record<string, string>; signal?: AbortSignal }): Promise<Study[]>;

/**
 * All studies that match, the newest first, asked for page by page. `more`: there are more than `most` (default 1000); as QIDO-RS knows no order,
 * those that are listed need not be the newest.
 */
export function listAll(server: Server, query?: { most?: number; match?: Record<string, string>; signal?: AbortSignal }): Promise<{ studies: Study[]; more: boolean }>;

export interface Instance {
  studyInstanceUid: string;
  seriesInstanceUid: string;
  sopInstanceUid: string;
  sopClassUid: string;
  modality: string;
}

/** What a study is made of (QIDO-RS), in the server's order. */
export function instances(server: Server, studyInstanceUid: string, options?: { signal?: AbortSignal }): Promise<Instance[]>;

/**
 * The objects of a study (WADO-RS), one after the other as they were stored (transfer syntax as it is), so that a large study needs the
 * memory of one. Each is compared with what was asked for.
 *
 * ```js
 * for await (const { bytes } of pull(archive, study.studyInstanceUid)) records.push(await examiner.examine(bytes));
 * ```
 */
export function pull(server: Server, studyInstanceUid: string, options?: { signal?: AbortSignal; onProgress?: (progress: { step: number; steps: number }) => void }): AsyncGenerator<Instance & { bytes: Uint8Array }, void, void>;

/** One object (WADO-RS), as it was stored. */
export function retrieve(server: Server, instance: Pick<Instance, 'studyInstanceUid' | 'seriesInstanceUid' | 'sopInstanceUid'>, options?: { signal?: AbortSignal }): Promise<Uint8Array>;

export interface SendOptions {
  /** After BDS_E_UNCLEAR or a success: the user has looked, and wants it sent once more. */
  again?: boolean;
  /**
   * What it is a report of ({@link examinationOf} of study.mjs). A second report of the same is then taken for the same, although it has other
   * identifiers, and is not sent without `again`. Known as long as the page or the process lives; nothing is kept.
   */
  examination?: string;
  signal?: AbortSignal;
}

export interface Stored {
  /** Where it was sent. */
  address: string;
  /** SOP Instance UIDs that the server says it has, in the order in which they were given. */
  stored: string[];
  /** What it says besides: warnings, in words. */
  said: string[];
}

/**
 * Stores DICOM objects (STOW-RS) in one request: reports beside the study that they are about. It succeeds only if the server names each of
 * them as stored. Objects of several studies are refused.
 */
export function store(server: Server, objects: Uint8Array[], options?: SendOptions): Promise<Stored>;

export interface Posted {
  address: string;
  /** In the order of the bundle's entries. */
  entries: { type: string; status: string; location: string }[];
  /** The sentences of OperationOutcomes that came with a success. */
  said: string[];
}

/** Posts a FHIR bundle of type `transaction`: all of it is stored, or nothing. */
export function post(server: Server, bundle: any, options?: SendOptions): Promise<Posted>;
