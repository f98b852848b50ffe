"""``zxhil faults``: check that the harness detects every fault of the stand-in."""

from __future__ import annotations

import fnmatch
import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from zxhil import named_file
from zxhil.abi.arch import Arch
from zxhil.cli import completion
from zxhil.cli.base import OUTPUT, Command
from zxhil.counts import counted
from zxhil.errors import EXIT_CONFORMS, EXIT_DIVERGES, UserError
from zxhil.names import no_such

if TYPE_CHECKING:
    from collections.abc import Iterator

    from zxhil.explore.faults import ExploredFault
    from zxhil.run.faults import FaultResult

#: Calls of an exploration of one fault.
_CALLS = 20_000


@click.command("faults", cls=Command)
@click.option("--all", "every", is_flag=True, help="Run every fault; default: a sample per page.")
@click.option(
    "--fault",
    "pattern",
    metavar="GLOB",
    help="Run only these faults.",
    shell_complete=completion.faults,
)
@click.option(
    "--arch", type=click.Choice([a.value for a in Arch]), help="Architecture; default: both."
)
@click.option(
    "--jobs", type=click.IntRange(1), help="Machines run in parallel; default: the number of CPUs."
)
@click.option(
    "--explore",
    "exploring",
    is_flag=True,
    help="Look for each fault by zxhil explore, with no case, in place of running its cases.",
)
@click.option(
    "--calls",
    type=click.IntRange(1),
    help=f"Calls of each exploration; default {_CALLS}.",
)
@click.option("--seed", type=click.IntRange(0), help="Seed of each exploration; default 1.")
@click.option("--json", "json_file", type=OUTPUT, help="Write the results as JSON to PATH.")
@click.option("-q", "--quiet", is_flag=True, help="List only faults that were missed.")
def command(
    every: bool,
    pattern: str | None,
    arch: str | None,
    jobs: int | None,
    exploring: bool,
    calls: int | None,
    seed: int | None,
    json_file: Path | None,
    quiet: bool,
) -> None:
    """Run each fault of the stand-in kernel and check that it is detected.

    The table lists the verdict on each fault. The exit code is 1 if one was missed or
    blamed on the wrong clause.
    """
    from zxhil.explore.faults import ExploredFault, can_show, explore_faults, numbers
    from zxhil.machine.scratch import scratch_folder
    from zxhil.run.faults import NO_FAULT, find_all, sample
    from zxhil.standin import faults

    for name, value in (("--calls", calls), ("--seed", seed)):
        if value is not None and not exploring:
            raise UserError(name, "is for explorations", "add --explore")
    table = [fault for fault in faults() if not exploring or can_show(fault)]
    if pattern:
        chosen = [fault for fault in table if fnmatch.fnmatchcase(fault.name, pattern)]
        if not chosen:
            raise no_such("--fault", "fault", pattern, [fault.name for fault in table])
    else:
        chosen = table if every else sample(table, 2)
        if not exploring:
            chosen = [NO_FAULT, *chosen]
    arches = [Arch(arch)] if arch else list(Arch)
    findings: list[FaultResult | ExploredFault] = []
    jobs = jobs or os.cpu_count() or 1
    with scratch_folder() as scratch:
        results: Iterator[FaultResult | ExploredFault] = (
            explore_faults(
                chosen,
                arches,
                scratch,
                calls=calls or _CALLS,
                seed=1 if seed is None else seed,
                jobs=jobs,
            )
            if exploring
            else find_all(chosen, arches, scratch, jobs)
        )
        for finding in results:
            findings.append(finding)
            if not quiet or not finding.caught:
                click.echo(_line(finding))
    missed = [f for f in findings if not f.caught]
    if json_file is not None:
        rows = [_json(finding) for finding in findings]
        named_file.write(json_file, json.dumps(rows, indent=1).encode() + b"\n", "--json")
    click.echo(
        f"{counted(len(findings), 'fault')}, {len(findings) - len(missed)} caught, "
        f"{len(missed)} missed"
    )
    if text := numbers([each for each in findings if isinstance(each, ExploredFault)]):
        click.echo(text)
    sys.exit(EXIT_DIVERGES if missed else EXIT_CONFORMS)


def _line(finding: FaultResult | ExploredFault) -> str:
    mark = "caught" if finding.caught else "MISSED"
    name = finding.fault.name or "(no fault)"
    expected = finding.fault.clause or finding.fault.end
    return f"{mark}  {finding.arch:<5}  {name:<32} {expected:<44} {finding.said}"


def _json(finding: FaultResult | ExploredFault) -> dict[str, Any]:
    return {
        "fault": finding.fault.name,
        "arch": finding.arch.value,
        "expected": finding.fault.clause or finding.fault.end,
        "caught": finding.caught,
        "said": finding.said,
    }
