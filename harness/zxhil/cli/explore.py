"""``zxhil explore``: sequences of calls that no person wrote, each call judged."""

from __future__ import annotations

import contextlib
import json
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from zxhil import named_file
from zxhil.abi.arch import Arch
from zxhil.cli.base import (
    LOG_FOLDER,
    OUTPUT,
    PATH,
    Command,
    Group,
    Seconds,
    color_option,
    is_live,
    report_style,
)
from zxhil.cli.cluster import cluster_option, must_fit_cluster
from zxhil.cli.explore_options import kernel_options
from zxhil.cli.explore_pairs import pairs
from zxhil.cli.sources import documented_by
from zxhil.cli.target import take as take_target
from zxhil.errors import EXIT_CONFORMS, EXIT_DIVERGES, EXIT_MACHINE, UserError

if TYPE_CHECKING:
    from zxhil.explore.corpus import Corpus
    from zxhil.explore.execute import Runs
    from zxhil.explore.journal import Restored
    from zxhil.explore.session import Exploration, Line, Players
    from zxhil.explore.worker import Work
    from zxhil.guest.source import Program as Built
    from zxhil.oracle.oracle import KernelSeen
    from zxhil.run.setup import Setup
    from zxhil.target.model import Target

_CALLS = 100_000
_THREADS = 10


@dataclass(frozen=True, slots=True)
class _Prepared:
    """What is needed to explore: the work, and what runs single programs."""

    work: Work
    executor: Runs
    kernel: KernelSeen


@click.group("explore", cls=Group, invoke_without_command=True)
@kernel_options
@click.option(
    "--calls",
    type=click.IntRange(0),
    default=_CALLS,
    help=f"Stop after N calls; default {_CALLS}. 0: the corpus alone.",
)
@click.option("--time", "seconds", type=Seconds(1), help="Stop after N seconds.")
@click.option(
    "--jobs",
    type=click.IntRange(1, 1024),
    help="Processes; default 1, or the threads of the cluster.",
)
@cluster_option
@click.option(
    "--seed",
    type=click.IntRange(0),
    default=1,
    help="Where the programs come from: the same number makes the same ones; default 1.",
)
@click.option(
    "--threads",
    type=click.IntRange(0, 100),
    default=_THREADS,
    help=f"Percentage of programs with a second thread; default {_THREADS}.",
)
@click.option(
    "--save", type=LOG_FOLDER, metavar="DIR", help="Write each finding as a C case to DIR."
)
@click.option("--json", "json_file", type=OUTPUT, help="Write the findings as JSON to PATH.")
@click.option(
    "--against",
    type=PATH,
    metavar="IMAGE",
    help="Run the programs on a second kernel; show what differs.",
)
@click.option("--fail-fast", is_flag=True, help="Stop after the round of the first finding.")
@click.option("--log-dir", type=LOG_FOLDER, help="Folder for the journal and crash logs.")
@click.option("--resume", type=PATH, metavar="DIR", help="Continue the exploration in this folder.")
@color_option
@click.option("-q", "--quiet", is_flag=True, help="Show the report alone.")
@click.pass_context
def command(context: click.Context, /, **options: Any) -> None:
    """Make sequences of calls, run them, and judge every call.

    See docs/explore.md. The exit code is 1 if something was found that is not known.
    """
    if context.invoked_subcommand is not None:
        return
    from zxhil.explore.corpus import Corpus

    restored = _restored(options)
    options["programs"] = None if restored is None else restored.programs
    folder = options["corpus"]
    corpus = Corpus(folder) if restored is not None or folder is None else Corpus.load(folder)
    with (
        _players(context, options, restored) as players,
        _prepared(context, options) as prepared,
        _journal(prepared, options, corpus, restored) as record,
    ):
        code = _explore(prepared, options, corpus, record, restored, players)
    sys.exit(code)


@contextlib.contextmanager
def _players(
    context: click.Context, options: dict[str, Any], restored: Restored | None
) -> Iterator[Players]:
    """What plays the rounds, processes or a cluster; chooses how many shares they have.

    Raises UserError and MachineError for a cluster that can't be used.
    """
    from zxhil.explore.processes import Processes

    jobs = options["jobs"] or (None if restored is None else restored.jobs)
    if options["cluster"] is None:
        options["jobs"] = jobs or 1
        yield Processes
        return
    must_fit_cluster(options, _target(context, dict(options)))
    from zxhil.cluster.connect import connected
    from zxhil.cluster.rounds import ClusterRounds

    # Which accelerators workers have is not known here.
    options["accel"] = "tcg" if options["accel"] == "auto" else options["accel"]
    with connected(options["cluster"]) as cluster:
        options["jobs"] = jobs or cluster.jobs
        yield partial(ClusterRounds, cluster)


@contextlib.contextmanager
def _journal(
    prepared: _Prepared, options: dict[str, Any], corpus: Corpus, restored: Restored | None
) -> Iterator[Callable[[Sequence[Line]], None]]:
    """What writes to the journal: nothing without a folder for it."""
    from zxhil.explore.journal import IDENTITY
    from zxhil.run.journal import Journal

    folder = options["log_dir"]
    if folder is None:
        yield lambda lines: None
        return
    identity = {
        "kernel": _version(prepared),
        "arch": prepared.work.built.arch.value,
        "pages": options["pages"],
        "seed": options["seed"],
        "jobs": options["jobs"],
        "threads": options["threads"],
    }
    if restored is not None:
        restored.check(identity)
    with Journal(folder, go_on=restored is not None) as journal:
        if restored is None:
            begun = {
                "programs": prepared.work.programs,
                "corpus": [program.text for program in corpus.programs],
            }
            journal.write(IDENTITY, identity | begun)
        yield lambda lines: journal.write_all(*({kind: content} for kind, content in lines))


def _restored(options: dict[str, Any]) -> Restored | None:
    """The exploration to continue. Raises UserError if there is none."""
    if options["resume"] is None:
        return None
    from zxhil.explore.journal import Restored

    if options["log_dir"] is not None:
        raise UserError("--log-dir", "cannot be combined with --resume", "remove it")
    options["log_dir"] = options["resume"]
    return Restored(options["resume"])


def _explore(
    prepared: _Prepared,
    options: dict[str, Any],
    corpus: Corpus,
    record: Callable[[Sequence[Line]], None],
    restored: Restored | None,
    players: Players,
) -> int:
    from zxhil.explore.save import save_finding
    from zxhil.explore.session import Exploration
    from zxhil.explore.show import Display, report_text

    save = options["save"]
    display = Display(sys.stderr, live=is_live(sys.stderr))
    version = _version(prepared)
    exploration = Exploration(
        prepared.work,
        options["jobs"],
        corpus,
        prepared.executor,
        record=record,
        report=display.update if not options["quiet"] else lambda exploration: None,
        last=lambda finding, ran: (
            None if save is None else _say(f"saved {save_finding(save, finding, ran, version)}")
        ),
        players=players,
    )
    if restored is not None:
        restored.into(exploration)
    stopped: BaseException | None = None
    try:
        with contextlib.closing(display):
            seconds = options["seconds"] or float("inf")
            exploration.run(options["calls"], seconds, fail_fast=options["fail_fast"])
    except (Exception, KeyboardInterrupt) as error:
        # What was found before is reported all the same.
        if not (exploration.progress.rounds or exploration.progress.findings):
            raise
        stopped = error
    for line in report_text(exploration, report_style(options["color"]), version):
        click.echo(line)
    _write_json(options["json_file"], exploration, version)
    if stopped is not None:
        raise stopped
    return _exit_code(exploration)


def _exit_code(exploration: Exploration) -> int:
    findings = exploration.progress.findings
    if any(key.crash for key in findings):
        return EXIT_MACHINE
    return EXIT_DIVERGES if findings else EXIT_CONFORMS


def _write_json(path: Path | None, exploration: Exploration, version: str) -> None:
    if path is None:
        return
    from zxhil.explore.session import finding_json

    progress = exploration.progress
    content = {
        "version": 1,
        "kernel": version,
        "calls": progress.calls,
        "programs": progress.programs,
        "boots": progress.boots,
        "seconds": round(progress.seconds, 3),
        "coverage": sorted(exploration.coverage.counts),
        "findings": [finding_json(each) for each in progress.findings.values()],
        "known": {str(key): times for key, times in sorted(progress.known.items())},
    }
    named_file.write(path, json.dumps(content, indent=1).encode() + b"\n", "--json")


def _version(prepared: _Prepared) -> str:
    return prepared.kernel.version or "an unknown kernel"


def _say(text: str) -> None:
    click.echo(f"zxhil: {text}", err=True)


@contextlib.contextmanager
def _prepared(context: click.Context, options: dict[str, Any]) -> Iterator[_Prepared]:
    """Find the image, build the interpreter, boot once. Raises what these raise."""
    from zxhil.explore.against import PairExecutor
    from zxhil.explore.execute import Executor
    from zxhil.explore.findings import KnownList
    from zxhil.explore.guest import build_explore
    from zxhil.explore.reach import check_jobs, is_one_system, over_memory, reach
    from zxhil.explore.survey import chosen, survey
    from zxhil.explore.worker import Work, programs_for
    from zxhil.machine.scratch import scratch_folder
    from zxhil.run.setup import kernel_record
    from zxhil.standin import THREADS as STANDIN_THREADS
    from zxhil.target.make import closing, images
    from zxhil.target.make import setup as make_setup

    target = _target(context, options)
    check_jobs(target, options.get("jobs", 1))
    names = chosen(options["pages"])
    known = KnownList.everywhere(_known(options["known"]))
    pages = documented_by(options["docs"])
    with scratch_folder() as scratch:
        # The logs of most boots are removed at once: those of crashes go to the log folder.
        logs = scratch
        ((arch, image),) = images(target).items()
        setup = make_setup(target, image, [], logs, scratch, pages.lists if pages else None)
        threaded = not is_one_system(target) and options.get("against") is None
        words = (*setup.words, STANDIN_THREADS) if threaded and setup.standin else setup.words
        setup = over_memory(target, replace(setup, known=known.clauses, words=words))
        built = build_explore(arch, holds=setup.prototypes)
        crashes = options.get("log_dir")
        with contextlib.ExitStack() as stack:
            stack.enter_context(closing({arch: setup}))
            executor = reach(target, setup, built, f"{arch}-explore", crashes, _say)
            runs: Runs = stack.enter_context(contextlib.closing(executor))
            kernel = survey(executor, names)
            assert executor.kernel is not None
            other = None
            if options.get("against") is not None:
                other = _other(target, arch, options["against"], logs, scratch)
                second = Executor(*other, name=f"{arch}-other", crashes=crashes)
                stack.enter_context(contextlib.closing(second))
                kernel = kernel.both(survey(second, names))
                runs = PairExecutor(executor, second)
            known = replace(known, kernel=kernel_record(setup, arch, executor.kernel))
            programs = options.get("programs") or programs_for(
                options.get("calls", _CALLS), options.get("jobs", 1)
            )
            seed = options.get("seed", 1)
            only = runs if is_one_system(target) else None
            share = options.get("threads", 0) / 100 if threaded and kernel.has_threads else 0.0
            work = Work(setup, built, kernel, known, seed, programs, other, crashes, only, share)
            yield _Prepared(work, runs, executor.kernel)


def _other(
    target: Target, first: Arch, image: Path, logs: Path, scratch: Path
) -> tuple[Setup, Built]:
    """The second kernel. Raises UserError if it is for another architecture."""
    from zxhil.explore.guest import build_explore
    from zxhil.explore.reach import over_memory
    from zxhil.target.make import images
    from zxhil.target.make import setup as make_setup

    target = replace(target, image=image, shim=None, words=())
    ((arch, found),) = images(target).items()
    if arch is not first:
        problem = f"is for {arch}, the other image for {first}"
        raise UserError(f"--against {image}", problem, "give two images of one architecture")
    setup = over_memory(target, make_setup(target, found, [], logs, scratch))
    return setup, build_explore(arch, holds=setup.prototypes)


def _known(path: Path | None) -> Any:
    if path is None:
        return None
    from zxhil.known.load import load

    return load(path)


def _target(context: click.Context, options: dict[str, Any]) -> Target:
    named = take_target(context, options)
    keys = ("image", "shim", "arch", "accel", "memory", "smp", "words", "age", "repo")
    given = {key: options[key] or getattr(named, key) for key in keys}
    target = replace(named, **given)
    if target.image is None and not target.arch and target.transport_kind == "bootfs":
        target = replace(target, arch=Arch.X64.value)
    return target


@click.command("minimise", cls=Command)
@kernel_options
@click.pass_context
def minimise(context: click.Context, /, **options: Any) -> None:
    """Run the programs of a corpus, and remove those that reach nothing that others don't."""
    from zxhil.explore.corpus import Corpus
    from zxhil.explore.minimise import smallest

    folder: Path | None = options["corpus"]
    if folder is None:
        raise UserError("--corpus", "no folder of programs is given", "give --corpus DIR")
    if not folder.is_dir():
        raise UserError(str(folder), "is not a folder", "give the folder of a corpus")
    corpus = Corpus.load(folder)
    with _prepared(context, options) as prepared:
        kept = smallest(prepared.executor, corpus.programs)
    before = len(corpus.programs)
    removed = corpus.reduce_to(kept)
    click.echo(f"{folder}: {before - removed} of {before} programs kept")


command.add_command(minimise)
command.add_command(minimise, "minimize")
command.add_command(pairs)
