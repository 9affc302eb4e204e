// Builds the HAPI FHIR validator that tests ask (tests/fhir), into build/fhir. Its jars come through Maven, once; afterwards nothing
// needs a network.
//
//     node scripts/fhir-validator.mjs
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isEntry, root, which } from './setup.mjs';

const sources = ['tests/fhir/pom.xml', 'tests/fhir/src/Validate.java'].map((name) => join(root, name));
const folder = join(root, 'build/fhir');
/** Names the sources it was built of; written when all went well. */
const stamp = join(folder, 'built');

const content = () => sources.map((path) => readFileSync(path, 'utf8')).join('\0');

/** Whether it is built, of these sources. */
export function isBuilt() {
  return existsSync(stamp) && existsSync(join(folder, 'validate.jar')) && statSync(join(folder, 'lib'), { throwIfNoEntry: false }) !== undefined && readFileSync(stamp, 'utf8') === content();
}

/**
 * Builds it if need be: first of what Maven has on this machine, then with the network.
 * @returns {string | null} why it could not be had
 */
export function buildValidator() {
  if (isBuilt()) return null;
  if (!which('javac') || !which('mvn')) return 'no Java compiler or no Maven is here';
  for (const more of [['-o'], []]) {
    const { status } = spawnSync('mvn', ['-q', '-B', ...more, '-f', sources[0], 'package'], { stdio: 'ignore', timeout: 300_000 });
    if (status !== 0) continue;
    writeFileSync(stamp, content());
    return null;
  }
  return 'Maven could not build the HAPI FHIR validator: its jars are not here and cannot be fetched';
}

/**
 * What HAPI finds wrong with resources.
 * @param {object[]} resources
 * @returns {{severity: 'fatal' | 'error' | 'warning' | 'information', location: string, id: string, message: string}[][]} for each resource
 */
export function validate(resources) {
  const path = [join(folder, 'validate.jar'), join(folder, 'lib/*')].join(process.platform === 'win32' ? ';' : ':');
  const { stdout, stderr, status } = spawnSync('java', ['-cp', path, 'Validate'], { input: `${resources.map((resource) => JSON.stringify(resource)).join('\n')}\n`, encoding: 'utf8', maxBuffer: 2 ** 28 });
  if (status !== 0 && status !== 1) throw new Error(`The FHIR validator failed: ${stderr}`);
  return stdout.trim().split('\n').map((line) => JSON.parse(line));
}

if (isEntry(import.meta.url)) {
  const problem = buildValidator();
  if (problem) console.error(problem);
  process.exitCode = problem ? 1 : 0;
}
