"""A crash of a guest test becomes a C line: the dumps of kernels, at made-up addresses."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path

import pytest
from zxhil.abi.arch import Arch
from zxhil.guest import crashed
from zxhil.guest.build import build, build_all, build_debug, programs
from zxhil.guest.crashed import loaded_at, own_crash
from zxhil.guest.source import Program
from zxhil.oracle.results import CaseEndKind
from zxhil.oracle.simulate import Simulation
from zxhil.run.replay import check

pytestmark = pytest.mark.skipif(
    shutil.which("clang") is None or shutil.which("ld.lld") is None, reason="no clang and lld"
)

SOURCE = """\
#include "zxtest.h"
static void made_up(volatile int* p) {
    *p = 1;
}
CASE(crashes, "channel_create/both_ends") { made_up((volatile int*)8); }
"""
BASE = 0x7B0000000000 + 0x123000


@pytest.fixture(params=list(Arch), scope="module")
def program(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Program:
    path = tmp_path_factory.mktemp("own") / "crashing.c"
    path.write_text(SOURCE)
    return build(request.param, path)


def address_of(path: Path, function: str) -> int:
    from elftools.elf.elffile import ELFFile

    with path.open("rb") as file:
        symbol, *_ = ELFFile(file).get_section_by_name(".symtab").get_symbol_by_name(function)
        return int(symbol["st_value"])


def dump(
    program: Program,
    returns: int | None = None,
    base: int = BASE,
    function: str = "made_up",
    linked: Sequence[Program] = (),
) -> str:
    """What the kernel prints of a crash in `function`; the dump has the return address, if any."""
    debug = build_debug(linked or [program])
    assert debug is not None
    layout = crashed._layout(debug, program.arch)
    assert layout is not None
    at = base + address_of(debug, function)
    stack = base + layout.stack[1] - 0x60
    word = base + layout.returns if returns is None else returns
    low, high = word & 0xFFFFFFFF, word >> 32
    registers = (
        f" CS: 0x33 RIP: {at:#x} EFL: 0x202\n RBP: 0x1 RSP: {stack:#x}"
        if program.arch is Arch.X64
        else f"x29 0x1 lr 0x2 usp {stack:#x}\nelr {at:#x}"
    )
    return (
        f"KERN: fatal page fault in user thread 'bin/x' in process 'bin/x'\n{registers}\n"
        f"{stack:#018x}: 00000001 00000000 {low:08x} {high:08x} |................|"
    )


def test_crash_of_a_program_names_its_c_line(program: Program) -> None:
    said = own_crash(dump(program), [program])
    (line,) = (line for line in said.splitlines() if "→" in line)
    assert "→ made_up at " in line and "crashing.c:" in line


@pytest.mark.parametrize("returns", [0, 0x1234, BASE + 0x1000])
def test_dump_without_the_return_address_names_nothing(program: Program, returns: int) -> None:
    text = dump(program, returns)
    assert own_crash(text, [program]) == text


def test_code_elsewhere_names_nothing(program: Program) -> None:
    text = dump(program).replace(f"{BASE >> 24:x}", "6f", 1)
    assert own_crash(text, [program]) == text


def test_file_whose_code_is_another_is_not_used(
    program: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = dump(program)
    monkeypatch.setattr("zxhil.guest.build.same_code", lambda one, other, place: False)
    assert own_crash(text, [program]) == text


def test_two_places_that_fit_name_nothing(program: Program) -> None:
    debug = build_debug([program])
    assert debug is not None
    layout = crashed._layout(debug, program.arch)
    assert layout is not None
    text = dump(program)
    assert loaded_at(text, layout) == BASE
    layout = layout._replace(code=(0, 1 << 24), stack=(0, 1 << 24))
    other = BASE + 0x1000 + layout.returns
    assert loaded_at(f"{text}\nlr {other:#x}", layout) is None


@pytest.mark.parametrize("text", ["", "ZIRCON KERNEL PANIC", "KERN: page fault in user thread"])
def test_other_text_stays(program: Program, text: str) -> None:
    assert own_crash(text, [program]) == text


def log_of_a_crash(program: Program, case: str, said: str, folder: Path) -> Path:
    """A serial log whose case never comes to its end: `said` is the kernel's last word."""
    simulation = Simulation(program.name, program.arch.value, len(program.cases))
    index = next(each.index for each in program.cases if each.name == case)
    simulation.writer.begin(index, case)
    lines = "".join(f"[00000.047] 01045.01048> {line}\r\n" for line in said.splitlines())
    log = folder / "serial.log"
    log.write_bytes(simulation.take().replace(b"\n", b"\r\n") + lines.encode())
    return log


@pytest.mark.parametrize("together", [False, True], ids=["alone", "linked together"])
def test_crash_in_a_lone_log_names_its_c_line(tmp_path: Path, together: bool) -> None:
    built = build_all([(Arch.X64, source) for source in programs()])
    program = next(each for each in built if each.name == "object_set_cookie")
    case = program.cases[0]
    function = f"zx_case_{case.name}"
    said = dump(program, function=function, linked=built if together else [])
    (result,) = check(log_of_a_crash(program, case.name, said, tmp_path)).cases
    assert (result.id, result.end) == (f"object_set_cookie/{case.name}", CaseEndKind.CRASHED)
    assert f"→ {function} at " in result.evidence
    assert result.evidence.endswith("C lines: of the guest tests that this zxhil has")


def test_crash_of_an_unknown_program_in_a_lone_log_names_nothing(
    program: Program, tmp_path: Path
) -> None:
    (result,) = check(log_of_a_crash(program, "crashes", dump(program), tmp_path)).cases
    assert result.end is CaseEndKind.CRASHED
    assert "→" not in result.evidence
