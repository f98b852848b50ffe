"""Checks of the host's resources: folders, disk, process limits, locale, files.

Each check does what a run would do, if that leaves nothing behind.
"""

from __future__ import annotations

import enum
import json
import locale
import os
import resource
import shutil
import socket
import sys
import tempfile
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from zxhil import shipped
from zxhil.abi.arch import Arch
from zxhil.counts import counted
from zxhil.errors import MachineError, UserError, host_fault
from zxhil.machine.params import MEMORY_MIB
from zxhil.run.room import QEMU_MIB, free_mib

#: MiB on a disk, below which a run fails soon.
DISK_MIB = 100
#: About the most threads that a run starts.
_THREADS = 8 + 4 * (os.cpu_count() or 1)

#: Limits of a process: name, unit, the least that a run works with, and what is plenty.
#: A run of two machines needed 26 open files; the largest file it writes is a saved machine.
_LIMITS: Mapping[int, tuple[str, str, int, int, int]] = {
    resource.RLIMIT_NOFILE: ("open files", "", 1, 32, 256),
    resource.RLIMIT_FSIZE: ("size of a file", " MiB", 1 << 20, 64, 256),
    resource.RLIMIT_AS: ("address space", " MiB", 1 << 20, 2048, 4096),
}
_OPTION = {resource.RLIMIT_NOFILE: "-n", resource.RLIMIT_FSIZE: "-f", resource.RLIMIT_AS: "-v"}


class CheckState(enum.StrEnum):
    """`NOTE` is informational; `BAD` stops a run."""

    GOOD = "ok"
    NOTE = "note"
    BAD = "BAD"


@dataclass(frozen=True, slots=True)
class CheckResult:
    """The result of one check, and how to fix it."""

    what: str
    state: CheckState
    seen: str
    remedy: str = ""


def resources() -> Iterator[CheckResult]:
    """Run all checks."""
    from platformdirs import user_cache_path

    yield folder("cache folder", user_cache_path("zxhil"), "set XDG_CACHE_HOME to another folder")
    yield temporary_folder()
    yield current_folder()
    yield memory()
    yield from (limit(each) for each in _LIMITS)
    yield threads()
    yield language()
    yield shipped_files()


def folder(what: str, path: Path, remedy: str) -> CheckResult:
    """Make the folder, and write a file there."""
    try:
        path.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=path) as file:
            file.write(b"x")
        free = shutil.disk_usage(path).free >> 20
    except OSError as error:
        return CheckResult(what, CheckState.BAD, f"{path}: {error.strerror}", remedy)
    if free < DISK_MIB:
        return CheckResult(
            what, CheckState.BAD, f"{path}: {free} MiB free", "free some space there"
        )
    return CheckResult(what, CheckState.GOOD, f"{path}, {free} MiB free")


def temporary_folder() -> CheckResult:
    """Make a scratch folder as a machine does, with a FIFO and a socket in it."""
    from zxhil.machine.scratch import scratch_folder

    what, remedy = "temporary folder", "set TMPDIR to a writable folder with a short path"
    wanted = os.environ.get("TMPDIR")
    try:
        with scratch_folder() as made:
            os.mkfifo(made / "fifo")
            with socket.socket(socket.AF_UNIX) as listener:
                listener.bind(str(made / "socket"))
            (made / "file").write_bytes(bytes(1 << 20))
            base, free = made.parent, shutil.disk_usage(made).free >> 20
    except UserError as error:
        return CheckResult(what, CheckState.BAD, f"{error.place}: {error.problem}", error.remedy)
    except (MachineError, OSError) as error:
        fault = host_fault(error)
        return CheckResult(what, CheckState.BAD, fault.problem if fault else str(error), remedy)
    if free < DISK_MIB:
        return CheckResult(
            what, CheckState.BAD, f"{base}: {free} MiB free", f"free some space, or {remedy}"
        )
    if wanted and Path(wanted).absolute() != base:
        seen = f"{base}, {free} MiB free; TMPDIR={wanted} can't be used"
        return CheckResult(what, CheckState.NOTE, seen, remedy)
    return CheckResult(what, CheckState.GOOD, f"{base}, {free} MiB free")


def current_folder() -> CheckResult:
    """The default place of logs."""
    what = "current folder"
    try:
        here = Path.cwd()
        with tempfile.TemporaryFile(dir=here) as file:
            file.write(b"x")
        free = shutil.disk_usage(here).free >> 20
    except OSError as error:
        seen = f"logs can't be written here: {error.strerror}"
        return CheckResult(what, CheckState.NOTE, seen, "run elsewhere, or give --log-dir")
    if free < DISK_MIB:
        seen = f"{here}: {free} MiB free"
        return CheckResult(what, CheckState.NOTE, seen, "free some space, or give --log-dir")
    return CheckResult(what, CheckState.GOOD, f"{here}, {free} MiB free")


def memory() -> CheckResult:
    """Memory for at least one machine."""
    free, needed = free_mib(), MEMORY_MIB + QEMU_MIB
    if free is None:
        return CheckResult("memory", CheckState.NOTE, "the host does not report free memory")
    if free < needed:
        seen = f"{free} MiB free, but a machine needs {needed} MiB"
        return CheckResult("memory", CheckState.BAD, seen, "free some, or reduce --memory")
    return CheckResult(
        "memory",
        CheckState.GOOD,
        f"{free} MiB free, enough for {counted(free // needed, 'machine')}",
    )


def limit(which: int) -> CheckResult:
    """A limit of this process, which its children inherit."""
    name, unit, size, least, plenty = _LIMITS[which]
    what, option = f"limit: {name}", _OPTION[which]
    soft, _ = resource.getrlimit(which)
    if soft == resource.RLIM_INFINITY:
        return CheckResult(what, CheckState.GOOD, "none")
    seen = f"{soft // size}{unit}"
    remedy = f"raise it: ulimit {option} (a run needs {least}{unit}, {plenty}{unit} is plenty)"
    if soft // size < least:
        return CheckResult(what, CheckState.BAD, seen, remedy)
    if soft // size < plenty:
        return CheckResult(what, CheckState.NOTE, seen, remedy)
    return CheckResult(what, CheckState.GOOD, seen)


def threads() -> CheckResult:
    """Start as many threads as a run does."""
    done = threading.Event()
    started = []
    try:
        for _ in range(_THREADS):
            thread = threading.Thread(target=done.wait)
            thread.start()
            started.append(thread)
    except RuntimeError:
        seen = f"no more than {len(started)} threads can be started"
        return CheckResult(
            "processes", CheckState.BAD, seen, f"raise it to {_THREADS} more: ulimit -u"
        )
    finally:
        done.set()
        for thread in started:
            thread.join()
    return CheckResult("processes", CheckState.GOOD, f"{_THREADS} threads can be started")


def language() -> CheckResult:
    """The locale that the environment requests exists, and can show every name."""
    names = [f"{n}={os.environ[n]}" for n in ("LC_ALL", "LC_CTYPE", "LANG") if n in os.environ]
    asked = ", ".join(names) or "none is set"
    before = locale.setlocale(locale.LC_ALL)
    try:
        locale.setlocale(locale.LC_ALL, "")
    except locale.Error:
        seen = f"{asked}: not on this host"
        return CheckResult("locale", CheckState.NOTE, seen, "set LC_ALL=C.UTF-8, or install it")
    finally:
        locale.setlocale(locale.LC_ALL, before)
    encoding = (sys.stdout.encoding or "").lower()
    if encoding.replace("-", "") != "utf8":
        seen = f"{asked}: output is {encoding or 'closed'}, other characters are escaped"
        return CheckResult("locale", CheckState.NOTE, seen, "set LC_ALL=C.UTF-8")
    return CheckResult("locale", CheckState.GOOD, asked)


def shipped_files() -> CheckResult:
    """The shipped files: guest tests, the stand-in's sources, known files."""
    what = "zxhil's files"
    wanted = [
        shipped.GUEST_TESTS / "rt" / "guest.ld",
        shipped.GUEST_TESTS / "include" / "zxtest.h",
        shipped.STANDIN / "faults.def",
        *(shipped.STANDIN / "arch" / arch / "kernel.lds" for arch in Arch),
        shipped.RUN_SCHEMA,
    ]
    remedy = "reinstall zxhil, or run it from a complete checkout"
    try:
        for path in wanted:
            path.read_bytes()
        json.loads(shipped.RUN_SCHEMA.read_bytes())
        counts = [
            len(list(shipped.GUEST_TESTS.glob("*.c"))),
            len(list(shipped.KNOWN.glob("*.toml"))),
        ]
    except OSError as error:
        return CheckResult(what, CheckState.BAD, f"{error.filename}: {error.strerror}", remedy)
    except ValueError as error:
        return CheckResult(what, CheckState.BAD, f"{shipped.RUN_SCHEMA}: {error}", remedy)
    if not all(counts):
        seen = f"{shipped.ROOT}: guest tests or known divergences are missing"
        return CheckResult(what, CheckState.BAD, seen, remedy)
    seen = f"{shipped.ROOT}: {counts[0]} guest test files, {counts[1]} of known divergences"
    return CheckResult(what, CheckState.GOOD, seen)
