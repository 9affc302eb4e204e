// The networks that run on the boards, as C in build/networks.
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import { folder as benchFolder, known, program } from '../bench/models.mjs';
import { filesUnder, run } from '../process.mjs';
import { root, SetupError } from '../setup.mjs';

/** Where tests/mcu/CMakeLists.txt looks for them. */
export const folder = join(root, 'build/networks');

/**
 * A network: where it comes from, and what it is called as a C name.
 * @typedef {{ name: string, title: string, file: string, id: string }} Network
 */

/** MLPerf Tiny's four. @type {Record<string, keyof typeof known>} */
const tiny = { ic: 'resnet8', kws: 'kws', vww: 'vww', ad: 'ad' };

/** The networks by name: MLPerf Tiny's .tflite files, whether they are there or not, and the shipped models. @returns {Network[]} */
export function networks() {
  const benchmark = Object.entries(tiny).map(([name, key]) => ({ name, title: known[key].title, file: join(benchFolder, known[key].file), id: name }));
  const shipped = filesUnder(['models'], /^models\/[^/]+\/[^/]+\.bds$/).map((path) => {
    const name = basename(path, '.bds');
    return { name, title: name, file: join(root, path), id: name.replaceAll('-', '_') };
  });
  return [...benchmark, ...shipped];
}

/** @param {string[]} args */
async function bedside(...args) {
  const { code, output } = await run(program(), args);
  if (code !== 0) throw new SetupError(`bedside ${args.join(' ')} failed:\n${output}`);
  return output;
}

/** Multiply-accumulates of one inference. @param {string} bds @returns {Promise<number>} */
const macsOf = async (bds) => JSON.parse(await bedside('info', bds, '--json')).macs;

/** Moves a file, unless the same bytes are there: what depends on it then need not be built again. @param {string} from @param {string} to */
function put(from, to) {
  if (existsSync(to) && readFileSync(to).equals(readFileSync(from))) return;
  renameSync(from, to);
}

/**
 * Writes ID.bds, ID.c and ID.h into the folder.
 * @param {Network} network
 * @returns {Promise<{ macs: number, bds: string }>} macs: of the network as it was trained, channels that never speak included
 */
export async function exportNetwork({ file, id }) {
  mkdirSync(folder, { recursive: true });
  const work = mkdtempSync(join(folder, '.new-'));
  const bds = join(work, `${id}.bds`);
  try {
    let original = file;
    if (file.endsWith('.tflite')) {
      await bedside('compile', file, '-o', bds, '--coder', 'raw');
      original = join(work, 'original.bds');
      await bedside('compile', file, '-o', original, '--coder', 'raw', '--keep-dead-channels');
    } else copyFileSync(file, bds);
    const macs = await macsOf(original);
    await bedside('export-c', bds, '-o', work, '--name', id);
    for (const name of [`${id}.bds`, `${id}.c`, `${id}.h`]) put(join(work, name), join(folder, name));
    return { macs, bds: join(folder, `${id}.bds`) };
  } finally {
    rmSync(work, { recursive: true });
  }
}
