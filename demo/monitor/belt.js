// A heart-rate belt by Web Bluetooth: the Heart Rate service of the Bluetooth SIG. A belt sends rates and intervals, no ECG: no beat can be classified.
// SPDX-License-Identifier: MIT

export const SERVICE = 0x180d;
export const MEASUREMENT = 0x2a37;

/** rate: beats per minute, null without contact; gaps: seconds between beats. @typedef {{ rate: number | null, contact: boolean | null, gaps: number[] }} Measurement */

/**
 * Heart Rate Measurement: flags; the rate in 8 or 16 bits; perhaps energy; intervals in 1/1024 s. @param {DataView} view
 * @returns {Measurement | null} null: not of this form
 */
export function parseMeasurement(view) {
  if (view.byteLength < 2) return null;
  const flags = view.getUint8(0);
  const wide = flags & 1;
  let at = 2 + wide;
  if (flags & 8) at += 2; // energy expended
  if (view.byteLength < at || (!(flags & 16) && view.byteLength > at)) return null;
  const told = wide ? view.getUint16(1, true) : view.getUint8(1);
  const contact = flags & 4 ? (flags & 2) !== 0 : null; // supported; in contact
  /** @type {number[]} */
  const gaps = [];
  if (flags & 16) {
    if ((view.byteLength - at) % 2) return null;
    for (; at < view.byteLength; at += 2) gaps.push(view.getUint16(at, true) / 1024);
  }
  return { rate: contact === false || told === 0 ? null : told, contact, gaps };
}

/**
 * Asks for a belt and listens. @param {any} bluetooth navigator.bluetooth @param {(m: Measurement) => void} hear @param {(why: string) => void} lost why: a key of the catalogue
 * @returns {Promise<{ name: string, close: () => void }>}
 */
export async function connectBelt(bluetooth, hear, lost) {
  const device = await bluetooth.requestDevice({ filters: [{ services: [SERVICE] }] });
  let closed = false;
  device.addEventListener('gattserverdisconnected', () => !closed && lost('ecg.belt.gone'));
  const server = await device.gatt.connect();
  const characteristic = await (await server.getPrimaryService(SERVICE)).getCharacteristic(MEASUREMENT);
  characteristic.addEventListener('characteristicvaluechanged', (/** @type {any} */ event) => {
    const measurement = parseMeasurement(event.target.value);
    if (measurement) hear(measurement);
    else lost('ecg.belt.odd');
  });
  await characteristic.startNotifications();
  return {
    name: device.name ?? '',
    close() {
      closed = true;
      device.gatt.disconnect();
    },
  };
}
