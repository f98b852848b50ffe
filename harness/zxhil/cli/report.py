"""``zxhil report``: render saved runs as HTML, Markdown, SARIF or KCIDB."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from zxhil import named_file
from zxhil.cli import completion
from zxhil.cli.base import OUTPUT, PATH, Command
from zxhil.counts import counted
from zxhil.errors import UserError

if TYPE_CHECKING:
    from zxhil.known.file import KnownFile
    from zxhil.report.excerpt import SerialLogs
    from zxhil.report.runs import LabelledRun


@click.command("report", cls=Command)
@click.argument("runs", metavar="RUN...", nargs=-1, required=True, type=PATH)
@click.option(
    "--html", "html_file", type=OUTPUT, help="Write one self-contained HTML page to PATH."
)
@click.option(
    "--markdown", "markdown_file", type=OUTPUT, help="Write Markdown for a pull request to PATH."
)
@click.option(
    "--sarif", "sarif_file", type=OUTPUT, help="Write the findings as SARIF 2.1.0 to PATH."
)
@click.option("--kcidb", "kcidb_file", type=OUTPUT, help="Write the results as KCIDB JSON to PATH.")
@click.option(
    "--kcidb-origin",
    default=None,
    metavar="NAME",
    help="Name of the CI system that submits the KCIDB JSON; default: zxhil.",
)
@click.option(
    "--csv", "csv_file", type=OUTPUT, help="Write each sentence and its verdicts as CSV to PATH."
)
@click.option(
    "--known",
    "known_file",
    type=PATH,
    help="File of known divergences, or the name of a shipped one.",
    shell_complete=completion.known_files,
)
@click.option(
    "--docs", type=PATH, metavar="PAGES", help="Your own system call pages; all of them are shown."
)
@click.option(
    "--logs",
    multiple=True,
    type=PATH,
    help="Log folder of a run, for its serial lines; one per RUN, in order.",
)
def command(
    runs: tuple[Path, ...],
    html_file: Path | None,
    markdown_file: Path | None,
    csv_file: Path | None,
    sarif_file: Path | None,
    kcidb_file: Path | None,
    kcidb_origin: str | None,
    known_file: Path | None,
    docs: Path | None,
    logs: tuple[Path, ...],
) -> None:
    """Render RUNs (JSON reports or log folders), with several kernels side by side.

    The serial lines of a RUN that is a log folder are found without --logs. What a JSON report
    marks as known is shown as known; --known replaces those marks.
    """
    from zxhil.report.runs import load_runs
    from zxhil.report.table import report_of

    if all(each is None for each in (html_file, markdown_file, csv_file, sarif_file, kcidb_file)):
        raise UserError(
            "zxhil report",
            "no output is requested",
            "give --html, --markdown, --csv, --sarif, or --kcidb",
        )
    origin = _origin(kcidb_origin, kcidb_file)
    if logs and len(logs) != len(runs):
        raise UserError(
            "--logs",
            f"is given {counted(len(logs), 'time')} for {counted(len(runs), 'run')}",
            "give one per run",
        )
    tree = None
    if docs is not None:
        from zxhil.docs.parse import parse_tree

        tree = parse_tree(docs)
    loaded = load_runs(runs, _known(known_file))
    shown = report_of(loaded, tree)
    if html_file is not None:
        from zxhil.report.html import html_report

        content = html_report(shown, _serial(loaded, runs, logs))
        named_file.write(html_file, content.encode(), "--html")
    if markdown_file is not None:
        from zxhil.report.markdown import markdown_report

        named_file.write(markdown_file, markdown_report(shown).encode(), "--markdown")
    if csv_file is not None:
        from zxhil.report.grid import GridFormat, rendered
        from zxhil.report.grids import report_grid

        text = rendered(report_grid(shown), GridFormat.CSV)
        named_file.write(csv_file, text.encode(), "--csv")
    if sarif_file is not None:
        from zxhil.report.sarif import sarif_report

        named_file.write(sarif_file, sarif_report(loaded).encode(), "--sarif")
    if kcidb_file is not None:
        from zxhil.report.kcidb import kcidb_report

        named_file.write(kcidb_file, kcidb_report(loaded, origin).encode(), "--kcidb")


def _origin(given: str | None, file: Path | None) -> str:
    from zxhil.report.kcidb import ORIGIN, is_origin

    if given is not None and file is None:
        raise UserError("--kcidb-origin", "has no effect without --kcidb", "add --kcidb FILE")
    if given is not None and not is_origin(given):
        raise UserError(
            f"--kcidb-origin {given}",
            "is not an origin of KCIDB",
            "use lower-case letters, digits and underscores",
        )
    return given or ORIGIN


def _known(path: Path | None) -> KnownFile | None:
    if path is None:
        return None
    from zxhil.known.load import load

    return load(path)


def _serial(
    loaded: list[LabelledRun], runs: tuple[Path, ...], logs: tuple[Path, ...]
) -> dict[str, SerialLogs]:
    """The serial logs by the runs' labels. Raises UserError if one is not a folder."""
    from zxhil.report.excerpt import SerialLogs

    folders = dict(zip(runs, logs, strict=True)) if logs else {r: r for r in runs if r.is_dir()}
    for folder in folders.values():
        if not folder.is_dir():
            raise UserError(f"--logs {folder}", "is not a folder", "give the run's --log-dir")
    return {run.label: SerialLogs(folders[run.source]) for run in loaded if run.source in folders}
