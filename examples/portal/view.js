// Pieces of a page that the portal and the SMART app share. Text is always text, never markup. Not a medical device.
// SPDX-License-Identifier: MIT
import { inWords } from './study.mjs';

/**
 * @template {keyof HTMLElementTagNameMap} K
 * @param {K} tag @param {Partial<HTMLElementTagNameMap[K]>} [properties] @param {(Node | string)[]} children
 * @returns {HTMLElementTagNameMap[K]}
 */
export function element(tag, properties = {}, ...children) {
  const node = Object.assign(document.createElement(tag), properties);
  node.append(...children);
  return node;
}

/** @template {HTMLElement} T @param {string} id */
export const byId = (id) => /** @type {T} */ (document.getElementById(id));

/** @param {unknown} error */
export const sentence = (error) => (error instanceof Error ? error.message : String(error));

/** @param {string} text */
export function state(text) {
  byId('state').textContent = text;
}

/** Shows what went wrong, or takes it away. @param {unknown} [error] */
export function problem(error) {
  const node = byId('problem');
  node.hidden = error === undefined;
  node.textContent = error === undefined ? '' : sentence(error);
  node.dataset.code = /** @type {any} */ (error)?.code ?? '';
}

/**
 * A button that sends once, with the address beside it, and what became of it. Where the same was sent before, or may have arrived, a second button
 * asks whether the user has looked and wants it sent once more.
 * @param {string} label @param {string} address @param {(again: boolean) => Promise<string[]>} send gives lines to show
 * @param {HTMLInputElement} [confirm] what the user has to tick first
 */
export function sender(label, address, send, confirm) {
  const button = element('button', { type: 'button', textContent: label });
  const more = element('button', { type: 'button', className: 'again', textContent: `I have looked at ${address}: send it once more`, hidden: true });
  const said = element('p', { className: 'said' });
  said.setAttribute('role', 'status');
  /** Only what surely was not stored may be tried again with the same button. */
  let free = true;
  const update = () => {
    const confirmed = confirm?.checked ?? true;
    button.disabled = !free || !confirmed;
    more.disabled = !confirmed;
  };
  const press = async (/** @type {boolean} */ again) => {
    free = false;
    more.hidden = true;
    update();
    said.className = 'said';
    said.textContent = `Sending to ${address} …`;
    try {
      said.textContent = (await send(again)).join('\n');
      said.dataset.state = 'sent';
      state(`Sent to ${address}.`);
    } catch (error) {
      const { code } = /** @type {{ code?: string }} */ (error);
      state(code === 'BDS_E_UNCLEAR' ? `It is not clear what ${address} has received.` : `Not sent to ${address}.`);
      said.className = 'said problem';
      said.textContent = sentence(error);
      said.dataset.state = 'failed';
      said.dataset.code = code ?? '';
      free = code !== 'BDS_E_UNCLEAR' && code !== 'BDS_E_STATE';
      more.hidden = free;
      update();
    }
  };
  button.addEventListener('click', () => void press(false));
  more.addEventListener('click', () => void press(true));
  confirm?.addEventListener('change', update);
  update();
  return element('div', { className: 'send' }, button, element('span', { className: 'address', textContent: `to ${address}` }), said, more);
}

/**
 * @param {import('../../web/exam/exam.js').ExamRecord} record
 * @param {string} title
 * @param {HTMLElement[]} senders
 */
export function card(record, title, senders) {
  const { outcome, lines } = inWords(record);
  const node = element('article', { className: 'card' }, element('h3', { textContent: outcome }));
  node.dataset.outcome = record.outcome;
  node.append(element('ul', {}, ...lines.map((line) => element('li', { textContent: line }))));
  node.append(element('p', { className: 'muted', textContent: `${title} · model ${record.model.id}, ${record.model.sha256.slice(0, 12)}` }), ...senders);
  return node;
}
