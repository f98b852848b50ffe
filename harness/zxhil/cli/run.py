"""``zxhil run``: guest tests on a kernel, every call judged."""

from __future__ import annotations

import contextlib
import gc
import sys
from collections.abc import Callable, Mapping
from dataclasses import asdict, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from zxhil.abi.arch import Arch
from zxhil.cli import completion
from zxhil.cli.asked import Asked, Options, Shard, take_asked
from zxhil.cli.base import LOG_FOLDER, PATH, is_given
from zxhil.cli.cluster import boot_place, cluster_option, must_fit_cluster
from zxhil.cli.consent import must_agree, of_run, yes_option
from zxhil.cli.debugging import debug_options, instrumented
from zxhil.cli.defaults import RunCommand, defaults_used
from zxhil.cli.delivery import deliver, image_digests
from zxhil.cli.kept import fill_in, machine_options, options_of, target_of, to_journal
from zxhil.cli.reports import Reports, report_options
from zxhil.cli.sources import age_options, docs_option, with_pages
from zxhil.cli.target import take as take_target
from zxhil.cli.target import target_options
from zxhil.errors import MachineError, UserError
from zxhil.machine.params import MEMORY_MIB, SYSTEM_MEMORY_MIB
from zxhil.run import MAX_ROUNDS

if TYPE_CHECKING:
    from zxhil.oracle.results import CaseResult
    from zxhil.run.environment import EnvironmentProbe
    from zxhil.run.journal import Journal
    from zxhil.run.plan import Task
    from zxhil.run.record import KernelRecord, RunReport
    from zxhil.run.replay import Recorded
    from zxhil.run.setup import Setup
    from zxhil.run.stop import StopRules
    from zxhil.target.model import Target


def _part(context: click.Context, parameter: click.Parameter, value: str | None) -> Shard | None:
    if value is None:
        return None
    number, _, count = value.partition("/")
    if not (number.isdecimal() and count.isdecimal() and 1 <= int(number) <= int(count)):
        raise click.BadParameter(f"{value!r} is not K/N with K from 1 to N", context, parameter)
    return int(number), int(count)


@click.command("run", cls=RunCommand)
@click.option("--image", type=PATH, help="Zircon image (docs/images.md); default: the stand-in.")
@click.option("--shim", type=PATH, help="Boot shim; default: found next to the image.")
@click.option(
    "--arch",
    type=click.Choice([a.value for a in Arch]),
    help="Architecture; default: all that the image has.",
)
@click.option(
    "--tests",
    default="*",
    metavar="GLOB",
    help="Programs in guest_tests/, or C files or folders of your own; default: all.",
    shell_complete=completion.programs,
)
@click.option(
    "--case",
    default="*",
    metavar="GLOB",
    help="Cases to run; default: all.",
    shell_complete=completion.cases,
)
@click.option(
    "--shard", callback=_part, metavar="K/N", help="Run the K-th of N parts of equal duration."
)
@click.option(
    "--repeat",
    type=click.IntRange(1, MAX_ROUNDS),
    default=1,
    help="Run each case N times; default 1.",
)
@click.option(
    "--durations",
    type=PATH,
    help="JSON report or log folder of an earlier run, for the durations of cases.",
)
@click.option(
    "--jobs", type=click.IntRange(1), help="Machines run in parallel; default: the number of CPUs."
)
@click.option(
    "--boots",
    type=click.Choice(["auto", "each", "once"]),
    default="auto",
    help="Boot for each program, or once and restore that state for each (docs/runs.md).",
)
@click.option(
    "--trace",
    type=click.Choice(["auto", "serial", "memory"]),
    default="auto",
    help="How the trace comes from a booted machine; default: auto, through its memory "
    "where the host can share it.",
)
@click.option("--log-dir", type=LOG_FOLDER, help="Folder for logs; default: zxhil-logs/TIME.")
@click.option("--resume", type=PATH, metavar="DIR", help="Continue the run in this log folder.")
@click.option(
    "--accel",
    type=click.Choice(["auto", "tcg", "kvm"]),
    default="auto",
    help="Accelerator; default: auto, KVM where it works.",
)
@click.option(
    "--memory",
    type=click.IntRange(64),
    help=f"Memory of a machine, in MiB; default {MEMORY_MIB}, with user space {SYSTEM_MEMORY_MIB}.",
)
@click.option(
    "--smp",
    type=click.IntRange(1),
    help="Number of processors; default: what the image names, else 1.",
)
@click.option(
    "--word",
    "words",
    multiple=True,
    help="Word to append to the kernel command line; may be repeated.",
)
@click.option(
    "--qemu-arg",
    "qemu_args",
    multiple=True,
    metavar="ARG",
    help="Argument to append to QEMU's command; may be repeated.",
)
@click.option(
    "--symbols",
    type=PATH,
    help="ELF file with the kernel's symbols, or its folder; default: zircon.elf beside the image.",
)
@click.option(
    "--keep-going",
    is_flag=True,
    help="Boot for every program even if boots fail alike; default: give the kernel up.",
)
@click.option("--fail-fast", is_flag=True, help="Stop at the first divergence or failed case.")
@click.option(
    "--max-divergences", type=click.IntRange(1), metavar="N", help="Stop after N divergences."
)
@cluster_option
@click.option("--show-command", is_flag=True, help="Print the QEMU commands and keep the ZBIs.")
@debug_options
@docs_option
@age_options
@target_options
@yes_option
@report_options
@click.pass_context
def command(context: click.Context, /, **options: Any) -> None:
    """Run the guest tests on a kernel and judge every call they make."""
    if options.pop("watch"):
        from zxhil.cli.watch import watch

        watch(options, sys.argv[1:])
    resume: Path | None = options["resume"]
    if resume is not None and options["log_dir"] is not None:
        raise UserError("--log-dir", "cannot be combined with --resume", "remove it")
    if (used := defaults_used(context)) and not options["quiet"]:
        click.echo(f"zxhil: from zxhil.toml: {', '.join(used)}", err=True)
    replay: Path | None = options["replay"]
    before = {} if resume is None else options_of(resume)
    if replay is not None:
        before = machine_options(options_of(replay))
    stored, yes = target_of(before), options.pop("yes")
    target = take_target(context, options, stored)
    given = {name for name in options if is_given(context, name)}
    fill_in(context, options, before)
    if source := resume or replay:
        asked = {name: value for name, value in options.items() if name not in given}
        must_agree(source, of_run(source, stored, target, asked), yes)
    if options["memory"] is None:
        options["memory"] = SYSTEM_MEMORY_MIB if target.transport_kind == "console" else MEMORY_MIB
    if options["cluster"] is not None:
        must_fit_cluster(options, target)
        # Which accelerators workers have is not known here.
        options["accel"] = "tcg" if options["accel"] == "auto" else options["accel"]
    kept = to_journal(options, target)
    reports = Reports.take(options)
    sys.exit(_run(reports, Options(**options, target=target), kept))


def _collect_rarely() -> None:
    """Collect garbage less often: a run keeps its objects; this saves a tenth of the time."""
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)


def _run(reports: Reports, options: Options, kept: dict[str, Any]) -> int:
    _collect_rarely()
    if options.symbols is not None:
        from zxhil.symbols.crash import load_symbols

        load_symbols(options.symbols)
    if options.gdb:
        # A display of progress would overwrite what is typed.
        reports = replace(reports, quiet=True)
    asked = take_asked(options, reports.known, reports.known_clauses(""))
    judged: list[RunReport] = []
    trouble: BaseException | None = None
    digests: dict[str, str] = {}
    try:
        with _zbi_folder(asked.logs if options.show_command else None) as zbis:
            setups = {
                arch: replace(setup, known=reports.known_clauses(setup.kernel_image))
                for arch, setup in _setups(options, asked, zbis).items()
            }
            if reports.history_file is not None:
                digests = image_digests(setups)
            with instrumented(options, asked, setups) as (setups, examine):
                _judge(reports, options, kept, asked, setups, judged.append)
                examine(judged[0])
    except (Exception, KeyboardInterrupt) as error:
        # A failure after the last verdict must not prevent the report.
        if not judged:
            raise
        trouble = error
    report = judged[0]
    code = deliver(reports, options, asked, report, digests, trouble)
    # The process exits: one more garbage collection of all results would take 15 ms.
    gc.freeze()
    return code


def _setups(options: Options, asked: Asked, zbis: Path) -> dict[Arch, Setup]:
    """The setup of each architecture. Raises UserError if the resumed run's is different."""
    from zxhil.target.make import setup

    setups = {
        arch: replace(
            setup(
                asked.target,
                image,
                [task for task in asked.tasks if task.program.arch is arch],
                asked.logs,
                zbis,
                asked.documented,
            ),
            ages=asked.ages,
            symbols=options.symbols,
            memory_trace=options.through_memory,
        )
        for arch, image in asked.images.items()
    }
    if asked.earlier is not None:
        from zxhil.run.resume import must_be_equal

        must_be_equal(asked.logs, asked.earlier.run["identity"], _identity(options, asked, setups))
    return setups


def _identity(options: Options, asked: Asked, setups: dict[Arch, Setup]) -> dict[str, Any]:
    from zxhil.run.resume import identity

    return identity(setups, asked.tasks, options.repeat, asked.documented)


def _judge(
    reports: Reports,
    options: Options,
    kept: dict[str, Any],
    asked: Asked,
    setups: dict[Arch, Setup],
    keep: Callable[[RunReport], None],
) -> None:
    """Run what was requested; `keep` gets the report before anything is cleaned up."""
    from zxhil.run.durations import recall, remember
    from zxhil.target.make import closing

    tasks, earlier = asked.tasks, asked.earlier
    with (
        closing(setups),
        boot_place(options, setups, tasks) as place,
        _journal(asked.logs, earlier, asked.whole, kept) as journal,
    ):
        # Imported while the first kernel boots.
        from zxhil.run.session import Session

        if options.show_command:
            _show(asked.target, setups, tasks)
        before = recall()
        probe = _probe(setups, tasks).begin()
        with contextlib.closing(reports.progress(tasks, options.repeat)) as listener:
            session = Session(
                place.setups,
                journal,
                place.jobs,
                listener,
                rounds=options.repeat,
                durations=asked.given or before,
                earlier=None if earlier is None else earlier.got,
                rules=_rules(reports, options),
                boot=place.boot,
            )
            report = session.run(tasks, _identity(options, asked, setups))
            report = replace(report, environment=probe.finish())
            _write_environment(journal, report)
            keep(with_pages(report, asked.pages))
    _report_troubles(place.setups)
    remember(report.boots, before)


def _probe(setups: Mapping[Arch, Setup], tasks: list[Task]) -> EnvironmentProbe:
    from zxhil.guest.toolchain import find_toolchain
    from zxhil.machine.params import params_for
    from zxhil.run.environment import EnvironmentProbe

    booted = [arch for arch, setup in setups.items() if setup.image is not None]
    compiler = find_toolchain().compiler if tasks else ()
    program = compiler[0] if len(compiler) == 1 else ""
    return EnvironmentProbe([params_for(arch).binary for arch in booted], program)


def _write_environment(journal: Journal, report: RunReport) -> None:
    """Store it for `zxhil check`; a full disk has stopped the run already."""
    if report.environment is not None:
        with contextlib.suppress(MachineError):
            journal.write("environment", asdict(report.environment))


def _rules(reports: Reports, options: Options) -> StopRules:
    """The rules that end the run early. Known divergences don't count."""
    from zxhil.known.match import unknown_in
    from zxhil.run.stop import StopRules, at_most

    unknown = partial(unknown_in, reports.known)

    def expected(result: CaseResult, kernel: KernelRecord | None) -> bool:
        return result.end.is_machine_fault and not unknown(result, kernel)[1]

    rules = StopRules(options.keep_going, expected=expected)
    if options.fail_fast or options.max_divergences:
        rules.enough = at_most(options.max_divergences or 0, options.fail_fast, unknown)
    return rules


def _journal(logs: Path, earlier: Recorded | None, whole: bool, kept: dict[str, Any]) -> Journal:
    from zxhil.run.journal import Journal

    journal = Journal(logs, go_on=earlier is not None)
    if earlier is not None:
        journal.write("resumed", {})
        return journal
    journal.write_all({"whole": {"whole": whole}}, {"options": kept})
    return journal


def _report_troubles(setups: Mapping[Arch, Setup]) -> None:
    for arch, setup in setups.items():
        if setup.saved is not None and setup.saved.trouble:
            why = setup.saved.trouble
            click.echo(f"zxhil: {arch}: every program booted in full: {why}", err=True)
        for note in setup.saved.notes if setup.saved is not None else ():
            click.echo(f"zxhil: {arch}: {note}", err=True)


def _zbi_folder(keep: Path | None) -> Any:
    from zxhil.machine.scratch import scratch_folder

    return contextlib.nullcontext(keep) if keep is not None else scratch_folder()


def _show(target: Target, setups: dict[Arch, Setup], tasks: list[Task]) -> None:
    from zxhil.machine.boot import show_command
    from zxhil.run.setup import prepare

    if target.transport_kind == "console" and not target.serial.port:
        from zxhil.push.console import Systems

        for arch, setup in setups.items():
            programs = [task.program for task in tasks if task.program.arch is arch]
            click.echo(show_command(Systems(setup.booting, programs).boot()))
        return
    if target.transport_kind != "bootfs":
        raise UserError(
            "--show-command",
            f"starts no QEMU over the transport {target.transport_kind}",
            "remove it",
        )
    for task in tasks:
        arch = task.program.arch
        name = f"{arch}-{task.program.name}"
        click.echo(show_command(prepare(setups[arch], task, task.selected, name)))
