// Remembers every WebAssembly memory that is made in this page, so that one can ask how large they are. A classic script: it runs before
// any module, and before any library has taken hold of WebAssembly's functions.
(() => {
  /** @type {Set<WebAssembly.Memory>} */
  const memories = new Set();
  /** @param {WebAssembly.Instance} instance */
  const note = (instance) => {
    for (const value of Object.values(instance.exports)) {
      if (Object.prototype.toString.call(value) === '[object WebAssembly.Memory]') memories.add(/** @type {WebAssembly.Memory} */ (value));
    }
    return instance;
  };
  const { Memory, Instance, instantiate, instantiateStreaming } = WebAssembly;
  WebAssembly.Memory = new Proxy(Memory, {
    construct(target, given) {
      const memory = Reflect.construct(target, given);
      memories.add(memory);
      return memory;
    },
  });
  WebAssembly.Instance = new Proxy(Instance, { construct: (target, given) => note(Reflect.construct(target, given)) });
  /** @param {any} result */
  const noted = (result) => (note(result.instance ?? result), result);
  const all = /** @type {any} */ (WebAssembly);
  all.instantiate = (/** @type {any[]} */ ...given) => /** @type {any} */ (instantiate)(...given).then(noted);
  all.instantiateStreaming = (/** @type {any[]} */ ...given) => /** @type {any} */ (instantiateStreaming)(...given).then(noted);
  /** @type {any} */ (globalThis).memoryBytes = () => Array.from(memories).reduce((sum, memory) => sum + memory.buffer.byteLength, 0);
})();
