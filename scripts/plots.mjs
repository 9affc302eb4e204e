// Two small plots as SVG, drawn by hand: no library, no font but the reader's.

const SIZE = 260;
const MARGIN = 46;
const x = (/** @type {number} */ v) => (MARGIN + v * SIZE).toFixed(1);
const y = (/** @type {number} */ v) => (12 + (1 - v) * SIZE).toFixed(1);
const escape = (/** @type {string} */ text) => text.replace(/[&<>]/g, (c) => `&#${c.charCodeAt(0)};`);

/**
 * Axes from 0 to 1 with a diagonal, and what is drawn in them.
 * @param {string} title @param {string} across @param {string} upward @param {string} body
 */
function frame(title, across, upward, body) {
  const ticks = [0, 0.25, 0.5, 0.75, 1]
    .map(
      (t) =>
        `<path class="grid" d="M${x(t)} ${y(0)}V${y(1)}M${x(0)} ${y(t)}H${x(1)}"/>` +
        `<text x="${x(t)}" y="${SIZE + 28}" text-anchor="middle">${t}</text><text x="${MARGIN - 6}" y="${Number(y(t)) + 4}" text-anchor="end">${t}</text>`,
    )
    .join('\n');
  const [width, height] = [SIZE + MARGIN + 16, SIZE + 56];
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img">
<title>${escape(title)}</title>
<style>
svg { background: #fff; font: 11px system-ui, sans-serif; fill: #333 }
.grid { stroke: #e4e4e4 } .chance { stroke: #999; stroke-dasharray: 4 4 } .curve { fill: none; stroke: #0b6e99; stroke-width: 2 } .dot { fill: #0b6e99 }
</style>
${ticks}
<path class="chance" d="M${x(0)} ${y(0)}L${x(1)} ${y(1)}"/>
${body}
<text x="${x(0.5)}" y="${SIZE + 48}" text-anchor="middle">${escape(across)}</text>
<text transform="translate(12 ${y(0.5)}) rotate(-90)" text-anchor="middle">${escape(upward)}</text>
</svg>
`;
}

/** @param {[number, number][]} roc false and true positive rate @param {{ auc: number }} figures */
export function rocPlot(roc, { auc }) {
  const path = [[0, 0], ...roc].map(([fpr, tpr]) => `${x(fpr)} ${y(tpr)}`).join('L');
  const note = `<text x="${x(0.97)}" y="${y(0.05)}" text-anchor="end">AUC ${auc.toFixed(3)}</text>`;
  return frame('ROC curve', '1 - specificity', 'sensitivity', `<path class="curve" d="M${path}"/>\n${note}`);
}

/**
 * Dots grow with the number of pictures in their bin.
 * @param {{ count: number, predicted: number, observed: number }[]} bins @param {{ ece_positive: number, pictures: number }} figures @param {string} label
 */
export function reliabilityPlot(bins, { ece_positive: ece, pictures }, label) {
  const dots = bins
    .map(({ count, predicted, observed }) => `<circle class="dot" cx="${x(predicted)}" cy="${y(observed)}" r="${(2 + 8 * Math.sqrt(count / pictures)).toFixed(1)}"/>`)
    .join('\n');
  const note = `<text x="${x(0.97)}" y="${y(0.05)}" text-anchor="end">calibration error ${ece.toFixed(3)}</text>`;
  return frame('Reliability', `predicted probability of ${label}`, 'observed share', `${dots}\n${note}`);
}

/** Shapes, so that colour is not the only signal. @param {number} kind @param {number} cx @param {number} cy */
function mark(kind, cx, cy) {
  const at = `${cx.toFixed(1)} ${cy.toFixed(1)}`;
  return [
    `<circle class="m" cx="${cx.toFixed(1)}" cy="${cy.toFixed(1)}" r="5"/>`,
    `<path class="m" d="M${at}m-5 -5h10v10h-10z"/>`,
    `<path class="m" d="M${at}m0 -6l6 11h-12z"/>`,
    `<path class="m" d="M${at}m0 -7l7 7l-7 7l-7 -7z"/>`,
  ][kind % 4];
}

/**
 * Size of each variant, and what its figure loses against the float network.
 * @param {Record<string, { float_bytes: number, variants: { name: string, bytes: number, value: number }[] }>} results
 */
export function sizePlot(results) {
  const [width, height, left, top, bottom] = [760, 380, 70, 20, 60];
  const models = Object.entries(results);
  const points = models.flatMap(([model, { float_bytes: bytes, variants }], kind) =>
    variants.slice(1).map((v) => ({ kind, label: models.length > 1 ? `${model} ${v.name}` : v.name, factor: bytes / v.bytes, lost: 100 * (variants[0].value - v.value) })));
  const most = Math.max(...points.map(({ factor }) => factor)) * 1.12;
  const low = Math.min(0, ...points.map(({ lost }) => lost)) - 0.1;
  const high = Math.max(0.6, ...points.map(({ lost }) => lost)) * 1.1;
  const px = (/** @type {number} */ v) => left + (v / most) * (width - left - 30);
  const py = (/** @type {number} */ v) => top + ((v - low) / (high - low)) * (height - top - bottom);
  const grid = Array.from({ length: Math.floor(most / 2) + 1 }, (_, i) => i * 2)
    .map((v) => `<path class="grid" d="M${px(v).toFixed(1)} ${top}V${height - bottom}"/><text x="${px(v).toFixed(1)}" y="${height - bottom + 16}" text-anchor="middle">${v} x</text>`)
    .join('\n');
  const limit = py(0.5).toFixed(1);
  const body = points
    .map(({ kind, label, factor, lost }) => `<g><title>${escape(label)}: ${factor.toFixed(1)} x smaller, ${lost.toFixed(2)} points lost</title>${mark(kind, px(factor), py(lost))}<text x="${(px(factor) + 9).toFixed(1)}" y="${(py(lost) + 4).toFixed(1)}">${escape(label)}</text></g>`)
    .join('\n');
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img">
<title>How much smaller each technique makes a model, and what AUC it costs</title>
<style>
svg { background: #fff; font: 12px system-ui, sans-serif; fill: #333 }
.grid { stroke: #e4e4e4 } .limit { stroke: #8f3d06; stroke-dasharray: 5 4 } .m { fill: #0b6e99; stroke: #fff }
</style>
${grid}
<path class="limit" d="M${left} ${limit}H${width - 30}"/><text x="${width - 30}" y="${Number(limit) - 5}" text-anchor="end">0.5 points lost</text>
${body}
<text x="${(left + width - 30) / 2}" y="${height - 18}" text-anchor="middle">times smaller than the float network</text>
<text transform="translate(18 ${(top + height - bottom) / 2}) rotate(-90)" text-anchor="middle">points of AUC lost (down is worse)</text>
</svg>
`;
}
