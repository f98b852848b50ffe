"""``zxhil sweep``: run the suite on many kernels, into a history."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from zxhil import named_file
from zxhil.cli import completion
from zxhil.cli.base import OUTPUT, PATH, Command, report_style
from zxhil.cli.bisect_options import kernel_options, worker_options
from zxhil.cli.cluster import must_answer
from zxhil.cli.ending import code_of_interrupt
from zxhil.cli.sources import docs_option
from zxhil.cli.workers import cache_folder, ignore_interrupts, interruptible, live_display
from zxhil.errors import UserError
from zxhil.plain import without_ci_commands

if TYPE_CHECKING:
    from zxhil.bisect.gitrange import Repository
    from zxhil.bisect.provide import Provider
    from zxhil.history.store import History
    from zxhil.history.timeline import Timeline
    from zxhil.sweep.changes import CommitsBetween
    from zxhil.sweep.kernels import SweptKernel
    from zxhil.sweep.runner import Sweep, SweepOptions, SweptResult

_WHOLE, _GAPS = 0, 1
_EVERY = "2w"


@click.command("sweep", cls=Command)
@click.option("--images", type=PATH, metavar="PATH", help="Folder or manifest of images.")
@click.option(
    "--repo",
    type=PATH,
    metavar="PATH",
    help="Git repository to build from; with --images, one that has the kernels' commits.",
)
@click.option("--every", metavar="PERIOD", help=f"One commit in 14d or 2w; default {_EVERY}.")
@click.option("--since", metavar="DAY", help="Day of the first commit.")
@click.option("--until", metavar="DAY", help="Day of the last commit; default: the branch's.")
@click.option("--branch", metavar="REV", help="Branch that the commits are of; default HEAD.")
@click.option("--revs", multiple=True, metavar="REV", help="This commit; may be repeated.")
@click.option(
    "--history", "history_file", required=True, type=PATH, help="File of the history (SQLite)."
)
@click.option(
    "--known",
    type=PATH,
    help="File of known divergences, or the name of a shipped one.",
    shell_complete=completion.known_files,
)
@docs_option
@kernel_options
@click.option("--clean", is_flag=True, help="Clean the worktree before every build.")
@click.option(
    "--paths",
    multiple=True,
    metavar="PATH",
    help="Only commits that touch PATH can have made a change; may be repeated.",
)
@click.option("--bisect-changes", is_flag=True, help="Find the commit of every change.")
@click.option("--again", is_flag=True, help="Try kernels again that did not build or boot.")
@click.option("--svg", "svg_file", type=OUTPUT, help="Draw conformance over time to PATH.")
@click.option(
    "--retries",
    type=click.IntRange(0),
    default=3,
    help="Retries after an infrastructure fault; default 3.",
)
@worker_options
def command(**options: Any) -> None:
    """Run the suite on many kernels, into a history.

    Kernels: prebuilt images (--images), or commits that are built (--repo, --build), one in every
    period or those of --revs. What the history has is skipped, so the same command continues an
    interrupted sweep.

    Exit codes: 0 every kernel ran, 1 one was not built or did not boot, 2 bad input, 3 the machine
    failed repeatedly, 130 or 143 interrupted.
    """
    asked = SweepAsked(**options)
    _check(asked)
    sys.exit(_sweep(asked))


@dataclass(frozen=True, slots=True)
class SweepAsked:
    """The options of the command."""

    images: Path | None
    repo: Path | None
    every: str | None
    since: str | None
    until: str | None
    branch: str | None
    revs: tuple[str, ...]
    history_file: Path
    known: Path | None
    docs: Path | None
    build: str
    image_paths: tuple[str, ...]
    arch: str | None
    tests: str
    symbols: str
    words: tuple[str, ...]
    memory: int | None
    smp: int | None
    limits: tuple[str, ...]
    build_timeout: float
    test_timeout: float
    clean: bool
    paths: tuple[str, ...]
    bisect_changes: bool
    again: bool
    svg_file: Path | None
    retries: int
    cluster: str | None
    jobs: int
    cache_size: str
    color: str


def _check(asked: SweepAsked) -> None:
    """Reject options that conflict, and what each run would refuse. Raises UserError."""
    from zxhil.machine.limits import limits_of
    from zxhil.run.plan import check_programs

    if asked.cluster is not None:
        must_answer(asked.cluster)
    if asked.images is None and asked.repo is None:
        raise UserError("zxhil sweep", "needs kernels", "give --images PATH, or --repo and --build")
    building = {
        "--every": asked.every,
        "--since": asked.since,
        "--until": asked.until,
        "--branch": asked.branch,
        "--revs": asked.revs,
        "--build": asked.build,
        "--image-path": asked.image_paths,
        "--clean": asked.clean,
    }
    for option, value in building.items():
        if value and asked.images is not None:
            raise UserError(option, "applies to builds only", "remove it, or --images")
    if asked.images is None:
        _check_build(asked)
    elif asked.bisect_changes:
        raise UserError("--bisect-changes", "needs a build", "give --repo and --build")
    limits_of(asked.limits)
    check_programs(asked.tests or "*")
    if asked.known is not None:
        from zxhil.known.load import load

        load(asked.known)
    if asked.docs is not None:
        from zxhil.cli.sources import documented_by

        documented_by(asked.docs)


def _check_build(asked: SweepAsked) -> None:
    if not asked.build or not asked.arch:
        raise UserError("--repo", "needs a build", "give --build CMD and --arch ARCH")
    times = {"--every": asked.every, "--since": asked.since, "--until": asked.until}
    for option, value in times.items():
        if value and asked.revs:
            raise UserError(option, "conflicts with --revs", "remove one of them")
    if not asked.revs and asked.since is None:
        raise UserError("--repo", "needs a beginning", "give --since DAY, or --revs REV")


def _sweep(asked: SweepAsked) -> int:
    from zxhil.bisect.setup import benches
    from zxhil.history.store import open_history

    repository = _repository(asked)
    kernels = _kernels(asked, repository)
    click.echo(f"{len(kernels)} kernels; history: {asked.history_file}")
    display = live_display()
    shown = [0]

    def show(result: SweptResult) -> None:
        from zxhil.sweep.text import result_line

        shown[0] += 1
        display.say(result_line(result, shown[0], max(len(kernels), shown[0])))

    with open_history(asked.history_file, create=True) as history:
        provider = _provider(asked, repository)
        with interruptible(), benches(asked.jobs) as places:
            try:
                from zxhil.sweep.runner import Sweep

                options = _options(asked)
                sweep = Sweep(history, provider, options, report=show, display=display)
                results = sweep.run(kernels, places)
                if asked.bisect_changes:
                    assert repository is not None
                    results = _narrowed(asked, history, sweep, results, repository, places)
            except KeyboardInterrupt as error:
                click.echo("interrupted; the same command goes on from here", err=True)
                return code_of_interrupt(error)
            finally:
                ignore_interrupts()
                display.close()
        _report(asked, history, results, repository)
    return _WHOLE if all(_has_verdicts(each) for each in results) else _GAPS


def _has_verdicts(result: SweptResult) -> bool:
    from zxhil.sweep.attempts import AttemptOutcome

    if result.run is not None:
        return any(not case.end.is_machine_fault for case in result.run.report.cases)
    return result.attempt.outcome is AttemptOutcome.RAN


def _repository(asked: SweepAsked) -> Repository | None:
    if asked.repo is None:
        return None
    from zxhil.bisect.build import prune_lost_worktrees
    from zxhil.bisect.gitrange import Repository

    repository = Repository(asked.repo.absolute())
    if asked.images is None:
        prune_lost_worktrees(repository)
    return repository


def _kernels(asked: SweepAsked, repository: Repository | None) -> list[SweptKernel]:
    from zxhil.bisect.images import read_range
    from zxhil.sweep.kernels import every, of_commits, of_images, parse_day, parse_period

    if asked.images is not None:
        return of_images(read_range(asked.images))
    assert repository is not None
    if asked.revs:
        return of_commits(repository, asked.revs)
    until = parse_day(asked.until, "--until") if asked.until else None
    since = parse_day(asked.since or "", "--since")
    period = parse_period(asked.every or _EVERY)
    return every(repository, asked.branch or "HEAD", period, since, until)


def _provider(asked: SweepAsked, repository: Repository | None) -> Provider:
    from zxhil.abi.arch import Arch
    from zxhil.bisect.build import GitProvider, Recipe
    from zxhil.bisect.cache import Cache
    from zxhil.bisect.images import ImageProvider, read_range
    from zxhil.bisect.setup import parse_size

    folder = cache_folder()
    cache = Cache(folder / "images", parse_size(asked.cache_size))
    if asked.images is not None:
        return ImageProvider(read_range(asked.images), cache, folder / "partial", Path.cwd())
    assert repository is not None
    recipe = Recipe(
        asked.build,
        asked.image_paths,
        asked.clean,
        asked.build_timeout or None,
        Arch(asked.arch) if asked.arch else None,
        asked.symbols,
    )
    return GitProvider(repository, recipe, cache, Path.cwd())


def _options(asked: SweepAsked) -> SweepOptions:
    from zxhil.shipped import GUEST_TESTS, known_path
    from zxhil.sweep.attempts import rules_digest
    from zxhil.sweep.runner import SweepOptions

    options: list[str] = ["--tests", asked.tests or "*"]
    for name, value in (("--arch", asked.arch), ("--memory", asked.memory), ("--smp", asked.smp)):
        options += [name, str(value)] if value else []
    for name, values in (("--word", asked.words), ("--limit", asked.limits)):
        options += [f"{name}={value}" for value in values]
    contents = []
    for name, path in (("--known", asked.known), ("--docs", asked.docs)):
        if path is not None:
            options += [name, str(path.absolute() if path.exists() else path)]
            contents.append(known_path(path))
    if asked.images is not None and asked.symbols:
        options += ["--symbols", str(Path(asked.symbols).absolute())]
    rules = rules_digest([GUEST_TESTS, *contents], options)
    # It decides nothing: one machine for each processor that no other worker has, or the cluster.
    machines = ("--jobs", str(max(1, (os.cpu_count() or 1) // asked.jobs)))
    if asked.cluster is not None:
        machines = ("--cluster", asked.cluster)
    repo = asked.repo.absolute() if asked.repo is not None else None
    return SweepOptions(
        (*options, *machines, "-q"),
        asked.arch or "",
        repo,
        rules,
        asked.test_timeout or None,
        asked.retries,
        asked.again,
    )


def _narrowed(
    asked: SweepAsked,
    history: History,
    sweep: Sweep,
    results: list[SweptResult],
    repository: Repository,
    places: Sequence[Any],
) -> list[SweptResult]:
    from zxhil.sweep.kernels import kernel_of
    from zxhil.sweep.narrow import narrow

    commits = _commits(asked, repository)
    return narrow(
        history, sweep, results, commits, lambda commit: kernel_of(repository, commit), places
    )


def _commits(asked: SweepAsked, repository: Repository) -> CommitsBetween:
    from zxhil.sweep.changes import CommitsBetween

    return CommitsBetween(repository, asked.paths, asked.branch or "HEAD")


def _report(
    asked: SweepAsked,
    history: History,
    results: list[SweptResult],
    repository: Repository | None,
) -> None:
    from zxhil.history.timeline import changes_of, timeline_of
    from zxhil.report.grid import GridFormat, rendered
    from zxhil.sweep.changes import (
        bisect_command,
        bisect_options,
        swept_kernels,
        windows_of,
    )
    from zxhil.sweep.text import over_time, window_lines

    style = report_style(asked.color)
    runs = [each.attempt.run for each in results if each.attempt.run is not None]
    commits = None if repository is None else _commits(asked, repository)
    with history.reading():
        timeline = timeline_of(history, swept_kernels(history, runs, commits))
        changes = changes_of(history, timeline)
        tables = over_time(history, timeline, changes)
    text = "".join(f"\n{rendered(table, GridFormat.TEXT, style)}" for table in tables)
    given = None
    if asked.images is None and asked.repo is not None:
        given = bisect_options(asked.repo, asked.build, asked.image_paths)
    for window in windows_of(changes):
        command = None if given is None else lambda change: bisect_command(change, given)
        describe = str if repository is None else repository.subject
        lines = window_lines(window, commits, describe, command)
        text += "\n" + "".join(f"{line}\n" for line in lines)
    click.echo(without_ci_commands(text), nl=False)
    if asked.svg_file is not None and timeline.lines:
        from zxhil.sweep.picture import drawn

        picture = drawn(timeline, changes, _title(timeline), whole=not asked.tests)
        named_file.write(asked.svg_file, picture.encode(), "--svg")


def _title(timeline: Timeline) -> str:
    kernels = [kernel for line in timeline.lines.values() for kernel in line]
    days = sorted(kernel.day[:7] for kernel in kernels if kernel.day)
    name = "The stand-in" if all(kernel.is_standin for kernel in kernels) else "Zircon"
    return f"{name}, {days[0]} to {days[-1]}" if days else name
