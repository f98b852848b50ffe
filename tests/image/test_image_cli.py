from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from image_builders import X64_SHIM, complete_zbi, kernel_zbi, make_folder
from zxhil.cli.console import command as console_command
from zxhil.cli.image import command
from zxhil.errors import UserError
from zxhil.image import bootfs, zbi
from zxhil.image.compress import Compression
from zxhil.image.zbi import ItemType, packed, unpacked


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    files = {
        "kernel.zbi": kernel_zbi(),
        "zircon.zbi": complete_zbi(),
        "multiboot.bin": X64_SHIM,
        "core": b"core's bytes",
    }
    return make_folder(tmp_path / "build-x64", files)


def run(*args: object) -> str:
    result = CliRunner().invoke(command, [str(arg) for arg in args])
    if result.exception:
        raise result.exception
    return result.output


def test_info(folder: Path) -> None:
    text = run("info", folder)
    assert text.startswith("build-x64/kernel.zbi (x64)\n")
    assert f"-kernel   {folder}/multiboot.bin\n" in text
    assert "userboot=NAME, BOOTFS lz4, supports userboot.shutdown" in text
    assert "the kernel alone is enough" in text
    assert "KRNL" in text
    assert "BFSB" not in text


def test_info_complete(folder: Path) -> None:
    text = run("info", folder, "--complete")
    assert "a=1 userboot=bin/devmgr kernel.serial=none" in text
    assert "      5400  bin/devmgr" in text


def test_info_json_has_the_offsets(folder: Path) -> None:
    facts = json.loads(run("info", folder, "--complete", "--json"))
    data = (folder / "zircon.zbi").read_bytes()
    for item in facts["items"]:
        kind, size = zbi.HEADER.unpack_from(data, item["offset"])[:2]
        assert (zbi.type_name(kind), size) == (item["type"], item["size"])
    assert facts["arch"] == "x64"
    assert facts["bootfs_compression"] == "lz4"
    assert facts["files"] == {"bin/devmgr": 5400, "lib/ld.so.1": 2}
    assert facts["items"][2]["unpacked_size"] == len(
        bootfs.write({"bin/devmgr": b"devmgr" * 900, "lib/ld.so.1": b"ld"})
    )


def test_info_escapes_terminal_sequences(tmp_path: Path) -> None:
    hostile = packed(ItemType.STORAGE_BOOTFS, bootfs.write({"\x1b[2J\n": b""}), Compression.PLAIN)
    made = [*zbi.read(kernel_zbi(), "x"), hostile, zbi.Item(ItemType.CMDLINE, b"\x1b[2J\xff\0")]
    make_folder(tmp_path, {"a.zbi": zbi.write(made), "multiboot.bin": X64_SHIM})
    text = run("info", tmp_path)
    assert "\x1b" not in text
    assert text.count(r"\x1b[2J") == 2
    assert r"\xff" in text


def test_pack(folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.zbi"
    said = run(
        "pack", folder, "--out", out, "--add", f"bin/core={folder}/core",
        "--boot", "bin/core", "--cmdline", "one=1  two",
    )  # fmt: skip
    assert str(out) in said
    assert f"-kernel {folder}/multiboot.bin" in said
    assert "command line of the image kept: a=1; overridden: userboot=bin/devmgr" in said
    _, _, _, cmdline, files = zbi.read(out.read_bytes(), "x")
    assert cmdline.payload.startswith(b"userboot=bin/core userboot.shutdown ")
    assert cmdline.payload.endswith(b" one=1 two\0")
    assert bootfs.read(unpacked(files, "x"), "x") == {"bin/core": b"core's bytes"}


def test_pack_extend(folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.zbi"
    run("pack", folder, "--extend", "--out", out, "--add", f"bin/core={folder}/core")
    files = zbi.read(out.read_bytes(), "x")[2]
    assert set(bootfs.read(unpacked(files, "x"), "x")) == {"bin/devmgr", "lib/ld.so.1", "bin/core"}


@pytest.mark.parametrize(
    ("args", "problem"),
    [
        (["--add", "bin/core"], "NAME=FILE"),
        (["--add", "=x"], "NAME=FILE"),
        (["--add", "a=none"], "is not a file"),
        (["--add", "a=/core", "--add", "a=/core"], "is given twice"),
        (["--add", "../a=/core"], "escapes with"),
        (["--cmdline", "ä"], "printable ASCII"),
    ],
)
def test_pack_mistakes(folder: Path, tmp_path: Path, args: list[str], problem: str) -> None:
    args = [arg.replace("/core", f"{folder}/core") for arg in args]
    with pytest.raises(UserError, match=problem):
        run("pack", folder, "--out", tmp_path / "out.zbi", *args)
    assert not (tmp_path / "out.zbi").exists()


def test_pack_where_nothing_can_be_written(folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "none" / "out.zbi"
    done = CliRunner().invoke(command, ["pack", str(folder), "--out", str(out)])
    assert done.exit_code == 2
    assert (
        f"{out} can't be written: No such file or directory; create the folder first" in done.output
    )


def test_architecture_and_shim_are_passed_on(folder: Path) -> None:
    with pytest.raises(UserError, match="wrong architecture"):
        run("info", folder, "--arch", "arm64")
    assert f"{folder}/core, as given" in run("info", folder, "--shim", folder / "core")


@pytest.mark.parametrize("part", ["kernel.zbi", "multiboot.bin"])
def test_pack_does_not_write_over_the_image_itself(folder: Path, part: str) -> None:
    before = (folder / part).read_bytes()
    with pytest.raises(UserError, match="a part of the image itself"):
        run("pack", folder, "--add", f"bin/core={folder}/core", "--out", folder / part)
    assert (folder / part).read_bytes() == before


@pytest.mark.parametrize(("more", "there"), [((), "bin/core"), (("--extend",), "bin/devmgr")])
def test_pack_refuses_a_first_process_that_is_not_there(
    folder: Path, tmp_path: Path, more: tuple[str, ...], there: str
) -> None:
    words = ("pack", folder, "--add", f"bin/core={folder}/core", "--out", tmp_path / "x.zbi", *more)
    with pytest.raises(UserError, match="there is no file 'bin/cor'"):
        run(*words, "--boot", "bin/cor")
    assert not (tmp_path / "x.zbi").exists()
    run(*words, "--boot", there)


def console(*args: object) -> Result:
    return CliRunner().invoke(console_command, [str(arg) for arg in args])


@pytest.mark.parametrize("name", ["kernel.zbi", "zircon.zbi"])
def test_console_refuses_a_first_process_that_is_not_in_bootfs(
    folder: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(folder / "cache"))
    given = ("--image", folder / name, "--accel", "tcg", "--show-command")
    given += ("--add", f"bin/core={folder / 'core'}")
    refused = console(*given, "--boot", "bin/cor").exception
    assert isinstance(refused, UserError)
    assert str(refused).startswith("--boot: there is no file 'bin/cor'")
    for boot in ("bin/core", "bin/core+argument"):
        assert console(*given, "--boot", boot).exit_code == 0
