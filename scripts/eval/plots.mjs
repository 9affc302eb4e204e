// The plots of docs/evidence as SVG, drawn by hand: no library, no font but the reader's, for light and dark backgrounds. Lines differ by dashes and
// marks, not by colour alone.

/** @typedef {[number, number]} Point */

const INK = ['#0b6e99', '#a3450c', '#4c7a1d', '#7a3fa0', '#9c2f4b', '#3c5aa8', '#7d6608', '#2f7f73'];
const INK_DARK = ['#5cc1e8', '#f0a070', '#9ccf63', '#c69ae8', '#f08ca6', '#94b0f5', '#d9bf4a', '#6fd0c0'];
const DASHES = ['', '7 3', '2 3', '9 3 2 3', '4 4', '12 4', '1 4', '6 2 1 2 1 2'];

const escape = (/** @type {unknown} */ text) => String(text).replace(/[&<>"]/g, (c) => `&#${c.charCodeAt(0)};`);
const at = (/** @type {number} */ v) => v.toFixed(1);

const style = () => `<style>
svg { background: #fff; font: 11px system-ui, sans-serif; fill: #222 }
.grid { stroke: #e2e2e2 } .chance { stroke: #8a8a8a; stroke-dasharray: 4 4 } .line { fill: none; stroke-width: 2 } .mark { stroke: #fff; stroke-width: 1 } .cell { fill: #0b6e99 } .over { fill: #fff }
${INK.map((ink, i) => `.s${i} { stroke: ${ink} } .f${i} { fill: ${ink} }`).join(' ')}
@media (prefers-color-scheme: dark) {
svg { background: #14181c; fill: #e4e4e4 }
.grid { stroke: #353a40 } .chance { stroke: #9a9a9a } .mark { stroke: #14181c } .cell { fill: #5cc1e8 } .over { fill: #14181c }
${INK_DARK.map((ink, i) => `.s${i} { stroke: ${ink} } .f${i} { fill: ${ink} }`).join(' ')}
}
</style>`;

/** @param {string} title @param {number} width @param {number} height @param {string} body */
const svg = (title, width, height, body) => `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img">
<title>${escape(title)}</title>
${style()}
${body}
</svg>
`;

/** A shape for each series. @param {number} kind @param {number} x @param {number} y @param {string} [title] */
function mark(kind, x, y, title = '') {
  const p = `${at(x)} ${at(y)}`;
  const shape = [`M${p}m-4 0a4 4 0 1 0 8 0a4 4 0 1 0 -8 0z`, `M${p}m-4 -4h8v8h-8z`, `M${p}m0 -5l5 9h-10z`, `M${p}m0 -6l6 6l-6 6l-6 -6z`, `M${p}m-5 -4h10l-5 9z`][kind % 5];
  return `<path class="mark f${kind % 8}" d="${shape}">${title ? `<title>${escape(title)}</title>` : ''}</path>`;
}

/** @typedef {{ label: string, ticks: number[], low: number, high: number, show?: (tick: number) => string, log?: boolean }} Axis */

/**
 * Axes with a grid, and what is drawn in them.
 * @param {string} title @param {Axis} across @param {Axis} upward
 * @param {(x: (v: number) => number, y: (v: number) => number) => string} draw
 * @param {{ width?: number, height?: number, right?: number }} [size] right: room for a legend
 */
function chart(title, across, upward, draw, { width = 260, height = 260, right = 16 } = {}) {
  const [left, top, bottom] = [50, 12, 44];
  const share = (/** @type {Axis} */ { low, high, log }, /** @type {number} */ v) => (log ? Math.log(v / low) / Math.log(high / low) : (v - low) / (high - low));
  const x = (/** @type {number} */ v) => left + share(across, v) * width;
  const y = (/** @type {number} */ v) => top + (1 - share(upward, v)) * height;
  const show = (/** @type {Axis} */ axis, /** @type {number} */ v) => escape(axis.show ? axis.show(v) : v);
  const grid = [
    ...across.ticks.map((t) => `<path class="grid" d="M${at(x(t))} ${top}V${top + height}"/><text x="${at(x(t))}" y="${top + height + 16}" text-anchor="middle">${show(across, t)}</text>`),
    ...upward.ticks.map((t) => `<path class="grid" d="M${left} ${at(y(t))}H${left + width}"/><text x="${left - 6}" y="${at(y(t) + 4)}" text-anchor="end">${show(upward, t)}</text>`),
  ].join('\n');
  const names = `<text x="${left + width / 2}" y="${top + height + 36}" text-anchor="middle">${escape(across.label)}</text>
<text transform="translate(12 ${top + height / 2}) rotate(-90)" text-anchor="middle">${escape(upward.label)}</text>`;
  return svg(title, left + width + right, top + height + bottom, `${grid}\n${draw(x, y)}\n${names}`);
}

const UNIT = [0, 0.25, 0.5, 0.75, 1];
/** @param {string} label @returns {Axis} */
const unit = (label) => ({ label, ticks: UNIT, low: 0, high: 1 });

/** @param {Point[]} points @param {(v: number) => number} x @param {(v: number) => number} y @param {number} kind */
const line = (points, x, y, kind) => `<path class="line s${kind % 8}" stroke-dasharray="${DASHES[kind % 8]}" d="M${points.map(([a, b]) => `${at(x(a))} ${at(y(b))}`).join('L')}"/>`;

/** A line of the legend. @param {number} left @param {number} top @param {number} kind @param {string} text @param {boolean} [marked] */
const legend = (left, top, kind, text, marked = false) =>
  `<path class="line s${kind % 8}" stroke-dasharray="${DASHES[kind % 8]}" d="M${left} ${top}h24"/>${marked ? mark(kind, left + 12, top) : ''}<text x="${left + 30}" y="${top + 4}">${escape(text)}</text>`;

/** At most `most` points, the first and the last among them. @param {Point[]} points @param {number} [most] */
export function thin(points, most = 250) {
  if (points.length <= most) return points;
  return Array.from({ length: most }, (_, i) => points[Math.round((i * (points.length - 1)) / (most - 1))]);
}

/** @param {string} name @param {{ label: string, points: Point[], auc: number }[]} curves */
export function rocPlot(name, curves) {
  return chart(
    `${name}: ROC`,
    unit('1 - specificity'),
    unit('sensitivity'),
    (x, y) =>
      [
        `<path class="chance" d="M${at(x(0))} ${at(y(0))}L${at(x(1))} ${at(y(1))}"/>`,
        ...curves.map(({ points }, i) => line([[0, 0], ...thin(points)], x, y, i)),
        ...curves.map(({ label, auc }, i) => legend(x(1) + 14, y(1) + 14 + 18 * i, i, `${label}: AUC ${auc.toFixed(3)}`)),
      ].join('\n'),
    { right: 240 },
  );
}

/** Dots grow with the number of samples in their bin. @param {string} name @param {{ bins: { count: number, predicted: number, observed: number }[], ece: number, of: string }} calibration */
export function reliabilityPlot(name, { bins, ece, of }) {
  const all = bins.reduce((sum, { count }) => sum + count, 0);
  return chart(`${name}: reliability`, unit(`predicted probability of ${of}`), unit('observed share'), (x, y) =>
    [
      `<path class="chance" d="M${at(x(0))} ${at(y(0))}L${at(x(1))} ${at(y(1))}"/>`,
      ...bins.map(({ count, predicted, observed }) => `<circle class="mark f0" cx="${at(x(predicted))}" cy="${at(y(observed))}" r="${at(2 + 8 * Math.sqrt(count / all))}"><title>${count} samples</title></circle>`),
      `<text x="${at(x(0.97))}" y="${at(y(0.05))}" text-anchor="end">calibration error ${ece.toFixed(3)}</text>`,
    ].join('\n'),
  );
}

/** Rows: the truth; columns: the answer, which may lack the last labels; the darker, the larger the share of the row. @param {string} name @param {number[][]} table @param {readonly string[]} labels */
export function confusionPlot(name, table, labels) {
  const [left, top, side] = [150, 96, 48];
  const [n, across] = [table.length, table[0].length];
  const cells = table.map((row, i) => {
    const sum = row.reduce((a, b) => a + b, 0);
    const y = top + i * side;
    const shown = row.map((count, k) => {
      const share = sum > 0 ? count / sum : 0;
      const x = left + k * side;
      return `<rect class="cell" x="${x + 1}" y="${y + 1}" width="${side - 2}" height="${side - 2}" opacity="${(0.06 + 0.94 * share).toFixed(3)}"/><text class="${share > 0.5 ? 'over' : 'under'}" x="${x + side / 2}" y="${y + side / 2 + 4}" text-anchor="middle">${count}</text>`;
    });
    return `<text x="${left - 8}" y="${y + side / 2 + 4}" text-anchor="end">${escape(labels[i] ?? i)}</text>${shown.join('')}`;
  });
  const heads = table[0].map((_, k) => `<text transform="translate(${left + k * side + side / 2 + 4} ${top - 8}) rotate(-45)">${escape(labels[k] ?? k)}</text>`);
  const names = `<text x="${left - 8}" y="${top - 8}" text-anchor="end">truth \\ answer</text>`;
  return svg(`${name}: confusion, number of samples`, left + across * side + 90, top + n * side + 12, [...cells, ...heads, names].join('\n'));
}

/** @param {string} name @param {{ aurc: number, curve: Point[], measure: string, abstains?: number }} risk */
export function riskPlot(name, { aurc, curve, measure, abstains }) {
  const shown = thin(curve.filter(([coverage]) => coverage >= 0.02));
  const most = Math.max(0.02, ...shown.map(([, risk]) => risk));
  const step = [0.005, 0.01, 0.02, 0.05, 0.1, 0.2].find((s) => most / s <= 6) ?? 0.25;
  const high = step * Math.ceil(most / step);
  const upward = { label: measure, ticks: Array.from({ length: Math.round(high / step) + 1 }, (_, i) => Number((i * step).toFixed(3))), low: 0, high };
  return chart(`${name}: risk and coverage`, unit('share that is answered'), upward, (x, y) =>
    [
      line(shown, x, y, 0),
      abstains !== undefined && abstains < 1 ? `<path class="chance" d="M${at(x(abstains))} ${at(y(0))}V${at(y(high))}"/><text x="${at(x(abstains) - 4)}" y="${at(y(high) + 12)}" text-anchor="end">the file's limit</text>` : '',
      `<text x="${at(x(0.03))}" y="${at(y(high) + 14)}">area ${aurc.toFixed(4)}</text>`,
    ].join('\n'),
  );
}

/**
 * One line for each kind of harm, from none to the strongest.
 * @param {string} name @param {string} metric @param {{ name: string, unit: string, steps: { strength: number | null, value: number }[] }[]} shifts
 */
export function shiftPlot(name, metric, shifts) {
  const values = shifts.flatMap(({ steps }) => steps.map(({ value }) => value)).filter(Number.isFinite);
  const low = Math.max(0, Math.floor(10 * Math.min(...values)) / 10);
  const count = Math.max(...shifts.map(({ steps }) => steps.length));
  const ticks = Array.from({ length: Math.round((1 - low) * 10) + 1 }, (_, i) => Number((low + i / 10).toFixed(1)));
  const across = { label: 'step', ticks: Array.from({ length: count }, (_, i) => i), low: 0, high: count - 1, show: (/** @type {number} */ t) => (t === 0 ? 'none' : String(t)) };
  return chart(
    `${name}: ${metric} of harmed pictures`,
    across,
    { label: metric, ticks, low, high: 1 },
    (x, y) =>
      shifts
        .map(({ name: kind, unit: of, steps }, k) => {
          const points = steps.map(({ value }, i) => /** @type {Point} */ ([i, value])).filter(([, v]) => Number.isFinite(v));
          const marks = points.map(([i, v]) => mark(k, x(i), y(v), `${kind} ${steps[i].strength ?? ''}: ${v.toFixed(3)}`)).join('');
          const strengths = steps.flatMap(({ strength }) => (strength === null ? [] : [strength])).join(', ');
          return `${line(points, x, y, k)}${marks}${legend(x(count - 1) + 14, y(1) + 14 + 20 * k, k, `${kind} (${strengths} ${of})`, true)}`;
        })
        .join('\n'),
    { width: 320, right: 270 },
  );
}

/** Size of the file against the figure, with its interval. @param {string} name @param {string} metric @param {{ name: string, bytes: number, value: number, low?: number, high?: number }[]} rows */
export function sizePlot(name, metric, rows) {
  const bytes = rows.map((row) => row.bytes);
  const [least, most] = [Math.min(...bytes) / 1.3, Math.max(...bytes) * 1.3];
  const values = rows.flatMap((row) => [row.value, row.low ?? row.value, row.high ?? row.value]).filter(Number.isFinite);
  const step = Math.max(...values) - Math.min(...values) > 0.25 ? 0.1 : 0.02;
  const [low, high] = [Math.floor(Math.min(...values) / step) * step, Math.min(1, Math.ceil(Math.max(...values) / step + 0.01) * step)];
  const ticks = Array.from({ length: Math.round((high - low) / step) + 1 }, (_, i) => Number((low + i * step).toFixed(2)));
  const sizes = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000].map((kb) => kb * 1000).filter((b) => b >= least && b <= most);
  return chart(
    `${name}: size and ${metric}`,
    { label: 'file, KB', ticks: sizes, low: least, high: most, log: true, show: (b) => String(b / 1000) },
    { label: metric, ticks, low, high },
    (x, y) =>
      rows
        .map(({ name: row, bytes: size, value, low: a, high: b }, k) => {
          const bar = a !== undefined && b !== undefined ? `<path class="line s${k % 8}" d="M${at(x(size))} ${at(y(a))}V${at(y(b))}"/>` : '';
          return `${bar}${mark(k, x(size), y(value), `${row}: ${size} bytes, ${value.toFixed(4)}`)}${mark(k, x(most) + 26, y(high) + 14 + 18 * k)}<text x="${at(x(most) + 40)}" y="${at(y(high) + 18 + 18 * k)}">${escape(row)}</text>`;
        })
        .join('\n'),
    { width: 360, height: Math.max(260, 18 * rows.length), right: 250 },
  );
}
