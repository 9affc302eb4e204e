// Instructions per multiply-accumulate as bars, an SVG drawn by hand: a block per board that there are published figures for, a pair of
// bars per network. Figures stand at the bars and fillings differ, so colour is not the only signal; it follows a light or dark page.
import { cmsisNn, perMac, tiny } from './bars.mjs';

const [WIDTH, LEFT, BAR, PAIR] = [760, 190, 15, 44];

const style = `
svg { font: 12px system-ui, sans-serif; background: #fff } text { fill: #24292f } .title { font-weight: 600 } .note { fill: #57606a }
.bedside { fill: #0969da } .peer { fill: url(#stripes); stroke: #57606a } .line { stroke: #57606a; stroke-width: 2 } .base { fill: #eaeef2 } .limit { stroke: #24292f; stroke-width: 2 }
@media (prefers-color-scheme: dark) {
svg { background: #0d1117 } text { fill: #e6edf3 } .note { fill: #9198a1 } .bedside { fill: #4493f8 } .line, .peer { stroke: #9198a1 } .base { fill: #21262d } .limit { stroke: #e6edf3 }
}`;

/**
 * @param {import('./report.mjs').Results} results
 * @param {Record<string, string>} titles of networks
 */
export function chart({ boards }, titles) {
  let y = 44;
  const blocks = Object.entries(cmsisNn).flatMap(([board, theirs]) => {
    const rows = tiny.flatMap((name) => (boards[board]?.[name] ? [{ name, ours: boards[board][name].per_mac, theirs: theirs[name], most: perMac[board][name] }] : []));
    if (rows.length === 0) return [];
    const unit = (WIDTH - LEFT - 160) / Math.max(...rows.flatMap((row) => [row.ours, row.theirs]));
    const bar = (/** @type {string} */ look, /** @type {number} */ value, /** @type {number} */ at, /** @type {string} */ note, /** @type {number} */ beside = value) =>
      `<rect class="${look}" x="${LEFT}" y="${at}" width="${(value * unit).toFixed(1)}" height="${BAR}"/><text x="${(LEFT + beside * unit + 8).toFixed(1)}" y="${at + 12}"${look === 'bedside' ? ' class="title"' : ''}>${value.toFixed(2)}${note}</text>`;
    const out = [`<text class="title" x="8" y="${y}">${board.replace('cortex-m', 'Cortex-M')}</text>`];
    y += 12;
    for (const row of rows) {
      const limit = (LEFT + row.most * unit).toFixed(1);
      out.push(
        `<text x="${LEFT - 8}" y="${y + 20}" text-anchor="end">${titles[row.name]}</text>`,
        bar('bedside', row.ours, y, ' Bedside', Math.max(row.ours, row.most)), // its text keeps clear of the limit
        bar('peer', row.theirs, y + BAR + 2, ` CMSIS-NN (${(row.theirs / row.ours).toFixed(2)} x)`),
        `<path class="limit" d="M${limit} ${y - 2}v${BAR + 4}"/>`,
      );
      y += PAIR;
    }
    y += 22;
    return out;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${y}" width="${WIDTH}" height="${y}" role="img">
<title>Executed instructions per multiply-accumulate, Bedside and CMSIS-NN: fewer is better</title>
<style>${style}
</style>
<defs><pattern id="stripes" width="8" height="8" patternUnits="userSpaceOnUse"><rect class="base" width="8" height="8"/><path class="line" d="M0 8L8 0M-2 2L2 -2M6 10L10 6"/></pattern></defs>
<text class="note" x="8" y="16">Executed instructions per multiply-accumulate, whole network, counted under QEMU; upright line: the limit. Fewer is better.</text>
${blocks.join('\n')}
</svg>
`;
}
