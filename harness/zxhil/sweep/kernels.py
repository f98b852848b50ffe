"""Which kernels are swept: commits of a history at regular intervals, commits by name, images."""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from zxhil.bisect.gitrange import Repository
from zxhil.bisect.images import ListedImage
from zxhil.errors import UserError
from zxhil.git import describe
from zxhil.history.origin import Origin, date_from, origin_in

_DAYS = {"d": 1, "w": 7}
_Day = datetime.date


@dataclass(frozen=True, slots=True)
class SweptKernel:
    """A kernel to sweep. `candidate` is its commit or the name of its image.

    `day` (20181229) is that of its commit, in UTC, or what a manifest states; 0 if unknown.
    """

    candidate: str
    origin: Origin
    day: int = 0

    @property
    def title(self) -> str:
        """``2018-12-29 50d20f112`` or ``2018-12-29 IMAGE``, as far as it is known."""
        name = self.candidate[:9] if self.origin.commit == self.candidate else self.candidate
        return f"{self.origin.date[:10]} {name}".strip()


def parse_period(text: str) -> datetime.timedelta:
    """Read ``2w`` or ``10d``. Raises UserError."""
    found = re.fullmatch(r"([1-9]\d{0,4})([dw])", text)
    if found is None:
        raise UserError(f"--every {text}", "is not a number of days or weeks", "use, say, 2w")
    return datetime.timedelta(days=int(found[1]) * _DAYS[found[2]])


def parse_day(text: str, option: str) -> _Day:
    """Read ``2018-12-29``. Raises UserError."""
    try:
        return _Day.fromisoformat(text)
    except ValueError:
        raise UserError(f"{option} {text}", "is no day", "give one like 2018-12-29") from None


def of_images(listed: Sequence[ListedImage]) -> list[SweptKernel]:
    """Images in their order. A manifest's dates are the kernels' ages."""
    return [_of_image(image) for image in listed]


def _of_image(image: ListedImage) -> SweptKernel:
    try:
        date = date_from(image.order)
    except UserError:
        return SweptKernel(image.name, Origin())
    return SweptKernel(image.name, Origin(date=date), _number(_Day.fromisoformat(date[:10])))


def of_commits(repository: Repository, revisions: Sequence[str]) -> list[SweptKernel]:
    """Commits by name, the oldest first. Raises UserError for one that is not there."""
    commits = dict.fromkeys(repository.resolve(each) for each in revisions)
    found = [kernel_of(repository, commit) for commit in commits]
    return sorted(found, key=lambda kernel: kernel.origin.date)


def every(
    repository: Repository,
    tip: str,
    period: datetime.timedelta,
    since: _Day,
    until: _Day | None = None,
) -> list[SweptKernel]:
    """For each step from `since` on, the last commit before that day began, in UTC; oldest first.

    Commits are those of the first-parent history of `tip`. The last step is the end of the day
    `until`, or `tip` itself. Raises UserError if there is no commit.
    """
    log = list(_first_parents(repository, tip))
    end = _end_of(until) if until is not None else log[0][1] + 1
    steps = []
    moment = _start_of(since)
    while moment < end:
        steps.append(moment)
        moment += int(period.total_seconds())
    found = (_last_before(log, moment) for moment in [*steps, end])
    commits = dict.fromkeys(commit for commit in found if commit)
    if not commits:
        raise UserError(f"--since {since}", "no commit is that old", "give an earlier day")
    return [kernel_of(repository, commit) for commit in commits]


def _first_parents(repository: Repository, tip: str) -> Iterator[tuple[str, int]]:
    """(commit, time of commit), the newest first."""
    commit = repository.resolve(tip)
    for line in repository.git("log", "--first-parent", "--format=%H %ct", commit).splitlines():
        name, seconds = line.split()
        yield name, int(seconds)


def _last_before(log: Sequence[tuple[str, int]], moment: int) -> str:
    return next((commit for commit, seconds in log if seconds < moment), "")


def _start_of(day: _Day) -> int:
    return int(datetime.datetime(day.year, day.month, day.day, tzinfo=datetime.UTC).timestamp())


def _end_of(day: _Day) -> int:
    return _start_of(day + datetime.timedelta(days=1))


def kernel_of(repository: Repository, commit: str) -> SweptKernel:
    """The kernel of a commit, with its full id."""
    origin = origin_in(repository.path, commit)
    assert origin is not None
    day = describe(repository.path, commit, "%ct")
    moment = datetime.datetime.fromtimestamp(int(day), datetime.UTC)
    return SweptKernel(commit, origin, _number(moment.date()))


def _number(day: _Day) -> int:
    return day.year * 10000 + day.month * 100 + day.day
