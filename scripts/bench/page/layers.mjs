// In the page: how long each operator of a model takes, through the library's public step(). The browser's clock ticks every 5 us, so
// what is shorter than a few ticks is summed over several runs; the least of the means counts. The clock's own cost is taken off.

const SUMMED_MS = 0.1; // a mean is taken over as many runs as make this much

/** What reading the clock twice seems to take, in milliseconds. */
function clockCost() {
  const times = 20000;
  let sum = 0;
  for (let i = 0; i < times; i++) {
    const begin = performance.now();
    sum += performance.now() - begin;
  }
  return sum / times;
}

/** The least of the means of groups of samples. The first sample decides the groups' size. */
class LeastMean {
  #size = 0;
  #count = 0;
  #sum = 0;
  least = Infinity;

  /** @param {number} ms */
  add(ms) {
    if (!this.#size) this.#size = Math.max(1, Math.min(200, Math.ceil(SUMMED_MS / Math.max(ms, 0.0005))));
    this.#sum += ms;
    if (++this.#count < this.#size) return;
    this.least = Math.min(this.least, this.#sum / this.#size);
    this.#count = this.#sum = 0;
  }
}

/**
 * @param {{ url: string, sha256: string, input: string, seconds: number }} request
 */
export async function timeLayers({ url, sha256, input, seconds }) {
  /** @type {typeof import('../../../web/bedside.js')} */
  const { loadEngine } = await import(/** @type {any} */ ('../../../web/dist/bedside.js'));
  const engine = await loadEngine();
  const model = await engine.openModel({ url, sha256 });
  const { dims } = model.inputForm();
  const tensor = new Int8Array(await (await fetch(input)).arrayBuffer(), 0, dims.reduce((a, b) => a * b)); // the first input of several
  const steps = model.info.operators;
  const times = new Float64Array(steps + 1); // the last one: run() as a whole

  const once = async () => {
    await model.prepare({ tensor });
    for (let step = 0, more = true; more; step++) {
      const begin = performance.now();
      more = model.step();
      times[step] = performance.now() - begin;
    }
    await model.prepare({ tensor });
    const begin = performance.now();
    model.run();
    times[steps] = performance.now() - begin;
  };

  // Until the optimising compiler has taken over.
  for (let i = 0, begin = performance.now(); i < 2000 && (i < 60 || performance.now() - begin < 300); i++) await once();
  const cost = clockCost();
  const found = Array.from(times, () => new LeastMean());
  let runs = 0;
  for (const begin = performance.now(); runs < 200 || performance.now() - begin < 1000 * seconds; runs++) {
    await once();
    times.forEach((ms, i) => found[i].add(ms));
  }
  const least = found.map((one) => Math.max(0, one.least - cost));
  const memory = model.memoryBytes;
  model.dispose();
  return { simd: engine.simd, whole: least[steps], layers: least.slice(0, steps), runs, clockCost: cost, memory };
}
