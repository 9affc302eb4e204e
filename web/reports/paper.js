// Paper out: one page of HTML that needs nothing else and runs nothing. Types and documentation: reports.d.ts. Not a medical device.
// SPDX-License-Identifier: MIT
import { toBase64 } from '../base64.js';
import { BedsideError } from '../bedside.js';
import { frameOf, orderedFindings } from './answer.js';
import { overlay, shrink } from './overlay.js';
import { isoDate, nameText } from './identity.js';
import { text } from './messages.js';
import { STYLE } from './paper-style.js';
import { toPng } from './png.js';
import { checkedRecord } from './reportable.js';
import { answerSentences, choiceSentences, coverage, doubtSentences, evidenceSentence, headline, listedName, nameOf, percent, setSentence } from './sentences.js';

/** @typedef {import('../exam/exam.js').ExamRecord} ExamRecord */
/** @typedef {import('./sentences.js').Wording} Wording */

/** The longer side of the picture on paper, in pixels: 60 mm at 200 dots per inch and a little more. */
const MOST = 512;

/** Text of a file is never markup; isolated, so that it cannot turn the writing direction of what follows. @param {string} value */
const esc = (value) => value.replace(/[&<>"']/g, (c) => `&#${c.charCodeAt(0)};`).replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]/g, '\ufffd');

/** @param {string} tag @param {string} content already safe @param {string} [attributes] */
const element = (tag, content, attributes = '') => `<${tag}${attributes && ` ${attributes}`}>${content}</${tag}>`;

/** Names and values, empty ones left out. @param {[string, string | null | undefined][]} rows */
function list(rows) {
  const kept = rows.filter(([, value]) => value);
  return kept.length ? element('dl', kept.map(([name, value]) => `<div>${element('dt', esc(name))}${element('dd', element('bdi', esc(value ?? '')))}</div>`).join('')) : '';
}

/** The outcome as a box: words, a frame and a sign, for black-and-white printers too. @param {ExamRecord} record @param {Wording} wording */
function outcome(record, wording) {
  const { messages } = wording;
  const p = (/** @type {string} */ sentence) => element('p', esc(sentence));
  const items = (/** @type {string[]} */ sentences) => element('ul', sentences.map((s) => element('li', esc(s))).join(''));
  const sign = { finding: '', unsure: '? ', refused: '\u2715 ' }[record.outcome];
  const body = {
    finding: () => answerSentences(record, wording).slice(0, 2).map(p).join(''),
    unsure: () => `${element('h3', esc(text('report.why', {}, messages)))}${items(doubtSentences(record, wording))}`,
    refused: () => p(record.refusal ? (messages?.[`error.${record.refusal.code}`] ?? record.refusal.message) : ''),
  }[record.outcome]() + choiceSentences(record, wording).map(p).join('');
  return element('section', element('h2', `${sign}${esc(headline(record, wording))}`) + body, `class="outcome ${record.outcome}"`);
}

/** Labels with probability, interval and bar; what was marked only where the outcome does not say it, being a doubt. @param {ExamRecord} record @param {Wording} wording */
function figures(record, wording) {
  if (record.outcome === 'refused') return '';
  if (record.marking && record.outcome === 'finding') return '';
  const { messages } = wording;
  const caution = record.outcome === 'unsure' ? element('p', element('strong', esc(text('report.unreliable', {}, messages)))) : '';
  if (record.marking) return element('section', caution + answerSentences(record, wording).map((s) => element('p', esc(s))).join(''), 'class="figures"');
  const t = (/** @type {string} */ key, values = {}) => esc(text(key, values, messages));
  const sets = record.model.setCoverage > 0;
  const heads = [t('report.label'), t('report.chance'), t('report.interval'), t('report.scale'), ...(sets ? [t('report.set', { coverage: coverage(record, wording) })] : [])];
  const head = element('thead', element('tr', heads.map((name) => element('th', name, 'scope="col"')).join('')));
  const rows = orderedFindings(record).map((f) => {
    const bar = `<svg class="bar" viewBox="0 0 1000 20" preserveAspectRatio="none" aria-hidden="true"><rect class="interval" x="${Math.round(1000 * f.low)}" y="0" width="${Math.max(2, Math.round(1000 * (f.high - f.low)))}" height="20"/><rect class="value" x="0" y="7" width="${Math.round(1000 * f.probability)}" height="6"/></svg>`;
    const range = text('report.range', { low: percent(f.low, wording), high: percent(f.high, wording) }, messages);
    const set = sets ? element('td', t(f.inSet ? 'report.set.yes' : 'report.set.no')) : '';
    return element('tr', element('th', element('bdi', esc(listedName(record, f.label, wording))), 'scope="row"') + element('td', esc(percent(f.probability, wording))) + element('td', esc(range)) + element('td', bar) + set);
  });
  const basis = record.outcome === 'unsure' ? answerSentences(record, wording).slice(0, 1).map((s) => element('p', esc(s))).join('') : '';
  const holds = setSentence(record, wording);
  return element('section', `${caution}${basis}<table>${head}<tbody>${rows.join('')}</tbody></table>${holds ? element('p', esc(holds)) : ''}`, 'class="figures"');
}

/** @param {ExamRecord} record @param {import('../bedside.js').Pixels | undefined} picture @param {Wording} wording */
function pictureOf(record, picture, wording) {
  if (!picture) return '';
  const { messages } = wording;
  const shown = shrink(overlay(record, picture), MOST);
  const about = record.marking ?? (record.outcome === 'refused' ? null : record.explanation);
  const key = record.outcome === 'refused' || !about ? 'report.picture' : record.marking ? 'report.pictureMask' : 'report.pictureMap';
  const label = text(key, { label: about ? nameOf(record, about.label, wording) : '' }, messages);
  const words = record.outcome === 'refused' ? '' : evidenceSentence(record, wording);
  return element('figure', `<img alt="${esc(label)}" width="${shown.width}" height="${shown.height}" src="data:image/png;base64,${toBase64(toPng(shown))}">${element('figcaption', esc(`${label}. ${words}`.trim()))}`);
}

/** Dates stand as ISO 8601 has them: nobody takes the month for the day. @param {ExamRecord} record @param {Wording} wording */
function subject({ input }, { messages }) {
  const dicom = input?.dicom;
  const t = (/** @type {string} */ key, values = {}) => text(key, values, messages);
  const patient = [dicom?.patientName, dicom?.patientId].some((value) => value?.trim())
    ? list([
      [t('report.patient'), nameText(dicom?.patientName)],
      [t('report.patientId'), dicom?.patientId?.trim()],
      [t('report.birthDate'), isoDate(dicom?.patientBirthDate) ?? dicom?.patientBirthDate],
      [t('report.sex'), dicom?.patientSex],
    ]) : element('p', esc(t('report.noIdentity')));
  const frame = frameOf({ input });
  const study = list([
    [t('report.study'), dicom?.studyDescription],
    [t('report.studyDate'), isoDate(dicom?.studyDate) ?? dicom?.studyDate],
    [t('report.accession'), dicom?.accessionNumber],
    [t('report.modality'), dicom?.modality],
    [t('report.bodyPart'), dicom?.bodyPart],
    [t('report.frame'), frame ? t('report.frameOf', frame) : ''],
    [t('report.file'), input?.name],
  ]);
  return element('section', patient + study, 'class="subject"');
}

/** @param {ExamRecord} record @param {Wording} wording */
function origin(record, { messages }) {
  const t = (/** @type {string} */ key, values = {}) => text(key, values, messages);
  const { model, software, input, explanation } = record;
  const limits = model.limits.length ? element('h3', esc(t('report.limits'))) + element('ul', model.limits.map((limit) => element('li', element('bdi', esc(limit), 'lang="en"'))).join('')) : '';
  const hash = (/** @type {string} */ value) => element('code', esc(value), 'dir="ltr"');
  const hashes = [[t('report.hashFile'), input?.sha256], [t('report.hashModel'), model.sha256], [t('report.hashMap'), record.outcome === 'refused' ? '' : explanation?.sha256]]
    .filter(([, value]) => value).map(([name, value]) => `<div>${element('dt', `${esc(name ?? '')}, ${esc(t('report.hashes'))}`)}${element('dd', hash(value ?? ''))}</div>`).join('');
  return element('section', list([
    [t('report.examined'), `${record.time.slice(0, 10)} ${record.time.slice(11, 19)} UTC`],
    [t('report.model'), t('report.modelVersion', { title: model.title, version: model.version })],
    [t('report.software'), `${software.name} ${software.version}`],
    [t('report.record'), record.id],
    [t('report.intendedUse'), model.intendedUse],
  ]) + limits + element('dl', hashes), 'class="origin"');
}

/** Whether a language is written from right to left. @param {string} language */
const isRightToLeft = (language) => /^(ar|he|fa|ur|ps|sd|ug|yi|dv)\b/i.test(language);

/** @param {ExamRecord} record @param {import('./reports.js').PaperOptions} [options] */
export function toPaper(record, { picture, language = 'en', messages } = {}) {
  const checked = checkedRecord(record);
  try {
    Intl.getCanonicalLocales(language);
  } catch (cause) {
    throw new BedsideError('BDS_E_ARGUMENT', `The language must be a BCP 47 tag, as "en" or "ar-EG"; "${language}" is none.`, { cause });
  }
  const wording = { messages, language };
  const title = text('report.title', {}, messages);
  const notice = element('p', esc(text('report.notDevice', {}, messages)), 'class="notice"');
  const header = element('header', element('h1', esc(title)) + element('p', esc(text('report.preliminary', {}, messages))) + notice);
  const main = element('main', [
    outcome(checked, wording), figures(checked, wording), element('div', pictureOf(checked, picture, wording) + subject(checked, wording), 'class="beside"'), origin(checked, wording),
  ].join(''));
  const policy = '<meta http-equiv="Content-Security-Policy" content="default-src \'none\'; img-src data:; style-src \'unsafe-inline\'">';
  return `<!doctype html>\n<html lang="${esc(language)}" dir="${isRightToLeft(language) ? 'rtl' : 'ltr'}"><head><meta charset="utf-8">${policy}<meta name="viewport" content="width=device-width"><title>${esc(title)}</title><style>${STYLE}</style></head><body>${header}${main}<footer>${notice}</footer></body></html>\n`;
}
