// Electrocardiograms for firmware: one made up here, and whole records of MIT-BIH where the data are. Nothing of a patient leaves build/.
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { dataDir } from '../data.mjs';
import { run } from '../process.mjs';
import { SetupError } from '../setup.mjs';
import { readRecord } from '../../web/ecg.js';
import { chooseLeads, monitorSetup, unitsAt } from '../../web/record.js';
import { folder } from './networks.mjs';

/** Regular rhythm with premature supraventricular beats; pacing wires; many kinds of ventricular beats; the leads the other way round. */
export const WHOLE = ['100', '114', '208', '232'];

/**
 * Samples for a monitor: whole units of 5 microvolts, [samples][leads]; -32768: none was received. rails: both 0 if not known.
 * @typedef {{ name: string, rate: number, leads: number, leadII: boolean, rails: [number, number], values: Int16Array }} Signal
 */

/** The bytes that tests/mcu/ecg.c reads. @param {Signal} signal */
export function pack({ rate, leads, leadII, rails, values }) {
  const bytes = Buffer.alloc(32 + 2 * values.length);
  bytes.write('BDSECG2', 'latin1');
  [rate, leads, Number(leadII), values.length / leads, ...rails].forEach((value, i) => bytes.writeInt32LE(value, 8 + 4 * i));
  values.forEach((value, i) => bytes.writeInt16LE(value, 32 + 2 * i));
  return bytes;
}

/** Two minutes that no patient gave: bumps for P, QRS and T, now and then a wide early beat, noise, and stretches that nobody can judge. @returns {Signal} */
export function synthetic() {
  const [rate, seconds] = [360, 120];
  const values = new Int16Array(2 * rate * seconds);
  let state = 12345;
  const random = () => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0) / 2 ** 32;
  /** @param {number} at @param {number} width seconds @param {number[]} height of both leads */
  const bump = (at, width, height) => {
    for (let i = Math.max(0, Math.floor((at - 4 * width) * rate)); i < Math.min(rate * seconds, (at + 4 * width) * rate); i++) {
      const value = Math.exp(-(((i / rate - at) / width) ** 2));
      height.forEach((most, lead) => (values[2 * i + lead] += Math.round(most * value)));
    }
  };
  for (let at = 0.6, beat = 1; at < seconds - 1; beat++) {
    const wide = beat % 9 === 0;
    if (!wide) bump(at - 0.17, 0.03, [25, 12]);
    bump(at, wide ? 0.05 : 0.015, wide ? [-220, 260] : [210, 90]);
    bump(at + 0.045, wide ? 0.05 : 0.014, wide ? [120, -90] : [-45, -30]);
    bump(at + 0.28, 0.06, wide ? [70, -60] : [50, 20]);
    at += (beat + 1) % 9 === 0 ? 0.52 : wide ? 1.15 : 0.8 + 0.06 * (random() - 0.5);
  }
  for (let i = 0; i < values.length; i++) values[i] += Math.round(6 * (random() - 0.5));
  values.fill(-32768, 2 * 50 * rate, 2 * 51 * rate); // not received
  for (let i = 80 * rate; i < 84 * rate; i++) values[2 * i] = 900; // saturated, at the rail
  return { name: 'synthetic', rate, leads: 2, leadII: true, rails: [-900, 900], values };
}

/** @param {string} path without ending @param {string} name @returns {Signal} */
function wholeRecord(path, name) {
  const [hea, dat] = ['hea', 'dat'].map((kind) => new Uint8Array(readFileSync(`${path}.${kind}`)));
  const record = readRecord({ hea, dat });
  const chosen = chooseLeads(record);
  const values = new Int16Array(2 * record.samples);
  for (let i = 0; i < record.samples; i++) chosen.forEach((lead, k) => (values[2 * i + k] = unitsAt(record, i, lead) ?? -32768));
  const { leadII = false, rails = [0, 0] } = monitorSetup(record);
  return { name, rate: record.rate, leads: 2, leadII, rails, values };
}

/** The whole records, or why there are none. @returns {Promise<Signal[] | string>} */
async function wholeRecords() {
  const data = dataDir();
  const archive = data && join(data, 'mitdb/mitdb.tar.xz');
  if (!archive || !existsSync(archive)) return 'BEDSIDE_DATA names no folder that has mitdb/mitdb.tar.xz';
  const work = mkdtempSync(join(tmpdir(), 'bedside-records-'));
  try {
    const { code, output } = await run('tar', ['-xJf', archive, '-C', work, '--wildcards', ...WHOLE.flatMap((name) => [`*/${name}.hea`, `*/${name}.dat`])]);
    if (code !== 0) throw new SetupError(`${archive} does not unpack:\n${output}`);
    const inside = join(work, readdirSync(work)[0]);
    return WHOLE.map((name) => wholeRecord(join(inside, name), name));
  } finally {
    rmSync(work, { recursive: true });
  }
}

/**
 * Writes the records' NAME.ecg.
 * @param {{ whole: boolean }} which whole: the records of MIT-BIH, too
 * @returns {Promise<{ signals: Signal[], absent: string | null }>} absent: why they are not there
 */
export async function writeRecords({ whole }) {
  mkdirSync(folder, { recursive: true });
  const found = whole ? await wholeRecords() : [];
  const signals = [synthetic(), ...(typeof found === 'string' ? [] : found)];
  for (const signal of signals) {
    const [path, bytes] = [join(folder, `${signal.name}.ecg`), pack(signal)];
    if (!existsSync(path) || !readFileSync(path).equals(bytes)) writeFileSync(path, bytes);
  }
  return { signals, absent: typeof found === 'string' ? found : null };
}
