// <bedside-exam> for everybody: axe over every state, language and scheme; the keyboard alone; phones, large text, more spacing, less motion.
// Pictures of what was looked at are left in build/screenshots/.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { launch, missing, open, until } from './common.mjs';
import { click, examine, openElement, screenshot, settled, shown, startElement } from './element-page.mjs';

const LANGUAGES = ['en', 'es', 'ar'];
const SCHEMES = ['light', 'dark'];
/** What is looked at: [name, model, what is examined or done]. */
const STATES = /** @type {const} */ ([
  ['idle', 'skin-lesion', null],
  ['finding', 'pneumonia', 'finding'],
  ['negative', 'pneumonia', 'negative'],
  ['labels', 'blood-cells', 'finding'],
  ['mask', 'breast-lesion', 'finding'],
  ['empty', 'breast-lesion', 'empty'],
  ['unsure', 'pneumonia', 'unsure'],
  ['question', 'pneumonia', 'unstated'],
  ['dicom', 'pneumonia', 'dicom'],
  ['refused', 'pneumonia', 'refused'],
  ['unknown', 'pneumonia', 'unknown'],
  ['wrong-exam', 'pneumonia', 'wrong-exam'],
  ['error', 'pneumonia', 'BDS_E_MEMORY'],
]);

/** @param {import('puppeteer-core').Page} page */
async function violations(page) {
  if (!(await page.evaluate(() => 'axe' in globalThis))) await page.addScriptTag({ url: '/axe/axe.min.js' });
  return page.evaluate(async () => {
    const { axe } = /** @type {any} */ (globalThis);
    const { violations: found } = await axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] });
    return found.map((/** @type {any} */ { id, nodes }) => `${id}: ${nodes.map((/** @type {any} */ node) => `${node.target.join(' ')} ${node.failureSummary}`).join('; ')}`);
  });
}

/** Opens everything that can be opened. @param {import('puppeteer-core').Page} page */
const unfold = (page) => page.evaluate(() => {
  for (const details of /** @type {any} */ (globalThis).element.shadowRoot.querySelectorAll('details:not([part=layers])')) details.open = true;
});

for (const name of /** @type {const} */ (['chrome', 'firefox'])) {
  describe(`<bedside-exam> for everybody, in ${name}`, { skip: missing(name) }, () => {
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
    const start = (/** @type {string} */ query) => openElement(browser, server.url, query);

    // Firefox reads the same tree: two of the six ways suffice there.
    const ways = LANGUAGES.flatMap((language) => SCHEMES.map((scheme) => ({ language, scheme })))
      .filter(({ language, scheme }) => name === 'chrome' || (language === 'en') === (scheme === 'light') && language !== 'es');
    for (const { language, scheme } of ways) {
      test(`axe finds nothing in any state: ${language}, ${scheme}`, async () => {
        for (const model of new Set(STATES.map(([, each]) => each))) {
          const { page } = await start(`records=${model}&page=${language}&scheme=${scheme}`);
          await page.evaluate((value) => (document.documentElement.style.colorScheme = value), scheme);
          for (const [state, , outcome] of STATES.filter(([, each]) => each === model)) {
            await page.setViewport({ width: 1280, height: 900 });
            if (outcome) await examine(page, outcome);
            if (name === 'chrome') {
              await screenshot(page, `element-${state}-${language}-${scheme}-desktop`);
              await page.setViewport({ width: 390, height: 844 });
              await screenshot(page, `element-${state}-${language}-${scheme}-phone`);
            }
            await unfold(page);
            assert.deepEqual(await violations(page), [], state);
          }
          await page.close();
        }
      });
    }

    for (const language of name === 'chrome' ? LANGUAGES : ['ar']) {
      test(`while it works, in dialogs and in layers, too: ${language}`, async () => {
        const { page } = await start(`records=skin-lesion&page=${language}`);
        await examine(page, 'finding');
        await click(page, '[part=layers] summary');
        await until(page, () => /** @type {any} */ (globalThis).element.shadowRoot.querySelector('.channels canvas'));
        assert.deepEqual(await violations(page), [], 'layers');
        for (const button of ['[data-do=card]', '[data-do=photograph]']) {
          await click(page, button);
          await until(page, () => /** @type {any} */ (globalThis).element.shadowRoot.querySelector('dialog[open]'));
          assert.deepEqual(await violations(page), [], button);
          const ground = await page.evaluate(() => getComputedStyle(/** @type {any} */ (globalThis).element.shadowRoot.querySelector('dialog[open]')).backgroundColor);
          assert.match(ground, /^rgb\(/, 'the page behind does not shine through');
          if (name === 'chrome') await screenshot(page, `element-${button.slice(9, -1)}-${language}`);
          await click(page, 'dialog[open] [data-do=close]');
        }
        await page.evaluate(() => void /** @type {any} */ (globalThis).element.examine(new File(['slow'], 'slow.png')).catch(() => {}));
        await until(page, () => /** @type {any} */ (globalThis).element.shadowRoot.querySelector('[data-do=cancel]')?.checkVisibility());
        assert.deepEqual(await violations(page), [], 'busy');
        if (name === 'chrome') await screenshot(page, `element-busy-${language}`);
        await page.close();
      });
    }

    test('a browser without light-dark(): everything has its ground and its colour', { skip: name === 'chrome' ? false : 'style sheets are changed on their way in Chromium' }, async () => {
      for (const query of ['', '&scheme=auto', '&scheme=dark', '&scheme=light']) {
        const { page } = await open(browser);
        await page.emulateMediaFeatures([{ name: 'prefers-color-scheme', value: 'dark' }]);
        await page.setRequestInterception(true);
        page.on('request', async (request) => {
          if (!request.url().endsWith('/element/colours.js')) return request.continue();
          const text = await (await fetch(request.url())).text();
          return request.respond({ contentType: 'text/javascript', body: text.replaceAll('light-dark(', 'no-light-dark(') });
        });
        await page.goto(`${server.url}tests/element.html?records=pneumonia${query}`);
        await until(page, () => /** @type {any} */ (globalThis).element?.examiner);
        await examine(page, 'finding');
        await click(page, '[data-do=card]');
        const seen = await page.evaluate(() => {
          const root = /** @type {any} */ (globalThis).element.shadowRoot;
          const of = (/** @type {string} */ selector, /** @type {'backgroundColor' | 'color'} */ property) => getComputedStyle(root.querySelector(selector))[property];
          return [of('dialog', 'backgroundColor'), of('.root', 'backgroundColor'), of('.panel', 'backgroundColor'), of('.band', 'backgroundColor'), of('label.button', 'backgroundColor'), of('.verdict', 'color'), of('.root', 'color')];
        });
        const light = ['rgb(255, 255, 255)', 'rgb(242, 245, 247)', 'rgb(255, 255, 255)', 'rgb(11, 92, 140)', 'rgb(11, 92, 140)', 'rgb(143, 61, 6)', 'rgb(23, 36, 45)'];
        const dark = ['rgb(24, 35, 42)', 'rgb(16, 24, 29)', 'rgb(24, 35, 42)', 'rgb(111, 188, 234)', 'rgb(111, 188, 234)', 'rgb(245, 173, 114)', 'rgb(232, 238, 242)'];
        assert.deepEqual(seen, query.includes('dark') ? dark : light, query);
        assert.deepEqual(await violations(page), [], query);
        await click(page, 'dialog[open] [data-do=close]');
        await unfold(page);
        assert.deepEqual(await violations(page), [], query);
        await page.close();
      }
    });

    test('every text is the catalogue\'s: with marks around its texts, nothing is left unmarked', async () => {
      for (const [state, model, outcome] of STATES) {
        const { page } = await start(`records=${model}`);
        await page.evaluate(async () => {
          const { loadMessages } = await import(/** @type {any} */ ('/web/exam/messages/messages.js'));
          const mark = (/** @type {any} */ message) => (typeof message === 'string' ? `\u2039${message}\u203a` : Object.fromEntries(Object.entries(message).map(([form, text]) => [form, `\u2039${text}\u203a`])));
          const { element } = /** @type {any} */ (globalThis);
          element.lang = 'xx';
          element.messages = Object.fromEntries(Object.entries(await loadMessages('en')).map(([key, message]) => [key, mark(message)]));
        });
        await until(page, () => /** @type {any} */ (globalThis).element.shadowRoot.querySelector('h2').textContent.includes('\u2039'));
        if (outcome) await examine(page, outcome);
        await unfold(page);
        const unmarked = await page.evaluate(() => {
          const root = /** @type {any} */ (globalThis).element.shadowRoot;
          /** @type {string[]} */
          const found = [];
          // What may be unmarked: figures, hashes, names of files and formats, and what says that it is English.
          const may = (/** @type {string} */ text) => !/[A-Za-z]{2,}/.test(text.replace(/\u2039[^]*\u203a/g, '').replace(/\b(PNG|DICOM|kB|byte|ms|and|CHEST|THORAX|HAND|HASH|[0-9a-f]{8,}|AM|PM|March|at)\b/g, ''));
          const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT | NodeFilter.SHOW_ELEMENT);
          for (let node = walker.nextNode(); node; node = walker.nextNode()) {
            const element = /** @type {Element} */ (node.nodeType === 3 ? node.parentElement : node);
            if (element.closest('[lang=en], .hash, bdi')) continue;
            if (node.nodeType === 3) {
              if (!may(node.textContent ?? '')) found.push(String(node.textContent));
            } else {
              for (const attribute of ['aria-label', 'title', 'alt', 'placeholder', 'aria-valuetext']) {
                const value = element.getAttribute(attribute);
                if (value && !may(value)) found.push(`${attribute}: ${value}`);
              }
            }
          }
          return found;
        });
        assert.deepEqual(unmarked, [], state);
        await page.close();
      }
    });

    test('the keyboard is enough: order, visible focus, dialogs that keep it and give it back', async () => {
      const { page } = await start('records=skin-lesion');
      await examine(page, 'finding');
      /** The focused thing, through shadow roots. */
      const focused = () => page.evaluate(() => {
        let node = document.activeElement;
        while (node?.shadowRoot?.activeElement) node = node.shadowRoot.activeElement;
        const html = /** @type {HTMLElement} */ (node);
        const ring = html.id === 'file' ? /** @type {Element} */ (html.nextElementSibling) : html;
        return { what: html.id || html.dataset.do || html.dataset.save || html.getAttribute('role') || html.tagName.toLowerCase(), outline: getComputedStyle(ring).outlineStyle };
      });
      /** @type {string[]} */
      const order = [];
      for (let i = 0; i < 40; i++) {
        await page.keyboard.press('Tab');
        const { what, outline } = await focused();
        assert.notEqual(outline, 'none', `the focus can be seen on ${what}`);
        order.push(what);
        if (what === 'card') break; // the last one: the next is the browser's own
      }
      const wanted = ['file', 'photograph', 'region', 'print', 'json', 'csv', 'opacity', 'card'];
      assert.deepEqual(order.filter((what) => wanted.includes(what)), wanted, `in the order of reading: ${order}`);

      await page.evaluate(() => /** @type {any} */ (globalThis).element.shadowRoot.querySelector('[data-do=card]').focus());
      await page.keyboard.press('Enter');
      await until(page, () => /** @type {any} */ (globalThis).element.shadowRoot.querySelector('dialog[open]'));
      for (let i = 0; i < 6; i++) {
        await page.keyboard.press('Tab');
        const inside = await page.evaluate(() => {
          const root = /** @type {any} */ (globalThis).element.shadowRoot;
          // Between two rounds the focus may be with the browser itself, never with the page behind.
          return !root.activeElement || !!root.activeElement.closest('dialog');
        });
        assert.ok(inside, 'the dialog keeps the focus');
      }
      await page.keyboard.press('Escape');
      await until(page, () => !/** @type {any} */ (globalThis).element.shadowRoot.querySelector('dialog'));
      assert.equal((await focused()).what, 'card', 'and gives it back');

      // A question is answered, a button that goes hands the focus on.
      await page.close();
      const asked = await start('records=pneumonia');
      await examine(asked.page, 'unstated');
      await asked.page.evaluate(() => /** @type {any} */ (globalThis).element.shadowRoot.querySelector('[data-do=state-yes]').focus());
      await asked.page.keyboard.press(' ');
      await until(asked.page, () => /** @type {any} */ (globalThis).element.record?.outcome === 'finding');
      await settled(asked.page);
      assert.equal(await asked.page.evaluate(() => /** @type {any} */ (globalThis).element.shadowRoot.activeElement?.id), 'answer-title');
      await examine(asked.page, 'dicom');
      await asked.page.evaluate(() => /** @type {any} */ (globalThis).element.shadowRoot.querySelector('#frame').focus());
      await asked.page.keyboard.press('ArrowRight');
      await until(asked.page, () => /** @type {any} */ (globalThis).element.record?.input.frame === 1);
      assert.equal(await asked.page.evaluate(() => /** @type {any} */ (globalThis).element.shadowRoot.activeElement?.id), 'frame', 'a slider keeps the focus while its picture is examined');
      await asked.page.close();
    });

    test('screen readers: outcomes are announced once, refusals as alerts, the bar and the map have words', async () => {
      const { page } = await start('records=pneumonia');
      const heard = () => page.evaluate(() => /** @type {any} */ (globalThis).element.shadowRoot.querySelector('[role=status][aria-live]').textContent);
      await examine(page, 'unsure');
      assert.match(await heard(), /^Not sure: show it to a clinician\./);
      await examine(page, 'finding');
      assert.match(await heard(), /^The model sees signs/);
      const names = await page.evaluate(() => Array.from(/** @type {any} */ (globalThis).element.shadowRoot.querySelectorAll('[role=img]'), (/** @type {any} */ node) => node.getAttribute('aria-label')));
      assert.ok(names.includes('pneumonia: 93.1\u00a0% on a scale from 0 to 100 percent; 95 % range 87.1\u00a0% to 99.1\u00a0%'), names.join('\n'));
      assert.ok(names.includes('The picture that was examined: picture.png'));
      await examine(page, 'refused');
      assert.equal((await shown(page)).alerts, 1);
      assert.equal(await heard(), '', 'what is alerted is not announced as well');
      await page.close();
    });

    test('phone to desktop, large text, more spacing: nothing overflows or is cut, targets are large enough', async () => {
      for (const language of name === 'chrome' ? ['en', 'ar'] : ['es']) {
        for (const [state, model, outcome] of STATES) {
          const { page } = await start(`records=${model}&page=${language}`);
          if (outcome) await examine(page, outcome);
          await unfold(page);
          for (const [width, spaced] of /** @type {const} */ ([[1280, false], [768, false], [390, false], [320, false], [320, true]])) {
            await page.setViewport({ width, height: 844 });
            await page.evaluate((wide) => {
              const sheet = new CSSStyleSheet();
              // WCAG 1.4.12: what a person may set.
              if (wide) sheet.replaceSync('* { line-height: 1.5 !important; letter-spacing: 0.12em !important; word-spacing: 0.16em !important; } p { margin-block-end: 2em !important; }');
              const root = /** @type {any} */ (globalThis).element.shadowRoot;
              root.adoptedStyleSheets = [root.adoptedStyleSheets[0], sheet];
            }, spaced);
            const wrong = await page.evaluate(() => {
              const root = /** @type {any} */ (globalThis).element.shadowRoot;
              const found = document.documentElement.scrollWidth > innerWidth ? [`sideways: ${document.documentElement.scrollWidth}`] : [];
              for (const node of root.querySelectorAll('button, input:not(.away), summary, label.button, .verdict, p, h4')) {
                if (!node.checkVisibility() || node.closest('.away')) continue;
                const box = node.getBoundingClientRect();
                if (box.width && (box.right > innerWidth + 1 || box.left < -1) && !node.closest('.scroll')) found.push(`outside: ${node.outerHTML.slice(0, 80)}`);
                if (/^(BUTTON|INPUT|SUMMARY|LABEL)$/.test(node.tagName) && box.height < 24) found.push(`${Math.round(box.height)} px: ${node.outerHTML.slice(0, 80)}`);
                if (node.scrollWidth > node.clientWidth + 1 && /^(BUTTON|P|H4)$/.test(node.tagName) && getComputedStyle(node).overflow !== 'visible') found.push(`cut: ${node.outerHTML.slice(0, 80)}`);
              }
              return found;
            });
            assert.deepEqual(wrong, [], `${state} ${language} ${width} ${spaced}`);
            if (name === 'chrome' && spaced && state === 'labels') await screenshot(page, `element-spaced-${language}`);
          }
          await page.close();
        }
      }
    });

    test('less motion where it is wanted; outcomes differ by word and icon, not by colour alone', async () => {
      const { page } = await start('records=pneumonia');
      /** @type {Set<string>} */
      const icons = new Set();
      for (const outcome of ['finding', 'negative', 'unsure', 'refused']) {
        await examine(page, outcome);
        icons.add(await page.evaluate(() => {
          const verdict = /** @type {any} */ (globalThis).element.shadowRoot.querySelector('.verdict');
          return `${verdict.querySelector('path').getAttribute('d')}`;
        }));
      }
      assert.equal(icons.size, 4);
      if (name === 'chrome') {
        const moves = () => page.evaluate(() => getComputedStyle(/** @type {any} */ (globalThis).element.shadowRoot.querySelector('.mark')).transitionDuration);
        await examine(page, 'finding');
        assert.notEqual(await moves(), '0s');
        await page.emulateMediaFeatures([{ name: 'prefers-reduced-motion', value: 'reduce' }]);
        assert.equal(await moves(), '0s');
      }
      await page.close();
    });
  });
}
