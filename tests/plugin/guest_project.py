"""A project with guest tests, and what takes the place of compiler and machine in it.

pytest runs in a process of its own, as a user's does. The project's conftest.py puts fakes in
for the compiler and the session; each boot leaves a line in ``boots``.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import xml.etree.ElementTree as ET
from dataclasses import dataclass
from pathlib import Path

_TESTS = Path(__file__).parents[1]

CONFTEST = """
import os, re, types
from pathlib import Path
import zxhil.pytest_plugin.bench as bench
import zxhil.pytest_plugin.items as items
import zxhil.run.prepare as prepare
from zxhil.abi.arch import Arch
from zxhil.errors import UserError
from zxhil.guest.build import Program
from zxhil.guest.cases import Case
from dataclasses import replace
from zxhil.oracle.results import CaseEndKind
from zxhil.run.record import NotRun
from run_builders import boot, call, case, failed, kernel, run

HERE = Path(__file__).parent
ENDS = {end.name.lower(): end for end in CaseEndKind}
CASE = re.compile(r'CASE[(](\\w+), "(.*?)"')

def build(arch, source):
    found = []
    for path in source.files:
        text = path.read_text()
        if "#error" in text:
            raise UserError(str(path), "does not build", "fix the C file")
        for number, line in enumerate(text.splitlines(), 1):
            if match := CASE.match(line):
                claims = tuple(match[2].split())
                found.append(Case(len(found), match[1], claims, path.name, number))
    return Program(source.name, arch, Path("x.elf"), b"", tuple(found))

def result(program, info):
    name = f"{program}/{info.name}"
    kind = info.name.split("_")[0]
    if kind == "failed":
        return failed(name)
    return case(name, ENDS[kind], detail=f"why {info.name} is so", evidence="the kernel said so")

# Seconds pass here alone: 100 for a boot, 7 for a case, 30 for the end.
clock = [0.0]
bench.time = types.SimpleNamespace(monotonic=lambda: clock[0])

class Session:
    def __init__(self, setups, journal, jobs, listener):
        (self.setup,) = setups.values()
        self.listener = listener
    def run(self, tasks):
        (task,) = tasks
        program = task.program.name
        chosen = [c for c in task.program.cases if c.index in task.selected]
        with open(HERE / "boots", "a") as log:
            worker = os.environ.get("PYTEST_XDIST_WORKER", "main")
            log.write(" ".join([worker, program, *(c.name for c in chosen)]) + "\\n")
        record = boot(program=program)
        serial = [b"kernel log", b"~00000Bbegin", b" " * 80, b"~00001Ccall", b"~00002Eend"]
        serial += [b"~00003Bnext", b""]
        (self.setup.logs / record.serial).write_bytes(b"\\n".join(serial))
        self.listener.booting("x64", task, task.selected)
        results = [result(program, c) for c in chosen]
        clock[0] += 100
        for each in results:
            clock[0] += 7
            self.listener.case(each)
        self.listener.boot(record)
        clock[0] += 30
        if any("no_boot" in c.name for c in chosen):
            dead = replace(record, end="panic", first_line=0.0, evidence="panic (caller 0x1): oh")
            why = "2 boots failed alike before a program started: oh"
            not_run = (NotRun("x64", len(chosen), why, fault=True),)
            return replace(run(), boots=(dead,), not_run=not_run)
        stopped = "disk full" if any("stop" in c.name for c in chosen) else ""
        if any("ctrl_c" in c.name for c in chosen):
            return run(*results[:1], interrupted="interrupted by the user")
        return run(*(results[:-1] if stopped else results), interrupted=stopped)

def find_images(path, arch, shim):
    if path is not None and not path.exists():
        raise UserError(str(path), "does not exist", "give an image")
    image = types.SimpleNamespace(arch=Arch.X64, name="fake", path=path, processors=0)
    return {Arch.X64: image}

items.build = build
bench.Session = Session
bench.find_images = find_images
# The fake image has no boot data of which something could be kept.
prepare.first_process_notes = lambda image, words: ()
"""

CHANNEL = """\
#include "zxtest.h"
CASE(passed_one, "channel_write/peer_closed") {}
CASE(failed_one, "channel_write/wrong_type channel_read/peer_closed") {}
CASE(skipped_one, "channel_write/peer_closed") {}
CASE(vacuous_one, "channel_write/peer_closed") {}
"""
MORE = 'CASE(passed_more, "channel_write/bad_handle_entry") {}\n'
SOCKET = """\
CASE(passed_share, "socket_share/queue_full") {}
CASE(panic_share, "socket_share/queue_full") {}
CASE(hung_share, "socket_share/queue_full") {}
CASE(crashed_share, "socket_share/queue_full") {}
CASE(lost_share, "socket_share/queue_full") {}
"""


@dataclass(frozen=True, slots=True)
class Ran:
    """What pytest did: its exit code, its output, and each test's outcome and message."""

    code: int
    text: str
    outcomes: dict[str, str]
    messages: dict[str, str]
    seconds: dict[str, float]
    boots: list[list[str]]


@dataclass(frozen=True, slots=True)
class Project:
    """A folder with guest tests in ``guests``."""

    folder: Path

    def write(self, **files: str) -> None:
        """Write C files into ``guests``."""
        guests = self.folder / "guests"
        guests.mkdir(exist_ok=True)
        for name, text in files.items():
            (guests / f"{name}.c").write_text(text)

    def collect(self, *selections: tuple[str, ...]) -> list[list[str]]:
        """The names that pytest collects for each list of words; all in one process."""
        done = subprocess.run(
            [sys.executable, "-c", _COLLECT, json.dumps(selections)],
            cwd=self.folder,
            env=_environment(),
            capture_output=True,
            text=True,
            check=True,
        )
        found: list[list[str]] = json.loads(done.stdout.splitlines()[-1])
        return found

    def pytest(self, *words: str, where: str = "guests") -> Ran:
        """Run pytest with these words."""
        (self.folder / "boots").unlink(missing_ok=True)
        report = self.folder / "report.xml"
        report.unlink(missing_ok=True)
        arguments = [*([where] if where else []), "--zx-accel=tcg", *words]
        done = subprocess.run(
            [sys.executable, "-m", "pytest", f"--junitxml={report}", *arguments],
            cwd=self.folder,
            env=_environment(),
            capture_output=True,
            text=True,
            check=False,
        )
        boots = self.folder / "boots"
        lines = boots.read_text().splitlines() if boots.exists() else []
        elements = list(ET.parse(report).iter("testcase")) if report.exists() else []
        return Ran(
            done.returncode,
            done.stdout + done.stderr,
            {e.get("name", ""): _outcome(e) for e in elements},
            {e.get("name", ""): _message(e) for e in elements},
            {e.get("name", ""): float(e.get("time", "0")) for e in elements},
            [line.split() for line in lines],
        )


_COLLECT = """
import json, sys, pytest
class Names:
    def pytest_collection_finish(self, session):
        found.append(sorted(item.name for item in session.items))
found = []
for words in json.loads(sys.argv[1]):
    pytest.main(["guests", "--collect-only", "-q", *words], plugins=[Names()])
print("\\n" + json.dumps(found))
"""


def _environment() -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    return {**kept, "PYTHONPATH": f"{_TESTS.parent / 'harness'}:{_TESTS}"}


def _told(element: ET.Element) -> ET.Element | None:
    return next((e for e in element if e.tag in ("failure", "error", "skipped")), None)


def _outcome(element: ET.Element) -> str:
    reported = _told(element)
    return "passed" if reported is None else reported.tag


def _message(element: ET.Element) -> str:
    reported = _told(element)
    return "" if reported is None else reported.get("message", "")


def known(**entry: object) -> str:
    """The text of a file with one known divergence."""
    return "[[divergence]]\n" + "".join(f"{k} = {json.dumps(v)}\n" for k, v in entry.items())
