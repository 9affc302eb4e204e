// The colours of <bedside-exam>, named by use, for light and dark: each pair meets AA contrast, no colour carries a meaning alone.
// Not a medical device.
// SPDX-License-Identifier: MIT

/** By custom property: light, dark. @type {Record<string, [light: string, dark: string]>} */
const colours = {
  '--bedside-page': ['#f2f5f7', '#10181d'],
  '--bedside-panel': ['#ffffff', '#18232a'],
  '--bedside-line': ['#cfd8de', '#33434d'],
  '--bedside-strong-line': ['#71808b', '#8497a3'],
  '--bedside-text': ['#17242d', '#e8eef2'],
  '--bedside-quiet': ['#4a5a66', '#a9b8c2'],
  '--bedside-accent': ['#0b5c8c', '#6fbcea'],
  '--bedside-on-accent': ['#ffffff', '#07212f'],
  '--bedside-tint': ['#e6f0f6', '#1d323f'],
  '--bedside-signs': ['#8f3d06', '#f5ad72'],
  '--bedside-signs-tint': ['#fdf1e7', '#362517'],
  '--bedside-none': ['#41566a', '#b3c5d4'], // never the green of an all-clear: it rules nothing out
  '--bedside-none-tint': ['#ecf0f4', '#222d36'],
  '--bedside-unsure': ['#4d4694', '#b9b3f5'],
  '--bedside-unsure-tint': ['#efeefa', '#282648'],
  '--bedside-error': ['#a31621', '#ff9c9c'],
  '--bedside-error-tint': ['#fdecec', '#3d1d20'],
};

/** What the style sheet uses: `--page` is the page's `--bedside-page`, else a colour of ours. @param {(light: string, dark: string) => string} choose */
const declared = (choose) => Object.entries(colours).map(([own, pair]) => `${own.replace('bedside-', '')}: var(${own}, ${choose(...pair)});`).join(' ');

/**
 * Browsers without light-dark() cannot tell which scheme the page has: there all is light, on ground of its own, unless the attribute says
 * otherwise. A dialog stands beside the rest, in the top layer.
 */
export const colourRules = `
.root, dialog { ${declared((light) => light)} }
@supports not (color: light-dark(#000, #fff)) {
  :host, :host([scheme="auto"]) { color-scheme: light; }
  .root { padding: 1rem; border-radius: var(--radius); background: var(--page); }
  :host([scheme="dark"]) :is(.root, dialog) { ${declared((_, dark) => dark)} }
}
@supports (color: light-dark(#000, #fff)) {
  .root, dialog { ${declared((light, dark) => `light-dark(${light}, ${dark})`)} }
}
`;
