// Takes docs/demo.png and docs/monitor.png: `node tests/browser/screenshot.mjs`. Not part of any test.
import { fileURLToPath } from 'node:url';
import { choose, launch, open, ready, start, until } from './common.mjs';

const [browser, server] = await Promise.all([launch('chrome'), start()]);
const { page } = await open(browser);
await page.setViewport({ width: 1280, height: 900, deviceScaleFactor: 1 });
await page.emulateMediaFeatures([{ name: 'prefers-color-scheme', value: 'light' }]);
await ready(page, `${server.url}?lang=en`);
await choose(page, 'opacity-1.png');
await new Promise((resolve) => setTimeout(resolve, 500));
await page.screenshot({ path: /** @type {`${string}.png`} */ (fileURLToPath(new URL('../../docs/demo.png', import.meta.url))) });

await page.setViewport({ width: 1280, height: 960, deviceScaleFactor: 1 });
await page.goto(`${server.url}monitor.html#scenario=run&speed=4`);
await until(page, () => document.querySelector('[data-alarm=run]'));
await new Promise((resolve) => setTimeout(resolve, 1000));
await page.screenshot({ path: /** @type {`${string}.png`} */ (fileURLToPath(new URL('../../docs/monitor.png', import.meta.url))) });
await browser.close();
await server.close();
