// Says so when the page's own script has not come: a first visit that was cut half-way must not look like a page that is merely empty.
// A classic script without a word from any other file, before the modules: it has nothing that could be missing. Not a medical device.
// SPDX-License-Identifier: MIT
{
  /** After this time a page that has not begun is taken for cut, in milliseconds after its other parts are there. */
  const PATIENCE = 15_000;
  /** Of the catalogues in web/exam/messages nothing is there when these are needed. @type {Record<string, [text: string, button: string]>} */
  const texts = {
    en: ['A part of this page could not be loaded, so it cannot examine anything.', 'Load the page again'],
    es: ['No se ha podido cargar una parte de esta página, así que no puede examinar nada.', 'Volver a cargar la página'],
    ar: ['تعذّر تحميل جزء من هذه الصفحة، فلا تستطيع فحص أي شيء.', 'تحميل الصفحة من جديد'],
  };

  const say = () => {
    const place = document.getElementById('failed');
    if (!place || !place.hidden || document.documentElement.dataset.begun) return;
    const wanted = [new URLSearchParams(location.search).get('lang') ?? '', ...navigator.languages].map((tag) => tag.slice(0, 2).toLowerCase());
    const language = wanted.find((tag) => tag in texts) ?? 'en';
    const [text, again] = texts[language];
    const [sentence, button] = [document.createElement('span'), document.createElement('button')];
    [sentence.textContent, button.textContent, button.type, button.className] = [text, again, 'button', 'button'];
    button.addEventListener('click', () => location.reload());
    [place.lang, place.dir] = [language, language === 'ar' ? 'rtl' : 'ltr'];
    place.replaceChildren(sentence, button);
    place.hidden = false;
  };

  // A module that cannot be fetched, or one that it imports, is an error of its script element, which does not bubble.
  addEventListener('error', ({ target }) => {
    if (!(target instanceof HTMLScriptElement)) return;
    if (document.readyState === 'loading') document.addEventListener('DOMContentLoaded', say);
    else say();
  }, true);
  addEventListener('load', () => setTimeout(say, PATIENCE));
}
