"""A run as it was saved: its JSON report, or its log folder."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from zxhil.known.match import NOTHING, Applied
from zxhil.known.saved import known_from_json
from zxhil.run.record import RunReport, run_from_json
from zxhil.run.schema import read_report


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
