// How <bedside-exam> looks. A constructable stylesheet: a policy of style-src 'self' allows it. Sides are logical, so that Arabic needs
// nothing of its own.
// Pages change it through the custom properties --bedside-* and ::part(): docs/element.md. Not a medical device.
// SPDX-License-Identifier: MIT
import { colourRules } from './colours.js';

const css = `
:host {
  display: block;
  container-type: inline-size;
  min-inline-size: min(100%, 18rem); /* as a flex item it would have no width of its own */
  font: var(--bedside-font, 1rem/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "Noto Sans Arabic", "Helvetica Neue", Arial, sans-serif);
  text-align: start;
}
:host([hidden]) { display: none; }
:host([scheme="auto"]) { color-scheme: light dark; }
:host([scheme="light"]) { color-scheme: light; }
:host([scheme="dark"]) { color-scheme: dark; }

${colourRules}
.root, dialog {
  --radius: var(--bedside-radius, 10px);
  color: var(--text);
}
.root { display: grid; grid-template-columns: minmax(0, 1fr); gap: 1rem; }

/* A scheme of its own needs ground of its own: the page's may be of the other one. */
:host([scheme="light"]) .root, :host([scheme="dark"]) .root { padding: 1rem; border-radius: var(--radius); background: var(--page); }

*, *::before, *::after { box-sizing: border-box; }
[hidden] { display: none !important; }
h2, h3, h4, p, figure, ol, ul, dl, dd, fieldset { margin: 0; padding: 0; }
h2 { font-size: clamp(1.35em, 1em + 1.6cqi, 1.9em); line-height: 1.2; letter-spacing: -0.01em; text-wrap: balance; }
[dir="rtl"] h2 { letter-spacing: 0; }
h3 { font-size: 1.05em; }
h4 { font-size: 0.95em; }
:focus-visible, .away:focus-visible + label { outline: 3px solid var(--accent); outline-offset: 2px; }

.icon { flex: none; inline-size: 1.35em; block-size: 1.35em; fill: none; stroke: currentcolor; stroke-width: 2; stroke-linecap: round; stroke-linejoin: round; }
.away { position: absolute; inline-size: 1px; block-size: 1px; overflow: hidden; clip-path: inset(50%); }
.small { color: var(--quiet); font-size: 0.9em; }
.quiet { color: var(--quiet); }
.hash { font-family: ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; font-size: 0.9em; overflow-wrap: anywhere; }
a { color: var(--accent); }
ul, ol { padding-inline-start: 1.3em; }

.notice { display: flex; gap: 0.6em; align-items: flex-start; padding: 0.6em 0.9em; border: 1px solid var(--strong-line); border-radius: var(--radius); background: var(--panel); font-size: 0.95em; }

/* One column on a phone, in the order of reading; two where there is room: the picture's column and the answer's. */
.columns { display: grid; gap: 1rem; grid-template-columns: minmax(0, 1fr); align-items: start; }
.panel { display: grid; grid-template-columns: minmax(0, 1fr); gap: 0.9em; align-content: start; padding: 1.1em; border: 1px solid var(--line); border-radius: var(--radius); background: var(--panel); }
@container (min-width: 54em) {
  .columns { grid-template-columns: repeat(2, minmax(0, 1fr)); grid-template-rows: auto 1fr; grid-template-areas: "choose answer" "picture answer"; }
  .columns > .choose { grid-area: choose; }
  .columns > .answer { grid-area: answer; align-self: stretch; }
  .columns > .picture { grid-area: picture; }
}

.button { display: inline-flex; align-items: center; gap: 0.5em; min-block-size: 2.5em; padding: 0.45em 1.1em; border: 1px solid var(--accent); border-radius: 8px; background: var(--accent); color: var(--on-accent); font: inherit; font-weight: 600; text-align: start; cursor: pointer; }
.button:hover { text-decoration: underline; }
.button.plain { background: transparent; color: var(--accent); }
.button:disabled { opacity: 0.5; cursor: default; text-decoration: none; }
.button.little { min-block-size: 1.9em; padding: 0.15em 0.7em; font-size: 0.88em; font-weight: 500; }
.link { display: inline; min-block-size: 24px; padding: 0.1em 0; border: 0; background: none; color: var(--accent); font: inherit; text-align: start; text-decoration: underline; cursor: pointer; }
.buttons { display: flex; flex-wrap: wrap; gap: 0.6em; align-items: center; }

/* ---- Choosing ---- */
.drop { display: flex; flex-wrap: wrap; align-items: center; gap: 0.6em 0.9em; padding: 0.9em; border: 2px dashed var(--strong-line); border-radius: var(--radius); }
.drop p { color: var(--quiet); font-size: 0.95em; }
.drop.over { border-style: solid; border-color: var(--accent); background: var(--tint); }
::slotted([slot="samples"]) { min-inline-size: 0; }

/* ---- The answer ---- */
.state { display: grid; grid-template-columns: minmax(0, 1fr); gap: 0.9em; }
.waiting { display: grid; justify-items: center; gap: 0.7em; padding: 3em 1em; border: 1px solid var(--line); border-radius: var(--radius); color: var(--quiet); text-align: center; }
.waiting > .icon { inline-size: 2.4em; block-size: 2.4em; stroke-width: 1.4; }
progress { inline-size: min(14em, 100%); accent-color: var(--accent); }
.late { visibility: hidden; animation: appear 0s 0.4s both; }
@keyframes appear { to { visibility: visible; } }

.verdict { display: flex; gap: 0.8em; align-items: center; padding: 0.9em 1em; border: 1px solid currentcolor; border-inline-start-width: 6px; border-radius: var(--radius); }
.verdict > .icon { inline-size: 2.2em; block-size: 2.2em; padding: 0.3em; border: 2px solid currentcolor; border-radius: 50%; }
.verdict h4 { font-size: 1.25em; line-height: 1.25; }
.verdict p { color: var(--text); }
.signs { background: var(--signs-tint); color: var(--signs); }
.none { background: var(--none-tint); color: var(--none); }
.says { background: var(--tint); color: var(--accent); }
.unsure { background: var(--unsure-tint); color: var(--unsure); }
.error { background: var(--error-tint); color: var(--error); }
.ask { display: grid; gap: 0.7em; padding: 0.9em 1em; border: 1px solid var(--strong-line); border-radius: var(--radius); background: var(--page); }
.reasons { display: grid; gap: 0.4em; }
.limit { display: grid; gap: 0.2em; justify-items: start; }
.limit [dir="ltr"] { justify-self: stretch; }
.frames .button { justify-self: start; }
.identity { display: grid; grid-template-columns: auto minmax(0, 1fr); gap: 0.1em 0.8em; font-size: 0.92em; overflow-wrap: anywhere; }
.identity dt { color: var(--quiet); }

.figure-line { display: flex; flex-wrap: wrap; align-items: baseline; gap: 0 0.6em; }
.figure-line strong { font-size: 2em; line-height: 1.2; font-variant-numeric: tabular-nums; }
.figure-line span { color: var(--quiet); }

/* 0 to 100 %. The band is the interval, the upright line the probability; --low, --high and --at are set for each bar. */
.bar { position: relative; display: block; padding-block-end: 1.1em; }
.track { position: relative; display: block; block-size: 0.8em; margin-block: 0.35em; border: 1px solid var(--strong-line); border-radius: 99px; background: var(--page); }
.band { position: absolute; inset-block: -1px; inset-inline-start: calc(var(--low) * 1%); inline-size: max(4px, calc((var(--high) - var(--low)) * 1%)); max-inline-size: 100%; border-radius: 99px; background: var(--accent); opacity: 0.55; }
.mark { position: absolute; inset-block: -0.35em; inset-inline-start: min(calc(var(--at) * 1%), calc(100% - 4px)); inline-size: 4px; border-radius: 2px; background: var(--text); }
.scale { position: absolute; inset-inline: 0; inset-block-end: 0; display: flex; justify-content: space-between; color: var(--quiet); font-size: 0.8em; line-height: 1; }
.scale span { inline-size: 3em; text-align: center; }
.scale span:first-child { text-align: start; }
.scale span:last-child { text-align: end; }
td .bar { padding: 0; min-inline-size: 5em; }
td .track { margin: 0; }

.scroll { overflow-x: auto; }
table { inline-size: 100%; border-collapse: collapse; font-size: 0.9em; }
th, td { padding: 0.35em 0.5em; border-block-end: 1px solid var(--line); text-align: start; vertical-align: middle; font-variant-numeric: tabular-nums; }
th { font-weight: 600; }
tr.leading > * { font-weight: 700; }
@container (max-width: 30em) { .wide { display: none; } }

details > summary { min-block-size: 24px; padding-block: 0.15em; cursor: pointer; }
details > summary { color: var(--quiet); font-size: 0.92em; }
details > :not(summary) { margin-block-start: 0.6em; }
.record { display: grid; gap: 0.5em; font-size: 0.9em; }
.record > div { display: grid; gap: 0.1em; }
.record dt { color: var(--quiet); }
.record dd { display: flex; flex-wrap: wrap; gap: 0.2em 0.6em; align-items: center; overflow-wrap: anywhere; min-inline-size: 0; }

/* ---- The picture ---- */
.stage { display: flex; flex-wrap: wrap; gap: 0.9em; align-items: flex-end; }
/* A picture is never turned over: its left stays left, also where words run from right to left. */
.film { position: relative; overflow: hidden; direction: ltr; flex: 0 1 auto; inline-size: min(100%, calc(22em * var(--w) / var(--h))); aspect-ratio: var(--w) / var(--h); border-radius: 6px; background: #000; line-height: 0; }
.film canvas { position: absolute; inset: 0; inline-size: 100%; block-size: 100%; }
.film .small-picture { image-rendering: pixelated; }
.film .crop { position: absolute; border: 2px dashed #fff; box-shadow: 0 0 0 100vmax rgb(0 0 0 / 60%); pointer-events: none; }
.film .over { opacity: var(--opacity); pointer-events: none; }
.film .crop, .film .over { left: calc(var(--x) * 1%); top: calc(var(--y) * 1%); inline-size: calc(var(--cw) * 1%); block-size: calc(var(--ch) * 1%); }
.film .over.exact { image-rendering: pixelated; }
.seen { flex: 1 1 8em; max-inline-size: 12em; color: var(--quiet); font-size: 0.85em; line-height: 1.4; }
.seen canvas { display: block; inline-size: 7em; margin-block-end: 0.4em; border-radius: 4px; background: #000; image-rendering: pixelated; }
figcaption { color: var(--quiet); font-size: 0.9em; overflow-wrap: anywhere; }
.slider { display: grid; grid-template-columns: auto minmax(6em, 1fr) auto; gap: 0.1em 0.8em; align-items: center; font-size: 0.92em; }
.slider input { min-inline-size: 0; inline-size: 100%; block-size: 24px; margin: 0; accent-color: var(--accent); }
.slider output { min-inline-size: 4.5em; text-align: end; font-variant-numeric: tabular-nums; }
@container (max-width: 26em) { .slider { grid-template-columns: minmax(0, 1fr) auto; } .slider input { grid-row: 2; grid-column: 1 / -1; } }
.ramp { display: grid; grid-template-columns: auto minmax(3em, 10em) auto; justify-content: start; gap: 0.6em; align-items: center; color: var(--quiet); font-size: 0.85em; }
.ramp i { block-size: 0.8em; border-radius: 99px; border: 1px solid var(--strong-line); background: linear-gradient(to right, rgb(40 10 80), rgb(170 40 120), rgb(250 120 60), rgb(255 240 170)); }
[dir="rtl"] .ramp i { transform: scaleX(-1); }
.words { display: grid; gap: 0.35em; }
.box { display: grid; gap: 0.6em; padding: 0.8em; border: 1px solid var(--line); border-radius: 8px; }
.box > legend { padding-inline: 0.3em; font-weight: 600; font-size: 0.92em; }
.channels { display: grid; grid-template-columns: repeat(auto-fill, minmax(3.5em, 1fr)); gap: 4px; }
.channels canvas { inline-size: 100%; aspect-ratio: 1; object-fit: contain; border-radius: 3px; background: #000; image-rendering: pixelated; }
canvas.vector { inline-size: 100%; block-size: 5em; border-radius: 3px; background: #000; }

#saved:empty { display: none; }
#saved { display: grid; gap: 0.4em; justify-items: start; }
.icon-line { display: flex; gap: 0.4em; align-items: flex-start; }
.icon-line .icon { inline-size: 1.2em; block-size: 1.4em; }

/* ---- Facts ---- */
.facts { display: flex; flex-wrap: wrap; gap: 1px; overflow: hidden; border: 1px solid var(--line); border-radius: var(--radius); background: var(--line); }
.facts > div { flex: 1 1 13em; min-inline-size: 0; padding: 0.8em 1.1em; background: var(--panel); font-size: 0.9em; overflow-wrap: anywhere; }
.facts h4 { display: flex; align-items: flex-start; gap: 0.45em; font-size: 1em; }
.facts p { color: var(--quiet); }
.facts ol { max-block-size: 12em; overflow: auto; font-size: 0.9em; }

/* ---- Dialogs ---- */
dialog { inline-size: min(46em, calc(100% - 2em)); max-block-size: calc(100dvh - 2em); padding: 0; border: 1px solid var(--strong-line); border-radius: var(--radius); background: var(--panel); color: var(--text); }
dialog::backdrop { background: rgb(0 0 0 / 55%); }
.sheet { display: grid; gap: 1em; padding: 1.2em; }
.sheet-head { display: flex; justify-content: space-between; align-items: flex-start; gap: 1em; }
.sheet dl { display: grid; gap: 0.7em; overflow-wrap: anywhere; }
.sheet dt { font-weight: 600; }
.sheet ul { padding: 0; list-style-position: inside; }
.sheet [dir="ltr"] { display: block; }
.sheet li[dir] { display: list-item; }
video { inline-size: 100%; max-block-size: 60dvh; border-radius: 6px; background: #000; }

@media (prefers-reduced-motion: no-preference) {
  .mark, .band { transition: inset-inline-start 0.25s ease-out, inline-size 0.25s ease-out; }
}
@media (forced-colors: active) {
  .mark { background: CanvasText; }
  .band { background: Highlight; }
  .verdict { border-color: CanvasText; }
  .film, .film * , .ramp i { forced-color-adjust: none; }
}
@media print { .choose, .facts, .save { display: none; } }
`;

/** @type {WeakMap<Document, CSSStyleSheet>} */
const sheets = new WeakMap();

/** One for all elements of a document. @param {Document} page */
export function styleSheet(page) {
  let sheet = sheets.get(page);
  if (!sheet) {
    sheet = new (page.defaultView ?? globalThis).CSSStyleSheet();
    sheet.replaceSync(css);
    sheets.set(page, sheet);
  }
  return sheet;
}
