"""Stand-in kernels with a fault from a known commit on: found by what the oracle says of them."""

from __future__ import annotations

import os
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import bisect_drive
import pytest
from bisect_drive import bisect, wait_for
from bisect_histories import History
from standin_histories import standin_history
from zxhil.abi.arch import Arch

pytestmark = pytest.mark.qemu


@pytest.fixture(scope="session")
def builds(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where stand-ins are kept, so that the same sources are built once for all tests here."""
    return tmp_path_factory.mktemp("builds")


def history(
    folder: Path, builds: Path, arch: Arch, of: list[str]
) -> tuple[History, tuple[str, ...]]:
    made, build = standin_history(folder, builds, arch, of)
    return made, ("--repo", "repo", "--arch", arch, "--good", made.ids[0], "--build", build)


@pytest.mark.parametrize("arch", list(Arch))
def test_the_commit_that_broke_a_call_is_found(tmp_path: Path, builds: Path, arch: Arch) -> None:
    made, given = history(tmp_path, builds, arch, [""] * 20 + ["cw-peer-closed-ok"] * 10)
    when = "case channel_write/peer_closed changes"
    ran = bisect(tmp_path, *given, "--bad", "main", "--when", when, "--html", "o.html")
    assert ran.result["names"] == [made.ids[20]], ran.output
    assert len(ran.tests) <= 7
    changed = [(row["old"], row["new"]) for row in ran.result["differences"] if row["example"]]
    assert any("ZX_ERR_PEER_CLOSED" in old and "ZX_OK" in new for old, new in changed)
    (clause,) = [r for r in ran.result["clauses"] if r["clause"] == "channel_write/peer_closed"]
    assert (clause["old"], clause["new"]) == ("conforms", "diverges")
    assert "standin/kernel/faults.c" in ran.output
    assert "<svg" in (tmp_path / "o.html").read_text()


def test_a_clause_a_page_a_panic_and_a_boot(tmp_path: Path, builds: Path) -> None:
    """One history, four questions: 3 breaks the call, 6 to 8 do not build, 10 panics, 12 is dead.

    A kernel that does not reach the first process answers no question but the last.
    """
    of = [""] * 3 + ["cw-peer-closed-ok"] * 7 + ["panic"] * 2 + ["silent-boot"] * 2
    of[6:9] = ["does not build"] * 3
    made, given = history(tmp_path, builds, Arch.X64, of)
    for when, bad, found in [
        ("clause channel_write/peer_closed changes", 9, 3),
        ("page channel_write fails", 9, 3),
        ("panics ZIRCON KERNEL PANIC", 11, 10),
        ("not boots", 13, 12),
    ]:
        options = ("--tests", "channel_write", "--when", when)
        ran = bisect(tmp_path, *given, "--bad", made.ids[bad], *options)
        assert ran.result["names"] == [made.ids[found]], (when, ran.output)


def processes_with(text: str) -> list[int]:
    """Ids of the processes, zombies aside, whose command line has `text`."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if text.encode() in (folder / "cmdline").read_bytes():
                found.append(int(folder.name))
        except OSError:
            continue
    return found


@pytest.fixture
def temporary() -> Iterator[Path]:
    """A short path, for zxhil leaves a TMPDIR aside that is too long for sockets."""
    with tempfile.TemporaryDirectory(prefix="b-", dir="/tmp") as folder:
        yield Path(folder)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
def test_no_machine_is_left_when_it_ends_during_a_test(
    tmp_path: Path, builds: Path, temporary: Path, number: signal.Signals
) -> None:
    """The kernel never reaches its first process, so the machine runs when the end comes."""
    _, given = history(tmp_path, builds, Arch.X64, ["silent-boot", ""])
    process = subprocess.Popen(
        [*bisect_drive.ZXHIL, "bisect", *given, "--bad", "main", "--when", "boots"],
        cwd=tmp_path,
        env={**os.environ, "XDG_CACHE_HOME": str(tmp_path / "cache"), "TMPDIR": str(temporary)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    machine = f"path={temporary}"
    wait_for(lambda: process.poll() is not None or processes_with(machine))
    assert process.poll() is None
    process.send_signal(number)
    process.wait(timeout=60)
    wait_for(lambda: not processes_with(machine))
    wait_for(lambda: not list(temporary.iterdir()))
