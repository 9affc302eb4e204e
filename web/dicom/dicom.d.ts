/**
 * DICOM in: reads a DICOM object, with or without the Part 10 header, and gives its pixels, exactly. Loaded only when a DICOM file comes (whoever
 * only wants to know whether one did takes isDicom from `sniff.js`); decoders of compressed pixels only when one is needed. What is read and
 * what is refused: docs/dicom.md. Bedside is not a medical device.
 */
import type { Pixels } from '../bedside.js';
import type { DicomIdentity, ExamWindow } from '../exam/exam.js';

/** Whether the bytes are a DICOM object: the magic number, or a data set that begins without one. */
export function isDicom(bytes: Uint8Array): boolean;

export interface DicomOptions {
  /** The most pixels of a frame: 1 or more, default 67,108,864. Frames are decoded when they are asked for, and one is kept. */
  maxPixels?: number;
  /** The most bytes that a deflated data set may become: 1 or more, default 1 GiB. */
  maxBytes?: number;
  /** Folder with `codecs/`, the decoders' WebAssembly modules, in it. Default: web/dist/; in Node the packages they come from. */
  base?: URL | string;
}

/** @throws {BedsideError} BDS_E_DICOM_FORMAT (no DICOM), BDS_E_DICOM_CORRUPT (truncated, wrong lengths), BDS_E_DICOM_UNSUPPORTED (a transfer syntax,
 * photometric interpretation or SOP class that cannot be shown: the message names it), BDS_E_IMAGE_SIZE (more than maxPixels or maxBytes),
 * BDS_E_ARGUMENT */
export function readDicom(bytes: Uint8Array, options?: DicomOptions): Promise<DicomObject>;

export interface DicomObject {
  readonly identity: DicomIdentity;
  readonly columns: number;
  readonly rows: number;
  readonly frames: number;
  readonly samplesPerPixel: 1 | 3;
  /** As the file says: MONOCHROME1, MONOCHROME2, PALETTE COLOR, RGB, YBR_FULL, YBR_FULL_422, YBR_RCT or YBR_ICT. */
  readonly photometricInterpretation: string;
  /** 1, 8, 16 or 32. */
  readonly bitsAllocated: number;
  readonly bitsStored: number;
  readonly signed: boolean;
  /**
   * Of an ultrasound machine's screen the part that holds the picture, in pixels of every frame: the only region of tissue in two dimensions of the Sequence of
   * Ultrasound Regions (0018,6011). null: there is none, or a picture beside it (a second one, flow in colours, a spectrum, M-mode), it does not lie inside the
   * frame, is all of it, or has fewer than 32 pixels on a side. `stored`, `values` and `picture` give the whole frame nevertheless.
   */
  readonly tissue: { x: number; y: number; width: number; height: number } | null;
  /**
   * Stored values of a frame (0 is the first), rows from the top, samples interleaved: what other readers call the pixel array. Uncompressed and RLE
   * values are masked to bitsStored and sign-extended, others have the precision of their code. Colours are as the object calls them: YBR with
   * chrominance for each pixel, or RGB; of JPEG 2000 with its own colour transform, RGB. A copy: the caller may change it.
   * @throws {BedsideError} BDS_E_ARGUMENT (no such frame), BDS_E_DICOM_CORRUPT, BDS_E_DICOM_UNSUPPORTED, BDS_E_FETCH (a decoder's file), BDS_E_MEMORY
   */
  stored(frame: number): Promise<Uint8Array | Int8Array | Uint16Array | Int16Array | Uint32Array | Int32Array>;
  /** Values after the modality LUT or slope and intercept (Hounsfield units of a CT); of colour, the stored ones. @throws as stored */
  values(frame: number): Promise<Float64Array>;
  /**
   * 8-bit picture, ready for a model or a canvas: modality LUT, window (DICOM PS3.3 C.11.2), MONOCHROME1 turned over after it; colour as RGB. The same
   * bytes in every engine: only + - * / and floor, rounded to the nearest, halves up.
   * @param window instead of the file's: centre and width in the modality's values, for the file's VOI LUT function (LINEAR, where width is at least 1,
   * unless it says another)
   * @returns window: what made the grey, null for colour. from: `file` its window (the first, if there are several), `function` a VOI LUT of the file (centre
   * and width are those of the values it is for), `range` the least to the most of the frame, without padding, `given` the caller's (`own`: the file's)
   * @throws as stored
   */
  picture(frame: number, window?: { centre: number; width: number }): Promise<{ pixels: Pixels; window: ExamWindow | null }>;
}
