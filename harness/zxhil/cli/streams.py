"""Standard output and error that never raise, and record that output was lost.

A report that goes to a full disk, a closed descriptor or a pipe without a reader must not end a
run, and with it the reports that can be written. Callers need not check; at the end
`Streams.fault` says what was lost.
"""

from __future__ import annotations

import io
import os
import select
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TextIO


class _Output(io.RawIOBase):
    """One descriptor. The first error is kept, and nothing is written after it."""

    def __init__(self, descriptor: int, error: OSError | None = None) -> None:
        super().__init__()
        self._descriptor = descriptor
        self._missing = error
        self.error: OSError | None = None

    def fileno(self) -> int:
        return self._descriptor

    def isatty(self) -> bool:
        return os.isatty(self._descriptor)

    def writable(self) -> bool:
        return True

    def write(self, data: object) -> int:
        view = memoryview(data).cast("B")  # type: ignore[arg-type]
        size = len(view)
        if size and self.error is None:
            self.error = self._missing
        while view and self.error is None:
            try:
                view = view[os.write(self._descriptor, view) :]
            except BlockingIOError:
                # Another program on the same terminal or pipe has made it non-blocking.
                select.select([], [self._descriptor], [])
            except OSError as error:
                self.error = error
        return size


class Streams:
    """The process's standard output and error, in place of Python's."""

    def __init__(self) -> None:
        missing = _fill_descriptors()
        self._out = _Output(1, missing.get(1))
        self._err = _Output(2, missing.get(2))

    @property
    def fault(self) -> str:
        """Why standard output is incomplete; empty if it is not. Standard error does not matter."""
        error = self._out.error
        if error is None:
            return ""
        why = "its reader closed it" if isinstance(error, BrokenPipeError) else error.strerror
        return f"standard output: can't be written: {why}"

    def put_in_place(self) -> tuple[TextIO, TextIO]:
        """Make `sys.stdout` and `sys.stderr` of them, in the encoding that Python had chosen."""
        ours = _text(self._out, sys.stdout), _text(self._err, sys.stderr)
        sys.stdout, sys.stderr = ours
        return ours


def _text(raw: _Output, before: TextIO | None) -> TextIO:
    # Characters that the encoding lacks, such as surrogates of file names, are escaped.
    return io.TextIOWrapper(
        io.BufferedWriter(raw),
        encoding=before.encoding if before is not None else "utf-8",
        errors="backslashreplace",
        line_buffering=raw.isatty() or raw.fileno() == 2,
    )


def _fill_descriptors() -> dict[int, OSError]:
    """Open those of 0, 1, and 2 that are closed, so that no log file gets their number."""
    missing = {}
    for descriptor in range(3):
        try:
            os.fstat(descriptor)
        except OSError as error:
            missing[descriptor] = error
            with suppress(OSError):
                opened = os.open(os.devnull, os.O_RDWR)
                if opened != descriptor:
                    os.dup2(opened, descriptor)
                    os.close(opened)
    return missing


@contextmanager
def guarded() -> Iterator[Streams | None]:
    """Install the streams for the block; None if a test has replaced them."""
    if sys.stdout is not sys.__stdout__ or sys.stderr is not sys.__stderr__:
        yield None
        return
    before: tuple[TextIO | None, TextIO | None] = (sys.stdout, sys.stderr)
    for stream in before:
        # There is none for a descriptor that was closed when Python started.
        if stream is not None:
            with suppress(OSError):
                stream.flush()
    streams = Streams()
    ours = streams.put_in_place()
    try:
        yield streams
    finally:
        for own in ours:
            own.flush()
        sys.stdout, sys.stderr = before
