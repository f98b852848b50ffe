"""The style sheet of the history's pages."""

from __future__ import annotations

from zxhil.report.html_style import BASE

_OWN = """
.v-bad{fill:var(--bad)}.v-known{fill:var(--amber)}.v-good{fill:var(--leaf)}
.v-open,.v-free,.v-gone{fill:var(--dim);opacity:.5}
:root{--leaf:#2da44e;--amber:#bf8700}
@media(prefers-color-scheme:dark){:root{--leaf:#3fb950;--amber:#d29922}}
rect{shape-rendering:crispEdges}
svg.strip{display:block;width:100%;height:14px;background:var(--soft)}
svg.chart{display:block;width:100%;height:9rem;background:var(--soft);
border-bottom:1px solid var(--dim)}
.top,.axis{color:var(--dim);font-size:.78rem;font-variant-numeric:tabular-nums}
.axis{display:flex;justify-content:space-between;gap:.5rem}
.lines{display:grid;gap:0 2rem;grid-template-columns:repeat(auto-fit,minmax(min(100%,26rem),1fr))}
.line{min-width:0}
nav{margin:.8rem 0 0}
details>table,details>p{margin:0 .75rem;width:calc(100% - 1.5rem)}
table{border-collapse:collapse;width:100%;font-size:.9rem}
th,td{text-align:left;vertical-align:top;padding:.25rem .75rem .25rem 0;
border-bottom:1px solid var(--line);overflow-wrap:break-word}
td.number{font-variant-numeric:tabular-nums}
.legend{list-style:none;padding:0;display:flex;flex-wrap:wrap;gap:.2rem 1.2rem;font-size:.9rem}
.legend svg{display:inline-block;width:1.6rem;vertical-align:middle;margin-right:.35rem}
details{border:1px solid var(--line);border-radius:.5rem;margin:.5rem 0;content-visibility:auto;
contain-intrinsic-size:auto 2.6rem}
summary{cursor:pointer;padding:.4rem .75rem;background:var(--soft);border-radius:.5rem;
overflow-wrap:anywhere}
.clause{border-top:1px solid var(--line);padding:.4rem .75rem;display:grid;gap:.1rem 1rem;
grid-template-columns:minmax(0,1fr) minmax(0,1fr);align-items:center}
.clause p{margin:0;overflow-wrap:anywhere}
.named{display:grid;grid-template-columns:5.5rem minmax(0,1fr);gap:.5rem;align-items:center;
font-size:.78rem;margin:2px 0}
.named>span{color:var(--dim);overflow-wrap:anywhere}
pre{background:var(--soft);border-radius:.3rem;padding:.5rem .75rem;white-space:pre-wrap;
overflow-wrap:anywhere}
blockquote{margin:.3rem 0;border-left:3px solid var(--bad);padding-left:.75rem;
overflow-wrap:anywhere}
:focus-visible{outline:3px solid var(--link);outline-offset:2px}
@media(max-width:640px){body{padding:0 .6rem 2rem}.clause{grid-template-columns:minmax(0,1fr);
padding:.4rem .6rem}
thead{display:none}table,tbody,tr,td{display:block}
tr{border-bottom:1px solid var(--line);padding:.3rem 0}td{border:0;padding:.05rem 0}
td:empty{display:none}
td::before{content:attr(data-label) " ";color:var(--dim);font-size:.8rem}}
"""


def site_style() -> str:
    """The style sheet."""
    return BASE.strip() + _OWN.rstrip()
