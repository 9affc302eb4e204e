// What the model says, outcome first. Whatever is not a finding cannot look like one: "not sure" and "no result" have words, an icon and
// a colour of their own, and figures that cannot be relied on are folded away. Not a medical device.
// SPDX-License-Identifier: MIT
import { answerOf, frameOf, isOpposite, orderedFindings, partOf } from '../../reports/answer.js';
import { el, english, icon, vary } from './dom.js';
import { cardButton } from './card.js';
import { fingerprints } from './fingerprints.js';

/** @typedef {import('./context.js').Context} Context */
/** @typedef {import('../exam.js').ExamRecord} ExamRecord */
/** @typedef {import('../../bedside.js').Finding} Finding */

/** A label in the page's language; a model of one's own has labels of its own. @param {Context} c @param {string} label */
export const labelOf = ({ words }, label) => (words.has(`label.${label}`) ? words.say(`label.${label}`) : label);

/** What the model looks for, as a noun where there is one: "malignancy" of "malignant". @param {Context} c @param {string} label */
const soughtOf = (c, label) => (c.words.has(`sought.${label}`) ? c.words.say(`sought.${label}`) : labelOf(c, label));

/** A text that some models have for themselves: `exam.pneumonia`, else `exam.other`. @param {Context} c @param {string} family @param {string} [general] */
export function ofModel({ words, examiner }, family, general = 'other') {
  const own = `${family}.${examiner?.entry.id}`;
  return words.say(words.has(own) ? own : `${family}.${general}`);
}

/** @param {string} style @param {string} symbol @param {string} title @param {...(Node | string | null)} texts */
function verdict(style, symbol, title, ...texts) {
  return el('div', { class: `verdict ${style}`, part: `verdict verdict-${style}` },
    icon(symbol), el('div', {}, el('h4', { part: 'outcome' }, title), ...texts.map((text) => (typeof text === 'string' ? el('p', {}, text) : text))));
}

// ---- Figures -----------------------------------------------------------------------------------------------------------------

/** @param {Context} c @param {Finding} f @param {boolean} scale */
function bar(c, f, scale) {
  const { words } = c;
  const text = words.say('figure.bar', { label: labelOf(c, f.label), probability: words.roughly(f.probability), range: words.range(f.low, f.high) });
  const node = el('span', { class: 'bar', part: 'bar', role: 'img', 'aria-label': text },
    el('span', { class: 'track' }, el('span', { class: 'band' }), el('span', { class: 'mark' })),
    scale && el('span', { class: 'scale', 'aria-hidden': 'true' }, ...[0, 0.25, 0.5, 0.75, 1].map((at) => el('span', {}, at < 1 ? words.number(at * 100) : words.percent(1)))));
  return vary(node, { '--low': f.low * 100, '--high': f.high * 100, '--at': f.probability * 100 });
}

/** Probability and interval of one label: as figures, as a bar and in words. @param {Context} c @param {Finding} f @param {boolean} sought whether it is what the model looks for */
function numbers(c, f, sought) {
  const { words } = c;
  const label = sought ? soughtOf(c, f.label) : labelOf(c, f.label);
  const range = words.range(f.low, f.high);
  const about = words.about(f.probability);
  return el('div', { class: 'state', part: 'figures' },
    el('p', { class: 'figure-line' },
      el('strong', { part: 'probability' }, words.roughly(f.probability)),
      el('span', {}, words.say('figure.probability', { label })),
      el('span', {}, `(${words.say('figure.range', { range })})`)),
    bar(c, f, true),
    el('p', { class: 'small' }, words.say(sought ? 'meaning.positive' : 'meaning.general', { about, label, range })));
}

/** All labels: what the model looks for first, then the most probable. @param {Context} c @param {ExamRecord} r */
function table(c, r) {
  const { words } = c;
  const sets = r.model.setCoverage > 0;
  const head = ['figure.answer', 'figure.chance', 'figure.interval', ...(sets ? ['figure.set'] : [])];
  const coverage = words.percent(r.model.setCoverage);
  return el('div', { class: 'scroll', role: 'region', tabindex: 0, 'aria-label': words.say('figure.all') },
    el('table', { part: 'table' },
      el('caption', { class: 'away' }, words.say('figure.all')),
      el('thead', {}, el('tr', {}, ...head.map((key) => el('th', { scope: 'col' }, words.say(key, { coverage }))))),
      el('tbody', {}, ...orderedFindings(r).map((f) => el('tr', { class: f.index === r.top ? 'leading' : null },
        el('th', { scope: 'row' }, labelOf(c, f.label)),
        el('td', {}, words.roughly(f.probability)),
        el('td', {}, words.range(f.low, f.high), el('span', { class: 'wide' }, bar(c, f, false))),
        sets && el('td', {}, words.say(f.inSet ? 'figure.set.yes' : 'figure.set.no')))))));
}

/** The conformal set in words. @param {Context} c @param {ExamRecord} r */
function set(c, r) {
  const { words } = c;
  if (!(r.model.setCoverage > 0) || r.findings.length === 0) return null;
  const open = orderedFindings(r).filter(({ inSet }) => inSet)
    .map(({ label }) => (isOpposite(r, label) ? words.say('answer.noSigns', { sought: soughtOf(c, r.model.positive ?? '') }) : labelOf(c, label)));
  const coverage = words.percent(r.model.setCoverage);
  return el('p', { class: 'small', part: 'set' }, open.length ? words.say('set.some', { labels: words.list(open), coverage }) : words.say('set.none', { coverage }));
}

/** @param {Context} c @param {ExamRecord} r */
function figures(c, r) {
  const { words } = c;
  if (r.marking) {
    const { marked, area, certainty } = r.marking;
    return [
      el('p', {}, marked ? words.say('mask.plain', { label: labelOf(c, r.marking.label), share: words.percent(area, 1) }) : words.say('mask.nothing')),
      el('p', { class: 'small' }, words.say(marked ? 'figure.certainty' : 'figure.certainty.empty', { value: words.percent(certainty) })),
    ];
  }
  const answered = answerOf(r);
  if (!answered?.finding) return [];
  return [numbers(c, answered.finding, answered.kind !== 'label'), set(c, r), r.findings.length > 2 ? table(c, r) : null];
}

// ---- Outcomes ----------------------------------------------------------------------------------------------------------------

/** The sentence that counts, also for screen readers. @param {Context} c @param {ExamRecord} r @returns {[style: string, icon: string, title: string, text: string]} */
export function headline(c, r) {
  const { words } = c;
  if (r.outcome === 'refused') return ['error', 'error', words.say('refused.title'), sentence(c, r.refusal)];
  if (r.outcome !== 'finding') return ['unsure', 'unsure', words.say('unsure.title'), words.say('unsure.text')];
  if (r.marking) {
    const { marked, area, label } = r.marking;
    if (!marked) return ['says', 'answer', words.say('finding.empty'), words.say('finding.empty.text')];
    return ['says', 'answer', words.say('finding.mask', { share: words.percent(area, 1), label: labelOf(c, label) }), words.say('finding.mask.text')];
  }
  const answered = answerOf(r);
  if (!answered || answered.kind === 'label') return ['says', 'answer', words.say('finding.label', { label: labelOf(c, answered?.label ?? '') }), words.say('finding.label.text')];
  const sought = soughtOf(c, answered.label);
  return answered.kind === 'signs'
    ? ['signs', 'signs', words.say('finding.positive', { sought }), words.say('finding.positive.text')]
    : ['none', 'none', words.say('finding.negative', { sought }), words.say('finding.negative.text', { sought })];
}

/** @param {Context} c @param {ExamRecord} r */
function doubts(c, r) {
  const { words } = c;
  return el('div', { part: 'doubts' }, el('p', {}, words.say('unsure.why')),
    el('ul', { class: 'reasons' }, ...r.doubts.map((doubt) => el('li', {}, words.has(`doubt.${doubt}`) ? words.say(`doubt.${doubt}`, frameOf(r) ?? {}) : words.say('doubt.other', { doubt })))));
}

/** What the file does not say, a person may. @param {Context} c @param {ExamRecord} r */
function question(c, r) {
  const { words, act } = c;
  if (!r.doubts.includes('unstated')) return null;
  const exam = ofModel(c, 'exam');
  const open = r.checks.filter(({ ok }) => !ok);
  const stated = (/** @type {(expected: string) => string} */ answer) => Object.fromEntries(open.map(({ what, expected }) => [what, answer(expected[0])]));
  return el('div', { class: 'ask', role: 'group', 'aria-labelledby': 'ask-title', part: 'question' },
    el('h4', { id: 'ask-title' }, words.say('ask.title')),
    el('p', {}, words.say('ask.text', { exam })),
    el('div', { class: 'buttons' },
      el('button', { type: 'button', class: 'button', 'data-do': 'state-yes', onclick: () => act.again({ stated: stated((expected) => expected) }) }, words.say('ask.yes', { exam })),
      // Somebody who does not know has said that it is nothing the model is for: the examiner refuses it and writes that down.
      el('button', { type: 'button', class: 'button plain', 'data-do': 'state-no', onclick: () => act.again({ stated: stated(() => 'UNKNOWN') }) }, words.say('ask.no'))));
}

/** What a person has said in place of the file. @param {Context} c @param {ExamRecord} r */
function stated({ words }, r) {
  const said = r.checks.filter((check) => check.stated && check.ok).map(({ found }) => String(found));
  return said.length ? el('p', { class: 'small' }, words.say('ask.stated', { value: words.list(said) })) : null;
}

/** Of several frames: which one was examined, and that the others were not; of an ultrasound screen: which part. @param {Context} c @param {ExamRecord} r */
export function frameText({ words }, r) {
  const [frame, part] = [frameOf(r), partOf(r)];
  return [frame && words.say('frame.examined', frame), part && words.say('part.examined', part)].filter(Boolean).join(' ') || null;
}

/** The first limit of the card under every answer, and the way to the others. @param {Context} c @param {ExamRecord} r */
function limit(c, r) {
  const [first] = r.model.limits;
  return el('div', { class: 'limit small', part: 'limit' },
    first ? el('p', {}, c.words.say('limit.title')) : null, first ? english(first, 'p') : null, cardButton(c, 'card-limit'));
}

/** What is wrong, in the page's language. The English sentence says more where there is one. @param {Context} c @param {import('./context.js').Trouble | null} trouble */
function sentence({ words }, trouble) {
  if (words.language === 'en' && trouble?.message) return trouble.message;
  const key = `error.${trouble?.code}`;
  return words.say(words.has(key) ? key : 'error.other');
}

/** @param {Context} c @param {import('./context.js').Trouble | null} trouble */
function advice(c, trouble) {
  const key = `advice.${trouble?.code}`;
  return c.words.has(key) ? c.words.say(key, { exam: ofModel(c, 'exam') }) : null;
}

/** @param {Context} c @param {ExamRecord} r */
function refused(c, r) {
  const { words } = c;
  const [style, symbol, title, text] = headline(c, r);
  const wrong = r.checks.filter(({ ok, found }) => !ok && found !== null && found !== 'UNKNOWN');
  return el('div', { class: 'state', role: 'alert', 'data-state': 'refused', 'data-code': r.refusal?.code ?? '' },
    verdict(style, symbol, title, text, advice(c, r.refusal), frameText(c, r)),
    ...wrong.map(({ what, expected, found }) => el('p', { class: 'small' }, words.say(`check.${what}`, { expected: expected.join(', '), found: found ?? words.say('check.nothing') }))),
    original(c, r.refusal),
    r.input?.sha256 ? fingerprints(c, r) : null);
}

/**
 * The plain English sentence, for whoever helps; before it that a file has no answer, where there was a file.
 * @param {Context} c @param {import('./context.js').Trouble | null} trouble
 */
function original({ words, examiner }, trouble) {
  if (!trouble) return null;
  const unanswered = examiner ? `${words.say('refused.text')} ` : '';
  const code = el('span', { class: 'hash', dir: 'ltr', lang: 'en' }, trouble.code);
  if (words.language === 'en') return el('p', { class: 'small' }, unanswered, code);
  return el('div', { class: 'small' }, el('p', {}, unanswered, code),
    el('details', {}, el('summary', {}, words.say('refused.original')), english(trouble.message, 'p')));
}

/** @param {Context} c @param {ExamRecord} r */
function done(c, r) {
  if (r.outcome === 'refused') return refused(c, r);
  const [style, symbol, title, text] = headline(c, r);
  const parts = r.outcome === 'finding'
    ? figures(c, r)
    : [doubts(c, r), question(c, r), el('details', {}, el('summary', {}, c.words.say('unsure.number')), ...figures(c, r).filter((part) => part !== null))];
  return el('div', { class: 'state', 'data-state': r.outcome }, verdict(style, symbol, title, text, frameText(c, r)), ...parts, limit(c, r), stated(c, r), fingerprints(c, r));
}

/** What is waited for, in words. @param {Context} c */
export function busyText({ words, state, examiner }) {
  return words.say(examiner ? `state.${state.progress?.stage ?? 'read'}` : 'state.loading');
}

/** @param {Context} c @param {string} text @param {boolean} busy */
function waiting({ words, state, act }, text, busy) {
  const { progress } = state;
  const running = progress && progress.steps > 1;
  return el('div', { class: 'state', 'data-state': busy ? 'busy' : 'idle' },
    el('div', { class: 'waiting', part: 'waiting' }, icon('picture'), el('p', {}, text),
      busy && el('progress', { 'aria-label': words.say('state.progress'), max: running ? progress.steps : null, value: running ? progress.step : null }),
      busy && state.slow && el('p', {}, words.say('state.slow')),
      busy && state.slow && el('button', { type: 'button', class: 'button plain', 'data-do': 'retry', onclick: () => act.retry() }, words.say('again')),
      state.phase === 'busy' && el('button', { type: 'button', class: 'button plain late', 'data-do': 'cancel', onclick: () => act.cancel() }, words.say('cancel'))));
}

/** @param {Context} c */
function failed(c) {
  const { words, state, act } = c;
  return el('div', { class: 'state', role: 'alert', 'data-state': 'error', 'data-code': state.trouble?.code ?? '' },
    verdict('error', 'error', words.say(c.examiner ? 'refused.title' : 'broken.title'), sentence(c, state.trouble), advice(c, state.trouble)),
    original(c, state.trouble),
    el('div', {}, el('button', { type: 'button', class: 'button plain', 'data-do': 'retry', onclick: () => act.retry() }, words.say('again'))));
}

/** The answer for the state that the element is in: always exactly one. @param {Context} c */
export function answer(c) {
  const { words, state } = c;
  switch (state.phase) {
    case 'loading':
    case 'busy': return waiting(c, busyText(c), true);
    case 'failed': return failed(c);
    case 'done': return done(c, /** @type {ExamRecord} */ (state.examined));
    default: return waiting(c, words.say(state.note ?? 'state.idle'), false);
  }
}
