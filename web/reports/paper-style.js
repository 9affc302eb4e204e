// How the page to print looks: black on white, A4 or Letter, one page. Not a medical device.
// SPDX-License-Identifier: MIT

export const STYLE = `
@page { margin: 12mm; }
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 6mm; max-width: 190mm; color: #000; background: #fff; font: 9.5pt/1.35 system-ui, "Noto Sans", "Noto Sans Arabic", sans-serif; }
@media print { body { padding: 0; max-width: none; } }
h1 { font-size: 14pt; margin: 0; }
h2 { font-size: 13pt; margin: 0 0 1mm; }
h3 { font-size: 9.5pt; margin: 2mm 0 0; }
p { margin: 1mm 0; }
ul { margin: 0; padding-inline-start: 5mm; }
header, section, figure { margin: 0 0 3mm; break-inside: avoid; }
.notice { font-weight: 700; border: 0.4mm solid #000; padding: 1.5mm 2.5mm; }
.outcome { border: 0.4mm solid #000; border-inline-start-width: 3mm; padding: 2mm 3mm; }
.unsure { border-style: dashed; border-inline-start-style: solid; border-color: #8a4b00; background: #fff6e5; }
.refused { border-style: double; border-width: 1mm; border-color: #8f0000; background: #fdecec; }
table { width: 100%; border-collapse: collapse; }
th, td { text-align: start; padding: 0.6mm 2mm; border-bottom: 0.2mm solid #999; font-weight: 400; }
thead th { border-bottom-color: #000; font-size: 8.5pt; color: #333; }
.bar { display: block; width: 45mm; height: 3mm; border: 0.2mm solid #666; }
.interval { fill: #bbb; }
.value { fill: #000; }
[dir="rtl"] .bar { transform: scaleX(-1); }
.beside { display: flex; gap: 5mm; align-items: flex-start; }
.beside figure { flex: 0 0 62mm; }
.beside section { flex: 1; }
img { width: 62mm; height: auto; max-height: 75mm; object-fit: contain; border: 0.2mm solid #000; image-rendering: auto; print-color-adjust: exact; }
figcaption { font-size: 8.5pt; }
dl { margin: 0 0 2mm; }
dl div { display: flex; gap: 2mm; }
dt { flex: 0 0 34mm; color: #333; }
dd { margin: 0; overflow-wrap: anywhere; }
.origin { font-size: 8pt; border-top: 0.2mm solid #000; padding-top: 2mm; }
code { font-size: 7.5pt; }
footer .notice { font-size: 8pt; }
`;
