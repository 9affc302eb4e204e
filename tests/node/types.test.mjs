// The types that a TypeScript project gets with the package: of a page, and of a server that knows nothing of pages.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../', import.meta.url));

/**
 * What the compiler says of a file in a project that has the package, checked with its declarations.
 * @param {string} text @param {string[]} lib @param {string[]} types
 */
function said(text, lib, types = []) {
  const folder = mkdtempSync(join(tmpdir(), 'bedside-types-'));
  try {
    mkdirSync(join(folder, 'node_modules/@types'), { recursive: true });
    symlinkSync(root, join(folder, 'node_modules/bedside'));
    for (const name of ['@types/node', 'undici-types']) symlinkSync(join(root, 'node_modules', name), join(folder, 'node_modules', name));
    writeFileSync(join(folder, 'package.json'), '{"type":"module"}');
    writeFileSync(join(folder, 'index.ts'), text);
    const compilerOptions = { strict: true, noEmit: true, target: 'ES2022', module: 'NodeNext', moduleResolution: 'NodeNext', lib, types, preserveSymlinks: true };
    writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: ['index.ts'] }));
    return spawnSync(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '-p', folder], { encoding: 'utf8' }).stdout;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

test('a page: the element\'s events have their types on it and around it, and the others keep theirs', () => {
  assert.equal(said(`
    import type { BedsideExam } from 'bedside/element';
    import type { ExamRecord } from 'bedside/exam';
    declare const element: BedsideExam;
    const heard = (event: CustomEvent<ExamRecord>): void => console.log(event.detail.outcome);
    element.addEventListener('bedside-result', heard);
    element.removeEventListener('bedside-result', heard);
    element.addEventListener('bedside-ready', function ({ detail }) { console.log(this.record, detail.engine.simd); });
    element.addEventListener('click', ({ clientX }) => console.log(clientX));
    element.addEventListener('an-event-of-another', (event) => console.log(event.type));
    document.addEventListener('bedside-result', ({ detail }) => console.log(detail.findings[0]?.label));
    window.addEventListener('bedside-error', ({ detail }) => console.log(detail.code));
    document.querySelector('bedside-exam')?.addEventListener('bedside-refused', ({ detail }) => console.log(detail.refusal?.code));
    document.body.addEventListener('bedside-progress', ({ detail }) => console.log(detail.step));
    // @ts-expect-error a record has no such thing
    document.addEventListener('bedside-result', ({ detail }) => console.log(detail.diagnosis));
  `, ['ES2022', 'DOM', 'DOM.Iterable']), '');
});

test('a server: no type of pages is missing', () => {
  assert.equal(said(`
    import { loadEngine, loadModel, type WasmModule } from 'bedside';
    import { createExaminer } from 'bedside/exam';
    import { toFhir } from 'bedside/reports/fhir';
    import { loadEcg } from 'bedside/ecg';
    import { loadCompiler } from 'bedside/compile';
    import { readDicom } from 'bedside/dicom';
    import { connect } from 'bedside/worker-client';
    const examiner = await createExaminer();
    const module: WasmModule = await (await loadEngine()).loadDecoder();
    console.log(toFhir(await examiner.examine(new Uint8Array(3))).resourceType, module, loadModel, loadEcg, loadCompiler, readDicom, connect);
  `, ['ES2022'], ['node']), '');
});

test('the bundles have the types of their sources', () => {
  assert.equal(said(`
    import 'bedside/dist/bedside-exam.js';
    import { createExaminer } from 'bedside/dist/exam.js';
    import { toCsv } from 'bedside/dist/bedside-reports.js';
    import { readDicom } from 'bedside/dist/bedside-dicom.js';
    import { loadModel } from 'bedside/dist/bedside.js';
    const { findings } = await (await createExaminer()).examine(new Blob([]));
    console.log(findings[0]?.label, toCsv([]), readDicom, loadModel, document.querySelector('bedside-exam')?.record);
  `, ['ES2022', 'DOM', 'DOM.Iterable']), '');
});
