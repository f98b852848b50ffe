"""The connection to a Dask cluster: work goes out, answers come back, workers may be lost.

A worker that is lost costs a retry: Dask runs the work on another one, and after several losses
reports it here, where it is tried again. What is sent is a dict of the work's own, checked by the
caller; an answer that does not pass is asked for once more.
"""

from __future__ import annotations

import logging
import ssl
import threading
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from zxhil.cluster.address import scheduler_at
from zxhil.cluster.content import Packed, own_version
from zxhil.cluster.sealed import Damaged
from zxhil.counts import counted
from zxhil.errors import MachineError, UserError

if TYPE_CHECKING:
    from distributed import Client

_Answer = TypeVar("_Answer")

_CONNECT_SECONDS = 10.0
#: After the connection, until the scheduler has said who it is.
_ANSWER_SECONDS = 10.0
_POLL = 0.2
_CHECK_SECONDS = 2.0
_CLEANUP_SECONDS = 10.0
#: How often work is tried whose workers are lost, or whose answers are damaged.
_TRIES = 3
#: Seconds without any worker after which a run stops.
_NO_WORKER_SECONDS = 60.0


class Cancellable(Protocol):
    """Work that somebody may have cancelled."""

    @property
    def cancelled(self) -> bool:
        """Was it?"""


class WorkCancelled(Exception):  # noqa: N818 - a request, not an error
    """The work was cancelled here."""


class Cluster:
    """An open connection; threads may share it. `jobs` is how much work runs at once.

    Workers keep the machines of each connection apart: of two runs on one kernel, the one that
    ends first must not end the other's.
    """

    def __init__(self, client: Client, address: str) -> None:
        self.address = address
        self._client = client
        self._sending = threading.Lock()
        self._checking = threading.Lock()
        self._checked = self._populated = time.monotonic()
        self._run = uuid.uuid4().hex
        self.sent = 0
        """Bytes of contents that were sent to workers."""
        self.jobs: int = sum(client.nthreads().values())
        if not self.jobs:
            raise MachineError(f"the cluster at {address} has no workers")
        self._must_agree()

    def ask(
        self,
        work: Callable[..., dict[str, Any]],
        order: Any,
        packed: Packed,
        take: Callable[[dict[str, Any]], _Answer],
        waiting: Cancellable,
        near: str | None = None,
    ) -> _Answer:
        """Have a worker that has the contents do `work(order, run)`.

        Returns what `take` makes of the answer. If there is a worker `near`, it is that one.
        `take` raises Damaged for an answer that is none. Raises WorkCancelled, MachineError if
        workers are lost or fail again and again, and UserError as the work does.
        """
        failures: list[str] = []
        while len(failures) < _TRIES:
            answer = self._result(work, order, near, waiting)
            if isinstance(answer, str):
                failures.append(answer)
                continue
            worker, near = str(answer.get("worker")), None
            if "version" in answer:
                raise _disagrees(worker, str(answer["version"]))
            if "lacks" in answer:
                self._send(worker, packed)
                near = worker
                continue
            try:
                _raise_failure(answer)
                return take(answer)
            except MachineError as error:
                failures.append(f"worker {worker}: {error.problem}")
            except Damaged as error:
                failures.append(f"worker {worker} sent a damaged answer: {error}")
        raise MachineError(f"{counted(_TRIES, 'worker')} in a row failed: {failures[-1]}")

    def _result(
        self,
        work: Callable[..., dict[str, Any]],
        order: Any,
        near: str | None,
        waiting: Cancellable,
    ) -> dict[str, Any] | str:
        """The answer, or why there is none."""
        future = self._client.submit(
            work,
            order,
            self._run,
            key=f"zxhil-{uuid.uuid4().hex}",
            pure=False,
            workers=[near] if near else None,
            allow_other_workers=bool(near),
        )
        done = threading.Event()
        future.add_done_callback(lambda _: done.set())
        try:
            while not done.wait(_POLL):
                if waiting.cancelled:
                    raise WorkCancelled
                self._must_live()
            answer = future.result()
        except (WorkCancelled, MachineError):
            with suppress(Exception):
                future.cancel()
            raise
        except Exception as error:
            # Whatever is raised there: an error of Dask's, or of this package on the worker.
            self._must_live()
            return f"{type(error).__name__}: {error}"
        finally:
            future.release()
        return answer if isinstance(answer, dict) else "the answer is not an answer"

    def _send(self, worker: str, packed: Packed) -> None:
        """Send a worker what it lacks; a worker that is lost meanwhile is no error."""
        from zxhil.cluster.worker import keep, lacking

        with self._sending, suppress(OSError, ValueError, KeyError):
            names = self._client.run(lacking, list(packed.contents), workers=[worker])[worker]
            missing = {name: packed.contents[name] for name in names}
            if missing:
                self._client.run(keep, missing, workers=[worker])
                self.sent += sum(map(len, missing.values()))

    def threads(self) -> dict[str, int]:
        """The workers, and how much work each does at once. Raises MachineError if it is gone."""
        try:
            return dict(sorted(self._client.nthreads().items()))
        except (OSError, ValueError) as error:
            raise MachineError(f"the cluster at {self.address} is gone: {error}") from error

    def _must_live(self) -> None:
        """Raise MachineError if the scheduler is gone, or there has been no worker for a minute."""
        with self._checking:
            now = time.monotonic()
            if now - self._checked < _CHECK_SECONDS:
                return
            self._checked = now
            if self._client.status != "running":
                raise MachineError(f"the cluster at {self.address} is gone")
            if self.threads():
                self._populated = now
            if now - self._populated > _NO_WORKER_SECONDS:
                raise MachineError(
                    f"the cluster at {self.address} had no workers for {_NO_WORKER_SECONDS:g} s"
                )

    def _must_agree(self) -> None:
        """Raise MachineError if a worker has another zxhil."""
        from zxhil.cluster.worker import about

        for worker, said in self._client.run(about, on_error="return").items():
            if isinstance(said, Exception):
                # Dask sends the text of an error in an import, as an Exception.
                raise MachineError(
                    f"worker {worker} cannot import zxhil ({said}): install zircon-hil[cluster] of "
                    "this version there"
                )
            if said != own_version():
                raise _disagrees(worker, str(said))

    def finish(self) -> None:
        """End what this connection started on the workers: machines and their files."""
        from zxhil.cluster.worker import finish

        if self._client.status != "running":
            return
        with suppress(Exception):
            self._client.sync(
                self._client._run,
                finish,
                self._run,
                on_error="ignore",
                callback_timeout=_CLEANUP_SECONDS,
            )


def _disagrees(worker: str, version: str) -> MachineError:
    """The host is at fault, and no image that is tested there."""
    return MachineError(
        f"worker {worker} has zxhil {version}, this is {own_version()}: install the same zxhil on "
        "all workers, and start them again"
    )


def _raise_failure(answer: dict[str, Any]) -> None:
    failed: Sequence[Any] | None = answer.get("failed")
    if failed is None:
        return
    place, problem, more = map(str, failed)
    if place:
        raise UserError(place, problem, more)
    raise MachineError(problem, more)


@contextmanager
def connected(address: str) -> Iterator[Cluster]:
    """A connection to the scheduler at an address, or that a scheduler file names.

    Raises UserError for an address that is none and where Dask is not installed, and MachineError
    if nobody answers.
    """
    client = _client(address)
    try:
        cluster = Cluster(client, address)
        try:
            yield cluster
        finally:
            cluster.finish()
    finally:
        with suppress(Exception):
            client.close(timeout=_CLEANUP_SECONDS)


def _client(address: str) -> Client:
    where = scheduler_at(address)
    try:
        from distributed import Client
    except ImportError as error:
        raise UserError(
            "--cluster", f"needs Dask's distributed ({error})", "pip install 'zircon-hil[cluster]'"
        ) from error

    class Connecting(Client):  # type: ignore[misc]  # Dask has no types
        """A client that does not connect is left alone: its own end waits, and raises."""

        def __del__(self) -> None:
            return None

    # What happens to workers is reported by the run itself.
    logging.getLogger("distributed").setLevel(logging.CRITICAL)
    made: list[Client | Exception] = []

    def connect() -> None:
        try:
            made.append(
                Connecting(where, timeout=_CONNECT_SECONDS, set_as_default=False, name="zxhil")
            )
        except Exception as error:
            made.append(error)

    # Whoever accepts a connection and says nothing is waited for without end.
    thread = threading.Thread(target=connect, daemon=True)
    thread.start()
    thread.join(_CONNECT_SECONDS + _ANSWER_SECONDS)
    if not made:
        raise MachineError(f"whatever listens at --cluster {address} is no Dask scheduler")
    if isinstance(made[0], Exception):
        raise _no_connection(address, made[0]) from made[0]
    return made[0]


def _no_connection(address: str, error: Exception) -> MachineError | UserError:
    no_file = isinstance(error, FileNotFoundError | PermissionError | IsADirectoryError)
    if no_file or isinstance(error, ssl.SSLError):
        problem = f"the certificates can't be used: {error}"
        return UserError(f"--cluster {address}", problem, "correct them in Dask's configuration")
    if isinstance(error, OSError):
        return MachineError(f"nobody answers at --cluster {address}: {error}")
    if isinstance(error, TypeError) and "ssl" in str(error):
        return UserError(
            f"--cluster {address}", "needs certificates", "set them as docs/cluster.md says"
        )
    if isinstance(error, RuntimeError) and "encryption" in str(error):
        return UserError(f"--cluster {address}", "is not encrypted", "give tls://HOST:PORT")
    if isinstance(error, ValueError | TypeError | KeyError):
        return UserError(
            f"--cluster {address}",
            f"is not the address of a cluster: {error}",
            "give tcp://HOST:PORT, tls://HOST:PORT, or a scheduler file",
        )
    return MachineError(f"what listens at --cluster {address} is no Dask scheduler: {error}")
