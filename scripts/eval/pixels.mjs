// JPEG and PNG files as pixels, decoded by the project's own decoder in WebAssembly: the very pixels that the runtime sees.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../setup.mjs';

/** @typedef {{ pixels: Uint8Array, width: number, height: number, channels: 1 | 2 | 3 | 4 }} Pixels */

const PAGE = 65536;
const OUT_BYTES = 64;

/** @type {Promise<any> | undefined} */
let loaded;
async function decoder() {
  const bytes = readFileSync(join(root, 'web/dist/bedside-decode.wasm'));
  const { instance } = await WebAssembly.instantiate(bytes);
  return instance.exports;
}

/** @param {Uint8Array} file @returns {Promise<Pixels>} */
export async function decode(file) {
  const wasm = await (loaded ??= decoder());
  const out = (wasm.__heap_base.value + 15) & ~15;
  const input = out + OUT_BYTES;
  const work = (input + file.length + 63) & ~63;
  const ensure = (/** @type {number} */ end) => {
    const missing = Math.ceil((end - wasm.memory.buffer.byteLength) / PAGE);
    if (missing > 0) wasm.memory.grow(missing);
  };
  ensure(work);
  new Uint8Array(wasm.memory.buffer, input, file.length).set(file);
  let status = wasm.bds_image_probe(input, file.length, out);
  if (status === 0) {
    const size = new Uint32Array(wasm.memory.buffer, out, 4)[3];
    ensure(work + size);
    status = wasm.bds_image_decode(input, file.length, 1 << 26, work, size, out);
  }
  if (status !== 0) throw new Error(`This picture cannot be decoded (status ${status}).`);
  const [at, width, height, channels, stride] = new Uint32Array(wasm.memory.buffer, out, 5);
  const pixels = new Uint8Array(width * height * channels);
  for (let y = 0; y < height; y++) pixels.set(new Uint8Array(wasm.memory.buffer, at + y * stride, width * channels), y * width * channels);
  return { pixels, width, height, channels: /** @type {1 | 2 | 3 | 4} */ (channels) };
}

/** One channel with the weights of the runtime's own grey. @param {Pixels} picture */
export function grey({ pixels, width, height, channels }) {
  const out = new Uint8Array(width * height);
  for (let i = 0; i < out.length; i++) {
    const at = i * channels;
    out[i] = channels < 3 ? pixels[at] : (77 * pixels[at] + 150 * pixels[at + 1] + 29 * pixels[at + 2] + 128) >> 8;
  }
  return out;
}
