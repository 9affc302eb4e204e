// bedside-signal.wasm for one signal: an instance of the module, its memory, and how its structures lie in it.
import { BedsideError } from './bedside.js';

const ABI = 3;
const NAMES = /** @type {const} */ (['chain', 'beat', 'window', 'scalar', 'steps', 'channels', 'scalars', 'rate', 'detector', 'monitor', 'told', 'toldAt', 'toldQuality', 'toldRate', 'latest', 'hold', 'alarm']);

/** Each signal has an instance of its own: nothing is shared. */
export class EcgCore {
  /** @param {WebAssembly.Module} module */
  constructor(module) {
    const { exports } = new WebAssembly.Instance(module);
    this.call = /** @type {any} */ (exports);
    if (this.call.bds_ecg_abi?.() !== ABI) throw new BedsideError('BDS_E_ABI', 'This is not the module of the ECG chain, or one of another version.');
    this.memory = /** @type {WebAssembly.Memory} */ (this.call.memory);
    this.free = (this.call.__heap_base.value + 63) & ~63;
    const at = this.reserve(4 * NAMES.length);
    this.call.bds_ecg_layout(at);
    const numbers = new Uint32Array(this.memory.buffer, at, NAMES.length);
    this.layout = /** @type {Record<typeof NAMES[number], number>} */ (Object.fromEntries(NAMES.map((name, i) => [name, numbers[i]])));
    const { steps, channels, scalars, rate } = this.layout;
    /** What a beat consists of. */
    this.form = { steps, channels, scalars, rate };
  }

  /** Memory for good. @param {number} bytes @returns {number} its address */
  reserve(bytes) {
    const at = this.free;
    this.free = (at + bytes + 63) & ~63;
    const missing = this.free - this.memory.buffer.byteLength;
    if (missing > 0) this.memory.grow(Math.ceil(missing / 65536));
    return at;
  }

  /** @param {number} at @param {number} i */
  uint32(at, i = 0) {
    return new DataView(this.memory.buffer).getUint32(at + 4 * i, true);
  }

  /** The beat at an address. @param {number} at @returns {import('./ecg.js').Beat} */
  beat(at) {
    const part = (/** @type {number} */ offset, /** @type {number} */ n) => new Int8Array(this.memory.buffer, at + offset, n).slice();
    const { window, scalar, steps, channels, scalars } = this.layout;
    return { index: this.uint32(at), at: this.uint32(at, 1), inputs: [part(window, steps * channels), part(scalar, scalars)] };
  }
}
