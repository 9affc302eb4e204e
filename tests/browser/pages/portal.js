// A portal that has Bedside in a frame of another origin: `?frame=ADDRESS` is the frame's page, `?origin=` what the portal takes its origin for.
import { embed } from '/web/exam/frame-client.js';

const given = new URLSearchParams(location.search);
const address = String(given.get('frame'));
const iframe = document.createElement('iframe');
iframe.title = 'Bedside';
iframe.allow = 'camera; clipboard-write';
iframe.style.width = '100%';
const heard = /** @type {{type: string, detail: any}[]} */ ([]);
/** Everything that arrives, also what the client does not take. */
const raw = /** @type {{origin: string, data: any}[]} */ ([]);
addEventListener('message', ({ origin, data }) => void raw.push({ origin, data }));
document.querySelector('main')?.append(iframe);
iframe.src = address;
const frame = embed(iframe, { origin: given.get('origin') ?? new URL(address).origin, resize: true, timeout: Number(given.get('timeout') ?? 30_000) });
for (const type of ['ready', 'progress', 'result', 'refused', 'error']) {
  frame.addEventListener(type, (event) => void heard.push({ type, detail: /** @type {CustomEvent} */ (event).detail }));
}
Object.assign(globalThis, { frame, iframe, heard, raw, embed });
