// The race as bars, an SVG drawn by hand: one block per model, one bar per contestant, as long as its time is in Bedside's. Names and
// figures stand at each bar and fillings differ, so colour is not the only signal; it follows the reader's light or dark page.
import { peers } from './race.mjs';

const WIDTH = 760;
const LEFT = 170; // where bars begin
const UNIT = 76; // Bedside's time
const MOST = 6; // longer bars are cut
const BAR = 16;
const GAP = 34;

const escape = (/** @type {string} */ text) => text.replace(/[&<>]/g, (c) => `&#${c.charCodeAt(0)};`);

const style = `
svg { font: 12px system-ui, sans-serif; background: #fff } text { fill: #24292f } .title { font-weight: 600 } .note { fill: #57606a }
.grid { stroke: #d0d7de } .bedside { fill: #0969da } .line { stroke: #57606a; stroke-width: 2 } .peer { stroke: #57606a }
.base { fill: #eaeef2 } .cut { fill: #fff }
@media (prefers-color-scheme: dark) {
svg { background: #0d1117 } text { fill: #e6edf3 } .note { fill: #9198a1 } .grid { stroke: #30363d } .bedside { fill: #4493f8 }
.line { stroke: #9198a1 } .peer { stroke: #9198a1 } .base { fill: #21262d } .cut { fill: #0d1117 }
}`;

/** Fillings: stripes one way, the other way, upright, across. */
const patterns = [
  ['M0 8L8 0M-2 2L2 -2M6 10L10 6', 0],
  ['M0 0L8 8M-2 6L2 10M6 -2L10 2', 0],
  ['M4 0V8', 0],
  ['M0 4H8', 0],
].map(([path], i) => `<pattern id="p${i}" width="8" height="8" patternUnits="userSpaceOnUse"><rect class="base" width="8" height="8"/><path class="line" d="${path}"/></pattern>`);

/** @param {number} ms */
export const milliseconds = (ms) => `${ms.toFixed(ms < 0.1 ? 4 : ms < 10 ? 3 : 1)} ms`;

/** @param {string} label @param {number} ms @param {number} factor @param {number} y @param {string} look */
function bar(label, ms, factor, y, look) {
  const length = Math.min(factor, MOST) * UNIT;
  const end = LEFT + length;
  const cut = factor > MOST ? `<path class="cut" d="M${end - 26} ${y - 1}l6 0l-8 ${BAR + 2}l-6 0z"/>` : '';
  const text = `${milliseconds(ms)}${factor === 1 ? '' : ` (${factor.toFixed(2)} x)`}`;
  return `<text x="${LEFT - 8}" y="${y + 12}" text-anchor="end"${factor === 1 ? ' class="title"' : ''}>${escape(label)}</text>` +
    `<rect ${look} x="${LEFT}" y="${y}" width="${length.toFixed(1)}" height="${BAR}"/>${cut}<text x="${(end + 6).toFixed(1)}" y="${y + 12}"${factor === 1 ? ' class="title"' : ''}>${text}</text>`;
}

/** @param {import('./run.mjs').Results} results */
export function chart({ models, machine }) {
  let y = 40;
  const blocks = Object.values(models).map(({ title, bedside_ms, peers: times, macs }) => {
    const rows = [`<text class="title" x="8" y="${y}">${escape(title)}</text><text class="note" x="${WIDTH - 8}" y="${y}" text-anchor="end">${(1e-6 * macs).toFixed(2)} M multiply-accumulates</text>`];
    y += 8;
    rows.push(bar('Bedside', bedside_ms, 1, y, 'class="bedside"'));
    Object.entries(peers).forEach(([name, label], i) => {
      if (!(name in times)) return;
      y += BAR + 4;
      rows.push(bar(label, times[name], times[name] / bedside_ms, y, `class="peer" fill="url(#p${i})"`));
    });
    y += GAP + BAR;
    return rows.join('\n');
  });
  const height = y;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" role="img">
<title>Time of one inference in Chromium, one thread, Bedside and its peers: shorter is better</title>
<style>${style}
</style>
<defs>${patterns.join('')}</defs>
<text class="note" x="8" y="16">One inference in ${escape(String(machine.browser).replace('Chrome/', 'Chromium '))}, one thread, least of many; bars in multiples of Bedside's time: shorter is better</text>
<path class="grid" d="M${LEFT + UNIT} 26V${height - GAP}"/>
${blocks.join('\n')}
</svg>
`;
}
