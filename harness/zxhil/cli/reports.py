"""The report options of `run` and `check`, and writing the reports."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from zxhil import named_file
from zxhil.cli import completion
from zxhil.cli.after import (
    add_to_history,
    after_options,
    append_summary,
    must_be_history,
    notify,
)
from zxhil.cli.base import OUTPUT, PATH, color_option, is_live, report_style, use_color
from zxhil.errors import UserError
from zxhil.plain import without_ci_commands

if TYPE_CHECKING:
    from zxhil.history.add import FindOrigin
    from zxhil.known.file import KnownFile
    from zxhil.known.match import Applied
    from zxhil.oracle.cases import KnownClauses
    from zxhil.report.progress import Progress
    from zxhil.report.runs import LabelledRun
    from zxhil.run.plan import Task
    from zxhil.run.record import RunReport

_Function = TypeVar("_Function", bound=Callable[..., Any])

_OPTIONS = (
    click.option(
        "--known",
        type=PATH,
        help="File of known divergences, or the name of a shipped one.",
        shell_complete=completion.known_files,
    ),
    click.option("--json", "json_file", type=OUTPUT, help="Write the results as JSON to PATH."),
    click.option(
        "--junit", "junit_file", type=OUTPUT, help="Write the results as JUnit XML to PATH."
    ),
    click.option("--ktap", "ktap_file", type=OUTPUT, help="Write the results as KTAP to PATH."),
    click.option(
        "--html", "html_file", type=OUTPUT, help="Write one self-contained HTML page to PATH."
    ),
    click.option(
        "--markdown",
        "markdown_file",
        type=OUTPUT,
        help="Write Markdown for a pull request to PATH.",
    ),
    click.option(
        "--sarif", "sarif_file", type=OUTPUT, help="Write the findings as SARIF 2.1.0 to PATH."
    ),
    click.option(
        "--kcidb", "kcidb_file", type=OUTPUT, help="Write the results as KCIDB JSON to PATH."
    ),
    click.option(
        "--github",
        is_flag=True,
        help="Print annotations for GitHub Actions, and append to the job's summary.",
    ),
    *after_options,
    click.option("-q", "--quiet", is_flag=True, help="Show no progress."),
    click.option("-v", "--verbose", is_flag=True, help="Also list the clauses of set-up calls."),
    color_option,
)


def report_options(function: _Function) -> _Function:
    """Add the options to a command; `Reports.take` takes their values out of its arguments."""
    for option in reversed(_OPTIONS):
        function = option(function)
    return function


@dataclass(frozen=True, slots=True)
class Reports:
    """The reports that the user requested."""

    known: KnownFile | None
    json_file: Path | None
    junit_file: Path | None
    ktap_file: Path | None
    html_file: Path | None
    markdown_file: Path | None
    sarif_file: Path | None
    kcidb_file: Path | None
    github: bool
    history_file: Path | None
    notify: str | None
    quiet: bool
    verbose: bool
    color: str

    @classmethod
    def take(cls, options: dict[str, Any]) -> Reports:
        """Take the options' values out.

        Raises UserError for a bad file of known divergences, or a report that can't be written,
        before the run and not at its end.
        """
        values = {name: options.pop(name) for name in cls.__slots__}
        _check_places(values)
        if values["history_file"] is not None:
            must_be_history(values["history_file"])
        if values["known"] is not None:
            from zxhil.known.load import load

            values["known"] = load(values["known"])
        return cls(**values)

    def known_clauses(self, image: str) -> KnownClauses | None:
        """The known divergences of the kernel of `image`, for the oracle."""
        if self.known is None:
            return None
        from zxhil.known.match import FileClauses

        return FileClauses(self.known, image)

    def progress(self, tasks: Sequence[Task], rounds: int) -> Progress:
        """The progress display, on standard error, so that standard output has the report only."""
        from zxhil.report.progress import Lines, Live, Silent

        programs = {
            (task.program.arch.value, task.program.name): len(task.selected) * rounds
            for task in tasks
        }
        total = sum(programs.values())
        if self.quiet:
            return Silent()
        style = report_style(self.color, sys.stderr)
        if is_live(sys.stderr):
            return Live(sys.stderr, total, style, self.verbose)
        return Lines(sys.stderr, total, style, self.verbose, programs)

    def deliver(
        self,
        report: RunReport,
        whole: bool,
        logs: Path | None = None,
        tasks: Sequence[Task] = (),
        find: FindOrigin | None = None,
    ) -> int:
        """Write and print every report of a run; return the run's exit code.

        `whole`: every case was requested; `logs`: where the serial logs are; `tasks`: what ran;
        `find`: how a history finds the kernels' origin. The text goes to standard error if a file
        report goes to standard output. Raises MachineError for a report that can't be written,
        after all others were.
        """
        from zxhil.known.match import exit_code
        from zxhil.report.terminal import terminal_report

        known = self._applied(report, whole)
        aside = any(named_file.goes_to_stdout(path) for _, path in self._files)
        style = report_style(self.color, sys.stderr if aside else None)
        text = without_ci_commands(terminal_report(report, style, self.verbose, known))
        if self.github:
            from zxhil.report.github import SourceFiles, github_annotations, workspace

            files = {task.program.name: task.program.files for task in tasks}
            sources = SourceFiles(workspace(), files)
            lines = github_annotations(report, known, sources)
            text += "".join(f"{line}\n" for line in lines)
        # click strips colors if the output is not a terminal, even if requested.
        color = use_color(self.color, sys.stderr if aside else None)
        click.echo(text, nl=False, err=aside, color=color)
        self._write_files(report, known, whole, logs, find)
        return exit_code(report, known)

    def announce(self, report: RunReport, code: int, whole: bool, logs: Path | None) -> None:
        """Notify the user's program of the result, if it is requested. It changes no verdict."""
        if self.notify is not None:
            from zxhil.report.notice import notice_json

            known = self._applied(report, whole)
            notify(self.notify, notice_json(report, known, code, logs, dict(self._files)))

    def _applied(self, report: RunReport, whole: bool) -> Applied:
        from zxhil.known.match import NOTHING, apply

        return NOTHING if self.known is None else apply(self.known, report, whole)

    @property
    def _files(self) -> list[tuple[str, Path]]:
        """The requested file reports: option and path."""
        return _files({name: getattr(self, name) for name in _FILES.values()})

    def _write_files(
        self,
        report: RunReport,
        known: Applied,
        whole: bool,
        logs: Path | None,
        find: FindOrigin | None,
    ) -> None:
        contents = {
            "--json": lambda: _json(report, known, whole),
            "--junit": lambda: _junit(report, known),
            "--ktap": lambda: _ktap(report, known),
            "--html": lambda: _html(report, known, logs),
            "--markdown": lambda: _markdown(report, known, logs),
            "--sarif": lambda: _sarif(report, known, logs),
            "--kcidb": lambda: _kcidb(report, known, logs),
        }
        actions: list[Callable[[], None]] = [
            partial(_write_file, path, contents[option], option) for option, path in self._files
        ]
        if self.github:
            actions.append(lambda: append_summary(_markdown(report, known, logs).decode()))
        if self.history_file is not None:
            actions.append(partial(self._keep, report, known, whole, logs, find))
        fault: Exception | None = None
        for action in actions:
            try:
                action()
            except Exception as error:
                # Whatever failed, the other reports are written.
                fault = fault or error
        if fault is not None:
            raise fault

    def _keep(
        self,
        report: RunReport,
        known: Applied,
        whole: bool,
        logs: Path | None,
        find: FindOrigin | None,
    ) -> None:
        from zxhil.history.add import no_origin
        from zxhil.report.saved import Saved

        assert self.history_file is not None
        saved, source = Saved(report, whole, known), logs or Path("run")
        add_to_history(self.history_file, saved, source, find or no_origin)


def _write_file(path: Path, content: Callable[[], bytes], option: str) -> None:
    named_file.write(path, content(), option)


_FILES = {
    "--json": "json_file",
    "--junit": "junit_file",
    "--ktap": "ktap_file",
    "--html": "html_file",
    "--markdown": "markdown_file",
    "--sarif": "sarif_file",
    "--kcidb": "kcidb_file",
}


def _files(values: dict[str, Any]) -> list[tuple[str, Path]]:
    named = ((option, values[name]) for option, name in _FILES.items())
    return [(option, path) for option, path in named if path is not None]


def _check_places(values: dict[str, Any]) -> None:
    """Check that each report has a separate writable path. Raises UserError."""
    files = _files(values)
    for _, path in files:
        named_file.must_be_writable(path)
    on_stdout = [option for option, path in files if named_file.goes_to_stdout(path)]
    if len(on_stdout) > 1:
        raise UserError(
            " and ".join(on_stdout), "both write to standard output", "give one of them a file"
        )


def _json(report: RunReport, known: Applied, whole: bool) -> bytes:
    from zxhil.report.saved import report_json

    return json.dumps(report_json(report, known, whole), indent=1).encode() + b"\n"


def _junit(report: RunReport, known: Applied) -> bytes:
    from zxhil.report.junit import junit_xml

    return junit_xml(report, known)


def _ktap(report: RunReport, known: Applied) -> bytes:
    from zxhil.report.ktap import ktap

    return ktap(report, known).encode()


def _html(report: RunReport, known: Applied, logs: Path | None) -> bytes:
    from zxhil.report.excerpt import SerialLogs
    from zxhil.report.html import html_report
    from zxhil.report.table import report_of

    runs = _labelled(report, known, logs)
    serial = {run.label: SerialLogs(logs) for run in runs} if logs is not None else {}
    return html_report(report_of(runs), serial).encode()


def _markdown(report: RunReport, known: Applied, logs: Path | None) -> bytes:
    from zxhil.report.markdown import markdown_report
    from zxhil.report.table import report_of

    return markdown_report(report_of(_labelled(report, known, logs))).encode()


def _sarif(report: RunReport, known: Applied, logs: Path | None) -> bytes:
    from zxhil.report.sarif import sarif_report

    return sarif_report(_labelled(report, known, logs)).encode()


def _kcidb(report: RunReport, known: Applied, logs: Path | None) -> bytes:
    from zxhil.report.kcidb import ORIGIN, kcidb_report

    return kcidb_report(_labelled(report, known, logs), ORIGIN).encode()


def _labelled(report: RunReport, known: Applied, logs: Path | None) -> list[LabelledRun]:
    from zxhil.report.runs import label_runs

    return label_runs([(logs or Path("run"), report, known)])
