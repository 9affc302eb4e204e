// The demo page in real browsers, as a visitor uses it. What <bedside-exam> itself does has its own tests (element.test.mjs).
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { serve } from '../../scripts/serve.mjs';
import { root } from '../../scripts/setup.mjs';
import { choose, clean, kept, launch, missing, open, outcome, ready, since, start, upload, withFiles, until } from './common.mjs';
import { png, pngHeader } from '../node/pictures.mjs';
import { samplePicture } from '../support/dicom-objects.mjs';

const samples = new URL('../../demo/samples/', import.meta.url);
/** @type {{file: string, title: string, kind: string}[]} */
const list = JSON.parse(readFileSync(new URL('samples.json', samples), 'utf8'));
const jpegName = list.map(({ file }) => file).find((file) => file.endsWith('.jpg')) ?? '';
const jpeg = readFileSync(new URL(jpegName, samples));
/** A drawn chest X-ray that the model knows, to be spoiled. */
const chest = samplePicture('opacity-1.png');

/** Files that must be refused, with the error that says so. @type {[string, Uint8Array | string, string, RegExp][]} */
const bad = [
  ['letter.jpg', 'Dear colleague, thank you for sending this patient.', 'BDS_E_IMAGE_FORMAT', /text/],
  ['page.png', '<!doctype html><title>Sign in</title>', 'BDS_E_IMAGE_FORMAT', /HTML page/],
  ['report.jpeg', '%PDF-1.7\n1 0 obj', 'BDS_E_IMAGE_FORMAT', /PDF/],
  ['empty.png', '', 'BDS_E_IMAGE_FORMAT', /0 bytes/],
  ['cut.jpg', jpeg.subarray(0, jpeg.length / 2), 'BDS_E_IMAGE_CORRUPT', /damaged or incomplete/],
  ['huge.png', pngHeader(30000, 30000), 'BDS_E_IMAGE_SIZE', /too many pixels/],
  ['blank.png', png(300, 300, 1, () => 0), 'BDS_E_IMAGE_BLANK', /blank/],
  ['noise.png', png(200, 200, 1, (x, y) => (x * x * 31 + y * y * 17 + x * y * 7) & 255), 'BDS_E_UNKNOWN', /unlike everything/],
];

/** In the page: how many requests the element says it has made since it was ready. */
const counted = () => {
  const place = /** @type {HTMLElement | null | undefined} */ (document.querySelector('#exam')?.shadowRoot?.querySelector('[data-requests]'));
  return place ? [place.dataset.requests, place.dataset.foreign].map(Number) : null;
};

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
    const english = () => `${server.url}?lang=en`;

    test('every sample gives a result, a doubt or a refusal, from this origin alone, without a complaint', async () => {
      const { page, requests, complaints } = await open(browser);
      await ready(page, english());
      assert.match(await page.$eval('#exam', (exam) => String(exam.shadowRoot?.querySelector('.notice')?.textContent)), /Not a medical device/);
      const asked = requests.length;
      /** What each kind of sample was drawn to show. @type {Record<string, [string, string]>} */
      const expected = {
        clear: ['finding', 'The model sees no signs of pneumonia'], opacity: ['finding', 'The model sees signs of pneumonia'],
        unsure: ['unsure', 'Not sure: show it to a clinician'], other: ['refused', 'There is no result'],
      };
      for (const { file, kind } of list) {
        const { state, title, text, alerts, findings } = await choose(page, file);
        assert.deepEqual([state, title], expected[kind], file);
        assert.equal(alerts, state === 'refused' ? 1 : 0);
        assert.equal(findings > 0, state === 'finding', 'figures that cannot be relied on are not in sight');
        if (state === 'finding') assert.match(text, /\d\s?%\s+probability: pneumonia[^]*range[^]*Among as many with pneumonia as without/);
        assert.match(String(await page.evaluate(() => /** @type {any} */ (document.querySelector('#exam')).record.input.name)), /synthetic, no patient/);
        assert.equal(await page.$eval(`[data-file="${file}"]`, (button) => button.getAttribute('aria-pressed')), 'true');
      }
      // What the service worker fetches meanwhile is the app itself, and is no request of the page.
      assert.deepEqual(since(requests, asked, server.url), [], 'no request after the page was ready');
      await until(page, () => document.querySelector('#exam')?.shadowRoot?.querySelector('[data-requests]'));
      assert.equal(/** @type {number[]} */ (await page.evaluate(counted))[1], 0);
      const origin = new URL(server.url).origin;
      assert.deepEqual(requests.filter((url) => !/^(blob|data):/.test(url) && new URL(url).origin !== origin), []);
      await clean(page, complaints);
      await page.close();
    });

    test('the examination runs in a worker that is a real file, and every request can be looked up', async () => {
      const { page } = await open(browser);
      await ready(page, english());
      if (name === 'chrome') assert.deepEqual(page.workers().map((worker) => worker.url()), [new URL('/web/dist/exam.worker.js', server.url).href]);
      await page.$eval('#check', (details) => (/** @type {HTMLDetailsElement} */ (details).open = true));
      await until(page, () => document.querySelectorAll('#request-list li').length > 10);
      const listed = await page.$$eval('#request-list li', (items) => items.map((item) => String(item.textContent)));
      for (const part of ['/web/dist/exam.worker.js', '/web/dist/bedside-explain.wasm', '/models/pneumonia/pneumonia.bds']) assert.ok(listed.some((url) => url.endsWith(part)), `${part} in ${listed}`);
      assert.match(await page.$eval('#request-count', (node) => String(node.textContent)), /^\d+ requests so far, 0 to another address\.$/);
      await page.close();
    });

    test('a file that cannot be examined is an error, and no finding', async () => {
      const { page, complaints } = await open(browser);
      await ready(page, english());
      await withFiles(Object.fromEntries(bad), async (path) => {
        for (const [file, , code, message] of bad) {
          assert.ok((await choose(page, list[0].file)).findings > 0);
          const shown = await upload(page, path(file));
          assert.deepEqual([shown.state, shown.code, shown.alerts, shown.findings], ['refused', code, 1, 0], file);
          assert.match(shown.text, message, file);
          assert.match(shown.text, /There is no result/);
          assert.doesNotMatch(shown.text, /The model sees/);
        }
      });
      assert.ok((await choose(page, list[0].file)).findings > 0, 'the page works on');
      await clean(page, complaints);
      await page.close();
    });

    test('doubts are shown as "not sure", with the reason', async () => {
      const { page } = await open(browser);
      await ready(page, english());
      const at = (/** @type {number} */ x, /** @type {number} */ y) => chest.pixels[y * chest.width + x];
      const files = {
        'colour.png': png(256, 256, 3, (x, y, c) => Math.max(0, at(2 * x, 2 * y) - 60 * c)),
        'small.png': png(24, 24, 1, (x, y) => at(Math.floor((x + 0.5) * chest.width / 24), Math.floor((y + 0.5) * chest.height / 24))),
      };
      await withFiles(files, async (path) => {
        for (const [file, reason] of /** @type {const} */ ([['colour.png', /in colour/], ['small.png', /very small/]])) {
          const { state, text, findings } = await upload(page, path(file));
          assert.equal(state, 'unsure', `${file}: ${text}`);
          assert.match(text, reason);
          assert.doesNotMatch(text, /The model sees/);
          assert.equal(findings, 0, 'no number at first sight');
        }
      });
      await page.close();
    });

    test('a picture can be dropped anywhere on the page', async () => {
      const { page, complaints } = await open(browser);
      await ready(page, english());
      await page.evaluate(
        (bytes) => {
          const transfer = new DataTransfer();
          transfer.items.add(new File([Uint8Array.from(bytes)], 'dropped.jpg', { type: 'image/jpeg' }));
          document.querySelector('header')?.dispatchEvent(new DragEvent('drop', { dataTransfer: transfer, bubbles: true, cancelable: true }));
        },
        [...jpeg],
      );
      assert.ok((await outcome(page)).findings > 0);
      assert.equal(await page.evaluate(() => /** @type {any} */ (document.querySelector('#exam')).record.input.name), 'dropped.jpg');
      await clean(page, complaints);
      await page.close();
    });

    test('the mark of a sample goes with another picture or model; its caption follows the language; of several files the rest has a page', async () => {
      const { page, complaints } = await open(browser);
      await ready(page, english());
      const marked = () => [...document.querySelectorAll('#samples [aria-pressed=true]')].map((button) => /** @type {HTMLElement} */ (button).dataset.file).join();
      const { file } = list[0];
      await choose(page, file);
      assert.equal(await page.evaluate(marked), file);
      await page.select('#language', 'es');
      await until(page, () => document.documentElement.lang === 'es' && /imagen|sint/.test(/** @type {any} */ (document.querySelector('#exam')).record?.input.name ?? ''));
      assert.match(await page.evaluate(() => /** @type {any} */ (document.querySelector('#exam')).shadowRoot.querySelector('figcaption').innerText), /sin paciente|ningún paciente/);
      assert.equal(await page.evaluate(marked), file, 'still the same sample');
      await page.select('#language', 'en');
      await until(page, () => document.documentElement.lang === 'en');
      await page.evaluate(
        (bytes) => {
          const transfer = new DataTransfer();
          for (const name of ['own.jpg', 'second.jpg', 'third.jpg']) transfer.items.add(new File([Uint8Array.from(bytes)], name, { type: 'image/jpeg' }));
          document.querySelector('header')?.dispatchEvent(new DragEvent('drop', { dataTransfer: transfer, bubbles: true, cancelable: true }));
        },
        [...jpeg],
      );
      await until(page, () => /** @type {any} */ (document.querySelector('#exam')).record?.input.name === 'own.jpg');
      assert.equal(await page.evaluate(marked), '', 'no sample is shown');
      assert.match(await page.evaluate(() => /** @type {any} */ (document.querySelector('#exam')).shadowRoot.querySelector('[part=several]').innerText), /^3 files/);
      assert.ok(await page.$eval('[slot=several]', (link) => link.checkVisibility() && /** @type {HTMLAnchorElement} */ (link).pathname === '/batch.html'));
      await choose(page, file);
      assert.equal(await page.$eval('[slot=several]', (link) => link.checkVisibility()), false);
      await page.select('#model', 'blood-cells');
      await until(page, () => /** @type {any} */ (document.querySelector('#exam')).examiner?.entry.id === 'blood-cells');
      await page.select('#model', 'pneumonia');
      await until(page, () => document.querySelectorAll('#samples button').length > 0);
      assert.equal(await page.evaluate(marked), '');
      await clean(page, complaints.filter((text) => !/^failed: .*\.(wasm|bds)$/.test(text)));
      await page.close();
    });

    test('a first visit that is cut half-way says so, and that this is no medical device', { skip: name === 'chrome' ? false : 'requests are stopped in Chromium' }, async () => {
      for (const [address, missingFile] of /** @type {const} */ ([['?lang=es', /\/web\/dist\/demo\.js$/], ['?lang=en', /\/web\/dist\/part-/], ['batch.html?lang=ar', /\/web\/dist\/batch\.js$/]])) {
        const context = await browser.createBrowserContext();
        const { page } = await open(context);
        await page.setRequestInterception(true);
        page.on('request', (request) => (missingFile.test(request.url()) ? request.abort() : request.continue()));
        await page.goto(server.url + address);
        await until(page, () => !(/** @type {HTMLElement} */ (document.querySelector('#failed')).hidden));
        const text = await page.evaluate(() => document.body.innerText);
        assert.match(text, /Not a medical device\./);
        assert.match(text, /No se ha podido cargar una parte|A part of this page could not be loaded|تعذّر تحميل جزء/);
        await Promise.all([page.waitForNavigation(), page.click('#failed button')]);
        await context.close();
      }
    });

    test('a language whose texts cannot be loaded: the field goes back and the page says so', { skip: name === 'chrome' ? false : 'only Chromium goes past its service worker' }, async () => {
      const own = await start();
      const context = await browser.createBrowserContext();
      const { page } = await open(context);
      await page.setBypassServiceWorker(true);
      await ready(page, `${own.url}?lang=en`);
      await own.close();
      await page.select('#language', 'es');
      await until(page, () => !(/** @type {HTMLElement} */ (document.querySelector('#update')).hidden));
      assert.match(await page.$eval('#update', (node) => String(node.textContent)), /texts of this language could not be loaded[^]*Load again/);
      assert.deepEqual(await page.evaluate(() => [/** @type {any} */ (document.querySelector('#language')).value, document.documentElement.lang, new URLSearchParams(location.search).get('lang')]), ['en', 'en', 'en']);
      await context.close();
    });

    test('only the picture chosen last is answered, however slow the one before', async () => {
      const { page, complaints } = await open(browser);
      await ready(page, english());
      const clear = String(list.find(({ kind }) => kind === 'clear')?.file);
      const opacity = String(list.find(({ kind }) => kind === 'opacity')?.file);
      // The first: a large photograph, or a file that cannot be examined, dropped on the page, or a sample; and another sample clicked at once.
      const slow = png(3000, 2000, 1, (x, y) => (x * x * 31 + y * y * 17 + x * y * 7) & 255);
      for (const [first, second, expected] of /** @type {const} */ ([
        [slow, clear, 'The model sees no signs of pneumonia'],
        [Buffer.from('text'), opacity, 'The model sees signs of pneumonia'],
        [opacity, clear, 'The model sees no signs of pneumonia'],
        [clear, opacity, 'The model sees signs of pneumonia'],
      ])) {
        const base64 = typeof first === 'string' ? '' : Buffer.from(first).toString('base64');
        await page.evaluate(
          (sample, content, last) => {
            const click = (/** @type {string} */ file) => /** @type {HTMLElement} */ (document.querySelector(`[data-file="${file}"]`)).click();
            const seen = /** @type {any} */ (globalThis);
            seen.told = [];
            const exam = /** @type {HTMLElement} */ (document.querySelector('#exam'));
            seen.listening?.abort();
            seen.listening = new AbortController();
            for (const kind of ['result', 'refused', 'error']) exam.addEventListener(`bedside-${kind}`, () => seen.told.push(kind), { signal: seen.listening.signal });
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
        assert.equal((await outcome(page)).title, expected);
        await new Promise((resolve) => setTimeout(resolve, 300));
        assert.deepEqual(await page.evaluate(() => /** @type {any} */ (globalThis).told), ['result'], 'one answer, not that of the first');
        assert.equal((await outcome(page)).title, expected);
      }
      await clean(page, complaints);
      await page.close();
    });

    test('the policy keeps everything in: it is sent with every file, and the page refuses code from text', async () => {
      const policy = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; connect-src 'self'; img-src 'self' blob: data:; style-src 'self'; "
        + "worker-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
      assert.doesNotMatch(policy, /unsafe-inline|'unsafe-eval'|\*|https?:/);
      const paths = [
        '', 'index.html', 'batch.html', 'app.js', 'sw.js', 'app.webmanifest', 'style.css', 'models.json', 'web/bedside.js', 'web/bedside.worker.js', 'web/dist/bedside-exam.js', 'web/dist/exam.worker.js', 'web/dist/bedside-explain.wasm',
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
      await ready(page, english());
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
      await kept(page, `${own.url}?lang=en`);
      await own.close();
      for (const { file, kind } of list) assert.equal((await choose(page, file)).state, kind === 'other' ? 'refused' : kind === 'unsure' ? 'unsure' : 'finding', file);
      await withFiles({ 'a.jpg': jpeg, 'b.jpg': 'text' }, async (path) => {
        assert.ok((await upload(page, path('a.jpg'))).findings > 0);
        assert.equal((await upload(page, path('b.jpg'))).state, 'refused');
      });
      await clean(page, complaints);
      await page.close();
    });

    test('a model with another hash is not used', async () => {
      const folder = join(root, 'build/other-models');
      mkdirSync(join(folder, 'pneumonia'), { recursive: true });
      writeFileSync(join(folder, 'catalogue.json'), readFileSync(new URL('../../models/catalogue.json', import.meta.url)));
      const spoiled = readFileSync(new URL('../../models/pneumonia/pneumonia.bds', import.meta.url));
      spoiled[spoiled.length - 100] ^= 1;
      writeFileSync(join(folder, 'pneumonia/pneumonia.bds'), spoiled);
      const own = await serve({ port: 0, folders: [{ prefix: '/models/', folder: 'build/other-models', files: /\.(bds|json)$/ }] });
      const { page } = await open(browser);
      try {
        await ready(page, `${own.url}?lang=en#sample=${list[0].file}`);
        for (const shown of [await outcome(page), await choose(page, list[0].file)]) assert.deepEqual([shown.state, shown.code, shown.findings], ['error', 'BDS_E_HASH', 0], shown.text);
      } finally {
        await page.close();
        await own.close();
        rmSync(folder, { recursive: true });
      }
    });

    test('the keyboard is enough', async () => {
      const { page } = await open(browser);
      await ready(page, english());
      /** @type {string[]} */
      const path = [];
      for (let i = 0; i < 16 && !path.at(-1)?.startsWith('sample'); i++) {
        await page.keyboard.press('Tab');
        path.push(await page.evaluate(() => {
          const outer = /** @type {HTMLElement} */ (document.activeElement);
          const node = /** @type {HTMLElement} */ (outer.shadowRoot?.activeElement ?? outer);
          return `${node.className || node.id} ${node.id}`;
        }));
      }
      for (const stop of ['language', 'model', 'file']) assert.ok(path.some((step) => step.split(' ').includes(stop)), `${stop} can be reached: ${path}`);
      assert.match(String(path.at(-1)), /^sample/);
      const outline = await page.evaluate(() => getComputedStyle(/** @type {Element} */ (document.activeElement)).outlineStyle);
      assert.notEqual(outline, 'none', 'the focus can be seen');
      await page.keyboard.press('Enter');
      assert.ok((await outcome(page)).findings > 0);
      await page.close();
    });

    test('a model and a language are chosen in the page, and stay in its address', async () => {
      const { page, complaints } = await open(browser);
      await ready(page, `${server.url}?lang=es&model=skin-lesion`);
      assert.equal(await page.evaluate(() => `${document.documentElement.lang} ${/** @type {any} */ (document.querySelector('#exam')).examiner.entry.id}`), 'es skin-lesion');
      await page.select('#language', 'ar');
      await until(page, () => document.documentElement.dir === 'rtl' && /** @type {any} */ (document.querySelector('#exam')).shadowRoot.querySelector('.root').dir === 'rtl');
      await page.select('#model', 'blood-cells');
      await until(page, () => /** @type {any} */ (document.querySelector('#exam')).examiner?.entry.id === 'blood-cells');
      assert.equal(new URL(page.url()).search, '?lang=ar&model=blood-cells');
      assert.match(await page.$eval('nav a', (link) => /** @type {HTMLAnchorElement} */ (link).href), /lang=ar/);
      await page.select('#model', 'pneumonia');
      await until(page, () => document.querySelectorAll('#samples button').length > 0);
      await page.select('#language', 'en');
      await until(page, () => document.documentElement.lang === 'en');
      assert.equal((await choose(page, list[0].file)).title, 'The model sees no signs of pneumonia');
      // The worker of a model that is not wanted any more is ended, whatever it was fetching.
      await clean(page, complaints.filter((text) => !/^failed: .*\.(wasm|bds)$/.test(text)));
      await page.close();
    });

    test('on a phone the way to the answer is short, and no link or button is too low to be hit', async () => {
      const { page } = await open(browser);
      for (const language of ['en', 'es', 'ar']) {
        for (const width of [360, 1280]) {
          await page.setViewport({ width, height: 640 });
          for (const address of ['batch.html', '']) {
            await ready(page, `${server.url}${address}?lang=${language}`);
            const low = await page.evaluate(() => [.../** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll('a, button, select, summary'))]
              .filter((node) => node.checkVisibility() && node.getBoundingClientRect().height < 24)
              .map((node) => `${node.textContent} ${node.getBoundingClientRect().height}`));
            assert.deepEqual(low, [], `WCAG 2.5.8: ${address} ${language} ${width}`);
          }
          if (width > 360) continue;
          const top = await page.evaluate(() => Number(document.querySelector('#exam')?.shadowRoot?.querySelector('.answer')?.getBoundingClientRect().top));
          assert.ok(top < 960, `the answer begins ${top} px from the top, ${language}`);
          assert.equal(await page.$$eval('#samples button', (all) => new Set(all.map((button) => button.getBoundingClientRect().top)).size), 1, 'the examples are one row');
        }
      }
      await page.close();
    });

    for (const address of ['', 'batch.html']) {
      test(`axe finds nothing on ${address || 'the page'}, in three languages and both schemes; nothing overflows`, async () => {
        const own = await serve({ port: 0, folders: [{ prefix: '/axe/', folder: 'node_modules/axe-core', files: /axe\.min\.js$/ }] });
        const { page } = await open(browser);
        try {
          for (const language of ['en', 'es', 'ar']) {
            for (const scheme of name === 'chrome' ? ['light', 'dark'] : ['light']) {
              if (name === 'chrome') await page.emulateMediaFeatures([{ name: 'prefers-color-scheme', value: scheme }]);
              await page.setViewport({ width: 1280, height: 900 });
              await ready(page, `${own.url}${address}?lang=${language}`);
              if (address) await (/** @type {import('puppeteer-core').ElementHandle<HTMLInputElement>} */ (await page.$('#files'))).uploadFile(...['opacity-1.png', 'unsure-1.png', 'photo-1.jpg'].map((file) => new URL(file, samples).pathname));
              else await choose(page, list[0].file);
              if (address) await until(page, () => performance.getEntriesByName('bedside-batch').length > 0 && document.querySelectorAll('#rows tbody tr:not(.gap)').length === 3);
              await page.$$eval('details', (all) => all.forEach((node) => (node.open = true)));
              await page.addScriptTag({ url: '/axe/axe.min.js' });
              const wrong = await page.evaluate(async () => {
                const { violations } = await /** @type {any} */ (globalThis).axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] });
                return violations.map((/** @type {any} */ { id, nodes }) => `${id}: ${nodes.map((/** @type {any} */ node) => `${node.target.join(' ')} ${node.failureSummary}`).join('; ')}`);
              });
              assert.deepEqual(wrong, [], `${language}, ${scheme}`);
              for (const width of [1280, 768, 390, 360, 320]) {
                await page.setViewport({ width, height: 844 });
                assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), `no sideways scrolling at ${width}, ${language}`);
              }
            }
          }
        } finally {
          await page.close();
          await own.close();
        }
      });
    }
  });
}
