// CharLS, which decodes JPEG-LS: a module of its own, so that it is fetched only when such pixels come.
// SPDX-License-Identifier: MIT
import create from '#codec-charls';

/** @type {import('../codecs.js').Codec} */
export default {
  create,
  decoder: 'JpegLSDecoder',
  file: 'charlswasm_decode.wasm',
  inPackage: '@cornerstonejs/codec-charls/decodewasm',
  beside: () => new URL('../../dist/codecs/charlswasm_decode.wasm', import.meta.url),
};
