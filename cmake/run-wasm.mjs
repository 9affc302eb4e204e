// Runs a test that was built for WebAssembly (tests/mcu/wasm/board.c): `node run-wasm.mjs TEST.wasm`. The module's two imports are
// a text line and an exit; a trap or a missing exit is a failure.
import { readFileSync, writeSync } from 'node:fs';

class Exit {
  /** @param {number} code */
  constructor(code) {
    this.code = code;
  }
}

const board = {
  /** @param {number} from @param {number} length */
  text(from, length) {
    const memory = /** @type {WebAssembly.Memory} */ (exports.memory);
    const bytes = new Uint8Array(memory.buffer, from, length);
    for (let done = 0; done < length; ) done += writeSync(1, bytes, done, length - done);
  },
  /** @param {number} code */
  exit(code) {
    throw new Exit(code);
  },
};

const module = new WebAssembly.Module(readFileSync(process.argv[2]));
const { exports } = new WebAssembly.Instance(module, { board });
try {
  if (exports._initialize) /** @type {Function} */ (exports._initialize)();
  /** @type {Function} */ (exports.board_start)();
} catch (e) {
  if (!(e instanceof Exit)) throw e;
  process.exitCode = e.code;
}
