"""A run as it was saved: its JSON report, or its log folder."""

from __future__ import annotations

import functools
from pathlib import Path
from typing import Any, NamedTuple

from zxhil.disk.shape import Check, Mismatch, compiled
from zxhil.known.match import NOTHING, Applied
from zxhil.known.saved import known_from_json
from zxhil.oracle.results import check_case
from zxhil.run.record import SCHEMA, RunReport, run_from_json


class Saved(NamedTuple):
    """A run that was read again; `whole`: every case of every program was asked for.

    `known` is what its report marks as known; a log folder marks nothing.
    """

    report: RunReport
    whole: bool
    known: Applied = NOTHING


def load_run(path: Path) -> Saved:
    """Read a JSON report, or judge a log folder again.

    Raises UserError for a file that is no report of a run, or one of another version.
    """
    if path.is_dir():
        from zxhil.run.journal import is_whole
        from zxhil.run.replay import check

        return Saved(check(path), is_whole(path))
    data = read_report(path)
    return Saved(run_from_json(data), data.get("whole") is True, known_from_json(data))


def read_report(path: Path) -> dict[str, Any]:
    """Read a JSON report and check it: against its schema, and that its parts fit together.

    Raises UserError, with the place in it.
    """
    from zxhil.disk.files import REPORT_LIMIT, checked, read_limited

    remedy = "give what zxhil run --json wrote, or a log folder"
    data = read_limited(path, REPORT_LIMIT, remedy)
    return checked(data, _whole_check, str(path), "report of a run", remedy)  # type: ignore[no-any-return]


def _whole_check(data: Any) -> None:
    from zxhil.report.schema import was_changed

    if isinstance(data, dict) and data.get("schema", SCHEMA) != SCHEMA:
        raise Mismatch(f"schema {str(data['schema'])[:40]!a}, this zxhil reads {SCHEMA!r}")
    _schema_check()(data)
    for number, case in enumerate(data["cases"]):
        try:
            check_case(case)
        except Mismatch as error:
            raise error.inside(f".cases[{number}]") from None
    if was_changed(data):
        raise Mismatch(
            "was changed since it was written: its digest is another; "
            "take out the digest if that is meant"
        )


@functools.cache
def _schema_check() -> Check:
    from zxhil.report.schema import run_schema

    return compiled(run_schema())
