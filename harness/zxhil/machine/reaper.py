"""The reaper: a small shell that cleans up after a harness that was killed.

It blocks on a pipe whose write end only the harness holds. However the harness ends,
`kill -9` included, the pipe closes, and the reaper kills the process groups and removes
the folders that are still registered. A terminal's Ctrl-C does not reach it.
"""

from __future__ import annotations

import atexit
import os
import subprocess
import threading
from collections.abc import Sequence
from pathlib import Path

# The lines: "hold KEY FOLDER", "group KEY PID", "drop KEY". Keys are counted up from 1.
_SCRIPT = r"""
trap '' HUP INT QUIT TERM
last=0
while IFS=' ' read -r verb key value; do
    case $verb in
    hold) eval "folder$key=\$value"; [ "$key" -le "$last" ] || last=$key ;;
    group) eval "group$key=\$value" ;;
    drop) unset "folder$key" "group$key" ;;
    esac
done
n=1
while [ "$n" -le "$last" ]; do
    eval "group=\${group$n-} folder=\${folder$n-}"
    [ -z "$group" ] || kill -s KILL -- "-$group" 2>/dev/null
    [ -z "$folder" ] || rm -rf -- "$folder"
    n=$((n + 1))
done
"""

# A process enters its own group before it becomes QEMU, so that there is no moment at which
# QEMU runs and the reaper doesn't know. Its stdin is the reaper's pipe, closed by the exec.
_ENTER = r'echo "group $0 $$" >&0 && exec "$@" </dev/null'


class Reaper:
    """The reaper of this process; use :func:`the_reaper`. Safe to use from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._last_key = 0
        read_end, self._pipe = os.pipe()
        try:
            self._shell = subprocess.Popen(
                ["/bin/sh", "-c", _SCRIPT],
                stdin=read_end,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                cwd="/",
                start_new_session=True,
            )
        finally:
            os.close(read_end)

    @property
    def alive(self) -> bool:
        """Whether the shell runs; it may have been killed."""
        return self._shell.poll() is None

    def hold(self, folder: str) -> int:
        """Register a folder, which need not exist yet; return its key."""
        with self._lock:
            self._last_key += 1
            self._send(f"hold {self._last_key} {folder}")
            return self._last_key

    def start(
        self,
        key: int,
        argv: Sequence[str],
        folder: Path | None = None,
        descriptors: Sequence[int] = (),
    ) -> subprocess.Popen[bytes]:
        """Start a program as leader of a new session, registered under `key` before it runs.

        It runs in `folder`, or else in this process's. Its stdin and stdout are /dev/null,
        its stderr is a pipe. It inherits these file `descriptors`.
        """
        return subprocess.Popen(
            ["/bin/sh", "-c", _ENTER, str(key), *argv],
            stdin=self._pipe,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            bufsize=0,
            cwd=folder,
            pass_fds=descriptors,
            start_new_session=True,
        )

    def drop(self, key: int) -> None:
        """Unregister `key`: its processes have ended and its folder is removed."""
        with self._lock:
            self._send(f"drop {key}")

    def close(self) -> None:
        """End the reaper, as the end of this process does."""
        if self._pipe >= 0:
            os.close(self._pipe)
            self._pipe = -1
        self._shell.wait()

    def _send(self, line: str) -> None:
        try:
            os.write(self._pipe, line.encode() + b"\n")
        except BrokenPipeError:
            # It was killed; the_reaper() starts another for the machines to come.
            return


_reaper: Reaper | None = None
_keeper_pid = 0
_starting = threading.Lock()


def the_reaper() -> Reaper:
    """Return this process's reaper; start it if there is none (about a millisecond)."""
    global _reaper, _keeper_pid
    with _starting:
        if _reaper is None or _keeper_pid != os.getpid() or not _reaper.alive:
            _reaper = Reaper()
            _keeper_pid = os.getpid()
            atexit.register(_reaper.close)
        return _reaper
