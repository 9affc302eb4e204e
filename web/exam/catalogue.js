// The catalogue of models: where their files lie, which exams they are for. Types: exam.d.ts. Not a medical device.
// SPDX-License-Identifier: MIT
import { BedsideError } from '../bedside.js';
import { absoluteAddress } from './addresses.js';
import { shippedCatalogue, shippedModels } from './shipped.js';

/** Whether an address is a file of this machine, under Node. @param {string} address */
const isFile = (address) => typeof process === 'object' && !!process?.versions?.node && !/^(https?|data|blob):/i.test(address);

/** @param {string} address @returns {Promise<string>} */
async function read(address) {
  try {
    const inlined = /^data:[^,]*;base64,/.exec(address); // by a bundler that does so with small files; a strict policy forbids to fetch it
    if (inlined) return new TextDecoder().decode(Uint8Array.from(atob(address.slice(inlined[0].length)), (c) => c.charCodeAt(0)));
    if (isFile(address)) {
      const fs = 'node:fs/promises'; // in a variable: bundlers for browsers then do not look for it
      const { readFile } = await import(/* @vite-ignore */ /* webpackIgnore: true */ fs);
      return await readFile(address.startsWith('file:') ? new URL(address) : address, 'utf8');
    }
    const response = await fetch(address);
    if (!response.ok) throw new Error(`${address} answered ${response.status}`);
    return await response.text();
  } catch (cause) {
    throw new BedsideError('BDS_E_FETCH', `The catalogue of models could not be read: ${cause instanceof Error ? cause.message : cause}.`, { cause });
  }
}

/** @param {unknown} catalogue @param {string} from @returns {import('./exam.js').Catalogue} */
function checked(catalogue, from) {
  const { format, models } = /** @type {Partial<import('./exam.js').Catalogue>} */ (catalogue ?? {});
  if (format === 'bedside-catalogue/1' && models && typeof models === 'object') return /** @type {import('./exam.js').Catalogue} */ (catalogue);
  throw new BedsideError('BDS_E_FORMAT', `This is not a catalogue of models${from}: expected an object of the format "bedside-catalogue/1".`);
}

/** An address against the page's or, in Node, against the working folder. @param {URL | string} address */
const absolute = (address) => {
  const text = String(address);
  if (/^[a-z][a-z+.-]+:/i.test(text)) return text;
  return isFile(text) ? text : absoluteAddress(text);
};

/** `name` in the folder `folder`, which may be a path and lack its final slash. @param {string} folder @param {string} name */
const inFolder = (folder, name) => (/^[a-z][a-z+.-]+:|^\//i.test(name) ? name : `${folder.replace(/\/?$/, '/')}${name}`);

/**
 * The entry of a model and the address of its file.
 * @param {import('./exam.js').ExaminerOptions} options
 * @returns {Promise<{entry: import('./exam.js').ModelEntry & {bytes?: Uint8Array}, address: string}>}
 */
export async function entryOf({ model = 'pneumonia', catalogue, base }) {
  const folder = base === undefined ? undefined : absolute(base);
  const shipped = catalogue === undefined && folder === undefined;
  if (typeof model === 'object' && model) {
    if (typeof model.url !== 'string' && !model.bytes) throw new BedsideError('BDS_E_ARGUMENT', 'A model of one\'s own needs its url or its bytes.');
    return { entry: model, address: inFolder(folder ?? String(shippedCatalogue()).replace(/[^/]*$/, ''), model.url ?? '') };
  }
  /** @type {import('./exam.js').Catalogue} */
  let list;
  let from = '';
  const given = catalogue ?? (folder === undefined ? shippedCatalogue() : inFolder(folder, 'catalogue.json'));
  if (typeof given === 'object' && given && !(given instanceof URL)) {
    list = checked(given, '');
  } else {
    from = absolute(given);
    const text = await read(from);
    try {
      list = checked(JSON.parse(text), ` at ${from}`);
    } catch (cause) {
      if (cause instanceof BedsideError) throw cause;
      throw new BedsideError('BDS_E_FORMAT', `This is not a catalogue of models at ${from}: it is no JSON${/^\s*</.test(text) ? ' but an HTML page: the path is wrong, or the file is missing' : ''}.`, { cause });
    }
  }
  if (!Object.hasOwn(list.models, model)) {
    throw new BedsideError('BDS_E_ARGUMENT', `The catalogue has no model "${model}". There are: ${Object.keys(list.models).join(', ')}.`);
  }
  const entry = { id: model, ...list.models[model] };
  if (shipped && Object.hasOwn(shippedModels, model)) return { entry, address: String(shippedModels[model]()) };
  return { entry, address: inFolder(folder ?? (from || String(shippedCatalogue())).replace(/[^/]*$/, ''), entry.url) };
}
