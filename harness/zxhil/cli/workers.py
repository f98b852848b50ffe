"""What ``zxhil bisect`` and ``zxhil sweep`` share: interrupts, the live display, and the cache."""

from __future__ import annotations

import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from zxhil.cli.base import is_live

if TYPE_CHECKING:
    from zxhil.bisect.live import BisectDisplay

_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def cache_folder() -> Path:
    """Where images are cached that were built or downloaded."""
    import platformdirs

    return platformdirs.user_cache_path("zxhil") / "bisect"


def live_display() -> BisectDisplay:
    """On a terminal, a live display of the workers; standard output has the tests only."""
    from zxhil.bisect.live import BisectDisplay, LiveDisplay

    return LiveDisplay(sys.stderr) if is_live(sys.stderr) else BisectDisplay()


class interruptible:  # noqa: N801 - used as a function
    """Makes SIGHUP interrupt like Ctrl-C, as SIGTERM does anyway, and restores the handlers."""

    def __enter__(self) -> None:
        self._before = {number: signal.getsignal(number) for number in _SIGNALS}
        signal.signal(signal.SIGINT, signal.default_int_handler)
        signal.signal(signal.SIGHUP, signal.default_int_handler)

    def __exit__(self, *details: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)


def ignore_interrupts() -> None:
    """Only the cleanup is left, and it must not be interrupted."""
    for number in _SIGNALS:
        signal.signal(number, signal.SIG_IGN)
