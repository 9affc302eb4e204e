// What the workers of models with threads did, read from the memory that they share.

/** Words of the team in wasm/threads/exports.c. */
export const [HELPED, FAULT] = [17, 34];

/**
 * From now on globalThis.sumOverTeams(word) adds up a word over the teams of all instances with shared memory. A page is given this
 * function, too: it uses nothing outside of itself.
 */
export function watchTeams() {
  const { Instance } = WebAssembly;
  /** @type {{memory: WebAssembly.Memory, team: number}[]} */
  const teams = [];
  // @ts-expect-error: without the class's other members
  WebAssembly.Instance = function (/** @type {WebAssembly.Module} */ module, /** @type {WebAssembly.Imports} */ imports) {
    const instance = new Instance(module, imports);
    const memory = /** @type {WebAssembly.Memory | undefined} */ (imports.env?.memory);
    if (memory) teams.push({ memory, team: (/** @type {WebAssembly.Global} */ (instance.exports.__heap_base).value + 63) & -64 });
    return instance;
  };
  /** @type {any} */ (globalThis).sumOverTeams = (/** @type {number} */ word) => teams.reduce((sum, { memory, team }) => sum + Atomics.load(new Int32Array(memory.buffer), (team >> 2) + word), 0);
}
