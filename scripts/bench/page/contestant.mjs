// In a frame or a page of its own: opens one contestant and times it.

/**
 * The user's data, in the form in which the .tflite file takes it.
 * @param {Int8Array} stored @param {{ type: string, scale: number, zeroPoint: number }} port
 */
export function dataOf(stored, { type, scale, zeroPoint }) {
  if (type === 'int8') return stored;
  if (type === 'uint8') return Uint8Array.from(stored, (value) => value + 128);
  return Float32Array.from(stored, (value) => (value - zeroPoint) * scale);
}

/** The same for one value over and over, without a step for each: on a cold page those took 20 ms of a picture. @param {import('./race.mjs').Request['port']} port @param {number} value */
function constant(port, value) {
  const [one] = dataOf(Int8Array.of(value), port);
  const Kind = { int8: Int8Array, uint8: Uint8Array, float32: Float32Array }[port.type];
  return new Kind(port.count).fill(one);
}

/** @param {import('./race.mjs').Request & { name: string }} request */
export async function enter(request) {
  const [library, variant] = request.name.split('@');
  const { open } = await import(`./contestants/${library}.mjs`);
  // The clock of a cold page starts here: nothing of the library was asked for yet.
  const begin = performance.now();
  const contestant = await open({ ...request, variant });
  const { count } = request.port;
  const all = request.files.input ? new Int8Array(await (await fetch(request.files.input)).arrayBuffer()) : new Int8Array(count).fill(7);
  const data = request.files.input ? dataOf(all.slice(0, count), request.port) : constant(request.port, 7);
  await contestant.run(data);
  const firstResult = performance.now() - begin;
  const outputs = [];
  for (let at = 0; at < all.length; at += count) outputs.push(contestant.real(await contestant.run(dataOf(all.slice(at, at + count), request.port))));
  const isAsync = contestant.run(data) instanceof Promise;

  return {
    note: contestant.note,
    firstResult,
    outputs,
    memoryBytes: () => /** @type {any} */ (globalThis).memoryBytes(),
    /** Milliseconds per call. @param {number} calls */
    burst: async (calls) => {
      const begin = performance.now();
      if (isAsync) for (let i = 0; i < calls; i++) await contestant.run(data);
      else for (let i = 0; i < calls; i++) contestant.run(data);
      return (performance.now() - begin) / calls;
    },
  };
}
