// A server in front of the demo's that can do wrong and be slow.
import { createServer } from 'node:http';
import { start } from './common.mjs';

/**
 * @param {(path: string, response: import('node:http').ServerResponse) => Promise<boolean> | boolean} before whether it goes on as usual
 */
export async function inFront(before) {
  const server = await start();
  const front = createServer(async (request, response) => {
    try {
      if (!(await before(String(request.url), response))) return;
      const { 'if-none-match': tag } = request.headers;
      const answer = await fetch(new URL(String(request.url), server.url), { headers: tag ? { 'if-none-match': tag } : {} });
      for (const [key, value] of answer.headers) if (!/^(content-length|content-encoding|transfer-encoding|connection|keep-alive)$/.test(key)) response.setHeader(key, value);
      response.writeHead(answer.status).end(Buffer.from(await answer.arrayBuffer()));
    } catch {
      response.destroy(); // the browser, or this server, is gone
    }
  });
  await new Promise((resolve) => front.listen(0, '127.0.0.1', () => resolve(null)));
  return {
    url: `http://127.0.0.1:${/** @type {import('node:net').AddressInfo} */ (front.address()).port}/?lang=en`,
    close: async () => {
      front.closeAllConnections();
      await Promise.all([server.close(), new Promise((resolve) => front.close(() => resolve(null)))]);
    },
  };
}
