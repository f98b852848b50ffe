"""The options that say which reports are wanted, and writing them: `run` and `check` share both."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from zxhil.cli import completion
from zxhil.cli.output import report_style, use_color, write_whole

if TYPE_CHECKING:
    from zxhil.known.file import KnownFile
    from zxhil.report.progress import Progress
    from zxhil.run.plan import Task
    from zxhil.run.record import RunReport

_PATH = click.Path(path_type=Path)
_Function = TypeVar("_Function", bound=Callable[..., Any])

_OPTIONS = (
    click.option(
        "--known",
        type=_PATH,
        help="File of known divergences, or a shipped one's name.",
        shell_complete=completion.known_files,
    ),
    click.option("--json", "json_file", type=_PATH, help="Write the results as JSON."),
    click.option("--junit", "junit_file", type=_PATH, help="Write the results as JUnit XML."),
    click.option("--ktap", "ktap_file", type=_PATH, help="Write the results as KTAP."),
    click.option("--github", is_flag=True, help="Print annotations for GitHub Actions."),
    click.option("-q", "--quiet", is_flag=True, help="No progress, and no table of clauses."),
    click.option("-v", "--verbose", is_flag=True, help="List the clauses of every page."),
    click.option("--color", type=click.Choice(["auto", "always", "never"]), default="auto"),
)


def report_options(function: _Function) -> _Function:
    """Add the options to a command; `Reports.take` takes their values out of its arguments."""
    for option in reversed(_OPTIONS):
        function = option(function)
    return function


@dataclass(frozen=True, slots=True)
class Reports:
    """What the user wants to have of a run."""

    known: KnownFile | None
    json_file: Path | None
    junit_file: Path | None
    ktap_file: Path | None
    github: bool
    quiet: bool
    verbose: bool
    color: str

    @classmethod
    def take(cls, options: dict[str, Any]) -> Reports:
        """Take the options' values out. Raises UserError for a bad file of known divergences."""
        values = {name: options.pop(name) for name in cls.__slots__}
        if values["known"] is not None:
            from zxhil.known.file import load

            values["known"] = load(values["known"])
        return cls(**values)

    def progress(self, tasks: Sequence[Task]) -> Progress:
        """What shows a run's progress: on standard error, so that the report stands alone."""
        from zxhil.report.progress import Lines, Live, Silent

        total = sum(len(task.selected) for task in tasks)
        if self.quiet:
            return Silent()
        style = report_style(self.color, sys.stderr)
        if sys.stderr.isatty() and os.environ.get("TERM", "dumb") != "dumb":
            return Live(sys.stderr, total, style, self.verbose)
        return Lines(sys.stderr, total, style, self.verbose)

    def deliver(self, report: RunReport, whole: bool) -> int:
        """Write and print every report of a run; return the run's exit code.

        `whole` tells that every case was asked for. Raises UserError for a file that can't be
        written, after the report was printed.
        """
        from zxhil.known.match import NOTHING, apply, exit_code
        from zxhil.report.terminal import terminal_report

        known = NOTHING if self.known is None else apply(self.known, report, whole)
        text = terminal_report(report, report_style(self.color), self.verbose, known, self.quiet)
        # click takes colours out of what goes to no terminal, asked for or not.
        click.echo(text, nl=False, color=use_color(self.color))
        if self.github:
            from zxhil.report.github import github_annotations

            click.echo("".join(f"{line}\n" for line in github_annotations(report, known)), nl=False)
        if self.json_file is not None:
            from zxhil.report.schema import report_json

            content = json.dumps(report_json(report, known, whole), indent=1).encode() + b"\n"
            write_whole(self.json_file, content, "--json")
        if self.junit_file is not None:
            from zxhil.report.junit import junit_xml

            write_whole(self.junit_file, junit_xml(report, known), "--junit")
        if self.ktap_file is not None:
            from zxhil.report.ktap import ktap

            write_whole(self.ktap_file, ktap(report, known).encode(), "--ktap")
        return exit_code(report, known)
