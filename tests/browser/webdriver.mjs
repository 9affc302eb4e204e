// WebKitGTK through the W3C WebDriver protocol: a display without a screen, the driver, a session; no more than a smoke test needs.
import { spawn } from 'node:child_process';
import { createServer } from 'node:net';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { which } from '../../scripts/setup.mjs';

const START_MS = 30_000;

/** MiniBrowser, which WebKitGTK's driver drives; distributions differ about its folder. @returns {string | undefined} */
function miniBrowser() {
  const architectures = existsSync('/usr/lib') ? readdirSync('/usr/lib').filter((name) => /-linux-gnu/.test(name)).map((name) => join('/usr/lib', name)) : [];
  return [...architectures, '/usr/lib', '/usr/lib64', '/usr/libexec']
    .filter((folder) => existsSync(folder))
    .flatMap((folder) => readdirSync(folder).filter((name) => /^webkit2?gtk-[\d.]+$/.test(name)).map((name) => join(folder, name, 'MiniBrowser')))
    .find((path) => existsSync(path));
}

/** Why WebKitGTK cannot be driven here, or false. */
export function missingWebKit() {
  if (!which('WebKitWebDriver')) return 'no WebKitWebDriver (webkit2gtk-driver) is installed';
  if (!miniBrowser()) return 'no MiniBrowser of WebKitGTK is installed';
  if (!process.env.DISPLAY && !which('Xvfb')) return 'there is neither a display nor Xvfb';
  return false;
}

/** A port that was free a moment ago. @returns {Promise<number>} */
const freePort = () =>
  new Promise((resolve) => {
    const server = createServer();
    server.listen(0, '127.0.0.1', () => {
      const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
      server.close(() => resolve(port));
    });
  });

/** A display without a screen; it says its number on a pipe. @returns {Promise<{ display: string, stop: () => void }>} */
async function screen() {
  if (!which('Xvfb')) return { display: String(process.env.DISPLAY), stop() {} };
  const child = spawn('Xvfb', ['-displayfd', '3', '-screen', '0', '1280x1024x24', '-nolisten', 'tcp'], { stdio: ['ignore', 'ignore', 'ignore', 'pipe'] });
  const number = await new Promise((resolve, reject) => {
    /** @type {import('node:stream').Readable} */ (child.stdio[3]).once('data', (data) => resolve(String(data).trim()));
    child.once('exit', (code) => reject(new Error(`Xvfb ended with ${code}`)));
    child.once('error', reject);
  });
  return { display: `:${number}`, stop: () => void child.kill() };
}

export class Session {
  #base;
  #stop;

  /** @param {string} base @param {() => void} stop */
  constructor(base, stop) {
    this.#base = base;
    this.#stop = stop;
  }

  static async open() {
    const { display, stop } = await screen();
    const port = await freePort();
    const driver = spawn('WebKitWebDriver', [`--port=${port}`], {
      stdio: 'ignore',
      env: { ...process.env, DISPLAY: display, LIBGL_ALWAYS_SOFTWARE: '1', WEBKIT_DISABLE_DMABUF_RENDERER: '1', GDK_BACKEND: 'x11', NO_AT_BRIDGE: '1', WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS: '1' },
    });
    const end = () => {
      driver.kill();
      stop();
    };
    try {
      const root = `http://127.0.0.1:${port}`;
      for (const begin = Date.now(); ; await new Promise((resolve) => setTimeout(resolve, 100))) {
        if (await fetch(`${root}/status`).then(({ ok }) => ok, () => false)) break;
        if (Date.now() - begin > START_MS) throw new Error('WebKitWebDriver does not answer');
      }
      const session = new Session(root, end);
      const options = { binary: miniBrowser(), args: ['--automation'] };
      const { sessionId, capabilities } = await session.send('POST', '/session', { capabilities: { alwaysMatch: { 'webkitgtk:browserOptions': options } } });
      session.#base = `${root}/session/${sessionId}`;
      return { session, version: `${capabilities.browserName} ${capabilities.browserVersion}` };
    } catch (error) {
      end();
      throw error;
    }
  }

  /** @param {'GET' | 'POST' | 'DELETE'} method @param {string} path @param {object} [body] @returns {Promise<any>} */
  async send(method, path, body) {
    const response = await fetch(`${this.#base}${path}`, { method, headers: { 'Content-Type': 'application/json' }, body: method === 'POST' ? JSON.stringify(body ?? {}) : undefined, signal: AbortSignal.timeout(START_MS) });
    const { value } = /** @type {{ value: any }} */ (await response.json());
    if (!response.ok) throw new Error(`WebDriver ${path}: ${value.error}: ${value.message}`);
    return value;
  }

  /** @param {string} url */
  go = (url) => this.send('POST', '/url', { url });

  /** Runs a function in the page; what it is given and gives back is plain data. @template {unknown[]} A @param {(...args: A) => unknown} work @param {A} args @returns {Promise<any>} */
  run = (work, ...args) => this.send('POST', '/execute/sync', { script: `return (${work}).apply(null, arguments)`, args });

  /** @param {() => unknown} condition */
  async until(condition) {
    for (const begin = Date.now(); !(await this.run(condition)); await new Promise((resolve) => setTimeout(resolve, 100))) {
      if (Date.now() - begin > START_MS) throw new Error(`not within ${START_MS / 1000} s: ${condition}`);
    }
  }

  /** @returns {Promise<Buffer>} PNG */
  screenshot = async () => Buffer.from(await this.send('GET', '/screenshot'), 'base64');

  async close() {
    await this.send('DELETE', '').catch(() => {});
    this.#stop();
  }
}
