"""One machine from start to end, with a fake QEMU."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from machine_ended import has_ended
from zxhil.abi.arch import Arch
from zxhil.errors import MachineError, UserError
from zxhil.machine import scratch as scratch_module
from zxhil.machine.boot import Boot
from zxhil.machine.machine import Machine

Install = Callable[[str], Boot]
SOON = 20.0


def read_all(machine: Machine) -> bytes:
    data = b""
    while chunk := machine.read(time.monotonic() + SOON):
        data += chunk
    assert chunk == b"", "the stream did not end"
    return data


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_every_byte_is_read_and_logged(fake_qemu: Install, tmp_path: Path) -> None:
    boot = fake_qemu(
        """
        serial = connect("serial")
        serial.sendall(bytes(range(256)) * 1000)
        sys.exit(31)
        """
    )
    with Machine(boot, tmp_path / "log") as machine:
        data = read_all(machine)
        assert machine.wait_exit() == 31
        assert machine.powered_off
    assert data == bytes(range(256)) * 1000
    assert (tmp_path / "log/00.serial").read_bytes() == data
    lines = (tmp_path / "log/00.times").read_text().splitlines()
    offsets = [int(line.split()[0]) for line in lines]
    seconds = [float(line.split()[1]) for line in lines]
    assert offsets[0] == 0 and offsets == sorted(set(offsets)) and offsets[-1] < len(data)
    assert seconds == sorted(seconds) and seconds[0] >= 0


def test_bytes_of_a_qemu_that_ends_before_they_are_read(fake_qemu: Install, tmp_path: Path) -> None:
    boot = fake_qemu('connect("serial").sendall(b"last words")')
    with Machine(boot, tmp_path) as machine:
        machine._process.wait()
        assert read_all(machine) == b"last words"


def test_a_quiet_guest_is_distinguished_from_an_ended_one(
    fake_qemu: Install, tmp_path: Path
) -> None:
    boot = fake_qemu(
        """
        serial = connect("serial")
        serial.recv(1)
        """
    )
    with Machine(boot, tmp_path) as machine:
        assert machine.read(time.monotonic()) is None
        assert machine.read(time.monotonic() + 0.05) is None
        machine.write(b"x")
        assert machine.read(time.monotonic() + SOON) == b""


def test_input_reaches_the_guest_completely(fake_qemu: Install, tmp_path: Path) -> None:
    boot = fake_qemu(
        """
        serial = connect("serial")
        got = 0
        while got < 3000000:
            got += len(serial.recv(65536))
            serial.sendall(b"." * 100)
        serial.sendall(b"done")
        """
    )
    with Machine(boot, tmp_path) as machine:
        machine.write(b"x" * 3_000_000)
        assert read_all(machine).endswith(b".done")


def test_another_descriptor_interrupts_the_wait(fake_qemu: Install, tmp_path: Path) -> None:
    boot = fake_qemu('connect("serial").recv(1)')
    readable, writable = os.pipe()
    os.write(writable, b"x")
    with Machine(boot, tmp_path) as machine:
        assert machine.read(time.monotonic() + 3600, also=readable) is None
    os.close(readable)
    os.close(writable)


def test_stderr_is_kept_and_never_blocks_qemu(fake_qemu: Install, tmp_path: Path) -> None:
    boot = fake_qemu(
        """
        serial = connect("serial")
        os.write(2, b"first words " + b"x" * 1000000)
        serial.sendall(b"alive")
        sys.exit(1)
        """
    )
    with Machine(boot, tmp_path) as machine:
        assert read_all(machine) == b"alive"
        assert machine.wait_exit() == 1
        assert not machine.powered_off
        assert machine.stderr.startswith("first words")
        assert len(machine.stderr) == 1 << 16
    assert (tmp_path / "00.stderr").read_text() == machine.stderr


def test_stderr_of_a_qemu_that_refuses_to_start_is_reported(
    fake_qemu: Install, tmp_path: Path
) -> None:
    boot = fake_qemu('sys.exit("qemu: could not load kernel")')
    with Machine(boot, tmp_path) as machine:
        assert read_all(machine) == b""
        assert machine.wait_exit() == 1
        assert machine.stderr == "qemu: could not load kernel\n"


def test_qemu_killed_from_outside(fake_qemu: Install, tmp_path: Path) -> None:
    boot = fake_qemu(
        """
        connect("serial").sendall(b"up")
        time.sleep(3600)
        """
    )
    with Machine(boot, tmp_path) as machine:
        assert machine.read(time.monotonic() + SOON) == b"up"
        os.kill(machine.pid, signal.SIGKILL)
        assert read_all(machine) == b""
        assert machine.wait_exit() == -signal.SIGKILL


def test_wait_exit_ends_a_qemu_that_lingers(fake_qemu: Install, tmp_path: Path) -> None:
    boot = fake_qemu(
        """
        connect("serial").close()
        time.sleep(3600)
        """
    )
    with Machine(boot, tmp_path) as machine:
        assert read_all(machine) == b""
        assert machine.wait_exit(0.05) == -signal.SIGKILL
        assert machine.exit_code == -signal.SIGKILL


def test_leaving_the_block_leaves_nothing(fake_qemu: Install, tmp_path: Path) -> None:
    boot = fake_qemu(
        """
        child = os.fork()
        if child:
            connect("serial").sendall(b"%d\\n" % child)
        time.sleep(3600)
        """
    )
    with pytest.raises(KeyboardInterrupt), Machine(boot, tmp_path) as machine:
        child = int(machine.read(time.monotonic() + SOON) or b"0")
        qmp = Path(next(w for w in machine.command if "id=qmp" in w).split("path=")[1])
        assert qmp.is_socket()
        assert qmp.parent.stat().st_mode & 0o777 == 0o700
        raise KeyboardInterrupt
    assert machine.exit_code == -signal.SIGKILL
    assert not qmp.parent.exists()
    assert has_ended(child), "QEMU's child is left behind"


def test_no_descriptor_of_the_harness_reaches_qemu(fake_qemu: Install, tmp_path: Path) -> None:
    boot = fake_qemu(
        """
        serial = connect("serial")
        names = [os.path.realpath(f"/proc/self/fd/{n}") for n in os.listdir("/proc/self/fd")]
        serial.sendall(" ".join(names).encode())
        """
    )
    readable, writable = os.pipe()
    os.set_inheritable(writable, True)
    with Machine(boot, tmp_path) as machine:
        names = read_all(machine).decode().split()
    os.close(readable)
    os.close(writable)
    pipes = [name for name in names if "pipe:" in name]
    assert len(pipes) == 1, f"only stderr is a pipe, but QEMU has {names}"
    assert names.count("/dev/null") == 2


def test_machines_side_by_side_in_one_folder(fake_qemu: Install, tmp_path: Path) -> None:
    boot = fake_qemu(
        """
        serial = connect("serial")
        serial.sendall(serial.recv(100))
        """
    )
    with (
        Machine(boot, tmp_path) as first,
        Machine(boot, tmp_path) as second,
        Machine(boot, tmp_path, "chan") as third,
        Machine(boot, tmp_path, "chan") as fourth,
    ):
        machines = [first, second, third, fourth]
        for n, machine in enumerate(machines):
            machine.write(b"machine %d" % n)
        for n, machine in enumerate(machines):
            assert read_all(machine) == b"machine %d" % n
    names = sorted(path.name for path in tmp_path.glob("*.serial"))
    assert names == ["00.serial", "01.serial", "chan.2.serial", "chan.serial"]
    assert (tmp_path / "01.serial").read_bytes() == b"machine 1"


def test_a_zbi_with_a_space_in_its_path(fake_qemu: Install, tmp_path: Path) -> None:
    boot = fake_qemu(
        """
        path = sys.argv[sys.argv.index("-initrd") + 1]
        assert " " not in path
        connect("serial").sendall(open(path, "rb").read())
        """
    )
    odd = tmp_path / "a folder, odd"
    odd.mkdir()
    (odd / "image.zbi").write_bytes(b"the image")
    with Machine(Boot(Arch.X64, boot.kernel, odd / "image.zbi"), tmp_path) as machine:
        assert read_all(machine) == b"the image"


def test_a_long_temporary_folder(
    fake_qemu: Install, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    deep = tmp_path / ("d" * 100)
    deep.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(deep))
    boot = fake_qemu('connect("serial").sendall(b"here")')
    with Machine(boot, tmp_path) as machine:
        assert read_all(machine) == b"here"


def test_a_comma_in_the_temporary_folder(
    fake_qemu: Install, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    odd = Path("/tmp") / f"zxhil,{os.getpid()}"
    odd.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(odd))
    boot = fake_qemu('connect("serial").sendall(b"here")')
    try:
        with Machine(boot, tmp_path) as machine:
            assert read_all(machine) == b"here"
        assert list(odd.iterdir()) == []
    finally:
        odd.rmdir()


def test_no_folder_for_sockets(
    fake_qemu: Install, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scratch_module, "_PATH_MAX", 3)
    with pytest.raises(UserError, match="TMPDIR"), Machine(fake_qemu(""), tmp_path):
        pass


def test_missing_qemu_is_a_user_error(no_qemu: Boot, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="apt-get install qemu-system-x86"):
        Machine(no_qemu, tmp_path).__enter__()


def test_log_folder_that_is_a_file_is_refused(fake_qemu: Install, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(MachineError, match="cannot write the serial log"):
        Machine(fake_qemu(""), tmp_path / "file").__enter__()


_ORPHAN = """
child = os.fork()
if child:
    open("{pid}", "w").write(str(child))
    sys.exit(3)
time.sleep(3600)
"""


@pytest.mark.parametrize("waits", [True, False])
def test_child_of_a_wrapper_that_has_ended_is_killed(
    fake_qemu: Install, tmp_path: Path, waits: bool
) -> None:
    boot = fake_qemu(_ORPHAN.format(pid=tmp_path / "pid"))
    with Machine(boot, tmp_path / "log") as machine:
        deadline = time.monotonic() + SOON
        while machine.exit_code is None and time.monotonic() < deadline:
            time.sleep(0.01)
        assert machine.exit_code == 3
        child = int((tmp_path / "pid").read_text())
        assert alive(child)
        if waits:
            assert machine.wait_exit(0.1) == 3
    assert has_ended(child)
    assert machine.exit_code == 3
