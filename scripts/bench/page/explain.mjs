// In a page: how long explanations take, least of many, methods in turns.

/** @param {{ url: string, sha256: string, rounds: number }} what @returns {Promise<Record<'run' | 'cam' | 'occlusion', number | null>>} ms; null: this network has no such map */
export async function timeExplanations({ url, sha256, rounds }) {
  const address = '/web/bedside.js'; // in a variable: it is an address, not a file to be checked
  /** @type {typeof import('../../../web/bedside.js')} */
  const { loadEngine } = await import(address);
  const engine = await loadEngine({ explain: true });
  const model = await engine.openModel({ url, sha256 });
  const { dims, type } = model.inputForm();
  const tensor = Int8Array.from({ length: dims.reduce((a, b) => a * b) }, (_, i) => (i * 7919) % 256);
  if (type !== 'int8') throw new Error('an input of 8 bits was expected');
  /** @type {Record<'run' | 'cam' | 'occlusion', () => void>} */
  const work = { run: () => model.run(), cam: () => void model.explain({ method: 'cam' }), occlusion: () => void model.explain({ method: 'occlusion' }) };
  /** @type {Record<'run' | 'cam' | 'occlusion', number | null>} */
  const least = { run: Infinity, cam: Infinity, occlusion: Infinity };
  for (let i = 0; i < rounds; i++) {
    for (const name of /** @type {const} */ (['run', 'cam', 'occlusion'])) {
      if (least[name] === null) continue;
      await model.prepare({ tensor });
      const begin = performance.now();
      try {
        work[name]();
      } catch (error) {
        if (/** @type {{ code?: string }} */ (error).code !== 'BDS_E_UNSUPPORTED') throw error;
        least[name] = null;
        continue;
      }
      least[name] = Math.min(/** @type {number} */ (least[name]), performance.now() - begin);
    }
  }
  model.dispose();
  return least;
}
