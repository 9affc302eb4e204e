// A server on the loopback interface for the pages of the benchmark: the library, npm's packages and the pages where they lie in the
// project, and the files of this run.
// Pages are cross-origin isolated, which makes the browser's clock 20 times finer.
import { createServer } from 'node:http';
import { join } from 'node:path';
import sirv from 'sirv';
import { root } from '../setup.mjs';

const headers = {
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Cache-Control': 'no-cache',
};

/**
 * @param {string} work folder of this run's files
 * @returns {Promise<{ url: string, close: () => Promise<void> }>}
 */
export function serve(work) {
  const folders = ['web', 'node_modules', 'scripts/bench/page'].map((folder) => ({ prefix: `/${folder}/`, folder: join(root, folder) }));
  const mounts = [...folders, { prefix: '/files/', folder: work }].map(({ prefix, folder }) => ({ prefix, answer: sirv(folder, { dev: true, etag: true }) }));
  const server = createServer((request, response) => {
    for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
    const mount = mounts.find(({ prefix }) => request.url?.startsWith(prefix));
    const refuse = () => void response.writeHead(404, { 'Content-Type': 'text/plain' }).end('Not found\n');
    if (!mount) return refuse();
    request.url = request.url?.slice(mount.prefix.length - 1);
    return mount.answer(request, response, refuse);
  });
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
      resolve({
        url: `http://127.0.0.1:${port}/`,
        close: () =>
          new Promise((done) => {
            server.close(() => done());
            server.closeAllConnections();
          }),
      });
    });
  });
}
