// Out: files made on this device and saved on it. What makes them is loaded when it is asked for; nothing is sent. Not a medical device.
// SPDX-License-Identifier: MIT
import { BedsideError } from '../../bedside.js';
import { nameText } from '../../reports/identity.js';
import { recordOf, recordToJson } from '../record.js';
import { trustedReport } from '../../trusted.js';
import { reportMessages } from '../messages/messages.js';
import { el, icon } from './dom.js';

/** @typedef {import('./context.js').Context} Context */
/** @typedef {import('./context.js').SaveKind} SaveKind */
/** @typedef {import('../exam.js').Examined} Examined */

/** What can be made of a record. @param {Examined} r @returns {SaveKind[]} */
export function kindsFor(r) {
  if (r.outcome === 'refused') return ['print', 'paper', 'json', 'csv'];
  /** @type {SaveKind[]} */
  const dicom = r.input?.kind === 'dicom' ? ['sr', 'sc'] : [];
  return ['print', 'paper', 'fhir', ...dicom, 'json', 'csv'];
}

/** A part of Bedside that comes when it is needed: it may be gone, after an update or without a network. @template T @param {Promise<T>} loading */
function part(loading) {
  return loading.catch((cause) => {
    throw new BedsideError('BDS_E_FETCH', `A part of Bedside that makes this file could not be loaded: ${cause?.message ?? cause}`, { cause });
  });
}

/**
 * A file's name, type and content.
 * @param {SaveKind} kind @param {Examined} examined @param {Context} c
 * @returns {Promise<{name: string, type: string, content: string | Uint8Array}>}
 */
export async function make(kind, examined, { words }) {
  const record = recordOf(examined);
  const name = (/** @type {string} */ ending) => `bedside-${record.model.id}-${record.id.slice(0, 8)}.${ending}`;
  switch (kind) {
    case 'json':
      return { name: name('json'), type: 'application/json', content: recordToJson(record, 1) };
    case 'csv': {
      const { toCsv } = await part(import('../../reports/table.js'));
      return { name: name('csv'), type: 'text/csv', content: toCsv([record], { bom: true }) };
    }
    case 'fhir': {
      const { toFhir } = await part(import('../../reports/fhir.js'));
      return { name: name('fhir.json'), type: 'application/fhir+json', content: JSON.stringify(toFhir(record), null, 1) };
    }
    case 'sr': {
      const { toDicomSr } = await part(import('../../reports/dicom-sr.js'));
      return { name: name('sr.dcm'), type: 'application/dicom', content: await toDicomSr(record) };
    }
    case 'sc': {
      const { toSecondaryCapture } = await part(import('../../reports/secondary-capture.js'));
      return { name: name('sc.dcm'), type: 'application/dicom', content: await toSecondaryCapture(record, /** @type {import('../../bedside.js').Pixels} */ (examined.picture)) };
    }
    default:
      return { name: name('html'), type: 'text/html', content: await paper(examined, words) };
  }
}

/** The report on paper, in the page's language. @param {Examined} examined @param {import('../messages/messages.js').Words} words */
async function paper(examined, words) {
  const { toPaper } = await part(import('../../reports/paper.js'));
  const record = recordOf(examined);
  const messages = await part(reportMessages(words, record));
  return toPaper(record, { picture: examined.picture, language: words.dir === 'rtl' ? `${words.language}-u-nu-latn` : words.language, messages });
}

/** Hands a file to the browser's downloads. @param {{name: string, type: string, content: string | Uint8Array}} file */
export function download({ name, type, content }) {
  const url = URL.createObjectURL(new Blob([/** @type {BlobPart} */ (content)], { type }));
  const link = el('a', { href: url, download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}

/** Takes away what was put together for printing. @param {ShadowRoot} beside */
export const forgetPrint = (beside) => beside.querySelectorAll('iframe').forEach((former) => former.remove());

/** @param {string} html */
function parse(html) {
  try {
    return new DOMParser().parseFromString(trustedReport(html), 'text/html');
  } catch (cause) {
    throw new BedsideError('BDS_E_POLICY', 'The policy of this page (Trusted Types) does not let the report be put together for printing: allow the policy "bedside" (trusted-types bedside), or save the report and print that.', { cause });
  }
}

/**
 * Prints a report: it is put together in an empty frame of this page, node by node, so that no policy has to allow inline styles.
 * @param {string} html @param {ShadowRoot} beside where the frame may be
 */
export async function print(html, beside) {
  forgetPrint(beside); // not every browser says when it has printed
  const frame = el('iframe', { 'aria-hidden': 'true', tabindex: -1, class: 'away' });
  beside.appendChild(frame);
  const view = /** @type {(Window & typeof globalThis) | null} */ (frame.contentWindow);
  if (!view) throw new Error('The browser gives no frame.');
  // The styles are taken out first: even an inert document's would be reported as inline.
  /** @type {string[]} */
  const styles = [];
  const parsed = parse(html.replace(/<style>([^]*?)<\/style>/g, (_, style) => (styles.push(style), '')));
  const page = view.document;
  const sheet = new view.CSSStyleSheet();
  sheet.replaceSync(styles.join('\n'));
  page.adoptedStyleSheets = [sheet];
  for (const { name, value } of parsed.documentElement.attributes) page.documentElement.setAttribute(name, value);
  page.title = parsed.title;
  page.body.replaceChildren(...Array.from(parsed.body.childNodes, (node) => page.importNode(node, true)));
  await Promise.all(Array.from(page.images, (image) => image.decode().catch(() => {})));
  view.addEventListener('afterprint', () => frame.remove());
  view.focus();
  view.print();
}

/** Whoever hands a file on has to know that a person is named in it. @param {Context} c */
function patient({ words, state }) {
  const dicom = state.examined?.input?.dicom;
  if (![dicom?.patientName, dicom?.patientId].some((value) => value?.trim())) return null;
  const name = [nameText(dicom?.patientName), dicom?.patientId?.trim()].filter(Boolean).join(', ');
  return el('p', { class: 'small icon-line', part: 'patient' }, icon('info'), el('span', {}, words.say('save.patient', { name })));
}

/** @param {Context} c */
export function savePanel(c) {
  const { words, state, act } = c;
  if (state.phase !== 'done' || !state.examined) return null;
  const button = (/** @type {SaveKind} */ kind) => el('button', {
    type: 'button', class: kind === 'print' ? 'button little' : 'button plain little', 'data-save': kind, part: 'button', onclick: () => void act.save(kind),
  }, words.say(`save.${kind}`));
  return el('section', { class: 'state save', 'aria-labelledby': 'save-title', part: 'save' },
    el('h4', { id: 'save-title' }, words.say('save.title')),
    el('div', { class: 'buttons' }, ...kindsFor(state.examined).map(button)),
    patient(c),
    el('p', { class: 'small icon-line' }, icon('lock'), el('span', {}, words.say('save.text'))),
    el('p', { class: 'small', id: 'saved' }));
}

/** Why a file could not be made. What could not be loaded comes back with the page. @param {Context} c @param {import('./context.js').Trouble} trouble */
export function unsaved({ words, act }, { code, message }) {
  const failed = el('span', {}, words.say('save.failed'), ' ', words.language !== 'en' && words.has(`error.${code}`) ? words.say(`error.${code}`) : el('span', { lang: 'en', dir: 'ltr' }, message));
  if (code !== 'BDS_E_FETCH') return [failed];
  return [failed, el('span', {}, words.say('reload.loses')), el('button', { type: 'button', class: 'button plain little', 'data-do': 'reload', onclick: () => act.reload() }, words.say('reload'))];
}
