// A page with one <bedside-exam>, made as the address says: `?model=skin-lesion&lang=ar&scheme=dark`; `?records` gives it an examiner that
// answers with made-up records instead (records.js), `?bundle` takes
// the element as one file from web/dist. Whatever the element tells is kept in `told`.
import { recordsExaminer } from './records.js';

const given = new URLSearchParams(location.search);
await import(given.has('bundle') ? /** @type {any} */ ('/web/dist/bedside-exam.js') : '/web/exam/element/bedside-exam.js');
const element = /** @type {any} */ (document.createElement('bedside-exam'));
const told = /** @type {{type: string, detail: any}[]} */ ([]);
Object.assign(globalThis, { told, element });
for (const kind of ['ready', 'progress', 'result', 'refused', 'error']) {
  document.addEventListener(`bedside-${kind}`, (event) => void told.push({ type: event.type, detail: /** @type {CustomEvent} */ (event).detail }));
}
if (given.has('page')) document.documentElement.lang = String(given.get('page'));
for (const name of ['model', 'lang', 'scheme', 'explain', 'accept-dicom', 'compact', 'base', 'catalogue', 'worker', 'engine-base']) {
  const value = given.get(name);
  if (value !== null) element.setAttribute(name, value);
}
if (given.has('records')) element.examiner = recordsExaminer(String(given.get('records')));
document.querySelector('main')?.append(element);
