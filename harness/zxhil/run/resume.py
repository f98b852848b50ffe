"""Resume a stopped run, only with the options that it was started with."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from zxhil import __version__
from zxhil.abi.arch import Arch
from zxhil.errors import UserError
from zxhil.run.plan import Task
from zxhil.run.setup import Setup, image_digest

if TYPE_CHECKING:
    from zxhil.docs.statuses import DocumentedStatuses

#: The parts of the package that a verdict depends on.
_JUDGES = ("abi", "docs", "machine", "model", "oracle", "run", "trace")

_OTHER = {
    "zxhil": "is a run of another zxhil version",
    "judge": "was judged by different rules: harness/ has changed",
    "kernels": "is a run on another image, or over another transport",
    "programs": "is a run of different cases: guest_tests/, --tests, --case or --shard has changed",
    "rounds": "is a run with another --repeat",
    "words": "is a run with other --word options",
    "memory": "is a run with another --memory",
    "smp": "is a run with another --smp",
    "accel": "is a run with another --accel",
    "docs": "was judged with other pages (--docs)",
}


def identity(
    setups: Mapping[Arch, Setup],
    tasks: Sequence[Task],
    rounds: int,
    documented: Mapping[str, DocumentedStatuses],
) -> dict[str, Any]:
    """What must be the same in all parts of one run, as JSON."""
    return {
        "zxhil": __version__,
        "judge": judge_digest(),
        "kernels": {arch.value: _kernel(setup) for arch, setup in setups.items()},
        "programs": {
            f"{task.program.arch}/{task.program.name}": [
                _digest(task.program.elf),
                list(task.selected),
            ]
            for task in tasks
        },
        "rounds": rounds,
        "words": sorted({word for setup in setups.values() for word in setup.words}),
        "memory": sorted({setup.memory_mib for setup in setups.values()}),
        "smp": sorted({setup.smp for setup in setups.values()}),
        "accel": sorted({setup.accel for setup in setups.values()}),
        "docs": _digest(repr(sorted(documented.items())).encode()),
    }


def must_be_equal(
    folder: Path, before: Mapping[str, Any], now: Mapping[str, Any], option: str = "--resume"
) -> None:
    """Raise UserError, naming the difference, unless the run in `folder` can be resumed."""
    for name, what in _OTHER.items():
        if before.get(name) != now[name]:
            raise UserError(
                f"{option} {folder}",
                what,
                "give the original options, or start a new run in another folder",
            )


def _kernel(setup: Setup) -> str:
    transport = setup.transport.name if setup.transport else ""
    if setup.image is None:
        return _digest(transport.encode())
    return _digest(image_digest(setup.image).encode(), transport.encode())


def judge_digest() -> str:
    """A digest of the code that a verdict depends on."""
    package = Path(__file__).resolve().parent.parent
    files = sorted(path for part in _JUDGES for path in (package / part).rglob("*.py"))
    return _digest(*(path.read_bytes() for path in files))


def _digest(*parts: bytes) -> str:
    digest = hashlib.blake2b(digest_size=16)
    for part in parts:
        digest.update(len(part).to_bytes(8, "little") + part)
    return digest.hexdigest()
