// Bedside, by its public interface, from the file that a page would load.

/** @param {import('../race.mjs').Request} request */
export async function open({ files, sha256, port, variant }) {
  // All three at once, as README.md shows.
  const wasm = variant ? undefined : WebAssembly.compileStreaming(fetch(new URL('../../../../web/dist/bedside-simd.wasm', import.meta.url)));
  const library = import(/** @type {any} */ ('../../../../web/dist/bedside.js'));
  const bytes = fetch(files.bds);
  /** @type {typeof import('../../../../web/bedside.js')} */
  const { loadEngine, loadModel } = await library;
  const engine = loadEngine(!variant ? { wasm } : variant === 'threads' ? { threads: 2 } : { simd: /** @type {any} */ (variant) });
  const model = await loadModel({ bytes, sha256 }, engine);
  const stored = new Int8Array(port.count);
  /** What the file before compiling takes, as stored integers of the compiled one. @param {any} data */
  const convert = (data) => {
    if (port.type === 'int8') return data;
    if (port.type === 'uint8') {
      const [from, to, whole] = [new Uint32Array(data.buffer, data.byteOffset, data.length >> 2), new Uint32Array(stored.buffer, 0, data.length >> 2), data.length & ~3];
      for (let i = 0; i < from.length; i++) to[i] = from[i] ^ 0x80808080;
      for (let i = whole; i < data.length; i++) stored[i] = data[i] - 128;
      return stored;
    }
    const [factor, zero] = [1 / form.scale, form.zeroPoint];
    for (let i = 0; i < stored.length; i++) stored[i] = Math.max(-128, Math.min(127, Math.round(data[i] * factor) + zero));
    return stored;
  };
  const form = model.inputForm();
  return {
    run: (/** @type {any} */ data) => model.infer(convert(data))[0],
    real: (/** @type {any} */ output) => Array.from(output, (/** @type {number} */ value) => (value - model.outputForm().zeroPoint) * model.outputForm().scale),
    note: `${(await engine).simd}${model.threads > 1 ? `, ${model.threads} threads` : ''}`,
  };
}
