// What the tests of the JavaScript interface share.
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { BedsideError, loadEngine } from '../../web/bedside.js';
import { sha256 } from './tiny-model.mjs';

export const dist = new URL('../../web/dist/', import.meta.url);
export const samples = new URL('../../demo/samples/', import.meta.url);
export const pneumonia = new URL('../../models/pneumonia/pneumonia.bds', import.meta.url);
/** For `test(name, { skip: noModel }, ...)`. */
export const noModel = existsSync(pneumonia) ? false : 'models/pneumonia/pneumonia.bds is not there';

/** @type {Partial<Record<'simd128' | 'scalar', Promise<import('../../web/bedside.js').Engine>>>} */
const engines = {};
/** @param {'simd128' | 'scalar'} [simd] */
export const engineFor = (simd = 'simd128') => (engines[simd] ??= loadEngine({ simd }));

/** Opens bytes with the hash they have. @param {Uint8Array} bytes @param {'simd128' | 'scalar'} [simd] @param {object} [limits] */
export async function open(bytes, simd, limits) {
  return (await engineFor(simd)).openModel({ bytes, sha256: sha256(bytes), ...limits });
}

/** @param {Promise<unknown> | (() => unknown)} work @param {string | string[]} codes one of these, or any @param {RegExp} [message] */
export async function fails(work, codes, message) {
  const check = (/** @type {unknown} */ error) => {
    assert.ok(error instanceof BedsideError, `not a BedsideError: ${error instanceof Error ? error.stack : error}`);
    assert.ok([codes].flat().includes(error.code), `${error.code} (${error.message}), expected ${codes}`);
    if (message) assert.match(error.message, message);
    assert.match(error.message, /^[A-Z].*[.)]$/s, 'a sentence');
    return true;
  };
  if (typeof work === 'function') assert.throws(work, check);
  else await assert.rejects(work, check);
}

/** The SIMD module's bytes with the body of an exported function replaced. @param {string} name @param {number[]} code without its end */
export function patched(name, code) {
  const bytes = new Uint8Array(readFileSync(new URL('bedside-simd.wasm', dist)));
  let at = 8;
  const number = () => {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = bytes[at++];
      value |= (byte & 127) << shift;
      if (byte < 128) return value >>> 0;
    }
  };
  let index = -1;
  while (at < bytes.length) {
    const kind = bytes[at++];
    const end = number() + at;
    if (kind === 2) assert.equal(number(), 0, 'the module imports nothing');
    if (kind === 7) {
      for (let left = number(); left > 0; left--) {
        const length = number();
        const found = Buffer.from(bytes.subarray(at, at + length)).toString();
        at += length + 1;
        const target = number();
        if (found === name) index = target;
      }
    }
    if (kind === 10) {
      assert.notEqual(index, -1, `no export ${name}`);
      number();
      for (let i = 0; ; i++) {
        const length = number();
        if (i === index) {
          bytes.fill(1, at, at + length - 1); // nop
          bytes[at] = 0; // no locals
          bytes.set(code, at + length - 1 - code.length);
          return bytes;
        }
        at += length;
      }
    }
    at = end;
  }
  throw new Error('no code section');
}
export const UNREACHABLE = [0];

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc');
/** The process's memory in bytes, without the garbage. */
export function residentBytes() {
  collect();
  return process.memoryUsage().rss;
}
