// Numbers and tables of the documents.

/** .9838, or 1.0000, or - where there is none. @param {number | null | undefined} value */
export const number = (value) => (typeof value === 'number' && Number.isFinite(value) ? value.toFixed(4).replace(/^0\./, '.').replace(/^-0\./, '-.') : '-');
/** @param {number | null | undefined} value */
export const percent = (value) => (typeof value === 'number' && Number.isFinite(value) ? `${(100 * value).toFixed(1)} %` : '-');

/** A value with its interval. @param {number | null | undefined} value @param {(number | null)[] | undefined} ci @param {(v: number | null | undefined) => string} [show] */
export const interval = (value, ci, show = number) => (ci ? `${show(value)} (${show(ci[0])} to ${show(ci[1])})` : show(value));

/** @param {unknown[]} head @param {unknown[][]} rows */
export function table(head, rows) {
  const cell = (/** @type {unknown} */ value) => String(value ?? '').replaceAll('|', '\\|').replaceAll('\n', ' ');
  const line = (/** @type {unknown[]} */ cells) => `| ${cells.map(cell).join(' | ')} |`.replaceAll('|  |', '| |').replaceAll('|  |', '| |');
  return [line(head), `|${head.map(() => '---').join('|')}|`, ...rows.map(line)].join('\n');
}
