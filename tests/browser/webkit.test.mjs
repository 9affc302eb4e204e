// WebKit, the third engine: the demo opens in WebKitGTK and gives a sample the very probability that the others give. A picture of the page is left in
// build/screenshots/.
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { root } from '../../scripts/setup.mjs';
import { createExaminer } from '../../web/exam/exam.js';
import { start } from './common.mjs';
import { missingWebKit, Session } from './webdriver.mjs';

const sample = 'opacity-1.png';

test('a sample is examined in WebKitGTK, with the same bits as in Node', { skip: missingWebKit() }, async (t) => {
  const examiner = await createExaminer();
  const here = await examiner.examine(readFileSync(join(root, 'demo/samples', sample)));
  examiner.dispose();
  const server = await start();
  /** @type {Session | null} */
  let session = null;
  try {
    const opened = await Session.open();
    session = opened.session;
    t.diagnostic(opened.version);
    await session.go(`${server.url}?lang=en`);
    await session.until(() => document.documentElement.dataset.ready === 'true');
    await session.run((file) => /** @type {HTMLElement} */ (document.querySelector(`[data-file="${file}"]`)).click(), sample);
    await session.until(() => /** @type {any} */ (document.querySelector('#exam')).record);
    const there = await session.run(() => {
      const exam = /** @type {any} */ (document.querySelector('#exam'));
      const { outcome, findings, doubts, distance, explanation, input } = exam.record;
      return { outcome, findings, doubts, distance, map: explanation.sha256, file: input.sha256, title: exam.shadowRoot.querySelector('.verdict h4').textContent };
    });
    assert.deepEqual(there, {
      outcome: here.outcome, findings: here.findings, doubts: here.doubts, distance: here.distance, map: here.explanation?.sha256, file: here.input?.sha256,
      title: 'The model sees signs of pneumonia',
    });
    await new Promise((resolve) => setTimeout(resolve, 500));
    mkdirSync(join(root, 'build/screenshots'), { recursive: true });
    writeFileSync(join(root, 'build/screenshots/webkit.png'), await session.screenshot());
  } finally {
    await session?.close();
    await server.close();
  }
});
