import { Markup } from './markup.ts';

/** System fonts, light and dark by the reader's setting, printable. */
export const style = new Markup(`
:root { color-scheme: light dark; --ink: #1c2128; --soft: #59636e; --line: #d8dee4; --page: #fff; --panel: #f6f8fa; --critical: #b3261e; --warning: #8a5a00; --unknown: #7a3e9d; --pass: #1a7f37; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6edf3; --soft: #9aa4af; --line: #353c45; --page: #0f1319; --panel: #181d24; --critical: #ff7b72; --warning: #e3b341; --unknown: #d2a8ff; --pass: #56d364; } }
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 2rem 1.5rem 4rem; max-width: 68rem; background: var(--page); color: var(--ink); font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; }
h1 { font-size: 1.6rem; margin: 0; display: flex; gap: .75rem; align-items: baseline; flex-wrap: wrap; }
h2 { font-size: 1.1rem; margin: 2.2rem 0 .6rem; display: flex; justify-content: space-between; gap: 1rem; align-items: baseline; }
h2 small, .soft { color: var(--soft); font-weight: 400; font-size: .85rem; }
.lab { border: 2px dashed var(--unknown); color: var(--unknown); padding: .6rem 1rem; border-radius: .5rem; margin-bottom: 1.2rem; }
.critical, .fail { color: var(--critical); } .warning, .warn { color: var(--warning); } .unknown { color: var(--unknown); } .healthy, .pass { color: var(--pass); } .info, .skipped { color: var(--soft); }
table { border-collapse: collapse; width: 100%; }
th { text-align: left; font-weight: 600; color: var(--soft); font-size: .8rem; border-bottom: 1px solid var(--line); padding: .3rem .8rem .3rem 0; }
td { border-bottom: 1px solid var(--line); padding: .5rem .8rem .5rem 0; vertical-align: top; overflow-wrap: anywhere; }
td.mark { white-space: nowrap; font-weight: 600; } td.number, th.number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
code { font: .85em ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; }
pre { background: var(--panel); border: 1px solid var(--line); border-radius: .4rem; padding: .6rem .8rem; overflow-x: auto; margin: .4rem 0 0; white-space: pre-wrap; }
details { margin-top: .3rem; } summary { cursor: pointer; color: var(--soft); font-size: .85rem; }
.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(8rem, 1fr)); gap: .8rem; margin: 1.2rem 0; }
.tile { background: var(--panel); border: 1px solid var(--line); border-radius: .5rem; padding: .7rem .9rem; } .tile b { display: block; font-size: 1.5rem; line-height: 1.2; font-variant-numeric: tabular-nums; }
svg text { fill: currentColor; font: 13px system-ui, sans-serif; } svg .soft { fill: var(--soft); }
svg .bar-fail { fill: var(--critical); } svg .bar-warn { fill: var(--warning); } svg .bar-unknown { fill: var(--unknown); } svg .bar-pass { fill: var(--pass); } svg .bar-skipped { fill: var(--line); }
footer { margin-top: 3rem; color: var(--soft); font-size: .85rem; }
@media print { body { max-width: none; padding: 0; } details > *:not(summary) { display: block; } h2 { break-after: avoid; } tr { break-inside: avoid; } }
`);
