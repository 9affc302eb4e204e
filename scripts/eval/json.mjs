// JSON files that may not be there.
import { existsSync, readFileSync } from 'node:fs';

/** The content of a JSON file; null if there is no such file. @param {string} path @returns {any} */
export const jsonIfThere = (path) => (existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) : null);
