// The WebAssembly side of the parity check, the same in Node and in a page: the kernels' half is parity.wasm (board.c), the
// model's half goes through the library. Digests as in model_check.h.

/** Small enough to be done thrice, so that a browser's next compiler tier gets its turn. */
const ROUNDS = 3;
const [PREFIX, EXPLAINED, MAP] = [16, 4, 32];
const DOUBTS = ['unsure', 'unknown', 'colour', 'small'];

/** @param {Uint8Array} bytes @returns {Promise<Uint8Array>} */
export const sha256 = async (bytes) => new Uint8Array(await crypto.subtle.digest('SHA-256', /** @type {BufferSource} */ (bytes)));

/** @param {Uint8Array} bytes */
export const hex = (bytes) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');

/** What a board throws to end its program. */
class Exit {
  /** @param {number} code */
  constructor(code) {
    this.code = code;
  }
}

/**
 * Runs the kernels' checker.
 * @param {Uint8Array} wasm
 * @returns {Promise<{ code: number, text: string }>} its exit code and its lines
 */
export async function checkKernels(wasm) {
  let text = '';
  const board = {
    text: (/** @type {number} */ from, /** @type {number} */ length) => {
      text += new TextDecoder().decode(new Uint8Array(/** @type {WebAssembly.Memory} */ (exports.memory).buffer, from, length).slice());
    },
    exit: (/** @type {number} */ code) => {
      throw new Exit(code);
    },
  };
  const module = await WebAssembly.compile(/** @type {BufferSource} */ (wasm));
  const { exports } = await WebAssembly.instantiate(module, { board });
  if (exports._initialize) /** @type {Function} */ (exports._initialize)();
  /** @type {{ code: number, text: string }[]} */
  const rounds = [];
  for (let i = 0; i < ROUNDS; i++) {
    text = '';
    try {
      /** @type {Function} */ (exports.board_start)();
    } catch (e) {
      if (!(e instanceof Exit)) throw e;
      rounds.push({ code: e.code, text });
    }
  }
  return rounds.find((round) => round.code !== 0 || round.text !== rounds[0].text) ?? rounds[0];
}

/**
 * The pictures of a pack, as the library takes them.
 * @param {Uint8Array} pack
 * @returns {import('../../web/bedside.js').PictureInput[]}
 */
function picturesOf(pack) {
  const view = new DataView(pack.buffer, pack.byteOffset, pack.byteLength);
  if (new TextDecoder().decode(pack.subarray(0, 8)) !== 'BDSPACK1') throw new Error('not a pack of pictures');
  let at = 12;
  return Array.from({ length: view.getUint32(8, true) }, () => {
    const [kind, width, height, channels, length] = [0, 4, 8, 12, 16].map((i) => view.getUint32(at + i, true));
    const data = pack.subarray(at + 20, at + 20 + length);
    at += 20 + ((length + 3) & ~3);
    return kind === 1 ? data : { pixels: data, width, height, channels: /** @type {1 | 3} */ (channels) };
  });
}

/** @param {import('../../web/bedside.js').Tensor} tensor */
export const bytesOf = ({ data }) => new Uint8Array(data.buffer, data.byteOffset, data.byteLength);

/** @param {import('../../web/bedside.js').Findings} result */
export function findingsBytes({ findings, top, doubts, distance }) {
  const bits = doubts.reduce((sum, doubt) => sum | (1 << DOUBTS.indexOf(doubt)), 0);
  const words = [...findings.flatMap((f) => [f.index, f.probabilityQ16, f.lowQ16, f.highQ16, f.logit]), top, bits, distance * 256]; // Q8 again, exactly
  const bytes = new DataView(new ArrayBuffer(4 * words.length));
  words.forEach((word, i) => bytes.setInt32(4 * i, word, true));
  return new Uint8Array(bytes.buffer);
}

/**
 * Runs the model over the pictures.
 * @param {typeof import('../../web/bedside.js')} bedside
 * @param {{ wasm: Uint8Array, feature: number, threads?: number }} engine the module, and the bit of bds_features that it must have
 * @param {Uint8Array} model
 * @param {Uint8Array} pack
 * @returns {Promise<{ pneumonia: string, pneumonia16: string, explained: string | undefined, images: number }>} explained: if the module can
 */
export async function checkModel({ loadEngine }, { wasm, feature, threads = 1 }, model, pack) {
  const memory = new WebAssembly.Memory({ initial: 4, maximum: 16384, shared: threads > 1 }); // for the module with threads
  const { instance } = await WebAssembly.instantiate(/** @type {BufferSource} */ (wasm), { env: { memory } });
  const features = /** @type {() => number} */ (instance.exports.bds_features)();
  if ((features & feature) !== feature) throw new Error(`the module's features are ${features}: ${feature} is missing`);
  const explains = 'bds_explain' in instance.exports;
  const engine = await loadEngine({ wasm, threads, explain: explains });
  if (engine.threads !== threads) throw new Error(`the engine has ${engine.threads} threads: ${engine.why}`);
  if (engine.simd === 'scalar' && feature !== 0) throw new Error(`the engine runs without SIMD: ${engine.why}`);
  const opened = await engine.openModel({ bytes: model, sha256: hex(await sha256(model)) });
  if (opened.threads !== threads) throw new Error(`the model has ${opened.threads} threads`);
  const pictures = picturesOf(pack);
  /** @type {Uint8Array} */
  let chain = new Uint8Array(32);
  /** @type {Uint8Array} */
  let explained = new Uint8Array(32);
  let prefix = '';
  for (const [i, picture] of pictures.entries()) {
    await opened.prepare(picture);
    const input = await sha256(bytesOf(opened.input(0)));
    opened.run();
    const output = await sha256(bytesOf(opened.output(0)));
    const findings = await sha256(findingsBytes(opened.findings()));
    const record = new Uint8Array(128);
    [chain, input, output, findings].forEach((part, j) => record.set(part, 32 * j));
    chain = await sha256(record);
    if (i + 1 === PREFIX) prefix = hex(chain);
    if (!explains || i >= EXPLAINED) continue;
    await opened.prepare(picture);
    const { map } = opened.explain({ method: 'cam', label: opened.info.labels[1], width: MAP, height: MAP });
    explained = await sha256(Uint8Array.of(...explained, ...(await sha256(map))));
  }
  opened.dispose();
  return { pneumonia: hex(chain), pneumonia16: prefix, explained: explains ? hex(explained) : undefined, images: pictures.length };
}
