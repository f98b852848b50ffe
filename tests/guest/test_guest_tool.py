"""A compiler gets limits: nothing that a C file asks for takes the host's memory or time."""

from __future__ import annotations

import re
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from small_disk import mounted
from zxhil.abi.arch import Arch
from zxhil.errors import MachineError, UserError
from zxhil.guest import tool
from zxhil.guest.build import build

_SHELL = "/bin/sh"


def test_a_file_without_an_end_is_refused(tmp_path: Path) -> None:
    source = tmp_path / "zero.c"
    source.write_text('#include "zxtest.h"\n__asm__(".incbin \\"/dev/zero\\"");\n')
    with pytest.raises(UserError, match=r"memory is limited|wrote more than") as caught:
        build(Arch.X64, source, cache=tmp_path / "cache")
    assert caught.value.place == str(source)
    # What clang keeps of its own crash is in the scratch folder, and gone with it.
    assert not list((tmp_path / "cache").glob("making-*"))


def test_a_tool_that_does_not_end_is_ended(tmp_path: Path) -> None:
    marker = tmp_path / "pid"
    seconds = 0.25
    # On a busy host the shell may not come so far at first.
    while not (marker.exists() and marker.read_text().strip()):
        seconds *= 2
        ran = tool.run([_SHELL, "-c", f"sleep 600 & echo $! > {marker}; wait"], tmp_path, seconds)
    assert ran.limit == f"it was killed after {seconds:g} s"
    child = Path("/proc") / marker.read_text().strip() / "stat"
    # A process that was sent SIGKILL may still be on its way out.
    end = time.monotonic() + 60
    while (alive := _is_alive(child)) and time.monotonic() < end:
        time.sleep(0.01)
    assert not alive


def _is_alive(stat: Path) -> bool:
    try:
        return " Z " not in stat.read_text()
    except OSError:
        return False


def test_a_tool_that_writes_without_an_end_is_ended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tool, "FILE_MIB", 1)
    ran = tool.run([_SHELL, "-c", "echo first; exec cat /dev/zero"], tmp_path)
    assert ran.limit == "it wrote more than 1 MiB"
    assert ran.said.startswith("first")
    assert len(ran.said) < 20_000
    omitted = re.search(r"\[(\d+) bytes omitted\]", ran.said)
    assert omitted is not None and int(omitted[1]) < 1 << 20


def test_a_tool_gets_no_more_than_its_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tool, "MEMORY_MIB", 256)
    ran = tool.run([sys.executable, "-c", "bytes(1 << 30)"], tmp_path)
    assert ran.code == 1
    assert "MemoryError" in ran.said


def test_a_tools_temporary_files_are_in_its_folder(tmp_path: Path) -> None:
    assert tool.run([_SHELL, "-c", 'echo "$TMPDIR"'], tmp_path).said == str(tmp_path)


@pytest.mark.parametrize(
    "script",
    [
        "LC_ALL=C cat /dev/zero >fill; rm fill; exit 1",
        "cat /dev/zero >fill; rm fill; head -c 20000 /dev/zero >some; kill -BUS $$",
    ],
)
def test_tool_that_frees_the_full_disk_as_it_ends_is_a_host_fault(
    tmp_path: Path, script: str
) -> None:
    with (
        mounted(tmp_path / "small", "90k") as folder,
        pytest.raises(MachineError, match="no space left on its disk"),
    ):
        tool.run([_SHELL, "-c", script], folder)


def test_tool_out_of_space_is_a_host_fault(tmp_path: Path) -> None:
    command = [_SHELL, "-c", "echo x.o: No space left on device >&2; exit 1"]
    with pytest.raises(MachineError, match="no space left on its disk"):
        tool.run(command, tmp_path)


def test_an_interrupt_ends_the_tools(tmp_path: Path) -> None:
    ended = threading.Event()

    def wait() -> None:
        tool.run([_SHELL, "-c", "sleep 600"], tmp_path)
        ended.set()

    thread = threading.Thread(target=wait, daemon=True)
    with pytest.raises(KeyboardInterrupt), tool.interruptible():
        thread.start()
        while not tool._running:
            time.sleep(0.01)
        raise KeyboardInterrupt
    assert ended.wait(60)


def test_a_tool_that_is_not_there_is_the_hosts(tmp_path: Path) -> None:
    with pytest.raises(MachineError, match="/no/such/tool cannot be started"):
        tool.run(["/no/such/tool"], tmp_path)


# The user's own builds of a bisection have no limit of time, and any size of output.

_PRINTS = """
from zxhil.bisect.process import Cancel, run
import resource, sys
from pathlib import Path
folder = Path(sys.argv[1])
script = "echo first; head -c %d /dev/zero; echo; echo last/path"
ended = run(["sh", "-c", script], folder, folder, Cancel())
assert ended.code == 0
assert ended.stdout.startswith("first"), ended.stdout[:10]
assert ended.stdout.splitlines()[-1] == "last/path"
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


def _peak(megabytes: int, folder: Path) -> int:
    """KiB that a process takes at most that runs a build which prints so much."""
    folder.mkdir()
    done = subprocess.run(
        [sys.executable, "-c", _PRINTS % (megabytes << 20), str(folder)],
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    return int(done.stdout)


def test_a_builds_output_is_not_held_in_memory(tmp_path: Path) -> None:
    few, many = _peak(1, tmp_path / "few"), _peak(200, tmp_path / "many")
    assert many < few * 1.5
