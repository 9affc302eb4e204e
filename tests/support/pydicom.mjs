// Runs a script with the Python that has pydicom: Debian's package belongs to Debian's Python, whichever stands first on PATH.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** The lines of JSON that a script beside this file prints; null where there is no pydicom. @param {string} script @param {string[]} [files] @returns {any[] | null} */
export function pydicomLines(script, files = []) {
  for (const python of [process.env.PYTHON, 'python3', '/usr/bin/python3']) {
    if (!python) continue;
    const { status, stdout, stderr } = spawnSync(python, [fileURLToPath(new URL(script, import.meta.url)), ...files], { encoding: 'utf8', maxBuffer: 2 ** 26 });
    if (status === 0 && stdout) return stdout.trim().split('\n').map((line) => JSON.parse(line));
    if (status !== null && !/ModuleNotFoundError|ImportError/.test(stderr)) throw new Error(`${script}: ${stderr}`);
  }
  return null;
}
