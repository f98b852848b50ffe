"""A run that waits for a debugger: real gdb sessions, and what they rest on."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner
from debug_drive import DebugSession
from zxhil.abi.arch import Arch
from zxhil.cli import cli
from zxhil.debug.stop import stopping
from zxhil.debug.transport import gdb_script
from zxhil.errors import UserError
from zxhil.guest import elf
from zxhil.guest.build import build
from zxhil.symbols.loaded import load_offset


def _a_case(program: str = "object_get_child") -> str:
    return build(Arch.X64, program).cases[0].name


def _words(arch: Arch, case: str = "") -> list[str]:
    words = ["--arch", arch.value, "--tests", "object_get_child", "--case", case or _a_case()]
    return [*words, "--log-dir", "logs"]


@pytest.mark.parametrize("arch", list(Arch), ids=str)
def test_gdb_stops_in_the_case_and_detaching_lets_it_pass(tmp_path: Path, arch: Arch) -> None:
    session = DebugSession(tmp_path, _words(arch))
    assert f"zx_case_{_a_case()} () at " in session.attached
    assert "object_get_child.c" in session.ask("info source")
    assert "CASE(" in session.ask("list")
    assert f"zx_case_{_a_case()} in section .text" in session.ask("info symbol $pc")
    code, said = session.end("detach")
    assert "1 case, " in said
    assert "1 passed" in said
    assert code == 0


def test_kill_in_gdb_ends_the_run_as_interrupted(tmp_path: Path) -> None:
    session = DebugSession(tmp_path, _words(Arch.ARM64))
    code, said = session.end("kill")
    assert "interrupted by the user" in said
    assert code == 130


def test_interrupt_ends_the_run_and_gdb_loses_its_target(tmp_path: Path) -> None:
    session = DebugSession(tmp_path, _words(Arch.X64))
    session.run.sendintr()
    code, said = session.ended()
    assert "interrupted by the user" in said
    assert code == 130


@pytest.mark.parametrize("where", ["page", "tests"])
def test_more_than_one_case_is_refused(tmp_path: Path, where: str) -> None:
    words = {"page": ["--arch", "x64"], "tests": ["--case", _a_case()]}[where]
    done = CliRunner().invoke(cli, ["run", "--gdb", "--tests", "object_get_child", *words])
    assert isinstance(done.exception, UserError)
    assert "--arch ARCH --tests PROGRAM --case CASE" in done.exception.remedy


def test_gdb_without_a_qemu_of_its_own_is_refused() -> None:
    words = ["--ssh", "host", "--arch", "x64", "--tests", "object_get_child", "--case", _a_case()]
    done = CliRunner().invoke(cli, ["run", "--gdb", *words])
    assert isinstance(done.exception, UserError)
    assert "transport ssh" in done.exception.problem


@pytest.mark.parametrize("arch", list(Arch), ids=str)
def test_only_the_first_instruction_of_the_case_is_replaced(arch: Arch) -> None:
    program = build(arch, "object_get_child")
    stop = stopping(program, 3)
    changed = [
        n for n, (a, b) in enumerate(zip(program.elf, stop.program.elf, strict=True)) if a != b
    ]
    text = elf.section(program.elf, ".text", "")
    assert text is not None
    at = text.offset + stop.address - text.address
    assert set(changed) <= set(range(at, at + len(stop.original)))
    assert program.elf[at : at + len(stop.original) + len(stop.code)] == stop.original + stop.code
    assert stopping(program, 4).address > stop.address


def test_load_offset_is_found_by_code_that_is_there_once(tmp_path: Path) -> None:
    program = build(Arch.X64, "object_get_child")
    path = tmp_path / "kernel.elf"
    path.write_bytes(program.elf)
    text = elf.section(program.elf, ".text", "")
    assert text is not None
    code = program.elf[text.offset + 0x123 : text.offset + 0x123 + 64]
    address = 0xFFFF_0000_0000_0000 + text.address + 0x123
    assert load_offset(path, address, code) == 0xFFFF_0000_0000_0000
    assert load_offset(path, address - 0x8000_0000, code) == 0xFFFE_FFFF_8000_0000
    assert load_offset(path, address + 8, code) is None
    assert load_offset(path, address, bytes(64)) is None
    assert load_offset(path, address, b"") is None
    (tmp_path / "none").write_bytes(b"x")
    with pytest.raises(UserError, match="none"):
        load_offset(tmp_path / "none", address, code)


def test_script_adds_offsets_modulo_2_to_the_64() -> None:
    script = gdb_script(Arch.X64, Path("/s"), [(Path("/k"), -0x8000_0000)], Path("/src"))
    assert ' add-symbol-file "/k" -o 0xffffffff80000000\n' in script
    assert 'directory "/src"\n' in script
    assert script.endswith("target remote /s\n")


@pytest.mark.real
def test_real_kernel_stops_in_the_system_call_with_source_lines(
    tmp_path: Path, real: tuple[Arch, Path]
) -> None:
    arch, image = real
    words = [*_words(arch, "peer_closed"), "--image", str(image)]
    words[words.index("object_get_child")] = "channel_write"
    session = DebugSession(tmp_path, words)
    assert "zx_case_peer_closed () at " in session.attached
    session.ask("break sys_channel_write")
    stopped = session.ask("continue")
    assert "sys_channel_write (handle_value=" in stopped
    assert "kernel/syscalls/channel.cpp:" in stopped
    assert "wrapper_channel_write" in session.ask("backtrace 4")
    session.ask("delete")
    code, said = session.end("detach")
    assert "1 passed" in said
    assert code == 0
