"""``--cluster``: where a run's boots are made, on this host or on the workers of a cluster."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from zxhil.errors import UserError

if TYPE_CHECKING:
    from zxhil.abi.arch import Arch
    from zxhil.bisect.probe import Probe
    from zxhil.cli.asked import Options
    from zxhil.run.boot import BootOnce
    from zxhil.run.plan import Task
    from zxhil.run.setup import Setup
    from zxhil.target.model import Target

cluster_option = click.option(
    "--cluster",
    metavar="ADDRESS",
    help="Dask cluster whose workers run the machines: tcp://HOST:PORT or a scheduler file.",
)

#: Options that need the machine, or its files, on this host.
_ON_THIS_HOST = ("gdb", "kernel_coverage", "record", "replay", "show_command")


class BootPlace(NamedTuple):
    """Where boots are made: their setups, how many at once, and what makes one."""

    setups: dict[Arch, Setup]
    jobs: int
    boot: BootOnce


def must_fit_cluster(options: Mapping[str, Any], target: Target) -> None:
    """Raise UserError for an address that is none, and a target that is not emulated machines.

    Also for options that look into a machine of this host, or keep something of it.
    """
    from zxhil.cluster.address import scheduler_at

    given = [name for name in _ON_THIS_HOST if options.get(name)]
    if target.transport_kind != "bootfs":
        given.append(f"transport {target.transport_kind}")
    if given:
        name = given[0].replace("_", "-")
        problem = f"can't be combined with --{name}"
        raise UserError("--cluster", problem, "remove one of the two")
    scheduler_at(str(options["cluster"]))


@contextmanager
def boot_place(
    options: Options, setups: Mapping[Arch, Setup], tasks: Sequence[Task]
) -> Iterator[BootPlace]:
    """This host, or the cluster that the options name. Raises UserError and MachineError."""
    from zxhil.run.start import Boots, saved_starts, saves
    from zxhil.target.make import parallelism

    boots = Boots(options.boots)
    if options.cluster is None:
        from zxhil.run.room import jobs_with_room

        jobs = _jobs(options, jobs_with_room(options.jobs or os.cpu_count() or 1, options.memory))
        width = parallelism(setups, jobs)
        with saved_starts(setups, tasks, width, options.repeat, boots) as started:
            # Imported while the first kernel boots.
            from zxhil.run.boot import run_boot

            yield BootPlace(started, width, run_boot)
        return
    from zxhil.cluster.boots import ClusterBoots
    from zxhil.cluster.connect import connected

    with connected(options.cluster) as cluster:
        jobs = options.jobs or cluster.jobs
        saved = {
            arch
            for arch, setup in setups.items()
            if saves(setup, arch, tasks, jobs, options.repeat, boots)
        }
        yield BootPlace(dict(setups), jobs, ClusterBoots(cluster, setups, tasks, saved).boot)


def must_answer(address: str) -> int:
    """How many threads the cluster has. Raises what `connected` raises."""
    from zxhil.cluster.connect import connected

    with connected(address) as cluster:
        return cluster.jobs


def probe_on(address: str | None, probe: Probe, jobs: int) -> tuple[Probe, int]:
    """What tests candidates, and how many at once: with a cluster, one for each of its threads.

    Each test is a run on the cluster. Raises UserError for a user command, which no worker runs,
    and what `connected` raises: a wrong address must not look like a bad candidate.
    """
    if address is None:
        return probe, jobs
    from zxhil.bisect.probe import CaseProbe

    if not isinstance(probe, CaseProbe):
        raise UserError("--cluster", "can't be combined with --when-command", "remove one")
    threads = must_answer(address)
    jobs = jobs if jobs > 1 else threads
    return replace(probe, options=(*probe.options, "--cluster", address)), jobs


def _jobs(options: Options, fit: int) -> int:
    if options.jobs is not None and fit < options.jobs:
        click.echo(
            f"zxhil: --jobs {options.jobs}: the host's memory has room for {fit} "
            f"{'machine' if fit == 1 else 'machines'} of {options.memory} MiB",
            err=True,
        )
    return fit
