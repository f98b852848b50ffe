"""What tests of the HTML and Markdown reports share: a reader of pages, and runs to show."""

from __future__ import annotations

from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

from run_builders import call, case, failed, kernel, run
from zxhil.known.match import NOTHING
from zxhil.oracle.results import CaseEndKind
from zxhil.report.runs import LabelledRun, label_runs
from zxhil.report.table import Report, report_of
from zxhil.run.record import RunReport

EVIL = "<script>alert(1)</script>\"'&\x00\x1b[31m\u202e</details>"
VOID = {"meta", "input", "br"}
PAGE = """# zx_channel_write

## SYNOPSIS

```
zx_status_t zx_channel_write(zx_handle_t handle);
```

## ERRORS

**ZX_ERR_BAD_HANDLE**  *handle* is not a valid handle.

**ZX_ERR_BAD_STATE**  The moon is full.
"""


def shown(*reports: RunReport, **rest: object) -> Report:
    return report_of(labelled(*reports), **rest)  # type: ignore[arg-type]


def labelled(*reports: RunReport) -> list[LabelledRun]:
    return label_runs([(Path(f"run{n}.json"), report, NOTHING) for n, report in enumerate(reports)])


class Reader(HTMLParser):
    """Checks that elements nest, and gathers texts, ids, links and tags."""

    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(page)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] not in ("style", "script"):
            self.text += data

    def values(self, attribute: str) -> list[str]:
        return [str(attrs[attribute]) for _, attrs in self.tags if attribute in attrs]

    def classes(self, tag: str, name: str) -> list[list[str]]:
        found = [str(attrs.get("class", "")).split() for each, attrs in self.tags if each == tag]
        return [classes for classes in found if name in classes]


def evil() -> RunReport:
    bad = failed(text=EVIL, status=EVIL)
    bad = replace(bad, detail=EVIL, evidence=EVIL)
    lost = case("channel_write/lost", CaseEndKind.PANIC, detail=EVIL, evidence=EVIL)
    calls = [call(status=EVIL, arguments=EVIL)]
    odd = case("channel_write/odd", calls=calls)
    return run(bad, lost, odd, kernels=[kernel(version=EVIL, image=EVIL)], interrupted=EVIL)
