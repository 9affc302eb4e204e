// OpenJPEG, which decodes JPEG 2000: a module of its own, so that it is fetched only when such pixels come.
// SPDX-License-Identifier: MIT
import create from '#codec-openjpeg';

/** @type {import('../codecs.js').Codec} */
export default {
  create,
  decoder: 'J2KDecoder',
  file: 'openjpegwasm_decode.wasm',
  inPackage: '@cornerstonejs/codec-openjpeg/decodewasm',
  beside: () => new URL('../../dist/codecs/openjpegwasm_decode.wasm', import.meta.url),
};
