/**
 * DICOM in: reads a DICOM Part 10 object and gives its pixels, exactly. Loaded only when a DICOM file comes; decoders of compressed
 * pixels only when one is needed. Bedside is not a medical device.
 */
import type { Pixels } from '../bedside.js';
import type { DicomIdentity } from '../exam/exam.js';

/** Whether the bytes are a DICOM object: the magic number, or a data set that begins without one. */
export function isDicom(bytes: Uint8Array): boolean;

export interface DicomOptions {
  /** The most pixels of a frame, and of all frames that are read; default 67,108,864. */
  maxPixels?: number;
  /** The most bytes that deflated data may become; default 1 GiB. */
  maxBytes?: number;
  /** Folder of the decoders' files; default `dist/` beside. */
  base?: URL | string;
}

/** @throws {BedsideError} BDS_E_DICOM_FORMAT (no DICOM), BDS_E_DICOM_CORRUPT (truncated, wrong lengths), BDS_E_DICOM_UNSUPPORTED (a transfer syntax,
 * photometric interpretation or SOP class that cannot be shown: the message names it), BDS_E_IMAGE_SIZE */
export function readDicom(bytes: Uint8Array, options?: DicomOptions): Promise<DicomObject>;

export interface DicomObject {
  readonly identity: DicomIdentity;
  readonly columns: number;
  readonly rows: number;
  readonly frames: number;
  readonly samplesPerPixel: 1 | 3;
  readonly photometricInterpretation: string;
  readonly bitsAllocated: number;
  readonly bitsStored: number;
  readonly signed: boolean;
  /** Stored values of a frame as they are in the file (samples interleaved), sign-extended and masked to bitsStored, colour as stored
   * after the decoder: what other readers call the pixel array. */
  stored(frame: number): Promise<Uint8Array | Int8Array | Uint16Array | Int16Array | Uint32Array | Int32Array>;
  /** Values after the modality LUT or slope and intercept. */
  values(frame: number): Promise<Float64Array>;
  /** 8-bit picture, ready for a model or a canvas: modality LUT, window (DICOM PS3.3 C.11.2), MONOCHROME1 turned over after it; colour as RGB. */
  picture(frame: number, window?: { centre: number; width: number }): Promise<{ pixels: Pixels; window: { centre: number; width: number; from: 'file' | 'function' | 'range' | 'given' } | null }>;
}
