// What firmware's own package managers take, made of the one-file runtime: an Arduino library (which is PlatformIO's, too), a PlatformIO
// project that uses it, an ESP-IDF component; each with the example heartbeat and its network as C.
//
//     node scripts/packages.mjs [-o FOLDER]      build/packages without a name
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { zipSync } from 'fflate';
import { amalgamate } from './amalgamate.mjs';
import { build, buildDir } from './build.mjs';
import { run } from './process.mjs';
import { isEntry, main, root, SetupError, UsageError } from './setup.mjs';

const model = 'models/arrhythmia/arrhythmia.bds';
const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
const about = `# Bedside

Medical inference where the patient is: in integers, without heap, with the same bits in a browser, on a server and on a microcontroller.
**Not a medical device.** The example is a made-up ECG through the ECG chain and a network of heartbeats; \`bedside export-c\` makes the same
of other networks. \`bedside.c\` begins with its switches. Licence: MIT.
`;

/** @param {string} path @param {string | Uint8Array} content */
function write(path, content) {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, content);
}

/** A template's text with the version. @param {string} path */
const filled = (path) => readFileSync(join(root, path), 'utf8').replaceAll('@VERSION@', version);

/** @param {string} from @param {string[]} names @param {string} to */
function copy(from, names, to) {
  mkdirSync(to, { recursive: true });
  for (const name of names) copyFileSync(join(root, from, name), join(to, name));
}

/** Files under a folder, for fflate. @param {string} folder @returns {import('fflate').Zippable} */
const tree = (folder) => Object.fromEntries(readdirSync(folder, { withFileTypes: true }).map((entry) => {
  const path = join(folder, entry.name);
  return [entry.name, entry.isDirectory() ? tree(path) : new Uint8Array(readFileSync(path))];
}));

/**
 * Writes them all.
 * @param {string} folder is emptied first
 * @param {string} program `bedside`
 */
export async function packages(folder, program) {
  rmSync(folder, { recursive: true, force: true });
  const network = join(folder, 'network');
  mkdirSync(network, { recursive: true });
  const { code, output } = await run(program, ['export-c', model, '-o', network, '--name', 'arrhythmia']);
  if (code !== 0) throw new SetupError(`${model} cannot be made C:\n${output}`);
  const runtime = amalgamate();
  const example = (/** @type {string} */ to) => {
    copy('examples/heartbeat', ['heartbeat.c', 'heartbeat.h'], to);
    for (const name of ['arrhythmia.c', 'arrhythmia.h']) copyFileSync(join(network, name), join(to, name));
  };
  const common = (/** @type {string} */ to) => {
    copy('.', ['LICENSE'], to);
    write(join(to, 'README.md'), about);
  };

  const arduino = join(folder, 'arduino/Bedside');
  for (const [name, text] of Object.entries(runtime)) write(join(arduino, 'src', name), text);
  for (const name of ['library.properties', 'library.json']) write(join(arduino, name), filled(`packaging/arduino/${name}`));
  copy('examples/arduino/Heartbeat', ['Heartbeat.ino'], join(arduino, 'examples/Heartbeat'));
  example(join(arduino, 'examples/Heartbeat'));
  common(arduino);
  write(join(folder, `arduino/Bedside-${version}.zip`), zipSync({ Bedside: tree(arduino) }, { mtime: '2000-01-01' }));

  const platformio = join(folder, 'platformio');
  copy('examples/platformio', ['platformio.ini'], platformio);
  copy('examples/arduino/Heartbeat', ['Heartbeat.ino'], join(platformio, 'src'));
  example(join(platformio, 'src'));

  const component = join(folder, 'esp-idf/bedside');
  for (const [name, text] of Object.entries(runtime)) write(join(component, name), text);
  for (const name of ['CMakeLists.txt', 'idf_component.yml']) write(join(component, name), filled(`packaging/esp-idf/${name}`));
  copy('examples/esp-idf', ['CMakeLists.txt'], join(component, 'examples/heartbeat'));
  copy('examples/esp-idf/main', ['CMakeLists.txt', 'main.c'], join(component, 'examples/heartbeat/main'));
  example(join(component, 'examples/heartbeat/main'));
  common(component);
  rmSync(network, { recursive: true });
}

if (isEntry(import.meta.url)) {
  await main(async () => {
    const args = process.argv.slice(2);
    if (args.length > 0 && (args.length !== 2 || args[0] !== '-o')) throw new UsageError('usage: node scripts/packages.mjs [-o FOLDER]');
    const folder = args[1] ?? join(root, 'build/packages');
    const program = join(buildDir('native'), 'bedside');
    if (!existsSync(program)) await build(['native'], { targets: ['bedside_cli'] });
    await packages(folder, program);
    console.log(`${folder}: arduino/Bedside (and the .zip), platformio, esp-idf/bedside`);
  });
}
