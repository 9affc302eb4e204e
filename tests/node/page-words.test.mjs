// What the live ECG and "Bring your own model" say: the same in every language, nothing missing, nothing unused, nothing said outside the catalogues.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { SCENARIOS } from '../../demo/monitor/scenarios.js';
import { alarmText, beatsText, doubtText, eventText, qualityText, stateOf } from '../../demo/monitor/words.js';
import { decimals, measure } from '../../demo/tell.js';
import { explain, Trouble } from '../../demo/trouble.js';
import demoWords from '../../demo/words/en.js';
import { Words, languages, loadMessages } from '../../web/exam/messages/messages.js';

/** @typedef {import('../../web/exam/messages/messages.js').Messages} Messages */
/** @typedef {import('../../web/exam/messages/messages.js').Message} Message */

const root = new URL('../../', import.meta.url);
const read = (/** @type {string} */ path) => readFileSync(new URL(path, root), 'utf8');
/** A source without its comments and the texts of errors for programs, which are English by contract. @param {string} path */
const code = (path) => read(path).replace(/\/\*[^]*?\*\//g, '').replace(/(^|\s)\/\/ .*$/gm, '$1').replace(/new (BedsideError|Error)\([^;]*;/g, '');
const shared = await loadMessages('en');

/** @param {Message} message */
const forms = (message) => (typeof message === 'string' ? { other: message } : message);
/** @param {string} text */
const placeholders = (text) => [...new Set(text.match(/\{\w+\}/g) ?? [])].sort();
const plain = (/** @type {string} */ text) => text.replace(/[\u2066-\u2069\u200e\u200f]/g, '').replace(/\u00a0|\u202f/g, ' ');
/** Names of a union of texts in a declaration. @param {string} path @param {string} name */
const union = (path, name) => [...(read(path).match(new RegExp(`type ${name} =([^;]*);`))?.[1] ?? '').matchAll(/'([^']+)'/g)].map(([, value]) => value);

/** @type {Record<string, { page: string, sources: string[], computed: string[], same: RegExp }>} */
const pages = {
  monitor: {
    page: 'demo/monitor.html',
    sources: ['demo/monitor.js', ...readdirSync(new URL('demo/monitor', root)).filter((file) => file.endsWith('.js')).map((file) => `demo/monitor/${file}`)],
    computed: ['ecg.beats.', 'ecg.error.'], // of KINDS; by the page's name for errors
    same: /^ecg\.(kind\.line|paper|event\.beat|quality\.where|sentence|limits\.usual)$/,
  },
  compile: {
    page: 'demo/compile.html', sources: ['demo/compile.js', 'demo/npy.js'], computed: ['compile.error.'], same: /^compile\.(chosen|bytes|layer\.bytes|progress)$/,
  },
};
/** @type {Record<string, Record<string, Messages>>} */
const catalogues = Object.fromEntries(await Promise.all(Object.keys(pages).map(async (name) => [name, Object.fromEntries(await Promise.all(languages.map(async (language) => [language, (await import(`../../demo/${name}/words/${language}.js`)).default])))])));
/** @param {string} language */
const wordsOf = async (language) => new Words(language, { ...(await loadMessages(language)), ...catalogues.monitor[language], ...catalogues.compile[language] });
const [en, es, ar] = await Promise.all(['en', 'es', 'ar'].map(wordsOf));

for (const [name, { page, sources, computed, same }] of Object.entries(pages)) {
  describe(page, () => {
    const english = catalogues[name].en;
    const text = sources.map(code).join('\n');
    const html = read(page);

    test('all languages have the same keys and placeholders, and the plural forms that they need', () => {
      assert.deepEqual(Object.keys(english).filter((key) => key in shared || key in demoWords), [], 'no key of other pages');
      for (const [language, messages] of Object.entries(catalogues[name])) {
        assert.deepEqual(Object.keys(messages).sort(), Object.keys(english).sort(), language);
        for (const [key, message] of Object.entries(messages)) {
          const wanted = placeholders(forms(english[key]).other);
          for (const [form, one] of Object.entries(forms(message))) {
            assert.ok(one.trim() === one && one.length > 0, `${language} ${key}`);
            // "One beat", "two beats" need no figure; of none there is nothing else to be said either.
            const may = form === 'zero' ? wanted.filter((each) => one.includes(each)) : ['one', 'two'].includes(form) ? wanted.filter((each) => each !== '{count}' || one.includes(each)) : wanted;
            assert.deepEqual(placeholders(one), may, `${language} ${key} ${form}`);
          }
          assert.equal(typeof message, typeof english[key], `${language} ${key}`);
          if (typeof message === 'object') assert.deepEqual(Object.keys(message).sort(), new Intl.PluralRules(language).resolvedOptions().pluralCategories.toSorted(), `${language} ${key}`);
        }
      }
    });

    test('translations are translated', () => {
      for (const language of ['es', 'ar']) {
        assert.deepEqual(Object.keys(english).filter((key) => !same.test(key) && plain(forms(catalogues[name][language][key]).other) === forms(english[key]).other), [], language);
      }
      const names = /^(Bedside|WFDB|EDF|ONNX|TensorFlow|Lite|Web|Bluetooth|Serial|Chrome|Edge|II|hea|dat|atr|csv|onnx|tflite|npy)$/;
      const latin = Object.entries(catalogues[name].ar).flatMap(([key, message]) => Object.values(forms(message)).flatMap((one) => (one.replace(/\{\w+\}/g, '').match(/(?<!\w)[A-Za-z]{2,}(?!\w)/g) ?? []).filter((word) => !names.test(word)).map((word) => `${key}: ${word}`)));
      assert.deepEqual(latin, []);
      const arabic = Object.entries(catalogues[name].ar).flatMap(([key, message]) => Object.values(forms(message)).filter((one) => /[٠-٩]/.test(one)).map(() => key));
      assert.deepEqual(arabic, [], 'one kind of digits');
    });

    test('every key is used, and every key that is used is there', () => {
      const families = [...text.matchAll(/`([a-z.]+\.)\$\{/g)].map(([, family]) => family).concat(computed);
      const unused = Object.keys(english).filter((key) => !text.includes(`'${key}'`) && !html.includes(`"${key}"`) && !families.some((family) => key.startsWith(family)));
      assert.deepEqual(unused, []);
      const prefix = name === 'monitor' ? 'ecg' : name;
      const used = [...text.matchAll(new RegExp(`'(${prefix}\\.[\\w.-]+)'`, 'g')), ...html.matchAll(/data-say(?:-label)?="([^"]+)"/g)].map(([, key]) => key).filter((key) => key !== `${prefix}.error`);
      assert.ok(used.length > 40);
      assert.deepEqual(used.filter((key) => !(key in english || key in demoWords || key in shared)), []);
    });

    test('what stands in the page before its script runs is the English catalogue\'s', () => {
      const all = { ...shared, ...demoWords, ...english };
      const said = [...html.matchAll(/<(\w+)\b[^>]*\bdata-say="([^"]+)"[^>]*>([^<]*)</g)];
      assert.ok(said.length > 25);
      for (const [, , key, content] of said) assert.equal(content, all[key], key);
      for (const [, label, key] of html.matchAll(/aria-label="([^"]+)" data-say-label="([^"]+)"/g)) assert.equal(label, all[key], key);
      assert.match(html, /Not a medical device\./);
      for (const words of [en, es, ar]) assert.match(words.say('notice.title'), /^(Not a medical device\.|No es un producto sanitario\.|هذا ليس جهازًا طبيًا\.)$/);
    });

    test('no sentence stands in the code', () => {
      /** @type {string[]} */
      const found = [];
      for (const path of [...sources, 'demo/tell.js', 'demo/trouble.js']) {
        const quiet = code(path).replace(/^import .*$/gm, '').replace(/import\('[^']*'\)/g, '').replace(/throw new \w+\([^;]*;/g, '').replace(/Object\.assign\(new Error\([^;]*;/g, '');
        for (const [, , literal] of quiet.matchAll(/(['"`])((?:(?!\1)[^\\\n]|\\.)*)\1/g)) {
          const said = literal.replace(/\$\{[^}]*\}/g, ' ');
          if (/^[A-Z][a-z]+ [a-z]+|[a-z]{2,} [a-z]{2,}.*[.:?!]$|^[A-Z][a-z]{3,}$/.test(said) && !/[[\]#]|^(Highlight|NotFoundError)$/.test(said)) found.push(`${path}: ${literal}`);
        }
      }
      assert.deepEqual(found, []);
    });
  });
}

// --- Families: exactly those that there are ---------------------------------------------------------------------------------------

/** @param {'monitor' | 'compile'} name @param {string} family */
const keysOf = (name, family) => Object.keys(catalogues[name].en).filter((key) => key.startsWith(`${family}.`)).map((key) => key.slice(family.length + 1)).sort();

test('scenarios, alarms, states of the signal, errors and stages: exactly those that there are', () => {
  assert.deepEqual(keysOf('monitor', 'ecg.scenario'), Object.keys(SCENARIOS).sort());
  const kinds = union('web/ecg.d.ts', 'AlarmKind');
  assert.deepEqual(keysOf('monitor', 'ecg.alarm.name'), kinds.toSorted());
  const qualities = /** @type {import('../../web/ecg.js').Quality[]} */ (union('web/ecg.d.ts', 'Quality'));
  assert.equal(qualities.length, 9);
  for (const words of [en, es, ar]) {
    const said = qualities.map((what) => doubtText(words, [what]));
    assert.equal(new Set(said).size, qualities.length, 'each has a text of its own');
    assert.ok(said.every((each) => !/ecg\.|undefined/.test(each)), said.join());
  }
  const readers = ['records', 'record', 'wfdb', 'edf', 'csv', 'ecg-arguments'].map((file) => code(`web/${file}.js`)).join('\n');
  assert.deepEqual(keysOf('monitor', 'ecg.error'), [...new Set(readers.match(/\bBDS_E_[A-Z_]+\b/g))].sort());
  const header = read('src/compiler/bedside_compiler.h');
  assert.deepEqual(keysOf('compile', 'compile.error'), [...new Set([...header.matchAll(/\b(BDC_E_[A-Z]+) =/g)].map(([, found]) => found))].sort());
  const compiler = readdirSync(new URL('src/compiler', root), { recursive: true }).map(String).filter((file) => file.endsWith('.c')).map((file) => read(`src/compiler/${file}`)).join('\n');
  const stages = [...compiler.matchAll(/bdc_report_progress\(\w+(?:->\w+)*, "(\w+)"/g)].map(([, stage]) => stage).filter((stage) => !['search', 'sensitivity'].includes(stage)); // of the program
  assert.deepEqual(keysOf('compile', 'compile.stage'), [...new Set([...stages, 'other'])].sort());
});

// --- What is said ----------------------------------------------------------------------------------------------------------------

const limits = { low: 45, high: 120, margin: 5, confirm: 3, release: 5, pause: 3, signal: 5, run: 3 };
const beat = (/** @type {Partial<import('../../demo/monitor/player.js').Mark>} */ mark = {}) => ({ at: 0, kind: /** @type {const} */ ('N'), likely: 'N', probability: 0.9, reasons: [], rate: 70, ...mark });

test('alarms in three languages: figures, units and plurals as the language has them', () => {
  const change = { raised: true, time: 7, facts: { limits, rate: 140, quality: /** @type {import('../../web/ecg.js').Quality[]} */ (['flat', 'learning']), concerned: [0], names: ['II', 'V1'] } };
  const said = (/** @type {Words} */ words) => /** @type {const} */ (['high', 'pause', 'run', 'signal']).map((kind) => plain(eventText(words, { ...change, kind })));
  assert.deepEqual(said(es), [
    'Alarma: Frecuencia cardíaca por encima de 120: era de 140', 'Alarma: Pausa: ningún latido en 3 segundos o más, o se ha soltado un electrodo', 'Alarma: 3 o más latidos ventriculares seguidos',
    'Alarma: La señal no se puede valorar: línea plana: se ha soltado un electrodo o un cable (II)',
  ]);
  assert.deepEqual(said(ar).map((text) => text.replace('ثوانٍ', 'ثوان')), [ // by the browser's version
    'إنذار: معدل ضربات القلب أعلى من 120، وكان 140', 'إنذار: توقّف: لا نبضة طوال 3 ثوان أو أكثر، أو انفصل قطب كهربائي', 'إنذار: 3 نبضات بطينية متتالية أو أكثر',
    'إنذار: لا يمكن تقييم الإشارة: الخط مستوٍ: انفصل قطب كهربائي أو سلك (II)',
  ]);
  for (const words of [es, ar]) assert.match(alarmText(words, { kind: 'run', facts: { limits: { ...limits, run: 12 }, rate: null } }), /12.*(latidos|نبضة)/);
  assert.equal(plain(measure(es, 0.98, 'second', 'short', 2)), '0,98 s');
  assert.equal(decimals(es, 1234.5, 1), '1234,5');
  assert.equal(decimals(ar, 2.5, 1), '2.5', 'one kind of digits');
});

test('in no language is anything called normal, well or harmless', () => {
  const now = { playing: true, quality: /** @type {import('../../web/ecg.js').Quality[]} */ ([]), concerned: [0], names: ['II', 'V1'], marks: [beat()], alarms: [], lost: false };
  const states = [now, { ...now, playing: false, marks: [] }, { ...now, marks: [] }, { ...now, lost: true }, { ...now, quality: [/** @type {const} */ ('one lead')] }];
  for (const [words, wrong, caution] of /** @type {const} */ ([[es, /normal|sano|sana|\bbien\b|correct/i, /no descarta nada/], [ar, /طبيعي|سليم|سوي|بخير/, /لا ينفي شيئًا/]])) {
    for (const { title, text } of states.map(stateOf)) assert.doesNotMatch(`${title(words)} ${text(words)}`, wrong);
    assert.match(beatsText(words, [beat(), beat()]), caution);
    assert.match(plain(beatsText(words, [beat(), beat({ kind: 'V' }), beat({ kind: '?' })])), /3.*1.*1/);
    assert.equal(qualityText(words, ['one lead'], [], []), '');
  }
});

test('what is put into an Arabic text keeps its direction: a message of placeholders alone says its own', () => {
  for (const messages of [catalogues.monitor.ar, catalogues.compile.ar]) {
    for (const [key, message] of Object.entries(messages)) {
      // U+2068 looks for the first letter outside of what is inserted: without one a text would read from left to right.
      for (const one of Object.values(forms(message))) assert.match(one.replace(/\{\w+\}/g, ''), /[\u200f\u0600-\u06ff]/, key);
    }
  }
});

test('an error: the sentence of its code, the code, and what the engine says in English', () => {
  const error = Object.assign(new Error('The table is empty.'), { code: 'BDS_E_FORMAT' });
  assert.deepEqual(explain(en, error, 'ecg.error'), { text: 'The table is empty.', code: 'BDS_E_FORMAT', original: '' });
  assert.deepEqual(explain(es, error, 'ecg.error'), { text: es.say('ecg.error.BDS_E_FORMAT'), code: 'BDS_E_FORMAT', original: 'The table is empty.' });
  assert.equal(explain(ar, Object.assign(new Error('x'), { code: 'BDS_E_TRAP' }), 'ecg.error').text, ar.say('error.BDS_E_TRAP'), 'a code of all pages');
  assert.equal(explain(es, new Error('strange'), 'ecg.error').text, es.say('error.other'));
  assert.deepEqual(explain(es, new Trouble('ecg.load.failed', { cause: error }), 'ecg.error'), { text: `${es.say('ecg.load.failed')} ${es.say('error.BDS_E_FORMAT')}`, code: 'BDS_E_FORMAT', original: 'The table is empty.' });
  assert.deepEqual(explain(en, new Trouble('ecg.load.failed', { cause: error }), 'ecg.error').text, `${en.say('ecg.load.failed')} The table is empty.`);
  assert.deepEqual(explain(es, new Trouble('ecg.belt.gone'), 'ecg.error'), { text: 'La banda ya no está conectada.', code: '', original: '' });
  assert.deepEqual(explain(en, new Trouble('ecg.serial.broke', { cause: new Error('unplugged') }), 'ecg.error'), { text: 'The serial line broke off.', code: '', original: 'unplugged' });
});
