// A bar on standard error while something takes long, and nothing where nobody looks.

const WIDTH = 30;

/** @param {string} what @param {number} total @returns {(done: number) => void} */
export function progress(what, total) {
  let shown = -1;
  return (done) => {
    const percent = total > 0 ? Math.floor((100 * Math.min(done, total)) / total) : 100;
    if (!process.stderr.isTTY || percent === shown) return;
    shown = percent;
    const cells = Math.floor((percent * WIDTH) / 100);
    process.stderr.write(`\r${what.slice(0, 34).padEnd(34)} [${'#'.repeat(cells)}${'.'.repeat(WIDTH - cells)}] ${String(percent).padStart(3)} %${done >= total ? '\r\x1b[K' : ''}`);
  };
}
