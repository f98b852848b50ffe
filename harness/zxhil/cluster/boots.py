"""Boots of a run on the workers of a cluster; answers are checked before anything counts."""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

from zxhil.abi.ages import Age
from zxhil.abi.arch import Arch
from zxhil.cluster.connect import Cluster, WorkCancelled
from zxhil.cluster.content import Packed, PortableSetup, own_version, pack
from zxhil.cluster.sealed import Lines, checked_answer
from zxhil.cluster.workshop import OPEN, SEEN, START, SUFFIXES, BootJob, BootOrder
from zxhil.disk.shape import Check, compiled
from zxhil.errors import UserError
from zxhil.guest.build import build_suite
from zxhil.machine.limits import Watch
from zxhil.machine.listen import End
from zxhil.machine.monitor import Event
from zxhil.machine.scratch import write
from zxhil.machine.streamlog import StreamLog
from zxhil.oracle.oracle import KernelSeen
from zxhil.oracle.results import CaseResult, check_case, from_json
from zxhil.plain import plain
from zxhil.run.boot import Observer, cut_off
from zxhil.run.ending import AGAIN, FINISHED, Ending, conclude
from zxhil.run.journal_shape import line_checks
from zxhil.run.plan import Task
from zxhil.run.record import BootRecord, boot_from_json
from zxhil.run.schema_kit import count, list_of, object_of, text
from zxhil.run.setup import Setup

_LINES_PER_CASE = 4


class _Away:
    """A boot on a worker, as a run sees it: only its log has a place here."""

    command = ()
    nonce = None

    def __init__(self, log: Path) -> None:
        self.log_path = log
        self.cancelled = False

    def listen(self, watch: Watch) -> Iterator[bytes | Event | End]:
        """Nothing: the answer comes at once."""
        return iter(())

    def finish(self) -> None:
        """Nothing: the worker ends its machine."""

    def kill(self) -> None:
        self.cancelled = True


class ClusterBoots:
    """Boots the tasks of a run on a cluster; `boot` stands in for `zxhil.run.boot.run_boot`."""

    def __init__(
        self,
        cluster: Cluster,
        setups: Mapping[Arch, Setup],
        tasks: Sequence[Task],
        saved: set[Arch],
    ) -> None:
        self._cluster = cluster
        self._jobs = {
            arch: _job(setup, [t for t in tasks if t.program.arch is arch], arch in saved)
            for arch, setup in setups.items()
        }

    def boot(
        self, setup: Setup, task: Task, selected: tuple[int, ...], name: str, observer: Observer
    ) -> BootRecord:
        """Boot once on a worker; report to `observer` when the answer is here and checked.

        Raises MachineError if workers fail again and again, and UserError as a boot does.
        """
        from zxhil.cluster.worker import work

        packed = self._jobs[task.program.arch]
        with StreamLog.create(setup.logs, name) as log:
            away = _Away(log.path)
        observer.started(away)
        order = BootOrder(packed.digest, own_version(), task.program.name, selected, name)

        def take(answer: dict[str, Any]) -> tuple[dict[str, Any], Lines]:
            return answer, checked_lines(answer, task, selected)

        try:
            answer, lines = self._cluster.ask(work, order, packed, take, away)
        except WorkCancelled:
            return cut_off(setup, away, task, selected)
        record = _keep_files(setup.logs, away.log_path, answer, lines)
        return _reported(setup, lines, record, observer)


def _job(setup: Setup, tasks: list[Task], saved: bool) -> Packed:
    programs = tuple(task.program for task in tasks)
    suite = None
    if saved:
        # Programs that cannot be linked together each boot.
        with suppress(UserError):
            suite = build_suite(programs)
    return pack(BootJob(PortableSetup.of(setup), programs, suite))


def _keep_files(logs: Path, serial: Path, answer: dict[str, Any], lines: Lines) -> BootRecord:
    """Write the logs, before a line that names them; returns the record of the boot."""
    worker = plain(str(answer["worker"]))
    record = replace(boot_from_json(lines[-1][1]), serial=serial.name, worker=worker)
    for name, data in answer["files"].items():
        role, _, suffix = name.rpartition(".")
        log = logs / record.went_on_from if role == START else serial
        write(log.with_suffix(f".{suffix}"), data)
    return record


def _reported(setup: Setup, lines: Lines, record: BootRecord, observer: Observer) -> BootRecord:
    """Tell the observer what the boot would have told it here; returns the boot's record."""
    record = replace(record, evidence=setup.symbolized(record.evidence))
    if record.end != FINISHED:
        observer.ended(record)
    for kind, content in lines[:-1]:
        if kind == SEEN:
            observer.kernel(_seen(content))
            continue
        result = from_json(content)
        if kind == OPEN:
            if observer.switched_off(result):
                record = replace(record, evidence=AGAIN)
                observer.ended(record)
            result = conclude(result, Ending(record.end, record.end_text, record.evidence))
        result = replace(result, evidence=setup.symbolized(result.evidence))
        observer.case(result, record.serial)
    return record


def _seen(content: dict[str, Any]) -> KernelSeen:
    age = Age(content["earliest"], content["latest"], content["why"])
    absent, unsure = frozenset(content["absent"]), frozenset(content["unsure"])
    return KernelSeen(content["version"], absent, unsure, age)


def checked_lines(answer: dict[str, Any], task: Task, selected: tuple[int, ...]) -> Lines:
    """The lines of an answer about these cases of a program; the boot's is the last.

    Raises Damaged if anything of the answer is not as a boot of these cases makes it.
    """

    def further(lines: Lines, files: Mapping[str, bytes]) -> None:
        if not lines or lines[-1][0] != "boot":
            raise ValueError("it does not end with the record of the boot")
        for kind, content in lines:
            _must_be_about(kind, content, task, selected)
        _must_be_files(files, lines[-1][1])

    return checked_answer(answer, _LINES_PER_CASE * (len(selected) + 1), _checks, further)


def _must_be_about(
    kind: str, content: dict[str, Any], task: Task, selected: tuple[int, ...]
) -> None:
    program = task.program
    if kind == "boot":
        said = (content["arch"], content["program"], tuple(content["selected"]))
        if said != (program.arch.value, program.name, selected):
            raise ValueError("it is of another boot")
    elif kind != SEEN:
        check_case(content)
        result: CaseResult = from_json(content)
        asked = task.asked(selected).values()
        if result.arch != program.arch.value or result.info != task.infos.get(result.info.name):
            raise ValueError(f"it has a case {result.id} that the program does not have")
        if result.info.name not in asked:
            raise ValueError(f"it has the case {result.id}, which was not requested")


def _must_be_files(files: Mapping[str, bytes], boot: dict[str, Any]) -> None:
    roles = ("", START) if boot.get("went_on_from") else ("",)
    if not files.keys() <= {f"{role}{suffix}" for role in roles for suffix in SUFFIXES}:
        raise ValueError("it has files that no boot makes")
    if not {f"{role}.serial" for role in roles} <= files.keys():
        raise ValueError("it has no serial log")


@functools.cache
def _checks() -> dict[str, Check]:
    """The checks of the lines of an answer, by kind."""
    journal = line_checks()
    seen = object_of(
        {
            "version": {"anyOf": [text("the kernel's version"), {"type": "null"}]},
            "absent": list_of(text("a call")),
            "unsure": list_of(text("a call")),
            "earliest": count("a day"),
            "latest": count("a day"),
            "why": text("what tells the age"),
        }
    )
    return {
        "boot": journal["boot"],
        "case": journal["case"],
        OPEN: lambda case: journal["case"]({**case, "round": 1, "serial": ""}),
        SEEN: compiled(seen),
    }
