// The plot of docs/compression.md as SVG, drawn by hand: no library, no font but the reader's.

const escape = (/** @type {string} */ text) => text.replace(/[&<>]/g, (c) => `&#${c.charCodeAt(0)};`);

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
