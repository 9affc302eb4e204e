// Reading, beats and the network, beside the page's thread. A message {id, op, args} is answered by {id, ok} or {id, error}.
// SPDX-License-Identifier: MIT
import { BedsideError, loadModel } from '../../web/bedside.js';
import { loadEcg } from '../../web/ecg.js';
import { openRecord } from '../../web/records.js';
import { SyntheticEcg } from '../../web/synthetic-ecg.js';
import { liveSource, Player, recordSource, syntheticSource } from './player.js';

/** @typedef {import('./player.js').Source} Source */

/** @type {Player} */
let player;

/** What the page has to know of a source. @param {Source} source */
function opened({ read: _, ...source }) {
  return source;
}

/** @param {Source} source */
function open(source) {
  player.open(source);
  return opened(source);
}

/** @type {Record<string, (args: any) => unknown>} */
const operations = {
  /** @param {{ url: string, sha256: string }} source of the model */
  async load(source) {
    const [ecg, model] = await Promise.all([loadEcg(), loadModel(source)]);
    player = new Player(ecg, model);
    return { info: model.info, limits: model.text('limits'), citation: model.text('citation'), alarmLimits: player.limits };
  },
  /** @param {{ files: import('../../web/records.js').RecordFile[], options: import('../../web/csv.js').CsvOptions }} args */
  record: ({ files, options }) => {
    const record = openRecord(files, options);
    return { ...open(recordSource(record)), left: record.left, annotated: record.beats !== null };
  },
  /** @param {import('../../web/synthetic-ecg.js').SyntheticOptions} options */
  synthetic: (options) => open(syntheticSource(new SyntheticEcg(options))),
  /** @param {{ rate: number, leads: number, leadII: boolean }} args */
  live: ({ rate, leads, leadII }) => open(liveSource(rate, leads, leadII)),
  belt: () => player.openBelt(),
  /** @param {{ message: import('./belt.js').Measurement, time: number }} args */
  hear: ({ message, time }) => player.hear(message, time),
  /** @param {import('./alarms.js').Limits} limits */
  limits: (limits) => player.setLimits(limits),
  /** @param {{ count: number }} args */
  advance: ({ count }) => player.advance(count),
  /** @param {{ leads: Int32Array[] }} args */
  push: ({ leads }) => player.push(leads),
};

addEventListener('message', async ({ data: { id, op, args } }) => {
  try {
    if (!Object.hasOwn(operations, op)) throw new BedsideError('BDS_E_ARGUMENT', `The monitor knows no operation "${op}".`);
    postMessage({ id, ok: await operations[op](args) });
  } catch (error) {
    const { code = 'BDS_E_TRAP', message = String(error) } = /** @type {Partial<BedsideError>} */ (error);
    postMessage({ id, error: { code, message } });
  }
});
