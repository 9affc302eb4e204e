// Decoders of compressed pixels that are WebAssembly modules: fetched when they are needed, from where we say, kept between frames, and thrown away
// when one fails (after a trap nothing in it is to be trusted) or has grown large.
// SPDX-License-Identifier: MIT
import { allocate, BedsideError, corrupt } from './errors.js';

/**
 * @typedef {object} Decoder
 * @property {(bytes: number) => Uint8Array} getEncodedBuffer
 * @property {() => void} decode
 * @property {() => Uint8Array} getDecodedBuffer
 * @property {() => { width: number, height: number, bitsPerSample: number, componentCount: number }} getFrameInfo
 * @property {() => number} [getInterleaveMode] of JPEG-LS: 0 when the samples come in planes
 * @property {() => void} delete
 *
 * @typedef {{ HEAPU8: Uint8Array } & Record<string, new () => Decoder>} Instance
 * @typedef {(options: object) => Promise<Instance>} Create
 * @typedef {{ create: Create, decoder: string, file: string, inPackage: string, beside: () => URL }} Codec
 *
 * @typedef {{ bytes: Uint8Array, interleaved: boolean, precision: number }} Decoded
 * @typedef {'charls' | 'openjpeg' | 'libjpeg-turbo'} Name
 */

const LARGE = 64 * 1024 * 1024; // of a module's memory, which never shrinks: some 52 MB are there from the beginning

/** @type {Record<Name, () => Promise<{ default: Codec }>>} */
const modules = {
  charls: () => import('./codecs/charls.js'),
  openjpeg: () => import('./codecs/openjpeg.js'),
  'libjpeg-turbo': () => import('./codecs/libjpeg-turbo.js'),
};

/** The modules' bytes, by address. @type {Map<string, Promise<Uint8Array>>} */
const fetched = new Map();
/** An instance that waits for work, by address. @type {Map<string, Instance>} */
const idle = new Map();

/** @param {Codec} codec @param {URL | string | undefined} base @returns {URL} */
function address(codec, base) {
  if (base !== undefined) return new URL(codec.file, new URL(`${String(base).replace(/\/?$/, '/')}codecs/`, globalThis.location?.href ?? import.meta.url));
  // In Node the decoders' packages are there, unless all was made one file; for pages the build has put their modules beside ours.
  if (typeof process === 'object' && process.versions?.node && typeof import.meta.resolve === 'function') {
    try {
      return new URL(import.meta.resolve(codec.inPackage));
    } catch {
      return codec.beside();
    }
  }
  return codec.beside();
}

/** @param {URL} url @returns {Promise<Uint8Array>} */
async function read(url) {
  if (url.protocol === 'file:') {
    const fs = 'node:fs/promises'; // in a variable: bundlers for browsers then do not look for it
    const { readFile } = await import(/* @vite-ignore */ /* webpackIgnore: true */ fs);
    return new Uint8Array(await readFile(url));
  }
  const response = await fetch(url, { credentials: 'same-origin' });
  if (!response.ok) throw new Error(`the server answers ${response.status}`);
  return new Uint8Array(await response.arrayBuffer());
}

/** @param {Codec} codec @param {URL} url @returns {Promise<Instance>} */
async function instance(codec, url) {
  const waiting = idle.get(url.href);
  if (waiting) {
    idle.delete(url.href);
    return waiting;
  }
  let bytes = fetched.get(url.href);
  if (!bytes) fetched.set(url.href, (bytes = read(url)));
  try {
    const silent = () => {}; // what goes wrong is in our error, not on somebody's console
    return await codec.create({ wasmBinary: await bytes, print: silent, printErr: silent, locateFile: () => url.href });
  } catch (error) {
    fetched.delete(url.href);
    throw new BedsideError('BDS_E_FETCH', `A decoder of DICOM pixels cannot be loaded: ${url.href} (${error instanceof Error ? error.message : error}).`, { cause: error });
  }
}

/** @param {Name} name @returns {Promise<Codec>} */
async function load(name) {
  try {
    return (await modules[name]()).default;
  } catch (error) {
    throw new BedsideError('BDS_E_FETCH', `A decoder of DICOM pixels cannot be loaded: ${name}.`, { cause: error });
  }
}

/**
 * Decodes a frame whose header was compared with the object's.
 * @param {Name} name @param {import('./codestream.js').Codestream} stream @param {URL | string | undefined} base
 * @returns {Promise<Decoded>} bytes: cells of 8 or 16 bits, the latter little endian
 */
export async function decodeWith(name, stream, base) {
  const codec = await load(name);
  const url = address(codec, base);
  const module = await instance(codec, url);
  /** @type {Decoder | null} */
  let decoder = null;
  /** @type {Decoded} */
  let result;
  try {
    decoder = new module[codec.decoder]();
    decoder.getEncodedBuffer(stream.bytes.length).set(stream.bytes);
    decoder.decode();
    const { width, height, bitsPerSample, componentCount } = decoder.getFrameInfo();
    const decoded = decoder.getDecodedBuffer();
    const wanted = stream.width * stream.height * stream.components * (stream.precision > 8 ? 2 : 1);
    if (width !== stream.width || height !== stream.height || componentCount !== stream.components || bitsPerSample !== stream.precision || decoded.length !== wanted) {
      throw new Error(`it gave ${width} x ${height} x ${componentCount} of ${bitsPerSample} bits, ${decoded.length} bytes`);
    }
    const interleaved = name !== 'charls' || decoder.getInterleaveMode?.() !== 0;
    result = { bytes: allocate(() => decoded.slice()), interleaved, precision: bitsPerSample };
    decoder.delete();
  } catch (error) {
    // The instance is dropped, and the decoder in it.
    if (error instanceof BedsideError) throw error;
    const memory = error instanceof RangeError || /memory|OOM/i.test(String(error));
    if (memory) throw new BedsideError('BDS_E_MEMORY', 'There is too little memory for this DICOM picture.', { cause: error });
    throw corrupt('The compressed pixels of the DICOM object are damaged: their decoder refuses them.', error);
  }
  if (module.HEAPU8.length <= LARGE) idle.set(url.href, module);
  return result;
}
