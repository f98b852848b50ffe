"""The table of faults is complete, and the kernel and the model know what it names."""

from __future__ import annotations

import re

import pytest
from standin_probe import StandIn
from zxhil.machine.monitor import EventKind, Monitor
from zxhil.model.clause import ClauseKind
from zxhil.model.pages import core_pages, load
from zxhil.standin import SOURCES, StandinFault, faults

ENDS = {
    "panic",
    "hung",
    "reboot",
    "crashed",
    "lost",
    "stopped",
    "no boot",
    "skipped",
    "wrong kernel",
    "wrong trace",
    "none",
}


def test_names_are_unique() -> None:
    names = [fault.name for fault in faults()]
    assert len(names) == len(set(names)) > 150


def test_every_line_of_the_table_is_read() -> None:
    lines = (SOURCES / "faults.def").read_text().splitlines()
    assert len(faults()) == sum(line.startswith("FAULT(") for line in lines)


def test_every_fault_names_a_clause_or_an_end() -> None:
    known = {page: {clause.id for clause in load(page).clauses} for page in _pages()}
    unknown = [f.name for f in faults() if f.clause and f.clause not in known[f.page]]
    assert unknown == []
    assert {f.end for f in faults() if not f.clause} == ENDS


def _pages() -> set[str]:
    return {fault.page for fault in faults() if fault.page}


def test_every_clause_of_the_five_pages_has_a_fault() -> None:
    broken = {fault.clause for fault in faults()}
    wanted = {
        clause.id
        for page in core_pages()
        for clause in page.clauses
        if clause.kind is not ClauseKind.ANY_TIME and not clause.contradicted
    }
    assert wanted <= broken


def test_every_fault_is_in_the_kernel_once_or_more() -> None:
    table = (SOURCES / "faults.def").read_text()
    code = "".join(path.read_text() for path in SOURCES.rglob("*.c"))
    used = set(re.findall(r"fault_on\(FAULT_(\w+)\)", code))
    assert used == set(re.findall(r"^FAULT\((\w+),", table, re.MULTILINE))


@pytest.mark.qemu
def test_unknown_fault_is_a_panic(standin: StandIn) -> None:
    seen = standin.boot("standin.fault=no-such", until="\n! ")
    assert "no fault is called no-such" in seen.text
    monitor = Monitor()
    found = monitor.feed(seen.text.encode("latin-1")) + monitor.finish()
    assert [event.kind for event in found] == [EventKind.PANIC]


@pytest.mark.qemu
def test_several_faults_at_once(standin: StandIn) -> None:
    text = standin.boot(
        "standin.fault=wrong-version", "standin.fault=cw-not-sent", "probe=describe"
    ).text
    assert "fault on: wrong-version" in text
    assert "fault on: cw-not-sent" in text
    assert "git-0123456789" in text


@pytest.mark.qemu
def test_without_a_word_no_fault_is_on(standin: StandIn) -> None:
    assert "fault on" not in standin.boot("probe=describe").text


def test_fault_names_its_page() -> None:
    assert StandinFault("a", "page/clause", "", "").page == "page"
    assert StandinFault("a", "", "panic", "").page == ""
