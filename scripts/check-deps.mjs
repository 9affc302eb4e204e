// Dependencies point one way: kernels <- runtime <- { program, wasm } <- web <- demo. The compiler takes the file format, the
// arithmetic, the coding's constants and checksums from the runtime and nothing else; the runtime takes nothing from the compiler.
//
//     node scripts/check-deps.mjs
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, posix } from 'node:path';
import { filesUnder } from './process.mjs';
import { isEntry, root } from './setup.mjs';

/**
 * Whose file may name which files. The first layer whose `files` matches owns a file.
 * @type {{ name: string, files: RegExp, may: RegExp }[]}
 */
const layers = [
  { name: 'a kernel', files: /^src\/kernels\//, may: /^src\/(kernels\/.*|requant\.h|bedside\.h)$/ },
  { name: 'the compiler', files: /^src\/compiler\//, may: /^src\/(compiler\/.*|(format|requant|bits|entropy\w*|number_model|crc32c|bedside)\.h)$/ },
  { name: 'the ECG chain', files: /^src\/ecg\//, may: /^src\/ecg\/[^/]*\.h$/ },
  { name: 'the program', files: /^src\/cli\//, may: /^src\/(cli\/.*|compiler\/bedside_compiler\.h|ecg\/ecg(_(detect|monitor|quality|resample))?\.h|kernels\/(mcu\/scratch\w*|ref\/ref)\.h|[^/]*\.h)$/ },
  { name: 'the runtime\'s interface', files: /^src\/bedside\.h$/, may: /^$/ },
  { name: 'the decoder', files: /^src\/decode\.c$/, may: /^(src\/[^/]*\.h|stb_image\.h)$/ },
  { name: 'what networks in C are made of', files: /^src\/bedside_network\.h$/, may: /^src\/([^/]*\.h|kernels\/mcu\/choose\.h)$/ },
  { name: 'the runtime', files: /^src\/[^/]*$/, may: /^src\/([^/]*\.h|kernels\/kernels\.h)$/ },
  { name: 'the compiler\'s WebAssembly module', files: /^wasm\/compiler\//, may: /^src\/compiler\/bedside_compiler\.h$/ },
  { name: 'the ECG chain\'s WebAssembly module', files: /^wasm\/signal\//, may: /^src\/ecg\/ecg_(alarm|monitor)\.h$/ },
  { name: 'the WebAssembly module', files: /^wasm\//, may: /^(wasm\/.*|src\/[^/]*\.h)$/ },
  { name: 'a decoder of DICOM pixels', files: /^web\/dicom\/codecs\//, may: /^(web\/dist\/codecs\/[^/]*\.wasm|#codec-[\w-]+)$/ },
  { name: 'the list of shipped models', files: /^web\/exam\/shipped\.js$/, may: /^models\/(catalogue\.json|[\w-]+\/[\w-]+\.bds)$/ },
  { name: 'what loads the writer of DICOM', files: /^web\/reports\/dcmjs\.js$/, may: /^(web\/bedside\.js|dcmjs)$/ },
  { name: 'a report', files: /^web\/reports\//, may: /^web\/(reports\/.*|base64\.js|bedside\.js)$/ }, // of the record alone
  { name: 'the DICOM reader\'s walk over elements', files: /^web\/dicom\/(data-set|elements|places|walker)\.js$/, may: /^(web\/dicom\/(elements|errors|places|sniff|walker)\.js|dicom-parser)$/ },
  { name: 'the library', files: /^web\//, may: /^(web\/.*|node:.*)$/ },
  { name: 'the command of the npm package', files: /^bin\//, may: /^(node:.*|bin\/.*|web\/.*)$/ },
  { name: 'the demo', files: /^demo\//, may: /^(demo|web)\// },
  { name: 'what serves and bundles the examples\' pages', files: /^examples\/portal\/(build|server)\.mjs$/, may: /^(node:.*|scripts\/setup\.mjs|esbuild|sirv)$/ },
  { name: 'the SMART example', files: /^examples\/smart\//, may: /^(web\/.*|examples\/(portal|smart)\/.*|fhirclient|models\/catalogue\.json|exam\.worker\.js|index\.html)$/ },
  { name: 'the portal example', files: /^examples\/portal\//, may: /^(web\/.*|examples\/portal\/.*|dicomweb-client|dicom-parser|node:util|models\/catalogue\.json|exam\.worker\.js|web\/dist\/)$/ },
];

/**
 * What a file names, as paths from the root where it is a file of the project.
 * @param {string} path
 * @param {string} text
 */
function named(path, text) {
  const here = dirname(path);
  if (/\.[ch]$/.test(path)) {
    return Array.from(text.matchAll(/^\s*#\s*include\s*"([^"]+)"/gm), ([, name]) => {
      const candidates = [posix.join(here, name), posix.join('src', name)];
      return candidates.find((candidate) => existsSync(join(root, candidate))) ?? name;
    });
  }
  const code = text.replace(/\/\*[^]*?\*\//g, '').replace(/^\s*\/\/.*$/gm, '');
  const forms = /(?:\bfrom\s*|\bimport\s*\(?\s*|\bnew\s+(?:URL|Worker)\s*\(\s*)(['"])([^'"\s]+)\1/g;
  return Array.from(code.matchAll(forms), ([, , name]) => {
    if (name.startsWith('/')) return name.slice(1);
    return name.startsWith('.') ? posix.join(here, name) : name;
  });
}

/** @returns {{ checked: number, wrong: string[] }} */
export function checkDeps() {
  /** @type {string[]} */
  const wrong = [];
  const files = [...filesUnder(['src', 'wasm', 'web', 'demo', 'bin'], /\.(c|h|js|mjs)$/), ...filesUnder(['examples'], /\.(js|mjs)$/)];
  for (const path of files) {
    const layer = layers.find((candidate) => candidate.files.test(path));
    if (!layer) {
      wrong.push(`${path}: belongs to no layer`);
      continue;
    }
    for (const name of named(path, readFileSync(join(root, path), 'utf8'))) {
      if (!layer.may.test(name)) wrong.push(`${path}: ${layer.name} must not use ${name}`);
    }
  }
  return { checked: files.length, wrong };
}

if (isEntry(import.meta.url)) {
  const { checked, wrong } = checkDeps();
  for (const line of wrong) console.error(line);
  console.log(`${checked} files, ${wrong.length} wrong dependencies`);
  process.exitCode = wrong.length > 0 ? 1 : 0;
}
