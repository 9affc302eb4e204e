// A real Orthanc with its DICOMweb plugin for a test: loopback, a free port, its storage in a folder of its own, ended by its process id.
// Not a medical device.
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { which } from '../../scripts/setup.mjs';

const program = which('Orthanc', '/usr/sbin/Orthanc');
const plugin = ['/usr/share/orthanc/plugins/libOrthancDicomWeb.so', '/usr/lib/orthanc/libOrthancDicomWeb.so'].find((path) => existsSync(path));

/** Why a test with Orthanc cannot run, or false. */
export const withoutOrthanc = !program ? 'Orthanc is not installed' : !plugin ? 'Orthanc\'s DICOMweb plugin is not installed' : false;

/** A port that is free now. @returns {Promise<number>} */
function freePort() {
  return new Promise((resolve, reject) => {
    const server = createServer().once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
      server.close(() => resolve(port));
    });
  });
}

/**
 * Starts one and waits until it answers.
 * @param {{ users?: Record<string, string> }} [options] with users it wants a password
 * @returns {Promise<{ url: string, close: () => Promise<void> }>} url of the DICOMweb service
 */
export async function startOrthanc({ users } = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'bedside-orthanc-'));
  mkdirSync(join(folder, 'storage'));
  const port = await freePort();
  const settings = {
    Name: 'Bedside test',
    StorageDirectory: join(folder, 'storage'),
    IndexDirectory: join(folder, 'storage'),
    TemporaryDirectory: folder,
    HttpPort: port,
    HttpBindAddresses: ['127.0.0.1'],
    DicomServerEnabled: false,
    RemoteAccessAllowed: false,
    AuthenticationEnabled: Boolean(users),
    RegisteredUsers: users ?? {},
    OverwriteInstances: false,
    Plugins: [plugin],
    DicomWeb: { Enable: true, Root: '/dicom-web/', EnableWado: false },
  };
  writeFileSync(join(folder, 'orthanc.json'), JSON.stringify(settings));
  const child = spawn(/** @type {string} */ (program), [join(folder, 'orthanc.json')], { cwd: folder, stdio: ['ignore', 'ignore', 'pipe'] });
  let log = '';
  child.stderr.on('data', (chunk) => (log = (log + chunk).slice(-4000)));
  const ended = new Promise((resolve) => child.once('exit', resolve));
  const close = async () => {
    child.kill('SIGTERM');
    const timer = setTimeout(() => child.kill('SIGKILL'), 10000);
    await ended;
    clearTimeout(timer);
    rmSync(folder, { recursive: true, force: true });
  };
  const url = `http://127.0.0.1:${port}/dicom-web`;
  for (const end = Date.now() + 30000; ;) {
    if (child.exitCode !== null || Date.now() > end) {
      await close();
      throw new Error(`Orthanc does not start:\n${log}`);
    }
    try {
      const { status } = await fetch(`${url}/studies`);
      if (status === 200 || status === 401) return { url, close };
    } catch {
      // not yet
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
