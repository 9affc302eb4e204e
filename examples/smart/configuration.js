// What the app's server says of itself. Not a medical device.
// SPDX-License-Identifier: MIT

/** @returns {Promise<import('./smart.js').SmartConfig & { model: string }>} */
export async function configuration() {
  const answer = await fetch('config.json');
  if (!answer.ok) throw new Error(`This app does not say which records it works with (${answer.status}).`);
  const { smart, model } = await answer.json();
  return { ...smart, model, redirectUri: new URL('index.html', document.baseURI).href };
}
