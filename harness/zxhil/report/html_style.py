"""The style sheet and the script of the HTML report."""

from __future__ import annotations

#: Filters: id, label, the classes that remain visible.
FILTERS: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("all", "everything", ()),
    ("bad", "diverges", ("bad",)),
    ("known", "known", ("known",)),
    ("good", "conforms", ("good",)),
    ("open", "not reached", ("open",)),
    ("none", "not modelled", ("none",)),
)

#: Colors, dark ones too, text, and marks: of every page.
BASE = """
:root{color-scheme:light dark;--back:#fff;--fore:#1b1f24;--dim:#57606a;--line:#d0d7de;
--soft:#f6f8fa;--link:#0550ae;--bad:#b3001b;--badback:#ffe3e3;--good:#116329;--goodback:#dafbe1;--part:#6b4b00;
--partback:#fff3c4;--open:#57606a;--openback:#eaeef2}
@media(prefers-color-scheme:dark){:root{--back:#0d1117;--fore:#e6edf3;--dim:#9aa4b0;--line:#30363d;
--soft:#161b22;--link:#79c0ff;--bad:#ffa198;--badback:#5a1318;--good:#7ee787;--goodback:#0f3d1d;
--part:#f2cc60;--partback:#453200;--open:#a8b1bb;--openback:#21262d}}
*{box-sizing:border-box}
html{scroll-padding-top:1rem}
body{margin:0 auto;max-width:80rem;padding:0 1rem 3rem;background:var(--back);color:var(--fore);
font:16px/1.5 system-ui,sans-serif}
h1{font-size:1.5rem;line-height:1.25;margin:1.2rem 0 .3rem;overflow-wrap:anywhere}
h2{font-size:1.2rem;margin:2rem 0 .5rem}
h3{font-size:1.05rem;margin:0;overflow-wrap:anywhere}
a{color:var(--link)}
code,pre,.mono{font:.84rem/1.45 ui-monospace,SFMono-Regular,Menlo,Consolas,monospace}
.dim{color:var(--dim)}
.mark{display:inline-block;min-width:1.5em;padding:0 .3em;border-radius:.3em;text-align:center;
font-weight:600;white-space:nowrap;border:1px solid transparent}
.bad>.mark,.mark.bad{color:var(--bad);background:var(--badback);border-color:var(--bad)}
.mark.good{color:var(--good);background:var(--goodback)}
.mark.part,.mark.known{color:var(--part);background:var(--partback)}
.mark.known{border-color:var(--part)}
.mark.open,.mark.gone,.mark.free,.mark.none{color:var(--open);background:var(--openback)}
.mark.none{background:none;border:1px dashed var(--line)}
"""

_REPORT = """.kernels,.legend{list-style:none;margin:.5rem 0;padding:0}
.kernels li{border:1px solid var(--line);border-radius:.5rem;padding:.5rem .75rem;margin:.5rem 0;
background:var(--soft);overflow-wrap:anywhere}
.legend{display:flex;flex-wrap:wrap;gap:.3rem 1rem;font-size:.9rem}
.badtext{color:var(--bad)}
.knowntext{color:var(--part)}
ol.findings li{margin:.25rem 0;overflow-wrap:anywhere}
.warn{border-left:4px solid var(--part);background:var(--partback);padding:.4rem .75rem}
.scroll{overflow-x:auto;overflow-y:auto;
border:1px solid var(--line);border-radius:.5rem;max-height:85vh}
table.matrix{border-collapse:separate;border-spacing:0;font-size:.86rem;min-width:100%}
.matrix th,.matrix td{border-bottom:1px solid var(--line);padding:.12rem .3rem;text-align:center}
.matrix thead th{position:sticky;top:0;background:var(--soft);z-index:2;vertical-align:bottom;
font-weight:600;height:9.5rem;padding:.3rem .1rem}
.matrix thead span{writing-mode:vertical-rl;transform:rotate(180deg);white-space:nowrap;
font-size:.78rem}
.matrix tbody th{position:sticky;left:0;background:var(--back);text-align:left;font-weight:400;
white-space:nowrap;z-index:1;border-right:1px solid var(--line)}
.matrix thead th:first-child{left:0;z-index:3;text-align:left;border-right:1px solid var(--line)}
.matrix td{white-space:nowrap}
.matrix td a{text-decoration:none}
.matrix .mark{min-width:1.35em;padding:0 .1em;margin:0 1px;font-size:.8rem}
.filters{margin:.75rem 0;display:flex;flex-wrap:wrap;gap:.4rem;align-items:center}
.filters label{border:1px solid var(--line);border-radius:1rem;padding:.2rem .8rem;cursor:pointer}
input.filter{position:absolute;opacity:0}
input[type=search]{font:inherit;padding:.2rem .6rem;border:1px solid var(--line);border-radius:1rem;
background:var(--back);color:var(--fore);max-width:100%}
.page{border:1px solid var(--line);border-radius:.5rem;margin:.8rem 0;content-visibility:auto;
contain-intrinsic-size:auto 3rem}
.page>summary{padding:.5rem .75rem;background:var(--soft);border-radius:.5rem;cursor:pointer;
display:flex;flex-wrap:wrap;gap:.2rem .8rem;align-items:baseline}
.page>summary h3{display:inline}
.page>summary>span{overflow-wrap:anywhere;min-width:0}
.page>summary>h3::before,.row>summary>span:first-child::before{content:"▸";color:var(--dim);
margin-right:.4em}
.page[open]>summary>h3::before,.row[open]>summary>span:first-child::before{content:"▾"}
.mark+.mark{margin-left:2px}
.again>summary{cursor:pointer;margin-top:.75rem}
.again h4{display:inline}
.row{border-top:1px solid var(--line)}
.row>summary{padding:.4rem .75rem;cursor:pointer;display:grid;gap:0 .75rem;align-items:baseline;
grid-template-columns:minmax(5.5rem,max-content) 15.5rem 1fr}
.row>summary::marker,.page>summary::marker{content:""}
.row>summary::-webkit-details-marker{display:none}
.row>summary:hover{background:var(--soft)}
.row .status{font-weight:600;overflow-wrap:anywhere}
.inside{padding:.25rem .75rem .75rem 1.25rem;overflow-wrap:anywhere}
.inside h4{margin:.75rem 0 .2rem;font-size:.95rem}
.case{margin:.3rem 0;border-left:3px solid var(--line);padding-left:.75rem;margin:.5rem 0}
.case>summary{cursor:pointer}
.case>summary code{word-break:break-all}
.case.bad{border-color:var(--bad)}
.case.known{border-color:var(--part)}
ol.calls{margin:.3rem 0;padding-left:2.2rem}
ol.calls li{margin:.15rem 0}
ol.calls .answer{display:block;color:var(--dim)}
ol.calls li.seen{background:var(--badback);border-radius:.3rem;padding:.1rem .3rem}
pre.serial{margin:.25rem 0;padding:.4rem .6rem;background:var(--soft);border-radius:.3rem;
white-space:pre-wrap;overflow-wrap:anywhere;font-size:.75rem}
.fault{border:1px solid var(--bad);border-radius:.5rem;padding:.5rem .75rem;margin:.6rem 0}
.fault>details>summary{cursor:pointer}
.finding{margin:.4rem 0;overflow-wrap:anywhere}
:focus-visible{outline:3px solid var(--link);outline-offset:2px}
@media(max-width:640px){body{padding:0 .6rem 2rem}.row>summary{grid-template-columns:1fr;
padding:.5rem .6rem}.inside{padding:.25rem .6rem .75rem}ol.calls{padding-left:1.6rem}
.matrix tbody th{max-width:44vw;overflow:hidden;text-overflow:ellipsis}}
@media print{.filters,input.filter{display:none}.scroll{max-height:none}}
"""

SCRIPT = """
(function(){var box=document.getElementById('find');if(!box)return;box.hidden=false;
var items=[].slice.call(document.querySelectorAll('[data-name]'));
box.addEventListener('input',function(){var want=box.value.trim().toLowerCase().replace(/^zx_/,'');
items.forEach(function(e){e.hidden=want!==''&&e.getAttribute('data-name').indexOf(want)<0;});});
function open(){var e=location.hash&&
document.getElementById(decodeURIComponent(location.hash.slice(1)));
if(!e)return;for(var p=e;p;p=p.parentElement)if(p.tagName==='DETAILS')p.open=true;
e.scrollIntoView();}
window.addEventListener('hashchange',open);open();})();
"""


def style() -> str:
    """The style sheet; the filters work without a script."""
    rules = [BASE.strip(), _REPORT.strip()]
    for name, _, classes in FILTERS:
        rules.append(
            f"#f-{name}:checked~.filters label[for=f-{name}]"
            "{background:var(--fore);color:var(--back);border-color:var(--fore)}"
        )
        rules.append(f"#f-{name}:focus-visible~.filters label[for=f-{name}]{{outline:3px solid}}")
        if classes:
            kept = "".join(f":not(.has-{each})" for each in classes)
            rules.append(f"#f-{name}:checked~main .filtered{kept}{{display:none}}")
    return "\n".join(rules)
