"""Compiling guest tests: the result, the cache, and the messages."""

from __future__ import annotations

import struct
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from zxhil.abi.arch import Arch
from zxhil.abi.calls import BY_NAME
from zxhil.disk.seal import read_sealed
from zxhil.errors import MachineError, UserError
from zxhil.guest import build as build_module
from zxhil.guest import elf
from zxhil.guest.baseline.files import PREFIX
from zxhil.guest.build import build, build_all, build_suite, programs
from zxhil.guest.source import Program, Source
from zxhil.guest.toolchain import find_toolchain

pytestmark = pytest.mark.usefixtures("needs_clang")

SMALL = '#include "zxtest.h"\nCASE(one, "handle_close/bad_handle") { zx_handle_close(0); }\n'


@pytest.fixture(scope="session")
def everything(guest_cache: Path) -> list[Program]:
    return build_all(
        [(arch, program) for arch in Arch for program in programs()], cache=guest_cache
    )


def test_every_program_builds_for_both_architectures(everything: list[Program]) -> None:
    # build verifies each; warnings are errors.
    assert {p.arch for p in everything} == set(Arch)
    for program in everything:
        assert read_sealed(program.path) == program.elf
        assert program.cases


def test_cases_do_not_depend_on_the_architecture(everything: list[Program]) -> None:
    cases = {(p.name, p.arch): p.cases for p in everything}
    for name in {p.name for p in everything}:
        assert cases[name, Arch.X64] == cases[name, Arch.ARM64]


def test_cases_stand_where_they_say(everything: list[Program]) -> None:
    paths = {(source.name, path.name): path for source in programs() for path in source.files}
    for program in everything:
        for case in program.cases:
            if program.name.startswith(PREFIX):  # they stand at their set-ups
                continue
            lines = paths[program.name, case.file].read_text().splitlines()
            # The line is where the use of the macro ends; CASE itself may stand in a macro.
            near = "".join(lines[case.line - 3 : case.line])
            written = f"CASE({case.name}," in "".join(lines)
            assert not written or f"CASE({case.name}," in near, case
            assert lines[case.line - 1].strip(), case


def test_claims_name_pages_of_known_calls(everything: list[Program]) -> None:
    for program in everything:
        for case in program.cases:
            assert {claim.partition("/")[0] for claim in case.claims} <= set(BY_NAME), case


def test_files_of_one_call_make_one_program() -> None:
    found = {source.name: [f.name for f in source.files] for source in programs()}
    assert found["channel_write"] == [
        "channel_write.c",
        "channel_write_limits.c",
        "channel_write_pairs.c",
        "channel_write_sequences.c",
    ]
    assert "channel_write_etc.c" in found["channel_write_etc"]
    assert "channel_write_pairs" not in found


def test_a_file_of_no_call_is_a_program_by_itself(tmp_path: Path) -> None:
    (tmp_path / "my_own_test.c").touch()
    (tmp_path / "my_own.c").touch()
    assert [source.name for source in programs(tmp_path)] == ["my_own", "my_own_test"]


def test_a_second_build_compiles_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arch: Arch
) -> None:
    source = tmp_path / "small.c"
    source.write_text(SMALL)
    first = build(arch, source, cache=tmp_path)

    def refuse(*_: object) -> None:
        raise AssertionError("compiled again")

    monkeypatch.setattr(build_module, "_run", refuse)
    assert build(arch, source, cache=tmp_path) == first
    source.write_text(SMALL + "\n")
    with pytest.raises(AssertionError, match="compiled again"):
        build(arch, source, cache=tmp_path)


def test_a_changed_header_is_seen(tmp_path: Path) -> None:
    source, header = tmp_path / "small.c", tmp_path / "own header.h"
    source.write_text(
        SMALL.replace("handle_close(0)", "handle_close(VALUE)").replace(
            "\nCASE", '\n#include "own header.h"\nCASE'
        )
    )
    header.write_text("#define VALUE 1\n")
    one = build(Arch.X64, source, cache=tmp_path)
    header.write_text("#define VALUE 2\n")
    two = build(Arch.X64, source, cache=tmp_path)
    assert one.elf != two.elf
    header.write_text("#define VALUE 1\n")
    assert build(Arch.X64, source, cache=tmp_path) == one


def test_equal_builds_give_equal_files(tmp_path: Path, arch: Arch) -> None:
    source = tmp_path / "small.c"
    source.write_text(SMALL)
    one, two = (build(arch, source, cache=tmp_path / name) for name in ("one", "two"))
    assert one.elf == two.elf


def test_two_processes_may_build_at_once(tmp_path: Path) -> None:
    source = tmp_path / "small.c"
    source.write_text(SMALL)
    script = (
        "import sys; from pathlib import Path; from zxhil.abi.arch import Arch;"
        "from zxhil.guest.build import build;"
        "print(build(Arch.X64, Path(sys.argv[1]), cache=Path(sys.argv[2])).path)"
    )
    command = [sys.executable, "-c", script, str(source), str(tmp_path / "cache")]
    running = [
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        for _ in range(3)
    ]
    said = [process.communicate(timeout=120) for process in running]
    assert [process.returncode for process in running] == [0, 0, 0], said
    assert len({out for out, _ in said}) == 1
    assert not list((tmp_path / "cache").glob("making-*"))


def test_a_compile_error_is_the_users_with_clangs_words(tmp_path: Path) -> None:
    source = tmp_path / "broken.c"
    source.write_text('#include "zxtest.h"\nCASE(one, "a/b") { undeclared(); }\n')
    with pytest.raises(UserError) as caught:
        build(Arch.X64, source, cache=tmp_path)
    assert caught.value.place == str(source)
    assert "broken.c:2" in caught.value.problem
    assert "undeclared" in caught.value.problem
    assert not list(tmp_path.glob("*.elf"))


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("static int unused;", "unused"),
        ('CASE(two, "a/b") { int x = 1u < -1; }', "error"),
        ('extern void missing(void); CASE(two, "a/b") { missing(); }', "missing"),
        ('int* address = &(int){0}; CASE(two, "a/b") { *address = 1; }', "relocation"),
    ],
    ids=["warning", "sign", "undefined symbol", "relocation"],
)
def test_invalid_programs_are_refused(tmp_path: Path, code: str, said: str) -> None:
    source = tmp_path / "bad.c"
    source.write_text(SMALL + code + "\n")
    with pytest.raises(UserError, match=said):
        build(Arch.X64, source, cache=tmp_path)


@pytest.mark.parametrize("missing", ["no-such-name", Path("no/such/file.c")])
def test_a_missing_program(tmp_path: Path, missing: str | Path) -> None:
    with pytest.raises(UserError, match=r"no-such-name|no/such/file"):
        build(Arch.X64, missing, cache=tmp_path)


def test_a_missing_folder(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="not a folder"):
        programs(tmp_path / "none")


def test_no_toolchain_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr("zxhil.guest.toolchain.find_spec", lambda _: None)
    monkeypatch.delenv("ZXHIL_TOOLCHAIN", raising=False)
    with pytest.raises(UserError) as caught:
        find_toolchain()
    assert "clang" in caught.value.remedy
    assert "ziglang" in caught.value.remedy


def test_a_toolchain_that_is_unknown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ZXHIL_TOOLCHAIN", "gcc")
    with pytest.raises(UserError, match="gcc"):
        find_toolchain()


def test_a_replaced_compiler_builds_again(tmp_path: Path) -> None:
    source = tmp_path / "small.c"
    source.write_text(SMALL)
    tools = find_toolchain("clang")
    newer = replace(tools, identity=tools.identity + "1")
    usual = build(Arch.X64, source, tools, cache=tmp_path)
    assert build(Arch.X64, source, newer, cache=tmp_path).path != usual.path


def test_a_compilers_identity_is_its_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    identities = set()
    for text in ("#!/bin/sh\n", "#!/bin/sh\n\n"):
        for name in ("clang", "ld.lld"):
            (tmp_path / name).write_text(text)
            (tmp_path / name).chmod(0o755)
        monkeypatch.setenv("PATH", str(tmp_path))
        identities.add(find_toolchain("clang").identity)
    assert len(identities) == 2


def test_a_cache_that_can_not_be_written(tmp_path: Path) -> None:
    source, cache = tmp_path / "small.c", tmp_path / "file"
    source.write_text(SMALL)
    cache.touch()
    with pytest.raises(MachineError, match="XDG_CACHE_HOME"):
        build(Arch.X64, source, cache=cache / "cache")


def test_ziglang_builds_too(tmp_path: Path, arch: Arch) -> None:
    names = ("channel_write", "task_starts", "baseline_channel_call")
    some = [(arch, program) for program in programs() if program.name in names]
    assert len(some) == len(names)
    built = build_all(some, find_toolchain("ziglang"), cache=tmp_path)
    assert [p.cases for p in built] == [p.cases for p in build_all(some)]


def test_a_file_that_two_programs_share_is_compiled_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source, other = tmp_path / "small.c", tmp_path / "other.c"
    source.write_text(SMALL)
    other.write_text(SMALL.replace("one", "two"))
    compiled: list[str] = []
    run = build_module._run

    def watched(command: list[str], folder: Path, place: str) -> None:
        if "-c" in command:
            compiled.append(Path(place).name)
        run(command, folder, place)

    alone = [build(Arch.X64, path, cache=tmp_path / "cache") for path in (source, other)]
    monkeypatch.setattr(build_module, "_run", watched)
    suite = build_suite(alone, cache=tmp_path / "cache")
    assert compiled == []
    assert build_suite(alone, cache=tmp_path / "cache").path == suite.path
    header = tmp_path / "own.h"
    header.write_text("\n")
    other.write_text('#include "own.h"\n' + SMALL.replace("one", "two"))
    build(Arch.X64, Source("both", (source, other)), cache=tmp_path / "cache")
    assert compiled == ["other.c"]
    header.write_text("\n\n")
    build(Arch.X64, Source("both", (source, other)), cache=tmp_path / "cache")
    assert compiled == ["other.c", "other.c"]


def test_programs_that_can_not_be_one_are_reported(tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / f"{name}.c").write_text(
            "int shared;\n" + SMALL.replace("CASE(one", f"CASE({name}")
        )
    made = [build(Arch.X64, tmp_path / f"{name}.c", cache=tmp_path) for name in ("one", "two")]
    with pytest.raises(UserError, match="duplicate symbol: shared"):
        build_suite(made, cache=tmp_path)


def test_a_suite_holds_the_cases_of_its_programs_in_their_order(
    everything: list[Program], guest_cache: Path, arch: Arch
) -> None:
    mine = [program for program in everything if program.arch is arch]
    suite = build_suite(mine, cache=guest_cache)
    data = read_sealed(suite.path)
    assert data is not None
    table = elf.section(data, "zx_cases", "suite")
    assert table is not None
    assert table.size == 20 * sum(len(program.cases) for program in mine)
    texts = elf.Texts(data, "suite")
    names = []
    for at in range(table.offset, table.offset + table.size, 20):
        (distance,) = struct.unpack_from("<i", data, at + 4)
        names.append(texts.at(table.address + at - table.offset + 4 + distance))
    assert names == [case.name for program in mine for case in program.cases]
    assert suite.waiting != data
    waits = elf.section(data, "zx_turn", "suite")
    assert waits is not None
    changed = [i for i, (a, b) in enumerate(zip(data, suite.waiting, strict=True)) if a != b]
    assert changed == [waits.offset + 20]
