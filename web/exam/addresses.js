// What a page's relative addresses are relative to. Not a medical device.
// SPDX-License-Identifier: MIT

/** The page's base, which <base href> may have set, as the browser itself takes it; of a worker its script; none under Node. @returns {string | undefined} */
export const baseAddress = () => globalThis.document?.baseURI ?? globalThis.location?.href;

/** @param {URL | string} address */
export const absoluteAddress = (address) => new URL(address, baseAddress()).href;
