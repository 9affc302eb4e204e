// A record through the library for JavaScript, the same in Node and in a page: every beat, its class and its logits in one digest, as
// tests/mcu/ecg.c makes it.
import { findingsBytes, hex, sha256 } from './wasm.mjs';

/** In the order of bds_ecg_quality_bit. */
const QUALITIES = ['flat', 'saturated', 'missing', 'noise', 'reversed', 'too few beats', 'too many beats', 'learning', 'one lead'];
const READY = 1;
const WITHHELD = 2;
const NO_SAMPLE = -32768;

/** @param {(Uint8Array | Int8Array | Int16Array)[]} parts @returns {Uint8Array<ArrayBuffer>} */
function joined(parts) {
  const whole = new Uint8Array(parts.reduce((sum, { byteLength }) => sum + byteLength, 0));
  let at = 0;
  for (const { buffer, byteOffset, byteLength } of parts) {
    whole.set(new Uint8Array(buffer, byteOffset, byteLength), at);
    at += byteLength;
  }
  return whole;
}

/** @param {number[]} values */
const words = (values) => new Uint8Array(Uint32Array.from(values).buffer);

/** @param {import('../../web/ecg.js').Told} told */
const qualityBits = ({ quality, leads }) =>
  [...quality.map((name) => QUALITIES.indexOf(name)), ...leads.map((lead) => 16 + lead)].reduce((bits, bit) => bits | (1 << bit), 0) >>> 0;

/** A file of scripts/mcu/records.mjs. @param {Uint8Array} pack */
function unpack(pack) {
  if (new TextDecoder().decode(pack.subarray(0, 8)) !== 'BDSECG2\0') throw new Error('not a record');
  const view = new DataView(pack.buffer, pack.byteOffset, pack.byteLength);
  const [rate, leads, leadII, samples] = [8, 12, 16, 20].map((at) => view.getUint32(at, true));
  const value = (/** @type {number} */ i) => view.getInt16(32 + 2 * i, true);
  const rails = /** @type {[number, number]} */ ([24, 28].map((at) => view.getInt32(at, true)));
  return { rate, leads, leadII: leadII === 1, rails, samples, at: (/** @type {number} */ i, /** @type {number} */ lead) => (value(i * leads + lead) === NO_SAMPLE ? null : value(i * leads + lead)) };
}

/**
 * Plays a record.
 * @param {{ bedside: typeof import('../../web/bedside.js'), ecg: typeof import('../../web/ecg.js') }} library
 * @param {{ engine: Uint8Array, signal: Uint8Array, model: Uint8Array, pack: Uint8Array }} bytes modules, model, record
 * @returns {Promise<{ beats: number, judged: number, digest: string }>}
 */
export async function playRecord({ bedside, ecg }, { engine, signal, model: file, pack }) {
  const model = await (await bedside.loadEngine({ wasm: engine })).openModel({ bytes: file, sha256: hex(await sha256(file)) });
  const { rate, leads, leadII, rails, samples, at } = unpack(pack);
  const monitor = (await ecg.loadEcg({ wasm: /** @type {BufferSource} */ (signal) })).monitor({ rate, leads, leadII, rails });
  /** @type {Uint8Array} */
  let chain = new Uint8Array(32);
  let [beats, judged] = [0, 0];
  /** @param {import('../../web/ecg.js').Told | null} first */
  const take = async (first) => {
    for (let told = first; told; told = monitor.next()) {
      beats++;
      const parts = [words([told.withheld ? WITHHELD : READY, told.index, told.at, told.sample, qualityBits(told), told.rate ?? 0])];
      if (told.inputs) {
        judged++;
        parts.push(joined(told.inputs), joined(model.infer(told.inputs)), findingsBytes(model.findings()));
      }
      chain = await sha256(joined([chain, await sha256(joined(parts))]));
    }
  };
  for (let i = 0; i < samples; i++) {
    monitor.sample(at(i, 0), leads > 1 ? at(i, 1) : null);
    const told = monitor.next();
    if (told) await take(told); // hardly ever: to wait after each sample would take longer than all else
  }
  monitor.finish();
  await take(monitor.next());
  model.dispose();
  return { beats, judged, digest: hex(chain) };
}
