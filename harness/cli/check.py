"""``zxhil check``: the same verdicts from a saved log, without QEMU."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import click

from harness.cli.output import report_style, write_whole

_PATH = click.Path(path_type=Path)


@click.command("check")
@click.argument("log", type=_PATH)
@click.option("--json", "json_file", type=_PATH, help="Write the results as JSON.")
@click.option("--junit", "junit_file", type=_PATH, help="Write the results as JUnit XML.")
@click.option("-v", "--verbose", is_flag=True, help="List the clauses of every page.")
@click.option("--color", type=click.Choice(["auto", "always", "never"]), default="auto")
def command(
    log: Path, json_file: Path | None, junit_file: Path | None, verbose: bool, color: str
) -> None:
    """Judge LOG again: a run's log folder, or one saved serial log."""
    from harness.report.terminal import terminal_report
    from harness.run.record import run_json
    from harness.run.replay import check

    report = check(log)
    if json_file is not None:
        text = json.dumps(run_json(report), indent=1)
        write_whole(json_file, text.encode() + b"\n", "--json")
    if junit_file is not None:
        from harness.report.junit import junit_xml

        write_whole(junit_file, junit_xml(report), "--junit")
    click.echo(terminal_report(report, report_style(color), verbose), nl=False)
    sys.exit(report.exit_code)
