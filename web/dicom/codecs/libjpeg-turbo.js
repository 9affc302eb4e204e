// libjpeg-turbo, which decodes JPEG: a module of its own, so that it is fetched only when such pixels come.
// SPDX-License-Identifier: MIT
import create from '#codec-libjpeg-turbo';

/** @type {import('../codecs.js').Codec} */
export default {
  create,
  decoder: 'JPEGDecoder',
  file: 'libjpegturbowasm_decode.wasm',
  inPackage: '@cornerstonejs/codec-libjpeg-turbo-8bit/decodewasm',
  beside: () => new URL('../../dist/codecs/libjpegturbowasm_decode.wasm', import.meta.url),
};
