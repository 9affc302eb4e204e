// Files of a folder: from the folder field, or from what was dropped, folders within folders included. Not a medical device.
// SPDX-License-Identifier: MIT

/** @typedef {{ path: string, file: File | null, problem: string }} Item file is null if it cannot be had; problem says why */

/** @param {Iterable<File>} files of a field */
export function fromField(files) {
  return Array.from(files, (file) => /** @type {Item} */ ({ path: file.webkitRelativePath || file.name, file, problem: '' }));
}

/** In pieces of a hundred or so, until there are no more. @param {FileSystemDirectoryEntry} folder @returns {Promise<FileSystemEntry[]>} */
async function childrenOf(folder) {
  const reader = folder.createReader();
  /** @type {FileSystemEntry[]} */
  const all = [];
  for (;;) {
    /** @type {FileSystemEntry[]} */
    const some = await new Promise((resolve, reject) => reader.readEntries(resolve, reject));
    if (some.length === 0) return all;
    all.push(...some);
  }
}

/** @param {FileSystemEntry} entry @param {Item[]} found */
async function visit(entry, found) {
  const path = entry.fullPath.replace(/^\//, '');
  try {
    if (entry.isDirectory) {
      const children = await childrenOf(/** @type {FileSystemDirectoryEntry} */ (entry));
      for (const child of children) await visit(child, found);
    } else {
      found.push({ path, file: await new Promise((resolve, reject) => /** @type {FileSystemFileEntry} */ (entry).file(resolve, reject)), problem: '' });
    }
  } catch (error) {
    // A row of its own: what could not be read must not be missing without a word.
    found.push({ path, file: null, problem: error instanceof Error ? error.message : String(error) });
  }
}

/** @param {DataTransfer | null} transfer its entries must be asked for at once: they are gone after the event */
export async function fromDrop(transfer) {
  const entries = Array.from(transfer?.items ?? [], (item) => (item.kind === 'file' ? item.webkitGetAsEntry?.() : null));
  const files = Array.from(transfer?.files ?? []);
  if (!entries.some(Boolean)) return fromField(files);
  /** @type {Item[]} */
  const found = [];
  for (const entry of entries) if (entry) await visit(entry, found);
  return found;
}

/** As a person counts: a2 before a10. @param {Item[]} items */
export function inOrder(items) {
  const { compare } = new Intl.Collator('en', { numeric: true });
  return items.sort((a, b) => compare(a.path, b.path));
}
