// The demo page in real browsers, as a visitor uses it.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { choose, clean, launch, missing, open, outcome, ready, start, upload, withFiles, until } from './common.mjs';
import { grey, png, pngHeader } from '../node/pictures.mjs';

const samples = new URL('../../demo/samples/', import.meta.url);
/** @type {{file: string, title: string, kind: string}[]} */
const list = JSON.parse(readFileSync(new URL('samples.json', samples), 'utf8'));
const jpegName = list.map(({ file }) => file).find((file) => file.endsWith('.jpg')) ?? '';
const jpeg = readFileSync(new URL(jpegName, samples));

/** Files that must be refused, with the error that says so. @type {[string, Uint8Array | string, RegExp, RegExp][]} */
const bad = [
  ['letter.jpg', 'Dear colleague, thank you for sending this patient.', /BDS_E_IMAGE_FORMAT/, /text/],
  ['page.png', '<!doctype html><title>Sign in</title>', /BDS_E_IMAGE_FORMAT/, /HTML page/],
  ['report.jpeg', '%PDF-1.7\n1 0 obj', /BDS_E_IMAGE_FORMAT/, /PDF/],
  ['empty.png', '', /BDS_E_IMAGE_FORMAT/, /0 bytes/],
  ['cut.jpg', jpeg.subarray(0, jpeg.length / 2), /BDS_E_IMAGE_CORRUPT/, /damaged or incomplete/],
  ['huge.png', pngHeader(30000, 30000), /BDS_E_IMAGE_SIZE/, /too many pixels/],
  ['blank.png', png(300, 300, 1, () => 0), /BDS_E_IMAGE_BLANK/, /blank/],
];

for (const name of /** @type {const} */ (['chrome', 'firefox'])) {
  describe(`the demo in ${name}`, { skip: missing(name) }, () => {
    /** @type {import('puppeteer-core').Browser} */
    let browser;
    /** @type {{url: string, close: () => Promise<void>}} */
    let server;
    before(async () => {
      [browser, server] = await Promise.all([launch(name), start()]);
    });
    after(async () => {
      await browser?.close();
      await server?.close();
    });

    test('every sample gives a result or a doubt, from this origin alone, without a complaint', async () => {
      const { page, requests, complaints } = await open(browser);
      await ready(page, server.url);
      assert.match(await page.$eval('body', (body) => body.innerText), /Not a medical device/);
      const asked = requests.length;
      /** What each kind of sample was drawn to show. @type {Record<string, RegExp>} */
      const expected = { clear: /sees no signs of pneumonia/, opacity: /sees signs of pneumonia/, unsure: /Not sure/, other: /Not sure/ };
      for (const { file, kind } of list) {
        const { state, text, alerts } = await choose(page, file);
        assert.ok(state === 'finding' || state === 'unsure', `${file}: ${state} ${text}`);
        assert.match(text, expected[kind], file);
        assert.equal(alerts, 0);
        if (state === 'finding') assert.match(text, /\d+\s%\s+probability of \w+ \(range .*%/);
        if (state === 'finding') assert.match(text, /Among as many healthy as sick, and where its calibration holds, (about|under|over) \d+ in 100 pictures/);
        else assert.match(text, /Not sure: show it to a clinician/);
        assert.match(await page.$eval('#caption', (caption) => /** @type {HTMLElement} */ (caption).innerText), /synthetic, no patient/);
      }
      const made = requests.slice(asked).filter((url) => url.startsWith('http'));
      assert.deepEqual(made, [], 'no request after the page was ready');
      assert.equal(await page.$eval('#requests', (node) => node.textContent), '0');
      const origin = new URL(server.url).origin;
      assert.deepEqual(requests.filter((url) => !/^(blob|data):/.test(url) && new URL(url).origin !== origin), []);
      assert.match(await page.$eval('#engine', (node) => /** @type {HTMLElement} */ (node).innerText), /SIMD \(simd128\)/);
      assert.match(await page.$eval('#model', (node) => /** @type {HTMLElement} */ (node).innerText), /pneumonia, \d+ KB, [0-9a-f]{12}/);
      assert.match(await page.$eval('#time', (node) => /** @type {HTMLElement} */ (node).innerText), /Examined in/);
      await clean(page, complaints);
      await page.close();
    });

    test('the examination runs in a worker that is a real file', async () => {
      const { page } = await open(browser);
      await ready(page, server.url);
      const urls = name === 'chrome' ? page.workers().map((worker) => worker.url()) : [];
      if (name === 'chrome') assert.deepEqual(urls, [new URL('/web/bedside.worker.js', server.url).href]);
      const listed = await page.$$eval('#request-list li', (items) => items.map((item) => String(item.textContent)));
      assert.ok(listed.some((url) => /\/web\/dist\/bedside-simd\.wasm$/.test(url)), listed.join());
      assert.ok(listed.some((url) => /\/models\/pneumonia\/pneumonia\.bds$/.test(url)), listed.join());
      await page.close();
    });

    test('a file that cannot be examined is an error, and no finding', async () => {
      const { page, complaints } = await open(browser);
      await ready(page, server.url);
      await withFiles(Object.fromEntries(bad), async (path) => {
        for (const [file, , code, message] of bad) {
          assert.ok((await choose(page, list[0].file)).findings > 0);
          await page.evaluate(() => document.querySelector('[data-state]')?.setAttribute('data-state', 'idle'));
          const shown = await upload(page, path(file));
          assert.equal(shown.state, 'error', file);
          assert.equal(shown.alerts, 1, file);
          assert.equal(shown.findings, 0, file);
          assert.match(shown.code, code, file);
          assert.match(shown.text, message, file);
          assert.match(shown.text, /There is no result/);
          assert.equal(await page.$eval('#figure', (figure) => /** @type {HTMLElement} */ (figure).hidden), true, file);
          assert.equal(await page.$$eval('#problem svg', (icons) => icons.length), 1, 'an icon, not a colour alone');
        }
      });
      assert.ok((await choose(page, list[0].file)).findings > 0, 'the page works on');
      await clean(page, complaints);
      await page.close();
    });

    test('doubts are shown as "not sure", with the reason', async () => {
      const { page } = await open(browser);
      await ready(page, server.url);
      const files = {
        'colour.png': png(200, 200, 3, (x, y, c) => (c === 0 ? 120 + (x % 100) : 20)),
        'small.png': png(12, 12, 1, grey(120)),
        'noise.png': png(200, 200, 1, (x, y) => (x * x * 31 + y * y * 17 + x * y * 7) & 255),
      };
      await withFiles(files, async (path) => {
        for (const [file, reason] of /** @type {const} */ ([['colour.png', /in colour/], ['small.png', /very small/], ['noise.png', /unlike the chest X-rays/]])) {
          await page.evaluate(() => document.querySelector('[data-state]')?.setAttribute('data-state', 'idle'));
          const { state, text } = await upload(page, path(file));
          assert.equal(state, 'unsure', `${file}: ${text}`);
          assert.match(text, reason);
          assert.doesNotMatch(text, /The model sees/);
          assert.equal(await page.$eval('.bar', (bar) => bar.closest('details')?.open), false, 'no number at first sight');
        }
      });
      await page.close();
    });

    test('a picture can be dropped anywhere on the page', async () => {
      const { page, complaints } = await open(browser);
      await ready(page, server.url);
      await page.evaluate(
        (bytes) => {
          const transfer = new DataTransfer();
          transfer.items.add(new File([Uint8Array.from(bytes)], 'dropped.jpg', { type: 'image/jpeg' }));
          document.querySelector('h1')?.dispatchEvent(new DragEvent('drop', { dataTransfer: transfer, bubbles: true, cancelable: true }));
        },
        [...jpeg],
      );
      const { findings } = await outcome(page);
      assert.ok(findings > 0);
      await until(page, () => !(/** @type {HTMLElement} */ (document.querySelector('#figure')).hidden));
      assert.match(await page.$eval('#caption', (caption) => /** @type {HTMLElement} */ (caption).innerText), /^dropped\.jpg\s*$/);
      await clean(page, complaints);
      await page.close();
    });

    test('only the picture chosen last is answered, however slow the one before', async () => {
      const { page, complaints } = await open(browser);
      await ready(page, server.url);
      const clear = String(list.find(({ kind }) => kind === 'clear')?.file);
      const opacity = String(list.find(({ kind }) => kind === 'opacity')?.file);
      // The first: a large photograph, or a file that cannot be examined; both dropped on the page, and a sample clicked at once.
      const slow = png(3000, 2000, 1, (x, y) => (x * x * 31 + y * y * 17 + x * y * 7) & 255);
      for (const [first, second, expected] of /** @type {const} */ ([
        [slow, clear, /sees no signs of pneumonia/],
        [Buffer.from('text'), opacity, /sees signs of pneumonia/],
        [opacity, clear, /sees no signs of pneumonia/],
        [clear, opacity, /sees signs of pneumonia/],
      ])) {
        const base64 = typeof first === 'string' ? '' : Buffer.from(first).toString('base64');
        await page.evaluate(
          (sample, content, last) => {
            const click = (/** @type {string} */ file) => /** @type {HTMLElement} */ (document.querySelector(`[data-file="${file}"]`)).click();
            const seen = /** @type {any} */ (globalThis);
            seen.shown = [];
            seen.observer?.disconnect();
            seen.observer = new MutationObserver(() => {
              const node = /** @type {HTMLElement | null} */ (document.querySelector('[data-state]'));
              seen.shown.push(`${node?.dataset.state}: ${node?.querySelector('h3')?.textContent ?? ''}`);
            });
            for (const id of ['result', 'problem']) seen.observer.observe(document.getElementById(id), { childList: true });
            if (content) {
              const transfer = new DataTransfer();
              transfer.items.add(new File([Uint8Array.from(atob(content), (c) => c.charCodeAt(0))], 'first.png'));
              document.body.dispatchEvent(new DragEvent('drop', { dataTransfer: transfer, bubbles: true, cancelable: true }));
            } else {
              click(sample);
            }
            click(last);
          },
          String(first), base64, second,
        );
        const { text } = await outcome(page);
        assert.match(text, expected);
        await page.waitForFunction(() => !(/** @type {HTMLElement} */ (document.querySelector('#figure')).hidden));
        const shown = await page.evaluate(() => /** @type {any} */ (globalThis).shown);
        assert.equal(shown.filter((/** @type {string} */ state) => !state.startsWith('busy')).length, 1, `one answer, not that of the first: ${shown}`);
        assert.match(shown.at(-1), expected);
        const caption = await page.$eval('#caption', (node) => /** @type {HTMLElement} */ (node).innerText);
        assert.ok(caption.startsWith(String(list.find(({ file }) => file === second)?.title)), caption);
      }
      await clean(page, complaints);
      await page.close();
    });

    test('the policy keeps everything in: it is sent with every file, and the page refuses code from text', async () => {
      const policy = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; connect-src 'self'; img-src 'self' blob: data:; style-src 'self'; "
        + "worker-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
      assert.doesNotMatch(policy, /unsafe-inline|'unsafe-eval'|\*|https?:/);
      const paths = [
        '', 'index.html', 'app.js', 'style.css', 'models.json', 'web/bedside.js', 'web/worker-client.js', 'web/bedside.worker.js', 'web/dist/bedside-simd.wasm',
        'web/dist/bedside-scalar.wasm', 'web/dist/bedside-decode.wasm', 'models/pneumonia/pneumonia.bds', 'samples/samples.json', `samples/${list[0].file}`, 'not-there.html',
      ];
      for (const path of paths) {
        const response = await fetch(server.url + path);
        assert.equal(response.status, path.startsWith('not') ? 404 : 200, path);
        assert.equal(response.headers.get('content-security-policy'), policy, path);
        assert.equal(response.headers.get('x-content-type-options'), 'nosniff', path);
        await response.arrayBuffer();
      }
      const { page } = await open(browser);
      await ready(page, server.url);
      // From a timer: what a test driver runs itself may be exempt.
      const tried = await page.evaluate(
        () =>
          new Promise((resolve) => {
            setTimeout(async () => {
              const attempt = async (/** @type {() => unknown} */ work) => {
                try {
                  await work();
                  return 'allowed';
                } catch (error) {
                  return /** @type {Error} */ (error).name;
                }
              };
              const script = document.createElement('script');
              script.textContent = 'globalThis.inlineRan = true';
              document.head.append(script);
              resolve({
                eval: await attempt(() => (0, eval)('1')), // eslint-disable-line no-eval
                function: await attempt(() => Function('return 1')()), // eslint-disable-line no-new-func
                elsewhere: await attempt(() => fetch('https://example.invalid/')),
                inline: 'inlineRan' in globalThis ? 'allowed' : 'refused',
                meta: document.querySelectorAll('meta[http-equiv]').length,
              });
            });
          }),
      );
      assert.deepEqual(tried, { eval: 'EvalError', function: 'EvalError', elsewhere: 'TypeError', inline: 'refused', meta: 0 });
      const violations = await page.evaluate(() => /** @type {any} */ (globalThis).violations);
      assert.ok(violations.some((/** @type {string} */ v) => v.startsWith('connect-src')), `the policy, not the network: ${violations}`);
      await page.close();
    });

    test('everything works with the network cut', async () => {
      const own = await start();
      const { page, complaints } = await open(browser);
      await ready(page, own.url);
      await own.close();
      for (const { file } of list) assert.ok((await choose(page, file)).findings > 0, file);
      await withFiles({ 'a.jpg': jpeg, 'b.jpg': 'text' }, async (path) => {
        await page.evaluate(() => document.querySelector('[data-state]')?.setAttribute('data-state', 'idle'));
        assert.ok((await upload(page, path('a.jpg'))).findings > 0);
        await page.evaluate(() => document.querySelector('[data-state]')?.setAttribute('data-state', 'idle'));
        assert.equal((await upload(page, path('b.jpg'))).state, 'error');
      });
      await clean(page, complaints);
      await page.close();
    });

    test('a model with another hash is not used', async () => {
      const { page } = await open(browser);
      await page.evaluateOnNewDocument(() => {
        const { fetch } = globalThis;
        globalThis.fetch = async (...args) => {
          if (!String(args[0]).endsWith('models.json')) return fetch(...args);
          return new Response(JSON.stringify({ pneumonia: { url: '/models/pneumonia/pneumonia.bds', sha256: 'ab'.repeat(32) } }));
        };
      });
      await ready(page, server.url);
      const first = await outcome(page);
      assert.deepEqual([first.state, first.code, first.findings], ['error', 'BDS_E_HASH', 0]);
      await page.evaluate(() => document.querySelector('[data-state]')?.setAttribute('data-state', 'idle'));
      assert.equal((await choose(page, list[0].file)).code, 'BDS_E_HASH');
      await page.close();
    });

    test('the keyboard is enough', async () => {
      const { page } = await open(browser);
      await ready(page, server.url);
      /** @type {string[]} */
      const path = [];
      for (let i = 0; i < 12 && !path.at(-1)?.startsWith('sample'); i++) {
        await page.keyboard.press('Tab');
        path.push(await page.evaluate(() => {
          const node = /** @type {HTMLElement} */ (document.activeElement);
          return `${node.className || node.id} ${node.id}`;
        }));
      }
      assert.ok(path.some((step) => /\bfile\b/.test(step)), `the file field can be reached: ${path}`);
      assert.match(String(path.at(-1)), /^sample/);
      const outline = await page.evaluate(() => getComputedStyle(/** @type {Element} */ (document.activeElement)).outlineStyle);
      assert.notEqual(outline, 'none', 'the focus can be seen');
      await page.keyboard.press('Enter');
      assert.ok((await outcome(page)).findings > 0);
      await page.close();
    });

    test('everything has a name, nothing overflows, and text stands out enough', async () => {
      const { page } = await open(browser);
      await ready(page, server.url);
      const unnamed = await page.evaluate(() => {
        const named = (/** @type {Element} */ node) =>
          node.getAttribute('aria-label') || node.getAttribute('alt') !== null || node.textContent?.trim() || (/** @type {HTMLInputElement} */ (node).labels?.length);
        return [...document.querySelectorAll('img, button, input, a, canvas, summary, [role=img]')].filter((node) => !named(node)).map((node) => node.outerHTML);
      });
      assert.deepEqual(unnamed, []);
      for (const scheme of name === 'chrome' ? ['light', 'dark'] : ['light']) {
        if (name === 'chrome') await page.emulateMediaFeatures([{ name: 'prefers-color-scheme', value: scheme }]);
        for (const file of [...list.map((sample) => sample.file), null]) {
          if (file) {
            await choose(page, file);
          } else {
            await withFiles({ 'a.png': 'text' }, async (path) => {
              await page.evaluate(() => document.querySelector('[data-state]')?.setAttribute('data-state', 'idle'));
              assert.equal((await upload(page, path('a.png'))).state, 'error');
            });
          }
          await page.$$eval('details', (all) => all.forEach((node) => (node.open = true)));
          assert.deepEqual(await page.evaluate(faint), [], `${scheme}, ${file}`);
        }
      }
      for (const width of [1280, 768, 390, 320]) {
        await page.setViewport({ width, height: 844 });
        assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), `no sideways scrolling at ${width}`);
      }
      await page.close();
    });
  });
}

/** In the page: texts with less contrast than WCAG AA asks for. */
function faint() {
  const numbers = (/** @type {string} */ colour) => (colour.match(/[\d.]+/g) ?? []).map(Number);
  const luminance = (/** @type {number[]} */ rgb) => {
    const [r, g, b] = rgb.map((v) => (v / 255 <= 0.04045 ? v / 255 / 12.92 : ((v / 255 + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  /** @type {string[]} */
  const found = [];
  for (const node of document.body.querySelectorAll('*')) {
    const own = [...node.childNodes].some((child) => child.nodeType === 3 && child.textContent?.trim());
    if (!own || !(/** @type {HTMLElement} */ (node).checkVisibility?.() ?? true) || node.closest('.away, noscript, svg')) continue;
    const style = getComputedStyle(node);
    /** @type {Element | null} */
    let behind = node;
    let ground = numbers(getComputedStyle(behind).backgroundColor);
    while (behind && ground[3] === 0) {
      behind = behind.parentElement;
      if (behind) ground = numbers(getComputedStyle(behind).backgroundColor);
    }
    const [a, b] = [luminance(numbers(style.color).slice(0, 3)), luminance(ground.slice(0, 3))];
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    const large = parseFloat(style.fontSize) >= 24 || (parseFloat(style.fontSize) >= 18.66 && Number(style.fontWeight) >= 700);
    if (ratio < (large ? 3 : 4.5)) found.push(`${ratio.toFixed(2)}: ${node.textContent?.trim().slice(0, 40)}`);
  }
  return found;
}
