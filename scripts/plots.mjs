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
