"""The look of a report as a page: on a phone, a screen of either colour scheme, and A4 paper."""

from typing import Final

CSS: Final = """
:root { color-scheme: light dark; --ink: #1b1f24; --soft: #59626d; --paper: #fff; --panel: #f3f5f7; --line: #c9d0d7;
  --run: #4a6fa5; --plan: #1f7a55; --alarm: #a32d20; --alarm-panel: #fdeceb; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6e9ec; --soft: #a2acb6; --paper: #14181c; --panel: #1f252b;
  --line: #3c454e; --run: #8fb2e6; --plan: #6cc9a1; --alarm: #ff9d8f; --alarm-panel: #3a1f1c; } }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 60rem; padding: 1rem; color: var(--ink); background: var(--paper);
  font: 1rem/1.5 system-ui, "Segoe UI", "Noto Sans", "PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", sans-serif;
  overflow-wrap: anywhere; }
h1 { font-size: 1.5rem; line-height: 1.25; margin: .5rem 0 1rem; }
h2 { font-size: 1.2rem; margin: 2.2rem 0 .6rem; padding-bottom: .2rem; border-bottom: 2px solid var(--line); }
h3 { font-size: 1.05rem; margin: 1.4rem 0 .4rem; }
p, ul { margin: .5rem 0; }
ul { padding-left: 1.3rem; }
nav { font-size: .9rem; background: var(--panel); border-radius: .4rem; padding: .4rem .6rem; }
nav a { display: inline-block; padding: .25rem .5rem; color: inherit; }
.loud { padding: .6rem .8rem; border-left: 5px solid var(--alarm); background: var(--alarm-panel); font-weight: 600; }
table { width: 100%; border-collapse: collapse; margin: .6rem 0 1rem; font-size: .92em; }
th, td { text-align: left; vertical-align: top; padding: .35rem .5rem; border-bottom: 1px solid var(--line); }
thead th { overflow-wrap: normal; word-break: keep-all;
  border-bottom: 2px solid var(--soft); color: var(--soft); font-weight: 600; }
tbody th { width: 11rem; font-weight: 600; color: var(--soft); }
td { min-width: 7em; }
td.short { min-width: 0; white-space: nowrap; }
.form { table-layout: fixed; }
.form th:first-child { width: 40%; }
.form td, .form th { border: 1px solid var(--soft); }
.form td:empty { height: 2.6rem; }
.blank { height: 2.2rem; border-bottom: 1px solid var(--soft); }
.question { font-weight: 600; margin-top: 1.2rem; break-after: avoid; }
figure { margin: .8rem 0; }
figure img { display: block; max-width: 100%; max-height: 32rem; border: 1px solid var(--line); }
figcaption { font-size: .9rem; color: var(--soft); }
.picture { display: block; width: 100%; max-width: 32rem; height: auto; }
.picture text { fill: var(--ink); font-size: 10.5px; }
.picture .told { paint-order: stroke; stroke: var(--paper); stroke-width: 3px; stroke-linejoin: round; }
.picture .lane { text-anchor: middle; font-weight: 700; }
.picture .time, .picture .date { text-anchor: end; font-size: 10px; fill: var(--soft); }
.picture .date { font-weight: 700; }
.picture .axis, .picture .guide, .picture .pause { fill: none; stroke: var(--line); }
.picture .guide { stroke-dasharray: 2 4; }
.picture .pause { stroke: var(--ink); stroke-width: 1.2; }
.picture .bar { fill: var(--plan); fill-opacity: .55; stroke: var(--plan); stroke-width: .8; }
.picture .bar.run { fill: var(--run); fill-opacity: .35; stroke: none; }
.picture .bar.activated, .picture .bar.stood-down, .picture .bar.reconciled { fill: var(--paper); fill-opacity: 1; }
.picture .mark { fill: var(--ink); stroke: var(--ink); stroke-width: 1; }
.picture .not-possible, .picture .settled, .picture .restart, .picture .gap { fill: none; stroke-width: 2; }
.picture .not-possible, .picture .gap { stroke: var(--alarm); }
.picture .not-counted, .picture .note, .picture .put-off { fill: var(--paper); stroke-width: 1.6; }
.picture .across { fill: none; stroke: var(--soft); stroke-width: 1; stroke-dasharray: 5 3; }
@media screen and (max-width: 40rem) {
  .wide thead { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
  .wide, .wide tbody, .wide tr, .wide td { display: block; width: auto; }
  .wide tr { border-bottom: 1px solid var(--line); padding: .4rem 0; }
  .wide td { border: 0; padding: .05rem 0; }
  .wide td.short { display: inline-block; margin-right: 1rem; }
  .wide td::before { content: attr(data-head); color: var(--soft); font-size: .85em; margin-right: .6em; }
  .form.wide td { display: block; margin: 0; border: 0; border-bottom: 1px solid var(--soft); }
  tbody th { width: 6.5rem; }
}
@media print {
  @page { size: A4; margin: 15mm 14mm; }
  :root { color-scheme: light; --ink: #000; --soft: #333; --paper: #fff; --panel: #fff; --line: #999; --run: #555;
    --plan: #333; --alarm: #000; --alarm-panel: #fff; }
  body { max-width: none; padding: 0; font-size: 9.5pt; line-height: 1.35; }
  nav { display: none; }
  h2, h3 { break-after: avoid; }
  th, td { padding: 1.2pt 5pt; }
  h2 { margin: 14pt 0 4pt; }
  tr, figure, .loud, .blank { break-inside: avoid; }
  thead { display: table-header-group; }
  .loud { border: 1px solid #000; border-left-width: 5px; }
  .picture { max-width: 125mm; max-height: 250mm; }
  figure img { max-height: 110mm; }
}
"""
