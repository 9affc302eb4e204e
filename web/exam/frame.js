// The page in a frame: one <bedside-exam>, and the messages that its parent may send. Only the parent is heard, and only if its origin is
// on the list; whatever else arrives is ignored and counted (data-ignored). Answers go to that origin and nowhere else.
// The protocol: docs/element.md and frame-client.d.ts. Not a medical device.
// SPDX-License-Identifier: MIT
import './element/bedside-exam.js';
import { originsOf } from './origins.js';

/** @typedef {import('./frame-client.js').Request} Request */

/** What may be set from outside. */
const CONFIGURABLE = ['model', 'lang', 'explain', 'scheme', 'compact', 'accept-dicom'];

/** Makes this document the page in a frame. */
function serveParent() {
  const page = document.documentElement;
  const address = new URLSearchParams(location.search);
  const element = document.createElement('bedside-exam');
  let ignored = 0;
  /** Who has said hello, and so hears what people do in the frame. */
  let parentOrigin = '';
  /** What runs for the parent: events meanwhile are answers to it. @type {number | string | null} */
  let current = null;

  const sheet = new CSSStyleSheet();
  sheet.replaceSync('body { margin: 0; padding: 1rem; } @media (max-width: 30rem) { body { padding: 0.5rem; } }');
  document.adoptedStyleSheets = [sheet];

  /** @returns {ReadonlySet<string>} */
  function allowed() {
    const inMarkup = (page.dataset.allowOrigin ?? '').split(/\s+/).filter(Boolean);
    try {
      return originsOf(inMarkup.length ? inMarkup : address.getAll('allow'));
    } catch (error) {
      page.dataset.error = /** @type {Error} */ (error).message;
      console.error(page.dataset.error);
      return new Set();
    }
  }
  const origins = allowed();

  /** @param {Record<string, unknown>} message @param {unknown} [id] */
  function answer(message, id = null) {
    if (parentOrigin) parent.postMessage({ bedside: 1, id, ...message }, parentOrigin);
  }

  /** @param {unknown} error */
  function plain(error) {
    const { code = 'BDS_E_TRAP', message = String(error) } = /** @type {{code?: string, message?: string}} */ (error ?? {});
    return { code, message };
  }

  /** @param {Record<string, unknown>} attributes */
  function configure(attributes) {
    for (const [name, value] of Object.entries(attributes)) {
      if (!CONFIGURABLE.includes(name)) throw Object.assign(new Error(`"${name}" cannot be set from outside; these can: ${CONFIGURABLE.join(', ')}.`), { code: 'BDS_E_ARGUMENT' });
      if (value === null || value === false) element.removeAttribute(name);
      else element.setAttribute(name, value === true ? '' : String(value));
    }
  }

  /** Why there is no examiner, as long as there is none. @type {{code: string, message: string} | null} */
  let failure = null;
  element.addEventListener('bedside-ready', () => (failure = null));
  element.addEventListener('bedside-error', ({ detail }) => (failure = element.examiner ? null : detail));

  /** Resolves when the examiner is there. @returns {Promise<Record<string, unknown>>} */
  function ready() {
    return new Promise((resolve, reject) => {
      const now = () => {
        const { examiner } = element;
        if (!examiner) return false;
        resolve({ type: 'ready', model: examiner.entry.id, card: examiner.card, engine: examiner.engine });
        return true;
      };
      if (now()) return;
      if (failure) return void reject(failure);
      const end = new AbortController();
      element.addEventListener('bedside-ready', () => (end.abort(), now()), { signal: end.signal });
      element.addEventListener('bedside-error', ({ detail }) => (end.abort(), reject(detail)), { signal: end.signal });
    });
  }

  /** What the parent may ask for. @type {Record<string, (request: any) => Promise<Record<string, unknown>>>} */
  const operations = {
    hello: () => ready(),
    async configure({ attributes = {} }) {
      failure = null;
      configure(Object(attributes));
      await null; // the element has closed the former examiner
      return ready();
    },
    async examine({ id, file, name, frame, window: voi, stated }) {
      const bytes = file instanceof ArrayBuffer || file instanceof Uint8Array;
      if (!bytes && !(file instanceof Blob)) throw Object.assign(new Error('There is no file in the message: expected a File, a Blob or its bytes.'), { code: 'BDS_E_ARGUMENT' });
      const input = bytes && name ? new File([/** @type {BlobPart} */ (file)], String(name)) : file;
      current = id;
      try {
        const record = await element.examine(input, { frame, window: voi, stated });
        return { type: record.outcome === 'refused' ? 'refused' : 'result', record };
      } finally {
        if (current === id) current = null;
      }
    },
    async reset() {
      element.reset();
      return ready();
    },
  };

  addEventListener('message', async ({ source, origin, data }) => {
    if (source !== parent || parent === self || !origins.has(origin)) {
      page.dataset.ignored = String(++ignored);
      return;
    }
    if (data?.bedside !== 1) return; // other programs of the page speak, too
    parentOrigin = origin;
    try {
      if (!Object.hasOwn(operations, data.type)) throw Object.assign(new Error(`There is no message of the type "${data.type}".`), { code: 'BDS_E_ARGUMENT' });
      answer(await operations[data.type](data), data.id);
    } catch (error) {
      answer({ type: 'error', error: plain(error) }, data.id);
    }
  });

  // What people do in the frame is told, too, with the id null; what the parent has asked for is answered above.
  element.addEventListener('bedside-progress', ({ detail }) => answer({ type: 'progress', progress: detail }, current));
  element.addEventListener('bedside-result', ({ detail }) => void (current === null && answer({ type: 'result', record: detail })));
  element.addEventListener('bedside-refused', ({ detail }) => void (current === null && answer({ type: 'refused', record: detail })));
  element.addEventListener('bedside-error', ({ detail }) => void (current === null && answer({ type: 'error', error: detail })));
  // The body's own height: the document's is never less than the frame's, which then could not shrink again.
  new ResizeObserver(() => answer({ type: 'resize', height: Math.ceil(document.body.getBoundingClientRect().height) })).observe(document.body);

  for (const name of CONFIGURABLE) {
    const value = address.get(name);
    if (value !== null) element.setAttribute(name, value);
  }
  page.dataset.ignored = '0';
  document.body.append(element);
}

if (globalThis.document) serveParent(); // a server that renders pages may import this, too
