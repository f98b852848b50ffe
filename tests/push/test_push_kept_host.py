"""A start that another run kept, on machines: it is used, or dropped for a boot."""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from saved_host import LIMITS, Host, keep
from zxhil.abi.arch import Arch
from zxhil.image.find import load
from zxhil.machine import snapshot
from zxhil.machine.limits import Limits
from zxhil.machine.params import params_for
from zxhil.run.plan import plan
from zxhil.standin import build as build_standin

pytestmark = [
    pytest.mark.qemu,
    pytest.mark.skipif(
        any(shutil.which(params_for(arch).binary) is None for arch in Arch),
        reason="QEMU is not installed",
    ),
]


def kept_hosts(tmp_path: Path) -> Iterator[Host]:
    """A host with a kept start, and more for later runs of the same."""
    image, tasks = load(build_standin(Arch.X64), Arch.X64), plan([Arch.X64], "socket_share")
    keep(image, tmp_path / "first", tasks, tmp_path / "starts")
    for number in range(9):
        yield Host(image, tmp_path / f"{number}", tasks, starts=tmp_path / "starts")


def with_found(host: Host, **changed: object) -> None:
    """Give a host a kept start with other content."""
    keeping = host.saved._keeping
    assert keeping is not None
    assert keeping.found is not None
    found = replace(keeping.found, **changed)  # type: ignore[arg-type]
    host.saved._keeping = keeping._replace(found=found)


def test_kept_start_that_qemu_refuses_is_removed_and_the_kernel_boots(tmp_path: Path) -> None:
    hosts = kept_hosts(tmp_path)
    host = next(hosts)
    snapshot.write_empty_qcow2(tmp_path / "empty")
    with_found(host, disk=(tmp_path / "empty").read_bytes())
    with contextlib.closing(host.saved):
        record, results = host.run("socket_share", "x")
        assert not record.went_on_from
        assert record.end == "finished"
        assert len(results) == len(host.tasks["socket_share"].selected)
        assert "the kept start is not used: QEMU could not restore" in host.saved.trouble
        assert not host.saved.note
    again = next(hosts)
    assert again.saved._keeping is not None
    assert again.saved._keeping.found is None


def test_kept_start_on_which_nothing_starts_is_used_once(tmp_path: Path) -> None:
    host = next(kept_hosts(tmp_path))
    assert host.saved._keeping is not None
    assert host.saved._keeping.found is not None
    (place,) = host.saved._keeping.found.places
    with_found(host, places=(place - (1 << 16),))
    with contextlib.closing(host.saved):
        host.plain = replace(host.plain, limits=Limits(2.0, 30.0, 30.0))
        record, results = host.run("socket_share", "x", cases=(0,))
        assert record.end != "finished"
        host.plain = replace(host.plain, limits=LIMITS)
        record, results = host.run("socket_share", "y", cases=(0,))
        assert record.end == "finished"
        assert not record.went_on_from
        assert len(results) == 1


def test_start_on_which_no_program_finished_is_not_kept(tmp_path: Path) -> None:
    image, tasks = load(build_standin(Arch.X64), Arch.X64), plan([Arch.X64], "socket_share")
    host = Host(image, tmp_path, tasks, starts=tmp_path / "starts")
    with contextlib.closing(host.saved), host.saved.machine(host.load("socket_share", "x")) as m:
        assert m is not None
        m.kill()
    assert not (tmp_path / "starts").exists()
