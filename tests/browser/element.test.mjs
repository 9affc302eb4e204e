// <bedside-exam> in a page of its own, under the app's policy: ways in, outcomes, what can be done with them.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { clean, launch, missing, since, until } from './common.mjs';
import { click, examine, openElement, settled, shown, startElement, told } from './element-page.mjs';
import { grey, png } from '../node/pictures.mjs';
import { chestDx, dicomFile, handDx, samplePicture, withElements } from '../support/dicom-objects.mjs';

const bundled = new URL('../../web/dist/bedside-exam.js', import.meta.url);
const samples = new URL('../../demo/samples/', import.meta.url);
const opacity = readFileSync(new URL('opacity-1.png', samples));
const clear = readFileSync(new URL('clear-1.png', samples));
const other = readFileSync(new URL('photo-1.jpg', samples));
const sha256 = (/** @type {Uint8Array} */ bytes) => createHash('sha256').update(bytes).digest('hex');

for (const name of /** @type {const} */ (['chrome', 'firefox'])) {
  describe(`<bedside-exam> in ${name}`, { skip: missing(name) }, () => {
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

    test('a finding: words first, figures, map in words, exact hashes, one event; nothing is asked of the network', async () => {
      const { page, complaints, requests } = await start('model=pneumonia');
      const asked = requests.length;
      const seen = await examine(page, opacity);
      assert.equal(seen.state, 'finding');
      assert.equal(seen.title, 'The model sees signs of pneumonia');
      assert.match(seen.text, /9\d\.\d\s%[^]*probability: pneumonia[^]*range/);
      assert.ok(seen.picture && seen.figures > 0);
      const events = await told(page);
      assert.deepEqual(events.map(({ type }) => type).filter((type) => type !== 'bedside-progress'), ['bedside-ready', 'bedside-result']);
      const record = events.find(({ type }) => type === 'bedside-result')?.detail;
      assert.equal(record.input.sha256, sha256(opacity));
      assert.equal(record.outcome, 'finding');
      assert.ok(!('picture' in record) && !('layers' in record), 'the picture stays in the element');
      const text = await page.evaluate(() => {
        const root = /** @type {any} */ (globalThis).element.shadowRoot;
        root.querySelector('[part=record]').open = true;
        return { record: root.querySelector('[part=record]').innerText, map: root.querySelector('[part=map-text]').innerText, status: root.querySelector('[role=status]').textContent };
      });
      for (const hash of [record.input.sha256, record.model.sha256, record.explanation.sha256, record.id]) assert.ok(text.record.includes(hash));
      assert.match(text.map, /evidence for \u201cpneumonia\u201d lies here in the picture: centre/);
      assert.match(text.status, /^The model sees signs of pneumonia\. This result means nothing until a clinician has looked/, 'screen readers hear it');
      assert.deepEqual(since(requests, asked, server.url), []);
      const opacityOf = () => page.evaluate(() => getComputedStyle(/** @type {any} */ (globalThis).element.shadowRoot.querySelector('[part=map]')).opacity);
      assert.equal(await opacityOf(), '0.6');
      await page.evaluate(() => {
        const slider = /** @type {any} */ (globalThis).element.shadowRoot.querySelector('#opacity');
        slider.value = '25';
        slider.dispatchEvent(new Event('input', { bubbles: true }));
      });
      assert.equal(await opacityOf(), '0.25');
      await clean(page, complaints);
      await page.close();
    });

    test('no signs is not "all is well"; something else is refused and leaves no figures behind', async () => {
      const { page, complaints } = await start('model=pneumonia');
      const none = await examine(page, clear);
      assert.equal(none.title, 'The model sees no signs of pneumonia');
      assert.match(none.text, /does not rule out/);
      const colours = await page.evaluate(() => {
        const style = getComputedStyle(/** @type {any} */ (globalThis).element.shadowRoot.querySelector('.verdict'));
        return [style.color, style.backgroundColor].map((colour) => (colour.match(/[\d.]+/g) ?? []).map(Number));
      });
      for (const [red, green, blue] of colours) assert.ok(green < Math.max(red, blue), `not the green of an all-clear: ${colours}`);
      assert.match(none.text, /A limit of this model:\s+Learned from children of one to five years[^]*What this model can and cannot do/);
      const cat = await examine(page, other, 'photo.jpg');
      assert.deepEqual([cat.state, cat.code, cat.figures, cat.alerts], ['refused', 'BDS_E_UNKNOWN', 0, 1]);
      assert.equal(await page.evaluate(() => /** @type {any} */ (globalThis).element.record.outcome), 'refused');
      for (const [content, code, words] of /** @type {const} */ ([
        ['<!doctype html><title>Sign in</title>', 'BDS_E_IMAGE_FORMAT', /HTML/],
        [opacity.subarray(0, opacity.length / 2), 'BDS_E_IMAGE_CORRUPT', /damaged or incomplete/],
        [png(300, 300, 1, () => 0), 'BDS_E_IMAGE_BLANK', /blank/],
        ['', 'BDS_E_IMAGE_FORMAT', /0 bytes/],
      ])) {
        const seen = await examine(page, content);
        assert.deepEqual([seen.state, seen.code, seen.figures, seen.alerts], ['refused', code, 0, 1]);
        assert.match(seen.text, words);
        assert.doesNotMatch(seen.text, /%|sees/);
      }
      await clean(page, complaints);
      await page.close();
    });

    test('a screenshot is refused by every model for pictures, and the person is told why', async () => {
      const screen = await browser.newPage();
      await screen.setViewport({ width: 900, height: 700 });
      // A page in the colours of skin: the model's own gate lets it pass.
      await screen.setContent(`<body style="margin:0;background:#f3d9c9;color:#5a3a2a;font:17px sans-serif"><h1 style="margin:20px">Clinic for skin</h1>
        <div style="margin:20px;padding:20px;background:#e3b79f;border-radius:20px">${'A spot that has grown since the last visit. '.repeat(12)}</div></body>`);
      const captures = [await screen.screenshot({ type: 'png' }), ...(name === 'chrome' ? [await screen.screenshot({ type: 'jpeg', quality: 60 })] : [])];
      await screen.close();
      for (const id of ['skin-lesion', 'blood-cells', 'retina-vessels', 'pneumonia', 'brain-tumour', 'breast-ultrasound', 'breast-lesion']) {
        const { page, complaints } = await start(`model=${id}`);
        for (const capture of captures) {
          const seen = await examine(page, capture);
          assert.equal(seen.state, 'refused', id);
          assert.match(seen.code, /^BDS_E_(DRAWN|UNKNOWN)$/);
          assert.deepEqual([seen.figures, seen.alerts], [0, 1]);
          const doubts = await page.evaluate(() => /** @type {any} */ (globalThis).element.record.doubts);
          assert.ok(doubts.includes('drawn'), `${id}: ${doubts}`);
          if (id !== 'skin-lesion') continue;
          assert.equal(seen.code, 'BDS_E_DRAWN');
          assert.match(seen.text, /drawn by a computer[^]*its own file, not a screenshot of it\. If it is the original, cut away what is drawn around the picture\./);
        }
        await clean(page, complaints);
        await page.close();
      }
    });

    test('"not sure" comes first, with its reasons; figures are folded away', async () => {
      const { page } = await start('model=pneumonia');
      const seen = await examine(page, png(12, 12, 1, grey(120)));
      assert.ok(seen.state === 'unsure' || seen.code === 'BDS_E_UNKNOWN', seen.text);
      await page.close();
      const made = await start('records=pneumonia');
      const unsure = await examine(made.page, 'unsure');
      assert.deepEqual([unsure.state, unsure.title, unsure.figures], ['unsure', 'Not sure: show it to a clinician', 0]);
      assert.match(unsure.text, /Why:[^]*between the answers[^]*in colour[^]*very small/);
      assert.doesNotMatch(unsure.text, /55\s?%/, 'no figure at first sight');
      const map = () => made.page.evaluate(() => {
        const root = /** @type {any} */ (globalThis).element.shadowRoot;
        return [root.querySelector('[part=map]').checkVisibility(), root.querySelector('[part=map-text]').checkVisibility()];
      });
      assert.deepEqual(await map(), [false, false], 'nor a map');
      await click(made.page, 'details[part=evidence] summary');
      await until(made.page, () => /** @type {any} */ (globalThis).element.shadowRoot.querySelector('[part=map]').checkVisibility());
      assert.deepEqual(await map(), [true, true]);
      const colour = await made.page.evaluate(() => getComputedStyle(/** @type {any} */ (globalThis).element.shadowRoot.querySelector('.verdict')).color);
      const [red, green, blue] = (colour.match(/[\d.]+/g) ?? []).map(Number);
      assert.ok(green < Math.max(red, blue), `not green: ${colour}`);
      await made.page.close();
    });

    test('ways in: file field, drop, paste; of several files the first; only the last one is answered', async () => {
      const { page, complaints } = await start('model=pneumonia');
      const handle = /** @type {import('puppeteer-core').ElementHandle<HTMLInputElement>} */ ((await page.evaluateHandle(() => /** @type {any} */ (globalThis).element.shadowRoot.querySelector('#file'))).asElement());
      const { fileURLToPath } = await import('node:url');
      await handle.uploadFile(fileURLToPath(new URL('opacity-1.png', samples)));
      await until(page, () => /** @type {any} */ (globalThis).element.record);
      assert.equal((await settled(page)).title, 'The model sees signs of pneumonia');
      for (const kind of ['drop', 'paste']) {
        await page.evaluate((how, base64) => {
          const transfer = new DataTransfer();
          for (const file of ['first.png', 'second.png']) transfer.items.add(new File([Uint8Array.from(atob(base64), (c) => c.charCodeAt(0))], file));
          const { element } = /** @type {any} */ (globalThis);
          element.reset();
          if (how === 'drop') element.shadowRoot.querySelector('.drop').dispatchEvent(new DragEvent('drop', { dataTransfer: transfer, bubbles: true, cancelable: true, composed: true }));
          else document.body.dispatchEvent(new ClipboardEvent('paste', { clipboardData: transfer, bubbles: true, cancelable: true }));
        }, kind, clear.toString('base64'));
        const seen = await settled(page);
        // Firefox does not let a script fill a clipboard event.
        if (kind === 'paste' && seen.state === 'idle') continue;
        assert.equal(seen.title, 'The model sees no signs of pneumonia', kind);
        assert.equal(await page.evaluate(() => /** @type {any} */ (globalThis).element.record.input.name), 'first.png');
        assert.match(await page.evaluate(() => /** @type {any} */ (globalThis).element.shadowRoot.querySelector('[part=several]').innerText), /^2 files [^]*first/, 'and says so as long as that is shown');
      }
      const [first, second] = await page.evaluate(async (a, b) => {
        const { element } = /** @type {any} */ (globalThis);
        const file = (/** @type {string} */ base64) => new File([Uint8Array.from(atob(base64), (c) => c.charCodeAt(0))], 'x.png');
        const runs = [element.examine(file(a)), element.examine(file(b))];
        return (await Promise.allSettled(runs)).map((run) => (run.status === 'fulfilled' ? run.value.findings[run.value.top].label : run.reason.code));
      }, opacity.toString('base64'), clear.toString('base64'));
      assert.deepEqual([first, second], ['BDS_E_ABORTED', 'normal']);
      assert.equal(await page.evaluate(() => /** @type {any} */ (globalThis).element.shadowRoot.querySelector('[part=several]')), null);
      assert.equal((await shown(page)).title, 'The model sees no signs of pneumonia');
      await clean(page, complaints);
      await page.close();
    });

    test('long work can be cancelled, by button and by reset', async () => {
      const { page } = await start('records=pneumonia');
      for (const how of ['button', 'reset']) {
        await page.evaluate(() => void /** @type {any} */ (globalThis).element.examine(new File(['slow'], 'slow.png')).catch((/** @type {any} */ error) => ((/** @type {any} */ (globalThis)).thrown = error.code)));
        await until(page, () => /** @type {any} */ (globalThis).element.shadowRoot.querySelector('[data-do=cancel]')?.checkVisibility());
        assert.equal((await shown(page)).state, 'busy');
        if (how === 'button') await click(page, '[data-do=cancel]');
        else await page.evaluate(() => /** @type {any} */ (globalThis).element.reset());
        const seen = await settled(page);
        assert.equal(seen.state, 'idle');
        if (how === 'button') assert.match(seen.text, /cancelled\. There is no result/);
        await until(page, () => /** @type {any} */ (globalThis).thrown === 'BDS_E_ABORTED');
      }
      await page.close();
    });

    test('errors that are not the file\'s: a sentence, an event, another try; wrong hash, wrong model', async () => {
      const { page } = await start('records=pneumonia');
      const seen = await examine(page, 'BDS_E_MEMORY');
      assert.deepEqual([seen.state, seen.code, seen.alerts, seen.figures], ['error', 'BDS_E_MEMORY', 1, 0]);
      assert.deepEqual((await told(page)).at(-1)?.type, 'bedside-error');
      assert.equal(await page.evaluate(() => /** @type {any} */ (globalThis).element.record), null);
      await click(page, '[data-do=retry]');
      assert.equal((await settled(page)).code, 'BDS_E_MEMORY');
      await page.close();
      const none = await start('model=there-is-none');
      const failed = await shown(none.page);
      assert.deepEqual([failed.state, failed.code, failed.title], ['error', 'BDS_E_ARGUMENT', 'Bedside cannot work here']);
      await none.page.evaluate(() => /** @type {any} */ (globalThis).element.setAttribute('model', 'pneumonia'));
      await until(none.page, () => /** @type {any} */ (globalThis).element.examiner);
      assert.equal((await shown(none.page)).state, 'idle', 'another model, and it works');
      await none.page.close();
    });

    test('DICOM: another frame or window is examined anew; what the file does not say is asked, and the answer is written down', async () => {
      const { page } = await start('records=pneumonia');
      await examine(page, 'dicom');
      const move = (/** @type {string} */ id, /** @type {string} */ value) => page.evaluate((slider, to) => {
        const input = /** @type {any} */ (globalThis).element.shadowRoot.querySelector(`#${slider}`);
        input.value = to;
        input.dispatchEvent(new Event('input', { bubbles: true }));
        input.dispatchEvent(new Event('change', { bubbles: true }));
      }, id, value);
      const input = () => page.evaluate(() => {
        const { frame, window: voi } = /** @type {any} */ (globalThis).element.record.input;
        return { frame, voi };
      });
      await move('frame', '5');
      await settled(page);
      assert.equal((await input()).frame, 4);
      await move('width', '200');
      await settled(page);
      assert.deepEqual(await input(), { frame: 4, voi: { centre: 40, width: 200, from: 'given' } });
      await click(page, '[data-do=own-window]');
      await settled(page);
      assert.deepEqual(await input(), { frame: 4, voi: { centre: 40, width: 400, from: 'file' } });

      const unchosen = await examine(page, 'frames');
      assert.deepEqual([unchosen.state, unchosen.figures], ['unsure', 0]);
      assert.match(unchosen.text, /Frame 1 of 12 was examined/);
      await move('width', '200');
      assert.equal((await settled(page)).state, 'unsure', 'another window chooses no frame');
      await click(page, '[data-do=this-frame]');
      const chosen = await settled(page);
      assert.equal(chosen.state, 'finding');
      assert.match(chosen.text, /Frame 1 of 12 was examined/);
      assert.match(await page.evaluate(() => /** @type {any} */ (globalThis).element.shadowRoot.querySelector('[role=status][aria-live]').textContent), /Frame 1 of 12/);
      await move('frame', '7');
      assert.match((await settled(page)).text, /Frame 7 of 12 was examined/);
      assert.ok(await page.evaluate(() => {
        const root = /** @type {any} */ (globalThis).element.shadowRoot;
        return root.querySelector('.answer #frame').getBoundingClientRect().bottom <= root.querySelector('.verdict').getBoundingClientRect().top;
      }), 'the slider stands with the answer');
      const [identity, patient] = await page.evaluate(() => ['identity', 'patient'].map((part) => /** @type {any} */ (globalThis).element.shadowRoot.querySelector(`[part=${part}]`).innerText));
      assert.match(identity, /Patient\s+Chest Drawn\s+Patient\u2019s number\s+TEST-1\s+Date of the study\s+2026-03-04\s+View\s+AP/);
      assert.match(patient, /patient\u2019s name and number[^]*Chest Drawn, TEST-1/);

      const asked = await examine(page, 'unstated');
      assert.deepEqual([asked.state, asked.figures], ['unsure', 0]);
      assert.match(asked.text, /The file does not say what it shows[^]*Is it a chest X-ray from the front\?/);
      await click(page, '[data-do=state-yes]');
      const yes = await settled(page);
      assert.equal(yes.state, 'finding');
      assert.match(yes.text, /the person who examined it has stated: CHEST/);
      assert.deepEqual(await page.evaluate(() => /** @type {any} */ (globalThis).element.record.checks.find((/** @type {any} */ check) => check.what === 'bodyPart')), { what: 'bodyPart', expected: ['CHEST', 'THORAX'], found: 'CHEST', stated: true, ok: true });
      await examine(page, 'unstated');
      await click(page, '[data-do=state-no]');
      const no = await settled(page);
      assert.deepEqual([no.state, no.code, no.figures], ['refused', 'BDS_E_WRONG_EXAM', 0]);
      assert.match((await examine(page, 'wrong-exam')).text, /for CHEST, THORAX, the file says HAND/);
      await page.close();
    });

    test('real DICOM objects, with the element as one file: the chest is examined, the hand refused, a silent file asked about; reports come out', { skip: existsSync(bundled) ? false : 'the bundles were not built' }, async () => {
      const { page, complaints } = await start('model=pneumonia&bundle');
      const chest = await examine(page, dicomFile(chestDx({ picture: samplePicture('opacity-1.png') })), 'IM000001');
      assert.equal(chest.title, 'The model sees signs of pneumonia', chest.text);
      const input = await page.evaluate(() => /** @type {any} */ (globalThis).element.record.input);
      assert.deepEqual([input.kind, input.dicom.bodyPart, input.frames], ['dicom', 'CHEST', 1]);
      await page.evaluate(() => {
        const kept = /** @type {any} */ (globalThis);
        const { createObjectURL } = URL;
        URL.createObjectURL = (blob) => ((kept.saved = blob), createObjectURL(blob));
        HTMLAnchorElement.prototype.click = function () {};
      });
      for (const kind of ['sr', 'sc']) {
        await page.evaluate(() => (/** @type {any} */ (globalThis).saved = null));
        await click(page, `[data-save=${kind}]`);
        await until(page, () => /** @type {any} */ (globalThis).saved || /could not/.test(/** @type {any} */ (globalThis).element.shadowRoot.querySelector('#saved').textContent));
        assert.equal(await page.evaluate(async () => (await /** @type {any} */ (globalThis).saved?.slice(128, 132).text()) ?? /** @type {any} */ (globalThis).element.shadowRoot.querySelector('#saved').textContent), 'DICM', kind);
      }
      const hand = await examine(page, dicomFile(handDx()), 'IM000002');
      assert.deepEqual([hand.state, hand.code, hand.figures], ['refused', 'BDS_E_WRONG_EXAM', 0]);
      const silent = await examine(page, dicomFile(withElements(chestDx({ picture: samplePicture('opacity-1.png') }), [[0x00180015, 'CS', undefined], [0x00082218, 'SQ', undefined]])), 'IM000003');
      assert.equal(silent.state, 'unsure', silent.text);
      assert.match(silent.text, /Is it a chest X-ray from the front\?/);
      await click(page, '[data-do=state-yes]');
      assert.equal((await settled(page)).title, 'The model sees signs of pneumonia');
      await page.evaluate(() => {
        const slider = /** @type {any} */ (globalThis).element.shadowRoot.querySelector('#width');
        slider.value = String(Number(slider.value) / 2);
        slider.dispatchEvent(new Event('change', { bubbles: true }));
      });
      await settled(page);
      assert.equal(await page.evaluate(() => /** @type {any} */ (globalThis).element.record.input.window.from), 'given');
      await page.evaluate(() => /** @type {any} */ (globalThis).element.setAttribute('accept-dicom', 'no'));
      for (const preamble of [true, false]) assert.deepEqual((await examine(page, dicomFile(chestDx(), { preamble }))).code, 'BDS_E_DICOM_UNSUPPORTED');
      await clean(page, complaints);
      await page.close();
    });

    test('every model has its answer: several labels in a table, masks drawn and described, nothing marked is not nothing there', async () => {
      for (const [model, words, question] of /** @type {const} */ ([
        ['skin-lesion', /The model says: basal cell carcinoma[^]*melanoma/, /skin lesion/],
        ['blood-cells', /The model says: eosinophil[^]*immature granulocyte/, /blood cell/],
        ['brain-tumour', /The model says: meningioma[^]*pituitary tumour/, /MRI/],
        ['breast-ultrasound', /The model sees signs of malignancy/, /ultrasound/],
        ['breast-lesion', /The model marked 10\.\d\s% of the picture: lesion[^]*Dice/, /lesion/],
        ['retina-vessels', /The model marked 10\.\d\s% of the picture: vessel/, /retina/],
      ])) {
        const { page } = await start(`records=${model}`);
        assert.match(await page.evaluate(() => /** @type {any} */ (globalThis).element.shadowRoot.querySelector('h2').innerText), question);
        assert.match((await examine(page, 'finding')).text, words, model);
        assert.equal(await page.evaluate(() => /** @type {any} */ (globalThis).element.shadowRoot.querySelectorAll('[part=map]').length), 1);
        const where = () => page.evaluate(() => /** @type {any} */ (globalThis).element.shadowRoot.querySelector('[part=map-text]').innerText);
        assert.match(await where(), /lower left/);
        if (words.source.includes('marked')) {
          assert.match((await examine(page, 'empty')).text, /Nothing was marked\s+This does not mean that there is nothing/);
          assert.match(await where(), /Nothing is marked/);
        } else {
          await examine(page, 'nowhere');
          assert.match(await where(), /nowhere in particular/);
        }
        await page.close();
      }
    });

    test('layers are drawn a page at a time', async () => {
      const { page, complaints } = await start('model=pneumonia');
      await examine(page, opacity);
      await click(page, '[part=layers] summary');
      await until(page, () => /** @type {any} */ (globalThis).element.shadowRoot.querySelector('.channels canvas'));
      const text = () => page.evaluate(() => /** @type {any} */ (globalThis).element.shadowRoot.querySelector('[part=layers]').innerText);
      assert.match(await text(), /Layer 1 of \d+: conv/);
      await click(page, '[data-do="layers.next"]');
      assert.match(await text(), /Layer 2 of/);
      await clean(page, complaints);
      await page.close();
    });

    test('record, table and card: made on the device, with no request but for their own code', async () => {
      const { page, complaints, requests } = await start('model=pneumonia');
      await examine(page, opacity);
      await page.evaluate(() => {
        const kept = /** @type {any} */ (globalThis);
        kept.saved = [];
        const { createObjectURL } = URL;
        URL.createObjectURL = (blob) => {
          kept.saved.push(/** @type {Blob} */ (blob));
          return createObjectURL(blob);
        };
        HTMLAnchorElement.prototype.click = function () {
          kept.name = this.download;
        };
      });
      const kinds = await page.evaluate(() => Array.from(/** @type {any} */ (globalThis).element.shadowRoot.querySelectorAll('[data-save]'), (/** @type {any} */ node) => node.dataset.save));
      assert.deepEqual(kinds, ['print', 'paper', 'fhir', 'json', 'csv'], 'DICOM reports only of DICOM objects');
      const save = async (/** @type {string} */ kind) => {
        await page.evaluate(() => (/** @type {any} */ (globalThis).saved.length = 0));
        await click(page, `[data-save=${kind}]`);
        await until(page, () => /** @type {any} */ (globalThis).saved.length || /could not/.test(/** @type {any} */ (globalThis).element.shadowRoot.querySelector('#saved').textContent));
        return page.evaluate(async () => {
          const [blob] = /** @type {any} */ (globalThis).saved;
          return { name: /** @type {any} */ (globalThis).name, type: blob?.type, text: await blob?.text(), told: /** @type {any} */ (globalThis).element.shadowRoot.querySelector('#saved').textContent };
        });
      };
      const json = await save('json');
      assert.match(json.name, /^bedside-pneumonia-[0-9a-f]{8}\.json$/);
      const record = JSON.parse(json.text);
      assert.deepEqual([record.format, record.outcome, record.input.sha256], ['bedside-exam/1', 'finding', sha256(opacity)]);
      assert.ok(!json.text.includes('"picture"'));
      assert.match(json.told, /^Handed to the browser\u2019s downloads: bedside-/, 'whether it was saved nobody here knows');
      const csv = await save('csv');
      assert.match(csv.text, /outcome[^]*finding/, csv.told);
      const fhir = JSON.parse((await save('fhir')).text);
      assert.equal(fhir.resourceType, 'Bundle');
      const paper = await save('paper');
      assert.match(paper.text, /not a medical device/i);
      const origin = new URL(server.url).origin;
      assert.deepEqual(requests.filter((url) => url.startsWith('http') && new URL(url).origin !== origin), []);

      const printed = await page.evaluate(async () => {
        const root = /** @type {any} */ (globalThis).element.shadowRoot;
        const seen = new Promise((resolve) => {
          new MutationObserver(() => {
            const frame = root.querySelector('iframe');
            if (frame?.contentWindow) frame.contentWindow.print = () => resolve({ text: frame.contentDocument.body.innerText, sheets: frame.contentDocument.adoptedStyleSheets.length, title: frame.contentDocument.title });
          }).observe(root, { childList: true });
        });
        root.querySelector('[data-save=print]').click();
        return Promise.race([seen, new Promise((resolve) => setTimeout(() => resolve(null), 5000))]);
      });
      assert.match(/** @type {any} */ (printed)?.text, /not a medical device/i);
      assert.equal(/** @type {any} */ (printed)?.sheets, 1);
      await examine(page, clear);
      assert.equal(await page.evaluate(() => /** @type {any} */ (globalThis).element.shadowRoot.querySelectorAll('iframe').length), 0, 'a printed report goes with its picture');

      await click(page, '[data-do=card]');
      const card = await page.evaluate(() => /** @type {any} */ (globalThis).element.shadowRoot.querySelector('dialog[open]').innerText);
      assert.match(card, /What it cannot do[^]*Guangzhou/);
      assert.match(card, /[0-9a-f]{64}/);
      await clean(page, complaints);
      await page.close();
    });

    test('language: the element\'s own, that of its surroundings, texts of one\'s own; a change keeps the result', async () => {
      const { page, complaints } = await start('records=pneumonia&page=es-MX');
      const seen = await examine(page, 'finding');
      assert.equal(seen.title, 'El modelo ve signos de neumonía');
      await page.evaluate(() => (document.documentElement.lang = 'ar-EG'));
      await until(page, () => /** @type {any} */ (globalThis).element.shadowRoot.querySelector('.root').dir === 'rtl');
      assert.match((await shown(page)).title, /الالتهاب الرئوي/);
      await page.evaluate(() => (/** @type {any} */ (globalThis).element.lang = 'en'));
      await until(page, () => /sees signs/.test(/** @type {any} */ (globalThis).element.shadowRoot.querySelector('.verdict h4').innerText));
      assert.equal((await shown(page)).state, 'finding');
      await page.evaluate(() => (/** @type {any} */ (globalThis).element.messages = { 'finding.positive': 'Own words: {sought}' }));
      await until(page, () => /Own words: pneumonia/.test(/** @type {any} */ (globalThis).element.shadowRoot.querySelector('.verdict h4').innerText));
      await clean(page, complaints);
      await page.close();
    });

    test('compact: the card stays within reach, before and after an answer; refused files have no time', async () => {
      const { page } = await start('records=pneumonia&compact=');
      const facts = () => page.evaluate(() => !!/** @type {any} */ (globalThis).element.shadowRoot.querySelector('.facts'));
      assert.equal(await facts(), false);
      for (const button of ['card', 'card-limit']) {
        if (button === 'card-limit') await examine(page, 'finding');
        await click(page, `[data-do=${button}]`);
        assert.match(await page.evaluate(() => /** @type {any} */ (globalThis).element.shadowRoot.querySelector('dialog[open]').innerText), /First limit\.[^]*Second limit\./);
        await click(page, 'dialog[open] [data-do=close]');
        await until(page, () => !/** @type {any} */ (globalThis).element.shadowRoot.querySelector('dialog'));
      }
      await page.evaluate(() => /** @type {any} */ (globalThis).element.removeAttribute('compact'));
      await examine(page, 'refused');
      assert.match(await page.evaluate(() => /** @type {any} */ (globalThis).element.shadowRoot.querySelector('.facts').innerText), /Time\s+There is no result/);
      await page.close();
    });

    test('requests: all are counted, also after 250; one to another address changes the heading', async () => {
      const [elsewhere, open] = await Promise.all([startElement({ policy: (policy) => policy }), startElement({ policy: (policy) => policy.replace("connect-src 'self'", 'connect-src *') })]);
      const { page } = await openElement(browser, open.url, 'records=pneumonia');
      const counted = () => page.evaluate(() => {
        const root = /** @type {any} */ (globalThis).element.shadowRoot;
        const { requests, foreign } = root.querySelector('[data-requests]').dataset;
        return { requests: Number(requests), foreign: Number(foreign), title: root.querySelector('#requests h4').innerText };
      });
      await until(page, () => /** @type {any} */ (globalThis).element.shadowRoot.querySelector('[data-requests]'));
      assert.deepEqual(await counted(), { requests: 0, foreign: 0, title: 'No request to another address was seen' });
      await page.evaluate(async () => {
        for (let i = 0; i < 300; i++) await (await fetch(`/icon.svg?${i}`)).text();
      });
      await until(page, () => Number(/** @type {any} */ (globalThis).element.shadowRoot.querySelector('[data-requests]').dataset.requests) >= 300);
      assert.deepEqual(await counted(), { requests: 300, foreign: 0, title: 'No request to another address was seen' });
      // What a request to the page's own address carries is not seen: the words claim no more than the count does.
      await page.evaluate(() => fetch('/icon.svg?post', { method: 'POST', body: 'a record' }));
      await until(page, () => Number(/** @type {any} */ (globalThis).element.shadowRoot.querySelector('[data-requests]').dataset.requests) >= 301);
      assert.match(await page.evaluate(() => /** @type {any} */ (globalThis).element.shadowRoot.querySelector('#requests').innerText), /Bedside itself sends nothing; what this page does with the result is not seen here/);
      await page.evaluate((url) => fetch(`${url}icon.svg`, { mode: 'no-cors' }).catch(() => {}), elsewhere.url);
      await until(page, () => Number(/** @type {any} */ (globalThis).element.shadowRoot.querySelector('[data-requests]').dataset.foreign) === 1);
      const rows = () => page.evaluate(() => /** @type {any} */ (globalThis).element.shadowRoot.querySelectorAll('#requests li').length);
      assert.equal(await rows(), 0, 'nothing is written out that nobody looks at');
      await click(page, '#requests summary');
      await until(page, () => /** @type {any} */ (globalThis).element.shadowRoot.querySelector('#requests li'));
      assert.equal(await rows(), 251);
      assert.match(await page.evaluate(() => /** @type {any} */ (globalThis).element.shadowRoot.querySelector('#requests').innerText), /All are counted; these are the first ones: 251/);
      await until(page, () => Number(/** @type {any} */ (globalThis).element.shadowRoot.querySelector('[data-requests]').dataset.foreign) === 1);
      assert.deepEqual(await counted(), { requests: 302, foreign: 1, title: 'This page has spoken to other addresses' });
      await page.close();
      await Promise.all([elsewhere.close(), open.close()]);
    });

    test('a part that cannot be loaded: said with its code, and the page is offered anew', { skip: name === 'chrome' ? false : 'requests are stopped in Chromium' }, async () => {
      const { page } = await start('records=pneumonia&page=es');
      await examine(page, 'finding');
      await page.setRequestInterception(true);
      page.on('request', (request) => (request.url().endsWith('/reports/table.js') ? request.abort() : request.continue()));
      await click(page, '[data-save=csv]');
      await until(page, () => /** @type {any} */ (globalThis).element.shadowRoot.querySelector('#saved [data-do=reload]'));
      const text = await page.evaluate(() => /** @type {any} */ (globalThis).element.shadowRoot.querySelector('#saved').innerText);
      assert.match(text, /No se ha podido crear este archivo\. No se ha podido leer o cargar un archivo\.[^]*se pierde entonces/);
      assert.equal((await told(page)).at(-1)?.detail.code, 'BDS_E_FETCH');
      await Promise.all([page.waitForNavigation(), click(page, '[data-do=reload]')]);
      await page.close();
    });

    test('leaves the page without a trace, and comes back', async () => {
      const { page, complaints } = await start('model=pneumonia');
      if (name === 'chrome') assert.equal(page.workers().length, 1);
      await page.evaluate(() => /** @type {any} */ (globalThis).element.remove());
      if (name === 'chrome') await untilHere(() => page.workers().length === 0);
      await page.evaluate(() => document.body.append(/** @type {any} */ (globalThis).element));
      await until(page, () => /** @type {any} */ (globalThis).element.examiner);
      assert.equal((await examine(page, opacity)).state, 'finding');
      // With texts of one's own it speaks at once, before its examiner is there again.
      await page.evaluate(() => (/** @type {any} */ (globalThis).element.messages = { cancel: 'Stop' }));
      await page.evaluate(() => /** @type {any} */ (globalThis).element.remove());
      await page.evaluate(() => document.body.append(/** @type {any} */ (globalThis).element));
      await until(page, () => /** @type {any} */ (globalThis).element.examiner);
      assert.equal((await settled(page)).state, 'idle');
      const large = await examine(page, png(5000, 3000, 1, (x, y) => (x * 3 + y * 2) & 255), 'large.png');
      assert.ok(['finding', 'unsure', 'refused'].includes(large.state));
      assert.deepEqual(await page.evaluate(() => {
        const { width, height } = /** @type {any} */ (globalThis).element.shadowRoot.querySelector('[part=image]');
        return [width, height];
      }), [1667, 1000], 'drawn smaller than it is');
      await clean(page, complaints);
      await page.close();
    });
  });
}

/** @param {() => boolean} condition */
async function untilHere(condition) {
  const end = Date.now() + 10_000;
  while (!condition()) {
    assert.ok(Date.now() < end, `not within 10 s: ${condition}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

describe('the camera', { skip: missing('chrome') }, () => {
  for (const [way, flags] of /** @type {const} */ ([
    ['allowed', ['--use-fake-device-for-media-stream', '--use-fake-ui-for-media-stream']],
    ['refused', ['--deny-permission-prompts', '--use-fake-device-for-media-stream']],
  ])) {
    test(`a camera that is ${way}`, async () => {
      const [browser, server] = await Promise.all([launch('chrome', flags), startElement()]);
      try {
        const none = await openElement(browser, server.url, 'records=pneumonia');
        assert.equal(await none.page.evaluate(() => /** @type {any} */ (globalThis).element.shadowRoot.querySelectorAll('[data-do=photograph]').length), 0, 'X-rays are not photographed');
        await none.page.close();
        const { page, complaints } = await openElement(browser, server.url, 'model=skin-lesion');
        await page.evaluate(() => {
          const kept = /** @type {any} */ (globalThis);
          const devices = navigator.mediaDevices;
          const ask = devices.getUserMedia.bind(devices);
          devices.getUserMedia = async (wanted) => (kept.stream = await ask(wanted));
        });
        await click(page, '[data-do=photograph]');
        if (way === 'allowed') {
          await until(page, () => /** @type {any} */ (globalThis).element.shadowRoot.querySelector('[data-do=shoot]:not(:disabled)'));
          await click(page, '[data-do=shoot]');
          await until(page, () => /** @type {any} */ (globalThis).element.record);
          const record = await page.evaluate(() => /** @type {any} */ (globalThis).element.record);
          assert.deepEqual([record.input.name, record.input.kind], ['photograph.png', 'png']);
          const off = () => /** @type {any} */ (globalThis).stream.getTracks().every((/** @type {any} */ track) => track.readyState === 'ended');
          assert.ok(await page.evaluate(off), 'the camera is off');
          await click(page, '[data-do=photograph]');
          await until(page, () => /** @type {any} */ (globalThis).element.shadowRoot.querySelector('[data-do=shoot]:not(:disabled)'));
          await page.evaluate(() => /** @type {any} */ (globalThis).element.setAttribute('model', 'blood-cells'));
          await until(page, off);
          assert.equal(await page.evaluate(() => /** @type {any} */ (globalThis).element.shadowRoot.querySelector('dialog')), null, 'no photograph for a model that is gone');
          await until(page, () => /** @type {any} */ (globalThis).element.examiner);
        } else {
          await until(page, () => /** @type {any} */ (globalThis).element.shadowRoot.querySelector('[data-camera]'));
          assert.match(await page.evaluate(() => /** @type {any} */ (globalThis).element.shadowRoot.querySelector('dialog').innerText), /may not use the camera/);
          assert.equal((await shown(page)).state, 'idle');
        }
        await clean(page, complaints);
      } finally {
        await browser.close();
        await server.close();
      }
    });
  }
});
