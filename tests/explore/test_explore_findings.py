"""Which call a crash is due to, and whether it is known."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from zxhil.explore.findings import KnownList, shown_by
from zxhil.explore.program import parse
from zxhil.oracle.results import CaseEndKind

PROGRAM = parse("r0 = second.port_create()\nr1 = handle_replace(handle=job)\nr2 = event_create()")


def crashed(returned: int | None) -> Any:
    """Two threads: the second's call returned, that of the first did as `returned` says."""
    calls = [SimpleNamespace(until=0), SimpleNamespace(until=returned)]
    result = SimpleNamespace(end=CaseEndKind.PANIC, detail="the kernel panicked")
    return SimpleNamespace(
        program=PROGRAM, calls=calls, steps=[0, 1], crash="title", result=result, other=None,
        divergences=tuple,
    )  # fmt: skip


def test_crash_of_two_threads_is_that_of_the_call_that_did_not_return():
    assert [shown.key.call for shown in shown_by(crashed(None), KnownList())] == ["handle_replace"]
    assert [shown.key.call for shown in shown_by(crashed(1), KnownList())] == ["event_create"]


def test_panic_of_cases_alone_is_known_on_their_page():
    def known(*cases: str) -> list[bool]:
        entry = SimpleNamespace(kind=("kernel panic",), kernel=(), clause=(), case=cases)
        kernel: Any = SimpleNamespace()
        listed = KnownList(SimpleNamespace(entries=(entry,)), kernel)  # type: ignore[arg-type]
        return [shown.known for shown in shown_by(crashed(None), listed)]

    assert known("baseline_handle_replace/out_*") == [True]
    assert known("handle_replace/bad_out") == [True]
    assert known("baseline_handle_duplicate/out_*") == [False]
