"""Files that the user named: what stands at the path is replaced only if it is a file."""

from __future__ import annotations

import errno
import os
import stat
import threading
import tty
from pathlib import Path

import pytest
from click.testing import CliRunner
from zxhil import named_file
from zxhil.cli import cli
from zxhil.errors import MachineError, UserError

CONTENT = b"\x00\xff a report\n" * 20_000
"""More than a pipe holds."""


def test_a_new_file_is_written(tmp_path: Path) -> None:
    path = tmp_path / "new"
    named_file.must_be_writable(path)
    assert not path.exists()
    named_file.write(path, CONTENT, "--json")
    assert path.read_bytes() == CONTENT
    assert [each.name for each in tmp_path.iterdir()] == ["new"]


def test_a_file_is_replaced_as_a_whole_and_keeps_its_mode(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"old")
    path.chmod(0o640)
    before = path.open("rb")
    named_file.write(path, CONTENT, "--json")
    assert before.read() == b"old"
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    assert path.read_bytes() == CONTENT


def test_a_name_of_255_bytes_is_written(tmp_path: Path) -> None:
    path = tmp_path / ("n" * 255)
    named_file.must_be_writable(path)
    named_file.write(path, CONTENT, "--json")
    assert path.read_bytes() == CONTENT


def test_a_link_is_followed_and_stays(tmp_path: Path) -> None:
    (tmp_path / "there").mkdir()
    target = tmp_path / "there" / "target"
    target.write_bytes(b"old")
    links = [tmp_path / "one", tmp_path / "two"]
    links[0].symlink_to("there/target")
    links[1].symlink_to("one")
    named_file.must_be_writable(links[1])
    named_file.write(links[1], CONTENT, "--json")
    assert target.read_bytes() == CONTENT
    assert all(link.is_symlink() for link in links)


def test_dangling_link_creates_its_target(tmp_path: Path) -> None:
    link = tmp_path / "link"
    link.symlink_to("target")
    named_file.must_be_writable(link)
    named_file.write(link, CONTENT, "--json")
    assert (tmp_path / "target").read_bytes() == CONTENT
    assert link.is_symlink()


def test_a_loop_of_links_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a").symlink_to("b")
    (tmp_path / "b").symlink_to("a")
    with pytest.raises(UserError, match="symbolic links"):
        named_file.must_be_writable(tmp_path / "a")


def test_a_fifo_is_written_into(tmp_path: Path) -> None:
    path = tmp_path / "fifo"
    os.mkfifo(path)
    named_file.must_be_writable(path)
    got: list[bytes] = []
    reader = threading.Thread(target=lambda: got.append(path.read_bytes()))
    reader.start()
    named_file.write(path, CONTENT, "--json")
    reader.join()
    assert got == [CONTENT]
    assert path.is_fifo()


def test_a_fifo_without_a_reader_is_abandoned(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(named_file, "PATIENCE", 0.2)
    path = tmp_path / "fifo"
    os.mkfifo(path)
    with pytest.raises(MachineError, match="not opened for reading"):
        named_file.write(path, CONTENT, "--json")
    holding = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    try:
        with pytest.raises(MachineError, match="did not read"):
            named_file.write(path, CONTENT, "--json")
    finally:
        os.close(holding)


def test_a_device_is_written_into() -> None:
    master, slave = os.openpty()
    tty.setraw(slave)
    path = Path(os.ttyname(slave))
    named_file.must_be_writable(path)
    named_file.write(path, b"a report", "--json")
    assert os.read(master, 100) == b"a report"
    assert path.is_char_device()
    os.close(master)
    os.close(slave)


def test_a_full_device_is_the_hosts_fault() -> None:
    with pytest.raises(MachineError, match=r"--json /dev/full: .*No space left"):
        named_file.write(Path("/dev/full"), CONTENT, "--json")
    assert Path("/dev/full").is_char_device()


@pytest.mark.parametrize("name", ["-", "/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"])
def test_standard_output_is_written_in_its_place(
    name: str, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    named_file.must_be_writable(Path(name))
    print("before")
    named_file.write(Path(name), CONTENT, "--json")
    print("after")
    assert capfdbinary.readouterr().out == b"before\n" + CONTENT + b"after\n"
    assert named_file.goes_to_stdout(Path(name))


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("folder", "is a folder"),
        ("none/file", "mkdir -p"),
        ("file/file", "Not a directory"),
        ("x" * 256, "too long"),
    ],
)
def test_a_place_that_cannot_be_written_is_refused(name: str, said: str, tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").touch()
    with pytest.raises(UserError, match=said):
        named_file.must_be_writable(tmp_path / name)


def test_a_file_in_a_folder_that_takes_no_new_one_is_written_into(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"a longer old content" * 100_000)
    inode = path.stat().st_ino

    def refuse(*_: object) -> int:
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(named_file, "_create", refuse)
    named_file.must_be_writable(path)
    named_file.write(path, CONTENT, "--json")
    assert path.read_bytes() == CONTENT
    assert path.stat().st_ino == inode
    with pytest.raises(UserError, match="Permission denied"):
        named_file.must_be_writable(tmp_path / "new")


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.EFBIG])
def test_a_failed_write_leaves_the_old_file(
    number: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"old")
    real = os.write

    def fail(descriptor: int, data: bytes) -> int:
        if len(data) < len(CONTENT):
            raise OSError(number, os.strerror(number))
        return real(descriptor, data[:1000])

    monkeypatch.setattr(named_file.os, "write", fail)
    with pytest.raises(MachineError, match=os.strerror(number)):
        named_file.write(path, CONTENT, "--json")
    monkeypatch.undo()
    assert path.read_bytes() == b"old"
    assert [each.name for each in tmp_path.iterdir()] == ["file"]


# The options.

_OUTPUTS = [
    ("run", "--json"),
    ("run", "--junit"),
    ("run", "--ktap"),
    ("run", "--markdown"),
    ("check LOG", "--json"),
    ("faults", "--json"),
    ("report RUN", "--html"),
    ("report RUN", "--markdown"),
    ("bisect", "--json"),
    ("bisect", "--html"),
    ("bisect step", "--save-baseline"),
    ("image pack IMAGE", "--out"),
    ("shell", "--save"),
    ("shell", "--write-zbi"),
]


@pytest.mark.parametrize(("command", "option"), _OUTPUTS)
@pytest.mark.parametrize("value", ["", "no/such/folder/file"])
def test_an_output_that_cannot_be_written_is_refused_before_anything_is_done(
    command: str, option: str, value: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    done = CliRunner().invoke(cli, [*command.split(), option, value])
    assert done.exit_code == 2, done.output
    refused = f"Invalid value for '{option}'" if value else f"{option} is empty"
    assert refused in done.output
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(("command", "option"), _OUTPUTS)
@pytest.mark.parametrize("value", ["new/", "new/."])
def test_output_that_is_named_as_a_folder_is_refused(
    command: str, option: str, value: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    done = CliRunner().invoke(cli, [*command.split(), option, value])
    assert done.exit_code == 2, done.output
    assert f"Invalid value for '{option}': {value} is a folder" in done.output
    assert list(tmp_path.iterdir()) == []


def test_two_reports_on_standard_output_are_refused(tmp_path: Path) -> None:
    done = CliRunner().invoke(cli, ["check", str(tmp_path), "--json", "-", "--junit", "-"])
    assert isinstance(done.exception, UserError)
    assert "both write to standard output" in str(done.exception)
