"""Calls judged by the statuses that the user's own pages list."""

from __future__ import annotations

from pathlib import Path

import pytest
from docs_facts import HEAD
from zxhil.abi.arch import Arch
from zxhil.abi.calls import EventCreate, HandleClose, Nanosleep
from zxhil.abi.kinds import Memory, OutPointer
from zxhil.abi.status import Status
from zxhil.docs.parse import parse_tree
from zxhil.docs.statuses import DocumentedStatuses, user_pages
from zxhil.model import pages
from zxhil.model.judge import VerdictKind
from zxhil.oracle.oracle import Oracle
from zxhil.oracle.results import CaseEndKind, CaseResult
from zxhil.trace.events import (
    CallMade,
    CallReturned,
    CaseEnd,
    CaseStart,
    Event,
    ProgramEnd,
    ProgramStart,
)

FINE = EventCreate(0, OutPointer(Memory.WRITABLE, True))
WRONG = EventCreate(7, OutPointer(Memory.WRITABLE, True))


def listing(*names: str, page: str = "event_create") -> dict[str, DocumentedStatuses]:
    return {page: DocumentedStatuses(page, "pages/event_create.md:9", names)}


def judged(
    documented: dict[str, DocumentedStatuses], *calls: tuple[str, tuple[object, ...], int, int]
) -> CaseResult:
    """Feed the oracle one case: (name, call, status, handle returned) for each call."""
    events: list[Event] = [ProgramStart(Arch.X64, "p", 1, 0), CaseStart(0, "c", 0)]
    for name, call, status, handle in calls:
        events.append(CallMade(name, call, 0))  # type: ignore[arg-type]
        events.append(CallReturned(status, {"out": handle} if handle else {}))
    events += [CaseEnd(0, len(calls), 0), ProgramEnd(1, 0)]
    (result,) = Oracle("p", {}, documented).feed(events)
    return result


def create(call: EventCreate, status: Status) -> tuple[str, tuple[object, ...], int, int]:
    return ("event_create", call, int(status), 0 if status else 0x33)


def test_a_status_that_the_page_does_not_list_is_a_finding() -> None:
    refused = create(WRONG, Status.ZX_ERR_INVALID_ARGS)
    assert judged({}, refused).end is CaseEndKind.PASSED
    result = judged(listing("ZX_ERR_NO_MEMORY"), refused)
    (found,) = result.divergences
    assert found.kind is VerdictKind.UNDOCUMENTED_ERROR
    assert found.blamed == ("event_create/documented_errors",)
    assert found.sentences == (
        "pages/event_create.md:9: the page lists ZX_ERR_NO_MEMORY, and no other error",
    )
    assert result.calls[0].verdict is VerdictKind.UNDOCUMENTED_ERROR
    assert result.calls[0].allowed == ("ZX_OK", "ZX_ERR_NO_MEMORY")


def test_a_status_that_only_the_users_page_lists_conforms() -> None:
    strange = create(FINE, Status.ZX_ERR_BAD_STATE)
    (found,) = judged({}, strange).divergences
    assert found.kind is VerdictKind.UNDOCUMENTED_ERROR
    assert judged(listing("ZX_ERR_BAD_STATE"), strange).divergences == ()


def test_error_that_only_the_model_requires_is_not_missed() -> None:
    done = create(WRONG, Status.ZX_OK)
    (found,) = judged({}, done).divergences
    assert found.kind is VerdictKind.MISSING_ERROR
    assert judged(listing("ZX_ERR_NO_MEMORY"), done).divergences == ()
    assert len(judged(listing("ZX_ERR_INVALID_ARGS"), done).divergences) == 1


def test_a_wrong_error_stays_one_where_both_list_it() -> None:
    refused = create(FINE, Status.ZX_ERR_INVALID_ARGS)
    (found,) = judged(listing("ZX_ERR_INVALID_ARGS"), refused).divergences
    assert found.kind is VerdictKind.WRONG_ERROR


@pytest.fixture
def no_clauses(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pretend that zx_event_create has no clauses yet."""
    others = tuple(name for name in pages.MODELLED if name != "event_create")
    monkeypatch.setattr(pages, "MODELLED", others)


@pytest.mark.usefixtures("no_clauses")
def test_a_call_without_clauses_is_judged_by_its_list_alone() -> None:
    refused = create(WRONG, Status.ZX_ERR_INVALID_ARGS)
    assert judged({}, refused).divergences == ()
    assert judged(listing("ZX_ERR_INVALID_ARGS"), refused).divergences == ()
    assert len(judged(listing("ZX_ERR_NO_MEMORY"), refused).divergences) == 1


def test_a_call_that_always_succeeds_may_return_no_error() -> None:
    (found,) = judged({}, ("nanosleep", Nanosleep(0), Status.ZX_ERR_TIMED_OUT, 0)).divergences
    assert found.blamed == ("nanosleep/always_ok",)
    assert judged({}, ("nanosleep", Nanosleep(0), Status.ZX_OK, 0)).divergences == ()


@pytest.mark.usefixtures("no_clauses")
def test_a_handle_of_a_call_without_clauses_is_a_handle() -> None:
    close = ("handle_close", HandleClose(0x33), 0, 0)
    assert judged({}, create(FINE, Status.ZX_OK), close).divergences == ()


# ---- the lists of a tree


def lists(folder: Path, **pages: str) -> dict[str, DocumentedStatuses]:
    for name, errors in pages.items():
        text = HEAD.replace("widget_turn", name)
        (folder / f"{name}.md").write_text(f"{text}\n{errors}\n")
    return user_pages(parse_tree(folder)).lists


def test_a_page_that_does_not_say_is_left_out(tmp_path: Path) -> None:
    found = lists(
        tmp_path,
        widget_a="## ERRORS\n\n**ZX_ERR_BAD_HANDLE**  *handle* is bad.\n\n**ZX_ERR_X_Y**  Never.",
        widget_b="## ERRORS\n\nTODO",
        widget_c="## NOTES\n\nNothing.",
        widget_d="## ERRORS\n\nNone.",
    )
    assert sorted(found) == ["widget_a", "widget_d"]
    assert found["widget_a"].statuses == {int(Status.ZX_ERR_BAD_HANDLE)}
    assert found["widget_a"].place == f"{tmp_path}/widget_a.md:16"
    assert found["widget_d"].names == ()
    assert "cannot fail" in str(found["widget_d"])


def test_errors_of_another_call_count_where_its_page_is_there(tmp_path: Path) -> None:
    own = "**ZX_ERR_BAD_HANDLE**  *handle* is bad."
    same = "## ERRORS\n\nSame as [`zx_widget_b()`].\n"
    both = {"widget_a": same, "widget_b": f"## ERRORS\n\n{own}", "widget_c": "## ERRORS\n\nNone."}
    assert lists(tmp_path, **both)["widget_a"].names == ("ZX_ERR_BAD_HANDLE",)
    (tmp_path / "widget_b.md").unlink()
    again = user_pages(parse_tree(tmp_path)).lists
    assert sorted(again) == ["widget_c"]
    listed = f"## ERRORS\n\n{own}\n\nAnd any error of [`zx_widget_b()`]."
    assert sorted(lists(tmp_path, widget_a=listed)) == ["widget_c"]
