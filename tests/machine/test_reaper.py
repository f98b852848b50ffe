"""Whatever becomes of the harness, neither a process nor a folder stays."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from zxhil.abi.arch import Arch
from zxhil.machine.boot import Boot
from zxhil.machine.params import params_for
from zxhil.machine.reaper import Reaper, the_reaper

Install = Callable[[str], Boot]

HARNESS = """
import signal, sys, time
# As in a shell's foreground, whatever these tests are run from.
signal.signal(signal.SIGINT, signal.default_int_handler)
for number in (signal.SIGHUP, signal.SIGTERM):
    signal.signal(number, signal.SIG_DFL)
from contextlib import ExitStack
from pathlib import Path
from zxhil.abi.arch import Arch
from zxhil.machine.boot import Boot
from zxhil.machine.machine import Machine
from zxhil.machine.scratch import scratch_folder
folder = Path(sys.argv[1])
with ExitStack() as stack:
    print(stack.enter_context(scratch_folder()))
    for arch in sys.argv[2:]:
        boot = Boot(Arch(arch), folder / "kernel", folder / "initrd", extra=("-S",) * REAL)
        machine = stack.enter_context(Machine(boot, folder / "log"))
        if REAL:
            # QMP answers: QEMU is up.
            assert machine.qmp().execute("query-status")["running"] is False
        print(machine.pid, Path(machine.command[machine.command.index("-serial") - 1]
              .split("path=")[1]).parent)
    print("ready", flush=True)
    machine.read(time.monotonic() + 3600)
"""


def gone(group: int) -> bool:
    """Whether no process of the group runs any more."""
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, _, its_group = stat.read_text().rpartition(")")[2].split()[:3]
        except OSError:
            continue
        if int(its_group) == group and state not in "ZX":
            return False
    return True


def ignored(pid: int) -> int:
    """The mask of the signals that a process ignores."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("SigIgn:"):
            return int(line.split()[1], 16)
    return 0


def until(condition: Callable[[], bool], what: str) -> None:
    for _ in range(2000):
        if condition():
            return
        time.sleep(0.01)
    pytest.fail(f"never: {what}")


@contextmanager
def harness(
    folder: Path, *archs: str, real: bool = False, text: str = HARNESS
) -> Iterator[subprocess.Popen[str]]:
    """Run a harness with machines of `archs`, leader of its process group as a shell makes it."""
    environ = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2] / "harness")}
    script = text.replace("REAL", str(real))
    argv = [sys.executable, "-c", script, str(folder), *archs]
    with subprocess.Popen(
        argv, stdout=subprocess.PIPE, text=True, env=environ, process_group=0
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def started(process: subprocess.Popen[str]) -> tuple[list[int], list[Path]]:
    """Return QEMU's process ids and the private folders, once all are up."""
    assert process.stdout is not None
    lines = []
    while (line := process.stdout.readline().strip()) != "ready":
        assert line, "the harness ended early"
        lines.append(line)
    machines = [line.split(" ", 1) for line in lines[1:]]
    return [int(pid) for pid, _ in machines], [Path(p) for _, p in machines] + [Path(lines[0])]


def all_gone(pids: list[int], folders: list[Path]) -> None:
    for pid in pids:
        until(lambda pid=pid: gone(pid), f"process {pid} ends")  # type: ignore[misc]
    for folder in folders:
        until(lambda folder=folder: not folder.exists(), f"{folder} is removed")  # type: ignore[misc]


# With a child, as a QEMU may have.
SLEEPER = 'connect("serial"); os.fork(); time.sleep(3600)'


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM, signal.SIGHUP])
def test_a_killed_harness_leaves_nothing(
    how: signal.Signals, fake_qemu: Install, tmp_path: Path
) -> None:
    fake_qemu(SLEEPER)
    with harness(tmp_path, "x64", "arm64", "x64") as process:
        pids, folders = started(process)
        assert len(pids) == 3 and not any(gone(pid) for pid in pids)
        assert all(folder.is_dir() for folder in folders)
        process.send_signal(how)
        assert process.wait() == -how
        all_gone(pids, folders)


def test_killing_the_whole_process_group_leaves_nothing(fake_qemu: Install, tmp_path: Path) -> None:
    fake_qemu(SLEEPER)
    with harness(tmp_path, "x64") as process:
        pids, folders = started(process)
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        all_gone(pids, folders)


def test_ctrl_c_leaves_nothing(fake_qemu: Install, tmp_path: Path) -> None:
    fake_qemu(SLEEPER)
    with harness(tmp_path, "x64") as process:
        pids, folders = started(process)
        # A terminal sends it to the whole foreground group.
        os.killpg(process.pid, signal.SIGINT)
        assert process.wait() not in (0, -signal.SIGKILL)
        # The harness itself has cleaned up: no waiting for the reaper.
        assert all(gone(pid) for pid in pids)
        assert not any(folder.exists() for folder in folders)


@pytest.mark.qemu
@pytest.mark.parametrize("arch", list(Arch))
def test_a_real_qemu_does_not_outlive_the_harness(arch: Arch, tmp_path: Path) -> None:
    if shutil.which(params_for(arch).binary) is None:
        pytest.skip(f"{params_for(arch).binary} is not installed")
    # A kernel that neither loader refuses: a multiboot header, which arm64 takes as raw code.
    header = [0x1BADB002, 1 << 16, -(0x1BADB002 + (1 << 16)) % (1 << 32)]
    where = [0x100000, 0x100000, 0x100000 + 4096, 0, 0x100000]
    (tmp_path / "kernel").write_bytes(
        b"".join(word.to_bytes(4, "little") for word in header + where).ljust(4096, b"\0")
    )
    (tmp_path / "initrd").write_bytes(b"\0" * 4096)
    with harness(tmp_path, arch, real=True) as process:
        pids, folders = started(process)
        assert "qemu" in Path(f"/proc/{pids[0]}/cmdline").read_text()
        process.kill()
        all_gone(pids, folders)


@pytest.mark.qemu
@pytest.mark.skipif(
    shutil.which(params_for(Arch.ARM64).binary) is None, reason="QEMU is not installed"
)
def test_a_machine_not_left_is_killed_by_the_reaper(tmp_path: Path) -> None:
    """The interpreter took it away, as after an exception whose traceback was kept."""
    (tmp_path / "kernel").write_bytes(b"\0" * 4096)
    (tmp_path / "initrd").write_bytes(b"\0" * 4096)
    forgotten = (
        HARNESS.replace("with ExitStack() as stack:", "import gc\nstack = ExitStack()\nif 1:")
        .replace("machine.read(", "del machine, stack; gc.collect(); print(")
        .replace("print(stack", "print(folder) or (stack")
    )
    with harness(tmp_path, "arm64", real=True, text=forgotten) as process:
        pids, folders = started(process)
        assert process.wait() == 0
        all_gone(pids, folders[:-1])


def test_dropped_entry_is_not_removed(tmp_path: Path) -> None:
    reaper = Reaper()
    kept, removed = tmp_path / "kept", tmp_path / "removed, with blanks and 'quotes'"
    kept.mkdir()
    removed.mkdir()
    first, second = reaper.hold(str(kept)), reaper.hold(str(removed))
    program = ["/bin/sh", "-c", "echo up >&2; exec sleep 3600"]
    running, doomed = reaper.start(first, program), reaper.start(second, program)
    for process in (running, doomed):
        assert process.stderr is not None
        assert process.stderr.readline() == b"up\n"
    reaper.drop(first)
    reaper.close()
    assert doomed.wait() == -signal.SIGKILL
    assert running.poll() is None
    running.kill()
    running.wait()
    for process in (running, doomed):
        assert process.stderr is not None
        process.stderr.close()
    assert kept.is_dir() and not removed.exists()


def test_signals_do_not_end_the_reaper(tmp_path: Path) -> None:
    reaper = Reaper()
    (tmp_path / "folder").mkdir()
    reaper.hold(str(tmp_path / "folder"))
    numbers = (signal.SIGHUP, signal.SIGINT, signal.SIGQUIT, signal.SIGTERM)
    mask = sum(1 << (number - 1) for number in numbers)
    until(lambda: ignored(reaper._shell.pid) & mask == mask, "the reaper ignores signals")
    for number in numbers:
        reaper._shell.send_signal(number)
    reaper.close()
    assert not (tmp_path / "folder").exists()


def test_killed_reaper_is_replaced() -> None:
    first = the_reaper()
    assert the_reaper() is first
    first._shell.kill()
    first._shell.wait()
    second = the_reaper()
    assert second is not first and second.alive
    # The first one's holders can still strike out their entries.
    first.drop(1)
    first.close()
