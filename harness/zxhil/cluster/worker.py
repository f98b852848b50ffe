"""What runs on a worker, in its process: called by Dask, by name.

An answer is a dict with ``lacks`` (contents must be sent first), ``failed`` (the parts of an error,
which itself is not sent), or what the work returned.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any, Protocol

from distributed import get_worker

from zxhil.cluster.content import ContentMissing, own_version, unpack
from zxhil.cluster.depot import Depot
from zxhil.errors import MachineError, UserError, host_fault

#: Seconds after which the machines of a run that asks for nothing are ended.
_IDLE = 30.0
_POLL = 0.1
_CLOSING = ("closing", "closed", "failed")


class WorkOrder(Protocol):
    """What is to be done: for a job, which is a content, by a zxhil of this version."""

    @property
    def job(self) -> str:
        """The digest of the job."""

    @property
    def version(self) -> str:
        """What `about` must return here."""


class Shop(Protocol):
    """What does the work of a job, and keeps machines and files for it until it is closed."""

    @property
    def idle(self) -> float:
        """Seconds since there was work."""

    def do(self, order: Any, watch: Any) -> dict[str, Any]:
        """Do what is ordered, in the block `watch(end)`."""

    def close(self) -> None:
        """End machines, from any thread, and remove files."""


_depot = Depot()
#: By the run, and the digest of the job: runs on one kernel share no machine.
_shops: dict[tuple[str, str], Shop] = {}
_lock = threading.Lock()


def about() -> str:
    """This worker's zxhil."""
    return own_version()


def lacking(names: Sequence[str]) -> list[str]:
    """Which contents this worker does not have."""
    return _depot.lacking(names)


def keep(contents: Mapping[str, bytes]) -> None:
    """Take contents."""
    _depot.keep(contents)


async def finish(run: str) -> None:
    """End what runs for a run: machines and their files.

    In a thread: Dask calls this in its event loop, in which nothing may wait for a machine.
    """
    await asyncio.to_thread(_end, run)


def _end(run: str, job: str = "") -> None:
    """End what runs for a run, or for one job of it; an error in one keeps no other."""
    with ExitStack() as ended, _lock:
        for key in [key for key in _shops if key[0] == run and job in ("", key[1])]:
            ended.callback(_shops.pop(key).close)


def work(order: WorkOrder, run: str) -> dict[str, Any]:
    """Do what is ordered; the answer is `Shop.do`'s."""
    return answered(order.version, lambda: _shop(order.job, run).do(order, _watched))


def answered(version: str, done: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """The answer of work that was ordered by a zxhil of this version."""
    address = get_worker().address
    if version != own_version():
        return {"worker": address, "version": own_version()}
    try:
        return {"worker": address, **done()}
    except ContentMissing:
        return {"worker": address, "lacks": True}
    except UserError as error:
        return {"worker": address, "failed": [error.place, error.problem, error.remedy]}
    except (MachineError, OSError, MemoryError) as error:
        fault = host_fault(error)
        assert fault is not None
        return {"worker": address, "failed": ["", fault.problem, fault.evidence]}


def _shop(job: str, run: str) -> Shop:
    """The shop of a run's job. Raises ContentMissing."""
    key = (run, job)
    with _lock:
        if key not in _shops:
            _shops[key] = unpack(job, _depot.read).open(_depot.read)
            threading.Thread(target=_end_idle, args=(run, job, _shops[key]), daemon=True).start()
        return _shops[key]


def _end_idle(run: str, job: str, shop: Shop) -> None:
    """End a shop that nobody asks any more: the run may have been killed."""
    while _shops.get((run, job)) is shop:
        if shop.idle > _IDLE:
            _end(run, job)
        time.sleep(1.0)


@contextmanager
def _watched(end: Callable[[], None]) -> Iterator[None]:
    """Call `end` if the task that runs in this thread is cancelled, or the worker closes.

    Dask cannot end a thread. It cancels a task on request, and when its client is gone.
    """
    worker, key = get_worker(), get_worker().get_current_task()
    over = threading.Event()

    def watch() -> None:
        while not over.wait(_POLL):
            task = worker.state.tasks.get(key)
            if task is None or task.state != "executing" or worker.status.name in _CLOSING:
                end()
                return

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    try:
        yield
    finally:
        over.set()
        watcher.join()
