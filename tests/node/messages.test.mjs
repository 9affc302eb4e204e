// What Bedside says to people: the same in every language, nothing missing, nothing unused, nothing said outside the catalogue.
import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { test } from 'node:test';
import { Words, languageOf, languages, loadMessages, reportMessages } from '../../web/exam/messages/messages.js';

const root = new URL('../../', import.meta.url);
const read = (/** @type {string} */ path) => readFileSync(new URL(path, root), 'utf8');
/** @type {Record<string, import('../../web/exam/messages/messages.js').Messages>} */
const catalogues = Object.fromEntries(await Promise.all(languages.map(async (language) => [language, await loadMessages(language)])));
const english = catalogues.en;

/** @param {import('../../web/exam/messages/messages.js').Message} message */
const forms = (message) => (typeof message === 'string' ? { other: message } : message);
/** @param {string} text */
const placeholders = (text) => [...new Set(text.match(/\{\w+\}/g) ?? [])].sort();

/** The element's code without comments, file by file. */
const sources = readdirSync(new URL('web/exam/element/', root)).filter((file) => file.endsWith('.js'))
  .map((file) => ({ file, code: read(`web/exam/element/${file}`).replace(/\/\*[^]*?\*\//g, '').replace(/(^|\s)\/\/ .*$/gm, '$1') }));
const code = [...sources.map((source) => source.code), read('web/exam/messages/messages.js')].join('\n');

test('there are English, Spanish and Arabic; tags of regions lead to them', async () => {
  assert.deepEqual(languages, ['en', 'es', 'ar']);
  assert.deepEqual(['es-MX', 'AR_eg', 'en', 'de', '', null].map(languageOf), ['es', 'ar', 'en', null, null, null]);
  assert.equal(await loadMessages('de'), english);
});

test('all languages have the same keys and placeholders, and the plural forms that they need', () => {
  for (const [language, messages] of Object.entries(catalogues)) {
    assert.deepEqual(Object.keys(messages).sort(), Object.keys(english).sort(), language);
    for (const [key, message] of Object.entries(messages)) {
      const wanted = placeholders(forms(english[key]).other);
      for (const [form, text] of Object.entries(forms(message))) {
        assert.ok(text.trim() === text && text.length > 0, `${language} ${key}`);
        // "One file", "two files" need no figure.
        const may = ['zero', 'one', 'two'].includes(form) ? wanted.filter((name) => name !== '{count}' || text.includes(name)) : wanted;
        assert.deepEqual(placeholders(text), may, `${language} ${key} ${form}`);
      }
      assert.equal(typeof message, typeof english[key], `${language} ${key}`);
      if (typeof message === 'object') {
        assert.deepEqual(Object.keys(message).sort(), new Intl.PluralRules(language).resolvedOptions().pluralCategories.toSorted(), `${language} ${key}`);
      }
    }
  }
});

test('translations are translated', () => {
  // Words that both languages share.
  const same = /^(label\.(normal|glioma|meningioma|MEL)|layers\.name|number\.|figure\.set\.no|dicom\.frame\.value)/;
  for (const language of ['es', 'ar']) {
    const untranslated = Object.keys(english).filter((key) => !same.test(key) && forms(catalogues[language][key]).other === forms(english[key]).other);
    assert.deepEqual(untranslated, [], language);
  }
  const latin = /(?<![\w{])[A-Za-z]{2,}(?![\w}])/g;
  const names = /^(JPEG|PNG|DICOM|FHIR|JSON|CSV|HTML|SR|SHA|WebAssembly|SIMD|Bedside|Dice)$/;
  const inArabic = Object.entries(catalogues.ar).flatMap(([key, message]) => Object.values(forms(message)).flatMap((text) => (text.match(latin) ?? []).filter((word) => !names.test(word)).map((word) => `${key}: ${word}`)));
  assert.deepEqual(inArabic, []);
});

test('the paper report has all its texts in every language, and the labels of the model', async () => {
  const { MESSAGES } = await import('../../web/reports/messages.js');
  for (const language of languages.filter((each) => each !== 'en')) {
    const { default: texts } = await import(`../../web/exam/messages/report.${language}.js`);
    assert.deepEqual(Object.keys(texts).sort(), Object.keys(MESSAGES).sort(), language);
    for (const [key, text] of Object.entries(/** @type {Record<string, string>} */ (texts))) assert.deepEqual(placeholders(text), placeholders(/** @type {Record<string, string>} */ (MESSAGES)[key]), `${language} ${key}`);
    const same = Object.keys(MESSAGES).filter((key) => texts[key] === /** @type {Record<string, string>} */ (MESSAGES)[key]);
    assert.deepEqual(same, language === 'es' ? ['report.set.no', 'report.list', 'report.hashes'] : ['report.hashes'], language);
    const record = /** @type {any} */ ({ model: { id: 'pneumonia', labels: ['normal', 'pneumonia'] }, refusal: { code: 'BDS_E_UNKNOWN', message: '' } });
    const messages = await reportMessages(new Words(language, catalogues[language]), record);
    assert.equal(messages['label.pneumonia.pneumonia'], catalogues[language]['label.pneumonia']);
    assert.equal(messages['error.BDS_E_UNKNOWN'], catalogues[language]['error.BDS_E_UNKNOWN']);
  }
});

test('every key is used, and every key that is used is there', () => {
  const families = [...code.matchAll(/`([a-zA-Z.-]+\.)\$\{/g)].map(([, family]) => family);
  const computed = ['question.', 'exam.', 'answer.']; // ofModel(c, 'exam'); the batch page's rows
  const unused = Object.keys(english).filter((key) => !code.includes(`'${key}'`) && ![...families, ...computed].some((family) => key.startsWith(family)));
  assert.deepEqual(unused, []);
  const used = [...code.matchAll(/\b(?:say|has)\('([^']+)'/g), ...code.matchAll(/'((?:state|camera|finding|unsure|figure|layers|facts|save|map|mask|record|choose)\.[a-z.-]+)'/g)].map(([, key]) => key);
  assert.ok(used.length > 100);
  assert.deepEqual(used.filter((key) => !(key in english)), []);
});

test('wording that misled', () => {
  const all = (/** @type {string} */ language) => Object.values(catalogues[language]).flatMap((message) => Object.values(forms(message))).join('\n');
  assert.doesNotMatch(all('en'), /ruled out|\bpoints\b|not the patient|left this device/);
  assert.doesNotMatch(all('es'), /descartado|ha salido de este|No es seguro|puntos|Disparar|médico|Imagen de la serie|Esta imagen no significa/);
  assert.doesNotMatch(all('ar'), /مستبعد|لم يغادر|لا تعني هذه الصورة|قاعدية \(|الإنكليزية|الجواب/);
  for (const language of languages) {
    const words = new Words(language, catalogues[language]);
    assert.match(words.say('figure.range', { range: 'x' }), /95/);
    assert.notEqual(words.say('meaning.positive', { label: 'x', about: 'y', range: 'z' }), words.say('meaning.general', { label: 'x', about: 'y', range: 'z' }));
  }
});

test('labels, models, doubts, places and errors: exactly those that there are', () => {
  const family = (/** @type {string} */ name) => Object.keys(english).filter((key) => key.startsWith(`${name}.`)).map((key) => key.slice(name.length + 1)).sort();
  const { models } = JSON.parse(read('models/catalogue.json'));
  const ids = Object.keys(models).sort();
  const labels = ids.flatMap((id) => JSON.parse(read(`models/${id}/recipe.json`)).labels);
  assert.deepEqual(family('label'), [...new Set(labels)].sort());
  assert.deepEqual(family('model'), ids);
  assert.deepEqual(family('question'), [...ids, 'other'].sort());
  assert.deepEqual(family('exam'), [...ids, 'other'].sort());
  assert.deepEqual(family('sought'), ids.map((id) => models[id].positive).filter(Boolean).sort());
  const types = read('web/exam/exam.d.ts');
  const union = (/** @type {string} */ text, /** @type {string} */ name) => [...(text.match(new RegExp(`type ${name} =([^;]*);`))?.[1] ?? '').matchAll(/'([^']+)'/g)].map(([, value]) => value);
  assert.deepEqual(family('place'), union(types, 'Place').sort());
  assert.deepEqual(family('doubt'), [...union(read('web/bedside.d.ts'), 'Doubt'), ...union(types, 'ExamDoubt'), 'other'].sort());
  const codes = [...union(read('web/bedside.d.ts').replace(/\/\*\*[^]*?\*\//g, ''), 'ErrorCode')];
  for (const folder of ['web/exam', 'web/dicom']) {
    const files = readdirSync(new URL(folder, root), { recursive: true }).map(String).filter((file) => /\.(d\.ts|js)$/.test(file) && !file.includes('messages') && !file.includes('element'));
    for (const file of files) codes.push(...(read(`${folder}/${file}`).match(/\bBDS_E_[A-Z_]+\b/g) ?? []));
  }
  assert.deepEqual(family('error'), [...new Set(codes), 'other'].sort());
  assert.deepEqual(family('advice').filter((key) => !family('error').includes(key)), []);
});

test('no sentence stands in the element\'s code', () => {
  /** @type {string[]} */
  const found = [];
  for (const { file, code: text } of sources) {
    if (file === 'style.js') continue;
    // Errors for programs are English by contract.
    const quiet = text.replace(/new (BedsideError|Error)\([^;]*;/g, '').replace(/^import .*$/gm, '').replace(/import\('[^']*'\)/g, '');
    for (const [, , literal] of quiet.matchAll(/(['"`])((?:(?!\1)[^\\\n]|\\.)*)\1/g)) {
      const words = literal.replace(/\$\{[^}]*\}/g, ' ');
      // Classes, selectors, paths of icons and attribute values are no sentences: two words with a capital or a full stop are.
      if (/^[A-Z][a-z]+ [a-z]+|[a-z]{2,} [a-z]{2,}.*[.:?!]$/.test(words) && !/[[\]#]|^M\d/.test(words)) found.push(`${file}: ${literal}`);
    }
  }
  assert.deepEqual(found, []);
});

test('figures: percent, ranges and plurals as the language has them', () => {
  const say = (/** @type {string} */ language) => new Words(language, catalogues[language]);
  const plain = (/** @type {string} */ text) => text.replace(/[\u2066-\u2069\u200e\u200f]/g, '').replace(/\u00a0|\u202f/g, ' ');
  const en = say('en');
  assert.deepEqual([en.roughly(0.004), en.roughly(0.996), en.roughly(0.634), en.roughly(0), en.roughly(1)], ['0.4\u00a0%', '99.6\u00a0%', '63.4\u00a0%', 'under 0.1\u00a0%', 'over 99.9\u00a0%'], 'as the reports write it');
  assert.deepEqual([en.range(0.55, 0.7), en.range(0.97, 0.9995), en.range(0.0004, 0.03), en.range(0.9995, 1), en.range(0, 0.0005)], ['55.0\u00a0% to 70.0\u00a0%', '97.0\u00a0% or more', '3.0\u00a0% or less', 'over 99.9\u00a0%', 'under 0.1\u00a0%']);
  assert.equal(plain(en.say('figure.range', { range: en.range(0.863, 0.979) })), '95 % range 86.3 % to 97.9 %', 'one spacing');
  assert.deepEqual([en.about(0.63), en.about(0.004), en.about(0.999)], ['about 63', 'under 1', 'over 99']);
  assert.equal(plain(say('es').range(0.55, 0.7)), 'de 55,0 % a 70,0 %');
  assert.equal(plain(say('ar').range(0.55, 0.7)), 'من 55.0% إلى 70.0%');
  assert.equal(say('ar').dir, 'rtl');
  assert.equal(say('ar').say('label.glioma'), 'ورم دبقي');
  assert.match(plain(say('ar').say('file.several', { count: 3 })), /^أُفلتت 3 ملفات/);
  assert.match(plain(say('ar').say('file.several', { count: 11 })), /^أُفلت 11 ملفًا/);
  assert.equal(en.say('file.several', { count: 1 }), 'One file was dropped.');
  assert.equal(en.say('there.is.none'), 'there.is.none', 'a mistake is seen');
  assert.equal(new Words('de', {}).say('cancel'), 'Cancel', 'what a catalogue lacks is said in English');
  assert.equal(en.milliseconds(0.2), 'under 1 ms');
  assert.equal(en.list(['a', 'b', 'c']), 'a, b, and c');
});
