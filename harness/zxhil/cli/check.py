"""``zxhil check``: judge a saved log again, without QEMU."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from zxhil.cli.base import PATH, Command
from zxhil.cli.reports import Reports, report_options
from zxhil.cli.sources import docs_option, documented_by, with_pages


@click.command("check", cls=Command)
@click.argument("log", type=PATH)
@click.option(
    "--symbols",
    type=PATH,
    help="ELF file with the kernel's symbols, or a folder with it, to name functions of a crash.",
)
@docs_option
@report_options
def command(log: Path, symbols: Path | None, docs: Path | None, **options: Any) -> None:
    """Judge a saved LOG again: a run's log folder, or one serial log."""
    from zxhil.run.journal import is_whole
    from zxhil.run.replay import check

    reports = Reports.take(options)
    pages = documented_by(docs)
    found = None
    if symbols is not None:
        from zxhil.symbols.crash import load_symbols

        found = load_symbols(symbols)
    known = reports.known_clauses(str(log))
    report = check(log, pages.lists if pages else None, known, found)
    whole = log.is_dir() and is_whole(log)
    report, logs = with_pages(report, pages), log if log.is_dir() else None
    code = reports.deliver(report, whole, logs)
    reports.announce(report, code, whole, logs)
    sys.exit(code)
