// The live ECG in real browsers: what is drawn, said and raised for a synthetic ECG, files and devices, at sixteen times the speed of a heart.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { syntheticRecord } from '../../web/synthetic-ecg.js';
import { clean, launch, missing, open, start, until, withFiles } from './common.mjs';

/** Of the samples that tests/node/synthetic.test.mjs pins. */
const DIGEST = '3212215fd6d02f386a42f4292d3279d39b465c0820dcefcdde2b5881c10e05f9';

/** A WFDB record's files, format 16. @param {import('../../web/record.js').Record} record @returns {Record<string, Uint8Array | string>} */
function wfdb({ values, samples, leads }) {
  const rows = leads.map(({ name }) => `made.dat 16 200(0)/mV 16 0 0 0 0 ${name}`).join('\n');
  return { 'made.hea': `made ${leads.length} 360 ${samples}\n${rows}\n`, 'made.dat': new Uint8Array(Int16Array.from(values).buffer) };
}

/** In the page: what stands there. */
const shown = () => ({
  style: /** @type {HTMLElement} */ (document.querySelector('#state')).dataset.style,
  state: /** @type {HTMLElement} */ (document.querySelector('#state')).innerText,
  rate: document.querySelector('#rate')?.textContent,
  counts: document.querySelector('#counts')?.textContent ?? '',
  alarms: [...document.querySelectorAll('#alarms [data-alarm]')].map((node) => /** @type {HTMLElement} */ (node).dataset.alarm),
  events: /** @type {HTMLElement} */ (document.querySelector('#events')).innerText,
  problem: /** @type {HTMLElement} */ (document.querySelector('#problem')).innerText,
  title: document.querySelector('#title')?.textContent,
  synthetic: !(/** @type {HTMLElement} */ (document.querySelector('#synthetic')).hidden),
  strip: !(/** @type {HTMLElement} */ (document.querySelector('#strip')).hidden),
});

for (const name of /** @type {const} */ (['chrome', 'firefox'])) {
  describe(`the live ECG in ${name}`, { skip: missing(name) }, () => {
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

    /** @param {string} scenario @param {(page: import('puppeteer-core').Page) => Promise<unknown>} [first] before the page is there */
    async function watch(scenario, first) {
      const opened = await open(browser);
      await first?.(opened.page);
      await opened.page.goto(`${server.url}monitor.html?lang=en#scenario=${scenario}&speed=16`);
      await until(opened.page, () => document.documentElement.dataset.ready === 'true');
      return opened;
    }

    test('premature beats of a synthetic ECG are drawn and named, from this origin alone', async () => {
      const { page, requests, complaints } = await watch('premature');
      await until(page, () => Number(/^\d+/.exec(document.querySelector('#counts')?.textContent ?? '')?.[0]) >= 50 && / [1-9]\d* V/.test(document.querySelector('#counts')?.textContent ?? '') && / [1-9]\d* S/.test(document.querySelector('#counts')?.textContent ?? ''));
      const now = await page.evaluate(shown);
      const [, total, usual] = /^(\d+) beats: (\d+) N/.exec(now.counts) ?? [];
      assert.ok(Number(usual) > 0.6 * Number(total), now.counts);
      assert.ok(Number(now.rate) >= 50 && Number(now.rate) <= 95, `rate ${now.rate}`);
      assert.equal(now.style, 'beats', now.state);
      assert.match(now.events, /V: ventricular beat \(\d+\s?%\)/);
      const text = await page.$eval('body', (body) => body.innerText);
      assert.match(text, /Not a medical device/);
      assert.match(text, /synthetic signal, no patient/);
      assert.doesNotMatch(now.state, /normal/i);
      assert.match(await page.$eval('#strip', (node) => node.getAttribute('aria-label') ?? ''), /synthetic signal\. Leads: II and V1\./);
      const ink = await page.evaluate(() => {
        const canvas = /** @type {HTMLCanvasElement} */ (document.querySelector('#trace'));
        const { data, width, height } = /** @type {CanvasRenderingContext2D} */ (canvas.getContext('2d')).getImageData(0, 0, canvas.width, canvas.height);
        const rows = (/** @type {number} */ from, /** @type {number} */ to) => data.subarray(Math.floor(from * height) * width * 4, Math.floor(to * height) * width * 4).filter((_, i) => i % 4 === 3).filter((alpha) => alpha > 0).length;
        return [rows(0, 0.1), rows(0.12, 0.5), rows(0.55, 0.94), rows(0.95, 1)];
      });
      assert.ok(ink.every((n) => n > 100), `marks, two leads and letters are drawn: ${ink}`);
      assert.equal(await page.$$eval('#legend li[data-kind]', (list) => list.length), 5);
      await until(page, () => Number(document.documentElement.dataset.frames) >= 2); // it moves; how smoothly is this machine's affair
      const origin = new URL(server.url).origin;
      assert.deepEqual(requests.filter((url) => !/^(blob|data):/.test(url) && new URL(url).origin !== origin), []);
      assert.equal(await page.$eval('#requests', (node) => node.textContent), '0');
      await clean(page, complaints);
      await page.close();
    });

    test('the same synthetic samples as in Node', async () => {
      const { page } = await open(browser);
      await page.goto(`${server.url}index.html`);
      const digest = await page.evaluate(async () => {
        // @ts-expect-error the server's path
        const { SyntheticEcg } = await import('/web/synthetic-ecg.js');
        const { leads } = new SyntheticEcg({ seed: 7, ventricular: 0.1, supraventricular: 0.1, mains: 0.02, episodes: [{ kind: 'noise', at: 5, seconds: 1 }] }).read(20 * 360);
        const bytes = new Uint8Array(Int32Array.from([...leads[0], ...leads[1]]).buffer);
        return Array.from(new Uint8Array(await crypto.subtle.digest('SHA-256', bytes)), (b) => b.toString(16).padStart(2, '0')).join('');
      });
      assert.equal(digest, DIGEST);
      await page.close();
    });

    test('an electrode comes off: no rate, no judgement, an alarm that stays until the signal does', async () => {
      const { page, complaints } = await watch('electrode');
      // Seen and stopped in one breath: at this speed the signal is soon back.
      await until(page, () => {
        const state = /** @type {HTMLElement} */ (document.querySelector('#state'));
        if (!document.querySelector('[data-alarm=signal]') || state.dataset.style !== 'lost') return false;
        /** @type {any} */ (globalThis).seen = { state: state.innerText, rate: document.querySelector('#rate')?.textContent, alarm: document.querySelector('#alarms')?.textContent };
        /** @type {HTMLElement} */ (document.querySelector('#play')).click();
        return true;
      });
      const lost = await page.evaluate(() => /** @type {any} */ (globalThis).seen);
      assert.match(lost.state, /^The signal cannot be judged\s+The line is flat: an electrode or a cable is off \(II\)/);
      assert.equal(lost.rate, '--');
      assert.match(lost.alarm, /The signal cannot be judged: the line is flat/);
      const paused = await page.evaluate(shown);
      assert.match(paused.state, /^Paused/);
      assert.deepEqual([paused.style, paused.rate], ['idle', '--']);
      await page.click('#play');
      await until(page, () => /Alarm ended: signal/.test(document.querySelector('#events')?.textContent ?? ''));
      assert.match((await page.evaluate(shown)).counts, /[1-9]\d* not judged/);
      await clean(page, complaints);
      await page.close();
    });

    test('a run of ventricular beats, and limits that are changed', async () => {
      const { page, complaints } = await watch('run');
      await until(page, () => document.querySelector('[data-alarm=run]'));
      assert.match((await page.evaluate(shown)).events, /Alarm: 3 or more ventricular beats in a row/);
      await until(page, () => /Alarm ended: ventricular beats in a row/.test(document.querySelector('#events')?.textContent ?? ''));
      await page.$eval('#limit-high', (node) => {
        /** @type {HTMLInputElement} */ (node).value = '60';
        node.dispatchEvent(new Event('input', { bubbles: true }));
      });
      assert.match(await page.$eval('#limits-text', (node) => String(node.textContent)), /^$/);
      await until(page, () => document.querySelector('[data-alarm=high]'));
      await page.$eval('#limit-high', (node) => {
        /** @type {HTMLInputElement} */ (node).value = '6000';
        node.dispatchEvent(new Event('input', { bubbles: true }));
      });
      assert.match(await page.$eval('#limits-text', (node) => String(node.textContent)), /not used.*Rate over \(120\)/);
      assert.equal(await page.$eval('#limit-high', (node) => node.getAttribute('aria-invalid')), 'true');
      await clean(page, complaints);
      await page.close();
    });

    test('files by the picker: a record, and what cannot be shown is an error and nothing else', async () => {
      const { page, complaints } = await watch('calm');
      const record = syntheticRecord(30, { ventricular: 0.1, seed: 3 });
      const csv = `time (s),II (mV)\n${Array.from({ length: 360 * 20 }, (_, i) => `${(i / 360).toFixed(5)},${record.values[2 * i] / 200}`).join('\n')}\n`;
      const files = { ...wfdb(record), 'walk.csv': csv, 'page.csv': '<!doctype html><title>Sign in</title>', 'nounit.csv': csv.replace(' (mV)', ''), 'cut.edf': '0       X' };
      await withFiles(files, async (path) => {
        const give = async (/** @type {string[]} */ ...names) => {
          await page.evaluate(() => delete document.documentElement.dataset.state);
          const input = /** @type {import('puppeteer-core').ElementHandle<HTMLInputElement>} */ (await page.$('#file'));
          await input.uploadFile(...names.map(path));
          await until(page, () => ['open', 'error'].includes(document.documentElement.dataset.state ?? ''));
          return page.evaluate(shown);
        };
        const first = await give('made.hea', 'made.dat');
        assert.deepEqual([first.title, first.synthetic, first.strip, first.problem], ['made', false, true, '']);
        await until(page, () => /has ended/.test(document.querySelector('#state-title')?.textContent ?? ''));
        const ended = await page.evaluate(shown);
        assert.match(ended.counts, /^3\d beats: \d\d N/);
        assert.equal(ended.rate, '--', 'nothing is watched any more');
        const table = await give('walk.csv');
        assert.deepEqual([table.title, table.strip], ['walk', true]);
        await until(page, () => /Only one lead/.test(document.querySelector('#state-text')?.textContent ?? ''));
        for (const [names, message] of /** @type {const} */ ([[['page.csv'], /web page/], [['nounit.csv'], /which unit/], [['cut.edf'], /not complete/], [['made.dat'], /header/]])) {
          const bad = await give(...names);
          assert.match(bad.problem, message, names.join());
          assert.deepEqual([bad.style, bad.rate, bad.strip, bad.counts, bad.title], ['lost', '--', false, '', 'ECG'], names.join());
        }
      });
      await clean(page, complaints);
      await page.close();
    });

    test('files that are dropped', async () => {
      const { page } = await watch('calm');
      const text = `II (mV)\n${Array.from(syntheticRecord(10).values.filter((_, k) => k % 2 === 0), (value) => value / 200).join('\n')}\n`;
      await page.$eval('#rate-in', (node) => (/** @type {HTMLInputElement} */ (node).value = '360'));
      await page.evaluate((content) => {
        const transfer = new DataTransfer();
        transfer.items.add(new File([content], 'dropped.csv'));
        document.querySelector('h1')?.dispatchEvent(new DragEvent('drop', { dataTransfer: transfer, bubbles: true, cancelable: true }));
      }, text);
      await until(page, () => document.querySelector('#title')?.textContent === 'dropped');
      await page.close();
    });

    test('a heart-rate belt: the rate alone, and it says that no beat is classified', async () => {
      const { page, complaints } = await watch('calm', (early) => early.evaluateOnNewDocument(() => {
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
      }));
      await page.click('#belt');
      await until(page, () => /H10/.test(document.querySelector('#title')?.textContent ?? ''));
      await page.evaluate(() => /** @type {any} */ (globalThis).beltSends(0x16, 62, 0, 4));
      const now = await page.evaluate(shown);
      assert.deepEqual([now.rate, now.strip, now.synthetic], ['62', false, false]);
      assert.match(now.state, /Only the rate is known[^]*No beat is classified.*1\.00 s/);
      await page.evaluate(() => /** @type {any} */ (globalThis).beltSends(0x04, 62));
      assert.deepEqual([(await page.evaluate(shown)).rate, (await page.evaluate(shown)).style], ['--', 'lost']);
      for (let i = 0; i < 3; i++) await page.evaluate(() => /** @type {any} */ (globalThis).beltSends(0, 190));
      await until(page, () => document.querySelector('#alarms [data-alarm=high]'));
      const alarmed = await page.evaluate(shown);
      assert.deepEqual([alarmed.alarms, alarmed.style], [['high'], 'alarm']);
      assert.match(alarmed.events, /Alarm: Heart rate over 120, it was 190/);
      await page.evaluate(() => /** @type {any} */ (globalThis).beltGoes());
      const gone = await page.evaluate(shown);
      assert.deepEqual([gone.rate, gone.style, gone.alarms], ['--', 'lost', []]);
      assert.match(gone.problem, /no longer connected/);
      await clean(page, complaints);
      await page.close();
    });

    /** Gives the page a serial port that says what lineSends() is told. */
    const serialPort = (/** @type {import('puppeteer-core').Page} */ early) => early.evaluateOnNewDocument(() => {
      /** @type {((chunk: { value?: Uint8Array, done: boolean }) => void) | null} */
      let waiting = null;
      /** @type {Uint8Array[]} */
      const queue = [];
      const reader = { cancel: async () => waiting?.({ done: true }), read: () => (queue.length ? Promise.resolve({ value: queue.shift(), done: false }) : new Promise((resolve) => (waiting = resolve))) };
      Object.defineProperty(navigator, 'serial', { value: { requestPort: async () => ({ open: async () => {}, close: async () => {}, readable: { getReader: () => reader } }) }, configurable: true });
      Object.assign(globalThis, {
        lineSends: (/** @type {string} */ text) => {
          const value = new TextEncoder().encode(text);
          if (waiting) waiting({ value, done: false });
          else queue.push(value);
          waiting = null;
        },
      });
    });

    test('a serial line: samples are shown, and silence is a lost signal', async () => {
      const { page, complaints } = await watch('calm', serialPort);
      await page.$eval('#rate-in', (node) => (/** @type {HTMLInputElement} */ (node).value = '250'));
      await page.select('#serial-leads', '2');
      await page.click('#serial');
      await until(page, () => /Serial line, 250/.test(document.querySelector('#title')?.textContent ?? ''));
      const { values } = syntheticRecord(20, { rate: 250 });
      const text = Array.from({ length: values.length / 2 }, (_, i) => `${values[2 * i] / 200},${values[2 * i + 1] / 200}\n`).join('');
      await page.evaluate((lines) => /** @type {any} */ (globalThis).lineSends(lines), text);
      await until(page, () => /^1\d beats: [1-9]/.test(document.querySelector('#counts')?.textContent ?? '') || /^2\d beats/.test(document.querySelector('#counts')?.textContent ?? ''));
      await until(page, () => /** @type {HTMLElement} */ (document.querySelector('#state')).dataset.style === 'lost');
      const silent = await page.evaluate(shown);
      assert.equal(silent.rate, '--');
      assert.match(silent.state, /samples are missing/i); // and soon the line is flat, too
      await clean(page, complaints);
      await page.close();
    });

    test('a serial line whose first lead is worn as lead II, if somebody says so: only then it can be upside down from the beginning', async () => {
      for (const worn of [true, false]) {
        const { page } = await watch('calm', serialPort);
        await page.$eval('#rate-in', (node) => (/** @type {HTMLInputElement} */ (node).value = '250'));
        assert.equal(await page.$eval('#serial-ii', (node) => /** @type {HTMLInputElement} */ (node).checked), false, 'nobody knows');
        if (worn) await page.click('#serial-ii');
        await page.click('#serial');
        await until(page, () => /Serial line, 250/.test(document.querySelector('#title')?.textContent ?? ''));
        const { values } = syntheticRecord(20, { rate: 250 });
        await page.evaluate((lines) => {
          /** @type {any} */ (globalThis).seen = [];
          new MutationObserver(() => /** @type {any} */ (globalThis).seen.push(document.querySelector('#state')?.textContent)).observe(/** @type {Node} */ (document.querySelector('#state')), { subtree: true, characterData: true, childList: true });
          /** @type {any} */ (globalThis).lineSends(lines);
        }, Array.from({ length: values.length / 2 }, (_, i) => `${values[2 * i] / -200}\n`).join(''));
        await until(page, () => /^[12]\d beats/.test(document.querySelector('#counts')?.textContent ?? ''));
        assert.equal((await page.evaluate(() => /** @type {any} */ (globalThis).seen)).some((/** @type {string} */ text) => /upside down/.test(text)), worn);
        await page.close();
      }
    });

    test('what a browser lacks is not offered, and said', async () => {
      const { page } = await watch('calm', (early) => early.evaluateOnNewDocument(() => {
        for (const key of ['bluetooth', 'serial']) delete (/** @type {any} */ (Navigator.prototype)[key]);
      }));
      assert.deepEqual(await page.$$eval('#belt-line, #serial-line, #serial-fields', (list) => list.map((node) => /** @type {HTMLElement} */ (node).hidden)), [true, true, true]);
      assert.match(await page.$eval('#devices-text', (node) => /** @type {HTMLElement} */ (node).innerText), /no heart-rate belts .* no serial lines/);
      await page.close();
    });

    test('a model with another hash is not used, and nothing is shown', async () => {
      const { page } = await watch('calm', (early) => early.evaluateOnNewDocument(() => {
        const { fetch } = globalThis;
        globalThis.fetch = async (...args) => (String(args[0]).endsWith('models.json') ? new Response(JSON.stringify({ arrhythmia: { url: '/models/arrhythmia/arrhythmia.bds', sha256: 'ab'.repeat(32) } })) : fetch(...args));
        addEventListener('DOMContentLoaded', () => setTimeout(() => (document.documentElement.dataset.ready = 'true'), 500));
      }));
      await until(page, () => document.documentElement.dataset.state === 'error');
      const now = await page.evaluate(shown);
      assert.match(now.problem, /could not be loaded/);
      assert.deepEqual([now.style, now.rate, now.strip], ['lost', '--', false]);
      await page.close();
    });

    test('the keyboard is enough, everything has a name, and nothing overflows', async () => {
      const { page } = await watch('calm');
      await page.focus('#play');
      await page.keyboard.press('Enter');
      assert.equal(await page.$eval('#state-title', (node) => node.textContent), 'Paused');
      /** @type {string[]} */
      const path = [];
      for (let i = 0; i < 25; i++) {
        await page.keyboard.press('Tab');
        path.push(await page.evaluate(() => document.activeElement?.id ?? ''));
      }
      for (const id of ['speed', 'scenario', 'start', 'file', 'limit-high']) assert.ok(path.includes(id), `${id} can be reached: ${path}`);
      const unnamed = await page.evaluate(() => [...document.querySelectorAll('button, input, select, a, summary, progress, [role=img]')]
        .filter((node) => !(node.getAttribute('aria-label') || node.textContent?.trim() || (/** @type {HTMLInputElement} */ (node).labels?.length))).map((node) => node.outerHTML));
      assert.deepEqual(unnamed, []);
      await page.$$eval('details', (all) => all.forEach((node) => (node.open = true)));
      for (const width of [1280, 768, 390, 320]) {
        await page.setViewport({ width, height: 844 });
        await until(page, () => Math.abs(/** @type {HTMLElement} */ (document.querySelector('#trace')).clientWidth - /** @type {HTMLElement} */ (document.querySelector('#strip')).clientWidth) <= 1);
        assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), `no sideways scrolling at ${width}`);
      }
      await page.close();
    });

    test('where motion is to be reduced nothing begins by itself, and the strip goes in steps', { skip: name === 'firefox' && 'Firefox takes no emulated media features' }, async () => {
      const { page } = await open(browser);
      await page.emulateMediaFeatures([{ name: 'prefers-reduced-motion', value: 'reduce' }]);
      await page.goto(`${server.url}monitor.html?lang=en`);
      await until(page, () => document.documentElement.dataset.ready === 'true');
      assert.equal((await page.evaluate(shown)).strip, false);
      await page.click('#start');
      await until(page, () => /In steps of a second/.test(document.querySelector('#frames')?.textContent ?? ''));
      assert.ok(Number(await page.evaluate(() => document.documentElement.dataset.frames)) <= 2);
      await page.close();
    });
  });
}
