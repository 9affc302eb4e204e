// The language of a page: chosen by ?lang=, else by the browser; kept in the address and nowhere else. The texts are those of
// web/exam/messages, of demo/words and perhaps the page's own; elements say which they want by data-say (their text) and data-say-label (their
// aria-label).
// SPDX-License-Identifier: MIT
import { Words, languageOf, languages, loadMessages } from '../web/exam/messages/messages.js';
import english from './words/en.js';

/** @typedef {import('../web/exam/messages/messages.js').Messages} Messages */

/** A catalogue for each language. @typedef {Record<string, () => Promise<{default: Messages}>>} Catalogues */

/** Each import is written out: the service worker's list is made of the files in the folder. @type {Catalogues} */
const own = { en: () => Promise.resolve({ default: english }), es: () => import('./words/es.js'), ar: () => import('./words/ar.js') };

/** Names of the languages in themselves. @type {Record<string, string>} */
const NAMES = { en: 'English', es: 'Español', ar: 'العربية' };

export function wantedLanguage() {
  const asked = new URLSearchParams(location.search).get('lang');
  return [asked, ...(navigator.languages ?? [])].map(languageOf).find(Boolean) ?? 'en';
}

/** @param {string} language @param {Catalogues} [page] */
async function wordsOf(language, page) {
  const [shared, mine, more] = await Promise.all([loadMessages(language), own[language](), page?.[language]()]);
  return new Words(language, { ...english, ...shared, ...mine.default, ...more?.default });
}

/** Addresses of our own pages keep the language. @param {HTMLAnchorElement} link @param {string} language */
function keepIn(link, language) {
  const url = new URL(link.href);
  if (url.origin !== location.origin || !/(\/|\.html)$/.test(url.pathname) || link.hash) return;
  url.searchParams.set('lang', language);
  link.href = url.href;
}

/** Says everything in a language. @param {Words} words @param {ParentNode} [within] */
export function translate(words, within = document) {
  document.documentElement.lang = words.language;
  document.documentElement.dir = words.dir;
  for (const node of /** @type {NodeListOf<HTMLElement>} */ (within.querySelectorAll('[data-say]'))) node.textContent = words.say(String(node.dataset.say));
  for (const node of /** @type {NodeListOf<HTMLElement>} */ (within.querySelectorAll('[data-say-label]'))) node.setAttribute('aria-label', words.say(String(node.dataset.sayLabel)));
  for (const link of /** @type {NodeListOf<HTMLAnchorElement>} */ (within.querySelectorAll('a[href]'))) keepIn(link, words.language);
  const title = document.querySelector('title');
  if (title?.dataset.say) document.title = words.say(title.dataset.say);
}

/**
 * Begins with the wanted language, and again whenever another is chosen in the field.
 * @param {HTMLSelectElement} field @param {(words: Words) => void} changed
 * @param {() => void} failed the texts of a language could not be loaded: the page stays with the one that it speaks, English at first
 * @param {Catalogues} [page] of what this page alone says; its English must be there already
 */
export async function speak(field, changed, failed, page) {
  field.replaceChildren(...languages.map((language) => {
    const option = new Option(NAMES[language] ?? language, language);
    option.lang = language;
    return option;
  }));
  let spoken = '';
  const use = async (/** @type {string} */ language) => {
    const words = await wordsOf(language, page).catch(() => null);
    if (language !== field.value) return; // another one was chosen meanwhile
    if (!words) {
      field.value = spoken || 'en';
      if (!spoken) await use('en');
      failed();
      return;
    }
    spoken = language;
    translate(words);
    changed(words);
  };
  field.addEventListener('change', async () => {
    await use(field.value);
    const url = new URL(location.href);
    url.searchParams.set('lang', field.value);
    history.replaceState(history.state, '', url);
  });
  field.value = wantedLanguage();
  await use(field.value);
}
