"""Fixtures: each architecture, the probe compiled for it, and the stand-in ready to boot it."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from standin_probe import StandIn
from zxhil.abi.arch import Arch
from zxhil.abi.header import zx_header
from zxhil.guest.toolchain import find_toolchain

_SOURCE = Path(__file__).parent / "guest" / "probe.c"


@pytest.fixture(params=list(Arch), ids=str)
def arch(request: pytest.FixtureRequest) -> Arch:
    return Arch(request.param)


@pytest.fixture(scope="session")
def probe(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Arch], bytes]:
    built: dict[Arch, bytes] = {}

    def compiled(arch: Arch) -> bytes:
        if arch not in built:
            folder = tmp_path_factory.mktemp(f"probe-{arch}")
            (folder / "zx.h").write_text(zx_header())
            tools = find_toolchain()
            command = [*tools.compile_command(arch), f"-I{folder}", "-c", str(_SOURCE)]
            subprocess.run([*command, "-o", str(folder / "probe.o")], check=True)
            link = [*tools.link_command(), "-z", "separate-loadable-segments"]
            subprocess.run(
                [*link, "-o", str(folder / "probe"), str(folder / "probe.o")], check=True
            )
            built[arch] = (folder / "probe").read_bytes()
        return built[arch]

    return compiled


@pytest.fixture
def standin(arch: Arch, probe: Callable[[Arch], bytes], tmp_path: Path) -> StandIn:
    return StandIn(arch, probe(arch), tmp_path)
