"""Numbers that C and Python must agree on stand in zxhil.abi.runtime alone; C gets them by zx.h."""

from __future__ import annotations

import re

import pytest
from zxhil.abi.header import zx_header
from zxhil.abi.runtime import CASE_ENTRY, CONSTANTS, JOB_MARK, JOB_SLOT, layout
from zxhil.shipped import GUEST_TESTS

RUNTIME = "".join(
    path.read_text()
    for folder in ("rt", "include")
    for path in sorted((GUEST_TESTS / folder).rglob("*.[ch]"))
)


@pytest.mark.parametrize("name", [*CONSTANTS, "ZXHIL_JOB_MARK"])
def test_runtime_takes_the_number_from_the_header(name: str) -> None:
    assert re.search(rf"\b{name}\b", RUNTIME), f"the C runtime has another source for {name}"
    assert re.search(rf"^#define {name} ", zx_header(), re.MULTILINE)


def test_runtime_takes_structs_from_the_header() -> None:
    for name, fields in (("zxhil_job_slot_t", JOB_SLOT), ("zxhil_case_entry_t", CASE_ENTRY)):
        assert re.search(rf"\b{name}\b", RUNTIME)
        assert f"}} {name};" not in RUNTIME
        assert f"}} {name};" in zx_header()
        assert f"sizeof({name}) == {layout(fields).size}" in zx_header()


#: Other sizes, with the same value by chance.
_BY_CHANCE = ("PAGE", "STACK", "HANDLES_MAX", "SMALL_MESSAGE", "MOST_REGIONS")


def test_runtime_writes_no_such_number_itself() -> None:
    values = {value for value in CONSTANTS.values() if value > 60}
    defined = re.findall(r"^#define (\w+) \(?(0x[0-9a-f]+|\d+)", RUNTIME, re.MULTILINE)
    again = [name for name, value in defined if int(value, 0) in values]
    assert [name for name in again if name not in _BY_CHANCE] == []
    assert JOB_MARK.decode() not in RUNTIME
