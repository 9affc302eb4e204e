// <bedside-exam> as pages treat their nodes: moved, taken out and put back with other attributes, adopted by another document, several at once.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { clean, launch, missing, until } from './common.mjs';
import { examine, openElement, shown, startElement } from './element-page.mjs';

const opacity = readFileSync(new URL('../../demo/samples/opacity-1.png', import.meta.url)).toString('base64');

for (const name of /** @type {const} */ (['chrome', 'firefox'])) {
  describe(`<bedside-exam> and its page, in ${name}`, { skip: missing(name) }, () => {
    /** @type {import('puppeteer-core').Browser} */
    let browser;
    /** @type {{url: string, close: () => Promise<void>}} */
    let server;
    before(async () => {
      [browser, server] = await Promise.all([launch(name), startElement()]);
    });
    after(async () => {
      await browser?.close();
      await server?.close();
    });

    /** A page with what the tests need in it. @param {string} query */
    async function start(query) {
      const opened = await openElement(browser, server.url, query);
      await opened.page.evaluate((base64) => {
        const kept = /** @type {any} */ (globalThis);
        kept.picture = () => new File([Uint8Array.from(atob(base64), (c) => c.charCodeAt(0))], 'picture.png');
        kept.wait = (/** @type {number} */ ms) => new Promise((resolve) => setTimeout(resolve, ms));
        kept.phase = (/** @type {any} */ element) => element.shadowRoot.querySelector('.root').dataset.phase;
        kept.heard = (/** @type {any} */ element) => element.shadowRoot.querySelector('[role=status][aria-live]').textContent;
        /** Another element, when it is ready. */
        kept.another = async (/** @type {Record<string, string>} */ attributes, /** @type {Node} */ where = document.body) => {
          const element = document.createElement('bedside-exam');
          for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
          const ready = new Promise((resolve) => element.addEventListener('bedside-ready', resolve, { once: true }));
          where.appendChild(element);
          await ready;
          return element;
        };
        kept.ended = (/** @type {Promise<any>} */ promise) => Promise.race([promise.then((record) => record.outcome, (error) => error.code), kept.wait(8000).then(() => 'no answer')]);
      }, opacity);
      return opened;
    }

    test('moved while it examines, it goes on; taken out, it ends and says so', async () => {
      const { page, complaints } = await start('model=pneumonia');
      const moved = await page.evaluate(async () => {
        const { element, picture, ended, phase } = /** @type {any} */ (globalThis);
        const promise = element.examine(picture());
        document.body.append(element);
        return [await ended(promise), phase(element), element.record?.outcome];
      });
      assert.deepEqual(moved, ['finding', 'done', 'finding']);
      const gone = await page.evaluate(async () => {
        const { element, picture, ended, wait } = /** @type {any} */ (globalThis);
        const promise = element.examine(picture());
        element.remove();
        const code = await ended(promise);
        await wait(50);
        const outside = await ended(element.examine(picture()));
        return [code, outside, element.examiner];
      });
      assert.deepEqual(gone, ['BDS_E_ABORTED', 'BDS_E_STATE', null], 'outside of a page nothing is examined, and no worker made that nobody would end');
      if (name === 'chrome') assert.equal(page.workers().length, 0);
      await page.evaluate(() => document.body.append(/** @type {any} */ (globalThis).element));
      await until(page, () => /** @type {any} */ (globalThis).element.examiner);
      assert.equal((await shown(page)).state, 'idle');
      // A cancellation that nobody here has asked for: of the examiner's own.
      const own = await page.evaluate(async () => {
        const { element, ended, phase } = /** @type {any} */ (globalThis);
        const { entry, card, engine } = element.examiner;
        element.examiner = { entry, card, engine, examine: () => Promise.reject(Object.assign(new Error('cancelled'), { code: 'BDS_E_ABORTED' })), requests: async () => [], dispose() {} };
        return [await ended(element.examine(new Blob(['x']))), phase(element)];
      });
      assert.deepEqual(own, ['BDS_E_ABORTED', 'idle']);
      await clean(page, complaints);
      await page.close();
    });

    test('taken out, given another model and put back in one task: the other model answers, and the former finding is gone', async () => {
      const { page } = await start('model=pneumonia');
      await examine(page, Buffer.from(opacity, 'base64'));
      const seen = await page.evaluate(async () => {
        const { element, picture, ended, phase, wait } = /** @type {any} */ (globalThis);
        element.remove();
        element.setAttribute('model', 'skin-lesion');
        document.body.append(element);
        const at = [phase(element), element.record];
        while (!element.examiner) await wait(20);
        return [...at, element.examiner.entry.id, await ended(element.examine(picture())), element.record.model.id];
      });
      assert.deepEqual(seen, ['loading', null, 'skin-lesion', 'refused', 'skin-lesion']);
      await page.close();
    });

    test('what screen readers were told goes with what it was said of', async () => {
      const { page } = await start('records=pneumonia');
      const status = () => page.evaluate(() => /** @type {any} */ (globalThis).heard(/** @type {any} */ (globalThis).element));
      for (const act of /** @type {const} */ (['reset', 'lang', 'model', 'broken'])) {
        await examine(page, 'finding');
        assert.match(await status(), /sees signs/, act);
        await page.evaluate((what) => {
          const { element } = /** @type {any} */ (globalThis);
          if (what === 'reset') element.reset();
          if (what === 'lang') element.lang = 'es';
          if (what === 'model') element.setAttribute('model', 'skin-lesion');
          if (what === 'broken') Object.assign(element, { examiner: null }).setAttribute('catalogue', '/nonsense.json');
        }, act);
        if (act === 'lang') await until(page, () => /** @type {any} */ (globalThis).element.shadowRoot.querySelector('.root').lang === 'es');
        if (act === 'broken') await until(page, () => /** @type {any} */ (globalThis).phase(/** @type {any} */ (globalThis).element) === 'failed');
        assert.equal(await status(), '', act);
        await page.evaluate(() => (/** @type {any} */ (globalThis).element.lang = 'en'));
        await until(page, () => /** @type {any} */ (globalThis).element.shadowRoot.querySelector('.root').lang === 'en');
      }
      await page.close();
    });

    test('of several elements that is pasted into which is meant, and no other', { skip: name === 'chrome' ? false : 'Firefox lets no script fill a clipboard event' }, async () => {
      const { page } = await start('model=pneumonia');
      const seen = await page.evaluate(async () => {
        const { element, another, picture, wait } = /** @type {any} */ (globalThis);
        const second = await another({});
        /** Who has something to show after a paste at a node. */
        const pasted = async (/** @type {() => EventTarget} */ target) => {
          const clipboardData = new DataTransfer();
          clipboardData.items.add(picture());
          for (const one of [element, second]) one.reset();
          const event = new ClipboardEvent('paste', { clipboardData, bubbles: true, cancelable: true, composed: true });
          target().dispatchEvent(event);
          await wait(1000);
          return [element.record?.outcome ?? null, second.record?.outcome ?? null, event.defaultPrevented];
        };
        const into = await pasted(() => second.shadowRoot.querySelector('[data-do=card]'));
        second.shadowRoot.querySelector('#file').focus();
        const focused = await pasted(() => document.body);
        second.shadowRoot.querySelector('#file').blur();
        const nobody = await pasted(() => document.body);
        const dialog = document.createElement('dialog');
        document.body.append(dialog);
        dialog.append(element);
        const hidden = await pasted(() => document.body);
        document.body.append(element);
        dialog.append(second);
        dialog.showModal();
        /** @type {HTMLElement | null} */ (document.activeElement)?.blur();
        const modal = await pasted(() => document.body);
        const field = document.createElement('textarea');
        dialog.append(field);
        const writing = await pasted(() => field);
        return { into, focused, nobody, hidden, modal, writing };
      });
      assert.deepEqual(seen, {
        into: [null, 'finding', true],
        focused: [null, 'finding', true],
        nobody: [null, null, false],
        hidden: [null, 'finding', true],
        modal: [null, 'finding', true],
        writing: [null, null, false],
      });
      await page.close();
    });

    test('another document, and another language anywhere around it', async () => {
      const { page, complaints } = await start('model=pneumonia');
      const adopted = await page.evaluate(async () => {
        const { another, ended, picture, wait } = /** @type {any} */ (globalThis);
        const frame = document.createElement('iframe');
        document.body.append(frame);
        const other = /** @type {Document} */ (frame.contentDocument);
        const element = await another({});
        other.body.append(element);
        while (!element.examiner) await wait(20);
        const notice = element.shadowRoot.querySelector('.notice');
        const display = /** @type {Window} */ (frame.contentWindow).getComputedStyle(notice).display;
        const outcome = await ended(element.examine(picture()));
        frame.remove();
        return [element.shadowRoot.adoptedStyleSheets.length, display, outcome];
      });
      assert.deepEqual(adopted, [1, 'flex', 'finding']);
      const languages = await page.evaluate(async () => {
        const { another, wait } = /** @type {any} */ (globalThis);
        const [outer, host] = [document.createElement('section'), document.createElement('div')];
        outer.lang = 'es';
        outer.append(host);
        document.body.append(outer);
        const element = await another({}, host.attachShadow({ mode: 'closed' }));
        const spoken = async (/** @type {string} */ language) => {
          for (let i = 0; i < 100 && element.shadowRoot.querySelector('.root').lang !== language; i++) await wait(20);
          return element.shadowRoot.querySelector('.root').lang;
        };
        const first = await spoken('es');
        outer.lang = 'ar';
        const second = await spoken('ar');
        host.lang = 'en';
        const third = await spoken('en');
        element.lang = 'es';
        return [first, second, third, await spoken('es')];
      });
      assert.deepEqual(languages, ['es', 'ar', 'en', 'es']);
      await clean(page, complaints);
      await page.close();
    });

    test('an attribute that changes nothing of the answer leaves its node, and what was unfolded', async () => {
      const { page } = await start('records=pneumonia');
      await examine(page, 'refused');
      const kept = await page.evaluate(() => {
        const { element } = /** @type {any} */ (globalThis);
        const root = element.shadowRoot;
        let inserted = 0;
        new MutationObserver((changes) => changes.forEach(({ addedNodes }) => addedNodes.forEach((/** @type {any} */ node) => (inserted += Number(!!node.querySelector?.('[role=alert]')))))).observe(root, { childList: true, subtree: true });
        const [alert, details] = [root.querySelector('[role=alert]'), root.querySelector('[part=record]')];
        details.open = true;
        for (const attribute of ['compact', 'accept-dicom']) element.setAttribute(attribute, 'no');
        const compact = root.querySelector('.facts');
        element.removeAttribute('compact');
        return new Promise((resolve) => setTimeout(() => resolve([root.querySelector('[role=alert]') === alert, root.querySelector('[part=record]').open, inserted, compact, !!root.querySelector('.facts')])));
      });
      assert.deepEqual(kept, [true, true, 0, null, true]);
      await page.close();
    });

    test('a record that was handed out is the page\'s: what it does to it changes nothing here', async () => {
      const { page } = await start('records=pneumonia');
      const seen = await page.evaluate(async () => {
        const { element } = /** @type {any} */ (globalThis);
        const spoil = (/** @type {any} */ record) => {
          record.findings[1].probability = 0.001;
          record.explanation.map.fill(0);
          record.model.limits.length = 0;
        };
        element.addEventListener('bedside-result', (/** @type {any} */ { detail }) => spoil(detail));
        spoil(await element.examine(new File(['finding'], 'x.png')));
        spoil(element.record);
        const { createObjectURL } = URL;
        const json = await new Promise((resolve) => {
          URL.createObjectURL = (/** @type {Blob} */ blob) => (void blob.text().then(resolve), createObjectURL(blob));
          HTMLAnchorElement.prototype.click = () => {};
          element.shadowRoot.querySelector('[data-save=json]').click();
        });
        const saved = JSON.parse(/** @type {string} */ (json));
        return [element.record.findings[1].probability, saved.findings[1].probability, saved.model.limits.length, Math.max(...element.record.explanation.map) > 200];
      });
      assert.deepEqual(seen, [0.931, 0.931, 2, true]);
      await page.close();
    });

    test('only what a person has chosen scrolls the page, at once; what a page examines by itself does not', async () => {
      const { page } = await start('records=pneumonia');
      await page.setViewport({ width: 360, height: 640 });
      const seen = await page.evaluate(async () => {
        const { element, wait } = /** @type {any} */ (globalThis);
        const long = document.createElement('div');
        long.style.height = '2000px';
        element.before(long);
        scrollTo(0, 0);
        await element.examine(new File(['finding'], 'x.png'));
        const byPage = scrollY;
        await element.examine(new File(['finding'], 'x.png'), { reveal: true });
        const asked = scrollY;
        scrollTo(0, 0);
        const transfer = new DataTransfer();
        transfer.items.add(new File(['slow'], 'x.png'));
        element.shadowRoot.querySelector('.drop').dispatchEvent(new DragEvent('drop', { dataTransfer: transfer, bubbles: true, cancelable: true, composed: true }));
        await wait(50);
        const byPerson = scrollY;
        element.reset();
        return [byPage, asked > 1000, byPerson > 1000];
      });
      assert.deepEqual(seen, [0, true, true]);
      await page.close();
    });

    test('a network that brings nothing: what is waited for is said, then that it is slow, and it can be tried again', async () => {
      const { page } = await start('records=pneumonia');
      const seen = await page.evaluate(async () => {
        const { element, wait, heard, phase } = /** @type {any} */ (globalThis);
        const { setTimeout: real } = globalThis;
        /** Time runs a hundred times as fast for whoever is patient. */
        globalThis.setTimeout = /** @type {any} */ ((/** @type {() => void} */ work, ms = 0) => real(work, ms >= 10_000 ? ms / 100 : ms));
        const given = element.examiner;
        let tries = 0;
        // Never comes at the first try.
        const fetched = globalThis.fetch;
        element.setAttribute('worker', 'here');
        globalThis.fetch = (...args) => (String(args[0]).endsWith('catalogue.json') && tries++ === 0 ? new Promise(() => {}) : fetched(...args));
        element.examiner = null;
        const lost = element.examine(new File(['x'], 'x.png')).catch((/** @type {any} */ error) => error.code);
        const root = element.shadowRoot;
        const first = [phase(element), root.querySelector('.waiting').innerText.split('\n')[0], heard(element)];
        for (let i = 0; i < 100 && !root.querySelector('[data-do=retry]'); i++) await wait(20);
        const slow = [/network may be slow/.test(root.querySelector('.waiting').innerText), /network may be slow/.test(heard(element))];
        root.querySelector('[data-do=retry]').click();
        for (let i = 0; i < 400 && phase(element) !== 'done'; i++) await wait(20);
        globalThis.setTimeout = real;
        return { first, slow, lost: await lost, record: element.record?.refusal?.code, given: !!given };
      });
      assert.deepEqual(seen, { first: ['busy', 'Loading the model', 'Loading the model'], slow: [true, true], lost: 'BDS_E_ABORTED', record: 'BDS_E_IMAGE_FORMAT', given: true });
      await page.close();
    });
  });
}
