"""What a program makes of a vDSO's calls: an age, and which of our prototypes hold there.

It runs as a Linux process over made-up vDSOs, each with the calls that there were on one day.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from test_guest_runtime import HOST, host_program, output_of, records
from zxhil.abi.ages import CHANGED, NEVER, WITNESSES
from zxhil.abi.arch import Arch
from zxhil.guest.build import build, build_suite
from zxhil.guest.select import prototypes, with_prototypes
from zxhil.guest.toolchain import find_toolchain

CASES = """
#include "zxtest.h"
CASE(makes_it, "resource_create/created") {
    zx_handle_t out;
    zx_resource_create(1, 0, 0, 0, "n", 1, &out);
}
CASE(other, "event_create/created") {
    zx_handle_t out;
    zx_event_create(0, &out);
    zx_resource_create(1, 0, 0, 0, "n", 1, &out);
}
"""
CLOCK = """
#include "zxtest.h"
CASE(reads_it, "clock_get/current_time") { zx_clock_get(0); }
"""
TOPIC = """
#include "zxtest.h"
CASE(needs_it, "object_get_info/vmo") {
    needs_topic(ZX_INFO_PROCESS);
    needs_topic(ZX_INFO_VMO);
    zx_handle_close(1);
}
"""
CHANGE = CHANGED["resource_create"].day


def calls_of(day: int) -> set[str]:
    """The calls that existed on a day, as far as the history is certain."""
    return {
        each.name
        for each in WITNESSES
        if each.born_by <= day and not (each.gone_after and each.gone_after <= day)
    }


def said_over(
    folder: Path,
    cache: Path,
    names: set[str],
    holds: bool | None = None,
    call: str = "resource_create",
) -> list[str]:
    folder.mkdir(exist_ok=True)
    stubs = "".join(
        f"int32_t zx_{name}(void) {{ return 0; }}\n"
        for name in sorted(names | {"resource_create"})
        if f"zx_{name}(" not in (HOST / "vdso.c").read_text()
    )
    (folder / "old.c").write_text(f'#include "{HOST / "vdso.c"}"\n{stubs}')
    (folder / "cases.c").write_text(CASES if call == "resource_create" else CLOCK)
    program = host_program(folder, cache, folder / "cases.c", folder / "old.c")
    return records(output_of(with_prototypes(program, {call: holds}), folder))


def age_of(said: list[str]) -> tuple[int, int]:
    (record,) = (each for each in said if each.startswith("G "))
    earliest, latest, *_ = record[2:].split(" ")
    return int(earliest), int(latest)


def unsure(said: list[str]) -> bool:
    (table,) = (each for each in said if each.startswith("D "))
    assert " resource_create" in table or " ?resource_create" in table
    return "?" in table


@pytest.mark.parametrize(
    ("day", "sure"),
    [
        (20171005, False), (20180220, False), (20180615, False), (20180725, False),
        (20180815, True), (20181120, True), (20181229, True),
    ],
)  # fmt: skip
def test_a_call_is_made_only_where_its_prototype_holds_for_sure(
    tmp_path: Path, guest_cache: Path, needs_clang: None, day: int, sure: bool
) -> None:
    said = said_over(tmp_path / "day", guest_cache, calls_of(day))
    earliest, latest = age_of(said)
    assert earliest <= day <= latest
    assert unsure(said) is not sure
    skipped = [each for each in said if each.startswith("S ")]
    made = ["S 0 makes_it resource_create", "S 1 other resource_create"]
    assert skipped == ([] if sure else made)


def test_kernel_newer_than_the_history_is_consistent(
    tmp_path: Path, guest_cache: Path, needs_clang: None
) -> None:
    names = calls_of(20181229) | {"task_create_exception_channel", "vmo_create_child"}
    names -= {each.name for each in WITNESSES if each.gone_by}
    earliest, latest = age_of(said := said_over(tmp_path / "day", guest_cache, names))
    assert earliest > CHANGE
    assert latest == NEVER
    assert not unsure(said)


@pytest.mark.parametrize(
    ("day", "holds", "is_unsure"),
    [
        (20181229, False, True),
        # The vDSO shows calls that were gone by then: what a person says can't be right.
        (20180220, True, True),
        (20180731, None, True),
        (20180731, True, False),
    ],
)
def test_harness_states_prototypes(
    tmp_path: Path, guest_cache: Path, needs_clang: None, day: int, holds: bool | None,
    is_unsure: bool,
) -> None:  # fmt: skip
    assert unsure(said_over(tmp_path / "d", guest_cache, calls_of(day), holds)) is is_unsure


@pytest.mark.parametrize(("holds", "is_made"), [(None, False), (True, True), (False, False)])
def test_a_call_that_took_something_else_later_is_made_only_where_that_is_known(
    tmp_path: Path, guest_cache: Path, needs_clang: None, holds: bool | None, is_made: bool
) -> None:
    names = calls_of(20181229)
    said = said_over(tmp_path / "d", guest_cache, names | {"clock_get"}, holds, "clock_get")
    (table,) = (each for each in said if each.startswith("D "))
    assert ("?clock_get" not in table) is is_made
    assert any(each.startswith("R 0") for each in said) is is_made


def test_suite_has_the_prototypes_that_any_of_its_programs_knows(
    tmp_path: Path, guest_cache: Path, needs_clang: None
) -> None:
    """A program's table has its own calls only: what the first one knows is not all."""
    programs = []
    for name, cases in (("plain", CASES), ("clock", CLOCK)):
        (tmp_path / f"{name}.c").write_text(cases)
        programs.append(
            build(Arch.X64, tmp_path / f"{name}.c", find_toolchain("clang"), cache=guest_cache)
        )
    assert prototypes(build_suite(programs, find_toolchain("clang"), guest_cache).waiting) == {}
    holds = {"resource_create": False, "clock_get": True}
    knowing = [replace(each, elf=with_prototypes(each.elf, holds)) for each in programs]
    suite = build_suite(knowing, find_toolchain("clang"), guest_cache)
    assert prototypes(suite.waiting) == holds


@pytest.mark.parametrize(("version", "is_judged"), [("git-0", True), ("zxhil-standin-0", False)])
def test_topic_that_a_kernel_lacks_is_judged_but_on_the_standin(
    tmp_path: Path, guest_cache: Path, needs_clang: None, version: str, is_judged: bool
) -> None:
    """The vDSO of the test does not know ZX_INFO_VMO."""
    (tmp_path / "vdso.c").write_text(f'#define VERSION "{version}"\n#include "{HOST / "vdso.c"}"\n')
    (tmp_path / "cases.c").write_text(TOPIC)
    program = host_program(tmp_path, guest_cache, tmp_path / "cases.c", tmp_path / "vdso.c")
    said = [each for each in records(output_of(program, tmp_path)) if each[0] in "CRS"]
    judged = ["R -2"] if is_judged else []
    assert [each[:4] for each in said if each[0] == "R"] == judged
    assert len(said) == 2 * len(judged) + 1
    assert said[-1] == "S 0 needs_it !object_get_info"
