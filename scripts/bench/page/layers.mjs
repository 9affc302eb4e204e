// In the page: how long each operator of a model takes, through the library's public step(). The browser's clock ticks every 5 us, so
// what is shorter than a few ticks is summed over several runs; the least of the means counts. The clock's own cost is taken off.

const TICK_ERRORS = 0.1; // ms: 50 times the deviation of a difference of two readings
const MOST_SUMMED = 2000;
const [PILOTS, PILOT_RUNS] = [5, 20];

/** What reading the clock twice takes at least, in milliseconds. */
function clockCost() {
  const times = 2000;
  let least = Infinity;
  for (let trial = 0; trial < 30; trial++) {
    let sum = 0;
    for (let i = 0; i < times; i++) {
      const begin = performance.now();
      sum += performance.now() - begin;
    }
    least = Math.min(least, sum / times);
  }
  return least;
}

/** The least of the means of groups of samples; a group is as large as makes the ticks' error a few per cent of what is measured. */
class LeastMean {
  #size;
  #count = 0;
  #sum = 0;
  least = Infinity;

  /** @param {number} ms about how long it takes */
  constructor(ms) {
    this.#size = Math.round(Math.max(1, Math.min(MOST_SUMMED, (TICK_ERRORS / Math.max(ms, 1e-6)) ** 2)));
  }

  /** @param {number} ms */
  add(ms) {
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
  const pilot = new Float64Array(steps + 1).fill(Infinity); // about how long each takes
  for (let i = 0; i < PILOTS; i++) {
    const sums = new Float64Array(steps + 1);
    for (let run = 0; run < PILOT_RUNS; run++) {
      await once();
      times.forEach((ms, step) => (sums[step] += ms));
    }
    sums.forEach((sum, step) => (pilot[step] = Math.min(pilot[step], sum / PILOT_RUNS)));
  }
  const found = Array.from(pilot, (ms) => new LeastMean(ms));
  let runs = 0;
  for (const begin = performance.now(); runs < (pilot[steps] > 1 ? 150 : 2 * MOST_SUMMED) || performance.now() - begin < 1000 * seconds; runs++) {
    await once();
    times.forEach((ms, i) => found[i].add(ms));
  }
  const least = found.map((one) => Math.max(0, one.least - cost));
  const memory = model.memoryBytes;
  model.dispose();
  return { simd: engine.simd, whole: least[steps], layers: least.slice(0, steps), runs, clockCost: cost, memory };
}
