"""The kernels of a history, in the order of time, and how a user names one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from zxhil.abi.arch import Arch
from zxhil.errors import UserError
from zxhil.history.store import History
from zxhil.names import did_you_mean
from zxhil.plain import plain
from zxhil.report.notes import short_version

#: As every report orders them.
_ARCHES = {arch.value: number for number, arch in enumerate(Arch)}
_RUN = "run:"

_KERNELS = """
SELECT kernel.*, trial.id, trial.run_id, run.began,
  run.whole AND run.interrupted = '' AND trial.not_run = 0 FROM kernel
JOIN trial ON trial.kernel_id = kernel.id JOIN run ON run.id = trial.run_id
ORDER BY kernel.id, run.began, run.id
"""


@dataclass(frozen=True, slots=True)
class KeptKernel:
    """A kernel of a history. `trials` are the ids of its runs, oldest first, `runs` the runs' ids.

    `whole` are those trials in which every case ran. `label` is short and names no other kernel of
    its line.
    """

    id: int
    arch: str
    version: str
    identity: str
    image: str
    is_standin: bool
    commit: str
    date: str
    subject: str
    trials: tuple[int, ...]
    runs: tuple[int, ...]
    first_began: str
    label: str = ""
    whole: frozenset[int] = frozenset()

    @property
    def day(self) -> str:
        """The day of its date; empty if unknown."""
        return self.date[:10]

    @property
    def line(self) -> str:
        """Kernels of one line are compared in the order of time: ``x64``, ``x64 stand-in``."""
        return f"{self.arch} stand-in" if self.is_standin else self.arch

    @property
    def order(self) -> tuple[object, ...]:
        """By date; those without one come last, by their first run."""
        return not self.date, self.date or self.first_began, self.id


def kept_kernels(history: History) -> list[KeptKernel]:
    """All kernels with a run: Zircon before the stand-in, by architecture, then by time."""
    trials: dict[int, list[tuple[int, int, str, int]]] = {}
    rows: dict[int, tuple[object, ...]] = {}
    for row in history.rows(_KERNELS):
        rows[row[0]] = row[:9]
        trials.setdefault(row[0], []).append(row[9:])
    found = [_kernel(row, trials[number]) for number, row in rows.items()]
    found.sort(key=lambda kernel: (kernel.is_standin, _ARCHES.get(kernel.arch, 0), kernel.order))
    return _labelled(found)


def by_line(kernels: Iterable[KeptKernel]) -> Mapping[str, list[KeptKernel]]:
    """Kernels by `KeptKernel.line`."""
    lines: dict[str, list[KeptKernel]] = {}
    for kernel in kernels:
        lines.setdefault(kernel.line, []).append(kernel)
    return lines


def _kernel(row: tuple[object, ...], trials: list[tuple[int, int, str, int]]) -> KeptKernel:
    number, arch, version, identity, image, standin, commit, date, subject = row
    assert isinstance(number, int)
    return KeptKernel(
        number,
        plain(str(arch)),
        plain(str(version)),
        plain(str(identity)),
        plain(str(image)),
        bool(standin),
        plain(str(commit)),
        plain(str(date)),
        plain(str(subject)),
        tuple(trial for trial, _, _, _ in trials),
        tuple(run for _, run, _, _ in trials),
        trials[0][2],
        whole=frozenset(trial for trial, _, _, whole in trials if whole),
    )


def _labelled(kernels: list[KeptKernel]) -> list[KeptKernel]:
    """Give each the shortest of its names that no other kernel of its line has."""
    levels = []
    for kernel in kernels:
        short = short_version(kernel.version)[:40]
        more = (kernel.day, kernel.image, f"({kernel.identity[-8:]})")
        levels.append([short, *(f"{short} {each}" if each else "" for each in more)])
    counts = Counter(
        (kernel.line, name) for kernel, names in zip(kernels, levels, strict=True) for name in names
    )
    return [
        replace(
            kernel, label=next((n for n in names if n and counts[kernel.line, n] == 1), names[-1])
        )
        for kernel, names in zip(kernels, levels, strict=True)
    ]


def named_kernels(kernels: list[KeptKernel], name: str) -> list[KeptKernel]:
    """The kernels that a user names: one for each line at most.

    A name is a commit or the beginning of one, a version, a day, an image, or ``run:ID`` for the
    kernels of that run, with this run alone. Raises UserError if it names none, or several.
    """
    found = _of_run(kernels, name) if name.startswith(_RUN) else _matching(kernels, name)
    if not found:
        known = [name for k in kernels for name in (k.day, k.label, k.image) if name]
        raise UserError(
            name,
            f"names no kernel of the history; {did_you_mean(name, known)}",
            "give a commit, a version, a day, an image, or run:ID (zxhil history show lists them)",
        )
    for line, members in by_line(found).items():
        if members[1:]:
            labels = ", ".join(f"{kernel.label} ({kernel.day})" for kernel in members[:4])
            raise UserError(
                name, f"names {len(members)} kernels of {line}: {labels}", "give more of its name"
            )
    return found


def _of_run(kernels: list[KeptKernel], name: str) -> list[KeptKernel]:
    number = name.removeprefix(_RUN)
    return [
        replace(kernel, trials=(trial,), runs=(run,), label=f"{kernel.label} (run {run})")
        for kernel in kernels
        for trial, run in zip(kernel.trials, kernel.runs, strict=True)
        if str(run) == number
    ]


def _matching(kernels: list[KeptKernel], name: str) -> list[KeptKernel]:
    exact = [k for k in kernels if name in (k.label, k.image, k.version, k.commit, k.identity)]
    if exact:
        return exact
    return [
        kernel
        for kernel in kernels
        if kernel.day == name
        or (len(name) >= 4 and kernel.commit.startswith(name))
        or (len(name) >= 4 and kernel.version.startswith(name))
    ]
