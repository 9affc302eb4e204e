// A network's digest by the library for JavaScript: the same inputs and the same chain as tests/mcu/network.c.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { loadEngine } from '../../web/bedside.js';

const [SETS, SEED] = [4, 20261126]; // tests/mcu/network_inputs.h

/** @param {number} count @param {'int8' | 'int16'} type @param {number} set @param {number} index @returns {Int8Array | Int16Array} */
export function inputOf(count, type, set, index) {
  const wide = type === 'int16';
  const values = wide ? new Int16Array(count) : new Int8Array(count);
  const least = wide ? -32768 : -128;
  let state = SEED + 16 * set + index;
  for (let i = 0; i < count; i++) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    const random = state >> (wide ? 16 : 24);
    values[i] = [least, -1 - least, random, Math.trunc(random / 8)][set];
  }
  return values;
}

const sha256 = (/** @type {Uint8Array[]} */ ...parts) => parts.reduce((hash, part) => hash.update(part), createHash('sha256')).digest();

/**
 * @param {string} path of a .bds file
 * @param {'simd128' | 'scalar'} simd
 */
export async function wasmDigest(path, simd) {
  const engine = await loadEngine({ simd });
  const bytes = readFileSync(path);
  const model = await engine.openModel({ bytes, sha256: sha256(bytes).toString('hex') });
  let digest = Buffer.alloc(32);
  for (let set = 0; set < SETS; set++) {
    const inputs = Array.from({ length: model.info.inputs }, (_, i) => {
      const { dims, type } = model.inputForm(i);
      return inputOf(dims.reduce((product, n) => product * n), type, set, i);
    });
    for (const { buffer, byteOffset, byteLength } of model.infer(inputs)) digest = sha256(digest, sha256(new Uint8Array(buffer, byteOffset, byteLength)));
  }
  model.dispose();
  return digest.toString('hex');
}
