"""Run a compiler or linker on the user's files within limits.

``.incbin "/dev/zero"`` takes all memory, a FIFO in an ``#include`` blocks forever, and a
recursive macro prints endlessly. A tool gets a limit of memory, of time, and of the size of
the files that it writes, its own output included; of that output, head and tail are kept.
"""

from __future__ import annotations

import errno
import os
import shutil
import signal
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO, NamedTuple

from zxhil.errors import MachineError

MEMORY_MIB = 2048
SECONDS = 120
FILE_MIB = 64

#: zig maps far more than it uses.
_ZIG_MEMORY_MIB = 16 * MEMORY_MIB

_HEAD, _TAIL = 8000, 4000
_BLOCK = 1 << 14
_LITTLE = 1 << 20

# Arguments: KiB of memory, seconds of processor time, blocks of 512 bytes, then the command. The
# limit of processor time is for a tool whose zxhil was killed.
_SCRIPT = 'ulimit -c 0; ulimit -v $1; ulimit -t $2; ulimit -f $3; shift 3; exec "$@"'

_running: set[subprocess.Popen[bytes]] = set()


class ToolResult(NamedTuple):
    """A tool's exit code (negative: a signal), its output, and whether a limit ended it.

    `limit` describes the limit; it is empty if the tool ended by itself.
    """

    code: int
    said: str
    limit: str


def run(command: Sequence[str], folder: Path, seconds: float = SECONDS) -> ToolResult:
    """Run a tool in `folder`, which is its folder for temporary files, too.

    Raises MachineError if it is missing, can't be started, or runs out of disk space.
    """
    if shutil.which(command[0]) is None:
        raise MachineError(f"{command[0]} cannot be started: it is missing or not executable")
    zig = "ziglang" in command
    memory = (_ZIG_MEMORY_MIB if zig else MEMORY_MIB) << 10
    limits = [str(memory), str(SECONDS), str(FILE_MIB << 11)]
    try:
        # In memory: on a full disk its output would be lost.
        with os.fdopen(os.memfd_create("said"), "w+b") as said:
            process = subprocess.Popen(
                ["/bin/sh", "-c", _SCRIPT, "sh", *limits, *command],
                cwd=folder,
                env={**os.environ, "TMPDIR": str(folder)},
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
            timed_out = not _wait(process, seconds)
            ran = ToolResult(
                process.returncode, head_and_tail(said), _limit(process, timed_out, seconds)
            )
    except OSError as error:
        place = f"{error.filename}: " if error.filename else ""
        raise MachineError(f"{command[0]} cannot be started: {place}{error.strerror}") from None
    if ran.code and _is_full(folder, ran):
        # The tool's output blames the file that it could not write.
        raise MachineError(f"{folder}: no space left on its disk", ran.said)
    return ran


def _is_full(folder: Path, ran: ToolResult) -> bool:
    found = os.statvfs(folder)
    free = found.f_bavail * found.f_frsize
    # The linker maps its output: on a full disk it gets SIGBUS. It frees some space as it ends.
    is_bus = ran.code in (-signal.SIGBUS, 128 + signal.SIGBUS)
    return free < (_LITTLE if is_bus else _BLOCK) or os.strerror(errno.ENOSPC) in ran.said


@contextmanager
def interruptible() -> Iterator[None]:
    """On an interrupt in the block, end the tools that its threads wait for.

    They run in separate sessions, which a terminal's Ctrl-C does not reach.
    """
    try:
        yield
    except KeyboardInterrupt:
        for process in tuple(_running):
            _kill(process)
        raise


def _kill(process: subprocess.Popen[bytes]) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)


def _wait(process: subprocess.Popen[bytes], seconds: float) -> bool:
    """Wait for the end; on a timeout kill the tool and all that it started."""
    _running.add(process)
    try:
        process.wait(seconds)
        return True
    except subprocess.TimeoutExpired:
        return False
    finally:
        _running.discard(process)
        if process.poll() is None:
            _kill(process)
            process.wait()


def _limit(process: subprocess.Popen[bytes], timed_out: bool, seconds: float) -> str:
    code = process.returncode
    # A driver reports its child's signal as a shell does.
    number = -code if code < 0 else code - 128 if code > 128 else 0
    if timed_out or number == signal.SIGXCPU:
        return f"it was killed after {seconds:g} s"
    if number == signal.SIGXFSZ:
        return f"it wrote more than {FILE_MIB} MiB"
    if number:
        return f"it was killed by signal {number}; its memory is limited to {MEMORY_MIB} MiB"
    return ""


def head_and_tail(file: BinaryIO, head: int = _HEAD, tail: int = _TAIL) -> str:
    """The text of a file, without its middle if it is long; sizes in bytes."""
    size = file.seek(0, os.SEEK_END)
    file.seek(0)
    if size <= head + tail:
        return file.read().decode("utf-8", "replace").strip()
    first = file.read(head)
    file.seek(size - tail)
    middle = f"\n[{size - head - tail} bytes omitted]\n".encode()
    return (first + middle + file.read()).decode("utf-8", "replace").strip()
