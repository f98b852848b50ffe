"""Addresses of a crash become functions and lines: an ELF file built here, and made-up logs."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from zxhil.errors import UserError
from zxhil.machine.crash import crash_lines, crash_title
from zxhil.symbols import file as file_module
from zxhil.symbols.crash import Mapping, Symbols, load_symbols, symbols_beside
from zxhil.symbols.file import SymbolFile
from zxhil.symbols.place import short_function, source_path

SOURCE = """\
__attribute__((noreturn)) void stop(void);
static inline __attribute__((always_inline)) void check(int value) {
    if (value) stop();
}
void stop(void) { for (;;) __asm__ volatile(""); }
int outer(int value) {
    check(value);
    return value + 1;
}
"""
LINKED = 0xFFFFFFFF80100000
LOADED = 0xFFFFFFFF00300000
BUILD_ID = "00112233445566aa"

pytestmark = pytest.mark.skipif(
    shutil.which("clang") is None or shutil.which("ld.lld") is None, reason="no clang and lld"
)


def build(folder: Path, *options: str, build_id: str = BUILD_ID) -> Path:
    """An ELF file of SOURCE, linked where no kernel is loaded."""
    (folder / "src").mkdir(exist_ok=True)
    (folder / "src" / "made_up.c").write_text(SOURCE)
    target = "--target=x86_64-unknown-none-elf"
    command = ["clang", target, "-O1", "-ffreestanding", "-mcmodel=kernel", *options]
    command += [f"-fdebug-prefix-map={folder}=.", "-c", "./src/made_up.c", "-o", "made_up.o"]
    subprocess.run(command, cwd=folder, check=True)
    link = ["ld.lld", "-e", "outer", f"--image-base={LINKED:#x}", f"--build-id=0x{build_id}"]
    subprocess.run([*link, "made_up.o", "-o", "zircon.elf"], cwd=folder, check=True)
    return folder / "zircon.elf"


@pytest.fixture(scope="module")
def elf(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(tmp_path_factory.mktemp("elf"), "-g")


@pytest.fixture(params=["llvm-symbolizer", "pyelftools"])
def reader(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """With the tool, where it is installed, and without it."""
    name: str = request.param
    if name == "pyelftools":
        monkeypatch.setattr(file_module, "_TOOLS", ())
    elif not any(map(shutil.which, file_module._TOOLS)):
        pytest.skip("llvm-symbolizer is not installed")
    yield name


def address_of(elf: Path, function: str) -> int:
    from elftools.elf.elffile import ELFFile

    with elf.open("rb") as file:
        (symbol,) = ELFFile(file).get_section_by_name(".symtab").get_symbol_by_name(function)
        return int(symbol["st_value"])


def log_of(elf: Path, *, dso: bool = False, build_id: str = BUILD_ID) -> str:
    """A crash at LOADED: the first instruction of `stop`, called from the first byte of `outer`."""
    shift = LOADED - LINKED
    stop, outer = (address_of(elf, name) + shift for name in ("stop", "outer"))
    where = (
        f"dso: id={build_id} base={LOADED:#x} name=zircon.elf"
        if dso
        else f"{{{{{{module:0:kernel:elf:{build_id}}}}}}}\n"
        f"{{{{{{mmap:{LOADED:#x}:0x10000:load:0:rx:{LINKED:#x}}}}}}}"
    )
    frames = f"bt#00: {stop + 1:#x}\nbt#01: {outer + 1:#x}\nbt#02: 0\nbt#03: end"
    return f"ZIRCON KERNEL PANIC\n{where}\npanic (caller {outer:#x}): oh\n{frames}"


def frames_of(evidence: str) -> list[str]:
    return [line for line in crash_lines(evidence) if line.startswith("#")]


@pytest.mark.parametrize("dso", [False, True])
def test_frames_get_function_and_line(elf: Path, reader: str, dso: bool) -> None:
    log = log_of(elf, dso=dso)
    symbols = load_symbols(elf)
    stop, outer = frames_of(symbols.symbolized(log))
    assert stop.endswith("  stop at src/made_up.c:5")
    assert outer.endswith("  outer at src/made_up.c:6")
    assert frames_of(log)[0].endswith(f"{address_of(elf, 'stop') + LOADED - LINKED + 1:016x}")


def test_return_address_after_the_last_call_is_that_of_the_caller(elf: Path) -> None:
    """A call that does not return may be the last instruction: the next function follows it."""
    first = min("stop", "outer", key=lambda name: address_of(elf, name))
    second = "outer" if first == "stop" else "stop"
    log = log_of(elf).partition("bt#")[0]
    at = address_of(elf, second) + LOADED - LINKED
    (frame,) = frames_of(load_symbols(elf).symbolized(f"{log}bt#01: {at:#x}"))
    assert f"  {first}" in frame and second not in frame


def test_symbolizing_twice_is_the_same(elf: Path) -> None:
    symbols = load_symbols(elf)
    once = symbols.symbolized(log_of(elf))
    assert symbols.symbolized(once) == once != log_of(elf)


def test_markup_frames_and_program_counters_are_symbolized(elf: Path, reader: str) -> None:
    log = log_of(elf)
    stop = address_of(elf, "stop") + LOADED - LINKED
    log = f"{log.partition('bt#')[0]}{{{{{{bt:0:{stop:#x}}}}}}}\n CS: 0x10 RIP: {stop:#x} EFL: 0x2"
    said = load_symbols(elf).symbolized(log)
    assert frames_of(said) == [f"#0  {stop:#018x}  stop at src/made_up.c:5"]
    assert said.splitlines()[-1].endswith("  → stop at src/made_up.c:5")


def test_function_inlined_into_another_is_named(elf: Path) -> None:
    if not any(map(shutil.which, file_module._TOOLS)):
        pytest.skip("llvm-symbolizer is not installed")
    start, end = address_of(elf, "outer"), address_of(elf, "outer") + 32
    found = SymbolFile(elf).places(range(start, end))
    chains = {tuple(place.function for place in places) for places in found.values()}
    assert ("check", "outer") in chains


def test_symbols_of_another_build_name_nothing_and_say_so(elf: Path) -> None:
    said = load_symbols(elf).symbolized(log_of(elf, build_id="ffffffffffffffff"))
    assert "made_up.c" not in said
    assert said.endswith(f"symbols: zircon.elf has build ID {BUILD_ID}, the crash ffffffffffffffff")


def test_addresses_outside_of_the_module_stay(elf: Path) -> None:
    log = log_of(elf).replace(f"mmap:{LOADED:#x}", "mmap:0x1000")
    assert frames_of(load_symbols(elf).symbolized(log)) == frames_of(log)


def test_file_without_lines_names_the_function(tmp_path: Path, reader: str) -> None:
    bare = build(tmp_path)
    stop, outer = frames_of(load_symbols(bare).symbolized(log_of(bare)))
    assert "stop" in stop and "outer" in outer
    assert "made_up.c" not in stop + outer


def test_known_file_beside_a_kernel_is_used(elf: Path) -> None:
    symbols = symbols_beside(elf.parent / "multiboot.bin")
    assert "stop at src/made_up.c:5" in symbols.symbolized(log_of(elf))
    nothing = symbols_beside(elf.parent / "src" / "multiboot.bin")
    assert nothing.symbolized(log_of(elf)) == log_of(elf)


def test_folder_is_searched_by_build_id(elf: Path, tmp_path: Path) -> None:
    (tmp_path / ".build-id" / "00").mkdir(parents=True)
    shutil.copy(elf, tmp_path / ".build-id" / "00" / "112233445566aa.debug")
    assert "stop at" in load_symbols(tmp_path).symbolized(log_of(elf))


@pytest.mark.parametrize("content", [b"", b"\x7fELF", b"\x7fELF" + bytes(200), b"text"])
def test_file_that_is_no_elf_is_refused(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "zircon.elf"
    path.write_bytes(content)
    with pytest.raises(UserError, match=r"zircon\.elf"):
        load_symbols(path)


@pytest.mark.parametrize("what", ["missing", "empty"])
def test_place_without_symbols_is_refused(what: str, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(UserError, match=what):
        load_symbols(tmp_path / what)


def test_damaged_symbols_leave_the_addresses(
    elf: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever lies in the DWARF: nothing is raised, and the log is what it was."""
    monkeypatch.setattr(file_module, "_TOOLS", ())
    whole = elf.read_bytes()
    for number, at in enumerate(range(0x200, len(whole), len(whole) // 40)):
        path = tmp_path / f"{number}.elf"
        path.write_bytes(whole[:at] + b"\xff" * 64 + whole[at + 64 :])
        try:
            said = load_symbols(path).symbolized(log_of(elf))
        except UserError:
            continue
        assert [line[:22] for line in frames_of(said)] == [x[:22] for x in frames_of(log_of(elf))]


def test_fixed_mapping_serves_a_log_without_markup(elf: Path) -> None:
    stop = address_of(elf, "stop") - LINKED + 0x1000
    mapping = Mapping(0x1000, 0x10000, LINKED, BUILD_ID)
    said = Symbols([SymbolFile(elf)], [mapping]).symbolized(f"KERN: x\n elr  {stop:#x}")
    assert said.endswith("  → stop at src/made_up.c:5")


def test_title_of_a_fault_names_the_function_where_it_is_known(elf: Path) -> None:
    stop = address_of(elf, "stop") + LOADED - LINKED
    head = log_of(elf).partition("panic (")[0]
    log = f"{head}vmm: page fault, halting\n CS: 0x10 RIP: {stop:#x}"
    assert crash_title("", log) == "page fault, halting"
    assert crash_title("", load_symbols(elf).symbolized(log)) == "page fault, halting in stop"


def test_names_are_shortened() -> None:
    assert short_function("Channel::Write(int, char const*)") == "Channel::Write"
    assert short_function("(anonymous namespace)::f()") == "(anonymous namespace)::f()"
    assert source_path("././kernel/top/main.cpp") == "kernel/top/main.cpp"
    assert source_path("../../zircon/kernel/a.cc") == "zircon/kernel/a.cc"
