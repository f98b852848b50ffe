"""Where a kernel comes from: its commit, and the date that orders it in a history."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from zxhil.errors import UserError
from zxhil.git import describe

_COMMIT = re.compile(r"git-([0-9a-f]{7,40})(?![0-9a-f])")
_FORM = "%H%x00%cI%x00%s"
_LONGEST = 200
_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Origin:
    """The commit of a kernel, its subject, and its date (``2018-12-29``, or with a UTC time).

    Empty where unknown. `digests` are those of the images by architecture
    (`zxhil.run.setup.kernel_digest`): needed for a kernel that did not boot, as no report has them.
    """

    commit: str = ""
    date: str = ""
    subject: str = ""
    digests: Mapping[str, str] = field(default_factory=dict)


def commit_of(version: str) -> str:
    """The commit that a kernel says it was built from; empty if it names none."""
    found = _COMMIT.match(version)
    return found[1] if found else ""


def date_from(text: str, place: str = "--date") -> str:
    """A date as a history has it: a day, or a time in UTC. Raises UserError for no date."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise UserError(place, f"{text!r} is no date", "give one like 2018-12-29") from None
    if re.fullmatch(r"\d{4}-?\d\d-?\d\d", text):
        return found.date().isoformat()
    if found.tzinfo is None:
        found = found.replace(tzinfo=UTC)
    return found.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def origin_in(repo: Path, commit: str) -> Origin | None:
    """A commit as the repository has it; None if it has no such commit.

    Raises UserError if git can't be run.
    """
    if commit.startswith("-"):
        return None
    found = describe(repo, commit, _FORM, timeout=_SECONDS)
    if not found:
        return None
    name, date, subject = found.split("\0", 2)
    return Origin(name, date_from(date, f"{repo}: {name}"), subject[:_LONGEST])
