// What the portal's tests share: small DICOM objects that are nothing but identifiers, multipart bodies, and servers that answer as told.
import { json, loopback } from '../support/loopback.mjs';

/** UIDs under 2.25, by number. @param {number} n */
export const uid = (n) => `2.25.${n}`;

/** An element in explicit little endian. @param {number} group @param {number} number @param {string} vr a short one @param {string} value */
function element(group, number, vr, value) {
  const bytes = Buffer.from(value.length % 2 ? `${value}${vr === 'UI' ? '\0' : ' '}` : value, 'latin1');
  const head = Buffer.alloc(8);
  head.writeUInt16LE(group, 0);
  head.writeUInt16LE(number, 2);
  head.write(vr, 4, 'latin1');
  head.writeUInt16LE(bytes.length, 6);
  return Buffer.concat([head, bytes]);
}

/** A DICOM file that says which object it is and no more. @param {{ study?: number, series?: number, instance?: number, sopClass?: string }} [ids] */
export function bare({ study = 1, series = 2, instance = 3, sopClass = '1.2.840.10008.5.1.4.1.1.88.33' } = {}) {
  const meta = Buffer.concat([element(2, 2, 'UI', sopClass), element(2, 3, 'UI', uid(instance)), element(2, 0x10, 'UI', '1.2.840.10008.1.2.1'), element(2, 0x12, 'UI', uid(999))]);
  const length = Buffer.from([2, 0, 0, 0, 0x55, 0x4c, 4, 0, 0, 0, 0, 0]);
  length.writeUInt32LE(meta.length, 8);
  const data = [element(8, 0x16, 'UI', sopClass), element(8, 0x18, 'UI', uid(instance)), element(0x20, 0xd, 'UI', uid(study)), element(0x20, 0xe, 'UI', uid(series))];
  return new Uint8Array(Buffer.concat([Buffer.alloc(128), Buffer.from('DICM'), length, meta, ...data]));
}

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
