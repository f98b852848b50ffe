"""The raw log, on a disk that fills up too."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from small_disk import mounted
from zxhil.errors import MachineError
from zxhil.machine.boot import Boot
from zxhil.machine.machine import Machine
from zxhil.machine.streamlog import StreamLog

Install = Callable[[str], Boot]


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """Give a file system of 64 KiB."""
    with mounted(tmp_path / "small", "64k") as folder:
        yield folder


def test_full_disk_is_reported_and_earlier_output_kept(
    fake_qemu: Install, small_disk: Path
) -> None:
    boot = fake_qemu(
        """
        connect("serial").sendall(b"x" * 50000)
        serial.recv(1)
        serial.sendall(b"y" * 50000)
        time.sleep(3600)
        """
    )
    data = b""
    with Machine(boot, small_disk) as machine:
        while len(data) < 50000:
            data += machine.read(time.monotonic() + 20) or b""
        machine.write(b"!")
        with pytest.raises(MachineError, match="No space left on device"):
            while True:
                data += machine.read(time.monotonic() + 20) or b""
    # The bytes that could not be logged were still returned, to be judged.
    assert data.startswith(b"x" * 50000 + b"y")
    assert machine.exit_code is not None
    logged = (small_disk / "00.serial").read_bytes()
    assert data.startswith(logged) and len(logged) >= 50000


def test_a_device_that_is_always_full(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with StreamLog.create(tmp_path) as log:
        full = os.open("/dev/full", os.O_WRONLY)
        monkeypatch.setattr(log, "_serial", full)
        with pytest.raises(MachineError, match=r"cannot write the serial log .*No space left"):
            log.append(b"x", 0.0)
        assert log.size == 0
        os.close(full)
        monkeypatch.undo()


def test_a_log_is_never_written_over(tmp_path: Path) -> None:
    (tmp_path / "00.serial").write_bytes(b"an earlier run")
    with StreamLog.create(tmp_path) as log:
        assert log.path.name == "01.serial"
    assert (tmp_path / "00.serial").read_bytes() == b"an earlier run"


def test_offsets_and_seconds(tmp_path: Path) -> None:
    with StreamLog.create(tmp_path / "new" / "folder", "chan") as log:
        log.append(b"abc", 0.5)
        # Nothing waits in a buffer.
        assert (tmp_path / "new/folder/chan.serial").read_bytes() == b"abc"
        log.append(b"de", 1.25)
    assert (tmp_path / "new/folder/chan.times").read_text() == "0 0.500000\n3 1.250000\n"
    log.close()
