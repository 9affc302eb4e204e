// The live ECG and "Bring your own model" in Spanish and Arabic, in real browsers: no English is left but what says that it is English; the strip
// runs from left to right all the same; another language takes over at once and stays in the address; axe finds nothing.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { serve } from '../../scripts/serve.mjs';
import { syntheticRecord } from '../../web/synthetic-ecg.js';
import { prepare } from '../torch/prepare.mjs';
import { clean, launch, missing, open, start, until, withFiles } from './common.mjs';

/** @typedef {import('puppeteer-core').Page} Page */

const { network, calibration } = prepare('tiny.script');

/** In the page: texts and names that are neither marked as English nor of the page's language. */
function foreign() {
  const { lang } = document.documentElement;
  const names = /\b(Bedside|WFDB|EDF|ONNX|TensorFlow|Lite|SIMD|WebAssembly|Web|Bluetooth|Serial|Chrome|Edge|H10|II|hea|dat|atr|csv|onnx|tflite|npy|bds|mm|mV|kB|ms|int8|float32|tiny|script|walk|English|Español)\b/g;
  const wrong = (/** @type {string} */ text) => {
    const rest = text.replace(names, '');
    // Spanish shares its letters with English: there the small words tell.
    return lang === 'ar' ? /[A-Za-z]{2,}/.test(rest) : /\b(the|of|and|is|are|not|this|that|beats?|rate|signal|with|from|what|nothing|been|cannot|alarm|loading|network|file|layers?|weights|bytes of|yet|over|under)\b/i.test(rest);
  };
  /** @type {string[]} */
  const found = [];
  const walker = document.createTreeWalker(document.documentElement, NodeFilter.SHOW_TEXT | NodeFilter.SHOW_ELEMENT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const element = /** @type {Element} */ (node.nodeType === 3 ? node.parentElement : node);
    if (element.closest('[lang=en], noscript, script, #language')) continue;
    const texts = node.nodeType === 3 ? [String(node.textContent)] : ['aria-label', 'title', 'alt', 'placeholder'].map((name) => element.getAttribute(name) ?? '');
    found.push(...texts.filter(wrong).map((text) => `${element.tagName} ${element.id}: ${text}`));
  }
  return found;
}

/** In the page: ends the session's movement, so that what is looked at stays. */
const pause = () => /** @type {HTMLElement} */ (document.querySelector('#play')).click();
const ready = () => document.documentElement.dataset.ready === 'true';

/** @param {Page} page @param {string} selector @param {string[]} paths */
async function give(page, selector, ...paths) {
  await page.evaluate(() => delete document.documentElement.dataset.state);
  await (/** @type {import('puppeteer-core').ElementHandle<HTMLInputElement>} */ (await page.$(selector))).uploadFile(...paths);
}

for (const name of /** @type {const} */ (['chrome', 'firefox'])) {
  describe(`languages of the live ECG and of the compiler's page, in ${name}`, { skip: missing(name) }, () => {
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

    for (const [language, device, title, alarm, lost] of /** @type {const} */ ([
      ['es', 'No es un producto sanitario.', 'ECG sintético: salvas de latidos ventriculares', /^3 o más latidos ventriculares seguidos/, 'La señal no se puede valorar'],
      ['ar', 'هذا ليس جهازًا طبيًا.', 'تخطيط قلب مصطنع: نوبات من نبضات بطينية متتالية', /^3 نبضات بطينية متتالية أو أكثر/, 'لا يمكن تقييم الإشارة'],
    ])) {
      test(`the live ECG in ${language}: a run of ventricular beats, limits, files that cannot be shown`, async () => {
        const { page, requests, complaints } = await open(browser);
        await page.goto(`${server.url}monitor.html?lang=${language}#scenario=run&speed=16`);
        await until(page, ready);
        assert.ok((await page.$eval('[role=note]', (node) => /** @type {HTMLElement} */ (node).innerText)).startsWith(device));
        const bare = (/** @type {string} */ text) => text.replace(/[\u2066-\u2069\u200f]/g, '');
        assert.equal(bare(await page.$eval('#title', (node) => String(node.textContent))), title);
        await until(page, () => document.querySelector('[data-alarm=run]'));
        const raised = await page.evaluate(() => ({
          role: document.querySelector('#alarms')?.getAttribute('role'), text: String(document.querySelector('[data-alarm=run]')?.textContent), state: /** @type {HTMLElement} */ (document.querySelector('#state')).dataset.style,
        }));
        assert.deepEqual([raised.role, raised.state], ['alert', 'alarm'], 'as urgent as in English');
        assert.match(bare(raised.text), alarm);
        await until(page, () => document.documentElement.dataset.frames);
        await page.evaluate(pause);
        await page.$$eval('details', (all) => all.forEach((node) => (node.open = true)));
        await page.$eval('#limit-high', (node) => {
          /** @type {HTMLInputElement} */ (node).value = '6000';
          node.dispatchEvent(new Event('input', { bubbles: true }));
        });
        assert.match(await page.$eval('#limits-text', (node) => String(node.textContent)), /120/);
        assert.deepEqual(await page.evaluate(foreign), []);
        assert.deepEqual(requests.filter((url) => /\/words\/(es|ar)\.js$/.test(url) && !url.endsWith(`/${language}.js`)), [], 'of the languages only the one that is spoken');

        // The strip is paper: time goes from left to right, leads are named at its left, whatever the page's direction.
        const layout = await page.evaluate(() => {
          const box = (/** @type {string} */ selector) => /** @type {Element} */ (document.querySelector(selector)).getBoundingClientRect();
          const style = (/** @type {string} */ selector) => getComputedStyle(/** @type {Element} */ (document.querySelector(selector))).direction;
          return {
            page: style('main'), strip: style('#strip'), over: box('#trace').left - box('#paper').left, lead: box('#lead-0').left - box('#strip').left,
            rate: box('.rate').left < box('#state').left, wide: document.documentElement.scrollWidth <= innerWidth,
          };
        });
        assert.deepEqual([layout.page, layout.strip, layout.over, layout.rate, layout.wide], [language === 'ar' ? 'rtl' : 'ltr', 'ltr', 0, language !== 'ar', true]);
        assert.ok(layout.lead < 20, `${layout.lead} pixels from the left`);

        const record = syntheticRecord(12, { seed: 3 });
        const table = `time (s),II (mV)\n${Array.from({ length: 360 * 12 }, (_, i) => `${(i / 360).toFixed(5)},${record.values[2 * i] / 200}`).join('\n')}\n`;
        await withFiles({ 'walk.csv': table, 'page.csv': '<!doctype html><title>Sign in</title>' }, async (path) => {
          await give(page, '#file', path('page.csv'));
          await until(page, () => document.documentElement.dataset.state === 'error');
          const problem = await page.$eval('#problem', (node) => ({ text: String(node.querySelector('p')?.textContent), code: node.querySelector('.hash')?.textContent, english: node.querySelector('details [lang=en]')?.textContent }));
          assert.equal(problem.code, 'BDS_E_FORMAT');
          assert.match(String(problem.english), /web page/, 'what the engine says is there, as English');
          assert.deepEqual(await page.evaluate(foreign), []);
          await give(page, '#file', path('walk.csv'));
          await until(page, () => document.querySelector('#state-title')?.textContent === { es: 'El registro ha terminado', ar: 'انتهى التسجيل' }[document.documentElement.lang]);
          assert.equal(await page.$eval('#rate', (node) => node.textContent), '--');
          assert.deepEqual(await page.evaluate(foreign), []);
        });
        await clean(page, complaints);
        await page.close();
      });

      test(`a signal that is lost, and a belt, in ${language}`, async () => {
        const { page, complaints } = await open(browser);
        await page.evaluateOnNewDocument(() => {
          const characteristic = Object.assign(new EventTarget(), { value: new DataView(new ArrayBuffer(2)), startNotifications: async () => {} });
          const device = Object.assign(new EventTarget(), { name: 'H10', gatt: { connect: async () => ({ getPrimaryService: async () => ({ getCharacteristic: async () => characteristic }) }), disconnect() {} } });
          Object.defineProperty(navigator, 'bluetooth', { value: { requestDevice: async () => device }, configurable: true });
          Object.assign(globalThis, {
            beltSends: (/** @type {number[]} */ ...bytes) => {
              characteristic.value = new DataView(Uint8Array.from(bytes).buffer);
              characteristic.dispatchEvent(new Event('characteristicvaluechanged'));
            },
            beltGoes: () => device.dispatchEvent(new Event('gattserverdisconnected')),
          });
        });
        await page.goto(`${server.url}monitor.html?lang=${language}#scenario=electrode&speed=16`);
        await until(page, () => {
          const state = /** @type {HTMLElement} */ (document.querySelector('#state'));
          if (!document.querySelector('[data-alarm=signal]') || state.dataset.style !== 'lost') return false;
          /** @type {any} */ (globalThis).seen = document.querySelector('#state-title')?.textContent;
          /** @type {HTMLElement} */ (document.querySelector('#play')).click();
          return true;
        });
        assert.equal(await page.evaluate(() => /** @type {any} */ (globalThis).seen), lost);
        assert.deepEqual(await page.evaluate(foreign), []);
        await page.click('#belt');
        await until(page, () => /H10/.test(document.querySelector('#title')?.textContent ?? ''));
        await page.evaluate(() => /** @type {any} */ (globalThis).beltSends(0x16, 62, 0, 4));
        assert.match(await page.$eval('#state-text', (node) => String(node.textContent)), language === 'es' ? /No se clasifica ningún latido.*1,00/ : /لا تُصنَّف أي نبضة.*1\.00/);
        for (let i = 0; i < 3; i++) await page.evaluate(() => /** @type {any} */ (globalThis).beltSends(0, 190));
        await until(page, () => document.querySelector('#alarms [data-alarm=high]'));
        assert.deepEqual(await page.evaluate(foreign), []);
        await page.evaluate(() => /** @type {any} */ (globalThis).beltGoes());
        assert.match(await page.$eval('#problem', (node) => String(node.textContent)), language === 'es' ? /La banda ya no está conectada/ : /لم يعد الحزام متصلًا/);
        assert.deepEqual(await page.evaluate(foreign), []);
        await clean(page, complaints);
        await page.close();
      });

      test(`a network is compiled and run, or refused, in ${language}`, async () => {
        const { page, complaints } = await open(browser);
        await page.goto(`${server.url}compile.html?lang=${language}`);
        await until(page, ready);
        assert.ok((await page.$eval('[role=note]', (node) => /** @type {HTMLElement} */ (node).innerText)).startsWith(device));
        assert.deepEqual(await page.evaluate(foreign), []);
        await give(page, '#samples', calibration);
        await until(page, () => /3 × 32 × 32/.test(document.getElementById('samples-text')?.textContent ?? ''));
        await give(page, '#file', network);
        await until(page, () => ['compiled', 'failed'].includes(document.documentElement.dataset.state ?? ''));
        await page.click('#run');
        await until(page, () => document.querySelector('#ran strong, #ran .verdict'));
        assert.ok(await page.$('#ran strong'));
        assert.match(await page.$eval('#result h3', (node) => String(node.textContent)), language === 'es' ? /\d bytes$/ : /بايت$/);
        assert.ok(await page.$$eval('#layer-table tbody tr', (rows) => rows.length > 5 && rows.every((row) => row.querySelectorAll('td > [lang=en][dir=ltr]').length === 2)), 'names are the network\'s own');
        assert.deepEqual(await page.evaluate(foreign), []);
        await withFiles({ 'walk.onnx': '<!doctype html>', 'bad.npy': 'no' }, async (path) => {
          await give(page, '#file', path('walk.onnx'));
          await until(page, () => document.documentElement.dataset.state === 'failed');
          const refused = await page.$eval('#result', (node) => ({ title: node.querySelector('h3')?.textContent, code: node.querySelector('.hash')?.textContent, english: node.querySelector('details [lang=en]')?.textContent }));
          assert.deepEqual([refused.title, refused.code], [language === 'es' ? 'Esta red no se ha compilado' : 'لم تُحوَّل هذه الشبكة', 'BDC_E_FORMAT']);
          assert.match(String(refused.english), /Not an ONNX model/);
          await give(page, '#samples', path('bad.npy'));
          await until(page, () => /\.npy/.test(document.getElementById('samples-text')?.textContent ?? ''));
        });
        assert.deepEqual(await page.evaluate(foreign), []);
        await clean(page, complaints);
        await page.close();
      });
    }

    test('another language takes over what is being shown, and stays in the address and in the links', async () => {
      const { page, complaints } = await open(browser);
      await page.goto(`${server.url}monitor.html?lang=en#scenario=run&speed=16`);
      await until(page, ready);
      await until(page, () => document.querySelector('[data-alarm=run]'));
      await page.evaluate(pause);
      const events = await page.$$eval('#events li', (list) => list.length);
      for (const [language, state] of /** @type {const} */ ([['ar', 'متوقف مؤقتًا'], ['es', 'En pausa'], ['en', 'Paused']])) {
        await page.select('#language', language);
        await until(page, () => document.documentElement.lang === /** @type {HTMLSelectElement} */ (document.querySelector('#language')).value);
        assert.equal(await page.$eval('#state-title', (node) => node.textContent), state);
        if (language !== 'en') assert.deepEqual(await page.evaluate(foreign), []);
        assert.equal((await page.$$eval('#events li', (list) => list.length)), events, 'nothing is forgotten');
        assert.deepEqual(await page.$$eval('[data-alarm]', (list) => list.map((node) => /** @type {HTMLElement} */ (node).dataset.alarm).includes('run')), true);
        await until(page, () => new URLSearchParams(location.search).get('lang') === document.documentElement.lang);
        assert.match(page.url(), /#scenario=run&speed=16$/);
        const links = await page.$$eval('header a', (all) => all.map((link) => new URL(/** @type {HTMLAnchorElement} */ (link).href).searchParams.get('lang')));
        assert.deepEqual(links, [language, language, language, language]);
      }
      assert.deepEqual(await page.evaluate(() => [document.cookie, localStorage.length, sessionStorage.length]), ['', 0, 0]);
      // The compiler's page: what has been compiled stays, and is said anew.
      await page.goto(`${server.url}compile.html?lang=es`);
      await until(page, ready);
      await give(page, '#file', network);
      await until(page, () => ['compiled', 'failed'].includes(document.documentElement.dataset.state ?? ''));
      await page.select('#language', 'ar');
      await until(page, () => document.documentElement.dir === 'rtl');
      assert.ok(await page.$('#download'));
      assert.deepEqual(await page.evaluate(foreign), []);
      await clean(page, complaints);
      await page.close();
    });

    test('a part of a page that is missing: the page says so in its language', { skip: name === 'chrome' ? false : 'requests are stopped in Chromium' }, async () => {
      for (const [address, file, text] of /** @type {const} */ ([['monitor.html?lang=ar', /\/monitor\/strip\.js$/, /تعذّر تحميل جزء/], ['compile.html?lang=es', /\/npy\.js$/, /No se ha podido cargar una parte/]])) {
        const context = await browser.createBrowserContext();
        const { page } = await open(context);
        await page.setRequestInterception(true);
        page.on('request', (request) => (file.test(request.url()) ? request.abort() : request.continue()));
        await page.goto(server.url + address);
        await until(page, () => !(/** @type {HTMLElement} */ (document.querySelector('#failed')).hidden));
        assert.match(await page.$eval('#failed', (node) => String(node.textContent)), text);
        await context.close();
      }
    });

    test('a language whose texts cannot be loaded: the page goes on in the one that it speaks, and says so', async () => {
      const own = await start();
      const context = await browser.createBrowserContext();
      const { page } = await open(context);
      await page.goto(`${own.url}monitor.html?lang=ar#scenario=calm`);
      await until(page, ready);
      await own.close();
      await page.select('#language', 'es');
      await until(page, () => !(/** @type {HTMLElement} */ (document.querySelector('#update')).hidden));
      assert.deepEqual(await page.evaluate(() => [document.documentElement.lang, /** @type {HTMLSelectElement} */ (document.querySelector('#language')).value, new URLSearchParams(location.search).get('lang')]), ['ar', 'ar', 'ar']);
      assert.match(await page.$eval('#update', (node) => String(node.textContent)), /تعذّر تحميل نصوص هذه اللغة/);
      assert.ok(await page.$eval('#play', (node) => !(/** @type {HTMLButtonElement} */ (node).disabled)), 'the ECG goes on');
      await context.close();
    });

    for (const address of ['monitor.html', 'compile.html']) {
      test(`axe finds nothing on ${address}, in three languages and both schemes; nothing overflows`, async () => {
        const own = await serve({ port: 0, folders: [{ prefix: '/axe/', folder: 'node_modules/axe-core', files: /axe\.min\.js$/ }] });
        const { page } = await open(browser);
        const look = async (/** @type {string} */ about) => {
          await page.$$eval('details', (all) => all.forEach((node) => (node.open = true)));
          await page.addScriptTag({ url: '/axe/axe.min.js' });
          const wrong = await page.evaluate(async () => {
            const { violations } = await /** @type {any} */ (globalThis).axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] });
            return violations.map((/** @type {any} */ { id, nodes }) => `${id}: ${nodes.map((/** @type {any} */ node) => `${node.target.join(' ')} ${node.failureSummary}`).join('; ')}`);
          });
          assert.deepEqual(wrong, [], about);
          for (const width of [1280, 768, 390, 360, 320]) {
            await page.setViewport({ width, height: 844 });
            assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), `no sideways scrolling at ${width}, ${about}`);
          }
          await page.setViewport({ width: 1280, height: 900 });
        };
        try {
          await withFiles({ 'page.onnx': '<!doctype html>', 'page.csv': '<!doctype html>' }, async (path) => {
            for (const language of ['en', 'es', 'ar']) {
              for (const scheme of name === 'chrome' ? ['light', 'dark'] : ['light']) {
                if (name === 'chrome') await page.emulateMediaFeatures([{ name: 'prefers-color-scheme', value: scheme }]);
                await page.setViewport({ width: 1280, height: 900 });
                await page.goto(`${own.url}${address}?lang=${language}${address === 'monitor.html' ? '#scenario=run&speed=16' : ''}`);
                await until(page, ready);
                if (address === 'monitor.html') {
                  await until(page, () => document.querySelector('[data-alarm=run]'));
                  await page.evaluate(pause);
                } else {
                  await give(page, '#file', network);
                  await until(page, () => document.documentElement.dataset.state === 'compiled');
                }
                await look(`${language}, ${scheme}`);
                await give(page, '#file', path(address === 'monitor.html' ? 'page.csv' : 'page.onnx'));
                await until(page, () => ['error', 'failed'].includes(document.documentElement.dataset.state ?? ''));
                await look(`an error, ${language}, ${scheme}`);
                await page.goto('about:blank');
              }
            }
          });
        } finally {
          await page.close();
          await own.close();
        }
      });
    }
  });
}
