"""How the tests of a run boot the stand-in."""

from __future__ import annotations

from pathlib import Path

from zxhil.abi.arch import Arch
from zxhil.image.find import load
from zxhil.machine.limits import Limits
from zxhil.run.setup import Setup

#: The six programs that are written by hand, as a glob: those of baseline cases begin with a b.
WRITTEN = "channel_write,channel_write_etc,object_get_child,object_set_cookie,socket_share,support"

#: Written by hand and generated, of calls that the stand-in has and that it lacks: a run of all
#: programs would take a minute.
MIXED = (
    f"{WRITTEN},vmo_read,futexes,baseline_channel_write,baseline_event_create,baseline_fifo_create"
)

#: Limits for a stand-in on a host that has much else to do.
LIMITS = Limits(60.0, 30.0, 30.0)


def setup_for(logs: Path, zbis: Path, **options: object) -> Setup:
    from zxhil.standin import build

    image = load(build(Arch.X64), Arch.X64)
    zbis.mkdir(parents=True, exist_ok=True)
    return Setup(image, LIMITS, logs, zbis, memory_mib=64, **options)  # type: ignore[arg-type]
