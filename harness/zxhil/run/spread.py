"""Spread work over processes: threads would share one core.

The processes are forked, so they begin at once and with all that was read before. What one of them
does not answer, because it was killed or its work failed, is done again in this process: no
result is lost by it, and an exception is raised here.
"""

from __future__ import annotations

import contextlib
import os
import signal
import threading
from collections.abc import Callable, Sequence
from multiprocessing.connection import Connection
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from multiprocessing.process import BaseProcess

T = TypeVar("T")
R = TypeVar("R")


def cores() -> int:
    """How many processes can run at the same time; 1 where this one must not be forked."""
    # Another thread may hold a lock that would stay locked in a forked process.
    return len(os.sched_getaffinity(0)) if threading.active_count() == 1 else 1


def spread(
    work: Callable[[T], R], items: Sequence[T], sizes: Sequence[int], processes: int
) -> list[R]:
    """Return ``[work(item) for item in items]``, done by so many processes.

    `sizes` say how much work each item is. Results are pickled.
    """
    found: dict[int, R] = {}
    if min(processes, len(items)) > 1:
        _ask(work, items, _shares(sizes, min(processes, len(items))), found)
    return [found[at] if at in found else work(item) for at, item in enumerate(items)]


def _shares(sizes: Sequence[int], number: int) -> list[list[int]]:
    """The places of the items for each process, the largest first, about as much for each."""
    shares: list[list[int]] = [[] for _ in range(number)]
    loads = [0] * number
    for at in sorted(range(len(sizes)), key=lambda at: -sizes[at]):
        least = loads.index(min(loads))
        loads[least] += sizes[at]
        shares[least].append(at)
    return shares


def _ask(
    work: Callable[[T], R],
    items: Sequence[T],
    shares: Sequence[Sequence[int]],
    found: dict[int, R],
) -> None:
    import multiprocessing
    from multiprocessing.connection import wait

    context = multiprocessing.get_context("fork")
    readers: list[Connection] = []
    started: list[BaseProcess] = []
    try:
        for share in shares:
            reader, writer = context.Pipe(duplex=False)
            readers.append(reader)
            process = context.Process(
                target=_answer, args=(work, items, share, writer, tuple(readers)), daemon=True
            )
            process.start()
            started.append(process)
            writer.close()
        waiting = list(readers)
        while waiting:
            for ready in wait(waiting):
                assert isinstance(ready, Connection)
                try:
                    at, result = ready.recv()
                except (EOFError, OSError):
                    waiting.remove(ready)
                else:
                    found[at] = result
    except OSError:
        """No more processes, or no more files: what is not answered is done in this one."""
    finally:
        for one in started:
            one.terminate()
            one.join()
        for reader in readers:
            reader.close()


def _answer(
    work: Callable[[T], R],
    items: Sequence[T],
    share: Sequence[int],
    writer: Connection,
    readers: Sequence[Connection],
) -> None:
    """Do a share of the work in a process of its own."""
    # Ctrl-C goes to the whole group: the parent ends this process.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    for reader in readers:
        # So that writing fails as soon as the parent is gone.
        reader.close()
    for at in share:
        try:
            answer = at, work(items[at])
        except Exception:
            continue
        with contextlib.suppress(BrokenPipeError):
            writer.send(answer)
            continue
        return
