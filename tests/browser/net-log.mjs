// Everything that a browser asks of the network, as its network service itself writes it down: requests of pages, workers and service workers
// alike, and every name that is looked up. Chromium's --log-net-log; what the browser wants for itself is told apart by who began it.
import { readFileSync } from 'node:fs';
import puppeteer from 'puppeteer-core';
import { findChromium } from '../../scripts/setup.mjs';

/** One request of the network. initiator: the origin that began it; null: the browser itself. @typedef {{ url: string, method: string, initiator: string | null }} Asked */

/** @param {string} log where the browser writes */
export const launchLogged = (log) =>
  puppeteer.launch({
    executablePath: /** @type {string} */ (findChromium()),
    args: [
      '--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync',
      `--log-net-log=${log}`, '--net-log-capture-mode=Everything',
    ],
  });

/** The log of a browser that was closed. @param {string} log @returns {Asked[]} */
export function read(log) {
  let text = readFileSync(log, 'utf8').trimEnd();
  if (!/\]\s*,?\s*("polledData"[^]*)?\}$/.test(text)) text = `${text.replace(/,$/, '')}]}`; // a browser that was ended at once
  const { constants, events } = JSON.parse(text);
  const start = constants.logEventTypes.URL_REQUEST_START_JOB;
  return events
    .filter((/** @type {any} */ { type, params }) => type === start && params?.url)
    .map((/** @type {any} */ { params }) => ({ url: params.url, method: params.method ?? 'GET', initiator: /^https?:/.test(params.initiator ?? '') ? params.initiator : null }));
}
