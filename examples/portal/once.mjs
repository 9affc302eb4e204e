// Nothing is sent twice: not by a second click while the first is on its way, nor later unless the user says so, as long as the page or the process
// lives. A refusal by the server settles it; where it is unclear whether something has arrived, the user looks first. Not a medical device.
// SPDX-License-Identifier: MIT
import { BedsideError } from '../../web/bedside.js';

/** What was sent to which address, as long as the page or the process lives. @type {Map<string, 'sending' | 'sent' | 'unclear'>} */
const sent = new Map();

/**
 * @template T
 * @param {string[]} keys address and content
 * @param {boolean} again
 * @param {() => Promise<T>} send
 * @returns {Promise<T>}
 */
export async function once(keys, again, send) {
  const states = keys.map((key) => sent.get(key));
  if (states.includes('sending')) throw new BedsideError('BDS_E_STATE', 'This is being sent at the moment. It was not sent a second time.');
  if (!again && states.includes('unclear')) throw new BedsideError('BDS_E_STATE', 'This was sent before, and it is not clear whether it has arrived. It was not sent again: look there first.');
  if (!again && states.includes('sent')) throw new BedsideError('BDS_E_STATE', 'This has been sent to this address before. It was not sent again: a second report would lie beside the first.');
  for (const key of keys) sent.set(key, 'sending');
  try {
    const result = await send();
    for (const key of keys) sent.set(key, 'sent');
    return result;
  } catch (error) {
    const unclear = !(error instanceof BedsideError) || /** @type {string} */ (error.code) === 'BDS_E_UNCLEAR';
    for (const [i, key] of keys.entries()) {
      const before = states[i];
      if (unclear) sent.set(key, 'unclear');
      else if (before === undefined) sent.delete(key);
      else sent.set(key, before); // what had arrived before is still there
    }
    throw error;
  }
}
