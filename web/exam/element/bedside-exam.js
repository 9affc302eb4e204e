// <bedside-exam>: choose a picture, see what a model says of it. Types and documentation: bedside-exam.d.ts, docs/element.md.
// Not a medical device.
// SPDX-License-Identifier: MIT
import { BedsideError } from '../../bedside.js';
import { createExaminer, recordOf } from '../exam.js';
import { Words, loadMessages } from '../messages/messages.js';
import { cameraDialog } from './camera.js';
import { cardButton, cardDialog } from './card.js';
import { chooser, take } from './chooser.js';
import { frameControl } from './dicom-controls.js';
import { arrange, el, icon, Parts } from './dom.js';
import { facts, requests } from './facts.js';
import { isDicomFile, listenForDrops, listenForPastes } from './incoming.js';
import { languageFor, markedLanguage, watchLanguage } from './language.js';
import { picturePanel } from './picture.js';
import { countRequests } from './requests.js';
import { answer, busyText, frameText, headline, ofModel } from './result.js';
import { download, forgetPrint, make, print, savePanel, unsaved } from './save.js';
import { styleSheet } from './style.js';

/** @typedef {import('./context.js').State} State */
/** @typedef {import('./context.js').Context} Context */
/** @typedef {import('../exam.js').Examiner} Examiner */
/** @typedef {import('../exam.js').ExamineOptions} ExamineOptions */
/** @typedef {import('../exam.js').ExamRecord} ExamRecord */

/** Attributes that another examiner has to be made for. */
const OF_EXAMINER = ['model', 'catalogue', 'base', 'engine-base', 'worker'];
/** So long nothing may come before it is said that the network is slow: milliseconds. */
const PATIENCE = 20_000;
const COUNT_MS = 500;
const EXPLAIN = ['auto', 'cam', 'occlusion', 'none'];

/** @param {unknown} error @returns {import('./context.js').Trouble} */
function troubleOf(error) {
  const { code, message = String(error) } = /** @type {Partial<BedsideError>} */ (error ?? {});
  return { code: /^BDS_E_/.test(String(code)) ? String(code) : 'BDS_E_TRAP', message }; // a DOMException's code is a number
}

/** A server that renders pages has no elements, and may still import this: there nothing is defined. @type {typeof HTMLElement} */
const Base = globalThis.HTMLElement ?? class {};

/** @param {AbortSignal} signal @returns {Promise<never>} */
function stopped(signal) {
  const promise = new Promise((_, reject) => signal.addEventListener('abort', () => reject(new BedsideError('BDS_E_ABORTED', 'The examination was cancelled.')), { once: true }));
  promise.catch(() => {}); // later nobody waits for it
  return /** @type {Promise<never>} */ (promise);
}

/** A record of the page's own: whatever it does to it, what is shown and saved stays. @param {import('../exam.js').Examined} examined */
const handedOut = (examined) => structuredClone(recordOf(examined));

export class BedsideExam extends Base {
  static observedAttributes = [...OF_EXAMINER, 'accept-dicom', 'compact'];

  #root = this.attachShadow({ mode: 'open' });
  #frame = el('div', { class: 'root', part: 'root' });
  #columns = el('div', { class: 'columns' });
  #parts = new Parts();
  /** Spoken, never seen; it stays while all else is drawn anew. */
  #live = el('div', { class: 'away', role: 'status', 'aria-live': 'polite' });
  /** @type {State} */
  #state = { phase: 'loading', note: null, progress: null, examined: null, trouble: null, opacity: 0.6, given: 1, requests: null, slow: false };
  #words = new Words('en', {});
  /** @type {import('../messages/messages.js').Messages | null} */
  #ownMessages = null;
  /** Set by the page: not disposed of here. @type {Examiner | null} */
  #given = null;
  /** @type {Promise<Examiner> | null} */
  #opening = null;
  /** @type {Examiner | null} */
  #examiner = null;
  /** Which language is the wanted one. */
  #speaking = 0;
  /** Where the focus was that had to wait elsewhere: `#frame`. */
  #place = '';
  /** Which examiner is the wanted one: one that arrives late is not. */
  #turn = 0;
  /** The file that is examined, kept for another frame or window. @type {Blob | null} */
  #file = null;
  /** @type {Pick<ExamineOptions, 'frame' | 'window' | 'stated'>} */
  #options = {};
  /** Whether another frame or window of the same file is examined. */
  #again = false;
  /** How many files were given with the one that is about to be examined, itself included. */
  #many = 1;
  /** @type {AbortController | null} */
  #running = null;
  /** From when the examiner was ready. @type {ReturnType<typeof countRequests> | null} */
  #requests = null;
  /** A count that is about to be shown, and when the last one was. */
  #counting = /** @type {any} */ (0);
  #counted = -Infinity;
  #patience = /** @type {any} */ (0);
  #stopPastes = () => {};
  #stopLanguage = () => {};
  /** @type {{dialog: HTMLDialogElement, make: (c: Context) => HTMLDialogElement} | null} */
  #dialog = null;

  constructor() {
    super();
    this.#root.adoptedStyleSheets = [styleSheet(this.ownerDocument)];
    this.#root.append(this.#frame, this.#live);
    listenForDrops(this, { mark: (over) => this.#frame.querySelector('.drop')?.classList.toggle('over', over), take: (files) => this.#take(files) });
  }

  connectedCallback() {
    for (const name of /** @type {const} */ (['examiner', 'messages', 'model', 'explain'])) this.#upgrade(name);
    this.#stopPastes = listenForPastes(this, (files) => this.#take(files));
    this.#stopLanguage = watchLanguage(this, () => void this.#speak());
    void this.#speak();
    void this.#open();
  }

  disconnectedCallback() {
    this.#stopPastes();
    this.#stopLanguage();
    this.#dialog?.dialog.close();
    // A node that is only moved comes back at once, and goes on with what it does.
    queueMicrotask(() => {
      if (!this.isConnected) this.#close();
    });
  }

  /** Another document, which takes no style sheet of the former one's. */
  adoptedCallback() {
    this.#root.adoptedStyleSheets = [styleSheet(this.ownerDocument)];
  }

  /** @param {string} name @param {string | null} before @param {string | null} after */
  attributeChangedCallback(name, before, after) {
    if (before === after) return;
    if (OF_EXAMINER.includes(name)) {
      // Also of an element that is out of the page for a moment: it comes back with another model.
      this.#close();
      if (this.isConnected) void this.#open();
    } else {
      this.#render();
    }
  }

  // ---- Properties ------------------------------------------------------------------------------------------------------------

  /** @returns {Examiner | null} */
  get examiner() {
    return this.#examiner;
  }

  set examiner(examiner) {
    this.#close();
    this.#given = examiner;
    if (this.isConnected) void this.#open();
  }

  /** @returns {ExamRecord | null} */
  get record() {
    return this.#state.phase === 'done' && this.#state.examined ? handedOut(this.#state.examined) : null;
  }

  /** @returns {import('../messages/messages.js').Messages | null} */
  get messages() {
    return this.#ownMessages;
  }

  set messages(messages) {
    this.#ownMessages = messages;
    if (this.isConnected) void this.#speak();
  }

  get model() {
    return this.getAttribute('model') ?? 'pneumonia';
  }

  set model(model) {
    this.setAttribute('model', model);
  }

  get explain() {
    const explain = this.getAttribute('explain') ?? 'auto';
    return /** @type {NonNullable<ExamineOptions['explain']>} */ (EXPLAIN.includes(explain) ? explain : 'auto');
  }

  set explain(explain) {
    this.setAttribute('explain', explain);
  }

  // ---- Methods ---------------------------------------------------------------------------------------------------------------

  /**
   * @param {Blob | Uint8Array | ArrayBuffer | import('../../bedside.js').Pixels} input
   * @param {import('./bedside-exam.js').ElementExamineOptions} [options]
   * @returns {Promise<ExamRecord>}
   */
  async examine(input, { reveal = false, ...options } = {}) {
    if (!this.isConnected) throw new BedsideError('BDS_E_STATE', 'This <bedside-exam> is not in a page: it examines while it is in one.');
    if (input !== this.#file) this.#again = false;
    this.#file = /** @type {Blob} */ (input);
    this.#options = options;
    forgetPrint(this.#root);
    this.#running?.abort();
    const running = new AbortController();
    this.#running = running;
    const mine = () => this.#running === running;
    this.#change({ phase: 'busy', progress: { stage: 'read', step: 0, steps: 0 }, examined: null, trouble: null, note: null, given: this.#many });
    this.#many = 1;
    this.#say(busyText(this.#context()));
    if (reveal) this.#reveal();
    try {
      if (this.getAttribute('accept-dicom') === 'no' && (await isDicomFile(input))) {
        throw new BedsideError(/** @type {any} */ ('BDS_E_DICOM_UNSUPPORTED'), 'This page takes no DICOM files.');
      }
      const examiner = await Promise.race([this.#open(), stopped(running.signal)]); // one that never comes holds nobody up
      const examined = await examiner.examine(input, {
        ...options, explain: this.explain, keepPicture: true, signal: running.signal, onProgress: (progress) => mine() && this.#progress(progress),
      });
      if (!mine()) throw new BedsideError('BDS_E_ABORTED', 'Another picture was chosen, or the examination was cancelled.');
      this.#running = null;
      this.#change({ phase: 'done', examined, progress: null });
      const [, , title, text] = headline(this.#context(), examined);
      this.#say(examined.outcome === 'refused' ? '' : [`${title}.`, text, frameText(this.#context(), examined)].filter(Boolean).join(' ')); // what is refused is an alert
      const record = handedOut(examined);
      this.#tell(record.outcome === 'refused' ? 'refused' : 'result', handedOut(examined));
      if (reveal) this.#reveal();
      this.#count();
      return record;
    } catch (error) {
      if (mine()) {
        this.#running = null;
        const trouble = troubleOf(error);
        if (trouble.code === 'BDS_E_ABORTED') {
          this.#cancelled();
        } else {
          this.#change({ phase: 'failed', trouble, progress: null, examined: null });
          this.#say('');
          this.#tell('error', trouble);
        }
      }
      throw error;
    }
  }

  reset() {
    this.#running?.abort();
    this.#running = null;
    this.#file = null;
    this.#options = {};
    forgetPrint(this.#root);
    this.#say('');
    if (this.#state.phase !== 'loading') this.#change({ phase: 'idle', examined: null, trouble: null, progress: null, note: null, given: 1 });
  }

  // ---- The examiner ----------------------------------------------------------------------------------------------------------

  /** @returns {Promise<Examiner>} */
  #open() {
    this.#opening ??= this.#begin();
    this.#opening.catch(() => {});
    return this.#opening;
  }

  async #begin() {
    if (!this.#running) this.#change({ phase: 'loading', examined: null, trouble: null });
    const attribute = (/** @type {string} */ name) => this.getAttribute(name) ?? undefined;
    const engineBase = attribute('engine-base');
    const opening = this.#given
      ? Promise.resolve(this.#given)
      : createExaminer({
        model: this.model, catalogue: attribute('catalogue'), base: attribute('base'), worker: attribute('worker'), ...(engineBase ? { engine: { base: engineBase } } : {}),
      });
    const turn = ++this.#turn;
    try {
      const examiner = await opening;
      if (turn !== this.#turn) {
        if (examiner !== this.#given) examiner.dispose();
        throw new BedsideError('BDS_E_DISPOSED', 'Another model was chosen meanwhile, or the element was taken out of the page.');
      }
      this.#examiner = examiner;
      this.#requests?.stop();
      this.#requests = countRequests(() => this.#count());
      this.#change(this.#running ? {} : { phase: 'idle', note: null });
      this.#tell('ready', structuredClone({ model: examiner.entry.id, card: examiner.card, engine: examiner.engine }));
      this.#count();
      return examiner;
    } catch (error) {
      if (turn === this.#turn && !this.#running && this.isConnected) {
        const trouble = troubleOf(error);
        this.#change({ phase: 'failed', trouble, examined: null });
        this.#say('');
        this.#tell('error', trouble);
      }
      throw error;
    }
  }

  #close() {
    this.#turn++;
    clearTimeout(this.#patience);
    this.#running?.abort();
    this.#running = null;
    if (this.#examiner && this.#examiner !== this.#given) this.#examiner.dispose();
    this.#examiner = null;
    this.#opening = null;
    this.#requests?.stop();
    this.#requests = null;
    clearTimeout(this.#counting);
    this.#counting = 0;
    this.#dialog?.dialog.close(); // a card of another model; a camera whose picture nobody waits for
    forgetPrint(this.#root);
    this.#say(''); // of what was said before nothing holds
    Object.assign(this.#state, { phase: 'loading', requests: null, examined: null, progress: null, trouble: null, given: 1, slow: false });
  }

  // ---- Showing ---------------------------------------------------------------------------------------------------------------

  /** @returns {Context} */
  #context() {
    return {
      words: this.#words,
      state: this.#state,
      examiner: this.#examiner,
      acceptDicom: this.getAttribute('accept-dicom') !== 'no',
      act: {
        examine: (file, given = 1) => {
          this.#many = given;
          void this.examine(file, { reveal: true }).catch(() => {});
        },
        again: (options) => {
          this.#again = true;
          this.#many = this.#state.given;
          void this.examine(/** @type {Blob} */ (this.#file), { ...this.#options, ...options, stated: { ...this.#options.stated, ...options.stated }, reveal: true }).catch(() => {});
        },
        cancel: () => this.#cancel(),
        reset: () => this.reset(),
        retry: () => this.#retry(),
        reload: () => location.reload(),
        layers: () => this.#layers(),
        say: (text) => this.#say(text),
        showCard: () => this.#show(cardDialog),
        photograph: () => this.#show(cameraDialog),
        save: (kind) => this.#save(kind),
      },
    };
  }

  /** The one place that changes what is shown: whatever was there before is gone. @param {Partial<State>} change */
  #change(change) {
    Object.assign(this.#state, change, { slow: false });
    this.#render();
    this.#wait();
  }

  /** Nobody waits for long without a word: what comes over the network may be slow, or not come at all. */
  #wait() {
    clearTimeout(this.#patience);
    const { phase, progress } = this.#state;
    if (phase !== 'loading' && !(phase === 'busy' && (!this.#examiner || progress?.stage === 'read'))) return;
    this.#patience = setTimeout(() => {
      if (!this.isConnected) return;
      this.#state.slow = true;
      this.#render();
      this.#say(this.#words.say('state.slow'));
    }, PATIENCE);
  }

  #render() {
    if (!this.isConnected) return;
    const c = this.#context();
    const words = this.#words;
    const focused = /** @type {HTMLElement | null} */ (this.#root.activeElement);
    const state = this.#state;
    const busy = state.phase === 'busy';
    const compact = this.hasAttribute('compact');
    const made = this.#parts;
    // All that an answer is made of: as long as it is the same, its node stays, and nothing is told twice or folded up.
    const of = [words, this.#examiner, state.phase, state.examined, state.trouble, state.note, state.slow, busy && state.progress?.stage];
    arrange(this.#columns, [
      made.part('choose', [words, this.#examiner, c.acceptDicom, state.given], () => chooser(c)),
      made.part('answer', of, () => el('section', { class: 'panel answer', 'aria-labelledby': 'answer-title', 'aria-busy': String(['loading', 'busy'].includes(state.phase)), part: 'panel answer' },
        el('h3', { id: 'answer-title' }, words.say('answer.title')), busy ? this.#staleFrames() : frameControl(c), answer(c), savePanel(c))),
      busy ? this.#stale() : made.part('picture', [words, this.#examiner, state.phase, state.examined], () => picturePanel(c)),
    ]);
    arrange(this.#frame, [
      made.part('title', [words, this.#examiner], () => el('slot', { name: 'title' }, el('h2', { part: 'title' }, ofModel(c, 'question')))),
      made.part('notice', [words], () => el('p', { class: 'notice', role: 'note', part: 'notice' }, icon('info'), el('span', {}, el('strong', {}, words.say('notice.title')), ' ', words.say('notice.text')))),
      this.#columns,
      made.part('facts', [words, this.#examiner, state.phase, state.examined, compact], () => (compact ? this.#examiner && el('div', {}, cardButton(c, 'card')) : facts(c))),
    ]);
    this.#frame.lang = words.language;
    this.#frame.dir = words.dir;
    this.#live.lang = words.language;
    this.#frame.dataset.phase = state.phase;
    this.#refocus(focused);
  }

  /** Drawing anew must not lose a keyboard's place. @param {HTMLElement | null} before what had the focus */
  #refocus(before) {
    if (!before || this.#root.activeElement === before) return;
    const key = ['id', 'data-do', 'data-save'].find((name) => before.hasAttribute(name));
    if (before.id !== 'answer-title') this.#place = key ? `[${key}="${before.getAttribute(key)}"]` : '';
    const same = /** @type {HTMLElement | null} */ (this.#place ? this.#frame.querySelector(this.#place) : null);
    // What is gone may come back (a slider while its picture is examined), or not (cancel, "yes, it is"): meanwhile the answer has the focus.
    const title = /** @type {HTMLElement} */ (this.#frame.querySelector('#answer-title'));
    title.tabIndex = -1;
    (same ?? title).focus({ preventScroll: true });
  }

  /** The picture's panel while another frame or window of it is examined: what was said of the former one is gone. */
  #stale() {
    const panel = this.#again ? this.#frame.querySelector('.picture') : null;
    panel?.querySelectorAll('.over, [part="evidence"], [part="layers"]').forEach((node) => node.remove());
    return panel;
  }

  /** The choice of the frame, likewise. */
  #staleFrames() {
    return this.#again ? this.#frame.querySelector('.frames') : null;
  }

  async #speak() {
    const turn = ++this.#speaking;
    const before = this.#words.language;
    const language = this.#ownMessages ? (markedLanguage(this) ?? 'en') : languageFor(this);
    const messages = this.#ownMessages ?? (await loadMessages(language).catch(() => null));
    if (turn !== this.#speaking) return; // another language was wanted meanwhile
    // A language that cannot be loaded: that which is spoken stays, English at first.
    if (messages) this.#words = new Words(language, messages);
    if (this.#words.language !== before) this.#say(''); // what was said was in another language
    this.#render();
    this.#redrawDialog();
  }

  /** @param {string} text */
  #say(text) {
    this.#live.textContent = text;
  }

  /** @param {{stage: 'read' | 'run' | 'explain', step: number, steps: number}} progress */
  #progress(progress) {
    const before = this.#state.progress;
    this.#state.progress = progress;
    if (this.#state.slow || progress.stage !== before?.stage) this.#change({});
    this.#tell('progress', progress);
    const bar = /** @type {HTMLProgressElement | null} */ (this.#frame.querySelector('progress'));
    if (bar && progress.steps > 1) [bar.max, bar.value] = [progress.steps, progress.step];
  }

  /** On a small screen the answer may lie below the fold. */
  #reveal() {
    const place = this.#frame.querySelector('.answer');
    if (place && place.getBoundingClientRect().top > innerHeight * 0.6) place.scrollIntoView({ block: 'start' });
  }

  /** @param {string} kind @param {unknown} detail */
  #tell(kind, detail) {
    this.dispatchEvent(new CustomEvent(`bedside-${kind}`, { detail, bubbles: true, composed: true }));
  }

  /** @param {(c: Context) => HTMLDialogElement} make */
  #show(make) {
    const dialog = make(this.#context());
    this.#dialog = { dialog, make };
    this.#frame.after(dialog);
    dialog.lang = this.#words.language;
    dialog.dir = this.#words.dir;
    dialog.addEventListener('close', () => {
      if (this.#dialog?.dialog === dialog) this.#dialog = null;
    });
    dialog.showModal();
  }

  #redrawDialog() {
    if (this.#dialog?.make !== cardDialog) return;
    this.#dialog.dialog.close();
    this.#show(cardDialog);
  }

  // ---- What a person does ----------------------------------------------------------------------------------------------------

  /** The first of the files that were dropped or pasted. @param {FileList | null | undefined} files */
  #take(files) {
    return take(this.#context(), files);
  }

  #cancel() {
    this.#running?.abort();
    this.#running = null;
    this.#cancelled();
  }

  #cancelled() {
    this.#change(this.#examiner ? { phase: 'idle', note: 'state.cancelled', progress: null, examined: null } : { phase: 'loading', progress: null });
    this.#say(this.#words.say('state.cancelled'));
  }

  #retry() {
    const waits = !!this.#running;
    if (!this.#examiner || waits) this.#close();
    if (this.#file && (this.#examiner || waits)) void this.examine(this.#file, { ...this.#options, reveal: true }).catch(() => {});
    else void this.#open();
  }

  async #layers() {
    const examiner = await this.#open();
    const { layers } = await examiner.examine(/** @type {Blob} */ (this.#file), { ...this.#options, explain: 'none', keepLayers: true });
    return layers ?? [];
  }

  /** @param {import('./context.js').SaveKind} kind */
  async #save(kind) {
    const told = /** @type {HTMLElement | null} */ (this.#frame.querySelector('#saved'));
    told?.replaceChildren(); // what was said of a former file
    this.#say('');
    try {
      const file = await make(kind, /** @type {import('../exam.js').Examined} */ (this.#state.examined), this.#context());
      if (kind === 'print') return await print(String(file.content), this.#root);
      download(file);
      const done = this.#words.say('save.done', { name: file.name });
      if (told) told.textContent = done;
      this.#say(done);
    } catch (error) {
      const { code, message } = troubleOf(error);
      this.#say(this.#words.say('save.failed'));
      if (told) told.replaceChildren(...unsaved(this.#context(), { code, message }));
      this.#tell('error', { code, message });
    }
    this.#count();
    return undefined;
  }

  /** Not oftener than every half second: a page may ask for much, and have many of these. */
  #count() {
    if (this.#counting) return;
    this.#counting = setTimeout(async () => {
      this.#counting = 0;
      this.#counted = performance.now();
      const [counter, examiner] = [this.#requests, this.#examiner];
      const sum = examiner && (await counter?.sum(examiner));
      if (!sum || counter !== this.#requests) return;
      const former = this.#state.requests;
      this.#state.requests = sum;
      if (former && former.own === sum.own && former.foreign === sum.foreign) return;
      const place = this.#frame.querySelector('#requests');
      const open = place?.querySelector('details')?.open ?? false;
      place?.replaceChildren(requests(this.#context()));
      const list = place?.querySelector('details');
      if (list) list.open = open;
    }, Math.max(0, this.#counted + COUNT_MS - performance.now()));
  }

  /** A property that was set before the element was defined. @param {'examiner' | 'messages' | 'model' | 'explain'} name */
  #upgrade(name) {
    if (!Object.hasOwn(this, name)) return;
    const self = /** @type {any} */ (this);
    const value = self[name];
    delete self[name];
    self[name] = value;
  }
}

if (globalThis.customElements && !customElements.get('bedside-exam')) customElements.define('bedside-exam', BedsideExam);
