// What the portal's tests share: small DICOM objects that are nothing but identifiers, multipart bodies, and servers that answer as told.
import { dicomFile } from '../support/dicom-writer.mjs';
import { json, loopback } from '../support/loopback.mjs';

/** UIDs under 2.25, by number. @param {number} n */
export const uid = (n) => `2.25.${n}`;

/** A DICOM file that says which object it is and no more. @param {{ study?: number, series?: number, instance?: number, sopClass?: string }} [ids] */
export const bare = ({ study = 1, series = 2, instance = 3, sopClass = '1.2.840.10008.5.1.4.1.1.88.33' } = {}) =>
  dicomFile([[0x00080016, 'UI', sopClass], [0x00080018, 'UI', uid(instance)], [0x0020000d, 'UI', uid(study)], [0x0020000e, 'UI', uid(series)]]);

/** A multipart/related body. @param {Uint8Array[]} parts @param {string} boundary */
export function multipart(parts, boundary) {
  const head = Buffer.from(`--${boundary}\r\nContent-Type: application/dicom\r\n\r\n`);
  return Buffer.concat([...parts.flatMap((part) => [head, Buffer.from(part), Buffer.from('\r\n')]), Buffer.from(`--${boundary}--\r\n`)]);
}

/** @typedef {(response: import('../support/loopback.mjs').Outgoing, request: import('../support/loopback.mjs').Seen) => void} Answer */

/** Runs with a server that gives the same answer to everything. @param {Answer} answer @param {(server: { url: string, seen: import('../support/loopback.mjs').Seen[] }) => Promise<void>} use */
export async function answering(answer, use) {
  const server = await loopback((request, response) => answer(response, request));
  try {
    await use({ url: `${server.origin}/dicom-web`, seen: server.seen });
  } finally {
    await server.close();
  }
}

/** @param {number} status @param {unknown} [content] @param {string} [type] @returns {Answer} */
export const says = (status, content = {}, type = 'application/dicom+json') => (response) => json(response, status, content, type);

/** An address where nothing listens: that of a server which has ended. */
export async function nowhere() {
  const server = await loopback(() => {});
  await server.close();
  return `${server.origin}/dicom-web`;
}
