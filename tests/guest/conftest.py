from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from zxhil.abi.arch import Arch
from zxhil.guest.build import build
from zxhil.guest.source import Program


@pytest.fixture(scope="session")
def guest_cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A cache of this run's own, so that a test never takes what an earlier one left."""
    return tmp_path_factory.mktemp("guest-cache")


@pytest.fixture(scope="session")
def needs_clang() -> None:
    if shutil.which("clang") is None or shutil.which("ld.lld") is None:
        pytest.skip("clang and ld.lld are not installed")


SMALL = """\
#include "zxtest.h"

CASE(first, "handle_close/bad_handle") { zx_handle_close(ZX_HANDLE_INVALID); }

CASE(second, "handle_close/bad_handle event_create/created") {
    handle_pair_t event = make_event();
    close_pair(event);
}
"""


@pytest.fixture(params=list(Arch), ids=str)
def arch(request: pytest.FixtureRequest) -> Arch:
    value = request.param
    assert isinstance(value, Arch)
    return value


@pytest.fixture
def small(arch: Arch, tmp_path: Path, guest_cache: Path, needs_clang: None) -> Program:
    """A program of two cases."""
    path = tmp_path / "small.c"
    path.write_text(SMALL)
    return build(arch, path, cache=guest_cache)
