// Deflated data sets (PS3.5 A.5), with a hard limit: a few kilobytes can unpack to gigabytes.
// SPDX-License-Identifier: MIT
import { BedsideError, corrupt, tooLarge } from './errors.js';

/**
 * @param {Uint8Array} bytes raw deflate (RFC 1951) @param {number} most bytes of the result
 * @returns {Promise<Uint8Array>}
 */
async function unpack(bytes, most) {
  const stream = new DecompressionStream('deflate-raw');
  const writer = stream.writable.getWriter();
  // What goes wrong in writing, reading tells; without the two catches it would also be an unhandled rejection.
  writer.write(/** @type {BufferSource} */ (bytes)).catch(() => {});
  writer.close().catch(() => {});
  const reader = stream.readable.getReader();
  /** @type {Uint8Array[]} */
  const parts = [];
  let length = 0;
  for (let next = await reader.read(); !next.done; next = await reader.read()) {
    length += next.value.length;
    if (length > most) {
      reader.cancel().catch(() => {});
      throw tooLarge(`The deflated DICOM file unpacks to more than ${most} bytes.`);
    }
    parts.push(next.value);
  }
  const whole = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** @param {Uint8Array} bytes @param {number} most @returns {Promise<Uint8Array>} */
export async function inflate(bytes, most) {
  // A byte of padding makes the length even; some engines refuse it as something that does not belong there.
  const last = bytes.length - 1;
  const forms = last > 0 && bytes[last] === 0 ? [bytes, bytes.subarray(0, last)] : [bytes];
  let cause;
  for (const form of forms) {
    try {
      return await unpack(form, most);
    } catch (error) {
      if (error instanceof BedsideError) throw error;
      cause = error;
    }
  }
  throw corrupt('The deflated DICOM file does not unpack: it is damaged or cut off.', cause);
}
