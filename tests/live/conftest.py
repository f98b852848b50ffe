from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from live_checks import Start
from live_desk import Desk, Place
from zxhil.abi.arch import Arch
from zxhil.image.find import load
from zxhil.live.boot import BootTarget, connector
from zxhil.live.kernel import LiveKernel


@pytest.fixture(params=list(Arch), ids=str)
def arch(request: pytest.FixtureRequest) -> Arch:
    value = request.param
    assert isinstance(value, Arch)
    return value


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Start a kernel to talk with; it is gone after the test."""
    started: list[LiveKernel] = []

    def begin(
        arch: Arch, image: Path | None = None, *words: str, seconds: float = 15
    ) -> LiveKernel:
        if image is None:
            from zxhil.standin import build

            image = build(arch)
        target = BootTarget(load(image, arch), tmp_path / "logs", words=words)
        started.append(LiveKernel(connector(target), seconds))
        return started[-1]

    yield begin
    for kernel in started:
        kernel.close()


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Place]:
    """Put a board on a desk; it is gone after the test."""
    made: list[Desk] = []

    def place(arch: Arch, **how: object) -> Desk:
        made.append(Desk(arch, tmp_path / f"desk{len(made)}", **how))  # type: ignore[arg-type]
        return made[-1]

    yield place
    for each in made:
        each.end()
