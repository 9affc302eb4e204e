// Where a record sends its user to start the app: EHR launch, with `iss` and `launch` in the address. Not a medical device.
// SPDX-License-Identifier: MIT
import { problem, state } from '../portal/view.js';
import { configuration } from './configuration.js';
import { begin } from './smart.mjs';

try {
  const query = new URLSearchParams(location.search);
  const [iss, launch] = [query.get('iss'), query.get('launch')];
  if (!iss || !launch) throw new Error('This page is opened by a patient\'s record. It was opened without one.');
  await begin(await configuration(), { iss, launch });
} catch (error) {
  state('Not started.');
  problem(error);
  document.documentElement.dataset.ready = 'true';
}
