"""The options of a run, and the plan made from them."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from zxhil.abi.arch import Arch
from zxhil.cli.sources import age_sources, documented_by
from zxhil.errors import UserError

if TYPE_CHECKING:
    from zxhil.docs.statuses import DocumentedStatuses, UserPages
    from zxhil.image.find import Image
    from zxhil.known.file import KnownFile
    from zxhil.oracle.cases import KnownClauses
    from zxhil.run.age import AgeSources
    from zxhil.run.durations import Durations
    from zxhil.run.plan import Task
    from zxhil.run.replay import Recorded
    from zxhil.target.model import Target

Shard = tuple[int, int]


@dataclass(slots=True)
class Options:
    """The options of the command, except those for reports."""

    image: Path | None
    shim: Path | None
    arch: str | None
    tests: str
    case: str
    shard: Shard | None
    repeat: int
    durations: Path | None
    jobs: int | None
    boots: str
    trace: str
    log_dir: Path | None
    resume: Path | None
    accel: str
    memory: int
    smp: int | None
    words: tuple[str, ...]
    qemu_args: tuple[str, ...]
    show_command: bool
    symbols: Path | None
    keep_going: bool
    fail_fast: bool
    max_divergences: int | None
    only: tuple[str, ...]
    gdb: bool
    record: bool
    replay: Path | None
    kernel_coverage: Path | None
    kernel_files: tuple[str, ...]
    cluster: str | None
    docs: Path | None
    age: str | None
    repo: Path | None
    target: Target

    @property
    def through_memory(self) -> bool:
        """Does the trace come through the guest's memory? Raises UserError where it can't."""
        recorded = self.record or self.replay is not None
        return comes_through_memory(self.trace, self.whole_target.transport_kind, recorded)

    @property
    def whole_target(self) -> Target:
        """The target with all options applied."""
        return replace(
            self.target,
            image=self.image,
            shim=self.shim,
            arch=self.arch or "",
            memory=self.memory,
            smp=self.smp or 0,
            age=self.age or "",
            repo=self.repo,
            accel=self.accel,
            words=self.words,
            qemu_args=self.qemu_args,
        )


def comes_through_memory(trace: str, transport: str, recorded: bool) -> bool:
    """What `--trace` means for a transport. Raises UserError for memory where there is none."""
    from zxhil.machine.pages import is_possible

    why = "" if is_possible() else "this host can't share memory with QEMU"
    if transport != "bootfs":
        why = f"there is no such memory with the transport {transport}"
    if recorded:
        why = "a recording does not have what zxhil writes to the guest's memory"
    if trace == "memory" and why:
        raise UserError("--trace memory", why, "leave it out")
    return trace != "serial" and not why


class Asked(NamedTuple):
    """The planned run: tasks, target, and log folder.

    `whole`: these are all cases. `earlier` is what the resumed run has so far, `given`
    the durations of cases that the user gave.
    """

    target: Target
    images: dict[Arch, Image | None]
    tasks: list[Task]
    whole: bool
    logs: Path
    pages: UserPages | None
    earlier: Recorded | None
    given: Durations | None
    ages: AgeSources

    @property
    def documented(self) -> dict[str, DocumentedStatuses]:
        """What the user's pages list."""
        return self.pages.lists if self.pages else {}


def take_asked(options: Options, known: KnownFile | None, clauses: KnownClauses | None) -> Asked:
    """Plan the run. Raises UserError for options that match nothing."""
    from zxhil.run.durations import load
    from zxhil.run.plan import check_programs, is_whole, plan
    from zxhil.target.make import images as images_of

    pages = documented_by(options.docs)
    ages = age_sources(options.age, options.repo, pages)
    documented = pages.lists if pages else {}
    earlier = _earlier(options.resume, documented, clauses)
    target = options.whole_target
    check_programs(options.tests)
    images = images_of(target)
    tasks = plan(list(images), options.tests, options.case, only=options.only)
    if known is not None:
        from zxhil.known.load import check_names

        check_names(known, {f"{t.program.name}/{c.name}" for t in tasks for c in t.program.cases})
    given = load(options.durations) if options.durations is not None else None
    tasks = _shard(tasks, options, given)
    tasks = _knowing(tasks, ages, images)
    logs = options.resume or options.log_dir or new_folder(time.strftime("%Y%m%d-%H%M%S"))
    return Asked(target, images, tasks, is_whole(tasks), logs, pages, earlier, given, ages)


def _knowing(
    tasks: list[Task], ages: AgeSources, images: Mapping[Arch, Image | None]
) -> list[Task]:
    """The tasks, with the prototypes that are valid for the stated age."""
    from zxhil.run.age import knowing

    holds = {arch: ages.holds(ages.of(image)) for arch, image in images.items()}
    return [knowing(task, holds[task.program.arch]) for task in tasks]


def new_folder(moment: str) -> Path:
    """A new log folder; for a second run in the same second, the name gets a number."""
    names = (moment, *(f"{moment}.{number}" for number in range(2, 1000)))
    folders = (Path("zxhil-logs") / name for name in names)
    return next((folder for folder in folders if not folder.exists()), Path("zxhil-logs") / moment)


def _shard(tasks: list[Task], options: Options, durations: Any) -> list[Task]:
    """This job's part. Durations measured on this host are ignored: all jobs must agree."""
    if options.shard is None:
        return tasks
    from zxhil.run.balance import shard
    from zxhil.run.durations import NOTHING_MEASURED

    return shard(tasks, *options.shard, durations or NOTHING_MEASURED)


def _earlier(
    folder: Path | None, documented: dict[str, DocumentedStatuses], known: KnownClauses | None
) -> Recorded | None:
    """The results of the resumed run so far."""
    if folder is None:
        return None
    from zxhil.run.replay import gather

    return gather(folder, documented, known)
