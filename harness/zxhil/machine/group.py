"""Programs that lead a process group: nothing that they started outlives them.

A wrapper script may end before the QEMU that it started. The leader is not reaped until the group
was killed: until then its number can't become another group's.
"""

from __future__ import annotations

import os
import selectors
import signal
import subprocess
import time
from collections.abc import Sequence
from contextlib import ExitStack, suppress
from typing import IO, NamedTuple

#: Bytes that are read of each output of a queried program.
ANSWER_LIMIT = 4096
_NAP = 0.05


def exit_code_of(leader: subprocess.Popen[bytes]) -> int | None:
    """The exit code, negative for a signal; None while it runs. The leader is not reaped."""
    if leader.returncode is not None:
        return leader.returncode
    try:
        found = os.waitid(os.P_PID, leader.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT)
    except ChildProcessError:
        # Another thread has reaped it.
        return leader.wait()
    if found is None:
        return None
    return found.si_status if found.si_code == os.CLD_EXITED else -found.si_status


def kill_group(leader: subprocess.Popen[bytes]) -> int:
    """Kill all that is left of the group, and return the leader's exit code."""
    if leader.returncode is None:
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(leader.pid, signal.SIGKILL)
    return leader.wait()


class ProgramAnswer(NamedTuple):
    """A program's exit code, and up to ANSWER_LIMIT bytes of each output."""

    code: int
    out: bytes
    err: bytes


def ask(argv: Sequence[str], seconds: float, given: bytes = b"") -> ProgramAnswer | None:
    """Run a program that prints a short answer; `given`, up to a pipe's size, is its stdin.

    None if it does not end within `seconds`. One that prints more than ANSWER_LIMIT bytes is
    killed. Raises OSError if it can't be started.
    """
    leader = subprocess.Popen(
        argv,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        bufsize=0,
        start_new_session=True,
    )
    assert leader.stdin is not None and leader.stdout is not None and leader.stderr is not None
    said = {leader.stdout: bytearray(), leader.stderr: bytearray()}
    with ExitStack() as stack:
        for pipe in said:
            stack.callback(pipe.close)
        stack.callback(kill_group, leader)
        with leader.stdin, suppress(BrokenPipeError):
            leader.stdin.write(given)
        is_over = _listen(leader, said, seconds)
        code = kill_group(leader)
    out, err = (bytes(each[:ANSWER_LIMIT]) for each in said.values())
    return ProgramAnswer(code, out, err) if is_over else None


def _listen(
    leader: subprocess.Popen[bytes], said: dict[IO[bytes], bytearray], seconds: float
) -> bool:
    """Read until the end, or beyond the limit; False on a timeout."""
    deadline = time.monotonic() + seconds
    with selectors.DefaultSelector() as selector:
        for pipe in said:
            selector.register(pipe, selectors.EVENT_READ, said[pipe])
        while time.monotonic() < deadline:
            # Another process of the group may hold the pipes.
            has_ended = exit_code_of(leader) is not None
            ready = selector.select(0.0 if has_ended else _NAP) if selector.get_map() else []
            if has_ended and not ready:
                return True
            for key, _ in ready:
                data = os.read(key.fd, ANSWER_LIMIT)
                key.data.extend(data)
                if not data:
                    selector.unregister(key.fileobj)
                if len(key.data) > ANSWER_LIMIT:
                    return True
            if not selector.get_map() and not has_ended:
                time.sleep(_NAP / 10)
    return False
