"""How the tests of a run boot the stand-in."""

from __future__ import annotations

from pathlib import Path

from zxhil.abi.arch import Arch
from zxhil.image.find import load
from zxhil.machine.limits import Limits
from zxhil.run.setup import Setup

#: Limits for a stand-in on a host that has much else to do.
LIMITS = Limits(60.0, 30.0, 30.0)


def setup_for(logs: Path, zbis: Path, **options: object) -> Setup:
    from zxhil.standin import build

    image = load(build(Arch.X64), Arch.X64)
    zbis.mkdir(parents=True, exist_ok=True)
    return Setup(image, LIMITS, logs, zbis, memory_mib=64, **options)  # type: ignore[arg-type]
